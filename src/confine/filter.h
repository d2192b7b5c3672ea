/* SPDX-License-Identifier: BSD-2-Clause */
/* A filter of pcap-filter(7) over frames of any link type. It is compiled for each type when the
 * first such frame comes, by a child process: names of hosts, services and networks in it can then
 * be looked up whatever this process may still open. */
#ifndef TCPSHAKE_CONFINE_FILTER_H
#define TCPSHAKE_CONFINE_FILTER_H

#include "base/error.h"
#include "wire/segment.h"

struct filter;

/* A mistake is told at once: some link type must take the expression. To be called before the
 * sandbox is entered. NULL with *error set: STATUS_USAGE for an expression that is none, else
 * STATUS_RUN. */
struct filter *filter_new(const char *expression, struct error *error);
void filter_free(struct filter *filter); /* NULL is allowed */

/* Whether it takes the frame: 1, 0, or -1 with *error set (STATUS_USAGE) where the expression makes
 * no sense for its link type. */
int filter_takes(struct filter *filter, const struct frame *frame, struct error *error);

#endif
