/* SPDX-License-Identifier: BSD-2-Clause */
#include "output/tally.h"

#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "path/path.h"
#include "stats/pathtotals.h"

enum { SHOWN_MAX = 2000 };

static const struct conditions no_conditions = {.max_loss = PERCENT_NONE};

/* A format that keeps what it is handed. */
static struct {
    struct summary summaries[SHOWN_MAX];
    char targets[SHOWN_MAX][64];
    size_t count;
} shown;

static void keep(struct report *report, const struct summary *summaries, size_t count)
{
    (void)report;
    ck_assert_uint_le(count, SHOWN_MAX);
    shown.count = count;
    for (size_t i = 0; i < count; i++) {
        shown.summaries[i] = summaries[i];
        snprintf(shown.targets[i], sizeof shown.targets[i], "%s",
                 summaries[i].target != NULL ? summaries[i].target : "(run)");
    }
}

static const struct report_format keeper = {.name = "keeper", .summary = keep};

static const struct report_format keeper_of_all = {
    .name = "keeper", .every_target = true, .summary = keep};

static void show_by(struct tally *tally, const struct report_format *format)
{
    struct report report;
    struct report_style style = {.columns = 80};
    FILE *out = tmpfile();
    ck_assert_ptr_nonnull(out);
    memset(&shown, 0, sizeof shown);
    report_open(&report, format, &style, out);
    tally_report(tally, &report);
    ck_assert_int_eq(report_finish(&report), 0);
    fclose(out);
}

static void show(struct tally *tally)
{
    show_by(tally, &keeper);
}

static void add(struct tally *tally, const char *target, uint8_t address, uint16_t port, bool ok)
{
    struct connection_result result = {.target = target, .ok = ok, .port_state = PORT_OPEN};
    result.ends[SERVER].address = (struct address){FAMILY_IPV4, {192, 0, 2, address}};
    result.ends[SERVER].port = port;
    result.handshake.syn_rtt_ns = 1000 * address;
    result.teardown.fin_rtt_ns = DURATION_UNKNOWN;
    tally_add(tally, &result);
}

static void expect(size_t at, const char *target, uint16_t port, uint64_t connections, uint64_t ok)
{
    ck_assert_uint_lt(at, shown.count);
    ck_assert_str_eq(shown.targets[at], target);
    ck_assert_uint_eq(shown.summaries[at].port, port);
    ck_assert_uint_eq(shown.summaries[at].connections, connections);
    ck_assert_uint_eq(shown.summaries[at].ok, ok);
}

/* Of more than 64 targets, whether each is kept or not, the run is told by port and by network. */
START_TEST(many_targets_are_broken_down)
{
    for (unsigned targets = 64; targets <= 65; targets++) {
        struct tally *tally = tally_new(&no_conditions);
        char name[16];
        if (_i == 1)
            tally_each_once(tally);
        for (unsigned i = 0; i < targets; i++) {
            snprintf(name, sizeof name, "t%u", i);
            add(tally, name, (uint8_t)i, 80, true);
        }
        show(tally);
        ck_assert(shown.count > 0 &&
                  (shown.summaries[shown.count - 1].breakdown != NULL) == (targets == 65));
        tally_free(tally);
    }
}
END_TEST

START_TEST(of_nothing_shows_the_run)
{
    struct tally *tally = tally_new(&no_conditions);
    show(tally);
    ck_assert_uint_eq(shown.count, 1);
    expect(0, "(run)", 0, 0, 0);
    tally_free(tally);
    tally_free(NULL);
}
END_TEST

START_TEST(of_one_target_shows_that)
{
    struct tally *tally = tally_new(&no_conditions);
    for (unsigned i = 1; i < 4; i++) {
        add(tally, "example.com", 80, 443, i != 2);
        show(tally);
        ck_assert_uint_eq(shown.count, 1);
        expect(0, "example.com", 443, i, i - (i >= 2));
    }
    ck_assert_uint_eq(tally_whole(tally)->connections, 3);
    ck_assert(tally_knows(tally, "example.com", 443));
    ck_assert(!tally_knows(tally, "example.com", 80) && !tally_knows(tally, "a", 443) &&
              !tally_knows(tally, NULL, 443));
    ck_assert_int_eq(rtt_stats_mean_ns(&shown.summaries[0].syn_rtt), 80000);
    tally_free(tally);
}
END_TEST

