/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "targets/space.h"

#define ENTRIES_MAX 40
#define TARGETS     20000

/* An entry as the oracle has it. */
struct written {
    enum family family;
    uint64_t high, low, count;
    bool single;
    unsigned name;
    uint32_t ports[2][2];
    uint8_t states;
};

struct seen {
    enum family family;
    uint64_t high, low;
    uint16_t port;
    uint8_t states;
};

static struct port_list list;

static void fill_ports(const struct written *w)
{
    port_list_clear(&list);
    for (size_t i = 0; i < 2 && w->ports[i][0] != 0; i++)
        port_list_add(&list, w->ports[i][0], w->ports[i][1]);
}

static enum space_status add(struct space *space, const struct written *w)
{
    char name[16], labels[16] = "";
    snprintf(name, sizeof name, "host%u", w->name);
    if (w->states > 2)
        snprintf(labels, sizeof labels, "team=t%u", w->states);
    fill_ports(w);
    return space_add(space, &(struct space_entry){
                                .family = w->family,
                                .first = {w->high, w->low},
                                .count = w->count,
                                .single = w->single,
                                .name = name,
                                .ports = &list,
                                .attributes = {w->states, labels},
                            });
}

static bool covers(const struct span *span, enum family family, uint64_t high, uint64_t low)
{
    struct address_number number = {high, low};
    const struct span *found = spans_find(span, 1, family, number);
    return found != NULL &&
           (found->first.high < high || (found->first.high == high && found->first.low <= low));
}

static bool is_left_out(const struct written *w, const struct span *excluded, size_t count,
                        uint64_t low)
{
    for (size_t i = 0; i < SPECIAL_SPANS; i++)
        if (!w->single && covers(&special_spans()[i], w->family, w->high, low))
            return true;
    for (size_t i = 0; i < count; i++)
        if (covers(&excluded[i], w->family, w->high, low))
            return true;
    return false;
}

static size_t add_seen(struct seen *seen, size_t count, const struct written *w, uint64_t low,
                       uint16_t port)
{
    for (size_t i = 0; i < count; i++)
        if (seen[i].family == w->family && seen[i].high == w->high && seen[i].low == low &&
            seen[i].port == port)
            return count;
    ck_assert_uint_lt(count, TARGETS);
    seen[count] = (struct seen){w->family, w->high, low, port, w->states};
    return count + 1;
}

/* What there is to be probed, worked out the slow way. */
static size_t expand(const struct written *w, size_t count, const struct span *excluded,
                     size_t excluded_count, struct seen *seen)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++, w++) {
        fill_ports(w);
        for (uint64_t j = 0; j < w->count; j++) {
            uint64_t low = w->family == FAMILY_NONE ? w->name : w->low + j;
            if (w->family != FAMILY_NONE && is_left_out(w, excluded, excluded_count, low))
                continue;
            for (uint32_t k = 0; k < ports_count(list.runs, list.run_count); k++)
                found = add_seen(seen, found, w, low, ports_at(list.runs, list.run_count, k));
        }
    }
    return found;
}

static void check_target(const struct space *space, uint64_t number, const struct seen *wanted)
{
    struct space_target got = space_at(space, number);
    char name[16];
    snprintf(name, sizeof name, "host%u", (unsigned)wanted->low);
    ck_assert_uint_eq(got.port, wanted->port);
    ck_assert_uint_eq(got.attributes.port_states, wanted->states);
    ck_assert_int_eq(got.attributes.labels[0] != '\0', wanted->states > 2);
    ck_assert_int_eq(got.address.family, wanted->family);
    if (wanted->family == FAMILY_NONE) {
        ck_assert_str_eq(got.name, name);
        return;
    }
    struct address_number address = address_number(&got.address);
    ck_assert_ptr_null(got.name);
    ck_assert_uint_eq(address.high, wanted->high);
    ck_assert_uint_eq(address.low, wanted->low);
}

/* Of a target, the first entry that has it; added if there is none. */
static const struct seen *first_seen(struct seen *seen, size_t *count, const struct written *w,
                                     uint64_t low, uint16_t port)
{
    size_t before = *count;
    *count = add_seen(seen, before, w, low, port);
    if (*count > before)
        return &seen[before];
    for (const struct seen *at = seen;; at++)
        if (at->family == w->family && at->high == w->high && at->low == low && at->port == port)
            return at;
}

