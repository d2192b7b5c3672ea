/* SPDX-License-Identifier: BSD-2-Clause */
/* Values as octets. The same calls write and read them, so that both agree: each takes the present
 * value and returns it after writing, or returns the one that was read. Octets that are not valid
 * read as 0, and are noted. Numbers are LEB128 (DWARF 5, 7.6). */
#ifndef TCPSHAKE_BASE_ARCHIVE_H
#define TCPSHAKE_BASE_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct archive {
    uint8_t *out;      /* borrowed; NULL: it reads */
    const uint8_t *in; /* borrowed */
    size_t size;       /* of these octets */
    size_t at;         /* beyond size while writing: what size would have to be */
    bool broken;       /* what was read is not valid */
};

struct archive archive_to(uint8_t *out, size_t size);
struct archive archive_from(const uint8_t *in, size_t size);
bool archive_reads(const struct archive *archive);

/* Reading is complete: everything was valid, and nothing is left. */
bool archive_is_read(const struct archive *archive);

/* A number from 0 to most. */
uint64_t archive_number(struct archive *archive, uint64_t value, uint64_t most);
bool archive_bool(struct archive *archive, bool value);
int64_t archive_signed(struct archive *archive, int64_t value);

/* A finite number. */
double archive_real(struct archive *archive, double value);

/* The octets of an array. */
void archive_octets(struct archive *archive, uint8_t *octets, size_t len);

/* A NUL-terminated text of fewer than size octets. */
void archive_text(struct archive *archive, char *text, size_t size);

/* What the reader must know in advance, such as the length of an array. */
void archive_constant(struct archive *archive, uint64_t value);

/* Counts, most of which are 0. Reading adds to an array of zeros. */
void archive_sparse(struct archive *archive, uint64_t *counts, size_t size);

#endif
