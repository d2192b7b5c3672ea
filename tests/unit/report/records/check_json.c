/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fixtures/printing.h"
#include "fixtures/results.h"
#include "harness.h"
#include "output/formats.h"
#include "path/mtu.h"
#include "path/path.h"
#include "report/records/jsonpath.h"
#include "report/records/jsonwriter.h"
#include "report/report.h"
#include "report/rfc3339.h"
#include "stats/pathtotals.h"
#include "wire/optorder.h"

/* A reader of RFC 8259 that builds nothing: each function returns where its production ends, or
 * NULL. */
static const char *skip_value(const char *at, unsigned depth);

static const char *skip_digits(const char *at)
{
    size_t count = strspn(at, "0123456789");

    return count > 0 ? at + count : NULL;
}

/* Numbers of the records are integers. */
static const char *skip_number(const char *at)
{
    at += *at == '-';
    return *at == '0' ? at + 1 : skip_digits(at);
}

static const char *skip_string(const char *at)
{
    for (at++; *at != '"'; at++) {
        if ((unsigned char)*at < ' ' || (unsigned char)*at > '~')
            return NULL;
        if (*at != '\\')
            continue;
        at++;
        if (*at == 'u' && strspn(at + 1, "0123456789abcdef") >= 4)
            at += 4;
        else if (*at == '\0' || strchr("\"\\/bfnrt", *at) == NULL)
            return NULL;
    }
    return at + 1;
}

static const char *skip_member(const char *at, unsigned depth)
{
    if (*at != '"' || (at = skip_string(at)) == NULL || *at != ':')
        return NULL;
    return skip_value(at + 1, depth);
}

/* An object or an array. */
static const char *skip_container(const char *at, unsigned depth, char closing)
{
    if (depth == 0)
        return NULL;
    if (*++at == closing)
        return at + 1;
    for (;;) {
        at = closing == '}' ? skip_member(at, depth - 1) : skip_value(at, depth - 1);
        if (at == NULL || (*at != ',' && *at != closing))
            return NULL;
        if (*at++ == closing)
            return at;
    }
}

static const char *skip_value(const char *at, unsigned depth)
{
    static const char *const words[] = {"null", "true", "false"};

    for (size_t i = 0; i < 3; i++)
        if (strncmp(at, words[i], strlen(words[i])) == 0)
            return at + strlen(words[i]);
    switch (*at) {
    case '{':
        return skip_container(at, depth, '}');
    case '[':
        return skip_container(at, depth, ']');
    case '"':
        return skip_string(at);
    default:
        return skip_number(at);
    }
}

/* One value, and the line feed that ends its line. */
static void assert_record(const char *text)
{
    const char *end = skip_value(text, 10);

    ck_assert_msg(end != NULL && strcmp(end, "\n") == 0, "no record: %s", text);
}

static char *printed(const struct connection_result *result, int verbosity)
{
    const struct report_style style = {.verbosity = verbosity};

    return printed_connection("json", &style, result);
}

static char *printed_summary(const struct summary *summaries, size_t count, int verbosity)
{
    const struct report_style style = {.verbosity = verbosity, .compare = true};

    return printed_summaries("json", &style, summaries, count);
}

static void assert_text(char *text, const char *expected)
{
    ck_assert_str_eq(text, expected);
    free(text);
}

/* Asserts that text has the part, and frees it. */
static void assert_has(char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "no %s in %s", part, text);
    free(text);
}

START_TEST(writes_the_whole_record)
{
    struct sample sample;

    sample_open(&sample);
    sample.result.step_count = 2;
    assert_text(
        printed(&sample.result, 0),
        "{\"schema\":\"tcpshake/1\",\"type\":\"connection\",\"target\":\"example.com\","
        "\"port_state\":\"open\",\"client\":{\"address\":\"192.0.2.7\",\"port\":51234},"
        "\"server\":{\"address\":\"192.0.2.80\",\"port\":443},\"interface\":\"eth0\","
        "\"start\":\"2026-11-22T05:08:03.502968001Z\",\"start_ns\":1795324083502968001,"
        "\"resolve_ns\":null,"
        "\"handshake\":{\"result\":\"completed\",\"reason\":\"syn-ack\",\"connect_ns\":12345678,"
        "\"syn_rtt_ns\":12345678,"
        "\"ack_delay_ns\":20123,\"total_ns\":12365801,\"syn_count\":1,\"synack_count\":1,"
        "\"syn_times_ns\":[0]},"
        "\"delivered\":null,\"translated\":null,\"host_error\":null,\"routing_table\":null,"
        "\"second_opinion\":null,\"not_tried\":null,"
        "\"teardown\":{\"result\":\"graceful\",\"form\":\"four-segment\",\"initiator\":\"client\","
        "\"fin_rtt_ns\":12001000,\"peer_fin_delay_ns\":310000,\"total_ns\":12328000,"
        "\"fin_count\":{\"client\":1,\"server\":1},\"reset_by\":null,\"reset_after_ns\":null},"
        "\"close\":\"graceful\","
        "\"times\":{\"syn_ns\":0,\"synack_ns\":12346000,\"ack_ns\":12366000,"
        "\"fin_ns\":{\"client\":12402000,\"server\":24713000},\"rst_ns\":null,\"rst_by\":null},"
        "\"client_state\":\"TIME_WAIT\",\"server_state\":\"CLOSED\","
        "\"completeness\":31,\"conn_state\":\"SF\",\"history\":\"ShAFaf\","
        "\"openings\":{\"client\":null,\"server\":null},"
        "\"options\":{\"client\":{\"mss\":1460,\"sack\":true,\"wscale\":7,\"timestamps\":true},"
        "\"server\":{\"mss\":1400,\"sack\":false,\"wscale\":null,\"timestamps\":false}},"
        "\"segments\":{\"client\":4,\"server\":3},\"bytes\":{\"client\":0,\"server\":0},"
        "\"bytes_acked\":{\"client\":0,\"server\":0},"
        "\"retransmissions\":{\"client\":0,\"server\":0},\"duplicates\":{\"client\":0,\"server\":0}"
        ","
        "\"steps\":[{\"t_ns\":0,\"from\":\"client\",\"flags\":\"S\",\"seq\":0,\"ack\":null,\"len\":"
        "0,"
        "\"window\":64240,\"ttl\":64,\"icmp\":null,\"client_state\":\"SYN_SENT\","
        "\"server_state\":\"LISTEN\",\"verdict\":\"expected\",\"note\":null,\"count\":1,\"bytes\":"
        "0,\"run\":null},"
        "{\"t_ns\":12346000,\"from\":\"server\",\"flags\":\"SA\",\"seq\":0,\"ack\":1,\"len\":0,"
        "\"window\":65160,\"ttl\":55,\"icmp\":null,\"client_state\":\"SYN_SENT\","
        "\"server_state\":\"SYN_RCVD\",\"verdict\":\"expected\",\"note\":null,\"count\":1,"
        "\"bytes\":0,\"run\":null}],\"steps_omitted\":0,\"ok\":true,\"findings\":[]}\n");
}
END_TEST

