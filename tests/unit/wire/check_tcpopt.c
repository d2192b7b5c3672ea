/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "harness.h"
#include "wire/tcpopt.h"

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

/* Field by field, so that a failure names what differs, and one that should not be set is found. */
static void assert_same(const struct tcp_options *got, const struct tcp_options *want)
{
#define SAME(field) ck_assert_msg(got->field == want->field, #field " differs")
    SAME(has_mss);
    SAME(has_wscale);
    SAME(sack_permitted);
    SAME(has_timestamps);
    SAME(fast_open);
    SAME(mptcp);
    SAME(md5);
    SAME(tcp_ao);
    SAME(malformed);
    SAME(mss);
    SAME(wscale);
    SAME(fast_open_cookie_len);
    SAME(mptcp_subtype);
    SAME(mptcp_version);
    SAME(mptcp_len);
    SAME(sack_count);
    SAME(unknown_count);
    SAME(tsval);
    SAME(tsecr);
    ck_assert_mem_eq(got->fast_open_cookie, want->fast_open_cookie, want->fast_open_cookie_len);
    for (int i = 0; i < want->sack_count; i++) {
        SAME(sack[i].left);
        SAME(sack[i].right);
    }
#undef SAME
}

static struct tcp_options decode(const uint8_t *bytes, size_t len)
{
    struct tcp_options out;
    memset(&out, 0xa5, sizeof out); /* every field must be set */
    uint8_t *guarded = guarded_copy(bytes, len);
    tcpopt_decode(cursor_over(guarded, len), &out);
    guarded_free(guarded, len);
    return out;
}

static struct tcp_options decode_hex(const char *hex)
{
    uint8_t bytes[300];
    return decode(bytes, bytes_from_hex(hex, bytes, sizeof bytes));
}

