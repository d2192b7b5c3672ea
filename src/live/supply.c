/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/supply.h"

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "net/clock.h"
#include "targets/lists/lists.h"
#include "targets/lists/portlist.h"
#include "targets/siphash.h"

static enum family wanted_family(const struct options *options)
{
    return options->family != FAMILY_NONE ? options->family : (enum family)options->source.family;
}

static void tell_line(void *context, const struct error *error)
{
    (void)context;
    error_print(error);
}

/* Whether a list can be read before the deadline. */
static bool await_list(void *context, int fd)
{
    const int64_t *deadline_ns = context;
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    while (clock_monotonic_ns() < *deadline_ns)
        if (clock_wait(&polled, 1, *deadline_ns) > 0)
            return true;
    return false;
}

static int read_exclusions(struct supply *supply, const struct options *options,
                           const struct list_wait *wait, struct error *error)
{
    for (size_t i = 0; i < options->exclude_lists.count; i++)
        if (lists_exclude(&supply->space, options->exclude_lists.list[i], error) != 0)
            return error_context(error, "--exclude");
    for (size_t i = 0; i < options->exclude_paths.count; i++)
        if (lists_exclude_file(&supply->space, options->exclude_paths.list[i], wait, error) != 0)
            return -1;
    return 0;
}

static int read_targets(struct supply *supply, struct entry_reader *reader, struct bad_lines *bad,
                        const struct options *options, const struct list_wait *wait,
                        struct error *error)
{
    if (options->port_list != NULL &&
        port_list_parse(&reader->common, options->port_list, NULL, error) != 0)
        return -1;
    if (lists_add_operands(&supply->space, reader, options->operands, options->operand_count,
                           error) != 0)
        return -1;
    for (size_t i = 0; i < options->target_paths.count; i++) {
        const char *path = options->target_paths.list[i];
        if (!inflow_is_streamed(options, path) &&
            lists_add_file(&supply->space, reader, path, wait, bad, error) != 0)
            return -1;
    }
    supply->bad_lines = bad->count;
    return 0;
}

/* An address of a family that -4, -6 or -S rules out. */
static int refuse_family(const struct supply *supply, enum family wanted, struct error *error)
{
    const struct blocks *blocks = &supply->space.blocks;
    char text[ADDRESS_TEXT_MAX];
    struct resolved resolved;
    for (size_t i = 0; i < blocks->count && wanted != FAMILY_NONE; i++) {
        const struct block *block = &blocks->list[i];
        const struct address_number number = {block->high, block->low};
        if (block->family == FAMILY_NONE || block->family == (uint8_t)wanted)
            continue;
        struct address address = address_from_number((enum family)block->family, number);
        return resolve_host(address_text(&address, text), wanted, true, &resolved, error);
    }
    return 0;
}

static int read_and_settle(struct supply *supply, const struct options *options,
                           const struct list_wait *wait, struct bad_lines *bad, struct error *error)
{
    struct entry_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        return error_set_memory(error, "out of memory for the list of targets");
    int code = read_targets(supply, reader, bad, options, wait, error);
    free(reader);
    if (code != 0 || read_exclusions(supply, options, wait, error) != 0)
        return -1;
    if (supply->space.entries == 0 && !supply->streams)
        return error_set(error, STATUS_USAGE, "no target in the lists");
    if (supply->space.entries == 0) {
        space_settle(&supply->space); /* the exclusions */
        return 0;
    }
    if (lists_settle(&supply->space, options->targets_max, error) != 0)
        return -1;
    return refuse_family(supply, wanted_family(options), error);
}

static int read_lists(struct supply *supply, const struct options *options, int64_t deadline_ns,
                      struct error *error)
{
    const struct list_wait wait = {.await = await_list, .context = &deadline_ns};
    struct origins origins = {NULL};
    struct bad_lines bad = {.tell = tell_line, .origins = &origins};
    int code =
        read_and_settle(supply, options, deadline_ns != INT64_MAX ? &wait : NULL, &bad, error);
    if (code == 0 && options->verbosity > -2)
        lists_tell_overruled(&supply->space, &origins, tell_line, NULL);
    origins_free(&origins);
    return code;
}

static void tell_left_out(uint64_t count, const struct options *options)
{
    if (count > 0 && options->verbosity > -2)
        warning("%" PRIu64 " address%s of the prefixes %s left out (0/8, loopback, link-local, "
                "multicast, reserved): name them one by one",
                count, count == 1 ? "" : "es", count == 1 ? "is" : "are");
}

/* The same on all machines that have the same lists. */
static uint64_t seed_from(const struct space *space)
{
    const uint64_t key[2] = {space_digest(space), space_exclusions_digest(space)};
    return siphash_of_number(key, space->count) & SEED_MAX;
}

