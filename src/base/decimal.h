/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers as decimal digits, for writing very many: eight digits at once, one in each octet of a
 * word, by multiplication in place of division. */
#ifndef TCPSHAKE_BASE_DECIMAL_H
#define TCPSHAKE_BASE_DECIMAL_H

#include <stdint.h>
#include <string.h>

#define DECIMAL_MAX                                                                                \
    24 /* room for any 64-bit integer, and for octets behind it that mean nothing                  \
        */

#define DECIMAL_EIGHT_MAX 99999999u

/* The digits of a number up to DECIMAL_EIGHT_MAX, the first one in the lowest octet. A number below
 * 10000 divided by 100 is that times 10486 shifted by 20; below 100 and by 10, times 103 by 10. */
static inline uint64_t decimal_digits(uint32_t value)
{
    uint64_t fours = value / 10000 | (uint64_t)(value % 10000) << 32;
    uint64_t hundreds = fours * 10486 >> 20 & UINT64_C(0x0000007f0000007f);
    uint64_t pairs = hundreds | (fours - 100 * hundreds) << 16;
    uint64_t tens = pairs * 103 >> 10 & UINT64_C(0x000f000f000f000f);
    return tens | (pairs - 10 * tens) << 8;
}

/* Writes eight characters, whatever the byte order. */
static inline void decimal_store(char *at, uint64_t characters)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    characters = __builtin_bswap64(characters);
#endif
    memcpy(at, &characters, sizeof characters);
}

#define DECIMAL_ZEROS UINT64_C(0x3030303030303030)

/* Writes a number with its leading zeros in eight characters; returns where it ends. */
static inline char *decimal_eight(char *at, uint32_t value)
{
    decimal_store(at, decimal_digits(value) | DECIMAL_ZEROS);
    return at + 8;
}

/* Writes a number from 1 to DECIMAL_EIGHT_MAX; returns where it ends. */
static inline char *decimal_short(char *at, uint32_t value)
{
    uint64_t digits = decimal_digits(value);
    unsigned zeros = (unsigned)__builtin_ctzll(digits) / 8;
    decimal_store(at, (digits | DECIMAL_ZEROS) >> 8 * zeros);
    return at + (8 - zeros);
}

/* For numbers above DECIMAL_EIGHT_MAX. */
static inline char *decimal_long(char *at, uint64_t value)
{
    uint64_t upper = value / (DECIMAL_EIGHT_MAX + 1);
    if (upper > DECIMAL_EIGHT_MAX) {
        at = decimal_short(at, (uint32_t)(upper / (DECIMAL_EIGHT_MAX + 1)));
        at = decimal_eight(at, (uint32_t)(upper % (DECIMAL_EIGHT_MAX + 1)));
    } else {
        at = decimal_short(at, (uint32_t)upper);
    }
    return decimal_eight(at, (uint32_t)(value % (DECIMAL_EIGHT_MAX + 1)));
}

/* Writes a number at a place with DECIMAL_MAX bytes; returns where it ends. */
static inline char *decimal(char *at, uint64_t value)
{
    if (value < 10) {
        *at = (char)('0' + value);
        return at + 1;
    }
    return value <= DECIMAL_EIGHT_MAX ? decimal_short(at, (uint32_t)value)
                                      : decimal_long(at, value);
}

static inline char *decimal_signed(char *at, int64_t value)
{
    if (value >= 0)
        return decimal(at, (uint64_t)value);
    *at = '-';
    return decimal(at + 1, -(uint64_t)value);
}

#endif
