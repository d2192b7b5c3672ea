/* SPDX-License-Identifier: BSD-2-Clause */
/* One direction of a connection as it crossed the wire: how far it is without a gap, and what lies
 * beyond the gap. */
#ifndef TCPSHAKE_TCP_STREAM_H
#define TCPSHAKE_TCP_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#define STREAM_HELD_MAX 4 /* a fifth island is forgotten: it comes again */

struct stream_range {
    uint32_t left, right; /* [left, right) */
};

struct stream {
    uint32_t next; /* the first sequence number that did not cross: the receiver's RCV.NXT */
    uint8_t held_count;
    struct stream_range held[STREAM_HELD_MAX]; /* sorted, disjoint, all beyond next */
};

enum stream_fit {
    STREAM_NEW,    /* moves next */
    STREAM_OLD,    /* all of it crossed before */
    STREAM_BEYOND, /* leaves a gap, some of it new */
};

void stream_start(struct stream *stream, uint32_t next);

/* Where [seq, seq + len) would fall; len > 0. */
enum stream_fit stream_fit(const struct stream *stream, uint32_t seq, uint32_t len);

/* Takes [seq, seq + len) in; len may be 0. */
void stream_add(struct stream *stream, uint32_t seq, uint32_t len);

#endif
