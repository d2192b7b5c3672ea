/* SPDX-License-Identifier: BSD-2-Clause */
#include "stats/range.h"

#include "harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define UP_TO(n)                                                                                   \
    {                                                                                              \
        .first = 0, .last = (n), .given = true                                                     \
    }
#define WITHIN(a, b)                                                                               \
    {                                                                                              \
        .first = (a), .last = (b), .given = true                                                   \
    }
#define OUTSIDE(a, b)                                                                              \
    {                                                                                              \
        .first = (a), .last = (b), .inside = true, .given = true                                   \
    }
#define NOTHING                                                                                    \
    {                                                                                              \
        .given = false                                                                             \
    }

/* The table of the guidelines, and the edges. */
static const struct {
    struct range range;
    int64_t value;
    bool alerts;
} values[] = {
    {UP_TO(10), -1, true},
    {UP_TO(10), 0, false},
    {UP_TO(10), 10, false},
    {UP_TO(10), 11, true},
    {WITHIN(10, INT64_MAX), 9, true},
    {WITHIN(10, INT64_MAX), 10, false},
    {WITHIN(10, INT64_MAX), INT64_MAX, false},
    {WITHIN(INT64_MIN, 10), -1, false},
    {WITHIN(INT64_MIN, 10), 11, true},
    {WITHIN(10, 20), 9, true},
    {WITHIN(10, 20), 15, false},
    {WITHIN(10, 20), 21, true},
    {OUTSIDE(10, 20), 9, false},
    {OUTSIDE(10, 20), 10, true},
    {OUTSIDE(10, 20), 20, true},
    {OUTSIDE(10, 20), 21, false},
    {NOTHING, 0, false},
    {NOTHING, INT64_MAX, false},
};

START_TEST(alerts)
{
    ck_assert(range_alerts(&values[_i].range, values[_i].value) == values[_i].alerts);
}
END_TEST

static const struct {
    struct range wide, narrow;
    bool covers;
} pairs[] = {
    {UP_TO(10), UP_TO(20), true},
    {UP_TO(10), UP_TO(10), true},
    {UP_TO(20), UP_TO(10), false},
    {UP_TO(0), UP_TO(INT64_MAX), true},
    {WITHIN(5, 10), WITHIN(1, 20), true},
    {WITHIN(1, 20), WITHIN(5, 20), false},
    {WITHIN(10, INT64_MAX), UP_TO(5), false},
    {WITHIN(INT64_MIN, 10), UP_TO(20), true},
    {OUTSIDE(5, 30), OUTSIDE(10, 20), true},
    {OUTSIDE(10, 20), OUTSIDE(5, 30), false},
    {OUTSIDE(10, INT64_MAX), UP_TO(20), true},
    {UP_TO(10), OUTSIDE(11, 20), true},
    {UP_TO(10), OUTSIDE(10, 20), false},
    {OUTSIDE(10, 20), UP_TO(20), false},
    {NOTHING, UP_TO(10), false},
    {UP_TO(10), NOTHING, true},
};

START_TEST(covers)
{
    ck_assert(range_covers(&pairs[_i].wide, &pairs[_i].narrow) == pairs[_i].covers);
}
END_TEST

static struct range random_range(uint64_t *state)
{
    int64_t one = (int64_t)(next_random(state) % 12) - 1,
            other = (int64_t)(next_random(state) % 12);
    return (struct range){.first = one < 0       ? INT64_MIN
                                   : one < other ? one
                                                 : other,
                          .last = one < other ? other : one,
                          .inside = next_random(state) % 2 == 0,
                          .given = true};
}

/* Against every value that it could be wrong about. */
START_TEST(agrees_with_trying_each_value)
{
    uint64_t state = 1;
    for (int i = 0; i < 20000; i++) {
        struct range wide = random_range(&state), narrow = random_range(&state);
        bool all = true;
        for (int64_t value = 0; value < 14; value++)
            all = all && (!range_alerts(&narrow, value) || range_alerts(&wide, value));
        ck_assert(range_covers(&wide, &narrow) == all);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("range");
    TCase *ranges = tcase_create("ranges");
    tcase_add_loop_test(ranges, alerts, 0, COUNT(values));
    tcase_add_loop_test(ranges, covers, 0, COUNT(pairs));
    tcase_add_test(ranges, agrees_with_trying_each_value);
    suite_add_tcase(suite, ranges);
    return run_suite(suite);
}
