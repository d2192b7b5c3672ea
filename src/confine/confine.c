/* SPDX-License-Identifier: BSD-2-Clause */
#include "confine/confine.h"

#include <fcntl.h>
#include <sys/resource.h>

#include "confine/capabilities.h"
#include "confine/landlock.h"

#define DESCRIPTORS_LEAST 256 /* assumed if the limit is unknown */

/* Reports a missing barrier if verbose; the run continues without it. */
static int enter(int code, const struct error *outcome, bool verbose, struct error *error)
{
    if (code < 0)
        *error = *outcome;
    else if (code > 0 && verbose)
        warning("%s", outcome->text);
    return code < 0 ? -1 : 0;
}

int confine(const struct sandbox *sandbox, bool verbose, struct error *error)
{
    struct error outcome;
    if (capabilities_drop(error) != 0 ||
        enter(landlock_enter(sandbox, &outcome), &outcome, verbose, error) != 0)
        return -1;
    return enter(sandbox_enter(sandbox, &outcome), &outcome, verbose, error);
}

/* Counts the descriptors below limit that are not open, up to most. */
static size_t count_free(rlim_t limit, size_t most)
{
    size_t free_count = 0;
    for (rlim_t fd = 0; fd < limit && free_count < most; fd++)
        free_count += fcntl((int)fd, F_GETFD) < 0;
    return free_count;
}

uint32_t confine_room_for_files(size_t wanted)
{
    struct rlimit limit;
    rlim_t all = (rlim_t)wanted + DESCRIPTORS_KEPT;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        limit.rlim_cur = DESCRIPTORS_LEAST;
    else if (limit.rlim_cur < all) {
        limit.rlim_cur = limit.rlim_max < all ? limit.rlim_max : all;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0 && getrlimit(RLIMIT_NOFILE, &limit) != 0)
            limit.rlim_cur = DESCRIPTORS_LEAST;
    }
    return (uint32_t)count_free(limit.rlim_cur, wanted);
}
