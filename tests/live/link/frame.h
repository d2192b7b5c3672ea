/* SPDX-License-Identifier: BSD-2-Clause */
/* A datagram on the link, and as much of its headers as the link and its log need. */
#ifndef TCPSHAKE_TESTS_LINK_FRAME_H
#define TCPSHAKE_TESTS_LINK_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum end { LEFT, RIGHT, ENDS }; /* where a frame comes from */

/* Of a TCP segment; all zero for anything else. Host order. */
struct header {
    bool tcp;
    uint8_t family; /* 4 or 6 */
    uint8_t flags;
    uint16_t ports[ENDS]; /* by the end that has the port */
    uint32_t seq, ack, tsval, tsecr;
    size_t payload_len;
};

enum {
    FLAG_FIN = 1,
    FLAG_SYN = 2,
    FLAG_RST = 4,
    FLAG_ACK = 16,
};

struct frame {
    int64_t in_ns;  /* when the link read it: CLOCK_MONOTONIC, which is not stepped */
    int64_t due_ns; /* when it leaves: CLOCK_MONOTONIC */
    uint64_t order; /* of frames that are due at once */
    enum end from;
    const char *fate; /* for the log */
    uint64_t flow;
    struct header header;
    size_t len;
    uint8_t bytes[];
};

/* Reads the headers of a datagram that came from that end. */
struct header header_read(const uint8_t *bytes, size_t len, enum end from);

/* A copy that the caller frees. NULL: out of memory. */
struct frame *frame_copy(const struct frame *frame);

/* Flips one bit that a checksum covers, chosen by a random number. */
void frame_corrupt(struct frame *frame, uint64_t random);

/* A line of the log: when it came, when it left (0: never), from where, what was done with it, its
 * flow, left port, right port, flags, seq, ack, octets of payload, TSval, TSecr. */
void frame_log(const struct frame *frame, int64_t out_ns, FILE *log);

#endif