static const struct {
    sample_maker *make;
    int verbosity;
    const char *part;
} parts[] = {
    {sample_open, 1, "\"flags\":\"S\",\"seq\":4294967295,\"ack\":null,"},
    {sample_open, 1, "\"flags\":\"SA\",\"seq\":1000000,\"ack\":0,"},
    {sample_open, 0, "\"flags\":\"FA\",\"seq\":1,\"ack\":1,"},
    {sample_open_ipv6, 0,
     "\"target\":\"2001:db8::80\",\"port_state\":\"open\",\"client\":"
     "{\"address\":\"2001:db8::7\",\"port\":51234}"},
    {sample_open_ipv6, 0, "\"interface\":null"},
    {sample_refused, 0,
     "\"result\":\"refused\",\"reason\":\"reset\",\"connect_ns\":45000,\"syn_rtt_ns\":45000,"
     "\"ack_delay_ns\":null,\"total_ns\":null,"},
    {sample_refused, 0,
     "\"teardown\":{\"result\":\"none\",\"form\":null,\"initiator\":null,"
     "\"fin_rtt_ns\":null,\"peer_fin_delay_ns\":null,\"total_ns\":null,"},
    {sample_refused, 0, "\"flags\":\"RA\""},
    {sample_refused, 0,
     "\"mss\":null,\"sack\":false,\"wscale\":null,\"timestamps\":false},"
     "\"server\":null}"},
    {sample_no_answer, 0, "\"client_state\":\"SYN_SENT\",\"server_state\":null,\"completeness\""},
    {sample_no_answer, 0, "\"t_ns\":3000456000,"},
    {sample_no_answer, 0, "\"verdict\":\"retransmission\""},
    {sample_no_answer, 0, "\"syn_times_ns\":[0,1000123000,3000456000]},"},
    {sample_no_answer, 0, "\"retransmissions\":{\"client\":2,\"server\":0},"},
    {sample_no_answer, 0, "\"close\":null,"},
    {sample_no_route, 0, "\"syn_times_ns\":null},"},
    {sample_troubled, 0, "\"retransmissions\":{\"client\":1,\"server\":0},"},
    {sample_troubled, 0, "\"duplicates\":{\"client\":0,\"server\":2},"},
    {sample_troubled, 0,
     "\"reset_by\":\"server\",\"reset_after_ns\":1025654322},\"close\":\"reset\","},
    {sample_prohibited, 0,
     "\"flags\":null,\"seq\":null,\"ack\":null,\"len\":null,\"window\":null,\"ttl\":null,"
     "\"icmp\":{\"family\":4,\"type\":3,\"code\":13,\"from\":\"192.0.2.1\"},"},
    {sample_no_route, 0, "\"port_state\":\"unreachable\",\"client\":null,"},
    {sample_no_route, 0, "\"conn_state\":null,\"history\":null,"},
    {sample_found, 0,
     "\"findings\":[{\"name\":\"refused\",\"grade\":\"likely\",\"text\":\"No process listens on "
     "port 81, or a firewall rejects with a reset (RST with TTL 0). Next: \\\"ss -ltn\\\" on that "
     "host.\",\"steps\":[2]},{\"name\":\"old-connection\",\"grade\":\"certain\","},
    {sample_found, 0, "\"steps\":[1,2]}]}"},
    {sample_offered, 0,
     "\"offer\":{\"accecn\":\"agreed\",\"ecn\":null,\"fastopen\":null,\"mptcp\":\"ignored\","
     "\"syn_ecn\":\"ce\",\"without\":{\"mss\":null,\"sack\":\"ignored\",\"wscale\":null,"
     "\"timestamps\":null}},\"offer_control\":null,\"steps\""},
    {sample_broken, 0,
     "\"offer_control\":{\"port_state\":\"open\",\"result\":\"completed\",\"reason\":\"syn-ack\","
     "\"connect_ns\":104000},\"steps\""},
    {sample_no_route, 0, "\"steps\":[],\"steps_omitted\":0,\"ok\":false,\"findings\":[]}"},
    {sample_no_route, 0,
     "\"delivered\":null,\"translated\":null,\"host_error\":null,\"routing_table\":null,"},
    {sample_policy_route, 0, "\"host_error\":null,\"routing_table\":100,"},
    {sample_policy_route, 0, "\"result\":\"not-sent\",\"reason\":\"policy-route\","},
    {sample_forbidden, 0, "\"host_error\":\"EACCES\",\"routing_table\":null,"},
    {sample_translated, 0, "\"second_opinion\":null,\"not_tried\":null,"},
    {sample_contradicted, 0,
     "\"second_opinion\":{\"result\":\"timed-out\",\"errno\":110,\"ns\":5000000123},"
     "\"not_tried\":[\"192.0.2.2\",\"2001:db8::\"],"},
    {sample_dropped, 0, "\"delivered\":false,\"translated\":null,"},
    {sample_translated, 0,
     "\"delivered\":true,\"translated\":{\"sent\":"
     "{\"client\":{\"address\":\"192.0.2.7\",\"port\":51234},"
     "\"server\":{\"address\":\"192.0.2.2\",\"port\":80}},\"received\":"
     "{\"client\":{\"address\":\"192.0.2.7\",\"port\":7001},"
     "\"server\":{\"address\":\"192.0.2.80\",\"port\":443}}},"},
    {sample_troubled, 0,
     "\"count\":12,\"bytes\":15928,\"run\":{\"client\":{\"count\":0,\"bytes\":0},"
     "\"server\":{\"count\":12,\"bytes\":15928}}}"},
    {sample_download, 0,
     "\"run\":{\"client\":{\"count\":3,\"bytes\":0},"
     "\"server\":{\"count\":5,\"bytes\":100000}}}"},
    {sample_troubled, 0, "\"note\":\"not captured: the time is that of sending\""},
    {sample_troubled, 0, "\"bytes\":{\"client\":512,\"server\":2896}"},
    {sample_long, 0, "\"steps_omitted\":1234"},
};

