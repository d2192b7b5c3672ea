/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "harness.h"
#include "net/transmit.h"

#define BYTES(text) (const uint8_t *)(text), sizeof(text) - 1

static const uint8_t odd_payload[] = {'o', 'd', 'd'};
static const uint8_t hello_payload[] = {'h', 'e', 'l', 'l', 'o'};

#define CLIENT4                                                                                    \
    {                                                                                              \
        {FAMILY_IPV4, {192, 0, 2, 7}}, 51234                                                       \
    }
#define SERVER4                                                                                    \
    {                                                                                              \
        {FAMILY_IPV4, {198, 51, 100, 80}}, 443                                                     \
    }
#define CLIENT6                                                                                    \
    {                                                                                              \
        {FAMILY_IPV6, {0x20, 0x01, 0x0d, 0xb8, [15] = 7}}, 51234                                   \
    }
#define SERVER6                                                                                    \
    {                                                                                              \
        {FAMILY_IPV6, {0x20, 0x01, 0x0d, 0xb8, 0, 1, [15] = 0x80}}, 443                            \
    }

#define SYN_OPTIONS                                                                                \
    {                                                                                              \
        .has_mss = true, .mss = 1460, .sack_permitted = true, .has_timestamps = true,              \
        .tsval = 0x01020304, .has_wscale = true, .wscale = 7,                                      \
    }

/* Computed apart from this program and from libnet. */
static const struct {
    struct outgoing segment;
    const uint8_t *bytes;
    size_t len;
} known[] = {
    {{.src = CLIENT4,
      .dst = SERVER4,
      .seq = 0xfffffffe,
      .flags = TCP_SYN,
      .window = 64240,
      .ip_id = 0x1234,
      .ttl = 64,
      .options = SYN_OPTIONS},
     BYTES("\x45\x00\x00\x3c\x12\x34\x40\x00\x40\x06\x3b\xfd\xc0\x00\x02\x07\xc6\x33\x64\x50"
           "\xc8\x22\x01\xbb\xff\xff\xff\xfe\x00\x00\x00\x00\xa0\x02\xfa\xf0\x92\xa1\x00\x00"
           "\x02\x04\x05\xb4\x04\x02\x08\x0a\x01\x02\x03\x04\x00\x00\x00\x00\x01\x03\x03\x07")},
    {{.src = CLIENT4,
      .dst = SERVER4,
      .seq = 1,
      .ack = 2,
      .flags = TCP_PSH | TCP_ACK,
      .window = 1,
      .ip_id = 0xbeef,
      .ttl = 255,
      .payload = odd_payload,
      .payload_len = sizeof odd_payload},
     BYTES("\x45\x00\x00\x2b\xbe\xef\x40\x00\xff\x06\xd0\x51\xc0\x00\x02\x07\xc6\x33\x64\x50"
           "\xc8\x22\x01\xbb\x00\x00\x00\x01\x00\x00\x00\x02\x50\x18\x00\x01\x25\xf8\x00\x00"
           "\x6f\x64\x64")},
    {{.src = CLIENT6,
      .dst = SERVER6,
      .seq = 0xfffffffe,
      .flags = TCP_SYN,
      .window = 64240,
      .ip_id = 1,
      .ttl = 64,
      .options = SYN_OPTIONS},
     BYTES("\x60\x00\x00\x00\x00\x28\x06\x40"
           "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07"
           "\x20\x01\x0d\xb8\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80"
           "\xc8\x22\x01\xbb\xff\xff\xff\xfe\x00\x00\x00\x00\xa0\x02\xfa\xf0\x23\x33\x00\x00"
           "\x02\x04\x05\xb4\x04\x02\x08\x0a\x01\x02\x03\x04\x00\x00\x00\x00\x01\x03\x03\x07")},
    {{.src = CLIENT6,
      .dst = SERVER6,
      .seq = 1,
      .ack = 2,
      .flags = TCP_FIN | TCP_ACK,
      .window = 502,
      .ip_id = 1,
      .ttl = 1,
      .options = {.has_timestamps = true, .tsval = 7, .tsecr = 8},
      .payload = hello_payload,
      .payload_len = sizeof hello_payload},
     BYTES("\x60\x00\x00\x00\x00\x25\x06\x01"
           "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07"
           "\x20\x01\x0d\xb8\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80"
           "\xc8\x22\x01\xbb\x00\x00\x00\x01\x00\x00\x00\x02\x80\x11\x01\xf6\x0b\x06\x00\x00"
           "\x01\x01\x08\x0a\x00\x00\x00\x07\x00\x00\x00\x08"
           "\x68\x65\x6c\x6c\x6f")},
};

static struct transmit *transmit;
static struct error error;

