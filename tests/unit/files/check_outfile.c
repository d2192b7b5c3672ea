/* SPDX-License-Identifier: BSD-2-Clause */
/* In a directory of its own. What another user lays there is made by root and given away; without
 * root that part is left out. */
#include "files/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/random.h"
#include "harness.h"

#define STRANGER 12345u

static struct error error;
static const char template[] = "/tmp/check_outfile.XXXXXX";
static char directory[sizeof template];
static char path[512];

/* In place of chance: temporary names end in .aaaaaa, .bbbbbb and so on. */
static uint8_t chance, chance_step = 1;

int random_fill(void *out, size_t len, struct error *cause)
{
    (void)cause;
    memset(out, chance, len);
    chance = (uint8_t)(chance + chance_step);
    return 0;
}

/* What fsync(2) says of directories; 0: what the kernel does. */
static int directories_sync;

int fsync(int fd)
{
    struct stat status;
    if (directories_sync == 0 || fstat(fd, &status) != 0 || !S_ISDIR(status.st_mode))
        return (int)syscall(SYS_fsync, fd);
    errno = directories_sync;
    return -1;
}

static const char *in_directory(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static void make_directory(void)
{
    memcpy(directory, template, sizeof directory);
    ck_assert_ptr_nonnull(mkdtemp(directory));
}

static void remove_directory(void)
{
    char command[sizeof directory + 32];
    snprintf(command, sizeof command, "rm -rf %s", directory);
    ck_assert_int_eq(system(command), 0);
}

static void put(const char *name, const char *text)
{
    FILE *file = fopen(in_directory(name), "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

static const char *content(const char *name)
{
    static char text[64];
    FILE *file = fopen(in_directory(name), "r");
    if (file == NULL)
        return NULL;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static unsigned entries(void)
{
    char command[sizeof directory + 32];
    unsigned count = 0;
    snprintf(command, sizeof command, "ls -A %s | wc -l", directory);
    FILE *lines = popen(command, "r");
    ck_assert_int_eq(fscanf(lines, "%u", &count), 1);
    pclose(lines);
    return count;
}

/* Writes there as the program does, in both ways; false where it was refused. */
static bool create(const char *name)
{
    int fd = outfile_create(in_directory(name), &error);
    if (fd < 0)
        return false;
    ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
    ck_assert_int_eq(write(fd, "new", 3), 3);
    close(fd);
    return true;
}

static bool replace(const char *name, bool publish)
{
    struct outfile file;
    if (outfile_begin(&file, in_directory(name), &error) != 0)
        return false;
    ck_assert_int_eq(fcntl(file.fd, F_GETFD), FD_CLOEXEC);
    ck_assert_int_eq(write(file.fd, "new", 3), 3);
    if (publish)
        ck_assert_int_eq(outfile_publish(&file), 0);
    close(file.fd);
    outfile_end(&file);
    return true;
}

START_TEST(a_file_is_made_or_emptied)
{
    put("old", "of before, longer");
    ck_assert(create("old"));
    ck_assert_str_eq(content("old"), "new");
    ck_assert(create("fresh"));
    ck_assert_str_eq(content("fresh"), "new");
    ck_assert(!create("missing/fresh"));
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_ptr_nonnull(strstr(error.text, "missing/fresh': No such file"));
    ck_assert(!create("."));
    ck_assert(!create("old/"));
    ck_assert(!create("old/beneath"));
}
END_TEST

START_TEST(a_report_is_there_in_whole_or_not_at_all)
{
    put("report", "old");
    ck_assert(replace("report", false));
    ck_assert_str_eq(content("report"), "old");
    ck_assert_uint_eq(entries(), 1);
    ck_assert(replace("report", true));
    ck_assert_str_eq(content("report"), "new");
    ck_assert_uint_eq(entries(), 1);
    ck_assert(!replace("", true));
    ck_assert(!replace("missing/report", true));
    ck_assert_ptr_nonnull(strstr(error.text, "missing/report': No such file"));
}
END_TEST

/* Hides procfs, without which a file must have a name to be renamed; false: not allowed here. */
static bool hide_procfs(void)
{
    return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
           mount("none", "/proc", "tmpfs", 0, NULL) == 0;
}

/* Writes a report and is sent the signal meanwhile. The exit status: 3 if the directory held as
 * many files as a temporary one makes, and 77 if that cannot be tried here. */
static _Noreturn void write_and_raise(int number, void (*disposition)(int), bool named)
{
    struct outfile file;
    unsigned expected = named ? 1 : 0;
    signal(number, disposition);
    if (named && !hide_procfs())
        _exit(77);
    if (outfile_begin(&file, in_directory("report"), &error) != 0)
        _exit(1);
    if (fork() == 0) { /* a child has nothing to remove */
        raise(number);
        _exit(0);
    }
    wait(NULL);
    if (entries() != expected)
        _exit(2);
    raise(number);
    _exit(entries() == expected ? 3 : 4);
}

static int end_by(int number, void (*disposition)(int), bool named)
{
    int status;
    pid_t child = fork();
    if (child == 0)
        write_and_raise(number, disposition, named);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return status;
}

START_TEST(a_signal_leaves_nothing)
{
    static const int numbers[] = {SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGALRM, SIGKILL};
    int number = numbers[_i / 2];
    bool named = _i % 2 == 1;
    if (named && number == SIGKILL)
        return; /* it cannot be caught */
    int status = end_by(number, SIG_DFL, named);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        return;
    ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == number, "ended with 0x%x",
                  (unsigned)status);
    ck_assert_uint_eq(entries(), 0);
    if (number == SIGKILL)
        return;
    status = end_by(number, SIG_IGN, named);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 3, "ended with 0x%x",
                  (unsigned)status);
}
END_TEST

/* Both ways of publishing, each over nothing and over a file of before. */
START_TEST(a_file_with_a_temporary_name_is_published_too)
{
    int status;
    char name[NAME_MAX + 1];
    memset(name, 'n', sizeof name - 1);
    name[NAME_MAX] = '\0';
    pid_t child = fork();
    if (child == 0) {
        if (!hide_procfs())
            _exit(77);
        bool right = replace("report", true) && strcmp(content("report"), "new") == 0;
        put("report", "old");
        right = right && replace("report", true) && strcmp(content("report"), "new") == 0;
        unlink(in_directory("report"));
        put(name, "old"); /* the temporary name has to differ from this one too */
        right = right && replace(name, true) && strcmp(content(name), "new") == 0;
        _exit(right ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && (WEXITSTATUS(status) == 77 || WEXITSTATUS(status) == 0));
    ck_assert_uint_eq(entries(), WEXITSTATUS(status) == 77 ? 0 : 1);
}
END_TEST

/* 0 if a temporary name that exists is left alone: another is found, or the report is not written.
 */
static int collide(void)
{
    static const char *const taken[] = {"report.aaaaaa", "report.bbbbbb"};
    for (size_t i = 0; i < 2; i++)
        put(taken[i], "of another");
    put("report", "old");
    chance = 0;
    if (!replace("report", true) || strcmp(content("report"), "new") != 0)
        return 1;
    struct outfile file;
    chance = chance_step = 0; /* no other name is to be had */
    if (outfile_begin(&file, in_directory("report"), &error) == 0) {
        if (outfile_publish(&file) != EEXIST)
            return 2;
        close(file.fd);
        outfile_end(&file);
    } else if (strstr(error.text, "File exists") == NULL) {
        return 3;
    }
    for (size_t i = 0; i < 2; i++)
        if (strcmp(content(taken[i]), "of another") != 0)
            return 4;
    return entries() == 3 ? 0 : 5;
}

START_TEST(a_temporary_name_may_be_taken)
{
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(_i == 1 && !hide_procfs() ? 77 : collide());
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77),
                  "ended with 0x%x", (unsigned)status);
}
END_TEST

START_TEST(the_mode_is_that_of_any_new_file)
{
    struct stat status;
    mode_t before = umask(0027);
    ck_assert(replace("report", true) && create("recording"));
    umask(before);
    ck_assert_int_eq(stat(in_directory("report"), &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0640);
    ck_assert_int_eq(stat(in_directory("recording"), &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0640);
}
END_TEST

START_TEST(a_report_keeps_the_mode_of_what_it_replaces)
{
    static const mode_t modes[] = {0600, 0640, 0444, 0666, 04755};
    struct stat status;
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        put("report", "old");
        ck_assert_int_eq(chmod(in_directory("report"), modes[i]), 0);
        ck_assert(replace("report", true));
        ck_assert_int_eq(stat(in_directory("report"), &status), 0);
        ck_assert_uint_eq(status.st_mode & 07777, modes[i] & 0777);
        ck_assert_str_eq(content("report"), "new");
        unlink(in_directory("report"));
    }
}
END_TEST

/* Not in a directory of one's own, where it is a second name of one's own. */
START_TEST(a_file_with_several_names_is_not_used_in_a_sticky_directory)
{
    static const struct {
        mode_t mode;
        bool refused;
    } directories[] = {{0755, false}, {0777, false}, {01755, false}, {01777, true}};
    char target[128];
    put("target", "old");
    snprintf(target, sizeof target, "%s/target", directory);
    ck_assert_int_eq(link(target, in_directory("second")), 0);
    ck_assert_int_eq(chmod(directory, directories[_i].mode), 0);
    ck_assert_msg(create("second") != directories[_i].refused, "%s", error.text);
    ck_assert_msg(replace("second", true) != directories[_i].refused, "%s", error.text);
    ck_assert_str_eq(content("target"), directories[_i].refused ? "old" : "new");
    ck_assert(!directories[_i].refused || strstr(error.text, "several names") != NULL);
    bool made;
    int fd = outfile_update(in_directory("second"), &made, &error);
    ck_assert_msg((fd < 0) == directories[_i].refused, "%s", error.text);
    if (fd >= 0)
        close(fd);
}
END_TEST

/* Whether the report at one name is found at the other. */
static bool meets(const char *report, const char *name)
{
    char at[512];
    struct outfile file;
    ck_assert_msg(outfile_begin(&file, in_directory(report), &error) == 0, "%s", error.text);
    snprintf(at, sizeof at, "%s%s%s", name[0] == '/' ? "" : directory, name[0] == '/' ? "" : "/",
             name);
    bool same = outfile_is_at(&file, at);
    close(file.fd);
    outfile_end(&file);
    return same;
}

START_TEST(another_path_to_the_same_file_is_found)
{
    char target[128], device[64];
    int ends[2];
    struct outfile file;
    ck_assert(meets("new", "new") && meets("new", "./new") && !meets("new", "newer"));
    ck_assert(!meets("new", "missing/new"));
    put("old", "old");
    put("other", "old");
    snprintf(target, sizeof target, "%s/old", directory);
    ck_assert_int_eq(link(target, in_directory("second")), 0);
    ck_assert_int_eq(symlink("old", in_directory("link")), 0);
    ck_assert_int_eq(mkfifo(in_directory("fifo"), 0600), 0);
    ck_assert(meets("old", "old") && meets("old", "link") && meets("link", "old"));
    ck_assert(meets("old", "second") && !meets("old", "other"));
    int reader = open(in_directory("fifo"), O_RDONLY | O_NONBLOCK);
    ck_assert(meets("fifo", "fifo") && !meets("fifo", "old") && !meets("old", "fifo"));
    close(reader);
    ck_assert_int_eq(pipe(ends), 0);
    snprintf(device, sizeof device, "/dev/fd/%d", ends[1]);
    ck_assert_int_eq(outfile_begin(&file, device, &error), 0);
    ck_assert(outfile_is_at(&file, device) && !outfile_is_at(&file, "/dev/null"));
    close(file.fd);
    ck_assert_int_eq(outfile_begin(&file, "/dev/null", &error), 0);
    ck_assert(!outfile_is_at(&file, "/dev/null"));
    close(file.fd);
}
END_TEST

START_TEST(a_name_may_be_as_long_as_names_are)
{
    char name[NAME_MAX + 2], link[] = "link";
    memset(name, 'n', sizeof name - 1);
    name[NAME_MAX + 1] = '\0';
    ck_assert(!replace(name, true) && !create(name)); /* nor a shorter one in its place */
    ck_assert_ptr_nonnull(strstr(error.text, "File name too long"));
    ck_assert_int_eq(symlink(name, in_directory(link)), 0);
    ck_assert(!replace(link, true) && !create(link));
    ck_assert_uint_eq(entries(), 1);
    name[NAME_MAX] = '\0';
    ck_assert(replace(name, true));
    ck_assert_str_eq(content(name), "new");
    ck_assert_uint_eq(entries(), 2);
}
END_TEST

START_TEST(links_of_ones_own_are_followed)
{
    char target[128];
    put("target", "old");
    snprintf(target, sizeof target, "%s/target", directory);
    ck_assert_int_eq(symlink("target", in_directory("near")), 0);
    ck_assert_int_eq(symlink(target, in_directory("far")), 0);
    ck_assert_int_eq(symlink("far", in_directory("chain")), 0);
    ck_assert_int_eq(symlink("made", in_directory("dangling")), 0);
    ck_assert_int_eq(symlink(directory, in_directory("itself")), 0);
    ck_assert_int_eq(symlink("round", in_directory("round")), 0);
    static const char *const names[] = {"near", "far", "chain", "itself/./itself//far"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        put("target", "old");
        ck_assert_msg(_i ? create(names[i]) : replace(names[i], true), "%s", error.text);
        ck_assert_str_eq(content("target"), "new");
    }
    ck_assert(_i ? create("dangling") : replace("dangling", true));
    ck_assert_str_eq(content("made"), "new");
    ck_assert(!(_i ? create("round") : replace("round", true)));
    ck_assert_ptr_nonnull(strstr(error.text, "symbolic links"));
}
END_TEST

/* A path that a link makes too long is refused, not cut to another one. */
START_TEST(a_path_stays_whole)
{
    static char target[PATH_MAX - 95], rest[128];
    char name[256];
    for (size_t i = 0; i + 2 < sizeof target; i += 2)
        memcpy(target + i, "./", 3);
    ck_assert_int_eq(symlink(target, in_directory("link")), 0);
    for (size_t len = 90; len < 100; len++) {
        memset(rest, 'n', len);
        rest[len] = '\0';
        snprintf(name, sizeof name, "%s/link/%s", directory, rest);
        const bool fits = strlen(target) + 1 + len < PATH_MAX;
        int fd = outfile_create(name, &error);
        ck_assert_msg((fd >= 0) == fits, "%zu octets: %s", len, error.text);
        if (fd >= 0)
            close(fd);
        ck_assert_int_eq(access(in_directory(rest), F_OK) == 0, fits);
        ck_assert_uint_eq(entries(), fits ? 2 : 1);
        unlink(in_directory(rest));
    }
}
END_TEST

/* Links of procfs lead to what is open; a rename would replace /dev/stdout itself. */
START_TEST(what_is_open_and_devices_are_written_to_as_they_are)
{
    int ends[2];
    char text[8] = "";
    struct outfile file;
    ck_assert_int_eq(pipe(ends), 0);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[1]);
    ck_assert_msg(outfile_begin(&file, path, &error) == 0, "%s", error.text);
    ck_assert_int_eq(write(file.fd, "new", 3), 3);
    ck_assert_int_eq(outfile_publish(&file), 0);
    close(file.fd);
    outfile_end(&file);
    ck_assert_int_eq(read(ends[0], text, sizeof text), 3);
    ck_assert_str_eq(text, "new");
    ck_assert_int_eq(outfile_begin(&file, "/dev/null", &error), 0);
    ck_assert_int_eq(outfile_publish(&file), 0);
    close(file.fd);
    outfile_end(&file);
    struct stat status;
    ck_assert_int_eq(stat("/dev/null", &status), 0);
    ck_assert(S_ISCHR(status.st_mode));
    int fd = outfile_create("/dev/null", &error);
    ck_assert_int_ge(fd, 0);
}
END_TEST

/* What somebody else laid into a directory: allowed unless the directory is sticky and shared. */
START_TEST(what_a_stranger_laid_is_not_used_in_a_sticky_directory)
{
    static const struct {
        mode_t mode;
        bool refused;
    } directories[] = {{0755, false}, {0777, false}, {01755, false}, {01777, true}, {01775, true}};
    bool refused = directories[_i].refused;
    put("target", "old");
    put("file", "old");
    ck_assert_int_eq(symlink("target", in_directory("link")), 0);
    ck_assert_int_eq(symlink(".", in_directory("here")), 0);
    ck_assert_int_eq(mkfifo(in_directory("fifo"), 0666), 0);
    static const char *const names[] = {"link", "here", "file", "fifo"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        ck_assert_int_eq(lchown(in_directory(names[i]), STRANGER, STRANGER), 0);
    ck_assert_int_eq(chmod(directory, directories[_i].mode), 0);
    int reader = open(in_directory("fifo"), O_RDONLY | O_NONBLOCK);
    static const char *const paths[] = {"link", "here/target", "file", "fifo"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        ck_assert_msg(create(paths[i]) != refused, "create %s: %s", paths[i], error.text);
        ck_assert_msg(!refused || strstr(error.text, "of another user") != NULL, "%s", error.text);
        ck_assert_msg(replace(paths[i], true) != refused, "replace %s: %s", paths[i], error.text);
        bool made, fifo = strcmp(paths[i], "fifo") == 0;
        int fd = outfile_update(in_directory(paths[i]), &made, &error);
        ck_assert_msg((fd >= 0) == (!refused && !fifo), "update %s: %s", paths[i], error.text);
        ck_assert_msg(!refused || strstr(error.text, "of another user") != NULL, "%s", error.text);
        if (fd >= 0)
            close(fd);
    }
    ck_assert_str_eq(content("target"), refused ? "old" : "new");
    ck_assert_str_eq(content("file"), refused ? "old" : "new");
    close(reader);
    /* the directory's owner is trusted, here as to the kernel */
    ck_assert(!refused || (chown(directory, STRANGER, STRANGER) == 0 && create("link")));
}
END_TEST

/* ---- files that are written in place ---- */

/* Returns the descriptor, or -1. */
static int update(const char *name, bool *made)
{
    return outfile_update(in_directory(name), made, &error);
}

START_TEST(a_file_is_opened_or_made)
{
    struct stat status;
    bool made = true;
    char text[8] = "";
    put("old", "before");
    int fd = update("old", &made);
    ck_assert_int_ge(fd, 0);
    ck_assert(!made);
    ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
    ck_assert_int_eq(read(fd, text, sizeof text), 6); /* nothing was cut off */
    ck_assert_int_eq(write(fd, "+", 1), 1);
    close(fd);
    ck_assert_str_eq(content("old"), "before+");
    mode_t before = umask(0027);
    fd = update("fresh", &made);
    umask(before);
    ck_assert_int_ge(fd, 0);
    ck_assert(made);
    ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
    ck_assert_int_eq(fstat(fd, &status), 0);
    ck_assert_uint_eq(status.st_mode & 07777, 0640);
    close(fd);
    ck_assert_int_eq(symlink("fresh", in_directory("link")), 0);
    ck_assert_int_eq(symlink("made", in_directory("dangling")), 0);
    close(update("link", &made));
    ck_assert(!made);
    close(update("dangling", &made));
    ck_assert(made);
    ck_assert_str_eq(content("made"), "");
}
END_TEST

/* What cannot be read again is not one. */
static const struct {
    const char *name; /* from "/" on, or in the directory */
    const char *reason;
} unfit[] = {{"fifo", "': it is not a regular file"},
             {"/dev/null", "': it is not a regular file"},
             {"/proc/self/fd/1", "': it is not a regular file"},
             {".", "': Is a directory"},
             {"missing/file", "': No such file"},
             {"old/beneath", "': Not a directory"},
             {"old/", "': Is a directory"}};

START_TEST(only_a_regular_file_is_written_in_place)
{
    bool made = true;
    const char *name = unfit[_i].name;
    put("old", "old");
    ck_assert_int_eq(mkfifo(in_directory("fifo"), 0600), 0);
    int reader = open(in_directory("fifo"), O_RDONLY | O_NONBLOCK);
    const char *whole = name[0] == '/' ? name : in_directory(name);
    ck_assert_int_eq(outfile_update(whole, &made, &error), -1);
    ck_assert(!made);
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_msg(strncmp(error.text, "cannot open '", 13) == 0 && strstr(error.text, whole) &&
                      strstr(error.text, unfit[_i].reason),
                  "%s", error.text);
    close(reader);
    ck_assert_str_eq(content("old"), "old");
}
END_TEST

/* A run that has not begun removes what it made, and nothing else. */
START_TEST(only_what_was_made_is_withdrawn)
{
    bool made;
    int fd = update("fresh", &made);
    ck_assert(made && outfile_is_named(fd, in_directory("fresh")));
    ck_assert(!outfile_is_named(fd, in_directory("other")));
    ck_assert_int_eq(symlink("fresh", in_directory("link")), 0);
    ck_assert(outfile_is_named(fd, in_directory("link")));
    put("other", "old");
    outfile_withdraw(fd, in_directory("other")); /* it is another file */
    outfile_withdraw(fd, in_directory("missing/fresh"));
    ck_assert_uint_eq(entries(), 3);
    outfile_withdraw(fd, in_directory("link")); /* which remains, as it was there before */
    ck_assert_ptr_null(content("fresh"));
    ck_assert_uint_eq(entries(), 2);
    ck_assert(!outfile_is_named(fd, in_directory("fresh")));
    put("fresh", "of another run");
    outfile_withdraw(fd, in_directory("fresh"));
    ck_assert_str_eq(content("fresh"), "of another run");
    close(fd);
}
END_TEST

/* Tries the lock in another process. */
static int lock_elsewhere(const char *name)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        int fd = open(in_directory(name), O_RDWR);
        _exit(fd < 0 ? 9 : outfile_lock(fd));
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

START_TEST(a_lock_is_of_one_process)
{
    bool made;
    int fd = update("file", &made);
    ck_assert_int_eq(lock_elsewhere("file"), 0);
    ck_assert_int_eq(outfile_lock(fd), 0);
    ck_assert_int_eq(outfile_lock(fd), 0); /* again */
    ck_assert_int_eq(lock_elsewhere("file"), 1);
    close(fd);
    ck_assert_int_eq(lock_elsewhere("file"), 0);
    fd = open(in_directory("file"), O_RDONLY);
    ck_assert_int_eq(outfile_lock(fd), -1); /* it is not open for writing */
    close(fd);
    ck_assert_int_eq(outfile_lock(fd), -1);
}
END_TEST

/* There are file systems whose directories cannot be synced (EINVAL); other errors count. */
START_TEST(a_directory_that_is_never_synced_is_no_error)
{
    bool made = false;
    directories_sync = _i == 0 ? EINVAL : EIO;
    int fd = update("file", &made);
    directories_sync = 0;
    ck_assert_int_eq(fd >= 0, _i == 0);
    if (_i != 0)
        ck_assert_ptr_nonnull(strstr(error.text, strerror(EIO)));
    else
        close(fd);
}
END_TEST

/* ---- as another user ---- */

/* Runs it without the rights of root. The exit status; 0 is right. */
static int as_stranger(int (*what)(void))
{
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(setgroups(0, NULL) == 0 && setgid(STRANGER) == 0 && setuid(STRANGER) == 0 ? what()
                                                                                        : 99);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status), "ended with 0x%x", (unsigned)status);
    return WEXITSTATUS(status);
}

