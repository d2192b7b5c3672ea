/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixtures/printing.h"
#include "fixtures/results.h"
#include "harness.h"
#include "output/formats.h"
#include "path/mtu.h"
#include "path/path.h"
#include "report/report.h"
#include "tcp/host.h"

/* What a run over some results prints; freed by the caller. */
static char *printed(const struct connection_result *results, size_t count, int verbosity)
{
    const struct report_style style = {.verbosity = verbosity};
    struct summary summary = {.target = "example.com", .port = 443};
    struct printing printing;

    printing_begin(&printing, "csv", &style);
    for (size_t i = 0; i < count; i++)
        report_connection(&printing.report, &results[i]);
    report_summary(&printing.report, &summary, 1);
    return printing_end(&printing);
}

/* The second line and what follows. */
static const char *behind_header(const char *text)
{
    const char *end = strchr(text, '\n');

    ck_assert_ptr_nonnull(end);
    return end + 1;
}

/* A reader of RFC 4180: the cell at *at without its quotes; *at then stands on its separator. */
static char *next_cell(const char **at)
{
    const char *from = *at;
    char *cell = calloc(1, strlen(from) + 1), *end = cell;

    ck_assert_ptr_nonnull(cell);
    if (*from != '"') {
        size_t len = strcspn(from, ",\n");

        ck_assert_ptr_null(memchr(from, '"', len));
        memcpy(cell, from, len);
        *at = from + len;
        return cell;
    }
    for (from++; *from != '"' || from[1] == '"'; from++) {
        ck_assert_int_ne(*from, '\0');
        from += *from == '"';
        *end++ = *from;
    }
    *at = from + 1;
    return cell;
}

/* The cell of a column, both counted from 0 in the text; freed by the caller. */
static char *cell_of(const char *text, unsigned column)
{
    char *cell = next_cell(&text);

    for (unsigned i = 0; i < column; i++) {
        ck_assert_int_eq(*text, ',');
        text++;
        free(cell);
        cell = next_cell(&text);
    }
    return cell;
}

/* Cells of the record at text; it ends with a line feed. */
static unsigned cells_in(const char **text)
{
    unsigned count = 0;

    do {
        *text += count > 0;
        free(next_cell(text));
        count++;
        ck_assert(**text == ',' || **text == '\n');
    } while (**text == ',');
    ++*text;
    return count;
}

static unsigned column_of(const char *text, const char *name)
{
    for (unsigned i = 0;; i++) {
        char *cell = cell_of(text, i);
        bool found = strcmp(cell, name) == 0;

        free(cell);
        if (found)
            return i;
    }
}

static void assert_cell(const char *text, const char *name, const char *expected)
{
    char *cell = cell_of(behind_header(text), column_of(text, name));

    ck_assert_msg(strcmp(cell, expected) == 0, "%s is '%s', wanted '%s'", name, cell, expected);
    free(cell);
}

#define HEADER                                                                                     \
    "target,port_state,client.address,client.port,server.address,server.port,interface,start,"     \
    "start_ns,resolve_ns,handshake.result,handshake.reason,handshake.syn_rtt_ns,handshake.ack_"    \
    "delay_ns,"                                                                                    \
    "handshake.total_ns,handshake.syn_count,handshake.synack_count,teardown.result,teardown.form," \
    "teardown.initiator,teardown.fin_rtt_ns,teardown.peer_fin_delay_ns,teardown.total_ns,"         \
    "teardown.fin_count.client,teardown.fin_count.server,times.syn_ns,times.synack_ns,"            \
    "times.ack_ns,times.fin_ns.client,times.fin_ns.server,times.rst_ns,times.rst_by,client_state," \
    "server_state,completeness,conn_state,history,options.client.mss,options.client.sack,"         \
    "options.client.wscale,options.client.timestamps,options.server.mss,options.server.sack,"      \
    "options.server.wscale,options.server.timestamps,segments.client,segments.server,"             \
    "bytes.client,bytes.server,bytes_acked.client,bytes_acked.server,ok,handshake.connect_ns,"     \
    "handshake.syn_times_ns,close,teardown.reset_by,teardown.reset_after_ns,"                      \
    "retransmissions.client,retransmissions.server,duplicates.client,duplicates.server,findings,"  \
    "second_opinion.result,second_opinion.errno,second_opinion.ns,not_tried,"                      \
    "offer,offer_control,path_mtu.bytes,path_mtu.black_hole,path_mtu.icmp,labels,"                 \
    "delivered,host_error,routing_table,control_port.port,control_port.port_state,"                \
    "openings.client.options,openings.client.window,openings.client.ttl,openings.client.ip_id,"    \
    "openings.server.options,openings.server.window,openings.server.ttl,openings.server.ip_id,"    \
    "path.hops,path.last_answered_ttl,path.reached,path.syn_count,path_mtu.beyond_bytes,"          \
    "path_mtu.icmp_from,path_mtu.icmp_bytes,path_mtu.device_bytes,path_mtu.limited_by_device,"     \
    "path_mtu.packet_count\n"

