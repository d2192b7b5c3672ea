/* SPDX-License-Identifier: BSD-2-Clause */
/* What must hold of a run with many targets, by what crossed the edges alone. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "many.h"
#include "tcp/host.h"

#define BATCH_MOST     64u /* SYNs that are sent together */
#define TRIES_MORE     5u  /* where a capture has dropped frames */
#define DAY_NS         (86400 * SECOND)
#define FLOORS_FROM    2000u /* runs */
#define SILENT_KEPT_NS (3090 * MS)
#define GRACE_NS       (2 * MS)
#define READ_NS        (5 * MS) /* that a round takes */

static struct host *host_of(const struct target *target)
{
    return &world->s.hosts[target->host];
}

static bool is_cut_short(const struct world *w, const struct connection_result *result)
{
    return w->interrupted || result->cut_short;
}

void judge_begin(struct world *w)
{
    w->alive = w->unsent = 0;
    w->syns = w->asked = w->reports = 0;
    w->level = 0;
    w->level_ns = w->now_ns;
    w->tracked_first = w->tracked_last = w->begun_over = 0;
    memset(w->neighbour_until_ns, 0, sizeof w->neighbour_until_ns);
    memset(w->host_flights, 0, sizeof w->host_flights);
    for (uint32_t i = 0; i < w->s.target_count; i++)
        w->targets[i].begun = w->targets[i].reported = 0;
}

/* What is sent */

/* --rate: a bucket of a tenth of a second's worth. What is let through is sent together, and a SYN
 * that the kernel had no room for is sent later. */
static void check_rate(struct world *w)
{
    double rate = w->s.rate;
    double passed = rate * (double)(w->now_ns - w->level_ns) / 1e9;
    double slack = 2 + rate * 0.001 + (w->s.busy_permille > 0 ? BATCH_MOST : 0);
    double burst = rate / 10 > 1 ? rate / 10 : 1;
    w->level = (w->level > passed ? w->level - passed : 0) + 1;
    w->level_ns = w->now_ns;
    if (rate > 0 && w->level > burst + slack)
        world_fail("rate", "%.0f SYNs beyond %.0f a second", w->level, rate);
}

static bool has_entry(const struct world *w, uint32_t host)
{
    return w->host_flights[host] > 0 || w->neighbour_until_ns[host] > w->now_ns;
}

static void check_neighbours(struct world *w, uint32_t host)
{
    uint32_t count[2] = {0, 0};
    if (!w->s.hosts[host].on_link)
        return;
    for (uint32_t i = 0; i < w->s.host_count; i++)
        count[w->s.hosts[i].ipv6] += w->s.hosts[i].on_link && has_entry(w, i);
    if (count[w->s.hosts[host].ipv6] > w->s.neighbours_most / 2)
        world_fail("neighbours", "%u of %u entries are in use", count[w->s.hosts[host].ipv6],
                   w->s.neighbours_most);
}

/* One for each look is allowed beyond our half. */
static void check_tracked(struct world *w)
{
    uint32_t others = w->s.conntrack_others, most = w->s.conntrack_most;
    uint32_t ours = w->tracked_last - w->tracked_first;
    if (most > 0 && ours > (most - others) / 2 && ++w->begun_over > 1)
        world_fail("tracked", "%u entries beside %u of others, of %u", ours, others, most);
}

