/* SPDX-License-Identifier: BSD-2-Clause */
/* TCP options: RFC 9293, 3.1 and 3.2; the kinds are those of IANA's registry. */
#ifndef TCPSHAKE_WIRE_TCPOPT_H
#define TCPSHAKE_WIRE_TCPOPT_H

#include "wire/bytes.h"

#define TCPOPT_SPACE_MAX    40 /* the data offset counts to 60, less the fixed 20 */
#define TCPOPT_SACK_BLOCKS  4
#define TCPOPT_WSCALE_LIMIT 14 /* RFC 7323, 2.3: a larger shift is used as 14 */
#define TCPOPT_COOKIE_MAX   16 /* RFC 7413, 2 */

/* RFC 8684, 3.1: MP_CAPABLE of a SYN, and of a SYN/ACK with the key of its sender. */
#define MPTCP_CAPABLE         0 /* the subtype */
#define MPTCP_VERSION         1
#define MPTCP_CAPABLE_LEN     4
#define MPTCP_CAPABLE_KEY_LEN 12

struct tcp_sack_block {
    uint32_t left, right;
};

/* What the options said. A kind that occurs twice: the last one counts. Begins with the members of
 * struct syn_options. */
struct tcp_options {
    bool has_timestamps;
    bool has_mss : 1, has_wscale : 1, sack_permitted : 1; /* of SYNs, of which millions are kept */
    bool fast_open : 1, mptcp : 1, md5 : 1, tcp_ao : 1;
    bool malformed : 1; /* a length below 2 or past the end of the space: the rest was not read */
    uint8_t wscale;     /* RFC 7323, 2; as sent, not limited */
    uint8_t fast_open_cookie_len; /* RFC 7413; 0 with fast_open: a cookie is asked for */
    uint8_t mptcp_subtype;        /* RFC 8684, valid with mptcp, as what follows ... */
    uint8_t mptcp_version;        /* ... of MP_CAPABLE */
    uint8_t mptcp_len;            /* of the option, kind and length octets included */
    uint8_t sack_count;
    uint8_t unknown_count; /* of other kinds, or of a length their kind has not: skipped by it */
    uint16_t mss;          /* RFC 9293, 3.7.1 */
    uint32_t order;        /* wire/optorder */
    uint32_t tsval, tsecr; /* RFC 7323, 3; valid with has_timestamps */
    struct tcp_sack_block sack[TCPOPT_SACK_BLOCKS]; /* RFC 2018, the first sack_count are valid */
    uint8_t fast_open_cookie[TCPOPT_COOKIE_MAX];    /* the first fast_open_cookie_len are valid */
};

/* The same of a SYN, which has no SACK blocks: less than half of it. */
struct syn_options {
    bool has_timestamps;
    bool has_mss : 1, has_wscale : 1, sack_permitted : 1, fast_open : 1, mptcp : 1, md5 : 1,
        tcp_ao : 1, malformed : 1;
    uint8_t wscale, fast_open_cookie_len, mptcp_subtype, mptcp_version, mptcp_len, sack_count,
        unknown_count;
    uint16_t mss;
    uint32_t order;
    uint32_t tsval, tsecr;
};

_Static_assert(offsetof(struct syn_options, mss) == offsetof(struct tcp_options, mss) &&
                   offsetof(struct syn_options, tsecr) == offsetof(struct tcp_options, tsecr) &&
                   sizeof(struct syn_options) == offsetof(struct tcp_options, sack),
               "one is the beginning of the other");

/* Decodes an option area (any octets). Never fails: what cannot be read sets out->malformed and
 * ends the reading there; an option of wrong length but inside the space counts as unknown. */
void tcpopt_decode(struct cursor space, struct tcp_options *out);

/* Encodes MSS, SACK-permitted, timestamps, window scale, Fast Open, MP_CAPABLE of a SYN, SACK
 * blocks in the order of Linux (MSS, SACK-permitted, timestamps, NOP, window scale; NOP NOP
 * timestamps where there is no SACK-permitted), padded with NOP to a multiple of four. SACK blocks
 * that find no room are left out. Returns the length, at most TCPOPT_SPACE_MAX. */
size_t tcpopt_encode(const struct tcp_options *options, uint8_t out[TCPOPT_SPACE_MAX]);

/* A digest of a cookie, by which two of them can be told apart. */
uint16_t tcpopt_cookie_digest(const uint8_t *cookie, size_t len);

#endif
