/* SPDX-License-Identifier: BSD-2-Clause */
#include "stats/saved.h"

#include "findings/wording.h"

#define LAYOUT 1 /* to be raised when a function below changes */
#define COUNT_MAX                                                                                  \
    (UINT64_C(1) << 53) /* exact in a double, and sums of some of them do not overflow */

#define CHOICE(archive, type, value, count)                                                        \
    ((type)archive_number(archive, (uint64_t)(value), (uint64_t)(count)-1))

/* FNV-1a, with the NUL. */
static uint64_t add_name(uint64_t digest, const char *name)
{
    const uint64_t prime = UINT64_C(0x100000001b3);
    for (; *name != '\0'; name++)
        digest = (digest ^ (uint8_t)*name) * prime;
    return digest * prime;
}

/* In the order of the enums. */
static uint64_t digest_of_names(void)
{
    uint64_t digest = UINT64_C(0xcbf29ce484222325);
    for (unsigned i = 0; i < PORT_STATE_COUNT; i++)
        digest = add_name(digest, port_state_name((enum port_state)i));
    for (unsigned i = 0; i < HANDSHAKE_RESULT_COUNT; i++)
        digest = add_name(digest, handshake_result_name((enum handshake_result)i));
    for (unsigned i = 0; i < TEARDOWN_RESULT_COUNT; i++)
        digest = add_name(digest, teardown_result_name((enum teardown_result)i));
    for (unsigned i = 0; i < REASON_COUNT; i++)
        digest = add_name(digest, reason_name((enum reason)i));
    for (unsigned i = 0; i < CAUSE_COUNT; i++)
        digest = add_name(digest, cause_name((enum cause)i));
    return digest;
}

void saved_layout(struct archive *archive)
{
    const uint64_t constants[] = {LAYOUT,
                                  PORT_STATE_COUNT,
                                  HANDSHAKE_RESULT_COUNT,
                                  TEARDOWN_RESULT_COUNT,
                                  REASON_COUNT,
                                  CAUSE_COUNT,
                                  OFFERS,
                                  AGREEMENT_COUNT,
                                  HISTOGRAM_SIZE,
                                  SLOWEST_MAX,
                                  PATH_HOPS_MAX,
                                  HOP_ADDRESSES_MAX,
                                  BREAKDOWN_PORTS,
                                  digest_of_names()};
    for (size_t i = 0; i < sizeof constants / sizeof constants[0]; i++)
        archive_constant(archive, constants[i]);
}

static uint64_t saved_count(struct archive *archive, uint64_t count)
{
    return archive_number(archive, count, COUNT_MAX);
}

static void saved_counts(struct archive *archive, uint64_t *counts, size_t size)
{
    for (size_t i = 0; i < size; i++)
        counts[i] = saved_count(archive, counts[i]);
}

static uint32_t saved_small(struct archive *archive, uint32_t count)
{
    return (uint32_t)archive_number(archive, count, UINT32_MAX);
}

static void require(struct archive *archive, bool valid)
{
    archive->broken = archive->broken || !valid;
}

static void saved_rtt(struct archive *archive, struct rtt_stats *stats)
{
    stats->count = saved_count(archive, stats->count);
    stats->first_ns = archive_signed(archive, stats->first_ns);
    stats->min_ns = archive_signed(archive, stats->min_ns);
    stats->max_ns = archive_signed(archive, stats->max_ns);
    stats->sum = archive_real(archive, stats->sum);
    stats->sum_of_squares = archive_real(archive, stats->sum_of_squares);
    require(archive, stats->min_ns <= stats->max_ns);
}

static void saved_jitter(struct archive *archive, struct jitter *jitter)
{
    jitter->count = saved_count(archive, jitter->count);
    jitter->last_ns = archive_signed(archive, jitter->last_ns);
    jitter->begun = archive_bool(archive, jitter->begun);
    jitter->sum = archive_real(archive, jitter->sum);
    require(archive, jitter->sum >= 0);
}

static void saved_traffic(struct archive *archive, struct traffic *traffic)
{
    uint64_t *const counts[] = {&traffic->segments, &traffic->syn, &traffic->fin, &traffic->data,
                                &traffic->duplicates};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        *counts[i] = saved_count(archive, *counts[i]);
}

