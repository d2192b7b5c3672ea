/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses the command line by the table of options, and rejects combinations that make no sense. */
#include "cli/commandline.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/optiontable.h"
#include "tcp/offer.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Pairs of options that cannot be combined. */
static const struct {
    enum option_id one, other;
    const char *why;
} contradictions[] = {
    {OPT_HALF_OPEN, OPT_ABORT, "a half-open connection is always closed with RST"},
    {OPT_HALF_OPEN, OPT_HOLD, "a half-open connection cannot be held"},
    {OPT_HALF_OPEN, OPT_SEND, "a half-open connection carries no payload"},
    {OPT_HALF_OPEN, OPT_PATH_MTU, "the path MTU is measured on an open connection"},
    {OPT_HALF_OPEN, OPT_EXPECT_CLOSE, "a half-open connection is never closed"},
    {OPT_IPV4, OPT_IPV6, "omit both to allow either family"},
    {OPT_SEED, OPT_IN_ORDER, "the seed chooses another order"},
    {OPT_QUIET, OPT_VERBOSE, "choose one"},
    {OPT_NUMERIC, OPT_RESOLVE_EVERY, "no names are resolved"},
    {OPT_NUMERIC, OPT_ALL_ADDRESSES, "no names are resolved"},
    {OPT_RESOLVE_EVERY, OPT_ALL_ADDRESSES, "one follows a name, the other its addresses"},
    {OPT_MAX_RTT, OPT_CRITICAL, "both limit the handshake time"},
    {OPT_RESUME, OPT_WRITE, "a recording cannot be continued"},
    {OPT_RESUME, OPT_ALL_ADDRESSES, "a name may have other addresses when the run is resumed"},
    {OPT_RESUME, OPT_RESOLVE_EVERY, "names are resolved again when the run is resumed"},
    {OPT_RESUME, OPT_SECOND_OPINION, "a question to connect(2) cannot be resumed"},
    {OPT_DOCTOR, OPT_JSON, "what it finds is printed as text"},
    {OPT_DOCTOR, OPT_FORMAT, "what it finds is printed as text"},
    {OPT_DOCTOR, OPT_OUTPUT, "what it finds is printed on standard output"},
    {OPT_DOCTOR, OPT_DEMO, "choose one"},
};

/* What getopt_long returns for a long option; letters are below. */
#define LONG_BASE 256

struct getopt_tables {
    char letters[2 + 2 * OPTIONS];
    struct option names[OPTIONS + 1];
};

