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
        uint8_t era;
        unsigned tries;
    } targets[TARGETS];
    unsigned begun, answered, silent;
    uint32_t random_loss_part, alive_part;
    bool loses_first; /* of each target, as a router does while it asks for an address */
    uint64_t random;
};

static bool gets_through(struct network *n, const struct target *target)
{
    if ((unsigned)(target - n->targets) % n->alive_part != 0)
        return false;
    if (n->loses_first && target->tries == 1)
        return false;
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
    if (target->tries == 0)
        target->era = n->throttle.era;
    target->due_ns = now_ns + (RTO << target->tries);
    target->tries++;
    if (!gets_through(n, target))
        return;
    throttle_answered(&n->throttle, target->era, before_ns, now_ns);
    target->due_ns = INT64_MAX;
    n->answered++;
}

/* As the loop does it: what is due again waits for the throttle. */
static void look_at(struct network *n, struct target *target, int64_t now_ns)
{
    if (target->due_ns > now_ns)
        return;
    if (target->tries >= TRIES && !throttle_doubts(&n->throttle, target->sent_ns, false)) {
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
    network.alive_part = 1;
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

/* What is lost at any rate makes a run slow for a few seconds only, whether all targets answer or
 * one in twenty. */
START_TEST(is_not_slow_for_what_is_lost_at_any_rate)
{
    enum { RATE = 1000 };
    network.loses_first = true;
    network.alive_part = _i == 0 ? 1 : 20;
    int64_t took_ns = run(&network, RATE);
    ck_assert_uint_eq(network.answered, TARGETS / network.alive_part);
    ck_assert_int_lt(took_ns, _i == 0 ? 30 * SECOND : 80 * SECOND);
}
END_TEST

/* Answers of targets to which two SYNs were sent, so long apart. */
START_TEST(what_is_sent_twice_at_once_is_not_lost)
{
    static const struct {
        int64_t apart_ns;
        bool reduces;
    } cases[] = {{SECOND / 50, false}, {RTO - 1, false}, {RTO, true}, {3 * RTO, true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct throttle throttle;
        throttle_init(&throttle, 100000);
        for (unsigned answer = 0; answer < 60; answer++)
            throttle_answered(&throttle, throttle.era, START - cases[i].apart_ns, START);
        ck_assert_int_eq(throttle.rate < 100000, cases[i].reduces);
    }
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
    ck_assert(!throttle_doubts(&throttle, START, false));
    watch(&throttle, true, START);
    ck_assert_uint_lt(throttle.rate, 1000);
    ck_assert(throttle_doubts(&throttle, START - 1, false));
    ck_assert(!throttle_doubts(&throttle, START - 5 * SECOND, false));
    ck_assert(throttle_doubts(&throttle, START + 1, false));
    ck_assert(!throttle_doubts(&throttle, START + 5 * SECOND, false));
    ck_assert(throttle_doubts(&throttle, START + 1, false));
    ck_assert(!throttle_doubts(&throttle, START + 5 * SECOND, false));
    for (; throttle.rate < 1000; now_ns += SECOND / 100) {
        ck_assert_int_lt(now_ns, START + 60 * SECOND);
        throttle_answered(&throttle, throttle.era, INT64_MIN, now_ns);
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
        throttle_answered(&throttle, throttle.era, INT64_MIN, START + i);
    for (unsigned i = 0; i < 5000; i++)
        throttle_answered(&throttle, throttle.era, INT64_MIN, START + SECOND / 10 + i);
    for (unsigned i = 0; i < 9; i++)
        watch(&throttle, true, START + SECOND / 5 + i * SECOND / 100);
    ck_assert_uint_eq(throttle.rate, 50000);
    ck_assert(throttle_doubts(&throttle, START + SECOND / 5 + 8 * SECOND / 100 - 1, false));
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
    watch(&throttle, false, START);
    for (unsigned i = 0; i < 600; i++) /* long enough to tell */
        throttle_take(&throttle, START + i * SECOND / 10000);
    watch(&throttle, true, START + SECOND * 6 / 100);
    ck_assert_uint_eq(throttle.rate, 5000);
    throttle_init(&throttle, 0);
    watch(&throttle, true, START);
    ck_assert_uint_eq(throttle.rate, 100);
    throttle_init(&throttle, UINT32_MAX);
    watch(&throttle, true, START);
    ck_assert_uint_eq(throttle.rate, 1000000);
}
END_TEST

/* The least rate is none of the user's, who may want fewer. */
START_TEST(a_drop_makes_a_slow_run_no_faster)
{
    struct throttle throttle;
    throttle_init(&throttle, 30);
    throttle_watch(&throttle, true, START);
    ck_assert_uint_eq(throttle.rate, 30);
    for (int64_t now_ns = START; now_ns < START + 5 * SECOND; now_ns += SECOND / 100) {
        throttle_answered(&throttle, throttle.era, START, now_ns);
        throttle_watch(&throttle, now_ns % 7 == 0, now_ns);
        ck_assert_uint_eq(throttle.rate, 30);
    }
}
END_TEST

/* SYNs that did not leave say nothing of the network; what those that left say still counts. */
START_TEST(what_does_not_leave_hides_no_limit)
{
    struct throttle throttle;
    int64_t now_ns = START;
    throttle_init(&throttle, 10000);
    for (unsigned i = 0; i < 200; i++)
        ck_assert(throttle_take(&throttle, START));
    for (unsigned i = 0; i < 40; i++)
        throttle_unseen(&throttle, START);
    for (; throttle.rate == 10000; now_ns += SECOND / 100) {
        ck_assert_int_lt(now_ns, START + SECOND);
        throttle_watch(&throttle, 0, now_ns);
        throttle_judge_departures(&throttle, now_ns);
    }
    ck_assert(!throttle_doubts(&throttle, START, false));
    for (unsigned i = 0; i < 30; i++)
        throttle_answered(&throttle, throttle.era, START, START + RTO);
    ck_assert(throttle_doubts(&throttle, START, false));
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
        throttle_answered(&throttle, throttle.era, INT64_MIN, now_ns);
    ck_assert_uint_gt(throttle_window(&throttle, 5 * SECOND), 2500);
}
END_TEST

/* The count of what was dropped goes on; only what is new makes it slower. */
START_TEST(a_drop_counts_once)
{
    struct throttle throttle;
    throttle_init(&throttle, 1000);
    throttle_watch(&throttle, 3, START);
    ck_assert_uint_eq(throttle.rate, 500);
    for (int i = 1; i < 10; i++)
        throttle_watch(&throttle, 3, START + i * SECOND);
    ck_assert_uint_gt(throttle.rate, 500);
    ck_assert(!throttle_doubts(&throttle, START + 5 * SECOND, false));
    uint32_t rate = throttle.rate;
    throttle_watch(&throttle, 4, START + 10 * SECOND);
    ck_assert_uint_lt(throttle.rate, rate);
}
END_TEST

#define LOST 5 /* of a sample: more than are borne */

/* Answers of targets that were begun since the rate changed: to first SYNs, to second ones that
 * were sent at once, and to those whose first SYN was lost. */
static void take_answers(struct throttle *throttle, unsigned first, unsigned at_once,
                         int64_t now_ns)
{
    uint8_t era = throttle->era;
    for (unsigned i = 0; i < first; i++)
        throttle_answered(throttle, era, INT64_MIN, now_ns);
    for (unsigned i = 0; i < at_once; i++)
        throttle_answered(throttle, era, now_ns - 1, now_ns);
    for (unsigned i = 0; i < LOST; i++)
        throttle_answered(throttle, era, now_ns - RTO, now_ns);
}

/* At a lower rate far fewer are lost, if the rate is why they are lost. That shows where enough
 * targets were asked, and at rates that differ much. */
static const struct {
    unsigned first, at_once; /* at 10,000 a second */
    uint32_t rate;           /* then */
    unsigned first_then, at_once_then;
    bool vain, compared;
} comparisons[] = {
    {5, 10, 5000, 5, 10, true, true},  /* few are kept, and no more of them later */
    {5, 10, 5000, 10, 5, false, true}, /* or twice as many */
    {5, 10, 5000, 7, 8, true, true},
    {15, 0, 5000, 15, 0, true, true}, /* as many are lost */
    {15, 0, 5000, 35, 0, false, true},
    {15, 0, 5000, 25, 0, true, true},
    {15, 0, 6250, 15, 0, true, true},
    {15, 0, 6251, 15, 0, false, false}, /* nearly the same rate */
    {15, 0, 7500, 5, 10, true, true},   /* where most are lost it tells more */
    {15, 0, 7501, 5, 10, false, false},
    {15, 0, 199, 5, 10, true, true},
    {15, 0, 5000, 10, 0, false, false}, /* too few */
    {15, 0, 5000, 11, 0, true, true},
};

START_TEST(compares_losses_at_two_rates)
{
    struct throttle throttle;
    throttle_init(&throttle, 10000);
    take_answers(&throttle, comparisons[_i].first, comparisons[_i].at_once, START);
    ck_assert_uint_eq(throttle.compared_rate, 10000);
    ck_assert_uint_lt(throttle.rate, 10000);
    ck_assert_uint_eq(throttle.losses_in_vain, 0);
    ck_assert_uint_eq(throttle.kept + throttle.lost, 0); /* at this rate */
    throttle_answered(&throttle, 0, INT64_MIN, START);
    ck_assert_uint_eq(throttle.first_kept, 0);        /* of a target that was begun before */
    throttle_watch(&throttle, 0, START + 2 * SECOND); /* it has grown by then */
    throttle.rate = comparisons[_i].rate;
    take_answers(&throttle, comparisons[_i].first_then, comparisons[_i].at_once_then,
                 START + 2 * SECOND);
    ck_assert_uint_eq(throttle.losses_in_vain, comparisons[_i].vain);
    ck_assert_uint_eq(throttle.compared_rate,
                      comparisons[_i].compared ? comparisons[_i].rate : 10000);
}
END_TEST

/* A sample is 64 answers, few of which are late. */
START_TEST(a_sample_that_shows_nothing_is_forgotten)
{
    struct throttle throttle;
    throttle_init(&throttle, 10000);
    for (unsigned i = 0; i < 4; i++)
        throttle_answered(&throttle, 0, START - RTO, START);
    for (unsigned i = 4; i < 64; i++) {
        ck_assert_uint_eq(throttle.kept + throttle.lost, i);
        throttle_answered(&throttle, 0, INT64_MIN, START);
    }
    ck_assert_uint_eq(throttle.kept + throttle.lost, 0);
    ck_assert_uint_eq(throttle.first_kept + throttle.first_lost, 0);
    ck_assert_uint_eq(throttle.rate, 10000);
}
END_TEST

/* Once far fewer are lost, rates are compared from the beginning. */
START_TEST(what_was_in_vain_is_forgotten)
{
    struct throttle throttle;
    throttle_init(&throttle, 10000);
    take_answers(&throttle, 15, 0, START);
    for (int i = 1; i <= 2; i++) {
        throttle_watch(&throttle, 0, START + 2 * i * SECOND);
        throttle.rate = 10000u >> i;
        take_answers(&throttle, i == 1 ? 15 : 45, 0, START + 2 * i * SECOND);
        ck_assert_uint_eq(throttle.losses_in_vain, i == 1);
    }
}
END_TEST

/* Where there is no limit, what is answered is all that is known of the network. */
START_TEST(follows_the_answers_where_nothing_else_is_known)
{
    struct throttle throttle;
    throttle_init(&throttle, 0);
    throttle.sent_in_all = 100000;
    take_answers(&throttle, 45, 0, START);
    ck_assert_uint_eq(throttle.rate, (45 + LOST) * 40 * 3 / 4); /* a fortieth of a second's */
}
END_TEST

/* Few answers tell only roughly how many are kept: half the rate at least is left. */
START_TEST(is_not_below_half_for_few_answers)
{
    struct throttle throttle;
    throttle_init(&throttle, 10000);
    throttle.sent_in_all = 100000; /* the network is silent */
    take_answers(&throttle, _i == 0 ? 2 : 45, 0, START);
    ck_assert_uint_eq(throttle.rate, _i == 0 ? 5000 : 10000 * (921 / 10 * 9) / 1024);
}
END_TEST

/* Where there was no limit there is none again in the end. */
START_TEST(grows_beyond_all_limits)
{
    struct throttle throttle;
    throttle_init(&throttle, 0);
    throttle_watch(&throttle, 1, START);
    ck_assert_uint_eq(throttle.rate, 100);
    throttle.rate = 1999999;
    throttle_watch(&throttle, 1, START + SECOND);
    ck_assert_uint_eq(throttle.rate, 0);
    ck_assert_int_le(throttle_next_ns(&throttle), START);
    throttle_init(&throttle, 3000000);
    throttle_watch(&throttle, 1, START);
    throttle.rate = 2900000;
    for (int i = 1; i < 20; i++)
        throttle_watch(&throttle, 1, START + i * SECOND);
    ck_assert_uint_eq(throttle.rate, 3000000);
}
END_TEST

/* So few SYNs tell nothing, however many of them did not leave. */
START_TEST(few_that_do_not_leave_say_nothing)
{
    struct throttle throttle;
    uint32_t sent = _i == 0 ? 63 : 64;
    throttle_init(&throttle, 10000);
    for (uint32_t i = 0; i < sent; i++)
        ck_assert(throttle_take(&throttle, START));
    for (uint32_t i = 0; i < 30; i++)
        throttle_unseen(&throttle, START);
    throttle_judge_departures(&throttle, START + COHORT_KEPT_NS + COHORT_NS);
    ck_assert_uint_eq(throttle.rate < 10000, _i == 1);
}
END_TEST

/* What is lost at three rates alike is lost at any: so it is borne, for ten seconds. */
START_TEST(losses_are_borne_for_a_while)
{
    static const uint32_t rates[] = {5000, 2500, 1250};
    struct throttle throttle;
    int64_t now_ns = START;
    throttle_init(&throttle, 10000);
    take_answers(&throttle, 15, 0, now_ns);
    uint8_t era = throttle.era;
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_uint_lt(throttle.rate, 10000);
        era = throttle.era;
        now_ns += 2 * SECOND;
        throttle_watch(&throttle, 0, now_ns);
        throttle.rate = rates[i];
        take_answers(&throttle, 15, 0, now_ns);
    }
    ck_assert_uint_eq(throttle.rate, 10000);
    ck_assert_uint_eq(throttle.kept + throttle.lost, 0);
    ck_assert(!throttle_doubts(&throttle, now_ns, false));
    throttle_answered(&throttle, era, INT64_MIN, now_ns);
    ck_assert_uint_eq(throttle.first_kept, 0); /* it was begun at a lower rate */
    take_answers(&throttle, 15, 0, now_ns + 10 * SECOND - 1);
    ck_assert_uint_eq(throttle.rate, 10000);
    take_answers(&throttle, 15, 0, now_ns + 10 * SECOND);
    ck_assert_uint_lt(throttle.rate, 10000);
    ck_assert_uint_eq(throttle.losses_in_vain, 0);
}
END_TEST

#define ECHO_GRACE (SECOND / 5)
#define EACH_STEP  32 /* SYNs that there are to send in a millisecond */

/* A silent network, and an interface that does not let all SYNs out. */
struct interface {
    struct throttle throttle;
    double tokens, tokens_each; /* a step; 0: a part of them, whatever the rate */
    uint32_t part;              /* one of so many does not leave */
    uint32_t sent, unseen;      /* in this second */
    bool late;                  /* all are seen in the end */
    struct {
        int64_t at_ns[EACH_STEP];
        uint32_t count;
    } lost[ECHO_GRACE / STEP]; /* by steps, until their echoes are not waited for any more */
};

static bool leaves(struct interface *i)
{
    if (i->tokens_each == 0)
        return i->sent % i->part != 0;
    if (i->tokens < 1)
        return false;
    i->tokens -= 1;
    return true;
}

static void tell_unseen(struct interface *i, int64_t at_ns)
{
    throttle_unseen(&i->throttle, at_ns);
    if (i->late)
        throttle_seen_late(&i->throttle, at_ns);
}

static void send_some(struct interface *i, int64_t now_ns, unsigned place)
{
    i->tokens = i->tokens + i->tokens_each < 50 ? i->tokens + i->tokens_each : 50;
    for (uint32_t k = 0; k < i->lost[place].count; k++)
        tell_unseen(i, i->lost[place].at_ns[k]);
    i->lost[place].count = 0;
    for (unsigned k = 0; k < EACH_STEP && throttle_take(&i->throttle, now_ns); k++) {
        i->sent++;
        if (leaves(i))
            continue;
        i->unseen++;
        i->lost[place].at_ns[i->lost[place].count++] = now_ns;
    }
    throttle_watch(&i->throttle, 0, now_ns);
    throttle_judge_departures(&i->throttle, now_ns);
}

/* From a second of the run to another one. */
static void send_for(struct interface *i, int from, int to)
{
    i->sent = i->unseen = 0;
    for (int64_t ms = from * 1000; ms < to * 1000; ms++)
        send_some(i, START + ms * STEP, (unsigned)(ms % (ECHO_GRACE / STEP)));
}

static struct interface interface;

static void begin(uint32_t rate, double tokens_each, uint32_t part)
{
    memset(&interface, 0, sizeof interface);
    interface.tokens_each = tokens_each;
    interface.part = part;
    throttle_init(&interface.throttle, rate);
}

/* An interface that is too slow drops SYNs before they are captured. */
START_TEST(follows_what_leaves)
{
    begin(_i == 0 ? 0 : 20000, 2, 0);
    send_for(&interface, 0, 1);
    ck_assert_uint_gt(interface.unseen, interface.sent / 4);
    send_for(&interface, 1, 4);
    send_for(&interface, 4, 30);
    ck_assert_uint_lt(interface.unseen, interface.sent / 10);
    ck_assert_uint_gt(interface.sent, 26 * 2000 / 2);
    ck_assert_uint_lt(interface.sent, 26 * 2200);
}
END_TEST

/* What was seen to leave is not in doubt. */
START_TEST(doubts_what_did_not_leave)
{
    const struct throttle *throttle = &interface.throttle;
    begin(0, 2, 0);
    send_for(&interface, 0, 1);
    ck_assert(throttle_doubts(throttle, START, true));
    ck_assert(!throttle_doubts(throttle, START, false));
    ck_assert(!throttle_doubts(throttle, START + 9 * SECOND, true));
    ck_assert(!throttle_doubts(throttle, START - 9 * SECOND, true));
}
END_TEST

/* Some never leave, such as those to a gateway that is not there: the others are not slowed for
 * long. A little is borne, and where none is captured nothing is known. */
START_TEST(nothing_is_slowed_in_vain)
{
    static const uint32_t parts[] = {4, 2};
    begin(_i == 0 ? 0 : 20000, 0, parts[_i]);
    send_for(&interface, 0, 2);
    ck_assert_int_ne(interface.throttle.lost_here_ns, INT64_MIN);
    send_for(&interface, 2, 5);
    ck_assert_uint_eq(interface.throttle.rate, interface.throttle.rate_most);
    send_for(&interface, 5, 9);
    ck_assert_uint_eq(interface.throttle.rate, interface.throttle.rate_most);
}
END_TEST

START_TEST(bears_what_says_nothing)
{
    static const uint32_t parts[] = {20, 1};
    begin(0, 0, parts[_i]);
    send_for(&interface, 0, 5);
    ck_assert_uint_gt(interface.unseen, 0);
    ck_assert_int_eq(interface.throttle.lost_here_ns, INT64_MIN);
    ck_assert_uint_eq(interface.throttle.rate, 0);
}
END_TEST

/* What did not leave may leave later if others left, unless that was tried in vain. */
START_TEST(tells_what_may_leave_later)
{
    const struct throttle *throttle = &interface.throttle;
    int64_t sent_ns = START + SECOND / 20;
    begin(0, 2, 0);
    send_for(&interface, 0, 1);
    ck_assert(throttle_loses_here(throttle, START + 9 * SECOND));
    begin(0, 0, 20);
    send_for(&interface, 0, 1);
    ck_assert(!throttle_loses_here(throttle, START + SECOND - 1));
    begin(0, 0, 1);
    send_for(&interface, 0, 1);
    ck_assert(!throttle_loses_here(throttle, START + SECOND - 1));
    begin(0, 0, 4);
    for (unsigned i = 0; i < 100; i++)
        ck_assert(throttle_take(&interface.throttle, sent_ns));
    ck_assert(!throttle_loses_here(throttle, sent_ns));
    for (unsigned i = 0; i < 10; i++)
        throttle_unseen(&interface.throttle, sent_ns);
    ck_assert(throttle_loses_here(throttle, sent_ns));
    ck_assert(!throttle_loses_here(throttle, sent_ns + SECOND)); /* of which nothing is known */
    begin(0, 0, 4);
    send_for(&interface, 0, 5);
    ck_assert(!throttle_loses_here(throttle, START + 5 * SECOND - 1));
}
END_TEST

/* A busy machine reads frames late: nothing was lost. */
START_TEST(bears_late_frames)
{
    begin(0, 0, 2);
    interface.late = true;
    send_for(&interface, 0, 5);
    ck_assert_int_eq(interface.throttle.lost_here_ns, INT64_MIN);
}
END_TEST

/* Once the interface is as fast as it was, it is followed again. */
START_TEST(follows_again_what_leaves_later)
{
    begin(20000, 0, 4);
    send_for(&interface, 0, 5);
    interface.part = 1000000;
    send_for(&interface, 5, 7);
    interface.tokens_each = 2;
    send_for(&interface, 7, 10);
    send_for(&interface, 10, 11);
    ck_assert_uint_lt(interface.throttle.rate, 4000);
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
    tcase_add_loop_test(tests, is_not_slow_for_what_is_lost_at_any_rate, 0, 2);
    tcase_add_test(tests, what_is_sent_twice_at_once_is_not_lost);
    tcase_add_test(tests, never_beyond_the_rate);
    tcase_add_test(tests, a_drop_makes_it_slower_for_a_while);
    tcase_add_test(tests, drops_at_once_count_once);
    tcase_add_test(tests, a_drop_counts_once);
    tcase_add_loop_test(tests, compares_losses_at_two_rates, 0,
                        sizeof comparisons / sizeof comparisons[0]);
    tcase_add_test(tests, a_sample_that_shows_nothing_is_forgotten);
    tcase_add_test(tests, what_was_in_vain_is_forgotten);
    tcase_add_test(tests, follows_the_answers_where_nothing_else_is_known);
    tcase_add_loop_test(tests, is_not_below_half_for_few_answers, 0, 2);
    tcase_add_test(tests, grows_beyond_all_limits);
    tcase_add_loop_test(tests, few_that_do_not_leave_say_nothing, 0, 2);
    tcase_add_test(tests, losses_are_borne_for_a_while);
    tcase_add_test(tests, a_drop_in_a_silent_network_is_got_over);
    tcase_add_test(tests, a_drop_without_a_limit_halves_what_was_sent);
    tcase_add_test(tests, a_drop_makes_a_slow_run_no_faster);
    tcase_add_test(tests, what_does_not_leave_hides_no_limit);
    tcase_add_test(tests, the_window_follows_the_rate);
    tcase_add_loop_test(tests, follows_what_leaves, 0, 2);
    tcase_add_test(tests, doubts_what_did_not_leave);
    tcase_add_loop_test(tests, nothing_is_slowed_in_vain, 0, 2);
    tcase_add_loop_test(tests, bears_what_says_nothing, 0, 2);
    tcase_add_test(tests, tells_what_may_leave_later);
    tcase_add_test(tests, bears_late_frames);
    tcase_add_test(tests, follows_again_what_leaves_later);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
