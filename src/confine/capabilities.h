/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_CONFINE_CAPABILITIES_H
#define TCPSHAKE_CONFINE_CAPABILITIES_H

#include "base/error.h"

/* Drops every capability for good (permitted, effective, inheritable, ambient, bounding if allowed)
 * and sets no_new_privs. From then on no process without CAP_SYS_PTRACE can trace this one or take
 * its descriptors, those of the same user included, and no core is dumped. Returns 0, or -1 with
 * *error set. */
int capabilities_drop(struct error *error);

#endif