static int make_in_place(void)
{
    bool made = false;
    int fd = update("file", &made);
    return fd >= 0 && made ? 0 : 1;
}

/* A directory that may be written to and not read cannot be synced either. */
START_TEST(a_directory_without_read_permission_is_no_error)
{
    ck_assert_int_eq(chown(directory, STRANGER, STRANGER), 0);
    ck_assert_int_eq(chmod(directory, 0300), 0);
    ck_assert_int_eq(as_stranger(make_in_place), 0);
}
END_TEST

static int replace_it(void)
{
    return replace("report", true) ? 0 : 1;
}

/* The owner and group stay as far as that is allowed; a group that cannot be kept gets no more than
 * all others. */
static const struct {
    bool root;
    mode_t before, after;
    unsigned owner, group;
} kept[] = {{true, 0640, 0640, STRANGER, STRANGER + 1},
            {true, 04755, 0755, STRANGER, STRANGER + 1},
            {false, 0664, 0644, STRANGER, STRANGER},
            {false, 0640, 0600, STRANGER, STRANGER},
            {false, 0646, 0646, STRANGER, STRANGER}};

static unsigned open_files(void)
{
    unsigned count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

/* 0 if what fails leaves nothing open. */
static int fail_in_each_way(void)
{
    static const char *const names[] = {"new",          "missing/file", ".",          "",
                                        "file/beneath", "round",        "closed/file"};
    struct outfile file;
    bool made;
    int code = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const unsigned before = open_files();
        if (outfile_create(in_directory(names[i]), &error) >= 0 ||
            outfile_update(in_directory(names[i]), &made, &error) >= 0 ||
            outfile_begin(&file, in_directory(names[i]), &error) == 0)
            code |= 1;
        code |= file.directory >= 0 ? 4 : 0; /* there is nothing to end */
        if (open_files() != before)
            code |= 2;
    }
    return code;
}

