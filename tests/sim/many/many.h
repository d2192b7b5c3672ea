/* SPDX-License-Identifier: BSD-2-Clause */
/* A live run with many targets: the program's own loop (live/probe and all below it) in virtual
 * time, over edges that are simulated (edges.c), against hosts on links that are simulated
 * (network.c). scenario.c says what a seed stands for, judge.c what must hold. */
#ifndef TCPSHAKE_SIM_MANY_H
#define TCPSHAKE_SIM_MANY_H

#include <stdio.h>

#include "../frame.h"
#include "../rng.h"
#include "report/report.h"
#include "tcp/prober.h"
#include "tcp/result.h"

#define US       INT64_C(1000)
#define MS       INT64_C(1000000)
#define SECOND   (1000 * MS)
#define NEVER    INT64_MAX
#define START_NS (1000 * SECOND)
#define EPOCH_NS INT64_C(1795324083502968001)

#define HOSTS_MAX      64u
#define TARGETS_MAX    4096u
#define TUPLES_CHAINS  8192u
#define INTERFACES     2u
#define ARGUMENTS_MAX  (HOSTS_MAX + 48u)
#define FRAME_KEPT_MAX 160u

#define MTU_OF(interface) ((uint16_t)(1500u - 100u * (interface)))

/* What a port of a host does with a SYN. */
enum port_kind {
    KIND_OPEN,
    KIND_CLOSED,
    KIND_SILENT,
    KIND_PROHIBITED, /* a firewall on the way answers with an ICMP error */
    KINDS,
};

struct host {
    struct address address;
    uint16_t first_port, port_count;
    uint32_t first_target;
    uint8_t interface;
    bool on_link; /* a neighbour */
    bool absent;  /* with on_link: it does not answer ARP or Neighbor Discovery */
    bool unrouted;
    bool closes_first, timestamps, ipv6;
    unsigned odds[KINDS]; /* of its ports, in percent */
    unsigned loss_permille;
    int64_t delay_ns, jitter_ns;
    uint32_t replies_most; /* a second; 0: any number */
    int64_t replies_due_ns;
    uint32_t frames; /* both ways, so far */
};

struct target {
    uint16_t host, port;
    uint8_t kind;      /* enum port_kind */
    uint32_t reports;  /* of this run, and before it of others that share the targets */
    uint32_t begun;    /* connections of this run */
    uint32_t reported; /* the same of its reports */
    uint32_t place;    /* in the order of first SYNs of this run */
    int64_t begun_ns;  /* the latest connection */
};

enum server_state {
    SERVER_LISTENS,
    SERVER_SYN_RCVD,
    SERVER_OPEN,
    SERVER_FIN_WAIT,
    SERVER_LAST_ACK,
    SERVER_TIME_WAIT,
};

/* One tuple that was ever used: what the program does with it, and the server's end. */
struct tuple {
    struct tuple *next; /* of its chain */
    uint32_t target;
    uint16_t our_port;
    struct endpoint ours, theirs;
    /* the connection that has it now, or had it last */
    bool alive;
    uint32_t iss;
    uint32_t tsval;
    unsigned syns; /* also those that the kernel had no room for */
    bool left;     /* one of them was sent */
    int64_t first_syn_ns, last_syn_ns;
    bool reset;                 /* since the last one an answer to something else was reset */
    unsigned heard[KINDS];      /* acceptable answers that the program read, by what they say */
    enum port_kind heard_first; /* KINDS: none */
    unsigned dropped;           /* answers that the capture dropped ... */
    bool last_dropped;          /* ... also the one to the last SYN */
    unsigned unread;            /* answers that wait in a ring, since ... */
    int64_t unread_since_ns;
    bool awaits_ack;      /* a SYN/ACK waits in the ring, ... */
    uint64_t syns_before; /* ... before which so many SYNs were sent in all */
    int64_t opened_ns;    /* its first segment behind the SYN was sent; 0: not yet */
    bool closed;          /* so was a FIN or RST */
    /* the server's end */
    enum server_state server;
    uint32_t irs, server_iss, rcv_nxt;
    unsigned tries;
    unsigned generation; /* of its timer */
    int64_t until_ns;    /* of TIME_WAIT */
};