#define COLUMNS 95
#define BEHIND  ",,,,,,,,,,,,,,,,,,,,,,," /* the labels, in a plain sample */

START_TEST(writes_the_whole_record)
{
    struct sample sample;
    char *text;

    sample_open(&sample);
    text = printed(&sample.result, 1, 0);
    ck_assert_str_eq(
        text, HEADER
        "example.com,open,192.0.2.7,51234,192.0.2.80,443,eth0,2026-11-22T05:08:03.502968001Z,"
        "1795324083502968001,,completed,syn-ack,12345678,20123,12365801,1,1,graceful,four-segment,"
        "client,12001000,310000,12328000,1,1,0,12346000,12366000,12402000,24713000,,,TIME_WAIT,"
        "CLOSED,31,SF,ShAFaf,1460,true,7,true,1400,false,,false,4,3,0,0,0,0,true,"
        "12345678,0,graceful,,,0,0,0,0,,,,,,,,,,," BEHIND "\n");
    free(text);
}
END_TEST

START_TEST(has_the_labels_of_a_target)
{
    static const char *const labels[] = {"team=core;x=y z", "", "a=\"b\",c"};
    for (unsigned i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        const struct target_notes notes = {.labels = labels[i]};
        struct sample sample;
        sample_open(&sample);
        sample.result.notes = &notes;
        char *text = printed(&sample.result, 1, 0);
        assert_cell(text, "labels", labels[i]);
        free(text);
    }
}
END_TEST

/* The stamp of its second SYN is known to be wrong. */
static void sample_of_a_wrong_stamp(struct sample *sample)
{
    sample_no_answer(sample);
    sample->result.handshake.syn_times_ns[1] = DURATION_UNKNOWN;
}

static void sample_doubled(struct sample *sample)
{
    sample_open(sample);
    sample->result.repeats[SERVER].duplicates = 4;
}