START_TEST(what_fails_leaves_nothing_open)
{
    put("file", "old");
    ck_assert_int_eq(mkdir(in_directory("closed"), 0), 0);
    ck_assert_int_eq(symlink("round", in_directory("round")), 0);
    ck_assert_int_eq(chmod(directory, 0555), 0);
    ck_assert_int_eq(as_stranger(fail_in_each_way), 0);
}
END_TEST

START_TEST(a_report_keeps_owner_and_group)
{
    struct stat status;
    unsigned group = STRANGER + 1;
    put("report", "old");
    ck_assert_int_eq(chown(in_directory("report"), kept[_i].root ? STRANGER : STRANGER + 1, group),
                     0);
    ck_assert_int_eq(chmod(in_directory("report"), kept[_i].before), 0);
    ck_assert_int_eq(chown(directory, STRANGER, STRANGER), 0);
    ck_assert_int_eq(kept[_i].root ? replace_it() : as_stranger(replace_it), 0);
    ck_assert_int_eq(stat(in_directory("report"), &status), 0);
    ck_assert_uint_eq(status.st_uid, kept[_i].owner);
    ck_assert_uint_eq(status.st_gid, kept[_i].group);
    ck_assert_uint_eq(status.st_mode & 07777, kept[_i].after);
    ck_assert_str_eq(content("report"), "new");
}
END_TEST

