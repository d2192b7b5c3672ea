/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commandline.h"
#include "cli/optionhelp.h"
#include "cli/optiontable.h"
#include "harness.h"
#include "tcp/offer.h"

#define SECOND     INT64_C(1000000000)
#define LENGTH(a)  (sizeof(a) / sizeof((a)[0]))
#define WORDS_MAX  16
#define LINE_BYTES 512

static struct options options;
static struct error error;

/* A command line in one string, cut at blanks; '' is an empty word. */
struct command_line {
    char text[LINE_BYTES];
    char *argv[WORDS_MAX + 1];
    int argc;
};

static void split(const char *text, struct command_line *line)
{
    static char program[] = "tcpshake";
    static char empty[] = "";
    ck_assert_uint_lt(strlen(text), sizeof line->text);
    strcpy(line->text, text);
    line->argc = 0;
    line->argv[line->argc++] = program;
    for (char *word = strtok(line->text, " "); word != NULL; word = strtok(NULL, " ")) {
        ck_assert_int_lt(line->argc, WORDS_MAX);
        line->argv[line->argc++] = strcmp(word, "''") == 0 ? empty : word;
    }
    line->argv[line->argc] = NULL;
}

static void must_parse(struct command_line *line, const char *text)
{
    split(text, line);
    error.text[0] = '\0';
    int result = options_parse(line->argc, line->argv, &options, &error);
    ck_assert_msg(result == 0, "'%s': %s", text, error.text);
}

static int parse_words(int argc, char **argv)
{
    error = (struct error){0};
    return options_parse(argc, argv, &options, &error);
}

START_TEST(defaults)
{
    struct command_line line;
    must_parse(&line, "host 80");
    ck_assert_int_eq(options.mode, MODE_PROBE);
    ck_assert_int_eq(options.family, FAMILY_NONE);
    ck_assert_ptr_null(options.port_list);
    ck_assert_uint_eq(options.count, 1);
    ck_assert_int_eq(options.interval_ns, SECOND);
    ck_assert_int_eq(options.timeout_ns, 5 * SECOND);
    ck_assert_int_eq(options.hold_ns, 0);
    ck_assert_int_eq(options.time_wait_ns, SECOND / 2);
    ck_assert_int_eq(options.deadline_ns, DURATION_UNKNOWN);
    ck_assert_int_eq(options.resolve_every_ns, DURATION_UNKNOWN);
    ck_assert(!options.timestamps);
    ck_assert_ptr_null(options.interface);
    ck_assert_int_eq(options.source.family, FAMILY_NONE);
    ck_assert_uint_eq(options.source_port, 0);
    ck_assert_uint_eq(options.ttl, 64);
    ck_assert_int_eq(options.close, CLOSE_FIN);
    ck_assert_ptr_null(options.payload);
    ck_assert_uint_eq(options.payload_len, 0);
    ck_assert_uint_eq(options.expectation.port_states, 1u << PORT_OPEN);
    ck_assert_int_eq(options.expectation.max_rtt_ns, DURATION_UNKNOWN);
    ck_assert_ptr_null(options.read_paths.list);
    ck_assert_uint_eq(options.read_paths.count, 0);
    ck_assert_uint_eq(options.connections_max, 1000000);
    ck_assert_ptr_null(options.write_path);
    ck_assert_ptr_null(options.output_path);
    ck_assert_str_eq(options.format, "text");
    ck_assert_int_eq(options.verbosity, 0);
    ck_assert(!options.numeric && !options.ascii);
    ck_assert_int_eq(options.color, WHEN_AUTO);
    ck_assert_uint_eq(options.operand_count, 2);
    ck_assert_str_eq(options.operands[0], "host");
    ck_assert_str_eq(options.operands[1], "80");
}
END_TEST

#define HAS(condition) static bool condition(void)
#define STATES(...)    states_are((const enum port_state[]){__VA_ARGS__, PORT_UNKNOWN})

static bool states_are(const enum port_state *states)
{
    unsigned bits = 0;
    for (; *states != PORT_UNKNOWN; states++)
        bits |= 1u << *states;
    return options.expectation.port_states == bits;
}

static bool source_is(enum family family, size_t last, uint8_t value)
{
    return options.source.family == family && options.source.bytes[last] == value &&
           options.family == family;
}

static bool text_is(const char *text, const char *wanted)
{
    return text != NULL && strcmp(text, wanted) == 0;
}

