/* SPDX-License-Identifier: BSD-2-Clause */
/* Sentences that the figures do not show in all their forms. */
#include "report/outcome.h"

#include <string.h>

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
    r->bytes[CLIENT] = 5; /* a request is no answer */
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

/* Who was meant by what name, and from where. */
static const struct {
    const char *target, *interface;
    enum family family;
    bool has_client;
    const char *says;
} headings[] = {
    {"example.com", "eth0", FAMILY_IPV4, true,
     "example.com (192.0.2.80) port 443, from 192.0.2.7:51234 on eth0"},
    {"192.0.2.80", "eth0", FAMILY_IPV4, true, "192.0.2.80 port 443, from 192.0.2.7:51234 on eth0"},
    {NULL, NULL, FAMILY_IPV4, true, "192.0.2.80 port 443, from 192.0.2.7:51234"},
    {"example.com", "eth0", FAMILY_IPV4, false, "example.com (192.0.2.80) port 443 on eth0"},
    {"example.com", NULL, FAMILY_NONE, false, "example.com port 443"},
    {"a\033b", "e\n", FAMILY_NONE, false, "a\\x1bb port 443 on e\\n"},
};

START_TEST(heads_with_who_is_meant)
{
    struct sample sample;

    sample_open(&sample);
    sample.result.target = headings[_i].target;
    sample.result.interface = headings[_i].interface;
    sample.result.has_client = headings[_i].has_client;
    sample.result.ends[SERVER].address.family = (uint16_t)headings[_i].family;
    assert_says(outcome_heading, &sample.result, headings[_i].says);
}
END_TEST

#define WIRE_SERVER                                                                                \
    {                                                                                              \
        {FAMILY_IPV4, {198, 51, 100, 2}}, 80                                                       \
    }
#define WIRE_CLIENT                                                                                \
    {                                                                                              \
        {FAMILY_IPV4, {198, 51, 100, 7}}, 4000                                                     \
    }
#define SAME_SERVER                                                                                \
    {                                                                                              \
        {FAMILY_IPV4, {192, 0, 2, 80}}, 443                                                        \
    }
#define SAME_CLIENT                                                                                \
    {                                                                                              \
        {FAMILY_IPV4, {192, 0, 2, 7}}, 51234                                                       \
    }

/* Each end in each direction, and only where it differs. */
static const struct {
    struct translation sent, received;
    const char *says;
} translations[] = {
    {{.known = false}, {.known = false}, ""},
    {{true, {SAME_CLIENT, WIRE_SERVER}},
     {.known = false},
     "sent to 192.0.2.80:443, on the wire 198.51.100.2:80 (translated by this host)"},
    {{true, {WIRE_CLIENT, SAME_SERVER}},
     {.known = false},
     "sent from 192.0.2.7:51234, on the wire 198.51.100.7:4000 (translated by this host)"},
    {{.known = false},
     {true, {WIRE_CLIENT, WIRE_SERVER}},
     "answered by 192.0.2.80:443, on the wire 198.51.100.2:80; answered to 192.0.2.7:51234, on the "
     "wire 198.51.100.7:4000 (translated by this host)"},
    {{true, {SAME_CLIENT, WIRE_SERVER}},
     {true, {WIRE_CLIENT, SAME_SERVER}},
     "sent to 192.0.2.80:443, on the wire 198.51.100.2:80; answered to 192.0.2.7:51234, on the "
     "wire 198.51.100.7:4000 (translated by this host)"},
};

START_TEST(tells_what_was_translated)
{
    struct host_facts host = {.sent = translations[_i].sent, .received = translations[_i].received};
    struct sample sample;

    sample_open(&sample);
    assert_says(outcome_translated, &sample.result, "");
    sample.result.host = &host;
    assert_says(outcome_translated, &sample.result, translations[_i].says);
}
END_TEST

