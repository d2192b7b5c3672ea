/* SPDX-License-Identifier: BSD-2-Clause */
#include "output/output.h"
#include "output/formats.h"

#include <errno.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "findings/findings.h"
#include "net/clock.h"
#include "output/terminal.h"
#include "tcp/host.h"
#include "tcp/outcome.h"

#define BUFFER_BYTES (256u * 1024)
#define PATIENCE_NS  INT64_C(200000000) /* with a reader of stderr who takes nothing */

static bool wants_color(enum when when, FILE *file)
{
    const char *no_color = getenv("NO_COLOR");
    if (when != WHEN_AUTO)
        return when == WHEN_ALWAYS;
    if (no_color != NULL && no_color[0] != '\0')
        return false;
    return terminal_moves(file);
}

/* Whether each record is flushed as it is written: in a live run, or if the output is not a regular
 * file, a reader waits for it. */
static bool wants_prompt(const struct options *options, FILE *file)
{
    struct stat status;
    if (options->mode != MODE_READ || terminal_is(file) || fstat(fileno(file), &status) != 0)
        return true;
    return S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode);
}

static int open_file(struct output *output, struct error *error)
{
    if (!output->in_place)
        return outfile_begin(&output->target, output->path, error);
    output->target =
        (struct outfile){.fd = outfile_update(output->path, &output->made, error), .directory = -1};
    return output->target.fd < 0 ? -1 : 0;
}

/* A run that has not begun leaves no empty file behind, unless another run uses it by now. */
static void withdraw_file(const struct output *output)
{
    struct stat found;
    int fd = output->target.fd;
    if (output->made && !output->begun && outfile_lock(fd) == 0 && fstat(fd, &found) == 0 &&
        found.st_size == 0)
        outfile_withdraw(fd, output->path);
}

static bool is_report(const void *target, const char *path)
{
    return outfile_is_at(target, path);
}

static bool is_recording(const void *recording, const char *path)
{
    return outfile_is_same(path, recording);
}

/* The option by which the run reads a file that it is to write, or NULL; "-" is standard input. */
static const char *option_that_reads(const struct options *options,
                                     bool (*is)(const void *written, const char *path),
                                     const void *written)
{
    const struct {
        const char *name;
        const struct texts *paths;
    } inputs[] = {
        {"-r", &options->read_paths},
        {"--targets", &options->target_paths},
        {"--exclude-file", &options->exclude_paths},
    };
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++)
        for (size_t k = 0; k < inputs[i].paths->count; k++)
            if (strcmp(inputs[i].paths->list[k], "-") != 0 && is(written, inputs[i].paths->list[k]))
                return inputs[i].name;
    return NULL;
}

/* Refuses a report in place of what the run reads or records. */
static int check_apart(const struct output *output, const struct options *options,
                       struct error *error)
{
    if (options->write_path != NULL && outfile_is_at(&output->target, options->write_path))
        return error_set(error, STATUS_USAGE, "-w and -o both write '%s': use two files",
                         output->path);
    const char *name = option_that_reads(options, is_report, &output->target);
    if (name == NULL)
        return 0;
    return error_set(error, STATUS_USAGE, "%s and -o both name '%s': use two files", name,
                     output->path);
}

/* Refuses a recording in place of what the run reads. */
static int check_recording(const struct options *options, struct error *error)
{
    const char *recording = options->write_path;
    if (recording == NULL || strcmp(recording, "-") == 0)
        return 0;
    const char *name = option_that_reads(options, is_recording, recording);
    if (name == NULL)
        return 0;
    return error_set(error, STATUS_USAGE, "%s and -w both name '%s': use two files", name,
                     recording);
}

static FILE *open_path(struct output *output, const struct options *options, struct error *error)
{
    FILE *file = NULL;
    if (open_file(output, error) != 0)
        return NULL;
    if (check_apart(output, options, error) == 0) {
        file = fdopen(output->target.fd, "w");
        if (file != NULL)
            return file;
        error_set_code(error, errno, "cannot write '%s'", output->path);
    }
    withdraw_file(output);
    close(output->target.fd);
    outfile_end(&output->target);
    return NULL;
}

/* A reader who takes nothing must not hold up a run, whose signals are held. */
static bool open_outlet(struct output *output, bool queues)
{
    outlet_init(&output->outlet, fileno(output->file));
    output->outlet.queues = queues;
    output->opened = output->file;
    if (output->outlet.waits)
        output->file = outlet_stream(&output->outlet);
    return output->file != NULL;
}

/* Returns 0, or the errno of what could not be written. */
static int close_outlet(struct output *output)
{
    int problem = 0;
    if (output->file != output->opened) {
        fclose(output->file);
        problem = outlet_finish(&output->outlet) == 0 ? 0 : errno;
    }
    output->file = output->opened;
    outlet_free(&output->outlet);
    return problem;
}

