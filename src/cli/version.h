/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_CLI_VERSION_H
#define TCPSHAKE_CLI_VERSION_H

#include <stdio.h>

/* The text of --version: the program's version those of the libraries in use, and whether
 * guard, sandbox and capabilities are to be had here. */
void version_print(FILE *out);

#endif
