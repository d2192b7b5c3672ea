/* SPDX-License-Identifier: BSD-2-Clause */
/* Values are read as they were written; octets that are cut or spoilt are noted, and read as values
 * in their bounds. */
#include "base/archive.h"

#include <float.h>
#include <string.h>

#include "harness.h"

#define COUNTS 300

struct values {
    uint64_t large, small;
    bool yes, no;
    int64_t least, negative, most;
    double zero, real, huge;
    uint8_t octets[4];
    char text[16], empty[16];
    uint64_t counts[COUNTS];
};

static const struct values original = {
    .large = UINT64_MAX,
    .small = 127,
    .yes = true,
    .least = INT64_MIN,
    .negative = -1,
    .most = INT64_MAX,
    .real = -0.1,
    .huge = DBL_MAX,
    .octets = {0, 255, 1, 128},
    .text = "as written \xff",
    .counts = {1, [7] = UINT64_MAX, [8] = 128, [COUNTS - 1] = 3},
};

static void visit(struct archive *archive, struct values *values)
{
    archive_constant(archive, 4711);
    values->large = archive_number(archive, values->large, UINT64_MAX);
    values->small = archive_number(archive, values->small, 127);
    values->yes = archive_bool(archive, values->yes);
    values->no = archive_bool(archive, values->no);
    values->least = archive_signed(archive, values->least);
    values->negative = archive_signed(archive, values->negative);
    values->most = archive_signed(archive, values->most);
    values->zero = archive_real(archive, values->zero);
    values->real = archive_real(archive, values->real);
    values->huge = archive_real(archive, values->huge);
    archive_octets(archive, values->octets, sizeof values->octets);
    archive_text(archive, values->text, sizeof values->text);
    archive_text(archive, values->empty, sizeof values->empty);
    archive_sparse(archive, values->counts, COUNTS);
}

static uint8_t octets[1024];

static void check_values(const struct values *values)
{
    ck_assert_uint_eq(values->large, original.large);
    ck_assert_uint_eq(values->small, original.small);
    ck_assert(values->yes && !values->no);
    ck_assert_int_eq(values->least, original.least);
    ck_assert_int_eq(values->negative, original.negative);
    ck_assert_int_eq(values->most, original.most);
    ck_assert(values->zero == 0 && values->real == original.real && values->huge == original.huge);
    ck_assert_int_eq(memcmp(values->octets, original.octets, sizeof values->octets), 0);
    ck_assert_str_eq(values->text, original.text);
    ck_assert_str_eq(values->empty, "");
    ck_assert_int_eq(memcmp(values->counts, original.counts, sizeof values->counts), 0);
}

static size_t write_original(size_t room)
{
    struct values values = original;
    struct archive archive = archive_to(octets, room);
    visit(&archive, &values);
    ck_assert(!archive_reads(&archive));
    check_values(&values);
    return archive.at;
}

static bool read_back(const uint8_t *from, size_t len, struct values *values)
{
    uint8_t *copy = guarded_copy(from, len);
    struct archive archive = archive_from(copy, len);
    memset(values, 0, sizeof *values);
    ck_assert(archive_reads(&archive));
    visit(&archive, values);
    bool good = archive_is_read(&archive);
    guarded_free(copy, len);
    return good;
}

START_TEST(reads_what_was_written)
{
    struct values values;
    size_t len = write_original(sizeof octets);
    ck_assert_uint_lt(len, 150);
    ck_assert(read_back(octets, len, &values));
    check_values(&values);
}
END_TEST

START_TEST(tells_how_much_room_is_needed)
{
    size_t len = write_original(sizeof octets);
    memset(octets, 0xee, sizeof octets);
    for (size_t room = 0; room < len; room += 7) {
        ck_assert_uint_eq(write_original(room), len);
        for (size_t i = room; i < sizeof octets; i++)
            ck_assert_uint_eq(octets[i], 0xee);
    }
}
END_TEST

START_TEST(notes_what_is_cut_or_goes_on)
{
    struct values values;
    size_t len = write_original(sizeof octets);
    for (size_t cut = 0; cut < len; cut++)
        ck_assert_msg(!read_back(octets, cut, &values), "cut to %zu", cut);
    ck_assert(!read_back(octets, len + 1, &values));
}
END_TEST

