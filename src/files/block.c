/* SPDX-License-Identifier: BSD-2-Clause */
/* Every length is checked against what holds it, and what is allocated is bounded by BLOCK_MAX and
 * by bytes that were really read.
 *
 * The draft wants lengths that are multiples of four. Some writers did not fill up the block, some
 * filled it up and did not count that: where a length is no multiple, its repetition at the end
 * tells which. */
#include "files/block.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OVERHEAD       12u /* type, length, and length again */
#define FIRST_CAPACITY 65536

static size_t padding_of(size_t len)
{
    return (4 - len % 4) % 4;
}

int blocks_corrupt(const struct blocks *blocks, const char *what, struct error *error)
{
    return error_set(error, STATUS_RUN, "block %llu at byte %llu: %s",
                     (unsigned long long)blocks->number, (unsigned long long)blocks->offset, what);
}

static int cut_short(const struct blocks *blocks, struct error *error)
{
    const char *reason = ferror(blocks->file) ? strerror(errno) : "the file is truncated";
    return blocks_corrupt(blocks, reason, error);
}

static int read_exactly(struct blocks *blocks, uint8_t *out, size_t len, struct error *error)
{
    if (fread(out, 1, len, blocks->file) == len)
        return 0;
    return cut_short(blocks, error);
}

/* Room for len bytes of a body; grown by doubling, so that a false length costs no more than the
 * file is long. */
static int grow(struct blocks *blocks, size_t len, struct error *error)
{
    size_t capacity = blocks->capacity ? blocks->capacity : FIRST_CAPACITY;
    while (capacity < len)
        capacity *= 2;
    if (capacity == blocks->capacity)
        return 0;
    uint8_t *bytes = realloc(blocks->bytes, capacity);
    if (!bytes)
        return error_set_memory(error, "out of memory");
    blocks->bytes = bytes;
    blocks->capacity = capacity;
    return 0;
}

/* What follows the bytes that are there already, up to len of them. */
static int read_kept(struct blocks *blocks, size_t have, size_t len, struct error *error)
{
    for (size_t done = have; done < len;) {
        size_t part = len - done < FIRST_CAPACITY ? len - done : FIRST_CAPACITY;
        if (grow(blocks, done + part, error) != 0 ||
            read_exactly(blocks, blocks->bytes + done, part, error) != 0)
            return -1;
        done += part;
    }
    return 0;
}

static int read_past(struct blocks *blocks, size_t len, struct error *error)
{
    for (size_t left = len; left > 0;) {
        size_t part = left < FIRST_CAPACITY ? left : FIRST_CAPACITY;
        if (grow(blocks, part, error) != 0 || read_exactly(blocks, blocks->bytes, part, error) != 0)
            return -1;
        left -= part;
    }
    return 0;
}

static bool is_length(const struct blocks *blocks, const uint8_t *octets, uint32_t total_len)
{
    struct body again = {cursor_over(octets, 4), blocks->little_endian, false};
    uint32_t value = 0;
    return body_u32(&again, &value) && value == total_len;
}

/* The length at the end of the block; filled says how many octets of padding stood before it that
 * were not counted. */
static int read_length_again(struct blocks *blocks, uint32_t total_len, size_t *filled,
                             struct error *error)
{
    uint8_t octets[4 + 3];
    *filled = 0;
    if (read_exactly(blocks, octets, 4, error) != 0)
        return -1;
    if (is_length(blocks, octets, total_len))
        return 0;
    *filled = padding_of(total_len);
    if (*filled == 0)
        return blocks_corrupt(blocks, "its two length fields differ", error);
    if (read_exactly(blocks, octets + 4, *filled, error) != 0)
        return -1;
    return is_length(blocks, octets + *filled, total_len)
               ? 0
               : blocks_corrupt(blocks, "its two length fields differ", error);
}

/* A section may change the byte order, and its length is in the new one: so its magic is read
 * first. */
static int read_byte_order(struct blocks *blocks, struct error *error)
{
    uint32_t magic = 0;
    if (read_kept(blocks, 0, sizeof magic, error) != 0)
        return -1;
    struct cursor at = cursor_over(blocks->bytes, sizeof magic);
    cursor_be32(&at, &magic);
    if (magic != BLOCK_BYTE_ORDER_MAGIC && magic != __builtin_bswap32(BLOCK_BYTE_ORDER_MAGIC))
        return blocks_corrupt(blocks, "a section header without a byte-order magic number", error);
    blocks->little_endian = magic != BLOCK_BYTE_ORDER_MAGIC;
    return 0;
}

/* What stands behind the lengths of a block; have octets of it were read. */
static int read_body(struct blocks *blocks, enum block_use use, uint32_t total_len, size_t have,
                     struct body *body, struct error *error)
{
    size_t len = total_len - OVERHEAD, filled;
    bool kept = use != BLOCK_SKIPPED && total_len <= BLOCK_MAX;
    if (use == BLOCK_NECESSARY && !kept)
        return blocks_corrupt(blocks, "an invalid block length", error);
    if ((kept ? read_kept(blocks, have, len, error) : read_past(blocks, len, error)) != 0 ||
        read_length_again(blocks, total_len, &filled, error) != 0)
        return -1;
    bool unpadded = total_len % 4 != 0 && filled == 0;
    *body =
        (struct body){cursor_over(blocks->bytes, kept ? len : 0), blocks->little_endian, unpadded};
    blocks->next_offset += total_len + filled;
    return 1;
}

int blocks_next(struct blocks *blocks, block_judge *judge, uint32_t *type, struct body *body,
                struct error *error)
{
    uint8_t header[8];
    uint32_t total_len = 0;
    size_t have = 0;
    size_t got = fread(header, 1, sizeof header, blocks->file);
    if (got == 0 && !ferror(blocks->file))
        return 0;
    blocks->number++;
    blocks->offset = blocks->next_offset;
    if (got < sizeof header)
        return cut_short(blocks, error);
    struct body start = {cursor_over(header, sizeof header), blocks->little_endian, false};
    body_u32(&start, type);
    if (*type == BLOCK_SECTION_HEADER) {
        if (read_byte_order(blocks, error) != 0)
            return -1;
        start.little_endian = blocks->little_endian;
        have = 4;
    }
    body_u32(&start, &total_len);
    if (total_len < OVERHEAD + have)
        return blocks_corrupt(blocks, "an invalid block length", error);
    return read_body(blocks, judge(*type), total_len, have, body, error);
}

void blocks_end(struct blocks *blocks)
{
    free(blocks->bytes);
}

bool body_take(struct body *body, size_t len, struct cursor *out)
{
    if (!cursor_take(&body->at, len, out))
        return false;
    if (!body->unpadded && !cursor_skip(&body->at, padding_of(len)))
        body->at.left = 0;
    return true;
}

int block_option(struct body *options, struct option *option)
{
    uint16_t len;
    if (options->at.left == 0)
        return 0;
    if (!body_u16(options, &option->code) || !body_u16(options, &len))
        return -1;
    if (option->code == 0)
        return 0;
    option->value = *options;
    return body_take(options, len, &option->value.at) ? 1 : -1;
}
