/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_RUN_DEMO_H
#define TCPSHAKE_RUN_DEMO_H

#include "output/output.h"

/* Starts a server on loopback that closes each connection after the other side did, in a child that
 * ends with this process. Returns 0 and its port, or -1 with *error set. */
int demo_start_server(uint16_t *port, struct error *error);

/* Starts such a server on loopback in a child process, probes it, and ends it. Returns as probe_run
 * does. */
int demo_run(const struct options *options, struct output *output, struct error *error);

#endif
