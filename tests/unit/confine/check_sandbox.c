/* SPDX-License-Identifier: BSD-2-Clause */
/* Each call is tried by a child of its own that has entered the sandbox, as the program does, and
 * is to end by SIGSYS or to come back. */
#include "confine/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "net/guard.h"
#include "net/routing/device.h"

#define FIRST 61100
#define LAST  61999

static struct error error;
static struct netlink *netlink;
static struct guard held;
/* Sockets that were open, and numbers that were known before. */
static int stream, datagram;
static pid_t parent;
static uid_t user;
static const struct address loopback = {FAMILY_IPV4, {127, 0, 0, 1}};
static const struct sockaddr_in somewhere = {.sin_family = AF_INET, .sin_port = 9};

static const struct sandbox live = {.mode = SANDBOX_LIVE}, reading = {.mode = SANDBOX_READ};
static const char *const files[] = {"/dev/null"};
static const struct sandbox publishing = {.mode = SANDBOX_READ, .publishes = true, .directory = 50};
static const struct sandbox opening = {
    .mode = SANDBOX_READ, .readable = files, .readable_count = 1};
static const struct sandbox connector = {.mode = SANDBOX_CONNECTOR};
static const struct sandbox server = {.mode = SANDBOX_SERVER};

static void execute(void)
{
    char *const arguments[] = {(char[]){"true"}, NULL};
    execve("/bin/true", arguments, NULL);
}

static void make_process(void)
{
    if (fork() == 0)
        _exit(0);
}

static void make_thread(void)
{
    syscall(SYS_clone, CLONE_VM | CLONE_THREAD | CLONE_SIGHAND, NULL, NULL, NULL, NULL);
}

static void trace_another(void)
{
    ptrace(PTRACE_ATTACH, parent, NULL, NULL);
}

static void read_memory(void)
{
    syscall(SYS_process_vm_readv, 1, NULL, 0, NULL, 0, 0);
}

static void open_to_write(void)
{
    (void)!open("/dev/null", O_WRONLY);
}