static void begin(struct world *w, struct tuple *tuple, uint32_t iss)
{
    struct target *target = &w->targets[tuple->target];
    w->statistics->tuples_reused += tuple->first_syn_ns != 0;
    tuple->alive = true;
    tuple->iss = iss;
    tuple->syns = tuple->dropped = 0;
    tuple->last_dropped = tuple->awaits_ack = tuple->left = tuple->closed = false;
    tuple->opened_ns = 0;
    tuple->first_syn_ns = w->now_ns;
    memset(tuple->heard, 0, sizeof tuple->heard);
    tuple->heard_first = KINDS;
    w->alive++;
    w->unsent++;
    if (w->alive > w->statistics->alive_most)
        w->statistics->alive_most = w->alive;
    if (w->s.parallel > 0 && w->alive > w->s.parallel)
        world_fail("parallel", "%u connections in flight, of %u", w->alive, w->s.parallel);
    witness_begins(target);
    target->begun_ns = w->now_ns;
    if (target->begun++ == 0 && w->sequence_count < TARGETS_MAX) {
        target->place = w->sequence_count;
        w->sequence[w->sequence_count++] = tuple->target;
    }
    if (target->begun > w->s.count)
        world_fail("once", "port %u of host %u is connected to %u times", target->port,
                   target->host, target->begun);
    w->host_flights[target->host]++;
    if (w->s.per_host > 0 && w->host_flights[target->host] > w->s.per_host)
        world_fail("per-host", "%u connections to one host, of %u", w->host_flights[target->host],
                   w->s.per_host);
    check_neighbours(w, target->host);
    check_tracked(w);
}

/* A SYN is sent again after 1, 2, 4 s from the one before, however late that was. What the kernel
 * had no room for, or refused, is tried sooner, as is one whose answer belonged to an older
 * connection, which we have reset. */
static void check_spacing(struct world *w, const struct tuple *tuple)
{
    int64_t apart_ns = w->now_ns - tuple->last_syn_ns;
    if (w->s.busy_permille == 0 && w->s.conntrack_most == 0 && !tuple->reset &&
        tuple->syns < scenario_tries(&w->s) && apart_ns < (SECOND << (tuple->syns - 1)) - GRACE_NS)
        world_fail("spacing", "SYN %u after %" PRId64 " ms", tuple->syns + 1, apart_ns / MS);
}

static void take_syn(struct world *w, const struct outgoing *segment, struct tuple *tuple,
                     bool goes)
{
    bool first = !tuple->alive;
    if (first)
        begin(w, tuple, segment->seq);
    else if (segment->seq != tuple->iss)
        world_fail("tuple", "port %u is used twice at once", tuple->our_port);
    else
        check_spacing(w, tuple);
    w->unsent -= goes && !tuple->left;
    tuple->left = tuple->left || goes;
    tuple->syns++;
    tuple->last_syn_ns = w->now_ns;
    tuple->last_dropped = false;
    w->syns++;
    if (goes && (first || w->s.target_count > 1))
        check_rate(w);
}

/* Answers go before questions. */
static void end_wait(struct world *w, struct tuple *tuple)
{
    uint64_t between = w->syns - tuple->syns_before;
    if (!tuple->awaits_ack)
        return;
    tuple->awaits_ack = false;
    if (between > w->statistics->syns_before_ack)
        w->statistics->syns_before_ack = between;
    if (between > BATCH_MOST)
        world_fail("answers", "%" PRIu64 " SYNs between a SYN/ACK and its ACK", between);
}

void judge_sends(const struct outgoing *segment, struct tuple *tuple, bool goes)
{
    struct world *w = world;
    bool syn = (segment->flags & (F_SYN | F_ACK)) == F_SYN;
    if (w->trace)
        world_tell("-> port %u of host %u from %u, flags %x%s", tuple->theirs.port,
                   w->targets[tuple->target].host, tuple->our_port, segment->flags,
                   goes ? "" : "  (not sent)");
    if (w->failed)
        return;
    if (syn)
        take_syn(w, segment, tuple, goes);
    else
        end_wait(w, tuple);
    tuple->reset = !syn && (segment->flags & F_RST) != 0;
    w->statistics->syns += syn;
}

/* What is read and asked */

void judge_reads(const struct event *event)
{
    struct tuple *tuple = event->tuple;
    tuple->unread -= !event->outgoing && event->says != KINDS && tuple->unread > 0;
    if (event->outgoing || event->says == KINDS || !tuple->alive || event->answers != tuple->iss)
        return;
    if (world->trace)
        world_tell("<- port %u of host %u at %u: %u", tuple->theirs.port,
                   world->targets[tuple->target].host, tuple->our_port, (unsigned)event->says);
    tuple->heard[event->says]++;
    if (tuple->heard_first == KINDS)
        tuple->heard_first = event->says;
}