/* clang-format off */
HAS(family_4) { return options.family == FAMILY_IPV4; }
HAS(family_6) { return options.family == FAMILY_IPV6; }
HAS(ports) { return text_is(options.port_list, "22,80-90"); }
HAS(lists) { return options.target_paths.count == 2 && options.operand_count == 0 && text_is(options.target_paths.list[1], "-"); }
HAS(exclusions) { return options.exclude_lists.count == 1 && options.exclude_paths.count == 1 && text_is(options.exclude_lists.list[0], "10.0.0.0/8") && text_is(options.exclude_paths.list[0], "f"); }
HAS(targets_max) { return options.targets_max == UINT64_C(1) << 63; }
HAS(per_host) { return options.per_host_max == 7; }
HAS(no_per_host) { return options.per_host_max == 0; }
HAS(resume) { return strcmp(options.resume_path, "j") == 0 && strcmp(options.output_path, "o") == 0; }
HAS(stream) { return options.stream; }
HAS(seed) { return options.seed == SEED_MAX && !options.in_order; }
HAS(in_order) { return options.seed == SEED_NONE && options.in_order; }
HAS(shard) { return options.shard.number == 2 && options.shard.count == 4; }
HAS(no_shard) { return options.shard.number == 1 && options.shard.count == 1 && options.targets_max == 1048576; }
HAS(numeric) { return options.numeric; }
HAS(interface) { return text_is(options.interface, "eth0"); }
HAS(source_4) { return source_is(FAMILY_IPV4, 3, 7); }
HAS(source_6) { return source_is(FAMILY_IPV6, 15, 9); }
HAS(source_port_1) { return options.source_port == 1; }
HAS(source_port_last) { return options.source_port == 65535; }
HAS(ttl_1) { return options.ttl == 1; }
HAS(ttl_255) { return options.ttl == 255; }
HAS(count_0) { return options.count == 0; }
HAS(count_10) { return options.count == 10; }
HAS(count_most) { return options.count == UINT32_MAX; }
HAS(interval) { return options.interval_ns == SECOND / 5; }
HAS(interval_0) { return options.interval_ns == 0; }
HAS(timeout) { return options.timeout_ns == 3 * SECOND / 2; }
HAS(deadline) { return options.deadline_ns == 60 * SECOND; }
HAS(half_open) { return options.close == CLOSE_HALF_OPEN; }
HAS(aborts) { return options.close == CLOSE_ABORT; }
HAS(hold) { return options.hold_ns == 2 * SECOND; }
HAS(payload) { return options.payload_len == 3 && memcmp(options.payload, "hey", 3) == 0; }
HAS(payload_last) { return options.payload_len == 1 && options.payload[0] == 'b'; }
HAS(time_wait_0) { return options.time_wait_ns == 0; }
HAS(offer_ecn) { return options.offers == OFFER_BIT(OFFER_ECN) && !options.compare; }
HAS(without_two)
{
    return options.offers == (OFFER_BIT(WITHOUT_SACK) | OFFER_BIT(WITHOUT_MSS));
}
HAS(offer_much)
{
    return options.offers ==
               (OFFER_BIT(OFFER_FASTOPEN) | OFFER_BIT(OFFER_MPTCP) | OFFER_OMISSIONS) &&
           options.compare;
}
HAS(shard_last) { return options.shard.number == 4 && options.shard.count == 4; }
HAS(shard_only) { return options.shard.number == 1 && options.shard.count == 1; }
HAS(offer_and_without) { return options.offers == (OFFER_BIT(OFFER_ECN) | OFFER_BIT(WITHOUT_SACK)); }
HAS(twice) { return options.count == 2; }
HAS(once) { return options.count == 1; }
HAS(path) { return options.path && options.hops_max == 30; }
HAS(max_hops) { return options.path && options.hops_max == 64; }
HAS(path_mtu) { return options.path_mtu && options.mss == 0; }
HAS(no_path_mtu) { return !options.path_mtu; }
HAS(mss_least) { return options.mss == 64; }
HAS(mss_most) { return options.mss == 65535; }
HAS(control_auto) { return options.control_port == CONTROL_PORT_AUTO; }
HAS(control_named) { return options.control_port == 9; }
HAS(no_path) { return !options.path; }
HAS(expect_closed) { return STATES(PORT_CLOSED); }
HAS(expect_all) { return STATES(PORT_OPEN, PORT_CLOSED, PORT_FILTERED, PORT_UNREACHABLE); }
HAS(all_addresses) { return options.all_addresses; }
HAS(resolve_every) { return options.resolve_every_ns == 60 * SECOND; }
HAS(timestamps) { return options.timestamps; }
HAS(fail_after) { return options.conditions.fail_after == 3; }
HAS(succeed_after) { return options.conditions.succeed_after == 4; }
HAS(max_loss) { return options.conditions.max_loss == 12500000; }
HAS(max_loss_all) { return options.conditions.max_loss == PERCENT_ALL; }
HAS(thresholds)
{
    const struct range *warning = &options.expectation.warning;
    const struct range *critical = &options.expectation.critical;
    return options.plugin && warning->given && warning->first == 0 && warning->last == 50000000 &&
           critical->given && critical->first == 0 && critical->last == 100000000;
}
HAS(plugin) { return options.plugin && !options.expectation.warning.given; }
HAS(no_plugin) { return !options.plugin; }
HAS(max_rtt) { return options.expectation.max_rtt_ns == 12500000; }
static bool reads_one(const char *path)
{
    return options.mode == MODE_READ && options.read_paths.count == 1 &&
           text_is(options.read_paths.list[0], path);
}

HAS(reads) { return reads_one("a.pcap"); }
HAS(reads_stdin) { return reads_one("-"); }
HAS(reads_three)
{
    return options.mode == MODE_READ && options.read_paths.count == 3 &&
           text_is(options.read_paths.list[0], "b") && text_is(options.read_paths.list[1], "a") &&
           text_is(options.read_paths.list[2], "b");
}
HAS(holds_7) { return options.connections_max == 7; }
HAS(holds_many) { return options.connections_max == 1000000000; }
HAS(writes) { return options.mode == MODE_PROBE && text_is(options.write_path, "a"); }
HAS(writes_stdout) { return text_is(options.write_path, "-"); }
HAS(json) { return text_is(options.format, "json"); }
HAS(format) { return text_is(options.format, "nosuch"); }
HAS(output) { return text_is(options.output_path, "x"); }
HAS(output_stdout) { return options.output_path == NULL; }
HAS(quiet_1) { return options.verbosity == -1; }
HAS(quiet_2) { return options.verbosity == -2; }
HAS(verbose) { return options.verbosity == 1; }
HAS(color_auto) { return options.color == WHEN_AUTO; }
HAS(color_always) { return options.color == WHEN_ALWAYS; }
HAS(color_never) { return options.color == WHEN_NEVER; }
HAS(ascii) { return options.ascii; }
HAS(demo) { return options.mode == MODE_DEMO && options.operand_count == 0; }
HAS(help) { return options.mode == MODE_HELP; }
HAS(doctor) { return options.mode == MODE_DOCTOR; }
HAS(version) { return options.mode == MODE_VERSION; }
HAS(two_operands) { return options.operand_count == 2 && text_is(options.operands[1], "80"); }
HAS(dashed_operand) { return options.operand_count == 2 && text_is(options.operands[0], "-h"); }
HAS(filter) { return options.operand_count == 3 && text_is(options.operands[2], "80"); }
HAS(no_operands) { return options.operand_count == 0; }
/* clang-format on */

