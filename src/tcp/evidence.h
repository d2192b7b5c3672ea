/* SPDX-License-Identifier: BSD-2-Clause */
/* What of a connection tells who answered and why it went wrong, beside what the result says: kept
 * without any step. src/findings draws the conclusions. */
#ifndef TCPSHAKE_TCP_EVIDENCE_H
#define TCPSHAKE_TCP_EVIDENCE_H

#include "wire/addr.h"

#include "tcp/result.h"

enum evidence_mark {
    EVIDENCE_OLD_ANSWER = 1 << 0,      /* acknowledged what this SYN did not send */
    EVIDENCE_SYN_ACK_LATE = 1 << 1,    /* SYN/ACK again, an RTO after it was acknowledged */
    EVIDENCE_WINDOW_OPENED = 1 << 2,   /* SYN/ACK with window 0, the next segment with more */
    EVIDENCE_PROXIED = 1 << 3,         /* ... and the one after it with another TTL than both */
    EVIDENCE_SYN_ACK_TTL = 1 << 4,     /* the SYN/ACK had another TTL than all that followed */
    EVIDENCE_RST_TTL = 1 << 5,         /* an RST had another TTL than all before it of that end */
    EVIDENCE_RST_AHEAD = 1 << 6,       /* another RST, at a number that its sender never reached */
    EVIDENCE_RST_OUTLIVED = 1 << 7,    /* its sender acknowledged what crossed after the RST */
    EVIDENCE_REFUSAL_REVOKED = 1 << 8, /* SYN/ACK after the RST that refused */
    EVIDENCE_WAITED = 1 << 9, /* the client closed after it had waited for an answer to its data */
    EVIDENCE_RST_SETTLED = 1 << 11, /* its sender was known to hold the connection */
    EVIDENCE_RST_IGNORED = 1 << 10, /* its sender went on sending, and its receiver took that */
};

struct evidence {
    uint16_t marks;   /* enum evidence_mark */
    uint8_t followed; /* segments of the server after its SYN/ACK, at most 2 */
    uint8_t following_ttl;
    enum end_id reset_by; /* NEITHER: no RST yet */
    uint8_t reset_ttl;
    uint16_t reset_seq;   /* modulo 2^16: to know a copy of it */
    uint32_t reset_limit; /* what the other end had sent when the RST crossed */
    uint32_t closed_since_ms[ENDS], closed_ms[ENDS]; /* window 0: since, modulo 2^32; the longest */
    struct address icmp_from;                        /* of the ICMP error that counts */
};

#define EVIDENCE_NONE                                                                              \
    {                                                                                              \
        .reset_by = NEITHER                                                                        \
    }

#endif
