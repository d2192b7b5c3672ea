/* SPDX-License-Identifier: BSD-2-Clause */
/* Recordings that are made by hand: what their remarks are worth, in ours and in those of others,
 * and what is said of files. The process is not confined, so that it can go on. */
#include "run/analyse.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/commandline.h"
#include "confine/confine.h"
#include "files/annotation.h"
#include "files/hostwords.h"
#include "files/recording.h"
#include "fixtures/said.h"
#include "harness.h"
#include "net/clock.h"
#include "tcp/steps.h"
#include "wire/checksum.h"

#define MS        INT64_C(1000000)
#define WORDS_MAX 32
#define EPOCH_NS  (INT64_C(1700000000) * 1000 * MS)

int confine(const struct sandbox *sandbox, bool verbose, struct error *error)
{
    (void)sandbox;
    (void)verbose;
    (void)error;
    return 0;
}

uint32_t confine_room_for_files(size_t wanted)
{
    return (uint32_t)wanted;
}

/* Memory: the linker puts this in place of realloc (--wrap). */
static bool no_steps; /* there is no room for more than two steps */

void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size)
{
    return no_steps && old != NULL && size == 4 * sizeof(struct step) ? NULL
                                                                      : __real_realloc(old, size);
}

/* The recording */

static char folder[] = "/tmp/tcpshake-analyse-XXXXXX";
static char path[64], report_path[64];
static struct recording *recording;
static struct error error;
static int64_t now_ns;
static int on_interface; /* its number */

static struct endpoint client_of(uint16_t port)
{
    return (struct endpoint){{FAMILY_IPV4, {192, 0, 2, 7}}, (uint16_t)(50000 + port)};
}

static struct endpoint server_of(uint16_t port)
{
    return (struct endpoint){{FAMILY_IPV4, {198, 51, 100, 80}}, port};
}

static void put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value);
}

/* A segment without payload, a millisecond after the one before. */
static void put_segment(const struct endpoint *from, const struct endpoint *to, uint32_t seq,
                        uint32_t ack, uint8_t flags, const struct annotation *annotation)
{
    uint8_t bytes[40] = {0x45, [3] = 40, [8] = 64, [9] = 6};
    char comment[ANNOTATION_MAX];
    memcpy(bytes + 12, from->address.bytes, 4);
    memcpy(bytes + 16, to->address.bytes, 4);
    put16(bytes + 20, from->port);
    put16(bytes + 22, to->port);
    put32(bytes + 24, seq);
    put32(bytes + 28, ack);
    bytes[32] = 0x50;
    bytes[33] = flags;
    put16(bytes + 34, 64000);
    put16(bytes + 10, checksum_finish(checksum_add(0, cursor_over(bytes, 20))));
    put16(bytes + 36,
          checksum_finish(checksum_add(checksum_pseudo(&from->address, &to->address, 6, 20),
                                       cursor_over(bytes + 20, 20))));
    now_ns += MS;
    const struct frame frame = {
        .time_ns = now_ns, .bytes = bytes, .captured_len = 40, .wire_len = 40};
    ck_assert_int_eq(
        recording_packet(recording, on_interface, &frame,
                         annotation != NULL ? annotation_format(annotation, comment) : NULL,
                         &error),
        0);
}

static struct annotation of_target(const char *target)
{
    struct annotation annotation = {.resolve_ns = DURATION_UNKNOWN};
    snprintf(annotation.target, sizeof annotation.target, "%s", target);
    return annotation;
}

/* Opened and closed in the ordinary way, but for the end of it, if target is not NULL. */
static void put_connection(uint16_t port, const char *target)
{
    const struct endpoint client = client_of(port), server = server_of(port);
    const struct annotation first = of_target(target != NULL ? target : "");
    put_segment(&client, &server, 100, 0, TCP_SYN, &first);
    put_segment(&server, &client, 500, 101, TCP_SYN | TCP_ACK, NULL);
    put_segment(&client, &server, 101, 501, TCP_ACK, NULL);
    put_segment(&client, &server, 101, 501, TCP_FIN | TCP_ACK, NULL);
    put_segment(&server, &client, 501, 102, TCP_FIN | TCP_ACK, NULL);
    put_segment(&client, &server, 102, 502, TCP_ACK, NULL);
}

