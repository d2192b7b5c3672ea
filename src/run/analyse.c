/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop over recorded captures: frames to segments to conversations to the report.
 *
 * A connection that is over is reported once its stragglers have had their time in the capture, or
 * at the end. A pipe from a running capture may have no end, so where its packets stop coming, or
 * carry the time of now, a second of silence is enough; stragglers are then known for what they
 * are, and no longer counted. */
#include "run/analyse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/random.h"
#include "base/signals.h"
#include "confine/confine.h"
#include "files/annotation.h"
#include "files/gap.h"
#include "files/hostwords.h"
#include "files/trace.h"
#include "flows/doubling.h"
#include "flows/flows.h"
#include "loop/failure.h"
#include "net/clock.h"
#include "run/clocked.h"
#include "run/expression.h"
#include "run/keptpaths.h"
#include "run/names.h"
#include "wire/decode.h"

#define LINGER_NS (240 * INT64_C(1000000000)) /* 2 MSL: RFC 9293, 3.4.2 */
/* Over and waiting for stragglers: so that a busy capture costs no more memory than a short one. */
#define LINGER_MAX 2048u

#define FEW 1024u /* open connections for which large pages are more than is needed */

#define GAP_TRIALS_MAX 1000 /* packets on which a filter is tried */
#define INTERFACES_MAX 4096 /* names of them, in all files together */

#define SETTLE_NS (1 * INT64_C(1000000000))  /* silence that is enough in a running capture */
#define RECENT_NS (10 * INT64_C(1000000000)) /* packets no older than that are of now */

/* Packets are decoded some ahead of being taken in, so that memory has time to fetch what is known
 * of their connections; never further than what has been read, since input may be long in coming.
 */
#define AHEAD       16
#define FETCH_AHEAD 1

struct incoming {
    struct trace_packet packet;
    struct annotation annotation; /* in a recording of ours */
    enum segment_kind kind;
    struct segment segment;
    struct flows_ahead ahead;
};

/* What a live run knew of a connection; it lives as long as that. */
struct kept_host {
    struct host_facts facts; /* first, so that a connection leads back to it */
    struct kept_host *next, *previous;
};

struct analysis {
    struct output *output;
    struct flows *flows;
    struct trace *trace; /* the file that is being read, NULL between two */
    bool ours;           /* it is a recording of ours */
    struct source *sources;
    size_t source_count;
    struct filter *filter;        /* NULL: every packet */
    unsigned gap_trials;          /* packets on which the filter was tried */
    struct kept_host *hosts;      /* each owned */
    bool lacks_memory;            /* for one of them */
    struct failure failure;       /* of the filter, on what was not sent */
    char notes_remark[NOTES_MAX]; /* of the next connection that ends */
    struct target_notes notes;    /* borrows from it */
    bool has_notes;
    struct kept_paths paths;
    struct names targets, interfaces; /* strings that conversations borrow */
    uint64_t packets, started;
    uint64_t unread[SEGMENT_KIND_COUNT]; /* packets that gave no segment, by reason */
    uint16_t unread_linktype;            /* the first link type that cannot be read */
    int64_t newest_ns;                   /* of the latest packet, since the epoch */
    uint64_t quiet_packets;              /* packets when nothing more came ... */
    int64_t quiet_since_ns;              /* ... and the monotonic time of it */
    int signals;
    const char *reading; /* the name of that file */
    struct clocked clocked;
    bool numeric; /* names of hops are not shown */
    bool opened;  /* one of the files at least */
    bool stopped;
};

static void drop_host(struct analysis *a, struct conversation *c)
{
    struct kept_host *kept = (struct kept_host *)c->host;
    c->host = NULL;
    if (kept == NULL)
        return;
    *(kept->previous != NULL ? &kept->previous->next : &a->hosts) = kept->next;
    if (kept->next != NULL)
        kept->next->previous = kept->previous;
    free(kept);
}

/* A capture of one connection is shown as a ladder, so the first waits until a second begins. */
static void report_finished(struct analysis *a, bool at_end)
{
    struct conversation *c = flows_next_finished(a->flows);
    if ((c == NULL || (a->started < 2 && !a->output->begun)) && !at_end)
        return;
    output_begin(a->output, a->started < 2 ? LAYOUT_LADDER : LAYOUT_LINES);
    for (; c != NULL; c = flows_next_finished(a->flows)) {
        output_connection(a->output, c);
        drop_host(a, c);
        kept_paths_drop(&a->paths, c);
        clocked_forget(&a->clocked, c);
        flows_release(a->flows, c);
    }
    a->stopped = a->stopped || output_is_broken(a->output); /* output_close says why */
}

