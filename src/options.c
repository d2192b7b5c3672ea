/* SPDX-License-Identifier: BSD-2-Clause */
/* One table says everything about every option: what getopt_long accepts, what --help prints, what
 * an argument may be, in which modes the option means something, and its default, which goes
 * through the same reader as what the user types. */
#include "options.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "values.h"

#define PAYLOAD_MAX 65536

enum option_id {
    OPT_IPV4,
    OPT_IPV6,
    OPT_PORT,
    OPT_NUMERIC,
    OPT_INTERFACE,
    OPT_SOURCE,
    OPT_SOURCE_PORT,
    OPT_TTL,
    OPT_COUNT,
    OPT_INTERVAL,
    OPT_RATE,
    OPT_TIMEOUT,
    OPT_DEADLINE,
    OPT_RESOLVE_EVERY,
    OPT_HALF_OPEN,
    OPT_ABORT,
    OPT_HOLD,
    OPT_SEND,
    OPT_TIME_WAIT,
    OPT_EXPECT,
    OPT_MAX_RTT,
    OPT_FAIL_AFTER,
    OPT_SUCCEED_AFTER,
    OPT_MAX_LOSS,
    OPT_WARNING,
    OPT_CRITICAL,
    OPT_READ,
    OPT_MAX_CONNECTIONS,
    OPT_WRITE,
    OPT_JSON,
    OPT_FORMAT,
    OPT_OUTPUT,
    OPT_QUIET,
    OPT_VERBOSE,
    OPT_TIMESTAMPS,
    OPT_COLOR,
    OPT_ASCII,
    OPT_DEMO,
    OPT_DOCTOR,
    OPT_HELP,
    OPT_VERSION,
    OPTIONS,
};

enum group {
    GROUP_WHERE,
    GROUP_WHAT,
    GROUP_SUCCESS,
    GROUP_RECORDINGS,
    GROUP_OUTPUT,
    GROUP_OTHER,
    GROUPS,
};

static const char *const group_titles[GROUPS] = {
    [GROUP_WHERE] = "Where to, and from where",
    [GROUP_WHAT] = "What is done",
    [GROUP_SUCCESS] = "What counts as success",
    [GROUP_RECORDINGS] = "Recordings",
    [GROUP_OUTPUT] = "Output",
    [GROUP_OTHER] = "Other",
};

/* The modes in which an option means something. */
enum {
    IN_PROBE = 1 << MODE_PROBE,
    IN_READ = 1 << MODE_READ,
    IN_DEMO = 1 << MODE_DEMO,
    LIVE = IN_PROBE | IN_DEMO,
    ALL = LIVE | IN_READ,
};

struct option_row;

/* Reads text (NULL for an option without argument) into *options. Returns 0, or -1 with *error set.
 */
typedef int option_reader(const struct option_row *row, const char *text, struct options *options,
                          struct error *error);

struct option_row {
    const char *name;
    char letter;          /* 0: none */
    const char *argument; /* NULL: takes none */
    const char *standard; /* the default as one would type it; NULL: none */
    const char *words;    /* what it may be, for completions; NULL: anything */
    bool repeats;         /* each time it is given counts */
    const char *help;
    enum group group;
    unsigned modes;
    option_reader *read;
    size_t field, size; /* where in struct options the value goes */
    uint64_t value;     /* of a flag */
    uint64_t min, max;  /* of a number; min also of a duration, in ns */
    unsigned decimals;  /* of a duration: places from its unit down to the nanosecond */
};

static option_reader read_flag, read_text, read_path, read_number, read_duration, read_source,
    read_payload, read_expect, read_color, read_quiet, read_percent, read_range;

#define FIELD(member)                                                                              \
    .field = offsetof(struct options, member), .size = sizeof(((struct options *)NULL)->member)
#define FLAG(member, v) .read = read_flag, .value = (v), FIELD(member)
#define SECONDS         .read = read_duration, .decimals = 9
#define MILLISECONDS    .read = read_duration, .decimals = 6
#define MILLISECONDS_IN .read = read_range, .decimals = 6

