/* SPDX-License-Identifier: BSD-2-Clause */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/descriptors.h"

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
        return error_set_code(error, errno, "cannot read its own user IDs");
    if (ruid == euid && euid == suid && rgid == egid && egid == sgid)
        return 0;
    return error_set(error, STATUS_RUN,
                     "refuses to run set-user-ID or set-group-ID: chmod u-s,g-s, and grant "
                     "CAP_NET_RAW with setcap instead");
}

/* The lowest descriptor from first on that an argument names, as /dev/fd/5 or /proc/self/fd/5 do:
 * the shell passes <(command) in this way. UINT_MAX: none. */
static unsigned next_named(char *const argv[], unsigned first)
{
    static const char folder[] = "/fd/";
    unsigned lowest = UINT_MAX;
    for (; *argv != NULL; argv++)
        for (const char *at = *argv; (at = strstr(at, folder)) != NULL;) {
            at += sizeof folder - 1;
            unsigned long fd = at[0] >= '0' && at[0] <= '9' ? strtoul(at, NULL, 10) : UINT_MAX;
            if (fd >= first && fd < lowest)
                lowest = (unsigned)fd;
        }
    return lowest;
}

static int close_inherited(char *const argv[])
{
    unsigned first = STDERR_FILENO + 1, named;
    for (; (named = next_named(argv, first)) != UINT_MAX; first = named + 1)
        if (descriptors_close(first, named - 1) != 0)
            return -1;
    return descriptors_close(first, UINT_MAX);
}

/* Only "ignored" is inherited. SIGCHLD ignored would hide how children end, and SIGALRM ignored
 * would disable the time limits of --doctor. */
static void reset_signals(void)
{
    static const int kept[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU};
    struct sigaction action;
    sigset_t none;
    for (int number = 1; number <= SIGRTMAX; number++) {
        bool keep = false;
        for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
            keep = keep || kept[i] == number;
        if (!keep && sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
            signal(number, SIG_DFL);
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

int process_prepare(char *const argv[], struct error *error)
{
    if (refuse_set_id(error) != 0)
        return -1;
    setlocale(LC_CTYPE, "");
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (take_descriptor(fd) != 0)
            return error_set_code(error, errno, "cannot open /dev/null");
    descriptors_allow();
    if (close_inherited(argv) != 0)
        return error_set_code(error, errno, "cannot close inherited descriptors");
    reset_signals();
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
        return error_set_code(error, errno, "cannot ignore SIGPIPE");
    return 0;
}
