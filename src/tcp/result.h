/* SPDX-License-Identifier: BSD-2-Clause */
/* What there is to say of one connection: the value that every report is made from. */
#ifndef TCPSHAKE_TCP_RESULT_H
#define TCPSHAKE_TCP_RESULT_H

#include "tcp/state.h"
#include "wire/segment.h"

#define DURATION_UNKNOWN INT64_MIN /* for every field whose name ends in _ns */

/* From one time to a later one; unknown if either is, if the clock that they come from ran back in
 * between, so that no time is negative, or where 64 bits do not hold it: a capture file can hold
 * any times. */
static inline int64_t duration_between(int64_t from_ns, int64_t to_ns)
{
    int64_t between_ns;

    if (from_ns == DURATION_UNKNOWN || to_ns < from_ns ||
        __builtin_sub_overflow(to_ns, from_ns, &between_ns))
        return DURATION_UNKNOWN;
    return between_ns;
}

enum __attribute__((packed)) end_id { /* an octet: of those that are stored there are many */
                                      CLIENT, /* the end that sent the first SYN */
                                      SERVER,
                                      ENDS,
                                      NEITHER = ENDS,
};

enum port_state {
    PORT_OPEN,
    PORT_CLOSED,
    PORT_FILTERED,
    PORT_UNREACHABLE,
    PORT_UNKNOWN,
    PORT_STATE_COUNT,
};

enum handshake_result {
    HANDSHAKE_COMPLETED,
    HANDSHAKE_HALF_OPEN, /* SYN/ACK seen, never acknowledged by the client */
    HANDSHAKE_REFUSED,
    HANDSHAKE_NO_ANSWER,
    HANDSHAKE_UNREACHABLE, /* ended by an ICMP error, or for want of a route */
    HANDSHAKE_RESET,       /* RST by the server after its SYN/ACK and before it was established */
    HANDSHAKE_NOT_SEEN,
    HANDSHAKE_NOT_SENT,     /* no segment left this host */
    HANDSHAKE_NOT_FOLLOWED, /* segments left, but what became of them cannot be known here */
    HANDSHAKE_RESULT_COUNT,
};

/* Why the port state is what it is, in nmap's words. */
enum reason {
    REASON_UNKNOWN, /* "unknown": the capture began too late, or the run ended too early */
    REASON_SYN_ACK,
    REASON_RESET,
    REASON_NO_RESPONSE,
    REASON_LOCAL_RESET,
    REASON_NET_UNREACH,
    REASON_HOST_UNREACH,
    REASON_PROTO_UNREACH,
    REASON_PORT_UNREACH,
    REASON_NET_PROHIBITED,
    REASON_HOST_PROHIBITED,
    REASON_ADMIN_PROHIBITED,
    REASON_DEST_UNREACH, /* any other code of "destination unreachable" */
    REASON_TIME_EXCEEDED,
    REASON_PARAMETER_PROBLEM,
    REASON_NO_ROUTE, /* the local kernel has no way there: nothing was sent */
    /* What the host of a live run knows beside the wire: tcp/host.h. */
    REASON_POLICY_ROUTE,         /* connect() would take another route, by a rule that looks at
                                    ports: ip-rule(8) */
    REASON_LOCAL_ERROR,          /* the local kernel refuses to send, or drops what is sent */
    REASON_TRANSLATED,           /* this host translates the tuple beyond recognition */
    REASON_NEIGHBOUR_SILENT,     /* the next hop has not answered ARP or Neighbor Discovery */
    REASON_NAME_NOT_FOUND,       /* the name of the target was not resolved */
    REASON_DROPPED_ON_THIS_HOST, /* answered, but no answer reached this host's TCP */
    REASON_UNACCEPTABLE_ANSWER,  /* nothing came that a TCP in SYN_SENT can accept */
    REASON_OWN_GUARD,            /* a port of this host that a guard of the run holds, and therefore
                                    no other socket: nothing was sent */
    REASON_COUNT,
};

