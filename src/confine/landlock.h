/* SPDX-License-Identifier: BSD-2-Clause */
/* A second wall behind seccomp: landlock(7), which knows paths, TCP and the receivers of signals
 * where seccomp sees only numbers and pointers. It knows nothing of chmod(2), chown(2) and extended
 * attributes. */
#ifndef TCPSHAKE_CONFINE_LANDLOCK_H
#define TCPSHAKE_CONFINE_LANDLOCK_H

#include "confine/sandbox.h"

/* From here on no file is opened, made, removed or renamed but for what the sandbox still has to
 * do: a child reads files, a finished report gets its name, files that are named are read. No TCP
 * connection is made (but by a child, which asks name servers), no abstract socket outside of the
 * sandbox is spoken to, and a child sends no signal out of it, each as far as the kernel knows how.
 * Needs no_new_privs. Returns 0; 1 with *error set where there is no such thing here; or -1 with
 * *error set. */
int landlock_enter(const struct sandbox *sandbox, struct error *error);

/* The version of Landlock's interface that this kernel has and this build uses; 0: none. */
int landlock_version(void);

#endif
