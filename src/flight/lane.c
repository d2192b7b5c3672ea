/* SPDX-License-Identifier: BSD-2-Clause */
/* All connections of a run take their ports from one stretch, small enough that the capture, whose
 * filter is never changed while connections are in flight, wakes for little else. */
#include "flight/lane.h"

#include <stdlib.h>

#include "base/minmax.h"
#include "base/random.h"

/* A stretch has more ports than are wanted, in case that some are in use. */
#define PORTS_SPARE      64u
#define PORTS_SPARE_PART 8u /* one more for each 8 */

static const struct address unspecified[] = {{.family = FAMILY_IPV4}, {.family = FAMILY_IPV6}};

/* Gives the guards from held_count on up. */
static void let_go(struct lane *lane, uint32_t held_count)
{
    while (lane->held_count > held_count) {
        struct guard *guard = &lane->guards[--lane->held_count];
        struct deliveries *deliveries = lane->deliveries[guard->port - lane->first];
        for (unsigned i = 0; i < 2; i++)
            if (deliveries[i].guard == guard)
                deliveries[i].guard = NULL;
        guard_close(guard);
    }
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
        struct guard *guard = &lane->guards[lane->held_count];
        int code = wanted[i] ? guard_open(guard, address, request->source_ifindex, port, error) : 0;
        if (code != 0) {
            let_go(lane, before);
            return code;
        }
        if (wanted[i]) {
            lane->deliveries[port - lane->first][i].guard = guard;
            lane->held_count++;
        }
    }
    lane->ports[lane->count++] = port;
    return 0;
}

static int hold_one(struct lane *lane, const struct lane_request *request, struct error *error)
{
    int code = hold(lane, request, request->port, NULL, error);
    if (code == GUARD_PORT_IN_USE && request->source != NULL)
        code = hold(lane, request, request->port, request->source, error);
    return code == 0 ? 0 : -1;
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

static int hold_some(struct lane *lane, const struct lane_request *request, struct error *error)
{
    int code = 0;
    for (uint32_t port = lane->first; port <= lane->last && lane->count < lane->wanted; port++) {
        if (!ephemeral_allows(request->ephemeral, (uint16_t)port))
            continue;
        code = hold(lane, request, (uint16_t)port, NULL, error);
        if (code < 0 || code == GUARD_NO_ROOM)
            break;
    }
    if (code < 0 || (lane->count == 0 && code == GUARD_NO_ROOM))
        return -1;
    if (lane->count > 0)
        return shuffle(lane->ports, lane->count, error);
    return error_set(error, STATUS_RUN, "source ports %u to %u are all in use", lane->first,
                     lane->last);
}

/* Half of the ephemeral ports are left to others. */
static uint32_t within_bounds(const struct ephemeral *ephemeral, uint32_t wanted)
{
    uint32_t half = ((uint32_t)ephemeral->last - ephemeral->first + 1) / 2;
    return larger(1, smaller(wanted, half));
}

int lane_choose(struct lane *lane, const struct lane_request *request, struct error *error)
{
    uint32_t random;
    *lane = (struct lane){.wanted = 1, .first = request->port, .last = request->port};
    if (request->port != 0)
        return 0;
    if (random_fill(&random, sizeof random, error) != 0)
        return -1;
    lane->wanted = within_bounds(request->ephemeral, request->ports);
    uint32_t some_in_use = PORTS_SPARE + lane->wanted / PORTS_SPARE_PART;
    ephemeral_stretch(request->ephemeral, lane->wanted + some_in_use, random, &lane->first,
                      &lane->last);
    return 0;
}

int lane_open(struct lane *lane, const struct lane_request *request, struct error *error)
{
    lane->ports = calloc(lane->wanted, sizeof *lane->ports);
    lane->guards = calloc((size_t)2 * lane->wanted, sizeof *lane->guards);
    lane->deliveries = calloc((size_t)lane->last - lane->first + 1, sizeof *lane->deliveries);
    if (lane->ports == NULL || lane->guards == NULL || lane->deliveries == NULL)
        return error_set_memory(error, "out of memory for %u source ports", lane->wanted);
    return (request->port != 0 ? hold_one : hold_some)(lane, request, error);
}

void lane_close(struct lane *lane)
{
    let_go(lane, 0);
    free(lane->ports);
    free(lane->guards);
    free(lane->deliveries);
    *lane = (struct lane){0};
}

uint16_t lane_port(const struct lane *lane, uint32_t number)
{
    return lane->ports[number % lane->count];
}

struct deliveries *lane_deliveries(const struct lane *lane, const struct endpoint *ours)
{
    bool ipv6 = ours->address.family == FAMILY_IPV6;
    if (lane->deliveries == NULL || ours->port < lane->first || ours->port > lane->last)
        return NULL;
    struct deliveries *deliveries = &lane->deliveries[ours->port - lane->first][ipv6];
    return deliveries->guard != NULL ? deliveries : NULL;
}