enum teardown_result {
    TEARDOWN_NONE,
    TEARDOWN_GRACEFUL,
    TEARDOWN_RESET,
    TEARDOWN_HALF_CLOSED,
    TEARDOWN_UNANSWERED,
    TEARDOWN_RESULT_COUNT,
};

enum teardown_form {
    FORM_NONE,
    FORM_FOUR_SEGMENT,
    FORM_THREE_SEGMENT, /* one segment acknowledges the FIN and carries the other */
    FORM_SIMULTANEOUS,
    FORM_COUNT,
};

enum verdict {
    VERDICT_EXPECTED,
    VERDICT_RETRANSMISSION,
    VERDICT_DUPLICATE,
    VERDICT_OUT_OF_WINDOW,
    VERDICT_UNEXPECTED,
    VERDICT_CHALLENGE_ACK,
    VERDICT_LOCAL_RESET,
    VERDICT_COUNT,
};

/* What a step adds to its verdict, for people. */
enum note {
    NOTE_NONE,
    NOTE_USER_SPACE_TIME, /* our own segment was not captured: the time is that of sending */
    NOTE_BAD_CHECKSUM,
    NOTE_WRONG_ACK,
    NOTE_SYN_MISSING,       /* acknowledges the SYN without one of its own */
    NOTE_ANSWERS_WRONG_ACK, /* the RST that RFC 9293, 3.10.7.3 asks for */
    NOTE_OUT_OF_ORDER,
    NOTE_OVERTAKEN, /* a bare acknowledgement that later segments of its sender came before */
    NOTE_KEEP_ALIVE,
    NOTE_WINDOW_PROBE,
    NOTE_ZERO_WINDOW,
    NOTE_SYN_DATA,
    NOTE_SIMULTANEOUS_OPEN,
    NOTE_AFTER_CLOSE,
    NOTE_AFTER_FIN,
    NOTE_RST_NOT_EXACT, /* in the window, not at its left edge: RFC 5961, 3.2 asks for a challenge
                         */
    NOTE_RST_AGAIN,     /* ours, where the receiver stands if what was sent last did not arrive */
    NOTE_SYN_IN_CONNECTION,
    NOTE_ICMP,
    NOTE_ICMP_IGNORED, /* quotes nothing that is in flight: RFC 5927, 4.1 */
    NOTE_NO_FLAGS,
    NOTE_BAD_FLAGS,
    NOTE_OLD_TIMESTAMP,
    NOTE_AFTER_MISSED, /* in a capture of others, which may lack them or have them later */
    NOTE_ACKS_MISSED,
    NOTE_RST_WITHOUT_ACK, /* RFC 9293, 3.10.7.3: no answer to a SYN */
    NOTE_WRONG_ECHO,      /* a SYN/ACK with a TSecr that no SYN carried as TSval */
    NOTE_COUNT,
};

/* One step. A run of expected data and acknowledgements is one step with its count. There are
 * millions of them in a large capture, so that an ICMP error takes the place of what only a segment
 * has. */
struct step {
    int64_t time_ns;      /* since the epoch; of the first segment of a run */
    int64_t last_time_ns; /* of the last one */
    union {
        struct {                   /* without is_icmp */
            uint64_t bytes;        /* payload of the run in both directions ... */
            uint64_t client_bytes; /* ... and of it what the client sent */
            uint32_t client_count; /* segments of the run that the client sent */
            uint32_t ack;          /* absolute, of the first segment; valid with TCP_ACK in flags */
            uint32_t len;          /* payload of the first segment */
            uint16_t flags;
            uint16_t window; /* as on the wire */
        };
        struct { /* with it */
            uint8_t icmp_type, icmp_code, icmp_family;
            struct address icmp_from;
        };
    };
    uint32_t seq;   /* absolute, of the first segment */
    uint32_t count; /* segments in the run, 1 for most */
    uint8_t ttl;
    uint8_t from; /* enum end_id; for an ICMP error the end it came back against is the other */
    uint8_t states[ENDS];  /* enum tcp_state after the step */
    uint8_t verdict, note; /* enum verdict, enum note */
    uint8_t rank;          /* for steps_add alone: what makes room for what */
    bool is_icmp;
};

