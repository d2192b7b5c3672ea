/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <limits.h>
#include <unistd.h>

static const char *own_path(char *out, size_t size)
{
    ssize_t len = readlink("/proc/self/exe", out, size - 1);
    if (len <= 0)
        return "/path/to/tcpshake";
    out[len] = '\0';
    return out;
}

int privileges_missing(struct error *error)
{
    char path[PATH_MAX];
    if (geteuid() == 0)
        return error_set(error, STATUS_RUN,
                         "needs CAP_NET_RAW, which root lacks here: start the container or service "
                         "with it (--cap-add=NET_RAW, AmbientCapabilities=CAP_NET_RAW)");
    return error_set(error, STATUS_RUN,
                     "needs CAP_NET_RAW: run it with sudo, or sudo setcap cap_net_raw+ep %s",
                     own_path(path, sizeof path));
}

int privileges_check(struct error *error)
{
    if (capng_get_caps_process() != 0)
        return error_set_code(error, errno, "cannot read its own capabilities");
    if (!capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_RAW))
        return privileges_missing(error);
    return 0;
}
