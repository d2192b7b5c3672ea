/* SPDX-License-Identifier: BSD-2-Clause */
/* What the prober offers, and how it keeps to what was agreed on. */
#include <string.h>

#include "harness.h"
#include "tcp/offer.h"
#include "tcp/outcome.h"
#include "virtual.h"

static struct virtual v;

static struct fast_open_cookie cookie = {.len = 8, .octets = {1, 2, 3, 4, 5, 6, 7, 8}};

static void begin(unsigned offers)
{
    virtual_init(&v);
    v.plan.offers = (uint8_t)offers;
}

static enum agreement became(enum offer offer)
{
    struct connection_result result;
    struct offer_outcome outcome;
    conversation_result(&v.conversation, &result);
    result.done = true;
    offer_judge(&result, &outcome);
    return outcome.became[offer];
}

static void assert_graceful(void)
{
    struct connection_result result;
    conversation_result(&v.conversation, &result);
    ck_assert_int_eq(result.handshake.result, HANDSHAKE_COMPLETED);
    ck_assert_int_eq(result.teardown.result, TEARDOWN_GRACEFUL);
}

static const struct outgoing *sent(unsigned nth)
{
    ck_assert_uint_lt(nth, v.sent_count);
    return &v.sent[nth].segment;
}

static const struct {
    unsigned offers;
    unsigned flags;
    const char *options; /* behind the MSS, of a SYN at time 0 */
} syns[] = {
    {0, TCP_SYN, "02 04 05b4 04 02 08 0a 00000000 00000000 01 03 03 07"},
    {OFFER_BIT(OFFER_ECN), TCP_SYN | TCP_CWR | TCP_ECE,
     "02 04 05b4 04 02 08 0a 00000000 00000000 01 03 03 07"},
    {OFFER_BIT(OFFER_ACCECN), TCP_SYN | TCP_AE | TCP_CWR | TCP_ECE,
     "02 04 05b4 04 02 08 0a 00000000 00000000 01 03 03 07"},
    {OFFER_BIT(OFFER_FASTOPEN), TCP_SYN,
     "02 04 05b4 04 02 08 0a 00000000 00000000 01 03 03 07 22 02 01 01"},
    {OFFER_BIT(OFFER_MPTCP), TCP_SYN,
     "02 04 05b4 04 02 08 0a 00000000 00000000 01 03 03 07 1e 04 01 01"},
    {OFFER_BIT(WITHOUT_MSS), TCP_SYN, "04 02 08 0a 00000000 00000000 01 03 03 07"},
    {OFFER_BIT(WITHOUT_SACK), TCP_SYN, "02 04 05b4 01 01 08 0a 00000000 00000000 01 03 03 07"},
    {OFFER_BIT(WITHOUT_WSCALE), TCP_SYN, "02 04 05b4 04 02 08 0a 00000000 00000000"},
    {OFFER_BIT(WITHOUT_TIMESTAMPS), TCP_SYN, "02 04 05b4 01 01 04 02 01 03 03 07"},
    {OFFER_OMISSIONS, TCP_SYN, ""},
};

START_TEST(offers_in_the_syn)
{
    uint8_t wanted[TCPOPT_SPACE_MAX], options[TCPOPT_SPACE_MAX];
    size_t len = bytes_from_hex(syns[_i].options, wanted, sizeof wanted);
    begin(syns[_i].offers);
    virtual_payload(&v, 3000);
    virtual_run(&v);
    struct outgoing syn = *sent(0);
    syn.options.tsval = 0;
    ck_assert_uint_eq(syn.flags, syns[_i].flags);
    ck_assert_uint_eq(tcpopt_encode(&syn.options, options), len);
    ck_assert_mem_eq(options, wanted, len);
    assert_graceful();
    ck_assert_uint_eq(v.peer.received_len, 3000);
}
END_TEST

