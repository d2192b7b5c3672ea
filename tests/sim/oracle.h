/* SPDX-License-Identifier: BSD-2-Clause */
/* What anybody can know who sees every frame at the prober's end: the yardstick of the invariants.
 * It is kept from bytes alone, without the tracker. oracle.c keeps it, invariants.c measures by it.
 */
#ifndef TCPSHAKE_SIM_ORACLE_H
#define TCPSHAKE_SIM_ORACLE_H

#include "frame.h"
#include "tcp/prober.h"

struct world;

#define CANDIDATES_MAX  8
#define ISLANDS_MAX     256
#define SENDINGS_MAX    32
#define WRONG_ACKS_MAX  32
#define FIN_RIGHTS_MAX  32
#define ICMP_TYPES      16
#define ANSWERS_MAX     64
#define MOVES_MAX       32 /* the arrows of RFC 9293 end after far fewer */
#define TRACKED_ISLANDS 4  /* more, and the tracker may forget one */

/* One stream of the peer's, by the SYN that it began with. */
struct candidate {
    uint32_t irs, edge; /* everything below arrived */
};

struct sending {
    int64_t user_ns, echo_ns; /* since the epoch: handed to the kernel; by the capture, or 0 */
    uint32_t tsval;
    uint16_t ip_id;
};

/* The sendings of our SYN, or of our FIN. */
struct sent_list {
    struct sending list[SENDINGS_MAX];
    unsigned count;
    unsigned tries;  /* also those that never left */
    int64_t last_ns; /* monotonic */
};

/* The segment that answered them. */
struct answer {
    bool came, has_timestamps;
    int64_t epoch_ns;
    uint32_t tsecr;
    unsigned sendings; /* before it */
};

enum decision { UNDECIDED, DECIDED_OPEN, DECIDED_CLOSED, DECIDED_ICMP };

struct oracle {
    uint32_t iss, tsval_offset;
    bool begun, maybe; /* maybe: something arrived of which nobody can tell whether it is sound */
    int64_t begun_ns;
    /* what was sent */
    struct sent_list syns, fins;
    uint32_t sent, received; /* segments; those that were readable */
    uint32_t snd_max;        /* behind the furthest */
    uint64_t octets_sent;
    uint32_t data_segments, probes;
    int64_t repeat_at_ns; /* when the last answer without news went out; 0: none */
    uint32_t last_ack;
    bool acked, rst_sent, synack_sent, acked_fin;
    bool wrong_ack_reset;   /* one was answered so */
    unsigned resets_unseen; /* that answered a wrong echo, and so stand where the peer takes them,
                               and were not captured yet */
    unsigned sent_in_step;
    int64_t last_text_ns; /* when data or FIN went out last */
    unsigned backoff;     /* how often without progress */
    /* what arrived */
    struct candidate candidates[CANDIDATES_MAX];
    unsigned candidate_count;
    struct {
        uint32_t left, right;
    } islands[ISLANDS_MAX];
    unsigned island_count;
    bool many_islands;
    uint32_t fin_rights[FIN_RIGHTS_MAX]; /* where FINs end */
    unsigned fin_right_count;
    uint32_t wrong_acks[WRONG_ACKS_MAX]; /* that came before the connection was open */
    unsigned wrong_ack_count;
    uint64_t icmp_fits[ICMP_TYPES][4]; /* a bit for each code */
    unsigned icmp_fit_count;
    enum decision decided;
    bool opened;    /* an acceptable SYN/ACK or a crossing SYN arrived */
    bool syn_acked; /* and our SYN was acknowledged */
    bool refused, rst_fits, local_rst, hindered; /* hindered: the last word could not be sent */
    bool told_timestamps, told_wscale, told_mss;
    bool old_timestamps; /* they did not only rise: what came may have been thrown away */
    uint32_t irs, tsval;
    uint8_t wscale;
    uint16_t mss;
    struct answer syn_answer, fin_answers[ANSWERS_MAX];
    unsigned fin_answer_count;
    uint32_t una, right;               /* of ours: acknowledged, the furthest allowed */
    uint32_t window_first, window_max; /* which attackers may widen for us, and need not */
    /* the step before */
    int64_t progress_ns; /* monotonic: when the wait that runs now began */
    uint32_t progress_una;
    int64_t una_ns;           /* when anything of ours was acknowledged last */
    bool reaches_tcp;         /* the frame, also under an address that this host translates */
    bool must_answer, unsure; /* unsure: whether what came was progress is open */
    uint8_t states[ENDS];
    bool has_states;
    uint8_t moves[MOVES_MAX][ENDS]; /* each pair of states that was seen, in order */
    unsigned move_count;
    enum prober_phase phase;
    int64_t now_ns;
};

void oracle_start(struct world *w);

/* The prober has chosen its numbers. */
void oracle_begins(struct world *w);

/* A segment that the prober hands out, with what the kernel says to it (0: it goes): every rule of
 * what may be sent. */
void oracle_sends(struct world *w, const struct outgoing *segment, int code);

/* A captured frame that the host reads next. Damage may escape the checksum. */
void oracle_reads(struct world *w, const struct frame *frame, bool outgoing, bool damaged);

/* After the host acted. */
void oracle_after_step(struct world *w);

/* What the run reports. */
void oracle_reports(struct world *w, const struct connection_result *result);

/* After all. */
void oracle_at_end(struct world *w);

/* invariants.c: of one segment before it is noted, of a step, of a report. */
void check_segment(struct world *w, const struct outgoing *segment);
void check_ecn(struct world *w, const struct outgoing *segment);
void check_step(struct world *w, const struct conversation *conversation);

/* Whether everything of a stream of the peer's up to ack arrived. */
bool oracle_arrived(const struct oracle *oracle, uint32_t ack);

/* Whether the peer's FIN, and all before it, arrived. */
bool oracle_fin_arrived(const struct oracle *oracle);

/* The largest segment of payload that both ends allow. */
uint32_t oracle_segment_size(const struct world *w);

/* Octets of payload whose acknowledgement renews the patience. */
uint32_t oracle_patience_octets(const struct world *w);

/* Where our FIN stands. */
uint32_t oracle_fin_seq(const struct world *w);

/* Whether nobody but the peer spoke, and nothing but the link did harm. */
bool oracle_is_benign(const struct world *w);

#endif