/* The latest end, since the epoch, that has been followed by silence enough. */
static int64_t settled_before(struct analysis *a)
{
    int64_t now_ns = clock_monotonic_ns();
    if (a->quiet_since_ns == 0 || a->packets != a->quiet_packets) {
        a->quiet_packets = a->packets;
        a->quiet_since_ns = now_ns;
    }
    if (now_ns - a->quiet_since_ns >= SETTLE_NS)
        return INT64_MAX;
    int64_t epoch_ns = clock_epoch_ns();
    bool recent = a->newest_ns > epoch_ns - RECENT_NS && a->newest_ns < epoch_ns + RECENT_NS;
    return recent ? epoch_ns - SETTLE_NS : INT64_MIN;
}

/* Input is waited for. More connections may come, so that the first one is no ladder. */
static bool on_quiet(void *context)
{
    struct analysis *a = context;
    struct conversation *c;
    int64_t before_ns = settled_before(a);
    while ((c = flows_next_over(a->flows, before_ns)) != NULL) {
        output_begin(a->output, LAYOUT_LINES);
        report_finished(a, false);
        output_connection(a->output, c);
    }
    output_flush(a->output);
    return flows_has_over(a->flows);
}

static void on_reading(void *context, uint64_t done, uint64_t size)
{
    struct analysis *a = context;
    output_reading(a->output, a->reading, done, size);
}

/* A signal: an interim summary, or the end. */
static bool on_signal(void *context)
{
    struct analysis *a = context;
    struct signalfd_siginfo info;
    while (read(a->signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGQUIT)
            output_interim(a->output);
        else
            a->stopped = true;
    }
    return a->stopped;
}

/* Those of a connection are in use until it is reported, which follows. */
static const struct target_notes *take_notes(struct analysis *a)
{
    const struct target_notes *notes = a->has_notes ? &a->notes : NULL;
    a->has_notes = false;
    return notes;
}

static void keep_notes(struct analysis *a, const char *remark)
{
    snprintf(a->notes_remark, sizeof a->notes_remark, "%s", remark);
    a->has_notes = notes_parse(a->notes_remark, &a->notes);
}

static void take_no_route(struct analysis *a, const struct no_route *no_route)
{
    struct connection_result result;
    struct error error;
    int taken = a->filter != NULL ? gap_takes_unsent(a->filter, &no_route->server, &error) : 1;
    if (taken < 0)
        failure_note(&a->failure, &error);
    if (taken <= 0) {
        take_notes(a);
        return;
    }
    a->started++;
    report_finished(a, true);
    no_route_result(no_route, &result);
    result.notes = take_notes(a);
    output_result(a->output, &result);
}

/* What a live run knew of a connection; NULL if memory ran out. */
static struct host_facts *host_of(struct analysis *a, struct conversation *c)
{
    if (c->host != NULL)
        return c->host;
    struct kept_host *kept = calloc(1, sizeof *kept);
    if (kept == NULL) {
        a->lacks_memory = true;
        return NULL;
    }
    kept->next = a->hosts;
    if (a->hosts != NULL)
        a->hosts->previous = kept;
    a->hosts = kept;
    c->host = &kept->facts;
    return c->host;
}

/* Translations have comments of their own, which come before. */
static void take_end(struct analysis *a, struct conversation *c, int64_t time_ns,
                     const struct host_facts *said)
{
    c->done = true;
    c->done_ns = time_ns;
    const struct target_notes *notes = take_notes(a);
    struct host_facts *host = said != NULL || notes != NULL ? host_of(a, c) : NULL;
    if (host != NULL && said != NULL) {
        const struct translation sent = host->sent, received = host->received;
        *host = *said;
        host->sent = sent;
        host->received = received;
    }
    if (host != NULL)
        host->notes = notes;
    flows_finish(a->flows, c);
}

static void take_translation(struct analysis *a, struct conversation *c, bool sent,
                             const struct translation *translation)
{
    struct host_facts *host = host_of(a, c);
    if (host != NULL)
        *(sent ? &host->sent : &host->received) = *translation;
}

