/* SPDX-License-Identifier: BSD-2-Clause */
/* The targets of command lines, with the names that a resolver knows: which come, in which order,
 * what is counted, and what is said. confine/resolver.h is here. */
#include "live/supply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixtures/commandline.h"
#include "fixtures/said.h"
#include "harness.h"
#include "live/goals/hosts.h"
#include "net/clock.h"

#define MS INT64_C(1000000)

/* The children that resolve names: each answers at once, or never. */

struct resolver {
    bool used;
    int fd; /* readable where an answer is there */
    char host[RESOLVER_HOST_MAX];
    enum family family;
};

static struct resolver children[64];
static size_t started, stopped;
static int quiet_ends[2], full_ends[2];

static const struct known_name {
    const char *host;
    struct address addresses[3];
} known[] = {
    {"one.test", {{FAMILY_IPV4, {192, 0, 2, 1}}}},
    {"two.test", {{FAMILY_IPV4, {192, 0, 2, 2}}, {FAMILY_IPV4, {192, 0, 2, 9}}}},
    {"three.test",
     {{FAMILY_IPV6, {0x20, 1, [15] = 1}},
      {FAMILY_IPV4, {192, 0, 2, 3}},
      {FAMILY_IPV4, {192, 0, 2, 4}}}},
    {"out.test", {{FAMILY_IPV4, {192, 0, 2, 9}}}},
};

struct resolver *resolver_start(struct error *error)
{
    (void)error;
    ck_assert_uint_lt(started, sizeof children / sizeof children[0]);
    children[started].used = true;
    return &children[started++];
}

void resolver_stop(struct resolver *resolver)
{
    stopped += resolver != NULL;
}

int resolver_fd(const struct resolver *resolver)
{
    return resolver->fd;
}

static bool is_silent(const struct resolver *resolver)
{
    return strncmp(resolver->host, "silent", 6) == 0;
}

int resolver_ask(struct resolver *resolver, const char *host, enum family family,
                 struct error *error)
{
    if (strlen(host) >= sizeof resolver->host)
        return error_set(error, STATUS_USAGE, "a name that is too long");
    strcpy(resolver->host, host);
    resolver->family = family;
    resolver->fd = is_silent(resolver) ? quiet_ends[0] : full_ends[0];
    return 0;
}

int resolver_read(struct resolver *resolver, struct resolution *out, struct error *error)
{
    (void)error;
    if (is_silent(resolver))
        return 0;
    *out = (struct resolution){.result = -1, .duration_ns = 5};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        for (size_t k = 0; strcmp(known[i].host, resolver->host) == 0 && k < 3; k++)
            if (known[i].addresses[k].family != FAMILY_NONE)
                out->all.list[out->all.count++].address = known[i].addresses[k];
    if (out->all.count > 0)
        out->result = 0;
    else if (strncmp(resolver->host, "large", 5) == 0)
        error_set_memory(&out->error, "cannot resolve '%s': out of memory", resolver->host);
    else
        error_set(&out->error, STATUS_USAGE, "cannot resolve '%s': no such name", resolver->host);
    out->error.unresolved = out->error.status == STATUS_USAGE;
    return 1;
}

void resolver_leave(struct resolver *resolver)
{
    stopped += resolver != NULL;
}

bool resolver_is_busy(const struct resolver *resolver)
{
    (void)resolver;
    return false;
}

int resolver_resolve(struct resolver *resolver, const char *host, enum family family,
                     struct resolved *out, int64_t *duration_ns, struct error *cause)
{
    (void)resolver;
    (void)host;
    (void)family;
    (void)out;
    (void)duration_ns;
    return error_set(cause, STATUS_RUN, "nothing waits here");
}

/* The supply of a command line */

static struct options options;
static struct supply supply;
static struct error error;
static int64_t deadline_ns;

static int try_to_open(const char *line)
{
    commandline_parse(line, &options);
    return supply_open(&supply, &options, deadline_ns, &error);
}

static void begin(const char *line)
{
    ck_assert_msg(try_to_open(line) == 0, "%s", error.text);
}

