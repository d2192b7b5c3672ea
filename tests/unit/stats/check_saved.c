/* SPDX-License-Identifier: BSD-2-Clause */
/* Summaries come back as they were written, and octets that are cut or spoilt give values in the
 * bounds that reports rely on. */
#include "stats/saved.h"

#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define ROOM 300000

struct everything {
    struct summary summary;
    struct spread spread;
    struct offer_counts offers;
    struct path_totals path;
    struct breakdown breakdown;
};

static struct everything *written, *found;
static uint8_t *octets, *again;

static void set_up(void)
{
    written = calloc(1, sizeof *written);
    found = calloc(1, sizeof *found);
    octets = calloc(1, ROOM);
    again = calloc(1, ROOM);
    ck_assert(written != NULL && found != NULL && octets != NULL && again != NULL);
}

static void tear_down(void)
{
    free(written);
    free(found);
    free(octets);
    free(again);
}

static void visit(struct archive *archive, struct everything *all)
{
    saved_layout(archive);
    saved_summary(archive, &all->summary);
    saved_spread(archive, &all->spread);
    saved_offer_counts(archive, &all->offers);
    saved_path(archive, &all->path);
    saved_breakdown(archive, &all->breakdown);
}

static size_t write_to(uint8_t *out, struct everything *all)
{
    struct archive archive = archive_to(out, ROOM);
    visit(&archive, all);
    ck_assert_uint_le(archive.at, ROOM);
    return archive.at;
}

static bool read_from(const uint8_t *in, size_t len, struct everything *all)
{
    struct archive archive = archive_from(in, len);
    memset(all, 0, sizeof *all);
    visit(&archive, all);
    return archive_is_read(&archive);
}

static struct connection_result make_result(uint64_t *random)
{
    struct connection_result result = {
        .ok = next_random(random) % 2 == 0,
        .warned = next_random(random) % 2 == 0,
        .done = true,
        .has_client = true,
        .port_state = (enum port_state)(next_random(random) % PORT_STATE_COUNT),
        .start_ns = 1000,
        .end_ns = (int64_t)(next_random(random) % 1000000),
        .resolve_ns = DURATION_UNKNOWN,
    };
    result.handshake.result = (enum handshake_result)(next_random(random) % HANDSHAKE_RESULT_COUNT);
    result.handshake.reason = (enum reason)(next_random(random) % REASON_COUNT);
    result.handshake.connect_ns = (int64_t)(next_random(random) % 100000000);
    result.handshake.syn_rtt_ns = (int64_t)(next_random(random) % 50000000);
    result.handshake.ack_delay_ns = DURATION_UNKNOWN;
    result.handshake.syn_count = 1 + (uint32_t)(next_random(random) % 3);
    result.teardown.result = (enum teardown_result)(next_random(random) % TEARDOWN_RESULT_COUNT);
    result.teardown.fin_rtt_ns = (int64_t)(next_random(random) % 50000000);
    result.teardown.reset_by = NEITHER;
    result.openings[CLIENT].seen = true;
    result.openings[CLIENT].offers =
        (uint8_t)(next_random(random) % 2 == 0 ? OFFER_BIT(OFFER_ECN) : 0);
    result.openings[SERVER].seen = true;
    result.segments[CLIENT] = result.segments[SERVER] = 5;
    result.repeats[SERVER].syn = (uint32_t)(next_random(random) % 4);
    result.ends[SERVER] =
        (struct endpoint){.address = {next_random(random) % 2 == 0 ? FAMILY_IPV4 : FAMILY_IPV6,
                                      {10, (uint8_t)next_random(random)}},
                          .port = (uint16_t)next_random(random)};
    return result;
}

static void add_path(struct path_totals *totals, uint64_t *random)
{
    struct path path;
    memset(&path, 0, sizeof path);
    path.hop_count = 3;
    for (unsigned i = 0; i < path.hop_count; i++)
        path.hops[i] = (struct path_hop){
            .sent = 2,
            .answered = (uint8_t)(next_random(random) % 2),
            .rtt_ns = (int64_t)(next_random(random) % 1000000),
            .address = {FAMILY_IPV4, {192, 0, 2, (uint8_t)(next_random(random) % 7)}},
            .name = "router.example"};
    path_totals_add(totals, &path);
}