static const struct {
    const char *hex;
    struct tcp_options want;
} decoded[] = {
    {"", {.mss = 0}},
    {"00", {.mss = 0}},
    {"01 01 01 01", {.mss = 0}},
    {"02 04 05b4", {.has_mss = true, .mss = 1460}},
    {"02 04 0000", {.has_mss = true}},
    {"03 03 0e 00", {.has_wscale = true, .wscale = 14}},
    {"03 03 ff 00", {.has_wscale = true, .wscale = 255}},
    {"04 02", {.sack_permitted = true}},
    {"01 01 08 0a 01020304 fffefdfc",
     {.has_timestamps = true, .tsval = 0x01020304, .tsecr = 0xfffefdfc}},
    /* the SYN of Linux, then that of Windows, of macOS */
    {"02 04 05b4 04 02 08 0a a1b2c3d4 00000000 01 03 03 07",
     {.has_mss = true,
      .mss = 1460,
      .sack_permitted = true,
      .has_timestamps = true,
      .tsval = 0xa1b2c3d4,
      .has_wscale = true,
      .wscale = 7}},
    {"02 04 05b4 01 03 03 08 01 01 04 02",
     {.has_mss = true, .mss = 1460, .sack_permitted = true, .has_wscale = true, .wscale = 8}},
    {"02 04 05b4 01 03 03 06 01 01 08 0a 00000001 00000002 04 02 00 00",
     {.has_mss = true,
      .mss = 1460,
      .sack_permitted = true,
      .has_timestamps = true,
      .tsval = 1,
      .tsecr = 2,
      .has_wscale = true,
      .wscale = 6}},
    {"01 01 05 0a fffffff0 00000010",
     {.sack_count = 1, .sack = {{.left = 0xfffffff0, .right = 0x10}}}},
    {"01 01 05 22 00000001 00000002 00000003 00000004 00000005 00000006 00000007 00000008",
     {.sack_count = 4, .sack = {{1, 2}, {3, 4}, {5, 6}, {7, 8}}}},
    {"22 02", {.fast_open = true}},
    {"22 0a 0102030405060708 01 01",
     {.fast_open = true, .fast_open_cookie_len = 8, .fast_open_cookie = {1, 2, 3, 4, 5, 6, 7, 8}}},
    {"22 12 000102030405060708090a0b0c0d0e0f",
     {.fast_open = true,
      .fast_open_cookie_len = 16,
      .fast_open_cookie = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}}},
    {"1e 0c 01 81 0102030405060708", {.mptcp = true, .mptcp_version = 1, .mptcp_len = 12}},
    {"1e 04 01 01", {.mptcp = true, .mptcp_version = 1, .mptcp_len = 4}},
    {"1e 08 20 00 01020304", {.mptcp = true, .mptcp_subtype = 2, .mptcp_len = 8}},
    {"1e 03 f0", {.mptcp = true, .mptcp_subtype = 15, .mptcp_len = 3}},
    {"01 01 13 12 000102030405060708090a0b0c0d0e0f", {.md5 = true}},
    {"1d 10 00 00 0102030405060708090a0b0c", {.tcp_ao = true}},
    {"1d 04 00 00", {.tcp_ao = true}},
    /* kinds that nobody knows are skipped by their length */
    {"fd 04 f989 02 04 05b4", {.unknown_count = 1, .has_mss = true, .mss = 1460}},
    {"ff 02 23 02 06 03 aa 04 02", {.unknown_count = 3, .sack_permitted = true}},
    /* so are lengths that the kind has not */
    {"02 03 05 04 02", {.unknown_count = 1, .sack_permitted = true}},
    {"02 05 05b4ff 04 02", {.unknown_count = 1, .sack_permitted = true}},
    {"03 02 04 02", {.unknown_count = 1, .sack_permitted = true}},
    {"03 04 0707 04 02", {.unknown_count = 1, .sack_permitted = true}},
    {"04 03 00 03 03 07", {.unknown_count = 1, .has_wscale = true, .wscale = 7}},
    {"08 09 00112233445566 04 02", {.unknown_count = 1, .sack_permitted = true}},
    {"08 0b 001122334455667788 04 02", {.unknown_count = 1, .sack_permitted = true}},
    {"05 02 04 02", {.unknown_count = 1, .sack_permitted = true}},
    {"05 06 00000001 04 02", {.unknown_count = 1, .sack_permitted = true}},
    {"05 0b 000000010000000200 04 02", {.unknown_count = 1, .sack_permitted = true}},
    {"13 11 000102030405060708090a0b0c0d0e 04 02", {.unknown_count = 1, .sack_permitted = true}},
    {"1d 03 00 04 02", {.unknown_count = 1, .sack_permitted = true}},
    {"1e 02 04 02", {.unknown_count = 1, .sack_permitted = true}},
    {"22 03 00 04 02", {.unknown_count = 1, .sack_permitted = true}},
    {"22 07 0001020304 04 02", {.unknown_count = 1, .sack_permitted = true}},
    {"22 13 000102030405060708090a0b0c0d0e0f00 04 02",
     {.unknown_count = 1, .sack_permitted = true}},
    /* five blocks fit no option area, but a cursor may be longer than one */
    {"05 2a 00000001 00000002 00000003 00000004 00000005 00000006 00000007 00000008 00000009"
     "0000000a 04 02",
     {.unknown_count = 1, .sack_permitted = true}},
    /* what comes before the end of the list counts, what comes behind does not */
    {"04 02 00 02 04 05b4", {.sack_permitted = true}},
    {"00 02 00", {.mss = 0}},
    /* the last one counts */
    {"02 04 05b4 02 04 0218", {.has_mss = true, .mss = 536}},
    {"05 12 00000001 00000002 00000003 00000004 05 0a 00000005 00000006",
     {.sack_count = 1, .sack = {{5, 6}}}},
    /* the reading ends at a length that leads nowhere */
    {"04 02 02", {.sack_permitted = true, .malformed = true}},
    {"04 02 02 00 03 03 07", {.sack_permitted = true, .malformed = true}},
    {"04 02 02 01 03 03 07", {.sack_permitted = true, .malformed = true}},
    {"04 02 02 04 05", {.sack_permitted = true, .malformed = true}},
    {"04 02 fe ff 00 00", {.sack_permitted = true, .malformed = true}},
    {"fe", {.malformed = true}},
    {"08 0a 01020304 050607", {.malformed = true}},
};

START_TEST(decodes)
{
    struct tcp_options got = decode_hex(decoded[_i].hex);
    assert_same(&got, &decoded[_i].want);
}
END_TEST

/* Whatever is cut off, nothing behind the cut is read. */
START_TEST(decodes_every_prefix)
{
    uint8_t bytes[300];
    size_t len = bytes_from_hex(decoded[_i].hex, bytes, sizeof bytes);
    for (size_t cut = 0; cut < len; cut++)
        ck_assert_uint_le(decode(bytes, cut).sack_count, TCPOPT_SACK_BLOCKS);
}
END_TEST

