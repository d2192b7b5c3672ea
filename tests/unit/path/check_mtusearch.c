/* SPDX-License-Identifier: BSD-2-Clause */
/* The search against paths of every width, that tell it or do not, and that lose packets. */
#include "path/mtusearch.h"

#include <string.h>

#include "harness.h"

#define MS         INT64_C(1000000)
#define ROUND_TRIP (10 * MS)
#define SEQ_END    UINT32_C(90000)

enum telling { SILENT, TELLS, TELLS_NO_SIZE };

struct world {
    bool v6;
    uint32_t width; /* of the path; 0: the target answers nothing */
    enum telling telling;
    uint32_t told;        /* in place of the width, where not 0 */
    uint64_t lost;        /* packets that are lost whatever their size, a bit each */
    int64_t down_from_ns; /* nothing gets through ... */
    int64_t down_until_ns;
    unsigned no_echo_from; /* packets from there on are never seen; 0: all are */
    struct mtu_search search;
    struct path_mtu mtu;
    int64_t now_ns;
};

static struct world world_of(bool v6, uint32_t width, enum telling telling, uint32_t device)
{
    struct world w;
    memset(&w, 0, sizeof w);
    w.v6 = v6;
    w.width = width;
    w.telling = telling;
    w.mtu.ours.address.family = w.mtu.theirs.address.family = v6 ? FAMILY_IPV6 : FAMILY_IPV4;
    w.mtu.theirs.address.bytes[0] = 9;
    w.mtu.device_bytes = device;
    w.search = (struct mtu_search){.most = device, .round_trip_ns = ROUND_TRIP};
    return w;
}

static void send(struct world *w, uint32_t bytes)
{
    uint32_t octets = bytes - path_mtu_headers(w->v6 ? FAMILY_IPV6 : FAMILY_IPV4, true);
    struct segment segment = {.src = w->mtu.ours,
                              .dst = w->mtu.theirs,
                              .seq = SEQ_END - octets,
                              .payload_len = octets,
                              .options = {.has_timestamps = true, .tsval = w->mtu.sent_count}};
    ck_assert_uint_lt(w->mtu.sent_count, PATH_MTU_SENT_MAX);
    path_mtu_take_sent(&w->mtu, &segment);
}

static void tell(struct world *w, uint32_t bytes)
{
    const struct mtu_sent *sent = &w->mtu.sent[w->mtu.sent_count - 1];
    struct quote quote = {.icmp = {.from = {FAMILY_IPV4, {203, 0, 113, 1}},
                                   .family = w->v6 ? FAMILY_IPV6 : FAMILY_IPV4,
                                   .type = w->v6 ? 2 : 3,
                                   .code = w->v6 ? 0 : 4,
                                   .has_seq = true},
                          .src = w->mtu.ours,
                          .dst = w->mtu.theirs,
                          .seq = SEQ_END - sent->octets,
                          .mtu = w->telling == TELLS_NO_SIZE ? 0
                                 : w->told != 0              ? w->told
                                                             : w->width};
    ck_assert_uint_eq(sent->bytes, bytes);
    path_mtu_take_quote(&w->mtu, &quote);
}

/* What becomes of the latest packet. Returns whether something came back. */
static bool carry(struct world *w, uint32_t bytes)
{
    unsigned nth = w->mtu.sent_count - 1u;
    bool down = w->now_ns >= w->down_from_ns && w->now_ns < w->down_until_ns;
    if (w->width == 0 || down || (w->lost >> nth & 1) != 0)
        return false;
    if (bytes <= w->width)
        w->mtu.sent[nth].answer = MTU_ACKNOWLEDGED;
    else if (w->telling != SILENT)
        tell(w, bytes);
    return w->mtu.sent[nth].answer != MTU_NO_ANSWER;
}

/* To its end. Returns how long it took. */
static int64_t look(struct world *w)
{
    int64_t began_ns = w->now_ns;
    for (int i = 0; i < 1000; i++) {
        struct mtu_search_action action = mtu_search_next(&w->search, &w->mtu, w->now_ns);
        if (action.verb == MTU_SEARCH_DONE)
            return w->now_ns - began_ns;
        if (action.verb == MTU_SEARCH_WAIT) {
            ck_assert_int_gt(action.wake_ns, w->now_ns);
            w->now_ns = action.wake_ns;
            continue;
        }
        ck_assert_uint_le(action.bytes, w->search.most);
        if (w->no_echo_from != 0 && w->mtu.sent_count >= w->no_echo_from)
            continue;
        send(w, action.bytes);
        ck_assert_int_eq(mtu_search_next(&w->search, &w->mtu, w->now_ns).verb, MTU_SEARCH_WAIT);
        bool answered = carry(w, action.bytes);
        ck_assert_int_eq(mtu_search_waits(&w->search, &w->mtu, w->now_ns), !answered);
        w->now_ns += answered ? ROUND_TRIP : 0;
    }
    ck_abort_msg("it never ends");
    return 0;
}

