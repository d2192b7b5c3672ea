/* SPDX-License-Identifier: BSD-2-Clause */
#include "scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcp/offer.h"

const char *const fault_names[FAULT_COUNT] = {
    [FAULT_LOSS] = "loss",           [FAULT_DUPLICATE] = "duplicate",
    [FAULT_REORDER] = "reorder",     [FAULT_CORRUPT] = "corrupt",
    [FAULT_TRUNCATE] = "truncate",   [FAULT_PARTITION] = "partition",
    [FAULT_ECHO_LOSS] = "echo-loss", [FAULT_ECHO_LATE] = "echo-late",
    [FAULT_ECHO_LAST] = "echo-last", [FAULT_BUSY] = "busy",
    [FAULT_SLEEP] = "sleep",
};

const char *const peer_kind_names[PEER_KINDS] = {
    [PEER_TCP] = "tcp",       [PEER_REFUSES] = "refuses",
    [PEER_SILENT] = "silent", [PEER_UNREACHABLE] = "unreachable",
    [PEER_STALE] = "stale",
};

const char *const peer_close_names[PEER_CLOSES] = {
    [CLOSES_LAST] = "closes-last",       [CLOSES_FIRST] = "closes-first",
    [CLOSES_AT_ONCE] = "closes-at-once", [CLOSES_NEVER] = "closes-never",
    [RESETS_ON_FIN] = "resets-on-fin",   [RESETS_ON_DATA] = "resets-on-data",
};

const char *const attack_names[ATTACK_KINDS] = {
    [ATTACK_RST_EXACT] = "rst-exact",
    [ATTACK_RST_IN_WINDOW] = "rst-in-window",
    [ATTACK_RST_OUTSIDE] = "rst-outside",
    [ATTACK_SYN] = "syn",
    [ATTACK_SYN_ACK_WRONG] = "syn-ack-wrong",
    [ATTACK_ACK_AHEAD] = "ack-ahead",
    [ATTACK_ACK_OLD] = "ack-old",
    [ATTACK_DATA_OUTSIDE] = "data-outside",
    [ATTACK_DATA_AFTER_FIN] = "data-after-fin",
    [ATTACK_ICMP_FITS] = "icmp-fits",
    [ATTACK_ICMP_WILD] = "icmp-wild",
    [ATTACK_FLAGS] = "flags",
    [ATTACK_OPTIONS] = "options",
    [ATTACK_REPLAY] = "replay",
    [ATTACK_NOISE] = "noise",
    [ATTACK_LOCAL_RST] = "local-rst",
    [ATTACK_RST_REFUSES] = "rst-refuses",
    [ATTACK_RST_SERIES] = "rst-series",
};

static int64_t pick_ns(struct rng *rng, const int64_t *from, size_t count)
{
    return from[rng_below(rng, count)];
}