static const struct option_row rows[OPTIONS] = {
    [OPT_IPV4] = {"ipv4", '4', .group = GROUP_WHERE, .modes = LIVE, FLAG(family, FAMILY_IPV4),
                  .help = "IPv4 alone; by default either, the resolver's first"},
    [OPT_IPV6] = {"ipv6", '6', .group = GROUP_WHERE, .modes = LIVE, FLAG(family, FAMILY_IPV6),
                  .help = "IPv6 alone"},
    [OPT_PORT] = {"port", 'p', "LIST", .group = GROUP_WHERE, .modes = IN_PROBE, .read = read_text,
                  FIELD(port_list), .help = "ports for targets that name none: 22,80,8000-8010"},
    [OPT_NUMERIC] = {"numeric", 'n', .group = GROUP_WHERE, .modes = ALL, FLAG(numeric, true),
                     .help = "take addresses only, never ask a resolver"},
    [OPT_INTERFACE] = {"interface", 'I', "NAME", .group = GROUP_WHERE, .modes = IN_PROBE,
                       .read = read_text, FIELD(interface),
                       .help = "send by this one; by default the route decides"},
    [OPT_SOURCE] = {"source", 'S', "ADDR", .group = GROUP_WHERE, .modes = IN_PROBE,
                    .read = read_source, .help = "source address; by default the route decides"},
    [OPT_SOURCE_PORT] = {"source-port", 'P', "N", .group = GROUP_WHERE, .modes = IN_PROBE,
                         .read = read_number, FIELD(source_port), .min = 1, .max = UINT16_MAX,
                         .help = "source port; by default random for each connection"},
    [OPT_TTL] = {"ttl", 't', "N", "64", .group = GROUP_WHERE, .modes = LIVE, .read = read_number,
                 FIELD(ttl), .min = 1, .max = UINT8_MAX, .help = "time to live, or hop limit"},

    [OPT_COUNT] = {"count", 'c', "N", "1", .group = GROUP_WHAT, .modes = LIVE, .read = read_number,
                   FIELD(count), .max = UINT32_MAX,
                   .help = "connections to each target; 0: without end"},
    [OPT_INTERVAL] = {"interval", 'i', "S", "1", .group = GROUP_WHAT, .modes = LIVE, SECONDS,
                      FIELD(interval_ns), .help = "from one connection to the next of a target"},
    [OPT_RATE] = {"rate", 0, "N", "1000", .group = GROUP_WHAT, .modes = LIVE, .read = read_number,
                  FIELD(rate), .max = 1000000,
                  .help = "new connections a second, over all targets; 0: no limit; loopback has "
                          "none"},
    [OPT_TIMEOUT] = {"timeout", 'W', "S", "5", .group = GROUP_WHAT, .modes = LIVE, SECONDS,
                     FIELD(timeout_ns), .min = 1,
                     .help = "how long one wait may last, retries included"},
    [OPT_DEADLINE] = {"deadline", 0, "S", .group = GROUP_WHAT, .modes = LIVE, SECONDS,
                      FIELD(deadline_ns), .min = 1,
                      .help = "the whole run ends by then; by default never"},
    [OPT_RESOLVE_EVERY] = {"resolve-every", 0, "S", .group = GROUP_WHAT, .modes = IN_PROBE, SECONDS,
                           FIELD(resolve_every_ns), .min = 1,
                           .help = "resolve the names again so often; by default never"},
    [OPT_HALF_OPEN] = {"half-open", .group = GROUP_WHAT, .modes = LIVE,
                       FLAG(close, CLOSE_HALF_OPEN),
                       .help = "SYN, SYN/ACK, RST: never wakes the application"},
    [OPT_ABORT] = {"abort", .group = GROUP_WHAT, .modes = LIVE, FLAG(close, CLOSE_ABORT),
                   .help = "close with RST in place of FIN"},
    [OPT_HOLD] = {"hold", 0, "S", "0", .group = GROUP_WHAT, .modes = LIVE, SECONDS, FIELD(hold_ns),
                  .help = "stay ESTABLISHED this long, acknowledging data"},
    [OPT_SEND] = {"send", 0, "TEXT", .group = GROUP_WHAT, .modes = LIVE, .read = read_payload,
                  .help = "payload after the handshake, with the escapes of C"},
    [OPT_TIME_WAIT] = {"time-wait", 0, "S", "0.5", .group = GROUP_WHAT, .modes = LIVE, SECONDS,
                       FIELD(time_wait_ns),
                       .help = "how long TIME_WAIT answers retransmitted FINs"},

    [OPT_EXPECT] = {"expect", 0, "LIST", "open", .group = GROUP_SUCCESS, .modes = ALL,
                    .read = read_expect, .words = "open closed filtered unreachable",
                    .help = "port states that are success: open, closed, filtered, unreachable"},
    [OPT_MAX_RTT] = {"max-rtt", 0, "MS", .group = GROUP_SUCCESS, .modes = ALL, MILLISECONDS,
                     FIELD(expectation.max_rtt_ns), .min = 1,
                     .help = "a slower handshake is a failure; by default none"},
    [OPT_FAIL_AFTER] = {"fail-after", 0, "N", .group = GROUP_SUCCESS, .modes = ALL,
                        .read = read_number, FIELD(conditions.fail_after), .min = 1,
                        .max = UINT32_MAX,
                        .help = "so many failures in a row fail the run, and end it; fewer do not"},
    [OPT_SUCCEED_AFTER] = {"succeed-after", 0, "N", .group = GROUP_SUCCESS, .modes = ALL,
                           .read = read_number, FIELD(conditions.succeed_after), .min = 1,
                           .max = UINT32_MAX,
                           .help = "so many successes in a row are needed, and end it"},
    [OPT_MAX_LOSS] = {"max-loss", 0, "PERCENT", .group = GROUP_SUCCESS, .modes = ALL,
                      .read = read_percent, FIELD(conditions.max_loss),
                      .help = "more failures among a target's connections fail the run; fewer do "
                              "not"},
    [OPT_WARNING] = {"warning", 0, "RANGE", .group = GROUP_SUCCESS, .modes = ALL, MILLISECONDS_IN,
                     FIELD(expectation.warning),
                     .help = "with --format nagios: a handshake outside of it is a warning; in MS, "
                             "50, 1:50, @50:100"},
    [OPT_CRITICAL] = {"critical", 0, "RANGE", .group = GROUP_SUCCESS, .modes = ALL, MILLISECONDS_IN,
                      FIELD(expectation.critical), .help = "the same, and critical"},

    [OPT_READ] = {"read", 'r', "FILE", .group = GROUP_RECORDINGS, .modes = IN_READ,
                  .read = read_path, .repeats = true,
                  .help = "report a pcap or pcapng file, also compressed, - for standard input; "
                          "may be repeated; operands are the words of a filter, see "
                          "pcap-filter(7)"},
    [OPT_MAX_CONNECTIONS] = {"max-connections", 0, "N", "1000000", .group = GROUP_RECORDINGS,
                             .modes = IN_READ, .read = read_number, FIELD(connections_max),
                             .min = 1, .max = 1000000000,
                             .help = "open connections of a file to hold at once"},
    [OPT_WRITE] = {"write", 'w', "FILE", .group = GROUP_RECORDINGS, .modes = LIVE,
                   .read = read_text, FIELD(write_path),
                   .help = "record the run as pcapng, - for standard output"},

    [OPT_JSON] = {"json", 'j', .group = GROUP_OUTPUT, .modes = ALL, .read = read_text,
                  FIELD(format), .help = "the same as --format json"},
    [OPT_FORMAT] = {"format", 0, "NAME", "text", .group = GROUP_OUTPUT, .modes = ALL,
                    .read = read_text, FIELD(format),
                    .words = "text table json csv nagios prometheus svg",
                    .help = "text, table, json, csv, nagios, prometheus or svg"},
    [OPT_OUTPUT] = {"output", 'o', "FILE", .group = GROUP_OUTPUT, .modes = ALL, .read = read_text,
                    FIELD(output_path),
                    .help = "write the report there, whole or not at all; by default, and for -, "
                            "to standard output"},
    [OPT_QUIET] = {"quiet", 'q', .group = GROUP_OUTPUT, .modes = ALL, .read = read_quiet,
                   .repeats = true, .help = "the summary alone; -qq: only the exit status"},
    [OPT_VERBOSE] = {"verbose", 'v', .group = GROUP_OUTPUT, .modes = ALL, FLAG(verbosity, 1),
                     .help = "every detail: ladders, absolute numbers, options"},
    [OPT_TIMESTAMPS] = {"timestamps", 'D', .group = GROUP_OUTPUT, .modes = ALL,
                        FLAG(timestamps, true),
                        .help = "each line of a table begins with the time of its start, as in "
                                "ping -D"},
    [OPT_COLOR] = {"color", 0, "WHEN", "auto", .group = GROUP_OUTPUT, .modes = ALL,
                   .read = read_color, .words = "auto always never",
                   .help = "auto, always or never"},
    [OPT_ASCII] = {"ascii", .group = GROUP_OUTPUT, .modes = ALL, FLAG(ascii, true),
                   .help = "ASCII alone; by default the locale decides"},

    [OPT_DEMO] = {"demo", .group = GROUP_OTHER, .modes = IN_DEMO, FLAG(mode, MODE_DEMO),
                  .help = "start a server on loopback and probe it"},
    [OPT_DOCTOR] = {"doctor", .group = GROUP_OTHER, .modes = ALL, FLAG(mode, MODE_DOCTOR),
                    .help = "try on loopback all that a run needs, say how to mend what does not "
                            "work, and exit"},
    [OPT_HELP] = {"help", 'h', .group = GROUP_OTHER, .modes = ALL, FLAG(mode, MODE_HELP),
                  .help = "print this and exit"},
    [OPT_VERSION] = {"version", 'V', .group = GROUP_OTHER, .modes = ALL, FLAG(mode, MODE_VERSION),
                     .help = "print the version and exit"},
};

