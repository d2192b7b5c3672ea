/* SPDX-License-Identifier: BSD-2-Clause */
/* The live loop: what a round does, and in which order; what holds it up; what ends it. Its parts
 * are played by the test, timers apart. */
#include "live/run/rounds.h"

#include <errno.h>
#include <string.h>

#include "fixtures/deeds.h"
#include "fixtures/stuck.h"
#include "harness.h"
#include "live/run/readers.h"
#include "live/run/start.h"
#include "live/run/stop.h"
#include "live/run/waiting.h"
#include "net/clock.h"

#define NOW         INT64_C(5000000000)
#define MS          INT64_C(1000000)
#define UNREAD_MOST (CAPTURE_FRAMES_MOST / 256)

/* Memory: the linker puts this in place of realloc (--wrap). */
static bool no_memory;

void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size)
{
    return no_memory ? NULL : __real_realloc(old, size);
}

static struct options options;
static struct output output;
static struct run run;
static struct error error;
static int64_t now_ns;

int64_t clock_monotonic_ns(void)
{
    return now_ns;
}

/* What the round asks for */

static bool frames_left, stuck, begins, more_targets, is_broken, has_failed, fails_to_keep;
static unsigned asked, over, room, interrupted, cancelled;
static int64_t release_ns, journal_ns;

bool readers_push(struct run *of)
{
    ck_assert_ptr_eq(of, &run);
    deed("push");
    return stuck;
}

struct output_outlook start_outlook(const struct run *of)
{
    ck_assert_ptr_eq(of, &run);
    return (struct output_outlook){.planned = 7};
}

unsigned interrupts_take(const struct interrupts *of, struct output *out,
                         const struct output_outlook *outlook, bool is_stuck)
{
    ck_assert_ptr_eq(of, &run.interrupts);
    ck_assert_ptr_eq(out, &output);
    ck_assert_uint_eq(outlook->planned, 7);
    ck_assert(is_stuck == stuck);
    deed("signals");
    return asked;
}

void stop_interrupt(struct run *of)
{
    ck_assert_ptr_eq(of, &run);
    interrupted++;
    run.schedule.cancelled = true;
}

void stop_cancel(struct run *of)
{
    ck_assert_ptr_eq(of, &run);
    cancelled++;
}

void stop_take_landed(struct run *of, int64_t at_ns)
{
    ck_assert_ptr_eq(of, &run);
    ck_assert_int_eq(at_ns, now_ns);
    deed("landed");
}

void flights_reading(struct flights *flights)
{
    ck_assert_ptr_eq(flights, &run.flights);
    deed("clock");
}

void flights_have_read(struct flights *flights, bool all)
{
    ck_assert_ptr_eq(flights, &run.flights);
    ck_assert(all == !frames_left);
    deed("read");
}

void flights_take_local_error(void *context, const struct frame *frame)
{
    (void)context;
    (void)frame;
}

void flights_take_frame(void *context, struct tap *tap, const struct frame *frame)
{
    (void)context;
    (void)tap;
    (void)frame;
}

void local_errors_read(struct local_errors *errors, int limit, local_error_handler *handler,
                       void *user)
{
    ck_assert_ptr_eq(errors, &run.local_errors);
    ck_assert_int_eq(limit, 256);
    ck_assert(handler == flights_take_local_error && user == &run.flights);
    deed("errors");
}

bool taps_read(const struct taps *taps, int limit, tap_handler *handler, void *context,
               struct failure *failure)
{
    ck_assert_ptr_eq(taps, &run.taps);
    ck_assert_int_eq(limit, 256);
    ck_assert(handler == flights_take_frame && context == &run.flights);
    ck_assert_ptr_eq(failure, &run.failure);
    deed("frames");
    return frames_left;
}

void flights_flush(struct flights *flights)
{
    ck_assert_ptr_eq(flights, &run.flights);
    deed("flush");
}

void relocation_read(struct relocation *relocation)
{
    ck_assert_ptr_eq(relocation, &run.relocation);
    deed("relocation");
}

void seek_read(struct seek *seek)
{
    ck_assert_ptr_eq(seek, &run.seek);
    deed("seek");
}

void opinions_read(struct opinions *opinions)
{
    ck_assert_ptr_eq(opinions, &run.opinions);
    deed("opinions");
}