static void set_up(void)
{
    transmit = transmit_open(false, false, &error); /* crafting alone needs no privilege */
    ck_assert_ptr_nonnull(transmit);
}

static void tear_down(void)
{
    transmit_close(transmit);
}

START_TEST(known_datagrams_byte_for_byte)
{
    const uint8_t *bytes;
    int len = transmit_craft(transmit, &known[_i].segment, &bytes, &error);
    ck_assert_int_eq(len, (int)known[_i].len);
    ck_assert_mem_eq(bytes, known[_i].bytes, known[_i].len);
}
END_TEST

/* An Internet checksum of the plainest kind, so that the program's own is not its judge. */
static uint32_t sum_words(uint32_t sum, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
    while (sum > 0xffff)
        sum = (sum >> 16) + (sum & 0xffff);
    return sum;
}

static unsigned word_at(const uint8_t *bytes)
{
    return (unsigned)bytes[0] << 8 | bytes[1];
}

static void assert_sound_ipv4(const uint8_t *bytes, size_t len)
{
    ck_assert_uint_eq(bytes[0], 0x45);
    ck_assert_uint_eq(bytes[1], 0);
    ck_assert_uint_eq(word_at(bytes + 2), len);
    ck_assert_uint_eq(word_at(bytes + 6), 0x4000); /* DF alone */
    ck_assert_uint_eq(bytes[9], 6);
    ck_assert_uint_eq(sum_words(0, bytes, 20), 0xffff);
    ck_assert_uint_eq(
        sum_words(sum_words(6 + (uint32_t)(len - 20), bytes + 12, 8), bytes + 20, len - 20),
        0xffff);
}

static void assert_sound_ipv6(const uint8_t *bytes, size_t len)
{
    ck_assert_uint_eq(word_at(bytes), 0x6000);
    ck_assert_uint_eq(word_at(bytes + 2), 0);
    ck_assert_uint_eq(word_at(bytes + 4), len - 40);
    ck_assert_uint_eq(bytes[6], 6);
    ck_assert_uint_eq(
        sum_words(sum_words(6 + (uint32_t)(len - 40), bytes + 8, 32), bytes + 40, len - 40),
        0xffff);
}

static struct tcp_options option_combination(unsigned bits)
{
    struct tcp_options options = {
        .has_mss = bits & 1,
        .mss = 536,
        .sack_permitted = bits & 2,
        .has_timestamps = bits & 4,
        .tsval = 0xfffffffe,
        .tsecr = 0x80000000,
        .has_wscale = bits & 8,
        .wscale = 14,
        .sack_count = (uint8_t)(bits >> 4), /* 0 to 3 */
    };
    for (uint32_t i = 0; i < options.sack_count; i++)
        options.sack[i] = (struct tcp_sack_block){.left = 0xffffff00 + i, .right = i};
    return options;
}

static uint8_t payload[1500];

static void craft_and_check(struct outgoing *segment, uint32_t payload_len)
{
    const uint8_t *bytes;
    uint8_t expected_options[TCPOPT_SPACE_MAX];
    size_t options_len = tcpopt_encode(&segment->options, expected_options);
    bool ipv6 = segment->dst.address.family == FAMILY_IPV6;
    size_t ip_len = ipv6 ? 40 : 20;
    segment->payload = payload_len ? payload : NULL;
    segment->payload_len = payload_len;
    int len = transmit_craft(transmit, segment, &bytes, &error);
    ck_assert_int_eq(len, (int)(ip_len + 20 + options_len + payload_len));
    if (ipv6)
        assert_sound_ipv6(bytes, (size_t)len);
    else
        assert_sound_ipv4(bytes, (size_t)len);
    const uint8_t *tcp = bytes + ip_len;
    ck_assert_uint_eq(tcp[12], (20 + options_len) / 4 << 4);
    ck_assert_uint_eq(tcp[13], segment->flags);
    ck_assert_mem_eq(tcp + 20, expected_options, options_len);
    ck_assert_mem_eq(tcp + 20 + options_len, payload, payload_len);
}

/* Every combination of options (the loop's number) with every short payload length and some long
 * ones. */
START_TEST(checksums_of_every_shape)
{
    static const struct outgoing shapes[] = {
        {.src = CLIENT4, .dst = SERVER4, .seq = 0x89abcdef, .ack = 0xfedcba98, .window = 65535},
        {.src = CLIENT6, .dst = SERVER6, .seq = 0x89abcdef, .ack = 0xfedcba98, .window = 65535},
    };
    static const uint32_t long_lens[] = {535, 536, 1399, 1400};
    for (size_t i = 0; i < sizeof payload; i++)
        payload[i] = (uint8_t)(i * 167 + 91);
    for (size_t shape = 0; shape < 2; shape++) {
        struct outgoing segment = shapes[shape];
        segment.options = option_combination((unsigned)_i);
        segment.ttl = (uint8_t)(_i + 1);
        segment.ip_id = (uint16_t)(_i * 1021 + 1);
        segment.flags = (uint16_t)(_i * 4);
        for (uint32_t len = 0; len <= 40; len++)
            craft_and_check(&segment, len);
        for (size_t i = 0; i < sizeof long_lens / sizeof long_lens[0]; i++)
            craft_and_check(&segment, long_lens[i]);
    }
}
END_TEST

