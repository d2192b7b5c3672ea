/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run drops once everything is open, and what it requests before. */
#ifndef TCPSHAKE_CONFINE_CONFINE_H
#define TCPSHAKE_CONFINE_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "confine/sandbox.h"

/* Drops every capability and enters the sandbox: Landlock, then seccomp. If one is not available,
 * the run continues without it, and reports that if verbose. Returns 0, or -1 with *error set. */
int confine(const struct sandbox *sandbox, bool verbose, struct error *error);

/* Raises the limit of open files, if allowed, to wanted in addition to DESCRIPTORS_KEPT. Returns
 * how many of the wanted ones can be opened now. */
uint32_t confine_room_for_files(size_t wanted);

#define DESCRIPTORS_KEPT     64u
#define DESCRIPTORS_TO_ENTER 2u /* for Landlock, while it is entered */

#endif
