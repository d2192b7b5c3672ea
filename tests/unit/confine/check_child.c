/* SPDX-License-Identifier: BSD-2-Clause */
/* Attacks by a child that was taken over, each really made: on files of its own user, its parent,
 * the system. What happened is judged by who was attacked, where that shows. */
#include "confine/child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "confine/confine.h"
#include "confine/landlock.h"
#include "harness.h"

/* Calls that are newer than the headers of older systems; the same on every machine. */
#define NR_PIDFD_OPEN   434
#define NR_CLONE3       435
#define NR_OPENAT2      437
#define NR_FSOPEN       430
#define NR_FCHMODAT2    452
#define NR_SETXATTRAT   463
#define NR_FILE_SETATTR 469
#define NR_IO_URING     425
#define FS_NODUMP       0x40
#define MODE            0600
#define FILE_BYTES      3

static const char template[] = "/tmp/check_child.XXXXXX";
static struct error error;
static char directory[sizeof template], file[64], other[64];
static pid_t parent;
static volatile sig_atomic_t signalled;
static struct sockaddr_un abstract;
static socklen_t abstract_len;
static int receiver;

/* Each is made in the child; gives whether it got through. */
typedef bool attack(void);

static bool run_program(void)
{
    char *const arguments[] = {(char[]){"true"}, NULL};
    return execve("/bin/true", arguments, NULL) == 0;
}

static bool chmod_it(void)
{
    return chmod(file, 04755) == 0;
}

static bool fchmod_it(void)
{
    int fd = open(file, O_RDONLY);
    return fd >= 0 && fchmod(fd, 04755) == 0;
}

static bool fchmodat_it(void)
{
    return syscall(SYS_fchmodat, AT_FDCWD, file, 04755) == 0;
}

static bool fchmodat2_it(void)
{
    return syscall(NR_FCHMODAT2, AT_FDCWD, file, 04755, 0) == 0;
}

static bool chown_it(void)
{
    return chown(file, getuid(), getgid()) == 0;
}

static bool setxattr_it(void)
{
    return setxattr(file, "user.a", "1", 1, 0) == 0;
}

static bool setxattrat_it(void)
{
    struct {
        uint64_t value;
        uint32_t size, flags;
    } arguments = {.value = (uintptr_t) "1", .size = 1};
    return syscall(NR_SETXATTRAT, AT_FDCWD, file, 0, "user.a", &arguments, sizeof arguments) == 0;
}

static bool set_flags(void)
{
    int flags = FS_NODUMP, fd = open(file, O_RDONLY);
    return fd >= 0 && ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0;
}

static bool set_attributes(void)
{
    uint64_t attributes[3] = {1 << 7 /* FS_XFLAG_NODUMP */};
    return syscall(NR_FILE_SETATTR, AT_FDCWD, file, attributes, sizeof attributes, 0) == 0;
}

static bool write_it(void)
{
    return open(file, O_WRONLY) >= 0 || open(file, O_RDWR) >= 0;
}

static bool empty_it(void)
{
    return open(file, O_RDONLY | O_TRUNC) >= 0 || truncate(file, 0) == 0;
}

static bool open_by_openat2(void)
{
    uint64_t how[3] = {O_RDWR};
    return syscall(NR_OPENAT2, AT_FDCWD, file, how, sizeof how) >= 0;
}

static bool make_one(void)
{
    return open(other, O_RDONLY | O_CREAT, 0600) >= 0 || mkdir(other, 0700) == 0 ||
           mkfifo(other, 0600) == 0 || open(directory, O_RDWR | O_TMPFILE, 0600) >= 0;
}

static bool rename_it(void)
{
    return rename(file, other) == 0 ||
           syscall(SYS_renameat2, AT_FDCWD, file, AT_FDCWD, other, 0) == 0;
}

static bool remove_it(void)
{
    return unlink(file) == 0 || rmdir(directory) == 0;
}

static bool link_it(void)
{
    return link(file, other) == 0 || symlink(file, other) == 0;
}

static bool touch_it(void)
{
    return utimensat(AT_FDCWD, file, NULL, 0) == 0;
}

static bool lock_it(void)
{
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    int fd = open(file, O_RDONLY);
    return fd >= 0 && fcntl(fd, F_SETLK, &lock) == 0;
}

static bool clone_with(unsigned long flags)
{
    long child = syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);
    if (child == 0)
        _exit(0);
    return child > 0;
}

static bool make_process(void)
{
    return clone_with(0);
}

static int leave(void *unused)
{
    (void)unused;
    _exit(0);
}

/* A process in the memory of this one, as vfork(2) makes it. */
static bool make_process_in_memory(void)
{
    static _Alignas(16) uint8_t stack[65536];
    return clone(leave, stack + sizeof stack, CLONE_VM | SIGCHLD, NULL) > 0;
}