static void put_remark(const char *comment)
{
    ck_assert_int_eq(recording_remark(recording, comment, &error), 0);
}

static void put_end(uint16_t port, const struct host_facts *host)
{
    const struct endpoint ends[ENDS] = {client_of(port), server_of(port)};
    char comment[ANNOTATION_MAX];
    put_remark(end_format(ends, now_ns, host, comment));
}

static void put_notes(unsigned port_states, const char *labels)
{
    const struct target_notes notes = {(uint8_t)port_states, labels};
    char comment[NOTES_MAX];
    put_remark(notes_format(&notes, comment));
}

static void put_no_route(const char *target, enum reason reason)
{
    struct no_route no_route = {.server = server_of(99),
                                .reason = reason,
                                .time_ns = now_ns,
                                .resolve_ns = DURATION_UNKNOWN};
    char comment[ANNOTATION_MAX];
    strcpy(no_route.target, target);
    put_remark(no_route_format(&no_route, comment));
}

/* As if another program had written it. */
static void be_of_another(void)
{
    static char bytes[65536];
    FILE *file = fopen(path, "r+");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_gt(fread(bytes, 1, sizeof bytes, file), 50);
    for (long at = 28; at < 48; at++)
        if (memcmp(bytes + at, "tcpshake", 8) == 0) {
            ck_assert_int_eq(fseek(file, at, SEEK_SET), 0);
            ck_assert_uint_eq(fwrite("stranger", 1, 8, file), 8);
        }
    fclose(file);
}

static void set_up(void)
{
    strcpy(folder + sizeof folder - 7, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/run.pcapng", folder);
    snprintf(report_path, sizeof report_path, "%s/report", folder);
    now_ns = EPOCH_NS;
    on_interface = 0;
    recording = recording_create(path, &error);
    ck_assert_ptr_nonnull(recording);
    ck_assert_int_eq(recording_interface(recording, "eth0", 101, 65535, &error), 0);
    said_begin();
}

static void tear_down(void)
{
    said_end();
    unlink(path);
    unlink(report_path);
    ck_assert_int_eq(rmdir(folder), 0);
}

/* The report of the recording with these options, a filter among them; *status becomes that of the
 * output, or of the error that ended the reading. */
static const char *report_of(const char *line, int *status)
{
    static char report[65536], text[512], program[] = "tcpshake";
    static char *words[WORDS_MAX + 1];
    struct options options;
    struct output output;
    struct error late;
    int count = 0;
    if (recording != NULL)
        ck_assert_int_eq(recording_close(recording, &error), 0);
    recording = NULL;
    snprintf(text, sizeof text, "-o %s %s", report_path, line);
    words[count++] = program;
    for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " "))
        words[count++] = word;
    words[count] = NULL;
    ck_assert_msg(options_parse(count, words, &options, &error) == 0, "%s", error.text);
    ck_assert_msg(output_open(&output, &options, &error) == 0, "%s", error.text);
    int code = analyse_run(&options, &output, &error);
    *status = output_close(&output, code == 0, &late);
    if (code != 0)
        *status = (int)error.status;
    options_free(&options);
    FILE *file = fopen(report_path, "r");
    size_t len = file != NULL ? fread(report, 1, sizeof report - 1, file) : 0;
    report[len] = '\0';
    if (file != NULL)
        fclose(file);
    return report;
}

static const char *report(const char *more)
{
    char line[256];
    int status;
    snprintf(line, sizeof line, "-r %s %s", path, more);
    return report_of(line, &status);
}

static unsigned count_of(const char *text, const char *what)
{
    unsigned count = 0;
    for (const char *at = strstr(text, what); at != NULL; at = strstr(at + 1, what))
        count++;
    return count;
}

#define HAS(text, what)   ck_assert_msg(strstr(text, what) != NULL, "no %s in %.1500s", what, text)
#define LACKS(text, what) ck_assert_msg(strstr(text, what) == NULL, "%s in %.1500s", what, text)

/* Remarks of ours are believed, and those of others are not */