/* In the order of their first connection: those with several, then the run. */
START_TEST(of_several_shows_those_with_several_and_the_run)
{
    struct tally *tally = tally_new(&no_conditions);
    add(tally, "b", 1, 80, true);
    add(tally, "a", 1, 80, true);
    add(tally, "a", 1, 81, false);
    show(tally);
    ck_assert_uint_eq(shown.count, 1);
    expect(0, "(run)", 0, 3, 2);
    add(tally, "a", 2, 80, true); /* the name counts, not where it led */
    add(tally, "b", 1, 80, false);
    show(tally);
    ck_assert_uint_eq(shown.count, 3);
    expect(0, "b", 80, 2, 1);
    expect(1, "a", 80, 2, 2);
    expect(2, "(run)", 0, 5, 3);
    tally_free(tally);
}
END_TEST

static void add_of_place(struct tally *tally, const char *target, uint32_t place)
{
    struct connection_result result = {.target = target, .place = place};
    result.handshake.syn_rtt_ns = result.teardown.fin_rtt_ns = DURATION_UNKNOWN;
    tally_add(tally, &result);
}

/* As they were typed, whichever ends first, and in a summary on the way too. */
START_TEST(keeps_the_order_of_the_targets)
{
    struct tally *tally = tally_new(&no_conditions);
    add_of_place(tally, "c", 3);
    add_of_place(tally, "a", 1);
    show_by(tally, &keeper_of_all);
    expect(0, "a", 0, 1, 0);
    expect(1, "c", 0, 1, 0);
    add_of_place(tally, "b", 2);
    add_of_place(tally, "a", 1);
    show_by(tally, &keeper_of_all);
    ck_assert_uint_eq(shown.count, 3);
    expect(0, "a", 0, 2, 0);
    expect(1, "b", 0, 1, 0);
    expect(2, "c", 0, 1, 0);
    tally_free(tally);
}
END_TEST

/* Each target has its own, those of its first connection. */
START_TEST(labels_are_of_each_target)
{
    static const struct {
        const char *target, *labels, *wanted;
    } rows[] = {{"a", "team=a", "team=a"}, {"b", "team=b", "team=b"}, {"c", "", NULL},
                {"d", NULL, NULL},         {"e", "team=e", "team=e"}, {"a", "team=z", "team=a"}};
    struct tally *tally = tally_new(&no_conditions);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct target_notes notes = {.labels = rows[i].labels};
        struct connection_result result = {.target = rows[i].target,
                                           .notes = rows[i].labels != NULL ? &notes : NULL};
        result.handshake.syn_rtt_ns = result.teardown.fin_rtt_ns = DURATION_UNKNOWN;
        tally_add(tally, &result);
    }
    show_by(tally, &keeper_of_all);
    ck_assert_uint_eq(shown.count, 5);
    for (size_t i = 0; i < shown.count; i++) {
        const char *labels = shown.summaries[i].labels;
        ck_assert_str_eq(shown.targets[i], rows[i].target);
        ck_assert((labels == NULL) == (rows[i].wanted == NULL));
        ck_assert(labels == NULL || strcmp(labels, rows[i].wanted) == 0);
    }
    tally_free(tally);
}
END_TEST

/* Without a name there is nothing to sum up by. */
START_TEST(counts_the_nameless_in_the_run_alone)
{
    struct tally *tally = tally_new(&no_conditions);
    for (unsigned i = 0; i < 2; i++) {
        add(tally, NULL, 1, 80, true);
        add(tally, NULL, 2, 80, true);
        add(tally, "192.0.2.1", 1, 80, true);
    }
    show(tally);
    ck_assert_uint_eq(shown.count, 2);
    expect(0, "192.0.2.1", 80, 2, 2);
    expect(1, "(run)", 0, 6, 6);
    tally_free(tally);
}
END_TEST