static bool clone_namespaces(void)
{
    return clone_with(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS);
}

static bool clone3_namespaces(void)
{
    uint64_t arguments[8] = {CLONE_NEWUSER, [4] = SIGCHLD};
    long child = syscall(NR_CLONE3, arguments, sizeof arguments);
    if (child == 0)
        _exit(0);
    return child > 0;
}

static bool leave_namespace(void)
{
    return unshare(CLONE_NEWUSER) == 0 || unshare(CLONE_FS) == 0;
}

static bool open_packets(void)
{
    return socket(AF_PACKET, SOCK_RAW, 0) >= 0 || socket(AF_INET, SOCK_RAW, IPPROTO_TCP) >= 0 ||
           errno == EPERM; /* it came to the kernel, which asks for a capability */
}

static bool open_other_netlink(void)
{
    return socket(AF_NETLINK, SOCK_RAW, 4 /* NETLINK_SOCK_DIAG */) >= 0;
}

static bool open_filesystem(void)
{
    return syscall(NR_FSOPEN, "tmpfs", 0) >= 0 || errno != ENOSYS;
}

static bool kill_parent(void)
{
    return kill(parent, SIGUSR1) == 0 || syscall(SYS_tgkill, parent, parent, SIGUSR1) == 0;
}

static bool kill_by_descriptor(void)
{
    long fd = syscall(NR_PIDFD_OPEN, parent, 0);
    return fd >= 0 && syscall(SYS_pidfd_send_signal, fd, SIGUSR1, NULL, 0) == 0;
}

/* A socket that becomes readable sends a signal of choice to whom its owner names. */
static bool kill_by_socket(void)
{
    int ends[2], on = 1;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        return false;
    bool armed = fcntl(ends[0], F_SETOWN, parent) == 0;
    armed = fcntl(ends[0], 10 /* F_SETSIG */, SIGUSR1) == 0 && armed;
    armed = (fcntl(ends[0], F_SETFL, O_ASYNC) == 0 || ioctl(ends[0], FIOASYNC, &on) == 0) && armed;
    (void)!write(ends[1], "x", 1);
    return armed;
}

static bool limit_parent(void)
{
    struct rlimit limit = {16, 16};
    return prlimit(parent, RLIMIT_NOFILE, &limit, NULL) == 0;
}

static bool limit_itself(void)
{
    struct rlimit limit = {16, 16};
    return prlimit(0, RLIMIT_NOFILE, &limit, NULL) == 0;
}

static bool outlive_parent(void)
{
    return prctl(PR_SET_PDEATHSIG, 0) == 0;
}

static bool trace_parent(void)
{
    return ptrace(PTRACE_SEIZE, parent, NULL, NULL) == 0;
}

static bool read_parent(void)
{
    char byte;
    struct iovec here = {&byte, 1}, there = {&parent, 1};
    return process_vm_readv(parent, &here, 1, &there, 1, 0) == 1;
}

static bool write_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) != MAP_FAILED;
}

static bool make_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page != MAP_FAILED && mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0;
}

static bool map_shared_code(void)
{
    int fd = open("/bin/true", O_RDONLY);
    return fd >= 0 && mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0) != MAP_FAILED;
}

static bool make_memory(void)
{
    return memfd_create("x", 0) >= 0;
}

static bool share_memory(void)
{
    return shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600) >= 0;
}

static bool use_ring(void)
{
    char parameters[120] = {0};
    return syscall(NR_IO_URING, 1, parameters) >= 0;
}

static bool load_program(void)
{
    return syscall(SYS_bpf, 0, NULL, 0) >= 0 || errno != ENOSYS;
}

static bool add_key(void)
{
    return syscall(SYS_add_key, "user", "check_child", "x", 1, -2 /* of the process */) >= 0;
}

/* A socket without a path, which the parent has bound. */
static bool speak_abstract(void)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    return fd >= 0 && connect(fd, (const struct sockaddr *)&abstract, abstract_len) == 0;
}

/* What it is there for. */
static void *nothing(void *context)
{
    return context;
}

/* What it may write to, such as a file that its parent left open, does not grow. */
static bool may_grow_files(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur > 0 || limit.rlim_max > 0;
}

static bool needs_refused(void)
{
    pthread_t thread;
    struct addrinfo *list = NULL;
    if (getaddrinfo("localhost", "80", NULL, &list) != 0)
        return true;
    freeaddrinfo(list);
    getaddrinfo("a.name.of.nobody.invalid", NULL, NULL, &list); /* loads every module */
    return open("/etc/hosts", O_RDONLY | O_CLOEXEC) < 0 || socket(AF_NETLINK, SOCK_RAW, 0) < 0 ||
           socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) < 0 ||
           socket(AF_UNIX, SOCK_STREAM, 0) < 0 ||
           pthread_create(&thread, NULL, nothing, NULL) != 0 || pthread_join(thread, NULL) != 0;
}

