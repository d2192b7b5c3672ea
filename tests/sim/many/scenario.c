/* SPDX-License-Identifier: BSD-2-Clause */
/* What a seed stands for. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "many.h"

enum theme {
    THEME_CALM,
    THEME_LOSSY,
    THEME_LIMITED,
    THEME_DROPS,
    THEME_NEIGHBOURS,
    THEME_TRACKED,
    THEME_REPEATS,
    THEME_ASLEEP, /* the process wakes late, or was stopped: much is to be read at once */
    THEME_ALL,
    THEMES,
};

static bool has(enum theme theme, enum theme wanted)
{
    return theme == wanted || theme == THEME_ALL;
}

static struct address address_of(uint32_t number, bool ipv6)
{
    if (ipv6)
        return (struct address){FAMILY_IPV6,
                                {0x20, 0x01, 0x0d, 0xb8, 0,
                                 7, [14] = (uint8_t)(number >> 6), [15] = (uint8_t)(number & 63)}};
    return (struct address){FAMILY_IPV4, {10, 7, (uint8_t)(number >> 6), (uint8_t)(number & 63)}};
}

static void choose_odds(struct rng *rng, struct host *host)
{
    static const unsigned choices[][KINDS] = {
        {100, 0, 0, 0},   {0, 100, 0, 0}, {0, 0, 100, 0}, {10, 90, 0, 0},
        {30, 40, 20, 10}, {5, 0, 95, 0},  {50, 50, 0, 0}, {2, 0, 0, 98},
    };
    memcpy(host->odds, choices[rng_below(rng, sizeof choices / sizeof choices[0])],
           sizeof host->odds);
}

static void make_host(struct scenario *s, struct rng *rng, enum theme theme, uint32_t ports)
{
    struct host *host = &s->hosts[s->host_count];
    *host =
        (struct host){.interface = (uint8_t)rng_below(rng, INTERFACES),
                      .ipv6 = rng_percent(rng, 20),
                      .first_port = (uint16_t)rng_between(rng, 1, 60000),
                      .port_count = (uint16_t)ports,
                      .first_target = s->target_count,
                      .closes_first = rng_percent(rng, 30),
                      .timestamps = rng_percent(rng, 50),
                      .unrouted = rng_percent(rng, 3),
                      .on_link = has(theme, THEME_NEIGHBOURS) && rng_percent(rng, 70),
                      .delay_ns = rng_between(rng, 20 * US, rng_percent(rng, 50) ? MS : 80 * MS)};
    host->address = address_of(s->host_count, host->ipv6);
    host->absent = host->on_link && rng_percent(rng, 40);
    host->jitter_ns = rng_percent(rng, 50) ? host->delay_ns / 2 : 0;
    choose_odds(rng, host);
    if (has(theme, THEME_LOSSY) && rng_percent(rng, 60))
        host->loss_permille = (unsigned)rng_between(rng, 5, 250);
    if (has(theme, THEME_LIMITED) && rng_percent(rng, 60))
        host->replies_most = (uint32_t)rng_between(rng, 100, 5000);
    s->host_count++;
    s->target_count += ports;
}

static uint32_t choose_count(struct rng *rng)
{
    if (rng_percent(rng, 55))
        return (uint32_t)rng_between(rng, 1, 24);
    if (rng_percent(rng, 80))
        return (uint32_t)rng_between(rng, 20, 150);
    if (rng_percent(rng, 80))
        return (uint32_t)rng_between(rng, 150, 800);
    return (uint32_t)rng_between(rng, 800, 3000);
}

static void make_hosts(struct scenario *s, struct rng *rng, enum theme theme)
{
    uint32_t wanted = choose_count(rng);
    if (theme == THEME_LIMITED)
        wanted = (uint32_t)rng_between(rng, 100, 600);
    if (theme == THEME_ASLEEP)
        wanted = (uint32_t)rng_between(rng, 50, 1200);
    uint32_t each = (uint32_t)rng_between(rng, wanted / HOSTS_MAX + 1, wanted);
    if (theme == THEME_NEIGHBOURS)
        each = wanted / HOSTS_MAX + 1;
    while (s->target_count < wanted)
        make_host(s, rng, theme, each < wanted - s->target_count ? each : wanted - s->target_count);
}