/* Every width, told and not: the result is exact. */
START_TEST(finds_every_width)
{
    for (uint32_t width = 128; width <= 1600; width++)
        for (enum telling telling = SILENT; telling <= TELLS_NO_SIZE; telling++) {
            bool v6 = _i != 0;
            struct world w = world_of(v6, width, v6 && width < 1280 ? SILENT : telling, 1500);
            int64_t took_ns = look(&w);
            struct mtu_verdict verdict = path_mtu_judge(&w.mtu);
            uint32_t wanted = width < 1500 ? width : 1500;
            bool told = w.telling != SILENT && !(v6 && w.telling == TELLS_NO_SIZE);
            ck_assert_msg(verdict.bytes == wanted, "%u in place of %u", verdict.bytes, wanted);
            ck_assert_int_eq(verdict.limited, width >= 1500);
            ck_assert_uint_eq(verdict.beyond, width < 1500 ? width + 1 : 0);
            ck_assert_int_eq(verdict.told, width < 1500 && told);
            ck_assert_int_eq(verdict.black_hole, width < 1500 && !told);
            ck_assert_int_eq(verdict.sure, width < 1500 && !told);
            ck_assert_int_lt(took_ns, 4600 * MS);
        }
}
END_TEST

START_TEST(takes_two_packets_where_all_get_through)
{
    struct world w = world_of(false, 9000, SILENT, 9000);
    ck_assert_int_eq(look(&w), 2 * ROUND_TRIP);
    ck_assert_uint_eq(w.mtu.sent_count, 2);
    ck_assert_uint_eq(w.mtu.sent[0].bytes, 1200);
    ck_assert_uint_eq(w.mtu.sent[1].bytes, 9000);
}
END_TEST

START_TEST(takes_what_a_router_tells)
{
    struct world w = world_of(true, 1400, TELLS, 9000);
    ck_assert_int_eq(look(&w), 3 * ROUND_TRIP);
    ck_assert_uint_eq(w.mtu.sent[0].bytes, 1280);
    ck_assert_uint_eq(w.mtu.sent[1].bytes, 9000);
    ck_assert_uint_eq(w.mtu.sent[2].bytes, 1400);
    w = world_of(false, 576, TELLS, 1500); /* less than the first size */
    look(&w);
    ck_assert_uint_eq(path_mtu_judge(&w.mtu).bytes, 576);
    ck_assert_uint_eq(w.mtu.sent_count, 2);
}
END_TEST

/* It tells more than gets through, or less. */
START_TEST(does_not_depend_on_what_a_router_tells)
{
    for (uint32_t told = 60; told < 1500; told += 20) {
        struct world w = world_of(false, 1333, TELLS, 1500);
        w.told = told;
        look(&w);
        uint32_t bytes = path_mtu_judge(&w.mtu).bytes;
        ck_assert_msg(bytes == 1333 || (bytes == told && told >= 1200), "%u by %u", bytes, told);
    }
}
END_TEST

START_TEST(gives_up_on_a_target_that_does_not_answer)
{
    struct world w = world_of(false, 0, SILENT, 1500);
    ck_assert_int_eq(look(&w), 6 * 200 * MS);
    ck_assert_uint_eq(w.mtu.sent_count, 6);
    ck_assert_uint_eq(path_mtu_judge(&w.mtu).bytes, 0);
    w = world_of(false, 0, SILENT, 128); /* there is nothing smaller */
    look(&w);
    ck_assert_uint_eq(w.mtu.sent_count, 3);
}
END_TEST

START_TEST(waits_three_round_trips)
{
    static const struct {
        int64_t round_trip_ns, wait_ns;
    } waits[] = {{0, 200 * MS},          {66 * MS, 200 * MS},    {67 * MS, 201 * MS},
                 {1000 * MS, 3000 * MS}, {INT64_MIN, 1000 * MS}, {INT64_MAX, 1000 * MS}};
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        struct world w = world_of(false, 0, SILENT, 1500);
        w.search.round_trip_ns = waits[i].round_trip_ns;
        ck_assert_int_eq(look(&w), 6 * waits[i].wait_ns);
    }
}
END_TEST

START_TEST(ends_where_its_packets_are_not_seen)
{
    struct world w = world_of(false, 1400, SILENT, 1500);
    w.no_echo_from = 2;
    look(&w);
    ck_assert_uint_eq(w.mtu.sent_count, 2);
    ck_assert_uint_eq(path_mtu_judge(&w.mtu).bytes, 1200);
    ck_assert(!path_mtu_judge(&w.mtu).black_hole);
}
END_TEST