/* The leading colon lets a missing argument be distinguished from an unknown option. */
static void fill_getopt_tables(struct getopt_tables *tables)
{
    char *letter = tables->letters;
    *letter++ = ':';
    for (int i = 0; i < OPTIONS; i++) {
        int argument = option_rows[i].argument == NULL ? no_argument : required_argument;
        tables->names[i] = (struct option){option_rows[i].name, argument, NULL, LONG_BASE + i};
        if (option_rows[i].letter == 0)
            continue;
        *letter++ = option_rows[i].letter;
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
        if (code != 0 && option_rows[i].letter == code)
            return (enum option_id)i;
    return OPTIONS;
}

/* A long option that getopt_long did not accept: unknown or ambiguous. */
static int refuse_long_option(const char *text, struct error *error)
{
    size_t len = strcspn(text, "=");
    char candidates[128] = "";
    unsigned found = 0;
    for (int i = 0; i < OPTIONS && len > 2; i++)
        if (strncmp(option_rows[i].name, text + 2, len - 2) == 0) {
            size_t used = strlen(candidates);
            snprintf(candidates + used, sizeof candidates - used, "%s--%s", found++ > 0 ? ", " : "",
                     option_rows[i].name);
        }
    if (found > 1)
        return error_set(error, STATUS_USAGE, "option '%.80s' is ambiguous: %s", text, candidates);
    return error_set(error, STATUS_USAGE, "unknown option '%.80s' (try 'tcpshake --help')", text);
}

/* Says what getopt_long found wrong: code is what it returned, optopt what it was about, word the
 * argument it read last. */
static int refuse_option(int code, const char *word, struct error *error)
{
    char name[OPTION_LABEL_MAX];
    enum option_id id = find_option(optopt);
    if (code == ':' && id < OPTIONS)
        return error_set(error, STATUS_USAGE, "option %s requires %s (try 'tcpshake --help')",
                         option_label(&option_rows[id], name), option_rows[id].argument);
    if (id < OPTIONS)
        return error_set(error, STATUS_USAGE, "option %s takes no argument: '%.80s'",
                         option_label(&option_rows[id], name), word);
    if (optopt == 0)
        return refuse_long_option(word, error);
    return error_set(error, STATUS_USAGE, "unknown option '-%c' (try 'tcpshake --help')", optopt);
}

/* The long option that is named behind a single hyphen, or NULL. */
static const struct option_row *named_behind_hyphen(const char *word)
{
    if (word[0] != '-' || word[1] == '\0')
        return NULL;
    size_t len = strcspn(word + 1, "=");
    for (int i = 0; i < OPTIONS; i++)
        if (strlen(option_rows[i].name) == len && strncmp(option_rows[i].name, word + 1, len) == 0)
            return &option_rows[i];
    return NULL;
}

/* The word whose first letter getopt_long has just read as a short option, or NULL. */
static const char *word_begun(int code, int argc, char **argv)
{
    int letter = code == '?' ? optopt : code;
    const char *before = argv[optind - 1], *word = optind < argc ? argv[optind] : NULL;
    if (letter == 0 || letter >= LONG_BASE)
        return NULL;
    if (before[0] == '-' && before[1] == letter && optarg == before + 2)
        return before;
    return word != NULL && word[0] == '-' && word[1] == letter ? word : NULL;
}

/* A long option after a single hyphen would be taken for letters: -hold for -h and more, which
 * prints the help. -help does what is meant. */
static int check_hyphens(const char *word, struct error *error)
{
    const struct option_row *row = word != NULL ? named_behind_hyphen(word) : NULL;
    if (row == NULL || row == &option_rows[OPT_HELP])
        return 0;
    const char *name = row->name;
    enum option_id id = find_option(name[0]);
    if (id < OPTIONS && option_rows[id].argument != NULL)
        return error_set(error, STATUS_USAGE,
                         "'-%s' would be '-%c %s': write --%s, or these two words", name, name[0],
                         name + 1, name);
    return error_set(error, STATUS_USAGE, "unknown option '-%s': write --%s", name, name);
}

static int set_defaults(struct options *options, struct error *error)
{
    *options = (struct options){
        .mode = MODE_PROBE,
        .seed = SEED_NONE,
        .shard = {1, 1},
        .deadline_ns = DURATION_UNKNOWN,
        .resolve_every_ns = DURATION_UNKNOWN,
        .expectation.max_rtt_ns = DURATION_UNKNOWN,
        .conditions.max_loss = PERCENT_NONE,
        .close = CLOSE_FIN,
    };
    for (size_t i = 0; i < OPTIONS; i++)
        if (option_rows[i].standard != NULL &&
            option_rows[i].read(&option_rows[i], option_rows[i].standard, options, error) < 0)
            return -1;
    return 0;
}

/* Reads the options up to the operands, or up to --help or --version, and notes which there were.
 */
static int read_options(int argc, char **argv, struct options *options, bool given[OPTIONS],
                        struct error *error)
{
    struct getopt_tables tables;
    fill_getopt_tables(&tables);
    opterr = 0;
    optind = 0; /* starts afresh, even after an earlier call */
    while (options->mode < MODE_HELP || options->mode == MODE_DOCTOR) {
        int code = getopt_long(argc, argv, tables.letters, tables.names, NULL);
        if (code == -1)
            break;
        if (check_hyphens(word_begun(code, argc, argv), error) < 0)
            return -1;
        if (code == '?' || code == ':')
            return refuse_option(code, argv[optind - 1], error);
        enum option_id id = find_option(code);
        if (option_rows[id].read(&option_rows[id], option_rows[id].argument == NULL ? NULL : optarg,
                                 options, error) < 0)
            return -1;
        given[id] = true;
    }
    return 0;
}

/* An option that cannot be combined with a streamed list. */
static int check_stream(const struct options *options, const bool given[OPTIONS],
                        struct error *error)
{
    static const struct {
        enum option_id id;
        const char *why;
    } rows[] = {
        {OPT_SEED, "targets are probed in the order given"},
        {OPT_RESOLVE_EVERY, "its names are resolved once"},
        {OPT_RESUME, "a streamed list cannot be read again"},
    };
    bool streams = options->stream;
    for (size_t i = 0; i < options->target_paths.count; i++)
        streams = streams || strcmp(options->target_paths.list[i], "-") == 0;
    for (size_t i = 0; i < LENGTH(rows) && streams; i++)
        if (given[rows[i].id])
            return error_set(error, STATUS_USAGE, "--%s and %s cannot be combined: %s",
                             option_rows[rows[i].id].name,
                             options->stream ? "--stream" : "--targets -", rows[i].why);
    if (options->stream && options->target_paths.count == 0)
        return error_set(error, STATUS_USAGE,
                         "--stream requires --targets: there is no list to read");
    return 0;
}

/* An option that does not apply to the mode. */
static int refuse_in_mode(const struct option_row *row, enum mode mode, struct error *error)
{
    char name[OPTION_LABEL_MAX], by_name[OPTION_LABEL_MAX];
    if (row->modes == IN_READ && mode == MODE_PROBE)
        return error_set(error, STATUS_USAGE, "%s can only be used with %s",
                         option_label(row, name), option_label(&option_rows[OPT_READ], by_name));
    return error_set(
        error, STATUS_USAGE, "%s cannot be combined with %s: %s", option_label(row, name),
        option_label(&option_rows[mode == MODE_READ ? OPT_READ : OPT_DEMO], by_name),
        mode == MODE_READ ? "it applies to live runs only" : "the demonstration uses its own");
}

static int check_modes(const struct options *options, const bool given[OPTIONS],
                       struct error *error)
{
    for (size_t i = 0; i < OPTIONS; i++)
        if (given[i] && (option_rows[i].modes & 1u << options->mode) == 0)
            return refuse_in_mode(&option_rows[i], options->mode, error);
    return 0;
}

static int check_contradictions(const bool given[OPTIONS], struct error *error)
{
    char one[OPTION_LABEL_MAX], other[OPTION_LABEL_MAX];
    for (size_t i = 0; i < LENGTH(contradictions); i++)
        if (given[contradictions[i].one] && given[contradictions[i].other])
            return error_set(error, STATUS_USAGE, "%s and %s cannot be combined: %s",
                             option_label(&option_rows[contradictions[i].one], one),
                             option_label(&option_rows[contradictions[i].other], other),
                             contradictions[i].why);
    return 0;
}

/* Without -4 or -6, the source address determines the family. */
static int settle_family(struct options *options, struct error *error)
{
    char text[ADDRESS_TEXT_MAX];
    if (options->source.family == FAMILY_NONE)
        return 0;
    if (options->family == FAMILY_NONE)
        options->family = (enum family)options->source.family;
    if (options->family != (enum family)options->source.family)
        return error_set(
            error, STATUS_USAGE, "-S/--source %s is not an IPv%d address, which -%d requires",
            address_text(&options->source, text), (int)options->family, (int)options->family);
    return 0;
}

/* Standard output can carry one stream only. */
static int settle_output(struct options *options, struct error *error)
{
    if (options->output_path != NULL && strcmp(options->output_path, "-") == 0)
        options->output_path = NULL;
    if (options->output_path != NULL && options->verbosity <= -2)
        return error_set(error, STATUS_USAGE,
                         "-qq and -o/--output '%.80s' cannot be combined: -qq suppresses the "
                         "report, and -o alone already writes nothing to standard output",
                         options->output_path);
    if (options->write_path != NULL && strcmp(options->write_path, "-") == 0 &&
        options->output_path == NULL && options->verbosity > -2)
        return error_set(error, STATUS_USAGE,
                         "-w/--write - and the report cannot share standard output: write the "
                         "report to a file with -o, or suppress it with -qq");
    return 0;
}

/* A number of consecutive connections that -c never reaches. */
static int check_reach(const struct options *options, const bool given[OPTIONS], enum option_id id,
                       uint32_t wanted, struct error *error)
{
    char name[OPTION_LABEL_MAX], count[OPTION_LABEL_MAX];
    if (!given[id] || options->mode == MODE_READ || options->count == 0 || options->count >= wanted)
        return 0;
    return error_set(
        error, STATUS_USAGE, "%s %lu can never be reached: %s is %llu (0 means until interrupted)",
        option_label(&option_rows[id], name), (unsigned long)wanted,
        option_label(&option_rows[OPT_COUNT], count), (unsigned long long)options->count);
}

/* Rejects what only an open connection can meet if none is expected. */
static int check_expects_open(const struct options *options, const bool given[OPTIONS],
                              struct error *error)
{
    static const enum option_id timed[] = {OPT_MAX_RTT, OPT_WARNING, OPT_CRITICAL};
    char name[OPTION_LABEL_MAX];
    if ((options->expectation.port_states & 1u << PORT_OPEN) != 0)
        return 0;
    if (given[OPT_EXPECT_CLOSE])
        return error_set(error, STATUS_USAGE,
                         "%s requires open in the --expect list: only open connections are closed",
                         option_label(&option_rows[OPT_EXPECT_CLOSE], name));
    for (size_t i = 0; i < LENGTH(timed); i++)
        if (given[timed[i]])
            return error_set(
                error, STATUS_USAGE,
                "%s requires open in the --expect list: only open ports have a handshake time",
                option_label(&option_rows[timed[i]], name));
    return 0;
}

/* Every critical value must also be a warning value. */
static int check_thresholds(const struct options *options, const bool given[OPTIONS],
                            struct error *error)
{
    const struct expectation *expectation = &options->expectation;
    struct range limit = {0, expectation->max_rtt_ns, .given = given[OPT_MAX_RTT]};
    bool critical = given[OPT_CRITICAL];
    char name[OPTION_LABEL_MAX];
    for (enum option_id id = OPT_WARNING; id <= OPT_CRITICAL; id++)
        if (given[id] && !options->plugin)
            return error_set(error, STATUS_USAGE,
                             "%s can only be used with --format " FORMAT_PLUGIN
                             ": use --max-rtt with other formats",
                             option_label(&option_rows[id], name));
    if (given[OPT_WARNING] && (critical || given[OPT_MAX_RTT]) &&
        !range_covers(&expectation->warning, critical ? &expectation->critical : &limit))
        return error_set(
            error, STATUS_USAGE,
            "--warning and %s contradict each other: every %s must also be a warning value",
            option_label(&option_rows[critical ? OPT_CRITICAL : OPT_MAX_RTT], name),
            critical ? "critical value" : "value above the limit");
    return 0;
}

/* What of the SYN excludes each other, and what has no effect without another option. */
static int check_offers(const struct options *options, const bool given[OPTIONS],
                        struct error *error)
{
    const unsigned both = OFFER_BIT(OFFER_ECN) | OFFER_BIT(OFFER_ACCECN);
    if ((options->offers & both) == both)
        return error_set(error, STATUS_USAGE,
                         "--offer cannot combine ecn and accecn, which use the same flags: accecn "
                         "offers ecn too");
    if (given[OPT_PATH] && (options->offers & OFFER_BIT(WITHOUT_TIMESTAMPS)) != 0)
        return error_set(error, STATUS_USAGE,
                         "--path cannot be combined with timestamps or bare in the --without list: "
                         "timestamps tell its SYNs apart");
    if (given[OPT_MSS] && (options->offers & OFFER_BIT(WITHOUT_MSS)) != 0)
        return error_set(error, STATUS_USAGE,
                         "--mss cannot be combined with mss or bare in the --without list, which "
                         "leave the option out");
    if (given[OPT_MAX_HOPS] && !given[OPT_PATH])
        return error_set(error, STATUS_USAGE, "--max-hops requires --path, which it limits");
    if (given[OPT_COMPARE] && options->offers == 0)
        return error_set(error, STATUS_USAGE,
                         "--compare requires --offer or --without: there is nothing to compare");
    if (given[OPT_COMPARE] && options->count == 1)
        return error_set(error, STATUS_USAGE,
                         "--compare requires several connections: use -c, such as -c 20");
    return 0;
}

/* The first connection asks for a cookie, and the next one uses it. */
static void settle_count(struct options *options, const bool given[OPTIONS])
{
    if ((options->offers & OFFER_BIT(OFFER_FASTOPEN)) != 0 && options->payload_len > 0 &&
        !given[OPT_COUNT])
        options->count = 2;
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

/* What a journal cannot hold. */
static int check_resume(const struct options *options, const bool given[OPTIONS],
                        struct error *error)
{
    static const char *const formats[] = {"json", "csv", "table"};
    bool known = false;
    for (size_t i = 0; i < LENGTH(formats); i++)
        known = known || strcmp(options->format, formats[i]) == 0;
    if (!given[OPT_RESUME])
        return 0;
    if (options->output_path == NULL)
        return error_set(error, STATUS_USAGE,
                         "--resume requires -o/--output with a regular file, which a resumed run "
                         "continues");
    if (!known)
        return error_set(error, STATUS_USAGE,
                         "--resume requires --format json, csv or table, not '%.80s'",
                         options->format);
    if (options->count == 0)
        return error_set(error, STATUS_USAGE,
                         "--resume cannot be combined with -c/--count 0: such a run is never "
                         "complete");
    return 0;
}

static int check_operands(const struct options *options, struct error *error)
{
    if (options->mode == MODE_PROBE && options->operand_count == 0 &&
        options->target_paths.count == 0)
        return error_set(error, STATUS_USAGE,
                         "no target: use tcpshake HOST PORT (try 'tcpshake --help')");
    if ((options->mode == MODE_DEMO || options->mode == MODE_DOCTOR) && options->operand_count > 0)
        return error_set(error, STATUS_USAGE, "--%s takes no target: '%.80s'",
                         option_rows[options->mode == MODE_DEMO ? OPT_DEMO : OPT_DOCTOR].name,
                         options->operands[0]);
    return 0;
}

static int read_command_line(int argc, char **argv, struct options *options, struct error *error)
{
    bool given[OPTIONS] = {false};
    if (set_defaults(options, error) < 0 || read_options(argc, argv, options, given, error) < 0)
        return -1;
    options->plugin = strcmp(options->format, FORMAT_PLUGIN) == 0;
    if (options->mode >= MODE_HELP && options->mode != MODE_DOCTOR)
        return 0;
    options->operands = argv + optind;
    options->operand_count = optind < argc ? (size_t)(argc - optind) : 0;
    if (options->mode == MODE_DOCTOR)
        return check_contradictions(given, error) < 0 ? -1 : check_operands(options, error);
    if (options->mode == MODE_PROBE && given[OPT_READ])
        options->mode = MODE_READ;
    settle_count(options, given);
    if (check_modes(options, given, error) < 0 || check_offers(options, given, error) < 0 ||
        check_contradictions(given, error) < 0 || check_stream(options, given, error) < 0 ||
        check_success(options, given, error) < 0 || settle_family(options, error) < 0 ||
        settle_output(options, error) < 0 || check_resume(options, given, error) < 0)
        return -1;
    return check_operands(options, error);
}

/* Whether the format of a plugin is requested, regardless of other errors on the command line. */
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
            format = option_rows[OPT_JSON].name;
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

static void free_texts(struct texts *texts)
{
    free(texts->list);
    *texts = (struct texts){NULL, 0};
}

void options_free(struct options *options)
{
    free(options->payload);
    options->payload = NULL;
    options->payload_len = 0;
    free_texts(&options->read_paths);
    free_texts(&options->target_paths);
    free_texts(&options->exclude_lists);
    free_texts(&options->exclude_paths);
}
