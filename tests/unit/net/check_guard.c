/* SPDX-License-Identifier: BSD-2-Clause */
/* On loopback, where no privilege is needed. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "net/guard.h"

#define FIRST      61100 /* outside of the kernel's own ephemeral range */
#define LAST       61999
#define SILENCE_MS 150
#define MD5_OPTION 32 /* TCP_MD5SIG_EXT */

static struct error error;
static int hop_limit; /* of knock(); 0: as usual */

static const struct address sources[] = {
    {FAMILY_IPV4, {127, 0, 0, 1}},
    {FAMILY_IPV6, {[15] = 1}},
};

/* Takes any port; false where this machine has no such address. */
static bool guard_any(struct guard *guard, const struct address *source)
{
    if (guard_open_any(guard, source, FIRST, LAST, &error) == 0)
        return true;
    ck_assert_msg(source->family == FAMILY_IPV6, "%s", error.text);
    return false;
}

/* The events that a connection attempt to that port meets within SILENCE_MS. */
static short knock(const struct address *address, uint16_t port)
{
    struct sockaddr_in6 to6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    struct sockaddr_in to4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    bool ipv6 = address->family == FAMILY_IPV6;
    memcpy(&to6.sin6_addr, address->bytes, 16);
    memcpy(&to4.sin_addr, address->bytes, 4);
    int fd = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    ck_assert_int_ge(fd, 0);
    if (hop_limit > 0)
        setsockopt(fd, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, ipv6 ? IPV6_UNICAST_HOPS : IP_TTL,
                   &hop_limit, sizeof hop_limit);
    (void)connect(fd, ipv6 ? (struct sockaddr *)&to6 : (struct sockaddr *)&to4,
                  ipv6 ? sizeof to6 : sizeof to4);
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    poll(&wait, 1, SILENCE_MS);
    close(fd);
    return wait.revents;
}

START_TEST(strangers_meet_silence)
{
    struct guard guard;
    if (!guard_any(&guard, &sources[_i]))
        return;
    ck_assert_uint_ge(guard.port, FIRST);
    ck_assert_uint_le(guard.port, LAST);
    ck_assert_int_eq(knock(&sources[_i], guard.port), 0);
    guard_close(&guard);
    /* without it, the kernel answers at once */
    ck_assert_int_ne(knock(&sources[_i], guard.port), 0);
}
END_TEST

/* ... and each segment of theirs is counted. */
START_TEST(what_reached_the_guard_is_counted)
{
    struct guard guard;
    uint32_t before = 99, after = 99;
    if (!guard_any(&guard, &sources[_i]))
        return;
    ck_assert(guard_delivered(&guard, &before));
    ck_assert_uint_eq(before, 0);
    knock(&sources[_i], guard.port);
    ck_assert(guard_delivered(&guard, &after));
    ck_assert_uint_eq(after, 1); /* the SYN, once within SILENCE_MS */
    guard_close(&guard);
    ck_assert(!guard_delivered(&guard, &after));
}
END_TEST

/* Has the kernel refuse TCP MD5, as one without CONFIG_TCP_MD5SIG does; the numbers are of this
 * machine's setsockopt(2). */
static bool refuse_md5(void)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_setsockopt, 0, 5),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MD5_OPTION, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOPROTOOPT),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {.len = sizeof rules / sizeof rules[0], .filter = rules};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

/* In a child, whose filter stays. */
static void meet_second_guard(const struct address *source)
{
    struct guard guard;
    ck_assert(refuse_md5());
    if (!guard_any(&guard, source))
        return;
    ck_assert_str_eq(guard_kind_name(&guard), "minimum TTL");
    uint32_t before = 99, after = 99;
    ck_assert(guard_delivered(&guard, &before));
    ck_assert_int_eq(knock(source, guard.port), 0);
    ck_assert(guard_delivered(&guard, &after));
    ck_assert_uint_gt(after, before);
    hop_limit = 255; /* what it cannot keep back, as the manual says */
    ck_assert_int_ne(knock(source, guard.port), 0);
    guard_close(&guard);
}

START_TEST(strangers_meet_silence_without_md5_too)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        meet_second_guard(&sources[_i]);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(the_first_choice_is_a_signature)
{
    struct guard guard;
    if (!guard_any(&guard, &sources[_i]))
        return;
    ck_assert_uint_eq(guard.kind, GUARD_MD5);
    guard_close(&guard);
}
END_TEST

START_TEST(each_source_address_has_its_ports)
{
    const struct address other = {FAMILY_IPV4, {127, 0, 0, 2}};
    struct guard one, two, three;
    ck_assert(guard_any(&one, &sources[0]));
    ck_assert_int_eq(guard_open(&two, &other, 0, one.port, &error), 0);
    ck_assert_uint_eq(two.port, one.port);
    ck_assert_int_eq(guard_open(&three, &other, 0, one.port, &error), GUARD_PORT_IN_USE);
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_ptr_nonnull(strstr(error.text, "is in use"));
    ck_assert_int_eq(three.fd, -1);
    guard_close(&two);
    ck_assert_int_eq(guard_open(&three, &other, 0, one.port, &error), 0);
    guard_close(&three);
    guard_close(&one);
}
END_TEST

