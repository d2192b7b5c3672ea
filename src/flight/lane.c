/* SPDX-License-Identifier: BSD-2-Clause */
/* All connections of a run take their ports from one stretch, small enough that the capture, whose
 * filter is never changed while connections are in flight, wakes for little else. */
#include "flight/lane.h"

#include <stdlib.h>

#include "base/minmax.h"
#include "base/random.h"

static const struct address unspecified[] = {{.family = FAMILY_IPV4}, {.family = FAMILY_IPV6}};

/* Gives the guards from held_count on up. */
static void let_go(struct lane *lane, uint32_t held_count)
{
    while (lane->held_count > held_count)
        guard_close(&lane->guards[--lane->held_count]);
}

/* For each family that is asked for, of that address or of all. Returns what guard_open does. */
static int hold(struct lane *lane, const struct lane_request *request, uint16_t port,
                const struct address *source, struct error *error)
{
    const bool wanted[] = {request->ipv4, request->ipv6};
    uint32_t before = lane->held_count;
    for (unsigned i = 0; i < 2; i++) {
        const struct address *address = &unspecified[i];
        if (source != NULL && source->family == address->family)
            address = source;
        int code =
            wanted[i] ? guard_open(&lane->guards[lane->held_count], address, port, error) : 0;
        if (code != 0) {
            let_go(lane, before);
            return code;
        }
        lane->held_count += wanted[i];
    }
    lane->ports[lane->count++] = port;
    return 0;
}

static int hold_one(struct lane *lane, const struct lane_request *request, struct error *error)
{
    int code = hold(lane, request, request->port, NULL, error);
    if (code == GUARD_PORT_IN_USE && request->source != NULL)
        code = hold(lane, request, request->port, request->source, error);
    lane->first = lane->last = request->port;
    return code == 0 ? 0 : -1;
}

/* Takes free ports until there are enough: from start to the end of the ephemeral ports, then from
 * there downwards, so that the stretch stays one. */
static int hold_some(struct lane *lane, const struct lane_request *request, uint32_t wanted,
                     uint16_t start, struct error *error)
{
    const struct ephemeral *ephemeral = request->ephemeral;
    uint32_t above = (uint32_t)ephemeral->last - start,
             all = (uint32_t)ephemeral->last - ephemeral->first;
    lane->first = lane->last = start;
    for (uint32_t i = 0; i <= all && lane->count < wanted; i++) {
        uint16_t port = (uint16_t)(i <= above ? start + i : ephemeral->last - i);
        if (!ephemeral_allows(ephemeral, port))
            continue;
        if (hold(lane, request, port, NULL, error) < 0)
            return -1;
        *(i <= above ? &lane->last : &lane->first) = port;
    }
    if (lane->count > 0)
        return 0;
    return error_set(error, STATUS_RUN, "source ports %u to %u are all in use", ephemeral->first,
                     ephemeral->last);
}

/* Fisher and Yates. */
static int shuffle(uint16_t *ports, uint32_t count, struct error *error)
{
    for (uint32_t left = count; left > 1; left--) {
        uint32_t random;
        if (random_fill(&random, sizeof random, error) != 0)
            return -1;
        uint16_t port = ports[left - 1];
        ports[left - 1] = ports[random % left];
        ports[random % left] = port;
    }
    return 0;
}

/* Half of the ephemeral ports are left to others. */
static uint32_t within_bounds(const struct ephemeral *ephemeral, uint32_t wanted)
{
    uint32_t half = ((uint32_t)ephemeral->last - ephemeral->first + 1) / 2;
    return larger(1, smaller(wanted, half));
}

static int hold_any(struct lane *lane, const struct lane_request *request, struct error *error)
{
    uint16_t first, last;
    uint32_t random;
    if (random_fill(&random, sizeof random, error) != 0)
        return -1;
    uint32_t wanted = within_bounds(request->ephemeral, request->ports);
    ephemeral_stretch(request->ephemeral, wanted, random, &first, &last);
    if (hold_some(lane, request, wanted, first, error) != 0)
        return -1;
    return shuffle(lane->ports, lane->count, error);
}

int lane_open(struct lane *lane, const struct lane_request *request, struct error *error)
{
    size_t ports = request->port != 0 ? 1 : larger(1, request->ports);
    *lane = (struct lane){.ports = calloc(ports, sizeof *lane->ports),
                          .guards = calloc(2 * ports, sizeof *lane->guards)};
    if (lane->ports == NULL || lane->guards == NULL)
        error_set(error, STATUS_RUN, "out of memory for %zu source ports", ports);
    else if ((request->port != 0 ? hold_one : hold_any)(lane, request, error) == 0)
        return 0;
    lane_close(lane);
    return -1;
}

void lane_close(struct lane *lane)
{
    let_go(lane, 0);
    free(lane->ports);
    free(lane->guards);
    *lane = (struct lane){0};
}

uint16_t lane_port(const struct lane *lane, uint32_t number)
{
    return lane->ports[number % lane->count];
}