static const struct {
    const char *line;
    bool (*holds)(void);
} accepted[] = {
    {"-4 h 1", family_4},
    {"--ipv4 h 1", family_4},
    {"-6 h 1", family_6},
    {"--ipv6 h 1", family_6},
    {"-p 22,80-90 h", ports},
    {"-p22,80-90 h", ports},
    {"--port=22,80-90 h", ports},
    {"-n h 1", numeric},
    {"--numeric h 1", numeric},
    {"-I eth0 h 1", interface},
    {"--interface eth0 h 1", interface},
    {"-S 192.0.2.7 h 1", source_4},
    {"-4 -S 192.0.2.7 h 1", source_4},
    {"--source 2001:db8::9 h 1", source_6},
    {"-P 1 h 1", source_port_1},
    {"--source-port 65535 h 1", source_port_last},
    {"-t 1 h 1", ttl_1},
    {"--ttl 255 h 1", ttl_255},
    {"-c 0 h 1", count_0},
    {"--count 10 h 1", count_10},
    {"-c 4294967295 h 1", count_most},
    {"-i 0.2 h 1", interval},
    {"--targets f --targets -", lists},
    {"--stream --targets f", stream},
    {"--exclude 10.0.0.0/8 --exclude-file f h 1", exclusions},
    {"--max-targets 9223372036854775808 h 1", targets_max},
    {"--seed 9007199254740991 h 1", seed},
    {"--in-order h 1", in_order},
    {"--shard 2/4 h 1", shard},
    {"--shard 4/4 h 1", shard_last},
    {"--shard 1/1 h 1", shard_only},
    {"--resume j -o o -j h 1", resume},
    {"--resume j -o o --format csv h 1", resume},
    {"--resume j -o o --format table h 1", resume},
    {"h 1", no_shard},
    {"--max-per-host 7 h 1", per_host},
    {"h 1", no_per_host},
    {"--interval 200ms h 1", interval},
    {"-i 0 h 1", interval_0},
    {"-W 1.5 h 1", timeout},
    {"--timeout 1.5s h 1", timeout},
    {"--deadline 60 h 1", deadline},
    {"--half-open h 1", half_open},
    {"--half h 1", half_open},
    {"--abort h 1", aborts},
    {"--hold 2 h 1", hold},
    {"--abort --hold 2 h 1", hold},
    {"--send hey h 1", payload},
    {"--send a --send b h 1", payload_last},
    {"--time-wait 0 h 1", time_wait_0},
    {"--offer ecn h 1", offer_ecn},
    {"--offer mptcp --offer ecn h 1", offer_ecn},
    {"--without sack,mss h 1", without_two},
    {"--without mss --without sack,mss h 1", without_two},
    {"--without sack --offer ecn h 1", offer_and_without},
    {"--offer ecn --without sack h 1", offer_and_without},
    {"--offer mptcp --without sack --offer ecn h 1", offer_and_without},
    {"--offer fastopen,mptcp --without bare -c 4 --compare h 1", offer_much},
    {"--offer fastopen --send x h 1", twice},
    {"--offer fastopen --send x -c 1 h 1", once},
    {"--offer fastopen h 1", once},
    {"--path h 1", path},
    {"--path --max-hops 64 h 1", max_hops},
    {"--control-port auto h 1", control_auto},
    {"--control-port 9 h 1", control_named},
    {"h 1", no_path},
    {"--path-mtu h 1", path_mtu},
    {"h 1", no_path_mtu},
    {"--mss 64 h 1", mss_least},
    {"--mss 65535 h 1", mss_most},
    {"--expect closed h 1", expect_closed},
    {"--expect open,closed,filtered,unreachable h 1", expect_all},
    {"--expect closed,closed h 1", expect_closed},
    {"--max-rtt 12.5 h 1", max_rtt},
    {"--max-rtt 0.0125s h 1", max_rtt},
    {"--expect open,closed --max-rtt 12.5 h 1", max_rtt},
    {"--resolve-every 60 h 1", resolve_every},
    {"--all-addresses h 1", all_addresses},
    {"-D h 1", timestamps},
    {"--timestamps -r a.pcap", timestamps},
    {"-c 3 --fail-after 3 h 1", fail_after},
    {"-c 0 --fail-after 3 h 1", fail_after},
    {"-r a.pcap --fail-after 3", fail_after},
    {"-c 5 --succeed-after 4 h 1", succeed_after},
    {"--max-loss 12.5 h 1", max_loss},
    {"-r a.pcap --max-loss 100", max_loss_all},
    {"--format nagios --warning 50 --critical 100 h 1", thresholds},
    {"--critical 0.1s --warning 50ms -r a.pcap --format nagios", thresholds},
    {"--format nagios h 1", plugin},
    {"--format nagios --json h 1", no_plugin},
    {"-r a.pcap", reads},
    {"--read a.pcap", reads},
    {"-r a.pcap --expect open,closed --max-rtt 12.5 -j -v -n --ascii --color never -o x", reads},
    {"-r -", reads_stdin},
    {"-r b --read a -rb", reads_three},
    {"-r a --max-connections 7", holds_7},
    {"-r a --max-connections 1000000000", holds_many},
    {"-r a.pcap tcp port 80", filter},
    {"-r a.pcap", no_operands},
    {"-w a h 1", writes},
    {"--write a h 1", writes},
    {"-w - -o x h 1", writes_stdout},
    {"-w - -qq h 1", writes_stdout},
    {"-j h 1", json},
    {"--json h 1", json},
    {"--format json h 1", json},
    {"--format nosuch h 1", format},
    {"-j --format nosuch h 1", format},
    {"-o x h 1", output},
    {"--output x h 1", output},
    {"-o - h 1", output_stdout},
    {"-q h 1", quiet_1},
    {"--quiet h 1", quiet_1},
    {"-qq h 1", quiet_2},
    {"-q -q h 1", quiet_2},
    {"-qqq h 1", quiet_2},
    {"-v h 1", verbose},
    {"-vv h 1", verbose},
    {"--verbose h 1", verbose},
    {"--color auto h 1", color_auto},
    {"--color=always h 1", color_always},
    {"--color never h 1", color_never},
    {"--ascii h 1", ascii},
    {"--demo", demo},
    {"--demo -j -c 3 --abort -w a -6", demo},
    {"-h", help},
    {"--help", help},
    {"-r a --half-open --help", help},
    {"-h --foo", help},
    {"-V", version},
    {"--version", version},
    {"--doctor", doctor},
    {"--doctor -v", doctor},
    {"--doctor --help", help},
    {"-V --help", version},
    {"host 80 -j", two_operands},
    {"host -j 80", two_operands},
    {"-- -h 80", dashed_operand},
};

START_TEST(takes)
{
    struct command_line line;
    must_parse(&line, accepted[_i].line);
    ck_assert_msg(accepted[_i].holds(), "'%s' was misread", accepted[_i].line);
    options_free(&options);
}
END_TEST