/* A comment of a live run on one connection. */
static void take_remark_on(struct analysis *a, const char *comment)
{
    struct endpoint ends[ENDS];
    struct host_facts host;
    struct translation translation;
    int64_t time_ns;
    bool has_host = false, sent = false;
    bool end = end_parse(comment, ends, &time_ns, &host, &has_host);
    bool translated = !end && host_translation_parse(comment, ends, &sent, &translation);
    bool clock = !end && !translated && clock_set_parse(comment, ends);
    bool cut = !end && !translated && !clock && cut_short_parse(comment, ends);
    if (!end && !translated && !clock && !cut)
        return;
    struct conversation *c = flows_find(a->flows, &ends[CLIENT], &ends[SERVER]);
    if (c == NULL && end) /* the filter leaves it out, and with it what a list said of it */
        take_notes(a);
    if (c == NULL)
        return;
    c->clock_was_set = c->clock_was_set || clock;
    c->cut_short = c->cut_short || cut;
    if (translated)
        take_translation(a, c, sent, &translation);
    if (end)
        take_end(a, c, time_ns, has_host ? &host : NULL);
}

/* Returns false for another comment. */
static bool take_hop_name(const struct analysis *a, const char *comment)
{
    struct endpoint ends[ENDS];
    struct address address;
    const char *name;
    if (!host_hop_parse(comment, ends, &address, &name))
        return false;
    const struct conversation *c = flows_find(a->flows, &ends[CLIENT], &ends[SERVER]);
    if (c != NULL && !a->numeric)
        kept_paths_name(c, &address, name);
    return true;
}

/* A comment of a live run. */
static void take_remark(struct analysis *a, const char *comment)
{
    struct no_route no_route;
    struct run_order order;
    struct target_notes notes;
    if (order_parse(comment, &order.seed, &order.shard, &order.shards))
        output_order(a->output, &order);
    else if (compare_parse(comment))
        output_compare(a->output);
    else if (several_parse(comment))
        output_begin(a->output, LAYOUT_LINES);
    else if (each_once_parse(comment) && a->source_count == 1) /* of two, each may have a target */
        output_each_once(a->output);
    else if (notes_parse(comment, &notes))
        keep_notes(a, comment);
    else if (no_route_parse(comment, &no_route))
        take_no_route(a, &no_route);
    else if (!take_hop_name(a, comment))
        take_remark_on(a, comment);
}

static bool is_taken_in(enum segment_kind kind)
{
    return kind == SEGMENT_TCP || kind == SEGMENT_ICMP_ERROR;
}

/* Undoes what the host of the live run did to addresses and ports. */
static void annotate(struct incoming *incoming)
{
    annotation_parse(incoming->packet.comment, &incoming->annotation);
    if (!incoming->annotation.translated)
        return;
    incoming->segment.src = incoming->annotation.from;
    incoming->segment.dst = incoming->annotation.to;
}

static void decode(const struct analysis *a, struct incoming *incoming)
{
    incoming->kind = segment_decode(&incoming->packet.frame, &incoming->segment);
    if (a->ours)
        annotate(incoming);
    if (is_taken_in(incoming->kind))
        flows_expect(a->flows, &incoming->segment, &incoming->ahead);
}

/* Once, on the first gap that is found: what is said of one frame goes for many. */
static void look_for_gap(struct analysis *a, const struct frame *frame)
{
    enum gap gap = gap_of(a->filter, frame);
    a->gap_trials++;
    if (gap == GAP_NONE)
        return;
    warning(
        "the filter selects only parts of connections: %s: select by \"host\" and \"port\" alone",
        gap_text(gap));
    a->gap_trials = GAP_TRIALS_MAX;
}

/* A frame of --path or --path-mtu, which is about a connection and no part of it. */
static void take_path(struct analysis *a, const struct incoming *incoming)
{
    struct conversation *c = flows_find(a->flows, &incoming->segment.src, &incoming->segment.dst);
    if (c != NULL)
        kept_paths_take(&a->paths, c, &incoming->annotation, &incoming->packet.frame,
                        &incoming->segment, incoming->kind);
}