void reverse_read(struct reverse *reverse)
{
    ck_assert_ptr_eq(reverse, &run.reverse);
    deed("names");
}

void inflow_read(struct inflow *inflow, int64_t at_ns)
{
    ck_assert_ptr_eq(inflow, &run.jobs.supply.inflow);
    ck_assert_int_eq(at_ns, now_ns);
    deed("targets");
}

bool output_is_broken(const struct output *of)
{
    ck_assert_ptr_eq(of, &output);
    return is_broken;
}

bool output_has_failed(const struct output *of)
{
    ck_assert_ptr_eq(of, &output);
    return has_failed;
}

uint64_t taps_dropped(const struct taps *taps)
{
    ck_assert_ptr_eq(taps, &run.taps);
    return 5;
}

void throttle_watch(struct throttle *throttle, uint64_t dropped, int64_t at_ns)
{
    ck_assert_ptr_eq(throttle, &run.schedule.throttle);
    ck_assert_int_eq(at_ns, now_ns);
    deed("dropped %u", (unsigned)dropped);
}

void throttle_judge_departures(struct throttle *throttle, int64_t at_ns)
{
    ck_assert_ptr_eq(throttle, &run.schedule.throttle);
    ck_assert_int_eq(at_ns, now_ns);
    deed("departures");
}

bool sender_is_full(const struct sender *sender)
{
    ck_assert_ptr_eq(sender, &run.sender);
    return room-- == 0;
}

int64_t flights_release(struct flights *flights, int64_t at_ns)
{
    ck_assert_ptr_eq(flights, &run.flights);
    ck_assert_int_eq(at_ns, now_ns);
    deed("release");
    return release_ns;
}

bool schedule_go_round(struct schedule *schedule, uint32_t queued, int64_t at_ns)
{
    ck_assert_ptr_eq(schedule, &run.schedule);
    ck_assert_int_eq(at_ns, now_ns);
    deed("begin %u", queued);
    return begins;
}

int journaling_keep(struct journaling *journaling, int64_t at_ns, struct error *why)
{
    ck_assert_ptr_eq(journaling, &run.journaling);
    ck_assert_int_eq(at_ns, now_ns);
    deed("keep");
    return fails_to_keep ? error_set(why, STATUS_RUN, "cannot write 'journal'") : 0;
}

int64_t journaling_due_ns(const struct journaling *journaling)
{
    ck_assert_ptr_eq(journaling, &run.journaling);
    return journal_ns;
}

bool schedule_has_more(const struct schedule *schedule)
{
    return more_targets && !schedule->cancelled;
}

uint32_t flights_count(const struct flights *flights)
{
    ck_assert_ptr_eq(flights, &run.flights);
    return over > 0 ? over-- : 0;
}

size_t waiting_most(const struct run *of)
{
    ck_assert_ptr_eq(of, &run);
    return 1;
}

static int wait_code, wait_errno;

int waiting_for(struct run *of, struct pollfd *polled)
{
    ck_assert_ptr_eq(of, &run);
    ck_assert_ptr_nonnull(polled);
    deed("wait");
    errno = wait_errno;
    return wait_code;
}

static void set_up(void)
{
    options = (struct options){.count = 1};
    run = (struct run){.options = &options, .output = &output, .watched_ns = NOW - 5 * MS};
    frames_left = stuck = begins = more_targets = is_broken = has_failed = fails_to_keep = false;
    asked = over = interrupted = cancelled = 0;
    room = UINT32_MAX;
    release_ns = journal_ns = INT64_MAX;
    now_ns = NOW;
    wait_code = wait_errno = 0;
}

static void tear_down(void)
{
    timers_free(&run.timers);
}

#define READ     "push signals clock errors frames read flush relocation seek opinions names targets "
#define QUESTION "release begin 0 flush"

START_TEST(answers_go_before_questions)
{
    ck_assert(rounds_go_one(&run));
    ck_assert_str_eq(deeds(), READ QUESTION);
    ck_assert(!run.more && run.unread == 0);
}
END_TEST

START_TEST(what_is_queued_already_counts)
{
    run.sender.queued = 3;
    begins = true;
    ck_assert(rounds_go_one(&run));
    ck_assert_str_eq(deeds(), READ "release begin 3 flush");
    ck_assert(run.more);
}
END_TEST

