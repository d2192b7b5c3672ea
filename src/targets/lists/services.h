/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of TCP services, services(5), in memory: the sandbox leaves no call to open the file.
 */
#ifndef TCPSHAKE_TARGETS_LISTS_SERVICES_H
#define TCPSHAKE_TARGETS_LISTS_SERVICES_H

#include <stdbool.h>
#include <stdint.h>

struct services;

/* Loads all names and aliases. Returns NULL if there is no memory. */
struct services *services_load(void);

/* Looks up a name. services NULL: asks getservbyname(3). Returns false for an unknown name and for
 * a port that is 0. */
bool services_find(const struct services *services, const char *name, uint16_t *port);

void services_free(struct services *services); /* NULL is allowed */

#endif
