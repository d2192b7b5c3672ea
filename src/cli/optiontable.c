/* SPDX-License-Identifier: BSD-2-Clause */
/* One table describes every option: what getopt_long accepts, what --help prints, what an argument
 * may be, in which modes the option applies, and its default, which is parsed like the user's
 * input. */
#include "cli/optiontable.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/values.h"
#include "path/path.h"
#include "stats/expectation.h"
#include "tcp/offer.h"

#define PAYLOAD_MAX 65536

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static option_reader read_control_port, read_offer, read_without, read_flag, read_text, read_texts,
    read_shard, read_number, read_duration, read_source, read_payload, read_expect,
    read_expect_close, read_only, read_color, read_quiet, read_percent, read_range;

#define FIELD(member)                                                                              \
    .field = offsetof(struct options, member), .size = sizeof(((struct options *)NULL)->member)
#define FLAG(member, v) .read = read_flag, .value = (v), FIELD(member)
#define SECONDS         .read = read_duration, .decimals = 9
#define MILLISECONDS    .read = read_duration, .decimals = 6
#define MILLISECONDS_IN .read = read_range, .decimals = 6

const struct option_row option_rows[OPTIONS] = {
    [OPT_IPV4] = {"ipv4", '4', .group = GROUP_WHERE, .modes = LIVE, FLAG(family, FAMILY_IPV4),
                  .help = "use IPv4 only (default: the first address from the resolver)"},
    [OPT_IPV6] = {"ipv6", '6', .group = GROUP_WHERE, .modes = LIVE, FLAG(family, FAMILY_IPV6),
                  .help = "use IPv6 only"},
    [OPT_PORT] = {"port", 'p', "LIST", .group = GROUP_WHERE, .modes = IN_PROBE, .read = read_text,
                  FIELD(port_list), .help = "ports of targets without one: 22,80,8000-8010"},
    [OPT_TARGETS] =
        {"targets", 0, "FILE", .group = GROUP_WHERE, .modes = IN_PROBE, .read = read_texts,
         FIELD(target_paths), .repeats = true,
         .help =
             "read targets from FILE, one a line; - is standard input, probed while it is read; "
             "may be repeated"},
    [OPT_STREAM] = {"stream", .group = GROUP_WHERE, .modes = IN_PROBE, FLAG(stream, true),
                    .help = "probe the lists of --targets while they are read, in their order"},
    [OPT_EXCLUDE] = {"exclude", 0, "LIST", .group = GROUP_WHERE, .modes = IN_PROBE,
                     .read = read_texts, FIELD(exclude_lists), .repeats = true,
                     .help = "leave out these addresses and prefixes; may be repeated"},
    [OPT_EXCLUDE_FILE] = {"exclude-file", 0, "FILE", .group = GROUP_WHERE, .modes = IN_PROBE,
                          .read = read_texts, FIELD(exclude_paths), .repeats = true,
                          .help = "the same, from FILE; may be repeated"},
    [OPT_MAX_TARGETS] = {"max-targets", 0, "N", "1048576", .group = GROUP_WHERE, .modes = IN_PROBE,
                         .read = read_number, FIELD(targets_max), .min = 1,
                         .max = UINT64_C(1) << 63, .help = "refuse a run with more targets"},
    [OPT_SEED] = {"seed", 0, "N", .group = GROUP_WHERE, .modes = IN_PROBE, .read = read_number,
                  FIELD(seed), .max = SEED_MAX,
                  .help = "choose the order in which targets are probed (default: computed from "
                          "the targets and exclusions)"},
    [OPT_IN_ORDER] = {"in-order", .group = GROUP_WHERE, .modes = IN_PROBE, FLAG(in_order, true),
                      .help = "probe targets in the order given"},
    [OPT_SHARD] = {"shard", 0, "K/N", .group = GROUP_WHERE, .modes = IN_PROBE, .read = read_shard,
                   FIELD(shard),
                   .help = "probe only the Kth of N parts of the targets, as one of N machines"},
    [OPT_RESUME] =
        {"resume", 0, "JOURNAL", .group = GROUP_WHERE, .modes = IN_PROBE, .read = read_text,
         FIELD(resume_path),
         .help = "keep a journal of the run in this file, from which the same command continues "
                 "after an interruption; requires -o and --format json, csv or table"},
    [OPT_NUMERIC] = {"numeric", 'n', .group = GROUP_WHERE, .modes = ALL, FLAG(numeric, true),
                     .help = "accept numeric addresses only; never resolve names"},
    [OPT_INTERFACE] = {"interface", 'I', "NAME", .group = GROUP_WHERE, .modes = IN_PROBE,
                       .read = read_text, FIELD(interface),
                       .help = "send from this interface, and expect answers on it "
                               "(default: from the route)"},
    [OPT_SOURCE] = {"source", 'S', "ADDR", .group = GROUP_WHERE, .modes = IN_PROBE,
                    .read = read_source,
                    .help = "send from this address (default: from the route)"},
    [OPT_SOURCE_PORT] = {"source-port", 'P', "N", .group = GROUP_WHERE, .modes = IN_PROBE,
                         .read = read_number, FIELD(source_port), .min = 1, .max = UINT16_MAX,
                         .help = "send from this port (default: random)"},
    [OPT_TTL] = {"ttl", 't', "N", "64", .group = GROUP_WHERE, .modes = LIVE, .read = read_number,
                 FIELD(ttl), .min = 1, .max = UINT8_MAX, .help = "time to live or hop limit"},

    [OPT_COUNT] = {"count", 'c', "N", "1", .group = GROUP_WHAT, .modes = LIVE, .read = read_number,
                   FIELD(count), .max = UINT32_MAX,
                   .help = "connections per target; 0: until interrupted"},
    [OPT_INTERVAL] = {"interval", 'i', "S", "1", .group = GROUP_WHAT, .modes = LIVE, SECONDS,
                      FIELD(interval_ns), .help = "time between connection starts, per target"},
    [OPT_RATE] = {"rate", 0, "N", "1000", .group = GROUP_WHAT, .modes = LIVE, .read = read_number,
                  FIELD(rate), .max = 1000000,
                  .help = "limit on SYNs per second over all targets, retransmissions included, "
                          "except on loopback; 0: no limit"},
    [OPT_PARALLEL] =
        {"parallel", 0, "N", .group = GROUP_WHAT, .modes = LIVE, .read = read_number,
         FIELD(parallel), .min = 1, .max = 1000000,
         .help = "limit on connections in flight (default: those started within the timeout)"},
    [OPT_MAX_PER_HOST] = {"max-per-host", 0, "N", .group = GROUP_WHAT, .modes = LIVE,
                          .read = read_number, FIELD(per_host_max), .min = 1, .max = 1000000,
                          .help = "limit on connections in flight to one address (default: none)"},
    [OPT_TIMEOUT] = {"timeout", 'W', "S", "5", .group = GROUP_WHAT, .modes = LIVE, SECONDS,
                     FIELD(timeout_ns), .min = 1,
                     .help = "time to wait for each answer, retransmissions included"},
    [OPT_DEADLINE] = {"deadline", 0, "S", .group = GROUP_WHAT, .modes = LIVE, SECONDS,
                      FIELD(deadline_ns), .min = 1,
                      .help = "end the whole run after this time (default: never)"},
    [OPT_RESOLVE_EVERY] = {"resolve-every", 0, "S", .group = GROUP_WHAT, .modes = IN_PROBE, SECONDS,
                           FIELD(resolve_every_ns), .min = 1,
                           .help = "resolve names again at this interval (default: never)"},
    [OPT_ALL_ADDRESSES] = {"all-addresses", .group = GROUP_WHAT, .modes = IN_PROBE,
                           FLAG(all_addresses, true),
                           .help = "probe every address of a name (default: the first)"},
    [OPT_HALF_OPEN] =
        {"half-open", .group = GROUP_WHAT, .modes = LIVE, FLAG(close, CLOSE_HALF_OPEN),
         .help =
             "answer the SYN/ACK with RST, so that the application does not see the connection"},
    [OPT_ABORT] = {"abort", .group = GROUP_WHAT, .modes = LIVE, FLAG(close, CLOSE_ABORT),
                   .help = "close with RST instead of FIN"},
    [OPT_HOLD] = {"hold", 0, "S", "0", .group = GROUP_WHAT, .modes = LIVE, SECONDS, FIELD(hold_ns),
                  .help = "stay in ESTABLISHED this long and acknowledge data"},
    [OPT_SEND] = {"send", 0, "TEXT", .group = GROUP_WHAT, .modes = LIVE, .read = read_payload,
                  .help = "send TEXT after the handshake; C escapes are recognized"},
    [OPT_TIME_WAIT] = {"time-wait", 0, "S", "0.5", .group = GROUP_WHAT, .modes = LIVE, SECONDS,
                       FIELD(time_wait_ns),
                       .help = "answer retransmitted FINs in TIME_WAIT for this long"},
    [OPT_SECOND_OPINION] = {"second-opinion", .group = GROUP_WHAT, .modes = LIVE,
                            FLAG(second_opinion, true),
                            .help =
                                "after each verdict, also call connect(2), and report its outcome"},
    [OPT_CONTROL_PORT] = {"control-port", 0, "PORT", .group = GROUP_WHAT, .modes = LIVE,
                          .read = read_control_port, .words = "auto",
                          .help = "also probe this port of each host with an open port: if it is "
                                  "open too, \"open\" means nothing; auto: port 4 or 6"},
    [OPT_OFFER] = {"offer", 0, "LIST", .group = GROUP_WHAT, .modes = LIVE, .read = read_offer,
                   .words = "ecn accecn fastopen mptcp",
                   .help = "offer these features in the SYN, and report which are agreed on: ecn, "
                           "accecn, fastopen, mptcp"},
    [OPT_WITHOUT] = {"without", 0, "LIST", .group = GROUP_WHAT, .modes = LIVE, .read = read_without,
                     .words = "mss sack wscale timestamps bare",
                     .help = "leave these options out of the SYN: mss, sack, wscale, timestamps; "
                             "bare: all of them"},
    [OPT_COMPARE] = {"compare", .group = GROUP_WHAT, .modes = LIVE, FLAG(compare, true),
                     .help = "alternate with plain connections, and say whether what is offered or "
                             "left out makes a difference"},
    [OPT_PATH] = {"path", .group = GROUP_WHAT, .modes = LIVE, FLAG(path, true),
                  .help =
                      "show the routers on the path to each target, and what they change in a SYN"},
    [OPT_MAX_HOPS] = {"max-hops", 0, "N", "30", .group = GROUP_WHAT, .modes = LIVE,
                      .read = read_number, FIELD(hops_max), .min = 1, .max = PATH_HOPS_MAX,
                      .help = "probe at most this many hops of the path, up to 64"},
    [OPT_PATH_MTU] = {"path-mtu", .group = GROUP_WHAT, .modes = LIVE, FLAG(path_mtu, true),
                      .help = "measure the largest IP packet that the path to each target carries"},
    [OPT_MSS] = {"mss", 0, "N", .group = GROUP_WHAT, .modes = LIVE, .read = read_number, FIELD(mss),
                 .min = 64, .max = UINT16_MAX,
                 .help = "announce this maximum segment size, at least 64 (default: from the MTU)"},

    [OPT_EXPECT] = {"expect", 0, "LIST", "open", .group = GROUP_SUCCESS, .modes = ALL,
                    .read = read_expect, .words = "open closed filtered unreachable",
                    .help =
                        "port states that count as success: open, closed, filtered, unreachable"},
    [OPT_EXPECT_CLOSE] =
        {"expect-close", 0, "LIST", .group = GROUP_SUCCESS, .modes = ALL, .read = read_expect_close,
         .words = "graceful reset half-closed unanswered none four-segment three-segment "
                  "simultaneous",
         .help = "ways of closing that count as success: graceful, reset, half-closed, unanswered, "
                 "none, four-segment, three-segment, simultaneous (default: any)"},
    [OPT_MAX_RTT] = {"max-rtt", 0, "MS", .group = GROUP_SUCCESS, .modes = ALL, MILLISECONDS,
                     FIELD(expectation.max_rtt_ns), .min = 1,
                     .help = "a slower handshake is a failure (default: no limit)"},
    [OPT_FAIL_AFTER] =
        {"fail-after", 0, "N", .group = GROUP_SUCCESS, .modes = ALL, .read = read_number,
         FIELD(conditions.fail_after), .min = 1, .max = UINT32_MAX,
         .help = "fail, and end the run, after N consecutive failures of a target; tolerate fewer"},
    [OPT_SUCCEED_AFTER] =
        {"succeed-after", 0, "N", .group = GROUP_SUCCESS, .modes = ALL, .read = read_number,
         FIELD(conditions.succeed_after), .min = 1, .max = UINT32_MAX,
         .help =
             "stop probing a target after N consecutive successes; fail if one never reaches N"},
    [OPT_MAX_LOSS] =
        {"max-loss", 0, "PERCENT", .group = GROUP_SUCCESS, .modes = ALL, .read = read_percent,
         FIELD(conditions.max_loss),
         .help = "fail if more than PERCENT of the connections to any target fail; tolerate fewer"},
    [OPT_WARNING] = {"warning", 0, "RANGE", .group = GROUP_SUCCESS, .modes = ALL, MILLISECONDS_IN,
                     FIELD(expectation.warning),
                     .help = "with --format nagios: warn if a handshake time is outside this range "
                             "of milliseconds: 50, 1:50, @50:100"},
    [OPT_CRITICAL] = {"critical", 0, "RANGE", .group = GROUP_SUCCESS, .modes = ALL, MILLISECONDS_IN,
                      FIELD(expectation.critical), .help = "the same, but critical"},

    [OPT_READ] =
        {"read", 'r', "FILE", .group = GROUP_RECORDINGS, .modes = IN_READ, .read = read_texts,
         FIELD(read_paths), .repeats = true,
         .help = "report the connections in a pcap or pcapng file, optionally compressed; - is "
                 "standard input; may be repeated; operands form a filter, see pcap-filter(7)"},
    [OPT_MAX_CONNECTIONS] = {"max-connections", 0, "N", "1000000", .group = GROUP_RECORDINGS,
                             .modes = IN_READ, .read = read_number, FIELD(connections_max),
                             .min = 1, .max = 1000000000,
                             .help = "open connections of a capture to keep in memory"},
    [OPT_WRITE] = {"write", 'w', "FILE", .group = GROUP_RECORDINGS, .modes = LIVE,
                   .read = read_text, FIELD(write_path),
                   .help = "record the run to a pcapng file; - is standard output"},

    [OPT_JSON] = {"json", 'j', .group = GROUP_OUTPUT, .modes = ALL, .read = read_text,
                  FIELD(format), .help = "the same as --format json"},
    [OPT_FORMAT] = {"format", 0, "NAME", "text", .group = GROUP_OUTPUT, .modes = ALL,
                    .read = read_text, FIELD(format),
                    .words = "text table json csv nagios prometheus svg",
                    .help = "text, table, json, csv, nagios, prometheus or svg"},
    [OPT_OUTPUT] =
        {"output", 'o', "FILE", .group = GROUP_OUTPUT, .modes = ALL, .read = read_text,
         FIELD(output_path),
         .help = "write the report to FILE, complete or not at all (default: standard output)"},
    [OPT_ONLY] = {"only", 0, "LIST", .group = GROUP_OUTPUT, .modes = ALL, .read = read_only,
                  .words = "open closed filtered unreachable unknown failed ok completed "
                           "half-open refused no-answer reset graceful half-closed unanswered",
                  .help = "show only connections to which a word of this list applies: open, "
                          "closed, filtered, unreachable, failed, refused, or any other word of a "
                          "report; summary and status still cover all"},
    [OPT_QUIET] = {"quiet", 'q', .group = GROUP_OUTPUT, .modes = ALL, .read = read_quiet,
                   .repeats = true, .help = "print the summary only; -qq: print only errors"},
    [OPT_VERBOSE] = {"verbose", 'v', .group = GROUP_OUTPUT, .modes = ALL, FLAG(verbosity, 1),
                     .help = "print every detail: ladders, absolute sequence numbers, TCP options"},
    [OPT_TIMESTAMPS] = {"timestamps", 'D', .group = GROUP_OUTPUT, .modes = ALL,
                        FLAG(timestamps, true),
                        .help = "begin each line of a table with its start time, as ping -D does"},
    [OPT_COLOR] = {"color", 0, "WHEN", "auto", .group = GROUP_OUTPUT, .modes = ALL,
                   .read = read_color, .words = "auto always never",
                   .help = "use colour: auto, always or never"},
    [OPT_EXPLAIN] = {"explain", .group = GROUP_OUTPUT, .modes = ALL, FLAG(explain, true),
                     .help = "explain each step of a ladder below it"},
    [OPT_ASCII] = {"ascii", .group = GROUP_OUTPUT, .modes = ALL, FLAG(ascii, true),
                   .help = "print ASCII only (default: depends on the locale)"},

    [OPT_DEMO] = {"demo", .group = GROUP_OTHER, .modes = IN_DEMO, FLAG(mode, MODE_DEMO),
                  .help = "start a server on loopback and probe it"},
    [OPT_DOCTOR] =
        {"doctor", .group = GROUP_OTHER, .modes = ALL, FLAG(mode, MODE_DOCTOR),
         .help = "check everything that a run needs, say how to fix what does not work, and exit"},
    [OPT_HELP] = {"help", 'h', .group = GROUP_OTHER, .modes = ALL, FLAG(mode, MODE_HELP),
                  .help = "print this help and exit"},
    [OPT_VERSION] = {"version", 'V', .group = GROUP_OTHER, .modes = ALL, FLAG(mode, MODE_VERSION),
                     .help = "print version information and exit"},
};