static void set_up(void)
{
    said_begin();
    memset(children, 0, sizeof children);
    started = stopped = 0;
    deadline_ns = INT64_MAX;
    ck_assert(pipe(quiet_ends) == 0 && pipe(full_ends) == 0);
    ck_assert_int_eq(write(full_ends[1], "x", 1), 1);
}

static void tear_down(void)
{
    supply_close(&supply);
    ck_assert_uint_eq(started, stopped);
    options_free(&options);
    for (int i = 0; i < 2; i++) {
        close(quiet_ends[i]);
        close(full_ends[i]);
    }
    said_end();
}

static void put(char *out, size_t size, const char *text)
{
    size_t len = strlen(out);
    snprintf(out + len, size - len, "%s", text);
}

/* "one.test=192.0.2.1:80 192.0.2.7:80 nosuch.test=?:80": those that come. */
static const char *story(void)
{
    static char text[2048];
    struct goal goal;
    text[0] = '\0';
    for (unsigned idle = 0; idle < 5;) {
        inflow_read(&supply.inflow, 0);
        if (supply_next(&supply, 0, &goal) != SUPPLY_GOAL) {
            idle++;
            continue;
        }
        char address[ADDRESS_TEXT_MAX], port[16];
        put(text, sizeof text, text[0] != '\0' ? " " : "");
        put(text, sizeof text, goal.name != NULL ? goal.name : "");
        put(text, sizeof text, goal.name != NULL ? "=" : "");
        put(text, sizeof text, goal.found ? address_text(&goal.at.address, address) : "?");
        snprintf(port, sizeof port, ":%u", goal.port);
        put(text, sizeof text, port);
        ck_assert(goal.found || goal.name != NULL);
        ck_assert((goal.host != NULL) == (goal.name != NULL));
        inflow_release(goal.line);
    }
    return text;
}

static const struct {
    const char *line, *story;
    uint64_t total; /* as far as it is known from the start */
    const char *said;
} rows[] = {
    {"one.test 80", "one.test=192.0.2.1:80", 1, ""},
    {"--in-order one.test:80 192.0.2.7:22", "one.test=192.0.2.1:80 192.0.2.7:22", 2, ""},
    {"--in-order -p 80,81 three.test two.test",
     "three.test=2001::1:80 three.test=2001::1:81 two.test=192.0.2.2:80 two.test=192.0.2.2:81", 4,
     ""},
    {"--in-order --all-addresses -p 80,81 three.test two.test",
     "three.test=2001::1:80 three.test=192.0.2.3:80 three.test=192.0.2.4:80 "
     "three.test=2001::1:81 three.test=192.0.2.3:81 three.test=192.0.2.4:81 "
     "two.test=192.0.2.2:80 two.test=192.0.2.9:80 two.test=192.0.2.2:81 two.test=192.0.2.9:81",
     10, ""},
    /* What is excluded is gone: addresses of a name, and a name whose last one it is. */
    {"--in-order --all-addresses --exclude 192.0.2.9 -p 80 two.test out.test one.test",
     "two.test=192.0.2.2:80 one.test=192.0.2.1:80", 2,
     "tcpshake: out.test is left out: its addresses are excluded\n"},
    {"--in-order --exclude 192.0.2.9 -p 80,81 out.test one.test",
     "one.test=192.0.2.1:80 one.test=192.0.2.1:81", 2,
     "tcpshake: out.test is left out: its addresses are excluded\n"},
    {"--in-order --exclude 192.0.2.8/30 -p 80 192.0.2.6/31 192.0.2.8/31",
     "192.0.2.6:80 192.0.2.7:80", 2, ""},
    /* One that is not found is a target all the same; the only one is told by the end of the run.
     */
    {"--in-order nosuch.test:80 one.test:80", "nosuch.test=?:80 one.test=192.0.2.1:80", 2,
     "tcpshake: cannot resolve 'nosuch.test': no such name\n"},
    {"nosuch.test 80", "nosuch.test=?:80", 1, ""},
    {"-c 2 nosuch.test 80", "nosuch.test=?:80", 1,
     "tcpshake: cannot resolve 'nosuch.test': no such name\n"},
    {"-qq --in-order nosuch.test:80 one.test:80", "nosuch.test=?:80 one.test=192.0.2.1:80", 2, ""},
    {"-q --in-order nosuch.test:80 one.test:80", "nosuch.test=?:80 one.test=192.0.2.1:80", 2,
     "tcpshake: cannot resolve 'nosuch.test': no such name\n"},
};

