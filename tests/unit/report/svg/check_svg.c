/* SPDX-License-Identifier: BSD-2-Clause */
/* The drawing's content; tests/svg measures what it looks like. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fixtures/results.h"
#include "harness.h"
#include "output/formats.h"
#include "path/mtu.h"
#include "path/path.h"
#include "report/report.h"
#include "report/svg/drawing.h"
#include "report/wait.h"

#define MS INT64_C(1000000)

static const struct report_style plain = {.columns = 80};

struct run {
    struct report report;
    struct summary summary;
    struct spread spread;
    FILE *out;
    char *text;
    size_t len;
};

static void begin(struct run *run, const struct report_style *style)
{
    memset(run, 0, sizeof(*run));
    run->summary = (struct summary){.target = "example.com", .port = 443, .spread = &run->spread};
    run->out = open_memstream(&run->text, &run->len);
    report_open(&run->report, report_format_find("svg"), style, run->out);
}

static void add(struct run *run, const struct connection_result *result)
{
    report_connection(&run->report, result);
    summary_add(&run->summary, result);
}

static void end(struct run *run)
{
    report_summary(&run->report, &run->summary, 1);
    ck_assert_int_eq(report_finish(&run->report), 0);
    fclose(run->out);
}

static unsigned count_of(const char *text, const char *what)
{
    unsigned count = 0;

    for (const char *at = strstr(text, what); at != NULL; at = strstr(at + 1, what))
        count++;
    return count;
}

/* Every tag that is opened is closed, in order, and outside of tags there is no markup. */
static void assert_well_formed(const char *text)
{
    unsigned depth = 0;

    for (const char *at = text; *at != '\0';) {
        const char *close = *at == '<' ? strchr(at, '>') : at;

        ck_assert_ptr_nonnull(close);
        if (*at == '<' && at[1] == '/')
            ck_assert_uint_gt(depth--, 0);
        else if (*at == '<' && close[-1] != '/')
            depth++;
        else if (*at == '&')
            ck_assert(strncmp(at, "&amp;", 5) == 0 || strncmp(at, "&lt;", 4) == 0 ||
                      strncmp(at, "&gt;", 4) == 0);
        ck_assert_msg((unsigned char)*at >= ' ' || *at == '\n', "byte %#x", *at);
        at = close + 1;
    }
    ck_assert_uint_eq(depth, 0);
}

START_TEST(draws_every_step)
{
    struct run run;
    struct sample sample;

    sample_open(&sample);
    begin(&run, &plain);
    add(&run, &sample.result);
    end(&run);
    ck_assert_ptr_eq(strstr(run.text, "<svg xmlns=\"http://www.w3.org/2000/svg\" "), run.text);
    ck_assert_uint_eq(count_of(run.text, "class=\"head\""), sample.result.step_count);
    ck_assert_ptr_nonnull(strstr(run.text, ">SYN+ACK seq 0 ack 1</text>"));
    ck_assert_ptr_nonnull(strstr(run.text, ">rtt 12.346 ms</text>"));
    ck_assert_ptr_nonnull(strstr(run.text, ">24.730</text>"));
    ck_assert_ptr_nonnull(strstr(run.text, "<title id=\"title\">TCP connection: example.com:443 "
                                           "open</title>"));
    ck_assert_ptr_nonnull(strstr(run.text, "; closed in 12.328 ms, four segments</desc>"));
    ck_assert_uint_eq(count_of(run.text, ">ESTABLISHED</text>"), 2);
    ck_assert_ptr_null(strstr(run.text, "Round trips"));
    assert_well_formed(run.text);
    free(run.text);
}
END_TEST