static void put_everything(void)
{
    const struct endpoint client = client_of(1), server = server_of(1);
    const struct endpoint elsewhere = {{FAMILY_IPV4, {203, 0, 113, 9}}, 9};
    const struct endpoint outside = {{FAMILY_IPV4, {203, 0, 113, 8}}, 9};
    struct annotation annotation = of_target("name.test");
    char comment[ANNOTATION_MAX];
    put_remark(order_format(77, 2, 3, comment));
    put_no_route("lost.test", REASON_NO_ROUTE);
    annotation.place = 5;
    annotation.resolve_ns = 42;
    put_segment(&client, &server, 100, 0, TCP_SYN, &annotation);
    put_segment(&server, &client, 500, 101, TCP_SYN | TCP_ACK, NULL);
    annotation = of_target("");
    annotation.origin = ORIGIN_PATH;
    put_segment(&client, &server, 7777, 0, TCP_SYN, &annotation);
    annotation.origin = ORIGIN_CONTROL;
    put_segment(&client, &elsewhere, 1, 0, TCP_SYN, &annotation);
    annotation.origin = ORIGIN_WIRE;
    annotation.translated = true;
    annotation.from = client;
    annotation.to = server;
    put_segment(&outside, &elsewhere, 101, 501, TCP_ACK, &annotation);
    annotation = of_target("");
    annotation.origin = ORIGIN_LOCAL_KERNEL;
    put_segment(&client, &server, 101, 501, TCP_RST | TCP_ACK, &annotation);
    put_end(1, NULL);
}

START_TEST(believes_remarks_of_ours)
{
    put_everything();
    const char *json = report("-j");
    ck_assert_uint_eq(count_of(json, "\"type\":\"connection\""), 2);
    HAS(json, "\"target\":\"name.test\"");
    HAS(json, "\"resolve_ns\":42,");
    HAS(json, "\"target\":\"lost.test\"");
    HAS(json, "\"reason\":\"no-route\"");
    HAS(json, "\"seed\":77");
    HAS(json, "\"handshake\":{\"result\":\"completed\""); /* by the ACK that was translated back */
    HAS(json, "local-reset");
    LACKS(json, "203.0.113");
}
END_TEST

START_TEST(believes_no_remark_of_another)
{
    put_everything();
    ck_assert_int_eq(recording_close(recording, &error), 0);
    recording = NULL;
    be_of_another();
    const char *json = report("-j");
    ck_assert_uint_eq(count_of(json, "\"type\":\"connection\""), 4);
    HAS(json, "\"address\":\"203.0.113.8\""); /* which was not translated back */
    LACKS(json, "name.test");
    LACKS(json, "lost.test");
    LACKS(json, "\"resolve_ns\":42");
    LACKS(json, "\"seed\":77");
    LACKS(json, "local-reset");
    LACKS(json, "no-route");
    HAS(json, "203.0.113.9");
    ck_assert_str_eq(said(), "");
}
END_TEST

/* What a list said belongs to one target */

START_TEST(notes_are_those_of_the_connection_that_ends_next)
{
    put_connection(1, "one.test");
    put_notes(1u << PORT_CLOSED, "site=a");
    put_end(1, NULL);
    put_connection(2, "two.test");
    put_end(2, NULL);
    const char *json = report("-j");
    ck_assert_uint_eq(count_of(json, "\"site\":\"a\""), 1);
    const char *second = strstr(json, "\"target\":\"two.test\"");
    ck_assert_ptr_nonnull(second);
    HAS(json, "\"ok\":false");
    HAS(second, "\"ok\":true");
}
END_TEST

START_TEST(notes_of_what_a_filter_leaves_out_are_left_out)
{
    put_connection(1, "one.test");
    put_notes(1u << PORT_CLOSED, "site=a");
    put_end(1, NULL);
    put_connection(2, "two.test");
    put_end(2, NULL);
    const char *json = report("-j port 2");
    ck_assert_uint_eq(count_of(json, "\"type\":\"connection\""), 1);
    LACKS(json, "site");
    HAS(json, "\"ok\":true");
}
END_TEST