/* The time limit beyond which a connection fails, from either option. */
static struct range critical_of(const struct expectation *expectation)
{
    if (expectation->critical.given || expectation->max_rtt_ns == DURATION_UNKNOWN)
        return expectation->critical;
    return (struct range){.last = expectation->max_rtt_ns, .given = true};
}

static int refuse_format(const char *name, struct error *error)
{
    char known[128] = "";
    for (size_t i = 0; report_formats[i]->name != NULL; i++) {
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", i > 0 ? ", " : "",
                 report_formats[i]->name);
    }
    return error_set(error, STATUS_USAGE, "--format takes one of %s, not '%.80s'", known, name);
}

/* Refuses options that would have no effect. */
static int check_format(const struct report_format *format, const struct options *options,
                        struct error *error)
{
    bool is_text = strcmp(format->name, "text") == 0;
    bool has_lines = is_text || strcmp(format->name, "table") == 0;
    if (options->only.given && format->every_target)
        return error_set(error, STATUS_USAGE,
                         "--only cannot be combined with --format %s, which prints summaries alone",
                         format->name);
    if (options->explain && !is_text)
        return error_set(error, STATUS_USAGE,
                         "--explain cannot be combined with --format %s: it explains ladders, "
                         "which the format text shows",
                         format->name);
    if (options->timestamps && !has_lines)
        return error_set(error, STATUS_USAGE,
                         "-D/--timestamps cannot be combined with --format %s: it applies to the "
                         "lines of the formats text and table",
                         format->name);
    return 0;
}

/* Table and figure show whatever there is. */
static enum watch_kind watch_kind_of(const struct report_format *format,
                                     const struct options *options)
{
    if (options->only.given)
        return WATCH_NEITHER;
    if (strcmp(format->name, "text") == 0)
        return WATCH_TABLE_AND_FIGURE;
    return strcmp(format->name, "table") == 0 ? WATCH_TABLE : WATCH_NEITHER;
}

static struct report_style style_of(const struct output *output, const struct options *options)
{
    struct window window = terminal_window(output->opened);
    return (struct report_style){
        .verbosity = options->verbosity,
        .explain = options->explain,
        .ascii = options->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0,
        .color = wants_color(options->color, output->file),
        .prompt = wants_prompt(options, output->opened),
        .terminal = terminal_is(output->file),
        .unbounded = window.unbounded,
        .columns = window.columns,
        .timestamps = options->timestamps,
        .warning = options->expectation.warning,
        .critical = critical_of(&options->expectation),
        .max_loss = options->conditions.max_loss,
    };
}

int output_open(struct output *output, const struct options *options, struct error *error)
{
    memset(output, 0, sizeof *output);
    const struct report_format *format = report_format_find(options->format);
    if (format == NULL)
        return refuse_format(options->format, error);
    if (check_format(format, options, error) != 0 || check_recording(options, error) != 0)
        return -1;
    output->expectation = &options->expectation;
    output->only = &options->only;
    output->path = options->output_path;
    output->in_place = options->resume_path != NULL;
    output->tally = tally_new(&options->conditions);
    if (output->tally == NULL)
        return error_set_memory(error, "out of memory");
    if (options->mode == MODE_READ)
        tally_limit(output->tally, TALLY_TARGETS_MAX);
    output->file = output->path != NULL ? open_path(output, options, error) : stdout;
    if (output->file == NULL) {
        tally_free(output->tally);
        return -1;
    }
    if (!open_outlet(output, options->mode != MODE_READ)) {
        tally_free(output->tally);
        return error_set_memory(error, "out of memory");
    }
    output->style = style_of(output, options);
    tzset(); /* while the time zone can still be read */
    watch_begin(&output->watch, &output->style, output->file, watch_kind_of(format, options),
                clock_monotonic_ns());
    progress_begin(&output->progress, output->watch.begun_ns);
    if (output->watch.may_have_table ||
        output->watch.may_have_figure) /* which go out in one piece */
        setvbuf(output->file, NULL, _IOFBF, BUFFER_BYTES);
    output->report.format = format;
    output->warns = options->mode != MODE_READ && options->verbosity > -2;
    return 0;
}

bool output_publishes(const struct output *output)
{
    return output->path != NULL && output->target.directory >= 0;
}

bool output_wants_steps(const struct output *output)
{
    return output->style.verbosity >= 0 && !output->report.format->without_steps;
}

bool output_wants_words(const struct output *output)
{
    return output->style.verbosity >= 0 && !output->report.format->without_words;
}

void output_order(struct output *output, const struct run_order *order)
{
    output->style.order = output->report.style.order = *order;
}

void output_compare(struct output *output)
{
    output->style.compare = output->report.style.compare = true;
}

