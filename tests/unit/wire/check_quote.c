/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/quote.h"

#include <string.h>

#include "harness.h"
#include "packets.h"

#define FRAME_MAX 512

/* An error from 203.0.113.1 or 2001:db8::f around a quote of any length. */
struct error_frame {
    uint8_t bytes[FRAME_MAX];
    size_t len;
};

static const uint8_t from4[4] = {203, 0, 113, 1};

static void put_sum(uint8_t *field, uint16_t sum)
{
    field[0] = (uint8_t)(sum >> 8);
    field[1] = (uint8_t)sum;
}

/* rest: the four octets behind the ICMP checksum. */
static void put_error4(struct error_frame *out, uint8_t type, const uint8_t rest[4],
                       const uint8_t *quote, size_t len)
{
    uint8_t *ip = out->bytes, *icmp = ip + 20;
    memset(out, 0, sizeof *out);
    out->len = 28 + len;
    memcpy(ip,
           (uint8_t[12]){0x45, 0, (uint8_t)(out->len >> 8), (uint8_t)out->len, 0, 1, 0, 0, 64, 1},
           12);
    memcpy(ip + 12, from4, 4);
    memcpy(ip + 16, (uint8_t[4]){192, 0, 2, 7}, 4);
    put_sum(ip + 10, checksum_finish(checksum_add(0, cursor_over(ip, 20))));
    icmp[0] = type;
    memcpy(icmp + 4, rest, 4);
    memcpy(icmp + 8, quote, len);
    put_sum(icmp + 2, checksum_finish(checksum_add(0, cursor_over(icmp, 8 + len))));
}

static void put_error6(struct error_frame *out, uint8_t type, const uint8_t rest[4],
                       const uint8_t *quote, size_t len)
{
    uint8_t *ip = out->bytes, *icmp = ip + 40;
    memset(out, 0, sizeof *out);
    out->len = 48 + len;
    memcpy(ip, (uint8_t[8]){0x60, 0, 0, 0, (uint8_t)((8 + len) >> 8), (uint8_t)(8 + len), 58, 64},
           8);
    ip[8] = 0x20;
    ip[23] = 0x0f;
    ip[24] = 0x20;
    icmp[0] = type;
    memcpy(icmp + 4, rest, 4);
    memcpy(icmp + 8, quote, len);
    struct address src, dst;
    memset(&src, 0, sizeof src);
    memset(&dst, 0, sizeof dst);
    src.family = dst.family = FAMILY_IPV6;
    memcpy(src.bytes, ip + 8, 16);
    memcpy(dst.bytes, ip + 24, 16);
    uint32_t sum = checksum_pseudo(&src, &dst, 58, (uint32_t)(8 + len));
    put_sum(icmp + 2, checksum_finish(checksum_add(sum, cursor_over(icmp, 8 + len))));
}

static bool decode(const struct error_frame *error, struct quote *quote)
{
    uint8_t *copy = guarded_copy(error->bytes, error->len);
    struct frame frame = {.time_ns = 77,
                          .bytes = copy,
                          .captured_len = (uint32_t)error->len,
                          .wire_len = (uint32_t)error->len,
                          .link = LINK_RAW};
    bool decoded = quote_decode(&frame, quote);
    guarded_free(copy, error->len);
    return decoded;
}

static const uint8_t nothing[4];

static size_t syn4(uint8_t out[FRAME_MAX])
{
    return bytes_from_hex(SYN4, out, FRAME_MAX);
}

