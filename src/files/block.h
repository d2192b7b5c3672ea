/* SPDX-License-Identifier: BSD-2-Clause */
/* The blocks that a pcapng file consists of, and the options in them: draft-ietf-opsawg-pcapng, 3.
 * One block is in memory at a time. */
#ifndef TCPSHAKE_FILES_BLOCK_H
#define TCPSHAKE_FILES_BLOCK_H

#include <stdio.h>

#include "base/error.h"
#include "wire/bytes.h"

#define BLOCK_MAX (16u << 20) /* a longer one that has to be kept is corrupt */

enum {
    BLOCK_SECTION_HEADER = 0x0a0d0d0a, /* the same number in both byte orders */
    BLOCK_BYTE_ORDER_MAGIC = 0x1a2b3c4d,
};

struct blocks {
    FILE *file;                   /* borrowed, at the start of a block */
    uint64_t offset, next_offset; /* of the block, of the one behind it */
    uint64_t number;              /* of the block, from 1 */
    bool little_endian;
    uint8_t *bytes; /* body of the block, owned */
    size_t capacity;
};

/* A block's body, or what is left of it, in the byte order of its section. */
struct body {
    struct cursor at;
    bool little_endian;
    bool unpadded; /* written without filling values up to a multiple of four octets */
};

/* What becomes of the bodies of a type of block. */
enum block_use {
    BLOCK_SKIPPED,   /* read past, however long; its body is empty */
    BLOCK_USEFUL,    /* kept, unless it is longer than BLOCK_MAX: then skipped */
    BLOCK_NECESSARY, /* kept; longer than BLOCK_MAX is an error */
};

typedef enum block_use block_judge(uint32_t type);

/* The next block: 1 with *type and *body (borrowed until the next call), 0 at the end of the file,
 * -1 with *error set (STATUS_RUN). */
int blocks_next(struct blocks *blocks, block_judge *judge, uint32_t *type, struct body *body,
                struct error *error);
void blocks_end(struct blocks *blocks); /* frees what it owns */

/* Sets *error to what is wrong with the block, and its place. Returns -1. */
int blocks_corrupt(const struct blocks *blocks, const char *what, struct error *error);

struct option {
    uint16_t code;
    struct body value;
};

/* Takes the option that options begins with: 1 with *option, 0 at the end of the list, -1 where it
 * runs past its block. */
int block_option(struct body *options, struct option *option);

/* Takes a value of len octets and its padding, which may be missing at the end of the block.
 * Returns false where the block ends before. */
bool body_take(struct body *body, size_t len, struct cursor *out);

static inline bool body_u16(struct body *body, uint16_t *out)
{
    if (!cursor_be16(&body->at, out))
        return false;
    if (body->little_endian)
        *out = __builtin_bswap16(*out);
    return true;
}

static inline bool body_u32(struct body *body, uint32_t *out)
{
    if (!cursor_be32(&body->at, out))
        return false;
    if (body->little_endian)
        *out = __builtin_bswap32(*out);
    return true;
}

#endif