START_TEST(gives_what_the_command_line_names)
{
    begin(rows[_i].line);
    ck_assert_uint_eq(supply.total, rows[_i].total);
    ck_assert_str_eq(said(), rows[_i].said);
    ck_assert_str_eq(story(), rows[_i].story);
}
END_TEST

START_TEST(tells_what_a_prefix_leaves_out)
{
    begin(_i == 0 ? "-p 80 169.252.0.0/14 --max-targets 999999"
                  : "-qq -p 80 169.252.0.0/14 --max-targets 999999");
    ck_assert_uint_eq(supply.total, 3 * 65536 - 2); /* without network and broadcast address */
    ck_assert_str_eq(said(), _i == 0 ? "tcpshake: 65536 addresses of the prefixes are left out "
                                       "(0/8, loopback, link-local, multicast, reserved): name "
                                       "them one by one\n"
                                     : "");
}
END_TEST

static const struct {
    const char *line, *error;
    enum status status;
} refusals[] = {
    {"-n one.test 80", "-n/--numeric takes addresses only", STATUS_USAGE},
    {"-6 192.0.2.1 80", "to IPv6, which -6 or -S requires: it is an IPv4 address", STATUS_USAGE},
    {"-S 192.0.2.1 2001:db8::1 80", "to IPv4, which -4 or -S requires: it is an IPv6 address",
     STATUS_USAGE},
    {"--exclude 192.0.2.1 192.0.2.1 80", "every target is excluded", STATUS_USAGE},
    {"--exclude 192.0.2.9 out.test 80", "every target is excluded", STATUS_USAGE},
    {"--exclude 192.0.2.x 192.0.2.1 80", "--exclude: ", STATUS_USAGE},
    {"-p 80 192.0.2.0/24 --max-targets 253", "254 targets are more than 253", STATUS_USAGE},
    {"large.test 80", "out of memory", STATUS_RUN},
    {"-p 80 one.test large.test", "out of memory", STATUS_RUN},
};

START_TEST(refuses_what_cannot_be)
{
    ck_assert_int_eq(try_to_open(refusals[_i].line), -1);
    ck_assert_msg(strstr(error.text, refusals[_i].error) != NULL, "%s", error.text);
    ck_assert_int_eq(error.status, refusals[_i].status);
}
END_TEST

/* Which is known where targets have several connections. */
START_TEST(hosts_begin_where_they_change)
{
    static const char wanted[] = "10101011"; /* two ports of each, and of the last two one */
    begin("--in-order -c 2 one.test:80,81 two.test:80,81 192.0.2.6:80,81 192.0.2.7:80 "
          "192.0.2.8:80");
    for (uint64_t i = 0; i < sizeof wanted - 1; i++) {
        struct goal goal;
        ck_assert_int_eq(supply_next(&supply, 0, &goal), SUPPLY_GOAL);
        ck_assert_uint_eq(goal.number, i);
        ck_assert_int_eq(goal.begins_host, wanted[i] == '1');
        ck_assert_uint_eq(supply_at(&supply, i).number, i);
    }
}
END_TEST

START_TEST(numbers_are_those_of_the_order_written)
{
    uint64_t numbers[8];
    begin("--seed 5 -p 80,81,82 192.0.2.6 one.test");
    ck_assert_uint_eq(supply_numbers(&supply, numbers, 8), 6);
    for (uint64_t i = 0; i < 6; i++)
        ck_assert_uint_eq(numbers[i], i);
    ck_assert_uint_eq(supply_numbers(&supply, numbers, 2), 2);
    struct goal goal;
    ck_assert_int_eq(supply_next(&supply, 0, &goal), SUPPLY_GOAL); /* nothing was taken */
    ck_assert_uint_eq(goal.place, 0);
}
END_TEST