/* Why there was no handshake. */
static const struct {
    enum handshake_result result;
    enum reason reason;
    bool has_client, cut_short;
    const char *says;
} handshakes[] = {
    {HANDSHAKE_COMPLETED, REASON_SYN_ACK, true, false, ""},
    {HANDSHAKE_RESULT_COUNT, REASON_UNKNOWN, true, false, ""},
    {HANDSHAKE_HALF_OPEN, REASON_SYN_ACK, true, false,
     "half-open: the SYN+ACK was not acknowledged"},
    {HANDSHAKE_REFUSED, REASON_RESET, true, false, "refused"},
    {HANDSHAKE_NO_ANSWER, REASON_NO_RESPONSE, true, false, "no answer to 2 SYNs"},
    {HANDSHAKE_NO_ANSWER, REASON_UNKNOWN, true, true, "no answer to 2 SYNs before the run ended"},
    {HANDSHAKE_NO_ANSWER, REASON_NEIGHBOUR_SILENT, true, false,
     "no answer to 2 SYNs: none has left this host, because the next hop does not answer"},
    {HANDSHAKE_NO_ANSWER, REASON_DROPPED_ON_THIS_HOST, true, false,
     "no answer: what came was dropped on this host before TCP"},
    {HANDSHAKE_UNREACHABLE, REASON_HOST_UNREACH, true, false, "stopped by an ICMP error"},
    {HANDSHAKE_UNREACHABLE, REASON_NO_ROUTE, false, false, "nothing was sent"},
    {HANDSHAKE_RESET, REASON_SYN_ACK, true, false, "reset before it was established"},
    {HANDSHAKE_NOT_SEEN, REASON_UNKNOWN, true, false, "the handshake was not seen"},
    {HANDSHAKE_NOT_SENT, REASON_LOCAL_ERROR, true, false, "no segment left this host"},
    {HANDSHAKE_NOT_FOLLOWED, REASON_TRANSLATED, true, false,
     "what became of the segments cannot be known here"},
};

START_TEST(says_why_there_was_no_handshake)
{
    struct sample sample;

    sample_open(&sample);
    sample.result.handshake.result = handshakes[_i].result;
    sample.result.handshake.reason = handshakes[_i].reason;
    sample.result.handshake.syn_count = 2;
    sample.result.has_client = handshakes[_i].has_client;
    sample.result.cut_short = handshakes[_i].cut_short;
    for (int done = 0; done < 2; done++) { /* our own, or a capture of others */
        sample.result.done = done != 0;
        assert_says(outcome_handshake, &sample.result, handshakes[_i].says);
    }
}
END_TEST

/* Who closed, and how. */
static const struct {
    enum teardown_result result;
    enum teardown_form form;
    enum end_id initiator, reset_by;
    bool local_reset;
    int64_t total_ns;
    const char *says;
} teardowns[] = {
    {TEARDOWN_GRACEFUL, FORM_FOUR_SEGMENT, CLIENT, NEITHER, false, 1500000,
     "closed in 1.500 ms, four segments"},
    {TEARDOWN_GRACEFUL, FORM_THREE_SEGMENT, CLIENT, NEITHER, false, 1500000,
     "closed in 1.500 ms, three segments"},
    {TEARDOWN_GRACEFUL, FORM_SIMULTANEOUS, SERVER, NEITHER, false, DURATION_UNKNOWN,
     "closed, simultaneous"},
    {TEARDOWN_GRACEFUL, FORM_NONE, SERVER, NEITHER, false, DURATION_UNKNOWN, "closed"},
    {TEARDOWN_RESET, FORM_NONE, CLIENT, SERVER, false, 1500000,
     "reset by the server, 1.500 ms after the FIN"},
    {TEARDOWN_RESET, FORM_NONE, SERVER, CLIENT, false, DURATION_UNKNOWN, "reset by the client"},
    {TEARDOWN_RESET, FORM_NONE, SERVER, CLIENT, true, DURATION_UNKNOWN,
     "reset by the local kernel"},
    {TEARDOWN_RESET, FORM_NONE, SERVER, NEITHER, true, DURATION_UNKNOWN, "reset"},
    {TEARDOWN_HALF_CLOSED, FORM_NONE, CLIENT, NEITHER, false, DURATION_UNKNOWN,
     "half-closed: the server sent no FIN"},
    {TEARDOWN_HALF_CLOSED, FORM_NONE, SERVER, NEITHER, false, DURATION_UNKNOWN,
     "half-closed: the client sent no FIN"},
    {TEARDOWN_UNANSWERED, FORM_NONE, CLIENT, SERVER, false, DURATION_UNKNOWN,
     "not closed: the client's FIN was not acknowledged"},
    {TEARDOWN_UNANSWERED, FORM_NONE, SERVER, CLIENT, false, DURATION_UNKNOWN,
     "not closed: the server's FIN was not acknowledged"},
    {TEARDOWN_RESULT_COUNT, FORM_NONE, SERVER, NEITHER, false, DURATION_UNKNOWN, ""},
};

