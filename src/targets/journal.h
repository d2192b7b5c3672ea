/* SPDX-License-Identifier: BSD-2-Clause */
/* The contents of a journal. With it, a run that was killed can be resumed and reports each target
 * exactly once: it records the place in the walk, the targets begun before it and not yet reported,
 * and the length of the output at that time.
 *
 * The file consists of blocks. The first is the header, written once; it identifies the run.
 * Records follow; the one with the highest sequence number is valid. A record begins at a block and
 * never overwrites the record before it, so that a torn write loses only itself. The checksum of a
 * record is keyed with the header and its offset, so that no other data is taken for a record. All
 * numbers have eight octets, the lowest first. */
#ifndef TCPSHAKE_TARGETS_JOURNAL_H
#define TCPSHAKE_TARGETS_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOURNAL_BLOCK 4096

/* What a resumed run must have in common with the interrupted one. */
struct journal_binding {
    uint64_t targets, exclusions; /* their digests, see space_digest */
    uint64_t plan;                /* a digest of the plan of each connection */
    uint64_t connections;         /* to each target */
    uint64_t as_written;          /* 1: not permuted */
    uint64_t seed, shard, shards; /* of the walk */
    uint64_t conditions, form;    /* digests of what success is, and of how results are written */
};

/* Writes the header of a run. */
void journal_header_write(const struct journal_binding *binding, uint8_t out[JOURNAL_BLOCK]);

enum journal_header {
    JOURNAL_GOOD,
    JOURNAL_EMPTY, /* empty, or a header that was not completely written: begin anew */
    JOURNAL_ALIEN, /* another kind of file, which must not be changed */
    JOURNAL_DAMAGED,
};

/* Reads the header from the first octets of a file, JOURNAL_BLOCK or as many as it has. file_size
 * is the size of the file. */
enum journal_header journal_header_read(const uint8_t *octets, size_t len, uint64_t file_size,
                                        struct journal_binding *binding);

/* The first difference between two bindings as text, such as "another seed"; NULL: none. */
const char *journal_difference(const struct journal_binding *a, const struct journal_binding *b);

/* A target that was begun and not completely reported. */
struct journal_pending {
    uint64_t place;    /* in the walk */
    uint64_t reported; /* connections of it in the output */
};

struct journal_state {
    uint64_t sequence;      /* one more than that of the record before */
    uint64_t position;      /* of the walk */
    uint64_t output_length; /* of the output in octets, after it was synced */
    uint64_t status;        /* of a finished run; JOURNAL_UNFINISHED otherwise */
    const uint8_t *pending; /* encoded by journal_pending_put; borrowed */
    size_t pending_count;
    const uint8_t *summary; /* what the summary needs, encoded by the caller; borrowed */
    size_t summary_len;
};

#define JOURNAL_UNFINISHED    UINT64_MAX
#define JOURNAL_PENDING_BYTES 16

void journal_pending_put(uint8_t out[JOURNAL_PENDING_BYTES], const struct journal_pending *pending);
struct journal_pending journal_pending_get(const struct journal_state *state, size_t i);

/* The size of the record of a state. */
size_t journal_record_size(const struct journal_state *state);

/* Writes the record of a state, for that offset in a file with that header; out holds
 * journal_record_size octets. */
void journal_record_write(const struct journal_state *state, const uint8_t header[JOURNAL_BLOCK],
                          uint64_t offset, uint8_t *out);

#define JOURNAL_HEAD_BYTES 72 /* the part of a record that contains its size */

/* The size of the record with these first JOURNAL_HEAD_BYTES octets; 0: it is not a record, or
 * larger than most. */
uint64_t journal_record_length(const uint8_t head[JOURNAL_HEAD_BYTES], uint64_t most);

/* Reads the record at an offset, which has journal_record_length octets. *state borrows from
 * octets. Returns false if it is not a record of this file and offset, or is damaged. */
bool journal_record_read(const uint8_t *octets, size_t len, const uint8_t header[JOURNAL_BLOCK],
                         uint64_t offset, struct journal_state *state);

/* The offset for the next record, of the given size, if the newest one is at newest_offset with
 * newest_size octets (0: there is none). */
uint64_t journal_next_offset(uint64_t newest_offset, uint64_t newest_size, uint64_t size);

#endif
