/* SPDX-License-Identifier: BSD-2-Clause */
/* One connection in flight: its segments go out, and what the captures saw of it comes in. */
#ifndef TCPSHAKE_FLIGHT_FLIGHT_H
#define TCPSHAKE_FLIGHT_FLIGHT_H

#include "flight/copies.h"
#include "flight/delivery.h"
#include "flight/echoes.h"
#include "flight/inquiry.h"
#include "flight/recorder.h"
#include "flight/sender.h"
#include "flight/sighting.h"
#include "flight/taps.h"
#include "flight/trace.h"
#include "flows/flows.h"
#include "loop/failure.h"
#include "loop/throttle.h"
#include "loop/timeofday.h"
#include "loop/timers.h"
#include "net/resolve.h"
#include "net/route.h"
#include "tcp/host.h"
#include "tcp/prober.h"

struct job; /* what an attempt is part of; only handed back */

/* What a list, and the name of a target, say of it besides. */
struct target_facts {
    struct target_notes notes;
    const struct resolved *addresses; /* of the name, the one that is tried first; borrowed */
    uint32_t address_count;           /* of these; 0: there are no others, or all are targets */
};

/* One connection that is to be made. */
struct attempt {
    const char *target;               /* as it was typed; borrowed until it is over */
    const struct target_facts *facts; /* the same; NULL: none */
    uint32_t place;      /* of the target among those of the run, from 1; 0: the only one */
    bool throttled : 1;  /* its SYNs count for the throttle */
    bool answered : 1;   /* by the other end; known once it is over */
    bool controlled : 1; /* if it fails, a plain connection tells whether its offer is the cause */
    bool on_link : 1;    /* it takes an entry of the table of neighbours */
    bool astray : 1;     /* there was no SYN/ACK, or not for us; known once it is over */
    uint16_t control_port; /* that ought to be closed at the same host; 0: it is not asked */
    int64_t resolve_ns;    /* what its name took, or DURATION_UNKNOWN */
    struct endpoint server;
    struct route route;
    struct tap *tap; /* where its frames pass */
    struct plan plan;
    struct job *job;
};

/* Connections whose SYN is due again, and waits for the throttle; the first waits longest. */
struct held {
    struct flight *first, *last;
};

/* What a connection in flight works with. */
struct flight_edges {
    struct sender *sender;
    struct recorder *recorder;
    struct flows *flows;
    struct timers *timers;
    struct taps *taps;                 /* NULL: nothing is known of other interfaces */
    struct failure *failure;           /* that ends the run */
    const struct timeofday *timeofday; /* that stamps are converted to */
    struct throttle *throttle;         /* NULL: SYNs are sent again when they are due */
    struct held *held;
    const struct hop_names *hop_names; /* of --path; NULL: none are wanted */
    const struct inquiries *inquiries; /* of --second-opinion; NULL: none is wanted */
    struct pace *side_pace;            /* of the packets of --path and --path-mtu */
    uint8_t hops_max;                  /* of --path; 0: the path is not looked for */
};

/* The tuples on the wire of a connection that this host translates. */
struct wire {
    struct translation sent, received;
    uint16_t followed[2]; /* ports that are captured for it alone; 0: none */
};

struct flight {
    struct timer timer;  /* first, so that its address is the flight's */
    struct flight *next; /* of the same chain; once it is over, of those to be handed back */
    struct flight *earlier, *later; /* in the pool */
    struct flight *next_number;     /* of the same chain by numbers */
    uint32_t hash;                  /* of its tuple */
    uint32_t iss;
    const struct flight_edges *edges;
    struct attempt attempt; /* made */
    struct endpoint ours;
    uint32_t first_tsval; /* of our SYN */
    struct prober prober;
    struct conversation *conversation; /* NULL before its first segment */
    struct echoes echoes;
    struct copies copies;
    struct wire *wire;             /* NULL: not translated, for all that is known */
    struct deliveries *deliveries; /* of its port; NULL: not counted */
    struct delivery_mark begun;
    bool echoed : 1;     /* a segment of ours was captured ... */
    bool heard : 1;      /* and one of the other end's ... */
    bool heard_here : 1; /* ... where the frames of a route that -I requires pass, or translated */
    bool erred : 1;      /* an ICMP error was heard ... */
    bool erred_here : 1; /* ... there, or from this host itself */
    bool is_control : 1; /* a plain connection beside another one, without a record */
    bool control_tried : 1; /* such a one was begun for it */
    bool refused : 1;       /* this host did not let a segment out */
    uint8_t delivery : 2;   /* enum delivery of what was heard before its trace */
    uint8_t tries_more : 3; /* beyond what its plan has, because a SYN may have been lost for us */
    uint8_t era;            /* of the throttle, when the first SYN left */
    bool held : 1;          /* its SYN is due, and waits for the throttle */
    bool queued : 1;        /* a segment waits in the sender's queue */
    bool stopped : 1;       /* nothing more is sent */
    bool cancelled : 1;     /* the run has ended while it was in flight ... */
    bool cut_short : 1;     /* ... and before it had stopped */
    bool syn_unseen : 1;    /* no capture saw the latest SYN */
    bool refusal_known : 1; /* whether other SYNs were refused with it is known */
    bool clock_was_set : 1; /* while it was in flight */
    int64_t syn_ns, lost_syn_ns; /* when the latest SYN was sent, and the one before; monotonic */
    int64_t held_ns;             /* since when it is held */
    struct flight *held_before, *held_after; /* of those that wait */
    struct trace *trace;     /* of its path, once it is over; NULL: not begun, or not wanted */
    struct inquiry *inquiry; /* once its verdict stands; NULL: not asked */
    struct measurement *measurement; /* the same of its path MTU, once it is open */
    int64_t refused_since_ns;        /* SYNs were refused since; 0: not so */
    int64_t busy_since_ns; /* the kernel has had no room for the first segment since; 0: not so */
    struct flight *other;  /* of a connection its control, and the other way round; NULL: none */
};

/* What became of the other end's segments, but for answers to the trace of its path. */
enum delivery flight_delivery(const struct flight *flight);

/* Queues the first segment. attempt, edges, ours and the timer's callback are set. */
void flight_begin(struct flight *flight, const struct prober_numbers *numbers, int64_t now_ns);

/* A sent_handler for the flight as the owner. */
void flight_sent(void *owner, int code, const struct sent *sent, const struct error *error);

/* A segment from our end, one from the other, an ICMP error from elsewhere, and one by which the
 * local kernel says that what was sent never left: each is taken in and acted on. */
void flight_take_outgoing(struct flight *flight, const struct sighting *sighting);
void flight_take_incoming(struct flight *flight, const struct sighting *sighting);
void flight_take_icmp(struct flight *flight, const struct sighting *sighting);
void flight_take_local_error(struct flight *flight, const struct sighting *sighting);

/* Lets the SYN through that the throttle held back. */
void flight_release(struct flight *flight, int64_t now_ns);

/* Its timer is due. Returns false when it is over: nothing is to be sent or waited for. */
bool flight_wake(struct flight *flight, int64_t now_ns);

/* Resets what is open; the connection is over soon. */
void flight_cancel(struct flight *flight, int64_t now_ns);

/* Waits for no more echoes, nor for its timer. */
void flight_end(struct flight *flight);

/* Whether an ICMP error that quotes another tuple is about a SYN of its trace, or a segment of its
 * measurement. */
bool flight_recognizes(const struct flight *flight, const struct quote *quote);

/* After its report: gives up what that was made from. */
void flight_free(struct flight *flight);

#endif