START_TEST(says_all_of_a_whole_quote)
{
    struct error_frame error;
    struct quote q;
    uint8_t syn[FRAME_MAX];
    size_t len = syn4(syn);
    put_error4(&error, 11, nothing, syn, len);
    ck_assert(decode(&error, &q));
    ck_assert_int_eq(q.time_ns, 77);
    ck_assert_uint_eq(q.icmp.type, 11);
    ck_assert(memcmp(q.icmp.from.bytes, from4, 4) == 0);
    ck_assert(!q.corrupt && q.icmp.has_seq && q.has_ack && q.has_flags && q.has_options);
    ck_assert_uint_eq(q.len, len);
    ck_assert_uint_eq(q.ip_id, 0x1234);
    ck_assert_uint_eq(q.ttl, 64);
    ck_assert(memcmp(q.src.address.bytes, (uint8_t[4]){192, 0, 2, 7}, 4) == 0);
    ck_assert(memcmp(q.dst.address.bytes, (uint8_t[4]){198, 51, 100, 80}, 4) == 0);
    ck_assert_uint_eq(q.src.port, 51234);
    ck_assert_uint_eq(q.dst.port, 443);
    ck_assert_uint_eq(q.seq, 0xfffffffe);
    ck_assert_uint_eq(q.ack, 0);
    ck_assert_uint_eq(q.flags, TCP_SYN);
    ck_assert_uint_eq(q.window, 64240);
    ck_assert_uint_eq(q.options.mss, 1460);
    ck_assert_uint_eq(q.options.tsval, 0xa1b2c3d4);
    ck_assert_uint_eq(q.label_count, 0);
}
END_TEST

/* As far as each length goes; below the ports there is nothing to say. */
START_TEST(says_what_any_length_shows)
{
    uint8_t syn[FRAME_MAX];
    size_t whole = syn4(syn);
    for (size_t len = 0; len <= whole; len++) {
        struct error_frame error;
        struct quote q;
        put_error4(&error, 11, nothing, syn, len);
        ck_assert_int_eq(decode(&error, &q), len >= 24);
        if (len < 24)
            continue;
        ck_assert_int_eq(q.icmp.has_seq, len >= 28);
        ck_assert_int_eq(q.has_flags, len >= 36);
        ck_assert_int_eq(q.has_ack, len >= 32);
        ck_assert_int_eq(q.has_options, len >= whole);
        ck_assert_uint_eq(q.len, len);
    }
}
END_TEST

START_TEST(padding_is_no_header)
{
    struct error_frame error;
    struct quote q;
    uint8_t syn[FRAME_MAX] = {0};
    syn4(syn);
    memset(syn + 28, 0, 100);
    put_error4(&error, 11, nothing, syn, 128);
    ck_assert(decode(&error, &q));
    ck_assert(q.icmp.has_seq && !q.has_ack && !q.has_flags && !q.has_options);
}
END_TEST

/* An extension with an object of another class, and one with two labels. */
static size_t put_extension(uint8_t *at)
{
    static const uint8_t extension[] = {0x20, 0,    0,    0,    0,    8,    2,    1,
                                        9,    9,    9,    9,    0,    12,   1,    1,
                                        0x00, 0x3e, 0x86, 0x01, 0xff, 0xff, 0xfb, 0x40};
    memcpy(at, extension, sizeof extension);
    put_sum(at + 2, checksum_finish(checksum_add(0, cursor_over(at, sizeof extension))));
    return sizeof extension;
}

static void check_labels(const struct quote *q)
{
    ck_assert_uint_eq(q->label_count, 2);
    ck_assert_uint_eq(q->labels[0].label, 1000);
    ck_assert_uint_eq(q->labels[0].traffic_class, 3);
    ck_assert(!q->labels[0].bottom);
    ck_assert_uint_eq(q->labels[0].ttl, 1);
    ck_assert_uint_eq(q->labels[1].label, 0xfffff);
    ck_assert_uint_eq(q->labels[1].traffic_class, 5);
    ck_assert(q->labels[1].bottom);
    ck_assert_uint_eq(q->labels[1].ttl, 0x40);
    ck_assert_uint_eq(q->len, 128);
}

/* With the length field, and behind 128 octets without it. */
START_TEST(finds_labels_of_ipv4)
{
    struct error_frame error;
    struct quote q;
    const uint8_t rest[4] = {0, _i == 0 ? 32 : 0};
    uint8_t quote[FRAME_MAX] = {0};
    syn4(quote);
    size_t len = 128 + put_extension(quote + 128);
    put_error4(&error, 11, rest, quote, len);
    ck_assert(decode(&error, &q));
    check_labels(&q);
    ck_assert(q.has_options);
}
END_TEST

