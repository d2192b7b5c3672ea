/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_VERSION_H
#define TCPSHAKE_VERSION_H

#include <stdio.h>

/* The text of --version: the program's version and those of the libraries in use. */
void version_print(FILE *out);

#endif