static const struct {
    sample_maker *make;
    const char *column, *cell;
} cells[] = {
    {sample_open_ipv6, "target", "2001:db8::80"},
    {sample_open_ipv6, "client.address", "2001:db8::7"},
    {sample_open_ipv6, "interface", ""},
    {sample_open_ipv6, "resolve_ns", ""},
    {sample_no_route, "port_state", "unreachable"},
    {sample_no_route, "client.address", ""}, /* there is none */
    {sample_no_route, "client.port", ""},
    {sample_no_route, "conn_state", ""},
    {sample_no_route, "times.syn_ns", ""},
    {sample_no_route, "ok", "false"},
    {sample_no_route, "handshake.connect_ns", ""},
    {sample_no_route, "handshake.syn_times_ns", ""},
    {sample_no_route, "close", ""},
    {sample_no_answer, "handshake.syn_times_ns", "0;1000123000;3000456000"},
    {sample_of_a_wrong_stamp, "handshake.syn_times_ns", "0;;3000456000"},
    {sample_no_answer, "retransmissions.client", "2"},
    {sample_doubled, "retransmissions.server", "0"},
    {sample_doubled, "duplicates.client", "0"},
    {sample_doubled, "duplicates.server", "4"},
    {sample_troubled, "close", "reset"},
    {sample_troubled, "teardown.reset_by", "server"},
    {sample_troubled, "teardown.reset_after_ns", "1025654322"},
    {sample_troubled, "retransmissions.client", "1"},
    {sample_troubled, "duplicates.server", "2"},
    {sample_refused, "handshake.reason", "reset"},
    {sample_refused, "handshake.total_ns", ""},
    {sample_refused, "teardown.form", ""},
    {sample_refused, "teardown.initiator", ""},
    {sample_refused, "times.rst_by", "server"},
    {sample_refused, "times.rst_ns", "45000"},
    {sample_refused, "options.client.mss", ""},
    {sample_refused, "options.client.sack", "false"},
    {sample_refused, "options.server.mss", ""},
    {sample_refused, "options.server.timestamps", ""},
    {sample_no_answer, "server_state", ""},
    {sample_troubled, "bytes.client", "512"},
    {sample_troubled, "bytes.server", "2896"},
    {sample_found, "findings", "refused;old-connection"},
    {sample_open, "findings", ""},
    {sample_contradicted, "second_opinion.result", "timed-out"},
    {sample_contradicted, "second_opinion.errno", "110"},
    {sample_contradicted, "second_opinion.ns", "5000000123"},
    {sample_contradicted, "not_tried", "192.0.2.2;2001:db8::"},
    {sample_translated, "second_opinion.result", ""},
    {sample_translated, "second_opinion.ns", ""},
    {sample_translated, "not_tried", ""},
    {sample_open, "offer", ""},
    {sample_open, "offer_control", ""},
    {sample_offered, "offer", "accecn=agreed;mptcp=ignored;no-sack=ignored"},
    {sample_offered, "offer_control", ""},
    {sample_broken, "offer", "ecn=broken"},
    {sample_broken, "offer_control", "open"},
    {sample_offered, "openings.client.window", "0"},
    {sample_offered, "openings.server.ttl", "0"},
    {sample_open, "openings.server.ttl", ""},
    {sample_no_route, "host_error", ""},
    {sample_open, "path.hops", ""},
    {sample_open, "path.reached", ""},
};

START_TEST(writes_each_cell)
{
    struct sample sample;
    char *text;

    cells[_i].make(&sample);
    text = printed(&sample.result, 1, 0);
    assert_cell(text, cells[_i].column, cells[_i].cell);
    free(text);
}
END_TEST

static const struct {
    const char *name, *cell;
} names[] = {
    {"example.com", "example.com,"},
    {"", ","},
    {"a,b", "\"a,b\","},
    {"say \"hello\"", "\"say \"\"hello\"\"\","},
    {"\"", "\"\"\"\","},
    {"two\nlines", "\"two\nlines\","},
    {"=cmd|' /C calc'!A0", "\"=cmd|' /C calc'!A0\","}, /* unaltered, as text */
    {"+1", "\"+1\","},
    {"-1", "\"-1\","},
    {"@sum", "\"@sum\","},
    {"a=b+c-d@e", "a=b+c-d@e,"},
    {" padded ", "\" padded \","},
    {" padded", "\" padded\","},
    {"padded ", "\"padded \","},
    {"two words", "two words,"},
    {"back\\slash", "back\\slash,"},
    {"b\xc3\xbc"
     "cher",
     "\"b\xc3\xbc"
     "cher\","},
    {"\033[2J", "\"\\x1b[2J\","}, /* would drive a terminal */
    {"a\rb\tc", "\"a\\rb\\tc\","},
    {"\xe2\x80\xae\xff", "\"\\u202e\\xff\","},
};

START_TEST(quotes_names)
{
    struct sample sample;
    char *text, *copy = (char *)guarded_copy(names[_i].name, strlen(names[_i].name) + 1);
    const char *record;

    sample_open(&sample);
    sample.result.target = copy;
    text = printed(&sample.result, 1, 0);
    record = behind_header(text);
    ck_assert_msg(strncmp(record, names[_i].cell, strlen(names[_i].cell)) == 0, "%s", record);
    ck_assert_uint_eq(cells_in(&record), COLUMNS);
    ck_assert_int_eq(*record, '\0');
    free(text);
    sample.result.target = NULL;
    sample.result.interface = copy;
    text = printed(&sample.result, 1, 0);
    ck_assert_ptr_nonnull(strstr(text, names[_i].cell));
    free(text);
    guarded_free((uint8_t *)copy, strlen(names[_i].name) + 1);
}
END_TEST

