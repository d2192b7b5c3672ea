/* SPDX-License-Identifier: BSD-2-Clause */
/* All connections in flight: begins them, gives each what was captured of it, and reports those
 * that are over. */
#ifndef TCPSHAKE_FLIGHT_FLIGHTS_H
#define TCPSHAKE_FLIGHT_FLIGHTS_H

#include "flight/lane.h"
#include "flight/pool.h"
#include "flight/translations.h"
#include "flight/unsent.h"
#include "loop/timeofday.h"
#include "net/numbers.h"
#include "output/output.h"
#include "targets/hostnotes.h"

/* Addresses of this host that connections come from. */
#define SOURCES_MOST 16

struct sources {
    struct address list[SOURCES_MOST];
    unsigned count;
};

struct flights {
    /* Borrowed; to be set before flights_open. */
    struct sender *sender;
    struct recorder *recorder;
    struct timers *timers;
    struct failure *failure;
    struct lane *lane;
    struct taps *taps; /* NULL: nothing is known of other interfaces */
    struct output *output;
    struct throttle *throttle;         /* may be NULL */
    struct pace side_pace;             /* of the packets of --path and --path-mtu */
    uint8_t hops_max;                  /* of --path; 0: it is not wanted */
    bool measures;                     /* --path-mtu is wanted */
    const struct hop_names *hop_names; /* of --path; NULL: none are wanted */
    const struct inquiries *inquiries; /* of --second-opinion; NULL: none is wanted */
    bool quiet;                        /* no warnings */
    bool without_steps;                /* the report uses no steps */
    bool without_words;                /* nor Zeek's and Wireshark's words */
    bool hears_loopback;               /* one of the captures shows the loopback interface */
    /* Its own. */
    struct flight_edges edges;
    struct held held;
    struct pool pool;
    struct translations translations;
    struct unsents unsents;
    struct sources sources;
    struct numbers numbers;
    struct host_notes notes; /* with a control port */
    struct timeofday timeofday;
    uint64_t step_untold;  /* connections without durations, of which no warning was printed */
    int64_t step_told_ns;  /* of the latest warning */
    bool reads;            /* frames, ... */
    int64_t reading_ns;    /* ... since then */
    struct flight *landed; /* over, and not handed back yet; the latest first */
    struct flight *spare;  /* to be used again */
};

/* For connections from the lane, which is chosen. Returns 0, or -1 with *error set; flights_close
 * is due in both cases. */
int flights_open(struct flights *flights, struct error *error);

/* Ends and reports what is in flight, without another segment. */
void flights_close(struct flights *flights);

#define FLIGHTS_NO_PORT 1

/* Takes a port and queues the first segment. The nth connection to an endpoint begins with the nth
 * port, so that each comes again after all others: a server may still hold the connection before.
 * Returns 0; FLIGHTS_NO_PORT if connections to the same endpoint have all ports; or -1 with *error
 * set. */
int flights_begin(struct flights *flights, const struct attempt *attempt, uint32_t nth,
                  struct error *error);

/* Lets SYNs through that are sent again, as many as the throttle takes and are sent together.
 * Returns when more may be; INT64_MAX if none waits. */
int64_t flights_release(struct flights *flights, int64_t now_ns);

/* Sends what is queued. To be called before frames are read or time passes. */
void flights_flush(struct flights *flights);

/* Whether the target is a port of this host that a guard of this run holds. No other socket has it,
 * so that connect(2) would be refused were it not for the guard, which is silent. */
bool flights_is_own_guard(const struct flights *flights, const struct attempt *attempt);

/* Reports a connection for which nothing can be sent, at once or after a second opinion. */
void flights_report_unsent(struct flights *flights, const struct attempt *attempt,
                           enum reason reason);

/* How many are in flight, or wait for a second opinion. */
uint32_t flights_count(const struct flights *flights);

/* What is known so far of one that is in flight, or NULL: before its first segment, too. */
const struct conversation *flights_conversation(const struct flights *flights);

/* Takes out a connection that is over and was reported. Returns false if there is none, else
 * *attempt is what it was begun with. */
bool flights_next_landed(struct flights *flights, struct attempt *attempt);

/* A tap_handler with the flights as its context: gives the frame to the connection that it belongs
 * to, if there is one, and lets that act. */
void flights_take_frame(void *context, struct tap *tap, const struct frame *captured);

/* A local_error_handler: the same for an error that no capture saw. */
void flights_take_local_error(void *context, const struct frame *heard);

/* Lets every connection in flight reset what is open, and end. */
void flights_cancel(struct flights *flights);

/* To be called before frames and local errors are read, and after; all: none is left. Notes it when
 * the time of day was stepped: stamps from both sides are converted to one time, or, where that
 * cannot be done, the durations of what is in flight are unknown. */
void flights_reading(struct flights *flights);
void flights_have_read(struct flights *flights, bool all);

#endif
