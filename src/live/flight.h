/* SPDX-License-Identifier: BSD-2-Clause */
/* The connections in flight. */
#ifndef TCPSHAKE_LIVE_FLIGHT_H
#define TCPSHAKE_LIVE_FLIGHT_H

#include "live/live.h"

/* The context of flight_take_frame. */
struct flight_tap {
    struct run *run;
    const struct tap *tap;
};

/* A capture_handler: gives the frame to the connection it belongs to, if there is one, and lets
 * that act. */
void flight_take_frame(void *context, struct capture *capture, const struct frame *frame);

/* A local_error_handler with the run as its context: the same for an error that no capture saw. */
void flight_take_local_error(void *context, const struct frame *frame);

/* Guards a port and sends the first segment. Returns 0, or -1 with *error set. run->on_landing is
 * called when the connection has ended and was reported. */
int flight_begin(struct run *run, struct job *job, struct error *error);

/* Reports a connection for which nothing could be sent. */
void flight_report_unsent(struct run *run, struct job *job, enum reason reason);

/* Lets every connection in flight reset what is open, and end. */
void flight_cancel_all(struct run *run);

/* Notes it where the clock of the stamps was set: times from before and after do not belong
 * together. To be called before frames are read. */
void flight_watch_clock(struct run *run);

/* Ends and reports all at once, without another segment. */
void flight_end_all(struct run *run);

#endif
