/* SPDX-License-Identifier: BSD-2-Clause */
#include "flows/stamps.h"

#include "harness.h"

#define STAMPS_MAX 8
#define S          INT64_C(1000000000)

/* One letter for what each packet says of the one before it: '.' nothing, 'a' astray, 'b' back; 'f'
 * of the first one. */
static const struct {
    const char *name;
    int64_t at_ns[STAMPS_MAX];
    const char *says;
} cases[] = {
    {"in order", {1 * S, 2 * S, 2 * S, 9 * S}, "...."},
    {"less than a second out of order", {10 * S, 9 * S, 10 * S, 10 * S}, "...."},
    {"just more than that", {10 * S, 11 * S, 10 * S - 1, 10 * S, 10 * S}, "..a.."},
    {"more than that behind both before", {10 * S, 10 * S, 9 * S - 1, 9 * S - 1}, "...b"},
    {"set back", {100 * S, 101 * S, 50 * S, 51 * S, 52 * S}, "...b."},
    {"set back twice", {100 * S, 101 * S, 50 * S, 51 * S, 20 * S, 21 * S, 22 * S}, "...b.b."},
    {"set forward: a silence as well", {100 * S, 101 * S, 900 * S, 901 * S}, "...."},
    {"one far ahead", {100 * S, 101 * S, 9000 * S, 102 * S, 103 * S}, "...a."},
    {"the first far ahead: a step back as well", {9000 * S, 100 * S, 101 * S}, "..b"},
    {"the second far behind", {100 * S, 1 * S, 101 * S, 102 * S}, "..a."},
    {"one far behind", {100 * S, 101 * S, 1 * S, 102 * S, 103 * S}, "...a."},
    {"the first far behind: a silence as well", {1 * S, 31536001 * S, 31536002 * S}, "..."},
    {"the first further behind than any silence", {1 * S - 1, 31536001 * S, 31536002 * S}, "..f"},
    {"the second further ahead than any silence", {1 * S, 40000000 * S, 2 * S, 3 * S}, "..a."},
    {"the last far behind", {100 * S, 101 * S, 1 * S}, "..."},
    {"one ahead, one behind", {100 * S, 900 * S, 101 * S, 1 * S, 102 * S, 103 * S}, "..a.a."},
    {"far apart", {INT64_MAX, INT64_MIN + 1, INT64_MAX, INT64_MIN + 2, INT64_MIN + 3}, "..a.b"},
};

START_TEST(tells_a_step_from_a_stray)
{
    struct stamps stamps = {0};

    for (int i = 0; cases[_i].says[i] != '\0'; i++) {
        enum stamps_say say = stamps_go_on(&stamps, cases[_i].at_ns[i])
                                  ? STAMPS_SOUND
                                  : stamps_compare(&stamps, cases[_i].at_ns[i]);

        ck_assert_msg(".abf"[say] == cases[_i].says[i], "%s: packet %d says %c", cases[_i].name, i,
                      ".abf"[say]);
    }
    ck_assert((stamps.state == STAMPS_DOUBTED) == (_i == 14));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stamps");
    TCase *tcase = tcase_create("stamps");

    tcase_add_loop_test(tcase, tells_a_step_from_a_stray, 0,
                        (int)(sizeof(cases) / sizeof(cases[0])));
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