START_TEST(writes_each_field)
{
    struct sample sample;
    char *text;

    parts[_i].make(&sample);
    text = printed(&sample.result, parts[_i].verbosity);
    assert_record(text);
    assert_has(text, parts[_i].part);
}
END_TEST

static struct opening opening_of(uint8_t ttl, uint16_t window, uint16_t ip_id)
{
    return (struct opening){.ttl = ttl, .window = window, .ip_id = ip_id, .seen = true};
}

START_TEST(writes_what_each_end_opened_with)
{
    struct sample sample;
    struct connection_result *result = &sample.result;
    char *text;

    sample_open(&sample);
    result->openings[CLIENT] = opening_of(64, 64240, 7);
    result->options[CLIENT].order =
        optorder_add(optorder_add(optorder_add(OPTORDER_NONE, 2), 77), 3);
    result->openings[SERVER] = opening_of(250, 0, 65535);
    text = printed(result, 0);
    assert_record(text);
    assert_has(text, "\"openings\":{\"client\":{\"options\":[2,null,3],\"mss\":1460,\"wscale\":7,"
                     "\"window\":64240,\"ttl\":64,\"ip_id\":7},\"server\":{\"options\":[],"
                     "\"mss\":1400,\"wscale\":null,\"window\":0,\"ttl\":250,\"ip_id\":65535}},");
    result->openings[SERVER].ip_id = 0; /* as Linux answers */
    assert_has(printed(result, 0), "\"ttl\":250,\"ip_id\":0}},");
    sample_open_ipv6(&sample);
    result->openings[CLIENT] = opening_of(64, 64240, 0);
    text = printed(result, 0);
    assert_record(text);
    assert_has(text, "\"ttl\":64,\"ip_id\":null},\"server\":null},");
}
END_TEST

START_TEST(has_the_labels_of_a_target)
{
    const struct target_notes notes = {.labels = "team=core;quoted=a\"b"}, none = {.labels = ""};
    struct sample sample;
    char *text;

    sample_open(&sample);
    sample.result.notes = &notes;
    text = printed(&sample.result, 0);
    assert_record(text);
    assert_has(text, ",\"labels\":{\"team\":\"core\",\"quoted\":\"a\\\"b\"}");
    sample.result.notes = &none;
    text = printed(&sample.result, 0);
    ck_assert_ptr_null(strstr(text, "labels"));
    free(text);
}
END_TEST

START_TEST(writes_the_control_port_where_one_was_asked)
{
    struct sample sample;
    char *text;

    sample_translated(&sample);
    sample.host.control_port = 4;
    sample.host.control_port_state = PORT_OPEN;
    text = printed(&sample.result, 0);
    assert_record(text);
    assert_has(text, ",\"control_port\":{\"port\":4,\"port_state\":\"open\"}");
}
END_TEST

START_TEST(writes_every_flag)
{
    static const struct {
        unsigned flags;
        const char *part;
    } flags[] = {
        {0, "\"flags\":\"\""},
        {0x1ff, "\"flags\":\"SFRPAUEWe\""},
        {TCP_PSH | TCP_ACK, "\"flags\":\"PA\""},
        {TCP_SYN | TCP_ECE | TCP_CWR, "\"flags\":\"SEW\""},
    };

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        struct sample sample;

        sample_open(&sample);
        sample.steps[0].flags = (uint16_t)flags[i].flags;
        assert_has(printed(&sample.result, 0), flags[i].part);
    }
}
END_TEST