/* Of so many that a part of them is far apart. */
START_TEST(numbers_are_in_order_however_large)
{
    uint64_t numbers[16];
    begin("--seed 5 --shard 1/4000000000 --max-targets 100000000000 -p 1-65535 10.0.0.0/12");
    size_t count = supply_numbers(&supply, numbers, 16);
    ck_assert_uint_ge(count, 16);
    ck_assert_uint_gt(numbers[15] - numbers[0], UINT32_MAX);
    for (size_t i = 1; i < count; i++)
        ck_assert_uint_lt(numbers[i - 1], numbers[i]);
}
END_TEST

START_TEST(asks_in_the_family_that_is_wanted)
{
    static const struct {
        const char *line;
        enum family family;
    } asked[] = {{"one.test 80", FAMILY_NONE},
                 {"-4 one.test 80", FAMILY_IPV4},
                 {"-6 one.test 80", FAMILY_IPV6},
                 {"-S 2001:db8::1 one.test 80", FAMILY_IPV6}};
    begin(asked[_i].line);
    ck_assert_int_eq(children[0].family, asked[_i].family);
}
END_TEST

START_TEST(many_names_share_few_children)
{
    char line[512] = "--in-order -p 80";
    for (int i = 0; i < 20; i++)
        put(line, sizeof line, i % 2 == 0 ? " one.test" : " two.test");
    put(line, sizeof line, " three.test out.test");
    begin(line);
    ck_assert_uint_eq(started, 4);
    ck_assert_uint_eq(supply.hosts.count, 4);
    for (size_t i = 0; i < supply.hosts.count; i++) {
        ck_assert(supply.hosts.list[i].named && !supply.hosts.list[i].lost);
        ck_assert_int_eq(supply.hosts.list[i].resolve_ns, 5);
    }
}
END_TEST

/* A name that no server answers for: patience, or the deadline where that comes first. */
static const struct {
    int64_t deadline_ms;
    const char *line, *why;
} waits[] = {
    {-1, "-W 0.05 -c 2 silent.test 80",
     "tcpshake: cannot resolve 'silent.test': no answer within the time of -W\n"},
    {50, "-W 30 -c 2 silent.test 80",
     "tcpshake: cannot resolve 'silent.test': no answer before the deadline\n"},
};

START_TEST(a_wait_ends)
{
    int64_t began_ns = clock_monotonic_ns();
    if (waits[_i].deadline_ms >= 0)
        deadline_ns = began_ns + waits[_i].deadline_ms * MS;
    begin(waits[_i].line);
    int64_t took_ns = clock_monotonic_ns() - began_ns;
    ck_assert_int_ge(took_ns, 49 * MS);
    ck_assert_int_lt(took_ns, 5000 * MS);
    ck_assert_str_eq(said(), waits[_i].why);
    ck_assert_uint_eq(supply.hosts.why_not_found.unresolved, 1);
    ck_assert_int_eq(supply.hosts.why_not_found.status, STATUS_USAGE);
    ck_assert_int_ge(supply.hosts.list[0].resolve_ns, 49 * MS);
    ck_assert_str_eq(story(), "silent.test=?:80");
}
END_TEST

/* A list that does not end is not waited for beyond the deadline: a FIFO that no process opens. */
START_TEST(a_list_is_waited_for_until_the_deadline)
{
    char folder[] = "/tmp/tcpshake-supply-XXXXXX", path[64], line[128];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/list", folder);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    snprintf(line, sizeof line, "%s %s 192.0.2.1 80", _i == 0 ? "--targets" : "--exclude-file",
             path);
    int64_t began_ns = clock_monotonic_ns();
    deadline_ns = began_ns + 50 * MS;
    int code = try_to_open(line);
    unlink(path);
    rmdir(folder);
    ck_assert_int_eq(code, -1);
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_ptr_nonnull(strstr(error.text, "/list': it did not end before the deadline"));
    ck_assert_int_ge(clock_monotonic_ns() - began_ns, 50 * MS);
}
END_TEST