/* What was not expected differs in more than its colour. */
START_TEST(marks_what_surprises)
{
    struct run run;
    struct sample sample;

    sample_no_answer(&sample);
    begin(&run, &plain);
    add(&run, &sample.result);
    end(&run);
    ck_assert_uint_eq(count_of(run.text, "class=\"arrow odd\""), 2);
    ck_assert_uint_eq(count_of(run.text, "! retransmission</tspan>"), 2);
    ck_assert_ptr_nonnull(strstr(run.text, ".arrow.odd{stroke:#7d4e00;stroke-dasharray"));
    ck_assert_ptr_nonnull(strstr(run.text, ">1.0 s</text>"));
    ck_assert_ptr_nonnull(strstr(run.text, ">2.0 s</text>"));
    ck_assert_ptr_nonnull(strstr(run.text, ">no answer</tspan> to 3 SYNs</text>"));
    ck_assert_ptr_null(strstr(run.text, " </tspan>")); /* which some viewers swallow */
    assert_well_formed(run.text);
    free(run.text);
}
END_TEST

/* The finding's figures are those of the measurement, which is over when the drawing is made. */
START_TEST(keeps_the_path_mtu)
{
    struct run run;
    struct sample sample;
    struct path_mtu mtu = {.device_bytes = 1500};
    struct diagnoses diagnoses = {.count = 1};

    sample_open(&sample);
    diagnoses.list[0].cause = CAUSE_PATH_MTU_BLACK_HOLE;
    mtu.sent[mtu.sent_count++] = (struct mtu_sent){.bytes = 1400, .answer = MTU_ACKNOWLEDGED};
    for (unsigned i = 0; i < 3; i++)
        mtu.sent[mtu.sent_count++] = (struct mtu_sent){.bytes = 1401, .answer = MTU_NO_ANSWER};
    mtu.sent[mtu.sent_count++] = (struct mtu_sent){.bytes = 1400, .answer = MTU_ACKNOWLEDGED};
    sample.result.path_mtu = &mtu;
    sample.result.diagnoses = &diagnoses;
    begin(&run, &plain);
    add(&run, &sample.result);
    memset(&mtu, 0, sizeof(mtu));
    end(&run);
    ck_assert_ptr_nonnull(strstr(run.text, "IP packets above 1400 octets"));
    assert_well_formed(run.text);
    free(run.text);
}
END_TEST

/* The hops too: each has a node, and the way to one that is silent is dotted. */
START_TEST(draws_the_path)
{
    struct run run;
    struct sample sample;
    static struct path path;
    struct path_mtu mtu = {.device_bytes = 1500};

    sample_open(&sample);
    path = (struct path){.hop_count = 3, .end_ttl = 3};
    path.hops[0] = (struct path_hop){.answered = 1,
                                     .answer = PATH_TIME_EXCEEDED,
                                     .rtt_ns = 1500000,
                                     .address = {FAMILY_IPV4, {203, 0, 113, 1}},
                                     .name = "<gw>.test"};
    path.hops[2] = path.hops[0];
    path.hops[2].answer = PATH_SYN_ACK;
    path.hops[2].changes = 1u << VIEW_MSS;
    path.hops[2].before.fields[VIEW_MSS] = 1460;
    path.hops[2].view.fields[VIEW_MSS] = 1200;
    sample.result.path = &path;
    sample.result.path_mtu = &mtu;
    begin(&run, &plain);
    add(&run, &sample.result);
    memset(&path, 0, sizeof(path));
    end(&run);
    ck_assert_uint_eq(count_of(run.text, "class=\"node\""), 2);
    ck_assert_uint_eq(count_of(run.text, "class=\"node silent\""), 1);
    ck_assert_uint_eq(count_of(run.text, "class=\"node odd\""), 1);
    ck_assert(strstr(run.text, "class=\"node odd\"") > strstr(run.text, "class=\"node silent\""));
    ck_assert_uint_eq(count_of(run.text, "no answer"), 1);
    ck_assert_uint_eq(count_of(run.text, "1.500"), 2);
    ck_assert_uint_eq(count_of(run.text, "&lt;gw&gt;.test"), 2);
    ck_assert_ptr_nonnull(strstr(run.text, "mss 1460 to 1200 between"));
    ck_assert_uint_eq(count_of(run.text, "path: 3 hops, the last is the target"), 2);
    ck_assert_ptr_nonnull(strstr(run.text, "path MTU: unknown"));
    assert_well_formed(run.text);
    free(run.text);
}
END_TEST

