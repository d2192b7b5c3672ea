/* SPDX-License-Identifier: BSD-2-Clause */
/* The states of both ends as a figure shows them: each where it changes. */
#ifndef TCPSHAKE_REPORT_LIFELINES_H
#define TCPSHAKE_REPORT_LIFELINES_H

#include "tcp/result.h"

struct lifelines {
    const struct connection_result *result; /* borrowed */
    enum tcp_state shown[ENDS];
};

void lifelines_begin(struct lifelines *lines, const struct connection_result *result);

/* Where an end stood before the first step, of which there is one, as far as that follows from
 * where it stood after it. */
enum tcp_state lifelines_first(const struct lifelines *lines, enum end_id end);

/* The name of the state that an end has now; NULL where there is none, or where it is shown
 * already. */
const char *lifelines_turn(struct lifelines *lines, enum end_id end, enum tcp_state state);

/* The state that an end has with step i. It begins with the segment that caused it: the SYN makes
 * the server SYN_RCVD, the SYN/ACK the client ESTABLISHED, the first FIN its receiver CLOSE_WAIT,
 * if the receiver's next segment shows that it arrived (RFC 9293, figures 6 and 12). */
enum tcp_state lifelines_at(const struct lifelines *lines, enum end_id end, uint32_t i);

/* The state of a client that was left in SYN_SENT or TIME_WAIT once the program, whose connection
 * it is, was done with it: no segment shows that a client gives up, or that TIME_WAIT is over.
 * Returns false where the last step left it in another state, or that is not known. */
bool lifelines_done(const struct lifelines *lines, enum tcp_state from, enum tcp_state *state);

#endif