/* Where each target has a lookup of its own, these show how many targets are under way. */
void judge_asks(const struct endpoint *theirs)
{
    struct world *w = world;
    bool waits = w->s.per_host > 0 || w->s.neighbours_most / 2 < w->s.host_count;
    (void)theirs;
    w->asked += w->going;
    if (w->s.by_port && w->s.count == 1 && w->s.parallel > 0 && !waits &&
        w->asked > w->reports + w->s.parallel + 2)
        world_fail("memory", "%" PRIu64 " targets are under way", w->asked - w->reports);
}

/* What is reported */

static enum port_kind kind_of(enum port_state state)
{
    return state == PORT_OPEN                                    ? KIND_OPEN
           : state == PORT_CLOSED                                ? KIND_CLOSED
           : state == PORT_FILTERED || state == PORT_UNREACHABLE ? KIND_PROHIBITED
                                                                 : KINDS;
}

/* The first answer that was read decides; an ICMP error alone if nothing else came, and one that
 * belongs to an older connection if nothing came at all. */
static bool is_sound(const struct tuple *tuple, const struct connection_result *result)
{
    enum port_kind kind = kind_of(result->port_state);
    if (result->handshake.reason == REASON_UNACCEPTABLE_ANSWER)
        return tuple->heard_first == KINDS;
    if (tuple->heard_first == KIND_PROHIBITED)
        return kind < KINDS && tuple->heard[kind] > 0;
    return kind == tuple->heard_first;
}

static void count_missed(struct world *w, const struct tuple *tuple, bool missed)
{
    const struct target *target = &w->targets[tuple->target];
    const struct host *host = host_of(target);
    struct statistics *sums = w->statistics;
    bool answers = target->kind == KIND_OPEN || target->kind == KIND_CLOSED;
    double lost = 1 - pow(1 - host->loss_permille / 1000.0, 2);
    if (!answers || host->absent)
        return;
    if (host->replies_most > 0 && scenario_tries(&w->s) > 1) { /* one try tells of no limit */
        sums->limited++;
        sums->limited_missed += missed;
    } else if (host->replies_most == 0 && host->loss_permille > 0) {
        sums->lossy++;
        sums->lossy_missed += missed;
        sums->lossy_expected += pow(lost, tuple->syns);
    }
    sums->missed_for_drops += missed && tuple->last_dropped;
    sums->asked_again += tuple->dropped > 0 && tuple->syns > scenario_tries(&w->s);
}

/* Silence means that it was asked as often and waited for as long as the plan says, and that
 * nothing which would have told more was dropped here. */
static void check_silence(struct world *w, const struct tuple *tuple)
{
    bool alone = w->s.target_count == 1;
    unsigned tries = scenario_tries(&w->s);
    int64_t waited_ns = w->now_ns - tuple->first_syn_ns;
    if (tuple->unread > 0 && w->now_ns - tuple->unread_since_ns > READ_NS)
        world_fail("unread", "silence, though %u answers wait to be read", tuple->unread);
    if (tuple->syns < tries)
        world_fail("patient", "%u SYNs instead of %u", tuple->syns, tries);
    if (waited_ns < w->s.timeout_ns - GRACE_NS)
        world_fail("patient", "silence after %" PRId64 " ms", waited_ns / MS);
    if (tuple->last_dropped && tuple->syns < tries + (alone ? 1 : TRIES_MORE))
        world_fail("drops", "silence after %u SYNs, though the capture dropped an answer",
                   tuple->syns);
}