START_TEST(stays_in_bounds_whatever_is_read)
{
    struct values values;
    uint64_t random = 1;
    size_t len = write_original(sizeof octets);
    for (unsigned round = 0; round < 20000; round++) {
        uint8_t spoilt[sizeof octets];
        memcpy(spoilt, octets, len);
        for (unsigned i = 0; i < 1 + round % 3; i++)
            spoilt[next_random(&random) % len] = (uint8_t)next_random(&random);
        read_back(spoilt, len, &values);
        ck_assert_uint_le(values.small, 127);
        ck_assert_ptr_nonnull(memchr(values.text, '\0', sizeof values.text));
        ck_assert(values.real - values.real == 0 && values.huge - values.huge == 0);
    }
}
END_TEST

static bool number_reads(const char *hex, uint64_t most)
{
    uint8_t bytes[16];
    size_t len = bytes_from_hex(hex, bytes, sizeof bytes);
    struct archive archive = archive_from(bytes, len);
    archive_number(&archive, 0, most);
    return archive_is_read(&archive);
}

START_TEST(refuses_numbers_that_are_too_large)
{
    ck_assert(number_reads("7f", 127));
    ck_assert(!number_reads("8001", 127));
    ck_assert(number_reads("ffffffffffffffffff01", UINT64_MAX));
    ck_assert(!number_reads("ffffffffffffffffff02", UINT64_MAX));
    ck_assert(!number_reads("8080808080808080808000", UINT64_MAX));
    ck_assert(!number_reads("80808080808080808080", UINT64_MAX)); /* it goes on */
}
END_TEST

START_TEST(refuses_other_values)
{
    static const double unending = DBL_MAX;
    uint8_t bytes[16];
    char text[4] = "";
    struct archive archive = archive_to(bytes, sizeof bytes);
    archive_real(&archive, unending * 10);
    archive = archive_from(bytes, archive.at);
    ck_assert(archive_real(&archive, 1) == 0);
    ck_assert(archive.broken);
    archive = archive_from((const uint8_t *)"\3a\0b", 4); /* a NUL inside */
    archive_text(&archive, text, sizeof text);
    ck_assert(archive.broken);
    ck_assert_str_eq(text, "");
    archive = archive_from((const uint8_t *)"\4abcd", 5); /* too long */
    archive_text(&archive, text, sizeof text);
    ck_assert(archive.broken);
    archive = archive_from((const uint8_t *)"\1", 1);
    archive_constant(&archive, 2);
    ck_assert(archive.broken);
}
END_TEST

/* What follows is read as usual, and does not make it valid. */
START_TEST(remembers_that_something_was_not_valid)
{
    uint64_t counts[2] = {0};
    char text[4];
    for (int i = 0; i < 5; i++) {
        struct archive archive = archive_from((const uint8_t *)"\2\1\0", 3);
        ck_assert_uint_eq(archive_number(&archive, 0, 1), 0);
        ck_assert(archive.broken);
        if (i == 0)
            archive_constant(&archive, 0);
        else if (i == 1)
            ck_assert(!archive_bool(&archive, true));
        else if (i == 2)
            archive_text(&archive, text, sizeof text);
        else if (i == 3)
            archive_sparse(&archive, counts, 2);
        else
            ck_assert(archive_real(&archive, 1) == 0 && archive_signed(&archive, 1) == 0);
        ck_assert_msg(archive.broken, "%d", i);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("archive");
    TCase *tcase = tcase_create("archive");
    tcase_add_test(tcase, reads_what_was_written);
    tcase_add_test(tcase, tells_how_much_room_is_needed);
    tcase_add_test(tcase, notes_what_is_cut_or_goes_on);
    tcase_add_test(tcase, stays_in_bounds_whatever_is_read);
    tcase_add_test(tcase, refuses_numbers_that_are_too_large);
    tcase_add_test(tcase, refuses_other_values);
    tcase_add_test(tcase, remembers_that_something_was_not_valid);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