static void take_packet(struct analysis *a, const struct incoming *incoming)
{
    const struct trace_packet *packet = &incoming->packet;
    const struct annotation *annotation = &incoming->annotation;
    enum segment_kind kind = incoming->kind;
    a->packets++;
    a->newest_ns = packet->frame.time_ns;
    if (!is_taken_in(kind)) {
        if (kind == SEGMENT_UNKNOWN_LINK && a->unread[kind] == 0)
            a->unread_linktype = packet->linktype;
        a->unread[kind]++;
        return;
    }
    if (a->filter != NULL && a->gap_trials < GAP_TRIALS_MAX)
        look_for_gap(a, &packet->frame);
    enum origin origin = a->ours ? annotation->origin : ORIGIN_FOREIGN;
    if (origin == ORIGIN_PATH || origin == ORIGIN_PATH_MTU)
        take_path(a, incoming);
    if (origin == ORIGIN_PATH || origin == ORIGIN_PATH_MTU || origin == ORIGIN_CONTROL)
        return;
    if (!a->ours)
        clocked_expect(&a->clocked, a->flows, packet->frame.time_ns);
    struct conversation *c =
        flows_input_expected(a->flows, &incoming->ahead, &incoming->segment, kind, origin);
    if (!a->ours)
        clocked_take(&a->clocked, packet->number, c);
    if (kind != SEGMENT_TCP || c == NULL ||
        c->ends[CLIENT].counts.segments + c->ends[SERVER].counts.segments != 1)
        return;
    a->started++;
    c->target = a->ours ? names_keep(&a->targets, annotation->target) : NULL;
    c->place = a->ours ? annotation->place : 0;
    c->resolve_ns = a->ours ? annotation->resolve_ns : DURATION_UNKNOWN;
    c->interface = names_keep(&a->interfaces, packet->interface);
}

/* At least one packet, unless the file ends or breaks off before it: as trace_next. */
static int read_ahead(struct analysis *a, struct incoming *incoming, size_t *count,
                      struct error *error)
{
    *count = 0;
    int more = trace_next(a->trace, &incoming->packet, error);
    if (more != 1)
        return more;
    do {
        struct incoming *next = &incoming[(*count)++];
        if (next->packet.frame.bytes != NULL)
            decode(a, next);
        else
            next->kind = SEGMENT_KIND_COUNT;
    } while (*count < AHEAD && trace_next_ready(a->trace, &incoming[*count].packet));
    return 1;
}

static void fetch(const struct analysis *a, struct incoming *incoming)
{
    if (is_taken_in(incoming->kind))
        flows_fetch(a->flows, &incoming->ahead);
}

static void take(struct analysis *a, struct incoming *incoming, size_t count)
{
    for (size_t i = 0; i < FETCH_AHEAD && i < count; i++)
        fetch(a, &incoming[i]);
    for (size_t i = 0; i < count && !a->stopped; i++) {
        if (i + FETCH_AHEAD < count)
            fetch(a, &incoming[i + FETCH_AHEAD]);
        if (incoming[i].packet.frame.bytes != NULL)
            take_packet(a, &incoming[i]);
        else if (a->ours)
            take_remark(a, incoming[i].packet.comment);
        if (flows_has_finished(a->flows))
            report_finished(a, false);
    }
}

/* What is copied is told from the first frame on, if the frames that are read ahead show it. */
static void look_for_doubling(const struct analysis *a, const struct incoming *incoming,
                              size_t count)
{
    const struct segment *segments[AHEAD];
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        if (incoming[i].kind == SEGMENT_TCP)
            segments[found++] = &incoming[i].segment;
    if (!a->ours && doubling_shows(segments, found))
        flows_presume_doubling(a->flows);
}

/* To the end of the file that is open. */
static int read_packets(struct analysis *a, struct error *error)
{
    struct incoming incoming[AHEAD];
    size_t count;
    int more = 1;
    for (bool first = true; !a->stopped && more == 1; first = false) {
        more = read_ahead(a, incoming, &count, error);
        if (first)
            look_for_doubling(a, incoming, count);
        take(a, incoming, count);
    }
    return a->stopped ? 0 : more;
}

static void tell_flaws(const struct analysis *a)
{
    const char *first;
    unsigned long long count = trace_flaws(a->trace, &first);
    if (count == 1)
        warning("%s: %s: skipped", a->reading, first);
    else if (count > 1)
        warning("%s: %s: skipped, as is something in %llu more blocks", a->reading, first,
                count - 1);
}