/* Every refusal names the offending text and, where it is not plain, the way out. */
static const struct {
    const char *line;
    const char *says[3];
} refused[] = {
    {"", {"no target", "tcpshake --help"}},
    {"-j", {"no target"}},
    {"-hold 1 h 1", {"unknown option '-hold': write --hold"}},
    {"-write f h 1", {"'-write' would be '-w rite': write --write, or these two words"}},
    {"--foo h 1", {"unknown option '--foo' (try 'tcpshake --help')"}},
    {"--foo=bar h 1", {"unknown option '--foo=bar' (try 'tcpshake --help')"}},
    {"--shard 0/4 h 1", {"--shard takes K/N with K from 1 to N, such as 2/4, not '0/4'"}},
    {"--shard 5/4 h 1", {"'5/4'"}},
    {"--shard 4 h 1", {"'4'"}},
    {"--shard 1/ h 1", {"'1/'"}},
    {"--shard 1/4x h 1", {"'1/4x'"}},
    {"--shard 1/4294967296 h 1", {"'1/4294967296'"}},
    {"--shard 00000000000000001/4 h 1", {"--shard takes"}},
    {"--seed 1 --in-order h 1", {"--seed and --in-order cannot be combined"}},
    {"--seed 9007199254740992 h 1", {"--seed takes a whole number from 0 to 9007199254740991"}},
    {"--max-targets 0 h 1", {"--max-targets takes"}},
    {"--targets f -r a", {"--targets cannot be combined with -r/--read"}},
    {"-Z h 1", {"unknown option '-Z' (try 'tcpshake --help')"}},
    {"-jZ h 1", {"unknown option '-Z' (try 'tcpshake --help')"}},
    {"--ti h 1", {"'--ti'", "--timeout, --time-wait"}},
    {"--so h 1", {"option '--so' is ambiguous: --source, --source-port"}},
    {"--json=x h 1", {"-j/--json takes no argument", "'--json=x'"}},
    {"--half-open=1 h 1", {"--half-open takes no argument"}},
    {"h 1 -c", {"option -c/--count requires N (try 'tcpshake --help')"}},
    {"h 1 --count", {"option -c/--count requires N (try 'tcpshake --help')"}},
    {"h 1 --hold", {"option --hold requires S"}},
    {"h 1 -jp", {"option -p/--port requires LIST"}},
    {"-p '' h", {"-p/--port", "LIST is empty"}},
    {"-I '' h 1", {"-I/--interface", "NAME is empty"}},
    {"-r ''", {"-r/--read", "FILE is empty"}},
    {"-w '' h 1", {"-w/--write", "FILE is empty"}},
    {"-o '' h 1", {"-o/--output", "FILE is empty"}},
    {"--format '' h 1", {"--format", "NAME is empty"}},
    {"--send '' h 1", {"--send", "TEXT is empty"}},
    {"--send 'a\\q12x' h 1",
     {"'\\q12' is not an escape sequence: follow the backslash with one of n r t a b f v"}},
    {"-P 0 h 1", {"-P/--source-port", "from 1 to 65535", "'0'"}},
    {"-P 65536 h 1", {"-P/--source-port", "'65536'"}},
    {"-P 80x h 1", {"-P/--source-port", "'80x'"}},
    {"-P '' h 1", {"-P/--source-port", "''"}},
    {"-P +5 h 1", {"-P/--source-port", "'+5'"}},
    {"-t 0 h 1", {"-t/--ttl", "from 1 to 255", "'0'"}},
    {"-t 256 h 1", {"-t/--ttl", "'256'"}},
    {"-c -1 h 1", {"-c/--count", "'-1'"}},
    {"-c 1.5 h 1", {"-c/--count", "'1.5'"}},
    {"-c 4294967296 h 1", {"-c/--count", "'4294967296'"}},
    {"-c 99999999999999999999999 h 1", {"-c/--count", "'99999999999999999999999'"}},
    {"-W 0 h 1", {"-W/--timeout takes seconds", "more than 0", "'0'"}},
    {"--deadline 0 h 1", {"--deadline takes seconds", "'0'"}},
    {"-i -1 h 1", {"-i/--interval takes seconds", "0 or more", "'-1'"}},
    {"--resolve-every 0 h 1", {"--resolve-every takes seconds", "'0'"}},
    {"-n --all-addresses h 1", {"-n/--numeric and --all-addresses cannot be combined"}},
    {"--all-addresses --resolve-every 5 h 1",
     {"--resolve-every and --all-addresses cannot be combined"}},
    {"-n --resolve-every 5 h 1", {"-n/--numeric and --resolve-every cannot be combined"}},
    {"-r a.pcap --resolve-every 5", {"--resolve-every cannot be combined with -r/--read"}},
    {"--fail-after 0 h 1", {"--fail-after", "from 1 to", "'0'"}},
    {"--fail-after 2 h 1", {"--fail-after 2 can never be reached", "-c/--count is 1"}},
    {"-c 3 --succeed-after 4 h 1", {"--succeed-after 4 can never be reached", "-c/--count is 3"}},
    {"--max-loss 100.1 h 1", {"--max-loss takes a percentage from 0 to 100", "'100.1'"}},
    {"--max-loss 5% h 1", {"--max-loss", "'5%'"}},
    {"--max-loss -1 h 1", {"--max-loss", "'-1'"}},
    {"--warning 5 h 1", {"--warning can only be used with --format nagios", "--max-rtt"}},
    {"--critical 5 -j h 1", {"--critical can only be used with --format nagios"}},
    {"--format nagios --warning 5: --critical x h 1", {"--critical takes a range", "'x'"}},
    {"--seed 1 --targets -", {"--seed and --targets - cannot be combined: targets are probed in"}},
    {"--seed 1 --stream --targets f", {"--seed and --stream cannot be combined"}},
    {"--resolve-every 1 --targets f --targets -", {"--resolve-every and --targets - cannot"}},
    {"--stream h 1", {"--stream requires --targets"}},
    {"--resume j -j h 1", {"--resume requires -o/--output with a regular file"}},
    {"--resume j -j -o - h 1", {"--resume requires -o/--output"}},
    {"--resume j -o o h 1", {"--resume requires --format json, csv or table", "not 'text'"}},
    {"--resume j -o o --format nagios h 1", {"not 'nagios'"}},
    {"--resume j -o o --format prometheus h 1", {"not 'prometheus'"}},
    {"--resume j -o o --format svg h 1", {"not 'svg'"}},
    {"--resume j -o o -j -c 0 h 1", {"--resume cannot be combined with -c/--count 0"}},
    {"--resume j -o o -j --targets -", {"--resume and --targets - cannot be combined"}},
    {"--resume j -o o -j --targets f --stream", {"--resume and --stream cannot be combined"}},
    {"--resume j -o o -j -w f h 1", {"--resume and -w/--write cannot be combined"}},
    {"--resume j -o o -j --all-addresses h 1", {"--resume and --all-addresses cannot"}},
    {"--resume j -o o -j --resolve-every 1 h 1", {"--resume and --resolve-every cannot"}},
    {"--resume j -o o -j --second-opinion h 1", {"--resume and --second-opinion cannot"}},
    {"--resume j -r f", {"--resume cannot be combined with -r/--read"}},
    {"--resume= -o o -j h 1", {"--resume: JOURNAL is empty"}},
    {"--format nagios --warning 20 --critical 10 h 1", {"--warning and --critical contradict"}},
    {"--format nagios --warning 20 --max-rtt 10 h 1", {"--warning and --max-rtt contradict"}},
    {"--format nagios --max-rtt 5 --critical 5 h 1",
     {"--max-rtt and --critical cannot be combined"}},
    {"--expect closed --max-rtt 5 h 1", {"--max-rtt requires open in the --expect list"}},
    {"--format nagios --expect filtered,closed --warning 5 h 1", {"--warning requires open"}},
    {"--max-rtt 0 h 1", {"--max-rtt takes milliseconds", "'0'"}},
    {"--max-rtt x h 1", {"--max-rtt takes milliseconds", "'x'"}},
    {"-S host h 1", {"-S/--source", "'host'"}},
    {"-S 192.0.2.256 h 1", {"-S/--source", "'192.0.2.256'"}},
    {"-S fe80::1%lo h 1", {"-S/--source", "without a zone", "'fe80::1%lo'"}},
    {"-4 -S 2001:db8::9 h 1", {"-S/--source 2001:db8::9", "IPv4", "-4"}},
    {"-6 -S 192.0.2.7 h 1", {"-S/--source 192.0.2.7", "IPv6", "-6"}},
    {"--expect ajar h 1", {"--expect", "open, closed, filtered and unreachable", "'ajar'"}},
    {"--expect unknown h 1", {"--expect", "'unknown'"}},
    {"--expect ope h 1", {"--expect", "'ope'"}},
    {"--expect opened h 1", {"--expect", "'opened'"}},
    {"--expect open, h 1", {"--expect", "''"}},
    {"--expect ,open h 1", {"--expect", "''"}},
    {"--expect closed,x,open h 1", {"--expect", "'x'"}},
    {"--expect '' h 1", {"--expect", "''"}},
    {"--color sometimes h 1", {"--color takes auto, always or never", "'sometimes'"}},
    {"--offer md5 h 1",
     {"--offer takes a comma-separated list of ecn, accecn, fastopen and mptcp, not 'md5'"}},
    {"--offer ecn, h 1", {"not ''"}},
    {"--without ecn h 1", {"--without takes a comma-separated list of mss, sack"}},
    {"--offer ecn,accecn h 1", {"--offer cannot combine ecn and accecn"}},
    {"--path --without timestamps h 1", {"--path cannot be combined with timestamps or bare"}},
    {"--path --without bare h 1", {"--path cannot be combined with timestamps or bare"}},
    {"--mss 1400 --without mss h 1",
     {"--mss cannot be combined with mss or bare in the --without list"}},
    {"--without bare --mss 1400 h 1",
     {"--mss cannot be combined with mss or bare in the --without list"}},
    {"--max-hops 3 h 1", {"--max-hops requires --path"}},
    {"--compare -c 4 h 1", {"--compare requires --offer or --without"}},
    {"--compare --offer ecn h 1", {"--compare requires several connections"}},
    {"-r a --offer ecn", {"--offer cannot be combined with -r/--read"}},
    {"-r a --without mss", {"--without cannot be combined with -r/--read"}},
    {"-r a --compare", {"--compare cannot be combined with -r/--read"}},
    {"--half-open --abort h 1", {"--half-open and --abort cannot be combined"}},
    {"--hold 1 --half-open h 1", {"--half-open and --hold cannot be combined"}},
    {"--half-open --send x h 1", {"--half-open and --send cannot be combined"}},
    {"-4 -6 h 1", {"-4/--ipv4 and -6/--ipv6 cannot be combined"}},
    {"-q -v h 1", {"-q/--quiet and -v/--verbose cannot be combined"}},
    {"-qq -o x h 1", {"-qq", "-o/--output 'x'"}},
    {"-q -o x -q -r y", {"-qq", "-o/--output 'x'"}},
    {"-w - h 1", {"-w/--write -", "-o", "-qq"}},
    {"-w - -o - h 1", {"-w/--write -", "-o"}},
    {"-w - -q h 1", {"-w/--write -"}},
    {"-w - -j h 1", {"-w/--write -"}},
    {"-r a -4", {"-4/--ipv4 cannot be combined with -r/--read"}},
    {"-r a -6", {"-6/--ipv6 cannot be combined with -r/--read"}},
    {"-r a -p 1", {"-p/--port cannot be combined with -r/--read"}},
    {"-r a -I lo", {"-I/--interface cannot be combined with -r/--read"}},
    {"-r a -S ::1", {"-S/--source cannot be combined with -r/--read"}},
    {"-r a -P 1", {"-P/--source-port cannot be combined with -r/--read"}},
    {"-r a -t 1", {"-t/--ttl cannot be combined with -r/--read"}},
    {"-r a -c 1", {"-c/--count cannot be combined with -r/--read"}},
    {"-c 1 -r a", {"-c/--count cannot be combined with -r/--read"}},
    {"-r a -i 1", {"-i/--interval cannot be combined with -r/--read"}},
    {"-r a -W 1", {"-W/--timeout cannot be combined with -r/--read"}},
    {"-r a --deadline 1", {"--deadline cannot be combined with -r/--read"}},
    {"-r a --half-open", {"--half-open cannot be combined with -r/--read"}},
    {"-r a --abort", {"--abort cannot be combined with -r/--read"}},
    {"-r a --hold 1", {"--hold cannot be combined with -r/--read"}},
    {"-r a --send x", {"--send cannot be combined with -r/--read"}},
    {"-r a --time-wait 1", {"--time-wait cannot be combined with -r/--read"}},
    {"-r a --path", {"--path cannot be combined with -r/--read"}},
    {"-r a --max-hops 3", {"--max-hops cannot be combined with -r/--read"}},
    {"-r a --path-mtu", {"--path-mtu cannot be combined with -r/--read"}},
    {"-r a --mss 500", {"--mss cannot be combined with -r/--read"}},
    {"--half-open --path-mtu h 1", {"--half-open and --path-mtu cannot be combined", "open"}},
    {"--mss 63 h 1", {"--mss", "'63'"}},
    {"--mss 65536 h 1", {"--mss", "'65536'"}},
    {"--mss x h 1", {"--mss", "'x'"}},
    {"--max-hops 0 h 1", {"--max-hops", "'0'"}},
    {"--control-port 0 h 1", {"--control-port takes a port from 1 to 65535, or auto", "'0'"}},
    {"--control-port 65536 h 1", {"--control-port takes a port", "'65536'"}},
    {"--control-port some h 1", {"--control-port takes a port", "'some'"}},
    {"-r a --control-port 4", {"--control-port cannot be combined with -r/--read"}},
    {"--max-hops 65 h 1", {"--max-hops", "'65'"}},
    {"-r a -w b", {"-w/--write cannot be combined with -r/--read"}},
    {"--demo -r a", {"-r/--read cannot be combined with --demo"}},
    {"--demo --max-connections 1", {"--max-connections cannot be combined with --demo"}},
    {"h 1 --max-connections 1", {"--max-connections can only be used with -r/--read"}},
    {"-r a --max-connections 0", {"--max-connections takes a whole number from 1 to 1000000000"}},
    {"--demo -p 80", {"-p/--port cannot be combined with --demo"}},
    {"--demo -I lo", {"-I/--interface cannot be combined with --demo"}},
    {"--demo -S ::1", {"-S/--source cannot be combined with --demo"}},
    {"--demo -P 1", {"-P/--source-port cannot be combined with --demo"}},
    {"--demo host", {"--demo takes no target", "'host'"}},
    {"--doctor -j",
     {"--doctor and -j/--json cannot be combined: what it finds is printed as text"}},
    {"-j --doctor", {"--doctor and -j/--json cannot be combined"}},
    {"--doctor --format csv", {"--doctor and --format cannot be combined"}},
    {"--doctor -o x", {"--doctor and -o/--output cannot be combined", "standard output"}},
    {"--doctor --demo", {"--doctor and --demo cannot be combined: choose one"}},
    {"--doctor host", {"--doctor takes no target", "'host'"}},
    {"--doctor --frobnicate", {"unknown option '--frobnicate'"}},
};

