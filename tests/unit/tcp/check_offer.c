/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/offer.h"

#include <string.h>

#include "harness.h"
#include "tcp/host.h"

#define BIT(offer) OFFER_BIT(offer)

/* A SYN and a SYN/ACK, and what is to be said of them. */
struct scene {
    struct connection_result result;
    struct host_facts host;
};

static void begin(struct scene *s, unsigned offers)
{
    memset(s, 0, sizeof *s);
    s->result.has_options[CLIENT] = s->result.has_options[SERVER] = true;
    s->result.openings[CLIENT] = (struct opening){.seen = true, .offers = (uint8_t)offers};
    s->result.openings[SERVER] = (struct opening){.seen = true};
    s->result.done = true;
}

/* By flags: the SYN/ACK of each row of RFC 9768, table 2, for both offers. */
static const struct {
    unsigned offer, ace;
    enum agreement ecn, accecn;
    enum ip_ecn syn_ecn;
} by_flags[] = {
    {OFFER_ECN, 0, IGNORED, AGREEMENT_NONE, ECN_UNKNOWN},
    {OFFER_ECN, 1, AGREED, AGREEMENT_NONE, ECN_UNKNOWN},
    {OFFER_ECN, 2, IGNORED, AGREEMENT_NONE, ECN_UNKNOWN},
    {OFFER_ECN, 3, MIRRORED, AGREEMENT_NONE, ECN_UNKNOWN},
    {OFFER_ECN, 4, IGNORED, AGREEMENT_NONE, ECN_UNKNOWN},
    {OFFER_ECN, 5, AGREED, AGREEMENT_NONE, ECN_UNKNOWN},
    {OFFER_ECN, 7, MIRRORED, AGREEMENT_NONE, ECN_UNKNOWN},
    {OFFER_ACCECN, 0, IGNORED, IGNORED, ECN_UNKNOWN},
    {OFFER_ACCECN, 1, AGREED, IGNORED, ECN_UNKNOWN},
    {OFFER_ACCECN, 2, AGREEMENT_NONE, AGREED, ECN_NOT_ECT},
    {OFFER_ACCECN, 3, AGREEMENT_NONE, AGREED, ECN_ECT1},
    {OFFER_ACCECN, 4, AGREEMENT_NONE, AGREED, ECN_ECT0},
    {OFFER_ACCECN, 5, AGREED, IGNORED, ECN_UNKNOWN},
    {OFFER_ACCECN, 6, AGREEMENT_NONE, AGREED, ECN_CE},
    {OFFER_ACCECN, 7, AGREEMENT_NONE, MIRRORED, ECN_UNKNOWN},
};

START_TEST(reads_the_flags)
{
    struct scene s;
    struct offer_outcome out;
    begin(&s, BIT(by_flags[_i].offer));
    s.result.openings[SERVER].ace = by_flags[_i].ace & 7;
    offer_judge(&s.result, &out);
    ck_assert_int_eq(out.became[OFFER_ECN], by_flags[_i].ecn);
    ck_assert_int_eq(out.became[OFFER_ACCECN], by_flags[_i].accecn);
    ck_assert_int_eq(out.syn_ecn, by_flags[_i].syn_ecn);
}
END_TEST

static const struct {
    unsigned offer;
    struct tcp_options syn, syn_ack;
    bool syn_data, acks_data;
    uint16_t digest; /* of the SYN/ACK's cookie; that of the SYN's is 1 */
    enum agreement became;
} by_options[] = {
    {.offer = OFFER_FASTOPEN, .syn.fast_open = true, .became = IGNORED},
    {.offer = OFFER_FASTOPEN,
     .syn.fast_open = true,
     .syn_ack = {.fast_open = true, .fast_open_cookie_len = 8},
     .became = AGREED},
    {.offer = OFFER_FASTOPEN, .syn.fast_open = true, .syn_ack.fast_open = true, .became = MIRRORED},
    /* With a cookie. */
    {.offer = OFFER_FASTOPEN,
     .syn = {.fast_open = true, .fast_open_cookie_len = 8},
     .became = AGREEMENT_NONE},
    {.offer = OFFER_FASTOPEN,
     .syn = {.fast_open = true, .fast_open_cookie_len = 8},
     .syn_data = true,
     .acks_data = true,
     .became = AGREED},
    {.offer = OFFER_FASTOPEN,
     .syn = {.fast_open = true, .fast_open_cookie_len = 8},
     .syn_data = true,
     .became = IGNORED},
    {.offer = OFFER_FASTOPEN,
     .syn = {.fast_open = true, .fast_open_cookie_len = 8},
     .syn_ack = {.fast_open = true, .fast_open_cookie_len = 8},
     .syn_data = true,
     .digest = 1,
     .became = MIRRORED},
    {.offer = OFFER_FASTOPEN,
     .syn = {.fast_open = true, .fast_open_cookie_len = 8},
     .syn_ack = {.fast_open = true, .fast_open_cookie_len = 8},
     .syn_data = true,
     .digest = 2,
     .became = IGNORED},
    {.offer = OFFER_MPTCP, .became = IGNORED},
    {.offer = OFFER_MPTCP,
     .syn_ack = {.mptcp = true, .mptcp_version = 1, .mptcp_len = 12},
     .became = AGREED},
    {.offer = OFFER_MPTCP,
     .syn_ack = {.mptcp = true, .mptcp_version = 1, .mptcp_len = 4},
     .became = MIRRORED},
    {.offer = OFFER_MPTCP,
     .syn_ack = {.mptcp = true, .mptcp_version = 0, .mptcp_len = 12},
     .became = IGNORED},
    {.offer = OFFER_MPTCP,
     .syn_ack = {.mptcp = true, .mptcp_subtype = 5, .mptcp_version = 1, .mptcp_len = 12},
     .became = IGNORED},
    {.offer = WITHOUT_MSS, .syn_ack.has_mss = true, .became = AGREED},
    {.offer = WITHOUT_SACK, .syn_ack.has_mss = true, .became = AGREED},
    {.offer = WITHOUT_SACK, .syn_ack.sack_permitted = true, .became = IGNORED},
    {.offer = WITHOUT_WSCALE, .syn_ack.has_mss = true, .became = AGREED},
    {.offer = WITHOUT_WSCALE, .syn_ack.has_wscale = true, .became = IGNORED},
    {.offer = WITHOUT_TIMESTAMPS, .syn_ack.has_mss = true, .became = AGREED},
    {.offer = WITHOUT_TIMESTAMPS, .syn_ack.has_timestamps = true, .became = IGNORED},
};

