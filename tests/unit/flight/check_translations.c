/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight/translations.h"

#include <stdlib.h>

#include "harness.h"

#define ISS    0x1234abcdu
#define TSVAL  5000u
#define IP_ID  77
#define PORT   40001
#define SERVED 443

#define IPV4(a, b, c, d)                                                                           \
    {                                                                                              \
        FAMILY_IPV4,                                                                               \
        {                                                                                          \
            a, b, c, d                                                                             \
        }                                                                                          \
    }

static const struct endpoint ours = {IPV4(192, 0, 2, 1), PORT};
static const struct endpoint service = {IPV4(203, 0, 113, 10), SERVED};
static const struct endpoint real = {IPV4(192, 0, 2, 2), 8080};
static const struct endpoint outside = {IPV4(198, 51, 100, 1), 7001};
static const struct endpoint stranger = {IPV4(198, 51, 100, 9), 9999};

static struct pool pool;
static struct flight flight;
static struct translations translations;
static struct error error;

/* In flight: its SYN was sent and not captured yet. */
static void set_up(void)
{
    static const uint8_t bytes[1];
    const struct sent sent = {
        .mark = {ISS, ISS + 1, 0, TCP_SYN, IP_ID, TSVAL}, .len = 1, .bytes = bytes};
    static const uint64_t key[2] = {1, 2};
    ck_assert_int_eq(pool_open(&pool, key, &error), 0);
    flight =
        (struct flight){.ours = ours, .attempt.server = service, .iss = ISS, .first_tsval = TSVAL};
    translations = (struct translations){{NULL}};
    pool_add(&pool, &flight);
    ck_assert(echoes_push(&flight.echoes, &sent));
}

static void tear_down(void)
{
    translations_forget(&translations, &flight);
    echoes_free(&flight.echoes);
    pool_remove(&pool, &flight);
    pool_close(&pool);
}

static struct segment syn(const struct endpoint *src, const struct endpoint *dst)
{
    struct segment s = {.src = *src, .dst = *dst, .seq = ISS, .flags = TCP_SYN, .ip_id = IP_ID};
    s.options.has_timestamps = true;
    s.options.tsval = TSVAL;
    s.checksum = CHECKSUM_GOOD;
    return s;
}

static struct segment answer(const struct endpoint *src, const struct endpoint *dst)
{
    struct segment s = {
        .src = *src, .dst = *dst, .seq = 9, .ack = ISS + 1, .flags = TCP_SYN | TCP_ACK};
    s.options.has_timestamps = true;
    s.options.tsval = 1;
    s.options.tsecr = TSVAL;
    s.checksum = CHECKSUM_GOOD;
    return s;
}

static bool is_ours(const struct segment *s, enum segment_kind kind, bool sent)
{
    struct match match = {.flight = NULL};
    if (!translations_recognize(&pool, s, kind, &match))
        return false;
    ck_assert_ptr_eq(match.flight, &flight);
    ck_assert_int_eq(match.sent, sent);
    return true;
}

START_TEST(our_syn_is_known_by_its_numbers)
{
    struct segment s = syn(&outside, &real); /* neither end is as we know it */
    ck_assert(is_ours(&s, SEGMENT_TCP, true));
    s.seq++;
    ck_assert(!is_ours(&s, SEGMENT_TCP, true));
    s = syn(&outside, &real);
    s.ip_id++;
    ck_assert(!is_ours(&s, SEGMENT_TCP, true));
    s = syn(&outside, &real);
    s.options.tsval++;
    ck_assert(!is_ours(&s, SEGMENT_TCP, true));
    s = syn(&outside, &real);
    s.checksum = CHECKSUM_BAD;
    ck_assert(!is_ours(&s, SEGMENT_TCP, true));
    s = syn(&outside, &real);
    s.src.address.family = FAMILY_IPV6;
    ck_assert(!is_ours(&s, SEGMENT_TCP, true));
    echoes_free(&flight.echoes); /* it was captured */
    s = syn(&outside, &real);
    ck_assert(!is_ours(&s, SEGMENT_TCP, true));
}
END_TEST

