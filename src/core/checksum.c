/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/checksum.h"

#include <string.h>

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

/* The sum in the byte order of this machine: the same with its octets swapped, if that is
 * little-endian (RFC 1071, 2B). */
static uint32_t to_network(uint32_t sum)
{
    const uint16_t one = 1;
    uint8_t first;
    memcpy(&first, &one, 1);
    uint16_t folded = fold16(sum);
    uint32_t swapped = (folded >> 8 | folded << 8) & 0xffff;
    return first == 0 ? folded : swapped;
}

/* Room for 2^32 words of 32 bits. Eight at a time, for the compiler to add side by side. */
static uint64_t add_native(struct cursor bytes)
{
    enum { BLOCK = 8 };
    uint64_t total = 0;
    uint32_t words[BLOCK] = {0};
    struct cursor block;
    while (cursor_take(&bytes, sizeof words, &block)) {
        memcpy(words, block.at, sizeof words);
        for (int i = 0; i < BLOCK; i++)
            total += words[i];
    }
    while (cursor_take(&bytes, sizeof *words, &block)) {
        memcpy(words, block.at, sizeof *words);
        total += words[0];
    }
    words[0] = 0;
    memcpy(words, bytes.at, bytes.left); /* fewer than four, padded with zeros */
    return total + words[0];
}

uint32_t checksum_add(uint32_t sum, struct cursor bytes)
{
    return fold32((uint64_t)sum + to_network(fold32(add_native(bytes))));
}

uint16_t checksum_finish(uint32_t sum)
{
    return (uint16_t)~fold16(sum);
}

static uint32_t be32_at(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Not folded. */
static uint64_t address_sum(const struct address *a)
{
    uint64_t sum = be32_at(a->bytes);
    if (a->family == FAMILY_IPV6)
        sum += (uint64_t)be32_at(a->bytes + 4) + be32_at(a->bytes + 8) + be32_at(a->bytes + 12);
    return sum;
}

uint32_t checksum_pseudo(const struct address *src, const struct address *dst, uint8_t protocol,
                         uint32_t tcp_len)
{
    uint64_t sum = address_sum(src) + address_sum(dst);
    return fold32(sum + protocol + tcp_len);
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