/* Nothing begins, and no time is over, while frames wait to be read; but not for ever. */
START_TEST(frames_that_wait_are_read_first)
{
    frames_left = true;
    for (unsigned i = 1; i < UNREAD_MOST; i++) {
        ck_assert(rounds_go_one(&run));
        ck_assert_str_eq(deeds(), READ "flush");
        ck_assert(run.more);
        ck_assert_uint_eq(run.unread, i);
    }
    ck_assert(rounds_go_one(&run));
    ck_assert_str_eq(deeds(), READ QUESTION);
    ck_assert(run.more);
    ck_assert(rounds_go_one(&run));
    ck_assert_str_eq(deeds(), READ "flush");
    frames_left = false;
    ck_assert(rounds_go_one(&run));
    ck_assert_str_eq(deeds(), READ QUESTION);
    ck_assert(!run.more && run.unread == 0);
}
END_TEST

START_TEST(drops_are_looked_for_every_ten_milliseconds)
{
    run.watched_ns = NOW - 10 * MS;
    ck_assert(rounds_go_one(&run));
    ck_assert_str_eq(deeds(), READ "dropped 5 departures " QUESTION);
    now_ns = NOW + 10 * MS - 1;
    ck_assert(rounds_go_one(&run));
    ck_assert_str_eq(deeds(), READ QUESTION);
    now_ns = NOW + 10 * MS;
    ck_assert(rounds_go_one(&run));
    ck_assert_str_eq(deeds(), READ "dropped 5 departures " QUESTION);
}
END_TEST

/* A SYN that waits to be read has left. */
START_TEST(what_left_is_judged_once_all_is_read)
{
    run.watched_ns = NOW - 10 * MS;
    frames_left = true;
    ck_assert(rounds_go_one(&run));
    ck_assert_str_eq(deeds(), READ "dropped 5 flush");
}
END_TEST

static void no_op(void *context, struct timer *timer, int64_t at_ns)
{
    (void)timer;
    (void)at_ns;
    deed("%s", (const char *)context);
}

static struct timer due[300];

static void set_due(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        due[i] = (struct timer){.fire = no_op, .context = (void *)"fire"};
        ck_assert(timers_set(&run.timers, &due[i], NOW));
    }
}

START_TEST(what_is_due_is_fired_and_what_is_over_taken)
{
    set_due(2);
    struct timer later = {.fire = no_op, .context = (void *)"too early"};
    ck_assert(timers_set(&run.timers, &later, NOW + 1));
    ck_assert(rounds_go_one(&run));
    ck_assert_str_eq(deeds(), READ "fire landed fire landed " QUESTION);
}
END_TEST

START_TEST(a_full_batch_ends_the_firing)
{
    set_due(3);
    room = 1;
    ck_assert(rounds_go_one(&run));
    ck_assert_str_eq(deeds(), READ "fire landed " QUESTION);
    ck_assert_uint_eq(run.timers.count, 2);
}
END_TEST

START_TEST(so_many_are_fired_at_once)
{
    set_due(300);
    ck_assert(rounds_go_one(&run));
    ck_assert_uint_eq(run.timers.count, 300 - 256);
}
END_TEST

static void set_again(void *context, struct timer *timer, int64_t at_ns)
{
    (void)context;
    deed("again");
    ck_assert(timers_set(&run.timers, timer, at_ns));
}

START_TEST(what_is_set_for_now_comes_in_the_next_round)
{
    struct timer again = {.fire = set_again};
    ck_assert(timers_set(&run.timers, &again, NOW));
    ck_assert(rounds_go_one(&run));
    ck_assert_str_eq(deeds(), READ "again landed " QUESTION);
}
END_TEST

static void is_due(void *context, struct timer *timer, int64_t at_ns)
{
    (void)context;
    (void)timer;
    (void)at_ns;
}

/* Or else it would not go on. */
START_TEST(held_segments_need_memory)
{
    run.release.fire = is_due;
    release_ns = NOW + 7;
    no_memory = true;
    rounds_go_one(&run);
    no_memory = false;
    ck_assert(run.failure.failed && run.failure.error.out_of_memory);
}
END_TEST