/* What it is given may be gone afterwards. */
START_TEST(keeps_its_own_names)
{
    struct tally *tally = tally_new(&no_conditions);
    char name[16];
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 3; i++) {
            snprintf(name, sizeof name, "host%u", i);
            add(tally, name, 1, 80, true);
            memset(name, 'x', sizeof name - 1);
        }
    }
    show(tally);
    ck_assert_uint_eq(shown.count, 4);
    expect(0, "host0", 80, 2, 2);
    expect(2, "host2", 80, 2, 2);
    tally_free(tally);
}
END_TEST

/* Against counters: a thousand targets in any order. */
START_TEST(agrees_with_a_model)
{
    enum { TARGETS = 1000 };
    static struct {
        unsigned connections, ok, first;
    } model[TARGETS];
    struct tally *tally = tally_new(&no_conditions);
    uint64_t random = (uint64_t)_i;
    unsigned all_ok = 0, firsts = 0;
    memset(model, 0, sizeof model);
    for (unsigned i = 0; i < 20000; i++) {
        unsigned at = (unsigned)(next_random(&random) % TARGETS);
        bool ok = next_random(&random) % 3 == 0;
        char name[16];
        snprintf(name, sizeof name, "h%u", at / 2);
        add(tally, name, 1, (uint16_t)(80 + at % 2), ok);
        if (model[at].connections++ == 0)
            model[at].first = firsts++;
        model[at].ok += ok;
        all_ok += ok;
    }
    show(tally);
    ck_assert_uint_eq(shown.count, firsts + 1);
    for (unsigned at = 0; at < TARGETS; at++) {
        char name[16];
        snprintf(name, sizeof name, "h%u", at / 2);
        expect(model[at].first, name, (uint16_t)(80 + at % 2), model[at].connections, model[at].ok);
    }
    expect(firsts, "(run)", 0, 20000, all_ok);
    tally_free(tally);
}
END_TEST

START_TEST(shows_every_target_to_programs)
{
    struct tally *tally = tally_new(&no_conditions);
    add(tally, "a", 1, 80, true);
    add(tally, "b", 2, 80, false);
    show_by(tally, &keeper_of_all);
    ck_assert_uint_eq(shown.count, 2);
    expect(0, "a", 80, 1, 1);
    expect(1, "b", 80, 1, 0);
    add(tally, NULL, 3, 80, true);
    show_by(tally, &keeper_of_all);
    ck_assert_uint_eq(shown.count, 3);
    expect(2, "(run)", 0, 3, 2);
    tally_free(tally);
}
END_TEST

/* And stand behind those that have a place. */
START_TEST(others_come_last)
{
    struct tally *tally = tally_new(&no_conditions);
    tally_limit(tally, 2);
    add_of_place(tally, "b", 2);
    add_of_place(tally, "a", 1);
    add_of_place(tally, "c", 3);
    show_by(tally, &keeper_of_all);
    ck_assert_uint_eq(shown.count, 3);
    expect(0, "a", 0, 1, 0);
    expect(1, "b", 0, 1, 0);
    expect(2, TALLY_OTHERS, 0, 1, 0);
    tally_free(tally);
}
END_TEST

START_TEST(judges_each_target_by_itself)
{
    const struct conditions conditions = {2, 3, PERCENT_NONE};
    struct tally *tally = tally_new(&conditions);
    for (unsigned i = 0; i < 3; i++) {
        add(tally, "a", 1, 80, true);
        add(tally, "b", 2, 80, i != 1);
    }
    ck_assert(tally_is_decided(tally, "a", 80));
    ck_assert(!tally_is_decided(tally, "a", 81));
    ck_assert(!tally_is_decided(tally, "b", 80));
    ck_assert(!tally_has_failed(tally) && !tally_holds(tally)); /* b has not succeeded yet */
    show(tally);
    ck_assert(shown.summaries[0].holds && !shown.summaries[1].holds && !shown.summaries[2].holds);
    add(tally, "b", 2, 80, true);
    add(tally, "b", 2, 80, true);
    ck_assert(tally_is_decided(tally, "b", 80) && tally_holds(tally));
    add(tally, "c", 3, 80, false);
    add(tally, "c", 3, 80, false);
    ck_assert(tally_has_failed(tally) && !tally_holds(tally));
    tally_free(tally);
}
END_TEST

