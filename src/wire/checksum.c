/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/checksum.h"

#include <string.h>

#define HEADER   20 /* octets of an IPv4 or TCP header without options */
#define FIELD_AT 16 /* where the TCP header keeps its checksum */

/* Sums run over words of 64 bits in the byte order of this machine, because it makes no difference
 * until the end (RFC 1071, 2B); what is carried out of one comes in again at its low end. */
static inline uint64_t add(uint64_t sum, uint64_t word)
{
    sum += word;
    return sum + (sum < word);
}

/* Each half is added to the other, whose carry comes back in at the low end. */
static uint16_t fold(uint64_t sum)
{
    sum += sum << 32 | sum >> 32;
    uint32_t half = (uint32_t)(sum >> 32);
    half += half << 16 | half >> 16;
    return (uint16_t)(half >> 16);
}

static uint32_t to_native(uint32_t value)
{
    const uint8_t bytes[] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                             (uint8_t)value};
    uint32_t native;
    memcpy(&native, bytes, sizeof native);
    return native;
}

static uint16_t to_network(uint16_t folded)
{
    uint8_t bytes[sizeof folded];
    memcpy(bytes, &folded, sizeof folded);
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static inline uint32_t word_at(const uint8_t *bytes)
{
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

static inline uint64_t pair_at(const uint8_t *bytes)
{
    uint64_t pair;
    memcpy(&pair, bytes, sizeof pair);
    return pair;
}

static uint64_t add_last(uint64_t sum, struct cursor bytes)
{
    uint8_t last[4] = {0};
    for (size_t i = 0; i < bytes.left; i++)
        last[i] = bytes.at[i];
    return add(sum, word_at(last));
}

__attribute__((noinline)) static uint64_t add_any(uint64_t sum, struct cursor bytes)
{
    struct cursor at;
    while (cursor_take(&bytes, 32, &at)) {
        sum = add(add(sum, pair_at(at.at)), pair_at(at.at + 8));
        sum = add(add(sum, pair_at(at.at + 16)), pair_at(at.at + 24));
    }
    while (cursor_take(&bytes, 8, &at))
        sum = add(sum, pair_at(at.at));
    if (cursor_take(&bytes, 4, &at))
        sum = add(sum, word_at(at.at));
    return bytes.left == 0 ? sum : add_last(sum, bytes);
}

/* Of HEADER octets: an IPv4 or TCP header without options, which is what most are. */
static inline uint64_t add_header(uint64_t sum, struct cursor bytes)
{
    return add(add(add(sum, pair_at(bytes.at)), pair_at(bytes.at + 8)), word_at(bytes.at + 16));
}

static inline uint64_t add_all(uint64_t sum, struct cursor bytes)
{
    return bytes.left == HEADER ? add_header(sum, bytes) : add_any(sum, bytes);
}

uint32_t checksum_add(uint32_t sum, struct cursor bytes)
{
    uint64_t total = (uint64_t)sum + to_network(fold(add_all(0, bytes)));
    return (uint32_t)total + (uint32_t)(total >> 32);
}

uint16_t checksum_finish(uint32_t sum)
{
    return (uint16_t)~fold(sum);
}

bool checksum_is_right(struct cursor bytes)
{
    return fold(add_all(0, bytes)) == 0xffff;
}

static inline uint64_t sum_of_address(const struct address *a)
{
    uint64_t sum = word_at(a->bytes);
    if (a->family == FAMILY_IPV6)
        sum += (uint64_t)word_at(a->bytes + 4) + word_at(a->bytes + 8) + word_at(a->bytes + 12);
    return sum;
}

static inline uint64_t sum_of_pseudo(const struct address *src, const struct address *dst,
                                     uint8_t protocol, uint32_t tcp_len)
{
    return sum_of_address(src) + sum_of_address(dst) + to_native(protocol) + to_native(tcp_len);
}

uint32_t checksum_pseudo(const struct address *src, const struct address *dst, uint8_t protocol,
                         uint32_t tcp_len)
{
    return to_network(fold(sum_of_pseudo(src, dst, protocol, tcp_len)));
}

enum checksum_state checksum_tcp(const struct address *src, const struct address *dst,
                                 struct cursor tcp)
{
    struct cursor at = tcp;
    uint16_t field;
    if (!cursor_skip(&at, FIELD_AT) || !cursor_be16(&at, &field))
        return CHECKSUM_UNKNOWN;

    uint64_t pseudo = sum_of_pseudo(src, dst, 6, (uint32_t)tcp.left);
    if (fold(add_all(pseudo, tcp)) == 0xffff)
        return CHECKSUM_GOOD;
    return field == to_network(fold(pseudo)) ? CHECKSUM_PARTIAL : CHECKSUM_BAD;
}
