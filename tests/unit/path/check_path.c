/* SPDX-License-Identifier: BSD-2-Clause */
#include "path/path.h"

#include <string.h>

#include "harness.h"
#include "packets.h"
#include "wire/decode.h"

#define ISS UINT32_C(1000)

static const struct endpoint ours4 = {{FAMILY_IPV4, {192, 0, 2, 1}}, 51234};
static const struct endpoint target4 = {{FAMILY_IPV4, {192, 0, 2, 2}}, 443};
static const struct endpoint ours6 = {{FAMILY_IPV6, {0x20, [15] = 1}}, 51234};
static const struct endpoint target6 = {{FAMILY_IPV6, {0x20, [15] = 2}}, 443};

static struct path new_path(bool v6)
{
    struct path path;
    memset(&path, 0, sizeof path);
    path.ours = v6 ? ours6 : ours4;
    path.theirs = v6 ? target6 : target4;
    return path;
}

/* The SYN with that TTL, sent at ttl seconds with identification 100 + ttl and TSval 200 + ttl. */
static struct segment syn_of(const struct path *path, uint8_t ttl)
{
    bool v4 = path->ours.address.family == FAMILY_IPV4;
    return (struct segment){
        .time_ns = ttl * INT64_C(1000000000),
        .src = path->ours,
        .dst = path->theirs,
        .seq = ISS,
        .flags = TCP_SYN,
        .window = 64240,
        .ip_id = (uint16_t)(v4 ? 100 + ttl : 0),
        .ttl = ttl,
        .options = {.has_mss = true, .mss = 1460, .has_timestamps = true, .tsval = 200u + ttl}};
}

static void send(struct path *path, uint8_t ttl)
{
    struct segment syn = syn_of(path, ttl);
    path_take(path, NULL, &syn, SEGMENT_TCP);
}

static struct address router(uint8_t number)
{
    return (struct address){FAMILY_IPV4, {203, 0, 113, number}};
}

/* What a router quotes of that SYN, 1 ms after it. */
static struct quote quote_of(const struct path *path, uint8_t ttl)
{
    struct segment syn = syn_of(path, ttl);
    bool v4 = syn.src.address.family == FAMILY_IPV4;
    return (struct quote){.time_ns = syn.time_ns + 1000000,
                          .icmp = {.family = v4 ? FAMILY_IPV4 : FAMILY_IPV6,
                                   .type = v4 ? 11 : 3,
                                   .has_seq = true,
                                   .from = router(ttl)},
                          .src = syn.src,
                          .dst = syn.dst,
                          .len = 60,
                          .seq = ISS,
                          .flags = TCP_SYN,
                          .window = 64240,
                          .ip_id = syn.ip_id,
                          .ttl = 1,
                          .has_flags = true,
                          .has_options = true,
                          .options = syn.options};
}

static bool answer(struct path *path, uint8_t ttl)
{
    struct quote quote = quote_of(path, ttl);
    return path_take_quote(path, &quote);
}

static struct segment reply_of(const struct path *path, uint8_t ttl, uint16_t flags)
{
    return (struct segment){.time_ns = ttl * INT64_C(1000000000) + 2000000,
                            .src = path->theirs,
                            .dst = path->ours,
                            .flags = flags};
}

START_TEST(three_hops)
{
    struct path path = new_path(_i == 1);
    for (uint8_t ttl = 1; ttl <= 2; ttl++) {
        send(&path, ttl);
        ck_assert(answer(&path, ttl));
    }
    ck_assert(path_cut_short(&path));
    send(&path, 3);
    ck_assert(!path_cut_short(&path));
    ck_assert_uint_eq(path.end_ttl, 0);
    ck_assert(!path_reached(&path));
    struct segment syn_ack = reply_of(&path, 3, TCP_SYN | TCP_ACK);
    path_take(&path, NULL, &syn_ack, SEGMENT_TCP);
    ck_assert(path_reached(&path));
    ck_assert(!path_cut_short(&path));
    ck_assert_uint_eq(path.end_ttl, 3);
    ck_assert_uint_eq(path.hop_count, 3);
    ck_assert_uint_eq(path_last_answered(&path), 3);
    ck_assert_int_eq(path.hops[0].answer, PATH_TIME_EXCEEDED);
    ck_assert_int_eq(path.hops[0].rtt_ns, 1000000);
    ck_assert_int_eq(path.hops[2].answer, PATH_SYN_ACK);
    ck_assert_int_eq(path.hops[2].rtt_ns, 2000000);
    ck_assert(address_equal(&path.hops[2].address, &path.theirs.address));
    for (size_t i = 0; i < 3; i++)
        ck_assert_uint_eq(path.hops[i].changes, 0);
}
END_TEST