/* Whatever stands in it, a record has as many cells as the header, and the reader's text is the
 * name again where nothing had to be escaped. */
START_TEST(survives_any_name)
{
    static const char letters[] = "ab,\"\n=-+@ \\";
    uint64_t random = (uint64_t)_i;
    char name[64];

    for (int i = 0; i < 300; i++) {
        struct sample sample;
        size_t len = next_random(&random) % (sizeof(name) - 1);
        const char *record;
        char *text, *cell;

        for (size_t k = 0; k < len; k++)
            name[k] = letters[next_random(&random) % (sizeof(letters) - 1)];
        name[len] = '\0';
        sample_random(&sample, &random);
        sample.result.target = sample.result.interface = name;
        text = printed(&sample.result, 1, 0);
        record = behind_header(text);
        cell = cell_of(record, 0);
        ck_assert_str_eq(cell, name);
        free(cell);
        ck_assert_uint_eq(cells_in(&record), COLUMNS);
        ck_assert_int_eq(*record, '\0');
        free(text);
    }
}
END_TEST

/* Names around the size of the buffer come out whole. */
START_TEST(goes_on_behind_a_full_buffer)
{
    static char name[70000];

    for (size_t len = 16000; len < sizeof(name); len += 3989) {
        struct sample sample;
        char *text, *cell;

        memset(name, '"', len);
        name[len] = '\0';
        sample_open(&sample);
        sample.result.target = name;
        text = printed(&sample.result, 1, 0);
        cell = cell_of(behind_header(text), 0);
        ck_assert_str_eq(cell, name);
        free(cell);
        ck_assert_str_eq(text + strlen(text) - 20 - strlen(BEHIND),
                         ",0,0,0,0,,,,,,,,,,," BEHIND "\n");
        free(text);
    }
}
END_TEST

START_TEST(writes_one_header)
{
    struct sample sample;
    struct connection_result results[2];
    const char *record;
    char *text;

    sample_open(&sample);
    results[0] = results[1] = sample.result;
    text = printed(results, 2, 0);
    record = behind_header(text);
    ck_assert_uint_eq(cells_in(&record), COLUMNS);
    ck_assert_uint_eq(cells_in(&record), COLUMNS);
    ck_assert_int_eq(*record, '\0');
    free(text);
}
END_TEST

START_TEST(keeps_quiet)
{
    struct sample sample;
    char *text;

    sample_open(&sample);
    text = printed(&sample.result, 1, -1);
    ck_assert_str_eq(text, "");
    free(text);
    text = printed(NULL, 0, 0);
    ck_assert_str_eq(text, HEADER);
    free(text);
}
END_TEST

/* Without prompt nothing goes out before its time. */
START_TEST(waits_unless_prompt)
{
    struct report_style style = {.prompt = _i == 1};
    struct report report;
    struct sample sample;
    FILE *out = tmpfile();
    long before;

    ck_assert_ptr_nonnull(out);
    sample_open(&sample);
    report_open(&report, report_format_find("csv"), &style, out);
    report_connection(&report, &sample.result);
    before = lseek(fileno(out), 0, SEEK_END);
    ck_assert_int_eq(report_finish(&report), 0);
    ck_assert(style.prompt ? before > 0 : before == 0);
    ck_assert_int_gt(lseek(fileno(out), 0, SEEK_END), 1000);
    fclose(out);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof(table)[0]))

/* Behind the JSON value at that place. */
static const char *behind_value(const char *at)
{
    int depth = 0;

    do {
        if (*at == '"')
            for (at++; *at != '"'; at++)
                at += *at == '\\';
        depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
        at++;
        ck_assert_int_ne(*at, '\0');
    } while (depth > 0 || strchr(",}]", *at) == NULL);
    return at;
}

/* The value that path, names with dots between them, leads to from an object; NULL if there is none
 * on the way. */