START_TEST(notes_of_what_was_not_sent_are_its_own)
{
    put_notes(1u << PORT_UNREACHABLE, "site=b");
    put_no_route("lost.test", REASON_NO_ROUTE);
    put_connection(1, "one.test");
    put_end(1, NULL);
    const char *json = report("-j");
    const char *one = strstr(json, "\"target\":\"one.test\"");
    ck_assert_ptr_nonnull(one);
    ck_assert_uint_eq(count_of(json, "\"site\":\"b\""), 1);
    LACKS(one, "site");
    ck_assert_uint_eq(count_of(json, "\"ok\":false"), 0);
}
END_TEST

/* What the host knew beside the wire */

START_TEST(translations_go_each_its_way)
{
    const struct endpoint ends[ENDS] = {client_of(1), server_of(1)};
    struct translation sent = {.known = true, .ends = {client_of(1), server_of(1)}};
    struct translation received = sent;
    const struct host_facts host = {.delivery = DELIVERED};
    char comment[ANNOTATION_MAX];
    sent.ends[SERVER].address.bytes[3] = 81;
    received.ends[CLIENT].address.bytes[3] = 8;
    put_connection(1, "one.test");
    put_remark(host_translation_format(ends, true, &sent, comment));
    put_remark(host_translation_format(ends, false, &received, comment));
    put_end(1, &host);
    const char *json = report("-j");
    const char *as_sent = strstr(json, "\"sent\":{"), *as_received = strstr(json, "\"received\":{");
    ck_assert_msg(as_sent != NULL && as_received != NULL, "%s", json);
    ck_assert_ptr_eq(strstr(as_received, "198.51.100.81"), NULL);
    HAS(as_sent, "198.51.100.81");
    HAS(as_received, "192.0.2.8");
}
END_TEST

/* Of the connection that the remark names, and none with -n. The hop is the target itself. */
START_TEST(hops_have_names)
{
    const struct endpoint client = client_of(1), server = server_of(1);
    const struct endpoint ends[ENDS] = {client, server}, others[ENDS] = {client_of(2), server};
    struct annotation annotation = of_target("");
    char comment[HOP_REMARK_MAX];
    annotation.origin = ORIGIN_PATH;
    put_connection(1, "one.test");
    put_segment(&client, &server, 100, 0, TCP_SYN, &annotation);
    put_segment(&server, &client, 0, 101, TCP_RST | TCP_ACK, &annotation);
    put_remark(host_hop_format(ends, &server.address, "hop.test", comment));
    put_remark(host_hop_format(others, &server.address, "other.test", comment));
    put_end(1, NULL);
    const char *json = report(_i == 0 ? "-j" : "-j -n");
    HAS(json, "\"target\":\"one.test\"");
    HAS(json, "\"address\":\"198.51.100.80\",\"name\":");
    ck_assert_int_eq(strstr(json, "hop.test") != NULL, _i == 0);
    LACKS(json, "other.test");
}
END_TEST

START_TEST(ends_are_those_that_were_cut_short)
{
    const struct endpoint ends[ENDS] = {client_of(2), server_of(2)};
    const struct endpoint client = client_of(2), server = server_of(2);
    const struct annotation first = of_target("two.test");
    char comment[ANNOTATION_MAX];
    put_connection(1, "one.test");
    put_end(1, NULL);
    put_segment(&client, &server, 100, 0, TCP_SYN, &first);
    put_remark(cut_short_format(ends, comment));
    put_end(2, NULL);
    const char *json = report("-j");
    HAS(json, "\"target\":\"two.test\"");
    HAS(json, "\"port_state\":\"unknown\"");
    LACKS(json, "\"port_state\":\"filtered\"");
}
END_TEST

START_TEST(a_clock_that_was_set_leaves_no_durations)
{
    const struct endpoint ends[ENDS] = {client_of(1), server_of(1)};
    char comment[ANNOTATION_MAX];
    put_connection(1, "one.test");
    put_remark(clock_set_format(ends, comment));
    put_end(1, NULL);
    put_connection(2, "two.test");
    put_end(2, NULL);
    const char *json = report("-j");
    ck_assert_uint_eq(count_of(json, "\"syn_rtt_ns\":null"), 1);
    ck_assert_uint_eq(count_of(json, "\"syn_rtt_ns\":1000000"), 1);
}
END_TEST