static void saved_offers(struct archive *archive, struct offer_totals *offers)
{
    uint64_t *const counts[] = {&offers->offered.connections, &offers->offered.open,
                                &offers->plain.connections, &offers->plain.open};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        *counts[i] = saved_count(archive, *counts[i]);
    require(archive, offers->offered.open <= offers->offered.connections);
    require(archive, offers->plain.open <= offers->plain.connections);
}

static uint16_t saved_family(struct archive *archive, uint16_t family)
{
    uint16_t found = (uint16_t)archive_number(archive, family, UINT16_MAX);
    require(archive, found == FAMILY_NONE || found == FAMILY_IPV4 || found == FAMILY_IPV6);
    return archive->broken ? FAMILY_NONE : found;
}

static void saved_address(struct archive *archive, struct address *address)
{
    address->family = saved_family(archive, address->family);
    if (address->family != FAMILY_NONE)
        archive_octets(archive, address->bytes, sizeof address->bytes);
}

static void saved_latest(struct archive *archive, struct latest *latest)
{
    int64_t *const durations_ns[] = {
        &latest->total_ns,     &latest->resolve_ns, &latest->connect_ns,       &latest->syn_rtt_ns,
        &latest->ack_delay_ns, &latest->fin_rtt_ns, &latest->peer_fin_delay_ns};
    latest->port_state = CHOICE(archive, enum port_state, latest->port_state, PORT_STATE_COUNT);
    latest->reason = CHOICE(archive, enum reason, latest->reason, REASON_COUNT);
    latest->family = saved_family(archive, latest->family);
    for (size_t i = 0; i < sizeof durations_ns / sizeof durations_ns[0]; i++)
        *durations_ns[i] = archive_signed(archive, *durations_ns[i]);
    latest->close = /* the count where nothing was there to be closed */
        CHOICE(archive, enum teardown_result, latest->close, TEARDOWN_RESULT_COUNT + 1);
    latest->reset_by = CHOICE(archive, enum end_id, latest->reset_by, ENDS + 1);
    latest->unmet = CHOICE(archive, uint8_t, latest->unmet, CRITERION_CLOSE + 1);
}

static void saved_streak(struct archive *archive, struct streak *streak)
{
    streak->connections = saved_count(archive, streak->connections);
    streak->met = saved_count(archive, streak->met);
    streak->run = saved_small(archive, streak->run);
    streak->run_met = archive_bool(archive, streak->run_met);
    streak->failed = archive_bool(archive, streak->failed);
    streak->succeeded = archive_bool(archive, streak->succeeded);
}

void saved_summary(struct archive *archive, struct summary *summary)
{
    summary->port = (uint16_t)archive_number(archive, summary->port, UINT16_MAX);
    summary->connections = saved_count(archive, summary->connections);
    summary->ok = saved_count(archive, summary->ok);
    summary->warned = saved_count(archive, summary->warned);
    require(archive, summary->ok <= summary->connections);
    saved_counts(archive, summary->by_port_state, PORT_STATE_COUNT);
    saved_counts(archive, summary->by_handshake, HANDSHAKE_RESULT_COUNT);
    saved_counts(archive, summary->by_teardown, TEARDOWN_RESULT_COUNT);
    for (unsigned i = 0; i < CAUSE_COUNT; i++)
        summary->by_cause[i] = saved_small(archive, summary->by_cause[i]);
    saved_counts(archive, summary->by_close, TEARDOWN_RESULT_COUNT);
    saved_rtt(archive, &summary->connect);
    saved_rtt(archive, &summary->syn_rtt);
    saved_rtt(archive, &summary->fin_rtt);
    saved_jitter(archive, &summary->syn_jitter);
    for (unsigned end = 0; end < ENDS; end++)
        saved_traffic(archive, &summary->traffic[end]);
    saved_offers(archive, &summary->offers);
    saved_latest(archive, &summary->latest);
    saved_streak(archive, &summary->streak);
}

void saved_offer_counts(struct archive *archive, struct offer_counts *counts)
{
    for (unsigned i = 0; i < OFFERS; i++)
        for (unsigned j = 0; j < AGREEMENT_COUNT; j++)
            counts->became[i][j] = saved_small(archive, counts->became[i][j]);
}

