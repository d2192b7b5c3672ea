/* SPDX-License-Identifier: BSD-2-Clause */
#include "loop/throttle.h"

#include <string.h>

#include "harness.h"

#define SECOND  INT64_C(1000000000)
#define START   (77 * SECOND)
#define TARGETS 3000
#define TRIES   3
#define RTO     SECOND
#define STEP    (SECOND / 1000)
#define LIMITER 500 /* answers a second at most */

/* Targets that all answer at once, behind a network that lets so many answers through. */
struct network {
    struct throttle throttle;
    double tokens, tokens_each;
    struct target {
        int64_t due_ns, sent_ns;
        unsigned tries;
    } targets[TARGETS];
    unsigned begun, answered, silent;
    uint32_t random_loss_part;
    uint64_t random;
};

static bool gets_through(struct network *n)
{
    if (n->random_loss_part != 0 && next_random(&n->random) % n->random_loss_part == 0)
        return false;
    if (n->tokens_each == 0)
        return true;
    if (n->tokens < 1)
        return false;
    n->tokens -= 1;
    return true;
}

static void send_syn(struct network *n, struct target *target, int64_t now_ns)
{
    int64_t before_ns = target->tries > 0 ? target->sent_ns : INT64_MIN;
    target->sent_ns = now_ns;
    target->due_ns = now_ns + (RTO << target->tries);
    target->tries++;
    if (!gets_through(n))
        return;
    throttle_answered(&n->throttle, before_ns, now_ns);
    target->due_ns = INT64_MAX;
    n->answered++;
}

/* As the loop does it: what is due again waits for the throttle. */
static void look_at(struct network *n, struct target *target, int64_t now_ns)
{
    if (target->due_ns > now_ns)
        return;
    if (target->tries >= TRIES && !throttle_doubts(&n->throttle, target->sent_ns)) {
        target->due_ns = INT64_MAX;
        n->silent++;
        return;
    }
    if (throttle_take(&n->throttle, now_ns))
        send_syn(n, target, now_ns);
}

static int64_t run(struct network *n, uint32_t rate)
{
    int64_t now_ns = START;
    throttle_init(&n->throttle, rate);
    while (n->answered + n->silent < TARGETS && now_ns < START + 200 * SECOND) {
        n->tokens = n->tokens + n->tokens_each < 50 ? n->tokens + n->tokens_each : 50;
        for (unsigned i = 0; i < n->begun; i++)
            look_at(n, &n->targets[i], now_ns);
        for (unsigned i = 0; i < 64 && n->begun < TARGETS && throttle_take(&n->throttle, now_ns);
             i++)
            send_syn(n, &n->targets[n->begun++], now_ns);
        now_ns += STEP;
    }
    return now_ns - START;
}

static struct network network;

static void set_up(void)
{
    memset(&network, 0, sizeof network);
    network.random = 5;
}

START_TEST(nothing_holds_back_what_is_answered)
{
    int64_t took_ns = run(&network, 0);
    ck_assert_uint_eq(network.answered, TARGETS);
    ck_assert_int_lt(took_ns, SECOND / 10 + TARGETS / 64 * STEP);
    ck_assert_uint_eq(network.throttle.rate, 0);
}
END_TEST

/* A network that lets fewer answers through is not taken for one that drops them. */
START_TEST(follows_the_answers_of_a_limited_network)
{
    network.tokens_each = (double)LIMITER * STEP / SECOND;
    int64_t took_ns = run(&network, 0);
    ck_assert_uint_eq(network.silent, 0);
    ck_assert_uint_eq(network.answered, TARGETS);
    ck_assert_int_lt(took_ns, 3 * SECOND * TARGETS / LIMITER);
}
END_TEST

/* Some loss is no reason to become slow. */
START_TEST(bears_some_loss)
{
    network.random_loss_part = 50;
    int64_t took_ns = run(&network, 0);
    ck_assert_uint_ge(network.answered, TARGETS - 10);
    ck_assert_int_lt(took_ns, 10 * SECOND);
}
END_TEST

START_TEST(never_beyond_the_rate)
{
    enum { RATE = 500 };
    int64_t took_ns = run(&network, RATE);
    ck_assert_uint_eq(network.answered, TARGETS);
    ck_assert_int_ge(took_ns, SECOND * (TARGETS - RATE / 10) / RATE);
    ck_assert_int_lt(took_ns, SECOND * (TARGETS + RATE) / RATE);
}
END_TEST

/* As the loop calls it: with a count that grows by what was dropped. */
static void watch(struct throttle *throttle, bool drops, int64_t now_ns)
{
    throttle_watch(throttle, throttle->dropped + (drops ? 3 : 0), now_ns);
}

