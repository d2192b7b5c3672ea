/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_LIVE_RUN_PROBE_H
#define TCPSHAKE_LIVE_RUN_PROBE_H

#include "output/output.h"

/* Makes the connections that the options ask for and reports each. Returns 0, or -1 with *error
 * set; what was measured before an error is reported all the same. */
int probe_run(const struct options *options, struct output *output, struct error *error);

#endif
