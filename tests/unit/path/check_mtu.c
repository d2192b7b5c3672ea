/* SPDX-License-Identifier: BSD-2-Clause */
#include "path/mtu.h"

#include <string.h>

#include "harness.h"
#include "packets.h"

#define SEQ_END  UINT32_C(700) /* so that the octets of larger packets lie beyond 0 */
#define HEADERS4 52u           /* with time stamps */
#define HEADERS6 72u
#define NEXT     UINT32_C(5000)

static const struct endpoint ours4 = {{FAMILY_IPV4, {192, 0, 2, 1}}, 51234};
static const struct endpoint target4 = {{FAMILY_IPV4, {192, 0, 2, 2}}, 443};
static const struct endpoint ours6 = {{FAMILY_IPV6, {0x20, [15] = 1}}, 51234};
static const struct endpoint target6 = {{FAMILY_IPV6, {0x20, [15] = 2}}, 443};
static const struct address router = {FAMILY_IPV4, {203, 0, 113, 1}};

static struct path_mtu new_mtu(bool v6)
{
    struct path_mtu mtu;
    memset(&mtu, 0, sizeof mtu);
    mtu.ours = v6 ? ours6 : ours4;
    mtu.theirs = v6 ? target6 : target4;
    mtu.device_bytes = 1500;
    return mtu;
}

/* A packet of that size, the nth of all, with identification 100 + n and TSval 200 + n. */
static struct segment packet_of(const struct path_mtu *mtu, uint32_t bytes, unsigned nth)
{
    bool v4 = mtu->ours.address.family == FAMILY_IPV4;
    uint32_t octets = bytes - (v4 ? HEADERS4 : HEADERS6);
    return (struct segment){.time_ns = nth * INT64_C(1000000000),
                            .src = mtu->ours,
                            .dst = mtu->theirs,
                            .seq = SEQ_END - octets,
                            .ack = NEXT,
                            .flags = TCP_ACK,
                            .payload_len = octets,
                            .ip_id = (uint16_t)(v4 ? 100 + nth : 0),
                            .options = {.has_timestamps = true, .tsval = 200u + nth}};
}

static void send(struct path_mtu *mtu, uint32_t bytes)
{
    struct segment packet = packet_of(mtu, bytes, mtu->sent_count);
    path_mtu_take(mtu, NULL, &packet, SEGMENT_TCP);
}

enum marks { PLAIN, DSACK = 1, ECHO = 2 };

static struct segment answer_to(const struct path_mtu *mtu, uint32_t bytes, unsigned nth,
                                unsigned marks)
{
    struct segment packet = packet_of(mtu, bytes, nth);
    struct segment answer = {
        .src = mtu->theirs, .dst = mtu->ours, .seq = NEXT, .ack = SEQ_END, .flags = TCP_ACK};
    if ((marks & DSACK) != 0) {
        answer.options.sack_count = 1;
        answer.options.sack[0] = (struct tcp_sack_block){packet.seq, SEQ_END};
    }
    answer.options.has_timestamps = (marks & ECHO) != 0;
    answer.options.tsecr = (marks & ECHO) != 0 ? packet.options.tsval : 0;
    return answer;
}

static void answer(struct path_mtu *mtu, uint32_t bytes, unsigned nth, unsigned marks)
{
    struct segment segment = answer_to(mtu, bytes, nth, marks);
    path_mtu_take(mtu, NULL, &segment, SEGMENT_TCP);
}

static struct quote quote_of(const struct path_mtu *mtu, uint32_t bytes, unsigned nth,
                             uint32_t told)
{
    struct segment packet = packet_of(mtu, bytes, nth);
    bool v4 = mtu->ours.address.family == FAMILY_IPV4;
    return (struct quote){.icmp = {.from = router,
                                   .family = v4 ? FAMILY_IPV4 : FAMILY_IPV6,
                                   .type = v4 ? 3 : 2,
                                   .code = v4 ? 4 : 0,
                                   .has_seq = true},
                          .src = packet.src,
                          .dst = packet.dst,
                          .seq = packet.seq,
                          .ip_id = packet.ip_id,
                          .has_options = true,
                          .options = packet.options,
                          .mtu = told};
}