/* The drawing of one connection; freed by the caller. */
static char *drawn(const struct connection_result *result, int verbosity)
{
    const struct report_style style = {.columns = 80, .verbosity = verbosity};
    struct run run;

    begin(&run, &style);
    add(&run, result);
    end(&run);
    assert_well_formed(run.text);
    return run.text;
}

static int height_of(char *text)
{
    const char *at = strstr(text, " height=\"");
    int height;

    ck_assert_ptr_nonnull(at);
    height = atoi(at + strlen(" height=\""));
    free(text);
    return height;
}

/* Each remark of a step has a line, for which the steps make room. */
START_TEST(leaves_room_for_remarks)
{
    struct sample sample;
    int before[2];

    sample_open(&sample);
    for (int verbosity = 0; verbosity < 2; verbosity++) /* a round trip, with -v a header too */
        before[verbosity] = height_of(drawn(&sample.result, verbosity));
    sample.steps[4].verdict = VERDICT_RETRANSMISSION;
    for (int verbosity = 0; verbosity < 2; verbosity++) {
        int more = height_of(drawn(&sample.result, verbosity)) - before[verbosity];

        ck_assert_msg(more > LINE_HEIGHT / 2 && more < 2 * LINE_HEIGHT, "%d of %d at %d", more,
                      before[verbosity], verbosity);
    }
}
END_TEST

/* The label of an ICMP error says it; other notes stand beside their steps. */
START_TEST(notes_what_a_label_does_not_say)
{
    static const struct {
        enum note note;
        unsigned count;
    } rows[] = {{NOTE_NONE, 0}, {NOTE_ICMP, 0}, {NOTE_ICMP_IGNORED, 1}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sample sample;
        char *text;

        sample_prohibited(&sample);
        sample.steps[1].note = (uint8_t)rows[i].note;
        text = drawn(&sample.result, 0);
        ck_assert_uint_eq(count_of(text, ">ICMP error"), rows[i].count);
        free(text);
    }
}
END_TEST

/* Once, at the step that opened it, or below where that was not kept. */
START_TEST(says_that_it_opened_once)
{
    struct sample sample;

    sample_open(&sample);
    for (uint32_t kept = 0; kept <= sample.result.step_count; kept++) {
        struct connection_result result = sample.result;
        char *text;

        result.step_count = kept;
        text = drawn(&result, 0);
        ck_assert_uint_eq(count_of(text, "open</tspan> in 12.346 ms"), 1);
        free(text);
    }
}
END_TEST

/* When the client gave up, and how much was left out, however few steps there are. */
START_TEST(tells_the_end_of_one_step)
{
    struct sample sample;
    char *text;

    sample_no_answer(&sample);
    sample.result.step_count = 1;
    sample.result.steps_omitted = 1;
    text = drawn(&sample.result, 0);
    ck_assert_ptr_nonnull(strstr(text, ">7000.789</text>"));
    ck_assert_ptr_nonnull(strstr(text, ">1 more segment is not shown</text>"));
    free(text);
    sample.result.steps_omitted = 0;
    text = drawn(&sample.result, 0);
    ck_assert_ptr_null(strstr(text, "not shown"));
    free(text);
}
END_TEST

/* A way to a silent hop is dotted, and a time that was not measured is none; the path MTU stands
 * there without a path, too. */
START_TEST(draws_each_hop_as_it_answered)
{
    static struct path path;
    struct path_mtu mtu = {.device_bytes = 1500};
    struct sample sample;
    unsigned dotted;
    char *text;

    sample_open(&sample);
    sample.result.path_mtu = &mtu;
    text = drawn(&sample.result, 0);
    ck_assert_ptr_nonnull(strstr(text, ">path MTU: unknown"));
    dotted = count_of(text, "class=\"life wait\"");
    free(text);
    path = (struct path){.hop_count = 3};
    path.hops[0].address = path.hops[2].address = (struct address){FAMILY_IPV4, {203, 0, 113, 1}};
    path.hops[0].answered = path.hops[2].answered = 1;
    path.hops[0].answer = path.hops[2].answer = PATH_TIME_EXCEEDED;
    path.hops[0].rtt_ns = 4321000;
    path.hops[2].rtt_ns = INT64_MIN;
    sample.result.path = &path;
    text = drawn(&sample.result, 0);
    ck_assert_uint_eq(count_of(text, "class=\"life wait\""), dotted + 1);
    ck_assert_ptr_nonnull(strstr(text, ">4.321</text>"));
    ck_assert_ptr_null(strstr(text, ">-"));
    free(text);
}
END_TEST