static const struct {
    const char *name;
    attack *make;
    int landlock; /* from that version on it is Landlock's too; 0: seccomp's alone */
} attacks[] = {
    {"execve", run_program, 1},
    {"chmod", chmod_it, 0},
    {"fchmod", fchmod_it, 0},
    {"fchmodat", fchmodat_it, 0},
    {"fchmodat2", fchmodat2_it, 0},
    {"chown", chown_it, 0},
    {"setxattr", setxattr_it, 0},
    {"setxattrat", setxattrat_it, 0},
    {"FS_IOC_SETFLAGS", set_flags, 0},
    {"file_setattr", set_attributes, 0},
    {"open to write", write_it, 1},
    {"truncate", empty_it, 3},
    {"openat2", open_by_openat2, 1},
    {"make a file", make_one, 1},
    {"rename", rename_it, 1},
    {"unlink", remove_it, 1},
    {"link", link_it, 1},
    {"utimensat", touch_it, 0},
    {"F_SETLK", lock_it, 0},
    {"fork", make_process, 0},
    {"vfork", make_process_in_memory, 0},
    {"clone with namespaces", clone_namespaces, 0},
    {"clone3 with namespaces", clone3_namespaces, 0},
    {"unshare", leave_namespace, 0},
    {"AF_PACKET", open_packets, 0},
    {"NETLINK_SOCK_DIAG", open_other_netlink, 0},
    {"fsopen", open_filesystem, 0},
    {"kill", kill_parent, 6},
    {"pidfd_send_signal", kill_by_descriptor, 6},
    {"F_SETOWN, F_SETSIG, O_ASYNC", kill_by_socket, 0},
    {"prlimit", limit_parent, 0},
    {"prlimit of its own", limit_itself, 0},
    {"PR_SET_PDEATHSIG", outlive_parent, 0},
    {"ptrace", trace_parent, 1},
    {"process_vm_readv", read_parent, 1},
    {"mmap to write and execute", write_code, 0},
    {"mprotect to execute", make_code, 0},
    {"mmap of shared code", map_shared_code, 0},
    {"memfd_create", make_memory, 0},
    {"shmget", share_memory, 0},
    {"io_uring_setup", use_ring, 0},
    {"bpf", load_program, 0},
    {"add_key", add_key, 0},
    {"abstract socket", speak_abstract, 6},
    {"RLIMIT_FSIZE", may_grow_files, 0},
    {"what is needed", needs_refused, 0},
};

#define ATTACKS ((int)(sizeof attacks / sizeof attacks[0]))

static void note(int number)
{
    (void)number;
    signalled = 1;
}

static void lay_targets(void)
{
    memcpy(directory, template, sizeof directory);
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(file, sizeof file, "%s/file", directory);
    snprintf(other, sizeof other, "%s/other", directory);
    int fd = open(file, O_WRONLY | O_CREAT, MODE);
    ck_assert_int_eq(write(fd, "old", FILE_BYTES), FILE_BYTES);
    close(fd);
    parent = getpid();
    signalled = 0;
    signal(SIGUSR1, note);
    abstract_len = sizeof(sa_family_t); /* the kernel chooses a name */
    abstract.sun_family = AF_UNIX;
    receiver = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(receiver, (struct sockaddr *)&abstract, abstract_len), 0);
    abstract_len = sizeof abstract;
    ck_assert_int_eq(getsockname(receiver, (struct sockaddr *)&abstract, &abstract_len), 0);
}

static void remove_targets(void)
{
    close(receiver);
    unlink(other);
    rmdir(other);
    unlink(file);
    rmdir(directory);
}

/* In the child: which attack comes in, whether it got through goes out. */
static void serve(int fd, void *context)
{
    int which;
    bool through;
    (void)context;
    while (child_receive(fd, &which, sizeof which)) {
        through = attacks[which].make();
        child_send(fd, &through, sizeof through);
    }
}

/* The file is what it was, alone, and nothing was sent. */
static void assert_untouched(const char *name)
{
    struct stat status;
    ck_assert_int_eq(lstat(file, &status), 0);
    ck_assert_msg(status.st_mode == (S_IFREG | MODE), "%s: mode is %o", name, status.st_mode);
    ck_assert_msg(status.st_size == FILE_BYTES && status.st_nlink == 1, "%s: the file", name);
    ck_assert_msg(lstat(other, &status) != 0, "%s: another file", name);
    ck_assert_msg(getxattr(file, "user.a", NULL, 0) < 0, "%s: an attribute", name);
    ck_assert_msg(!signalled, "%s: a signal", name);
}