/* A summary as a run has it. */
static void fill(struct everything *all, unsigned connections)
{
    uint64_t random = 99;
    static const struct conditions conditions = {.fail_after = 3, .max_loss = PERCENT_NONE};
    struct diagnoses diagnoses = {.count = 1};
    all->summary.target = "a target";
    all->summary.spread = &all->spread;
    all->summary.offers.counts = &all->offers;
    all->offers.became[OFFER_ECN][AGREED] = 7;
    for (unsigned i = 0; i < connections; i++) {
        struct connection_result result = make_result(&random);
        diagnoses.list[0].cause = (enum cause)(i % CAUSE_COUNT);
        result.diagnoses = &diagnoses;
        summary_add(&all->summary, &result);
        streak_add(&all->summary.streak, &conditions, result.ok);
        breakdown_add(&all->breakdown, &result.ends[SERVER], result.port_state);
        add_path(&all->path, &random);
    }
}

static void check_figures(const struct everything *all)
{
    struct summary summary = all->summary;
    summary.spread = (struct spread *)(uintptr_t)&all->spread;
    for (unsigned percent = 1; percent <= 100; percent++)
        ck_assert_int_eq(summary_connect_percentile_ns(&summary, percent),
                         summary_connect_percentile_ns(&written->summary, percent));
    ck_assert_int_eq(rtt_stats_mean_ns(&all->summary.syn_rtt),
                     rtt_stats_mean_ns(&written->summary.syn_rtt));
    ck_assert_int_eq(rtt_stats_mdev_ns(&all->summary.fin_rtt),
                     rtt_stats_mdev_ns(&written->summary.fin_rtt));
    ck_assert_int_eq(jitter_mean_ns(&all->summary.syn_jitter),
                     jitter_mean_ns(&written->summary.syn_jitter));
    ck_assert_uint_eq(all->breakdown.connections, written->breakdown.connections);
    ck_assert_uint_eq(all->breakdown.port_count, written->breakdown.port_count);
    ck_assert_uint_eq(all->breakdown.network_count, written->breakdown.network_count);
}

static void check_round_trip(unsigned connections)
{
    fill(written, connections);
    size_t len = write_to(octets, written);
    uint8_t *copy = guarded_copy(octets, len);
    ck_assert(read_from(copy, len, found));
    guarded_free(copy, len);
    check_figures(found);
    ck_assert_uint_eq(write_to(again, found), len);
    ck_assert_uint_eq(found->summary.connections, connections);
}

START_TEST(an_empty_summary_comes_back)
{
    check_round_trip(0);
    ck_assert_int_eq(memcmp(octets, again, ROOM), 0);
}
END_TEST

/* The networks may stand in other slots: one network is the same octets again. */
START_TEST(a_summary_comes_back)
{
    check_round_trip(1);
    ck_assert_int_eq(memcmp(octets, again, ROOM), 0);
}
END_TEST

START_TEST(a_large_summary_comes_back)
{
    check_round_trip(5000);
    ck_assert_uint_eq(found->summary.traffic[SERVER].syn, written->summary.traffic[SERVER].syn);
    ck_assert_uint_eq(found->spread.slowest_count, SLOWEST_MAX);
    ck_assert_int_eq(found->spread.slowest[4].connect_ns, written->spread.slowest[4].connect_ns);
    ck_assert_uint_eq(found->path.hops[1].address_count, HOP_ADDRESSES_MAX);
    ck_assert_uint_eq(found->summary.by_cause[CAUSE_COUNT - 1],
                      written->summary.by_cause[CAUSE_COUNT - 1]);
    ck_assert(found->summary.streak.failed);
    ck_assert_str_eq(found->path.hops[1].addresses[2].name, "router.example");
    ck_assert_uint_eq(found->offers.became[OFFER_ECN][AGREED], 7);
    ck_assert_int_eq(memcmp(&found->offers, &written->offers, sizeof found->offers), 0);
}
END_TEST

START_TEST(goes_on_where_it_was)
{
    fill(written, 100);
    size_t len = write_to(octets, written);
    ck_assert(read_from(octets, len, found));
    found->summary.target = "a target";
    found->summary.spread = &found->spread;
    found->summary.offers.counts = &found->offers;
    fill(written, 100);
    fill(found, 100);
    check_figures(found);
}
END_TEST

START_TEST(notes_what_is_cut)
{
    fill(written, 3);
    size_t len = write_to(octets, written);
    for (size_t cut = 0; cut < len; cut++) {
        uint8_t *copy = guarded_copy(octets, cut);
        ck_assert_msg(!read_from(copy, cut, found), "cut to %zu", cut);
        guarded_free(copy, cut);
    }
}
END_TEST

