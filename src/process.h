/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_PROCESS_H
#define TCPSHAKE_PROCESS_H

#include "base/error.h"

/* Makes the process fit to run whatever it inherited: set-user-ID use is refused, the locale's
 * character set is in use, a closed pipe is an error and not a signal, and descriptors 0 to 2 are
 * taken, so that no file opened later is mistaken for standard output. Returns 0, or -1 with *error
 * set. */
int process_prepare(struct error *error);

#endif
