/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shrink.h"

static const char usage[] =
    "usage: sim --runs N [--from SEED]     so many seeds, one after the other\n"
    "       sim --minutes M [--from SEED]  as many as there is time for\n"
    "       sim --seed S [--trace]         one of them\n"
    "       sim --shrink S                 makes a failing one small\n"
    "  --without NAME[,NAME]...            leaves features, attacks or single faults out\n"
    "  --no-floors                         does not ask that everything happened often enough\n"
    "  --describe S                        what a seed stands for\n";

struct request {
    const char *program;
    uint64_t from, runs;
    double minutes;
    bool one, trace, shrink, floors, describe;
    struct without without;
};

static bool parse_number(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoull(text, &end, 0);
    return end != text && *end == '\0' && errno == 0;
}

static bool take_option(struct request *request, int option, const char *value)
{
    switch (option) {
    case 'r':
        return parse_number(value, &request->runs);
    case 'f':
        return parse_number(value, &request->from);
    case 'm':
        request->minutes = atof(value);
        request->runs = UINT64_MAX;
        return request->minutes > 0;
    case 'd':
    case 'k':
    case 's':
        request->describe = option == 'd';
        request->shrink = option == 'k';
        request->one = true;
        request->runs = 1;
        return parse_number(value, &request->from);
    case 't':
        return request->trace = true;
    case 'n':
        request->floors = false;
        return true;
    case 'w':
        return without_parse(&request->without, value);
    default:
        return false;
    }
}

static bool parse(int argc, char **argv, struct request *request)
{
    static const struct option options[] = {
        {"runs", required_argument, NULL, 'r'},     {"from", required_argument, NULL, 'f'},
        {"minutes", required_argument, NULL, 'm'},  {"seed", required_argument, NULL, 's'},
        {"trace", no_argument, NULL, 't'},          {"shrink", required_argument, NULL, 'k'},
        {"without", required_argument, NULL, 'w'},  {"no-floors", no_argument, NULL, 'n'},
        {"describe", required_argument, NULL, 'd'}, {NULL, 0, NULL, 0}};
    int option;
    *request = (struct request){.program = argv[0], .from = 1, .floors = true};
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (!take_option(request, option, optarg))
            return false;
    return optind == argc && request->runs > 0;
}

static void describe(const struct scenario *s)
{
    static const char *const plans[] = {"fin", "abort", "half-open"};
    printf("# IPv%u, plan %s, timeout %" PRId64 " ms, hold %" PRId64 " ms, time-wait %" PRId64
           " ms, payload %u, mss %u\n",
           s->ours.address.family, plans[s->plan.close], s->plan.timeout_ns / MS,
           s->plan.hold_ns / MS, s->plan.time_wait_ns / MS, s->plan.payload_len, s->plan.mss);
    printf("# peer %s, %s after %" PRId64 " ms, window %u, mss %u, wscale %d, timestamps %d, says "
           "%u, %u later, %u in a stream%s%s%s%s\n",
           peer_kind_names[s->peer.kind], peer_close_names[s->peer.close], s->peer.think_ns / MS,
           s->peer.window, s->peer.mss, s->peer.wscale, s->peer.timestamps, s->peer.before_len,
           s->peer.after_len, s->peer.stream_len, s->peer.syn_cookies ? ", cookies" : "",
           s->peer.wild ? ", wild" : "", s->peer.acks_by_octet ? ", takes octet by octet" : "",
           s->peer.opens_at_ns != NEVER ? ", opens too" : "");
    printf("# link %.3f ms, jitter %.3f ms", (double)s->link.delay_ns / 1e6,
           (double)s->link.jitter_ns / 1e6);
    for (unsigned i = 0; i < FAULT_COUNT; i++)
        if (s->link.permille[i] > 0)
            printf(", %s %u/1000", fault_names[i], s->link.permille[i]);
    putchar('\n');
    for (unsigned i = 0; i < s->attack_count; i++)
        printf("# attack%u %s at %.3f ms, %u times\n", i, attack_names[s->attacks[i].kind],
               (double)s->attacks[i].at_ns / 1e6, s->attacks[i].count);
    if (s->cancel_at_ns != NEVER)
        printf("# cancelled at %.3f ms\n", (double)s->cancel_at_ns / 1e6);
    if (s->hard_error_at >= 0 || s->refused_at >= 0)
        printf("# sending %d fails, sending %d is refused\n", s->hard_error_at, s->refused_at);
}

static void tell_failure(const struct world *w, const struct request *request, uint64_t seed)
{
    printf("not ok - seed %" PRIu64 ": %s: %s\n", seed, w->invariant, w->why);
    printf("# reproduce: %s --seed %" PRIu64, request->program, seed);
    without_print(&request->without);
    printf(" --trace\n");
    fflush(stdout);
}

static int run_one(struct world *w, struct request *request)
{
    struct scenario scenario;
    if (request->shrink) {
        unsigned runs = shrink(w, request->from, &request->without);
        printf("# %u runs\n", runs);
    }
    scenario_derive(&scenario, request->from, &request->without);
    describe(&scenario);
    if (request->describe)
        return EXIT_SUCCESS;
    if (world_run(w, request->from, &request->without, request->trace || request->shrink)) {
        printf("ok - seed %" PRIu64 "\n", request->from);
        return EXIT_SUCCESS;
    }
    tell_failure(w, request, request->from);
    return EXIT_FAILURE;
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

#define FAILURES_MAX 8

static int run_many(struct world *w, const struct request *request)
{
    struct statistics *statistics = calloc(1, sizeof *statistics);
    unsigned failures = 0;
    uint64_t done = 0;
    double end = seconds_now() + request->minutes * 60;
    if (statistics == NULL)
        return EXIT_FAILURE;
    w->statistics = statistics;
    for (; done < request->runs && failures < FAILURES_MAX; done++) {
        if (request->minutes > 0 && done % 256 == 0 && seconds_now() > end)
            break;
        if (world_run(w, request->from + done, &request->without, false))
            continue;
        failures++;
        tell_failure(w, request, request->from + done);
    }
    statistics_print(statistics);
    unsigned starved = request->floors && failures == 0 ? statistics_starved(statistics) : 0;
    printf("%s - %" PRIu64 " seeds from %" PRIu64 " on\n1..%u\n",
           failures + starved == 0 ? "ok" : "not ok", done, request->from, failures + 1);
    free(statistics);
    return failures + starved == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    static struct world the_world;
    struct request request;
    if (!parse(argc, argv, &request)) {
        fputs(usage, stderr);
        return 2;
    }
    if (!world_open(&the_world)) {
        fputs("sim: out of memory\n", stderr);
        return 2;
    }
    int status = request.one ? run_one(&the_world, &request) : run_many(&the_world, &request);
    world_close(&the_world);
    return status;
}