/* The first that fails is kept, though slower ones follow; without failures the slowest. */
START_TEST(chooses_what_tells_most)
{
    static const struct {
        int64_t rtt_ns;
        bool ok;
    } connections[] = {{5 * MS, true},
                       {90 * MS, true},
                       {7 * MS, false},
                       {DURATION_UNKNOWN, false},
                       {99 * MS, true}};
    struct run run;

    begin(&run, &plain);
    for (size_t i = 0; i < (_i == 0 ? 5 : 2); i++) {
        static struct sample sample;

        sample_open(&sample);
        sample.result.handshake.connect_ns = connections[i].rtt_ns;
        sample.result.handshake.syn_rtt_ns = connections[i].rtt_ns;
        sample.result.ok = connections[i].ok;
        add(&run, &sample.result);
        memset(&sample, 0xa5, sizeof(sample)); /* borrowed for the call alone */
    }
    end(&run);
    ck_assert_ptr_nonnull(strstr(run.text, _i == 0 ? ">rtt 7.000 ms<" : ">rtt 90.000 ms<"));
    ck_assert_ptr_nonnull(
        strstr(run.text, _i == 0 ? ">5 connections, 2 failed; this is the first of them<"
                                 : ">2 connections, all ok; this is the one with the "
                                   "slowest handshake<"));
    ck_assert_ptr_nonnull(strstr(run.text, ">Times to connect</text>"));
    ck_assert_ptr_nonnull(strstr(run.text, ">SYN+ACK seq 0 ack 1</text>"));
    ck_assert_ptr_nonnull(strstr(run.text, ">24.713</text>"));
    ck_assert_ptr_nonnull(
        strstr(run.text, _i == 0 ? "example.com:443: 4 of 5 timed, p50 " : ": 2 of 2 timed"));
    assert_well_formed(run.text);
    free(run.text);
}
END_TEST

/* The least and the greatest stand at the ends of the axis, and every bar is a round trip. */
START_TEST(draws_the_distribution)
{
    struct report_style summary_alone = {.columns = 80, .verbosity = -1};
    struct run run;

    begin(&run, &summary_alone);
    for (int64_t i = 1; i <= 100; i++) {
        struct sample sample;

        sample_open(&sample);
        sample.result.handshake.connect_ns = i * i * MS / 10;
        add(&run, &sample.result);
    }
    end(&run);
    ck_assert_ptr_nonnull(strstr(run.text, ">0.100</text>"));
    ck_assert_ptr_nonnull(strstr(run.text, ">1000.000 ms</text>"));
    for (size_t i = 0; i < 3; i++)
        ck_assert_ptr_nonnull(strstr(run.text, ((const char *[]){">p50<", ">p95<", ">p99<"})[i]));
    ck_assert_uint_gt(count_of(run.text, "class=\"bar\""), 30);
    ck_assert_ptr_null(strstr(run.text, "class=\"head\""));
    free(run.text);
}
END_TEST

/* A target that did not open leaves the axis to those that did. */
START_TEST(an_axis_is_of_what_is_drawn)
{
    struct report_style summary_alone = {.columns = 80, .verbosity = -1};
    struct spread spread = {0};
    unsigned bars[2];

    for (size_t i = 0; i < 2; i++) {
        struct summary both[2] = {{0}, {.target = "silent", .port = 1, .spread = &spread}};
        struct sample sample;
        struct run run;

        begin(&run, &summary_alone);
        for (int64_t k = 1; k <= 30; k++) {
            sample_open(&sample);
            sample.result.handshake.connect_ns = (100 + k * k) * MS;
            add(&run, &sample.result);
        }
        both[0] = run.summary;
        sample_no_answer(&sample);
        summary_add(&both[1], &sample.result);
        report_summary(&run.report, both, 1 + i);
        ck_assert_int_eq(report_finish(&run.report), 0);
        fclose(run.out);
        bars[i] = count_of(run.text, "class=\"bar\"");
        free(run.text);
    }
    ck_assert_uint_gt(bars[0], 10);
    ck_assert_uint_eq(bars[0], bars[1]);
}
END_TEST

