/* SPDX-License-Identifier: BSD-2-Clause */
/* The lane: the source ports of a run, each of which is guarded from the beginning to the end. A
 * port serves any number of connections at once, as long as they go to different endpoints. */
#ifndef TCPSHAKE_FLIGHT_LANE_H
#define TCPSHAKE_FLIGHT_LANE_H

#include "flight/delivery.h"
#include "net/ephemeral.h"
#include "net/guard.h"

struct lane {
    uint16_t first, last;               /* the stretch that all of the ports lie in */
    uint32_t wanted;                    /* ports */
    uint32_t count;                     /* of those that are held */
    uint16_t *ports;                    /* in a random order */
    struct guard *guards;               /* held_count of them */
    struct deliveries (*deliveries)[2]; /* of each port of the stretch, for IPv4 and IPv6 */
    uint32_t held_count;
};

struct lane_request {
    bool ipv4, ipv6;                   /* the families of the connections */
    uint32_t ports;                    /* how many ports; there may be fewer in the end */
    const struct ephemeral *ephemeral; /* what they are taken from */
    uint16_t port;                     /* 0: any of these; else this one alone */
    const struct address
        *source; /* to hold that port of alone if another address has it in use; NULL: none */
    unsigned source_ifindex; /* its zone, if it is a link-local one */
};

/* Chooses the stretch. Returns 0, or -1 with *error set. */
int lane_choose(struct lane *lane, const struct lane_request *request, struct error *error);

/* Guards that many ports of every address, or as many of the stretch as are free and there are
 * descriptors for. Returns 0, or -1 with *error set: there is not one. lane_close is due in both
 * cases. */
int lane_open(struct lane *lane, const struct lane_request *request, struct error *error);
void lane_close(struct lane *lane);

/* Those of a port that is held, or NULL. */
struct deliveries *lane_deliveries(const struct lane *lane, const struct endpoint *ours);

/* The port of that number, which may be any: they come round. */
uint16_t lane_port(const struct lane *lane, uint32_t number);

#endif