START_TEST(judges_the_nameless_together)
{
    const struct conditions conditions = {0, 0, PERCENT_ALL / 2};
    struct tally *tally = tally_new(&conditions);
    ck_assert(tally_holds(tally));
    add(tally, NULL, 1, 80, false);
    ck_assert(!tally_holds(tally));
    add(tally, NULL, 2, 81, true);
    ck_assert(tally_holds(tally));
    tally_free(tally);
}
END_TEST

/* Round trips are 1000 ns times the last octet of the address. */
/* Many targets with one connection each: the same result as when they are kept. */
START_TEST(keeps_none_of_those_that_are_seen_once)
{
    enum { MANY = 1500 };
    static const struct conditions all[] = {{.max_loss = PERCENT_NONE},
                                            {.max_loss = PERCENT_ALL},
                                            {.max_loss = PERCENT_NONE, .fail_after = 1},
                                            {.max_loss = PERCENT_NONE, .fail_after = 2},
                                            {.max_loss = PERCENT_NONE, .succeed_after = 1}};
    for (unsigned broken = 0; broken < 2; broken++) {
        struct tally *once = tally_new(&all[_i]), *kept = tally_new(&all[_i]);
        tally_each_once(once);
        ck_assert_int_eq(tally_holds(once), tally_holds(kept));
        for (unsigned i = 0; i < MANY; i++) {
            bool ok = broken == 0 || i != MANY / 2;
            add(once, "host.example", (uint8_t)i, (uint16_t)(1 + i), ok);
            add(kept, "host.example", (uint8_t)i, (uint16_t)(1 + i), ok);
            ck_assert_int_eq(tally_holds(once), tally_holds(kept));
            ck_assert_int_eq(tally_has_failed(once), tally_has_failed(kept));
        }
        ck_assert(!tally_knows(once, "host.example", 1));
        show(kept);
        const struct summary whole = shown.summaries[0];
        ck_assert_uint_eq(shown.count, 1);
        show(once);
        ck_assert_uint_eq(shown.count, 1);
        ck_assert_uint_eq(shown.summaries[0].connections, MANY);
        ck_assert_uint_eq(shown.summaries[0].ok, whole.ok);
        ck_assert_int_eq(shown.summaries[0].holds, whole.holds);
        tally_free(once);
        tally_free(kept);
    }
}
END_TEST

START_TEST(measures_jitter_within_a_target)
{
    struct tally *tally = tally_new(&no_conditions);
    for (unsigned i = 0; i < 3; i++) {
        add(tally, "near", 1, 80, true);
        add(tally, "far", (uint8_t)(100 + 10 * i), 80, true);
    }
    show(tally);
    ck_assert_int_eq(jitter_mean_ns(&shown.summaries[0].syn_jitter), 0);
    ck_assert_int_eq(jitter_mean_ns(&shown.summaries[1].syn_jitter), 10000);
    ck_assert_int_eq(jitter_mean_ns(&shown.summaries[2].syn_jitter), 5000);
    tally_free(tally);
}
END_TEST

/* Each connection of a target adds its path to those before. */
START_TEST(paths_add_up)
{
    struct tally *tally = tally_new(&no_conditions);
    static struct path path;
    struct connection_result result = {.target = "a", .ok = true, .path = &path};
    path.hop_count = 1;
    path.hops[0].answered = 1;
    for (unsigned i = 0; i < 3; i++)
        tally_add(tally, &result);
    show(tally);
    ck_assert_ptr_nonnull(shown.summaries[0].path);
    ck_assert_uint_eq(shown.summaries[0].path->connections, 3);
    ck_assert(!tally_lacks_memory(tally));
    tally_free(tally);
}
END_TEST

