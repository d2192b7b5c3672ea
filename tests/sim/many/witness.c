/* SPDX-License-Identifier: BSD-2-Clause */
/* What must hold of each segment and each report, and of what a run asks of its edges besides. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "many.h"
#include "output/watch.h"

#define GRACE_NS    (2 * MS)
#define INTERVAL_NS (5 * MS)   /* a connection begins so much before its SYN leaves, at most */
#define LATE_NS     (100 * MS) /* a round of the loop takes no longer */

#define SURVEYED_MOST 1024u /* targets that are looked at before the run */
#define TALLIED_MOST  1024u /* targets that have summaries of their own in any case */
#define WARNINGS_MAX  65536u
#define LEAVING_NS    (200 * MS) /* after a signal */

/* What was asked for in this run. */
static struct {
    bool families[2];
    struct {
        uint16_t first, last;
    } captured[CAPTURES];
    bool guarded[UINT16_MAX + 1];
    unsigned orders, layouts, each_once;
    uint32_t announced, next; /* targets; and the first that may be announced next */
    uint32_t reported;        /* connections */
} asked;

static const struct host *host_of(const struct tuple *tuple)
{
    return &world->s.hosts[world->targets[tuple->target].host];
}

/* How many of the targets are those of this run. */
static uint32_t own_targets(const struct world *w)
{
    if (w->shard == 0 || w->s.shards == 1)
        return w->s.target_count;
    return w->s.target_count >= w->shard ? (w->s.target_count - w->shard) / w->s.shards + 1 : 0;
}

static bool keeps_warnings;

bool witness_keeps_warnings(void)
{
    int fd = memfd_create("warnings", MFD_CLOEXEC);
    keeps_warnings = fd >= 0 && dup2(fd, STDERR_FILENO) >= 0;
    return keeps_warnings;
}

void witness_begin(void)
{
    memset(&asked, 0, sizeof asked);
    if (keeps_warnings &&
        (ftruncate(STDERR_FILENO, 0) != 0 || lseek(STDERR_FILENO, 0, SEEK_SET) < 0))
        world_fail("told", "the warnings cannot be kept");
}

/* Before the run */

void witness_families(bool ipv4, bool ipv6)
{
    asked.families[0] = ipv4;
    asked.families[1] = ipv6;
}

void witness_captures(unsigned capture, uint16_t first, uint16_t last)
{
    asked.captured[capture].first = first;
    asked.captured[capture].last = last;
}

void witness_guards(uint16_t port, bool open)
{
    asked.guarded[port] = open;
}

/* Captures for interfaces that come late move, and nothing else does. */
void witness_confines(size_t captures)
{
    const struct world *w = world;
    bool wanted = w->s.count > 1 || w->s.target_count > SURVEYED_MOST;
    if ((captures > 0) != wanted || (w->spares > 0) != wanted)
        world_fail("edges", "%zu captures may move, %u are spare", captures, w->spares);
}

void witness_each_once(void)
{
    asked.each_once++;
}

void witness_order(const struct run_order *order)
{
    const struct scenario *s = &world->s;
    bool as_written = s->in_order || s->target_count < 2;
    uint64_t seed = as_written ? UINT64_MAX : s->seed % 1000;
    uint32_t shards = world->shard == 0 ? 1 : s->shards;
    uint32_t shard = world->shard == 0 ? 1 : world->shard;
    asked.orders++;
    if (order->seed != seed || order->shard != shard || order->shards != shards)
        world_fail("told", "the order is told as %" PRIu64 ", %u of %u", order->seed, order->shard,
                   order->shards);
}

void witness_layout(enum layout layout)
{
    bool one = own_targets(world) * world->s.count == 1;
    if (asked.layouts++ == 0 && (layout == LAYOUT_LADDER) != one)
        world_fail("told", "%s for %u connections to each of %u targets",
                   one ? "lines" : "a ladder", world->s.count, own_targets(world));
}

static struct target *target_named(const char *host, uint16_t port)
{
    struct endpoint end = {.port = port};
    bool ipv6 = strchr(host, ':') != NULL;
    end.address.family = ipv6 ? FAMILY_IPV6 : FAMILY_IPV4;
    if (inet_pton(ipv6 ? AF_INET6 : AF_INET, host, end.address.bytes) != 1)
        return NULL;
    return network_target(&end);
}

