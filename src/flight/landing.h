/* SPDX-License-Identifier: BSD-2-Clause */
/* How a connection that is over reaches the report, and the recording, so that a replay says the
 * same. */
#ifndef TCPSHAKE_FLIGHT_LANDING_H
#define TCPSHAKE_FLIGHT_LANDING_H

#include "flight/flight.h"
#include "output/output.h"
#include "targets/hostnotes.h"

/* Reports a connection of which something was sent, while its guard is still open. control is what
 * a plain connection beside it showed; NULL: there was none. note tells of its host's control port;
 * NULL: nothing does. */
void landing_report(struct flight *flight, const struct offer_control *control,
                    const struct host_note *note, struct output *output);

/* What a plain connection beside another one showed; it is reported no further. */
struct offer_control landing_control(struct flight *control);

/* The reason that stands for what the local kernel said when it did not send. */
enum reason landing_reason(enum host_error error);

/* Reports one of which nothing could be sent. */
void landing_report_unsent(const struct attempt *attempt, enum reason reason,
                           const struct opinion *opinion, struct recorder *recorder,
                           struct output *output);

#endif