/* What became of offers is kept where something was offered, and of the whole. */
START_TEST(offers_add_up)
{
    struct tally *tally = tally_new(&no_conditions);
    struct connection_result result = {.target = "a", .done = true, .port_state = PORT_OPEN};
    result.has_options[CLIENT] = true;
    result.openings[CLIENT] = (struct opening){.seen = true, .offers = OFFER_BIT(OFFER_MPTCP)};
    result.has_options[SERVER] = true;
    result.openings[SERVER] = (struct opening){.seen = true};
    for (unsigned i = 0; i < 3; i++)
        tally_add(tally, &result);
    result.target = "b";
    result.openings[CLIENT].offers = 0;
    tally_add(tally, &result);
    show_by(tally, &keeper_of_all);
    ck_assert_uint_eq(shown.summaries[0].offers.counts->became[OFFER_MPTCP][IGNORED], 3);
    ck_assert_ptr_null(shown.summaries[1].offers.counts);
    ck_assert_uint_eq(shown.summaries[1].offers.plain.connections, 1);
    ck_assert_uint_eq(tally_whole(tally)->offers.counts->became[OFFER_MPTCP][IGNORED], 3);
    ck_assert(!tally_lacks_memory(tally));
    tally_free(tally);
}
END_TEST

/* A run of nothing has not had the successes that were asked for. */
START_TEST(nothing_holds_no_condition)
{
    const struct conditions conditions = {.succeed_after = 1, .max_loss = PERCENT_NONE};
    struct tally *tally = tally_new(&conditions);
    ck_assert(!tally_holds(tally));
    tally_free(tally);
    tally = tally_new(&no_conditions);
    ck_assert(tally_holds(tally));
    tally_free(tally);
}
END_TEST

/* What goes beyond the limit is one more, without port; the sums stay whole. */
START_TEST(others_are_one)
{
    struct tally *tally = tally_new(&no_conditions);
    tally_limit(tally, 2);
    add(tally, "a", 1, 80, true);
    add(tally, "b", 1, 80, true);
    ck_assert_uint_eq(tally_others(tally), 0);
    add(tally, "a", 1, 81, false);
    add(tally, "c", 1, 80, true);
    add(tally, "b", 1, 80, true);
    add(tally, "c", 1, 80, false);
    ck_assert_uint_eq(tally_others(tally), 3);
    show_by(tally, &keeper_of_all);
    ck_assert_uint_eq(shown.count, 3);
    expect(0, "a", 80, 1, 1);
    expect(1, "b", 80, 2, 2);
    expect(2, TALLY_OTHERS, 0, 3, 1);
    ck_assert_uint_eq(tally_whole(tally)->connections, 6);
    ck_assert(!tally_holds(tally));
    tally_free(tally);
}
END_TEST

static uint8_t octets[400000];

static size_t write_down(struct tally *tally, size_t room)
{
    struct archive archive = archive_to(octets, room);
    tally_archive(tally, &archive);
    return archive.at;
}

/* NULL: the octets are not valid. */
static struct tally *read_back_with(const struct conditions *conditions, size_t len)
{
    struct tally *tally = tally_new(conditions);
    uint8_t *copy = guarded_copy(octets, len);
    struct archive archive = archive_from(copy, len);
    tally_archive(tally, &archive);
    guarded_free(copy, len);
    if (archive_is_read(&archive))
        return tally;
    tally_free(tally);
    return NULL;
}

static struct tally *read_back(size_t len)
{
    return read_back_with(&no_conditions, len);
}

/* Several targets, of which more than have a spread, with labels, a path and an offer. */
static struct tally *of_many(void)
{
    struct tally *tally = tally_new(&no_conditions);
    const struct target_notes notes = {.labels = "team=core;site=b"};
    struct path path;
    memset(&path, 0, sizeof path);
    path.hop_count = 1;
    for (unsigned i = 0; i < 300; i++) {
        char name[16];
        snprintf(name, sizeof name, "t%u", i % 100);
        struct connection_result result = {.target = name,
                                           .ok = i % 7 != 0,
                                           .port_state = PORT_OPEN,
                                           .place = 100 - i % 100,
                                           .notes = i % 2 == 0 ? &notes : NULL,
                                           .path = i % 3 == 0 ? &path : NULL};
        result.ends[SERVER].port = 80;
        result.ends[SERVER].address = (struct address){FAMILY_IPV4, {192, 0, 2, (uint8_t)i}};
        result.handshake.syn_rtt_ns = 1000 * i;
        tally_add(tally, &result);
    }
    return tally;
}