/* In the order written. */
void witness_target(const char *host, uint16_t port)
{
    const struct target *target = target_named(host, port);
    asked.announced++;
    if (target == NULL || target < world->targets + asked.next)
        world_fail("told", "%s port %u is announced as target %u", host, port, asked.announced);
    else
        asked.next = (uint32_t)(target - world->targets) + 1;
}

/* What is sent */

static void check_edges(const struct outgoing *segment, const struct host *host)
{
    const struct world *w = world;
    uint16_t port = segment->src.port;
    bool heard = false;
    for (unsigned i = 0; i < CAPTURES; i++)
        heard = heard || (w->captures[i].interface == host->interface &&
                          port >= asked.captured[i].first && port <= asked.captured[i].last);
    if (!asked.families[host->ipv6])
        world_fail("edges", "a segment of IPv%c, which was not asked for", host->ipv6 ? '6' : '4');
    if (!heard)
        world_fail("edges", "no capture on interface %u hears port %u", host->interface, port);
    if (!asked.guarded[port])
        world_fail("edges", "the kernel is not kept from answering at port %u", port);
}

static void check_plan(const struct outgoing *segment, const struct host *host)
{
    const struct scenario *s = &world->s;
    unsigned mss = s->mss > 0 ? s->mss : MTU_OF(host->interface) - (host->ipv6 ? 60u : 40u);
    bool syn = (segment->flags & (F_SYN | F_ACK)) == F_SYN;
    if (segment->ttl != s->ttl)
        world_fail("plan", "a TTL of %u instead of %u", segment->ttl, s->ttl);
    if (syn && (!segment->options.has_mss || segment->options.mss != mss))
        world_fail("plan", "an MSS of %u instead of %u", segment->options.mss, mss);
    if (s->source_port > 0 && (segment->src.port != s->source_port || world->alive > 1))
        world_fail("plan", "port %u, and %u in flight, with port %u alone", segment->src.port,
                   world->alive, s->source_port);
}

/* A connection that was opened is held as long as that is asked for, unless the kernel had no room
 * for the acknowledgement that opened it, which then left later. */
static void check_hold(const struct outgoing *segment, const struct tuple *tuple)
{
    const struct world *w = world;
    if ((segment->flags & F_FIN) == 0 || tuple->opened_ns == 0 || host_of(tuple)->closes_first ||
        w->interrupted || w->s.busy_permille > 0 ||
        w->now_ns - tuple->opened_ns >= w->s.hold_ns - GRACE_NS)
        return;
    world_fail("hold", "a FIN after %" PRId64 " ms instead of %" PRId64,
               (w->now_ns - tuple->opened_ns) / MS, w->s.hold_ns / MS);
}

void witness_sends(const struct outgoing *segment, struct tuple *tuple, bool goes)
{
    const struct host *host = host_of(tuple);
    check_edges(segment, host);
    check_plan(segment, host);
    check_hold(segment, tuple);
    if (!goes || (segment->flags & F_SYN) != 0)
        return;
    tuple->closed = tuple->closed || (segment->flags & (F_FIN | F_RST)) != 0;
    if (tuple->opened_ns == 0 && (segment->flags & F_RST) == 0)
        tuple->opened_ns = world->now_ns;
}

void witness_begins(const struct target *target)
{
    const struct world *w = world;
    if (target->begun > 0 && w->now_ns - target->begun_ns < w->s.interval_ns - INTERVAL_NS)
        world_fail("interval", "another connection after %" PRId64 " ms instead of %" PRId64,
                   (w->now_ns - target->begun_ns) / MS, w->s.interval_ns / MS);
    if (w->told || (w->s.deadline_ns != NEVER && w->now_ns > START_NS + w->s.deadline_ns + LATE_NS))
        world_fail("interrupted", "a connection begins after the run was told to end");
}

/* What is reported */

void witness_reports(const struct connection_result *result, const struct target *target)
{
    const struct world *w = world;
    const struct host *host = &w->s.hosts[target->host];
    asked.reported++;
    uint32_t place = w->s.target_count > 1 ? (uint32_t)(target - w->targets) + 1 : 0;
    if (result->place != place)
        world_fail("told", "target %u has the place %u", place, result->place);
    if (result->target == NULL || target_named(result->target, target->port) != target)
        world_fail("told", "target %u is called %s", place, result->target);
    if (!host->unrouted &&
        (result->interface == NULL || result->interface[3] - '0' != host->interface))
        world_fail("told", "target %u is on %s", place, result->interface);
}

