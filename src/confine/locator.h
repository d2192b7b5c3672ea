/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds targets again while a run goes on: their address, and the way there. The sandbox leaves no
 * call for either, so a child does both; see child.h. */
#ifndef TCPSHAKE_CONFINE_LOCATOR_H
#define TCPSHAKE_CONFINE_LOCATOR_H

#include "net/resolve.h"
#include "net/route.h"

#define LOCATOR_HOST_MAX 256 /* a name of DNS has at most 253 characters: RFC 1035, 2.3.4 */

struct locator;

struct location_request {
    const char *host;
    enum family family;                                             /* FAMILY_NONE: either */
    struct address source;                                          /* as in struct route_request */
    const char *interface;                                          /* NULL: any */
    uint16_t destination_port, source_port_first, source_port_last; /* the same */
};

struct location {
    int result;             /* 0; 1: no way there, see reason; -1: see error */
    struct address address; /* valid unless result is -1 */
    struct route route;     /* valid if result is 0 */
    enum reason reason;
    struct error error;
    int64_t resolve_ns; /* what the name took */
};

/* Starts the child. NULL with *error set. */
struct locator *locator_start(struct error *error);
void locator_stop(struct locator *locator); /* NULL is allowed */

/* Polls readable when the answer is to be read, or the child is gone. */
int locator_fd(const struct locator *locator);

/* Asks; never waits. One question may be open. Returns 0, or -1 with *error set. */
int locator_ask(struct locator *locator, const struct location_request *request,
                struct error *error);

/* Reads the answer without waiting: 1, 0 where there is none yet, or -1 with *error set where the
 * child is gone. */
int locator_read(struct locator *locator, struct location *location, struct error *error);

#endif
