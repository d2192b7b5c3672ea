/* SPDX-License-Identifier: BSD-2-Clause */
/* What the program hands to net/transmit, as the packet that libnet would craft of it. */
#ifndef TCPSHAKE_SIM_OUTGOING_H
#define TCPSHAKE_SIM_OUTGOING_H

#include "frame.h"
#include "tcp/prober.h"
#include "wire/tcpopt.h"

/* The payload is that of the segment. */
static inline struct packet packet_of(const struct outgoing *o)
{
    struct packet packet = {
        .src = o->src,
        .dst = o->dst,
        .seq = o->seq,
        .ack = o->ack,
        .flags = o->flags,
        .window = o->window,
        .ip_id = o->ip_id,
        .ttl = o->ttl,
        .payload = o->payload,
        .payload_len = o->payload_len,
    };
    packet.options_len = (uint32_t)tcpopt_encode(&o->options, packet.options);
    return packet;
}

#endif