/* Which entries have a target that one before has with other states, and that is not excluded. */
static void find_overruled(const struct written *w, size_t count, const struct span *excluded,
                           size_t excluded_count, bool *overruled)
{
    static struct seen seen[TARGETS];
    size_t found = 0;
    for (size_t i = 0; i < count; i++, w++) {
        fill_ports(w);
        overruled[i] = false;
        for (uint64_t j = 0; j < w->count; j++) {
            uint64_t low = w->family == FAMILY_NONE ? w->name : w->low + j;
            if (w->family != FAMILY_NONE && is_left_out(w, excluded, excluded_count, low))
                continue;
            for (uint32_t k = 0; k < ports_count(list.runs, list.run_count); k++) {
                uint16_t port = ports_at(list.runs, list.run_count, k);
                if (first_seen(seen, &found, w, low, port)->states != w->states)
                    overruled[i] = true;
            }
        }
    }
}

static void check_overruled(const struct space *space, const struct written *w, size_t count,
                            const struct span *excluded, size_t excluded_count)
{
    bool wanted[ENTRIES_MAX];
    size_t at = 0;
    find_overruled(w, count, excluded, excluded_count, wanted);
    for (size_t i = 0; i < count; i++) {
        bool found = at < space->overruled.count && space->overruled.list[at] == i;
        ck_assert_msg(found == wanted[i], "entry %zu: %d, wanted %d", i, found, wanted[i]);
        at += found;
    }
    ck_assert_uint_eq(at, space->overruled.count);
}

static void check_space(const struct written *w, size_t count, const struct span *excluded,
                        size_t excluded_count)
{
    static struct seen seen[TARGETS];
    struct space space = {0};
    size_t found = expand(w, count, excluded, excluded_count, seen);
    for (size_t i = 0; i < count; i++)
        ck_assert_int_ne(add(&space, &w[i]), SPACE_NO_MEMORY);
    for (size_t i = 0; i < excluded_count; i++)
        ck_assert(space_exclude(&space, &excluded[i]));
    ck_assert_int_eq(space_settle(&space), found > 0 ? SPACE_OK : SPACE_EMPTY);
    ck_assert_uint_eq(space.count, found);
    for (size_t i = 0; i < found; i++)
        check_target(&space, i, &seen[i]);
    check_overruled(&space, w, count, excluded, excluded_count);
    space_free(&space);
}

static void invent(struct written *w, uint64_t *seed)
{
    static const uint64_t bases[] = {0x0a000000, 0x7effffe0, 0xdfffffe0, 0xffffffe0};
    uint64_t chance = next_random(seed);
    *w = (struct written){.family = FAMILY_IPV4, .states = (uint8_t)(next_random(seed) % 5)};
    if (chance % 4 == 0) {
        w->family = FAMILY_NONE;
        w->name = (unsigned)(next_random(seed) % 4);
        w->count = 1;
    } else if (chance % 4 == 1) {
        w->family = FAMILY_IPV6;
        w->high = next_random(seed) % 2 == 0 ? 0x20010db800000000 : 0xff02000000000000;
        w->low = next_random(seed) % 2 == 0 ? 0 : UINT64_MAX - 31;
    } else {
        w->low = bases[next_random(seed) % 4];
    }
    if (w->family != FAMILY_NONE) {
        w->count = UINT64_C(1) << next_random(seed) % 6;
        w->low += next_random(seed) % 32 / w->count * w->count;
        w->single = w->count == 1;
    }
    for (size_t i = 0; i < 2; i++) {
        w->ports[i][0] = 1 + (uint32_t)(next_random(seed) % 6);
        w->ports[i][1] = w->ports[i][0] + (uint32_t)(next_random(seed) % 3);
    }
}

static void invent_exclusion(struct span *span, uint64_t *seed)
{
    struct written w;
    do
        invent(&w, seed);
    while (w.family == FAMILY_NONE);
    *span = (struct span){{w.high, w.low}, {w.high, w.low + (w.count - 1)}, w.family};
}

/* Entries that overlap, at random, against what an array of all targets says. */
START_TEST(is_what_an_array_would_be)
{
    struct written written[ENTRIES_MAX];
    struct span excluded[4];
    for (uint64_t i = 0; i < 20; i++) {
        uint64_t seed = (uint64_t)_i * 1000 + i + 1;
        size_t count = next_random(&seed) % ENTRIES_MAX, excluded_count = next_random(&seed) % 5;
        for (size_t j = 0; j < count; j++)
            invent(&written[j], &seed);
        for (size_t j = 0; j < excluded_count; j++)
            invent_exclusion(&excluded[j], &seed);
        check_space(written, count, excluded, excluded_count);
    }
}
END_TEST