START_TEST(counts_the_headers)
{
    ck_assert_uint_eq(path_mtu_headers(FAMILY_IPV4, false), 40);
    ck_assert_uint_eq(path_mtu_headers(FAMILY_IPV4, true), HEADERS4);
    ck_assert_uint_eq(path_mtu_headers(FAMILY_IPV6, false), 60);
    ck_assert_uint_eq(path_mtu_headers(FAMILY_IPV6, true), HEADERS6);
}
END_TEST

START_TEST(knows_nothing_at_first)
{
    struct path_mtu mtu = new_mtu(false);
    struct mtu_verdict verdict = path_mtu_judge(&mtu);
    struct segment segment = answer_to(&mtu, 1200, 0, DSACK | ECHO);
    ck_assert(!path_mtu_is_answer(&mtu, &segment, NEXT, true));
    path_mtu_take_answer(&mtu, &segment);
    ck_assert_uint_eq(verdict.bytes, 0);
    ck_assert_uint_eq(verdict.beyond, 0);
    ck_assert(!verdict.told && !verdict.black_hole && !verdict.sure && !verdict.limited);
}
END_TEST

START_TEST(takes_answers)
{
    for (unsigned v6 = 0; v6 < 2; v6++)
        for (unsigned marks = PLAIN; marks <= (DSACK | ECHO); marks++) {
            struct path_mtu mtu = new_mtu(v6 != 0);
            send(&mtu, 1280);
            answer(&mtu, 1280, 0, marks);
            send(&mtu, 1500);
            ck_assert_uint_eq(mtu.sent[1].bytes, 1500);
            ck_assert_uint_eq(path_mtu_judge(&mtu).bytes, 1280);
            ck_assert(!path_mtu_judge(&mtu).limited);
            answer(&mtu, 1500, 1, marks);
            ck_assert_uint_eq(path_mtu_judge(&mtu).bytes, 1500);
            ck_assert(path_mtu_judge(&mtu).limited);
        }
}
END_TEST

/* Without marks, an answer is for the latest packet, and nothing is for sure. */
START_TEST(gives_unmarked_answers_to_the_latest)
{
    struct path_mtu mtu = new_mtu(false);
    send(&mtu, 1500);
    send(&mtu, 1280);
    answer(&mtu, 1280, 1, PLAIN);
    ck_assert_uint_eq(path_mtu_judge(&mtu).bytes, 1280);
    for (unsigned round = 0; round < 4; round++) {
        for (unsigned i = 0; i < PATH_MTU_TRIES; i++)
            send(&mtu, 1281);
        send(&mtu, 1280);
        answer(&mtu, 1280, mtu.sent_count - 1u, PLAIN);
    }
    ck_assert(path_mtu_judge(&mtu).black_hole);
    ck_assert(!path_mtu_judge(&mtu).sure);
}
END_TEST

/* A stale time stamp names a packet that was answered. */
START_TEST(does_not_trust_a_stale_echo)
{
    struct path_mtu mtu = new_mtu(false);
    send(&mtu, 1200);
    send(&mtu, 1500);
    answer(&mtu, 1200, 0, ECHO);
    answer(&mtu, 1200, 0, ECHO);
    ck_assert_uint_eq(path_mtu_judge(&mtu).bytes, 1500);
}
END_TEST

/* The D-SACK names the size, and the time stamp the try, or another packet. */
START_TEST(tells_the_tries_apart)
{
    struct path_mtu mtu = new_mtu(false);
    send(&mtu, 1200);
    send(&mtu, 1200);
    send(&mtu, 1500);
    answer(&mtu, 1200, 0, DSACK | ECHO);
    ck_assert_int_eq(mtu.sent[0].answer, MTU_ACKNOWLEDGED);
    ck_assert_int_eq(mtu.sent[1].answer, MTU_NO_ANSWER);
    struct segment mixed = answer_to(&mtu, 1200, 1, DSACK | ECHO);
    mixed.options.tsecr = 202; /* of the third */
    path_mtu_take_answer(&mtu, &mixed);
    ck_assert_int_eq(mtu.sent[1].answer, MTU_ACKNOWLEDGED);
    ck_assert_int_eq(mtu.sent[2].answer, MTU_NO_ANSWER);
    mixed.options.sack[0].left--;
    path_mtu_take_answer(&mtu, &mixed);
    ck_assert_int_eq(mtu.sent[2].answer, MTU_NO_ANSWER);
}
END_TEST