/* Whatever of it the peer has all the same, is not used: virtual.c insists on that. */
START_TEST(does_without_what_it_left_out)
{
    begin(OFFER_OMISSIONS);
    virtual_payload(&v, 5000);
    virtual_run(&v);
    assert_graceful();
    ck_assert_uint_eq(v.peer.received_len, 5000);
    ck_assert_int_eq(became(WITHOUT_TIMESTAMPS), IGNORED);
    ck_assert_int_eq(became(WITHOUT_WSCALE), IGNORED);
    ck_assert_int_eq(became(WITHOUT_SACK), IGNORED);
    ck_assert_int_eq(became(WITHOUT_MSS), AGREED);
}
END_TEST

#define ECE_OF(segment) ((segment)->flags & (TCP_AE | TCP_CWR | TCP_ECE))

/* RFC 3168, 6.1.3: every acknowledgement says so, until CWR. */
static void stop_marking(struct virtual *peer)
{
    peer->peer.tos = 2;
    virtual_acknowledge(peer, TCP_CWR, peer->peer.snd_nxt - 1, 0);
}

START_TEST(echoes_congestion_until_cwr)
{
    begin(OFFER_BIT(OFFER_ECN));
    v.peer.syn_flags = _i == 0 ? TCP_ECE : _i == 1 ? 0 : TCP_ECE | TCP_CWR;
    v.peer.tos = 3;
    v.peer.banner_len = 900;
    v.plan.hold_ns = SECOND;
    virtual_later(&v, SECOND / 2, stop_marking);
    virtual_run(&v);
    assert_graceful();
    ck_assert_uint_eq(ECE_OF(sent(2)), _i == 0 ? TCP_ECE : 0);
    ck_assert_uint_eq(ECE_OF(sent(v.sent_count - 1)), 0);
    ck_assert_int_eq(became(OFFER_ECN), _i == 0 ? AGREED : _i == 1 ? IGNORED : MIRRORED);
}
END_TEST

/* RFC 9768, 3.2.2.1, table 3, and 3.2.1: the counter begins at 5. */
static const struct {
    unsigned syn_flags;
    uint8_t tos;
    unsigned first, later; /* ACE */
    enum agreement accecn, ecn;
} feedback[] = {
    {TCP_CWR, 0, 2, 5, AGREED, AGREEMENT_NONE},
    {TCP_CWR | TCP_ECE, 1, 3, 5, AGREED, AGREEMENT_NONE},
    {TCP_AE, 2, 4, 5, AGREED, AGREEMENT_NONE},
    {TCP_AE | TCP_CWR, 3, 6, 7, AGREED, AGREEMENT_NONE}, /* SYN/ACK and banner are marked */
    {TCP_ECE, 0, 0, 0, IGNORED, AGREED},
    {TCP_ECE, 3, 1, 1, IGNORED, AGREED},
    {TCP_AE | TCP_ECE, 0, 0, 0, IGNORED, AGREED},
    {0, 3, 0, 0, IGNORED, IGNORED},
    {TCP_AE | TCP_CWR | TCP_ECE, 3, 0, 0, MIRRORED, AGREEMENT_NONE},
};

START_TEST(feeds_marks_back)
{
    begin(OFFER_BIT(OFFER_ACCECN));
    v.peer.syn_flags = feedback[_i].syn_flags;
    v.peer.tos = feedback[_i].tos;
    v.peer.banner_len = 900;
    v.plan.hold_ns = SECOND;
    virtual_payload(&v, 100);
    virtual_run(&v);
    assert_graceful();
    ck_assert_uint_eq(offer_ace(sent(1)->flags), feedback[_i].first);
    ck_assert_uint_eq(sent(1)->payload_len, 0);
    unsigned later = 1;
    while (sent(later)->ack != v.peer.iss + 1 + 900)
        later++;
    ck_assert_uint_eq(offer_ace(sent(later)->flags), feedback[_i].later);
    ck_assert_int_eq(became(OFFER_ACCECN), feedback[_i].accecn);
    ck_assert_int_eq(became(OFFER_ECN), feedback[_i].ecn);
}
END_TEST

