/* SPDX-License-Identifier: BSD-2-Clause */
/* A second barrier behind seccomp: landlock(7) checks paths, TCP connections and signals, where
 * seccomp sees only numbers and pointers. It does not cover chmod(2), chown(2) and extended
 * attributes. */
#ifndef TCPSHAKE_CONFINE_LANDLOCK_H
#define TCPSHAKE_CONFINE_LANDLOCK_H

#include "confine/sandbox.h"

/* Restricts this process. Files cannot be opened, created, removed or renamed, except that a child
 * reads files, a finished report gets its name, and the readable files of the sandbox are read. TCP
 * connections are refused, except from a child that asks name servers; so are abstract sockets
 * outside the sandbox and signals of a child to processes outside it. What the kernel does not
 * support is left out. Requires no_new_privs. Returns 0; 1 with *error set if there is no Landlock
 * here; or -1 with *error set. */
int landlock_enter(const struct sandbox *sandbox, struct error *error);

/* The version of Landlock that this kernel supports; 0: none, or this build does not use it. */
int landlock_version(void);

#endif