static const char *json_value(const char *at, const char *path)
{
    while (*at == '{') {
        size_t len = strcspn(path, ".");
        const char *name = at + 2;

        while (strncmp(name, path, len) != 0 || name[len] != '"') {
            at = behind_value(strchr(name, '"') + 2);
            if (*at == '}')
                return NULL;
            name = at + 2;
        }
        at = name + len + 2;
        if (path[len] == '\0')
            return at;
        path += len + 1;
    }
    return NULL;
}

/* As the cell has it. */
static char *json_cell(const char *record, const char *path)
{
    const char *at = json_value(record, path);
    bool quoted = at != NULL && *at == '"';

    if (at == NULL || strncmp(at, "null", 4) == 0)
        return strdup("");
    return strndup(at + quoted, (size_t)(behind_value(at) - at) - (quoted ? 2 : 0));
}

static bool is_list(const char *name)
{
    static const char *const lists[] = {"handshake.syn_times_ns",
                                        "findings",
                                        "not_tried",
                                        "offer",
                                        "offer_control",
                                        "openings.client.options",
                                        "openings.server.options",
                                        "path.hops",
                                        "labels"};

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        if (strcmp(name, lists[i]) == 0)
            return true;
    return false;
}

/* What sample_random leaves alone; a figure of each kind that no other has. */
static void add_figures(struct sample *sample, struct path *path, struct path_mtu *mtu,
                        uint64_t *random)
{
    struct connection_result *r = &sample->result;

    r->handshake.syn_count = (uint32_t)next_random(random);
    r->handshake.synack_count = (uint32_t)next_random(random);
    r->handshake.ack_delay_ns = (int64_t)(next_random(random) >> 1);
    r->teardown.peer_fin_delay_ns = (int64_t)(next_random(random) >> 1);
    r->start_ns = 1000;
    r->first.syn_ack_ns = r->start_ns + 17;
    r->first.ack_ns = r->start_ns + 18;
    r->first.fin_ns[CLIENT] = r->start_ns + 19;
    r->first.rst_ns = r->start_ns + 20;
    r->completeness = (uint8_t)next_random(random);
    for (int end = 0; end < ENDS; end++) {
        r->bytes_acked[end] = next_random(random);
        r->teardown.fin_count[end] = (uint32_t)next_random(random);
        r->options[end] = (struct tcp_options){.has_mss = next_random(random) % 2 == 0,
                                               .mss = (uint16_t)next_random(random),
                                               .sack_permitted = next_random(random) % 2 == 0,
                                               .has_wscale = next_random(random) % 2 == 0,
                                               .wscale = (uint8_t)next_random(random),
                                               .has_timestamps = next_random(random) % 2 == 0};
        r->openings[end] = (struct opening){.seen = next_random(random) % 4 != 0,
                                            .window = (uint16_t)next_random(random),
                                            .ttl = (uint8_t)next_random(random),
                                            .ip_id = (uint16_t)next_random(random)};
    }
    sample->host = (struct host_facts){
        .delivery = (enum delivery)(next_random(random) % DELIVERY_COUNT),
        .error = (enum host_error)(next_random(random) % 3),
        .table = (uint32_t)(next_random(random) % 3),
        .opinion = {(enum opinion_result)(next_random(random) % 4),
                    (int32_t)(next_random(random) % 3), (int64_t)(next_random(random) % 1000)},
        .control_port = (uint16_t)(next_random(random) % 3),
        .control_port_state = (enum port_state)(next_random(random) % PORT_STATE_COUNT)};
    r->host = next_random(random) % 4 != 0 ? &sample->host : NULL;
    *path = (struct path){.hop_count = 3,
                          .sent_count = (uint8_t)(3 + next_random(random) % 9),
                          .end_ttl = (uint8_t)(next_random(random) % 2 * 3)};
    path->hops[next_random(random) % 3].answered = (uint8_t)(next_random(random) % 2);
    r->path = next_random(random) % 4 != 0 ? path : NULL;
    *mtu = (struct path_mtu){
        .sent = {{.bytes = 1200, .answer = MTU_ACKNOWLEDGED},
                 {.bytes = 1500, .answer = MTU_NO_ANSWER},
                 {.bytes = 1400, .answer = MTU_TOO_BIG}},
        .sent_count = (uint16_t)(next_random(random) % 4),
        .told_bytes = next_random(random) % 2 == 0 ? 1300 : 0,
        .told_by = {next_random(random) % 2 == 0 ? FAMILY_IPV4 : FAMILY_NONE, {203, 0, 113, 7}},
        .device_bytes = (uint32_t)(next_random(random) % 2 * 1200)};
    r->path_mtu = next_random(random) % 4 != 0 ? mtu : NULL;
}

