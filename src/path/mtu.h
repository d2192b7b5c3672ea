/* SPDX-License-Identifier: BSD-2-Clause */
/* How large an IP packet the path carries: segments of octets that the other end has acknowledged
 * already, each with "do not fragment", and what came back for them. A TCP acknowledges such a
 * segment and drops its octets (RFC 9293, 3.10.7.4, first), so that the application never sees one.
 */
#ifndef TCPSHAKE_PATH_MTU_H
#define TCPSHAKE_PATH_MTU_H

#include "wire/quote.h"

#define PATH_MTU_SENT_MAX 64    /* segments, all tries of all sizes together */
#define PATH_MTU_TRIES    3     /* without an answer, after which a size counts as lost */
#define PATH_MTU_MOST     65535 /* octets of an IPv4 packet: RFC 791, 3.1 */

enum mtu_answer {
    MTU_NO_ANSWER,
    MTU_ACKNOWLEDGED, /* by the other end: the size got through */
    MTU_TOO_BIG,      /* an ICMP error of a router: RFC 1191, RFC 8201 */
};

struct mtu_sent {
    int64_t time_ns;
    uint32_t bytes;  /* of the IP packet, header included */
    uint32_t octets; /* of data */
    uint32_t tsval;
    uint16_t ip_id;
    uint8_t answer; /* enum mtu_answer */
};

/* All zero, but for the tuple and the device, before the first segment. */
struct path_mtu {
    struct endpoint ours, theirs;
    uint32_t seq_end;      /* of all segments: the receiver stands there */
    uint32_t device_bytes; /* MTU of the device that they leave by; 0: unknown */
    uint32_t told_bytes;   /* the least MTU that a router told; 0: none did */
    struct address told_by;
    bool unmarked; /* an answer named no segment: how many were lost is not known for sure */
    uint8_t sent_count;
    struct mtu_sent sent[PATH_MTU_SENT_MAX];
};

/* What the segments show. */
struct mtu_verdict {
    uint32_t bytes;  /* the largest IP packet that got through; 0: none did */
    uint32_t beyond; /* the smallest larger one that did not; 0: none is known */
    bool told;       /* an ICMP error says so ... */
    bool black_hole; /* ... or none does, though packets of that size, and no smaller ones,
                      * disappeared before and after others got through */
    bool sure;       /* that was seen too often for chance */
    bool limited;    /* the device lets no larger one out */
};

/* The octets of IP and TCP headers in front of the data. */
uint32_t path_mtu_headers(enum family family, bool timestamps);

/* Takes a segment of ours in. Beyond PATH_MTU_SENT_MAX nothing is taken. */
void path_mtu_take_sent(struct path_mtu *mtu, const struct segment *sent);

/* Whether a segment of the other end answers one of these, and says nothing besides: it
 * acknowledges nothing new, and has neither data nor SYN, FIN or RST. next_seq: what it would send
 * next. Without a D-SACK (RFC 2883) only an answer that is awaited counts. */
bool path_mtu_is_answer(const struct path_mtu *mtu, const struct segment *answer, uint32_t next_seq,
                        bool awaited);

/* Takes it in, for the segment that its D-SACK or its TSecr names, or else for the latest. */
void path_mtu_take_answer(struct path_mtu *mtu, const struct segment *answer);

/* Takes an ICMP error in. It is about one of these segments if it quotes its number, or our tuple
 * and its IP identification; otherwise, and if it is corrupt or comes from our own address, this
 * returns false. A "too big" counts if its MTU is possible: no less than the least that IP has (RFC
 * 791, 3.2; RFC 8200, 5) and than what got through, and below the size that it is about. */
bool path_mtu_take_quote(struct path_mtu *mtu, const struct quote *quote);

/* Whether an ICMP error is about one of these, whatever else it says. */
bool path_mtu_knows_quote(const struct path_mtu *mtu, const struct quote *quote);

/* The same for whichever of these a frame is, as it was decoded. */
void path_mtu_take(struct path_mtu *mtu, const struct frame *frame, const struct segment *segment,
                   enum segment_kind kind);

/* How many segments of that size went out. */
unsigned path_mtu_tries(const struct path_mtu *mtu, uint32_t bytes);

struct mtu_verdict path_mtu_judge(const struct path_mtu *mtu);

#endif
