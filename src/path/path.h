/* SPDX-License-Identifier: BSD-2-Clause */
/* The way of a connection's SYN, hop by hop: SYNs of its very tuple with growing TTL, each with an
 * IP identification and a time stamp of its own, and what came back for them. */
#ifndef TCPSHAKE_PATH_PATH_H
#define TCPSHAKE_PATH_PATH_H

#include "path/view.h"

#define PATH_HOPS_MAX  64
#define PATH_TRIES_MAX 2 /* SYNs for each hop */
#define PATH_SENT_MAX  (PATH_HOPS_MAX * PATH_TRIES_MAX)
#define PATH_NAME_MAX  256 /* a name of DNS has at most 253 characters: RFC 1035, 2.3.4 */

enum path_answer {
    PATH_NO_ANSWER,
    PATH_TIME_EXCEEDED, /* from a router: the path goes on */
    PATH_UNREACHABLE,   /* another ICMP error */
    PATH_SYN_ACK,       /* from the target, as the rest */
    PATH_RESET,
    PATH_ACK, /* a challenge: RFC 5961, 4 */
    PATH_ANSWERS,
};

struct path_hop {
    int64_t rtt_ns; /* of the first answer; INT64_MIN: unknown */
    struct address address,
        other; /* other: of a second router that answered for this hop, if any */
    enum path_answer answer;
    uint8_t sent, answered; /* SYNs, and those that were answered */
    uint8_t icmp_type, icmp_code;
    uint8_t label_count;
    struct mpls_label labels[QUOTE_LABELS_MAX];
    uint32_t quoted;  /* octets of the quote; 0: none */
    uint32_t changes; /* a bit for each view_field that differs from what was known before */
    struct view before,
        view; /* what was known before, and what the quote shows; valid with quoted */
    /* Of address and other, as a resolver said them; "": unknown. */
    char name[PATH_NAME_MAX], other_name[PATH_NAME_MAX];
};

struct path_sent {
    int64_t time_ns;
    uint32_t tsval;
    uint16_t ip_id;
    uint8_t ttl;
    bool answered;
};

/* All zero, but for the tuple, before the first SYN. */
struct path {
    struct endpoint ours, theirs;
    uint32_t seq;      /* of all of them */
    uint8_t hop_count; /* the highest TTL sent */
    uint8_t sent_count;
    uint8_t end_ttl; /* of the first SYN that was answered by the target, or by another error than
                        time exceeded; 0: none */
    struct view original; /* of the first SYN */
    struct path_sent sent[PATH_SENT_MAX];
    struct path_hop hops[PATH_HOPS_MAX]; /* hops[0] is that of TTL 1 */
};

/* Takes a SYN of ours in, with the time at which it left. Beyond PATH_SENT_MAX and PATH_HOPS_MAX
 * nothing is taken. */
void path_take_sent(struct path *path, const struct segment *syn);

/* Takes an ICMP error in. It is about one of these SYNs if it quotes the number or the tuple of all
 * and its own IP identification or time stamp; otherwise, and if it is corrupt, this returns false.
 * Only the first answer to a SYN counts. */
bool path_take_quote(struct path *path, const struct quote *quote);

/* Whether an ICMP error would be taken, whatever tuple it quotes: this tells whether a translated
 * quote belongs here. */
bool path_knows_quote(const struct path *path, const struct quote *quote);

/* Takes a segment from the target in, for the SYN whose time stamp it echoes, or else the latest.
 * One with data or a FIN is a straggler of the connection, and no answer. */
void path_take_answer(struct path *path, const struct segment *answer);

/* The same for whichever of these a frame is, as it was decoded. */
void path_take(struct path *path, const struct frame *frame, const struct segment *segment,
               enum segment_kind kind);

/* Takes the name of an address in, for each hop of which a router answered with it. What is too
 * long is cut. */
void path_take_name(struct path *path, const struct address *address, const char *name);

/* The last hop that answered; 0 if none did. */
uint8_t path_last_answered(const struct path *path);

/* No SYN went further than the last hop that answered, which is not the target: --max-hops or the
 * end of the run was in the way. */
bool path_cut_short(const struct path *path);

/* The last hop before ttl whose address is known, or NULL. */
const struct path_hop *path_hop_before(const struct path *path, uint8_t ttl);

/* The target answered. */
bool path_reached(const struct path *path);

/* "time-exceeded", "syn-ack"; NULL for PATH_NO_ANSWER. */
const char *path_answer_name(enum path_answer answer);

#endif