START_TEST(comes_back_as_it_was_written)
{
    static struct summary before[SHOWN_MAX];
    struct tally *tally = of_many();
    show_by(tally, &keeper_of_all);
    memcpy(before, shown.summaries, sizeof before);
    size_t len = write_down(tally, sizeof octets), count = shown.count, spreads = 0;
    uint64_t paths = 0;
    ck_assert_uint_le(len, sizeof octets);
    struct tally *again = read_back(len);
    ck_assert_ptr_nonnull(again);
    show_by(again, &keeper_of_all);
    ck_assert_uint_eq(shown.count, count);
    for (size_t i = 0; i < count; i++) {
        const struct summary *one = &before[i], *other = &shown.summaries[i];
        ck_assert_str_eq(one->target, other->target);
        ck_assert(one->labels == other->labels || strcmp(one->labels, other->labels) == 0);
        ck_assert_uint_eq(one->connections, other->connections);
        ck_assert_uint_eq(one->ok, other->ok);
        ck_assert_int_eq(rtt_stats_mdev_ns(&one->syn_rtt), rtt_stats_mdev_ns(&other->syn_rtt));
        ck_assert_int_eq(one->path != NULL, other->path != NULL);
        ck_assert_int_eq(one->spread != NULL, other->spread != NULL);
        spreads += other->spread != NULL;
        paths += other->path != NULL ? other->path->connections : 0;
        ck_assert_int_eq(summary_syn_percentile_ns(one, 50), summary_syn_percentile_ns(other, 50));
    }
    ck_assert_uint_eq(spreads, 64); /* those of the first targets */
    ck_assert_uint_gt(paths, 0);
    ck_assert(!tally_holds(again));
    ck_assert_uint_eq(write_down(again, sizeof octets), len);
    tally_free(tally);
    tally_free(again);
}
END_TEST

START_TEST(counts_on_after_it_came_back)
{
    struct tally *tally = tally_new(&no_conditions);
    tally_each_once(tally);
    add(tally, "a", 1, 80, true);
    struct tally *again = read_back(write_down(tally, sizeof octets));
    ck_assert_ptr_nonnull(again);
    add(again, "b", 2, 80, false);
    show(again);
    ck_assert_uint_eq(shown.count, 1);
    expect(0, "(run)", 0, 2, 1);
    ck_assert(tally_holds(tally) && !tally_holds(again));
    tally_free(tally);
    tally_free(again);
}
END_TEST

/* What the conditions have decided stays decided, of each target and of the run. */
START_TEST(what_is_decided_comes_back)
{
    const struct conditions conditions = {2, 2, PERCENT_NONE};
    struct tally *tally = tally_new(&conditions);
    for (int i = 0; i < 2; i++)
        add(tally, "good", 1, 80, true);
    add(tally, "bad", 2, 80, false);
    struct tally *again = read_back_with(&conditions, write_down(tally, sizeof octets));
    ck_assert_ptr_nonnull(again);
    ck_assert(tally_is_decided(again, "good", 80) && !tally_is_decided(again, "bad", 80));
    ck_assert(!tally_has_failed(again) && !tally_holds(again));
    add(again, "bad", 2, 80, false);
    ck_assert(tally_has_failed(again) && tally_is_decided(again, "bad", 80));
    struct tally *third = read_back_with(&conditions, write_down(again, sizeof octets));
    ck_assert_ptr_nonnull(third);
    ck_assert(tally_has_failed(third) && tally_is_decided(third, "bad", 80));
    ck_assert_uint_eq(tally_whole(third)->connections, 4);
    tally_free(tally);
    tally_free(again);
    tally_free(third);
}
END_TEST

/* Targets stand where they would stand had nothing come between: by place, then by time. */
START_TEST(the_order_comes_back)
{
    struct tally *tally = tally_new(&no_conditions);
    add_of_place(tally, "d", 4);
    add_of_place(tally, "z", 0);
    add_of_place(tally, "b", 2);
    add_of_place(tally, "y", 0);
    struct tally *again = read_back(write_down(tally, sizeof octets));
    ck_assert_ptr_nonnull(again);
    add_of_place(again, "c", 3);
    add_of_place(again, "x", 0);
    add_of_place(again, "a", 1);
    show_by(again, &keeper_of_all);
    static const char *const order[] = {"z", "y", "x", "a", "b", "c", "d"};
    ck_assert_uint_eq(shown.count, sizeof order / sizeof order[0]);
    for (size_t i = 0; i < shown.count; i++)
        expect(i, order[i], 0, 1, 0);
    tally_free(tally);
    tally_free(again);
}
END_TEST

