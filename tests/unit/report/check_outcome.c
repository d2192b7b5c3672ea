/* SPDX-License-Identifier: BSD-2-Clause */
/* Sentences that the figures do not show in all their forms. */
#include "report/outcome.h"

#include "fixtures/results.h"
#include "harness.h"
#include "tcp/offer.h"

static const struct report_style plain = {.columns = 80};

static void assert_says(void (*sentence)(struct row *, const struct connection_result *),
                        const struct connection_result *result, const char *expected)
{
    struct row row;

    row_begin(&row, &plain);
    sentence(&row, result);
    ck_assert_str_eq(row.text, expected);
}

START_TEST(opens_by_as_many_syns_as_it_took)
{
    struct sample sample;

    sample_open(&sample);
    assert_says(outcome_open, &sample.result, "open in 12.346 ms");
    sample.result.handshake.syn_count = 3;
    sample.result.handshake.connect_ns = 3001000000;
    assert_says(outcome_open, &sample.result, "open in 3001.000 ms by 3 SYNs");
    sample.result.handshake.connect_ns = DURATION_UNKNOWN;
    assert_says(outcome_open, &sample.result, "open by 3 SYNs");
}
END_TEST

static const struct {
    struct repeats repeats[ENDS];
    const char *text;
} repeats[] = {
    {{{0}, {0}}, ""},
    {{{.syn = 2}, {0}}, "retransmitted: 2 SYNs by the client"},
    {{{.data = 1, .syn = 1, .fin = 3}, {.syn = 1, .data = 2}},
     "retransmitted: 1 SYN, 1 data segment, 3 FINs by the client, 1 SYN+ACK, 2 data segments by "
     "the server"},
    {{{0}, {.fin = 1, .duplicates = 4}},
     "retransmitted: 1 FIN by the server; seen twice: 4 of the "
     "server"},
    {{{.duplicates = 1}, {.duplicates = 2}}, "seen twice: 1 of the client, 2 of the server"},
};

/* The same below "no answer to 3 SYNs". */
static const char *const unanswered[] = {
    "",
    "",
    "retransmitted: 1 data segment, 3 FINs by the client, 1 SYN+ACK, 2 data segments by the server",
    "retransmitted: 1 FIN by the server; seen twice: 4 of the server",
    "seen twice: 1 of the client, 2 of the server",
};

START_TEST(tells_what_became_of_offers)
{
    struct sample sample;

    sample_open(&sample);
    assert_says(outcome_offers, &sample.result, "");
    sample_offered(&sample);
    assert_says(
        outcome_offers, &sample.result,
        "offered: accecn agreed, mptcp ignored (the SYN arrived as ce); without: sack ignored");
    sample.result.openings[SERVER].ace = 1;
    assert_says(outcome_offers, &sample.result,
                "offered: accecn ignored, ecn agreed, mptcp ignored; without: sack ignored");
    sample.result.openings[CLIENT].offers = OFFER_BIT(WITHOUT_SACK);
    assert_says(outcome_offers, &sample.result, "without: sack ignored");
    sample.result.has_options[SERVER] = false;
    assert_says(outcome_offers, &sample.result, "without: sack unknown");
    sample_broken(&sample);
    assert_says(outcome_offers, &sample.result,
                "offered: ecn broken; a plain SYN: open in 0.104 ms");
}
END_TEST

START_TEST(tells_what_crossed_more_than_once)
{
    struct sample sample;

    sample_open(&sample);
    sample.result.repeats[CLIENT] = repeats[_i].repeats[CLIENT];
    sample.result.repeats[SERVER] = repeats[_i].repeats[SERVER];
    assert_says(outcome_repeats, &sample.result, repeats[_i].text);
    assert_says(outcome_other_repeats, &sample.result, repeats[_i].text);
    sample.result.handshake.result = HANDSHAKE_NO_ANSWER; /* to so many SYNs */
    assert_says(outcome_other_repeats, &sample.result, unanswered[_i]);
}
END_TEST

static const struct {
    enum port_state state;
    enum criterion unmet;
    int64_t connect_ns;
    const char *says;
} failures[] = {
    {PORT_OPEN, CRITERION_PORT_STATE, 12345678, "open, not ok: another state is expected"},
    {PORT_OPEN, CRITERION_MAX_RTT, 12345678, "open, not ok: 12.346 ms is above 10.000 ms"},
    {PORT_OPEN, CRITERION_CRITICAL, 12345678, "open, not ok: 12.346 ms is critical"},
    {PORT_OPEN, CRITERION_MAX_RTT, DURATION_UNKNOWN,
     "open, not ok: the time that it took is unknown"},
    {PORT_OPEN, CRITERION_CLOSE, 12345678,
     "open, not ok: the close (graceful, four-segment) is not in --expect-close"},
    {PORT_CLOSED, CRITERION_MAX_RTT, 12345678,
     "closed (refused), not ok: 12.346 ms is above 10.000 ms"},
    {PORT_CLOSED, CRITERION_PORT_STATE, 12345678, "closed (refused)"},
};