/* Two connections may have the same number. */
START_TEST(each_of_a_number_is_looked_at)
{
    static struct flight other;
    other = (struct flight){.ours = outside, .attempt.server = stranger, .iss = ISS};
    pool_add(&pool, &other);
    struct segment s = syn(&real, &outside);
    ck_assert(is_ours(&s, SEGMENT_TCP, true));
    s = answer(&service, &ours);
    s.options = (struct tcp_options){.has_mss = true};
    ck_assert(is_ours(&s, SEGMENT_TCP, false));
    pool_remove(&pool, &other);
}
END_TEST

START_TEST(an_answer_is_known_by_what_it_acknowledges)
{
    struct segment s = answer(&real, &ours);
    ck_assert(is_ours(&s, SEGMENT_TCP, false));
    s = answer(&real, &outside); /* the timestamp is ours */
    ck_assert(is_ours(&s, SEGMENT_TCP, false));
    s.options.tsecr = TSVAL - 1;
    ck_assert(!is_ours(&s, SEGMENT_TCP, false));
    s.options.tsecr = TSVAL + 600000 - 1;
    ck_assert(is_ours(&s, SEGMENT_TCP, false));
    s.options.tsecr = TSVAL + 600000; /* of ten minutes later */
    ck_assert(!is_ours(&s, SEGMENT_TCP, false));
    s = answer(&real, &ours);
    s.options.tsecr = 0; /* echoes nothing, so that an end has to do */
    ck_assert(is_ours(&s, SEGMENT_TCP, false));
    s.dst = outside;
    ck_assert(!is_ours(&s, SEGMENT_TCP, false));
    s = answer(&real, &ours);
    s.ack++;
    ck_assert(!is_ours(&s, SEGMENT_TCP, false));
    s = answer(&real, &ours);
    s.flags = TCP_ACK;
    ck_assert(!is_ours(&s, SEGMENT_TCP, false));
    s.flags = TCP_RST; /* acknowledges nothing */
    ck_assert(!is_ours(&s, SEGMENT_TCP, false));
}
END_TEST

/* Of a reset, and of a SYN/ACK without timestamps, the number alone is known. */
START_TEST(without_a_timestamp_an_end_must_be_known)
{
    struct segment s = answer(&real, &outside);
    s.flags = TCP_RST | TCP_ACK;
    ck_assert(!is_ours(&s, SEGMENT_TCP, false));
    s.dst.port = PORT;
    ck_assert(is_ours(&s, SEGMENT_TCP, false));
    s.dst = outside;
    s.src.address = service.address;
    ck_assert(is_ours(&s, SEGMENT_TCP, false));
    s = answer(&stranger, &outside);
    s.flags = TCP_RST | TCP_ACK;
    s.src.port = SERVED;
    ck_assert(is_ours(&s, SEGMENT_TCP, false));
    s = answer(&stranger, &outside);
    s.options = (struct tcp_options){.has_mss = true};
    ck_assert(!is_ours(&s, SEGMENT_TCP, false));
    s.dst.address = ours.address;
    ck_assert(is_ours(&s, SEGMENT_TCP, false));
}
END_TEST

/* What was captured as it was sent is answered so: anything else comes from an attacker. */
START_TEST(what_left_as_it_was_sent_is_not_translated)
{
    struct segment s = answer(&real, &ours);
    struct segment quote = syn(&ours, &stranger);
    quote.icmp.has_seq = true;
    ck_assert(is_ours(&quote, SEGMENT_ICMP_ERROR, true));
    flight.echoed = true;
    ck_assert(!is_ours(&s, SEGMENT_TCP, false));
    ck_assert(!is_ours(&quote, SEGMENT_ICMP_ERROR, true));
    struct wire wire = {.sent.known = false};
    flight.wire = &wire;
    ck_assert(!is_ours(&s, SEGMENT_TCP, false));
    wire.sent.known = true;
    ck_assert(is_ours(&s, SEGMENT_TCP, false));
}
END_TEST

