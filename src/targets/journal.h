/* SPDX-License-Identifier: BSD-2-Clause */
/* What a journal holds, as octets. A journal lets a run that was killed go on with each target
 * reported once: it says up to which place of the walk targets were begun, which of those were not
 * yet reported, and how long the output was then.
 *
 * The file consists of blocks. The first is the header, written once: what run it belongs to.
 * Behind it are records; the one with the highest sequence number counts. Each begins at a block,
 * and is written where the one before it is not, so that it does no harm when it is torn. The
 * checksum of a record is keyed by the header and by its place, so that nothing else is taken for a
 * record. All numbers are of eight octets, the lowest first. */
#ifndef TCPSHAKE_TARGETS_JOURNAL_H
#define TCPSHAKE_TARGETS_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOURNAL_BLOCK 4096

/* What a run has to have in common with the one that it goes on with. */
struct journal_binding {
    uint64_t targets, exclusions; /* their digests, see space_digest */
    uint64_t plan;                /* a digest of what each connection is to do */
    uint64_t connections;         /* to each target */
    uint64_t as_written;          /* 1: not permuted */
    uint64_t seed, shard, shards; /* of the walk */
};

/* Writes the header of a run. */
void journal_header_write(const struct journal_binding *binding, uint8_t out[JOURNAL_BLOCK]);

enum journal_header {
    JOURNAL_GOOD,
    JOURNAL_EMPTY, /* nothing yet, or a header that was torn when it was made: begin anew */
    JOURNAL_ALIEN, /* a file of another kind, which is not to be touched */
    JOURNAL_DAMAGED,
};

/* Reads the header from the first octets of a file, JOURNAL_BLOCK or all there are. file_size is
 * the size of the file. */
enum journal_header journal_header_read(const uint8_t *octets, size_t len, uint64_t file_size,
                                        struct journal_binding *binding);

/* What differs first between two bindings, as one names it: "other targets or ports"; NULL:
 * nothing. */
const char *journal_difference(const struct journal_binding *a, const struct journal_binding *b);

/* A target that was begun and not fully reported. */
struct journal_pending {
    uint64_t place;    /* in the walk */
    uint64_t reported; /* connections of it in the output */
};

struct journal_state {
    uint64_t sequence;      /* one more than that of the record before */
    uint64_t position;      /* of the walk */
    uint64_t output_length; /* octets that the output had, after it was synced */
    uint64_t status;        /* of a finished run; JOURNAL_UNFINISHED otherwise */
    const uint8_t *pending; /* encoded by journal_pending_put; borrowed */
    size_t pending_count;
    const uint8_t *summary; /* what the summary needs, as the caller encodes it; borrowed */
    size_t summary_len;
};

#define JOURNAL_UNFINISHED    UINT64_MAX
#define JOURNAL_PENDING_BYTES 16

void journal_pending_put(uint8_t out[JOURNAL_PENDING_BYTES], const struct journal_pending *pending);
struct journal_pending journal_pending_get(const struct journal_state *state, size_t i);

/* How long the record of a state is. */
size_t journal_record_size(const struct journal_state *state);

/* Writes the record of a state, for that offset in a file with that header; out holds
 * journal_record_size octets. */
void journal_record_write(const struct journal_state *state, const uint8_t header[JOURNAL_BLOCK],
                          uint64_t offset, uint8_t *out);

#define JOURNAL_HEAD_BYTES 72 /* of a record: so many tell its size */

/* How long the record is whose first JOURNAL_HEAD_BYTES octets these are; 0: there is none, or it
 * would be longer than most. */
uint64_t journal_record_length(const uint8_t head[JOURNAL_HEAD_BYTES], uint64_t most);

/* Reads the record of an offset, which is journal_record_length octets long. *state borrows from
 * octets. Returns false for what is no record of this file and offset, or is damaged. */
bool journal_record_read(const uint8_t *octets, size_t len, const uint8_t header[JOURNAL_BLOCK],
                         uint64_t offset, struct journal_state *state);

/* Where the next record is written, of that size, when the newest one is newest_size long at
 * newest_offset; newest_size 0: there is none. */
uint64_t journal_next_offset(uint64_t newest_offset, uint64_t newest_size, uint64_t size);

#endif