/* Each cell is the field of the JSON record for which its column is named; lists are written in
 * other ways. */
START_TEST(says_the_same_as_json)
{
    static const struct report_style style = {.columns = 80};
    static struct path path;
    struct path_mtu mtu;
    uint64_t random = (uint64_t)_i + 1;

    for (int i = 0; i < 40; i++) {
        struct sample sample;

        sample_random(&sample, &random);
        sample.result.step_count = 0;
        add_figures(&sample, &path, &mtu, &random);
        char *json = printed_connection("json", &style, &sample.result);
        char *csv = printed(&sample.result, 1, 0);
        const char *row = behind_header(csv);
        for (const char *header = csv; header < row; header++) {
            char *name = next_cell(&header), *cell = next_cell(&row), *wanted;

            wanted = json_cell(json, name);
            ck_assert_msg(is_list(name) || strcmp(cell, wanted) == 0, "%s is '%s', in JSON '%s'",
                          name, cell, wanted);
            row++;
            free(name);
            free(cell);
            free(wanted);
            if (*header == '\n')
                break;
        }
        free(json);
        free(csv);
    }
}
END_TEST

START_TEST(writes_the_path_mtu)
{
    struct sample sample;
    struct path_mtu mtu = {.sent = {{.bytes = 1200, .answer = MTU_ACKNOWLEDGED},
                                    {.bytes = 1500, .answer = MTU_TOO_BIG}}};
    char *text;

    sample_open(&sample);
    sample.result.path_mtu = &mtu;
    text = printed(&sample.result, 1, 0);
    assert_cell(text, "path_mtu.bytes", "");
    assert_cell(text, "path_mtu.black_hole", "false");
    assert_cell(text, "path_mtu.icmp", "false");
    free(text);
    mtu.sent_count = 2;
    text = printed(&sample.result, 1, 0);
    assert_cell(text, "path_mtu.bytes", "1200");
    assert_cell(text, "path_mtu.icmp", "true");
    assert_cell(text, "path_mtu.beyond_bytes", "1500");
    assert_cell(text, "path_mtu.icmp_from", "");
    assert_cell(text, "path_mtu.device_bytes", "");
    assert_cell(text, "path_mtu.limited_by_device", "false");
    assert_cell(text, "path_mtu.packet_count", "2");
    free(text);
    mtu.told_by = (struct address){FAMILY_IPV4, {203, 0, 113, 1}};
    mtu.told_bytes = 1300;
    mtu.device_bytes = 9000;
    text = printed(&sample.result, 1, 0);
    assert_cell(text, "path_mtu.icmp_from", "203.0.113.1");
    assert_cell(text, "path_mtu.icmp_bytes", "1300");
    assert_cell(text, "path_mtu.device_bytes", "9000");
    free(text);
}
END_TEST

/* The longest that there are find room. */
START_TEST(writes_the_path)
{
    static struct path path;
    struct sample sample;
    char *text, *cell;

    sample_open(&sample);
    path = (struct path){.hop_count = 3, .sent_count = 4, .end_ttl = 3};
    path.hops[0] = (struct path_hop){.answered = 1, .address = {FAMILY_IPV4, {203, 0, 113, 1}}};
    path.hops[2] = (struct path_hop){
        .answered = 1, .answer = PATH_SYN_ACK, .address = {FAMILY_IPV4, {203, 0, 113, 3}}};
    sample.result.path = &path;
    text = printed(&sample.result, 1, 0);
    assert_cell(text, "path.hops", "203.0.113.1;;203.0.113.3");
    assert_cell(text, "path.last_answered_ttl", "3");
    assert_cell(text, "path.reached", "true");
    assert_cell(text, "path.syn_count", "4");
    free(text);
    path.hop_count = PATH_HOPS_MAX;
    for (size_t i = 0; i < PATH_HOPS_MAX; i++) {
        path.hops[i] = (struct path_hop){.answered = 1, .address = {.family = FAMILY_IPV6}};
        memset(path.hops[i].address.bytes, 0xff, 16);
    }
    text = printed(&sample.result, 1, 0);
    cell = cell_of(behind_header(text), column_of(text, "path.hops"));
    ck_assert_uint_eq(strlen(cell), PATH_HOPS_MAX * 40 - 1);
    free(cell);
    free(text);
}
END_TEST