static void open_to_create(void)
{
    (void)!open("/tmp/check_sandbox.new", O_RDONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
}

static void open_to_read(void)
{
    (void)!open("/dev/null", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

static void open_path(void)
{
    (void)!open("/", O_PATH | O_CLOEXEC);
}

static void open_with_openat2(void)
{
    syscall(SYS_openat2, AT_FDCWD, "/dev/null", NULL, 0);
}

static void make_file(void)
{
    (void)!memfd_create("x", 0);
}

static void rename_file(void)
{
    renameat(AT_FDCWD, "/nonexistent/a", AT_FDCWD, "/nonexistent/b");
}

static void remove_file(void)
{
    unlinkat(AT_FDCWD, "/nonexistent/a", 0);
}

static void rename_in_place(void)
{
    renameat(publishing.directory, "a", publishing.directory, "b");
}

static void exchange_in_place(void)
{
    syscall(SYS_renameat2, publishing.directory, "a", publishing.directory, "b", 2);
}

static void remove_in_place(void)
{
    unlinkat(publishing.directory, "a", 0);
}

static void remove_directory_in_place(void)
{
    unlinkat(publishing.directory, "a", AT_REMOVEDIR);
}

static void link_in_place(void)
{
    linkat(AT_FDCWD, "/proc/self/fd/99", publishing.directory, "a", AT_SYMLINK_FOLLOW);
}

static void link_elsewhere(void)
{
    linkat(AT_FDCWD, "/proc/self/fd/99", AT_FDCWD, "/nonexistent/a", AT_SYMLINK_FOLLOW);
}

static void link_file(void)
{
    (void)!symlink("a", "/nonexistent/b");
}

static void change_mode(void)
{
    fchmod(STDIN_FILENO, 0777);
}

static void change_directory(void)
{
    (void)!chdir("/");
}

static void connect_stream(void)
{
    connect(stream, (const struct sockaddr *)&somewhere, sizeof somewhere);
}

static void ask_its_name(void)
{
    struct sockaddr_in name;
    socklen_t len = sizeof name;
    getsockname(stream, (struct sockaddr *)&name, &len);
}

static void accept_one(void)
{
    accept(stream, NULL, NULL);
}

static void send_somewhere(void)
{
    sendto(datagram, "x", 1, 0, (const struct sockaddr *)&somewhere, sizeof somewhere);
}

/* As the children are asked, but to somebody. */
static void ask_somewhere(void)
{
    sendto(datagram, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT, (const struct sockaddr *)&somewhere,
           sizeof somewhere);
}

static void send_message(void)
{
    sendmsg(datagram, &(const struct msghdr){0}, 0);
}

/* Each connects a socket of the kernel's. */
static void send_fast_open(void)
{
    struct sockaddr_in to = somewhere;
    struct iovec part = {.iov_base = "x", .iov_len = 1};
    const struct msghdr message = {
        .msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &part, .msg_iovlen = 1};
    sendmsg(stream, &message, MSG_FASTOPEN);
}

static void send_many_fast_open(void)
{
    sendmmsg(stream, &(struct mmsghdr){.msg_len = 0}, 1, MSG_FASTOPEN);
}

static void send_to_nobody_fast_open(void)
{
    sendto(stream, "x", 1, MSG_FASTOPEN, NULL, 0);
}

/* As a capture is turned to another interface. */
static void bind_packets(void)
{
    bind(datagram, (const struct sockaddr *)&somewhere, 20 /* of struct sockaddr_ll */);
}

static void bind_port(void)
{
    bind(datagram, (const struct sockaddr *)&somewhere, sizeof somewhere);
}

static void look_at_path(void)
{
    struct stat status;
    (void)!stat("/etc/passwd", &status);
}

static void own_by_another(void)
{
    fcntl(stream, F_SETOWN, parent);
}

static void bind_to_device(void)
{
    setsockopt(stream, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2);
}

static void drop_signature(void)
{
    setsockopt(stream, IPPROTO_TCP, 1 /* TCP_NODELAY */, &(const int){1}, sizeof(int));
}

static void open_plain_stream(void)
{
    socket(AF_INET, SOCK_STREAM, 0);
}

static void open_tcp(void)
{
    socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
}

static void open_datagram(void)
{
    socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static void open_raw(void)
{
    socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW);
}

static void open_sctp(void)
{
    socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_SCTP);
}

static void open_packet(void)
{
    socket(AF_PACKET, SOCK_RAW, 0);
}

static void open_netlink(void)
{
    socket(AF_NETLINK, SOCK_RAW, 0);
}

static void open_local(void)
{
    socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static void map_code(void)
{
    mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void make_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static void type_into_terminal(void)
{
    ioctl(STDIN_FILENO, TIOCSTI, "x");
}

static void look_at_terminal(void)
{
    struct winsize size;
    (void)!ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
    (void)!isatty(STDIN_FILENO);
}

static void look_at_flags(void)
{
    fcntl(datagram, F_GETFL);
}

static void look_for_signals(void)
{
    sigset_t pending;
    sigpending(&pending);
}

static void copy_descriptor(void)
{
    fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
}

static void set_property(void)
{
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static void set_capabilities(void)
{
    syscall(SYS_capset, NULL, NULL);
}

static void become_another(void)
{
    (void)!setuid(user);
}

static void signal_another(void)
{
    kill(parent, 0);
}

static void duplicate(void)
{
    dup2(STDIN_FILENO, STDERR_FILENO);
}

static void enter_namespace(void)
{
    unshare(CLONE_NEWUSER);
}

static void use_ring(void)
{
    syscall(SYS_io_uring_setup, 1, NULL);
}

static void load_program(void)
{
    syscall(SYS_bpf, 0, NULL, 0);
}

static void open_guard(void)
{
    struct guard guard;
    if (guard_open_any(&guard, &loopback, FIRST, LAST, &error) != 0)
        _exit(1);
    guard_close(&guard);
}

static void attach_filter(void)
{
    struct sock_filter take_all = BPF_STMT(BPF_RET | BPF_K, UINT32_MAX);
    const struct sock_fprog program = {.len = 1, .filter = &take_all};
    setsockopt(datagram, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

/* Both by sockets that were opened before. */
static void count_delivered(void)
{
    uint32_t count;
    if (!guard_delivered(&held, &count) || count != 0)
        _exit(1);
}

static void name_interface(void)
{
    struct device device;
    if (device_lookup(netlink, NULL, 1, &device) != 0 || strcmp(device.name, "lo") != 0)
        _exit(1);
}

static void compute_and_write(void)
{
    char *memory = malloc(10 << 20);
    if (memory == NULL || memset(memory, 1, 10 << 20) == NULL ||
        (memory = realloc(memory, 1)) == NULL)
        _exit(1);
    free(memory);
    struct stat status;
    if (write(datagram, "", 0) < 0 && errno != EDESTADDRREQ)
        _exit(1);
    if (isatty(STDIN_FILENO) < 0 || fstat(datagram, &status) != 0)
        _exit(1);
}

static int compare(const void *one, const void *other)
{
    return *(const int *)one - *(const int *)other;
}

/* glibc's qsort asks how much memory there is before it takes some. */
static void sort_many(void)
{
    static int numbers[100000];
    for (int i = 0; i < 100000; i++)
        numbers[i] = i * 7919 % 100003;
    qsort(numbers, 100000, sizeof numbers[0], compare);
    if (numbers[0] > numbers[99999])
        _exit(1);
}

/* What the C library does behind a report: buffers, a stream in memory, floating point. */
static void print_much(void)
{
    char *text = NULL;
    size_t len = 0;
    FILE *memory = open_memstream(&text, &len), *null = fdopen(datagram, "w");
    for (int i = 0; memory != NULL && i < 10000; i++)
        fprintf(memory, "%d %.3f %s\n", i, i / 3.0, strerror(i % 200));
    if (memory == NULL || fclose(memory) != 0 || len < 100000 || null == NULL)
        _exit(1);
    printf("%s", "");
    fflush(stdout);
    free(text);
}

typedef void attempt(void);

#define IN_LIVE 1
#define IN_READ 2
#define IN_BOTH 3

static const struct {
    const char *name;
    attempt *call;
    unsigned forbidden; /* in which modes */
} attempts[] = {
    {"execve", execute, IN_BOTH},
    {"fork", make_process, IN_BOTH},
    {"clone", make_thread, IN_BOTH},
    {"ptrace", trace_another, IN_BOTH},
    {"process_vm_readv", read_memory, IN_BOTH},
    {"open to write", open_to_write, IN_BOTH},
    {"open to create", open_to_create, IN_BOTH},
    {"open to read", open_to_read, IN_BOTH},
    {"open a directory", open_path, IN_BOTH},
    {"openat2", open_with_openat2, IN_BOTH},
    {"memfd_create", make_file, IN_BOTH},
    {"renameat", rename_file, IN_BOTH},
    {"unlinkat", remove_file, IN_BOTH},
    {"symlink", link_file, IN_BOTH},
    {"fchmod", change_mode, IN_BOTH},
    {"chdir", change_directory, IN_BOTH},
    {"connect", connect_stream, IN_BOTH},
    {"accept", accept_one, IN_BOTH},
    {"getsockname", ask_its_name, IN_READ},
    {"sendto", send_somewhere, IN_BOTH},
    {"sendto, as a question", ask_somewhere, IN_BOTH},
    {"sendmsg", send_message, IN_READ},
    {"sendmsg, MSG_FASTOPEN", send_fast_open, IN_BOTH},
    {"sendmmsg, MSG_FASTOPEN", send_many_fast_open, IN_BOTH},
    {"sendto, MSG_FASTOPEN", send_to_nobody_fast_open, IN_BOTH},
    {"bind of packets", bind_packets, IN_BOTH},
    {"stat of a path", look_at_path, IN_BOTH},
    {"F_SETOWN", own_by_another, IN_BOTH},
    {"SO_BINDTODEVICE", bind_to_device, IN_BOTH},
    {"TCP_NODELAY", drop_signature, IN_BOTH},
    {"socket that may wait", open_plain_stream, IN_BOTH},
    {"socket of UDP", open_datagram, IN_BOTH},
    {"socket, raw", open_raw, IN_BOTH},
    {"socket of SCTP", open_sctp, IN_BOTH},
    {"socket of packets", open_packet, IN_BOTH},
    {"socket of netlink", open_netlink, IN_BOTH},
    {"socket of the host", open_local, IN_BOTH},
    {"mmap to execute", map_code, IN_BOTH},
    {"mprotect to execute", make_code, IN_BOTH},
    {"TIOCSTI", type_into_terminal, IN_BOTH},
    {"what a terminal is like", look_at_terminal, 0},
    {"F_GETFL", look_at_flags, 0},
    {"signals that are held", look_for_signals, 0},
    {"F_DUPFD_CLOEXEC", copy_descriptor, IN_BOTH},
    {"prctl", set_property, IN_BOTH},
    {"capset", set_capabilities, IN_BOTH},
    {"setuid", become_another, IN_BOTH},
    {"kill", signal_another, IN_BOTH},
    {"dup2", duplicate, IN_BOTH},
    {"unshare", enter_namespace, IN_BOTH},
    {"io_uring_setup", use_ring, IN_BOTH},
    {"bpf", load_program, IN_BOTH},
    {"a guard", open_guard, IN_BOTH},
    {"what reached a guard", count_delivered, IN_READ},
    {"a question to rtnetlink", name_interface, 0},
    {"another filter", attach_filter, IN_READ},
    {"memory and writing", compute_and_write, 0},
    {"sorting", sort_many, 0},
    {"printing", print_much, 0},
};

#define ATTEMPTS ((int)(sizeof attempts / sizeof attempts[0]))

/* How a child that enters the sandbox and makes the call ends: its wait status. */
static int end_of(const struct sandbox *sandbox, attempt *call)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        if (sandbox_enter(sandbox, &error) != 0)
            _exit(99);
        call();
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return status;
}

static void assert_end(const struct sandbox *sandbox, attempt *call, bool forbidden,
                       const char *name)
{
    int status = end_of(sandbox, call);
    if (forbidden)
        ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS,
                      "%s ended with wait status 0x%x, not by SIGSYS", name, (unsigned)status);
    else
        ck_assert_msg(status == 0, "%s ended with wait status 0x%x", name, (unsigned)status);
}

static void prepare(void)
{
    parent = getppid();
    user = getuid();
    stream = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    datagram = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    netlink = netlink_open(&error);
    ck_assert_int_eq(guard_open_any(&held, &loopback, FIRST, LAST, &error), 0);
}

START_TEST(a_live_run_may_do_what_it_needs_and_nothing_else)
{
    prepare();
    assert_end(&live, attempts[_i].call, (attempts[_i].forbidden & IN_LIVE) != 0,
               attempts[_i].name);
}
END_TEST

START_TEST(a_reader_may_do_what_it_needs_and_nothing_else)
{
    prepare();
    assert_end(&reading, attempts[_i].call, (attempts[_i].forbidden & IN_READ) != 0,
               attempts[_i].name);
}
END_TEST

/* Each of them, and nothing but them. */
START_TEST(captures_may_be_turned_to_other_interfaces)
{
    prepare();
    const int both[] = {stream, datagram};
    const struct sandbox capturing = {
        .mode = SANDBOX_LIVE, .captures = both, .capture_count = _i == 0 ? 2 : 1};
    assert_end(&capturing, bind_packets, _i != 0, "bind of packets");
    assert_end(&capturing, bind_port, true, "bind of a port");
}
END_TEST

START_TEST(a_report_may_be_put_in_its_place)
{
    assert_end(&publishing, rename_in_place, false, "renameat there");
    assert_end(&publishing, remove_in_place, false, "unlinkat there");
    assert_end(&publishing, link_in_place, false, "linkat there");
    assert_end(&publishing, exchange_in_place, true, "renameat2 with flags");
    assert_end(&publishing, remove_directory_in_place, true, "unlinkat of a directory");
    assert_end(&publishing, link_elsewhere, true, "linkat elsewhere");
    assert_end(&publishing, rename_file, true, "renameat elsewhere");
    assert_end(&publishing, remove_file, true, "unlinkat elsewhere");
    assert_end(&publishing, open_to_read, true, "open to read");
}
END_TEST

START_TEST(files_may_be_opened_for_reading_alone)
{
    assert_end(&opening, open_to_read, false, "open to read");
    assert_end(&opening, copy_descriptor, false, "F_DUPFD_CLOEXEC");
    assert_end(&opening, open_to_write, true, "open to write");
    assert_end(&opening, open_to_create, true, "open to create");
    assert_end(&opening, rename_file, true, "renameat");
}
END_TEST

START_TEST(the_child_that_connects_does_no_more)
{
    prepare();
    assert_end(&connector, open_tcp, false, "socket of TCP");
    assert_end(&connector, connect_stream, false, "connect");
    assert_end(&connector, open_datagram, true, "socket of UDP");
    assert_end(&connector, open_raw, true, "raw socket");
    assert_end(&connector, open_packet, true, "packet socket");
    assert_end(&connector, open_local, true, "local socket");
    assert_end(&connector, accept_one, true, "accept");
    assert_end(&connector, bind_to_device, false, "SO_BINDTODEVICE");
    assert_end(&connector, drop_signature, true, "TCP_NODELAY");
    assert_end(&connector, open_to_read, true, "open to read");
    assert_end(&connector, make_process, true, "fork");
    assert_end(&connector, execute, true, "execve");
    assert_end(&connector, signal_another, true, "kill");
}
END_TEST

START_TEST(the_server_takes_connections_and_makes_none)
{
    prepare();
    assert_end(&server, accept_one, false, "accept");
    assert_end(&server, connect_stream, true, "connect");
    assert_end(&server, open_to_read, true, "open to read");
    assert_end(&server, open_plain_stream, true, "socket");
    assert_end(&server, signal_another, true, "kill");
}
END_TEST

START_TEST(trying_it_leaves_this_process_as_it_was)
{
    ck_assert_int_eq(sandbox_try(&error), 0);
    ck_assert_int_eq(prctl(PR_GET_SECCOMP, 0, 0, 0, 0), 0);
    open_to_write();
}
END_TEST

/* As a kernel without it, or a container that keeps it back. By hand, because libseccomp remembers
 * what it found. */
static bool refuse_seccomp(uint32_t code)
{
    const uint32_t number = offsetof(struct seccomp_data, nr);
    const uint32_t first = offsetof(struct seccomp_data, args);
    const uint32_t refusal = SECCOMP_RET_ERRNO | code;
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, number),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, first),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_SECCOMP, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, refusal),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {.len = sizeof rules / sizeof rules[0], .filter = rules};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

START_TEST(where_it_is_refused_the_run_can_go_on)
{
    static const int codes[] = {EINVAL, ENOSYS, EPERM};
    ck_assert(refuse_seccomp((uint32_t)codes[_i]));
    ck_assert_msg(sandbox_enter(&live, &error) == 1, "%s", error.text);
    ck_assert_ptr_nonnull(strstr(error.text, "no sandbox"));
    ck_assert_int_eq(sandbox_try(&error), 1);
}
END_TEST

/* Why nothing of this can be tested here, or NULL. */
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
    Suite *suite = suite_create("sandbox");
    TCase *tests = tcase_create("sandbox");
    tcase_add_loop_test(tests, a_live_run_may_do_what_it_needs_and_nothing_else, 0, ATTEMPTS);
    tcase_add_loop_test(tests, a_reader_may_do_what_it_needs_and_nothing_else, 0, ATTEMPTS);
    tcase_add_loop_test(tests, captures_may_be_turned_to_other_interfaces, 0, 2);
    tcase_add_test(tests, a_report_may_be_put_in_its_place);
    tcase_add_test(tests, files_may_be_opened_for_reading_alone);
    tcase_add_test(tests, the_child_that_connects_does_no_more);
    tcase_add_test(tests, the_server_takes_connections_and_makes_none);
    tcase_add_test(tests, trying_it_leaves_this_process_as_it_was);
    tcase_add_loop_test(tests, where_it_is_refused_the_run_can_go_on, 0, 3);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
