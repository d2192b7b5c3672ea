/* SPDX-License-Identifier: BSD-2-Clause */
#include "loop/timeofday.h"

#include "harness.h"

#define EPOCH  INT64_C(1795324083000000000)
#define SECOND INT64_C(1000000000)
#define MS     INT64_C(1000000)

/* Readings: the monotonic clock, how long it took to read them all, and the time of day against
 * where it was set at first. */
static const struct {
    const char *what;
    int64_t at_ns[4], took_ns[4], set_by_ns[4];
    int64_t steps_ns[4];
} stories[] = {
    {"runs", {0, 10, SECOND, 1000 * SECOND}, {50, 50, 50, 50}, {0}, {0}},
    {"is read slowly", {0, SECOND, 2 * SECOND, 3 * SECOND}, {50, SECOND / 2, 50, 50}, {0}, {0}},
    {"is rounded", {0, SECOND, 2 * SECOND, 3 * SECOND}, {0, 0, 0, 0}, {0, 1, -1, 0}, {0}},
    {"is set forward",
     {0, SECOND, 2 * SECOND, 3 * SECOND},
     {50, 50, 50, 50},
     {0, 3600 * SECOND, 3600 * SECOND, 3600 * SECOND},
     {0, 3600 * SECOND, 0, 0}},
    {"is set back and forward again",
     {0, SECOND, 2 * SECOND, 3 * SECOND},
     {50, 50, 50, 50},
     {0, -SECOND, -SECOND, 0},
     {0, -SECOND, 0, SECOND}},
    {"is set by little",
     {0, SECOND, 2 * SECOND, 3 * SECOND},
     {50, 50, 50, 50},
     {0, 5000, 5000, 5000},
     {0, 5000, 0, 0}},
    {"is set to the epoch",
     {0, SECOND, 2 * SECOND, 3 * SECOND},
     {50, 50, 50, 50},
     {0, -EPOCH, -EPOCH, -EPOCH},
     {0, -EPOCH, 0, 0}},
    {"is read faster each time",
     {0, SECOND, 2 * SECOND, 3 * SECOND},
     {SECOND, SECOND / 100, 50, 0},
     {0},
     {0}},
    /* What was read slowly at first is known better later, from either side. */
    {"is set forward by less than the first reading took",
     {0, SECOND, 2 * SECOND, 3 * SECOND},
     {SECOND, 0, 0, 0},
     {0, 0, SECOND / 10, SECOND / 10},
     {0, 0, SECOND / 10, 0}},
    {"is set back by less than the first reading took",
     {0, SECOND, 2 * SECOND, 3 * SECOND},
     {SECOND, 0, 0, 0},
     {0, 0, -SECOND / 10, -SECOND / 10},
     {0, 0, -SECOND / 10, 0}},
};

START_TEST(tells_when_the_clock_was_set)
{
    struct timeofday time = {0};
    for (unsigned i = 0; i < 4; i++) {
        int64_t before_ns = 500 * SECOND + stories[_i].at_ns[i];
        int64_t took_ns = stories[_i].took_ns[i];
        int64_t epoch_ns = EPOCH + stories[_i].at_ns[i] + took_ns / 2 + stories[_i].set_by_ns[i];
        int64_t step_ns = timeofday_look(&time, before_ns, epoch_ns, before_ns + took_ns);
        ck_assert_msg(step_ns == stories[_i].steps_ns[i], "%s: step %u is %lld", stories[_i].what,
                      i, (long long)step_ns);
    }
}
END_TEST

/* The clocks begin at SECOND and EPOCH; reading one takes 20 ns. */
static void look(struct timeofday *time, int64_t at_ns, int64_t set_by_ns)
{
    timeofday_look(time, SECOND + at_ns, EPOCH + at_ns + 20 + set_by_ns, SECOND + at_ns + 40);
}

/* There was a look at 0 and one at 10 ms, between which the time of day was set. What is read then
 * came at this time, before or after that; what came until so long was read before. */
