/* SPDX-License-Identifier: BSD-2-Clause */
/* Compressed data in pieces of one size and of another: what comes out is the same, and whether it
 * is found wrong; a library may only find out sooner. Octets: the size of the pieces (two), then
 * the data. */
#include <stdlib.h>
#include <string.h>

#include "files/decompress.h"
#include "fuzz.h"

#define OUT_MAX (1u << 18) /* data may swell without end */

struct source {
    struct cursor data;
    size_t piece;
};

struct unpacked {
    uint8_t *bytes;
    size_t len;
    bool ended, bad;
};

static void give(struct source *source, struct decompressor *d)
{
    size_t size;
    uint8_t *room = decompressor_room(d, &size);
    struct cursor piece = source->data;
    cursor_limit(&piece, size < source->piece ? size : source->piece);
    memcpy(room, piece.at, piece.left);
    cursor_skip(&source->data, piece.left);
    decompressor_given(d, piece.left);
}

static bool unpack(enum compression compression, struct cursor data, size_t piece,
                   struct unpacked *out)
{
    struct source source = {data, piece};
    struct error error;
    struct decompressor *d = decompressor_new(compression, &error);
    if (d == NULL)
        return false; /* built without that library */
    *out = (struct unpacked){.bytes = malloc(OUT_MAX)};
    CHECK(out->bytes != NULL);
    while (out->len < OUT_MAX && !out->ended && !out->bad) {
        size_t room = OUT_MAX - out->len;
        ssize_t len = decompressor_read(d, out->bytes + out->len, room < piece ? room : piece);
        if (len == DECOMPRESSOR_WANTS_INPUT) {
            give(&source, d);
            continue;
        }
        CHECK(len <= (ssize_t)room);
        out->ended = len == 0;
        out->bad = len < 0;
        out->len += len > 0 ? (size_t)len : 0;
    }
    CHECK(out->len == OUT_MAX || out->bad == (decompressor_problem(d) != NULL));
    if (out->bad)
        CHECK(decompressor_read(d, out->bytes, 1) == -1);
    decompressor_free(d);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor in = cursor_over(data, size);
    struct unpacked whole, pieces;
    size_t piece = 1u + take_be16(&in) % 1024;
    enum compression compression = compression_by_magic(in.at, in.left);
    if (compression == COMPRESSION_NONE || !unpack(compression, in, OUT_MAX, &whole))
        return 0;
    CHECK(unpack(compression, in, piece, &pieces));
    CHECK(whole.bad == pieces.bad && whole.ended == pieces.ended);
    CHECK(whole.bad || whole.len == pieces.len);
    CHECK(memcmp(whole.bytes, pieces.bytes, whole.len < pieces.len ? whole.len : pieces.len) == 0);
    free(whole.bytes);
    free(pieces.bytes);
    return 0;
}