START_TEST(waits_are_side_by_side)
{
    int64_t began_ns = clock_monotonic_ns();
    begin("-W 0.3 -p 80 silent1.test silent2.test silent3.test one.test silent4.test silent5.test");
    ck_assert_int_lt(clock_monotonic_ns() - began_ns, 1400 * MS);
    ck_assert_uint_eq(supply.total, 6);
    ck_assert_uint_eq(started, 6);
}
END_TEST

START_TEST(tells_which_addresses_were_not_tried)
{
    begin("three.test 80");
    hosts_tell_others(&supply.hosts.list[0]);
    ck_assert_str_eq(said(), "tcpshake: three.test: 2001::1 failed; 192.0.2.3, 192.0.2.4 not "
                             "tried: see --all-addresses\n");
}
END_TEST

START_TEST(a_name_moves)
{
    const struct resolved to = {.address = {FAMILY_IPV4, {192, 0, 2, 77}}};
    begin("--in-order nosuch.test:80 three.test:80");
    ck_assert(hosts_move(&supply.hosts.list[0], &to));
    ck_assert(hosts_move(&supply.hosts.list[1], &to));
    ck_assert_str_eq(story(), "nosuch.test=192.0.2.77:80 three.test=192.0.2.77:80");
    ck_assert_uint_eq(supply.hosts.list[1].count, 1);
}
END_TEST

/* A run that is resumed: the second of two shards, in the order written, has the places 1, 3, 5,
 * ... 19, which are ports of a host. */

#define SHARD "--in-order --shard 2/2 -p 1-20 192.0.2.7"

static int resume(uint64_t position, const struct journal_pending *pending, size_t count)
{
    static uint8_t octets[8 * JOURNAL_PENDING_BYTES];
    const struct journal_state state = {
        .position = position, .pending = octets, .pending_count = count};
    for (size_t i = 0; i < count; i++)
        journal_pending_put(octets + i * JOURNAL_PENDING_BYTES, &pending[i]);
    return supply_resume(&supply, &state, 3, &error);
}

static void expect_place(uint64_t place, uint64_t reported)
{
    struct goal goal;
    ck_assert_int_eq(supply_next(&supply, 0, &goal), SUPPLY_GOAL);
    ck_assert_uint_eq(goal.place, place);
    ck_assert_uint_eq(goal.port, place + 1);
    ck_assert_uint_eq(goal.reported, reported);
}

START_TEST(goes_on_with_what_was_begun)
{
    static const struct journal_pending pending[] = {{5, 0}, {1, 2}, {9, 1}};
    struct goal goal;
    begin(SHARD);
    ck_assert_int_eq(resume(15, pending, 3), 0);
    expect_place(5, 0);
    expect_place(1, 2);
    expect_place(9, 1);
    expect_place(15, 0);
    expect_place(17, 0);
    expect_place(19, 0);
    ck_assert_int_eq(supply_next(&supply, 0, &goal), SUPPLY_END);
}
END_TEST

START_TEST(goes_on_at_the_end)
{
    static const struct journal_pending pending = {19, 2};
    struct goal goal;
    begin(SHARD);
    ck_assert_int_eq(resume(21, &pending, 1), 0);
    expect_place(19, 2);
    ck_assert_int_eq(supply_next(&supply, 0, &goal), SUPPLY_END);
}
END_TEST

static const struct {
    uint64_t position;
    struct journal_pending pending;
    const char *said;
} strange_journals[] = {
    {4, {1, 0}, "its position"},          {23, {1, 0}, "its position"},
    {UINT64_MAX, {1, 0}, "its position"}, {15, {2, 0}, "was not begun"},
    {15, {15, 0}, "was not begun"},       {15, {17, 0}, "was not begun"},
    {15, {1, 3}, "was not begun"},        {15, {UINT64_MAX, 0}, "was not begun"},
};