enum event_kind {
    EVENT_TO_HOST,
    EVENT_TO_US,
    EVENT_SERVER,      /* its timer */
    EVENT_UNREACHABLE, /* the kernel gives a neighbour up */
    EVENT_LOCATED,
    EVENT_INTERRUPT,
    EVENT_DEADLINE,
};

struct event {
    int64_t at_ns;
    uint64_t order;
    enum event_kind kind;
    struct tuple *tuple;
    unsigned generation;
    uint16_t flags; /* to the host */
    uint32_t seq, ack, tsval;
    enum port_kind says; /* to us; KINDS: nothing about the port */
    uint32_t answers;    /* the initial number that it acknowledges or quotes */
    bool outgoing;
    int64_t stamp_ns;
    uint32_t len;
    uint8_t bytes[FRAME_KEPT_MAX];
    struct event *next; /* in a ring, or unused */
};

struct capture {
    unsigned number, interface; /* INTERFACES: none that hosts are on */
    uint32_t room, waiting;
    uint64_t dropped;
    struct event *head, *tail;
};

#define CAPTURE_ANY INTERFACES
#define CAPTURES    (INTERFACES + 3) /* with two spares */
#define BURSTS_MAX  4

/* What a seed decides before the run begins. */
struct scenario {
    uint64_t seed;
    struct host hosts[HOSTS_MAX];
    uint32_t host_count, target_count;
    uint32_t rate, parallel, per_host, count, shards;
    double timeout_s;
    int64_t timeout_ns, interval_ns;
    int64_t hold_ns;
    bool half_open, abort, in_order, duplicated;
    int64_t interrupt_ns; /* NEVER: it is not interrupted */
    int64_t deadline_ns;  /* NEVER: there is none */
    uint16_t source_port; /* 0: any */
    uint16_t mss;         /* 0: that of the route */
    uint8_t ttl;
    int verbosity;      /* -2 to 1 */
    bool listed;        /* the targets are those of a list ... */
    unsigned bad_lines; /* ... that has so many invalid lines */
    bool by_port;       /* rules look at ports: each target has a lookup of its own */
    uint32_t neighbours_most;
    uint16_t port_first, port_last; /* of connect(2) */
    bool sees_all;                  /* there is a capture on all interfaces */
    uint32_t ring_room;
    struct {
        int64_t from_ns, to_ns;
    } deaf[BURSTS_MAX]; /* when the captures drop all */
    unsigned deaf_count;
    unsigned echo_missing_permille, busy_permille, sleep_permille;
    bool stopped;                              /* it may sleep for seconds, as after Ctrl-Z */
    int64_t send_ns, read_ns;                  /* what the system calls take */
    uint32_t conntrack_most, conntrack_others; /* 0: there is no such table */
    bool calm; /* nothing but delays, and hosts that answer or do not */
};

#define CONNTRACK_KEPT 65536u

struct statistics {
    uint64_t runs, targets, connections, syns, events;
    uint64_t states[PORT_STATE_COUNT];
    uint64_t lossy, lossy_missed;     /* open ports of lossy hosts; of these, called filtered */
    double lossy_expected;            /* at most so many, by the loss of all tries */
    uint64_t limited, limited_missed; /* answering ports of hosts that limit their replies */
    uint64_t dropped, missed_for_drops, asked_again;
    uint64_t tuples_reused, in_time_wait, interrupted, sharded, parked, slowed, late;
    uint64_t syns_before_ack; /* the most */
    uint64_t alive_most;
};

