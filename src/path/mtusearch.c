/* SPDX-License-Identifier: BSD-2-Clause */
#include "path/mtusearch.h"

#include "base/minmax.h"

#define MILLISECOND_NS INT64_C(1000000)
#define WAIT_LEAST_NS  (200 * MILLISECOND_NS)
#define WAIT_UNKNOWN   (1000 * MILLISECOND_NS) /* RFC 6298, 2.1 */
#define BASE_IPV4      1200u                   /* RFC 8899, 5.1.2: BASE_PLPMTU */
#define BASE_IPV6      1280u
#define LEAST          128u /* room for headers with options, and some data */
#define TRIES_MOST     9    /* of a size that was lost, until that is sure */
#define STEPS          4    /* of the range, for the next size */

/* MTUs that links and tunnels have: RFC 1191, 7.1; WireGuard, VXLAN, GRE, IP in IP, PPPoE (RFC
 * 2516), Ethernet, FDDI, jumbo frames. */
static const uint32_t plateaus[] = {296,  508,  576,   1006,  1280,  1400,         1420,
                                    1428, 1450, 1476,  1480,  1492,  1500,         4352,
                                    9000, 9216, 17914, 32000, 48000, PATH_MTU_MOST};

#define PLATEAUS (sizeof plateaus / sizeof plateaus[0])

static bool is_plateau(uint32_t bytes)
{
    for (size_t i = 0; i < PLATEAUS; i++)
        if (plateaus[i] == bytes)
            return true;
    return bytes == LEAST;
}

/* The last one is above every size that is asked for. */
static uint32_t plateau_above(uint32_t bytes)
{
    size_t i = 0;
    while (i + 1 < PLATEAUS && plateaus[i] <= bytes)
        i++;
    return plateaus[i];
}

static bool is_too_big(const struct path_mtu *mtu, uint32_t bytes)
{
    for (size_t i = 0; i < mtu->sent_count; i++)
        if (mtu->sent[i].bytes == bytes && mtu->sent[i].answer == MTU_TOO_BIG)
            return true;
    return false;
}

/* Whether it may yet get through. */
static bool may_be_tried(const struct path_mtu *mtu, uint32_t bytes)
{
    return path_mtu_tries(mtu, bytes) < PATH_MTU_TRIES && !is_too_big(mtu, bytes);
}

/* Where nothing got through so far: RFC 8899, 5.2, states BASE and ERROR. */
static uint32_t choose_first(const struct mtu_search *search, const struct path_mtu *mtu)
{
    bool v4 = mtu->ours.address.family == FAMILY_IPV4;
    uint32_t base = smaller(v4 ? BASE_IPV4 : BASE_IPV6, search->most);
    if (mtu->told_bytes >= LEAST && mtu->told_bytes < base && may_be_tried(mtu, mtu->told_bytes))
        return mtu->told_bytes;
    if (may_be_tried(mtu, base))
        return base;
    return may_be_tried(mtu, LEAST) && LEAST < base ? LEAST : 0;
}

/* How many of the latest segments have that size and no answer. */
static unsigned failed_last(const struct path_mtu *mtu, uint32_t bytes)
{
    unsigned count = 0;
    while (count < mtu->sent_count) {
        const struct mtu_sent *sent = &mtu->sent[mtu->sent_count - count - 1];
        if (sent->bytes != bytes || sent->answer != MTU_NO_ANSWER)
            break;
        count++;
    }
    return count;
}

/* What disappeared in silence is tried again, each time between two of the size that gets through:
 * so a path that was down for a while is no black hole. */
static uint32_t confirm(const struct path_mtu *mtu, const struct mtu_verdict *known)
{
    unsigned failed = failed_last(mtu, known->bytes);
    const struct mtu_sent *last = &mtu->sent[mtu->sent_count - 1];
    if (known->told || known->sure)
        return 0;
    if (failed > 0 || last->bytes != known->bytes)
        return failed < PATH_MTU_TRIES ? known->bytes : 0;
    return path_mtu_tries(mtu, known->beyond) < TRIES_MOST ? known->beyond : 0;
}

/* Between the largest that got through and the smallest that did not. */
static uint32_t choose_between(const struct path_mtu *mtu, const struct mtu_verdict *known)
{
    uint32_t gap = known->beyond - known->bytes;
    if (gap <= 1)
        return confirm(mtu, known);
    if (mtu->told_bytes == known->beyond - 1)
        return mtu->told_bytes;
    uint32_t plateau = plateau_above(known->bytes);
    if (plateau < known->beyond)
        return plateau;
    return known->bytes + (is_plateau(known->bytes) ? 1 : larger(1, gap / STEPS));
}

static uint32_t choose(const struct mtu_search *search, const struct path_mtu *mtu)
{
    const struct mtu_verdict known = path_mtu_judge(mtu);
    if (mtu->sent_count == PATH_MTU_SENT_MAX)
        return 0;
    if (known.bytes == 0)
        return choose_first(search, mtu);
    if (known.bytes >= search->most)
        return 0;
    bool is_open = known.beyond == 0 || known.beyond > search->most;
    if (is_open && path_mtu_tries(mtu, search->most) == 0)
        return search->most;
    return is_open ? smaller(plateau_above(known.bytes), search->most)
                   : choose_between(mtu, &known);
}

/* Three times the round trip, as far as it is known. */
static int64_t patience_ns(const struct mtu_search *search)
{
    int64_t round_trip_ns = search->round_trip_ns;
    if (round_trip_ns < 0 || round_trip_ns > INT64_MAX / 3)
        return WAIT_UNKNOWN;
    return 3 * round_trip_ns > WAIT_LEAST_NS ? 3 * round_trip_ns : WAIT_LEAST_NS;
}

static bool is_answered(const struct mtu_search *search, const struct path_mtu *mtu)
{
    return search->place < mtu->sent_count && mtu->sent[search->place].answer != MTU_NO_ANSWER;
}

bool mtu_search_waits(const struct mtu_search *search, const struct path_mtu *mtu, int64_t now_ns)
{
    return search->is_open && !is_answered(search, mtu) && now_ns < search->until_ns;
}

struct mtu_search_action mtu_search_next(struct mtu_search *search, const struct path_mtu *mtu,
                                         int64_t now_ns)
{
    if (mtu_search_waits(search, mtu, now_ns))
        return (struct mtu_search_action){.verb = MTU_SEARCH_WAIT, .wake_ns = search->until_ns};
    bool unseen = search->is_open && search->place >= mtu->sent_count;
    uint32_t bytes = unseen ? 0 : choose(search, mtu);
    search->is_open = bytes != 0;
    if (bytes == 0)
        return (struct mtu_search_action){.verb = MTU_SEARCH_DONE};
    search->place = mtu->sent_count;
    search->until_ns = now_ns + patience_ns(search);
    return (struct mtu_search_action){.verb = MTU_SEARCH_SEND, .bytes = bytes};
}