START_TEST(leaves_unknown_times_null)
{
    struct sample sample;
    char *text;

    sample_open(&sample);
    sample.result.start_ns = DURATION_UNKNOWN;
    text = printed(&sample.result, 0);
    assert_record(text);
    ck_assert_ptr_nonnull(strstr(text, "\"start\":null,\"start_ns\":null"));
    assert_has(text, "\"t_ns\":null");
    sample_open(&sample);
    sample.result.start_ns = INT64_MAX; /* a capture file can hold any time */
    sample.steps[1].time_ns = INT64_MIN + 1;
    assert_has(printed(&sample.result, 0), "\"t_ns\":null");
}
END_TEST

START_TEST(keeps_quiet)
{
    struct sample sample;
    struct summary summary = {.target = "example.com", .port = 443};

    sample_open(&sample);
    assert_text(printed(&sample.result, -1), "");
    assert_has(printed_summary(&summary, 1, -1), "\"type\":\"summary\"");
    assert_text(printed_summary(&summary, 1, -2), "");
}
END_TEST

START_TEST(sums_up)
{
    static struct spread spread;
    struct summary summaries[2] = {{.target = "example.com", .port = 443, .spread = &spread}, {0}};
    struct sample sample;
    char *text;

    sample_open(&sample);
    summary_add(&summaries[0], &sample.result);
    text = printed_summary(summaries, 2, 0);
    *strchr(text, '\n') = '\0';
    ck_assert_str_eq(
        text,
        "{\"schema\":\"tcpshake/1\",\"type\":\"summary\",\"target\":\"example.com\",\"port\":443,"
        "\"connections\":1,\"ok\":1,\"failed_percent\":0,\"loss_percent\":0,"
        "\"port_states\":{\"open\":1,\"closed\":0,\"filtered\":0,\"unreachable\":0,\"unknown\":0},"
        "\"handshakes\":{\"completed\":1,\"half-open\":0,\"refused\":0,\"no-answer\":0,"
        "\"unreachable\":0,\"reset\":0,\"not-seen\":0,\"not-sent\":0,\"not-followed\":0},"
        "\"teardowns\":{\"none\":0,\"graceful\":1,\"reset\":0,\"half-closed\":0,\"unanswered\":0},"
        "\"closes\":{\"none\":0,\"graceful\":1,\"reset\":0,\"half-closed\":0,\"unanswered\":0},"
        "\"findings\":{},"
        "\"segments\":{\"client\":4,\"server\":3},"
        "\"retransmissions\":{\"client\":0,\"server\":0},"
        "\"duplicates\":{\"client\":0,\"server\":0},\"retransmitted_percent\":0,"
        "\"connect\":{\"count\":1,\"min_ns\":12345678,\"avg_ns\":12345678,\"max_ns\":12345678,"
        "\"mdev_ns\":0,\"p50_ns\":12345678,\"p90_ns\":12345678,\"p95_ns\":12345678,"
        "\"p99_ns\":12345678},"
        "\"syn_rtt\":{\"count\":1,\"min_ns\":12345678,\"avg_ns\":12345678,\"max_ns\":12345678,"
        "\"mdev_ns\":0,\"p50_ns\":12345678,\"p90_ns\":12345678,\"p95_ns\":12345678,"
        "\"p99_ns\":12345678},\"fin_rtt\":{\"count\":1,\"min_ns\":12001000,\"avg_ns\":12001000,"
        "\"max_ns\":12001000,\"mdev_ns\":0,\"p50_ns\":12001000,\"p90_ns\":12001000,"
        "\"p95_ns\":12001000,\"p99_ns\":12001000},\"syn_jitter_ns\":null,"
        "\"slowest_handshakes\":[{\"client\":"
        "{\"address\":\"192.0.2.7\",\"port\":51234},\"server\":{\"address\":\"192.0.2.80\","
        "\"port\":443},\"start\":\"2026-11-22T05:08:03.502968001Z\",\"start_ns\":"
        "1795324083502968001,\"connect_ns\":12345678,\"total_ns\":12365801,\"syn_count\":1}]}");
    ck_assert_ptr_nonnull(strstr(text + strlen(text) + 1,
                                 "\"target\":null,\"port\":null,\"connections\":0,"
                                 "\"ok\":0,\"failed_percent\":null,\"loss_percent\":null"));
    ck_assert_ptr_nonnull(
        strstr(text + strlen(text) + 1,
               "{\"count\":0,\"min_ns\":null,\"avg_ns\":null,\"max_ns\":null,\"mdev_ns\":null,"
               "\"p50_ns\":null,\"p90_ns\":null,\"p95_ns\":null,\"p99_ns\":null},"
               "\"syn_jitter_ns\":null,\"slowest_handshakes\":null}"));
    assert_record(text + strlen(text) + 1);
    free(text);
}
END_TEST