/* Where neither has a time stamp, the latest try is answered. */
START_TEST(needs_no_time_stamps)
{
    struct path_mtu mtu = new_mtu(false);
    for (unsigned i = 0; i < 2; i++) {
        struct segment packet = packet_of(&mtu, 1200, i);
        packet.options = (struct tcp_options){.has_mss = false};
        path_mtu_take_sent(&mtu, &packet);
    }
    const struct segment plain = answer_to(&mtu, 1200, 1, PLAIN);
    path_mtu_take_answer(&mtu, &plain);
    ck_assert_int_eq(mtu.sent[0].answer, MTU_NO_ANSWER);
    ck_assert_int_eq(mtu.sent[1].answer, MTU_ACKNOWLEDGED);
}
END_TEST

/* The least that a link has to carry: RFC 791, 3.2 and RFC 8200, 5. */
START_TEST(believes_no_less_than_there_may_be)
{
    struct path_mtu mtu = new_mtu(_i >= 2);
    send(&mtu, 1500);
    uint32_t least = _i < 2 ? 68 : 1280;
    struct quote quote = quote_of(&mtu, 1500, 0, least - (_i % 2 == 0));
    ck_assert_int_eq(path_mtu_take_quote(&mtu, &quote), _i % 2 == 1);
}
END_TEST

START_TEST(recognizes_answers)
{
    struct path_mtu mtu = new_mtu(false);
    send(&mtu, 1200);
    struct segment plain = answer_to(&mtu, 1200, 0, PLAIN), marked = plain;
    marked.options.sack_count = 1;
    marked.options.sack[0] = (struct tcp_sack_block){SEQ_END - 1148, SEQ_END};
    ck_assert(path_mtu_is_answer(&mtu, &plain, NEXT, true));
    ck_assert(!path_mtu_is_answer(&mtu, &plain, NEXT, false));
    ck_assert(!path_mtu_is_answer(&mtu, &plain, NEXT + 1, true));
    ck_assert(path_mtu_is_answer(&mtu, &marked, NEXT + 1, false));
    marked.options.sack[0].left = SEQ_END;
    ck_assert(!path_mtu_is_answer(&mtu, &marked, NEXT, false));
    marked.options.sack[0] = (struct tcp_sack_block){SEQ_END - 10, SEQ_END + 5};
    ck_assert(!path_mtu_is_answer(&mtu, &marked, NEXT, false));
    static const uint16_t flags[] = {TCP_ACK | TCP_SYN, TCP_ACK | TCP_FIN, TCP_ACK | TCP_RST, 0};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        struct segment other = plain;
        other.flags = flags[i];
        ck_assert(!path_mtu_is_answer(&mtu, &other, NEXT, true));
    }
    struct segment data = plain, more = plain;
    data.payload_len = 1;
    more.ack++;
    ck_assert(!path_mtu_is_answer(&mtu, &data, NEXT, true));
    ck_assert(!path_mtu_is_answer(&mtu, &more, NEXT, true));
}
END_TEST

START_TEST(takes_no_more_than_it_holds)
{
    struct path_mtu mtu = new_mtu(false);
    for (unsigned i = 0; i < PATH_MTU_SENT_MAX + 3; i++)
        send(&mtu, 200 + i);
    ck_assert_uint_eq(mtu.sent_count, PATH_MTU_SENT_MAX);
    ck_assert_uint_eq(path_mtu_tries(&mtu, 200 + PATH_MTU_SENT_MAX - 1), 1);
    ck_assert_uint_eq(path_mtu_tries(&mtu, 200 + PATH_MTU_SENT_MAX), 0);
}
END_TEST

START_TEST(believes_routers)
{
    for (unsigned v6 = 0; v6 < 2; v6++) {
        struct path_mtu mtu = new_mtu(v6 != 0);
        send(&mtu, 1500);
        struct quote quote = quote_of(&mtu, 1500, 0, 1400);
        ck_assert(path_mtu_take_quote(&mtu, &quote));
        ck_assert(address_equal(&mtu.told_by, &router));
        ck_assert_uint_eq(mtu.told_bytes, 1400);
        send(&mtu, 1400);
        answer(&mtu, 1400, 1, DSACK);
        struct mtu_verdict verdict = path_mtu_judge(&mtu);
        ck_assert_uint_eq(verdict.bytes, 1400);
        ck_assert_uint_eq(verdict.beyond, 1401);
        ck_assert(verdict.told && !verdict.black_hole && !verdict.limited);
        quote.mtu = 1450; /* another router, with more room */
        ck_assert(path_mtu_take_quote(&mtu, &quote));
        ck_assert_uint_eq(mtu.told_bytes, 1400);
    }
}
END_TEST

