/* SPDX-License-Identifier: BSD-2-Clause */
/* Every sign that a run may end by, alone and with others. */
#include "live/run/ending.h"

#include "harness.h"

static const struct {
    struct ending_signs signs;
    enum ending ending;
} signs[] = {
    {{.is_endless = false}, ENDING_NONE},
    {{.is_endless = true}, ENDING_NONE},
    {{.reader_has_left = true}, ENDING_INTERRUPT},
    {{.reader_has_left = true, .target_has_failed = true}, ENDING_INTERRUPT},
    {{.target_has_failed = true}, ENDING_CANCEL},
    {{.recording_failed = true}, ENDING_NONE},
    {{.recording_failed = true, .is_endless = true}, ENDING_CANCEL},
    {{.reader_has_left = true, .recording_failed = true, .is_endless = true}, ENDING_INTERRUPT},
};

START_TEST(a_round_may_end_the_run)
{
    ck_assert_int_eq(ending_of(&signs[_i].signs), signs[_i].ending);
}
END_TEST

static const struct {
    unsigned asked;
    bool cancelled, at_once;
} askings[] = {
    {0, false, false}, {1, false, false}, {2, false, true}, {3, false, true},
    {0, true, false},  {1, true, true},   {2, true, true},
};

START_TEST(the_second_time_it_leaves_at_once)
{
    ck_assert(ending_is_at_once(askings[_i].asked, askings[_i].cancelled) == askings[_i].at_once);
}
END_TEST

static const struct {
    struct ending_state state;
    enum ending_turn turn;
} turns[] = {
    {{.has_more = false}, TURN_OVER},
    {{.has_more = true}, TURN_ROUND},
    {{.in_flight = 1}, TURN_ROUND},
    {{.in_flight = 1, .cancelled = true}, TURN_ROUND},
    {{.in_flight = 1, .wakes = true}, TURN_ROUND},
    /* an error ends the run, and what is in flight first */
    {{.has_more = true, .failed = true, .wakes = true}, TURN_INTERRUPT},
    {{.in_flight = 1, .failed = true}, TURN_INTERRUPT},
    {{.failed = true}, TURN_OVER},
    {{.in_flight = 1, .failed = true, .cancelled = true, .wakes = true}, TURN_ROUND},
    {{.in_flight = 1, .failed = true, .cancelled = true, .more = true}, TURN_ROUND},
    {{.in_flight = 1, .failed = true, .cancelled = true}, TURN_OVER},
};

START_TEST(it_goes_round_until_nothing_is_left)
{
    ck_assert_int_eq(ending_turn_of(&turns[_i].state), turns[_i].turn);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ending");
    TCase *tests = tcase_create("decisions");
    tcase_add_loop_test(tests, a_round_may_end_the_run, 0, sizeof signs / sizeof signs[0]);
    tcase_add_loop_test(tests, the_second_time_it_leaves_at_once, 0,
                        sizeof askings / sizeof askings[0]);
    tcase_add_loop_test(tests, it_goes_round_until_nothing_is_left, 0,
                        sizeof turns / sizeof turns[0]);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
