/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of ports that keep the order in which they were written, as runs: 443,80-82 is two. */
#ifndef TCPSHAKE_TARGETS_PORTS_H
#define TCPSHAKE_TARGETS_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PORT_MAX 65535

struct port_run {
    uint16_t first, last;
    uint16_t before; /* the number of ports in the runs before it */
};

/* The number of ports in some runs. */
uint32_t ports_count(const struct port_run *runs, size_t run_count);

/* The port of that number, from 0 to ports_count - 1, in the order of the runs. */
uint16_t ports_at(const struct port_run *runs, size_t run_count, uint32_t number);

/* Whether two sets of runs have a port in common. */
bool ports_meet(const struct port_run *a, size_t a_count, const struct port_run *b, size_t b_count);

/* Builds a set: a port that is added again is ignored. All zero is empty. */
struct port_list {
    uint64_t seen[(PORT_MAX + 1) / 64];
    size_t run_count;
    struct port_run runs[PORT_MAX];
};

/* Removes all ports. */
void port_list_clear(struct port_list *list);

/* Begins another set, from which all ports added since port_list_clear are left out: this computes
 * the difference of sets. */
void port_list_next(struct port_list *list);

/* Adds the ports from first to last, both 1 to PORT_MAX, last not below first, unless they are
 * already in. */
void port_list_add(struct port_list *list, uint32_t first, uint32_t last);

#endif