/* The axis reaches from the least of all to the greatest, wherever these stand; behind the figures
 * of each is what was lost of it. */
START_TEST(an_axis_holds_every_target)
{
    static const int64_t times_ms[2][2] = {{20, 30}, {10, 25}};
    static const struct {
        struct traffic client, server;
        const char *says;
    } lost[] = {
        {{0}, {0}, " ms</text>"},
        {{.syn = 1}, {0}, " ms, 1 segment</text>\n<text x=\"24\" y=\"178\">retransmitted</text>"},
        {{.data = 1},
         {.fin = 1},
         " ms, 2 segments</text>\n<text x=\"24\" y=\"178\">retransmitted</text>"},
        {{0}, {.duplicates = 2}, " ms, 2 seen twice</text>"},
        {{.duplicates = 1},
         {.syn = 1, .duplicates = 2},
         " ms, 1 segment</text>\n<text x=\"24\" y=\"178\">retransmitted, 3 seen twice</text>"},
    };
    struct report_style summary_alone = {.columns = 80, .verbosity = -1};

    for (size_t order = 0; order < 2; order++) {
        static struct spread spreads[2];
        struct summary both[2];
        struct sample sample;
        struct run run;

        begin(&run, &summary_alone);
        for (size_t i = 0; i < 2; i++) {
            spreads[i] = (struct spread){0};
            both[i] = (struct summary){.target = "t", .port = 1, .spread = &spreads[i]};
            for (size_t k = 0; k < 2; k++) {
                sample_open(&sample);
                sample.result.handshake.connect_ns = times_ms[i == order][k] * MS;
                report_connection(&run.report, &sample.result);
                summary_add(&both[i], &sample.result);
            }
        }
        both[1].traffic[CLIENT] = lost[_i].client;
        both[1].traffic[SERVER] = lost[_i].server;
        report_summary(&run.report, both, 2);
        ck_assert_int_eq(report_finish(&run.report), 0);
        fclose(run.out);
        ck_assert_ptr_nonnull(strstr(run.text, ">10.000</text>"));
        ck_assert_ptr_nonnull(strstr(run.text, ">30.000 ms</text>"));
        ck_assert_msg(strstr(run.text, lost[_i].says) != NULL, "no %s in %s", lost[_i].says,
                      run.text);
        free(run.text);
    }
}
END_TEST

/* A summary alone of connections that did not open is no empty paper; with one that did, it is the
 * distribution, and with -v 0 the ladder is there. */
START_TEST(says_that_none_opened)
{
    static const char none[] = ">3 connections, none with a time to connect</text>";
    for (int open = 0; open < 2; open++)
        for (int verbosity = -1; verbosity < 1; verbosity++) {
            struct report_style style = {.columns = 80, .verbosity = verbosity};
            struct sample sample;
            struct run run;

            begin(&run, &style);
            for (int i = 0; i < 3; i++) {
                (i < open ? sample_open : sample_refused)(&sample);
                add(&run, &sample.result);
            }
            end(&run);
            ck_assert_int_eq(strstr(run.text, none) != NULL, open == 0 && verbosity == -1);
            ck_assert_int_eq(strstr(run.text, ">Times to connect</text>") != NULL, open == 1);
            assert_well_formed(run.text);
            free(run.text);
        }
}
END_TEST

START_TEST(says_nothing_where_nothing_is_wanted)
{
    struct report_style nothing = {.columns = 80, .verbosity = -2};
    struct run run;
    struct sample sample;

    sample_open(&sample);
    begin(&run, &nothing);
    add(&run, &sample.result);
    end(&run);
    ck_assert_str_eq(run.text, "");
    free(run.text);
}
END_TEST