START_TEST(finds_labels_of_ipv6)
{
    struct error_frame error;
    struct quote q;
    const uint8_t rest[4] = {_i == 0 ? 16 : 0};
    uint8_t quote[FRAME_MAX] = {0};
    bytes_from_hex(SYNACK6, quote, FRAME_MAX);
    size_t len = 128 + put_extension(quote + 128);
    put_error6(&error, 3, rest, quote, len);
    ck_assert(decode(&error, &q));
    check_labels(&q);
    ck_assert_uint_eq(q.ip_id, 0);
    ck_assert_uint_eq(q.src.port, 443);
    ck_assert(!q.corrupt);
}
END_TEST

/* A wrong checksum or version, or a type that has none: what follows is quoted octets. A checksum
 * of 0 is none. */
START_TEST(believes_no_wrong_extension)
{
    static const struct {
        uint8_t type;
        size_t at;
        uint8_t change;
        bool labels;
    } rows[] = {{11, 12, 0, true}, {11, 2, 1, false}, {11, 0, 0x30, false},
                {4, 12, 0, false}, {3, 12, 0, true},  {12, 12, 0, true}};
    struct error_frame error;
    struct quote q;
    uint8_t quote[FRAME_MAX] = {0};
    syn4(quote);
    size_t len = 128 + put_extension(quote + 128);
    quote[128 + rows[_i].at] = (uint8_t)(quote[128 + rows[_i].at] ^ rows[_i].change);
    put_error4(&error, rows[_i].type, nothing, quote, len);
    ck_assert(decode(&error, &q));
    ck_assert_int_eq(q.label_count > 0, rows[_i].labels);
    ck_assert_uint_eq(q.len, rows[_i].labels ? 128 : len);
}
END_TEST

/* What the IP identification and the source port of the quote make look like an extension, with a
 * length field that leaves no header or no ports in front of it. */
START_TEST(reads_on_where_an_extension_would_leave_nothing)
{
    static const struct {
        uint8_t words;
        size_t version_at, sum_at;
    } rows[] = {{1, 4, 6}, {5, 20, 22}};
    struct error_frame error;
    struct quote q;
    const uint8_t rest[4] = {0, rows[_i].words};
    uint8_t syn[FRAME_MAX];
    size_t len = syn4(syn);
    put_error4(&error, 11, rest, syn, len);
    ck_assert(decode(&error, &q));
    syn[rows[_i].version_at] = 0x20;
    memset(syn + rows[_i].sum_at, 0, 2); /* no checksum */
    put_error4(&error, 11, rest, syn, len);
    ck_assert(decode(&error, &q));
    ck_assert_uint_eq(q.label_count, 0);
    ck_assert_uint_eq(q.len, len);
}
END_TEST

/* Extension headers of the quoted packet that reach beyond the place of an extension and hold what
 * looks like one: the TCP header stands behind it. */
START_TEST(prefers_a_whole_quote_to_labels)
{
    struct error_frame error;
    struct quote q;
    uint8_t quote[FRAME_MAX] = {0}, original[FRAME_MAX];
    size_t len = bytes_from_hex(SYNACK6, original, FRAME_MAX);
    const size_t options_len = 8 * 16;
    memcpy(quote, original, 40);
    quote[6] = 60;
    quote[4] = (uint8_t)((len - 40 + options_len) >> 8);
    quote[5] = (uint8_t)(len - 40 + options_len);
    quote[40] = 6;
    quote[41] = (uint8_t)(options_len / 8 - 1);
    memcpy(quote + 128, (uint8_t[12]){0x20, 0, 0, 0, 0, 8, 1, 1, 0, 0x3e, 0x87, 1}, 12);
    memcpy(quote + 40 + options_len, original + 40, len - 40);
    put_error6(&error, 3, nothing, quote, len + options_len);
    ck_assert(decode(&error, &q));
    ck_assert_uint_eq(q.label_count, 0);
    ck_assert_uint_eq(q.src.port, 443);
    ck_assert(q.has_flags);
}
END_TEST

