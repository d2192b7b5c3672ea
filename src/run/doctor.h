/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_RUN_DOCTOR_H
#define TCPSHAKE_RUN_DOCTOR_H

#include <stdio.h>

/* Tests everything that a live run needs on the loopback interface, each in a process of its own.
 * Writes a line for each to out: that it works, or how to fix it. Returns STATUS_OK, or STATUS_RUN
 * if something does not work. */
int doctor_run(FILE *out);

#endif
