/* SPDX-License-Identifier: BSD-2-Clause */
/* The system calls of a child that resolves names. */
#ifndef TCPSHAKE_CONFINE_CHILDCALLS_H
#define TCPSHAKE_CONFINE_CHILDCALLS_H

#include "confine/calls.h"

#ifdef HAVE_SECCOMP

extern const struct call_row calls_of_child[];
extern const size_t calls_of_child_count;

#endif
#endif