void output_begin(struct output *output, enum layout layout)
{
    if (output->begun)
        return;
    output->begun = true;
    output->style.layout = output->style.verbosity > 0 ? LAYOUT_LADDER : layout;
    const struct table_layout table = output->report.table; /* of a run that is resumed */
    uint64_t connections = output->report.connections;
    report_open(&output->report, output->report.format, &output->style, output->file);
    output->report.table = table;
    output->report.connections = connections;
}

/* Whether the format shows findings: those for a summary alone show them without its records. */
static bool wants_findings(const struct output *output)
{
    const struct report_format *format = output->report.format;
    return format->sums_findings || output->style.verbosity >= 0;
}

/* Counts and reports; one that the end of the run cut short is neither where its target has others.
 */
static void tell_result(struct output *output, const struct connection_result *result)
{
    if (result->cut_short && tally_knows(output->tally, result->target, result->ends[SERVER].port))
        return;
    tally_add(output->tally, result);
    if (!selection_has(output->only, result))
        output->left_out++;
    else if (watch_result(&output->watch, result))
        output->report.connections++;
    else
        report_connection(&output->report, result);
}

/* Said of a live run, and again only when it is about another target or connect(2) met something
 * else. */
static void warn_of_contradiction(struct output *output, const struct connection_result *result)
{
    char text[ADDRESS_TEXT_MAX];
    const struct endpoint *server = &result->ends[SERVER];
    if (!output->warns || !opinion_differs(result))
        return;
    enum opinion_result met = result->host->opinion.result;
    if (met == output->contradiction && endpoint_equal(server, &output->contradicted))
        return;
    output->contradiction = met;
    output->contradicted = *server;
    warning("%s port %u is %s, but connect() %s", address_text(&server->address, text),
            server->port, port_state_name(result->port_state), opinion_phrase(met));
}

void output_result(struct output *output, struct connection_result *result)
{
    struct diagnoses diagnoses;
    if (output->frozen)
        return;
    result->unmet = expectation_unmet(output->expectation, result);
    result->max_rtt_ns = output->expectation->max_rtt_ns;
    result->ok = result->unmet == CRITERION_NONE;
    result->warned = expectation_warns(output->expectation, result);
    if (wants_findings(output)) {
        findings_of(result, &diagnoses);
        result->diagnoses = &diagnoses;
    }
    tell_result(output, result);
    warn_of_contradiction(output, result);
    result->diagnoses = NULL;
}

void output_connection(struct output *output, const struct conversation *conversation)
{
    struct connection_result result;
    tally_expect(output->tally, conversation->endpoints[SERVER].port);
    conversation_result(conversation, &result);
    output_result(output, &result);
}

void output_each_once(struct output *output)
{
    if (!output->report.format->every_target)
        tally_each_once(output->tally);
}

bool output_invalid_lines(struct output *output, uint64_t count)
{
    output->report.invalid_lines = count;
    return output->report.format->plugin;
}

void output_may_be_empty(struct output *output)
{
    output->may_be_empty = true;
}

bool output_wants_targets(const struct output *output)
{
    return output->watch.may_have_table;
}

void output_target(struct output *output, const char *host, uint16_t port)
{
    watch_target(&output->watch, host, port);
}

bool output_wants_ticks(const struct output *output)
{
    return watch_wants_ticks(&output->watch);
}

void output_so_far(struct output *output, const struct conversation *conversation, int64_t now_ns)
{
    struct connection_result result;
    if (!watch_wants_figure(&output->watch, now_ns))
        return;
    conversation_result(conversation, &result);
    watch_figure(&output->watch, &result, now_ns);
}

void output_tick(struct output *output, const struct output_outlook *outlook, int64_t now_ns)
{
    char text[PROGRESS_TEXT_MAX];
    const struct summary *whole = tally_whole(output->tally);
    progress_note(&output->progress, whole->connections, now_ns);
    watch_tick(&output->watch, now_ns);
    if (!watch_wants_progress(&output->watch, now_ns))
        return;
    if (outlook->planned == 1)
        snprintf(text, sizeof text, "%llu of 1 connection", (unsigned long long)whole->connections);
    else
        progress_text(&output->progress, whole, outlook->planned, outlook->in_flight, text);
    watch_progress(&output->watch, text, now_ns);
}

/* "trace.pcap: 512.3 of 1024.0 MB, 50%" */
void output_reading(struct output *output, const char *name, uint64_t done, uint64_t size)
{
    char text[256];
    int64_t now_ns = clock_monotonic_ns();
    if (!watch_wants_progress(&output->watch, now_ns))
        return;
    if (size == 0)
        snprintf(text, sizeof text, "%.200s: %.1f MB", name, (double)done / 1e6);
    else
        snprintf(text, sizeof text, "%.200s: %.1f of %.1f MB, %.1f%%", name, (double)done / 1e6,
                 (double)size / 1e6, 100 * ((double)done / (double)size));
    watch_progress(&output->watch, text, now_ns);
}