static void begin_walk(struct supply *supply, const struct options *options)
{
    supply->seed = options->seed != SEED_NONE ? options->seed : seed_from(&supply->space);
    const struct walk_order order = {.as_written = options->in_order,
                                     .seed = supply->seed,
                                     .shard = options->shard.number,
                                     .shards = options->shard.count};
    walk_begin(&supply->walk, &supply->space, &order);
}

static int resolve_names(struct supply *supply, const struct options *options, int64_t deadline_ns,
                         struct error *error)
{
    bool only = supply->space.blocks.count == 1 && options->count == 1 &&
                !supply->streams; /* the run ends with it */
    const struct hosts_request request = {.names = {.family = wanted_family(options),
                                                    .timeout_ns = options->timeout_ns,
                                                    .deadline_ns = deadline_ns},
                                          .numeric = options->numeric,
                                          .quiet = only || options->verbosity <= -2};
    return hosts_resolve(&supply->hosts, &supply->space, &request, error);
}

/* How many addresses of a name are probed. */
static uint64_t addresses_of(const struct supply *supply, const struct host_name *host)
{
    if (host->excluded)
        return 0;
    return supply->all_addresses && host->count > 1 ? host->count : 1;
}

/* Of a part of the targets, those of names are counted as if they were spread evenly. */
static void count_targets(struct supply *supply)
{
    uint64_t more = 0, fewer = 0, shards = supply->walk.order.shards;
    supply->total = walk_count(&supply->walk);
    for (size_t i = 0; i < supply->space.blocks.count && supply->hosts.count > 0; i++) {
        const struct block *block = &supply->space.blocks.list[i];
        if (block->family != FAMILY_NONE)
            continue;
        uint64_t each = addresses_of(supply, &supply->hosts.list[block->low]);
        uint64_t ports = space_ports(&supply->space, i);
        more += each > 1 ? (each - 1) * ports : 0;
        fewer += each == 0 ? ports : 0;
    }
    supply->total += more / shards;
    supply->total -= fewer / shards < supply->total ? fewer / shards : supply->total;
}

int supply_open(struct supply *supply, const struct options *options, int64_t deadline_ns,
                struct error *error)
{
    *supply = (struct supply){.all_addresses = options->all_addresses,
                              .repeats = options->count != 1,
                              .streams = inflow_is_wanted(options)};
    if (read_lists(supply, options, deadline_ns, error) != 0)
        return -1;
    tell_left_out(supply->space.left_out, options);
    begin_walk(supply, options);
    if (resolve_names(supply, options, deadline_ns, error) != 0)
        return -1;
    count_targets(supply);
    if (supply->total == 0 && walk_count(&supply->walk) > 0)
        return error_set(error, STATUS_USAGE,
                         "every target is excluded by --exclude or --exclude-file");
    if (supply->streams)
        supply->total = UINT64_MAX;
    return inflow_open(&supply->inflow, options, &supply->space, error);
}

void supply_close(struct supply *supply)
{
    inflow_close(&supply->inflow);
    free(supply->unfinished);
    hosts_free(&supply->hosts);
    space_free(&supply->space);
}

/* The target with the nth address of its name. */
static struct goal goal_of(const struct supply *supply, const struct space_target *target,
                           uint32_t nth)
{
    struct goal goal = {
        .name = target->name, .port = target->port, .attributes = target->attributes};
    if (target->name == NULL) {
        goal.at.address = target->address;
        goal.found = true;
        return goal;
    }
    goal.host = &supply->hosts.list[target->name_number];
    goal.found = nth < goal.host->count;
    if (goal.found)
        goal.at = goal.host->all[nth];
    return goal;
}

/* Whether an interrupted run had begun the target at that place and not completed it. */
static bool was_begun(const struct walk *walk, const struct journal_pending *pending,
                      uint64_t connections)
{
    struct walk before = *walk;
    return pending->place < walk_position(walk) && pending->reported < connections &&
           walk_resume(&before, pending->place);
}

static int keep_unfinished(struct supply *supply, const struct journal_state *state,
                           uint64_t connections, struct error *error)
{
    supply->unfinished = calloc(state->pending_count + 1, sizeof *supply->unfinished);
    if (supply->unfinished == NULL)
        return error_set_memory(error, "out of memory for the list of targets");
    for (size_t i = 0; i < state->pending_count; i++) {
        const struct journal_pending pending = journal_pending_get(state, i);
        if (!was_begun(&supply->walk, &pending, connections))
            return error_set(error, STATUS_USAGE,
                             "the journal is damaged: it names a target that "
                             "was not begun");
        supply->unfinished[supply->unfinished_count++] = pending;
    }
    return 0;
}

