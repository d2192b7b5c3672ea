/* SPDX-License-Identifier: BSD-2-Clause */
/* A judge of the tracker: whether an end moved as RFC 9293 lets it, by what crossed the wire. */
#ifndef TCPSHAKE_TESTS_ARROWS_H
#define TCPSHAKE_TESTS_ARROWS_H

#include "tcp/conversation.h"

/* Of one conversation; all zero at its start. */
struct arrows {
    bool adopted[ENDS]; /* that end was put where it must be, which happens once */
};

/* Whether that end may be where it is now, given where it was before from sent the segment. */
bool arrows_allow(struct arrows *arrows, enum end_id id, const struct end *before,
                  const struct end *after, enum end_id from, const struct segment *segment);

/* Whether arrows lead from one state to the other at all: what may be of an end whose segments are
 * not all in the capture. */
bool arrows_lead(enum tcp_state from, enum tcp_state to);

#endif