/* Several routers on the way: the least counts, whoever was first. */
START_TEST(believes_the_router_that_tells_least)
{
    static const uint32_t told[][2] = {{1400, 1300}, {1300, 1400}, {1400, 1400}};
    const struct address further = {FAMILY_IPV4, {203, 0, 113, 77}};
    struct path_mtu mtu = new_mtu(false);
    send(&mtu, 1500);
    struct quote quote = quote_of(&mtu, 1500, 0, told[_i][0]);
    ck_assert(path_mtu_take_quote(&mtu, &quote));
    quote.mtu = told[_i][1];
    quote.icmp.from = further;
    ck_assert(path_mtu_take_quote(&mtu, &quote));
    ck_assert_uint_eq(mtu.told_bytes, _i == 2 ? 1400 : 1300);
    ck_assert(address_equal(&mtu.told_by, _i == 0 ? &further : &router));
}
END_TEST

/* RFC 1191, 5: routers that say no size. A later one may. */
START_TEST(takes_a_router_that_says_no_size)
{
    struct path_mtu mtu = new_mtu(false);
    send(&mtu, 1500);
    struct quote quote = quote_of(&mtu, 1500, 0, 0);
    ck_assert(path_mtu_take_quote(&mtu, &quote));
    ck_assert_int_eq(mtu.sent[0].answer, MTU_TOO_BIG);
    ck_assert_uint_eq(path_mtu_judge(&mtu).beyond, 1500);
    ck_assert(path_mtu_judge(&mtu).told);
    quote.mtu = 1300;
    ck_assert(path_mtu_take_quote(&mtu, &quote));
    ck_assert_uint_eq(mtu.told_bytes, 1300);
}
END_TEST

START_TEST(takes_back_no_acknowledgement_for_an_error_without_a_size)
{
    struct path_mtu mtu = new_mtu(false);
    send(&mtu, 1500);
    answer(&mtu, 1500, 0, DSACK);
    struct quote quote = quote_of(&mtu, 1500, 0, 0);
    ck_assert(path_mtu_take_quote(&mtu, &quote));
    ck_assert_int_eq(mtu.sent[0].answer, MTU_ACKNOWLEDGED);
    ck_assert_uint_eq(path_mtu_judge(&mtu).bytes, 1500);
    ck_assert_uint_eq(path_mtu_judge(&mtu).beyond, 0);
}
END_TEST

static void spoil_number(struct quote *quote)
{
    quote->seq++;
}

static void spoil_tuple(struct quote *quote)
{
    quote->src.port++;
}

static void spoil_marks(struct quote *quote)
{
    quote->ip_id++;
    quote->options.tsval--;
}

static void shorten(struct quote *quote)
{
    quote->icmp.has_seq = quote->has_options = false;
}

typedef void spoiler(struct quote *quote);

/* A device may have translated one thing, or the router may quote little. */
START_TEST(recognizes_translated_quotes)
{
    static spoiler *const one[] = {spoil_number, spoil_tuple, spoil_marks, shorten};
    struct path_mtu mtu = new_mtu(false);
    send(&mtu, 1500);
    for (size_t i = 0; i < sizeof one / sizeof one[0]; i++) {
        struct quote quote = quote_of(&mtu, 1500, 0, 1400);
        one[i](&quote);
        ck_assert_msg(path_mtu_knows_quote(&mtu, &quote), "quote %zu", i);
    }
    for (size_t i = 0; i < 3; i++) {
        struct quote quote = quote_of(&mtu, 1500, 0, 1400);
        one[i](&quote);
        one[(i + 1) % 3](&quote);
        ck_assert_msg(!path_mtu_knows_quote(&mtu, &quote), "quote %zu", i);
    }
    struct quote quote = quote_of(&mtu, 1500, 0, 1400);
    quote.has_options = false;
    quote.icmp.family = FAMILY_IPV6; /* which has no identification */
    spoil_tuple(&quote);
    ck_assert(!path_mtu_knows_quote(&mtu, &quote));
}
END_TEST