START_TEST(reads_the_options)
{
    struct scene s;
    struct offer_outcome out;
    begin(&s, BIT(by_options[_i].offer));
    s.result.options[CLIENT] = by_options[_i].syn;
    s.result.options[SERVER] = by_options[_i].syn_ack;
    s.result.openings[CLIENT].data = by_options[_i].syn_data;
    s.result.openings[SERVER].data = by_options[_i].acks_data;
    s.result.openings[CLIENT].cookie_digest = 1;
    s.result.openings[SERVER].cookie_digest = by_options[_i].digest;
    offer_judge(&s.result, &out);
    for (unsigned i = 0; i < OFFERS; i++)
        ck_assert_int_eq(out.became[i],
                         i == by_options[_i].offer ? by_options[_i].became : AGREEMENT_NONE);
}
END_TEST

START_TEST(compares_with_a_plain_connection)
{
    struct scene s;
    struct offer_outcome out;
    begin(&s, BIT(OFFER_ECN) | BIT(WITHOUT_SACK));
    s.result.has_options[SERVER] = false;
    offer_judge(&s.result, &out);
    ck_assert_int_eq(out.became[OFFER_ECN], AGREEMENT_NONE);
    s.result.host = &s.host;
    offer_judge(&s.result, &out);
    ck_assert_int_eq(out.became[OFFER_ECN], AGREEMENT_NONE);
    s.host.control = (struct offer_control){.made = true, .port_state = PORT_CLOSED};
    offer_judge(&s.result, &out);
    ck_assert_int_eq(out.became[OFFER_ECN], AGREEMENT_NONE);
    s.host.control.port_state = PORT_OPEN;
    offer_judge(&s.result, &out);
    ck_assert_int_eq(out.became[OFFER_ECN], BROKEN);
    ck_assert_int_eq(out.became[WITHOUT_SACK], BROKEN);
    ck_assert_int_eq(out.became[OFFER_ACCECN], AGREEMENT_NONE);
}
END_TEST

/* That a later SYN left away. */
START_TEST(knows_which_syn_was_answered)
{
    struct scene s;
    struct offer_outcome out;
    begin(&s, BIT(OFFER_ECN));
    s.result.openings[SERVER].ace = 1;
    s.result.openings[CLIENT].without = BIT(OFFER_ECN);
    offer_judge(&s.result, &out);
    ck_assert_int_eq(out.became[OFFER_ECN], AGREEMENT_NONE);
    s.result.openings[SERVER].without = BIT(OFFER_ECN);
    offer_judge(&s.result, &out);
    ck_assert_int_eq(out.became[OFFER_ECN], BROKEN);
}
END_TEST

START_TEST(says_nothing_of_what_was_not_seen)
{
    struct scene s;
    struct offer_outcome out;
    begin(&s, BIT(OFFER_ECN) | BIT(WITHOUT_SACK));
    s.result.done = false; /* others leave out what they do not know */
    offer_judge(&s.result, &out);
    ck_assert_uint_eq(out.offers, BIT(OFFER_ECN));
    s.result.openings[CLIENT].seen = false;
    offer_judge(&s.result, &out);
    ck_assert_uint_eq(out.offers, 0);
    begin(&s, BIT(OFFER_ECN));
    s.result.has_options[CLIENT] = false;
    offer_judge(&s.result, &out);
    ck_assert_uint_eq(out.offers, 0);
    begin(&s, BIT(OFFER_ECN));
    s.result.openings[SERVER].seen = false; /* it sent a SYN of its own, which is no answer */
    offer_judge(&s.result, &out);
    ck_assert_int_eq(out.became[OFFER_ECN], AGREEMENT_NONE);
}
END_TEST