static void check_verdict(struct world *w, const struct tuple *tuple,
                          const struct connection_result *result)
{
    bool absent = host_of(&w->targets[tuple->target])->absent;
    bool silent = result->handshake.reason == REASON_NO_RESPONSE ||
                  (absent && result->handshake.reason == REASON_NEIGHBOUR_SILENT);
    if (is_cut_short(w, result))
        return;
    count_missed(w, tuple, silent);
    if (silent && tuple->heard_first != KINDS)
        world_fail("sound", "no answer, though %u was read first", (unsigned)tuple->heard_first);
    else if (silent)
        check_silence(w, tuple);
    else if (!is_sound(tuple, result))
        world_fail("sound", "%s by %s, though %u was read first",
                   port_state_name(result->port_state), reason_name(result->handshake.reason),
                   (unsigned)tuple->heard_first);
}

/* The simulated kernel takes all that arrives, and nothing but the end of the run cuts a connection
 * short. */
static void check_facts(const struct world *w, const struct tuple *tuple,
                        const struct connection_result *result)
{
    const struct host_facts *host = result->host;
    if (host != NULL && host->delivery == NOT_DELIVERED)
        world_fail("facts", "what arrived was not delivered");
    if (host != NULL && host->unseen && w->s.echo_missing_permille == 0 && w->s.deaf_count == 0 &&
        w->s.conntrack_most == 0 && !host_of(&w->targets[tuple->target])->absent)
        world_fail("facts", "no segment of ours was seen");
    if (result->cut_short && !w->interrupted && w->s.deadline_ns == NEVER)
        world_fail("facts", "cut short, though the run goes on");
}

static void end_of_tuple(struct world *w, struct tuple *tuple)
{
    uint32_t host = w->targets[tuple->target].host;
    tuple->alive = false;
    w->alive--;
    w->unsent -= !tuple->left;
    if (--w->host_flights[host] == 0)
        w->neighbour_until_ns[host] = w->now_ns + SILENT_KEPT_NS;
}

static void check_unsent(struct world *w, const struct target *target,
                         const struct connection_result *result)
{
    if (!host_of(target)->unrouted && !w->interrupted)
        world_fail("sound", "port %u of host %u: nothing was sent, by %s", target->port,
                   target->host, reason_name(result->handshake.reason));
}

void judge_reports(const struct connection_result *result)
{
    struct world *w = world;
    struct target *target = network_target(&result->ends[SERVER]);
    if (w->trace)
        world_tell("%s:%u is %s by %s", result->target, result->ends[SERVER].port,
                   port_state_name(result->port_state), reason_name(result->handshake.reason));
    if (w->failed)
        return;
    if (target == NULL) {
        world_fail("targets", "%s is no target", result->target);
        return;
    }
    witness_reports(result, target);
    w->reports++;
    w->statistics->connections++;
    w->statistics->states[result->port_state]++;
    target->reports++;
    if (++target->reported > w->s.count || target->reports > w->s.count)
        world_fail("once", "port %u of host %u is reported %u times", target->port, target->host,
                   target->reports);
    struct tuple *tuple = result->has_client
                              ? network_tuple(&result->ends[CLIENT], &result->ends[SERVER], false)
                              : NULL;
    if (tuple == NULL) {
        check_unsent(w, target, result);
    } else if (!tuple->alive) {
        world_fail("once", "a connection is reported that is over");
    } else {
        check_verdict(w, tuple, result);
        check_facts(w, tuple, result);
        end_of_tuple(w, tuple);
    }
}

/* The end */

/* Where nothing but the rate sets the pace. */
static void check_speed(struct world *w)
{
    int64_t took_ns = w->now_ns - START_NS;
    double most_s = 3 * w->s.timeout_s + 3; /* opening, closing, and time for what is late */
    if (!w->s.calm || w->s.parallel > 0 || w->s.per_host > 0 || w->s.count > 1)
        return;
    if (w->s.rate > 0)
        most_s += 1.3 * (double)w->syns / w->s.rate;
    if ((double)took_ns / 1e9 > most_s)
        world_fail("speed", "%.1f s for %" PRIu64 " SYNs at %u a second", (double)took_ns / 1e9,
                   w->syns, w->s.rate);
}