static const struct written ten_net = {
    .family = FAMILY_IPV4, .low = 0x0a000000, .count = 1 << 24, .ports = {{80, 80}}};

/* A prefix with a thousand hosts inside, of which each has another port, stays one block. */
START_TEST(does_not_fall_to_pieces)
{
    struct space space = {0};
    struct written host = ten_net;
    host.count = 1;
    host.single = true;
    host.ports[1][0] = host.ports[1][1] = 443;
    ck_assert_int_eq(add(&space, &ten_net), SPACE_OK);
    for (uint64_t i = 0; i < 1000; i++) {
        host.low = 0x0a000000 + 1000 * i;
        ck_assert_int_eq(add(&space, &host), SPACE_OK);
    }
    ck_assert_int_eq(space_settle(&space), SPACE_OK);
    ck_assert_uint_eq(space.blocks.count, 1001);
    ck_assert_uint_eq(space.count, (1 << 24) + 1000);
    ck_assert_uint_eq(space_at(&space, 1 << 24).port, 443);
    space_free(&space);
}
END_TEST

START_TEST(leaves_out_what_only_a_prefix_names)
{
    struct space space = {0};
    struct written w = {
        .family = FAMILY_IPV4, .low = 0x7f000000, .count = 256, .ports = {{80, 80}}};
    ck_assert_int_eq(add(&space, &w), SPACE_LEFT_OUT);
    ck_assert_uint_eq(space.left_out, 256);
    w.low -= 3; /* 126.255.255.253 to 127.0.0.4 */
    w.count = 8;
    ck_assert_int_eq(add(&space, &w), SPACE_OK);
    ck_assert_uint_eq(space.left_out, 256 + 5);
    w.low += 3;
    w.count = 1;
    w.low++;
    w.single = true;
    ck_assert_int_eq(add(&space, &w), SPACE_OK);
    ck_assert_int_eq(space_settle(&space), SPACE_OK);
    ck_assert_uint_eq(space.count, 3 + 1);
    ck_assert_uint_eq(space_ports(&space, 0), 1);
    space_free(&space);
}
END_TEST

/* 2^63 targets can be numbered, and no more. */
START_TEST(is_bounded)
{
    struct written half = {.family = FAMILY_IPV6,
                           .high = 0x20010db800000000,
                           .count = UINT64_C(1) << 63,
                           .ports = {{80, 80}}};
    struct written one = {.family = FAMILY_NONE, .count = 1, .ports = {{80, 80}}};
    struct space space = {0};
    ck_assert_int_eq(add(&space, &half), SPACE_OK);
    ck_assert_int_eq(space_settle(&space), SPACE_OK);
    ck_assert_uint_eq(space.count, SPACE_MAX);
    struct space_target last = space_at(&space, SPACE_MAX - 1);
    ck_assert_uint_eq(address_number(&last.address).low, (UINT64_C(1) << 63) - 1);
    space_free(&space);
    ck_assert_int_eq(add(&space, &half), SPACE_OK);
    ck_assert_int_eq(add(&space, &one), SPACE_OK);
    ck_assert_int_eq(space_settle(&space), SPACE_TOO_MANY);
    space_free(&space);
    half.ports[0][1] = 81;
    ck_assert_int_eq(add(&space, &half), SPACE_OK);
    ck_assert_int_eq(space_settle(&space), SPACE_TOO_MANY);
    space_free(&space);
}
END_TEST

START_TEST(may_be_left_empty)
{
    struct space space = {0};
    struct span all = {{0, 0}, {0, UINT32_MAX}, FAMILY_IPV4};
    struct address inside = address_from_number(FAMILY_IPV4, (struct address_number){0, 7});
    struct address outside = address_from_number(FAMILY_IPV6, (struct address_number){0, 7});
    ck_assert_int_eq(space_settle(&space), SPACE_EMPTY);
    space_free(&space);
    ck_assert_int_eq(add(&space, &ten_net), SPACE_OK);
    ck_assert(space_exclude(&space, &all));
    ck_assert_int_eq(space_settle(&space), SPACE_EMPTY);
    ck_assert(space_excludes(&space, &inside));
    ck_assert(!space_excludes(&space, &outside));
    space_free(&space);
}
END_TEST

/* So many prefixes around so many hosts, each with ports that the hosts take away in part, that
 * there would be a piece for each pair. */
