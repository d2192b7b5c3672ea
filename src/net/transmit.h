/* SPDX-License-Identifier: BSD-2-Clause */
/* Crafts segments with libnet and sends them through raw sockets. */
#ifndef TCPSHAKE_NET_TRANSMIT_H
#define TCPSHAKE_NET_TRANSMIT_H

#include "base/error.h"
#include "tcp/host.h"
#include "tcp/prober.h"

struct transmit;

/* Opens raw sockets for the families asked for (none: crafting alone, without privilege). NULL with
 * *error set (STATUS_RUN, with the remedy if CAP_NET_RAW is missing). */
struct transmit *transmit_open(bool ipv4, bool ipv6, struct error *error);

/* Opens more of them, for segments with `measures`: they go out with whatever size the device
 * takes, whatever this host knows of the path. Returns 0, or -1 with *error set. */
int transmit_open_measuring(struct transmit *transmit, struct error *error);

void transmit_close(struct transmit *transmit); /* NULL is allowed */

/* Whether the kernel can be told the protocol of what is sent, so that rules by protocol apply. */
bool transmit_tells_protocol(const struct transmit *transmit);

/* Crafts the IP datagram, checksums included, into *bytes (owned by transmit, valid until the next
 * call). Returns its length, or -1 with *error set. */
int transmit_craft(struct transmit *transmit, const struct outgoing *segment, const uint8_t **bytes,
                   struct error *error);

#define TRANSMIT_REFUSED (-2)
#define TRANSMIT_BUSY    (-3)
#define TRANSMIT_UNSENT  (-4)

/* Crafts and sends by the route, restricted to the interface of that index unless it is 0. Returns
 * the length as sent with *bytes as in transmit_craft; or with *error set TRANSMIT_REFUSED if a
 * local firewall blocks it (EPERM), TRANSMIT_BUSY if the kernel has no room for it at the moment
 * (segments to neighbours that do not answer are queued), TRANSMIT_UNSENT if it has no way there or
 * forbids it (transmit_refusal says why), otherwise -1. */
int transmit_send(struct transmit *transmit, const struct outgoing *segment, unsigned ifindex,
                  const uint8_t **bytes, struct error *error);

/* The error behind the latest TRANSMIT_REFUSED or TRANSMIT_UNSENT of transmit_send. */
enum host_error transmit_refusal(const struct transmit *transmit);

/* One of several segments that are sent together. */
struct transmission {
    struct outgoing segment; /* without payload */
    unsigned ifindex;        /* as in transmit_send */
    int code;                /* its length, or what transmit_send returns for a failure */
    const uint8_t *bytes;    /* as crafted; owned by transmit, valid until the next such call */
    struct error error;      /* set if code is negative */
    enum host_error refusal; /* behind TRANSMIT_REFUSED and TRANSMIT_UNSENT */
};

#define TRANSMIT_BATCH 64

/* Sends at most TRANSMIT_BATCH segments, in their order, in as few system calls as it takes. Where
 * a local firewall blocks one, the later ones of its connection are not sent either, and have its
 * error. */
void transmit_send_batch(struct transmit *transmit, struct transmission *batch, size_t count);

#endif