START_TEST(refuses)
{
    struct command_line line;
    split(refused[_i].line, &line);
    ck_assert_int_eq(parse_words(line.argc, line.argv), -1);
    ck_assert_int_eq(error.status, STATUS_USAGE);
    ck_assert_ptr_null(strchr(error.text, '\n'));
    for (size_t i = 0; i < LENGTH(refused[_i].says) && refused[_i].says[i] != NULL; i++)
        ck_assert_msg(strstr(error.text, refused[_i].says[i]) != NULL, "'%s': \"%s\" lacks \"%s\"",
                      refused[_i].line, error.text, refused[_i].says[i]);
    ck_assert_ptr_null(options.payload);
}
END_TEST

/* In which form the error is told: that of the last format that was asked for. */
static const struct {
    const char *line;
    bool plugin;
} forms[] = {
    {"--format nagios --bogus", true},           {"--bogus --format nagios", true},
    {"--format nagios --format text -Z", false}, {"--format nagios --json -Z", false},
    {"--json --format nagios -Z", true},         {"--json -Z", false},
    {"--format nagios h 99999", true},           {"-Z", false},
};

/* Wherever the word stands, with a value or not: it would be letters, some of which there are. */
START_TEST(refuses_a_long_option_behind_one_hyphen)
{
    static const char *const lines[] = {
        "-%s h 1",      "h 1 -%s",     "-j -%s h 1",        "-c 3 -%s h 1", "-%s=5 h 1",
        "-jvn -%s h 1", "-c3 -%s h 1", "--send -x -%s h 1", "-j h -%s -q",  "--json -%s h 1"};
    const char *name = option_rows[_i].name;
    char text[LINE_BYTES], wanted[LINE_BYTES];
    struct command_line line;
    for (size_t i = 0; i < LENGTH(lines); i++) {
        snprintf(text, sizeof text, lines[i], name);
        split(text, &line);
        if (strcmp(name, "help") == 0) {
            ck_assert_int_eq(parse_words(line.argc, line.argv), 0);
            ck_assert_int_eq(options.mode, MODE_HELP);
            options_free(&options);
            continue;
        }
        snprintf(wanted, sizeof wanted, "write --%s", name);
        ck_assert_int_eq(parse_words(line.argc, line.argv), -1);
        ck_assert_int_eq(error.status, STATUS_USAGE);
        ck_assert_msg(strstr(error.text, wanted) != NULL, "%s: %s", text, error.text);
        options_free(&options);
    }
}
END_TEST