static int read_file(struct analysis *a, struct source *source, struct error *error)
{
    const struct waiting waiting = {a->signals, on_signal, on_quiet, on_reading, a};
    a->reading = source_name(source);
    clocked_open(&a->clocked, a->reading);
    if (source->fd < 0 && source->code == EMFILE)
        source_open(source, source->path); /* those before it are closed by now */
    a->trace = trace_open(source, a->filter, &waiting, error);
    if (a->trace == NULL)
        return a->stopped ? 0 : -1;
    a->opened = true;
    a->ours = trace_is_ours(a->trace);
    int status = read_packets(a, error);
    tell_flaws(a);
    trace_close(a->trace);
    a->trace = NULL;
    return status;
}

/* An error in one file does not keep the others from being read. The last of several errors is left
 * to the caller. */
static int read_files(struct analysis *a, struct error *error)
{
    struct error problem;
    int status = 0;
    for (size_t i = 0; i < a->source_count && !a->stopped; i++) {
        if (read_file(a, &a->sources[i], &problem) == 0)
            continue;
        if (status != 0)
            error_print(error);
        *error = problem;
        status = -1;
        if (problem.status == STATUS_USAGE) /* the filter: the same for all files */
            break;
    }
    clocked_end(&a->clocked, a->flows);
    flows_finish_all(a->flows);
    if (a->opened)
        report_finished(a, true);
    return status;
}

static void tell_unread(const struct analysis *a)
{
    char text[LINKTYPE_TEXT_MAX];
    for (unsigned kind = 0; kind < SEGMENT_KIND_COUNT; kind++) {
        unsigned long long count = a->unread[kind];
        const char *what = count == 1 ? "packet" : "packets";
        if (count > 0 && kind == SEGMENT_UNKNOWN_LINK)
            warning("%llu %s not analysed: %s; the first is %s", count, what,
                    segment_kind_text((enum segment_kind)kind),
                    trace_linktype_text(a->unread_linktype, text));
        else if (count > 0)
            warning("%llu %s not analysed: %s", count, what,
                    segment_kind_text((enum segment_kind)kind));
    }
}

static void tell_others(const struct analysis *a)
{
    uint64_t others = tally_others(a->output->tally);
    if (others > 0)
        warning("more than %u targets: the other %llu connections are summed up as one, %s",
                TALLY_TARGETS_MAX, (unsigned long long)others, TALLY_OTHERS);
    if (a->interfaces.refused > 0)
        warning("more than %u interfaces: %llu connection%s shown on %s", INTERFACES_MAX,
                (unsigned long long)a->interfaces.refused,
                a->interfaces.refused == 1 ? " is" : "s are", a->interfaces.rest);
}

/* Warnings about the analysis. */
static void tell_shortcomings(struct analysis *a, const struct options *options, bool complete)
{
    if (options->verbosity > 0)
        tell_unread(a);
    uint64_t evicted = flows_evicted(a->flows);
    if (evicted > 0)
        warning("%llu connection%s ended, because more than %lu were open at once; see "
                "--max-connections",
                (unsigned long long)evicted,
                evicted == 1 ? " was reported before it" : "s were reported before they",
                (unsigned long)options->connections_max);
    tell_others(a);
    clocked_tell(&a->clocked);
    if (a->started > 0 || !complete)
        return;
    const char *path = options->read_paths.list[0];
    const char *filtered = a->filter != NULL ? " that the filter selects" : "";
    if (options->read_paths.count == 1)
        warning("%s: no TCP connection found%s", strcmp(path, "-") == 0 ? "standard input" : path,
                filtered);
    else
        warning("no TCP connection found%s", filtered);
    a->output->nothing = true; /* a check without any connection has not succeeded */
}

static int open_signals(struct analysis *a, struct error *error)
{
    static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    a->signals = signals_open(caught, sizeof caught / sizeof caught[0], error);
    return a->signals >= 0 ? 0 : -1;
}

static int open_filter(struct analysis *a, const struct options *options, struct error *error)
{
    if (options->operand_count == 0)
        return 0;
    char *expression = expression_join(options->operands, options->operand_count);
    if (expression == NULL)
        return error_set_memory(error, "out of memory");
    a->filter = filter_new(expression, error);
    free(expression);
    return a->filter != NULL ? 0 : -1;
}