static void choose_plan(struct scenario *s, struct rng *rng, enum theme theme)
{
    static const uint32_t rates[] = {30, 200, 1000, 1000, 5000, 20000, 100000, 0};
    static const double timeouts_s[] = {0.8, 1.5, 3, 5};
    s->rate = rates[rng_below(rng, sizeof rates / sizeof rates[0])];
    if (theme == THEME_LIMITED)
        s->rate = (uint32_t)rng_between(rng, 1000, 30000);
    if (theme == THEME_ASLEEP)
        s->rate = rng_percent(rng, 30) ? 0 : (uint32_t)rng_between(rng, 3000, 100000);
    s->timeout_s = timeouts_s[rng_below(rng, sizeof timeouts_s / sizeof timeouts_s[0])];
    s->timeout_ns = (int64_t)(s->timeout_s * 1e9);
    s->parallel = rng_percent(rng, 40) ? (uint32_t)rng_between(rng, 1, 200) : 0;
    s->per_host = rng_percent(rng, 20) ? (uint32_t)rng_between(rng, 1, 40) : 0;
    s->half_open = rng_percent(rng, 40);
    s->abort = !s->half_open && rng_percent(rng, 30);
    s->in_order = rng_percent(rng, 20);
    s->duplicated = rng_percent(rng, 20);
    s->by_port = rng_percent(rng, 30);
    s->shards =
        theme != THEME_REPEATS && rng_percent(rng, 12) ? (uint32_t)rng_between(rng, 2, 5) : 1;
    s->count = 1;
    if (theme == THEME_REPEATS && s->target_count <= 60) {
        s->count = (uint32_t)rng_between(rng, 2, s->target_count <= 8 ? 120 : 20);
        s->hold_ns = !s->half_open && rng_percent(rng, 60) ? rng_between(rng, MS, 300 * MS) : 0;
        s->interval_ns = (int64_t)rng_below(rng, 3) * 50 * MS;
    }
    s->interrupt_ns = rng_percent(rng, 8) ? rng_between(rng, 0, 3 * SECOND) : NEVER;
}

static void choose_faults(struct scenario *s, struct rng *rng, enum theme theme)
{
    s->neighbours_most = has(theme, THEME_NEIGHBOURS) ? (uint32_t)rng_between(rng, 16, 64) : 1024;
    if (has(theme, THEME_TRACKED)) {
        s->conntrack_most = (uint32_t)rng_between(rng, 40, 2000);
        s->conntrack_others = (uint32_t)rng_below(rng, s->conntrack_most);
    }
    s->sees_all = !rng_percent(rng, 20);
    s->ring_room = 100000;
    if (has(theme, THEME_DROPS)) {
        s->ring_room = (uint32_t)rng_between(rng, 40, 2000);
        s->deaf_count = (unsigned)rng_below(rng, BURSTS_MAX + 1);
    }
    for (unsigned i = 0; i < s->deaf_count; i++) {
        s->deaf[i].from_ns =
            START_NS + rng_between(rng, 0, rng_percent(rng, 70) ? 100 * MS : 3 * SECOND);
        s->deaf[i].to_ns = s->deaf[i].from_ns + rng_between(rng, MS, 120 * MS);
    }
    bool faulty = theme == THEME_ALL || rng_percent(rng, 15);
    s->echo_missing_permille = faulty ? (unsigned)rng_below(rng, 100) : 0;
    s->busy_permille = faulty ? (unsigned)rng_below(rng, 30) : 0;
    s->sleep_permille = faulty ? (unsigned)rng_below(rng, 30) : 0;
    s->stopped = faulty && rng_percent(rng, 30);
    if (theme == THEME_ASLEEP) {
        s->sleep_permille = (unsigned)rng_between(rng, 20, 300);
        s->stopped = rng_percent(rng, 60);
    }
    s->calm = theme == THEME_CALM && !faulty && s->interrupt_ns == NEVER;
}