START_TEST(writes_what_the_host_knew)
{
    struct host_facts host = {.delivery = NOT_DELIVERED,
                              .error = HOST_EPERM,
                              .table = 7,
                              .control_port = 9,
                              .control_port_state = PORT_OPEN,
                              .control = {.made = false, .port_state = PORT_CLOSED}};
    struct sample sample;
    char *text;

    sample_open(&sample);
    sample.result.host = &host;
    sample.result.openings[CLIENT] =
        (struct opening){.seen = true, .window = 64240, .ttl = 64, .ip_id = 5};
    text = printed(&sample.result, 1, 0);
    assert_cell(text, "delivered", "false");
    assert_cell(text, "host_error", "EPERM");
    assert_cell(text, "routing_table", "7");
    assert_cell(text, "control_port.port", "9");
    assert_cell(text, "control_port.port_state", "open");
    assert_cell(text, "openings.client.window", "64240");
    assert_cell(text, "openings.client.ttl", "64");
    assert_cell(text, "openings.client.ip_id", "5");
    assert_cell(text, "openings.server.ip_id", "");
    assert_cell(text, "second_opinion.result", "");
    assert_cell(text, "second_opinion.errno", "");
    assert_cell(text, "second_opinion.ns", "");
    assert_cell(text, "offer_control", "");
    free(text);
    host.opinion = (struct opinion){OPINION_CONNECTED, 0, 31000};
    host.control.made = true;
    host.control_port = 0;
    host.untried_count = 2;
    host.untried[0] = (struct address){FAMILY_IPV4, {192, 0, 2, 2}};
    host.untried[1] = (struct address){FAMILY_IPV4, {192, 0, 2, 3}};
    sample.result.ends[CLIENT].address.family = FAMILY_IPV6;
    text = printed(&sample.result, 1, 0);
    assert_cell(text, "second_opinion.result", "connected");
    assert_cell(text, "second_opinion.errno", "");
    assert_cell(text, "second_opinion.ns", "31000");
    assert_cell(text, "not_tried", "192.0.2.2;192.0.2.3");
    assert_cell(text, "offer_control", "closed");
    assert_cell(text, "control_port.port", "");
    assert_cell(text, "control_port.port_state", "");
    assert_cell(text, "openings.client.ip_id", "");
    free(text);
    host.opinion = (struct opinion){OPINION_REFUSED, 111, 31000};
    text = printed(&sample.result, 1, 0);
    assert_cell(text, "second_opinion.errno", "111");
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("csv");
    TCase *tcase = tcase_create("csv");

    tcase_add_test(tcase, writes_the_whole_record);
    tcase_add_test(tcase, has_the_labels_of_a_target);
    tcase_add_loop_test(tcase, writes_each_cell, 0, COUNT(cells));
    tcase_add_loop_test(tcase, quotes_names, 0, COUNT(names));
    tcase_add_loop_test(tcase, survives_any_name, 0, 4);
    tcase_add_test(tcase, goes_on_behind_a_full_buffer);
    tcase_add_test(tcase, writes_one_header);
    tcase_add_test(tcase, keeps_quiet);
    tcase_add_loop_test(tcase, waits_unless_prompt, 0, 2);
    tcase_add_loop_test(tcase, says_the_same_as_json, 0, 4);
    tcase_add_test(tcase, writes_the_path_mtu);
    tcase_add_test(tcase, writes_the_path);
    tcase_add_test(tcase, writes_what_the_host_knew);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
