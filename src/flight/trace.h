/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes out beside a connection: with --path, once it is over, SYNs of its tuple with growing
 * TTL; with --path-mtu, once it is open and before anything is sent on it, segments of octets that
 * the other end has acknowledged. Neither they nor what they provoke reach the conversation, so
 * that no verdict depends on them. */
#ifndef TCPSHAKE_FLIGHT_TRACE_H
#define TCPSHAKE_FLIGHT_TRACE_H

#include "flight/echoes.h"
#include "flight/hopnames.h"
#include "flight/recorder.h"
#include "flight/sender.h"
#include "flight/sighting.h"
#include "flight/taps.h"
#include "loop/failure.h"
#include "loop/pace.h"
#include "loop/timeofday.h"
#include "path/mtusearch.h"
#include "path/tracer.h"

/* What both work with; all but echoes and over is to be set before. */
struct side_probe {
    struct prober *prober; /* of the connection; it crafts */
    struct sender *sender;
    struct recorder *recorder;
    struct failure *failure;
    const struct timeofday *timeofday;
    struct pace *pace; /* of all of a run together */
    struct tap *tap;
    unsigned ifindex;
    bool unlimited; /* it goes to loopback, where the pace does not hold */
    bool over;
    struct echoes echoes;
};

struct trace {
    struct side_probe side;
    struct path path;
    struct tracer tracer;
    const struct hop_names *names; /* NULL: none are wanted */
    int64_t names_until_ns;        /* they are waited for; 0: the path goes on */
    int64_t began_ns; /* since the epoch: the client was done with its connection then */
    uint32_t tsval;   /* of the latest SYN */
    bool half_open;   /* such a SYN was answered by a SYN/ACK, which is to be reset ... */
    bool reset_sent;  /* ... once */
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

struct measurement {
    struct side_probe side;
    struct path_mtu mtu;
    struct mtu_search search;
};

/* Sends what is due. Returns when to be called again, or MEASUREMENT_OVER. */
#define MEASUREMENT_OVER INT64_MAX
int64_t measurement_advance(struct measurement *measurement,
                            const struct conversation *conversation, int64_t now_ns);

/* The path MTU if a router told it, or 0. */
uint32_t measurement_told(const struct measurement *measurement);

/* Each takes a frame in and returns true, or returns false if it is none of the measurement's. */
bool measurement_take_outgoing(struct measurement *measurement, const struct sighting *sighting);
bool measurement_take_incoming(struct measurement *measurement,
                               const struct conversation *conversation,
                               const struct sighting *sighting);
bool measurement_take_icmp(struct measurement *measurement, const struct sighting *sighting);

/* What was sent and not captured counts with the time of sending; nothing more is awaited. */
void measurement_end(struct measurement *measurement);

#endif
