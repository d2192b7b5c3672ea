/* SPDX-License-Identifier: BSD-2-Clause */
/* One run: virtual time, what is under way, the host (the program's own src/flight over edges
 * that are simulated), the peer, and what is known of both. */
#ifndef TCPSHAKE_SIM_WORLD_H
#define TCPSHAKE_SIM_WORLD_H

#include "flight/flights.h"
#include "frame.h"
#include "oracle.h"
#include "peer.h"
#include "scenario.h"
#include "statistics.h"
#include "tcp/offer.h"
#include "truth.h"

#define EPOCH_NS    INT64_C(1795324083502968001)
#define START_NS    (1000 * SECOND)
#define STEPS_BOUND 60000u

enum event_kind {
    EVENT_TO_PEER,
    EVENT_CAPTURED, /* the capture saw it, and the host may read it */
    EVENT_ATTACK,
    EVENT_CANCEL,
};

struct event {
    int64_t at_ns;
    int64_t stamp_ns; /* of the capture, monotonic */
    uint64_t order;
    enum event_kind kind;
    unsigned attack;
    bool outgoing, damaged;
    struct event *next; /* in the ring, or unused */
    struct bytes_frame frame;
};

struct recorded {
    int64_t time_ns;
    uint32_t at, captured_len, wire_len; /* bytes in the arena; captured_len 0: a remark */
    int interface;
    char comment[ANNOTATION_MAX];
};

#define RECORDED_MAX 4096u
#define ARENA_MAX    (2u << 20)

struct recording {
    struct recorded packets[RECORDED_MAX];
    unsigned count;
    bool full;
    uint8_t arena[ARENA_MAX];
    uint32_t arena_len;
    int interface_link[4]; /* LINKTYPE_ */
    int interfaces;
};

#define HAPPENED_MAX 256u

/* What outlives a run: memory that is used again. */
struct lasting {
    struct event **heap;
    struct event *unused;
    struct recording *recording;
    char *report[2]; /* of the live run, and of the replay */
    size_t report_size[2];
    FILE *report_file[2];
};

#define UNDER_WAY_MAX 16384u

struct world {
    struct lasting lasting;
    struct scenario s;
    struct without without;
    bool trace;
    int64_t now_ns;
    uint64_t order;
    unsigned heap_count;
    struct event *ring_head, *ring_tail;
    int64_t ring_since_ns;
    uint32_t frames[DIRECTIONS]; /* so many were sent that way */
    uint32_t sendings, wakes;
    uint32_t delivered; /* segments that reached the port */
    /* the host */
    struct flights flights;
    struct timers timers;
    struct failure failure;
    struct recorder recorder;
    struct sender sender;
    struct lane lane;
    struct tap tap;
    struct output output;
    const char *format; /* of the report */
    bool cancelled;
    struct rng random;
    uint8_t payload[PAYLOAD_MAX];
    struct bytes_frame sent; /* the latest datagram, borrowed by the host */
    struct bytes_frame kept; /* a frame of the peer's, to be sent again by an attacker */
    bool has_kept;
    bool replaying;
    struct report report;
    long report_len[2];
    unsigned reports[2]; /* results of the live run, and of the replay */
    struct connection_result result;
    /* the rest of the world */
    struct peer peer;
    struct oracle oracle;
    struct truth truth;
    struct diagnoses diagnoses; /* of the report */
    struct statistics *statistics;
    struct { /* faults that happened, for the shrinker */
        enum fault fault;
        uint8_t where;
        uint32_t nth;
    } happened[HAPPENED_MAX];
    unsigned happened_count;
    unsigned fault_total[FAULT_COUNT];
    bool failed;
    const char *invariant; /* the first that was broken */
    char why[400];
};

extern struct world *world; /* what the simulated edges are part of */

/* false: out of memory. */
bool world_open(struct world *w);
void world_close(struct world *w);

/* Runs the scenario of the seed to its end. Returns whether every invariant held; *w says why not.
 */
bool world_run(struct world *w, uint64_t seed, const struct without *without, bool trace);

/* Notes a broken invariant, the first alone. */
void world_fail(struct world *w, const char *invariant, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A line of the trace. */
void world_tell(const struct world *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Whether a fault happens to the nth of its place, by the scenario's odds. */
bool world_chance(struct world *w, enum fault fault, unsigned where, uint32_t nth);

/* A number that belongs to the nth of a place and purpose: below n. */
uint64_t world_dice(const struct world *w, unsigned purpose, unsigned where, uint32_t nth,
                    uint64_t n);

struct event *world_new_event(struct world *w, enum event_kind kind, int64_t at_ns);

/* Puts a frame on the link: it leaves at at_ns. */
void link_carry(struct world *w, enum direction direction, const struct bytes_frame *frame,
                int64_t at_ns);

/* The connection, or NULL once it is over. */
struct flight *world_flight(const struct world *w);

/* hostile.c */
void hostile_attack(struct world *w, const struct attack *attack);
void hostile_junk(struct world *w, struct rng *rng);

/* host.c: the program's side of a run. */
void host_open(struct world *w);
void host_begin(struct world *w);
void host_read(struct world *w, const struct event *event); /* a captured frame */
void host_fire(struct world *w);                            /* what is due */
void host_cancel(struct world *w);
void host_close(struct world *w);
void host_report(struct world *w, bool replaying, void (*make)(struct world *w));

/* replay.c: reads the recording again and compares the reports. */
void replay(struct world *w);

/* Whether the plan offers that, or leaves it out. */
static inline bool world_offers(const struct world *w, enum offer offer)
{
    return (w->s.plan.offers & OFFER_BIT(offer)) != 0;
}

#endif