START_TEST(does_not_believe_what_is_impossible)
{
    static const struct {
        bool v6;
        uint32_t told;
    } impossible[] = {{false, 67},  {false, 1500}, {false, 9000}, {false, 1199},
                      {true, 1279}, {true, 0},     {true, 1500},  {true, 1299}};
    for (size_t i = 0; i < sizeof impossible / sizeof impossible[0]; i++) {
        bool v6 = impossible[i].v6;
        struct path_mtu mtu = new_mtu(v6);
        send(&mtu, v6 ? 1300 : 1200);
        answer(&mtu, v6 ? 1300 : 1200, 0, DSACK);
        send(&mtu, 1500);
        struct quote quote = quote_of(&mtu, 1500, 1, impossible[i].told);
        ck_assert_msg(!path_mtu_take_quote(&mtu, &quote), "MTU %u", impossible[i].told);
        ck_assert_int_eq(mtu.sent[1].answer, MTU_NO_ANSWER);
    }
}
END_TEST

START_TEST(leaves_other_errors_alone)
{
    struct path_mtu mtu = new_mtu(false);
    send(&mtu, 1500);
    struct quote corrupt = quote_of(&mtu, 1500, 0, 1400), own = corrupt, other = corrupt,
                 type = corrupt;
    corrupt.corrupt = true;
    own.icmp.from = mtu.ours.address;
    other.icmp.code = 1;
    type.icmp.type = 11;
    ck_assert(!path_mtu_take_quote(&mtu, &corrupt));
    ck_assert(!path_mtu_take_quote(&mtu, &own));
    ck_assert(!path_mtu_take_quote(&mtu, &other));
    ck_assert(!path_mtu_take_quote(&mtu, &type));
    ck_assert_int_eq(mtu.sent[0].answer, MTU_NO_ANSWER);
}
END_TEST

/* On the way to its own address a host sees both directions, which their ports tell apart. */
START_TEST(tells_the_ends_of_one_address_apart)
{
    struct path_mtu mtu = new_mtu(_i == 1);
    mtu.theirs.address = mtu.ours.address;
    send(&mtu, 1500);
    answer(&mtu, 1500, 0, DSACK | ECHO);
    ck_assert_uint_eq(mtu.sent_count, 1);
    ck_assert_int_ne(mtu.sent[0].answer, MTU_NO_ANSWER);
    ck_assert_uint_eq(path_mtu_judge(&mtu).bytes, 1500);
}
END_TEST

/* "fragmentation needed", next-hop MTU 1400, that quotes eight octets of a packet of 1500. */
static const char too_big[] =
    "45 00 0038 0000 0000 40 01 0000 cb007101 c0000201" /* the checksum is put in below */
    "03 04 0000 0000 0578"
    "45 00 05dc 0064 4000 3f 06 0000 c0000201 c0000202"
    "c822 01bb fffffd14";

START_TEST(takes_frames)
{
    uint8_t bytes[128];
    struct path_mtu mtu = new_mtu(false);
    struct segment segment;
    send(&mtu, 1500);
    size_t len = bytes_from_hex(too_big, bytes, sizeof bytes);
    for (size_t at = 0; at <= 20; at += 20) { /* IP header; ICMP */
        size_t sum_at = at == 0 ? 10 : 22;
        uint16_t sum =
            checksum_finish(checksum_add(0, cursor_over(bytes + at, at == 0 ? 20 : len - 20)));
        bytes[sum_at] = (uint8_t)(sum >> 8);
        bytes[sum_at + 1] = (uint8_t)sum;
    }
    struct frame frame = {
        .bytes = bytes, .captured_len = (uint32_t)len, .wire_len = (uint32_t)len, .link = LINK_RAW};
    memset(&segment, 0, sizeof segment);
    path_mtu_take(&mtu, &frame, &segment, SEGMENT_NOT_TCP);
    ck_assert_uint_eq(mtu.told_bytes, 0);
    path_mtu_take(&mtu, &frame, &segment, SEGMENT_ICMP_ERROR);
    ck_assert_uint_eq(mtu.told_bytes, 1400);
    frame.captured_len = 20;
    path_mtu_take(&mtu, &frame, &segment, SEGMENT_ICMP_ERROR);
}
END_TEST