static void check_bounds(const struct everything *all)
{
    const struct summary *summary = &all->summary;
    ck_assert_uint_lt(summary->latest.port_state, PORT_STATE_COUNT);
    ck_assert_uint_lt(summary->latest.reason, REASON_COUNT);
    ck_assert_uint_le(summary->latest.close, TEARDOWN_RESULT_COUNT);
    ck_assert_uint_le(summary->latest.reset_by, NEITHER);
    ck_assert_uint_le(all->spread.slowest_count, SLOWEST_MAX);
    ck_assert_uint_le(all->path.hop_count, PATH_HOPS_MAX);
    for (unsigned i = 0; i < all->path.hop_count; i++)
        ck_assert_uint_le(all->path.hops[i].address_count, HOP_ADDRESSES_MAX);
    ck_assert_uint_le(all->breakdown.network_count, BREAKDOWN_NETWORKS);
    rtt_stats_mean_ns(&summary->connect);
    rtt_stats_mdev_ns(&summary->connect);
    jitter_mean_ns(&summary->syn_jitter);
}

START_TEST(stays_in_bounds_whatever_is_read)
{
    uint64_t random = 7;
    fill(written, 4);
    size_t len = write_to(octets, written);
    for (unsigned round = 0; round < 1000; round++) {
        memcpy(again, octets, len);
        for (unsigned i = 0; i <= round % 3; i++)
            again[next_random(&random) % len] = (uint8_t)next_random(&random);
        if (read_from(again, len, found))
            check_bounds(found);
    }
}
END_TEST

/* Values that no run can have. */
static void more_ok_than_connections(struct everything *all)
{
    all->summary.ok = all->summary.connections + 1;
}

static void more_offered_open(struct everything *all)
{
    all->summary.offers.offered.open = all->summary.offers.offered.connections + 1;
}

static void more_plain_open(struct everything *all)
{
    all->summary.offers.plain.open = all->summary.offers.plain.connections + 1;
    all->summary.offers.offered.connections += 9;
}

static void least_above_greatest(struct everything *all)
{
    all->summary.fin_rtt.min_ns = all->summary.fin_rtt.max_ns + 1;
}

static void jitter_below_nothing(struct everything *all)
{
    all->summary.syn_jitter.sum = -1;
}

static void family_of_none(struct everything *all)
{
    all->summary.latest.family = 5;
}

static void address_of_no_family(struct everything *all)
{
    all->spread.slowest_count = 1;
    all->spread.slowest[0].ends[SERVER].address.family = 5;
}

static void (*const impossible[])(struct everything *all) = {
    more_ok_than_connections, more_offered_open,    more_plain_open, least_above_greatest,
    jitter_below_nothing,     address_of_no_family, family_of_none,
};

START_TEST(refuses_what_cannot_be)
{
    fill(written, 4);
    ck_assert(read_from(octets, write_to(octets, written), found));
    impossible[_i](written);
    ck_assert(!read_from(octets, write_to(octets, written), found));
}
END_TEST

/* More hops, or addresses of a hop, than a path has room for. */
START_TEST(refuses_a_path_that_is_too_long)
{
    struct archive archive = archive_to(octets, ROOM);
    archive_number(&archive, 1, UINT64_MAX);
    archive_number(&archive, PATH_HOPS_MAX + 1, UINT64_MAX);
    archive = archive_from(octets, ROOM);
    saved_path(&archive, &found->path);
    ck_assert(archive.broken);
    ck_assert_uint_eq(found->path.hop_count, 0);
}
END_TEST

/* Of the last connection each time and each choice, with a close of every kind or of none. */
START_TEST(the_last_connection_comes_back)
{
    struct latest *latest = &written->summary.latest;
    *latest = (struct latest){.port_state = PORT_UNREACHABLE,
                              .reason = REASON_TRANSLATED,
                              .family = FAMILY_IPV6,
                              .total_ns = 1,
                              .resolve_ns = 2,
                              .connect_ns = 3,
                              .syn_rtt_ns = 4,
                              .ack_delay_ns = 5,
                              .fin_rtt_ns = DURATION_UNKNOWN,
                              .peer_fin_delay_ns = 7,
                              .reset_by = NEITHER};
    for (unsigned close = 0; close <= TEARDOWN_RESULT_COUNT; close++) {
        latest->close = (enum teardown_result)close;
        ck_assert(read_from(octets, write_to(octets, written), found));
        ck_assert_int_eq(memcmp(&found->summary.latest, latest, sizeof *latest), 0);
    }
}
END_TEST