/* By numbers of their own, so that what else a seed stands for does not depend on them. */
static void choose_extras(struct scenario *s)
{
    struct rng rng = rng_for(s->seed, 2);
    bool alone = s->count == 1 && s->target_count <= 40;
    s->ttl = (uint8_t)(rng_percent(&rng, 20) ? rng_between(&rng, 1, 255) : 64);
    s->mss = (uint16_t)(rng_percent(&rng, 15) ? rng_between(&rng, 64, 1400) : 0);
    s->source_port = (uint16_t)(alone && rng_percent(&rng, 20) ? rng_between(&rng, 1, 65535) : 0);
    s->deadline_ns = NEVER;
    if (s->shards == 1 && s->interrupt_ns == NEVER && rng_percent(&rng, 5))
        s->deadline_ns = rng_between(&rng, 20 * MS, 3 * SECOND);
    s->verbosity = rng_percent(&rng, 60) ? -2 : (int)rng_below(&rng, 4) - 2;
    s->listed = rng_percent(&rng, 25);
    s->bad_lines = s->listed && rng_percent(&rng, 30) ? (unsigned)rng_between(&rng, 1, 3) : 0;
    s->calm = s->calm && s->source_port == 0 && s->deadline_ns == NEVER;
}

void scenario_derive(struct scenario *s, uint64_t seed)
{
    struct rng rng = rng_for(seed, 1);
    enum theme theme = (enum theme)rng_below(&rng, THEMES);
    memset(s, 0, sizeof *s);
    s->seed = seed;
    make_hosts(s, &rng, theme);
    choose_plan(s, &rng, theme);
    choose_faults(s, &rng, theme);
    s->send_ns = rng_between(&rng, 300, 4000);
    s->read_ns = rng_between(&rng, 200, 2000);
    s->port_first = (uint16_t)rng_between(&rng, 1024, 50000);
    uint32_t ports = (uint32_t)(rng_percent(&rng, 50) ? rng_between(&rng, 20, 300) : 10000);
    if (s->count > 1) /* so that tuples are used again */
        ports = (uint32_t)rng_between(&rng, 8, 60);
    s->port_last = (uint16_t)(s->port_first + ports - 1);
    choose_extras(s);
}

unsigned scenario_tries(const struct scenario *s)
{
    unsigned tries = 0;
    for (int64_t at_ns = 0; at_ns < s->timeout_ns; at_ns = 2 * at_ns + SECOND)
        tries++;
    return tries;
}

/* The command line */

struct line {
    char texts[ARGUMENTS_MAX][96];
    int count;
};

static void add(struct line *line, const char *text)
{
    snprintf(line->texts[line->count++], sizeof line->texts[0], "%s", text);
}

static void add_number(struct line *line, const char *option, double number)
{
    char text[32];
    snprintf(text, sizeof text, "%.10g", number);
    add(line, option);
    add(line, text);
}

static void add_host(struct line *line, const struct host *host)
{
    char address[ADDRESS_TEXT_MAX], text[96];
    const char *form = host->ipv6 ? "[%s]:%u-%u" : "%s:%u-%u";
    unsigned last = host->first_port + host->port_count - 1u;
    /* Both forms take the same. NOLINTNEXTLINE(clang-diagnostic-format-nonliteral) */
    snprintf(text, sizeof text, form, address_text(&host->address, address), host->first_port,
             last);
    add(line, text);
}