/* Files */

START_TEST(the_last_of_several_errors_is_left)
{
    char line[256];
    int status;
    put_connection(1, "one.test");
    snprintf(line, sizeof line, "-j -r %s/gone -r %s -r %s/missing", folder, path, folder);
    const char *json = report_of(line, &status);
    ck_assert_uint_eq(count_of(json, "\"type\":\"connection\""), 1);
    ck_assert_int_eq(status, STATUS_RUN);
    HAS(error.text, "/missing");
    const char *printed = said();
    HAS(printed, "/gone");
    LACKS(printed, "/missing");
}
END_TEST

START_TEST(a_wrong_filter_is_said_once)
{
    char line[256];
    int status;
    put_connection(1, "one.test");
    snprintf(line, sizeof line, "-j -r %s -r %s tcp prot 80", path, path);
    report_of(line, &status);
    ck_assert_int_eq(status, STATUS_USAGE);
    ck_assert_str_eq(said(), "");
}
END_TEST

START_TEST(nothing_is_no_success)
{
    char line[256], wanted[256];
    int status;
    snprintf(line, sizeof line, "-r %s", path);
    snprintf(wanted, sizeof wanted, "tcpshake: %s: no TCP connection found\n", path);
    report_of(line, &status);
    ck_assert_int_eq(status, STATUS_UNMET);
    ck_assert_str_eq(said(), wanted);
    snprintf(line, sizeof line, "-r %s -r %s", path, path);
    report_of(line, &status);
    ck_assert_int_eq(status, STATUS_UNMET);
    ck_assert_str_eq(said(), "tcpshake: no TCP connection found\n");
    snprintf(line, sizeof line, "-r %s -r %s tcp port 80", path, path);
    report_of(line, &status);
    ck_assert_int_eq(status, STATUS_UNMET);
    ck_assert_str_eq(said(), "tcpshake: no TCP connection found that the filter selects\n");
}
END_TEST

/* Targets are in the order in which they were given, whichever ends first. */
START_TEST(targets_keep_their_places)
{
    for (uint16_t i = 1; i < 4; i++) {
        const struct endpoint client = client_of(i), server = server_of(i);
        struct annotation first = of_target((const char *[]){"a.test", "b.test", "c.test"}[i - 1]);
        first.place = 10u - i;
        put_segment(&client, &server, 100, 0, TCP_SYN, &first);
        put_segment(&server, &client, 500, 101, TCP_RST | TCP_ACK, NULL);
        put_end(i, NULL);
    }
    const char *text = report("--format prometheus");
    const char *b = strstr(text, "probe_success{target=\"b.test\"");
    ck_assert_ptr_nonnull(b);
    HAS(b, "probe_success{target=\"a.test\"");
    LACKS(b, "probe_success{target=\"c.test\"");
}
END_TEST

/* Names of interfaces are bounded; connections on the others are counted. */
START_TEST(interfaces_are_bounded)
{
    char name[16];
    for (uint16_t i = 1; i < 4095 + 2 * _i; i++) { /* beside eth0 */
        const struct endpoint client = client_of(i), server = server_of(i);
        snprintf(name, sizeof name, "tap%u", i);
        on_interface = recording_interface(recording, name, 101, 65535, &error);
        ck_assert_int_eq(on_interface, i);
        put_segment(&client, &server, 100, 0, TCP_SYN, NULL);
    }
    report("-j");
    const char *printed = said();
    if (_i < 2)
        ck_assert_str_eq(printed, "");
    else
        ck_assert_str_eq(printed, "tcpshake: more than 4096 interfaces: 2 connections are shown on "
                                  "(other interfaces)\n");
}
END_TEST

/* Standard input has no name of its own. */
START_TEST(standard_input_is_named)
{
    int status, kept = dup(STDIN_FILENO);
    ck_assert_int_eq(recording_close(recording, &error), 0);
    recording = NULL;
    int in = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(in, 0);
    ck_assert_int_eq(dup2(in, STDIN_FILENO), STDIN_FILENO);
    report_of("-r -", &status);
    ck_assert_int_eq(dup2(kept, STDIN_FILENO), STDIN_FILENO);
    close(kept);
    close(in);
    ck_assert_int_eq(status, STATUS_UNMET);
    ck_assert_str_eq(said(), "tcpshake: standard input: no TCP connection found\n");
}
END_TEST

