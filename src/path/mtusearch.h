/* SPDX-License-Identifier: BSD-2-Clause */
/* Which size is tried next, and when: the search of RFC 8899, 5.2, with one segment in flight.
 * First a size that nearly every path carries; then the largest that the device lets out, once;
 * then what a router told, or growing sizes that links have, until one is lost; then the sizes in
 * between, in small steps, because a size that gets through costs a round trip, and one that does
 * not three time-outs. What was lost in silence is tried again between sizes that get through. */
#ifndef TCPSHAKE_PATH_MTUSEARCH_H
#define TCPSHAKE_PATH_MTUSEARCH_H

#include "path/mtu.h"

enum mtu_search_verb {
    MTU_SEARCH_SEND, /* an IP packet of action.bytes */
    MTU_SEARCH_WAIT, /* for an answer, or until action.wake_ns */
    MTU_SEARCH_DONE,
};

struct mtu_search_action {
    enum mtu_search_verb verb;
    uint32_t bytes;
    int64_t wake_ns;
};

struct mtu_search {
    uint32_t most;         /* octets that the device lets out, at most PATH_MTU_MOST */
    int64_t round_trip_ns; /* of the handshake; INT64_MIN: unknown */
    bool is_open;          /* an answer is waited for ... */
    uint8_t place;         /* ... to the segment with that place among those sent ... */
    int64_t until_ns;      /* ... this long */
};

/* Whether an answer is waited for at now_ns. */
bool mtu_search_waits(const struct mtu_search *search, const struct path_mtu *mtu, int64_t now_ns);

/* What to do at now_ns, of a clock that is never set. After MTU_SEARCH_SEND the segment counts as
 * sent; mtu has it by until_ns at the latest, or the search ends. */
struct mtu_search_action mtu_search_next(struct mtu_search *search, const struct path_mtu *mtu,
                                         int64_t now_ns);

#endif