/* Which criterion failed, unless the state says it. */
START_TEST(says_what_was_not_met)
{
    struct sample sample;
    char text[128];

    sample_open(&sample);
    sample.result.ok = false;
    sample.result.unmet = failures[_i].unmet;
    sample.result.max_rtt_ns = 10000000;
    sample.result.port_state = failures[_i].state;
    sample.result.handshake.connect_ns = failures[_i].connect_ns;
    if (failures[_i].state == PORT_CLOSED)
        sample.result.handshake.reason = REASON_RESET;
    snprintf(text, sizeof text, "example.com:443 %s", failures[_i].says);
    assert_says(outcome_verdict, &sample.result, text);
}
END_TEST

START_TEST(says_what_the_control_port_is)
{
    struct host_facts host = {.control_port = 9, .control_port_state = PORT_CLOSED};
    struct sample sample;

    sample_open(&sample);
    sample.result.host = &host;
    assert_says(outcome_verdict, &sample.result, "example.com:443 open (control port 9: closed)");
    host.control_port_state = PORT_OPEN; /* a finding says that */
    assert_says(outcome_verdict, &sample.result, "example.com:443 open");
}
END_TEST

/* An application finds such a port hardly open. */
START_TEST(says_that_the_server_reset)
{
    struct sample sample;
    struct connection_result *r = &sample.result;

    sample_open(&sample);
    r->teardown.result = TEARDOWN_RESET;
    r->teardown.reset_by = SERVER;
    r->teardown.reset_after_ns = 200000;
    assert_says(outcome_verdict, r, "example.com:443 open, but reset by the server after 0.200 ms");
    r->ok = false;
    assert_says(outcome_verdict, r,
                "example.com:443 open, but reset by the server after 0.200 ms, not ok");
    r->ok = true;
    r->teardown.result = TEARDOWN_NONE;
    r->handshake.result = HANDSHAKE_RESET;
    r->teardown.reset_after_ns = DURATION_UNKNOWN;
    assert_says(outcome_verdict, r, "example.com:443 open, but reset by the server");
    r->teardown.local_reset = true;
    assert_says(outcome_verdict, r, "example.com:443 open");
    r->teardown.local_reset = false;
    r->bytes[SERVER] = 1; /* it had served something */
    assert_says(outcome_verdict, r, "example.com:443 open");
    r->bytes[SERVER] = 0;
    r->teardown.reset_by = CLIENT;
    assert_says(outcome_verdict, r, "example.com:443 open");
}
END_TEST

START_TEST(says_that_nothing_was_closed)
{
    struct sample sample;
    sample_open(&sample);
    sample.result.teardown.result = TEARDOWN_NONE;
    assert_says(outcome_teardown, &sample.result, "not closed: no FIN was seen");
    sample.result.handshake.result = HANDSHAKE_NOT_SEEN;
    assert_says(outcome_teardown, &sample.result, "");
}
END_TEST

static void opine(struct sample *sample, enum opinion_result result, int32_t code)
{
    sample->host.opinion = (struct opinion){result, code, 31000};
    sample->result.host = &sample->host;
}

START_TEST(says_what_connect_met)
{
    struct sample sample;

    sample_open(&sample);
    assert_says(outcome_opinion, &sample.result, "");
    opine(&sample, OPINION_NONE, 0);
    assert_says(outcome_opinion, &sample.result, "");
    opine(&sample, OPINION_REFUSED, 111);
    assert_says(outcome_opinion, &sample.result,
                "second opinion: connect() was refused after 0.031 ms");
    opine(&sample, OPINION_ERROR, 99);
    assert_says(outcome_opinion, &sample.result,
                "second opinion: connect() failed with error 99 after 0.031 ms");
}
END_TEST

START_TEST(names_what_was_not_tried)
{
    struct sample sample;

    sample_refused(&sample);
    sample.host.untried_count = 2;
    sample.host.untried[0] = (struct address){FAMILY_IPV4, {192, 0, 2, 2}};
    sample.host.untried[1] = (struct address){FAMILY_IPV6, {0x20, 1, 0xd, 0xb8}};
    sample.result.host = &sample.host;
    assert_says(outcome_verdict, &sample.result,
                "192.0.2.80:81 closed (refused); 192.0.2.2, 2001:db8:: not tried");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("outcome");
    TCase *tcase = tcase_create("sentences");

    tcase_add_test(tcase, opens_by_as_many_syns_as_it_took);
    tcase_add_loop_test(tcase, tells_what_crossed_more_than_once, 0,
                        (int)(sizeof(repeats) / sizeof(repeats[0])));
    tcase_add_test(tcase, tells_what_became_of_offers);
    tcase_add_loop_test(tcase, says_what_was_not_met, 0, sizeof(failures) / sizeof(failures[0]));
    tcase_add_test(tcase, says_what_the_control_port_is);
    tcase_add_test(tcase, says_that_the_server_reset);
    tcase_add_test(tcase, says_that_nothing_was_closed);
    tcase_add_test(tcase, says_what_connect_met);
    tcase_add_test(tcase, names_what_was_not_tried);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
