/* SPDX-License-Identifier: BSD-2-Clause */
/* --path: once a connection is over, SYNs of its tuple with growing TTL go out beside it. Neither
 * they nor what they provoke reach the conversation, so that no verdict depends on them. */
#ifndef TCPSHAKE_FLIGHT_TRACE_H
#define TCPSHAKE_FLIGHT_TRACE_H

#include "flight/echoes.h"
#include "flight/recorder.h"
#include "flight/sender.h"
#include "flight/sighting.h"
#include "flight/taps.h"
#include "loop/failure.h"
#include "path/tracer.h"

/* Of all traces of a run together. */
struct trace_rate {
    uint8_t hops_max;
    int64_t spacing_ns; /* between two of their SYNs, unless they go to loopback */
    int64_t next_ns;    /* when the next one may go out */
};

struct trace {
    struct path path;
    struct tracer tracer;
    struct echoes echoes;
    struct prober *prober; /* of the connection; it crafts */
    struct sender *sender;
    struct recorder *recorder;
    struct failure *failure;
    struct trace_rate *rate;
    struct tap *tap;
    int64_t began_ns; /* since the epoch: the client was done with its connection then */
    unsigned ifindex;
    uint32_t tsval;  /* of the latest SYN */
    bool half_open;  /* such a SYN was answered by a SYN/ACK, which is to be reset ... */
    bool reset_sent; /* ... once */
    bool unlimited;  /* it goes to loopback */
    bool over;
};

/* The recording's interface of what was sent by the tap's and not captured there. */
int trace_unseen_interface(struct recorder *recorder, struct tap *tap);

/* Sends what is due. Returns when to be called again, or TRACE_OVER. */
#define TRACE_OVER INT64_MAX
int64_t trace_advance(struct trace *trace, int64_t now_ns);

/* Each takes a frame in and returns true, or returns false if it is none of the trace's. */
bool trace_take_outgoing(struct trace *trace, const struct sighting *sighting);
bool trace_take_incoming(struct trace *trace, const struct sighting *sighting);
bool trace_take_icmp(struct trace *trace, const struct sighting *sighting);

/* What was sent and not captured counts with the time of sending; nothing more is awaited. */
void trace_end(struct trace *trace);

#endif
