/* SPDX-License-Identifier: BSD-2-Clause */
/* What one run is like: everything that a seed decides before the run begins. */
#ifndef TCPSHAKE_SIM_SCENARIO_H
#define TCPSHAKE_SIM_SCENARIO_H

#include "rng.h"
#include "tcp/prober.h"

#define MS          INT64_C(1000000)
#define SECOND      (1000 * MS)
#define NEVER       INT64_MAX
#define PAYLOAD_MAX 24000u

enum direction { TO_PEER, TO_HOST, DIRECTIONS };

/* What may go wrong with one frame or one moment. */
enum fault {
    FAULT_LOSS,
    FAULT_DUPLICATE,
    FAULT_REORDER,
    FAULT_CORRUPT,
    FAULT_TRUNCATE,
    FAULT_PARTITION,
    FAULT_ECHO_LOSS, /* the capture misses a segment of ours */
    FAULT_ECHO_LATE, /* it leaves late, and its echo comes late */
    FAULT_ECHO_LAST, /* the echo is read after what came later */
    FAULT_BUSY,      /* the kernel has no room for it */
    FAULT_SLEEP,     /* the process wakes late */
    FAULT_COUNT,
};

enum peer_kind {
    PEER_TCP,
    PEER_REFUSES,     /* RST for a SYN */
    PEER_SILENT,      /* nobody is there */
    PEER_UNREACHABLE, /* a router answers with an ICMP error */
    PEER_STALE,       /* remembers an older connection: a challenge ACK for a SYN */
    PEER_KINDS,
};

/* What answers the SYN for the peer. */
enum front {
    FRONT_NONE,
    FRONT_PROXY,  /* with window 0, until the peer itself has answered */
    FRONT_DEVICE, /* nearer than the peer */
    FRONTS,
};

enum peer_close {
    CLOSES_LAST,    /* after our FIN, and after thinking */
    CLOSES_FIRST,   /* when it has said what it has to say */
    CLOSES_AT_ONCE, /* so that the FINs cross */
    CLOSES_NEVER,
    RESETS_ON_FIN,
    RESETS_ON_DATA,
    PEER_CLOSES,
};

enum attack_kind {
    ATTACK_RST_EXACT, /* at RCV.NXT: it counts */
    ATTACK_RST_IN_WINDOW,
    ATTACK_RST_OUTSIDE,
    ATTACK_SYN,
    ATTACK_SYN_ACK_WRONG, /* an answer from before */
    ATTACK_ACK_AHEAD,     /* acknowledges what was never sent */
    ATTACK_ACK_OLD,
    ATTACK_DATA_OUTSIDE,
    ATTACK_DATA_AFTER_FIN,
    ATTACK_ICMP_FITS, /* quotes what is in flight */
    ATTACK_ICMP_WILD,
    ATTACK_FLAGS,     /* any flags, near numbers */
    ATTACK_OPTIONS,   /* octets of nonsense for options */
    ATTACK_REPLAY,    /* a frame of the peer's again, much later */
    ATTACK_NOISE,     /* any octets at all */
    ATTACK_LOCAL_RST, /* our own kernel resets the connection */
    ATTACK_RST_REFUSES,
    ATTACK_RST_SERIES,
    ATTACK_KINDS,
};

#define ATTACKS_MAX 6

struct attack {
    enum attack_kind kind;
    int64_t at_ns;  /* after the start */
    unsigned count; /* a flood: so many at once */
    uint64_t seed;
};

struct peer_config {
    enum peer_kind kind;
    enum peer_close close;
    uint32_t iss;
    uint16_t mss; /* 0: no option */
    int wscale;   /* -1: no option */
    bool timestamps, odd_options, syn_cookies, fin_with_data, wild;
    bool acks_by_octet; /* a crawl: it takes one octet at a time */
    enum front front;
    uint32_t window;
    uint32_t before_len, after_len; /* octets when it opened, and after our FIN */
    uint32_t stream_len;            /* more, a segment each stream_every_ns */
    int64_t stream_every_ns;
    int64_t accept_ns, think_ns, delayed_ack_ns, keep_alive_ns, rto_ns;
    int64_t shut_until_ns; /* its window is zero before, after the start; 0: it never is */
    int64_t opens_at_ns;   /* sends a SYN of its own: NEVER, or after the start */
    uint8_t icmp_type, icmp_code;
    uint16_t syn_flags; /* ECE, CWR and AE of its SYN/ACK */
    uint8_t ecn;        /* of the IP header of its segments */
    bool agrees;        /* its SYN/ACK has a cookie, and a key of MPTCP */
};

#define PARTITIONS_MAX 2

struct link_config {
    unsigned permille[FAULT_COUNT];
    int64_t delay_ns, jitter_ns;
    struct {
        int64_t from_ns, to_ns;
    } partitions[PARTITIONS_MAX]; /* after the start */
};

struct scenario {
    uint64_t seed;
    struct endpoint ours, theirs;
    struct plan plan;
    struct link_config link;
    struct peer_config peer;
    struct attack attacks[ATTACKS_MAX];
    unsigned attack_count;
    int64_t cancel_at_ns;        /* NEVER: not */
    int64_t busy_at_ns, busy_ns; /* the first segment has to wait */
    int hard_error_at;           /* the nth sending fails for good, -1: none */
    int refused_at;              /* the same by a local firewall */
    unsigned payload_seed;
    bool clean_link; /* no fault at all */
};

#define FEATURES_MAX 32

/* What a run leaves out of what its seed says: for the shrinker, and to reproduce what it found. */
struct without {
    uint32_t features;
    struct {
        enum fault fault;
        uint8_t where; /* enum direction */
        uint32_t nth;
    } faults[256];
    unsigned fault_count;
    uint32_t attacks; /* a bit each */
};

void scenario_derive(struct scenario *scenario, uint64_t seed, const struct without *without);

/* Features that can be left out, by number from 0; NULL behind the last. */
const char *feature_name(unsigned feature);

/* Reads "NAME,NAME,..." ; false where one is unknown. Writes the same. */
bool without_parse(struct without *without, const char *text);
void without_print(const struct without *without);
bool without_has_fault(const struct without *without, enum fault fault, unsigned where,
                       uint32_t nth);

extern const char *const fault_names[FAULT_COUNT];
extern const char *const peer_kind_names[PEER_KINDS];
extern const char *const peer_close_names[PEER_CLOSES];
extern const char *const attack_names[ATTACK_KINDS];

#endif