START_TEST(refuses_a_tangle)
{
    struct space space = {0};
    struct written w = ten_net;
    w.count = 1;
    w.single = true;
    w.ports[0][0] = 1;
    w.ports[0][1] = 1000;
    for (uint64_t i = 0; i < 600; i++) {
        w.low = 0x0a000000 + 2 * i;
        ck_assert_int_eq(add(&space, &w), SPACE_OK);
    }
    w.low = 0x0a000000;
    w.count = 1 << 20;
    w.single = false;
    for (uint32_t i = 0; i < 600; i++) {
        w.ports[0][0] = w.ports[0][1] = i + 1;
        ck_assert_int_eq(add(&space, &w), SPACE_OK);
    }
    ck_assert_int_eq(space_settle(&space), SPACE_TANGLED);
    space_free(&space);
}
END_TEST

static uint64_t digest_of(const struct written *w, size_t count, bool exclude)
{
    struct space space = {0};
    struct span span = {{0, 0x0a000007}, {0, 0x0a000007}, FAMILY_IPV4};
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(add(&space, &w[i]), SPACE_OK);
    if (exclude)
        ck_assert(space_exclude(&space, &span));
    ck_assert_int_eq(space_settle(&space), SPACE_OK);
    uint64_t digest = exclude ? space_exclusions_digest(&space) : space_digest(&space);
    space_free(&space);
    return digest;
}

/* Any difference shows. */
START_TEST(has_a_digest)
{
    struct written rows[8][2];
    for (size_t i = 0; i < 8; i++) {
        rows[i][0] = ten_net;
        rows[i][1] = (struct written){.family = FAMILY_NONE, .count = 1, .ports = {{22, 22}}};
    }
    rows[1][0].low++;
    rows[2][0].count = 1 << 23;
    rows[3][0].ports[0][1] = 81;
    rows[4][0].states = 1;
    rows[5][0].states = 3;
    rows[6][1].name = 1;
    rows[7][0] = rows[0][1];
    rows[7][1] = rows[0][0];
    for (size_t i = 0; i < 8; i++)
        for (size_t j = 0; j < 8; j++)
            ck_assert_int_eq(digest_of(rows[i], 2, false) == digest_of(rows[j], 2, false), i == j);
    ck_assert_uint_ne(digest_of(rows[0], 2, true), 0);
    ck_assert_uint_eq(digest_of(rows[0], 2, true), digest_of(rows[1], 2, true));
}
END_TEST

/* What is excluded, whatever the targets are: each limit of each span counts. */
START_TEST(has_a_digest_of_exclusions)
{
    static const struct span lists[][2] = {
        {{{0, 1}, {0, 2}, FAMILY_IPV4}, {{0, 9}, {0, 9}, FAMILY_IPV4}},
        {{{0, 0}, {0, 2}, FAMILY_IPV4}, {{0, 9}, {0, 9}, FAMILY_IPV4}},
        {{{0, 1}, {0, 3}, FAMILY_IPV4}, {{0, 9}, {0, 9}, FAMILY_IPV4}},
        {{{0, 1}, {0, 2}, FAMILY_IPV4}, {{0, 9}, {0, 10}, FAMILY_IPV4}},
        {{{0, 1}, {0, 2}, FAMILY_IPV6}, {{0, 9}, {0, 9}, FAMILY_IPV6}},
        {{{1, 1}, {1, 2}, FAMILY_IPV6}, {{1, 9}, {1, 9}, FAMILY_IPV6}},
        {{{0, 1}, {0, 2}, FAMILY_IPV6}, {{0, 9}, {1, 9}, FAMILY_IPV6}},
    };
    enum { LISTS = sizeof lists / sizeof lists[0] };
    uint64_t digests[LISTS];
    for (size_t i = 0; i < LISTS; i++) {
        struct space space = {0};
        ck_assert_int_eq(add(&space, &ten_net), SPACE_OK);
        for (size_t k = 0; k < 2; k++)
            ck_assert(space_exclude(&space, &lists[i][k]));
        ck_assert_int_eq(space_settle(&space), SPACE_OK);
        digests[i] = space_exclusions_digest(&space);
        space_free(&space);
        for (size_t k = 0; k < i; k++)
            ck_assert_uint_ne(digests[k], digests[i]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("space");
    TCase *space = tcase_create("space");
    tcase_add_loop_test(space, is_what_an_array_would_be, 0, 40);
    tcase_add_test(space, does_not_fall_to_pieces);
    tcase_add_test(space, leaves_out_what_only_a_prefix_names);
    tcase_add_test(space, is_bounded);
    tcase_add_test(space, may_be_left_empty);
    tcase_add_test(space, refuses_a_tangle);
    tcase_add_test(space, has_a_digest);
    tcase_add_test(space, has_a_digest_of_exclusions);
    suite_add_tcase(suite, space);
    return run_suite(suite);
}