START_TEST(takes_what_only_looks_like_a_long_option)
{
    static const char *const lines[] = {
        "--send -hold h 1", "--send=-hold h 1", "-r -write",     "-w rite h 1",
        "-q -- -hold:80",   "-w -json h 1",     "-jhold",        "-hol",
        "-helping",         "-V -json",         "-w -write h 1", "-r ead -json=x"};
    struct command_line line;
    for (size_t i = 0; i + 1 < LENGTH(lines); i++) {
        must_parse(&line, lines[i]);
        options_free(&options);
    }
    split(lines[LENGTH(lines) - 1], &line);
    ck_assert_int_eq(parse_words(line.argc, line.argv), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "unknown option '-json': write --json"));
    options_free(&options);
}
END_TEST

START_TEST(an_error_is_told_in_the_form_that_was_asked_for)
{
    struct command_line line;
    split(forms[_i].line, &line);
    if (parse_words(line.argc, line.argv) == 0)
        options_free(&options); /* what ports there are is found out later */
    ck_assert_int_eq(options.plugin, forms[_i].plugin);
}
END_TEST

/* Seconds come out to the nanosecond, or not at all: INT64_MIN is a refusal. */
static const struct {
    const char *text;
    int64_t ns;
} durations[] = {
    {"1", SECOND},
    {"0", 0},
    {"0.0", 0},
    {"000001", SECOND},
    {"0.0005", 500000},
    {"0.000000001", 1},
    {"0.0000000010", 1},
    {"1.000000001", SECOND + 1},
    {"0.1", 100000000},
    {".5", SECOND / 2},
    {"5s", 5 * SECOND},
    {"0.5s", SECOND / 2},
    {"10ms", 10000000},
    {"0.000001ms", 1},
    {"123456.789", INT64_C(123456789000000)},
    {"31536000", 31536000 * SECOND},
    {"31536000000ms", 31536000 * SECOND},
    {"31536000.00000000000", 31536000 * SECOND},
    {"31536000.000000001", INT64_MIN},
    {"31536001", INT64_MIN},
    {"9223372036", INT64_MIN},
    {"9223372036.854775808", INT64_MIN},
    {"18446744073709551617", INT64_MIN},
    {"99999999999999999999999999999999999999999", INT64_MIN},
    {"0.0000000001", INT64_MIN},
    {"0.0000000009", INT64_MIN},
    {"0.0000001ms", INT64_MIN},
    {"", INT64_MIN},
    {".", INT64_MIN},
    {"5.", INT64_MIN},
    {"1.2.3", INT64_MIN},
    {"1..2", INT64_MIN},
    {"1,5", INT64_MIN},
    {"s", INT64_MIN},
    {"ms", INT64_MIN},
    {"5m", INT64_MIN},
    {"5 s", INT64_MIN},
    {" 5", INT64_MIN},
    {"5sx", INT64_MIN},
    {"5S", INT64_MIN},
    {"+1", INT64_MIN},
    {"-0", INT64_MIN},
    {"1e3", INT64_MIN},
    {"0x10", INT64_MIN},
    {"inf", INT64_MIN},
    {"nan", INT64_MIN},
};