/* A SYN or SYN/ACK, as it was on the wire. */
struct opening {
    uint16_t ip_id, window;
    uint16_t cookie_digest; /* of its Fast Open cookie, if it has one */
    uint8_t ttl;
    uint8_t offers;  /* of a SYN: tcp/offer.h */
    uint8_t without; /* of a SYN: of these, what a later one did without, before an answer came; of
                      * a SYN/ACK: of those, what the SYN that it answers did without */
    uint8_t ace : 3; /* its flags AE, CWR and ECE as a number */
    uint8_t ecn : 2; /* of its IP header */
    uint8_t seen : 1;
    uint8_t data : 1; /* of a SYN: it has some; of a SYN/ACK: it acknowledges all of the SYN's */
};

/* What one end sent again, and what of it was seen twice though it was sent once: a frame that the
 * network or the capture duplicated. Each stops at its greatest value. */
struct repeats {
    uint32_t data, duplicates;
    uint16_t syn, fin; /* of a client SYN, of a server SYN/ACK */
};

static inline uint64_t repeats_retransmitted(const struct repeats *repeats)
{
    return (uint64_t)repeats->syn + repeats->fin + repeats->data;
}

#define SYN_TIMES_MAX 6 /* the first ones; more are only counted */

struct host_facts; /* tcp/host.h */
struct path;       /* path/path.h */
struct path_mtu;   /* path/mtu.h */
struct evidence;   /* tcp/evidence.h */
struct diagnoses;  /* findings/findings.h */

/* What a connection did not meet of what is expected; the first of these. */
enum criterion {
    CRITERION_NONE, /* it met all of it, or was not judged */
    CRITERION_PORT_STATE,
    CRITERION_MAX_RTT,
    CRITERION_CRITICAL, /* the range */
    CRITERION_CLOSE,
};

/* What a list says of a target besides. */
struct target_notes {
    uint8_t
        port_states;    /* that are expected of it, bit 1 << enum port_state; 0: those of the run */
    const char *labels; /* "k=v;k=v"; "": none */
};

/* What was found of the path beside a connection, each NULL if it was not looked for. */
struct path_facts {
    struct path *hops;
    struct path_mtu *mtu;
};

