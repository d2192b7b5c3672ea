/* SPDX-License-Identifier: BSD-2-Clause */
/* A path is walked name by name, each from the descriptor of the directory before, so that what was
 * looked at is what is used. */
#include "files/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/random.h"

#define LINKS_MAX      40 /* as the kernel */
#define NAMES_TRIED    100
#define OPENINGS_TRIED 10
#define SUFFIX_LEN     7 /* with its dot */
#define PROC_PATH_MAX  32
#define CREATE_MODE    0666 /* less the umask */
#define OPEN_EXISTING  (O_WRONLY | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC)

/* Where a path leads. */
struct place {
    int directory;
    char name[NAME_MAX + 1];
    bool is_descriptor; /* an entry of procfs, which stands for something that is open */
};

/* A path on its way: what is still to be walked, from that directory. */
struct walk {
    struct place *place;
    char rest[PATH_MAX];
    int links;
    bool refused; /* for the rules above, rather than by the kernel */
};

/* Whether others than its owner can lay something into the directory that only they can remove. */
static bool is_shared(const struct stat *directory)
{
    return (directory->st_mode & S_ISVTX) != 0 && (directory->st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

static bool is_trusted(int directory, const struct stat *found)
{
    struct stat around;
    return fstat(directory, &around) == 0 &&
           (!is_shared(&around) || found->st_uid == geteuid() || found->st_uid == around.st_uid);
}

/* There, another user may have given a file a second name: a hard link to one of our own files, for
 * example. */
static bool others_write(int directory)
{
    struct stat around;
    return fstat(directory, &around) != 0 || is_shared(&around);
}

/* There links lead to things, not to names, and nobody can lay any. */
static bool is_procfs(int directory)
{
    struct statfs system;
    return fstatfs(directory, &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
}

static int refuse(struct walk *walk)
{
    walk->refused = true;
    errno = EACCES;
    return -1;
}

/* The directory becomes fd. */
static int step(struct walk *walk, int fd)
{
    if (fd < 0)
        return -1;
    close(walk->place->directory);
    walk->place->directory = fd;
    return 0;
}

static int step_to_start(struct walk *walk)
{
    return step(walk, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

/* Splits the next name off the rest, and tells whether it is the last. Returns 0, or -1 with errno.
 */
static int take_name(struct walk *walk, bool *last)
{
    char *at = walk->rest + strspn(walk->rest, "/");
    size_t len = strcspn(at, "/");
    size_t behind = len + strspn(at + len, "/");
    if (len > NAME_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    *last = at[behind] == '\0' && behind == len;
    memcpy(walk->place->name, at, len);
    walk->place->name[len] = '\0';
    memmove(walk->rest, at + behind, strlen(at + behind) + 1);
    return 0;
}

/* link is a symbolic link of that name. */
static int follow(struct walk *walk, int link, const struct stat *found)
{
    char target[PATH_MAX], rest[PATH_MAX];
    if (!is_trusted(walk->place->directory, found))
        return refuse(walk);
    ssize_t len = readlinkat(link, "", target, sizeof target - 1);
    if (len < 0)
        return -1;
    target[len] = '\0';
    const char *separator = walk->rest[0] != '\0' ? "/" : "";
    int whole = snprintf(rest, sizeof rest, "%s%s%s", target, separator, walk->rest);
    if (whole >= (int)sizeof rest || ++walk->links > LINKS_MAX) {
        errno = ELOOP;
        return -1;
    }
    memcpy(walk->rest, rest, sizeof rest);
    return target[0] == '/' ? step_to_start(walk) : 0;
}

/* One name further: 1 when the place is found, 0 when there is more to walk, or -1 with errno. */
static int advance(struct walk *walk)
{
    struct stat found;
    struct place *place = walk->place;
    bool last;
    if (take_name(walk, &last) != 0)
        return -1;
    place->is_descriptor = is_procfs(place->directory);
    if (place->is_descriptor && last)
        return 1;
    if (place->is_descriptor)
        return step(walk, openat(place->directory, place->name, O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (place->name[0] == '\0') {
        errno = walk->links > 0 || walk->rest[0] == '\0' ? EISDIR : ENOENT;
        return -1;
    }
    int fd = openat(place->directory, place->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return last && errno == ENOENT ? 1 : -1;
    int code = fstat(fd, &found);
    if (code == 0 && S_ISLNK(found.st_mode))
        code = follow(walk, fd, &found);
    else if (code == 0 && last)
        code = 1;
    else if (code == 0)
        return step(walk, fd);
    int saved = errno;
    close(fd);
    errno = saved;
    return code;
}

static int find_place(const char *path, struct place *place, bool *refused)
{
    struct walk walk = {.place = place};
    if (snprintf(walk.rest, sizeof walk.rest, "%s", path) >= (int)sizeof walk.rest) {
        errno = ENAMETOOLONG;
        return -1;
    }
    place->directory = open(path[0] == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (place->directory < 0)
        return -1;
    int code;
    do
        code = advance(&walk);
    while (code == 0);
    *refused = walk.refused;
    if (code == 1)
        return 0;
    int saved = errno;
    close(place->directory);
    errno = saved;
    return -1;
}

/* What is there and is written into: no directory, and not somebody else's trap. */
static int check_existing(const struct place *place, const struct stat *found, bool *refused)
{
    errno = EISDIR;
    if (S_ISDIR(found->st_mode))
        return -1;
    *refused = ((S_ISREG(found->st_mode) || S_ISFIFO(found->st_mode)) &&
                !is_trusted(place->directory, found)) ||
               (S_ISREG(found->st_mode) && found->st_nlink > 1 && others_write(place->directory));
    errno = EACCES;
    return *refused ? -1 : 0;
}

/* Looked at before, because to open a FIFO is to wait, and after, because it may be another. */
static int open_at(const struct place *place, int flags, bool *refused)
{
    struct stat found;
    if (place->is_descriptor)
        return openat(place->directory, place->name, O_WRONLY | O_TRUNC | O_NOCTTY | O_CLOEXEC);
    if (fstatat(place->directory, place->name, &found, AT_SYMLINK_NOFOLLOW) == 0 &&
        check_existing(place, &found, refused) != 0)
        return -1;
    int fd = openat(place->directory, place->name, OPEN_EXISTING | flags, CREATE_MODE);
    if (fd >= 0 && fstat(fd, &found) == 0 && check_existing(place, &found, refused) == 0 &&
        (!S_ISREG(found.st_mode) || ftruncate(fd, 0) == 0))
        return fd;
    int saved = errno;
    if (fd >= 0)
        close(fd);
    errno = saved;
    return -1;
}

static int tell(const char *path, const char *verb, bool refused, struct error *error)
{
    if (refused)
        return error_set(error, STATUS_RUN,
                         "cannot %s '%s': a link, file or FIFO of another user, or a file with "
                         "several names, is not used in a directory that others can write to",
                         verb, path);
    return error_set_code(error, errno, "cannot %s '%s'", verb, path);
}

int outfile_create(const char *path, struct error *error)
{
    struct place place;
    bool refused = false;
    if (find_place(path, &place, &refused) != 0)
        return tell(path, "create", refused, error);
    int fd = open_at(&place, O_CREAT, &refused);
    if (fd < 0)
        tell(path, "create", refused, error);
    close(place.directory);
    return fd;
}

/* A new name survives a crash only after its directory is synced, which O_PATH does not allow. */
static int sync_directory(int directory)
{
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == EACCES ? 0 : -1; /* without read permission it cannot be synced */
    int code = fsync(fd) == 0 || errno == EINVAL ? 0 : -1;
    int saved = errno;
    close(fd);
    errno = saved;
    return code;
}

/* O_NONBLOCK, because it may be a FIFO. Another process may make or remove the file meanwhile. */
static int open_or_make(const struct place *place, bool *made)
{
    const int flags = O_RDWR | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
    int fd = -1;
    for (int i = 0; i < OPENINGS_TRIED; i++) {
        *made = i % 2 == 1;
        fd = openat(place->directory, place->name, *made ? flags | O_CREAT | O_EXCL : flags,
                    CREATE_MODE);
        if (fd >= 0 || errno != (*made ? EEXIST : ENOENT))
            break;
    }
    return fd;
}

/* Of what cannot be written in place and read again, EINVAL. */
static int update_at(const struct place *place, bool *made, bool *refused)
{
    struct stat found;
    errno = EINVAL;
    if (place->is_descriptor)
        return -1;
    int fd = open_or_make(place, made);
    if (fd < 0)
        return -1;
    if (fstat(fd, &found) == 0 && check_existing(place, &found, refused) == 0) {
        if (S_ISREG(found.st_mode) && sync_directory(place->directory) == 0)
            return fd;
        errno = S_ISREG(found.st_mode) ? errno : EINVAL;
    }
    int saved = errno;
    if (*made)
        unlinkat(place->directory, place->name, 0);
    close(fd);
    errno = saved;
    return -1;
}

int outfile_update(const char *path, bool *made, struct error *error)
{
    struct place place;
    bool refused = false;
    *made = false;
    if (find_place(path, &place, &refused) != 0)
        return tell(path, "open", refused, error);
    int fd = update_at(&place, made, &refused);
    if (fd < 0 && errno == EINVAL)
        error_set(error, STATUS_RUN, "cannot open '%s': it is not a regular file", path);
    else if (fd < 0)
        tell(path, "open", refused, error);
    close(place.directory);
    return fd;
}

int outfile_lock(int fd)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_SETLK, &whole) == 0)
        return 0;
    return errno == EACCES || errno == EAGAIN ? 1 : -1;
}

static int choose_name(struct outfile *file)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
    struct error error;
    uint8_t chance[SUFFIX_LEN - 1];
    char suffix[SUFFIX_LEN + 1] = ".";
    if (random_fill(chance, sizeof chance, &error) != 0)
        return -1;
    for (size_t i = 0; i < sizeof chance; i++)
        suffix[1 + i] = letters[chance[i] % 32];
    suffix[SUFFIX_LEN] = '\0';
    snprintf(file->temporary, sizeof file->temporary, "%.*s%s", NAME_MAX - SUFFIX_LEN, file->name,
             suffix);
    return 0;
}

/* Gives the temporary file a name of its own: makes it there, or links the nameless one. Returns
 * what make does, or -1 with errno and no name. */
static int make_temporary(struct outfile *file, int (*make)(struct outfile *file))
{
    for (int i = 0; i < NAMES_TRIED && choose_name(file) == 0; i++) {
        int code = make(file);
        if (code >= 0 || errno != EEXIST) {
            if (code < 0)
                file->temporary[0] = '\0';
            return code;
        }
    }
    file->temporary[0] = '\0';
    return -1;
}

static int create_named(struct outfile *file)
{
    return openat(file->directory, file->temporary,
                  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, CREATE_MODE);
}

/* The name in procfs by which a file without a name is linked (open(2), O_TMPFILE). */
static const char *path_of(int fd, char out[PROC_PATH_MAX])
{
    snprintf(out, PROC_PATH_MAX, "/proc/self/fd/%d", fd);
    return out;
}

/* A file that has no name until it is published, so that nothing remains however the process ends.
 * -1: the file system or a missing procfs does not allow that. */
static int open_nameless(const struct outfile *file)
{
    char path[PROC_PATH_MAX];
    struct stat one, other;
    int fd = openat(file->directory, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, CREATE_MODE);
    if (fd >= 0 && fstat(fd, &one) == 0 && stat(path_of(fd, path), &other) == 0 &&
        one.st_dev == other.st_dev && one.st_ino == other.st_ino)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* The named temporary file, which a signal that ends the process removes: resolving names may take
 * long, before any loop reads signals. */
static struct {
    const struct outfile *volatile file; /* NULL: nothing */
    pid_t owner;                         /* children have the handler too */
} unfinished;

static void remove_unfinished(int number)
{
    const struct outfile *file = unfinished.file;
    if (file != NULL && unfinished.owner == getpid())
        unlinkat(file->directory, file->temporary, 0);
    raise(number); /* ends the process when this returns, by SA_RESETHAND */
}

/* A signal that is ignored, as by nohup(1), stays so. */
static void remove_if_ended(const struct outfile *file)
{
    static const int ending[] = {SIGHUP,    SIGINT,  SIGQUIT, SIGTERM, SIGALRM, SIGUSR1,  SIGUSR2,
                                 SIGVTALRM, SIGPROF, SIGXCPU, SIGIO,   SIGPWR,  SIGSTKFLT};
    struct sigaction before;
    struct sigaction action = {.sa_handler = remove_unfinished, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    unfinished.owner = getpid();
    unfinished.file = file;
    for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++)
        if (sigaction(ending[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL)
            sigaction(ending[i], &action, NULL);
}

/* A report that replaces a file keeps its mode, and its owner and group as far as that is allowed:
 * a group that cannot be kept gets no more than others get. Set-user-ID and its like are not kept.
 */
static int keep_attributes(int fd, const struct stat *replaced)
{
    mode_t mode = replaced->st_mode & 0777;
    if (fchown(fd, replaced->st_uid, replaced->st_gid) != 0 &&
        fchown(fd, (uid_t)-1, replaced->st_gid) != 0)
        mode &= ~(mode_t)070 | (mode & 07) << 3;
    return fchmod(fd, mode);
}

static int open_temporary(struct outfile *file)
{
    int fd = open_nameless(file);
    if (fd >= 0)
        return fd;
    fd = make_temporary(file, create_named);
    if (fd >= 0)
        remove_if_ended(file);
    return fd;
}

/* A file that appears under its name complete or not at all; but a device or a FIFO is written to
 * as it is, since a file renamed over it would destroy it. */
static int begin_at(struct outfile *file, const struct place *place, bool *refused)
{
    struct stat found;
    int code = fstatat(place->directory, place->name, &found, AT_SYMLINK_NOFOLLOW);
    if (place->is_descriptor || (code == 0 && !S_ISREG(found.st_mode)))
        return open_at(place, 0, refused);
    if (code == 0 && check_existing(place, &found, refused) != 0)
        return -1;
    file->directory = place->directory;
    memcpy(file->name, place->name, sizeof file->name);
    file->fd = open_temporary(file);
    if (file->fd >= 0 && code == 0 && keep_attributes(file->fd, &found) != 0) {
        int saved = errno;
        close(file->fd);
        outfile_end(file); /* which closes the directory */
        errno = saved;
        return -1;
    }
    if (file->fd < 0)
        file->directory = -1;
    return file->fd;
}

int outfile_begin(struct outfile *file, const char *path, struct error *error)
{
    struct place place;
    bool refused = false;
    *file = (struct outfile){.fd = -1, .directory = -1};
    if (find_place(path, &place, &refused) != 0)
        return tell(path, "write", refused, error);
    file->fd = begin_at(file, &place, &refused);
    if (file->fd < 0)
        tell(path, "write", refused, error);
    if (file->directory < 0)
        close(place.directory);
    return file->fd < 0 ? -1 : 0;
}

static int link_temporary(struct outfile *file)
{
    char path[PROC_PATH_MAX];
    return linkat(AT_FDCWD, path_of(file->fd, path), file->directory, file->temporary,
                  AT_SYMLINK_FOLLOW);
}

/* Returns 0 if there was no such file yet, and it has its name now; 1 if it has a temporary name;
 * or -1 with errno. */
static int name_temporary(struct outfile *file)
{
    char path[PROC_PATH_MAX];
    if (linkat(AT_FDCWD, path_of(file->fd, path), file->directory, file->name, AT_SYMLINK_FOLLOW) ==
        0)
        return 0;
    if (errno != EEXIST || make_temporary(file, link_temporary) != 0)
        return -1;
    return 1;
}

/* Returns 0 or an errno. */
static int put_in_place(struct outfile *file)
{
    int code = file->temporary[0] != '\0' ? 1 : name_temporary(file);
    if (code == 1)
        code = renameat(file->directory, file->temporary, file->directory, file->name);
    if (code != 0)
        return errno;
    file->temporary[0] = '\0';
    return 0;
}

/* Signals are blocked between the steps. */
int outfile_publish(struct outfile *file)
{
    sigset_t all, before;
    if (file->directory < 0)
        return 0;
    if (fsync(file->fd) != 0)
        return errno;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    int code = put_in_place(file);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return code;
}

static bool is_same(const struct stat *one, const struct stat *other)
{
    return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

bool outfile_is_named(int fd, const char *path)
{
    struct stat one, other;
    return fstat(fd, &one) == 0 && stat(path, &other) == 0 && is_same(&one, &other);
}

void outfile_withdraw(int fd, const char *path)
{
    struct place place;
    struct stat one, other;
    bool refused = false;
    if (find_place(path, &place, &refused) != 0)
        return;
    if (fstat(fd, &one) == 0 &&
        fstatat(place.directory, place.name, &other, AT_SYMLINK_NOFOLLOW) == 0 &&
        is_same(&one, &other))
        unlinkat(place.directory, place.name, 0);
    close(place.directory);
}

/* The same name, or the same file. */
static bool leads_to(const struct outfile *file, const struct place *place)
{
    struct stat one, other;
    int flags = place->is_descriptor ? 0 : AT_SYMLINK_NOFOLLOW;
    if (file->directory >= 0 && strcmp(file->name, place->name) == 0 &&
        fstat(file->directory, &one) == 0 && fstat(place->directory, &other) == 0 &&
        is_same(&one, &other))
        return true;
    int code = file->directory >= 0
                   ? fstatat(file->directory, file->name, &one, AT_SYMLINK_NOFOLLOW)
                   : fstat(file->fd, &one);
    return code == 0 && !S_ISCHR(one.st_mode) &&
           fstatat(place->directory, place->name, &other, flags) == 0 && is_same(&one, &other);
}

bool outfile_is_at(const struct outfile *file, const char *path)
{
    struct place place;
    bool refused = false;
    if (find_place(path, &place, &refused) != 0)
        return false; /* opening it reports why */
    bool same = leads_to(file, &place);
    close(place.directory);
    return same;
}

bool outfile_is_same(const char *one, const char *other)
{
    struct stat a, b;
    return stat(one, &a) == 0 && stat(other, &b) == 0 && S_ISREG(a.st_mode) &&
           a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

void outfile_end(struct outfile *file)
{
    if (file->directory < 0)
        return;
    unfinished.file = NULL;
    if (file->temporary[0] != '\0')
        unlinkat(file->directory, file->temporary, 0);
    close(file->directory);
    file->directory = -1;
}
