/* SPDX-License-Identifier: BSD-2-Clause */
/* The process itself behind Landlock alone, without seccomp; what children are kept from is in
 * check_child. Each case runs in a child of its own, and answers with its exit status. */
#include "confine/landlock.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

static const char template[] = "/tmp/check_landlock.XXXXXX";
static struct error error;
static char directory[sizeof template], report[64], elsewhere[64], capture[64], folder[64],
    inside[72];
static struct sockaddr_in listening = {.sin_family = AF_INET};

static void make_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    ck_assert_int_ge(fd, 0);
    close(fd);
}

/* directory/here is where a report goes; directory/capture, and folder/inside, are to be read. */
static void lay_files(void)
{
    socklen_t len = sizeof listening;
    memcpy(directory, template, sizeof directory);
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(report, sizeof report, "%s/here", directory);
    snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", directory);
    snprintf(capture, sizeof capture, "%s/capture", directory);
    snprintf(folder, sizeof folder, "%s/folder", directory);
    snprintf(inside, sizeof inside, "%s/inside", folder);
    ck_assert(mkdir(report, 0700) == 0 && mkdir(folder, 0700) == 0);
    make_file(elsewhere);
    make_file(capture);
    make_file(inside);
    int server = socket(AF_INET, SOCK_STREAM, 0);
    listening.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(bind(server, (struct sockaddr *)&listening, len), 0);
    ck_assert_int_eq(listen(server, 1), 0);
    ck_assert_int_eq(getsockname(server, (struct sockaddr *)&listening, &len), 0);
}

static void remove_files(void)
{
    char command[sizeof directory + 32];
    snprintf(command, sizeof command, "rm -rf %s", directory);
    ck_assert_int_eq(system(command), 0);
}

/* Whether it gets through in that sandbox. */
static bool succeeds(const struct sandbox *sandbox, bool attempt(int fd))
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || landlock_enter(sandbox, &error) != 0)
            _exit(99);
        _exit(attempt(sandbox->directory));
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) < 2, "ended with 0x%x",
                  (unsigned)status);
    return WEXITSTATUS(status) == 1;
}

static bool connect_to_server(int fd)
{
    (void)fd;
    int client = socket(AF_INET, SOCK_STREAM, 0);
    return connect(client, (const struct sockaddr *)&listening, sizeof listening) == 0;
}

static bool bind_a_port(int fd)
{
    const struct sockaddr_in any = {.sin_family = AF_INET};
    (void)fd;
    return bind(socket(AF_INET, SOCK_STREAM, 0), (const struct sockaddr *)&any, sizeof any) == 0;
}

static bool read_capture(int fd)
{
    (void)fd;
    return open(capture, O_RDONLY) >= 0;
}

static bool read_inside(int fd)
{
    (void)fd;
    return open(inside, O_RDONLY) >= 0;
}

static bool read_elsewhere(int fd)
{
    (void)fd;
    return open(elsewhere, O_RDONLY) >= 0;
}

static bool write_elsewhere(int fd)
{
    (void)fd;
    return open(elsewhere, O_WRONLY) >= 0;
}

static bool remove_elsewhere(int fd)
{
    return unlinkat(fd, elsewhere, 0) == 0 || unlinkat(fd, "../elsewhere", 0) == 0;
}

static bool rename_elsewhere(int fd)
{
    return renameat(fd, elsewhere, fd, "taken") == 0 ||
           renameat(fd, "draft", fd, "../elsewhere") == 0;
}

static bool rename_there(int fd)
{
    return renameat(fd, "draft", fd, "final") == 0;
}

static bool remove_there(int fd)
{
    return unlinkat(fd, "draft", 0) == 0;
}

/* A file without a name that was there before gets one. */
static int nameless = -1;

static bool link_there(int fd)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", nameless);
    return linkat(AT_FDCWD, path, fd, "named", AT_SYMLINK_FOLLOW) == 0;
}

static bool link_elsewhere(int fd)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", nameless);
    return linkat(AT_FDCWD, path, fd, "../named", AT_SYMLINK_FOLLOW) == 0;
}

