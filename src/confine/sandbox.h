/* SPDX-License-Identifier: BSD-2-Clause */
/* Restricts the system calls once everything is open: seccomp(2), with libseccomp. */
#ifndef TCPSHAKE_CONFINE_SANDBOX_H
#define TCPSHAKE_CONFINE_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "confine/mode.h"

struct sandbox {
    enum sandbox_mode mode;
    bool publishes; /* a finished report is still to get its name in directory */
    int directory;
    size_t readable_count; /* files that are still to be opened for reading */
    const char *const *readable;
    /* Of a live run: captures that may be bound to other interfaces. */
    const int *captures;
    size_t capture_count;
};

/* From here on, a call that is not allowed kills the process (SIGSYS); builds with --enable-debug
 * name it first. In a child it fails (ENOSYS), because the calls of the system's modules cannot be
 * known. Builds with sanitizers or coverage, whose run-time libraries make calls of their own, only
 * log it. Returns 0; 1 with *error set if seccomp is not available, and the run may continue
 * without; or -1 with *error set. */
int sandbox_enter(const struct sandbox *sandbox, struct error *error);

/* Whether sandbox_enter would return 0, tried in a child. 1 and -1 as above. */
int sandbox_try(struct error *error);

/* How this program was built: "seccomp", "seccomp, violations are named", "seccomp, violations are
 * only logged", "none". */
const char *sandbox_build(void);

#endif
