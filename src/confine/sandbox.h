/* SPDX-License-Identifier: BSD-2-Clause */
/* The system calls that are left once everything is open: seccomp(2), by libseccomp. */
#ifndef TCPSHAKE_CONFINE_SANDBOX_H
#define TCPSHAKE_CONFINE_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "confine/mode.h"

struct sandbox {
    enum sandbox_mode mode;
    bool publishes; /* a finished report still gets its name in directory */
    int directory;
    size_t readable_count; /* of files still to be opened for reading; NULL is allowed for none */
    const char *const *readable;
};

/* From here on a call that is not on the list ends the process (SIGSYS); in builds with
 * --enable-debug it says which one before. To a child it does not exist (ENOSYS), because what a
 * module of the system tries cannot be known. Builds with sanitizers or coverage, whose run-time
 * libraries do much of their own, leave it at a note in the kernel's log. Returns 0; 1 with *error
 * set where there is no such thing here, and the run may go on without; or -1 with *error set. */
int sandbox_enter(const struct sandbox *sandbox, struct error *error);

/* Whether sandbox_enter would return 0, tried in a child. 1 and -1 as above. */
int sandbox_try(struct error *error);

/* How this program was built: "seccomp", "seccomp, violations are named", "seccomp, violations are
 * only logged", "none". */
const char *sandbox_build(void);

#endif