START_TEST(keeps_no_more_labels_than_there_is_room_for)
{
    struct error_frame error;
    struct quote q;
    uint8_t quote[FRAME_MAX] = {0}, *at = quote + 128;
    syn4(quote);
    memcpy(at, (uint8_t[8]){0x20, 0, 0, 0, 0, 4 + 40, 1, 1}, 8);
    put_error4(&error, 11, nothing, quote, 128 + 8 + 40);
    ck_assert(decode(&error, &q));
    ck_assert_uint_eq(q.label_count, QUOTE_LABELS_MAX);
}
END_TEST

START_TEST(notes_a_wrong_checksum)
{
    struct error_frame error;
    struct quote q;
    uint8_t syn[FRAME_MAX];
    size_t len = syn4(syn);
    put_error4(&error, 11, nothing, syn, len);
    error.bytes[22] ^= 1;
    ck_assert(decode(&error, &q));
    ck_assert(q.corrupt);
}
END_TEST

/* Frames that carry no error about TCP. */
START_TEST(takes_nothing_else)
{
    static const char *const others[] = {SYN4, "", "45"};
    struct error_frame error = {.len = 0};
    struct quote q;
    error.len = bytes_from_hex(others[_i], error.bytes, FRAME_MAX);
    ck_assert(!decode(&error, &q));
}
END_TEST

/* In a tunnel it is not a router's answer to us. */
START_TEST(takes_no_error_from_a_tunnel)
{
    struct error_frame error, outer;
    struct quote q;
    uint8_t syn[FRAME_MAX];
    size_t len = syn4(syn);
    put_error4(&error, 11, nothing, syn, len);
    put_error4(&outer, 11, nothing, error.bytes, error.len);
    memmove(outer.bytes + 20, outer.bytes + 28, error.len);
    outer.len -= 8;
    outer.bytes[3] = (uint8_t)outer.len;
    outer.bytes[9] = 4;
    put_sum(outer.bytes + 10, 0);
    put_sum(outer.bytes + 10, checksum_finish(checksum_add(0, cursor_over(outer.bytes, 20))));
    ck_assert(!decode(&outer, &q));
}
END_TEST

/* RFC 1191, 4 and RFC 4443, 3.2: other errors have something else there. */
START_TEST(says_the_mtu_of_the_next_hop)
{
    static const struct {
        uint8_t type, code;
        uint32_t mtu4, mtu6;
    } errors[] = {{3, 4, 0x0578, 0}, {3, 1, 0, 0}, {11, 4, 0, 0}, {2, 0, 0, 0x01020578}};
    static const uint8_t rest[4] = {1, 2, 0x05, 0x78};
    uint8_t syn[FRAME_MAX];
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        struct error_frame error;
        struct quote q;
        put_error4(&error, errors[i].type, rest, syn, syn4(syn));
        error.bytes[21] = errors[i].code;
        if (decode(&error, &q)) /* 2 is no error of IPv4 */
            ck_assert_uint_eq(q.mtu, errors[i].mtu4);
        put_error6(&error, errors[i].type, rest, syn, bytes_from_hex(SYNACK6, syn, FRAME_MAX));
        error.bytes[41] = errors[i].code;
        if (decode(&error, &q))
            ck_assert_uint_eq(q.mtu, errors[i].mtu6);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("quote");
    TCase *tests = tcase_create("quotes");
    tcase_add_test(tests, says_all_of_a_whole_quote);
    tcase_add_test(tests, says_what_any_length_shows);
    tcase_add_test(tests, padding_is_no_header);
    tcase_add_loop_test(tests, finds_labels_of_ipv4, 0, 2);
    tcase_add_loop_test(tests, finds_labels_of_ipv6, 0, 2);
    tcase_add_loop_test(tests, believes_no_wrong_extension, 0, 6);
    tcase_add_loop_test(tests, reads_on_where_an_extension_would_leave_nothing, 0, 2);
    tcase_add_test(tests, prefers_a_whole_quote_to_labels);
    tcase_add_test(tests, keeps_no_more_labels_than_there_is_room_for);
    tcase_add_test(tests, notes_a_wrong_checksum);
    tcase_add_loop_test(tests, takes_nothing_else, 0, 3);
    tcase_add_test(tests, takes_no_error_from_a_tunnel);
    tcase_add_test(tests, says_the_mtu_of_the_next_hop);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