struct world {
    struct scenario s;
    bool trace;
    struct rng random;
    int64_t now_ns;
    uint64_t order;
    struct event **heap;
    unsigned heap_count, heap_room;
    struct event *unused;
    struct target targets[TARGETS_MAX];
    struct tuple *chains[TUPLES_CHAINS];
    struct capture captures[CAPTURES];
    struct event *local_errors;
    uint32_t delivered[UINT16_MAX + 1]; /* to each port of ours, by the kernel's count */
    unsigned spares;                    /* captures that are open */
    bool going;                         /* the sandbox was entered */
    bool located;
    struct address sought;
    unsigned interrupts;
    bool interrupted, told; /* it is to end; and has learnt that by a signal */
    bool cut_short;         /* one of the runs of this seed was interrupted */
    uint32_t shard;         /* from 1; 0: all of them together */
    int64_t told_ns;        /* when it has learnt that */
    uint64_t waits, sendings;
    /* what the judge keeps */
    uint32_t alive, unsent; /* connections in flight; those of them that no SYN has left for */
    uint64_t syns, asked, reports; /* of this run */
    double level;                  /* of the bucket that the rate fills */
    int64_t level_ns;
    int64_t neighbour_until_ns[HOSTS_MAX]; /* how long it has an entry, without a connection */
    uint32_t host_flights[HOSTS_MAX];
    int64_t tracked_until_ns[CONNTRACK_KEPT];
    uint32_t tracked_first, tracked_last;
    uint32_t begun_over; /* connections beyond our half of that table, since it was looked at */
    uint32_t sequence[TARGETS_MAX]; /* targets in the order of first SYNs, shard after shard */
    uint32_t sequence_count;
    struct statistics *statistics;
    bool failed;
    const char *invariant;
    char why[400];
};

extern struct world *world;

/* Notes a broken invariant, the first alone. */
void world_fail(const char *invariant, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void world_tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* scenario.c */
void scenario_derive(struct scenario *s, uint64_t seed);
void scenario_print(const struct scenario *s);

/* The command line of a run; texts are static. Returns the number of arguments. */
int scenario_arguments(const struct scenario *s, uint32_t shard, char *argv[ARGUMENTS_MAX]);

/* How often a SYN is sent before the time is over: after 0, 1, 3, 7, ... seconds. */
unsigned scenario_tries(const struct scenario *s);

/* network.c */
void network_begin(struct world *w);
void network_end(struct world *w);

/* A number that belongs to the nth of a purpose: below n. */
uint64_t network_dice(uint64_t purpose, uint64_t which, uint64_t nth, uint64_t n);
struct tuple *network_tuple(const struct endpoint *ours, const struct endpoint *theirs, bool make);
struct target *network_target(const struct endpoint *theirs);
struct event *network_event(enum event_kind kind, int64_t at_ns);
void network_give_back(struct event *event);

/* Lets all happen that is due; returns whether the program has something to read. */
bool network_advance(int64_t now_ns);
int64_t network_next_ns(void); /* the next event; NEVER: none */

/* The segment is on its way: echo says whether the capture sees it. */
void network_carry(const struct outgoing *segment, struct tuple *tuple,
                   const struct bytes_frame *frame, bool echo);

/* judge.c */
void judge_begin(struct world *w);
void judge_sends(const struct outgoing *segment, struct tuple *tuple, bool goes);
void judge_reads(const struct event *event);
void judge_asks(const struct endpoint *theirs); /* for a route */
void judge_reports(const struct connection_result *result);
void judge_ends(struct world *w);   /* a run */
void judge_at_end(struct world *w); /* all runs that share the targets */

/* witness.c */
bool witness_keeps_warnings(void); /* of the program: they are not shown. False: it cannot */
void witness_begin(void);
void witness_families(bool ipv4, bool ipv6);
void witness_captures(unsigned capture, uint16_t first, uint16_t last);
void witness_guards(uint16_t port, bool open);
void witness_confines(size_t captures);
void witness_each_once(void);
void witness_order(const struct run_order *order);
void witness_layout(enum layout layout);
void witness_target(const char *host, uint16_t port);
void witness_sends(const struct outgoing *segment, struct tuple *tuple, bool goes);
void witness_begins(const struct target *target); /* another connection to it */
void witness_reports(const struct connection_result *result, const struct target *target);
void witness_status(int status, const char *error);
void witness_ends(void);

/* Over many seeds: what is rare must be rare. Returns how many sums are wrong, and prints all. */
unsigned judge_sums(const struct statistics *statistics, bool floors);

/* edges.c: a run of the program. Returns its status. */
int edges_run(struct world *w);

#endif
