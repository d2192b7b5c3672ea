/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing into pipes and sockets whose reader may be slow or may have stopped, while signals are
 * held (signalfd(2), so that they do not interrupt a call): nothing here blocks without an end.
 * What the reader does not take waits in a queue, or in poll(2), until a signal that ends the
 * process is pending or the end was set by outlets_end_by. Other files are written to as they are.
 */
#ifndef TCPSHAKE_BASE_OUTLET_H
#define TCPSHAKE_BASE_OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define OUTLET_GRACE_NS INT64_C(1000000000) /* that a signal leaves the reader */

struct outlet {
    int fd;
    bool waits;          /* it is a pipe or a socket */
    bool queues;         /* what cannot be written at once is kept; else the caller waits */
    int64_t patience_ns; /* how long a write may wait; INT64_MAX: until the end */
    int failure;         /* errno of the first failure: nothing is written after it */
    uint8_t *bytes;      /* owned: the queue, from begin to end */
    size_t begin, end, capacity;
};

/* For a descriptor that the caller keeps. */
void outlet_init(struct outlet *outlet, int fd);
void outlet_free(struct outlet *outlet);

/* Writes all of it, or queues it. Returns 0, or -1 with errno: EINTR where a signal or the end came
 * first. */
int outlet_write(struct outlet *outlet, const void *bytes, size_t len);

/* Writes what the reader takes now of what is queued. Returns as outlet_write does. */
int outlet_push(struct outlet *outlet);

/* Queues no more: writes what is queued, and waits for that. Returns as outlet_write does. */
int outlet_finish(struct outlet *outlet);

/* How much is queued. */
size_t outlet_queued(const struct outlet *outlet);

/* A stream that writes into the outlet; closing it leaves the outlet as it is. NULL: out of memory.
 */
FILE *outlet_stream(struct outlet *outlet);

/* From that time on (monotonic) no outlet waits; of several ends the earliest counts. */
void outlets_end_by(int64_t time_ns);

/* A signal has asked for the end, and was taken: readers have OUTLET_GRACE_NS, or after a second
 * one no more time. */
void outlets_interrupt(void);

#endif
