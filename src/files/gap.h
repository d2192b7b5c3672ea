/* SPDX-License-Identifier: BSD-2-Clause */
/* What a filter leaves out of the connections that it takes. A verdict on a connection whose other
 * segments were filtered away is a verdict on the filter. */
#ifndef TCPSHAKE_FILES_GAP_H
#define TCPSHAKE_FILES_GAP_H

#include <stdbool.h>

#include "confine/filter.h"

enum gap {
    GAP_NONE,
    GAP_DIRECTION, /* what the other end sends */
    GAP_FLAGS,     /* segments with other flags */
    GAP_LENGTH,    /* segments with other payload, or with more or less of it */
};

/* Looks for a gap by what the filter says to segments of the same connection, made from one that it
 * took. GAP_NONE where the frame is none that can be changed so: a tunnel, a fragment, no TCP. */
enum gap gap_of(struct filter *filter, const struct frame *taken);

/* Whether the filter takes the SYN to there that a live run could not send; its source is unknown.
 * A server without an address has no SYN that could be taken. 1, 0, or -1 with *error set. */
int gap_takes_unsent(struct filter *filter, const struct endpoint *server, struct error *error);

/* What is missing, as a clause. */
const char *gap_text(enum gap gap);

#endif