START_TEST(refuses_a_journal_of_something_else)
{
    begin(SHARD);
    ck_assert_int_eq(resume(strange_journals[_i].position, &strange_journals[_i].pending, 1), -1);
    ck_assert_int_eq(error.status, STATUS_USAGE);
    ck_assert_msg(strstr(error.text, strange_journals[_i].said) != NULL, "%s", error.text);
}
END_TEST

/* The text as a list: its path is good until the next. */
static const char *list_of(const char *text)
{
    static char path[32];
    static int fd = -1;
    if (fd >= 0)
        close(fd);
    fd = memfd_create("list", MFD_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return path;
}

static void begin_list(const char *line, const char *text)
{
    char whole[256];
    snprintf(whole, sizeof whole, "%s --targets %s", line, list_of(text));
    begin(whole);
}

START_TEST(lines_that_are_invalid_are_counted)
{
    begin_list(_i == 0 ? "--in-order" : "--stream", "192.0.2.1:1\nx\n192.0.2.2:2\n:3\n");
    ck_assert_str_eq(story(), "192.0.2.1:1 192.0.2.2:2");
    ck_assert_uint_eq(supply_bad_lines(&supply), 2);
    ck_assert_ptr_nonnull(strstr(said(), ", line 2: "));
}
END_TEST

START_TEST(lines_that_are_overruled_are_told)
{
    begin_list(_i == 0 ? "-q" : "-qq", "192.0.2.1:1 a=b\n192.0.2.1:1 a=c\n");
    ck_assert((strstr(said(), "a target of this line was written earlier") != NULL) == (_i == 0));
}
END_TEST

/* Machines that share targets have one order without agreeing on it: it is that of what they are
 * given, exclusions included. */
START_TEST(the_seed_is_that_of_the_lists)
{
    static const char *const lines[] = {
        "-p 1-9 192.0.2.0/28",
        "-p 1-9 192.0.2.0/28 --exclude 192.0.2.3",
        "-p 1-9 192.0.2.0/28 --exclude 192.0.2.4",
        "-p 1-8 192.0.2.0/28",
        "-p 1-9 192.0.3.0/28",
        "-p 1-9 192.0.2.0/28 --exclude 10.0.0.1", /* which is none of them */
    };
    uint64_t seeds[sizeof lines / sizeof lines[0]];
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        begin(lines[i]);
        seeds[i] = supply.seed;
        ck_assert_uint_le(seeds[i], SEED_MAX);
        for (size_t k = 0; k < i; k++)
            ck_assert_uint_ne(seeds[k], seeds[i]);
        supply_close(&supply);
        options_free(&options);
    }
    begin("-p 1-9 192.0.2.0/28 --shard 2/3");
    ck_assert_uint_eq(supply.seed, seeds[0]);
    supply_close(&supply);
    options_free(&options);
    begin("-p 1-9 192.0.2.0/28 --seed 77");
    ck_assert_uint_eq(supply.seed, 77);
}
END_TEST

/* Those of a stream come behind those that are known, and are numbered so. */
START_TEST(a_stream_comes_last)
{
    struct goal goal;
    begin_list("--stream 192.0.2.1:80-82 one.test:80", "192.0.2.9 7,8\n");
    ck_assert_uint_eq(supply.total, UINT64_MAX);
    for (uint64_t i = 0, of_space = 0; i < 6; i++) {
        inflow_read(&supply.inflow, 0);
        while (supply_next(&supply, 0, &goal) == SUPPLY_WAIT)
            inflow_read(&supply.inflow, 0);
        ck_assert_int_eq(goal.host != NULL, goal.name != NULL);
        of_space += i < 4 && goal.number < 4;
        if (i == 3)
            ck_assert_uint_eq(of_space, 4);
        if (i >= 4) {
            ck_assert_uint_eq(goal.number, i);
            ck_assert_uint_eq(goal.port, i == 4 ? 7 : 8);
        }
        inflow_release(goal.line);
    }
    ck_assert_int_ne(supply_next(&supply, 0, &goal), SUPPLY_GOAL);
}
END_TEST