/* What was sent, in order: upper-case letters were answered. a: 1400 octets, b: 1420, c: 1440. */
static const struct {
    const char *sent;
    uint32_t bytes, beyond;
    bool black_hole, sure;
} courses[] = {
    {"ccc", 0, 1440, false, false},
    {"Acc", 1400, 0, false, false},
    {"Accc", 1400, 1440, false, false}, /* the path may have gone down */
    {"AcccA", 1400, 1440, true, false},
    {"AcBccB", 1420, 1440, true, false},
    {"AcAcAcA", 1400, 1440, true, false},
    {"AcccAcccAcccA", 1400, 1440, true, true},
    {"AcccAcccAccc", 1400, 1440, true, false},   /* not often enough */
    {"AcccAccccccA", 1400, 1440, true, false},   /* the same */
    {"aAcccAcccAcccA", 1400, 1440, true, false}, /* smaller ones are lost, too */
    {"AbbbbcccAcccAbbbA", 1400, 1420, true, true},
    {"AbbbCc", 1440, 0, false, false}, /* lost by chance */
};

START_TEST(judges)
{
    struct path_mtu mtu = new_mtu(false);
    for (const char *at = courses[_i].sent; *at != '\0'; at++) {
        bool answered = *at < 'a';
        send(&mtu, 1400u + 20u * (unsigned)((answered ? *at - 'A' + 'a' : *at) - 'a'));
        if (answered)
            mtu.sent[mtu.sent_count - 1].answer = MTU_ACKNOWLEDGED;
    }
    struct mtu_verdict verdict = path_mtu_judge(&mtu);
    ck_assert_uint_eq(verdict.bytes, courses[_i].bytes);
    ck_assert_uint_eq(verdict.beyond, courses[_i].beyond);
    ck_assert_int_eq(verdict.black_hole, courses[_i].black_hole);
    ck_assert_int_eq(verdict.sure, courses[_i].sure);
    ck_assert(!verdict.told);
}
END_TEST

/* A router tells 1420, and behind it 1420 disappear. */
START_TEST(tells_a_black_hole_behind_a_router)
{
    struct path_mtu mtu = new_mtu(false);
    send(&mtu, 1500);
    struct quote quote = quote_of(&mtu, 1500, 0, 1420);
    ck_assert(path_mtu_take_quote(&mtu, &quote));
    for (unsigned i = 0; i < PATH_MTU_TRIES; i++)
        send(&mtu, 1420);
    send(&mtu, 1400);
    answer(&mtu, 1400, 4, DSACK);
    struct mtu_verdict verdict = path_mtu_judge(&mtu);
    ck_assert_uint_eq(verdict.bytes, 1400);
    ck_assert_uint_eq(verdict.beyond, 1420);
    ck_assert(verdict.black_hole && !verdict.told);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mtu");
    TCase *tcase = tcase_create("mtu");
    tcase_add_test(tcase, counts_the_headers);
    tcase_add_test(tcase, knows_nothing_at_first);
    tcase_add_test(tcase, takes_answers);
    tcase_add_test(tcase, gives_unmarked_answers_to_the_latest);
    tcase_add_test(tcase, does_not_trust_a_stale_echo);
    tcase_add_test(tcase, tells_the_tries_apart);
    tcase_add_test(tcase, recognizes_answers);
    tcase_add_test(tcase, needs_no_time_stamps);
    tcase_add_loop_test(tcase, believes_no_less_than_there_may_be, 0, 4);
    tcase_add_test(tcase, takes_no_more_than_it_holds);
    tcase_add_test(tcase, believes_routers);
    tcase_add_loop_test(tcase, believes_the_router_that_tells_least, 0, 3);
    tcase_add_test(tcase, takes_a_router_that_says_no_size);
    tcase_add_test(tcase, takes_back_no_acknowledgement_for_an_error_without_a_size);
    tcase_add_test(tcase, recognizes_translated_quotes);
    tcase_add_test(tcase, does_not_believe_what_is_impossible);
    tcase_add_test(tcase, leaves_other_errors_alone);
    tcase_add_test(tcase, takes_frames);
    tcase_add_loop_test(tcase, tells_the_ends_of_one_address_apart, 0, 2);
    tcase_add_loop_test(tcase, judges, 0, sizeof courses / sizeof courses[0]);
    tcase_add_test(tcase, tells_a_black_hole_behind_a_router);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
