/* SPDX-License-Identifier: BSD-2-Clause */
/* A trade whose child does as it is told, by a word in the question: answers, late, nonsense, or
 * not at all. */
#include "confine/worker.h"

#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "confine/child.h"
#include "harness.h"

#define SLOW_US     200000
#define PATIENCE_MS 5000
#define WORKERS     4

enum order { DOUBLE, SLOWLY, LIE, END, FILL };

struct question {
    enum order order;
    uint32_t number;
};

struct answer {
    uint32_t number, factor;
    char rest[9000]; /* more than a pipe takes at once */
};

static struct error error;
static struct answer answer;

static void do_it(void *context, const void *asked, void *out)
{
    const struct question *question = asked;
    struct answer *result = out;
    if (question->order == END)
        _exit(0);
    if (question->order == SLOWLY)
        usleep(SLOW_US);
    if (question->order == FILL)
        memset(result->rest, 'x', sizeof result->rest);
    result->factor = *(const uint32_t *)context;
    result->number = question->number * result->factor + (question->order == LIE);
}

static bool is_sound(const void *asked, const void *answered)
{
    const struct question *question = asked;
    const struct answer *result = answered;
    return result->number == question->number * result->factor;
}

static const struct trade trade = {.what = "doubles",
                                   .mode = SANDBOX_CHILD,
                                   .question_size = sizeof(struct question),
                                   .answer_size = sizeof(struct answer),
                                   .answer = do_it,
                                   .is_sound = is_sound};
static uint32_t factor = 2;

static struct worker *start(void)
{
    struct worker *worker = worker_start(&trade, &factor, &error);
    ck_assert_msg(worker != NULL, "%s", error.text);
    return worker;
}

static int ask(struct worker *worker, enum order order, uint32_t number)
{
    return worker_ask(worker, &(struct question){order, number}, &error);
}

static int call(struct worker *worker, enum order order, uint32_t number)
{
    return worker_call(worker, &(struct question){order, number}, &answer, &error);
}

/* Waits for what worker_read gives in the end. */
static int wait_for(struct worker *worker)
{
    struct pollfd wait = {.fd = worker_fd(worker), .events = POLLIN};
    int code = 0;
    while (code == 0 && poll(&wait, 1, PATIENCE_MS) == 1)
        code = worker_read(worker, &answer, &error);
    return code;
}

START_TEST(it_answers_what_it_is_asked)
{
    struct worker *worker = start();
    ck_assert_int_eq(worker_read(worker, &answer, &error), 0);
    ck_assert(!worker_is_busy(worker));
    for (uint32_t i = 0; i < 3; i++) {
        ck_assert_int_eq(call(worker, DOUBLE, i), 0);
        ck_assert_uint_eq(answer.number, 2 * i);
    }
    ck_assert_int_eq(ask(worker, SLOWLY, 5), 0);
    ck_assert(worker_is_busy(worker));
    ck_assert_int_eq(worker_read(worker, &answer, &error), 0);
    ck_assert_int_eq(wait_for(worker), 1);
    ck_assert_uint_eq(answer.number, 10);
    ck_assert(!worker_is_busy(worker));
    worker_end(worker);
    worker_end(NULL);
    worker_stop(NULL);
}
END_TEST

/* Nothing of an answer is left in the next. */
START_TEST(each_answer_begins_with_zeros)
{
    static const char zeros[sizeof answer.rest];
    struct worker *worker = start();
    ck_assert_int_eq(call(worker, FILL, 5), 0);
    ck_assert_int_eq(answer.rest[sizeof answer.rest - 1], 'x');
    ck_assert_int_eq(call(worker, DOUBLE, 5), 0);
    ck_assert_mem_eq(answer.rest, zeros, sizeof zeros);
    worker_end(worker);
}
END_TEST