/* Pairs of which the second makes no sense beside the first. */
static const struct {
    enum option_id one, other;
    const char *why;
} contradictions[] = {
    {OPT_HALF_OPEN, OPT_ABORT, "a connection that never opens has nothing to abort"},
    {OPT_HALF_OPEN, OPT_HOLD, "a connection that never opens cannot be held"},
    {OPT_HALF_OPEN, OPT_SEND, "a connection that never opens carries no payload"},
    {OPT_IPV4, OPT_IPV6, "leave both out for either family"},
    {OPT_QUIET, OPT_VERBOSE, "choose one"},
    {OPT_NUMERIC, OPT_RESOLVE_EVERY, "no name is resolved"},
    {OPT_MAX_RTT, OPT_CRITICAL, "both say what is too slow"},
};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define LABEL_MAX     24

/* "-c/--count", or "--hold" where there is no letter. Returns out, which holds LABEL_MAX bytes. */
static const char *label(const struct option_row *row, char *out)
{
    if (row->letter != 0)
        snprintf(out, LABEL_MAX, "-%c/--%s", row->letter, row->name);
    else
        snprintf(out, LABEL_MAX, "--%s", row->name);
    return out;
}

static void store(const struct option_row *row, struct options *options, uint64_t value)
{
    void *field = (char *)options + row->field;
    switch (row->size) {
    case sizeof(uint8_t):
        memcpy(field, &(uint8_t){(uint8_t)value}, sizeof(uint8_t));
        break;
    case sizeof(uint16_t):
        memcpy(field, &(uint16_t){(uint16_t)value}, sizeof(uint16_t));
        break;
    case sizeof(uint32_t):
        memcpy(field, &(uint32_t){(uint32_t)value}, sizeof(uint32_t));
        break;
    default:
        memcpy(field, &value, sizeof value);
        break;
    }
}

