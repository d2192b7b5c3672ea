/* SPDX-License-Identifier: BSD-2-Clause */
/* What a journal says after its file was cut, torn or spoilt anywhere: a state that was written, or
 * none, and never another. The file is an array here; tests/unit/files/check_journalfile has a real
 * one. */
#include <string.h>

#include "harness.h"
#include "targets/journal.h"
#include "targets/siphash.h"

#define FILE_MAX (16 * JOURNAL_BLOCK)
#define STATES   12

static const struct journal_binding binding = {1, 2, 3, 4, 0, 6, 1, 8, 9, 10};

static uint8_t file[FILE_MAX];
static uint64_t file_size;

/* State i has the more pending targets the more its number is of a certain kind, so that records of
 * one and of several blocks take turns. */
static void make_state(uint64_t i, struct journal_state *state)
{
    static uint8_t pending[1000 * JOURNAL_PENDING_BYTES], summary[] = "what the summary needs";
    size_t count = i % 4 == 3 ? 300 : i % 3 == 2 ? 100 : i;
    for (size_t j = 0; j < count; j++)
        journal_pending_put(pending + j * JOURNAL_PENDING_BYTES,
                            &(struct journal_pending){.place = 1000 * i + j, .reported = j % 3});
    *state = (struct journal_state){
        .sequence = i + 1,
        .position = 7777 * i,
        .output_length = 123456789 * i,
        .status = i + 1 == STATES ? 1 : JOURNAL_UNFINISHED,
        .pending = pending,
        .pending_count = count,
        .summary = summary,
        .summary_len = i % 2 == 0 ? sizeof summary : 0,
    };
}

static bool same_state(const struct journal_state *a, const struct journal_state *b)
{
    return a->sequence == b->sequence && a->position == b->position &&
           a->output_length == b->output_length && a->status == b->status &&
           a->pending_count == b->pending_count && a->summary_len == b->summary_len &&
           memcmp(a->pending, b->pending, a->pending_count * JOURNAL_PENDING_BYTES) == 0 &&
           memcmp(a->summary, b->summary, a->summary_len) == 0;
}

/* Finds the newest record, as whoever opens the file does. Returns its sequence number, 0 for none;
 * -1 where the header is refused. */
static int64_t read_file(void)
{
    struct journal_binding found;
    struct journal_state state, wanted;
    uint64_t newest = 0;
    uint64_t header_len = file_size < JOURNAL_BLOCK ? file_size : JOURNAL_BLOCK;
    uint8_t *header = guarded_copy(file, header_len);
    enum journal_header kind = journal_header_read(header, header_len, file_size, &found);
    guarded_free(header, header_len);
    if (kind == JOURNAL_EMPTY)
        return 0;
    if (kind != JOURNAL_GOOD)
        return -1;
    ck_assert_ptr_null(journal_difference(&found, &binding));
    for (uint64_t at = JOURNAL_BLOCK; at + JOURNAL_HEAD_BYTES <= file_size; at += JOURNAL_BLOCK) {
        uint64_t len = journal_record_length(file + at, file_size - at);
        if (len == 0 || !journal_record_read(file + at, len, file, at, &state))
            continue;
        make_state(state.sequence - 1, &wanted);
        ck_assert_uint_le(state.sequence, STATES);
        ck_assert_msg(same_state(&state, &wanted), "a state that was never written");
        newest = state.sequence > newest ? state.sequence : newest;
    }
    return (int64_t)newest;
}

static uint64_t newest_offset, newest_size;
static uint8_t record[FILE_MAX];

static void begin(void)
{
    journal_header_write(&binding, file);
    file_size = JOURNAL_BLOCK;
    newest_offset = newest_size = 0;
}

/* The record of state i and where it goes; returns its length. */
static uint64_t prepare(uint64_t i, uint64_t *offset)
{
    struct journal_state state;
    make_state(i, &state);
    uint64_t size = journal_record_size(&state);
    *offset = journal_next_offset(newest_offset, newest_size, size);
    ck_assert_uint_eq(*offset % JOURNAL_BLOCK, 0);
    ck_assert_uint_le(*offset + size, FILE_MAX);
    ck_assert(newest_size == 0 || *offset + size <= newest_offset ||
              *offset >= newest_offset + newest_size);
    journal_record_write(&state, file, *offset, record);
    newest_offset = *offset;
    newest_size = size;
    return size;
}

static void put(uint64_t offset, uint64_t len)
{
    memcpy(file + offset, record, len);
    file_size = offset + len > file_size ? offset + len : file_size;
}

