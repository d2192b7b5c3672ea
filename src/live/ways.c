/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/ways.h"

#include <stdlib.h>
#include <string.h>

#define REMEMBERED        1024u /* addresses; a power of two */
#define REMEMBERED_FOR_NS INT64_C(1000000000)
#define SHARED_FOR_NS     INT64_C(100000000)
#define SHARED_FROM       64u /* questions: to read all routes does not pay for a few */

/* Of an address alone, or of all that the routes do not separate from it. */
struct key {
    struct address address; /* the first of those; FAMILY_NONE: free */
    unsigned scope_ifindex;
    bool shared;
};

struct remembered {
    struct key key;
    int64_t until_ns; /* monotonic */
    struct way_found found;
};

struct ways {
    struct router *router;
    unsigned asked;          /* up to SHARED_FROM */
    int64_t shared_until_ns; /* monotonic: when the routes are to be read again */
    int64_t rules_until_ns;  /* monotonic: when the rules are */
    struct remembered remembered[REMEMBERED];
};

struct ways *ways_open(struct error *error)
{
    struct ways *ways = calloc(1, sizeof *ways);
    if (ways == NULL) {
        error_set_memory(error, "out of memory for routes");
        return NULL;
    }
    ways->router = router_open(error);
    if (ways->router != NULL)
        return ways;
    free(ways);
    return NULL;
}

void ways_close(struct ways *ways)
{
    if (ways == NULL)
        return;
    router_close(ways->router);
    free(ways);
}

struct netlink *ways_netlink(const struct ways *ways)
{
    return router_netlink(ways->router);
}

void ways_confine(struct ways *ways)
{
    router_confine(ways->router);
}

/* Neighbours in a prefix have places of their own. */
static struct remembered *place_of(struct ways *ways, const struct address *address)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < sizeof address->bytes; i++)
        sum = sum * 31 + address->bytes[i];
    return &ways->remembered[sum % REMEMBERED];
}

static bool key_equal(const struct key *one, const struct key *other)
{
    return address_equal(&one->address, &other->address) &&
           one->scope_ifindex == other->scope_ifindex && one->shared == other->shared;
}

/* Returns NULL if it is not remembered. */
static const struct remembered *recall(struct ways *ways, const struct key *key, int64_t now_ns)
{
    const struct remembered *place = place_of(ways, &key->address);
    return now_ns < place->until_ns && key_equal(&place->key, key) ? place : NULL;
}

/* Whether the destination decides nothing but the next hop: not so where it is an address of this
 * host, from which connections to itself come. */
static bool can_be_shared(const struct way_found *found)
{
    return found->routed && strcmp(found->route.interface, LOOPBACK) != 0;
}

static int ask(struct ways *ways, const struct route_request *request, int64_t now_ns,
               struct way_found *found, struct error *error)
{
    if (now_ns >= ways->rules_until_ns) {
        router_forget_rules(ways->router);
        ways->rules_until_ns = now_ns + REMEMBERED_FOR_NS;
    }
    int code = router_lookup(ways->router, request, &found->route, &found->reason, error);
    found->routed = code == 0;
    ways->asked += ways->asked < SHARED_FROM;
    return code;
}

/* The routes are read at first when that pays, and then as often as changes are to be noticed. */
static bool know_routes(struct ways *ways, int64_t now_ns)
{
    if (ways->asked < SHARED_FROM)
        return false;
    if (now_ns >= ways->shared_until_ns) {
        router_remember(ways->router);
        ways->shared_until_ns = now_ns + SHARED_FOR_NS;
    }
    return true;
}

int ways_find(struct ways *ways, const struct route_request *request, int64_t now_ns,
              struct way_found *found, struct error *error)
{
    const struct address *destination = &request->destination;
    const struct key own = {*destination, request->scope_ifindex, false};
    struct key key = own;
    key.shared = know_routes(ways, now_ns);
    if (key.shared)
        key.address = router_first_alike(ways->router, destination);
    const struct remembered *known = recall(ways, &key, now_ns);
    if (known == NULL)
        known = recall(ways, &own, now_ns);
    if (known != NULL) {
        *found = known->found;
        if (!found->route.by_gateway)
            found->route.next_hop = *destination;
        return 0;
    }
    if (ask(ways, request, now_ns, found, error) < 0)
        return -1;
    if (!key.shared || !can_be_shared(found))
        key = own;
    int64_t until_ns = key.shared ? ways->shared_until_ns : now_ns + REMEMBERED_FOR_NS;
    if (!found->route.by_port)
        *place_of(ways, &key.address) = (struct remembered){key, until_ns, *found};
    return 0;
}