/* Any one packet, or any two: none is taken for a black hole, and the width is found. */
START_TEST(stands_losses)
{
    for (unsigned first = 0; first < 40; first++)
        for (unsigned second = first; second < 40; second++)
            for (uint32_t width = 1400; width <= 1500; width += 50) {
                struct world w = world_of(false, width, SILENT, 1500);
                w.lost = UINT64_C(1) << first | UINT64_C(1) << second;
                look(&w);
                struct mtu_verdict verdict = path_mtu_judge(&w.mtu);
                ck_assert_uint_eq(verdict.bytes, width);
                ck_assert_int_eq(verdict.black_hole, width < 1500);
            }
}
END_TEST

/* Whenever the path goes down, and however long: that is no black hole for sure. */
START_TEST(is_not_sure_of_a_path_that_was_down)
{
    for (int64_t from_ns = 0; from_ns < 400 * MS; from_ns += 9 * MS)
        for (int64_t down_ns = 50 * MS; down_ns < 4000 * MS; down_ns += 195 * MS) {
            struct world w = world_of(false, 1500, SILENT, 1500);
            w.down_from_ns = from_ns;
            w.down_until_ns = from_ns + down_ns;
            look(&w);
            ck_assert(!path_mtu_judge(&w.mtu).sure);
        }
}
END_TEST

/* One that goes down and stays so is given up: three packets of the size that got through before,
 * after one that did not. */
START_TEST(gives_up_on_a_path_that_went_down)
{
    unsigned confirming = 0;
    for (unsigned from = 2; from < 40; from++) {
        struct world w = world_of(false, 1400, SILENT, 1500);
        w.lost = ~UINT64_C(0) << from;
        look(&w);
        struct mtu_verdict verdict = path_mtu_judge(&w.mtu);
        unsigned failed = 0;
        while (w.mtu.sent[w.mtu.sent_count - failed - 1].bytes == verdict.bytes &&
               w.mtu.sent[w.mtu.sent_count - failed - 1].answer == MTU_NO_ANSWER)
            failed++;
        ck_assert(failed == 0 || failed == PATH_MTU_TRIES);
        confirming += failed > 0;
        ck_assert(failed == 0 || !verdict.sure);
    }
    ck_assert_uint_gt(confirming, 0);
}
END_TEST

/* Random losses, widths and devices: it ends, within its bound, and never says more than is true.
 */
START_TEST(never_says_too_much)
{
    uint64_t state = 8899;
    unsigned exact = 0;
    const unsigned runs = 5000;
    for (unsigned i = 0; i < runs; i++) {
        bool v6 = next_random(&state) % 2 == 0;
        uint32_t width = 128 + (uint32_t)(next_random(&state) % 9000);
        uint32_t device = 1280 + (uint32_t)(next_random(&state) % 64000);
        struct world w = world_of(v6, width, (enum telling)(next_random(&state) % 3), device);
        if (next_random(&state) % 2 == 0)
            w.lost = UINT64_C(0x9249249249249249) >> next_random(&state) % 60 & next_random(&state);
        look(&w);
        struct mtu_verdict verdict = path_mtu_judge(&w.mtu);
        uint32_t most = width < device ? width : device;
        ck_assert_uint_le(verdict.bytes, most);
        exact += verdict.bytes == most;
    }
    ck_assert_uint_gt(exact, runs * 3 / 4);
}
END_TEST

/* Between 17,914 and 32,000 octets, say, steps are large; 64 packets are enough for every one. */
START_TEST(keeps_within_its_bound)
{
    for (uint32_t width = 1280; width < PATH_MTU_MOST; width += 57) {
        struct world w = world_of(false, width, SILENT, PATH_MTU_MOST);
        look(&w);
        ck_assert_uint_le(w.mtu.sent_count, PATH_MTU_SENT_MAX);
        ck_assert_uint_le(width - path_mtu_judge(&w.mtu).bytes, 8);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mtusearch");
    TCase *tcase = tcase_create("mtusearch");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, finds_every_width, 0, 2);
    tcase_add_test(tcase, takes_two_packets_where_all_get_through);
    tcase_add_test(tcase, takes_what_a_router_tells);
    tcase_add_test(tcase, does_not_depend_on_what_a_router_tells);
    tcase_add_test(tcase, gives_up_on_a_target_that_does_not_answer);
    tcase_add_test(tcase, waits_three_round_trips);
    tcase_add_test(tcase, ends_where_its_packets_are_not_seen);
    tcase_add_test(tcase, stands_losses);
    tcase_add_test(tcase, is_not_sure_of_a_path_that_was_down);
    tcase_add_test(tcase, gives_up_on_a_path_that_went_down);
    tcase_add_test(tcase, never_says_too_much);
    tcase_add_test(tcase, keeps_within_its_bound);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