/* The first of several link types that cannot be read is named. */
START_TEST(the_first_link_type_is_named)
{
    static const uint16_t types[] = {147, 148, 147};
    static const uint8_t octets[28] = {0x45};
    const struct frame frame = {
        .time_ns = EPOCH_NS, .bytes = octets, .captured_len = 28, .wire_len = 28};
    put_connection(1, "one.test");
    put_end(1, NULL);
    for (int i = 0; i < 2 + _i; i++) {
        int number = recording_interface(recording, "odd0", types[i], 65535, &error);
        ck_assert_int_eq(number, 1 + i);
        ck_assert_int_eq(recording_packet(recording, number, &frame, NULL, &error), 0);
    }
    report("-j -v");
    const char *printed = said();
    HAS(printed,
        _i == 0 ? "tcpshake: 2 packets not analysed: " : "tcpshake: 3 packets not analysed: ");
    HAS(printed, "; the first is ");
    HAS(printed, "147");
    LACKS(printed, "148");
}
END_TEST

/* More open connections than are to be kept. */
START_TEST(what_is_evicted_is_told)
{
    char more[160];
    for (uint16_t port = 1; port < 4; port++) {
        const struct endpoint client = client_of(port), server = server_of(port);
        put_segment(&client, &server, 100, 0, TCP_SYN, NULL);
    }
    snprintf(more, sizeof more, "-j --max-connections %d", _i + 1);
    ck_assert_uint_eq(count_of(report(more), "\"type\":\"connection\""), 3);
    const char *printed = said();
    if (_i == 2)
        ck_assert_str_eq(printed, "");
    snprintf(more, sizeof more, "tcpshake: %d connection%s ended, because more than %d were open",
             2 - _i, _i == 1 ? " was reported before it" : "s were reported before they", _i + 1);
    ck_assert(_i == 2 || strncmp(printed, more, strlen(more)) == 0);
}
END_TEST

/* What could not be read has no connection, which needs no word of its own. */
START_TEST(an_error_is_enough)
{
    char line[256];
    int status;
    snprintf(line, sizeof line, "-r %s/missing", folder);
    report_of(line, &status);
    ck_assert_int_eq(status, STATUS_RUN);
    ck_assert_str_eq(said(), "");
}
END_TEST

/* A list of steps that is not whole makes the report incomplete. */
START_TEST(steps_need_memory)
{
    char line[256];
    int status;
    put_connection(1, "one.test");
    put_end(1, NULL);
    snprintf(line, sizeof line, "-j -r %s", path);
    no_steps = true;
    report_of(line, &status);
    no_steps = false;
    ck_assert_int_eq(status, STATUS_RUN);
    ck_assert(error.out_of_memory);
    ck_assert_str_eq(error.text, "out of memory: the report is incomplete");
}
END_TEST

/* Of a filter that takes connections apart, which is said once. */
START_TEST(a_filter_that_takes_connections_apart)
{
    static const struct {
        const char *filter;
        unsigned said;
    } rows[] = {{"src host 192.0.2.7", 1}, {"dst port 1", 1}, {"host 192.0.2.7", 0}, {"port 1", 0}};
    char more[64];
    put_connection(1, "one.test");
    put_connection(2, "two.test");
    snprintf(more, sizeof more, "-j %s", rows[_i].filter);
    report(more);
    ck_assert_uint_eq(count_of(said(), "the filter selects only parts of connections"),
                      rows[_i].said);
}
END_TEST

/* A run that has each target once says so; two of them may have the same. */
START_TEST(each_once_is_said_of_one_recording)
{
    char line[256];
    int status;
    put_remark(each_once_text());
    for (uint16_t i = 1; i < 4; i++) {
        put_connection(i, "one.test");
        put_end(i, NULL);
    }
    snprintf(line, sizeof line, _i == 0 ? "-j -r %s" : "-j -r %s -r %s", path, path);
    const char *json = report_of(line, &status);
    ck_assert_uint_eq(count_of(json, "\"type\":\"connection\""), _i == 0 ? 3 : 6);
    ck_assert_uint_eq(count_of(json, "\"type\":\"summary\""), _i == 0 ? 1 : 4);
}
END_TEST

