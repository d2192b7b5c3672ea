/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/ways.h"

#include <stdlib.h>

#define REMEMBERED        1024u /* addresses; a power of two */
#define REMEMBERED_FOR_NS INT64_C(1000000000)

struct remembered {
    struct address address; /* FAMILY_NONE: free */
    unsigned scope_ifindex;
    int64_t until_ns; /* monotonic */
    struct way_found found;
};

struct ways {
    struct router *router;
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

int ways_find(struct ways *ways, const struct route_request *request, int64_t now_ns,
              struct way_found *found, struct error *error)
{
    struct remembered *place = place_of(ways, &request->destination);
    if (now_ns < place->until_ns && address_equal(&place->address, &request->destination) &&
        place->scope_ifindex == request->scope_ifindex) {
        *found = place->found;
        return 0;
    }
    int code = router_lookup(ways->router, request, &found->route, &found->reason, error);
    if (code < 0)
        return -1;
    found->routed = code == 0;
    if (!found->route.by_port)
        *place = (struct remembered){request->destination, request->scope_ifindex,
                                     now_ns + REMEMBERED_FOR_NS, *found};
    return 0;
}
