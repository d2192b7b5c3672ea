/* SPDX-License-Identifier: BSD-2-Clause */
/* Compressed bytes, told by their magic number and unpacked as they are read. Memory is bounded by
 * what the format may look back, never by what the data swells to. */
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

/* Where compressed bytes come from; returns as read(2) does. */
typedef ssize_t decompressor_source(void *context, void *out, size_t size);

/* NULL with *error set, without the path, where the program was built without that library or
 * memory is short. */
struct decompressor *decompressor_new(enum compression compression, decompressor_source *source,
                                      void *context, struct error *error);
void decompressor_free(struct decompressor *decompressor); /* NULL is allowed */

/* Returns as read(2) does: what was unpacked before a fault comes first. -1 with errno EBADMSG
 * where the data is at fault; then decompressor_problem says how, and it stays so. */
ssize_t decompressor_read(struct decompressor *decompressor, void *out, size_t size);
const char *decompressor_problem(const struct decompressor *decompressor); /* or NULL */

#endif