static const struct {
    uint16_t flags;
    uint32_t payload;
    enum path_answer answer;
    const char *name;
} replies[] = {
    {TCP_RST | TCP_ACK, 0, PATH_RESET, "reset"},
    {TCP_RST, 0, PATH_RESET, "reset"},
    {TCP_ACK, 0, PATH_ACK, "ack"},
    {TCP_SYN | TCP_ACK, 0, PATH_SYN_ACK, "syn-ack"},
    {TCP_FIN | TCP_ACK, 0, PATH_NO_ANSWER, NULL},
    {TCP_ACK, 1, PATH_NO_ANSWER, NULL},
    {TCP_SYN, 0, PATH_NO_ANSWER, NULL},
};

START_TEST(tells_answers_of_the_target)
{
    struct path path = new_path(false);
    struct segment reply = reply_of(&path, 1, replies[_i].flags);
    reply.payload_len = replies[_i].payload;
    path_take_answer(&path, &reply); /* before anything was sent it answers nothing */
    send(&path, 1);
    path_take_answer(&path, &reply);
    ck_assert_int_eq(path.hops[0].answer, replies[_i].answer);
    const char *name = path_answer_name(path.hops[0].answer);
    ck_assert(replies[_i].name == NULL ? name == NULL : strcmp(name, replies[_i].name) == 0);
}
END_TEST

/* By the echo of its time stamp, where there is one of these; the second answer changes nothing. */
START_TEST(finds_the_syn_that_the_target_answers)
{
    struct path path = new_path(false);
    send(&path, 1);
    send(&path, 2);
    struct segment reply = reply_of(&path, 1, TCP_SYN | TCP_ACK);
    reply.options.has_timestamps = true;
    reply.options.tsecr = 201;
    path_take_answer(&path, &reply);
    ck_assert_uint_eq(path.end_ttl, 1);
    path_take_answer(&path, &reply);
    ck_assert_uint_eq(path.hops[0].answered, 1);
    reply.options.tsecr = 999;
    reply.time_ns -= INT64_C(5000000000); /* the clock was set back meanwhile */
    path_take_answer(&path, &reply);
    ck_assert_int_eq(path.hops[1].answer, PATH_SYN_ACK);
    ck_assert_int_eq(path.hops[1].rtt_ns, INT64_MIN);
    ck_assert_uint_eq(path.end_ttl, 1);
}
END_TEST

/* Where neither has one, it is for the latest. */
START_TEST(an_answer_without_a_time_stamp_is_for_the_latest)
{
    struct path path = new_path(false);
    for (uint8_t ttl = 1; ttl <= 2; ttl++) {
        struct segment syn = syn_of(&path, ttl);
        syn.options = (struct tcp_options){.has_mss = true};
        path_take_sent(&path, &syn);
    }
    const struct segment reply = reply_of(&path, 2, TCP_SYN | TCP_ACK);
    path_take_answer(&path, &reply);
    ck_assert_uint_eq(path.end_ttl, 2);
    ck_assert_uint_eq(path.hops[0].answered, 0);
}
END_TEST

/* Quotes are ours by the number or the tuple, and by the identification or the time stamp. */
static void other_ip_id(struct quote *q)
{
    q->ip_id = 9;
}
static void other_tsval(struct quote *q)
{
    q->options.tsval = 9;
}
static void other_seq(struct quote *q)
{
    q->seq = 9;
}
static void other_port(struct quote *q)
{
    q->src.port = 9;
}
static void corrupt(struct quote *q)
{
    q->corrupt = true;
}
static void no_syn(struct quote *q)
{
    q->flags = TCP_ACK;
}
static void short_of_options(struct quote *q)
{
    q->has_flags = q->has_options = false;
}
static void short_of_seq(struct quote *q)
{
    q->icmp.has_seq = false;
}

static const struct {
    void (*changes[3])(struct quote *quote);
    bool taken;
} quotes[] = {
    {{NULL}, true},
    {{other_ip_id}, true},
    {{other_tsval}, true},
    {{other_ip_id, other_tsval}, false},
    {{other_seq}, true},
    {{other_port}, true},
    {{other_seq, other_port}, false},
    {{short_of_seq, other_port}, false},
    {{short_of_options}, true},
    {{short_of_options, other_ip_id}, false},
    {{corrupt}, false},
    {{no_syn}, false},
};