/* Killed after each octet of each write: what was there before counts, until the last octet is
 * (that may stand there from an older record). */
START_TEST(survives_a_torn_write)
{
    static uint8_t before[FILE_MAX];
    begin();
    for (uint64_t i = 0; i < STATES; i++) {
        uint64_t offset, size = prepare(i, &offset), old_size = file_size;
        memcpy(before, file, sizeof before);
        for (uint64_t cut = 0; cut < size; cut += cut < 200 || cut + 200 > size ? 1 : 97) {
            put(offset, cut);
            bool same = memcmp(file + offset + cut, record + cut, size - cut) == 0;
            ck_assert_int_eq(read_file(), (int64_t)i + (same && file_size >= offset + size));
            memcpy(file, before, sizeof file);
            file_size = old_size;
        }
        put(offset, size);
        ck_assert_int_eq(read_file(), (int64_t)i + 1);
    }
}
END_TEST

/* Sectors that reached the disk in another order. */
START_TEST(survives_sectors_in_any_order)
{
    static uint8_t before[FILE_MAX];
    uint64_t seed = 5;
    begin();
    for (uint64_t i = 0; i < STATES; i++) {
        uint64_t offset, size = prepare(i, &offset), old_size = file_size;
        memcpy(before, file, sizeof before);
        for (int round = 0; round < 20; round++) {
            bool all = true;
            for (uint64_t at = 0; at < size; at += 512) {
                uint64_t len = size - at < 512 ? size - at : 512;
                bool written = next_random(&seed) % 4 != 0;
                bool matters = memcmp(file + offset + at, record + at, len) != 0;
                all = all && (written || !matters);
                if (written)
                    memcpy(file + offset + at, record + at, len);
            }
            file_size = offset + size > old_size ? offset + size : old_size;
            ck_assert_int_eq(read_file(), (int64_t)i + all);
            memcpy(file, before, sizeof file);
            file_size = old_size;
        }
        put(offset, size);
    }
}
END_TEST

static void write_all(void)
{
    begin();
    for (uint64_t i = 0; i < STATES; i++) {
        uint64_t offset, size = prepare(i, &offset);
        put(offset, size);
    }
}

/* Each octet spoilt in turn: a state that was written, or a header that is refused, but where the
 * octet does not matter. */
START_TEST(notices_every_spoilt_octet)
{
    write_all();
    int64_t newest = read_file();
    ck_assert_int_eq(newest, STATES);
    for (uint64_t at = 0; at < file_size; at++) {
        file[at] ^= 0x41;
        int64_t found = read_file();
        bool in_header = at < 16 + 8 * 11 + 8;
        bool in_newest = at >= newest_offset && at < newest_offset + newest_size;
        if (in_header)
            ck_assert_msg(found == -1, "octet %d of the header", (int)at);
        else if (in_newest)
            ck_assert_msg(found > 0 && found < newest, "octet %d of the newest", (int)at);
        else
            ck_assert_int_eq(found, newest);
        file[at] ^= 0x41;
    }
}
END_TEST

/* Cut at each octet: the newest state that is whole, or a journal that begins anew. */
START_TEST(survives_every_cut)
{
    write_all();
    uint64_t whole = file_size;
    int64_t before = 0;
    for (file_size = 0; file_size <= whole; file_size++) {
        int64_t found = read_file();
        ck_assert_int_ge(found, 0);
        if (file_size <= JOURNAL_BLOCK)
            ck_assert_int_eq(found, 0);
        ck_assert_int_ge(found, before);
        before = found;
    }
    ck_assert_int_eq(before, STATES);
}
END_TEST

START_TEST(keeps_files_of_another_kind)
{
    static const char *const texts[] = {"tcpshake's notes", "192.0.2.1:80\n", "tcpshakE", "x"};
    struct journal_binding found;
    uint8_t zeros[64] = {0};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        size_t len = strlen(texts[i]);
        ck_assert_int_eq(journal_header_read((const uint8_t *)texts[i], len, len, &found),
                         JOURNAL_ALIEN);
    }
    ck_assert_int_eq(journal_header_read(zeros, sizeof zeros, sizeof zeros, &found), JOURNAL_EMPTY);
    ck_assert_int_eq(journal_header_read(zeros, 0, 0, &found), JOURNAL_EMPTY);
    ck_assert_int_eq(journal_header_read((const uint8_t *)"tcpsh", 5, 5, &found), JOURNAL_EMPTY);
    begin();
    file[20] ^= 1;
    ck_assert_int_eq(journal_header_read(file, JOURNAL_BLOCK, JOURNAL_BLOCK, &found),
                     JOURNAL_EMPTY);
    ck_assert_int_eq(journal_header_read(file, JOURNAL_BLOCK, JOURNAL_BLOCK + 1, &found),
                     JOURNAL_DAMAGED);
}
END_TEST