#define PICK_NS(rng, ...)                                                                          \
    pick_ns(rng, (const int64_t[]){__VA_ARGS__},                                                   \
            sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

static void derive_ends(struct scenario *s, struct rng *rng)
{
    bool v6 = rng_percent(rng, 35);
    s->ours = (struct endpoint){{FAMILY_IPV4, {192, 0, 2, 7}}, 0};
    s->theirs = (struct endpoint){{FAMILY_IPV4, {198, 51, 100, 80}}, 443};
    if (v6) {
        s->ours.address = (struct address){FAMILY_IPV6, {0x20, 0x01, 0x0d, 0xb8, [15] = 7}};
        s->theirs.address = (struct address){FAMILY_IPV6, {0x20, 0x01, 0x0d, 0xb8, [15] = 80}};
    }
    s->ours.port = (uint16_t)rng_between(rng, 32768, 60999);
    s->theirs.port = (uint16_t)rng_between(rng, 1, 65535);
}

/* It goes with the first SYN alone. */
static struct fast_open_cookie cookie = {.len = 8, .octets = {1, 2, 3, 4, 5, 6, 7, 8}};

/* ECN in one of its forms, and all else by chance. */
static void derive_offers(struct plan *plan, struct rng *rng)
{
    const unsigned both = OFFER_BIT(OFFER_ECN) | OFFER_BIT(OFFER_ACCECN);
    unsigned offers = rng_percent(rng, 30) ? (unsigned)rng_below(rng, 1u << OFFERS) : 0;
    if ((offers & both) == both)
        offers &= ~OFFER_BIT(OFFER_ECN);
    if (rng_percent(rng, 60))
        offers &= OFFER_FEATURES;
    plan->offers = (uint8_t)offers;
    if (plan->payload_len == 0 && rng_percent(rng, 90))
        plan->cookie = &cookie;
}

static void derive_plan(struct scenario *s, struct rng *rng)
{
    static const uint16_t sizes[] = {1460, 1460, 1440, 536, 1220, 88, 1400};
    static const uint32_t lens[] = {1, 5, 100, 536, 1460, 1461, 3000, 5000};
    unsigned how = (unsigned)rng_below(rng, 100);
    s->plan.close = how < 70 ? CLOSE_FIN : how < 85 ? CLOSE_ABORT : CLOSE_HALF_OPEN;
    s->plan.timeout_ns =
        PICK_NS(rng, 200 * MS, SECOND, 2 * SECOND, 3 * SECOND, 5 * SECOND, 5 * SECOND, 10 * SECOND);
    s->plan.hold_ns = rng_percent(rng, 30) ? PICK_NS(rng, MS, 100 * MS, SECOND, 4 * SECOND) : 0;
    s->plan.time_wait_ns = PICK_NS(rng, 0, 500 * MS, 500 * MS, SECOND, 3 * SECOND);
    s->plan.mss = sizes[rng_below(rng, sizeof sizes / sizeof *sizes)];
    s->plan.ttl = 64;
    s->plan.syn_linear_timeouts = rng_percent(rng, 30) ? (uint8_t)rng_between(rng, 1, 5) : 0;
    if (rng_percent(rng, 40))
        s->plan.payload_len = lens[rng_below(rng, sizeof lens / sizeof *lens)];
    else if (rng_percent(rng, 4))
        s->plan.payload_len = (uint32_t)rng_between(rng, 5000, PAYLOAD_MAX);
    derive_offers(&s->plan, rng);
    s->plan.path_mtu = s->plan.close != CLOSE_HALF_OPEN && rng_percent(rng, 10);
}

static unsigned permille(struct rng *rng, unsigned how_often, unsigned most)
{
    return rng_percent(rng, how_often) ? (unsigned)rng_below(rng, most) + 1 : 0;
}

static void derive_link(struct scenario *s, struct rng *rng)
{
    struct link_config *link = &s->link;
    link->delay_ns = PICK_NS(rng, 10000, MS, MS, 10 * MS, 10 * MS, 50 * MS, 150 * MS, 600 * MS);
    s->clean_link = rng_percent(rng, 25);
    if (s->clean_link)
        return;
    link->jitter_ns = rng_percent(rng, 50) ? rng_between(rng, 0, 300 * MS) : 5 * MS;
    link->permille[FAULT_LOSS] = permille(rng, 70, rng_percent(rng, 20) ? 600 : 250);
    link->permille[FAULT_DUPLICATE] = permille(rng, 40, 250);
    link->permille[FAULT_REORDER] = permille(rng, 50, 400);
    link->permille[FAULT_CORRUPT] = permille(rng, 30, 150);
    link->permille[FAULT_TRUNCATE] = permille(rng, 20, 100);
    link->permille[FAULT_ECHO_LOSS] = permille(rng, 25, 300);
    link->permille[FAULT_ECHO_LATE] = permille(rng, 20, 200);
    link->permille[FAULT_ECHO_LAST] = permille(rng, 20, 300);
    link->permille[FAULT_BUSY] = permille(rng, 8, 150);
    link->permille[FAULT_SLEEP] = permille(rng, 20, 300);
    if (!rng_percent(rng, 25))
        return;
    for (int i = 0; i < PARTITIONS_MAX; i++) {
        int64_t from_ns = rng_between(rng, 0, 4 * SECOND);
        link->partitions[i].from_ns = from_ns;
        link->partitions[i].to_ns =
            rng_percent(rng, 20) ? NEVER : from_ns + rng_between(rng, 0, 3 * SECOND);
    }
}

static void derive_options(struct peer_config *p, struct rng *rng)
{
    static const uint16_t sizes[] = {1460, 1460, 1440, 1400, 536, 64, 1, 0, 65535};
    p->mss = sizes[rng_below(rng, sizeof sizes / sizeof *sizes)];
    p->wscale = rng_percent(rng, 60) ? (int)rng_below(rng, rng_percent(rng, 90) ? 10 : 40) : -1;
    p->timestamps = rng_percent(rng, 60);
    p->odd_options = rng_percent(rng, 20);
}

static void derive_closing(struct scenario *s, struct rng *rng)
{
    struct peer_config *p = &s->peer;
    unsigned how = (unsigned)rng_below(rng, 100);
    p->close = how < 50   ? CLOSES_LAST
               : how < 67 ? CLOSES_FIRST
               : how < 79 ? CLOSES_AT_ONCE
               : how < 87 ? CLOSES_NEVER
               : how < 94 ? RESETS_ON_FIN
                          : RESETS_ON_DATA;
    p->think_ns = rng_percent(rng, 60) ? 0 : PICK_NS(rng, MS, 40 * MS, 300 * MS, 2 * SECOND);
    if (p->close == CLOSES_AT_ONCE)
        p->think_ns = 2 * s->link.delay_ns + rng_between(rng, 0, s->link.delay_ns + MS);
}

static void derive_peer(struct scenario *s, struct rng *rng)
{
    static const uint32_t windows[] = {64240, 64240, 65535, 29200, 5000, 1460, 536, 100, 10};
    static const uint32_t lens[] = {1, 20, 500, 1460, 3000};
    struct peer_config *p = &s->peer;
    unsigned kind = (unsigned)rng_below(rng, 100);
    p->kind = kind < 78   ? PEER_TCP
              : kind < 84 ? PEER_REFUSES
              : kind < 88 ? PEER_SILENT
              : kind < 94 ? PEER_UNREACHABLE
                          : PEER_STALE;
    p->iss = (uint32_t)rng_next(rng);
    if (rng_percent(rng, 30))
        p->iss = 0xffffffffu - (uint32_t)rng_below(rng, 3000);
    derive_options(p, rng);
    derive_closing(s, rng);
    p->window = windows[rng_below(rng, sizeof windows / sizeof *windows)];
    p->syn_cookies = rng_percent(rng, 10);
    p->fin_with_data = rng_percent(rng, 50);
    p->before_len = rng_percent(rng, 40) ? lens[rng_below(rng, 5)] : 0;
    p->after_len = rng_percent(rng, 15) ? lens[rng_below(rng, 5)] : 0;
    if (rng_percent(rng, 10)) {
        p->stream_len = (uint32_t)rng_between(rng, 1, 40000);
        p->stream_every_ns = PICK_NS(rng, MS, 20 * MS, 200 * MS);
    }
    p->accept_ns = rng_percent(rng, 10) ? rng_between(rng, 0, 2 * SECOND) : 0;
    p->delayed_ack_ns = rng_percent(rng, 40) ? PICK_NS(rng, 40 * MS, 200 * MS, 500 * MS) : 0;
    p->keep_alive_ns = rng_percent(rng, 10) ? PICK_NS(rng, 50 * MS, 300 * MS, SECOND) : NEVER;
    p->rto_ns = PICK_NS(rng, 200 * MS, 300 * MS, SECOND);
    p->shut_until_ns = rng_percent(rng, 8) ? rng_between(rng, 0, 4 * SECOND) : 0;
    p->opens_at_ns = rng_percent(rng, 5) ? rng_between(rng, 0, 2 * s->link.delay_ns) : NEVER;
    p->acks_by_octet = rng_percent(rng, 3);
    p->wild = rng_percent(rng, 8);
    bool v6 = s->ours.address.family == FAMILY_IPV6;
    static const uint8_t types4[] = {3, 3, 3, 11, 12}, types6[] = {1, 1, 1, 3, 4};
    p->icmp_type = (v6 ? types6 : types4)[rng_below(rng, 5)];
    p->icmp_code = (uint8_t)rng_below(rng, p->icmp_type == (v6 ? 1 : 3) ? (v6 ? 7 : 14) : 2);
    p->front = rng_percent(rng, 92)   ? FRONT_NONE
               : rng_percent(rng, 50) ? FRONT_PROXY
                                      : FRONT_DEVICE;
    p->syn_flags = rng_percent(rng, 60) ? (uint16_t)(rng_below(rng, 8) << 6) : 0;
    p->ecn = rng_percent(rng, 30) ? (uint8_t)rng_below(rng, 4) : 0;
    p->agrees = rng_percent(rng, 30);
}

static void derive_attacks(struct scenario *s, struct rng *rng)
{
    if (!rng_percent(rng, 25))
        return;
    s->attack_count = (unsigned)rng_between(rng, 1, ATTACKS_MAX);
    for (unsigned i = 0; i < s->attack_count; i++) {
        s->attacks[i].kind = (enum attack_kind)rng_below(rng, ATTACK_KINDS);
        s->attacks[i].at_ns = rng_percent(rng, 60) ? rng_between(rng, 0, 4 * s->link.delay_ns + MS)
                                                   : rng_between(rng, 0, 3 * SECOND);
        s->attacks[i].count = rng_percent(rng, 15) ? (unsigned)rng_between(rng, 2, 60) : 1;
        s->attacks[i].seed = rng_next(rng);
    }
}

static void derive_host(struct scenario *s, struct rng *rng)
{
    s->cancel_at_ns = rng_percent(rng, 6) ? rng_between(rng, 0, 3 * SECOND) : NEVER;
    s->busy_ns = rng_percent(rng, 3) ? rng_between(rng, 0, 200 * MS) : 0;
    s->hard_error_at = rng_percent(rng, 2) ? (int)rng_below(rng, 5) : -1;
    s->refused_at = rng_percent(rng, 2) ? (int)rng_below(rng, 4) : -1;
}

/* Features, each with what a run without it is like. */

static void no_attacks(struct scenario *s)
{
    s->attack_count = 0;
}

static void no_partitions(struct scenario *s)
{
    memset(s->link.partitions, 0, sizeof s->link.partitions);
}

static void no_delay(struct scenario *s)
{
    s->link.delay_ns = MS;
}

static void no_jitter(struct scenario *s)
{
    s->link.jitter_ns = 0;
}

static void no_payload(struct scenario *s)
{
    s->plan.payload_len = 0;
}

static void no_hold(struct scenario *s)
{
    s->plan.hold_ns = 0;
}

static void no_time_wait(struct scenario *s)
{
    s->plan.time_wait_ns = 0;
}

static void no_peer_data(struct scenario *s)
{
    s->peer.before_len = s->peer.after_len = s->peer.stream_len = 0;
}

static void no_options(struct scenario *s)
{
    s->peer.mss = 1460;
    s->peer.wscale = -1;
    s->peer.timestamps = s->peer.odd_options = s->peer.agrees = false;
}

static void no_offers(struct scenario *s)
{
    s->plan.offers = 0;
}

static void no_small_window(struct scenario *s)
{
    s->peer.window = 64240;
    s->peer.shut_until_ns = 0;
    s->peer.acks_by_octet = false;
}

static void no_cookies(struct scenario *s)
{
    s->peer.syn_cookies = false;
}

static void no_waiting(struct scenario *s)
{
    s->peer.accept_ns = s->peer.delayed_ack_ns = 0;
}

static void no_thinking(struct scenario *s)
{
    s->peer.think_ns = 0;
}

static void no_keep_alive(struct scenario *s)
{
    s->peer.keep_alive_ns = NEVER;
}

static void no_simultaneous_open(struct scenario *s)
{
    s->peer.opens_at_ns = NEVER;
}

static void no_front(struct scenario *s)
{
    s->peer.front = FRONT_NONE;
}

static void no_wildness(struct scenario *s)
{
    s->peer.wild = false;
}

static void no_cancel(struct scenario *s)
{
    s->cancel_at_ns = NEVER;
}

static void no_send_errors(struct scenario *s)
{
    s->busy_ns = 0;
    s->hard_error_at = s->refused_at = -1;
}

static void no_ipv6(struct scenario *s)
{
    s->ours.address = (struct address){FAMILY_IPV4, {192, 0, 2, 7}};
    s->theirs.address = (struct address){FAMILY_IPV4, {198, 51, 100, 80}};
    if (s->peer.kind == PEER_UNREACHABLE)
        s->peer.icmp_type = 3;
}

static const struct {
    const char *name;
    void (*drop)(struct scenario *scenario);
} features[] = {
    {"attacks", no_attacks},
    {"partitions", no_partitions},
    {"wildness", no_wildness},
    {"front", no_front},
    {"cancel", no_cancel},
    {"send-errors", no_send_errors},
    {"payload", no_payload},
    {"peer-data", no_peer_data},
    {"hold", no_hold},
    {"time-wait", no_time_wait},
    {"keep-alive", no_keep_alive},
    {"simultaneous-open", no_simultaneous_open},
    {"cookies", no_cookies},
    {"small-window", no_small_window},
    {"options", no_options},
    {"offers", no_offers},
    {"waiting", no_waiting},
    {"thinking", no_thinking},
    {"jitter", no_jitter},
    {"delay", no_delay},
    {"ipv6", no_ipv6},
};

#define NAMED    (sizeof features / sizeof features[0])
#define FEATURES (NAMED + FAULT_COUNT)

const char *feature_name(unsigned feature)
{
    if (feature < NAMED)
        return features[feature].name;
    return feature < FEATURES ? fault_names[feature - NAMED] : NULL;
}

static void leave_out(struct scenario *s, const struct without *without)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < FEATURES; i++) {
        if ((without->features >> i & 1) == 0)
            continue;
        if (i < NAMED)
            features[i].drop(s);
        else
            s->link.permille[i - NAMED] = 0;
    }
    for (unsigned i = 0; i < s->attack_count; i++)
        if ((without->attacks >> i & 1) == 0)
            s->attacks[kept++] = s->attacks[i];
    s->attack_count = kept;
}