START_TEST(knows_its_quotes)
{
    struct path path = new_path(false);
    send(&path, 1);
    struct quote quote = quote_of(&path, 1);
    for (size_t i = 0; i < 3 && quotes[_i].changes[i] != NULL; i++)
        quotes[_i].changes[i](&quote);
    ck_assert_int_eq(path_knows_quote(&path, &quote), quotes[_i].taken);
    ck_assert_int_eq(path_take_quote(&path, &quote), quotes[_i].taken);
    ck_assert_uint_eq(path.hops[0].answered, quotes[_i].taken);
}
END_TEST

/* IPv6 where time stamps are removed: the SYN that is waited for, unless its router is known. */
START_TEST(knows_unmarked_quotes)
{
    struct path path = new_path(true);
    struct quote quote = quote_of(&path, 1);
    quote.options.has_timestamps = false;
    ck_assert(!path_take_quote(&path, &quote));
    send(&path, 1);
    struct quote cut = quote;
    cut.has_options = false; /* who knows whether they were there */
    ck_assert(!path_take_quote(&path, &cut));
    ck_assert(path_take_quote(&path, &quote));
    ck_assert(!path_take_quote(&path, &quote)); /* nothing waits */
    quote.icmp.from = router(2);
    ck_assert(!path_take_quote(&path, &quote)); /* nor for another one */
    quote.icmp.from = router(1);
    send(&path, 2);
    ck_assert(!path_take_quote(&path, &quote)); /* the same router again */
    quote.icmp.from = router(2);
    ck_assert(path_take_quote(&path, &quote));
    ck_assert_uint_eq(path.hops[1].changes, 0); /* it was at the hop before */
    ck_assert_uint_eq(path.hops[0].changes, UINT32_C(1) << VIEW_TIMESTAMPS);
}
END_TEST

/* At the first hop whose quote shows it, even if an answer from before it comes later. */
START_TEST(tells_where_something_was_changed_first)
{
    struct path path = new_path(false);
    for (uint8_t ttl = 1; ttl <= 4; ttl++)
        send(&path, ttl);
    struct quote third = quote_of(&path, 3), second = quote_of(&path, 2),
                 fourth = quote_of(&path, 4);
    second.options.mss = third.options.mss = 1200;
    short_of_options(&fourth);
    ck_assert(answer(&path, 1));
    ck_assert(path_take_quote(&path, &third));
    ck_assert_uint_eq(path.hops[2].changes, UINT32_C(1) << VIEW_MSS);
    ck_assert(path_take_quote(&path, &second));
    ck_assert_uint_eq(path.hops[1].changes, UINT32_C(1) << VIEW_MSS);
    ck_assert_uint_eq(path.hops[2].changes, 0);
    ck_assert(path_take_quote(&path, &fourth));
    ck_assert_uint_eq(path.hops[3].changes, 0);
    ck_assert_ptr_eq(path_hop_before(&path, 2), &path.hops[0]);
    ck_assert_ptr_null(path_hop_before(&path, 1));
}
END_TEST

/* Each SYN has a TTL of its own, so that one that was set is told of at each hop behind. */
START_TEST(a_ttl_that_was_set_is_set_again)
{
    static const uint8_t ttls[] = {1, 64, 64, 1};
    struct path path = new_path(false);
    for (uint8_t ttl = 1; ttl <= 4; ttl++) {
        send(&path, ttl);
        struct quote quote = quote_of(&path, ttl);
        quote.ttl = ttls[ttl - 1];
        ck_assert(path_take_quote(&path, &quote));
        ck_assert_uint_eq(path.hops[ttl - 1].changes,
                          ttls[ttl - 1] != 1 ? UINT32_C(1) << VIEW_TTL : 0);
    }
}
END_TEST

START_TEST(an_error_ends_the_path)
{
    struct path path = new_path(false);
    send(&path, 1);
    send(&path, 2);
    struct quote quote = quote_of(&path, 2);
    quote.icmp.type = 3;
    quote.icmp.code = 13;
    quote.ttl = 2; /* it was refused before its TTL could expire */
    quote.label_count = 1;
    quote.labels[0].label = 77;
    ck_assert(path_take_quote(&path, &quote));
    ck_assert_uint_eq(path.end_ttl, 2);
    ck_assert(!path_reached(&path));
    ck_assert_int_eq(path.hops[1].answer, PATH_UNREACHABLE);
    ck_assert_uint_eq(path.hops[1].changes, 0);
    ck_assert_str_eq(path_answer_name(PATH_UNREACHABLE), "unreachable");
    ck_assert_uint_eq(path.hops[1].icmp_code, 13);
    ck_assert_uint_eq(path.hops[1].label_count, 1);
    ck_assert_uint_eq(path.hops[1].labels[0].label, 77);
    ck_assert_ptr_null(path_hop_before(&path, 2));
    ck_assert_uint_eq(path_last_answered(&path), 2);
}
END_TEST

