/* SPDX-License-Identifier: BSD-2-Clause */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* A closed output is replaced by a descriptor that cannot be written to, so that the failure shows.
 */
static int take_descriptor(int fd)
{
    if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
        return 0;
    return open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) == fd ? 0 : -1;
}

/* Told by the ids: AT_SECURE is set for file capabilities too, and those are what is to be used. */
static int refuse_set_id(struct error *error)
{
    uid_t ruid, euid, suid;
    gid_t rgid, egid, sgid;
    if (getresuid(&ruid, &euid, &suid) != 0 || getresgid(&rgid, &egid, &sgid) != 0)
        return error_set(error, STATUS_RUN, "cannot read its own user IDs: %s", strerror(errno));
    if (ruid == euid && euid == suid && rgid == egid && egid == sgid)
        return 0;
    return error_set(error, STATUS_RUN,
                     "refuses to run set-user-ID or set-group-ID: chmod u-s,g-s, and grant "
                     "CAP_NET_RAW with setcap instead");
}

int process_prepare(struct error *error)
{
    if (refuse_set_id(error) != 0)
        return -1;
    setlocale(LC_CTYPE, "");
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (take_descriptor(fd) != 0)
            return error_set(error, STATUS_RUN, "cannot open /dev/null: %s", strerror(errno));
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return error_set(error, STATUS_RUN, "cannot ignore SIGPIPE: %s", strerror(errno));
    return 0;
}
