/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_RUN_ANALYSE_H
#define TCPSHAKE_RUN_ANALYSE_H

#include "run/output.h"

/* Reads the capture file of -r and reports every connection in it. Returns 0, or -1 with *error
 * set; what was read before an error is reported all the same. */
int analyse_run(const struct options *options, struct output *output, struct error *error);

#endif