START_TEST(reads_durations)
{
    char program[] = "tcpshake", name[] = "--hold", host[] = "h", port[] = "1";
    size_t len = strlen(durations[_i].text) + 1;
    uint8_t *text = guarded_copy(durations[_i].text, len);
    char *argv[] = {program, name, (char *)text, host, port, NULL};
    int result = parse_words(5, argv);
    ck_assert_int_eq(result, durations[_i].ns == INT64_MIN ? -1 : 0);
    if (result == 0)
        ck_assert_int_eq(options.hold_ns, durations[_i].ns);
    else
        ck_assert_ptr_nonnull(strstr(error.text, "--hold takes seconds"));
    guarded_free(text, len);
}
END_TEST

static const struct {
    const char *text;
    const char *octets;
    size_t len;
    const char *offends; /* the escape that the refusal names */
} payloads[] = {
    {"GET / HTTP/1.0\\r\\n\\r\\n", "GET / HTTP/1.0\r\n\r\n", 18, NULL},
    {"\\n\\r\\t\\a\\b\\f\\v", "\n\r\t\a\b\f\v", 7, NULL},
    {"\\\\\\\"\\'", "\\\"'", 3, NULL},
    {"\\0", "\0", 1, NULL},
    {"a\\0b", "a\0b", 3, NULL},
    {"\\x41\\x7F\\xfF\\x00", "A\x7f\xff\0", 4, NULL},
    {"\\x414", "A4", 2, NULL},
    {"\\101\\377\\1018",
     "A\xff"
     "A8",
     4, NULL},
    {"\\18",
     "\1"
     "8",
     2, NULL},
    {"\\0000",
     "\0"
     "0",
     2, NULL},
    {"line\nbreak", "line\nbreak", 10, NULL},
    {"\xc3\xa9", "\xc3\xa9", 2, NULL},
    {"\\", NULL, 0, "'\\'"},
    {"abc\\", NULL, 0, "'\\'"},
    {"\\q", NULL, 0, "'\\q'"},
    {"ok\\r\\q", NULL, 0, "'\\q'"},
    {"\\x", NULL, 0, "'\\x'"},
    {"\\x4", NULL, 0, "'\\x4'"},
    {"\\x4g", NULL, 0, "'\\x4g'"},
    {"\\xg4", NULL, 0, "'\\xg4'"},
    {"\\400", NULL, 0, "'\\400'"},
    {"\\777", NULL, 0, "'\\777'"},
    {"\\8", NULL, 0, "'\\8'"},
    {"\\N", NULL, 0, "'\\N'"},
    {"\\\n", NULL, 0, "'\\\n'"},
    {"\\\xff", NULL, 0, "'\\\xff'"},
};

START_TEST(reads_payloads)
{
    char program[] = "tcpshake", name[] = "--send", host[] = "h", port[] = "1";
    size_t len = strlen(payloads[_i].text) + 1;
    uint8_t *text = guarded_copy(payloads[_i].text, len);
    char *argv[] = {program, name, (char *)text, host, port, NULL};
    int result = parse_words(5, argv);
    if (payloads[_i].offends == NULL) {
        ck_assert_msg(result == 0, "%s", error.text);
        ck_assert_uint_eq(options.payload_len, payloads[_i].len);
        ck_assert_mem_eq(options.payload, payloads[_i].octets, payloads[_i].len);
    } else {
        ck_assert_int_eq(result, -1);
        ck_assert_int_eq(error.status, STATUS_USAGE);
        ck_assert_msg(strstr(error.text, payloads[_i].offends) != NULL, "%s", error.text);
    }
    options_free(&options);
    guarded_free(text, len);
}
END_TEST

/* len octets, each written with so many characters. */
static int send_octets(size_t len, const char *octet)
{
    char program[] = "tcpshake", name[] = "--send", host[] = "h", port[] = "1";
    size_t width = strlen(octet);
    char *text = malloc(len * width + 1);
    ck_assert_ptr_nonnull(text);
    for (size_t i = 0; i < len; i++)
        memcpy(text + i * width, octet, width);
    text[len * width] = '\0';
    char *argv[] = {program, name, text, host, port, NULL};
    int result = parse_words(5, argv);
    free(text);
    return result;
}

START_TEST(bounds_payloads)
{
    ck_assert_int_eq(send_octets(65536, "a"), 0);
    ck_assert_uint_eq(options.payload_len, 65536);
    options_free(&options);
    ck_assert_int_eq(send_octets(65536, "\\x00"), 0);
    ck_assert_uint_eq(options.payload_len, 65536);
    options_free(&options);
    ck_assert_int_eq(send_octets(65537, "a"), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "--send: 65537 bytes exceed the limit of 65536"));
}
END_TEST

START_TEST(parses_afresh_each_time)
{
    struct command_line line;
    split("-qj --hold", &line);
    ck_assert_int_eq(parse_words(line.argc, line.argv), -1);
    must_parse(&line, "-v host 80");
    ck_assert_int_eq(options.verbosity, 1);
    ck_assert_str_eq(options.format, "text");
    ck_assert_uint_eq(options.operand_count, 2);
}
END_TEST

START_TEST(survives_no_arguments_at_all)
{
    char *argv[] = {NULL};
    ck_assert_int_eq(parse_words(0, argv), -1);
    ck_assert_int_eq(error.status, STATUS_USAGE);
}
END_TEST

/* A text longer than any message: cut, one line, and its end still tells what is wrong. */
START_TEST(cuts_long_texts)
{
    char program[] = "tcpshake", host[] = "h", port[] = "1";
    char word[4096] = "--";
    memset(word + 2, 'y', sizeof word - 3);
    word[sizeof word - 1] = '\0';
    char *argv[] = {program, word, host, port, NULL};
    ck_assert_int_eq(parse_words(4, argv), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "unknown option '--yyy"));
    ck_assert_ptr_nonnull(strstr(error.text, "tcpshake --help"));
}
END_TEST