/* What is damaged may have a wrong address; what names one half alone is no answer. */
START_TEST(what_is_damaged_is_nobodys)
{
    struct segment s = answer(&real, &outside);
    ck_assert(is_ours(&s, SEGMENT_TCP, false));
    if (_i == 0)
        s.checksum = CHECKSUM_BAD;
    else
        s.cut = 1;
    ck_assert(!is_ours(&s, SEGMENT_TCP, false));
}
END_TEST

START_TEST(an_error_is_known_by_what_it_quotes)
{
    struct segment quote = syn(&ours, &real);
    ck_assert(!is_ours(&quote, SEGMENT_ICMP_ERROR, true)); /* without a number */
    quote.icmp.has_seq = true;
    ck_assert(is_ours(&quote, SEGMENT_ICMP_ERROR, true));
    quote = syn(&outside, &service); /* our own end alone was translated */
    quote.icmp.has_seq = true;
    ck_assert(is_ours(&quote, SEGMENT_ICMP_ERROR, true));
    quote = syn(&stranger, &real);
    quote.icmp.has_seq = true;
    ck_assert(!is_ours(&quote, SEGMENT_ICMP_ERROR, true));
}
END_TEST

START_TEST(a_tuple_is_known_in_both_directions_until_its_connection_is_over)
{
    const struct segment out = syn(&outside, &real), in = answer(&real, &outside);
    const struct match sent = {&flight, true};
    struct match match;
    ck_assert(!translations_find(&translations, &out, &match));
    ck_assert(translations_add(&translations, &out, &sent));
    ck_assert(translations_find(&translations, &out, &match));
    ck_assert(match.flight == &flight && match.sent);
    ck_assert(translations_find(&translations, &in, &match));
    ck_assert(match.flight == &flight && !match.sent);
    struct segment other = out;
    other.dst.port += 64; /* in the same bucket, perhaps */
    for (; other.dst.port < 60000; other.dst.port++)
        ck_assert(!translations_find(&translations, &other, &match));
    translations_forget(&translations, &flight);
    ck_assert(!translations_find(&translations, &out, &match));
    ck_assert(!translations_find(&translations, &in, &match));
}
END_TEST

START_TEST(many_tuples_are_kept_apart)
{
    enum { MANY = 500 };
    static struct flight flights[MANY];
    struct segment s = syn(&outside, &real);
    struct match match;
    for (uint16_t i = 0; i < MANY; i++) {
        match = (struct match){&flights[i], true};
        s.src.port = (uint16_t)(1000 + i);
        ck_assert(translations_add(&translations, &s, &match));
    }
    for (uint16_t i = 0; i < MANY; i += 2)
        translations_forget(&translations, &flights[i]);
    for (uint16_t i = 0; i < MANY; i++) {
        s.src.port = (uint16_t)(1000 + i);
        ck_assert_int_eq(translations_find(&translations, &s, &match), i % 2);
        ck_assert(i % 2 == 0 || match.flight == &flights[i]);
    }
    for (uint16_t i = 1; i < MANY; i += 2)
        translations_forget(&translations, &flights[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("translations");
    TCase *tests = tcase_create("translations");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, our_syn_is_known_by_its_numbers);
    tcase_add_test(tests, each_of_a_number_is_looked_at);
    tcase_add_test(tests, an_answer_is_known_by_what_it_acknowledges);
    tcase_add_test(tests, without_a_timestamp_an_end_must_be_known);
    tcase_add_test(tests, what_left_as_it_was_sent_is_not_translated);
    tcase_add_loop_test(tests, what_is_damaged_is_nobodys, 0, 2);
    tcase_add_test(tests, an_error_is_known_by_what_it_quotes);
    tcase_add_test(tests, a_tuple_is_known_in_both_directions_until_its_connection_is_over);
    tcase_add_test(tests, many_tuples_are_kept_apart);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