/* What gave no segment is counted for those who ask. */
START_TEST(what_is_not_analysed_is_counted)
{
    static const uint8_t datagram[28] = {0x45, [3] = 28, [8] = 64, [9] = 17};
    const struct frame frame = {
        .time_ns = EPOCH_NS, .bytes = datagram, .captured_len = 28, .wire_len = 28};
    put_connection(1, "one.test");
    put_end(1, NULL);
    for (int i = 0; i < _i; i++)
        ck_assert_int_eq(recording_packet(recording, 0, &frame, NULL, &error), 0);
    report("-j -v");
    const char *printed = said();
    if (_i == 0)
        ck_assert_str_eq(printed, "");
    else if (_i == 1)
        HAS(printed, "tcpshake: 1 packet not analysed: ");
    else
        HAS(printed, "tcpshake: 2 packets not analysed: ");
}
END_TEST

/* Packets whose stamps are out of order, in a file of another program. */
START_TEST(stamps_out_of_order_are_counted)
{
    char wanted[512];
    put_connection(1, NULL);
    for (int i = 0; i < _i + 1; i++) {
        now_ns -= 3600 * 1000 * MS;
        put_connection((uint16_t)(2 + i), NULL);
    }
    ck_assert_int_eq(recording_close(recording, &error), 0);
    recording = NULL;
    be_of_another();
    report("-q");
    if (_i == 0)
        snprintf(wanted, sizeof wanted,
                 "tcpshake: %s: packet 7 is stamped 2023-11-14T21:13:20.007000000Z, out of order: "
                 "durations across it are unknown\n",
                 path);
    else
        snprintf(wanted, sizeof wanted,
                 "tcpshake: %s: packet 7 is stamped 2023-11-14T21:13:20.007000000Z, out of order, "
                 "and so are %d more: durations across them are unknown\n",
                 path, _i);
    ck_assert_str_eq(said(), wanted);
}
END_TEST

/* Input that is awaited */

#define SECOND     (1000 * MS)
#define BLOCKS_MAX 64
#define OPEN_MOST  40

static struct {
    uint8_t bytes[65536];
    size_t len, ends[BLOCKS_MAX], count; /* where the blocks of pcapng end */
} file;

static void read_blocks(void)
{
    FILE *stream = fopen(path, "r");
    uint32_t len = 0;
    ck_assert_ptr_nonnull(stream);
    file.len = fread(file.bytes, 1, sizeof file.bytes, stream);
    fclose(stream);
    file.count = 0;
    for (size_t at = 0; at < file.len; at += len) {
        memcpy(&len, file.bytes + at + 4, sizeof len);
        ck_assert_uint_lt(file.count, BLOCKS_MAX);
        file.ends[file.count++] = at + len;
    }
}

/* Reads the recording from a FIFO that is in its place, and reports to *out. */
static pid_t start_reading(int *out)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    pid_t child = fork();
    if (child == 0) {
        char program[] = "tcpshake", json[] = "-j", read_from[] = "-r";
        char *words[] = {program, json, read_from, path, NULL};
        struct options options;
        struct output output;
        struct error late;
        dup2(ends[1], STDOUT_FILENO);
        if (options_parse(4, words, &options, &error) != 0 ||
            output_open(&output, &options, &error) != 0)
            _exit(99);
        int code = analyse_run(&options, &output, &error);
        output_close(&output, code == 0, &late);
        _exit(code);
    }
    close(ends[1]);
    *out = ends[0];
    return child;
}

static bool has_reported(int out, int64_t patience_ns)
{
    struct pollfd polled = {.fd = out, .events = POLLIN};
    return poll(&polled, 1, (int)(patience_ns / MS)) == 1;
}

/* A connection is over, and another one stays open: when that is stamped, how long its segments go
 * on, and when the first one is reported. What is stamped now tells by its stamps, other captures
 * by silence alone. */
