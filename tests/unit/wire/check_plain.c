/* SPDX-License-Identifier: BSD-2-Clause */
/* The short way and the long one say the same. Behind Ethernet a packet can go the short way; the
 * same packet without it goes the long one. */
#include <string.h>

#include "harness.h"
#include "packets.h"
#include "wire/decode.h"
#include "wire/plain.h"

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))
#define ETHERNET     "020000000001 020000000002 0800"
#define ETHERNET_LEN 14
#define FRAME_MAX    320
#define SOME_TIME    1795324083502968001

/* timestamps, three octets, no flag left out */
#define TIMED4                                                                                     \
    "45120037 beef0000 01060e35 c0000207 c6336450 c82201bb ffffffff 80000000 "                     \
    "811801f6 69eb0000 0101080a 00000001 00000002 6f6464 "

/* The first ones are plain. */
#define PLAIN 4
static const char *const packets[] = {SYN4,  TIMED4,  RST4, PARTIAL4,
                                      DATA4, SYNACK6, TSO4, PROHIBITED4};

static bool same_endpoint(const struct endpoint *a, const struct endpoint *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static bool same_options(const struct tcp_options *a, const struct tcp_options *b)
{
    return memcmp(a, b, offsetof(struct tcp_options, sack)) == 0 &&
           memcmp(a->sack, b->sack, a->sack_count * sizeof a->sack[0]) == 0;
}

static bool same_segment(const struct segment *a, const struct segment *b)
{
    return a->time_ns == b->time_ns && same_endpoint(&a->src, &b->src) &&
           same_endpoint(&a->dst, &b->dst) && a->seq == b->seq && a->ack == b->ack &&
           a->flags == b->flags && a->window == b->window && a->payload_len == b->payload_len &&
           a->payload == b->payload && a->payload_captured == b->payload_captured &&
           a->ip_id == b->ip_id && a->ttl == b->ttl && a->tos == b->tos &&
           a->checksum == b->checksum && a->options_truncated == b->options_truncated &&
           a->cut == b->cut && same_options(&a->options, &b->options);
}

/* Whether the short way was taken; a difference is counted. */
static bool compare(const uint8_t *bytes, size_t len, uint32_t wire_len, unsigned *different)
{
    struct segment plain, any;
    struct frame frame = {SOME_TIME, bytes, (uint32_t)len, wire_len, LINK_ETHERNET, 0};
    memset(&plain, 0xa5, sizeof plain);
    memset(&any, 0x5a, sizeof any);
    if (!plain_decode(&frame, &plain))
        return false;
    bool sane = wire_len >= len;
    struct frame raw = {SOME_TIME,
                        bytes + ETHERNET_LEN,
                        (uint32_t)len - ETHERNET_LEN,
                        (sane ? wire_len : (uint32_t)len) - ETHERNET_LEN,
                        LINK_RAW,
                        0};
    *different += segment_decode(&raw, &any) != SEGMENT_TCP || !same_segment(&plain, &any);
    return true;
}

static size_t make_frame(const char *packet, uint8_t *out)
{
    char hex[1024] = ETHERNET;
    strcat(hex, packet);
    return bytes_from_hex(hex, out, FRAME_MAX);
}

START_TEST(what_is_plain_is_taken)
{
    uint8_t bytes[FRAME_MAX];
    unsigned different = 0;
    size_t len = make_frame(packets[_i], bytes);
    ck_assert(compare(bytes, len, (uint32_t)len, &different) == (_i < PLAIN));
    ck_assert_uint_eq(different, 0);
}
END_TEST

/* Cut anywhere, with what the wire carried told rightly, too short, or too long. */
START_TEST(every_prefix_is_the_same)
{
    uint8_t bytes[FRAME_MAX];
    unsigned different = 0, taken = 0;
    size_t whole = make_frame(packets[_i], bytes);
    for (size_t len = 0; len <= whole; len++) {
        uint8_t *guarded = guarded_copy(bytes, len);
        taken += compare(guarded, len, (uint32_t)whole, &different);
        taken += compare(guarded, len, (uint32_t)len, &different);
        taken += compare(guarded, len, (uint32_t)whole + 4, &different);
        taken += compare(guarded, len, 20, &different);
        guarded_free(guarded, len);
    }
    ck_assert_uint_eq(different, 0);
    ck_assert((taken > 0) == (_i < PLAIN));
}
END_TEST

START_TEST(every_octet_corrupted_is_the_same)
{
    uint8_t bytes[FRAME_MAX];
    unsigned different = 0;
    size_t len = make_frame(packets[_i], bytes);
    for (size_t i = 0; i < len; i++) {
        uint8_t right = bytes[i];
        for (unsigned value = 0; value < 256; value++) {
            bytes[i] = (uint8_t)value;
            compare(bytes, len, (uint32_t)len, &different);
        }
        bytes[i] = right;
    }
    ck_assert_uint_eq(different, 0);
}
END_TEST

/* A header of IPv4 counts only where its checksum is right, so that what is changed in it changes
 * that too; without one it says nothing. */
START_TEST(changed_headers_are_the_same)
{
    uint8_t right[FRAME_MAX], bytes[FRAME_MAX];
    unsigned different = 0, taken = 0;
    uint64_t state = 791;
    size_t len = make_frame(packets[_i], right);
    for (int round = 0; round < 20000; round++) {
        uint64_t r = next_random(&state);
        memcpy(bytes, right, len);
        for (unsigned changes = r & 3; changes-- > 0;)
            bytes[ETHERNET_LEN + next_random(&state) % 40] = (uint8_t)next_random(&state);
        bytes[ETHERNET_LEN + 10] = bytes[ETHERNET_LEN + 11] = 0;
        size_t cut = (r & 0x100) != 0 ? len : (r >> 16) % (len + 1);
        taken += compare(bytes, cut, (uint32_t)len, &different);
    }
    ck_assert_uint_eq(different, 0);
    ck_assert(taken > 1000 || _i >= PLAIN);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plain");
    TCase *tcase = tcase_create("frames");
    tcase_add_loop_test(tcase, what_is_plain_is_taken, 0, COUNT(packets));
    tcase_add_loop_test(tcase, every_prefix_is_the_same, 0, COUNT(packets));
    tcase_add_loop_test(tcase, every_octet_corrupted_is_the_same, 0, COUNT(packets));
    tcase_add_loop_test(tcase, changed_headers_are_the_same, 0, COUNT(packets));
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
