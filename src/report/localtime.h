/* SPDX-License-Identifier: BSD-2-Clause */
/* Times of day for people, in the local time zone. Programs get those of RFC 3339, in UTC. */
#ifndef TCPSHAKE_REPORT_LOCALTIME_H
#define TCPSHAKE_REPORT_LOCALTIME_H

#include <stdint.h>

#define LOCALTIME_MAX  24 /* with its NUL */
#define LOCALTIME_DATE 11 /* characters of the date and the space behind it */

/* Writes a time since the epoch as "2026-11-22 06:08:03.502", rounded down; the time alone begins
 * at LOCALTIME_DATE. The zone is that of tzset(3), which must have been called before files can no
 * longer be opened. Returns out. */
const char *localtime_text(int64_t time_ns, char out[LOCALTIME_MAX]);

#endif