/* Loopback addresses are there without being added, as those that come later are. */
START_TEST(the_unspecified_address_covers_all_others)
{
    static const struct address unspecified[] = {{.family = FAMILY_IPV4}, {.family = FAMILY_IPV6}};
    const struct address later[] = {{FAMILY_IPV4, {127, 200, 1, 2}}, sources[1]};
    struct guard guard, other;
    if (!guard_any(&guard, &unspecified[_i]))
        return;
    ck_assert_int_eq(knock(&later[_i], guard.port), 0);
    ck_assert_int_eq(guard_open(&other, &later[_i], 0, guard.port, &error), GUARD_PORT_IN_USE);
    guard_close(&guard);
    ck_assert_int_ne(knock(&later[_i], guard.port), 0);
}
END_TEST

/* One of IPv6 holds no port of IPv4, whatever net.ipv6.bindv6only says. Other programs may have
 * that port; they do not have every one. */
START_TEST(each_family_has_its_ports)
{
    static const struct address all4 = {.family = FAMILY_IPV4}, all6 = {.family = FAMILY_IPV6};
    struct guard four, six;
    int code = -1;
    for (int tries = 0; tries < 10 && code != 0; tries++) {
        if (!guard_any(&six, &all6))
            return;
        code = guard_open(&four, &all4, 0, six.port, &error);
        guard_close(&four);
        guard_close(&six);
    }
    ck_assert_msg(code == 0, "%s", error.text);
}
END_TEST

START_TEST(a_range_is_used_up_to_its_last_port)
{
    enum { PORTS = 40 };
    struct guard guards[PORTS], more;
    bool taken[PORTS] = {false};
    int ascents = 0;
    for (size_t i = 0; i < PORTS; i++) {
        ck_assert_msg(guard_open_any(&guards[i], &sources[0], LAST + 1, LAST + PORTS, &error) == 0,
                      "%s", error.text);
        size_t at = guards[i].port - LAST - 1u;
        ck_assert_uint_lt(at, PORTS);
        ck_assert(!taken[at]);
        taken[at] = true;
        ascents += i > 0 && guards[i].port == guards[i - 1].port + 1;
    }
    ck_assert_int_lt(ascents, PORTS - 1); /* random, not one after the other */
    ck_assert_int_eq(guard_open_any(&more, &sources[0], LAST + 1, LAST + PORTS, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "all in use"));
    for (size_t i = 0; i < PORTS; i++)
        guard_close(&guards[i]);
}
END_TEST

/* A connection of before could still receive segments: its port is left alone. */
START_TEST(a_port_in_time_wait_is_not_taken)
{
    struct sockaddr_in name = {.sin_family = AF_INET};
    socklen_t len = sizeof name;
    struct guard guard;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&name, len), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&name, &len), 0);
    ck_assert_int_eq(connect(client, (struct sockaddr *)&name, len), 0);
    ck_assert_int_eq(getsockname(client, (struct sockaddr *)&name, &len), 0);
    int server = accept(listener, NULL, NULL);
    close(client); /* first, so it is the client that waits */
    close(server);
    close(listener);
    uint16_t port = ntohs(name.sin_port);
    ck_assert_int_eq(guard_open(&guard, &sources[0], 0, port, &error), GUARD_PORT_IN_USE);
    ck_assert_ptr_nonnull(strstr(error.text, "in use"));
}
END_TEST

/* The run goes on with fewer ports. */
START_TEST(without_a_descriptor_there_is_no_room)
{
    struct rlimit before;
    struct guard guard;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, before.rlim_max}), 0);
    int code = guard_open(&guard, &sources[_i], 0, FIRST, &error);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    ck_assert_int_eq(code, GUARD_NO_ROOM);
    ck_assert_ptr_nonnull(strstr(error.text, strerror(EMFILE)));
}
END_TEST

START_TEST(an_address_that_is_not_ours_is_named)
{
    static const struct address theirs[] = {{FAMILY_IPV4, {192, 0, 2, 1}},
                                            {FAMILY_IPV6, {0x20, 0x01, 0x0d, 0xb8, [15] = 1}}};
    static const char *const names[] = {"192.0.2.1", "2001:db8::1"};
    struct guard guard;
    ck_assert_int_eq(guard_open(&guard, &theirs[_i], 0, FIRST, &error), -1);
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_msg(_i == 1 || strstr(error.text, names[_i]) != NULL, "%s", error.text);
    ck_assert_int_eq(guard.fd, -1);
    guard_close(&guard); /* harmless */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("guard");
    TCase *tests = tcase_create("guard");
    tcase_add_loop_test(tests, strangers_meet_silence, 0, 2);
    tcase_add_loop_test(tests, what_reached_the_guard_is_counted, 0, 2);
    tcase_add_loop_test(tests, strangers_meet_silence_without_md5_too, 0, 2);
    tcase_add_loop_test(tests, the_first_choice_is_a_signature, 0, 2);
    tcase_add_test(tests, each_source_address_has_its_ports);
    tcase_add_test(tests, each_family_has_its_ports);
    tcase_add_test(tests, a_range_is_used_up_to_its_last_port);
    tcase_add_loop_test(tests, the_unspecified_address_covers_all_others, 0, 2);
    tcase_add_test(tests, a_port_in_time_wait_is_not_taken);
    tcase_add_loop_test(tests, without_a_descriptor_there_is_no_room, 0, 2);
    tcase_add_loop_test(tests, an_address_that_is_not_ours_is_named, 0, 2);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
