/* SPDX-License-Identifier: BSD-2-Clause */
/* From the command line to struct options. */
#ifndef TCPSHAKE_CLI_COMMANDLINE_H
#define TCPSHAKE_CLI_COMMANDLINE_H

#include "base/error.h"
#include "cli/options.h"

/* Reads argv. Strings are borrowed from argv. Returns 0, or -1 with *error set (STATUS_USAGE):
 * names the offending text and says what is allowed. Live-only options with -r, and the reverse,
 * are refused by name. options->plugin and options->verbosity are set in any case, as far as they
 * could be read. */
int options_parse(int argc, char **argv, struct options *options, struct error *error);
void options_free(struct options *options);

#endif