/* What a stream is found to be at its end. */
static const struct {
    const char *line, *list, *error; /* error NULL: nothing is wrong */
    bool empty;
} judged[] = {
    {"--stream", "192.0.2.1:1\n", NULL, false},
    {"--stream", "# none\n\n", "no target in the lists", false},
    {"--stream", "", "no target in the lists", false},
    {"--stream", "x\n", NULL, false}, /* which is told already */
    {"--stream --exclude 192.0.2.1", "192.0.2.1:1\n", "every target is excluded by --exclude or",
     false},
    {"--stream --exclude 192.0.2.1 192.0.2.7:1", "192.0.2.1:1\n", NULL, false},
    {"--stream --shard 1/2", "192.0.2.1:1\n", NULL, false},
    {"--stream --shard 2/2", "192.0.2.1:1\n", NULL, true},
    {"--in-order", "192.0.2.1:1\n", NULL, false},
};

START_TEST(a_stream_is_judged_at_its_end)
{
    begin_list(judged[_i].line, judged[_i].list);
    (void)story();
    int code = supply_judge(&supply, &error);
    ck_assert_int_eq(code, judged[_i].error != NULL ? -1 : 0);
    if (judged[_i].error != NULL) {
        ck_assert_ptr_eq(strstr(error.text, judged[_i].error), error.text);
        ck_assert_int_eq(error.status, STATUS_USAGE);
    }
    ck_assert_int_eq(supply_is_empty(&supply), judged[_i].empty);
}
END_TEST

/* Before that nothing is known. */
START_TEST(a_stream_is_not_judged_before_its_end)
{
    begin_list("--stream", "");
    ck_assert_int_eq(supply_judge(&supply, &error), 0);
}
END_TEST

START_TEST(a_shard_may_be_empty)
{
    static const char *const lines[] = {"-p 1,2 192.0.2.7", "--shard 2/2 -p 1,2 192.0.2.7",
                                        "--shard 3/3 -p 1,2 192.0.2.7"};
    begin(lines[_i]);
    ck_assert_int_eq(supply_is_empty(&supply), _i == 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("supply");
    TCase *tc = tcase_create("targets");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_loop_test(tc, gives_what_the_command_line_names, 0, sizeof rows / sizeof rows[0]);
    tcase_add_loop_test(tc, tells_what_a_prefix_leaves_out, 0, 2);
    tcase_add_loop_test(tc, refuses_what_cannot_be, 0, sizeof refusals / sizeof refusals[0]);
    tcase_add_test(tc, hosts_begin_where_they_change);
    tcase_add_test(tc, numbers_are_those_of_the_order_written);
    tcase_add_test(tc, numbers_are_in_order_however_large);
    tcase_add_loop_test(tc, asks_in_the_family_that_is_wanted, 0, 4);
    tcase_add_test(tc, many_names_share_few_children);
    tcase_add_loop_test(tc, a_wait_ends, 0, 2);
    tcase_add_loop_test(tc, a_list_is_waited_for_until_the_deadline, 0, 2);
    tcase_add_test(tc, waits_are_side_by_side);
    tcase_add_test(tc, tells_which_addresses_were_not_tried);
    tcase_add_test(tc, a_name_moves);
    tcase_add_test(tc, goes_on_with_what_was_begun);
    tcase_add_test(tc, goes_on_at_the_end);
    tcase_add_loop_test(tc, refuses_a_journal_of_something_else, 0,
                        sizeof strange_journals / sizeof strange_journals[0]);
    tcase_add_loop_test(tc, a_shard_may_be_empty, 0, 3);
    tcase_add_loop_test(tc, lines_that_are_invalid_are_counted, 0, 2);
    tcase_add_loop_test(tc, lines_that_are_overruled_are_told, 0, 2);
    tcase_add_test(tc, the_seed_is_that_of_the_lists);
    tcase_add_test(tc, a_stream_comes_last);
    tcase_add_loop_test(tc, a_stream_is_judged_at_its_end, 0, sizeof judged / sizeof judged[0]);
    tcase_add_test(tc, a_stream_is_not_judged_before_its_end);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
