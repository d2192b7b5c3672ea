/* SPDX-License-Identifier: BSD-2-Clause */
/* In a directory of its own. What another user lays there is made by root and given away; without
 * root that part is left out. */
#include "files/outfile.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#define STRANGER 12345u

static struct error error;
static const char template[] = "/tmp/check_outfile.XXXXXX";
static char directory[sizeof template];
static char path[512];

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
    pid_t child = fork();
    if (child == 0) {
        if (!hide_procfs())
            _exit(77);
        bool right = replace("report", true) && strcmp(content("report"), "new") == 0;
        put("report", "old");
        right = right && replace("report", true) && strcmp(content("report"), "new") == 0;
        _exit(right ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && (WEXITSTATUS(status) == 77 || WEXITSTATUS(status) == 0));
    ck_assert_uint_eq(entries(), WEXITSTATUS(status) == 77 ? 0 : 1);
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
    }
    ck_assert_str_eq(content("target"), refused ? "old" : "new");
    ck_assert_str_eq(content("file"), refused ? "old" : "new");
    close(reader);
    /* the directory's owner is trusted, here as to the kernel */
    ck_assert(!refused || (chown(directory, STRANGER, STRANGER) == 0 && create("link")));
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

int main(void)
{
    Suite *suite = suite_create("outfile");
    TCase *tests = tcase_create("outfile");
    tcase_add_checked_fixture(tests, make_directory, remove_directory);
    tcase_add_test(tests, a_file_is_made_or_emptied);
    tcase_add_test(tests, a_report_is_there_in_whole_or_not_at_all);
    tcase_add_loop_test(tests, a_signal_leaves_nothing, 0, 12);
    tcase_add_test(tests, a_file_with_a_temporary_name_is_published_too);
    tcase_add_test(tests, a_report_keeps_the_mode_of_what_it_replaces);
    tcase_add_loop_test(tests, a_file_with_several_names_is_not_used_in_a_sticky_directory, 0, 4);
    tcase_add_test(tests, another_path_to_the_same_file_is_found);
    tcase_add_test(tests, the_mode_is_that_of_any_new_file);
    tcase_add_test(tests, a_name_may_be_as_long_as_names_are);
    tcase_add_loop_test(tests, links_of_ones_own_are_followed, 0, 2);
    tcase_add_test(tests, what_is_open_and_devices_are_written_to_as_they_are);
    if (may_give_away())
        tcase_add_loop_test(tests, what_a_stranger_laid_is_not_used_in_a_sticky_directory, 0, 5);
    else
        printf("# what a stranger laid is left out: files cannot be given away here\n");
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