static int read_flag(const struct option_row *row, const char *text, struct options *options,
                     struct error *error)
{
    (void)text;
    (void)error;
    store(row, options, row->value);
    return 0;
}

static int read_quiet(const struct option_row *row, const char *text, struct options *options,
                      struct error *error)
{
    (void)row;
    (void)text;
    (void)error;
    if (options->verbosity > -2)
        options->verbosity--;
    return 0;
}

/* Keeps the text itself; an option without argument stands for its own name. */
static int read_text(const struct option_row *row, const char *text, struct options *options,
                     struct error *error)
{
    char name[LABEL_MAX];
    if (text == NULL)
        text = row->name;
    if (*text == '\0')
        return error_set(error, STATUS_USAGE, "%s: %s is empty", label(row, name), row->argument);
    memcpy((char *)options + row->field, &text, sizeof text);
    return 0;
}

/* Each time the option is given adds one. */
static int read_path(const struct option_row *row, const char *text, struct options *options,
                     struct error *error)
{
    char name[LABEL_MAX];
    if (*text == '\0')
        return error_set(error, STATUS_USAGE, "%s: %s is empty", label(row, name), row->argument);
    const char **larger =
        realloc(options->read_paths, (options->read_count + 1) * sizeof *options->read_paths);
    if (larger == NULL)
        return error_set(error, STATUS_RUN, "%s: out of memory", label(row, name));
    larger[options->read_count++] = text;
    options->read_paths = larger;
    return 0;
}

static int read_number(const struct option_row *row, const char *text, struct options *options,
                       struct error *error)
{
    uint64_t value;
    char name[LABEL_MAX];
    if (!value_number(text, row->max, &value) || value < row->min)
        return error_set(error, STATUS_USAGE,
                         "%s takes a whole number from %llu to %llu, not '%.80s'", label(row, name),
                         (unsigned long long)row->min, (unsigned long long)row->max, text);
    store(row, options, value);
    return 0;
}

static int read_duration(const struct option_row *row, const char *text, struct options *options,
                         struct error *error)
{
    int64_t value;
    char name[LABEL_MAX];
    if (!value_duration(text, row->decimals, &value) || value < (int64_t)row->min)
        return error_set(
            error, STATUS_USAGE,
            "%s takes %s, such as 2, 0.5 or 20ms, %s and at most 365 days, not '%.80s'",
            label(row, name), row->decimals == 9 ? "seconds" : "milliseconds",
            row->min > 0 ? "more than 0" : "0 or more", text);
    store(row, options, (uint64_t)value);
    return 0;
}

static int read_percent(const struct option_row *row, const char *text, struct options *options,
                        struct error *error)
{
    int64_t value;
    char name[LABEL_MAX];
    if (!value_percent(text, &value))
        return error_set(error, STATUS_USAGE, "%s takes a percentage from 0 to 100, not '%.80s'",
                         label(row, name), text);
    store(row, options, (uint64_t)value);
    return 0;
}