/* What was opened is closed or reset, unless this host did not let it go, or the peer was first. */
static void check_closed(const struct world *w)
{
    for (unsigned i = 0; i < TUPLES_CHAINS; i++)
        for (const struct tuple *at = w->chains[i]; at != NULL; at = at->next)
            if (at->opened_ns != 0 && !at->closed && at->heard[KIND_CLOSED] == 0 &&
                w->s.busy_permille == 0)
                world_fail("closed", "port %u of host %u is left open", at->theirs.port,
                           w->targets[at->target].host);
}

/* Of a run that its deadline has cut short, what is left is told; a signal may have been first. */
static void check_deadline(const struct world *w, const char *text)
{
    static const char begin[] = "--deadline has passed with ";
    const char *told = strstr(text, begin);
    uint32_t planned = own_targets(w) * w->s.count;
    uint32_t left = planned > asked.reported ? planned - asked.reported : 0;
    char wanted[64];
    snprintf(wanted, sizeof wanted, "%u of %u connections to go", left, planned);
    bool tells = left > 0 && w->s.verbosity > -2;
    if (told != NULL ? left == 0 || strstr(told + sizeof begin - 1, wanted) == NULL
                     : tells && !w->told)
        world_fail("told", "%s, and it says %.200s", wanted, text);
}

/* What is said on standard error, and only if it is to be. */
static void check_warnings(const struct world *w)
{
    static char text[WARNINGS_MAX];
    uint64_t dropped = 0;
    ssize_t len = pread(STDERR_FILENO, text, sizeof text - 1, 0);
    text[len > 0 ? len : 0] = '\0';
    for (unsigned i = 0; i < CAPTURES; i++)
        dropped += w->captures[i].dropped;
    if ((strstr(text, " dropped by the capture on ") != NULL) != (dropped > 0))
        world_fail("told", "%" PRIu64 " frames were dropped, and it says %.200s", dropped, text);
    if ((strstr(text, "answers are found only on") != NULL) !=
        (w->s.verbosity == 1 && !w->s.sees_all))
        world_fail("told", "it says %.200s", text);
    check_deadline(w, text);
    for (char *line = strtok(text, "\n"); line != NULL && w->s.verbosity == -2;
         line = strtok(NULL, "\n"))
        if (strstr(line, " dropped by the capture on ") == NULL &&
            strstr(line, "'invalid' has no port") == NULL)
            world_fail("told", "it says with -qq %.200s", line);
}

/* Invalid lines of a list alone make it fail, once all that is valid was probed. */
void witness_status(int status, const char *error)
{
    unsigned bad = world->s.bad_lines;
    char wanted[64];
    snprintf(wanted, sizeof wanted, "%u line%s of the lists %s invalid", bad, bad == 1 ? "" : "s",
             bad == 1 ? "is" : "are");
    if (world->failed || (status == 0 && bad == 0))
        return;
    if (status == 0 || bad == 0 || strcmp(error, wanted) != 0)
        world_fail("status", "%d: %s", status, error);
}

void witness_ends(void)
{
    const struct world *w = world;
    uint32_t own = own_targets(w);
    uint32_t announced = own >= 2 && own <= WATCH_TARGETS_MAX ? own : 0;
    if (w->failed)
        return;
    if (asked.orders != (own != 1) || asked.announced != announced || asked.layouts == 0)
        world_fail("told", "%u orders, %u of %u targets announced", asked.orders, asked.announced,
                   own);
    if (asked.each_once != (w->s.count == 1 && own > TALLIED_MOST))
        world_fail("told", "each of %u targets has one connection: %u", own, asked.each_once);
    if (w->told && w->s.sleep_permille == 0 && w->now_ns - w->told_ns > LEAVING_NS)
        world_fail("interrupted", "it takes %" PRId64 " ms to end", (w->now_ns - w->told_ns) / MS);
    check_closed(w);
    if (keeps_warnings)
        check_warnings(w);
}