void scenario_derive(struct scenario *s, uint64_t seed, const struct without *without)
{
    enum { ENDS_OF, PLAN, LINK, PEER, ATTACKS, HOST, PURPOSES };
    struct rng rng[PURPOSES];
    for (unsigned i = 0; i < PURPOSES; i++)
        rng[i] = rng_for(seed, i);
    memset(s, 0, sizeof *s);
    s->seed = seed;
    derive_ends(s, &rng[ENDS_OF]);
    derive_plan(s, &rng[PLAN]);
    derive_link(s, &rng[LINK]);
    derive_peer(s, &rng[PEER]);
    derive_attacks(s, &rng[ATTACKS]);
    derive_host(s, &rng[HOST]);
    leave_out(s, without);
}

/* Names. */

bool without_has_fault(const struct without *w, enum fault fault, unsigned where, uint32_t nth)
{
    for (unsigned i = 0; i < w->fault_count; i++)
        if (w->faults[i].fault == fault && w->faults[i].where == where && w->faults[i].nth == nth)
            return true;
    return false;
}

static bool parse_fault(struct without *w, const char *name)
{
    size_t len = strcspn(name, "@");
    const size_t most = sizeof w->faults / sizeof w->faults[0];
    if (name[len] != '@' || (name[len + 1] != 'c' && name[len + 1] != 's') ||
        w->fault_count == most)
        return false;
    for (unsigned f = 0; f < FAULT_COUNT; f++) {
        if (strlen(fault_names[f]) != len || strncmp(fault_names[f], name, len) != 0)
            continue;
        w->faults[w->fault_count].fault = (enum fault)f;
        w->faults[w->fault_count].where = name[len + 1] == 'c' ? TO_PEER : TO_HOST;
        w->faults[w->fault_count++].nth = (uint32_t)strtoul(name + len + 2, NULL, 10);
        return true;
    }
    return false;
}

