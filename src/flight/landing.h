/* SPDX-License-Identifier: BSD-2-Clause */
/* How a connection that is over reaches the report, and the recording, so that a replay says the
 * same. */
#ifndef TCPSHAKE_FLIGHT_LANDING_H
#define TCPSHAKE_FLIGHT_LANDING_H

#include "flight/flight.h"
#include "output/output.h"

/* Reports a connection of which something was sent, while its guard is still open. */
void landing_report(struct flight *flight, struct output *output);

/* The reason that stands for what the local kernel said when it did not send. */
enum reason landing_reason(enum host_error error);

/* Reports one of which nothing could be sent. */
void landing_report_unsent(const struct attempt *attempt, enum reason reason,
                           const struct opinion *opinion, struct recorder *recorder,
                           struct output *output);

/* What an error of the local kernel says of a target to which nothing was sent. */
enum reason landing_reason(enum host_error error);

#endif