/* Entering the sandbox needs descriptors too: the last files that were opened release theirs. */
static void open_later(struct source *sources, size_t count)
{
    for (size_t i = count > DESCRIPTORS_TO_ENTER ? count - DESCRIPTORS_TO_ENTER : 0; i < count; i++)
        if (sources[i].fd >= 0) {
            source_close(&sources[i]);
            sources[i].code = EMFILE;
        }
}

/* All of them, before a byte is read. If the descriptor limit prevents that, the sandbox allows
 * opening files for reading. */
static int open_sources(struct analysis *a, const struct options *options, struct sandbox *sandbox,
                        struct error *error)
{
    confine_room_for_files(options->read_paths.count);
    a->sources = calloc(options->read_paths.count, sizeof *a->sources);
    if (a->sources == NULL)
        return error_set_memory(error, "out of memory");
    for (; a->source_count < options->read_paths.count; a->source_count++) {
        struct source *source = &a->sources[a->source_count];
        const char *path = options->read_paths.list[a->source_count];
        *source = (struct source){.path = path, .fd = -1, .code = EMFILE};
        if (sandbox->readable_count > 0)
            continue;
        source_open(source, path);
        if (source->fd >= 0 || source->code != EMFILE)
            continue;
        sandbox->readable = options->read_paths.list;
        sandbox->readable_count = options->read_paths.count;
        open_later(a->sources, a->source_count);
    }
    return 0;
}

/* If the kernel has none, small pages work too, only slower. */
static void ask_for_large_pages(void *memory, size_t size)
{
    madvise(memory, size, MADV_HUGEPAGE);
}

static int open_analysis(struct analysis *a, const struct options *options, struct error *error)
{
    struct sandbox sandbox = {.mode = SANDBOX_READ,
                              .publishes = output_publishes(a->output),
                              .directory = a->output->target.directory};
    struct flows_config config = {.open_max = options->connections_max,
                                  .linger_ns = LINGER_NS,
                                  .linger_max = LINGER_MAX,
                                  .keep_steps = output_wants_steps(a->output),
                                  .without_words = !output_wants_words(a->output),
                                  .on_memory =
                                      options->connections_max > FEW ? ask_for_large_pages : NULL};
    if (random_fill(config.key, sizeof config.key, error) != 0)
        return -1;
    a->flows = flows_new(&config);
    if (a->flows == NULL)
        return error_set_memory(error, "out of memory");
    if (open_filter(a, options, error) != 0 || open_signals(a, error) != 0 ||
        open_sources(a, options, &sandbox, error) != 0)
        return -1;
    return confine(&sandbox, options->verbosity > 0, error);
}

static void close_analysis(struct analysis *a)
{
    for (size_t i = 0; i < a->source_count; i++)
        source_close(&a->sources[i]);
    free(a->sources);
    if (a->signals >= 0)
        close(a->signals);
    flows_free(a->flows);
    names_free(&a->targets);
    names_free(&a->interfaces);
    for (struct kept_host *kept = a->hosts, *next; kept != NULL; kept = next) {
        next = kept->next;
        free(kept);
    }
    kept_paths_free(&a->paths);
    filter_free(a->filter);
}

/* Whether something that the report should say was left out for want of memory. */
static bool lacks_memory(const struct analysis *a)
{
    return a->lacks_memory || flows_lost(a->flows) > 0 || flows_unlisted(a->flows) > 0 ||
           a->targets.lacks_memory || a->interfaces.lacks_memory || a->paths.lacks_memory;
}

int analyse_run(const struct options *options, struct output *output, struct error *error)
{
    struct analysis analysis = {
        .output = output,
        .targets = {.max = TALLY_TARGETS_MAX, .rest = TALLY_OTHERS},
        .interfaces = {.max = INTERFACES_MAX, .rest = "(other interfaces)"},
        .signals = -1,
        .numeric = options->numeric,
    };
    int status = open_analysis(&analysis, options, error);
    if (status == 0) {
        status = read_files(&analysis, error);
        tell_shortcomings(&analysis, options, status == 0);
        if (status == 0 && lacks_memory(&analysis))
            status = error_set_memory(error, "out of memory: the report is incomplete");
        if (status == 0 && analysis.failure.failed) {
            *error = analysis.failure.error;
            status = -1;
        }
    }
    close_analysis(&analysis);
    return status;
}