static bool parse_one(struct without *w, const char *name)
{
    for (unsigned i = 0; i < FEATURES; i++) {
        if (strcmp(feature_name(i), name) != 0)
            continue;
        w->features |= 1u << i;
        return true;
    }
    for (unsigned i = 0; i < ATTACKS_MAX; i++) {
        const char attack[] = {'a', 't', 't', 'a', 'c', 'k', (char)('0' + i), '\0'};
        if (strcmp(attack, name) != 0)
            continue;
        w->attacks |= 1u << i;
        return true;
    }
    return parse_fault(w, name);
}

bool without_parse(struct without *w, const char *text)
{
    char name[64];
    while (*text != '\0') {
        size_t len = strcspn(text, ",");
        if (len >= sizeof name)
            return false;
        memcpy(name, text, len);
        name[len] = '\0';
        if (!parse_one(w, name))
            return false;
        text += len + (text[len] == ',');
    }
    return true;
}

void without_print(const struct without *w)
{
    const char *between = " --without ";
    for (unsigned i = 0; i < FEATURES; i++)
        if ((w->features >> i & 1) != 0) {
            printf("%s%s", between, feature_name(i));
            between = ",";
        }
    for (unsigned i = 0; i < ATTACKS_MAX; i++)
        if ((w->attacks >> i & 1) != 0) {
            printf("%sattack%u", between, i);
            between = ",";
        }
    for (unsigned i = 0; i < w->fault_count; i++) {
        printf("%s%s@%c%u", between, fault_names[w->faults[i].fault],
               w->faults[i].where == TO_PEER ? 'c' : 's', w->faults[i].nth);
        between = ",";
    }
}