const char *option_label(const struct option_row *row, char *out)
{
    if (row->letter != 0)
        snprintf(out, OPTION_LABEL_MAX, "-%c/--%s", row->letter, row->name);
    else
        snprintf(out, OPTION_LABEL_MAX, "--%s", row->name);
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

/* Keeps the text itself; an option without an argument gives its own name. */
static int read_text(const struct option_row *row, const char *text, struct options *options,
                     struct error *error)
{
    char name[OPTION_LABEL_MAX];
    if (text == NULL)
        text = row->name;
    if (*text == '\0')
        return error_set(error, STATUS_USAGE, "%s: %s is empty", option_label(row, name),
                         row->argument);
    memcpy((char *)options + row->field, &text, sizeof text);
    return 0;
}

/* Each time the option is given adds one. */
static int read_texts(const struct option_row *row, const char *text, struct options *options,
                      struct error *error)
{
    char name[OPTION_LABEL_MAX];
    if (*text == '\0')
        return error_set(error, STATUS_USAGE, "%s: %s is empty", option_label(row, name),
                         row->argument);
    struct texts *texts = (struct texts *)(void *)((char *)options + row->field);
    const char **larger = realloc(texts->list, (texts->count + 1) * sizeof *texts->list);
    if (larger == NULL)
        return error_set_memory(error, "%s: out of memory", option_label(row, name));
    larger[texts->count++] = text;
    texts->list = larger;
    return 0;
}

static int read_shard(const struct option_row *row, const char *text, struct options *options,
                      struct error *error)
{
    char name[OPTION_LABEL_MAX];
    if (value_shard(text, &options->shard.number, &options->shard.count))
        return 0;
    return error_set(error, STATUS_USAGE,
                     "%s takes K/N with K from 1 to N, such as 2/4, not '%.80s'",
                     option_label(row, name), text);
}

static int read_number(const struct option_row *row, const char *text, struct options *options,
                       struct error *error)
{
    uint64_t value;
    char name[OPTION_LABEL_MAX];
    if (!value_number(text, row->max, &value) || value < row->min)
        return error_set(error, STATUS_USAGE,
                         "%s takes a whole number from %llu to %llu, not '%.80s'",
                         option_label(row, name), (unsigned long long)row->min,
                         (unsigned long long)row->max, text);
    store(row, options, value);
    return 0;
}

static int read_duration(const struct option_row *row, const char *text, struct options *options,
                         struct error *error)
{
    int64_t value;
    char name[OPTION_LABEL_MAX];
    if (!value_duration(text, row->decimals, &value) || value < (int64_t)row->min)
        return error_set(
            error, STATUS_USAGE,
            "%s takes %s, such as 2, 0.5 or 20ms, %s and at most 365 days, not '%.80s'",
            option_label(row, name), row->decimals == 9 ? "seconds" : "milliseconds",
            row->min > 0 ? "more than 0" : "0 or more", text);
    store(row, options, (uint64_t)value);
    return 0;
}

static int read_percent(const struct option_row *row, const char *text, struct options *options,
                        struct error *error)
{
    int64_t value;
    char name[OPTION_LABEL_MAX];
    if (!value_percent(text, &value))
        return error_set(error, STATUS_USAGE, "%s takes a percentage from 0 to 100, not '%.80s'",
                         option_label(row, name), text);
    store(row, options, (uint64_t)value);
    return 0;
}

static int read_range(const struct option_row *row, const char *text, struct options *options,
                      struct error *error)
{
    struct range range;
    char name[OPTION_LABEL_MAX];
    if (!value_range(text, row->decimals, &range))
        return error_set(error, STATUS_USAGE,
                         "%s takes a range of milliseconds, such as 50, 1:50, 50: or @50:100, not "
                         "'%.80s'",
                         option_label(row, name), text);
    memcpy((char *)options + row->field, &range, sizeof range);
    return 0;
}

static int read_source(const struct option_row *row, const char *text, struct options *options,
                       struct error *error)
{
    struct address address = {0};
    char name[OPTION_LABEL_MAX];
    if (inet_pton(AF_INET, text, address.bytes) == 1)
        address.family = FAMILY_IPV4;
    else if (inet_pton(AF_INET6, text, address.bytes) == 1)
        address.family = FAMILY_IPV6;
    else
        return error_set(error, STATUS_USAGE,
                         "%s takes an IPv4 or IPv6 address without a zone, not '%.80s'",
                         option_label(row, name), text);
    options->source = address;
    return 0;
}

static int read_color(const struct option_row *row, const char *text, struct options *options,
                      struct error *error)
{
    static const char *const words[] = {
        [WHEN_AUTO] = "auto", [WHEN_ALWAYS] = "always", [WHEN_NEVER] = "never"};
    char name[OPTION_LABEL_MAX];
    for (unsigned i = 0; i < LENGTH(words); i++)
        if (strcmp(text, words[i]) == 0) {
            options->color = (enum when)i;
            return 0;
        }
    return error_set(error, STATUS_USAGE, "%s takes auto, always or never, not '%.80s'",
                     option_label(row, name), text);
}

/* Says which word of a list is not one of those that are known. */
static int refuse_word(const struct option_row *row, const char *bad, const char *known,
                       struct error *error)
{
    char name[OPTION_LABEL_MAX];
    size_t len = strcspn(bad, ",");
    return error_set(error, STATUS_USAGE, "%s takes a comma-separated list of %s, not '%.*s'",
                     option_label(row, name), known, len < 80 ? (int)len : 80, bad);
}

static int read_expect(const struct option_row *row, const char *text, struct options *options,
                       struct error *error)
{
    const char *bad = port_states_parse(text, &options->expectation.port_states);
    if (bad == NULL)
        return 0;
    return refuse_word(row, bad, "open, closed, filtered and unreachable", error);
}

static int read_expect_close(const struct option_row *row, const char *text,
                             struct options *options, struct error *error)
{
    const char *bad = closes_parse(text, &options->expectation.closes);
    if (bad == NULL)
        return 0;
    return refuse_word(row, bad,
                       "graceful, reset, half-closed, unanswered, none, four-segment, "
                       "three-segment and simultaneous",
                       error);
}

static int read_only(const struct option_row *row, const char *text, struct options *options,
                     struct error *error)
{
    const char *bad = selection_parse(text, &options->only);
    if (bad == NULL)
        return 0;
    return refuse_word(row, bad,
                       "words of the report, such as open, closed, filtered, failed, refused, "
                       "no-response or silence",
                       error);
}

static int read_control_port(const struct option_row *row, const char *text,
                             struct options *options, struct error *error)
{
    uint64_t port;
    char name[OPTION_LABEL_MAX];
    if (strcmp(text, "auto") == 0)
        port = CONTROL_PORT_AUTO;
    else if (!value_number(text, UINT16_MAX, &port) || port == 0)
        return error_set(error, STATUS_USAGE,
                         "%s takes a port from 1 to 65535, or auto, not '%.80s'",
                         option_label(row, name), text);
    options->control_port = (uint32_t)port;
    return 0;
}

static int read_offer(const struct option_row *row, const char *text, struct options *options,
                      struct error *error)
{
    uint8_t offers = 0;
    const char *bad = offers_parse(text, false, &offers);
    if (bad != NULL)
        return refuse_word(row, bad, "ecn, accecn, fastopen and mptcp", error);
    options->offers = (uint8_t)((options->offers & OFFER_OMISSIONS) | offers);
    return 0;
}

static int read_without(const struct option_row *row, const char *text, struct options *options,
                        struct error *error)
{
    uint8_t omissions = 0;
    const char *bad = offers_parse(text, true, &omissions);
    if (bad != NULL)
        return refuse_word(row, bad, "mss, sack, wscale, timestamps and bare", error);
    options->offers = (uint8_t)((options->offers & OFFER_FEATURES) | omissions);
    return 0;
}

static int read_payload(const struct option_row *row, const char *text, struct options *options,
                        struct error *error)
{
    size_t len;
    char name[OPTION_LABEL_MAX];
    if (*text == '\0')
        return error_set(error, STATUS_USAGE, "%s: TEXT is empty", option_label(row, name));
    free(options->payload);
    options->payload_len = 0;
    options->payload = malloc(strlen(text));
    if (options->payload == NULL)
        return error_set_memory(error, "%s: out of memory", option_label(row, name));
    const char *bad = value_unescape(text, options->payload, &len);
    if (bad != NULL)
        return error_set(error, STATUS_USAGE,
                         "%s: '%.4s' is not an escape sequence: follow the backslash with one of "
                         "n r t a b f v, a backslash or a quote, xHH, or octal 0 to 377",
                         option_label(row, name), bad);
    if (len > PAYLOAD_MAX)
        return error_set(error, STATUS_USAGE, "%s: %zu bytes exceed the limit of %d",
                         option_label(row, name), len, PAYLOAD_MAX);
    options->payload_len = (uint32_t)len;
    return 0;
}