/* Also where another router has answered for the same hop before. */
START_TEST(a_second_answer_ends_the_path)
{
    struct path path = new_path(false);
    send(&path, 1);
    ck_assert(answer(&path, 1));
    ck_assert_uint_eq(path.end_ttl, 0);
    struct segment again = syn_of(&path, 1);
    again.ip_id = 999;
    path_take_sent(&path, &again);
    struct quote quote = quote_of(&path, 1);
    other_tsval(&quote);
    quote.ip_id = 999;
    quote.icmp.type = 3;
    quote.icmp.code = 13;
    ck_assert(path_take_quote(&path, &quote));
    ck_assert_uint_eq(path.end_ttl, 1);
    ck_assert_int_eq(path.hops[0].answer, PATH_TIME_EXCEEDED);
    ck_assert_uint_eq(path.hops[0].other.family, FAMILY_NONE); /* it was the same */
}
END_TEST

START_TEST(counts_one_answer_to_a_syn)
{
    struct path path = new_path(false);
    send(&path, 1);
    for (int i = 0; i < 200; i++)
        ck_assert(answer(&path, 1));
    ck_assert_uint_eq(path.hops[0].answered, 1);
    ck_assert_uint_eq(path.hops[0].other.family, FAMILY_NONE);
}
END_TEST

/* In the same tick of a coarse clock, or with one that went back. */
START_TEST(a_round_trip_may_take_no_time)
{
    struct path path = new_path(false);
    send(&path, 1);
    struct quote quote = quote_of(&path, 1);
    quote.time_ns -= 1000000 + (_i == 1);
    ck_assert(path_take_quote(&path, &quote));
    ck_assert_int_eq(path.hops[0].rtt_ns, _i == 0 ? 0 : INT64_MIN);
}
END_TEST

/* The answer to the first SYN comes when the second has just left. */
START_TEST(keeps_the_first_round_trip_of_a_hop)
{
    struct path path = new_path(false);
    send(&path, 1);
    ck_assert(answer(&path, 1));
    ck_assert_int_eq(path.hops[0].rtt_ns, 1000000);
    send(&path, 1);
    ck_assert_uint_eq(path.hops[0].sent, 2);
    ck_assert_int_eq(path.hops[0].rtt_ns, 1000000);
}
END_TEST

START_TEST(keeps_a_second_router_of_a_hop)
{
    struct path path = new_path(false);
    send(&path, 1);
    struct segment again = syn_of(&path, 1);
    again.ip_id = 999;
    path_take_sent(&path, &again);
    ck_assert_uint_eq(path.hops[0].sent, 2);
    ck_assert(answer(&path, 1));
    struct quote other = quote_of(&path, 1);
    other_tsval(&other);
    other.ip_id = 999;
    other.icmp.from = router(9);
    ck_assert(path_take_quote(&path, &other));
    ck_assert_uint_eq(path.hops[0].answered, 2);
    ck_assert(path.hops[0].other.bytes[3] == 9 && path.hops[0].address.bytes[3] == 1);
}
END_TEST

/* A router may be several hops. */
START_TEST(takes_names)
{
    char longest[PATH_NAME_MAX + 1];
    struct path path = new_path(false);
    const struct address gone = router(1), none = {0};
    for (uint8_t ttl = 1; ttl <= 3; ttl++)
        send(&path, ttl);
    for (uint8_t ttl = 1; ttl <= 2; ttl++) {
        struct quote quote = quote_of(&path, ttl);
        quote.icmp.from = router(1);
        ck_assert(path_take_quote(&path, &quote));
    }
    path.hops[1].other = router(2);
    path_take_name(&path, &gone, "gw.test");
    path_take_name(&path, &none, "nothing.test");
    path_take_name(&path, &path.hops[1].other, "second.test");
    ck_assert_str_eq(path.hops[1].other_name, "second.test");
    ck_assert_str_eq(path.hops[0].other_name, "");
    ck_assert_str_eq(path.hops[0].name, "gw.test");
    ck_assert_str_eq(path.hops[1].name, "gw.test");
    ck_assert_str_eq(path.hops[2].name, "");
    memset(longest, 'n', PATH_NAME_MAX);
    longest[PATH_NAME_MAX] = '\0';
    path_take_name(&path, &gone, longest);
    ck_assert_uint_eq(strlen(path.hops[0].name), PATH_NAME_MAX - 1);
}
END_TEST