/* Datagrams of any other length are refused, whichever end sends them. */
START_TEST(a_datagram_has_its_length)
{
    int ends[2];
    char bytes[8];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    ck_assert_int_eq(child_poll(ends[0], bytes, 4), 0);
    for (size_t len = 3; len <= 5; len++) {
        ck_assert(child_send(ends[1], "abcdefgh", len) && child_send(ends[1], "abcdefgh", len));
        ck_assert(child_receive(ends[0], bytes, 4) == (len == 4));
        ck_assert_int_eq(child_poll(ends[0], bytes, 4), len == 4 ? 1 : -1);
    }
    ck_assert_int_eq(child_poll(ends[0], bytes, 4), 0);
    close(ends[1]);
    ck_assert_int_eq(child_poll(ends[0], bytes, 4), -1);
    ck_assert(!child_receive(ends[0], bytes, 4) && !child_send(ends[0], bytes, 4));
    close(ends[0]);
}
END_TEST

/* An answer to what was asked before is not taken for the one that is waited for. */
START_TEST(a_question_that_was_given_up_is_forgotten)
{
    struct worker *worker = start();
    ck_assert_int_eq(ask(worker, SLOWLY, 5), 0);
    ck_assert_int_eq(call(worker, DOUBLE, 6), 0);
    ck_assert_uint_eq(answer.number, 12);
    ck_assert_int_eq(worker_read(worker, &answer, &error), 0);
    worker_end(worker);
}
END_TEST

START_TEST(what_is_not_sound_is_not_believed)
{
    struct worker *worker = start();
    ck_assert_int_eq(call(worker, LIE, 5), -1);
    ck_assert_str_eq(error.text, "the process that doubles sent an invalid answer");
    ck_assert_int_eq(error.status, STATUS_RUN);
    worker_end(worker);
}
END_TEST

START_TEST(one_that_is_gone_is_told)
{
    struct worker *worker = start();
    ck_assert_int_eq(call(worker, END, 0), -1);
    ck_assert_int_eq(ask(worker, DOUBLE, 0), -1);
    ck_assert_int_eq(worker_read(worker, &answer, &error), -1);
    ck_assert_str_eq(error.text, "the process that doubles exited unexpectedly");
    worker_stop(worker);
}
END_TEST

START_TEST(several_work_side_by_side)
{
    struct worker *workers[WORKERS];
    for (uint32_t i = 0; i < WORKERS; i++) {
        workers[i] = start();
        ck_assert_int_eq(ask(workers[i], SLOWLY, i), 0);
    }
    ck_assert_int_eq(wait_for(workers[WORKERS - 1]), 1);
    for (uint32_t i = 0; i + 1 < WORKERS; i++) { /* by then the others are nearly done too */
        ck_assert_int_eq(wait_for(workers[i]), 1);
        ck_assert_uint_eq(answer.number, 2 * i);
    }
    for (size_t i = 0; i < WORKERS; i++)
        worker_end(workers[i]);
}
END_TEST

/* An answer that does not come in time, or a signal that is to end the process, ends the wait. */
START_TEST(patience_is_bounded)
{
    const struct question slow = {SLOWLY, 4};
    struct worker *worker = start();
    sigset_t held;
    sigemptyset(&held);
    sigaddset(&held, SIGTERM);
    if (_i == 1) {
        ck_assert_int_eq(sigprocmask(SIG_BLOCK, &held, NULL), 0);
        raise(SIGTERM);
    }
    ck_assert_int_eq(worker_call_within(worker, &slow, &answer, _i == 0 ? 1 : PATIENCE_MS, &error),
                     1);
    if (_i == 1) {
        const struct timespec none = {0, 0};
        ck_assert_int_eq(sigtimedwait(&held, NULL, &none), SIGTERM);
        ck_assert_int_eq(sigprocmask(SIG_UNBLOCK, &held, NULL), 0);
    }
    worker_stop(worker);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("worker");
    TCase *tests = tcase_create("worker");
    tcase_add_test(tests, it_answers_what_it_is_asked);
    tcase_add_test(tests, each_answer_begins_with_zeros);
    tcase_add_test(tests, a_datagram_has_its_length);
    tcase_add_test(tests, a_question_that_was_given_up_is_forgotten);
    tcase_add_test(tests, what_is_not_sound_is_not_believed);
    tcase_add_test(tests, one_that_is_gone_is_told);
    tcase_add_test(tests, several_work_side_by_side);
    tcase_add_loop_test(tests, patience_is_bounded, 0, 2);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
