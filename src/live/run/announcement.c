/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/run/announcement.h"

#include <stdlib.h>

#include "live/run/needs.h"

/* One target has none. */
static void tell_order(const struct jobs *jobs, struct output *output, struct recorder *recorder)
{
    const struct options *options = jobs->options;
    const struct supply *supply = &jobs->supply;
    char remark[ANNOTATION_MAX];
    bool as_given = options->in_order || supply->space.count < 2;
    const struct run_order order = {.seed = as_given ? UINT64_MAX : supply->seed,
                                    .shard = options->shard.number,
                                    .shards = options->shard.count};
    if (supply->total == 1)
        return;
    output_order(output, &order);
    recorder_remark(recorder, order_format(order.seed, order.shard, order.shards, remark));
}

void announcement_make(const struct jobs *jobs, struct output *output, struct recorder *recorder)
{
    if (needs_connections(jobs) > 1)
        recorder_remark(recorder, several_text());
    if (needs_each_once(jobs)) {
        output_each_once(output);
        recorder_remark(recorder, each_once_text());
    }
    if (jobs->options->compare) {
        output_compare(output);
        recorder_remark(recorder, compare_text());
    }
    tell_order(jobs, output, recorder);
}

/* Many targets can be watched at once. */
static void name_targets(const struct supply *supply, struct output *output)
{
    char text[ADDRESS_TEXT_MAX];
    if (!output_wants_targets(output) || supply->total < 2 || supply->total > WATCH_TARGETS_MAX)
        return;
    uint64_t *numbers = calloc(supply->total, sizeof *numbers);
    size_t count = numbers != NULL ? supply_numbers(supply, numbers, supply->total) : 0;
    for (size_t i = 0; i < count; i++) {
        const struct goal goal = supply_at(supply, numbers[i]);
        const char *host = goal.name != NULL ? goal.name : address_text(&goal.at.address, text);
        output_target(output, host, goal.port);
    }
    free(numbers);
}

void announcement_begin_report(const struct jobs *jobs, struct output *output)
{
    output_begin(output, needs_connections(jobs) == 1 ? LAYOUT_LADDER : LAYOUT_LINES);
    name_targets(&jobs->supply, output);
}