static const struct {
    const char *what;
    int64_t set_by_ns, came_ns;
    bool before;
    int64_t drained_ns;
    bool certain;
} stamps[] = {
    {"forward, and it came after", 5 * MS / 2, 10 * MS - 50000, false, 0, true},
    {"forward, and it comes later", 5 * MS / 2, 30 * MS, false, 0, true},
    {"forward, and it came long before", 5 * MS / 2, 2 * MS, true, 0, true},
    {"forward, and it may have come before", 5 * MS / 2, 5 * MS, false, 0, false},
    {"forward, and it may have come after", 5 * MS / 2, 5 * MS, true, 0, false},
    {"forward, and what came before was read", 5 * MS / 2, 5 * MS, false, 8 * MS, true},
    {"forward by hours", 9000 * SECOND, 5 * MS, true, 0, true},
    {"forward by hours, and it came after", 9000 * SECOND, 5 * MS, false, 0, true},
    {"back, and it may have come before", -5 * MS / 2, 10 * MS - 50000, false, 0, false},
    {"back, and it may have come after", -5 * MS / 2, 5 * MS, true, 0, false},
    {"back, and what came before was read", -5 * MS / 2, 9 * MS, false, 8 * MS, true},
    {"back, and it comes later", -5 * MS / 2, 30 * MS, false, 0, true},
    {"back by hours", -9000 * SECOND, 5 * MS, true, 0, true},
};

START_TEST(stamps_of_both_sides_of_a_step_become_one_time)
{
    struct timeofday time = {0};
    look(&time, 0, 0);
    look(&time, 10 * MS, stamps[_i].set_by_ns);
    timeofday_drained(&time, SECOND + stamps[_i].drained_ns);
    int64_t came_ns = EPOCH + stamps[_i].came_ns;
    int64_t stamp_ns = came_ns + (stamps[_i].before ? 0 : stamps[_i].set_by_ns);
    bool certain = timeofday_convert(&time, &stamp_ns);
    ck_assert_msg(certain == stamps[_i].certain, "%s: %d", stamps[_i].what, certain);
    if (certain)
        ck_assert_msg(stamp_ns == came_ns, "%s: off by %lld ns", stamps[_i].what,
                      (long long)(stamp_ns - came_ns));
}
END_TEST

START_TEST(without_a_step_a_stamp_is_what_it_is)
{
    struct timeofday time = {0};
    look(&time, 0, 0);
    look(&time, 10 * MS, 500);
    for (int64_t stamp_ns = EPOCH - SECOND; stamp_ns <= EPOCH + SECOND; stamp_ns += SECOND) {
        int64_t converted_ns = stamp_ns;
        ck_assert(timeofday_convert(&time, &converted_ns));
        ck_assert_int_eq(converted_ns, stamp_ns);
    }
    ck_assert_int_eq(timeofday_step_ns(&time), 0);
}
END_TEST

/* A clock that is put right by 2.5 ms each 20 ms. More steps than are kept make the oldest stamps
 * ambiguous, and no others wrong. */
START_TEST(many_steps_are_bridged_one_by_one)
{
    struct timeofday time = {0};
    look(&time, 0, 0);
    for (int64_t nth = 1; nth <= 20; nth++) {
        look(&time, nth * 20 * MS, nth * 5 * MS / 2);
        ck_assert(timeofday_bridges(&time));
        ck_assert_int_eq(timeofday_step_ns(&time), 5 * MS / 2);
        timeofday_drained(&time, SECOND + (nth - 1) * 20 * MS);
        int64_t came_ns = EPOCH + nth * 20 * MS - 1000, stamp_ns = came_ns + nth * 5 * MS / 2;
        ck_assert(timeofday_convert(&time, &stamp_ns));
        ck_assert_int_eq(stamp_ns, came_ns);
    }
    timeofday_drained(&time, 0);
    for (int64_t nth = 0; nth < 20; nth++) {
        int64_t came_ns = EPOCH + nth * 20 * MS + 1000, stamp_ns = came_ns + nth * 5 * MS / 2;
        bool certain = timeofday_convert(&time, &stamp_ns);
        ck_assert_int_eq(certain, nth >= 20 - TIMEOFDAY_STEPS);
        if (certain)
            ck_assert_int_eq(stamp_ns, came_ns);
    }
}
END_TEST