START_TEST(says_how_it_was_closed)
{
    struct sample sample;

    sample_open(&sample);
    sample.result.teardown.result = teardowns[_i].result;
    sample.result.teardown.form = teardowns[_i].form;
    sample.result.teardown.initiator = teardowns[_i].initiator;
    sample.result.teardown.reset_by = teardowns[_i].reset_by;
    sample.result.teardown.local_reset = teardowns[_i].local_reset;
    sample.result.teardown.total_ns = teardowns[_i].total_ns;
    assert_says(outcome_teardown, &sample.result, teardowns[_i].says);
    sample.result.handshake.result = HANDSHAKE_REFUSED; /* nothing was there to be closed */
    assert_says(outcome_teardown, &sample.result, "");
}
END_TEST

/* Steps are counted from 1. */
START_TEST(counts_the_steps_of_a_finding)
{
    static const char *const steps[] = {"", " [step 2]", " [steps 2, 4]", " [steps 2, 4, 6]"};
    struct diagnosis diagnosis = {.cause = CAUSE_NAME_NOT_FOUND, .grade = GRADE_CERTAIN};
    struct sample sample;
    struct row row;
    char end[64];

    sample_open(&sample);
    for (diagnosis.step_count = 0; diagnosis.step_count < 4; diagnosis.step_count++) {
        diagnosis.steps[diagnosis.step_count] = 2 * diagnosis.step_count + 1;
        row_begin(&row, &plain);
        outcome_finding(&row, &sample.result, &diagnosis);
        ck_assert_ptr_eq(strstr(row.text, "name-not-found, certain: "), row.text);
        snprintf(end, sizeof end, ".%s", steps[diagnosis.step_count]);
        ck_assert_str_eq(row.text + strlen(row.text) - strlen(end), end);
    }
}
END_TEST

/* What deserves attention: not that something is ignored. */
static const struct {
    unsigned ace;
    const char *says;
} colored[] = {
    {2, "offered: accecn agreed, mptcp ignored (the SYN arrived as not-ect)"},
    {0, "offered: accecn ignored, ecn ignored, mptcp ignored"},
    {7, "offered: accecn \033[33mmirrored\033[0m, mptcp ignored"},
};

START_TEST(colors_what_is_wrong_with_offers)
{
    const struct report_style style = {.columns = 80, .color = true};
    struct host_facts host = {.control.made = false}; /* no plain SYN was needed */
    struct sample sample;
    struct row row;

    sample_offered(&sample);
    sample.result.host = &host;
    sample.result.openings[CLIENT].offers &= (uint8_t)~OFFER_BIT(WITHOUT_SACK);
    sample.result.openings[SERVER].ace = (uint8_t)(colored[_i].ace & 7);
    row_begin(&row, &style);
    outcome_offers(&row, &sample.result);
    ck_assert_str_eq(row.text, colored[_i].says);
}
END_TEST

/* How much of what each end sent was acknowledged, unless all of it was. */
START_TEST(tells_what_each_end_sent)
{
    struct sample sample;
    struct connection_result *r = &sample.result;

    sample_open(&sample);
    r->options[CLIENT] = (struct tcp_options){.has_mss = true, .mss = 1460, .mptcp = true};
    r->options[SERVER] = (struct tcp_options){.fast_open = true, .malformed = true};
    r->segments[CLIENT] = 1;
    r->segments[SERVER] = 2;
    r->bytes[CLIENT] = 10;
    r->bytes_acked[CLIENT] = 9;
    r->bytes[SERVER] = r->bytes_acked[SERVER] = 1;
    r->has_options[CLIENT] = r->has_options[SERVER] = true;
    struct row row;
    static const char *const says[ENDS] = {
        [CLIENT] = "mss 1460, mptcp; 1 segment, 10 bytes, 9 acknowledged",
        [SERVER] = "fast-open, malformed; 2 segments, 1 byte",
    };
    for (enum end_id end = CLIENT; end < ENDS; end++) {
        row_begin(&row, &plain);
        outcome_end(&row, r, end);
        ck_assert_str_eq(row.text, says[end]);
    }
    r->has_options[SERVER] = false;
    r->bytes_acked[SERVER] = 0;
    row_begin(&row, &plain);
    outcome_end(&row, r, SERVER);
    ck_assert_str_eq(row.text, "options not seen; 2 segments, 1 byte, 0 acknowledged");
}
END_TEST

