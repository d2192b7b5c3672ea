/* SPDX-License-Identifier: BSD-2-Clause */
#include "targets/journal.h"

#include <string.h>

#include "targets/siphash.h"

#define WORD            8
#define MAGIC_LEN       16
#define JOURNAL_VERSION 1
#define FIELDS          10                                /* of a binding */
#define HEADER_LEN      (MAGIC_LEN + WORD * (1 + FIELDS)) /* and the checksum behind it */

static const uint8_t magic[MAGIC_LEN] = {'t', 'c', 'p', 's', 'h', 'a', 'k', 'e',
                                         ' ', 'j', 'o', 'u', 'r', 'n', 'a', 'l'};
static const uint64_t header_key[2] = {JOURNAL_VERSION, JOURNAL_BLOCK};

static void put(uint8_t *at, uint64_t number)
{
    for (unsigned i = 0; i < WORD; i++)
        at[i] = (uint8_t)(number >> 8 * i);
}

static uint64_t get(const uint8_t *at)
{
    uint64_t number = 0;
    for (unsigned i = 0; i < WORD; i++)
        number |= (uint64_t)at[i] << 8 * i;
    return number;
}

/* The fields of a binding in the order of the file, and the text if one differs. */
static const struct {
    size_t offset;
    const char *difference;
} fields[FIELDS] = {
    {offsetof(struct journal_binding, targets), "other targets, ports, labels or expectations"},
    {offsetof(struct journal_binding, exclusions), "other exclusions"},
    {offsetof(struct journal_binding, plan), "another plan for each connection"},
    {offsetof(struct journal_binding, connections), "another number of connections to each target"},
    {offsetof(struct journal_binding, as_written), "another order"},
    {offsetof(struct journal_binding, seed), "another seed"},
    {offsetof(struct journal_binding, shard), "another shard"},
    {offsetof(struct journal_binding, shards), "another number of shards"},
    {offsetof(struct journal_binding, conditions), "other conditions of success"},
    {offsetof(struct journal_binding, form), "another form of the report"},
};

static uint64_t field_of(const struct journal_binding *binding, size_t i)
{
    uint64_t value;
    memcpy(&value, (const uint8_t *)binding + fields[i].offset, sizeof value);
    return value;
}

void journal_header_write(const struct journal_binding *binding, uint8_t out[JOURNAL_BLOCK])
{
    memset(out, 0, JOURNAL_BLOCK);
    memcpy(out, magic, MAGIC_LEN);
    put(out + MAGIC_LEN, JOURNAL_VERSION);
    for (size_t i = 0; i < FIELDS; i++)
        put(out + MAGIC_LEN + WORD * (1 + i), field_of(binding, i));
    put(out + HEADER_LEN, siphash_of(header_key, out, HEADER_LEN));
}

static bool is_zero(const uint8_t *octets, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (octets[i] != 0)
            return false;
    return true;
}

enum journal_header journal_header_read(const uint8_t *octets, size_t len, uint64_t file_size,
                                        struct journal_binding *binding)
{
    bool ours = memcmp(octets, magic, len < MAGIC_LEN ? len : MAGIC_LEN) == 0;
    if (!ours && !is_zero(octets, len))
        return JOURNAL_ALIEN;
    if (len == JOURNAL_BLOCK &&
        get(octets + HEADER_LEN) == siphash_of(header_key, octets, HEADER_LEN)) {
        for (size_t i = 0; i < FIELDS; i++) {
            uint64_t value = get(octets + MAGIC_LEN + WORD * (1 + i));
            memcpy((uint8_t *)binding + fields[i].offset, &value, sizeof value);
        }
        return JOURNAL_GOOD;
    }
    return file_size <= JOURNAL_BLOCK ? JOURNAL_EMPTY : JOURNAL_DAMAGED;
}

const char *journal_difference(const struct journal_binding *a, const struct journal_binding *b)
{
    for (size_t i = 0; i < FIELDS; i++)
        if (field_of(a, i) != field_of(b, i))
            return fields[i].difference;
    return NULL;
}

void journal_pending_put(uint8_t out[JOURNAL_PENDING_BYTES], const struct journal_pending *pending)
{
    put(out, pending->place);
    put(out + WORD, pending->reported);
}

