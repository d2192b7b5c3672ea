/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of the hops of --path. */
#ifndef TCPSHAKE_FLIGHT_HOPNAMES_H
#define TCPSHAKE_FLIGHT_HOPNAMES_H

#include "wire/addr.h"

/* Asks a resolver: implemented where children may be started. */
struct hop_names {
    void *context;
    /* The name of an address, valid until the next call; "": it has none, or no answer is to be
     * expected; NULL: it is being asked for. */
    const char *(*find)(void *context, const struct address *address, int64_t now_ns);
};

#endif