static void saved_histogram(struct archive *archive, struct histogram *histogram)
{
    archive_sparse(archive, histogram->buckets, HISTOGRAM_SIZE);
    histogram->count = 0;
    for (size_t i = 0; i < HISTOGRAM_SIZE; i++)
        histogram->count += histogram->buckets[i];
}

static void saved_endpoint(struct archive *archive, struct endpoint *endpoint)
{
    saved_address(archive, &endpoint->address);
    endpoint->port = (uint16_t)archive_number(archive, endpoint->port, UINT16_MAX);
}

static void saved_slow(struct archive *archive, struct slow_handshake *slow)
{
    for (unsigned end = 0; end < ENDS; end++)
        saved_endpoint(archive, &slow->ends[end]);
    slow->start_ns = archive_signed(archive, slow->start_ns);
    slow->connect_ns = archive_signed(archive, slow->connect_ns);
    slow->total_ns = archive_signed(archive, slow->total_ns);
    slow->syn_count = saved_small(archive, slow->syn_count);
}

void saved_spread(struct archive *archive, struct spread *spread)
{
    saved_histogram(archive, &spread->connect);
    saved_histogram(archive, &spread->syn_rtt);
    saved_histogram(archive, &spread->fin_rtt);
    spread->slowest_count = (unsigned)archive_number(archive, spread->slowest_count, SLOWEST_MAX);
    for (unsigned i = 0; i < spread->slowest_count; i++)
        saved_slow(archive, &spread->slowest[i]);
}

static void saved_hop(struct archive *archive, struct hop_total *hop)
{
    hop->sent = saved_count(archive, hop->sent);
    hop->answered = saved_count(archive, hop->answered);
    saved_rtt(archive, &hop->rtt);
    hop->address_count = (uint8_t)archive_number(archive, hop->address_count, HOP_ADDRESSES_MAX);
    for (unsigned i = 0; i < hop->address_count; i++) {
        saved_address(archive, &hop->addresses[i].address);
        hop->addresses[i].connections = saved_count(archive, hop->addresses[i].connections);
        archive_text(archive, hop->addresses[i].name, sizeof hop->addresses[i].name);
    }
    hop->more_addresses = archive_bool(archive, hop->more_addresses);
}

void saved_path(struct archive *archive, struct path_totals *totals)
{
    totals->connections = saved_count(archive, totals->connections);
    totals->hop_count = (uint8_t)archive_number(archive, totals->hop_count, PATH_HOPS_MAX);
    for (unsigned i = 0; i < totals->hop_count; i++)
        saved_hop(archive, &totals->hops[i]);
}

static void put_networks(struct archive *archive, struct breakdown *breakdown)
{
    saved_count(archive, breakdown->network_count);
    for (size_t i = 0; i < BREAKDOWN_SLOTS; i++) {
        struct breakdown_network *network = &breakdown->networks[i];
        if (network->prefix.family == FAMILY_NONE)
            continue;
        saved_address(archive, &network->prefix);
        saved_counts(archive, network->counts.by_port_state, PORT_STATE_COUNT);
    }
}

static void get_networks(struct archive *archive, struct breakdown *breakdown)
{
    uint64_t count = archive_number(archive, 0, BREAKDOWN_NETWORKS);
    for (uint64_t i = 0; i < count && !archive->broken; i++) {
        struct breakdown_network network = {0};
        saved_address(archive, &network.prefix);
        saved_counts(archive, network.counts.by_port_state, PORT_STATE_COUNT);
        require(archive, breakdown_add_network(breakdown, &network));
    }
}

void saved_breakdown(struct archive *archive, struct breakdown *breakdown)
{
    uint64_t *counts = (uint64_t *)(void *)breakdown->ports;
    _Static_assert(sizeof breakdown->ports == sizeof(uint64_t) * PORT_STATE_COUNT * BREAKDOWN_PORTS,
                   "counts without gaps");
    archive_sparse(archive, counts, (size_t)PORT_STATE_COUNT * BREAKDOWN_PORTS);
    if (archive_reads(archive)) {
        breakdown_count_ports(breakdown);
        get_networks(archive, breakdown);
    } else {
        put_networks(archive, breakdown);
    }
    saved_counts(archive, breakdown->other_networks.by_port_state, PORT_STATE_COUNT);
}