static const struct {
    const char *text, *json;
} strings[] = {
    {NULL, "null"},
    {"", "\"\""},
    {"example.com", "\"example.com\""},
    {"a\"b\\c/d", "\"a\\\"b\\\\c/d\""},
    {"\n\t\033\x7f", "\"\\u000a\\u0009\\u001b\\u007f\""},
    {"b\xc3\xbc"
     "cher",
     "\"b\\u00fccher\""},
    {"\xe2\x82\xac", "\"\\u20ac\""},
    {"\xf0\x9f\x98\x80", "\"\\ud83d\\ude00\""},
    {"\xf4\x8f\xbf\xbf", "\"\\udbff\\udfff\""},
    {"\xc2\x9b", "\"\\u009b\""},
    {"\xff", "\"\\ufffd\""},
    {"a\xc3", "\"a\\ufffd\""},
    {"\xc3(", "\"\\ufffd(\""},
    {"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""},
    {"\xc0\x80", "\"\\ufffd\\ufffd\""},
};

/* Of each end its own. */
START_TEST(sums_up_what_was_lost)
{
    struct summary summary = {.target = "example.com", .port = 443};

    summary.traffic[CLIENT] = (struct traffic){20, 1, 2, 3, 4};
    summary.traffic[SERVER] = (struct traffic){30, 5, 6, 7, 8};
    assert_has(printed_summary(&summary, 1, 0),
               "\"segments\":{\"client\":20,\"server\":30},"
               "\"retransmissions\":{\"client\":6,\"server\":18},"
               "\"duplicates\":{\"client\":4,\"server\":8},\"retransmitted_percent\":48,");
}
END_TEST

/* The order is that of the whole run, and no target's own. */
START_TEST(tells_the_order)
{
    static const struct {
        struct run_order order;
        const char *target, *says;
    } orders[] = {
        {{.seed = 7, .shard = 2, .shards = 3}, NULL, ",\"seed\":7,\"shard\":\"2/3\"}\n"},
        {{.seed = 0, .shard = 1, .shards = 1}, NULL, ",\"seed\":0,\"shard\":\"1/1\"}\n"},
        {{.seed = UINT64_MAX, .shard = 1, .shards = 2},
         NULL,
         ",\"seed\":null,\"shard\":\"1/2\"}\n"},
        {{.seed = 7}, NULL, "\"slowest_handshakes\":null}\n"},
        {{.seed = 7, .shard = 2, .shards = 3}, "h", "\"slowest_handshakes\":null}\n"},
    };

    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        const struct report_style style = {.columns = 80, .order = orders[i].order};
        const struct summary summary = {.target = orders[i].target, .connections = 1};
        assert_has(printed_summaries("json", &style, &summary, 1), orders[i].says);
    }
}
END_TEST

START_TEST(sums_up_offers)
{
    struct sample sample;
    struct offer_counts counts = {0};
    struct summary summary = {.target = "example.com", .port = 443, .offers = {.counts = &counts}};

    sample_broken(&sample);
    sample.host.control.connect_ns = DURATION_UNKNOWN;
    assert_has(printed(&sample.result, 0), "\"connect_ns\":null},\"steps\"");
    for (int i = 0; i < 5; i++)
        summary_add(&summary, &sample.result);
    assert_has(printed_summary(&summary, 1, 0),
               "\"offers\":{\"ecn\":{\"agreed\":0,\"ignored\":0,\"mirrored\":0,\"broken\":5}}");
    sample_open(&sample);
    sample.result.done = true;
    sample.result.openings[CLIENT].seen = true;
    for (int i = 0; i < 5; i++)
        summary_add(&summary, &sample.result);
    assert_has(printed_summary(&summary, 1, 0),
               "\"compare\":{\"offered\":{\"connections\":5,\"open\":0},\"plain\":{"
               "\"connections\":5,\"open\":5},\"verdict\":\"offer-fails\",\"p\":0.00794}");
}
END_TEST

/* Offers of several runs that are read together are no comparison. */
START_TEST(compares_only_what_is_to_be_compared)
{
    const struct report_style style = {.verbosity = 0};
    struct summary summary = {.target = "example.com", .port = 443};
    char *text;

    summary.offers.offered = summary.offers.plain = (struct offer_kind){5, 5};
    assert_has(printed_summary(&summary, 1, 0), "\"verdict\":\"no-difference\"");
    text = printed_summaries("json", &style, &summary, 1);
    ck_assert_ptr_null(strstr(text, "compare"));
    free(text);
}
END_TEST

START_TEST(counts_findings)
{
    struct summary summary = {.target = "example.com", .port = 443};

    assert_has(printed_summary(&summary, 1, 0), "\"findings\":{},");
    summary.by_cause[CAUSE_REFUSED] = 3;
    summary.by_cause[CAUSE_RESET_INJECTED] = 1;
    assert_has(printed_summary(&summary, 1, 0),
               "\"findings\":{\"refused\":3,\"reset-injected\":1},");
}
END_TEST

START_TEST(escapes_strings)
{
    static struct buffer buffer;
    struct json json;
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    buffer_begin(&buffer, out);
    json_begin(&json, &buffer);
    json_string(&json, NULL, strings[_i].text);
    json_end(&json);
    buffer_empty(&buffer);
    fclose(out);
    ck_assert_uint_eq(len, strlen(strings[_i].json) + 1);
    ck_assert_int_eq(strncmp(text, strings[_i].json, len - 1), 0);
    free(text);
}
END_TEST

START_TEST(writes_the_ends_of_integers)
{
    static struct buffer buffer;
    struct json json;
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    buffer_begin(&buffer, out);
    json_begin(&json, &buffer);
    json_open(&json, NULL, '[');
    json_int(&json, NULL, 0);
    json_int(&json, NULL, INT64_MIN);
    json_int(&json, NULL, INT64_MAX);
    json_uint(&json, NULL, UINT64_MAX);
    json_open(&json, NULL, '{');
    json_close(&json, '}');
    json_bool(&json, NULL, false);
    json_close(&json, ']');
    json_end(&json);
    buffer_empty(&buffer);
    fclose(out);
    assert_text(text,
                "[0,-9223372036854775808,9223372036854775807,18446744073709551615,{},false]\n");
}
END_TEST