START_TEST(survives_any_octets)
{
    uint8_t zeros[TCPOPT_SPACE_MAX] = {0};
    uint8_t *area = guarded_copy(zeros, sizeof zeros);
    uint64_t state = 793;
    unsigned too_many = 0;
    for (int i = 0; i < 200000; i++) {
        size_t len = next_random(&state) % (TCPOPT_SPACE_MAX + 1);
        uint8_t *bytes = area + TCPOPT_SPACE_MAX - len;
        for (size_t j = 0; j < len; j++) {
            uint64_t r = next_random(&state); /* small values are kinds and lengths */
            bytes[j] = (uint8_t)((r & 0x300) != 0 ? r & 0xf : r & 0xff);
        }
        struct tcp_options out;
        tcpopt_decode(cursor_over(bytes, len), &out);
        too_many += out.sack_count > TCPOPT_SACK_BLOCKS;
    }
    ck_assert_uint_eq(too_many, 0);
    guarded_free(area, sizeof zeros);
}
END_TEST

START_TEST(unknown_count_does_not_wrap)
{
    uint8_t bytes[2 * 300];
    for (size_t i = 0; i < sizeof bytes; i += 2) {
        bytes[i] = 0xfe;
        bytes[i + 1] = 2;
    }
    ck_assert_uint_eq(decode(bytes, sizeof bytes).unknown_count, 255);
}
END_TEST

static const struct {
    struct tcp_options options;
    const char *hex;
} encoded[] = {
    {{.mss = 0}, ""},
    {{.has_mss = true, .mss = 1460}, "02 04 05b4"},
    {{.sack_permitted = true}, "01 01 04 02"},
    {{.has_timestamps = true, .tsval = 0x01020304, .tsecr = 0xfffefdfc},
     "01 01 08 0a 01020304 fffefdfc"},
    {{.sack_permitted = true, .has_timestamps = true, .tsval = 1, .tsecr = 2},
     "04 02 08 0a 00000001 00000002"},
    {{.has_wscale = true, .wscale = 7}, "01 03 03 07"},
    {{.has_mss = true,
      .mss = 1460,
      .sack_permitted = true,
      .has_timestamps = true,
      .tsval = 0xa1b2c3d4,
      .has_wscale = true,
      .wscale = 7},
     "02 04 05b4 04 02 08 0a a1b2c3d4 00000000 01 03 03 07"},
    {{.has_mss = true, .mss = 1440, .sack_permitted = true, .has_wscale = true, .wscale = 14},
     "02 04 05a0 01 01 04 02 01 03 03 0e"},
    {{.sack_count = 1, .sack = {{0xfffffff0, 0x10}}}, "01 01 05 0a fffffff0 00000010"},
    {{.sack_count = 4, .sack = {{1, 2}, {3, 4}, {5, 6}, {7, 8}}},
     "01 01 05 22 00000001 00000002 00000003 00000004 00000005 00000006 00000007 00000008"},
    /* as many blocks as there is room for */
    {{.has_mss = true,
      .mss = 1460,
      .has_timestamps = true,
      .sack_count = 4,
      .sack = {{1, 2}, {3, 4}, {5, 6}, {7, 8}}},
     "02 04 05b4 01 01 08 0a 00000000 00000000"
     "01 01 05 12 00000001 00000002 00000003 00000004"},
    {{.has_timestamps = true,
      .tsval = 1,
      .tsecr = 2,
      .sack_count = 4,
      .sack = {{1, 2}, {3, 4}, {5, 6}, {7, 8}}},
     "01 01 08 0a 00000001 00000002"
     "01 01 05 1a 00000001 00000002 00000003 00000004 00000005 00000006"},
    {{.has_mss = true,
      .mss = 1460,
      .sack_permitted = true,
      .has_timestamps = true,
      .has_wscale = true,
      .sack_count = 4,
      .sack = {{1, 2}, {3, 4}, {5, 6}, {7, 8}}},
     "02 04 05b4 04 02 08 0a 00000000 00000000 01 03 03 00"
     "01 01 05 12 00000001 00000002 00000003 00000004"},
    {{.fast_open = true}, "22 02 01 01"},
    {{.fast_open = true, .fast_open_cookie_len = 4, .fast_open_cookie = {9, 8, 7, 6}},
     "22 06 09080706 01 01"},
    {{.fast_open = true, .fast_open_cookie_len = 6, .fast_open_cookie = {9, 8, 7, 6, 5, 4}},
     "22 08 090807060504"},
    {{.mptcp = true}, "1e 04 01 01"},
    {{.has_mss = true,
      .mss = 1460,
      .sack_permitted = true,
      .has_timestamps = true,
      .has_wscale = true,
      .fast_open = true,
      .fast_open_cookie_len = 10,
      .fast_open_cookie = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
      .mptcp = true},
     "02 04 05b4 04 02 08 0a 00000000 00000000 01 03 03 00"
     "22 0c 0102030405060708090a 1e 04 01 01"},
    {{.has_mss = true,
      .mss = 1460,
      .sack_permitted = true,
      .has_timestamps = true,
      .has_wscale = true,
      .fast_open = true,
      .fast_open_cookie_len = 16},
     "02 04 05b4 04 02 08 0a 00000000 00000000 01 03 03 00"
     "22 12 00000000000000000000000000000000 01 01"},
};

