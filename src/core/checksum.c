/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/checksum.h"

#define FIELD_AT 16 /* where the TCP header keeps its checksum */

/* Carries come back in at the low end, which keeps the sum modulo 2^32 - 1 and so modulo 2^16 - 1.
 */
static uint32_t fold32(uint64_t sum)
{
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffffffff) + (sum >> 32);
    return (uint32_t)sum;
}

static uint16_t fold16(uint32_t sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

uint32_t checksum_add(uint32_t sum, struct cursor bytes)
{
    uint64_t total = sum;
    uint32_t word;
    uint16_t half;
    uint8_t octet;
    while (cursor_be32(&bytes, &word))
        total += word;
    if (cursor_be16(&bytes, &half))
        total += half;
    if (cursor_u8(&bytes, &octet))
        total += (uint64_t)octet << 8;
    return fold32(total);
}

uint16_t checksum_finish(uint32_t sum)
{
    return (uint16_t)~fold16(sum);
}

uint32_t checksum_pseudo(const struct address *src, const struct address *dst, uint8_t protocol,
                         uint32_t tcp_len)
{
    /* The zeros behind an IPv4 address add nothing. */
    uint32_t sum = checksum_add(0, cursor_over(src->bytes, sizeof src->bytes));
    sum = checksum_add(sum, cursor_over(dst->bytes, sizeof dst->bytes));
    return fold32((uint64_t)sum + protocol + tcp_len);
}

enum checksum_state checksum_tcp(const struct address *src, const struct address *dst,
                                 struct cursor tcp)
{
    struct cursor at = tcp;
    uint16_t field;
    if (!cursor_skip(&at, FIELD_AT) || !cursor_be16(&at, &field))
        return CHECKSUM_UNKNOWN;

    uint32_t pseudo = checksum_pseudo(src, dst, 6, (uint32_t)tcp.left);
    if (checksum_finish(checksum_add(pseudo, tcp)) == 0)
        return CHECKSUM_GOOD;
    return field == fold16(pseudo) ? CHECKSUM_PARTIAL : CHECKSUM_BAD;
}