START_TEST(names_what_differs)
{
    static const char *const words[] = {"targets", "exclusions", "plan",   "connections", "order",
                                        "seed",    "shard",      "shards", "success",     "report"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct journal_binding other = binding;
        ((uint64_t *)&other)[i]++;
        const char *difference = journal_difference(&binding, &other);
        ck_assert_ptr_nonnull(difference);
        ck_assert_msg(strstr(difference, words[i]) != NULL, "%s: %s", words[i], difference);
    }
    ck_assert_ptr_null(journal_difference(&binding, &binding));
}
END_TEST

/* A record of another journal, or of another place, is none. */
START_TEST(takes_no_record_of_others)
{
    struct journal_state state;
    uint8_t other_header[JOURNAL_BLOCK];
    uint64_t offset;
    begin();
    uint64_t size = prepare(1, &offset);
    struct journal_binding other = binding;
    other.seed++;
    journal_header_write(&other, other_header);
    ck_assert(journal_record_read(record, size, file, offset, &state));
    ck_assert(!journal_record_read(record, size, other_header, offset, &state));
    ck_assert(!journal_record_read(record, size, file, offset + JOURNAL_BLOCK, &state));
    ck_assert(!journal_record_read(record, size - 1, file, offset, &state));
    ck_assert_uint_eq(journal_record_length(record, size - 1), 0);
    record[0]++;
    ck_assert_uint_eq(journal_record_length(record, size), 0);
}
END_TEST

static void put_number(uint8_t *at, uint64_t number)
{
    for (unsigned i = 0; i < 8; i++)
        at[i] = (uint8_t)(number >> 8 * i);
}

/* Gives a record the checksum that is right for what it says. */
static void forge(size_t len, uint64_t offset)
{
    uint64_t key[2] = {0, offset};
    struct siphash hash;
    for (unsigned i = 0; i < 8; i++)
        key[0] |= (uint64_t)file[16 + 8 * 11 + i] << 8 * i;
    siphash_begin(&hash, key);
    siphash_add_number(&hash, len);
    siphash_add(&hash, record + 24, len - 24);
    put_number(record + 16, siphash_end(&hash));
}

/* Counts that do not fit into the record, though its checksum is right. */
START_TEST(is_bounded)
{
    static const uint64_t counts[][2] = {
        {2, 0}, {1, 1}, {0, 0}, {UINT64_MAX, 0}, {UINT64_C(1) << 60, 16}, {0, UINT64_MAX}};
    struct journal_state state, honest;
    begin();
    make_state(1, &honest);
    honest.summary_len = 0;
    size_t len = journal_record_size(&honest);
    journal_record_write(&honest, file, JOURNAL_BLOCK, record);
    forge(len, JOURNAL_BLOCK);
    ck_assert(journal_record_read(record, len, file, JOURNAL_BLOCK, &state));
    ck_assert_uint_eq(journal_pending_get(&state, 0).place, 1000);
    ck_assert_uint_eq(journal_pending_get(&state, 0).reported, 0);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        put_number(record + 56, counts[i][0]);
        put_number(record + 64, counts[i][1]);
        forge(len, JOURNAL_BLOCK);
        ck_assert(!journal_record_read(record, len, file, JOURNAL_BLOCK, &state));
    }
}
END_TEST

START_TEST(stays_small)
{
    begin();
    for (uint64_t i = 0; i < 100; i++) {
        struct journal_state state;
        make_state(3, &state);
        uint64_t size = journal_record_size(&state);
        uint64_t offset = journal_next_offset(newest_offset, newest_size, size);
        ck_assert_uint_le(offset + size, JOURNAL_BLOCK + 2 * (size + JOURNAL_BLOCK));
        newest_offset = offset;
        newest_size = size;
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("journal");
    TCase *journal = tcase_create("journal");
    tcase_add_test(journal, survives_a_torn_write);
    tcase_add_test(journal, survives_sectors_in_any_order);
    tcase_add_test(journal, notices_every_spoilt_octet);
    tcase_add_test(journal, survives_every_cut);
    tcase_add_test(journal, keeps_files_of_another_kind);
    tcase_add_test(journal, names_what_differs);
    tcase_add_test(journal, takes_no_record_of_others);
    tcase_add_test(journal, is_bounded);
    tcase_add_test(journal, stays_small);
    suite_add_tcase(suite, journal);
    return run_suite(suite);
}