static const struct {
    uint16_t flags;
    struct tcp_options options;
    unsigned offers;
} syns[] = {
    {TCP_SYN,
     {.has_mss = true, .sack_permitted = true, .has_wscale = true, .has_timestamps = true},
     0},
    {TCP_SYN | TCP_CWR | TCP_ECE, {.has_mss = true}, BIT(OFFER_ECN) | 0xe0},
    {TCP_SYN | TCP_AE | TCP_CWR | TCP_ECE, {.sack_permitted = true}, BIT(OFFER_ACCECN) | 0xd0},
    {TCP_SYN | TCP_ECE, {.has_wscale = true}, 0xb0},
    {TCP_SYN, {.has_timestamps = true, .fast_open = true}, BIT(OFFER_FASTOPEN) | 0x70},
    {TCP_SYN, {.mptcp = true, .mptcp_version = 1, .mptcp_len = 4}, BIT(OFFER_MPTCP) | 0xf0},
    {TCP_SYN, {.mptcp = true, .mptcp_version = 0, .mptcp_len = 12}, 0xf0},
    {TCP_SYN, {.mptcp = true, .mptcp_subtype = 1, .mptcp_version = 1, .mptcp_len = 12}, 0xf0},
};

START_TEST(knows_what_a_syn_offers)
{
    const struct segment syn = {.flags = syns[_i].flags, .options = syns[_i].options};
    ck_assert_uint_eq(offers_of_syn(&syn), syns[_i].offers);
}
END_TEST

static const struct {
    const char *text;
    bool omissions;
    unsigned set;
    int bad; /* where the first word that is none begins; -1: there is none */
} lists[] = {
    {"ecn", false, BIT(OFFER_ECN), -1},
    {"ecn,accecn,fastopen,mptcp", false, OFFER_FEATURES, -1},
    {"mptcp,mptcp", false, BIT(OFFER_MPTCP), -1},
    {"mss", false, 0, 0},
    {"bare", false, 0, 0},
    {"md5", false, 0, 0},
    {"ecn,", false, BIT(OFFER_ECN), 4},
    {"", false, 0, 0},
    {"sack,wscale", true, BIT(WITHOUT_SACK) | BIT(WITHOUT_WSCALE), -1},
    {"bare", true, OFFER_OMISSIONS, -1},
    {"mss,timestamps", true, BIT(WITHOUT_MSS) | BIT(WITHOUT_TIMESTAMPS), -1},
    {"mss,ecn", true, BIT(WITHOUT_MSS), 4},
    {"ms", true, 0, 0},
};

START_TEST(reads_lists)
{
    uint8_t set = 0;
    const char *bad = offers_parse(lists[_i].text, lists[_i].omissions, &set);
    ck_assert_uint_eq(set, lists[_i].set);
    if (lists[_i].bad < 0)
        ck_assert_ptr_null(bad);
    else
        ck_assert_ptr_eq(bad, lists[_i].text + lists[_i].bad);
}
END_TEST

START_TEST(has_words)
{
    for (unsigned i = 0; i < OFFERS; i++)
        ck_assert_ptr_nonnull(offer_name(i));
    ck_assert_ptr_null(offer_name(OFFERS));
    ck_assert_ptr_null(agreement_name(AGREEMENT_NONE));
    ck_assert_ptr_null(agreement_name(AGREEMENT_COUNT));
    ck_assert_str_eq(agreement_name(BROKEN), "broken");
    ck_assert_str_eq(ip_ecn_name(ECN_CE), "ce");
    ck_assert_ptr_null(ip_ecn_name(ECN_UNKNOWN));
    for (unsigned ace = 0; ace < 8; ace++)
        ck_assert_uint_eq(offer_ace(offer_ace_flags(ace)), ace);
    ck_assert_int_eq(offer_ecn_mode(0, 1), ECN_MODE_NONE);
}
END_TEST

#define ADD(tests, test, table)                                                                    \
    tcase_add_loop_test(tests, test, 0, sizeof(table) / sizeof((table)[0]))

int main(void)
{
    Suite *suite = suite_create("offer");
    TCase *tests = tcase_create("offer");
    ADD(tests, reads_the_flags, by_flags);
    ADD(tests, reads_the_options, by_options);
    tcase_add_test(tests, compares_with_a_plain_connection);
    tcase_add_test(tests, knows_which_syn_was_answered);
    tcase_add_test(tests, says_nothing_of_what_was_not_seen);
    ADD(tests, knows_what_a_syn_offers, syns);
    ADD(tests, reads_lists, lists);
    tcase_add_test(tests, has_words);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