/* Names of every length around that of the buffer: nothing is lost or torn where it empties itself,
 * and nothing is written behind it, where the guard page begins. */
START_TEST(goes_on_behind_a_full_buffer)
{
    static const char *const fillings[] = {"x", "\x01", "\xf0\x9f\x98\x80", "\xff"};
    static const char *const written[] = {"x", "\\u0001", "\\ud83d\\ude00", "\\ufffd"};
    static const struct buffer blank;
    static char name[4 * BUFFER_SIZE];
    struct buffer *buffer = (struct buffer *)(void *)guarded_copy(&blank, sizeof(blank));
    struct json json;
    size_t size = strlen(fillings[_i]), written_size = strlen(written[_i]);

    for (size_t i = 0; i < 3 * BUFFER_SIZE / size * size; i++)
        name[i] = fillings[_i][i % size];
    for (size_t count = BUFFER_SIZE / written_size - 12; count < BUFFER_SIZE / written_size + 12;
         count++) {
        char *text = NULL;
        size_t len;
        FILE *out = open_memstream(&text, &len);

        buffer_begin(buffer, out);
        json_begin(&json, buffer);
        json_string(&json, NULL, name + 3 * BUFFER_SIZE / size * size - count * size);
        json_end(&json);
        buffer_empty(buffer);
        fclose(out);
        ck_assert_uint_eq(len, count * written_size + 3);
        for (size_t i = 0; i < count; i++)
            ck_assert_int_eq(memcmp(text + 1 + i * written_size, written[_i], written_size), 0);
        assert_record(text);
        free(text);
    }
    guarded_free((uint8_t *)buffer, sizeof(blank));
}
END_TEST

/* Values of every kind where the buffer ends, and the guard page begins. */
START_TEST(leaves_room_for_any_value)
{
    static const struct buffer blank;
    static struct vocabulary words;
    static char name[BUFFER_SIZE];
    struct buffer *buffer = (struct buffer *)(void *)guarded_copy(&blank, sizeof(blank));
    struct json json;

    vocabulary_fill(&words, "\"", "null");
    for (size_t len = BUFFER_SIZE - 120; len < BUFFER_SIZE; len++) {
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);

        memset(name, 'x', len);
        name[len] = '\0';
        buffer_begin(buffer, out);
        json_begin(&json, buffer);
        json_open(&json, NULL, '[');
        json_string(&json, NULL, name);
        if (_i == 0)
            json_int(&json, NULL, INT64_MIN);
        else if (_i == 1)
            json_bool(&json, NULL, false);
        else
            buffer_take(buffer, PUT_WORD(json_key(&json, NULL), words.states, STATE_UNKNOWN));
        json_close(&json, ']');
        json_end(&json);
        buffer_empty(buffer);
        fclose(out);
        assert_record(text);
        free(text);
    }
    guarded_free((uint8_t *)buffer, sizeof(blank));
}
END_TEST

/* The longest record there is, begun at every place near the end of the buffer, where the guard
 * page stands: the writer asks for room before it writes, and for enough. */
START_TEST(keeps_to_its_room)
{
    static const char *const formats[] = {"json", "csv"};
    static const struct report blank;
    struct report *report = (struct report *)(void *)guarded_copy(&blank, sizeof(blank));
    struct report_style style = {.verbosity = 1};
    FILE *out = fopen("/dev/null", "w");
    struct sample sample;

    sample_longest(&sample);
    report_open(report, report_format_find(formats[_i]), &style, out);
    for (size_t left = 0; left < 8192; left++) {
        report->buffer.len = BUFFER_SIZE - left;
        report_connection(report, &sample.result);
    }
    ck_assert_int_eq(report_finish(report), 0);
    fclose(out);
    guarded_free((uint8_t *)report, sizeof(blank));
}
END_TEST

START_TEST(survives_a_hostile_name)
{
    struct sample sample;
    char name[256], *text;

    for (int i = 1; i < 256; i++)
        name[i - 1] = (char)i;
    name[255] = '\0';
    sample_open(&sample);
    sample.result.target = name;
    sample.result.interface = name;
    text = printed(&sample.result, 0);
    assert_record(text);
    free(text);
}
END_TEST

START_TEST(survives_any_result)
{
    uint64_t random = (uint64_t)_i;
    struct sample sample;
    char *text;

    for (int i = 0; i < 500; i++) {
        sample_random(&sample, &random);
        text = printed(&sample.result, i % 2);
        assert_record(text);
        free(text);
    }
}
END_TEST

