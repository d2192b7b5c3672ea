/* SPDX-License-Identifier: BSD-2-Clause */
/* A report on a pseudoterminal, which other lines need now and then; targets that are counted. */
#include "output/output.h"

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/commandline.h"
#include "fixtures/results.h"
#include "fixtures/said.h"
#include "harness.h"
#include "output/formats.h"

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))
#define MANY_NS      INT64_C(3600000000000) /* behind any time that was begun at */
#define ENTER_SCREEN "\033[?1049h"
#define LEAVE_SCREEN "\033[?1049l"

static struct output output;
static struct options options;
static struct error error;
static int master = -1, slave = -1, kept_stdout;

static void set_up(void)
{
    setenv("TERM", "xterm", 1);
    fflush(stdout);
    kept_stdout = dup(STDOUT_FILENO);
    master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    ck_assert(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    ck_assert_int_ge(slave, 0);
    dup2(slave, STDOUT_FILENO);
}

static void tear_down(void)
{
    fflush(stdout);
    dup2(kept_stdout, STDOUT_FILENO);
    close(kept_stdout);
    close(slave);
    close(master);
}

static void begin(const char *format)
{
    char program[] = "tcpshake", option[] = "--format", name[16], host[] = "example.com",
         port[] = "443";
    char *arguments[] = {program, option, name, host, port, NULL};
    snprintf(name, sizeof name, "%s", format);
    ck_assert_msg(options_parse(5, arguments, &options, &error) == 0, "%s", error.text);
    ck_assert_msg(output_open(&output, &options, &error) == 0, "%s", error.text);
}

static const char *shown(void)
{
    static char text[65536];
    ssize_t len = 0, more;
    fflush(stdout);
    while ((more = read(master, text + len, sizeof text - 1 - (size_t)len)) > 0)
        len += more;
    text[len] = '\0';
    return text;
}

START_TEST(leaves_the_terminal_to_others)
{
    const struct output_outlook outlook = {.planned = 2, .in_flight = 1};
    begin("text");
    output_begin(&output, LAYOUT_LINES);
    ck_assert(output_wants_ticks(&output) && output_wants_targets(&output));
    output_target(&output, "example.com", 443);
    output_tick(&output, &outlook, output.watch.begun_ns + MANY_NS);
    ck_assert_ptr_nonnull(strstr(shown(), ENTER_SCREEN));
    output_hide(&output);
    ck_assert_ptr_nonnull(strstr(shown(), LEAVE_SCREEN));
    output_close(&output, true, &error);
}
END_TEST

/* A format that wants the summary of each target has to keep them; others only count. */
static const struct {
    const char *format;
    bool keeps;
} formats[] = {{"text", false}, {"json", false}, {"prometheus", true}, {"nagios", true}};

START_TEST(keeps_targets_for_the_formats_that_want_each)
{
    struct sample sample;
    sample_open(&sample);
    begin(formats[_i].format);
    output_each_once(&output);
    output_begin(&output, LAYOUT_LINES);
    output_result(&output, &sample.result);
    ck_assert_int_eq(
        tally_knows(output.tally, sample.result.target, sample.result.ends[SERVER].port),
        formats[_i].keeps);
    output_close(&output, true, &error);
}
END_TEST

/* Whoever waits for records of a file that is read has each as it comes: at a terminal, a pipe or a
 * socket; a file has them in the end. Of a live run all have. */
static const struct {
    enum { TO_FILE, TO_PIPE, TO_SOCKET, TO_TERMINAL } to;
    bool reads, prompt;
} readers[] = {{TO_FILE, true, false},  {TO_PIPE, true, true},     {TO_SOCKET, true, true},
               {TO_FILE, false, true},  {TO_TERMINAL, true, true}, {TO_PIPE, false, true},
               {TO_SOCKET, false, true}};

START_TEST(knows_who_waits)
{
    char program[] = "tcpshake", read[] = "-r", file[] = "x", host[] = "h", port[] = "1";
    char *reading[] = {program, read, file, NULL}, *probing[] = {program, host, port, NULL};
    int ends[2] = {-1, -1};
    FILE *none = tmpfile();
    if (readers[_i].to == TO_PIPE)
        ck_assert_int_eq(pipe(ends), 0);
    else if (readers[_i].to == TO_SOCKET)
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    else if (readers[_i].to == TO_FILE)
        ends[1] = fileno(none);
    if (ends[1] >= 0)
        dup2(ends[1], STDOUT_FILENO);
    ck_assert_int_eq(options_parse(3, readers[_i].reads ? reading : probing, &options, &error), 0);
    ck_assert_int_eq(output_open(&output, &options, &error), 0);
    ck_assert_int_eq(output.style.prompt, readers[_i].prompt);
    output_close(&output, false, &error);
    options_free(&options);
    fclose(none);
    if (ends[0] >= 0) {
        close(ends[0]);
        close(ends[1]);
    }
}
END_TEST

static void report(enum port_state state, enum opinion_result met, uint16_t port)
{
    struct sample sample;
    sample_open(&sample);
    sample.result.port_state = state;
    sample.result.ends[SERVER].port = port;
    sample.host.opinion = (struct opinion){.result = met};
    sample.result.host = &sample.host;
    output_result(&output, &sample.result);
}

/* What connect(2) met is said where it contradicts the verdict, and again for another target, or
 * where it met something else. */
START_TEST(warns_of_each_contradiction_once)
{
    said_begin();
    begin("csv");
    output_begin(&output, LAYOUT_LINES);
    report(PORT_OPEN, OPINION_CONNECTED, 443);
    ck_assert_str_eq(said(), "");
    report(PORT_OPEN, OPINION_REFUSED, 443);
    ck_assert_str_eq(said(), "tcpshake: 192.0.2.80 port 443 is open, but connect() was refused\n");
    report(PORT_OPEN, OPINION_REFUSED, 443);
    ck_assert_str_eq(said(), "");
    report(PORT_OPEN, OPINION_REFUSED, 80);
    ck_assert_str_eq(said(), "tcpshake: 192.0.2.80 port 80 is open, but connect() was refused\n");
    report(PORT_OPEN, OPINION_TIMED_OUT, 80);
    ck_assert_str_eq(said(), "tcpshake: 192.0.2.80 port 80 is open, but connect() timed out\n");
    output_close(&output, true, &error);
    said_end();
}
END_TEST

/* On SIGQUIT: of one connection there is nothing to count. */
START_TEST(counts_where_there_is_more_than_one)
{
    const struct output_outlook one = {.planned = 1, .in_flight = 1};
    const struct output_outlook many = {.planned = 5, .in_flight = 3};
    const struct output_outlook endless = {.planned = UINT64_MAX, .in_flight = 3};
    said_begin();
    begin("csv");
    output_begin(&output, LAYOUT_LINES);
    output_status(&output, &one, output.watch.begun_ns);
    ck_assert_str_eq(said(), "");
    output_status(&output, &many, output.watch.begun_ns);
    ck_assert_str_eq(said(), "connections: 0 done, 5 to go, 3 in flight: 0 open\n");
    report(PORT_CLOSED, OPINION_NONE, 80);
    output_status(&output, &endless, output.watch.begun_ns);
    ck_assert_str_eq(said(), "connections: 1 done, 3 in flight: 0 open, 1 closed\n");
    output_close(&output, true, &error);
    said_end();
}
END_TEST

/* How much of a file was read, on a terminal. */
START_TEST(tells_how_much_was_read)
{
    int kept_stderr = dup(STDERR_FILENO);
    dup2(slave, STDERR_FILENO);
    begin("csv");
    output.watch.begun_ns = output.watch.told_ns = 0;
    output_reading(&output, "trace.pcap", 512300000, _i == 0 ? 2048000000 : 0);
    const char *line = shown();
    dup2(kept_stderr, STDERR_FILENO);
    close(kept_stderr);
    ck_assert_ptr_nonnull(
        strstr(line, _i == 0 ? "trace.pcap: 512.3 of 2048.0 MB, 25.0%" : "trace.pcap: 512.3 MB"));
    output_close(&output, false, &error);
}
END_TEST

/* What would have no effect is refused, and only there. */
static const struct {
    const char *option, *format, *says; /* NULL: it has an effect */
} effects[] = {
    {"--explain", "text", NULL},
    {"--explain", "table", "--explain cannot be combined with --format table: it explains ladders"},
    {"--explain", "json", "--explain cannot be combined with --format json"},
    {"-D", "text", NULL},
    {"-D", "table", NULL},
    {"-D", "json",
     "-D/--timestamps cannot be combined with --format json: it applies to the lines"},
    {"-D", "nagios", "-D/--timestamps cannot be combined with --format nagios"},
    {"-D", "svg", "-D/--timestamps cannot be combined with --format svg"},
    {"--only=open", "json", NULL},
    {"--only=open", "nagios", "--only cannot be combined with --format nagios, which prints"},
    {"--only=open", "prometheus", "--only cannot be combined with --format prometheus"},
    {"-v", "nosuch",
     "--format takes one of text, table, json, csv, nagios, prometheus, svg, not "
     "'nosuch'"},
};

START_TEST(refuses_what_has_no_effect)
{
    char program[] = "tcpshake", option[16], name[] = "--format", format[16], host[] = "h",
         port[] = "1";
    char *arguments[] = {program, option, name, format, host, port, NULL};
    snprintf(option, sizeof option, "%s", effects[_i].option);
    snprintf(format, sizeof format, "%s", effects[_i].format);
    ck_assert_int_eq(options_parse(6, arguments, &options, &error), 0);
    int code = output_open(&output, &options, &error);
    if (effects[_i].says == NULL) {
        ck_assert_int_eq(code, 0);
        output_close(&output, false, &error);
        return;
    }
    ck_assert_int_eq(code, -1);
    ck_assert_int_eq(error.status, STATUS_USAGE);
    ck_assert_ptr_eq(strstr(error.text, effects[_i].says), error.text);
}
END_TEST

/* ---- without a terminal ---- */

static char directory[64], path[96];

static void make_directory(void)
{
    snprintf(directory, sizeof directory, "/tmp/check_output.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/out", directory);
}

static void remove_directory(void)
{
    unlink(path);
    rmdir(directory);
}

static const char *content(void)
{
    static char text[65536];
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return NULL;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static void lay(const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

/* Reads the options of a line, in which spaces separate words. */
static void parse(const char *line)
{
    static char words[512];
    static char *arguments[40];
    int count = 0;
    char *rest;
    snprintf(words, sizeof words, "tcpshake %s", line);
    for (char *at = strtok_r(words, " ", &rest); at != NULL; at = strtok_r(NULL, " ", &rest)) {
        ck_assert_int_lt(count, 39);
        arguments[count++] = at;
    }
    arguments[count] = NULL;
    options_free(&options); /* of the line before */
    ck_assert_msg(options_parse(count, arguments, &options, &error) == 0, "%s", error.text);
}

static int open_with(const char *line)
{
    parse(line);
    return output_open(&output, &options, &error);
}

/* A format that keeps what it is handed. */
static struct {
    struct connection_result result;
    struct summary summary;
    bool had_diagnoses;
    unsigned connections, summaries;
} kept;

static void keep_connection(struct report *report, const struct connection_result *result)
{
    (void)report;
    kept.result = *result;
    kept.had_diagnoses = result->diagnoses != NULL;
    kept.connections++;
}

static void keep_summary(struct report *report, const struct summary *summaries, size_t count)
{
    (void)report;
    kept.summary = summaries[count - 1];
    kept.summaries++;
}

static const struct report_format keeper = {
    .name = "keeper", .connection = keep_connection, .summary = keep_summary};
static const struct report_format keeper_of_findings = {.name = "keeper",
                                                        .sums_findings = true,
                                                        .connection = keep_connection,
                                                        .summary = keep_summary};

static void open_keeper(const char *line, const struct report_format *format)
{
    char whole[256];
    memset(&kept, 0, sizeof kept);
    snprintf(whole, sizeof whole, "-o %s %s host 443", path, line);
    ck_assert_msg(open_with(whole) == 0, "%s", error.text);
    output.report.format = format;
    output_begin(&output, LAYOUT_LINES);
}

/* What the options ask for of the report. */
static const struct {
    const char *line;
    struct report_style style; /* the fields that are compared below */
} styles[] = {
    {"", {.max_loss = PERCENT_NONE}},
    {"--max-loss 5", {.max_loss = 5000000}},
    {"--explain", {.explain = true, .max_loss = PERCENT_NONE}},
    {"--ascii", {.ascii = true, .max_loss = PERCENT_NONE}},
    {"-q", {.verbosity = -1, .max_loss = PERCENT_NONE}},
    {"-v", {.verbosity = 1, .max_loss = PERCENT_NONE}},
    {"--color always", {.color = true, .max_loss = PERCENT_NONE}},
    {"--format nagios --warning 10 --critical 20",
     {.max_loss = PERCENT_NONE,
      .warning = {.last = 10000000, .given = true},
      .critical = {.last = 20000000, .given = true}}},
    {"--max-rtt 30", {.max_loss = PERCENT_NONE, .critical = {.last = 30000000, .given = true}}},
};

START_TEST(a_style_is_that_of_the_options)
{
    const struct report_style *wanted = &styles[_i].style, *style = &output.style;
    char line[256];
    setenv("COLUMNS", "123", 1);
    setlocale(LC_ALL, "C.UTF-8");
    snprintf(line, sizeof line, "-o %s %s host 443", path, styles[_i].line);
    ck_assert_msg(open_with(line) == 0, "%s", error.text);
    ck_assert_int_eq(style->verbosity, wanted->verbosity);
    ck_assert_int_eq(style->explain, wanted->explain);
    ck_assert_int_eq(style->ascii, wanted->ascii);
    ck_assert_int_eq(style->color, wanted->color);
    ck_assert_int_eq(style->max_loss, wanted->max_loss);
    ck_assert_int_eq(style->warning.given, wanted->warning.given);
    ck_assert_int_eq(style->warning.last, wanted->warning.last);
    ck_assert_int_eq(style->critical.given, wanted->critical.given);
    ck_assert_int_eq(style->critical.last, wanted->critical.last);
    ck_assert(style->columns == 123 && !style->terminal && !style->unbounded);
    output_close(&output, false, &error);
    setlocale(LC_ALL, "C");
    unsetenv("COLUMNS");
    ck_assert_msg(open_with(line) == 0, "%s", error.text);
    ck_assert(style->ascii && style->unbounded); /* this locale has no other characters */
    output_close(&output, false, &error);
}
END_TEST

/* Which of a connection's facts the format uses. */
static const struct {
    const char *line;
    bool steps, words;
} uses[] = {{"--format text", true, true},     {"--format json", true, true},
            {"--format csv", false, true},     {"--format prometheus", false, false},
            {"--format nagios", false, false}, {"--format text -q", false, false},
            {"--format table -v", true, true}};

START_TEST(asks_for_what_the_format_uses)
{
    char line[64];
    snprintf(line, sizeof line, "%s host 443", uses[_i].line);
    ck_assert_msg(open_with(line) == 0, "%s", error.text);
    ck_assert_int_eq(output_wants_steps(&output), uses[_i].steps);
    ck_assert_int_eq(output_wants_words(&output), uses[_i].words);
    output_close(&output, false, &error);
}
END_TEST

/* What is read would be lost. */
static const char *const inputs[] = {"-r", "--targets", "--exclude-file"};

START_TEST(a_report_does_not_replace_what_is_read)
{
    char line[512], wanted[160];
    lay("old");
    snprintf(line, sizeof line, "-o %s %s %s.other %s %s%s", path, inputs[_i], path, inputs[_i],
             path, _i == 2 ? " host 443" : "");
    ck_assert_int_eq(open_with(line), -1);
    ck_assert_int_eq(error.status, STATUS_USAGE);
    snprintf(wanted, sizeof wanted, "%s and -o both name '%s': use two files", inputs[_i], path);
    ck_assert_str_eq(error.text, wanted);
    ck_assert_str_eq(content(), "old");
    snprintf(line, sizeof line, "-o %s %s - %s", path, inputs[_i], _i == 2 ? " host 443" : "");
    ck_assert_msg(open_with(line) == 0, "%s", error.text);
    output_close(&output, false, &error);
}
END_TEST

START_TEST(a_recording_does_not_replace_a_list)
{
    char line[512], wanted[160];
    const char *input = inputs[1 + _i];
    lay("old");
    snprintf(line, sizeof line, "-w %s %s %s.other %s %s host 443", path, input, path, input, path);
    ck_assert_int_eq(open_with(line), -1);
    ck_assert_int_eq(error.status, STATUS_USAGE);
    snprintf(wanted, sizeof wanted, "%s and -w both name '%s': use two files", input, path);
    ck_assert_str_eq(error.text, wanted);
    snprintf(line, sizeof line, "-w %s.pcapng %s %s host 443", path, input, path);
    ck_assert_msg(open_with(line) == 0, "%s", error.text);
    output_close(&output, false, &error);
}
END_TEST

START_TEST(a_file_is_not_both_report_and_recording)
{
    char line[256];
    lay("old");
    snprintf(line, sizeof line, "-o %s -w %s host 443", path, path);
    ck_assert_int_eq(open_with(line), -1);
    ck_assert_int_eq(error.status, STATUS_USAGE);
    ck_assert_ptr_nonnull(strstr(error.text, "-w and -o both write '"));
    ck_assert_ptr_nonnull(strstr(error.text, path));
    ck_assert_str_eq(content(), "old");
    snprintf(line, sizeof line, "-o %s -w %s.pcapng host 443", path, path);
    ck_assert_int_eq(open_with(line), 0);
    output_close(&output, false, &error);
}
END_TEST

/* A result is judged before it is reported. */
START_TEST(judges_what_it_reports)
{
    struct sample sample;
    open_keeper("--format nagios --warning 0.001 --max-rtt 60000", &keeper);
    sample_open(&sample);
    output_result(&output, &sample.result);
    ck_assert(kept.result.ok && kept.result.warned && kept.had_diagnoses);
    ck_assert_int_eq(kept.result.unmet, CRITERION_NONE);
    ck_assert_int_eq(kept.result.max_rtt_ns, INT64_C(60000000000));
    ck_assert_ptr_null(sample.result.diagnoses); /* they are gone by then */
    sample_refused(&sample);
    output_result(&output, &sample.result);
    ck_assert(!kept.result.ok && kept.result.unmet != CRITERION_NONE);
    ck_assert_uint_eq(kept.connections, 2);
    ck_assert_int_eq(output_close(&output, true, &error), STATUS_UNMET);
    ck_assert_uint_eq(kept.summaries, 1);
    ck_assert(kept.summary.ok == 1 && kept.summary.warned == 1);
}
END_TEST

/* Without records, findings are for a summary that contains them. */
START_TEST(finds_where_findings_are_told)
{
    static const struct {
        const char *line;
        const struct report_format *format;
        bool found;
    } rows[] = {{"", &keeper, true},
                {"", &keeper_of_findings, true},
                {"-q", &keeper, false},
                {"-q", &keeper_of_findings, true}};
    struct sample sample;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        open_keeper(rows[i].line, rows[i].format);
        sample_refused(&sample);
        output_result(&output, &sample.result);
        ck_assert_int_eq(kept.had_diagnoses, rows[i].found);
        output_close(&output, true, &error);
    }
}
END_TEST

/* What is not shown counts all the same. */
START_TEST(what_is_left_out_is_judged)
{
    struct sample sample;
    open_keeper("--only closed", &keeper);
    ck_assert(output.watch.may_have_table == false);
    sample_open(&sample);
    output_result(&output, &sample.result);
    ck_assert_uint_eq(kept.connections, 0);
    ck_assert_uint_eq(tally_whole(output.tally)->connections, 1);
    ck_assert_int_eq(output_close(&output, true, &error), STATUS_OK);
    ck_assert_uint_eq(kept.summary.connections, 1);
}
END_TEST

/* What the end of a run cut short counts where its target has nothing else. */
START_TEST(what_was_cut_short_counts_alone)
{
    struct sample sample;
    open_keeper("", &keeper);
    sample_open(&sample);
    sample.result.cut_short = true;
    output_result(&output, &sample.result);
    ck_assert_uint_eq(kept.connections, 1);
    output_result(&output, &sample.result);
    sample.result.cut_short = false;
    output_result(&output, &sample.result);
    ck_assert_uint_eq(kept.connections, 2);
    output_close(&output, true, &error);
    ck_assert_uint_eq(kept.summary.connections, 2);
}
END_TEST

/* A run that ended early is summed up, but for a plugin, whose one line is then the error's. */
START_TEST(what_is_not_whole_is_summed_up)
{
    static const struct report_format plugin = {
        .name = "keeper", .plugin = true, .connection = keep_connection, .summary = keep_summary};
    struct sample sample;
    for (int whole = 0; whole < 2; whole++)
        for (int is_plugin = 0; is_plugin < 2; is_plugin++) {
            open_keeper("", is_plugin ? &plugin : &keeper);
            sample_open(&sample);
            output_result(&output, &sample.result);
            output_close(&output, whole != 0, &error);
            ck_assert_uint_eq(kept.summary.connections, whole || !is_plugin ? 1 : 0);
        }
}
END_TEST

/* A plugin's status is what its line says, though all is as expected. */
START_TEST(a_plugin_ends_with_its_status)
{
    struct sample sample;
    for (int warned = 0; warned < 2; warned++) {
        open_keeper(warned ? "--format nagios --warning 0.001" : "--format nagios --warning 60000",
                    report_format_find("nagios"));
        sample_open(&sample);
        output_result(&output, &sample.result);
        ck_assert_int_eq(output_close(&output, true, &error), warned);
    }
}
END_TEST

/* Nothing at all is a failure, unless there was nothing to do. */
START_TEST(nothing_is_a_failure)
{
    open_keeper("", &keeper);
    ck_assert_int_eq(output_close(&output, true, &error), STATUS_UNMET);
    open_keeper("", &keeper);
    output_may_be_empty(&output);
    ck_assert_int_eq(output_close(&output, true, &error), STATUS_OK);
}
END_TEST

START_TEST(knows_when_to_stop)
{
    struct sample sample;
    open_keeper("-c 5 --succeed-after 2 --fail-after 2", &keeper);
    sample_open(&sample);
    for (int i = 0; i < 2; i++) {
        ck_assert(!output_is_decided(&output, sample.result.target, 443));
        output_result(&output, &sample.result);
    }
    ck_assert(output_is_decided(&output, sample.result.target, 443));
    ck_assert(!output_is_decided(&output, "other", 443) && !output_has_failed(&output));
    sample_refused(&sample);
    sample.result.target = "other";
    for (int i = 0; i < 2; i++)
        output_result(&output, &sample.result);
    ck_assert(output_has_failed(&output) && output_is_decided(&output, "third", 443));
    ck_assert_int_eq(output_close(&output, true, &error), STATUS_UNMET);
}
END_TEST

/* An old report stays until there is a new one. */
START_TEST(an_old_report_stays_until_there_is_another)
{
    char line[128];
    lay("old");
    snprintf(line, sizeof line, "--format csv -o %s host 443", path);
    ck_assert_int_eq(open_with(line), 0);
    ck_assert(output_publishes(&output));
    output_close(&output, false, &error);
    ck_assert_str_eq(content(), "old");
    ck_assert_int_eq(open_with(line), 0);
    output_begin(&output, LAYOUT_LINES);
    report(PORT_OPEN, OPINION_NONE, 443);
    ck_assert_str_eq(content(), "old");
    ck_assert_int_eq(output_close(&output, true, &error), STATUS_OK);
    ck_assert_ptr_nonnull(strstr(content(), ",open,"));
    ck_assert_int_eq(open_with("--format csv -o /dev/null host 443"), 0);
    ck_assert(!output_publishes(&output));
    output_close(&output, false, &error);
    ck_assert_int_eq(open_with("--format csv host 443"), 0);
    ck_assert(!output_publishes(&output));
    output_close(&output, false, &error);
}
END_TEST

/* What a run made and did not begin goes with it, unless another run has begun there. */
START_TEST(what_another_run_uses_is_not_withdrawn)
{
    char line[256];
    int ends[2], status;
    char octet;
    ck_assert_int_eq(pipe(ends), 0);
    snprintf(line, sizeof line, "--format csv --resume %s.journal -o %s host 443", path, path);
    ck_assert_int_eq(open_with(line), 0);
    ck_assert_str_eq(content(), "");
    pid_t other = fork();
    if (other == 0) {
        int fd = open(path, O_RDWR);
        if (_i == 1 && outfile_lock(fd) != 0)
            _exit(1);
        (void)!write(ends[1], "x", 1);
        close(ends[1]);
        for (;;)
            pause();
    }
    ck_assert_int_eq(read(ends[0], &octet, 1), 1);
    output_close(&output, false, &error);
    kill(other, SIGKILL);
    ck_assert_int_eq(waitpid(other, &status, 0), other);
    ck_assert_int_eq(content() != NULL, _i == 1);
    close(ends[0]);
    close(ends[1]);
}
END_TEST

/* A figure of a connection that goes on belongs on a terminal that has room for it. */
START_TEST(only_a_terminal_has_a_figure_so_far)
{
    static struct conversation conversation;
    char line[128];
    snprintf(line, sizeof line, "-o %s host 443", path);
    ck_assert_int_eq(open_with(line), 0);
    output_begin(&output, LAYOUT_LINES);
    output_so_far(&output, &conversation, MANY_NS);
    output_flush(&output);
    output_close(&output, false, &error);
    ck_assert(output.watch.figure == LIVE_LADDER_NOTHING && output.watch.told_ns == 0);
}
END_TEST

/* A report that cannot be written has its summary on standard error; a plugin has one answer. */
static const struct {
    const char *line;
    bool rescued;
} lost[] = {{"--format csv", true},
            {"--format json -q", true},
            {"--format text", true},
            {"--format nagios", false}};

START_TEST(a_report_that_is_lost_is_summed_up)
{
    char line[128];
    said_begin();
    snprintf(line, sizeof line, "%s -o /dev/full host 443", lost[_i].line);
    ck_assert_msg(open_with(line) == 0, "%s", error.text);
    output_begin(&output, LAYOUT_LINES);
    report(PORT_OPEN, OPINION_NONE, 443);
    report(PORT_OPEN, OPINION_NONE, 443);
    ck_assert_int_eq(output_close(&output, true, &error), -1);
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_str_eq(error.text, "cannot write /dev/full: No space left on device");
    const char *text = said();
    ck_assert_int_eq(strstr(text, "2 connections") != NULL, lost[_i].rescued);
    ck_assert_ptr_null(strstr(text, "192.0.2.80")); /* the summary alone */
    said_end();
}
END_TEST

/* SIGQUIT or SIGUSR1: what there is so far, as the text of -q, whatever the report is. */
static const char *const interim[] = {"host 443", "-v host 443", "-qq host 443", "-q host 443"};

START_TEST(an_interim_summary_goes_to_standard_error)
{
    said_begin();
    memset(&kept, 0, sizeof kept);
    ck_assert_int_eq(open_with(interim[_i]), 0);
    output.report.format = &keeper;
    output_begin(&output, LAYOUT_LADDER);
    report(PORT_OPEN, OPINION_NONE, 443);
    report(PORT_OPEN, OPINION_NONE, 443);
    output_interim(&output);
    const char *text = said();
    ck_assert_msg(strstr(text, "2 connections") != NULL, "%s", text);
    ck_assert_ptr_nonnull(strstr(text, "syn rtt"));
    ck_assert_ptr_null(strstr(text, "fin rtt")); /* which is for -v */
    ck_assert_ptr_null(strstr(text, "192.0.2.80"));
    ck_assert_uint_eq(kept.summaries, 0);
    output_close(&output, true, &error);
    said_end();
}
END_TEST

/* What was reported so far stands above it, though records of a file are not flushed one by one. */
START_TEST(an_interim_summary_follows_what_was_reported)
{
    char line[128];
    said_begin();
    lay("");
    int stdout_before = dup(STDOUT_FILENO), fd = open(path, O_WRONLY | O_CLOEXEC);
    fflush(stdout);
    dup2(fd, STDOUT_FILENO);
    snprintf(line, sizeof line, "--format csv -r x");
    ck_assert_int_eq(open_with(line), 0);
    output_begin(&output, LAYOUT_LINES);
    report(PORT_OPEN, OPINION_NONE, 443);
    ck_assert_str_eq(content(), "");
    output_interim(&output);
    ck_assert_ptr_nonnull(strstr(content(), ",open,"));
    output_close(&output, true, &error);
    options_free(&options);
    dup2(stdout_before, STDOUT_FILENO);
    close(stdout_before);
    close(fd);
    said_end();
}
END_TEST

/* A reader that has left is no error to report, but it ends the run. */
START_TEST(a_reader_that_leaves_ends_the_run)
{
    int ends[2], stdout_before = dup(STDOUT_FILENO);
    said_begin();
    signal(SIGPIPE, SIG_IGN);
    ck_assert_int_eq(pipe(ends), 0);
    fflush(stdout);
    dup2(ends[1], STDOUT_FILENO);
    close(ends[1]);
    ck_assert_int_eq(open_with("--format csv host 443"), 0);
    output_begin(&output, LAYOUT_LINES);
    report(PORT_OPEN, OPINION_NONE, 443);
    ck_assert(!output_is_broken(&output));
    close(ends[0]);
    report(PORT_OPEN, OPINION_NONE, 443);
    ck_assert(output_is_broken(&output));
    ck_assert_int_eq(output_close(&output, true, &error), STATUS_RUN);
    ck_assert_str_eq(said(), "");
    dup2(stdout_before, STDOUT_FILENO);
    close(stdout_before);
    said_end();
}
END_TEST

/* So does one that leaves while a part of the report waits for it. */
START_TEST(a_reader_that_leaves_a_queue_ends_the_run)
{
    int ends[2], stdout_before = dup(STDOUT_FILENO);
    signal(SIGPIPE, SIG_IGN);
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_gt(fcntl(ends[0], F_SETPIPE_SZ, 4096), 0);
    fflush(stdout);
    dup2(ends[1], STDOUT_FILENO);
    close(ends[1]);
    ck_assert_int_eq(open_with("--format json host 443"), 0);
    output_begin(&output, LAYOUT_LINES);
    for (int i = 0; i < 1000 && outlet_queued(&output.outlet) == 0; i++)
        report(PORT_OPEN, OPINION_NONE, 443);
    ck_assert_uint_gt(outlet_queued(&output.outlet), 0);
    ck_assert(!output_is_broken(&output));
    close(ends[0]);
    ck_assert_int_eq(outlet_push(&output.outlet), -1);
    ck_assert(output_is_broken(&output));
    ck_assert_int_eq(output_close(&output, true, &error), STATUS_RUN);
    dup2(stdout_before, STDOUT_FILENO);
    close(stdout_before);
}
END_TEST

/* Closed standard output is an error to report, but nothing was wanted, not even a summary. */
START_TEST(closed_standard_output_is_an_error)
{
    int stdout_before = dup(STDOUT_FILENO);
    said_begin();
    fflush(stdout);
    close(STDOUT_FILENO);
    ck_assert_int_eq(open_with("--format csv host 443"), 0);
    output_begin(&output, LAYOUT_LINES);
    report(PORT_OPEN, OPINION_NONE, 443);
    int code = output_close(&output, true, &error);
    dup2(stdout_before, STDOUT_FILENO);
    close(stdout_before);
    clearerr(stdout);
    ck_assert_int_eq(code, -1);
    ck_assert_str_eq(error.text, "cannot write standard output: Bad file descriptor");
    ck_assert_str_eq(said(), "");
    said_end();
}
END_TEST

/* A recording has no second opinion, and -qq no warnings. */
static const struct {
    const char *line;
    bool warns;
} warners[] = {{"host 443", true}, {"-q host 443", true}, {"-qq host 443", false}, {"-r x", false}};

START_TEST(warns_unless_silenced)
{
    said_begin();
    ck_assert_int_eq(open_with(warners[_i].line), 0);
    output.report.format = &keeper;
    output_begin(&output, LAYOUT_LINES);
    report(PORT_OPEN, OPINION_REFUSED, 443);
    ck_assert_int_eq(strstr(said(), "connect() was refused") != NULL, warners[_i].warns);
    output_close(&output, true, &error);
    options_free(&options);
    said_end();
}
END_TEST

/* Invalid lines of a list are told by a plugin, in its answer. */
START_TEST(only_a_plugin_tells_of_invalid_lines)
{
    ck_assert_int_eq(open_with("--format nagios host 443"), 0);
    ck_assert(output_invalid_lines(&output, 7));
    ck_assert_uint_eq(output.report.invalid_lines, 7);
    output_close(&output, false, &error);
    ck_assert_int_eq(open_with("--format json host 443"), 0);
    ck_assert(!output_invalid_lines(&output, 7));
    output_close(&output, false, &error);
}
END_TEST

/* A file may name more targets than there is memory for. */
START_TEST(targets_of_a_file_are_bounded)
{
    struct connection_result result = {.port_state = PORT_OPEN};
    char name[16];
    result.handshake.syn_rtt_ns = result.teardown.fin_rtt_ns = DURATION_UNKNOWN;
    result.target = name;
    ck_assert_int_eq(open_with("-r x"), 0);
    for (unsigned i = 0; i < TALLY_TARGETS_MAX + 3; i++) {
        snprintf(name, sizeof name, "t%u", i);
        tally_add(output.tally, &result);
    }
    ck_assert_uint_eq(tally_others(output.tally), 3);
    output_close(&output, false, &error);
    options_free(&options);
}
END_TEST

/* ---- on the terminal ---- */

/* NO_COLOR counts unless it is empty (no-color.org), and only where nothing else is asked for. */
static const struct {
    const char *no_color, *when;
    bool color;
} colors[] = {{NULL, "auto", true},
              {"", "auto", true},
              {"1", "auto", false},
              {"1", "always", true},
              {NULL, "never", false}};

START_TEST(colors_are_as_asked_for)
{
    char line[64];
    unsetenv("NO_COLOR");
    if (colors[_i].no_color != NULL)
        setenv("NO_COLOR", colors[_i].no_color, 1);
    snprintf(line, sizeof line, "--color %s host 443", colors[_i].when);
    ck_assert_int_eq(open_with(line), 0);
    ck_assert_int_eq(output.style.color, colors[_i].color);
    output_close(&output, false, &error);
    unsetenv("NO_COLOR");
}
END_TEST

/* Table and figure show every connection there is. */
static const struct {
    const char *line;
    bool table, figure;
} watched[] = {{"", true, true},
               {"--format table", true, false},
               {"--format csv", false, false},
               {"--only open", false, false},
               {"--only open --format table", false, false}};

START_TEST(shows_all_or_nothing_while_it_runs)
{
    char line[64];
    snprintf(line, sizeof line, "%s%shost 443", watched[_i].line, watched[_i].line[0] ? " " : "");
    ck_assert_int_eq(open_with(line), 0);
    ck_assert_int_eq(output.watch.may_have_table, watched[_i].table);
    ck_assert_int_eq(output_wants_targets(&output), watched[_i].table);
    ck_assert_int_eq(output.watch.may_have_figure, watched[_i].figure);
    output_close(&output, false, &error);
}
END_TEST

/* A new size of the terminal counts for what follows. */
START_TEST(follows_the_width_of_the_terminal)
{
    const struct winsize sizes[] = {{.ws_row = 24, .ws_col = 100}, {.ws_row = 24, .ws_col = 40}};
    unsetenv("COLUMNS");
    ck_assert_int_eq(ioctl(master, TIOCSWINSZ, &sizes[0]), 0);
    begin("text");
    output_begin(&output, LAYOUT_LINES);
    ck_assert(output.style.columns == 100 && output.report.style.columns == 100);
    ck_assert_int_eq(ioctl(master, TIOCSWINSZ, &sizes[1]), 0);
    output_resized(&output);
    ck_assert(output.style.columns == 40 && output.report.style.columns == 40);
    output_close(&output, true, &error);
}
END_TEST

/* The line of progress has the latest rate, of several connections only. */
START_TEST(tells_how_far_a_run_has_come)
{
    const struct output_outlook one = {.planned = 1, .in_flight = 1};
    const struct output_outlook many = {.planned = 5, .in_flight = 3};
    int kept_stderr = dup(STDERR_FILENO);
    dup2(slave, STDERR_FILENO);
    begin("csv");
    output_begin(&output, LAYOUT_LINES);
    const int64_t begun_ns = output.watch.begun_ns;
    output_tick(&output, &one, begun_ns + INT64_C(999999999));
    ck_assert_ptr_null(strstr(shown(), "connection"));
    report(PORT_OPEN, OPINION_NONE, 80);
    output_tick(&output, &one, begun_ns + INT64_C(1000000000));
    ck_assert_ptr_nonnull(strstr(shown(), "1 of 1 connection"));
    output_tick(&output, &many, begun_ns + INT64_C(2000000000));
    const char *line = shown();
    dup2(kept_stderr, STDERR_FILENO);
    close(kept_stderr);
    ck_assert_msg(strstr(line, "connections: 1 done, 4 to go, 0:00:06 left, 1/s, 3 in flight"),
                  "%s", line);
    output_close(&output, true, &error);
}
END_TEST

static TCase *tests_with_files(void)
{
    TCase *tests = tcase_create("files");
    tcase_add_checked_fixture(tests, make_directory, remove_directory);
    tcase_add_loop_test(tests, a_style_is_that_of_the_options, 0, COUNT(styles));
    tcase_add_loop_test(tests, asks_for_what_the_format_uses, 0, COUNT(uses));
    tcase_add_loop_test(tests, a_recording_does_not_replace_a_list, 0, 2);
    tcase_add_loop_test(tests, a_report_does_not_replace_what_is_read, 0,
                        sizeof inputs / sizeof inputs[0]);
    tcase_add_test(tests, a_file_is_not_both_report_and_recording);
    tcase_add_test(tests, judges_what_it_reports);
    tcase_add_test(tests, finds_where_findings_are_told);
    tcase_add_test(tests, what_is_left_out_is_judged);
    tcase_add_test(tests, what_was_cut_short_counts_alone);
    tcase_add_test(tests, what_is_not_whole_is_summed_up);
    tcase_add_test(tests, nothing_is_a_failure);
    tcase_add_test(tests, a_plugin_ends_with_its_status);
    tcase_add_test(tests, knows_when_to_stop);
    tcase_add_test(tests, an_old_report_stays_until_there_is_another);
    tcase_add_loop_test(tests, what_another_run_uses_is_not_withdrawn, 0, 2);
    tcase_add_test(tests, only_a_terminal_has_a_figure_so_far);
    tcase_add_loop_test(tests, a_report_that_is_lost_is_summed_up, 0, COUNT(lost));
    tcase_add_loop_test(tests, an_interim_summary_goes_to_standard_error, 0, COUNT(interim));
    tcase_add_test(tests, an_interim_summary_follows_what_was_reported);
    tcase_add_test(tests, a_reader_that_leaves_ends_the_run);
    tcase_add_test(tests, a_reader_that_leaves_a_queue_ends_the_run);
    tcase_add_test(tests, closed_standard_output_is_an_error);
    tcase_add_loop_test(tests, warns_unless_silenced, 0, COUNT(warners));
    tcase_add_test(tests, only_a_plugin_tells_of_invalid_lines);
    tcase_add_test(tests, targets_of_a_file_are_bounded);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("output");
    TCase *tests = tcase_create("output");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, leaves_the_terminal_to_others);
    tcase_add_loop_test(tests, keeps_targets_for_the_formats_that_want_each, 0,
                        sizeof formats / sizeof formats[0]);
    tcase_add_loop_test(tests, knows_who_waits, 0, sizeof readers / sizeof readers[0]);
    tcase_add_loop_test(tests, tells_how_much_was_read, 0, 2);
    tcase_add_test(tests, warns_of_each_contradiction_once);
    tcase_add_test(tests, counts_where_there_is_more_than_one);
    tcase_add_loop_test(tests, refuses_what_has_no_effect, 0, sizeof effects / sizeof effects[0]);
    tcase_add_loop_test(tests, colors_are_as_asked_for, 0, COUNT(colors));
    tcase_add_loop_test(tests, shows_all_or_nothing_while_it_runs, 0, COUNT(watched));
    tcase_add_test(tests, follows_the_width_of_the_terminal);
    tcase_add_test(tests, tells_how_far_a_run_has_come);
    suite_add_tcase(suite, tests);
    suite_add_tcase(suite, tests_with_files());
    return run_suite(suite);
}
