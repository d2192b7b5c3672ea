/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdlib.h>

#include "seedloop.h"
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
    struct seed_loop loop;
    bool shrink, describe;
    struct without without;
    struct world *world;
};

static bool take_option(struct request *request, int option, const char *value)
{
    if (option == 'w')
        return without_parse(&request->without, value);
    if (option != 'd' && option != 'k')
        return seed_loop_option(&request->loop, option, value);
    request->describe = option == 'd';
    request->shrink = option == 'k';
    return seed_loop_option(&request->loop, 's', value);
}

static bool parse(int argc, char **argv, struct request *request)
{
    static const struct option options[] = {SEED_LOOP_OPTIONS,
                                            {"shrink", required_argument, NULL, 'k'},
                                            {"without", required_argument, NULL, 'w'},
                                            {"describe", required_argument, NULL, 'd'},
                                            {NULL, 0, NULL, 0}};
    int option;
    *request = (struct request){.shrink = false};
    seed_loop_init(&request->loop, argv[0]);
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (!take_option(request, option, optarg))
            return false;
    return optind == argc && request->loop.runs > 0;
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

/* Returns whether every invariant held; tells of one that did not. */
static bool run_seed(void *context, uint64_t seed)
{
    const struct request *request = context;
    struct world *w = request->world;
    bool trace = request->loop.one && (request->loop.trace || request->shrink);
    if (world_run(w, seed, &request->without, trace))
        return true;
    seed_loop_tell(&request->loop, seed, w->invariant, w->why);
    without_print(&request->without);
    printf(" --trace\n");
    fflush(stdout);
    return false;
}

static int run_one(struct request *request)
{
    struct scenario scenario;
    uint64_t seed = request->loop.from;
    if (request->shrink) {
        unsigned runs = shrink(request->world, seed, &request->without);
        printf("# %u runs\n", runs);
    }
    scenario_derive(&scenario, seed, &request->without);
    describe(&scenario);
    if (request->describe)
        return EXIT_SUCCESS;
    if (!run_seed(request, seed))
        return EXIT_FAILURE;
    printf("ok - seed %" PRIu64 "\n", seed);
    return EXIT_SUCCESS;
}

static int run_many(struct request *request)
{
    struct statistics *statistics = calloc(1, sizeof *statistics);
    struct seed_loop *loop = &request->loop;
    if (statistics == NULL)
        return EXIT_FAILURE;
    request->world->statistics = statistics;
    seed_loop_run(loop, run_seed, request);
    statistics_print(statistics);
    unsigned starved = loop->floors && loop->failures == 0 ? statistics_starved(statistics) : 0;
    free(statistics);
    return seed_loop_end(loop, loop->failures + starved == 0);
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
    request.world = &the_world;
    int status = request.loop.one ? run_one(&request) : run_many(&request);
    world_close(&the_world);
    return status;
}