/* The schema is part of the interface: it must know every word that a record can hold. */
START_TEST(says_only_words_of_the_schema)
{
    const char *srcdir = getenv("top_srcdir");
    char path[4096], quoted[128], *schema;
    size_t len;
    FILE *file;

    snprintf(path, sizeof(path), "%s/schema/tcpshake-1.schema.json", srcdir != NULL ? srcdir : ".");
    file = fopen(path, "r");
    ck_assert_msg(file != NULL, "no %s", path);
    schema = calloc(1, 1 << 20);
    ck_assert_ptr_nonnull(schema);
    len = fread(schema, 1, (1 << 20) - 1, file);
    fclose(file);
    ck_assert_uint_gt(len, 0);
#define ALL_WORDS(function, first, count)                                                          \
    for (unsigned i = first; i < (count); i++) {                                                   \
        snprintf(quoted, sizeof(quoted), "\"%s\"", function(i));                                   \
        ck_assert_msg(strstr(schema, quoted) != NULL, "the schema lacks %s", quoted);              \
    }
    ALL_WORDS(port_state_name, 0, PORT_STATE_COUNT)
    ALL_WORDS(handshake_result_name, 0, HANDSHAKE_RESULT_COUNT)
    ALL_WORDS(reason_name, 0, REASON_COUNT)
    ALL_WORDS(teardown_result_name, 0, TEARDOWN_RESULT_COUNT)
    ALL_WORDS(teardown_form_name, FORM_NONE + 1, FORM_COUNT)
    ALL_WORDS(verdict_name, 0, VERDICT_COUNT)
    ALL_WORDS(end_name, 0, ENDS)
    ALL_WORDS(note_text, NOTE_NONE + 1, NOTE_COUNT)
    ALL_WORDS(state_name, 0, STATE_COUNT)
    free(schema);
}
END_TEST

static const struct {
    int64_t time_ns;
    const char *text;
} times[] = {
    {0, "1970-01-01T00:00:00.000000000Z"},
    {1795324083502968001, "2026-11-22T05:08:03.502968001Z"},
    {-1, "1969-12-31T23:59:59.999999999Z"},
    {951782400000000000, "2000-02-29T00:00:00.000000000Z"},
    {4107542399999999999, "2100-02-28T23:59:59.999999999Z"},
    {4107542400000000000, "2100-03-01T00:00:00.000000000Z"}, /* no leap year */
    {INT64_MAX, "2262-04-11T23:47:16.854775807Z"},
    {INT64_MIN, "1677-09-21T00:12:43.145224192Z"},
};

START_TEST(writes_times)
{
    char text[RFC3339_MAX];

    ck_assert_str_eq(rfc3339_text(times[_i].time_ns, text), times[_i].text);
}
END_TEST

/* Against the C library, about once in eight days of the whole span. */
START_TEST(agrees_with_the_calendar)
{
    for (int64_t second = INT64_MIN / 1000000000; second < INT64_MAX / 1000000000;
         second += 86400 * 8 - 3001) {
        char text[RFC3339_MAX], expected[64];
        time_t t = (time_t)second;
        struct tm tm;

        strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S.000000000Z", gmtime_r(&t, &tm));
        ck_assert_str_eq(rfc3339_text(second * 1000000000, text), expected);
    }
}
END_TEST

/* A time behind another, of the same second or not, on either side of the epoch. */
START_TEST(remembers_the_second)
{
    static const int64_t steps_ns[] = {0, 1, -1, 999999999, -999999999, 1000000000, -3000000007};
    struct rfc3339_clock clock = {0};
    int64_t time_ns = (_i - 1) * INT64_C(5000000000);
    uint64_t random = (uint64_t)_i;

    for (int i = 0; i < 5000; i++) {
        char text[RFC3339_MAX];

        ck_assert_str_eq(rfc3339_clock_text(&clock, time_ns), rfc3339_text(time_ns, text));
        time_ns += steps_ns[next_random(&random) % (sizeof(steps_ns) / sizeof(steps_ns[0]))];
    }
}
END_TEST

/* No word of the core is cut off, and each stands in its place. */
START_TEST(knows_every_word)
{
    static struct vocabulary words;
    char place[WORD_MAX];

    vocabulary_fill(&words, "\"", "null");
#define SAME_WORDS(name, table, count)                                                             \
    for (unsigned i = 0; i <= (count) + 1; i++) {                                                  \
        const char *word = name(i);                                                                \
        size_t len = (size_t)(PUT_WORD(place, words.table, i) - place);                            \
        char quoted[128];                                                                          \
        snprintf(quoted, sizeof(quoted), word != NULL ? "\"%s\"" : "null", word);                  \
        ck_assert_uint_eq(len, strlen(quoted));                                                    \
        ck_assert_int_eq(memcmp(place, quoted, len), 0);                                           \
    }
    SAME_WORDS(port_state_name, port_states, PORT_STATE_COUNT)
    SAME_WORDS(handshake_result_name, handshakes, HANDSHAKE_RESULT_COUNT)
    SAME_WORDS(reason_name, reasons, REASON_COUNT)
    SAME_WORDS(teardown_result_name, teardowns, TEARDOWN_RESULT_COUNT)
    SAME_WORDS(teardown_form_name, forms, FORM_COUNT)
    SAME_WORDS(end_name, ends, ENDS)
    SAME_WORDS(state_name, states, STATE_COUNT)
    SAME_WORDS(verdict_name, verdicts, VERDICT_COUNT)
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof(table)[0]))