void output_hide(struct output *output)
{
    watch_hide(&output->watch);
}

void output_resized(struct output *output)
{
    output->style.columns = terminal_window(output->opened).columns;
    output->report.style.columns = output->style.columns;
    watch_resized(&output->watch);
}

void output_flush(struct output *output)
{
    if (output->begun)
        report_flush(&output->report);
}

bool output_is_broken(const struct output *output)
{
    return ferror(output->file) != 0 || output->outlet.failure != 0;
}

bool output_has_failed(const struct output *output)
{
    return tally_has_failed(output->tally);
}

bool output_is_decided(const struct output *output, const char *target, uint16_t port)
{
    return tally_has_failed(output->tally) || tally_is_decided(output->tally, target, port);
}

void output_status(struct output *output, const struct output_outlook *outlook, int64_t now_ns)
{
    char text[PROGRESS_TEXT_MAX];
    struct outlet outlet;
    const struct summary *whole = tally_whole(output->tally);
    if (outlook->planned == 1)
        return;
    watch_hide(&output->watch);
    progress_note(&output->progress, whole->connections, now_ns);
    outlet_init(&outlet, STDERR_FILENO);
    outlet.patience_ns = PATIENCE_NS;
    FILE *file = outlet_stream(&outlet);
    if (file == NULL)
        return;
    fprintf(file, "%s\n",
            progress_text(&output->progress, whole, outlook->planned, outlook->in_flight, text));
    fclose(file);
    outlet_free(&outlet);
}

/* On standard error, as text. */
static void print_summary(const struct output *output)
{
    struct report report;
    struct outlet outlet;
    outlet_init(&outlet, STDERR_FILENO);
    outlet.patience_ns = PATIENCE_NS;
    FILE *file = outlet_stream(&outlet);
    if (file == NULL)
        return;
    struct report_style style = output->style;
    style.verbosity = -1;
    style.layout = LAYOUT_LINES;
    style.prompt = true;
    report_open(&report, report_formats[0], &style, file);
    tally_report(output->tally, &report);
    report_finish(&report);
    fclose(file);
    outlet_free(&outlet);
}

void output_interim(struct output *output)
{
    watch_hide(&output->watch);
    output_flush(output);
    print_summary(output);
}

/* The report could not be written: its summary goes to standard error instead. */
static void rescue(const struct output *output)
{
    if (output->style.verbosity > -2 && !output->report.format->plugin && !output->in_place)
        print_summary(output);
}

static int status_of(const struct output *output, bool holds)
{
    if (output->report.format->plugin)
        return (int)output->report.plugin_status;
    if (output->nothing)
        return output->may_be_empty ? STATUS_OK : STATUS_UNMET;
    return holds ? STATUS_OK : STATUS_UNMET;
}

/* What the report lacks for want of memory makes the run fail; a plugin then says nothing else. */
static bool is_told(const struct output *output, bool complete)
{
    bool whole = complete && !tally_lacks_memory(output->tally);
    return output->begun && !output->in_place && (whole || !output->report.format->plugin);
}

int output_sum_up(struct output *output)
{
    watch_end(&output->watch);
    output->nothing = output->report.connections + output->left_out == 0;
    bool holds = tally_holds(output->tally);
    tally_report(output->tally, &output->report);
    return status_of(output, holds);
}

int output_close(struct output *output, bool complete, struct error *error)
{
    int problem = 0, status = output->status;
    watch_end(&output->watch);
    bool told = is_told(output, complete);
    if (told)
        status = output_sum_up(output);
    else if (!output->concluded)
        status = status_of(output, tally_holds(output->tally));
    if (told || (output->begun && output->in_place))
        problem = report_finish(&output->report);
    int late = close_outlet(output);
    problem = problem != 0 ? problem : late;
    if (problem == 0 && tally_lacks_memory(output->tally))
        problem = ENOMEM;
    if (output->path != NULL) {
        if (problem == 0 && told)
            problem = outfile_publish(&output->target);
        withdraw_file(output);
        fclose(output->file);
        outfile_end(&output->target);
    }
    if (problem != 0 && problem != EPIPE && problem != EBADF) /* none is read, or none was wanted */
        rescue(output);
    tally_free(output->tally);
    if (problem == EPIPE)
        return STATUS_RUN;
    if (problem != 0)
        return error_set(error, STATUS_RUN, "cannot write %s: %s%s",
                         output->path != NULL ? output->path : "standard output", strerror(problem),
                         output->in_place ? ": run the same command again to continue" : "");
    return status;
}