/* Segments with payload carry the counter, even the first one. */
START_TEST(counts_from_the_first_octet)
{
    begin(OFFER_BIT(OFFER_ACCECN));
    v.peer.syn_flags = TCP_CWR;
    virtual_payload(&v, 100);
    virtual_run(&v);
    ck_assert_uint_eq(sent(2)->payload_len, 100);
    ck_assert_uint_eq(offer_ace(sent(2)->flags), 5);
}
END_TEST

static void with_cookie(uint32_t payload_len)
{
    begin(OFFER_BIT(OFFER_FASTOPEN));
    v.plan.cookie = &cookie;
    virtual_payload(&v, payload_len);
}

START_TEST(sends_octets_with_the_cookie)
{
    with_cookie(_i == 0 ? 20 : 2000);
    v.peer.fast_open = true;
    if (_i == 2)
        virtual_use_ipv6(&v);
    virtual_run(&v);
    ck_assert_uint_eq(sent(0)->payload_len, _i == 0 ? 20u : _i == 1 ? 536 - 40 : 1220 - 40);
    ck_assert_uint_eq(sent(0)->options.fast_open_cookie_len, 8);
    ck_assert_mem_eq(sent(0)->options.fast_open_cookie, cookie.octets, 8);
    ck_assert_uint_eq(v.peer.received_len, v.plan.payload_len);
    ck_assert_int_eq(became(OFFER_FASTOPEN), AGREED);
    assert_graceful();
}
END_TEST

START_TEST(sends_again_what_the_syn_ack_left_out)
{
    with_cookie(700);
    virtual_run(&v);
    ck_assert_uint_eq(sent(0)->payload_len, 496);
    ck_assert_uint_eq(sent(2)->seq, v.iss + 1);
    ck_assert_uint_eq(sent(2)->payload_len, 700);
    ck_assert_uint_eq(v.peer.received_len, 700);
    ck_assert_int_eq(became(OFFER_FASTOPEN), IGNORED);
    assert_graceful();
}
END_TEST

/* And so it is told that the first one did not get through. */
START_TEST(falls_back_to_a_plain_syn)
{
    with_cookie(20);
    v.peer.fast_open = true;
    v.lose_ours = 1;
    virtual_run(&v);
    ck_assert_uint_eq(sent(1)->flags, TCP_SYN);
    ck_assert_uint_eq(sent(1)->payload_len, 0);
    ck_assert(!sent(1)->options.fast_open);
    ck_assert_uint_eq(v.peer.received_len, 20);
    ck_assert_int_eq(became(OFFER_FASTOPEN), BROKEN);
    assert_graceful();
}
END_TEST

/* A request is repeated as it was. */
START_TEST(asks_again_for_a_cookie)
{
    begin(OFFER_BIT(OFFER_FASTOPEN));
    v.lose_ours = 1;
    virtual_run(&v);
    ck_assert(sent(1)->options.fast_open);
    ck_assert_int_eq(became(OFFER_FASTOPEN), IGNORED);
}
END_TEST

/* An application must not see what is sent for the path. */
START_TEST(a_syn_of_the_path_is_no_fast_open)
{
    with_cookie(20);
    virtual_run(&v);
    struct outgoing syn = prober_path_syn(&v.prober, v.now_ns);
    ck_assert_uint_eq(syn.payload_len, 0);
    ck_assert(!syn.options.fast_open);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("offering");
    TCase *tests = tcase_create("prober");
    tcase_add_loop_test(tests, offers_in_the_syn, 0, sizeof syns / sizeof syns[0]);
    tcase_add_test(tests, does_without_what_it_left_out);
    tcase_add_loop_test(tests, echoes_congestion_until_cwr, 0, 3);
    tcase_add_loop_test(tests, feeds_marks_back, 0, sizeof feedback / sizeof feedback[0]);
    tcase_add_test(tests, counts_from_the_first_octet);
    tcase_add_loop_test(tests, sends_octets_with_the_cookie, 0, 3);
    tcase_add_test(tests, sends_again_what_the_syn_ack_left_out);
    tcase_add_test(tests, falls_back_to_a_plain_syn);
    tcase_add_test(tests, asks_again_for_a_cookie);
    tcase_add_test(tests, a_syn_of_the_path_is_no_fast_open);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