/* How many targets there were counts for the breakdown, though none is kept. */
START_TEST(how_many_there_were_comes_back)
{
    struct tally *tally = tally_new(&no_conditions);
    char name[16];
    tally_each_once(tally);
    for (unsigned i = 0; i < 64; i++) {
        snprintf(name, sizeof name, "t%u", i);
        add(tally, name, (uint8_t)i, 80, true);
    }
    struct tally *again = read_back(write_down(tally, sizeof octets));
    ck_assert_ptr_nonnull(again);
    show(again);
    ck_assert_ptr_null(shown.summaries[0].breakdown);
    add(again, "last", 100, 80, true);
    show(again);
    ck_assert_ptr_nonnull(shown.summaries[0].breakdown);
    ck_assert(!tally_knows(again, "last", 80));
    tally_free(tally);
    tally_free(again);
}
END_TEST

START_TEST(refuses_octets_that_are_cut_or_spoilt)
{
    struct tally *tally = of_many();
    size_t len = write_down(tally, sizeof octets);
    uint64_t random = 5;
    ck_assert_uint_eq(write_down(tally, 10), len);
    ck_assert_uint_eq(write_down(tally, sizeof octets), len);
    for (size_t cut = 0; cut < len; cut += 1 + len / 50)
        ck_assert_ptr_null(read_back(cut));
    for (unsigned round = 0; round < 200; round++) {
        size_t at = next_random(&random) % len;
        octets[at] ^= (uint8_t)(1 + next_random(&random) % 255);
        struct tally *again = read_back(len);
        if (again != NULL)
            show(again);
        tally_free(again);
    }
    tally_free(tally);
}
END_TEST

START_TEST(refuses_a_target_that_comes_twice)
{
    struct tally *tally = tally_new(&no_conditions);
    add(tally, "one", 1, 80, true);
    add(tally, "two", 1, 80, true);
    size_t len = write_down(tally, sizeof octets);
    for (size_t i = 0; i + 2 < len; i++)
        if (memcmp(octets + i, "two", 3) == 0)
            memcpy(octets + i, "one", 3);
    ck_assert_ptr_null(read_back(len));
    tally_free(tally);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tally");
    TCase *tcase = tcase_create("tally");
    tcase_add_loop_test(tcase, keeps_none_of_those_that_are_seen_once, 0, 5);
    tcase_add_test(tcase, of_nothing_shows_the_run);
    tcase_add_loop_test(tcase, many_targets_are_broken_down, 0, 2);
    tcase_add_test(tcase, others_are_one);
    tcase_add_test(tcase, paths_add_up);
    tcase_add_test(tcase, offers_add_up);
    tcase_add_test(tcase, nothing_holds_no_condition);
    tcase_add_test(tcase, others_come_last);
    tcase_add_test(tcase, of_one_target_shows_that);
    tcase_add_test(tcase, of_several_shows_those_with_several_and_the_run);
    tcase_add_test(tcase, keeps_the_order_of_the_targets);
    tcase_add_test(tcase, counts_the_nameless_in_the_run_alone);
    tcase_add_test(tcase, keeps_its_own_names);
    tcase_add_test(tcase, labels_are_of_each_target);
    tcase_add_loop_test(tcase, agrees_with_a_model, 0, 3);
    tcase_add_test(tcase, shows_every_target_to_programs);
    tcase_add_test(tcase, judges_each_target_by_itself);
    tcase_add_test(tcase, judges_the_nameless_together);
    tcase_add_test(tcase, measures_jitter_within_a_target);
    tcase_add_test(tcase, comes_back_as_it_was_written);
    tcase_add_test(tcase, counts_on_after_it_came_back);
    tcase_add_test(tcase, what_is_decided_comes_back);
    tcase_add_test(tcase, the_order_comes_back);
    tcase_add_test(tcase, how_many_there_were_comes_back);
    tcase_add_test(tcase, refuses_octets_that_are_cut_or_spoilt);
    tcase_add_test(tcase, refuses_a_target_that_comes_twice);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