/* What was dropped here was not sent too early or too late; and the rate grows again. */
START_TEST(a_drop_makes_it_slower_for_a_while)
{
    struct throttle throttle;
    int64_t now_ns = START;
    throttle_init(&throttle, 1000);
    ck_assert(!throttle_doubts(&throttle, START));
    watch(&throttle, true, START);
    ck_assert_uint_lt(throttle.rate, 1000);
    ck_assert(throttle_doubts(&throttle, START - 1));
    ck_assert(!throttle_doubts(&throttle, START - 5 * SECOND));
    ck_assert(throttle_doubts(&throttle, START + 1));
    ck_assert(!throttle_doubts(&throttle, START + 5 * SECOND));
    ck_assert(throttle_doubts(&throttle, START + 1));
    ck_assert(!throttle_doubts(&throttle, START + 5 * SECOND));
    for (; throttle.rate < 1000; now_ns += SECOND / 100) {
        ck_assert_int_lt(now_ns, START + 60 * SECOND);
        throttle_answered(&throttle, INT64_MIN, now_ns);
    }
    ck_assert_int_gt(now_ns, START + SECOND);
    ck_assert(throttle_take(&throttle, now_ns));
    ck_assert_int_le(throttle_next_ns(&throttle), now_ns + SECOND / 1000);
}
END_TEST

/* As many drops as there are within an epoch are one reason to be slower. */
START_TEST(drops_at_once_count_once)
{
    struct throttle throttle;
    throttle_init(&throttle, 100000);
    for (unsigned i = 0; i < 100; i++)
        throttle_answered(&throttle, INT64_MIN, START + i);
    for (unsigned i = 0; i < 5000; i++)
        throttle_answered(&throttle, INT64_MIN, START + SECOND / 10 + i);
    for (unsigned i = 0; i < 9; i++)
        watch(&throttle, true, START + SECOND / 5 + i * SECOND / 100);
    ck_assert_uint_eq(throttle.rate, 50000);
    ck_assert(throttle_doubts(&throttle, START + SECOND / 5 + 8 * SECOND / 100 - 1));
    watch(&throttle, true, START + SECOND / 5 + SECOND / 10);
    ck_assert_uint_lt(throttle.rate, 50000 / 4 * 3);
}
END_TEST

/* The silence of a network says nothing of how fast it may be probed. */
START_TEST(a_drop_in_a_silent_network_is_got_over)
{
    struct throttle throttle;
    int64_t now_ns = START;
    throttle_init(&throttle, 20000);
    watch(&throttle, true, START);
    ck_assert_uint_eq(throttle.rate, 10000);
    for (; throttle.rate < 20000; now_ns += SECOND / 10000) {
        ck_assert_int_lt(now_ns, START + 30 * SECOND);
        watch(&throttle, false, now_ns);
    }
    ck_assert_int_gt(now_ns, START + 5 * SECOND);
}
END_TEST

/* Without a limit, from what was sent; a drop before anything was sent is at the least rate. */
START_TEST(a_drop_without_a_limit_halves_what_was_sent)
{
    struct throttle throttle;
    throttle_init(&throttle, 0);
    watch(&throttle, false, START);
    for (unsigned i = 0; i < 10000; i++)
        throttle_take(&throttle, START + i * SECOND / 100000);
    watch(&throttle, true, START + SECOND / 10);
    ck_assert_uint_eq(throttle.rate, 50000);
    throttle_init(&throttle, 0);
    watch(&throttle, false, START);
    for (unsigned i = 0; i < 1000; i++)
        throttle_take(&throttle, START + i * SECOND / 100000);
    watch(&throttle, true, START + SECOND / 100);
    ck_assert_uint_eq(throttle.rate, 20000);
    throttle_init(&throttle, 0);
    watch(&throttle, true, START);
    ck_assert_uint_eq(throttle.rate, 100);
    throttle_init(&throttle, UINT32_MAX);
    watch(&throttle, true, START);
    ck_assert_uint_eq(throttle.rate, 1000000);
}
END_TEST

START_TEST(the_window_follows_the_rate)
{
    struct throttle throttle;
    throttle_init(&throttle, 1000);
    ck_assert_uint_eq(throttle_window(&throttle, 5 * SECOND), UINT32_MAX);
    watch(&throttle, true, START);
    ck_assert_uint_eq(throttle.rate, 500);
    ck_assert_uint_eq(throttle_window(&throttle, 5 * SECOND), 2500);
    ck_assert_uint_eq(throttle_window(&throttle, SECOND / 100), 64);
    ck_assert_uint_eq(throttle_window(&throttle, INT64_MAX), UINT32_MAX);
    for (int64_t now_ns = START; now_ns < START + SECOND; now_ns += SECOND / 1000)
        throttle_answered(&throttle, INT64_MIN, now_ns);
    ck_assert_uint_gt(throttle_window(&throttle, 5 * SECOND), 2500);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("throttle");
    TCase *tests = tcase_create("throttle");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, nothing_holds_back_what_is_answered);
    tcase_add_test(tests, follows_the_answers_of_a_limited_network);
    tcase_add_test(tests, bears_some_loss);
    tcase_add_test(tests, never_beyond_the_rate);
    tcase_add_test(tests, a_drop_makes_it_slower_for_a_while);
    tcase_add_test(tests, drops_at_once_count_once);
    tcase_add_test(tests, a_drop_in_a_silent_network_is_got_over);
    tcase_add_test(tests, a_drop_without_a_limit_halves_what_was_sent);
    tcase_add_test(tests, the_window_follows_the_rate);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