/* One octet of difference at each place of each address: a pseudo-header that left one out would
 * pass otherwise. */
START_TEST(checksum_covers_every_address_octet)
{
    struct outgoing segment = known[_i / 16 ? 3 : 1].segment;
    size_t octet = (size_t)_i % 16;
    if (octet >= address_len(&segment.src.address))
        return;
    segment.src.address.bytes[octet] ^= 0x5a;
    segment.dst.address.bytes[octet] ^= 0xc3;
    memcpy(payload, hello_payload, sizeof hello_payload);
    craft_and_check(&segment, sizeof hello_payload);
}
END_TEST

/* Flag AE stands beside the data offset, and the checksum covers it. */
START_TEST(all_nine_flags)
{
    uint64_t random = 9768;
    for (unsigned flags = 0; flags <= 0x1ff; flags++) {
        struct outgoing segment = known[_i].segment;
        const uint8_t *bytes;
        segment.flags = (uint16_t)flags;
        segment.seq = (uint32_t)next_random(&random);
        int len = transmit_craft(transmit, &segment, &bytes, &error);
        ck_assert_int_eq(len, (int)known[_i].len);
        uint32_t ip_len = segment.dst.address.family == FAMILY_IPV6 ? 40 : 20;
        ck_assert_uint_eq((unsigned)(bytes[ip_len + 12] << 8 | bytes[ip_len + 13]) & 0xfff, flags);
        ck_assert_int_eq(checksum_tcp(&segment.src.address, &segment.dst.address,
                                      cursor_over(bytes + ip_len, (size_t)len - ip_len)),
                         CHECKSUM_GOOD);
    }
}
END_TEST

START_TEST(what_cannot_be_said_is_refused)
{
    const uint8_t *bytes;
    struct outgoing segment = known[0].segment;
    segment.flags = TCP_AE << 1;
    ck_assert_int_eq(transmit_craft(transmit, &segment, &bytes, &error), -1);
    ck_assert_int_eq(error.status, STATUS_RUN);
    segment = known[1].segment;
    segment.payload_len = UINT32_MAX;
    ck_assert_int_eq(transmit_craft(transmit, &segment, &bytes, &error), -1);
    segment = known[1].segment;
    segment.dst = known[2].segment.dst;
    ck_assert_int_eq(transmit_craft(transmit, &segment, &bytes, &error), -1);
    /* and nothing of it lingers in the next one */
    ck_assert_int_eq(transmit_craft(transmit, &known[0].segment, &bytes, &error),
                     (int)known[0].len);
    ck_assert_mem_eq(bytes, known[0].bytes, known[0].len);
}
END_TEST

/* As large as a datagram can be, without octets of the caller's. */
START_TEST(makes_large_packets_of_zeros)
{
    static const struct outgoing shapes[] = {{.src = CLIENT4, .dst = SERVER4, .flags = TCP_ACK},
                                             {.src = CLIENT6, .dst = SERVER6, .flags = TCP_ACK}};
    const uint8_t *bytes;
    struct outgoing segment = shapes[_i];
    segment.options.has_timestamps = true;
    segment.payload_len = 65535 - (_i == 0 ? 52 : 72);
    ck_assert_int_eq(transmit_craft(transmit, &segment, &bytes, &error), 65535);
    if (_i == 0)
        assert_sound_ipv4(bytes, 65535);
    else
        assert_sound_ipv6(bytes, 65535);
    for (size_t i = _i == 0 ? 52 : 72; i < 65535; i++)
        ck_assert_uint_eq(bytes[i], 0);
    segment.payload_len++;
    ck_assert_int_eq(transmit_craft(transmit, &segment, &bytes, &error), -1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("transmit");
    TCase *tests = tcase_create("craft");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, known_datagrams_byte_for_byte, 0, sizeof known / sizeof known[0]);
    tcase_add_loop_test(tests, checksums_of_every_shape, 0, 64);
    tcase_add_loop_test(tests, checksum_covers_every_address_octet, 0, 32);
    tcase_add_loop_test(tests, all_nine_flags, 0, sizeof known / sizeof known[0]);
    tcase_add_test(tests, what_cannot_be_said_is_refused);
    tcase_add_loop_test(tests, makes_large_packets_of_zeros, 0, 2);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
