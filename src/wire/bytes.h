/* SPDX-License-Identifier: BSD-2-Clause */
/* The bounded cursor: the only way to read bytes that came from a network or a file. */
#ifndef TCPSHAKE_WIRE_BYTES_H
#define TCPSHAKE_WIRE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A window on bytes owned by the caller; each read moves its start, none passes its end. */
struct cursor {
    const uint8_t *at;
    size_t left;
};

/* bytes may be NULL where len is 0; the window then stands elsewhere, since even NULL + 0 is
 * undefined. */
static inline struct cursor cursor_over(const uint8_t *bytes, size_t len)
{
    static const uint8_t nowhere[1];
    return (struct cursor){.at = bytes ? bytes : nowhere, .left = len};
}

/* Each reader returns false, and moves nothing, where too few bytes are left. */
static inline bool cursor_skip(struct cursor *c, size_t len)
{
    if (c->left < len)
        return false;
    c->at += len;
    c->left -= len;
    return true;
}

static inline bool cursor_u8(struct cursor *c, uint8_t *out)
{
    const uint8_t *p = c->at;
    if (!cursor_skip(c, 1))
        return false;
    *out = p[0];
    return true;
}

/* The number in four octets that are there, big-endian. */
static inline uint32_t bytes_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Big-endian, the byte order of every network header. */
static inline bool cursor_be16(struct cursor *c, uint16_t *out)
{
    const uint8_t *p = c->at;
    if (!cursor_skip(c, 2))
        return false;
    *out = (uint16_t)(p[0] << 8 | p[1]);
    return true;
}

static inline bool cursor_be32(struct cursor *c, uint32_t *out)
{
    const uint8_t *p = c->at;
    if (!cursor_skip(c, 4))
        return false;
    *out = bytes_be32(p);
    return true;
}

/* Splits off the next len bytes as a cursor of their own. */
static inline bool cursor_take(struct cursor *c, size_t len, struct cursor *out)
{
    const uint8_t *p = c->at;
    if (!cursor_skip(c, len))
        return false;
    *out = (struct cursor){.at = p, .left = len};
    return true;
}

/* Cuts what lies behind len bytes; a longer len leaves the cursor as it is. */
static inline void cursor_limit(struct cursor *c, size_t len)
{
    if (len < c->left)
        c->left = len;
}

#endif