START_TEST(says_that_there_was_nothing)
{
    struct run run;

    begin(&run, &plain);
    end(&run);
    ck_assert_ptr_nonnull(strstr(run.text, ">no connection to show</text>"));
    assert_well_formed(run.text);
    free(run.text);
}
END_TEST

/* Markup, quotes, controls, what XML forbids and what is no UTF-8 are text, or escaped. */
START_TEST(escapes_names)
{
    struct run run;
    struct sample sample;

    sample_open(&sample);
    sample.result.target = "</text><script>&\"'\x01\033[2J\xef\xbf\xbe\xed\xa0\x80\xff]]>例";
    sample.result.interface = "<&>\n";
    begin(&run, &plain);
    add(&run, &sample.result);
    end(&run);
    ck_assert_ptr_nonnull(strstr(run.text, "&lt;/text&gt;&lt;script&gt;&amp;\"'\\x01\\x1b[2J\\ufffe"
                                           "\\xed\\xa0\\x80\\xff]]&gt;例"));
    ck_assert_ptr_nonnull(strstr(run.text, "on &lt;&amp;&gt;\\n"));
    assert_well_formed(run.text);
    free(run.text);
}
END_TEST

START_TEST(survives_any_result)
{
    uint64_t random = (uint64_t)_i + 1;

    for (int i = 0; i < 50; i++) {
        struct report_style style = {.columns = 80, .verbosity = i % 3 - 1};
        struct sample sample;
        struct run run;

        begin(&run, &style);
        for (int k = 0; k < _i; k++) {
            sample_random(&sample, &random);
            add(&run, &sample.result);
        }
        end(&run);
        assert_well_formed(run.text);
        free(run.text);
    }
}
END_TEST

/* A disk that fills is told, and nothing is lost of memory. */
START_TEST(tells_of_a_full_disk)
{
    struct report report;
    struct sample sample;
    FILE *out = fopen("/dev/full", "w");

    ck_assert_ptr_nonnull(out);
    sample_open(&sample);
    report_open(&report, report_format_find("svg"), &plain, out);
    report_connection(&report, &sample.result);
    report_summary(&report, NULL, 0);
    ck_assert_int_eq(report_finish(&report), ENOSPC);
    fclose(out);
}
END_TEST

START_TEST(breaks_paragraphs)
{
    static const struct {
        const char *text;
        unsigned columns;
        int lines;
    } paragraphs[] = {
        {"", 10, 0},
        {"one", 10, 1},
        {"one two", 7, 1},
        {"one two", 6, 2},
        {"onetwo", 3, 2},
        {"one two three", 5, 3},
        {"\033[31mone two\033[0m", 7, 1},
        {"例例例", 4, 2},
        {"a", 0, 1},
        {"onetwothree a", 5, 3},
    };

    for (size_t i = 0; i < sizeof(paragraphs) / sizeof(paragraphs[0]); i++)
        ck_assert_msg(drawing_lines_of(paragraphs[i].text, paragraphs[i].columns) ==
                          paragraphs[i].lines,
                      "%s", paragraphs[i].text);
}
END_TEST

/* Colours go on behind a break. */
START_TEST(carries_colors_over)
{
    struct drawing drawing = {0};
    char *text = NULL;
    size_t len;

    drawing.out = open_memstream(&text, &len);
    drawing_paragraph(&drawing, (struct point){0, 0}, ANCHOR_START, NULL,
                      "\033[31mone two\033[0m three", 5);
    fclose(drawing.out);
    ck_assert_str_eq(text, "<text x=\"0\" y=\"0\"><tspan class=\"bad\">one</tspan></text>\n"
                           "<text x=\"0\" y=\"17\"><tspan class=\"bad\">two</tspan></text>\n"
                           "<text x=\"0\" y=\"34\">three</text>\n");
    free(text);
}
END_TEST

