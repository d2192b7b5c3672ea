/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "harness.h"
#include "wire/checksum.h"

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))
#define FIELD_AT     16

/* RFC 1071 word by word, with nothing clever in it. */
static uint16_t plain_sum(const uint8_t *bytes, size_t len)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < len; i++) {
        sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
        if (sum > 0xffff)
            sum -= 0xffff;
    }
    return (uint16_t)sum;
}

START_TEST(sums_the_example_of_rfc_1071)
{
    static const uint8_t bytes[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    uint32_t sum = checksum_add(0, cursor_over(bytes, sizeof bytes));
    ck_assert_uint_eq(checksum_finish(sum), 0x220d);
}
END_TEST

START_TEST(odd_octet_is_a_high_one)
{
    static const uint8_t bytes[] = {0x12, 0x34, 0x56};
    ck_assert_uint_eq(checksum_finish(checksum_add(0, cursor_over(bytes, 1))), 0xedff);
    ck_assert_uint_eq(checksum_finish(checksum_add(0, cursor_over(bytes, 3))),
                      0xffff - 0x1234 - 0x5600);
    ck_assert_uint_eq(checksum_finish(checksum_add(0, cursor_over(bytes, 0))), 0xffff);
}
END_TEST

START_TEST(every_length_and_every_cut)
{
    uint8_t bytes[67];
    uint64_t state = 1071;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(next_random(&state) | 0xc0); /* many carries */
    for (size_t len = 0; len <= sizeof bytes; len++) {
        uint8_t *guarded = guarded_copy(bytes, len);
        uint16_t wanted = (uint16_t)~plain_sum(guarded, len);
        for (size_t cut = 0; cut <= len; cut += 2) {
            uint32_t sum = checksum_add(0, cursor_over(guarded, cut));
            sum = checksum_add(sum, cursor_over(guarded + cut, len - cut));
            ck_assert_uint_eq(checksum_finish(sum), wanted);
        }
        guarded_free(guarded, len);
    }
}
END_TEST

/* The header of an IPv4 packet: any other octet makes it wrong. */
START_TEST(knows_its_own_sum)
{
    uint8_t bytes[20];
    bytes_from_hex("45000034 1c464000 4006 0000 c0000207 c6336450", bytes, sizeof bytes);
    uint16_t right = (uint16_t)~plain_sum(bytes, sizeof bytes);
    bytes[10] = (uint8_t)(right >> 8);
    bytes[11] = (uint8_t)right;
    ck_assert(checksum_is_right(cursor_over(bytes, sizeof bytes)));
    for (size_t i = 0; i < sizeof bytes; i++) {
        uint8_t was = bytes[i];
        for (unsigned value = 0; value < 256; value++) {
            bytes[i] = (uint8_t)value;
            ck_assert(checksum_is_right(cursor_over(bytes, sizeof bytes)) == (value == was));
        }
        bytes[i] = was;
    }
    static const uint8_t nothing[20];
    ck_assert(!checksum_is_right(cursor_over(nothing, sizeof nothing)));
}
END_TEST

/* More than 2^16 words, as a segment left to the card to be cut can have: no carry may be lost. */
START_TEST(long_runs_of_ones)
{
    static uint8_t bytes[1 << 19];
    memset(bytes, 0xff, sizeof bytes);
    bytes[sizeof bytes - 1] = 0xfe;
    uint32_t sum = checksum_add(0xffffffff, cursor_over(bytes, sizeof bytes));
    ck_assert_uint_eq(checksum_finish(sum), 1);
}
END_TEST

static const struct address src4 = {FAMILY_IPV4, {192, 0, 2, 7}};
static const struct address dst4 = {FAMILY_IPV4, {198, 51, 100, 80}};
static const struct address src6 = {FAMILY_IPV6, {0x20, 0x01, 0x0d, 0xb8, [15] = 7}};
static const struct address dst6 = {FAMILY_IPV6, {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1, [15] = 0x80}};

/* The right field and the partial one were computed apart from this program. */
static const struct {
    const struct address *src, *dst;
    const char *payload;
    uint16_t field, partial;
} segments[] = {
    {&src4, &dst4, "", 0xf76d, 0xeca5},     {&src6, &dst6, "", 0x87ff, 0x5c14},
    {&src4, &dst4, "x", 0x7f6c, 0xeca6},    {&src6, &dst6, "x", 0x0ffe, 0x5c15},
    {&src4, &dst4, "odd", 0x2406, 0xeca8},  {&src6, &dst6, "odd", 0xb497, 0x5c17},
    {&src4, &dst4, "even", 0x2c85, 0xeca9}, {&src6, &dst6, "even", 0xbd16, 0x5c18},
};

static size_t make_segment(int i, uint8_t out[24])
{
    const char *header = "c822 01bb fffffffe 00000001 5018 01f6 0000 0000";
    size_t len = bytes_from_hex(header, out, 24);
    memcpy(out + len, segments[i].payload, strlen(segments[i].payload));
    return len + strlen(segments[i].payload);
}

START_TEST(computes_the_field)
{
    uint8_t bytes[24];
    size_t len = make_segment(_i, bytes);
    uint32_t pseudo = checksum_pseudo(segments[_i].src, segments[_i].dst, 6, (uint32_t)len);
    ck_assert_uint_eq(checksum_finish(pseudo), 0xffff - segments[_i].partial);
    ck_assert_uint_eq(checksum_finish(checksum_add(pseudo, cursor_over(bytes, len))),
                      segments[_i].field);
}
END_TEST

static enum checksum_state wanted_state(int i, unsigned field)
{
    if (field == segments[i].field)
        return CHECKSUM_GOOD;
    return field == segments[i].partial ? CHECKSUM_PARTIAL : CHECKSUM_BAD;
}

START_TEST(judges_every_field)
{
    uint8_t bytes[24];
    size_t len = make_segment(_i, bytes);
    uint8_t *guarded = guarded_copy(bytes, len);
    unsigned wrong = 0;
    for (unsigned field = 0; field < 0x10000; field++) {
        guarded[FIELD_AT] = (uint8_t)(field >> 8);
        guarded[FIELD_AT + 1] = (uint8_t)field;
        struct cursor tcp = cursor_over(guarded, len);
        wrong += checksum_tcp(segments[_i].src, segments[_i].dst, tcp) != wanted_state(_i, field);
    }
    ck_assert_uint_eq(wrong, 0);
    guarded_free(guarded, len);
}
END_TEST

/* A right sum of 0 goes out as 0 in TCP (only UDP makes it 0xffff), and both stand for it. */
START_TEST(zero_has_two_forms)
{
    uint8_t bytes[20];
    bytes_from_hex("c822 01bb 0000f76c 00000001 5018 01f6 0000 0000", bytes, sizeof bytes);
    ck_assert_int_eq(checksum_tcp(&src4, &dst4, cursor_over(bytes, 20)), CHECKSUM_GOOD);
    bytes[FIELD_AT] = bytes[FIELD_AT + 1] = 0xff;
    ck_assert_int_eq(checksum_tcp(&src4, &dst4, cursor_over(bytes, 20)), CHECKSUM_GOOD);
}
END_TEST

START_TEST(lengths_above_64_kibioctets_count)
{
    uint32_t a = checksum_pseudo(&src6, &dst6, 6, 0x00030014);
    uint32_t b = checksum_pseudo(&src6, &dst6, 6, 0x14 + 3);
    ck_assert_uint_eq(checksum_finish(a), checksum_finish(b));
}
END_TEST

START_TEST(too_short_to_tell)
{
    uint8_t *guarded = guarded_copy("c822c822c822c822c", (size_t)_i);
    ck_assert_int_eq(checksum_tcp(&src4, &dst4, cursor_over(guarded, (size_t)_i)),
                     CHECKSUM_UNKNOWN);
    guarded_free(guarded, (size_t)_i);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("checksum");
    TCase *sums = tcase_create("sum");
    tcase_add_test(sums, sums_the_example_of_rfc_1071);
    tcase_add_test(sums, odd_octet_is_a_high_one);
    tcase_add_test(sums, every_length_and_every_cut);
    tcase_add_test(sums, knows_its_own_sum);
    tcase_add_test(sums, long_runs_of_ones);
    suite_add_tcase(suite, sums);

    TCase *tcp = tcase_create("tcp");
    tcase_add_loop_test(tcp, computes_the_field, 0, COUNT(segments));
    tcase_add_loop_test(tcp, judges_every_field, 0, COUNT(segments));
    tcase_add_test(tcp, zero_has_two_forms);
    tcase_add_test(tcp, lengths_above_64_kibioctets_count);
    tcase_add_loop_test(tcp, too_short_to_tell, 0, FIELD_AT + 2);
    suite_add_tcase(suite, tcp);
    return run_suite(suite);
}