int supply_resume(struct supply *supply, const struct journal_state *state, uint64_t connections,
                  struct error *error)
{
    if (!walk_resume(&supply->walk, state->position))
        return error_set(error, STATUS_USAGE,
                         "the journal is damaged: its position is not one of "
                         "this run");
    return keep_unfinished(supply, state, connections, error);
}

static bool next_place(struct supply *supply)
{
    supply->reported = 0;
    if (supply->unfinished_next == supply->unfinished_count)
        return walk_next(&supply->walk, &supply->current, &supply->place);
    const struct journal_pending *pending = &supply->unfinished[supply->unfinished_next++];
    supply->place = pending->place;
    supply->reported = pending->reported;
    supply->current = walk_at(&supply->walk, supply->place);
    return true;
}

/* Begins with the next target of the walk that is not excluded. */
static bool advance(struct supply *supply)
{
    do {
        if (!next_place(supply))
            return false;
    } while (supply->current.name != NULL &&
             supply->hosts.list[supply->current.name_number].excluded);
    supply->number = walk_number(&supply->walk, supply->place);
    return true;
}

/* Whether the target before it, in the order written, has another host. */
static bool begins_host(const struct supply *supply, uint64_t number)
{
    if (number == 0)
        return true;
    struct space_target before = space_at(&supply->space, number - 1);
    struct space_target target = space_at(&supply->space, number);
    return before.name != target.name || !address_equal(&before.address, &target.address);
}

/* Of the space. */
static bool next_known(struct supply *supply, struct goal *goal)
{
    uint32_t nth = supply->address;
    if (nth == 0 && !advance(supply))
        return false;
    *goal = goal_of(supply, &supply->current, nth);
    goal->place = supply->place;
    goal->number = supply->number;
    goal->begins_host = supply->repeats && begins_host(supply, supply->number);
    goal->reported = supply->reported;
    bool more = goal->host != NULL && nth + 1 < addresses_of(supply, goal->host);
    supply->address = more ? nth + 1 : 0;
    return true;
}

enum supply_status supply_next(struct supply *supply, int64_t now_ns, struct goal *goal)
{
    static const enum supply_status statuses[] = {[INFLOW_GOAL] = SUPPLY_GOAL,
                                                  [INFLOW_WAIT] = SUPPLY_WAIT,
                                                  [INFLOW_END] = SUPPLY_END,
                                                  [INFLOW_FAILED] = SUPPLY_FAILED};
    if (next_known(supply, goal))
        return SUPPLY_GOAL;
    enum inflow_status status = inflow_next(&supply->inflow, now_ns, goal);
    if (status == INFLOW_GOAL)
        goal->number += supply->space.count;
    if (supply->inflow.why_not_found.status != STATUS_OK)
        supply->hosts.why_not_found = supply->inflow.why_not_found;
    return statuses[status];
}

struct goal supply_at(const struct supply *supply, uint64_t number)
{
    struct space_target target = space_at(&supply->space, number);
    struct goal goal = goal_of(supply, &target, 0);
    goal.number = number;
    return goal;
}

static int compare_numbers(const void *a, const void *b)
{
    uint64_t left, right;
    memcpy(&left, a, sizeof left);
    memcpy(&right, b, sizeof right);
    return left < right ? -1 : left > right;
}

size_t supply_numbers(const struct supply *supply, uint64_t *numbers, size_t most)
{
    struct walk walk = supply->walk;
    struct space_target target;
    uint64_t place;
    size_t count = 0;
    while (count < most && walk_next(&walk, &target, &place))
        numbers[count++] = walk_number(&walk, place);
    qsort(numbers, count, sizeof *numbers, compare_numbers);
    return count;
}

bool supply_is_empty(const struct supply *supply)
{
    const struct inflow *inflow = &supply->inflow;
    return supply->walk.order.shards > 1 && walk_count(&supply->walk) == 0 &&
           (!supply->streams || (inflow->ended && inflow->targets == 0));
}

uint64_t supply_bad_lines(const struct supply *supply)
{
    return supply->bad_lines + supply->inflow.bad_lines;
}

int supply_judge(const struct supply *supply, struct error *error)
{
    const struct inflow *inflow = &supply->inflow;
    uint64_t targets = supply->space.count + inflow->targets;
    if (inflow->stream != NULL)
        tell_left_out(stream_left_out(inflow->stream), inflow->options);
    if (!supply->streams || !inflow->ended || targets > 0 || inflow->bad_lines > 0)
        return 0;
    if (stream_lines(inflow->stream) == 0)
        return error_set(error, STATUS_USAGE, "no target in the lists");
    if (supply->walk.order.shards > 1)
        return 0;
    return error_set(error, STATUS_USAGE,
                     "every target is excluded by --exclude or --exclude-file");
}
