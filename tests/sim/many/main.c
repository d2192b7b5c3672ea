/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../seedloop.h"
#include "many.h"

static const char usage[] =
    "usage: many --runs N [--from SEED]     so many seeds, one after the other\n"
    "       many --minutes M [--from SEED]  as many as there is time for\n"
    "       many --seed S [--trace]         one of them\n"
    "  --no-floors                          does not ask that everything happened often enough\n";

struct world *world;

void world_fail(const char *invariant, const char *format, ...)
{
    va_list arguments;
    if (world->failed)
        return;
    world->failed = true;
    world->invariant = invariant;
    va_start(arguments, format);
    vsnprintf(world->why, sizeof world->why, format, arguments);
    va_end(arguments);
    world_tell("%s: %s", invariant, world->why);
}

void world_tell(const char *format, ...)
{
    va_list arguments;
    if (!world->trace)
        return;
    printf("%12.6f  ", (double)(world->now_ns - START_NS) / 1e9);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

static void make_targets(struct world *w)
{
    for (uint32_t i = 0; i < w->s.host_count; i++) {
        const struct host *host = &w->s.hosts[i];
        for (uint32_t nth = 0; nth < host->port_count; nth++) {
            uint64_t dice = network_dice(99, i, nth, 100);
            unsigned kind = 0;
            while (dice >= host->odds[kind] && kind + 1 < KINDS)
                dice -= host->odds[kind++];
            w->targets[host->first_target + nth] =
                (struct target){.host = (uint16_t)i,
                                .port = (uint16_t)(host->first_port + nth),
                                .kind = (uint8_t)kind};
        }
    }
}

static void run_shard(struct world *w, uint32_t shard)
{
    w->shard = shard;
    network_begin(w);
    judge_begin(w);
    witness_begin();
    edges_run(w);
    judge_ends(w);
    witness_ends();
    network_end(w);
}

/* Each shard takes its targets in the order in which one run takes all. */
static void compare_orders(struct world *w)
{
    static uint32_t sequence[TARGETS_MAX];
    uint32_t count = w->sequence_count;
    memcpy(sequence, w->sequence, sizeof sequence);
    for (uint32_t i = 0; i < w->s.target_count; i++)
        w->targets[i].reports = 0;
    w->sequence_count = 0;
    run_shard(w, 0);
    if (w->failed || w->interrupted)
        return;
    uint32_t descents = 0;
    for (uint32_t i = 1; i < count; i++)
        descents += w->targets[sequence[i]].place < w->targets[sequence[i - 1]].place;
    if (w->sequence_count != count || descents >= w->s.shards)
        world_fail("order", "%u shards begin anew %u times", w->s.shards, descents);
}

static bool has_one_order(const struct world *w)
{
    for (uint32_t i = 0; i < w->s.host_count; i++)
        if (w->s.hosts[i].on_link) /* one may have to wait for room */
            return false;
    return w->s.per_host == 0;
}

/* Returns whether every invariant held. */
static bool run_seed(struct world *w, uint64_t seed)
{
    w->failed = w->cut_short = false;
    w->waits = w->sendings = w->order = 0;
    w->sequence_count = 0;
    scenario_derive(&w->s, seed);
    w->random = rng_for(seed, 77);
    make_targets(w);
    for (uint32_t shard = 1; shard <= w->s.shards && !w->failed; shard++)
        run_shard(w, shard);
    judge_at_end(w);
    if (w->s.shards > 1 && !w->failed && !w->cut_short && has_one_order(w))
        compare_orders(w);
    w->statistics->runs++;
    w->statistics->targets += w->s.target_count;
    w->statistics->sharded += w->s.shards > 1;
    return !w->failed;
}

static bool parse(int argc, char **argv, struct seed_loop *loop)
{
    static const struct option options[] = {SEED_LOOP_OPTIONS, {NULL, 0, NULL, 0}};
    int option;
    seed_loop_init(loop, argv[0]);
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (!seed_loop_option(loop, option, optarg))
            return false;
    return optind == argc && loop->runs > 0;
}

static bool run_and_tell(void *context, uint64_t seed)
{
    const struct seed_loop *loop = context;
    if (run_seed(world, seed))
        return true;
    seed_loop_tell(loop, seed, world->invariant, world->why);
    printf(" --trace\n");
    fflush(stdout);
    return false;
}

static int run_all(struct seed_loop *loop)
{
    seed_loop_run(loop, run_and_tell, loop);
    loop->failures +=
        judge_sums(world->statistics, loop->floors && !loop->one && loop->failures == 0);
    return seed_loop_end(loop, loop->failures == 0);
}

int main(int argc, char **argv)
{
    static struct world the_world;
    static struct statistics statistics;
    struct seed_loop loop;
    if (!parse(argc, argv, &loop)) {
        fputs(usage, stderr);
        return 2;
    }
    world = &the_world;
    world->statistics = &statistics;
    world->trace = loop.trace;
    if (loop.one) {
        scenario_derive(&world->s, loop.from);
        scenario_print(&world->s);
    } else if (!witness_keeps_warnings()) {
        return 2;
    }
    int status = run_all(&loop);
    while (world->unused != NULL) {
        struct event *event = world->unused;
        world->unused = event->next;
        free(event);
    }
    free(world->heap);
    return status;
}
