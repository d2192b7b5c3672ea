/* SPDX-License-Identifier: BSD-2-Clause */
/* The interface of the kernel: linux/landlock.h, Documentation/userspace-api/landlock.rst. Each
 * version adds rights, and a kernel rejects those that it does not know. */
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
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What older headers lack, by the version of Landlock that introduced it. */
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

/* The current struct landlock_ruleset_attr. An older kernel accepts unknown members that are 0. */
struct rights {
    uint64_t fs, net, scoped;
};

/* Signals are scoped in children only: the kernel sends the signal of PR_SET_PDEATHSIG in the name
 * of the parent, whose own scope would block it, and the child would survive. seccomp does not
 * allow the parent kill(2). */
static struct rights rights_for(const struct sandbox *sandbox, int version)
{
    bool reads = sandbox->mode == SANDBOX_CHILD;
    bool connects = sandbox->mode == SANDBOX_CONNECTOR;
    bool is_child = reads || connects || sandbox->mode == SANDBOX_SYNCER ||
                    sandbox->mode == SANDBOX_HOLDER || sandbox->mode == SANDBOX_SERVER;
    struct rights rights = {.fs = FS_FIRST};
    if (version >= 2)
        rights.fs |= FS_REFER;
    if (version >= 3)
        rights.fs |= FS_TRUNCATE;
    if (version >= 4 && !reads && !connects)
        rights.net = NET_CONNECT_TCP;
    if (version >= 4 && !reads && !connects &&
        sandbox->mode != SANDBOX_LIVE) /* where guards are bound */
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

/* No rule for a directory, because it would apply to everything in it; none for a pipe, which is
 * not restricted (EBADFD). A file that is missing is reported when it is opened. */
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
    error_set_code(error, errno, "cannot enter the sandbox (Landlock)");
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