static int read_range(const struct option_row *row, const char *text, struct options *options,
                      struct error *error)
{
    struct range range;
    char name[LABEL_MAX];
    if (!value_range(text, row->decimals, &range))
        return error_set(error, STATUS_USAGE,
                         "%s takes a range of milliseconds, such as 50, 1:50, 50: or @50:100, not "
                         "'%.80s'",
                         label(row, name), text);
    memcpy((char *)options + row->field, &range, sizeof range);
    return 0;
}

static int read_source(const struct option_row *row, const char *text, struct options *options,
                       struct error *error)
{
    struct address address = {0};
    char name[LABEL_MAX];
    if (inet_pton(AF_INET, text, address.bytes) == 1)
        address.family = FAMILY_IPV4;
    else if (inet_pton(AF_INET6, text, address.bytes) == 1)
        address.family = FAMILY_IPV6;
    else
        return error_set(error, STATUS_USAGE,
                         "%s takes an IPv4 or IPv6 address without zone, not '%.80s'",
                         label(row, name), text);
    options->source = address;
    return 0;
}

static int read_color(const struct option_row *row, const char *text, struct options *options,
                      struct error *error)
{
    static const char *const words[] = {
        [WHEN_AUTO] = "auto", [WHEN_ALWAYS] = "always", [WHEN_NEVER] = "never"};
    char name[LABEL_MAX];
    for (unsigned i = 0; i < LENGTH(words); i++)
        if (strcmp(text, words[i]) == 0) {
            options->color = (enum when)i;
            return 0;
        }
    return error_set(error, STATUS_USAGE, "%s takes auto, always or never, not '%.80s'",
                     label(row, name), text);
}

/* The state of that name among those that can be expected, or PORT_UNKNOWN. */
static enum port_state find_state(const char *word, size_t len)
{
    for (unsigned i = 0; i < PORT_UNKNOWN; i++) {
        const char *name = port_state_name((enum port_state)i);
        if (strlen(name) == len && memcmp(name, word, len) == 0)
            return (enum port_state)i;
    }
    return PORT_UNKNOWN;
}

static int read_expect(const struct option_row *row, const char *text, struct options *options,
                       struct error *error)
{
    unsigned states = 0;
    char name[LABEL_MAX];
    for (const char *word = text;;) {
        size_t len = strcspn(word, ",");
        enum port_state state = find_state(word, len);
        if (state == PORT_UNKNOWN)
            return error_set(
                error, STATUS_USAGE,
                "%s takes a comma list of open, closed, filtered and unreachable, not '%.*s'",
                label(row, name), len < 80 ? (int)len : 80, word);
        states |= 1u << state;
        if (word[len] == '\0')
            break;
        word += len + 1;
    }
    options->expectation.port_states = (uint8_t)states;
    return 0;
}

static int read_payload(const struct option_row *row, const char *text, struct options *options,
                        struct error *error)
{
    size_t len;
    char name[LABEL_MAX];
    if (*text == '\0')
        return error_set(error, STATUS_USAGE, "%s: TEXT is empty", label(row, name));
    free(options->payload);
    options->payload_len = 0;
    options->payload = malloc(strlen(text));
    if (options->payload == NULL)
        return error_set(error, STATUS_RUN, "%s: out of memory", label(row, name));
    const char *bad = value_unescape(text, options->payload, &len);
    if (bad != NULL)
        return error_set(
            error, STATUS_USAGE,
            "%s: '%.4s' is no escape: \\n \\r \\t \\a \\b \\f \\v \\\\ \\\" \\' \\xHH, "
            "or octal \\0 to \\377",
            label(row, name), bad);
    if (len > PAYLOAD_MAX)
        return error_set(error, STATUS_USAGE, "%s: %zu octets are more than %d", label(row, name),
                         len, PAYLOAD_MAX);
    options->payload_len = (uint32_t)len;
    return 0;
}

/* What getopt_long returns for a long option; the letters lie below. */
#define LONG_BASE 256

struct getopt_tables {
    char letters[2 + 2 * OPTIONS];
    struct option names[OPTIONS + 1];
};

/* The leading colon has a missing argument told apart from an unknown option. */
static void fill_getopt_tables(struct getopt_tables *tables)
{
    char *letter = tables->letters;
    *letter++ = ':';
    for (int i = 0; i < OPTIONS; i++) {
        int argument = rows[i].argument == NULL ? no_argument : required_argument;
        tables->names[i] = (struct option){rows[i].name, argument, NULL, LONG_BASE + i};
        if (rows[i].letter == 0)
            continue;
        *letter++ = rows[i].letter;
        if (argument == required_argument)
            *letter++ = ':';
    }
    *letter = '\0';
    tables->names[OPTIONS] = (struct option){0};
}

/* The option that getopt_long means by code, or OPTIONS. */
static enum option_id find_option(int code)
{
    if (code >= LONG_BASE && code < LONG_BASE + OPTIONS)
        return (enum option_id)(code - LONG_BASE);
    for (unsigned i = 0; i < OPTIONS; i++)
        if (code != 0 && rows[i].letter == code)
            return (enum option_id)i;
    return OPTIONS;
}