START_TEST(tells_the_codes_of_peers)
{
    struct sample sample;

    sample_open(&sample);
    sample.result.conn_state = "SF";
    sample.result.history = "ShAFfa";
    sample.result.completeness = 31;
    assert_says(outcome_codes, &sample.result, "conn_state SF, history ShAFfa, completeness 31");
    sample.result.conn_state = NULL;
    sample.result.history = "";
    assert_says(outcome_codes, &sample.result, "conn_state -, history -, completeness 31");
    sample.result.history = NULL;
    assert_says(outcome_codes, &sample.result, "conn_state -, history -, completeness 31");
}
END_TEST

/* The error of the kernel, and the table of the route, each where it is known. */
START_TEST(says_what_the_kernel_refused)
{
    static const struct {
        enum host_error error;
        uint32_t table;
        const char *says;
    } rows[] = {
        {HOST_EPERM, 0, "example.com:443 unknown (local-error, EPERM)"},
        {HOST_ERROR_NONE, 100, "example.com:443 unknown (local-error, table 100)"},
        {HOST_EPERM, 100, "example.com:443 unknown (local-error, EPERM, table 100)"},
        {HOST_ERROR_NONE, 0, "example.com:443 unknown (local-error)"},
    };
    struct sample sample;

    sample_open(&sample);
    sample.result.port_state = PORT_UNKNOWN;
    sample.result.handshake.reason = REASON_LOCAL_ERROR;
    sample.result.ok = false;
    sample.result.unmet = CRITERION_PORT_STATE;
    sample.result.host = &sample.host;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sample.host.error = rows[i].error;
        sample.host.table = rows[i].table;
        assert_says(outcome_verdict, &sample.result, rows[i].says);
    }
}
END_TEST

/* Twice the lifetime of a segment is four minutes. */
START_TEST(says_how_long_time_wait_was)
{
    struct sample sample;
    struct connection_result *r = &sample.result;
    int64_t since_ns;

    sample_open(&sample);
    since_ns = r->steps[r->step_count - 1].time_ns;
    while (r->step_count > 1 && r->steps[r->step_count - 2].states[CLIENT] == STATE_TIME_WAIT)
        r->step_count--;
    sample.steps[r->step_count - 1].states[CLIENT] = STATE_TIME_WAIT;
    sample.steps[r->step_count - 1].time_ns = since_ns;
    r->done = true;
    r->done_ns = since_ns + 500031000;
    assert_says(outcome_time_wait, r, "TIME_WAIT ended after 500.031 ms instead of 2 MSL");
    r->done_ns = since_ns + INT64_C(240000000000);
    assert_says(outcome_time_wait, r, "TIME_WAIT ended after 240000.000 ms");
    r->done_ns = DURATION_UNKNOWN;
    assert_says(outcome_time_wait, r, "TIME_WAIT ended before 2 MSL");
    r->done = false;
    assert_says(outcome_time_wait, r, "");
    r->done = true;
    sample.steps[r->step_count - 1].states[CLIENT] = STATE_CLOSED;
    assert_says(outcome_time_wait, r, "");
    sample.steps[r->step_count - 2].states[CLIENT] = STATE_TIME_WAIT; /* a segment ended it */
    assert_says(outcome_time_wait, r, "");
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
    tcase_add_loop_test(tcase, heads_with_who_is_meant, 0, sizeof(headings) / sizeof(headings[0]));
    tcase_add_loop_test(tcase, tells_what_was_translated, 0,
                        sizeof(translations) / sizeof(translations[0]));
    tcase_add_loop_test(tcase, says_why_there_was_no_handshake, 0,
                        sizeof(handshakes) / sizeof(handshakes[0]));
    tcase_add_loop_test(tcase, says_how_it_was_closed, 0, sizeof(teardowns) / sizeof(teardowns[0]));
    tcase_add_test(tcase, counts_the_steps_of_a_finding);
    tcase_add_loop_test(tcase, colors_what_is_wrong_with_offers, 0,
                        sizeof(colored) / sizeof(colored[0]));
    tcase_add_test(tcase, tells_what_each_end_sent);
    tcase_add_test(tcase, tells_the_codes_of_peers);
    tcase_add_test(tcase, says_what_the_kernel_refused);
    tcase_add_test(tcase, says_how_long_time_wait_was);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
