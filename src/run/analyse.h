/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_RUN_ANALYSE_H
#define TCPSHAKE_RUN_ANALYSE_H

#include "output/output.h"

/* Reads the capture files of -r, one after the other, and reports every connection in them. Returns
 * 0, or -1 with *error set; what was read before an error, and the other files, are reported all
 * the same. SIGINT and SIGTERM end the reading, not the report; SIGQUIT asks for a summary. */
int analyse_run(const struct options *options, struct output *output, struct error *error);

#endif
