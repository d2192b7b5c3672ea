/* SPDX-License-Identifier: BSD-2-Clause */
/* The table in which the kernel of this host keeps the connections that its firewall follows
 * (nf_conntrack): each SYN of a raw socket takes an entry too, for 120 s if it is not answered, and
 * a full table cuts the whole host off. */
#ifndef TCPSHAKE_LOOP_CONNTRACK_H
#define TCPSHAKE_LOOP_CONNTRACK_H

#include <stdbool.h>
#include <stdint.h>

/* All zero is none. */
struct conntrack {
    int count_fd;  /* a file that says how many entries there are; -1: there is no such table */
    uint64_t most; /* entries: nf_conntrack_max; 0: there is no such table */
};

/* Finds the table of this network namespace, if there is one. */
void conntrack_open(struct conntrack *conntrack);
void conntrack_close(struct conntrack *conntrack);

/* How many entries it has, or -1 where that is not known; in the sandbox too. */
int64_t conntrack_count(const struct conntrack *conntrack);

/* Whether it has no room for another connection, so that the kernel answers EPERM. */
bool conntrack_is_full(const struct conntrack *conntrack);

#endif
