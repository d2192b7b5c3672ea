/* SPDX-License-Identifier: BSD-2-Clause */
#include "confine/capabilities.h"

#include <cap-ng.h>
#include <errno.h>
#include <sys/prctl.h>

/* The bounding set can only be cleared with CAP_SETPCAP; without it the set is of no use either,
 * since no_new_privs keeps execve(2) from granting anything. */
static int drop_bounding_set(void)
{
    if (!capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP))
        return 0;
    for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
        if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0)
            return -1;
    return 0;
}

/* What the kernel says of it, rather than what was asked for. */
static int check_dropped(struct error *error)
{
    if (capng_get_caps_process() == 0 && capng_have_capabilities(CAPNG_SELECT_CAPS) == CAPNG_NONE &&
        prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
        return 0;
    return error_set(error, STATUS_RUN, "cannot drop privileges: some remain");
}

int capabilities_drop(struct error *error)
{
    const char *failed = NULL;
    /* First: without capabilities the process could be traced by any other of the same user, and
     * its raw sockets taken (pidfd_getfd(2)). */
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        failed = "dumpable";
    else if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        failed = "no_new_privs";
    else if (capng_get_caps_process() != 0)
        failed = "reading capabilities";
    else if (drop_bounding_set() != 0)
        failed = "bounding set";
    else if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
        failed = "ambient set";
    if (!failed) {
        capng_clear(CAPNG_SELECT_CAPS);
        if (capng_apply(CAPNG_SELECT_CAPS) != 0)
            failed = "capability sets";
    }
    if (!failed)
        return check_dropped(error);
    return error_set_code(error, errno, "cannot drop privileges (%s)", failed);
}