/* A long option that getopt_long did not take: unknown, or the beginning of several. */
static int refuse_long_option(const char *text, struct error *error)
{
    size_t len = strcspn(text, "=");
    char candidates[128] = "";
    unsigned found = 0;
    for (int i = 0; i < OPTIONS && len > 2; i++)
        if (strncmp(rows[i].name, text + 2, len - 2) == 0) {
            size_t used = strlen(candidates);
            snprintf(candidates + used, sizeof candidates - used, "%s--%s", found++ > 0 ? ", " : "",
                     rows[i].name);
        }
    if (found > 1)
        return error_set(error, STATUS_USAGE, "option '%.80s' could be any of %s", text,
                         candidates);
    return error_set(error, STATUS_USAGE, "unknown option '%.80s' (try 'tcpshake --help')", text);
}

/* Says what getopt_long found wrong: code is what it returned, optopt what it was about, word the
 * argument it read last. */
static int refuse_option(int code, const char *word, struct error *error)
{
    char name[LABEL_MAX];
    enum option_id id = find_option(optopt);
    if (code == ':' && id < OPTIONS)
        return error_set(error, STATUS_USAGE, "option %s needs %s (try 'tcpshake --help')",
                         label(&rows[id], name), rows[id].argument);
    if (id < OPTIONS)
        return error_set(error, STATUS_USAGE, "option %s takes no argument: '%.80s'",
                         label(&rows[id], name), word);
    if (optopt == 0)
        return refuse_long_option(word, error);
    return error_set(error, STATUS_USAGE, "unknown option '-%c' (try 'tcpshake --help')", optopt);
}

static int set_defaults(struct options *options, struct error *error)
{
    *options = (struct options){
        .mode = MODE_PROBE,
        .deadline_ns = DURATION_UNKNOWN,
        .resolve_every_ns = DURATION_UNKNOWN,
        .expectation.max_rtt_ns = DURATION_UNKNOWN,
        .conditions.max_loss = PERCENT_NONE,
        .close = CLOSE_FIN,
    };
    for (size_t i = 0; i < OPTIONS; i++)
        if (rows[i].standard != NULL &&
            rows[i].read(&rows[i], rows[i].standard, options, error) < 0)
            return -1;
    return 0;
}

/* Reads the options up to the operands, or up to --help and its like, and notes which there were.
 */
static int read_options(int argc, char **argv, struct options *options, bool given[OPTIONS],
                        struct error *error)
{
    struct getopt_tables tables;
    fill_getopt_tables(&tables);
    opterr = 0;
    optind = 0; /* starts afresh, also where the variables of an earlier call linger */
    while (options->mode < MODE_HELP) {
        int code = getopt_long(argc, argv, tables.letters, tables.names, NULL);
        if (code == -1)
            break;
        if (code == '?' || code == ':')
            return refuse_option(code, argv[optind - 1], error);
        enum option_id id = find_option(code);
        if (rows[id].read(&rows[id], rows[id].argument == NULL ? NULL : optarg, options, error) < 0)
            return -1;
        given[id] = true;
    }
    return 0;
}

/* An option that the mode has no use for. */
static int refuse_in_mode(const struct option_row *row, enum mode mode, struct error *error)
{
    char name[LABEL_MAX], by_name[LABEL_MAX];
    if (row->modes == IN_READ && mode == MODE_PROBE)
        return error_set(error, STATUS_USAGE, "%s goes with %s alone", label(row, name),
                         label(&rows[OPT_READ], by_name));
    return error_set(error, STATUS_USAGE, "%s cannot go with %s: %s", label(row, name),
                     label(&rows[mode == MODE_READ ? OPT_READ : OPT_DEMO], by_name),
                     mode == MODE_READ ? "a recording is reported as it is"
                                       : "the demonstration brings its own");
}

static int check_modes(const struct options *options, const bool given[OPTIONS],
                       struct error *error)
{
    for (size_t i = 0; i < OPTIONS; i++)
        if (given[i] && (rows[i].modes & 1u << options->mode) == 0)
            return refuse_in_mode(&rows[i], options->mode, error);
    return 0;
}

static int check_contradictions(const bool given[OPTIONS], struct error *error)
{
    char one[LABEL_MAX], other[LABEL_MAX];
    for (size_t i = 0; i < LENGTH(contradictions); i++)
        if (given[contradictions[i].one] && given[contradictions[i].other])
            return error_set(error, STATUS_USAGE, "%s and %s contradict each other: %s",
                             label(&rows[contradictions[i].one], one),
                             label(&rows[contradictions[i].other], other), contradictions[i].why);
    return 0;
}