START_TEST(no_attack_gets_through)
{
    struct child child;
    bool through = true;
    const struct child_role role = {.mode = SANDBOX_CHILD, .serve = serve, .what = "attacks"};
    ck_assert_int_eq(child_start(&child, &role, &error), 0);
    ck_assert(child_send(child.fd, &_i, sizeof _i));
    if (child_receive(child.fd, &through, sizeof through)) /* else it did not outlive it */
        ck_assert_msg(!through, "%s got through", attacks[_i].name);
    child_end(&child);
    assert_untouched(attacks[_i].name);
}
END_TEST

/* Whether an attack gets through where one of both barriers is entered, and not the other. */
static bool gets_through(attack *make,
                         int enter(const struct sandbox *sandbox, struct error *error))
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        const struct sandbox sandbox = {.mode = SANDBOX_CHILD};
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || enter(&sandbox, &error) != 0)
            _exit(99);
        syscall(SYS_exit_group, make());
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) < 2, "ended with 0x%x",
                  (unsigned)status);
    return WEXITSTATUS(status) == 1;
}

START_TEST(landlock_alone_holds_what_it_knows)
{
    if (attacks[_i].landlock == 0 || landlock_version() < attacks[_i].landlock)
        return;
    ck_assert_msg(!gets_through(attacks[_i].make, landlock_enter), "%s", attacks[_i].name);
    assert_untouched(attacks[_i].name);
}
END_TEST

/* All but the name of a socket, which is behind a pointer, and the limit, which is neither's. */
START_TEST(seccomp_alone_holds_the_rest)
{
    if (attacks[_i].make == speak_abstract || attacks[_i].make == may_grow_files)
        return;
    ck_assert_msg(!gets_through(attacks[_i].make, sandbox_enter), "%s", attacks[_i].name);
    assert_untouched(attacks[_i].name);
}
END_TEST

static void serve_slowly(int fd, void *context)
{
    (void)context;
    child_send(fd, &(pid_t){getpid()}, sizeof(pid_t));
    for (;;)
        pause();
}

static bool runs(pid_t pid)
{
    char path[64], line[128] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *stat = fopen(path, "r");
    if (stat == NULL)
        return false;
    char *got = fgets(line, sizeof line, stat);
    fclose(stat);
    return got != NULL && strchr(line, ')') != NULL && strchr(line, ')')[2] != 'Z';
}

/* Also where both are confined: the kernel sends that signal in the parent's name. */
START_TEST(it_ends_with_a_parent_that_is_confined)
{
    static const enum sandbox_mode modes[] = {SANDBOX_READ, SANDBOX_LIVE};
    int ends[2];
    pid_t child = 0;
    ck_assert_int_eq(pipe(ends), 0);
    pid_t middle = fork();
    if (middle == 0) {
        struct child started;
        const struct sandbox sandbox = {.mode = modes[_i]};
        const struct child_role role = {
            .mode = SANDBOX_CHILD, .serve = serve_slowly, .what = "waits"};
        if (child_start(&started, &role, &error) != 0 ||
            !child_receive(started.fd, &child, sizeof child) ||
            confine(&sandbox, false, &error) != 0)
            _exit(1);
        (void)!write(ends[1], &child, sizeof child);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(middle, NULL, 0), middle);
    ck_assert_int_eq(read(ends[0], &child, sizeof child), sizeof child);
    for (int i = 0; i < 5000 && runs(child); i++)
        usleep(1000);
    bool left = runs(child);
    if (left)
        kill(child, SIGKILL);
    ck_assert(!left);
}
END_TEST

static const char *obstacle(void)
{
    if (strncmp(sandbox_build(), "seccomp", 7) != 0)
        return "built without libseccomp";
    if (strstr(sandbox_build(), "logged") != NULL)
        return "an instrumented build only logs what the sandbox does not allow";
    return sandbox_try(&error) == 1 ? error.text : NULL;
}

int main(void)
{
    const char *reason = obstacle();
    if (reason != NULL) {
        printf("1..0 # SKIP %s\n", reason);
        return EXIT_SUCCESS;
    }
    Suite *suite = suite_create("child");
    TCase *tests = tcase_create("child");
    tcase_add_checked_fixture(tests, lay_targets, remove_targets);
    tcase_add_loop_test(tests, no_attack_gets_through, 0, ATTACKS);
    tcase_add_loop_test(tests, landlock_alone_holds_what_it_knows, 0, ATTACKS - 1);
    tcase_add_loop_test(tests, seccomp_alone_holds_the_rest, 0, ATTACKS);
    tcase_add_loop_test(tests, it_ends_with_a_parent_that_is_confined, 0, 2);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
