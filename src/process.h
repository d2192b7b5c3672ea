/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_PROCESS_H
#define TCPSHAKE_PROCESS_H

#include "base/error.h"

/* Makes the process independent of what it inherited: set-user-ID use is refused, the locale's
 * character set is in use, descriptors 0 to 2 are open (so that no file opened later is mistaken
 * for standard output), and all others are closed unless an argument names them (/dev/fd/5).
 * Signals have their default effect and are not blocked; those that were ignored on purpose (SIGHUP
 * by nohup(1), SIGINT and SIGQUIT in a background job, SIGTERM, and job control) stay ignored. A
 * write to a closed pipe and one beyond the file size limit are errors instead of signals. argv
 * ends with NULL. Returns 0, or -1 with *error set. */
int process_prepare(char *const argv[], struct error *error);

#endif