/* Each router of a hop has its own name, or none. */
START_TEST(writes_the_routers_of_each_hop)
{
    static struct path_totals totals = {.connections = 3, .hop_count = 1};
    static struct buffer buffer;
    struct hop_total *hop = &totals.hops[0];
    struct json json;
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    hop->address_count = 3;
    hop->more_addresses = true;
    hop->sent = 4;
    hop->answered = 3;
    hop->rtt = (struct rtt_stats){0};
    rtt_stats_add(&hop->rtt, 1000);
    rtt_stats_add(&hop->rtt, 4000);
    for (uint8_t i = 0; i < 3; i++) {
        hop->addresses[i].address = (struct address){FAMILY_IPV4, {203, 0, 113, i}};
        hop->addresses[i].connections = i + 1u;
    }
    memcpy(hop->addresses[1].name, "two.test", 9);
    buffer_begin(&buffer, out);
    json_begin(&json, &buffer);
    json_open(&json, NULL, '{');
    jsonpath_put_totals(&json, &totals);
    json_close(&json, '}');
    json_end(&json);
    buffer_empty(&buffer);
    fclose(out);
    assert_has(text, "\"addresses\":["
                     "{\"address\":\"203.0.113.0\",\"name\":null,\"connections\":1},"
                     "{\"address\":\"203.0.113.1\",\"name\":\"two.test\",\"connections\":2},"
                     "{\"address\":\"203.0.113.2\",\"name\":null,\"connections\":3}],"
                     "\"more_addresses\":true,\"sent\":4,\"answered\":3,\"min_ns\":1000,"
                     "\"avg_ns\":2500,\"max_ns\":4000}");
}
END_TEST

/* A time is known where there was an answer that was measured. */
START_TEST(writes_the_time_of_each_hop)
{
    static struct path path = {.hop_count = 3};
    struct sample sample;

    for (uint8_t i = 0; i < 3; i++) {
        path.hops[i].sent = 1;
        path.hops[i].answered = i < 2;
        path.hops[i].rtt_ns = i == 1 ? INT64_MIN : 5000;
    }
    sample_open(&sample);
    sample.result.path = &path;
    char *text = printed(&sample.result, 0);
    assert_record(text);
    ck_assert_ptr_nonnull(strstr(text, "\"rtt_ns\":5000,\"sent\":1,\"answered\":1,"));
    ck_assert_ptr_nonnull(strstr(text, "\"rtt_ns\":null,\"sent\":1,\"answered\":1,"));
    assert_has(text, "\"rtt_ns\":null,\"sent\":1,\"answered\":0,");
}
END_TEST

START_TEST(writes_the_path_mtu)
{
    struct sample sample;
    struct path_mtu mtu = {.device_bytes = 1500,
                           .told_bytes = 1400,
                           .told_by = {FAMILY_IPV4, {203, 0, 113, 1}},
                           .sent_count = 3,
                           .sent = {{.bytes = 1200, .answer = MTU_ACKNOWLEDGED},
                                    {.bytes = 1500, .answer = MTU_TOO_BIG},
                                    {.bytes = 1400, .answer = MTU_ACKNOWLEDGED}}};

    sample_open(&sample);
    sample.result.path_mtu = &mtu;
    assert_has(printed(&sample.result, 0),
               ",\"path_mtu\":{\"bytes\":1400,\"beyond_bytes\":1401,\"black_hole\":false,"
               "\"icmp\":true,\"icmp_from\":\"203.0.113.1\",\"icmp_bytes\":1400,"
               "\"device_bytes\":1500,\"limited_by_device\":false,\"packet_count\":3}");
    mtu = (struct path_mtu){.sent_count = 0};
    char *text = printed(&sample.result, 0);
    assert_record(text);
    assert_has(text, ",\"path_mtu\":{\"bytes\":null,\"beyond_bytes\":null,\"black_hole\":false,"
                     "\"icmp\":false,\"icmp_from\":null,\"icmp_bytes\":null,"
                     "\"device_bytes\":null,\"limited_by_device\":false,\"packet_count\":0}");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json");
    TCase *records = tcase_create("records"), *writer = tcase_create("writer");

    tcase_add_test(records, writes_the_whole_record);
    tcase_add_loop_test(records, writes_each_field, 0, COUNT(parts));
    tcase_add_test(records, writes_what_each_end_opened_with);
    tcase_add_test(records, writes_the_control_port_where_one_was_asked);
    tcase_add_test(records, writes_every_flag);
    tcase_add_test(records, has_the_labels_of_a_target);
    tcase_add_test(records, leaves_unknown_times_null);
    tcase_add_test(records, keeps_quiet);
    tcase_add_test(records, sums_up);
    tcase_add_test(records, sums_up_what_was_lost);
    tcase_add_test(records, compares_only_what_is_to_be_compared);
    tcase_add_test(records, counts_findings);
    tcase_add_test(records, tells_the_order);
    tcase_add_test(records, sums_up_offers);
    tcase_add_loop_test(writer, leaves_room_for_any_value, 0, 3);
    tcase_add_test(records, survives_a_hostile_name);
    tcase_add_loop_test(records, survives_any_result, 0, 4);
    tcase_add_test(records, says_only_words_of_the_schema);
    tcase_add_loop_test(writer, escapes_strings, 0, COUNT(strings));
    tcase_add_test(writer, writes_the_ends_of_integers);
    tcase_add_loop_test(writer, keeps_to_its_room, 0, 2);
    tcase_add_loop_test(writer, goes_on_behind_a_full_buffer, 0, 4);
    tcase_add_loop_test(writer, writes_times, 0, COUNT(times));
    tcase_add_loop_test(writer, remembers_the_second, 0, 3);
    tcase_add_test(records, knows_every_word);
    tcase_add_test(records, writes_the_path_mtu);
    tcase_add_test(records, writes_the_time_of_each_hop);
    tcase_add_test(records, writes_the_routers_of_each_hop);
    tcase_add_test(writer, agrees_with_the_calendar);
    suite_add_tcase(suite, records);
    suite_add_tcase(suite, writer);
    return run_suite(suite);
}