/* Round down: the exact times stand at the steps. */
START_TEST(says_how_long_a_silence_was)
{
    static const struct {
        int64_t ms;
        const char *text;
    } waits[] = {{180, ">180 ms<"},   {999, ">999 ms<"},      {1000, ">1.0 s<"},
                 {1234, ">1.2 s<"},   {1999, ">1.9 s<"},      {61987, ">61.9 s<"},
                 {10050, ">10.0 s<"}, {3600000, ">3600.0 s<"}};
    struct run run;
    struct sample sample;

    sample_refused(&sample);
    sample.steps[1].time_ns = sample.steps[0].time_ns + waits[_i].ms * MS;
    begin(&run, &plain);
    add(&run, &sample.result);
    end(&run);
    ck_assert_msg(strstr(run.text, waits[_i].text) != NULL, "%s", waits[_i].text);
    free(run.text);
}
END_TEST

/* Each end's state is in the colour of its own. */
START_TEST(colors_states)
{
    static const enum tcp_state states[][ENDS] = {{STATE_ESTABLISHED, STATE_SYN_RCVD},
                                                  {STATE_SYN_SENT, STATE_ESTABLISHED}};
    struct run run;
    struct sample sample;

    sample_refused(&sample);
    sample.steps[1].states[CLIENT] = states[_i][CLIENT];
    sample.steps[1].states[SERVER] = states[_i][SERVER];
    sample.result.states[CLIENT] = states[_i][CLIENT];
    sample.result.states[SERVER] = states[_i][SERVER];
    begin(&run, &plain);
    add(&run, &sample.result);
    end(&run);
    ck_assert_uint_eq(count_of(run.text, "class=\"good\">ESTABLISHED<"), 1);
    ck_assert_ptr_null(strstr(run.text, "class=\"state\">ESTABLISHED<"));
    ck_assert_ptr_null(strstr(run.text, "class=\"good\">SYN"));
    free(run.text);
}
END_TEST

START_TEST(scales_heights)
{
    unsigned before = 0;

    ck_assert_uint_eq(wait_height(DURATION_UNKNOWN, 9), 0);
    ck_assert_uint_eq(wait_height(0, 9), 0);
    ck_assert_uint_eq(wait_height(MS, 9), 9);
    ck_assert_uint_eq(wait_height(3 * MS, 9), 18);
    ck_assert_uint_eq(wait_height(INT64_MAX, 9), 9 * WAIT_DOUBLINGS_MAX);
    for (int64_t wait_ns = 1; wait_ns < INT64_MAX / 2; wait_ns += wait_ns / 3 + 1) {
        ck_assert_uint_ge(wait_height(wait_ns, 9), before);
        before = wait_height(wait_ns, 9);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svg");
    TCase *tcase = tcase_create("drawing");

    tcase_add_test(tcase, draws_every_step);
    tcase_add_test(tcase, marks_what_surprises);
    tcase_add_test(tcase, keeps_the_path_mtu);
    tcase_add_test(tcase, draws_the_path);
    tcase_add_test(tcase, draws_each_hop_as_it_answered);
    tcase_add_test(tcase, tells_the_end_of_one_step);
    tcase_add_test(tcase, says_that_it_opened_once);
    tcase_add_test(tcase, notes_what_a_label_does_not_say);
    tcase_add_test(tcase, leaves_room_for_remarks);
    tcase_add_loop_test(tcase, chooses_what_tells_most, 0, 2);
    tcase_add_test(tcase, draws_the_distribution);
    tcase_add_test(tcase, an_axis_is_of_what_is_drawn);
    tcase_add_loop_test(tcase, an_axis_holds_every_target, 0, 5);
    tcase_add_test(tcase, says_that_none_opened);
    tcase_add_test(tcase, says_nothing_where_nothing_is_wanted);
    tcase_add_test(tcase, says_that_there_was_nothing);
    tcase_add_test(tcase, escapes_names);
    tcase_add_loop_test(tcase, survives_any_result, 0, 4);
    tcase_add_test(tcase, tells_of_a_full_disk);
    tcase_add_test(tcase, breaks_paragraphs);
    tcase_add_test(tcase, carries_colors_over);
    tcase_add_loop_test(tcase, says_how_long_a_silence_was, 0, 8);
    tcase_add_loop_test(tcase, colors_states, 0, 2);
    tcase_add_test(tcase, scales_heights);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