START_TEST(a_run_opens_and_removes_nothing)
{
    static const enum sandbox_mode modes[] = {SANDBOX_LIVE, SANDBOX_READ, SANDBOX_SYNCER,
                                              SANDBOX_HOLDER, SANDBOX_SERVER};
    const struct sandbox sandbox = {.mode = modes[_i], .directory = AT_FDCWD};
    ck_assert(!succeeds(&sandbox, read_elsewhere) && !succeeds(&sandbox, write_elsewhere));
    ck_assert(!succeeds(&sandbox, remove_elsewhere));
    if (landlock_version() < 4)
        return;
    ck_assert(!succeeds(&sandbox, connect_to_server));
    ck_assert(succeeds(&sandbox, bind_a_port) == (modes[_i] == SANDBOX_LIVE));
}
END_TEST

/* It connects, and binds to an address of the user's choice; it reaches no file. */
START_TEST(the_child_that_connects_does_no_more)
{
    const struct sandbox sandbox = {.mode = SANDBOX_CONNECTOR, .directory = AT_FDCWD};
    ck_assert(!succeeds(&sandbox, read_elsewhere) && !succeeds(&sandbox, write_elsewhere));
    ck_assert(!succeeds(&sandbox, remove_elsewhere));
    ck_assert(succeeds(&sandbox, connect_to_server) && succeeds(&sandbox, bind_a_port));
}
END_TEST

START_TEST(a_report_gets_its_name_in_its_directory_alone)
{
    int fd = open(report, O_PATH | O_DIRECTORY);
    const struct sandbox sandbox = {.mode = SANDBOX_READ, .publishes = true, .directory = fd};
    close(openat(fd, "draft", O_WRONLY | O_CREAT, 0600));
    ck_assert(!succeeds(&sandbox, rename_elsewhere) && !succeeds(&sandbox, remove_elsewhere));
    ck_assert(!succeeds(&sandbox, read_elsewhere) && !succeeds(&sandbox, write_elsewhere));
    ck_assert(succeeds(&sandbox, rename_there));
    close(openat(fd, "draft", O_WRONLY | O_CREAT, 0600));
    ck_assert(succeeds(&sandbox, remove_there));
    nameless = openat(fd, ".", O_WRONLY | O_TMPFILE, 0600);
    if (nameless < 0)
        return; /* not on this file system */
    ck_assert(!succeeds(&sandbox, link_elsewhere));
    ck_assert(succeeds(&sandbox, link_there));
}
END_TEST

START_TEST(files_that_are_named_may_be_read)
{
    char pipe_path[32];
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    snprintf(pipe_path, sizeof pipe_path, "/dev/fd/%d", ends[0]);
    const char *const readable[] = {"-", "/nonexistent", pipe_path, folder, capture};
    const struct sandbox sandbox = {
        .mode = SANDBOX_READ, .readable = readable, .readable_count = 5, .directory = AT_FDCWD};
    ck_assert(succeeds(&sandbox, read_capture));
    ck_assert(!succeeds(&sandbox, read_elsewhere) && !succeeds(&sandbox, write_elsewhere));
    ck_assert(!succeeds(&sandbox, read_inside));
}
END_TEST

/* Room for the rule set, and for no file beside it. */
static int enter_without_descriptors(const struct sandbox *sandbox)
{
    int next = dup(STDERR_FILENO);
    const struct rlimit one_more = {(rlim_t)next + 1, (rlim_t)next + 1};
    close(next);
    if (setrlimit(RLIMIT_NOFILE, &one_more) != 0)
        return 99;
    return landlock_enter(sandbox, &error) == -1 &&
           strstr(error.text, "Too many open files (256 are enough: ulimit -n 256)");
}

/* The file could not be read later, which would look as if it were not allowed. */
START_TEST(no_descriptor_for_a_file_is_an_error)
{
    const char *const readable[] = {capture};
    const struct sandbox sandbox = {
        .mode = SANDBOX_READ, .readable = readable, .readable_count = 1, .directory = AT_FDCWD};
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(enter_without_descriptors(&sandbox));
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 1);
}
END_TEST

int main(void)
{
    if (landlock_version() == 0) {
        printf("1..0 # SKIP the kernel has no Landlock, or this build does not use it\n");
        return EXIT_SUCCESS;
    }
    Suite *suite = suite_create("landlock");
    TCase *tests = tcase_create("landlock");
    tcase_add_checked_fixture(tests, lay_files, remove_files);
    tcase_add_loop_test(tests, a_run_opens_and_removes_nothing, 0, 5);
    tcase_add_test(tests, the_child_that_connects_does_no_more);
    tcase_add_test(tests, a_report_gets_its_name_in_its_directory_alone);
    tcase_add_test(tests, files_that_are_named_may_be_read);
    tcase_add_test(tests, no_descriptor_for_a_file_is_an_error);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