void judge_ends(struct world *w)
{
    if (w->failed)
        return;
    if (w->now_ns - START_NS > DAY_NS)
        world_fail("ends", "it took %" PRId64 " s", (w->now_ns - START_NS) / SECOND);
    if (w->alive > (w->interrupted ? w->unsent : 0))
        world_fail("once", "%u connections are not reported", w->alive);
    check_speed(w);
    w->cut_short = w->cut_short || w->interrupted;
    w->statistics->interrupted += w->interrupted;
}

void judge_at_end(struct world *w)
{
    for (uint32_t i = 0; i < w->s.target_count && !w->failed; i++)
        if (w->targets[i].reports != w->s.count && !w->cut_short)
            world_fail("once", "port %u of host %u is reported %u times", w->targets[i].port,
                       w->targets[i].host, w->targets[i].reports);
}

/* Over many seeds */

static unsigned demand(bool holds, const char *what)
{
    if (!holds)
        printf("not ok - %s\n", what);
    return !holds;
}

static void print(const struct statistics *s)
{
    printf("# %" PRIu64 " runs, %" PRIu64 " targets, %" PRIu64 " connections, %" PRIu64
           " SYNs, %" PRIu64 " events\n",
           s->runs, s->targets, s->connections, s->syns, s->events);
    printf("# open %" PRIu64 ", closed %" PRIu64 ", filtered %" PRIu64 ", unreachable %" PRIu64
           ", unknown %" PRIu64 "\n",
           s->states[PORT_OPEN], s->states[PORT_CLOSED], s->states[PORT_FILTERED],
           s->states[PORT_UNREACHABLE], s->states[PORT_UNKNOWN]);
    printf("# of %" PRIu64 " ports on lossy links %" PRIu64 " missed, at most %.1f expected\n",
           s->lossy, s->lossy_missed, s->lossy_expected);
    printf("# of %" PRIu64 " ports of hosts that limit their replies %" PRIu64 " missed\n",
           s->limited, s->limited_missed);
    printf("# %" PRIu64 " frames dropped, %" PRIu64 " missed for it, %" PRIu64 " asked again\n",
           s->dropped, s->missed_for_drops, s->asked_again);
    printf("# %" PRIu64 " tuples used again, %" PRIu64 " in TIME_WAIT; %" PRIu64
           " runs interrupted, %" PRIu64 " in shards, %" PRIu64 " waits late\n",
           s->tuples_reused, s->in_time_wait, s->interrupted, s->sharded, s->late);
    printf("# at most %" PRIu64 " in flight, %" PRIu64 " SYNs between a SYN/ACK and its ACK\n",
           s->alive_most, s->syns_before_ack);
}

unsigned judge_sums(const struct statistics *s, bool floors)
{
    unsigned wrong = 0;
    print(s);
    wrong += demand((double)s->lossy_missed <= s->lossy_expected + 5 * sqrt(s->lossy_expected) + 5,
                    "lossy: more is missed than the loss of all tries explains");
    if (s->runs < FLOORS_FROM) /* too few: one of them can miss a hundred ports */
        return wrong;
    wrong += demand(s->limited_missed * 100 <= s->limited,
                    "limited: more than a hundredth is missed of hosts that limit their replies");
    if (!floors)
        return wrong;
    wrong += demand(s->states[PORT_OPEN] > 0 && s->states[PORT_CLOSED] > 0 &&
                        s->states[PORT_FILTERED] > 0 && s->states[PORT_UNREACHABLE] > 0,
                    "floors: a state never occurs");
    wrong += demand(s->dropped > 0 && s->asked_again > 0, "floors: no frame is dropped");
    wrong += demand(s->tuples_reused > 0 && s->in_time_wait > 0, "floors: no tuple is used again");
    wrong += demand(s->interrupted > 0 && s->sharded > 0, "floors: no interrupt or no shard");
    return wrong;
}
