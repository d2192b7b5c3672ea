/* SPDX-License-Identifier: BSD-2-Clause */
/* What a SYN offers, and what the SYN/ACK makes of it: told from these two segments alone, so that
 * it is the same live and on captures. */
#ifndef TCPSHAKE_TCP_OFFER_H
#define TCPSHAKE_TCP_OFFER_H

#include "tcp/result.h"

/* What a SYN can offer, and then what it can leave out that common systems send. */
enum offer {
    OFFER_ACCECN,   /* RFC 9768 */
    OFFER_ECN,      /* RFC 3168, 6.1.1 */
    OFFER_FASTOPEN, /* RFC 7413: a cookie is asked for, or sent */
    OFFER_MPTCP,    /* RFC 8684, MP_CAPABLE of version 1 */
    WITHOUT_MSS,
    WITHOUT_SACK,
    WITHOUT_WSCALE,
    WITHOUT_TIMESTAMPS,
    OFFERS,
};

/* A set of them. */
#define OFFER_BIT(offer) (1u << (offer))
#define OFFER_FEATURES   (OFFER_BIT(WITHOUT_MSS) - 1u)
#define OFFER_OMISSIONS  ((OFFER_BIT(OFFERS) - 1u) & ~OFFER_FEATURES)

/* What became of one. */
enum agreement {
    AGREEMENT_NONE, /* not offered, or not known */
    AGREED,         /* of what is left out: the answer does without it, too */
    IGNORED,        /* of what is left out: the answer has it all the same */
    MIRRORED,       /* our own octets came back */
    BROKEN,         /* no answer, or a reset, where a SYN without it is answered */
    AGREEMENT_COUNT,
};

/* The ECN field of an IP header: RFC 3168, 5. */
enum ip_ecn {
    ECN_NOT_ECT,
    ECN_ECT1,
    ECN_ECT0,
    ECN_CE,
    ECN_UNKNOWN,
};

/* Which feedback a SYN/ACK agrees to, by its flags AE, CWR and ECE as a number: RFC 9768, 3.1.2,
 * table 2. */
enum ecn_mode {
    ECN_MODE_NONE,
    ECN_MODE_CLASSIC,
    ECN_MODE_ACCURATE,
};

enum ecn_mode offer_ecn_mode(unsigned offers, unsigned ace);

/* The flags AE, CWR and ECE as a number, and back. */
unsigned offer_ace(uint16_t flags);
uint16_t offer_ace_flags(unsigned ace);

/* What a SYN offers and leaves out. */
uint8_t offers_of_syn(const struct segment *syn);

struct offer_outcome {
    uint8_t offers;                /* what the first SYN offered, and left out on purpose */
    enum agreement became[OFFERS]; /* of each */
    enum ip_ecn syn_ecn; /* the ECN field of the SYN when it arrived, as AccECN's SYN/ACK says */
};

/* Judges a connection. That one left something out on purpose is known of this program's own alone.
 */
void offer_judge(const struct connection_result *result, struct offer_outcome *out);

/* Whether a plain connection beside a failed one was open. */
bool offer_control_opened(const struct connection_result *result);

/* "accecn", "ecn", "fastopen", "mptcp", "mss", "sack", "wscale", "timestamps"; "agreed", "ignored",
 * "mirrored", "broken"; "not-ect", "ect1", "ect0", "ce". NULL for what stands for nothing. */
const char *offer_name(enum offer value);
const char *agreement_name(enum agreement value);
const char *ip_ecn_name(enum ip_ecn value);

/* Reads a comma-separated list of what is offered or, with omissions, left out ("bare" is all of
 * that), into a set. Returns NULL, or the first word that is none. */
const char *offers_parse(const char *text, bool omissions, uint8_t *set);

#endif
