/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_CONFINE_CAPABILITIES_H
#define TCPSHAKE_CONFINE_CAPABILITIES_H

#include "base/error.h"

/* Gives up every capability for good (permitted, effective, inheritable, ambient, bounding where
 * allowed) and sets no_new_privs. Returns 0, or -1 with *error set. */
int capabilities_drop(struct error *error);

#endif