static char *help_text(void)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    ck_assert_ptr_nonnull(out);
    options_help(out);
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

START_TEST(help_fits_80_columns)
{
    char *text = help_text();
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        ck_assert_msg(strlen(line) < 80, "too wide: %s", line);
        ck_assert_msg(line[strlen(line) - 1] != ' ', "blank at the end: '%s'", line);
    }
    free(text);
}
END_TEST

static const char *const help_lines[] = {
    "\n  -4, --ipv4 ",
    "\n  -c, --count N ",
    "\n      --half-open ",
    "\n      --time-wait S ",
    "\n  -P, --source-port N       send from this port",
    "until interrupted [1]\n",
    "long [0.5]\n",
    "\nOutput:\n",
    "Exit status: 0 ",
};

START_TEST(help_names)
{
    char *text = help_text();
    ck_assert_msg(strstr(text, help_lines[_i]) != NULL, "no \"%s\" in:\n%s", help_lines[_i], text);
    free(text);
}
END_TEST

/* Completions know what --help tells of, in its order. */
START_TEST(describes_what_help_tells)
{
    char *text = help_text(), *place = text;
    struct option_summary option;
    size_t count = 0;
    for (; options_describe(count, &option); count++) {
        char name[40];
        snprintf(name, sizeof name, "--%s%s%s ", option.name, option.argument == NULL ? "" : " ",
                 option.argument == NULL ? "" : option.argument);
        place = strstr(place, name);
        ck_assert_msg(place != NULL, "%s is not where --help has it", name);
        ck_assert(option.letter == 0 || place[-3] == option.letter);
        ck_assert(option.words == NULL || option.argument != NULL);
    }
    ck_assert_uint_ge(count, 30);
    ck_assert(!options_describe(count, &option));
    ck_assert(!options_describe(SIZE_MAX, &option));
    free(text);
}
END_TEST

/* What a completion offers is taken. */
START_TEST(takes_the_words_it_offers)
{
    struct option_summary option;
    for (size_t i = 0; options_describe(i, &option); i++) {
        char words[200], name[40], program[] = "tcpshake", host[] = "192.0.2.1", port[] = "1";
        if (option.words == NULL)
            continue;
        snprintf(name, sizeof name, "--%s", option.name);
        snprintf(words, sizeof words, "%s", option.words);
        for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " ")) {
            char *argv[] = {program, name, word, host, port, NULL};
            ck_assert_msg(parse_words(5, argv) == 0, "%s %s: %s", name, word, error.text);
            options_free(&options);
        }
    }
}
END_TEST

/* Which of them may be given several at a time. */
static const struct {
    const char *name;
    bool list;
} worded[] = {{"offer", true}, {"without", true}, {"expect", true}, {"expect-close", true},
              {"only", true},  {"format", false}, {"color", false}, {"control-port", false}};

START_TEST(knows_what_is_a_list)
{
    struct option_summary option;
    size_t found = 0;
    for (size_t i = 0; options_describe(i, &option); i++)
        for (size_t k = 0; k < LENGTH(worded); k++)
            if (strcmp(option.name, worded[k].name) == 0) {
                ck_assert_ptr_nonnull(option.words);
                ck_assert_int_eq(option.list, worded[k].list);
                found++;
            }
    ck_assert_uint_eq(found, LENGTH(worded));
}
END_TEST

/* In messages an option has both of its names, whole. */
START_TEST(labels_are_whole)
{
    for (size_t i = 0; i < OPTIONS; i++) {
        const struct option_row *row = &option_rows[i];
        char label[OPTION_LABEL_MAX], wanted[80];
        if (row->letter != 0)
            snprintf(wanted, sizeof wanted, "-%c/--%s", row->letter, row->name);
        else
            snprintf(wanted, sizeof wanted, "--%s", row->name);
        ck_assert_str_eq(option_label(row, label), wanted);
    }
}
END_TEST

START_TEST(frees_what_it_has_read)
{
    struct command_line line;
    must_parse(&line, "--send x --targets a --targets b --exclude 10.0.0.1 --exclude-file c h 1");
    ck_assert(options.target_paths.count == 2 && options.payload_len == 1);
    options_free(&options);
    ck_assert(options.payload == NULL && options.payload_len == 0);
    ck_assert(options.target_paths.list == NULL && options.target_paths.count == 0);
    ck_assert(options.exclude_lists.list == NULL && options.exclude_lists.count == 0);
    ck_assert(options.exclude_paths.list == NULL && options.exclude_paths.count == 0);
    must_parse(&line, "-r a -r b");
    options_free(&options);
    ck_assert(options.read_paths.list == NULL && options.read_paths.count == 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("options");
    TCase *reading = tcase_create("reading");
    tcase_add_test(reading, defaults);
    tcase_add_loop_test(reading, takes, 0, LENGTH(accepted));
    tcase_add_loop_test(reading, refuses, 0, LENGTH(refused));
    tcase_add_loop_test(reading, refuses_a_long_option_behind_one_hyphen, 0, OPTIONS);
    tcase_add_test(reading, takes_what_only_looks_like_a_long_option);
    tcase_add_loop_test(reading, an_error_is_told_in_the_form_that_was_asked_for, 0, LENGTH(forms));
    tcase_add_test(reading, parses_afresh_each_time);
    tcase_add_test(reading, survives_no_arguments_at_all);
    tcase_add_test(reading, cuts_long_texts);
    tcase_add_test(reading, frees_what_it_has_read);
    tcase_add_test(reading, labels_are_whole);
    suite_add_tcase(suite, reading);

    TCase *arguments = tcase_create("arguments");
    tcase_add_loop_test(arguments, reads_durations, 0, LENGTH(durations));
    tcase_add_loop_test(arguments, reads_payloads, 0, LENGTH(payloads));
    tcase_add_test(arguments, bounds_payloads);
    suite_add_tcase(suite, arguments);

    TCase *help = tcase_create("help");
    tcase_add_test(help, help_fits_80_columns);
    tcase_add_loop_test(help, help_names, 0, LENGTH(help_lines));
    tcase_add_test(help, describes_what_help_tells);
    tcase_add_test(help, takes_the_words_it_offers);
    tcase_add_test(help, knows_what_is_a_list);
    suite_add_tcase(suite, help);
    return run_suite(suite);
}
