/* SPDX-License-Identifier: BSD-2-Clause */
#include "harness.h"
#include "wire/bytes.h"

static const uint8_t octets[] = {0x80, 0x01, 0xfe, 0xff, 0x7f, 0x02};

START_TEST(reads_big_endian)
{
    struct cursor c = cursor_over(octets, sizeof octets);
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    ck_assert(cursor_be32(&c, &u32));
    ck_assert_uint_eq(u32, 0x8001feff);
    ck_assert(cursor_u8(&c, &u8));
    ck_assert_uint_eq(u8, 0x7f);
    ck_assert_uint_eq(c.left, 1);

    c = cursor_over(octets, sizeof octets);
    ck_assert(cursor_be16(&c, &u16));
    ck_assert_uint_eq(u16, 0x8001);
    ck_assert(cursor_be16(&c, &u16));
    ck_assert_uint_eq(u16, 0xfeff);
}
END_TEST

/* Each reader against each number of bytes there are, right before the guard page. */
START_TEST(never_passes_the_end)
{
    size_t len = (size_t)_i;
    uint8_t *guarded = guarded_copy(octets, len);
    struct cursor start = cursor_over(guarded, len), c, part;
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;

    c = start;
    ck_assert_int_eq(cursor_u8(&c, &u8), len >= 1);
    ck_assert_uint_eq(c.left, len >= 1 ? len - 1 : len);
    c = start;
    ck_assert_int_eq(cursor_be16(&c, &u16), len >= 2);
    ck_assert_uint_eq(c.left, len >= 2 ? len - 2 : len);
    c = start;
    ck_assert_int_eq(cursor_be32(&c, &u32), len >= 4);
    ck_assert_uint_eq(c.left, len >= 4 ? len - 4 : len);
    c = start;
    ck_assert_int_eq(cursor_take(&c, 3, &part), len >= 3);
    ck_assert_uint_eq(c.left, len >= 3 ? len - 3 : len);
    c = start;
    ck_assert(!cursor_skip(&c, len + 1));
    ck_assert(!cursor_skip(&c, SIZE_MAX));
    ck_assert_ptr_eq(c.at, guarded);
    ck_assert_uint_eq(c.left, len);
    ck_assert(cursor_skip(&c, len));
    ck_assert(!cursor_u8(&c, &u8));
    guarded_free(guarded, len);
}
END_TEST

START_TEST(takes_a_part)
{
    struct cursor c = cursor_over(octets, sizeof octets), part;
    uint16_t u16;
    uint8_t u8;
    ck_assert(cursor_take(&c, 2, &part));
    ck_assert_uint_eq(part.left, 2);
    ck_assert(cursor_be16(&part, &u16));
    ck_assert_uint_eq(u16, 0x8001);
    ck_assert(!cursor_u8(&part, &u8));
    ck_assert(cursor_u8(&c, &u8));
    ck_assert_uint_eq(u8, 0xfe);
}
END_TEST

START_TEST(over_nothing)
{
    struct cursor c = cursor_over(NULL, 0), part;
    uint8_t u8;
    ck_assert_ptr_nonnull(c.at);
    ck_assert(cursor_skip(&c, 0));
    ck_assert(cursor_take(&c, 0, &part));
    ck_assert(!cursor_u8(&c, &u8));
    ck_assert(!cursor_skip(&c, 1));
}
END_TEST

START_TEST(limits)
{
    struct cursor c = cursor_over(octets, sizeof octets);
    cursor_limit(&c, 100);
    ck_assert_uint_eq(c.left, sizeof octets);
    cursor_limit(&c, 3);
    ck_assert_uint_eq(c.left, 3);
    ck_assert_ptr_eq(c.at, octets);
    cursor_limit(&c, 0);
    ck_assert_uint_eq(c.left, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bytes");
    TCase *tcase = tcase_create("cursor");
    tcase_add_test(tcase, reads_big_endian);
    tcase_add_loop_test(tcase, never_passes_the_end, 0, (int)sizeof octets + 1);
    tcase_add_test(tcase, takes_a_part);
    tcase_add_test(tcase, over_nothing);
    tcase_add_test(tcase, limits);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