static void add_plan(struct line *line, const struct scenario *s)
{
    add_number(line, "--rate", s->rate);
    add_number(line, "-W", s->timeout_s);
    if (s->in_order)
        add(line, "--in-order");
    else
        add_number(line, "--seed", (double)(s->seed % 1000));
    if (s->parallel > 0)
        add_number(line, "--parallel", s->parallel);
    if (s->per_host > 0)
        add_number(line, "--max-per-host", s->per_host);
    if (s->half_open)
        add(line, "--half-open");
    if (s->abort)
        add(line, "--abort");
    if (s->ttl != 64)
        add_number(line, "-t", s->ttl);
    if (s->mss > 0)
        add_number(line, "--mss", s->mss);
    if (s->source_port > 0)
        add_number(line, "-P", s->source_port);
    if (s->deadline_ns != NEVER)
        add_number(line, "--deadline", (double)s->deadline_ns / 1e9);
    if (s->hold_ns > 0)
        add_number(line, "--hold", (double)s->hold_ns / 1e9);
    if (s->count > 1) {
        add_number(line, "-c", s->count);
        add_number(line, "-i", (double)s->interval_ns / 1e9);
    }
}

/* Those from the first on become a list, with lines that are invalid behind it. */
static void put_into_list(struct line *line, int first, unsigned bad_lines)
{
    static int fd = -1;
    char text[96];
    if (fd < 0 && (fd = memfd_create("list", MFD_CLOEXEC)) < 0)
        abort();
    if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0)
        abort();
    for (int i = first; i < line->count; i++)
        dprintf(fd, "%s\n", line->texts[i]);
    for (unsigned i = 0; i < bad_lines; i++)
        dprintf(fd, "invalid\n");
    line->count = first;
    snprintf(text, sizeof text, "/proc/self/fd/%d", fd);
    add(line, "--targets");
    add(line, text);
}

int scenario_arguments(const struct scenario *s, uint32_t shard, char *argv[ARGUMENTS_MAX])
{
    static struct line line;
    line.count = 0;
    add(&line, "tcpshake");
    if (s->verbosity != 0)
        add(&line, s->verbosity == -2 ? "-qq" : s->verbosity == -1 ? "-q" : "-v");
    add(&line, "-n");
    add_plan(&line, s);
    if (s->shards > 1 && shard > 0) {
        char text[32];
        snprintf(text, sizeof text, "%u/%u", shard, s->shards);
        add(&line, "--shard");
        add(&line, text);
    }
    int first = line.count;
    for (uint32_t i = 0; i < s->host_count; i++)
        add_host(&line, &s->hosts[i]);
    if (s->duplicated)
        add_host(&line, &s->hosts[s->host_count / 2]);
    if (s->listed)
        put_into_list(&line, first, s->bad_lines);
    for (int i = 0; i < line.count; i++)
        argv[i] = line.texts[i];
    argv[line.count] = NULL;
    return line.count;
}

void scenario_print(const struct scenario *s)
{
    char *argv[ARGUMENTS_MAX];
    int argc = scenario_arguments(s, s->shards > 1, argv);
    printf("#");
    for (int i = 0; i < argc; i++)
        printf(" %s", argv[i]);
    printf("\n# %u hosts, %u targets, ports %u to %u, %u neighbours, %u of %u entries tracked\n",
           s->host_count, s->target_count, s->port_first, s->port_last, s->neighbours_most,
           s->conntrack_others, s->conntrack_most);
    printf("# ring %u, deaf %u times, echoes missing %u, busy %u, late %u of 1000%s\n",
           s->ring_room, s->deaf_count, s->echo_missing_permille, s->busy_permille,
           s->sleep_permille, s->stopped ? ", stopped" : "");
    if (s->interrupt_ns != NEVER)
        printf("# interrupted after %" PRId64 " ms\n", s->interrupt_ns / MS);
    for (uint32_t i = 0; i < s->host_count; i++) {
        const struct host *host = &s->hosts[i];
        char text[ADDRESS_TEXT_MAX];
        printf("# %s: %u/%u/%u/%u, lost %u of 1000, %u replies/s, %.3f ms%s%s%s%s\n",
               address_text(&host->address, text), host->odds[0], host->odds[1], host->odds[2],
               host->odds[3], host->loss_permille, host->replies_most, (double)host->delay_ns / 1e6,
               host->on_link ? ", neighbour" : "", host->absent ? ", absent" : "",
               host->unrouted ? ", no route" : "", host->closes_first ? ", closes first" : "");
    }
}
