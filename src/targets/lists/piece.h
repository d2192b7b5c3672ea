/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of a text, borrowed and not NUL-terminated. */
#ifndef TCPSHAKE_TARGETS_LISTS_PIECE_H
#define TCPSHAKE_TARGETS_LISTS_PIECE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct piece {
    const char *text;
    size_t len;
};

/* The arguments of %.*s, cut to the room that a message has. */
#define CUT(piece) ((piece).len < 80 ? (int)(piece).len : 80), (piece).text

static inline struct piece piece_of(const char *text)
{
    return (struct piece){text, strlen(text)};
}

/* Copies a piece into the caller's string. Returns false if it does not fit. */
static inline bool piece_copy(struct piece piece, char *out, size_t size)
{
    if (piece.len >= size)
        return false;
    memcpy(out, piece.text, piece.len);
    out[piece.len] = '\0';
    return true;
}

/* Reads digits only, at least one; a number above max becomes max + 1. */
static inline bool piece_number(struct piece piece, uint32_t max, uint32_t *out)
{
    uint32_t value = 0;
    for (size_t i = 0; i < piece.len; i++) {
        if (piece.text[i] < '0' || piece.text[i] > '9')
            return false;
        value = value * 10 + (uint32_t)(piece.text[i] - '0');
        if (value > max)
            value = max + 1;
    }
    *out = value;
    return piece.len > 0;
}

#endif
