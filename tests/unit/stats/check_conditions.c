/* SPDX-License-Identifier: BSD-2-Clause */
#include "stats/conditions.h"

#include <string.h>

#include "harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PERCENT(n)   ((n) * (PERCENT_ALL / 100))

/* A story is a letter for each connection: + as expected, - not. */
static const struct {
    struct conditions conditions;
    const char *story;
    size_t decided_after; /* connections; 0: not at all */
    bool holds;
} stories[] = {
    /* nothing was asked for: every connection counts */
    {{0, 0, PERCENT_NONE}, "", 0, true},
    {{0, 0, PERCENT_NONE}, "+++", 0, true},
    {{0, 0, PERCENT_NONE}, "++-++", 0, false},
    {{3, 0, PERCENT_NONE}, "--+--+--", 0, true},
    {{3, 0, PERCENT_NONE}, "+--+---", 7, false},
    {{3, 0, PERCENT_NONE}, "---+++", 3, false},
    {{1, 0, PERCENT_NONE}, "+-", 2, false},
    {{0, 3, PERCENT_NONE}, "+++", 3, true},
    {{0, 3, PERCENT_NONE}, "++-++", 0, false},
    {{0, 3, PERCENT_NONE}, "-+++-", 4, true},
    {{0, 3, PERCENT_NONE}, "", 0, false},
    /* what is reached first decides */
    {{2, 3, PERCENT_NONE}, "+-+++--", 5, true},
    {{2, 3, PERCENT_NONE}, "++--+++", 4, false},
    {{2, 3, PERCENT_NONE}, "+-+-+-", 0, false},
    {{0, 0, PERCENT(20)}, "++++-", 0, true},
    {{0, 0, PERCENT(20)}, "+++-", 0, false},
    {{0, 0, PERCENT(20) - 1}, "++++-", 0, false},
    {{0, 0, 0}, "+++", 0, true},
    {{0, 0, 0}, "+-+", 0, false},
    {{0, 0, PERCENT(100)}, "---", 0, true},
    {{0, 0, 33333333}, "++-", 0, false}, /* a third is more than 33.333333 percent */
    {{0, 0, 33333334}, "++-", 0, true},
    {{0, 0, PERCENT(20)}, "", 0, true},
    /* each of them has to hold */
    {{3, 0, PERCENT(20)}, "+-+-+-", 0, false},
    {{0, 2, PERCENT(50)}, "--++", 4, true},
    {{0, 2, PERCENT(40)}, "--++", 4, false},
};

START_TEST(decides)
{
    struct streak streak = {0};
    size_t decided_after = 0;
    for (size_t i = 0; stories[_i].story[i] != '\0'; i++) {
        streak_add(&streak, &stories[_i].conditions, stories[_i].story[i] == '+');
        if (decided_after == 0 && streak_is_decided(&streak))
            decided_after = i + 1;
    }
    ck_assert_uint_eq(streak.connections, strlen(stories[_i].story));
    ck_assert_uint_eq(decided_after, stories[_i].decided_after);
    ck_assert(streak_holds(&streak, &stories[_i].conditions) == stories[_i].holds);
}
END_TEST

START_TEST(counts_on_where_numbers_end)
{
    const struct conditions conditions = {UINT32_MAX, 0, PERCENT_NONE};
    struct streak streak = {.connections = 1, .run = UINT32_MAX - 1, .run_met = false};
    streak_add(&streak, &conditions, false);
    ck_assert(streak.failed);
    streak_add(&streak, &conditions, false);
    ck_assert_uint_eq(streak.run, UINT32_MAX);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("conditions");
    TCase *conditions = tcase_create("conditions");
    tcase_add_loop_test(conditions, decides, 0, COUNT(stories));
    tcase_add_test(conditions, counts_on_where_numbers_end);
    suite_add_tcase(suite, conditions);
    return run_suite(suite);
}