START_TEST(takes_no_more_than_there_is_room_for)
{
    struct path path = new_path(false);
    struct segment syn = syn_of(&path, 0);
    path_take_sent(&path, &syn);
    syn.ttl = PATH_HOPS_MAX + 1;
    path_take_sent(&path, &syn);
    ck_assert_uint_eq(path.sent_count, 0);
    for (int i = 0; i < PATH_SENT_MAX + 9; i++)
        send(&path, PATH_HOPS_MAX);
    ck_assert_uint_eq(path.sent_count, PATH_SENT_MAX);
    ck_assert_uint_eq(path.hop_count, PATH_HOPS_MAX);
    ck_assert_uint_eq(path_last_answered(&path), 0);
}
END_TEST

/* Our reset of what a SYN has opened, and an error as a frame that is none. */
START_TEST(leaves_other_frames_alone)
{
    struct path path = new_path(false);
    static const uint8_t octets[1];
    struct frame frame = {1, octets, 1, 1, LINK_RAW, 0};
    struct segment reset = syn_of(&path, 64);
    reset.flags = TCP_RST;
    path_take(&path, &frame, &reset, SEGMENT_TCP);
    path_take(&path, &frame, &reset, SEGMENT_ICMP_ERROR);
    path_take(&path, &frame, &reset, SEGMENT_NOT_IP);
    ck_assert_uint_eq(path.sent_count, 0);
}
END_TEST

static struct frame frame_of(const char *text, uint8_t *octets, size_t size)
{
    uint32_t len = (uint32_t)bytes_from_hex(text, octets, size);
    return (struct frame){5, octets, len, len, LINK_RAW, 0};
}

/* A SYN and the error that quotes it, both as frames. */
START_TEST(takes_errors_from_frames)
{
    uint8_t octets[256];
    struct segment segment;
    struct path path;
    struct frame frame = frame_of(SYN4, octets, sizeof octets);
    memset(&path, 0, sizeof path);
    ck_assert_int_eq(segment_decode(&frame, &segment), SEGMENT_TCP);
    path.ours = segment.src;
    path.theirs = segment.dst;
    path_take(&path, &frame, &segment, SEGMENT_TCP);
    ck_assert_uint_eq(path.sent_count, 1);
    frame = frame_of(WHOLE4, octets, sizeof octets);
    ck_assert_int_eq(segment_decode(&frame, &segment), SEGMENT_ICMP_ERROR);
    path_take(&path, &frame, &segment, SEGMENT_ICMP_ERROR);
    ck_assert_uint_eq(path.end_ttl, 64);
    ck_assert(address_equal(&path.hops[63].address, &segment.icmp.from));
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

int main(void)
{
    Suite *suite = suite_create("path");
    TCase *tests = tcase_create("hops");
    tcase_add_loop_test(tests, three_hops, 0, 2);
    tcase_add_loop_test(tests, tells_answers_of_the_target, 0, COUNT(replies));
    tcase_add_test(tests, finds_the_syn_that_the_target_answers);
    tcase_add_test(tests, an_answer_without_a_time_stamp_is_for_the_latest);
    tcase_add_loop_test(tests, knows_its_quotes, 0, COUNT(quotes));
    tcase_add_test(tests, knows_unmarked_quotes);
    tcase_add_test(tests, tells_where_something_was_changed_first);
    tcase_add_test(tests, a_ttl_that_was_set_is_set_again);
    tcase_add_test(tests, an_error_ends_the_path);
    tcase_add_test(tests, a_second_answer_ends_the_path);
    tcase_add_test(tests, counts_one_answer_to_a_syn);
    tcase_add_test(tests, keeps_the_first_round_trip_of_a_hop);
    tcase_add_loop_test(tests, a_round_trip_may_take_no_time, 0, 2);
    tcase_add_test(tests, keeps_a_second_router_of_a_hop);
    tcase_add_test(tests, takes_names);
    tcase_add_test(tests, takes_no_more_than_there_is_room_for);
    tcase_add_test(tests, leaves_other_frames_alone);
    tcase_add_test(tests, takes_errors_from_frames);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
