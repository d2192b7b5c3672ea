/* SPDX-License-Identifier: BSD-2-Clause */
/* Compressed bytes, told by their magic number and unpacked piece by piece: the caller gives bytes
 * in and takes bytes out. Memory is bounded by what the format may look back, never by what the
 * data swells to. */
#ifndef TCPSHAKE_FILES_DECOMPRESS_H
#define TCPSHAKE_FILES_DECOMPRESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

#define COMPRESSION_MAGIC_MAX 4

enum compression {
    COMPRESSION_NONE,
    COMPRESSION_GZIP,
    COMPRESSION_ZSTD,
    COMPRESSION_XZ,
    COMPRESSION_COUNT,
};

/* By the first bytes; COMPRESSION_NONE for everything else. */
enum compression compression_by_magic(const uint8_t *magic, size_t len);

struct decompressor;

/* NULL with *error set, without the path, where the program was built without that library or
 * memory is short. */
struct decompressor *decompressor_new(enum compression compression, struct error *error);
void decompressor_free(struct decompressor *decompressor); /* NULL is allowed */

#define DECOMPRESSOR_WANTS_INPUT (-2)

/* Unpacks into out. Returns the number of bytes, 0 at the end, DECOMPRESSOR_WANTS_INPUT when all
 * that was given is used up, or -1 where the data is at fault: then decompressor_problem says how,
 * and it stays so. What was unpacked before a fault comes first. */
ssize_t decompressor_read(struct decompressor *decompressor, void *out, size_t size);

/* Where the next compressed bytes go, at most *size of them. To be called when input is wanted. */
uint8_t *decompressor_room(struct decompressor *decompressor, size_t *size);

/* So many were put there; 0: there are no more. */
void decompressor_given(struct decompressor *decompressor, size_t len);

const char *decompressor_problem(const struct decompressor *decompressor); /* or NULL */

#endif
