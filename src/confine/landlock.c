/* SPDX-License-Identifier: BSD-2-Clause */
/* By the kernel's own interface (linux/landlock.h, Documentation/userspace-api/landlock.rst): each
 * version adds rights, and a kernel refuses those that it does not know. */
#include "confine/landlock.h"

#if !defined SANDBOX_DISABLED && !defined SANDBOX_LOGS
#if __has_include(<linux/landlock.h>)
#define HAVE_LANDLOCK
#endif
#endif

#ifdef HAVE_LANDLOCK

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What the headers of an older system lack, in the order of the versions that brought it. */
#define FS_REFER            (1ULL << 13) /* 2 */
#define FS_TRUNCATE         (1ULL << 14) /* 3 */
#define NET_BIND_TCP        (1ULL << 0)  /* 4 */
#define NET_CONNECT_TCP     (1ULL << 1)
#define FS_IOCTL_DEV        (1ULL << 15) /* 5 */
#define SCOPE_ABSTRACT_UNIX (1ULL << 0)  /* 6 */
#define SCOPE_SIGNAL        (1ULL << 1)

#define FS_FIRST   (FS_REFER - 1) /* all of version 1 */
#define FS_READ    (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_PUBLISH (LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE)

/* As struct landlock_ruleset_attr is by now: the kernel takes zeros for what it does not know. */
struct rights {
    uint64_t fs, net, scoped;
};

/* The signal that a child gets at its parent's end (PR_SET_PDEATHSIG) is one that the parent sends:
 * held back in the parent's sandbox, it would leave the child behind. seccomp leaves the parent no
 * kill(2). */
static struct rights rights_for(const struct sandbox *sandbox, int version)
{
    bool reads = sandbox->mode == SANDBOX_CHILD;
    bool is_child = reads || sandbox->mode == SANDBOX_SERVER;
    struct rights rights = {.fs = FS_FIRST};
    if (version >= 2)
        rights.fs |= FS_REFER;
    if (version >= 3)
        rights.fs |= FS_TRUNCATE;
    if (version >= 4 && !reads)
        rights.net = NET_CONNECT_TCP;
    if (version >= 4 && !reads && sandbox->mode != SANDBOX_LIVE) /* where guards are bound */
        rights.net |= NET_BIND_TCP;
    if (version >= 5)
        rights.fs |= FS_IOCTL_DEV;
    if (version >= 6)
        rights.scoped = is_child ? SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL : SCOPE_ABSTRACT_UNIX;
    if (reads)
        rights.fs &= ~FS_READ;
    return rights;
}

static int allow(int ruleset, int fd, uint64_t rights)
{
    const struct landlock_path_beneath_attr rule = {.allowed_access = rights, .parent_fd = fd};
    return (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

/* A directory is no capture, and the rule would hold for all that is in it; a pipe has no path, and
 * is not held back (EBADFD). What cannot be found now is told when it is to be opened. */
static int allow_reading(int ruleset, const char *path)
{
    struct stat found;
    int code = 0, fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return errno == EMFILE || errno == ENFILE ? -1 : 0;
    if (fstat(fd, &found) == 0 && !S_ISDIR(found.st_mode))
        code = allow(ruleset, fd, LANDLOCK_ACCESS_FS_READ_FILE);
    int saved = errno;
    close(fd);
    errno = saved;
    return code != 0 && errno == EBADFD ? 0 : code;
}

static int allow_rest(int ruleset, const struct sandbox *sandbox)
{
    if (sandbox->publishes && allow(ruleset, sandbox->directory, FS_PUBLISH) != 0)
        return -1;
    for (size_t i = 0; i < sandbox->readable_count; i++)
        if (allow_reading(ruleset, sandbox->readable[i]) != 0)
            return -1;
    return 0;
}

int landlock_version(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return version > 0 ? (int)version : 0;
}

int landlock_enter(const struct sandbox *sandbox, struct error *error)
{
    int version = landlock_version();
    if (version == 0) {
        error_set(error, STATUS_RUN, "no Landlock: the kernel or the container has none");
        return 1;
    }
    const struct rights rights = rights_for(sandbox, version);
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &rights, sizeof rights, 0);
    if (ruleset >= 0 && allow_rest(ruleset, sandbox) == 0 &&
        syscall(SYS_landlock_restrict_self, ruleset, 0) == 0) {
        close(ruleset);
        return 0;
    }
    error_set(error, STATUS_RUN, "cannot enter the sandbox (Landlock): %s", strerror(errno));
    if (ruleset >= 0)
        close(ruleset);
    return -1;
}

#else

int landlock_version(void)
{
    return 0;
}

int landlock_enter(const struct sandbox *sandbox, struct error *error)
{
    (void)sandbox;
    error_set(error, STATUS_RUN, "no Landlock: built without it");
    return 1;
}

#endif