/* A source address decides the family where neither -4 nor -6 did. */
static int settle_family(struct options *options, struct error *error)
{
    char text[ADDRESS_TEXT_MAX];
    if (options->source.family == FAMILY_NONE)
        return 0;
    if (options->family == FAMILY_NONE)
        options->family = (enum family)options->source.family;
    if (options->family != (enum family)options->source.family)
        return error_set(error, STATUS_USAGE, "-S/--source %s is no IPv%d address, as -%d asks for",
                         address_text(&options->source, text), (int)options->family,
                         (int)options->family);
    return 0;
}

/* Two streams on standard output would spoil each other. */
static int settle_output(struct options *options, struct error *error)
{
    if (options->output_path != NULL && strcmp(options->output_path, "-") == 0)
        options->output_path = NULL;
    if (options->write_path != NULL && strcmp(options->write_path, "-") == 0 &&
        options->output_path == NULL && options->verbosity > -2)
        return error_set(error, STATUS_USAGE,
                         "-w/--write - takes standard output, where the report goes too: give the "
                         "report a file with -o, or leave it out with -qq");
    return 0;
}

/* A number in a row that -c never reaches. */
static int check_reach(const struct options *options, const bool given[OPTIONS], enum option_id id,
                       uint32_t wanted, struct error *error)
{
    char name[LABEL_MAX], count[LABEL_MAX];
    if (!given[id] || options->mode == MODE_READ || options->count == 0 || options->count >= wanted)
        return 0;
    return error_set(error, STATUS_USAGE,
                     "%s %lu can never be reached: %s makes %llu (0: without end)",
                     label(&rows[id], name), (unsigned long)wanted, label(&rows[OPT_COUNT], count),
                     (unsigned long long)options->count);
}

/* Where none of the expected states has a handshake. */
static int check_expects_open(const struct options *options, const bool given[OPTIONS],
                              struct error *error)
{
    static const enum option_id timed[] = {OPT_MAX_RTT, OPT_WARNING, OPT_CRITICAL};
    char name[LABEL_MAX];
    if ((options->expectation.port_states & 1u << PORT_OPEN) != 0)
        return 0;
    for (size_t i = 0; i < LENGTH(timed); i++)
        if (given[timed[i]])
            return error_set(error, STATUS_USAGE,
                             "%s and --expect contradict each other: without open there is no "
                             "handshake to be too slow",
                             label(&rows[timed[i]], name));
    return 0;
}

/* What is critical has to be worth a warning. */
static int check_thresholds(const struct options *options, const bool given[OPTIONS],
                            struct error *error)
{
    const struct expectation *expectation = &options->expectation;
    struct range limit = {0, expectation->max_rtt_ns, .given = given[OPT_MAX_RTT]};
    bool critical = given[OPT_CRITICAL];
    char name[LABEL_MAX];
    for (enum option_id id = OPT_WARNING; id <= OPT_CRITICAL; id++)
        if (given[id] && !options->plugin)
            return error_set(error, STATUS_USAGE,
                             "%s goes with --format " FORMAT_PLUGIN
                             " alone: elsewhere --max-rtt says what is too slow",
                             label(&rows[id], name));
    if (given[OPT_WARNING] && (critical || given[OPT_MAX_RTT]) &&
        !range_covers(&expectation->warning, critical ? &expectation->critical : &limit))
        return error_set(error, STATUS_USAGE,
                         "--warning and %s contradict each other: a time can be %s without being "
                         "worth a warning",
                         label(&rows[critical ? OPT_CRITICAL : OPT_MAX_RTT], name),
                         critical ? "critical" : "too slow");
    return 0;
}

static int check_success(const struct options *options, const bool given[OPTIONS],
                         struct error *error)
{
    const struct conditions *conditions = &options->conditions;
    if (check_reach(options, given, OPT_FAIL_AFTER, conditions->fail_after, error) < 0 ||
        check_reach(options, given, OPT_SUCCEED_AFTER, conditions->succeed_after, error) < 0 ||
        check_expects_open(options, given, error) < 0)
        return -1;
    return check_thresholds(options, given, error);
}

static int check_operands(const struct options *options, struct error *error)
{
    if (options->mode == MODE_PROBE && options->operand_count == 0)
        return error_set(error, STATUS_USAGE,
                         "no target: tcpshake HOST PORT (try 'tcpshake --help')");
    if (options->mode == MODE_DEMO && options->operand_count > 0)
        return error_set(error, STATUS_USAGE, "--demo takes no target: '%.80s'",
                         options->operands[0]);
    return 0;
}