START_TEST(tells_cookies_apart)
{
    const uint8_t one[4] = {1, 2, 3, 4}, other[4] = {2, 1, 3, 4}, same[4] = {1, 2, 3, 4};
    ck_assert_uint_eq(tcpopt_cookie_digest(one, 4), tcpopt_cookie_digest(same, 4));
    ck_assert_uint_ne(tcpopt_cookie_digest(one, 4), tcpopt_cookie_digest(other, 4));
    ck_assert_uint_ne(tcpopt_cookie_digest(one, 4), tcpopt_cookie_digest(one, 3));
}
END_TEST

START_TEST(encodes)
{
    uint8_t want[TCPOPT_SPACE_MAX], zeros[TCPOPT_SPACE_MAX] = {0};
    size_t len = bytes_from_hex(encoded[_i].hex, want, sizeof want);
    uint8_t *out = guarded_copy(zeros, sizeof zeros);
    ck_assert_uint_eq(tcpopt_encode(&encoded[_i].options, out), len);
    ck_assert_mem_eq(out, want, len);
    ck_assert_uint_eq(len % 4, 0);
    guarded_free(out, sizeof zeros);
}
END_TEST

static struct tcp_options random_options(uint64_t *state)
{
    uint64_t r = next_random(state), value = next_random(state);
    struct tcp_options o = {
        .has_mss = r & 1,
        .has_wscale = r & 2,
        .sack_permitted = r & 4,
        .has_timestamps = r & 8,
        .sack_count = (uint8_t)(r >> 4 & 1),
    };
    o.mss = o.has_mss ? (uint16_t)value : 0;
    o.wscale = o.has_wscale ? (uint8_t)(value >> 16) : 0;
    o.tsval = o.has_timestamps ? (uint32_t)(value >> 24) : 0;
    o.tsecr = o.has_timestamps ? (uint32_t)(value >> 32) : 0;
    o.sack[0] = (struct tcp_sack_block){(uint32_t)value, (uint32_t)(r >> 8)};
    return o;
}

START_TEST(decodes_what_it_encoded)
{
    uint64_t state = 7323;
    for (int i = 0; i < 2000; i++) {
        struct tcp_options want = random_options(&state);
        uint8_t bytes[TCPOPT_SPACE_MAX];
        struct tcp_options got = decode(bytes, tcpopt_encode(&want, bytes));
        assert_same(&got, &want);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tcpopt");
    TCase *decode_case = tcase_create("decode");
    tcase_add_loop_test(decode_case, decodes, 0, COUNT(decoded));
    tcase_add_loop_test(decode_case, decodes_every_prefix, 0, COUNT(decoded));
    tcase_add_test(decode_case, survives_any_octets);
    tcase_add_test(decode_case, unknown_count_does_not_wrap);
    suite_add_tcase(suite, decode_case);

    TCase *encode_case = tcase_create("encode");
    tcase_add_loop_test(encode_case, encodes, 0, COUNT(encoded));
    tcase_add_test(encode_case, decodes_what_it_encoded);
    tcase_add_test(encode_case, tells_cookies_apart);
    suite_add_tcase(suite, encode_case);
    return run_suite(suite);
}