/* Root of all may, root of few may not. */
static bool may_give_away(void)
{
    char name[sizeof template];
    memcpy(name, template, sizeof name);
    int fd = mkstemp(name);
    bool may = fd >= 0 && fchown(fd, STRANGER, STRANGER) == 0;
    if (fd >= 0) {
        close(fd);
        unlink(name);
    }
    return may;
}

static void add_tests_of_strangers(TCase *tests)
{
    tcase_add_loop_test(tests, what_a_stranger_laid_is_not_used_in_a_sticky_directory, 0, 5);
    tcase_add_test(tests, a_directory_without_read_permission_is_no_error);
    tcase_add_test(tests, what_fails_leaves_nothing_open);
    tcase_add_loop_test(tests, a_report_keeps_owner_and_group, 0, sizeof kept / sizeof kept[0]);
}

int main(void)
{
    Suite *suite = suite_create("outfile");
    TCase *tests = tcase_create("outfile");
    tcase_add_checked_fixture(tests, make_directory, remove_directory);
    tcase_add_test(tests, a_file_is_made_or_emptied);
    tcase_add_test(tests, a_report_is_there_in_whole_or_not_at_all);
    tcase_add_loop_test(tests, a_signal_leaves_nothing, 0, 12);
    tcase_add_test(tests, a_file_with_a_temporary_name_is_published_too);
    tcase_add_loop_test(tests, a_temporary_name_may_be_taken, 0, 2);
    tcase_add_test(tests, a_report_keeps_the_mode_of_what_it_replaces);
    tcase_add_loop_test(tests, a_file_with_several_names_is_not_used_in_a_sticky_directory, 0, 4);
    tcase_add_test(tests, another_path_to_the_same_file_is_found);
    tcase_add_test(tests, the_mode_is_that_of_any_new_file);
    tcase_add_test(tests, a_name_may_be_as_long_as_names_are);
    tcase_add_loop_test(tests, links_of_ones_own_are_followed, 0, 2);
    tcase_add_test(tests, a_path_stays_whole);
    tcase_add_test(tests, what_is_open_and_devices_are_written_to_as_they_are);
    tcase_add_test(tests, a_file_is_opened_or_made);
    tcase_add_loop_test(tests, only_a_regular_file_is_written_in_place, 0,
                        sizeof unfit / sizeof unfit[0]);
    tcase_add_test(tests, only_what_was_made_is_withdrawn);
    tcase_add_test(tests, a_lock_is_of_one_process);
    tcase_add_loop_test(tests, a_directory_that_is_never_synced_is_no_error, 0, 2);
    if (may_give_away())
        add_tests_of_strangers(tests);
    else
        printf("# what a stranger laid is left out: files cannot be given away here\n");
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
