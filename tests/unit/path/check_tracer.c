/* SPDX-License-Identifier: BSD-2-Clause */
/* The tracer against paths whose hops answer at once, late or never. */
#include "path/tracer.h"

#include <string.h>

#include "harness.h"

#define MS INT64_C(1000000)

/* A path of so many hops. */
struct world {
    uint8_t hops;
    uint64_t silent;       /* hops that never answer, a bit each */
    uint64_t silent_once;  /* that answer the second SYN alone */
    int64_t round_trip_ns; /* of the others */
    struct tracer tracer;
    struct path path;
    int64_t now_ns;
    int sends;
    uint8_t sent[PATH_SENT_MAX];
};

static bool hop_answers(struct world *w, uint8_t ttl)
{
    uint8_t at = ttl < w->hops ? ttl : w->hops;
    uint64_t bit = UINT64_C(1) << at;
    bool first = w->path.hops[ttl - 1].sent == 1;
    return (w->silent & bit) == 0 && !((w->silent_once & bit) != 0 && first);
}

static void take_answer(struct world *w, uint8_t ttl)
{
    struct path_hop *hop = &w->path.hops[ttl - 1];
    hop->answered++;
    hop->rtt_ns = w->round_trip_ns;
    if (ttl >= w->hops)
        w->path.end_ttl = ttl;
}

static void take_sent(struct world *w, uint8_t ttl)
{
    ck_assert_int_lt(w->sends, PATH_SENT_MAX);
    w->sent[w->sends++] = ttl;
    w->path.hops[ttl - 1].sent++;
    while (w->path.hop_count < ttl)
        w->path.hops[w->path.hop_count++].rtt_ns = INT64_MIN;
}

/* To its end; returns what it took. */
static int64_t walk(struct world *w)
{
    for (int i = 0; i < 1000; i++) {
        struct tracer_action action = tracer_next(&w->tracer, &w->path, w->now_ns);
        if (action.verb == TRACER_DONE)
            return w->now_ns;
        if (action.verb == TRACER_WAIT) {
            ck_assert_int_gt(action.wake_ns, w->now_ns);
            w->now_ns = action.wake_ns;
            continue;
        }
        take_sent(w, action.ttl);
        ck_assert_int_eq(tracer_next(&w->tracer, &w->path, w->now_ns).verb, TRACER_WAIT);
        if (hop_answers(w, action.ttl)) {
            w->now_ns += w->round_trip_ns;
            take_answer(w, action.ttl);
        }
    }
    ck_abort_msg("it never ends");
    return 0;
}

static struct world new_world(uint8_t hops)
{
    struct world w;
    memset(&w, 0, sizeof w);
    w.hops = hops;
    w.round_trip_ns = 2 * MS;
    w.tracer = (struct tracer){.hops_max = 30, .target_answers = true, .round_trip_ns = INT64_MIN};
    return w;
}

static void check_sent(const struct world *w, const char *ttls)
{
    for (int i = 0; i < w->sends; i++)
        ck_assert_int_eq(w->sent[i], ttls[i] - '0');
    ck_assert_int_eq(w->sends, (int)strlen(ttls));
}

START_TEST(asks_each_hop_once_and_ends_at_the_target)
{
    struct world w = new_world(4);
    ck_assert_int_eq(walk(&w), 8 * MS);
    check_sent(&w, "1234");
}
END_TEST

START_TEST(asks_silent_hops_once_more)
{
    struct world w = new_world(5);
    w.silent = 1 << 2;
    w.silent_once = 1 << 3;
    walk(&w);
    check_sent(&w, "1234523");
    ck_assert_uint_eq(w.path.hops[2].answered, 1);
}
END_TEST

/* Five in a row, if the target has been silent too. */
START_TEST(gives_up_behind_silence)
{
    struct world w = new_world(40);
    w.tracer.target_answers = false;
    w.silent = ~UINT64_C(6);
    ck_assert_int_eq(walk(&w), 2 * 2 * MS + 5 * 200 * MS);
    check_sent(&w, "1234567");
}
END_TEST

START_TEST(goes_on_behind_silence_if_the_target_has_answered)
{
    struct world w = new_world(9);
    w.silent = 0x1fc;
    walk(&w);
    ck_assert_uint_eq(w.path.end_ttl, 9);
    ck_assert_int_eq(w.sends, 9 + 7);
}
END_TEST

START_TEST(asks_no_more_hops_than_it_may)
{
    struct world w = new_world(40);
    w.tracer.hops_max = PATH_HOPS_MAX;
    w.silent = ~UINT64_C(0);
    walk(&w);
    ck_assert_int_eq(w.sends, PATH_HOPS_MAX);
    struct world few = new_world(9);
    few.tracer.hops_max = 3;
    walk(&few);
    check_sent(&few, "123");
}
END_TEST

/* A hop may take three times the longest round trip seen, within limits. */
static const struct {
    int64_t round_trip_ns, patience_ns;
} patience[] = {
    {INT64_MIN, 500 * MS}, {1, 200 * MS},         {70 * MS, 210 * MS},    {300 * MS, 900 * MS},
    {333 * MS, 999 * MS},  {334 * MS, 1000 * MS}, {INT64_MAX, 1000 * MS},
};

START_TEST(waits_as_long_as_round_trips_suggest)
{
    struct tracer tracer = {.hops_max = 3, .round_trip_ns = patience[_i].round_trip_ns};
    struct path path;
    memset(&path, 0, sizeof path);
    ck_assert_int_eq(tracer_next(&tracer, &path, 0).verb, TRACER_SEND);
    struct tracer_action wait = tracer_next(&tracer, &path, 1);
    ck_assert_int_eq(wait.verb, TRACER_WAIT);
    ck_assert_int_eq(wait.wake_ns, patience[_i].patience_ns);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tracer");
    TCase *tests = tcase_create("decisions");
    tcase_add_test(tests, asks_each_hop_once_and_ends_at_the_target);
    tcase_add_test(tests, asks_silent_hops_once_more);
    tcase_add_test(tests, gives_up_behind_silence);
    tcase_add_test(tests, goes_on_behind_silence_if_the_target_has_answered);
    tcase_add_test(tests, asks_no_more_hops_than_it_may);
    tcase_add_loop_test(tests, waits_as_long_as_round_trips_suggest, 0,
                        sizeof patience / sizeof patience[0]);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