START_TEST(what_came_after_the_last_look_is_known)
{
    struct timeofday time = {0};
    look(&time, 0, 0);
    look(&time, 10 * MS, 0);
    ck_assert(!timeofday_is_later(&time, EPOCH + 9 * MS));
    ck_assert(timeofday_is_later(&time, EPOCH + 11 * MS));
}
END_TEST

START_TEST(the_new_time_of_day_is_adopted)
{
    struct timeofday time = {0};
    look(&time, 0, 0);
    ck_assert_int_eq(timeofday_at(&time, SECOND + 5 * MS), EPOCH + 5 * MS - 20);
    look(&time, 10 * MS, 100 * MS);
    ck_assert_int_eq(timeofday_at(&time, SECOND + 15 * MS), EPOCH + 15 * MS - 20);
    timeofday_adopt(&time);
    ck_assert_int_eq(timeofday_at(&time, SECOND + 15 * MS), EPOCH + 115 * MS - 20);
    int64_t stamp_ns = EPOCH + 115 * MS;
    ck_assert(timeofday_convert(&time, &stamp_ns));
    ck_assert_int_eq(stamp_ns, EPOCH + 115 * MS);
    stamp_ns = EPOCH - 3 * SECOND; /* which is of no use any more */
    ck_assert(timeofday_convert(&time, &stamp_ns));
    ck_assert_int_eq(timeofday_step_ns(&time), 0);
    look(&time, 20 * MS, 150 * MS);
    stamp_ns = EPOCH + 170 * MS;
    ck_assert(timeofday_convert(&time, &stamp_ns));
    ck_assert_int_eq(stamp_ns, EPOCH + 120 * MS);
}
END_TEST

/* Steps of a second together are a time of day that was wrong, not one that is put right. */
START_TEST(large_and_unclear_steps_are_not_bridged)
{
    static const int64_t steps_ns[][2] = {{999 * MS, -999 * MS}, {1001 * MS, -1001 * MS}};
    for (unsigned i = 0; i < 2; i++)
        for (unsigned j = 0; j < 2; j++) {
            struct timeofday time = {0};
            look(&time, 0, 0);
            look(&time, 10 * MS, steps_ns[i][j] / 2);
            look(&time, 20 * MS, steps_ns[i][j]);
            ck_assert_int_eq(timeofday_bridges(&time), i == 0);
            timeofday_adopt(&time);
            ck_assert(timeofday_bridges(&time));
        }
    for (int64_t took_ns = 10000; took_ns <= 40000; took_ns += 30000) {
        struct timeofday time = {0};
        look(&time, 0, 0);
        timeofday_look(&time, SECOND + MS, EPOCH + 6 * MS, SECOND + MS + took_ns);
        ck_assert_int_eq(timeofday_bridges(&time), took_ns == 10000);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("timeofday");
    TCase *time = tcase_create("timeofday");
    tcase_add_loop_test(time, tells_when_the_clock_was_set, 0, sizeof stories / sizeof stories[0]);
    tcase_add_loop_test(time, stamps_of_both_sides_of_a_step_become_one_time, 0,
                        sizeof stamps / sizeof stamps[0]);
    tcase_add_test(time, without_a_step_a_stamp_is_what_it_is);
    tcase_add_test(time, many_steps_are_bridged_one_by_one);
    tcase_add_test(time, what_came_after_the_last_look_is_known);
    tcase_add_test(time, the_new_time_of_day_is_adopted);
    tcase_add_test(time, large_and_unclear_steps_are_not_bridged);
    suite_add_tcase(suite, time);
    return run_suite(suite);
}
