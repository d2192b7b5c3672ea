/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_NET_PRIVILEGES_H
#define TCPSHAKE_NET_PRIVILEGES_H

#include "base/error.h"

/* Says how to grant CAP_NET_RAW where it is missing. Returns 0, or -1 with *error set (STATUS_RUN).
 */
int privileges_check(struct error *error);

/* Sets *error (STATUS_RUN) to what is missing without CAP_NET_RAW and how to grant it to this
 * program. Returns -1. */
int privileges_missing(struct error *error);

#endif