struct journal_pending journal_pending_get(const struct journal_state *state, size_t i)
{
    const uint8_t *at = state->pending + i * JOURNAL_PENDING_BYTES;
    return (struct journal_pending){.place = get(at), .reported = get(at + WORD)};
}

/* The offsets in the head of a record. */
enum {
    AT_MARK = 0,
    AT_LENGTH = 8,
    AT_CHECKSUM = 16, /* of everything after it, and the length */
    AT_SEQUENCE = 24,
    AT_POSITION = 32,
    AT_OUTPUT = 40,
    AT_STATUS = 48,
    AT_PENDING = 56, /* the count */
    AT_SUMMARY = 64, /* the length */
};

#define MARK UINT64_C(0x0a64726f63657220) /* " record\n" */

size_t journal_record_size(const struct journal_state *state)
{
    return JOURNAL_HEAD_BYTES + state->pending_count * JOURNAL_PENDING_BYTES + state->summary_len;
}

static uint64_t checksum(const uint8_t *record, size_t len, const uint8_t header[JOURNAL_BLOCK],
                         uint64_t offset)
{
    const uint64_t key[2] = {get(header + HEADER_LEN), offset};
    struct siphash state;
    siphash_begin(&state, key);
    siphash_add_number(&state, len);
    siphash_add(&state, record + AT_SEQUENCE, len - AT_SEQUENCE);
    return siphash_end(&state);
}

static uint8_t *put_octets(uint8_t *at, const uint8_t *octets, size_t len)
{
    if (len > 0)
        memcpy(at, octets, len);
    return at + len;
}

void journal_record_write(const struct journal_state *state, const uint8_t header[JOURNAL_BLOCK],
                          uint64_t offset, uint8_t *out)
{
    size_t len = journal_record_size(state);
    put(out + AT_MARK, MARK);
    put(out + AT_LENGTH, len);
    put(out + AT_SEQUENCE, state->sequence);
    put(out + AT_POSITION, state->position);
    put(out + AT_OUTPUT, state->output_length);
    put(out + AT_STATUS, state->status);
    put(out + AT_PENDING, state->pending_count);
    put(out + AT_SUMMARY, state->summary_len);
    uint8_t *at = put_octets(out + JOURNAL_HEAD_BYTES, state->pending,
                             state->pending_count * JOURNAL_PENDING_BYTES);
    put_octets(at, state->summary, state->summary_len);
    put(out + AT_CHECKSUM, checksum(out, len, header, offset));
}

uint64_t journal_record_length(const uint8_t head[JOURNAL_HEAD_BYTES], uint64_t most)
{
    uint64_t length = get(head + AT_LENGTH);
    bool possible = get(head) == MARK && length >= JOURNAL_HEAD_BYTES && length <= most;
    return possible ? length : 0;
}

bool journal_record_read(const uint8_t *octets, size_t len, const uint8_t header[JOURNAL_BLOCK],
                         uint64_t offset, struct journal_state *state)
{
    if (get(octets + AT_CHECKSUM) != checksum(octets, len, header, offset))
        return false;
    *state = (struct journal_state){
        .sequence = get(octets + AT_SEQUENCE),
        .position = get(octets + AT_POSITION),
        .output_length = get(octets + AT_OUTPUT),
        .status = get(octets + AT_STATUS),
        .pending_count = (size_t)get(octets + AT_PENDING),
        .summary_len = (size_t)get(octets + AT_SUMMARY),
        .pending = octets + JOURNAL_HEAD_BYTES,
    };
    /* A checksum can be forged. */
    size_t rest = len - JOURNAL_HEAD_BYTES;
    if (state->pending_count > rest / JOURNAL_PENDING_BYTES ||
        state->summary_len != rest - state->pending_count * JOURNAL_PENDING_BYTES)
        return false;
    state->summary = state->pending + state->pending_count * JOURNAL_PENDING_BYTES;
    return true;
}

static uint64_t whole_blocks(uint64_t size)
{
    return (size + JOURNAL_BLOCK - 1) / JOURNAL_BLOCK * JOURNAL_BLOCK;
}

uint64_t journal_next_offset(uint64_t newest_offset, uint64_t newest_size, uint64_t size)
{
    if (newest_size == 0 || JOURNAL_BLOCK + whole_blocks(size) <= newest_offset)
        return JOURNAL_BLOCK;
    return newest_offset + whole_blocks(newest_size);
}
