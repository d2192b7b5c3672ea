/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_CLI_VERSION_H
#define TCPSHAKE_CLI_VERSION_H

#include <stdio.h>

/* The text of --version: the versions of the program and of its libraries, and whether guard,
 * sandbox and capabilities are available here. */
void version_print(FILE *out);

#endif