START_TEST(held_segments_wake_the_run)
{
    run.release.fire = is_due;
    release_ns = _i == 0 ? NOW + 7 : INT64_MAX;
    ck_assert(rounds_go_one(&run));
    ck_assert_int_eq(timers_next_ns(&run.timers), release_ns);
    ck_assert(!run.failure.failed);
}
END_TEST

static const struct {
    unsigned asked;
    bool cancelled, stays;
    unsigned interrupted;
} signal_rows[] = {
    {0, false, true, 0}, {1, false, true, 1}, {2, false, false, 1},
    {0, true, true, 0},  {1, true, false, 1},
};

START_TEST(signals_end_it)
{
    asked = signal_rows[_i].asked;
    run.schedule.cancelled = signal_rows[_i].cancelled;
    stuck = _i % 2 == 0;
    ck_assert(rounds_go_one(&run) == signal_rows[_i].stays);
    ck_assert_uint_eq(interrupted, signal_rows[_i].interrupted);
    ck_assert_uint_eq(cancelled, 0);
}
END_TEST

/* A second, or after a second signal none. */
START_TEST(signals_leave_readers_a_moment)
{
    asked = 1 + (unsigned)_i;
    rounds_go_one(&run);
    int64_t waited_ns = stuck_write_ns();
    ck_assert_int_lt(waited_ns, _i == 0 ? STUCK_MOST_NS / 2 : 900 * MS);
    ck_assert_int_ge(waited_ns, _i == 0 ? 500 * MS : 0);
}
END_TEST

static const struct {
    bool is_broken, has_failed, recording_failed, endless;
    unsigned interrupted, cancelled;
} end_rows[] = {
    {false, false, false, false, 0, 0}, {true, false, false, false, 1, 0},
    {false, true, false, false, 0, 1},  {false, false, true, false, 0, 0},
    {false, false, true, true, 0, 1},   {true, true, true, true, 1, 0},
    {false, false, false, true, 0, 0},
};

START_TEST(reports_end_it)
{
    is_broken = end_rows[_i].is_broken;
    has_failed = end_rows[_i].has_failed;
    run.recorder.failure.failed = end_rows[_i].recording_failed;
    options.count = end_rows[_i].endless ? 0 : 3;
    ck_assert(rounds_go_one(&run));
    ck_assert_uint_eq(interrupted, end_rows[_i].interrupted);
    ck_assert_uint_eq(cancelled, end_rows[_i].cancelled);
}
END_TEST

static const struct {
    bool open, cancelled, failed, kept;
} journal_rows[] = {
    {true, false, false, true},
    {false, false, false, false},
    {true, true, false, false},
    {true, false, true, false},
};

START_TEST(the_journal_is_kept_behind_all_else)
{
    run.journaling.open = journal_rows[_i].open;
    run.schedule.cancelled = journal_rows[_i].cancelled;
    run.failure.failed = journal_rows[_i].failed;
    run.journal.fire = is_due;
    journal_ns = NOW + 9;
    ck_assert(rounds_go_one(&run));
    ck_assert_str_eq(deeds(), journal_rows[_i].kept ? READ QUESTION " keep" : READ QUESTION);
    ck_assert_int_eq(timers_next_ns(&run.timers), journal_rows[_i].kept ? NOW + 9 : INT64_MAX);
}
END_TEST

START_TEST(a_record_that_is_written_wakes_by_its_descriptor)
{
    run.journaling.open = true;
    run.journal.fire = is_due;
    ck_assert(timers_set(&run.timers, &run.journal, NOW + 9));
    ck_assert(rounds_go_one(&run));
    ck_assert_int_eq(timers_next_ns(&run.timers), INT64_MAX);
}
END_TEST

START_TEST(a_journal_that_cannot_be_written_ends_it)
{
    run.journaling.open = fails_to_keep = true;
    ck_assert(rounds_go_one(&run));
    ck_assert(run.failure.failed);
    ck_assert_str_eq(run.failure.error.text, "cannot write 'journal'");
}
END_TEST

START_TEST(it_goes_round_until_nothing_is_in_flight)
{
    over = 2;
    ck_assert_int_eq(rounds_go(&run, &error), 0);
    ck_assert_str_eq(deeds(), "wait " READ QUESTION " wait " READ QUESTION);
    ck_assert_int_eq(rounds_go(&run, &error), 0);
    ck_assert_str_eq(deeds(), "");
}
END_TEST

