/* SPDX-License-Identifier: BSD-2-Clause */
/* The system calls that are left in each kind of sandbox: what is not in a table is not left. A
 * call whose arguments are looked at has a row for each way in which it is allowed. */
#ifndef TCPSHAKE_CONFINE_CALLS_H
#define TCPSHAKE_CONFINE_CALLS_H

#ifdef HAVE_SECCOMP

#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>

#include "confine/mode.h"

#define CHECKS_MAX 3

/* The sandbox that a row belongs to: a mode, or what a run still has to do. */
enum {
    IN_LIVE = 1 << SANDBOX_LIVE,
    IN_READ = 1 << SANDBOX_READ,
    IN_CHILD = 1 << SANDBOX_CHILD,
    IN_CONNECTOR = 1 << SANDBOX_CONNECTOR,
    IN_SYNCER = 1 << SANDBOX_SYNCER,
    IN_HOLDER = 1 << SANDBOX_HOLDER,
    IN_SERVER = 1 << SANDBOX_SERVER,
    ALWAYS = IN_LIVE | IN_READ | IN_CONNECTOR | IN_SYNCER | IN_SERVER,
    OPENING = 1 << 8,
};

struct call_row {
    int call;
    unsigned when;
    unsigned count;
    struct scmp_arg_cmp checks[CHECKS_MAX];
};

/* clang-format off */
#define CALL(name, when)           {SCMP_SYS(name), when, 0, {{0}}}
#define CALL1(name, when, a)       {SCMP_SYS(name), when, 1, {a}}
#define CALL2(name, when, a, b)    {SCMP_SYS(name), when, 2, {a, b}}
#define CALL3(name, when, a, b, c) {SCMP_SYS(name), when, 3, {a, b, c}}

/* The n-th argument, from 0: 32 bits of it if the kernel uses no more, all of it, without certain
 * bits, or under a mask. */
#define IS(n, value)               {n, SCMP_CMP_MASKED_EQ, UINT32_MAX, (uint32_t)(value)}
#define ALL_OF(n, value)           {n, SCMP_CMP_EQ, value, 0}
#define LACKS(n, bits)             {n, SCMP_CMP_MASKED_EQ, bits, 0}
#define HAS(n, mask, value)        {n, SCMP_CMP_MASKED_EQ, mask, value}
/* clang-format on */

/* Of the process itself (live, reading), of the children that ask connect(2), that sync files and
 * that hold captures open, and of the demonstration's server. */
extern const struct call_row calls_of_process[];
extern const size_t calls_of_process_count;

#endif
#endif
