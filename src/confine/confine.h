/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run gives up once all is open, and what it asks for before. */
#ifndef TCPSHAKE_CONFINE_CONFINE_H
#define TCPSHAKE_CONFINE_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "confine/sandbox.h"

/* Gives up every capability and enters the sandbox: Landlock, then seccomp. Where one is not to be
 * had here, the run goes on without it, and if verbose, says so. Returns 0, or -1 with *error set.
 */
int confine(const struct sandbox *sandbox, bool verbose, struct error *error);

/* Raises the limit of open files, as far as allowed, to wanted more than DESCRIPTORS_KEPT. Returns
 * how many of those wanted can be opened now. */
uint32_t confine_room_for_files(size_t wanted);

#define DESCRIPTORS_KEPT     64u
#define DESCRIPTORS_TO_ENTER 2u /* of Landlock, for as long as that takes */

#endif