START_TEST(a_second_signal_ends_it_at_once)
{
    more_targets = true;
    asked = 2;
    ck_assert_int_eq(rounds_go(&run, &error), 0);
    ck_assert_str_eq(deeds(), "wait " READ QUESTION);
}
END_TEST

START_TEST(an_error_ends_it_and_is_that_of_the_run)
{
    more_targets = true;
    over = 3;
    error_set(&error, STATUS_RUN, "the interface is gone");
    failure_note(&run.failure, &error);
    error.text[0] = '\0';
    ck_assert_int_eq(rounds_go(&run, &error), -1);
    ck_assert_str_eq(error.text, "the interface is gone");
    ck_assert_uint_eq(interrupted, 1);
    ck_assert_str_eq(deeds(), ""); /* nothing would have woken it */
}
END_TEST

START_TEST(what_is_in_flight_ends_after_an_error)
{
    set_due(1);
    due[0].due_ns = NOW;
    over = 3;
    error_set(&error, STATUS_RUN, "the interface is gone");
    failure_note(&run.failure, &error);
    ck_assert_int_eq(rounds_go(&run, &error), -1);
    ck_assert_uint_eq(interrupted, 1);
    ck_assert_str_eq(deeds(), "wait " READ "fire landed " QUESTION);
}
END_TEST

static const struct {
    int number;
    bool fails;
} wait_rows[] = {{EINTR, false}, {ENOMEM, true}};

START_TEST(a_wait_that_fails_ends_it)
{
    over = 1;
    wait_code = -1;
    wait_errno = wait_rows[_i].number;
    ck_assert_int_eq(rounds_go(&run, &error), wait_rows[_i].fails ? -1 : 0);
    ck_assert_str_eq(deeds(), wait_rows[_i].fails ? "wait" : "wait " READ QUESTION);
    if (wait_rows[_i].fails)
        ck_assert_ptr_nonnull(strstr(error.text, "cannot wait for packets"));
}
END_TEST

#define COUNT(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))

static void add_reading(TCase *tests)
{
    tcase_add_test(tests, answers_go_before_questions);
    tcase_add_test(tests, what_is_queued_already_counts);
    tcase_add_test(tests, frames_that_wait_are_read_first);
    tcase_add_test(tests, drops_are_looked_for_every_ten_milliseconds);
    tcase_add_test(tests, what_left_is_judged_once_all_is_read);
    tcase_add_test(tests, what_is_due_is_fired_and_what_is_over_taken);
    tcase_add_test(tests, a_full_batch_ends_the_firing);
    tcase_add_test(tests, so_many_are_fired_at_once);
    tcase_add_test(tests, what_is_set_for_now_comes_in_the_next_round);
    tcase_add_loop_test(tests, held_segments_wake_the_run, 0, 2);
    tcase_add_test(tests, held_segments_need_memory);
}

int main(void)
{
    Suite *suite = suite_create("rounds");
    TCase *tests = tcase_create("loop");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    add_reading(tests);
    tcase_add_loop_test(tests, signals_end_it, 0, COUNT(signal_rows));
    tcase_add_loop_test(tests, signals_leave_readers_a_moment, 0, 2);
    tcase_add_loop_test(tests, reports_end_it, 0, COUNT(end_rows));
    tcase_add_loop_test(tests, the_journal_is_kept_behind_all_else, 0, COUNT(journal_rows));
    tcase_add_test(tests, a_record_that_is_written_wakes_by_its_descriptor);
    tcase_add_test(tests, a_journal_that_cannot_be_written_ends_it);
    tcase_add_test(tests, it_goes_round_until_nothing_is_in_flight);
    tcase_add_test(tests, a_second_signal_ends_it_at_once);
    tcase_add_test(tests, an_error_ends_it_and_is_that_of_the_run);
    tcase_add_test(tests, what_is_in_flight_ends_after_an_error);
    tcase_add_loop_test(tests, a_wait_that_fails_ends_it, 0, COUNT(wait_rows));
    suite_add_tcase(suite, tests);
    return run_suite_apart(suite);
}