static void slow_fields(struct everything *all)
{
    all->spread.slowest_count = 1;
    all->spread.slowest[0] = (struct slow_handshake){.start_ns = 1,
                                                     .connect_ns = 2,
                                                     .total_ns = 3,
                                                     .syn_count = 4,
                                                     .ends = {[SERVER] = {.port = 5}}};
    all->spread.slowest[0].ends[CLIENT].address = (struct address){FAMILY_IPV6, {1, [15] = 2}};
}

/* What no report compares. */
START_TEST(each_field_comes_back)
{
    struct summary *summary = &written->summary;
    slow_fields(written);
    summary->streak =
        (struct streak){.connections = 9, .met = 8, .run = 7, .run_met = true, .succeeded = true};
    summary->syn_jitter = (struct jitter){.count = 1, .last_ns = 2, .sum = 3, .begun = true};
    summary->traffic[CLIENT] = (struct traffic){1, 2, 3, 4, 5};
    summary->warned = 3;
    summary->port = 443;
    written->path.hop_count = 1;
    written->path.connections = 2;
    written->path.hops[0].more_addresses = true;
    ck_assert(read_from(octets, write_to(octets, written), found));
    ck_assert_int_eq(memcmp(&found->spread.slowest[0], &written->spread.slowest[0],
                            sizeof found->spread.slowest[0]),
                     0);
    ck_assert_int_eq(memcmp(&found->summary.streak, &summary->streak, sizeof summary->streak), 0);
    ck_assert_int_eq(memcmp(&found->summary.traffic, &summary->traffic, sizeof summary->traffic),
                     0);
    ck_assert_int_eq(found->summary.syn_jitter.last_ns, 2);
    ck_assert(found->summary.syn_jitter.begun);
    ck_assert_uint_eq(found->summary.warned, 3);
    ck_assert_uint_eq(found->summary.port, 443);
    ck_assert_uint_eq(found->path.connections, 2);
    ck_assert(found->path.hops[0].more_addresses);
}
END_TEST

/* The last octets are those of the networks and of the others. */
START_TEST(refuses_a_network_twice)
{
    struct breakdown *breakdown = &written->breakdown;
    const struct breakdown_network network = {.prefix = {FAMILY_IPV4, {10, 0, 1, 9}}};
    const struct breakdown_network none = {.prefix = {FAMILY_NONE, {0}}};
    ck_assert(breakdown_add_network(breakdown, &network));
    ck_assert(!breakdown_add_network(breakdown, &network));
    ck_assert(!breakdown_add_network(breakdown, &none));
    breakdown->network_count = BREAKDOWN_NETWORKS;
    const struct breakdown_network other = {.prefix = {FAMILY_IPV4, {10, 0, 2, 9}}};
    ck_assert(!breakdown_add_network(breakdown, &other));
}
END_TEST

/* A new member has to be written and read, too, and LAYOUT to be raised: by the sizes it is
 * noticed.
 */
START_TEST(knows_all_members)
{
    static const struct {
        size_t wanted, size;
    } rows[] = {
        {800, sizeof(struct summary)},
        {48, sizeof(struct rtt_stats)},
        {32, sizeof(struct jitter)},
        {40, sizeof(struct traffic)},
        {40, sizeof(struct offer_totals)},
        {160, sizeof(struct offer_counts)},
        {80, sizeof(struct latest)},
        {24, sizeof(struct streak)},
        {89480, sizeof(struct spread)},
        {72, sizeof(struct slow_handshake)},
        {78352, sizeof(struct path_totals)},
        {1224, sizeof(struct hop_total)},
        {288, sizeof(struct hop_address)},
        {3145792, sizeof(struct breakdown)},
        {64, sizeof(struct breakdown_network)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && sizeof(void *) == 8; i++)
        ck_assert_msg(rows[i].wanted == rows[i].size, "row %zu: a member that is not saved?", i);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("saved");
    TCase *tcase = tcase_create("saved");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, an_empty_summary_comes_back);
    tcase_add_test(tcase, a_summary_comes_back);
    tcase_add_test(tcase, a_large_summary_comes_back);
    tcase_add_test(tcase, goes_on_where_it_was);
    tcase_add_test(tcase, notes_what_is_cut);
    tcase_add_test(tcase, stays_in_bounds_whatever_is_read);
    tcase_add_loop_test(tcase, refuses_what_cannot_be, 0, sizeof impossible / sizeof impossible[0]);
    tcase_add_test(tcase, refuses_a_path_that_is_too_long);
    tcase_add_test(tcase, the_last_connection_comes_back);
    tcase_add_test(tcase, each_field_comes_back);
    tcase_add_test(tcase, refuses_a_network_twice);
    tcase_add_test(tcase, knows_all_members);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