struct connection_result {
    const char *target; /* as the user wrote the host; NULL: the server's address stands for it */
    uint32_t place; /* of the target among those of the run, from 1; 0: unknown, or the only one */
    const struct target_notes *notes; /* NULL: none */
    const char *interface;            /* where it was seen; NULL if unknown */
    bool has_client;                  /* false: nothing was sent, client is meaningless */
    bool cut_short;                   /* the run ended before silence could mean anything */
    struct endpoint ends[ENDS];
    enum port_state port_state;
    int64_t resolve_ns; /* what its name took to resolve; unknown for an address */
    int64_t start_ns,
        end_ns; /* since the epoch: first and last segment, or the failure to send one */
    struct {
        enum handshake_result result;
        enum reason reason;
        int64_t connect_ns;   /* first SYN to the SYN/ACK, or to the RST that refuses: what
                               * connect(2) waited */
        int64_t syn_rtt_ns;   /* SYN to SYN/ACK (or to the RST that refuses), by Karn's rule */
        int64_t ack_delay_ns; /* SYN/ACK to the ACK of it */
        int64_t total_ns;     /* last SYN to the first segment with ACK and without SYN */
        uint32_t syn_count, synack_count;
        int64_t syn_times_ns[SYN_TIMES_MAX]; /* of the client's SYNs, since the first */
        uint8_t syn_time_count;              /* 0: none is known */
    } handshake;
    struct {
        enum teardown_result result;
        enum teardown_form form;
        enum end_id initiator;
        enum end_id reset_by;      /* NEITHER: no RST that counted */
        bool local_reset;          /* the local kernel's, in the name of that end */
        int64_t fin_rtt_ns;        /* first FIN to its acknowledgement, by Karn's rule */
        int64_t peer_fin_delay_ns; /* that acknowledgement to the other FIN */
        int64_t total_ns;       /* first FIN to the last acknowledgement of a FIN, or to the RST */
        int64_t reset_after_ns; /* the SYN/ACK to the RST */
        uint32_t fin_count[ENDS];
    } teardown;
    struct {
        int64_t syn_ns, syn_ack_ns; /* the client's, the server's */
        int64_t ack_ns;             /* the client's acknowledgement of that SYN/ACK */
        int64_t fin_ns[ENDS], rst_ns;
        enum end_id rst_by; /* NEITHER: none */
    } first; /* the first of each kind on the wire, since the epoch, whatever became of it */
    enum tcp_state states[ENDS]; /* as the segments show them */
    bool done;                   /* the program, whose connection it is, was done with it ... */
    int64_t done_ns;             /* ... then, since the epoch */
    uint8_t completeness;        /* Wireshark's tcp.completeness */
    const char *conn_state;      /* Zeek's */
    const char *history;         /* Zeek's */
    bool has_options[ENDS];      /* that end's SYN or SYN/ACK was seen */
    struct tcp_options options[ENDS];
    struct opening openings[ENDS]; /* the first ones */
    uint32_t iss[ENDS]; /* initial (or first seen) sequence numbers, the zero of relative ones */
    uint64_t segments[ENDS];
    uint64_t bytes[ENDS];       /* payload sent, each octet once per transmission */
    uint64_t bytes_acked[ENDS]; /* of it, acknowledged by the other end */
    struct repeats repeats[ENDS];
    bool missed[ENDS]; /* segments of that end are not in the capture */
    struct {
        uint32_t seq;      /* absolute, of the first octet */
        uint32_t bytes;    /* 0: none */
        int64_t waited_ns; /* after the server's latest segment, until the program was done */
    } hole; /* what the server had sent, as its last segments show, and what did not cross */
    const struct host_facts *host;     /* what the host of a live run knew; NULL: nothing */
    const struct path *path;           /* NULL: it was not looked for */
    const struct path_mtu *path_mtu;   /* the same */
    const struct evidence *evidence;   /* borrowed from the conversation; NULL: none is kept */
    const struct diagnoses *diagnoses; /* borrowed; NULL: not worked out */
    const struct step *steps;
    uint32_t step_count, steps_omitted;
    bool ok; /* met the expectation */
    enum criterion unmet;
    int64_t max_rtt_ns; /* valid with CRITERION_MAX_RTT */
    bool warned;        /* ... but took long enough for a warning */
};

/* How the connection was closed, for who asks whether it was as it should be: teardown.result, and
 * TEARDOWN_RESET also where the server reset it before it was established, because connect(2)
 * had returned. TEARDOWN_RESULT_COUNT where there was nothing to close. */
enum teardown_result connection_close(const struct connection_result *result);

/* The words of the report, lower case with hyphens ("no-answer", "syn-ack", "four-segment");
 * NULL for a value that stands for nothing (FORM_NONE, NEITHER, NOTE_NONE). */
const char *port_state_name(enum port_state value);
const char *handshake_result_name(enum handshake_result value);
const char *reason_name(enum reason value);
const char *teardown_result_name(enum teardown_result value);
const char *teardown_form_name(enum teardown_form value);
const char *verdict_name(enum verdict value);
const char *end_name(enum end_id value);
const char *note_text(enum note value); /* a phrase for people */

#endif