static const struct {
    int64_t closed_ns, open_ns; /* before now */
    bool goes_on, while_it_goes_on;
} awaited[] = {
    {3 * SECOND, 2 * SECOND, true, true},
    {3 * SECOND, -60 * SECOND, false, false},
    {3 * SECOND, 60 * SECOND, false, false},
    {3600 * SECOND, 3600 * SECOND, true, false},
};

START_TEST(what_is_over_is_reported_while_input_is_awaited)
{
    const struct endpoint client = client_of(2), server = server_of(2);
    int out, status;
    now_ns = clock_epoch_ns() - awaited[_i].closed_ns;
    put_connection(1, "one.test");
    now_ns = clock_epoch_ns() - awaited[_i].open_ns;
    for (int i = 0; i < OPEN_MOST; i++)
        put_segment(&client, &server, 100, 0, TCP_SYN, NULL);
    ck_assert_int_eq(recording_close(recording, &error), 0);
    recording = NULL;
    read_blocks();
    pid_t child = start_reading(&out);
    int in = open(path, O_WRONLY | O_CLOEXEC);
    ck_assert_int_ge(in, 0);
    size_t first = file.ends[file.count - OPEN_MOST];
    int64_t began_ns = clock_monotonic_ns(), paused_ns = 0;
    ck_assert_int_eq(write(in, file.bytes, first), (ssize_t)first);
    bool reported = false;
    for (size_t i = file.count - OPEN_MOST + 1; awaited[_i].goes_on && !reported && i < file.count;
         i++) {
        int64_t from_ns = clock_monotonic_ns();
        size_t at = file.ends[i - 1], len = file.ends[i] - at;
        if (!awaited[_i].while_it_goes_on && from_ns - began_ns > SECOND + 300 * MS)
            break;
        reported = has_reported(out, 100 * MS);
        ck_assert_int_eq(write(in, file.bytes + at, len), (ssize_t)len);
        int64_t pause_ns = clock_monotonic_ns() - from_ns;
        paused_ns = pause_ns > paused_ns ? pause_ns : paused_ns;
    }
    if (awaited[_i].goes_on) /* a writer that was held up was silent itself */
        ck_assert(reported == awaited[_i].while_it_goes_on || paused_ns > SECOND / 2);
    else
        ck_assert(has_reported(out, 20 * SECOND) && clock_monotonic_ns() - began_ns >= SECOND);
    close(in);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    close(out);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("analyse");
    TCase *tc = tcase_create("recordings");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, believes_remarks_of_ours);
    tcase_add_test(tc, believes_no_remark_of_another);
    tcase_add_test(tc, notes_are_those_of_the_connection_that_ends_next);
    tcase_add_test(tc, notes_of_what_a_filter_leaves_out_are_left_out);
    tcase_add_test(tc, notes_of_what_was_not_sent_are_its_own);
    tcase_add_test(tc, translations_go_each_its_way);
    tcase_add_loop_test(tc, hops_have_names, 0, 2);
    tcase_add_test(tc, ends_are_those_that_were_cut_short);
    tcase_add_test(tc, a_clock_that_was_set_leaves_no_durations);
    tcase_add_test(tc, the_last_of_several_errors_is_left);
    tcase_add_test(tc, a_wrong_filter_is_said_once);
    tcase_add_test(tc, nothing_is_no_success);
    tcase_add_loop_test(tc, interfaces_are_bounded, 1, 3);
    tcase_add_test(tc, standard_input_is_named);
    tcase_add_test(tc, targets_keep_their_places);
    tcase_add_loop_test(tc, the_first_link_type_is_named, 0, 2);
    tcase_add_loop_test(tc, what_is_evicted_is_told, 0, 3);
    tcase_add_test(tc, an_error_is_enough);
    tcase_add_test(tc, steps_need_memory);
    tcase_add_loop_test(tc, a_filter_that_takes_connections_apart, 0, 4);
    tcase_add_loop_test(tc, each_once_is_said_of_one_recording, 0, 2);
    tcase_add_loop_test(tc, what_is_not_analysed_is_counted, 0, 3);
    tcase_add_loop_test(tc, stamps_out_of_order_are_counted, 0, 3);
    tcase_add_loop_test(tc, what_is_over_is_reported_while_input_is_awaited, 0, 4);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