static int read_command_line(int argc, char **argv, struct options *options, struct error *error)
{
    bool given[OPTIONS] = {false};
    if (set_defaults(options, error) < 0 || read_options(argc, argv, options, given, error) < 0)
        return -1;
    options->plugin = strcmp(options->format, FORMAT_PLUGIN) == 0;
    if (options->mode >= MODE_HELP)
        return 0;
    if (options->mode == MODE_PROBE && given[OPT_READ])
        options->mode = MODE_READ;
    options->operands = argv + optind;
    options->operand_count = optind < argc ? (size_t)(argc - optind) : 0;
    if (check_modes(options, given, error) < 0 || check_contradictions(given, error) < 0 ||
        check_success(options, given, error) < 0 || settle_family(options, error) < 0 ||
        settle_output(options, error) < 0)
        return -1;
    return check_operands(options, error);
}

/* Whether the format of a plugin is asked for, whatever else is wrong with the command line. */
static bool asks_for_plugin(int argc, char **argv)
{
    struct getopt_tables tables;
    const char *format = "";
    int code;
    fill_getopt_tables(&tables);
    opterr = 0;
    optind = 0;
    while ((code = getopt_long(argc, argv, tables.letters, tables.names, NULL)) != -1)
        if (find_option(code) == OPT_FORMAT)
            format = optarg;
        else if (find_option(code) == OPT_JSON)
            format = rows[OPT_JSON].name;
    return strcmp(format, FORMAT_PLUGIN) == 0;
}

int options_parse(int argc, char **argv, struct options *options, struct error *error)
{
    int result = read_command_line(argc, argv, options, error);
    if (result < 0 || options->mode >= MODE_HELP)
        options->plugin = asks_for_plugin(argc, argv);
    if (result < 0)
        options_free(options);
    return result;
}

void options_free(struct options *options)
{
    free(options->payload);
    options->payload = NULL;
    options->payload_len = 0;
    free(options->read_paths);
    options->read_paths = NULL;
    options->read_count = 0;
}

#define HELP_INDENT 28
#define HELP_WIDTH  79

/* Prints text, broken between words, from column (HELP_INDENT after a break) on. */
static void print_wrapped(FILE *out, const char *text)
{
    size_t column = HELP_INDENT;
    while (*text != '\0') {
        size_t len = strcspn(text, " ");
        if (column > HELP_INDENT && column + 1 + len > HELP_WIDTH) {
            fprintf(out, "\n%*s", HELP_INDENT, "");
            column = HELP_INDENT;
        } else if (column > HELP_INDENT) {
            fputc(' ', out);
            column++;
        }
        fprintf(out, "%.*s", (int)len, text);
        column += len;
        text += len;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

static void print_row(FILE *out, const struct option_row *row)
{
    char left[HELP_INDENT + 1], right[256];
    char letter[] = {'-', row->letter, ',', ' ', '\0'};
    snprintf(left, sizeof left, "  %s--%s%s%s", row->letter == 0 ? "    " : letter, row->name,
             row->argument == NULL ? "" : " ", row->argument == NULL ? "" : row->argument);
    snprintf(right, sizeof right, "%s%s%s%s", row->help, row->standard == NULL ? "" : " [",
             row->standard == NULL ? "" : row->standard, row->standard == NULL ? "" : "]");
    fprintf(out, "%-*s", HELP_INDENT, left);
    print_wrapped(out, right);
}

void options_help(FILE *out)
{
    fputs("Usage: tcpshake [OPTION]... HOST PORT | TARGET...\n"
          "       tcpshake [OPTION]... -r FILE [FILTER]\n"
          "Opens and closes TCP connections by hand, and shows every segment and state.\n\n"
          "TARGET is HOST:PORT, [IPv6]:PORT, or with ports from -p HOST or ADDRESS/PREFIX.\n"
          "PORT is a number, a service name, a range (8000-8010), or a comma list.\n"
          "Defaults stand in [brackets].\n",
          out);
    for (unsigned group = 0; group < GROUPS; group++) {
        fprintf(out, "\n%s:\n", group_titles[group]);
        for (size_t i = 0; i < OPTIONS; i++)
            if (rows[i].group == group)
                print_row(out, &rows[i]);
    }
    fputs("\nS is seconds, MS milliseconds, both with fractions; 20ms and 2s work too.\n"
          "Exit status: 0 as expected, 1 not, 2 wrong usage or unknown host, 3 cannot run.\n"
          "The manual is tcpshake(8).\n",
          out);
}

/* The ids are in the order of the groups, so this is the order of --help. */
bool options_describe(size_t i, struct option_summary *summary)
{
    if (i >= OPTIONS)
        return false;
    const struct option_row *row = &rows[i];
    *summary = (struct option_summary){
        .name = row->name,
        .letter = row->letter,
        .argument = row->argument,
        .help = row->help,
        .words = row->words,
        .list = row->words != NULL && strcmp(row->argument, "LIST") == 0,
        .repeats = row->repeats,
    };
    return true;
}
