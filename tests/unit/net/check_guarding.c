/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of a guard that the kernel refuses. Sockets are played by the test. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h> /* for TCP_MD5SIG_EXT; cannot stand beside <netinet/tcp.h> */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness.h"
#include "net/guard.h"

#define PORT 4000

/* Errors; 0: none. */
static int socket_code, only6_code, md5_code, ttl_code, filter_code, bind_code, listen_code;
static uint16_t in_use_first, in_use_last; /* ports, by EADDRINUSE */
static unsigned opened, bound;
static bool listening, silent;
static uint32_t meminfo_words;
static int opened_domain;

static int say(int code)
{
    errno = code;
    return code == 0 ? 0 : -1;
}

int socket(int domain, int type, int protocol)
{
    ck_assert_int_eq(type, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK);
    ck_assert_int_eq(protocol, 0);
    opened_domain = domain;
    if (socket_code != 0)
        return say(socket_code);
    opened++;
    return dup(STDERR_FILENO);
}

/* As one of a network file system may. */
int close(int fd)
{
    int code = (int)syscall(SYS_close, fd);
    errno = EIO;
    return code;
}

static int number_of(const void *value, socklen_t len)
{
    int number;
    ck_assert_uint_eq(len, sizeof number);
    memcpy(&number, value, sizeof number);
    return number;
}

static uint8_t keys[2][TCP_MD5SIG_MAXKEYLEN]; /* the latest, and the one before */

/* For every peer of that family, and random. */
static void assert_signature(const void *value, socklen_t len)
{
    struct tcp_md5sig key;
    ck_assert_uint_eq(len, sizeof key);
    memcpy(&key, value, sizeof key);
    ck_assert_int_eq(key.tcpm_addr.ss_family, opened_domain);
    ck_assert_uint_eq(key.tcpm_flags, TCP_MD5SIG_FLAG_PREFIX);
    ck_assert_uint_eq(key.tcpm_prefixlen, 0);
    ck_assert_uint_ge(key.tcpm_keylen, 16);
    memcpy(keys[1], keys[0], sizeof keys[0]);
    memcpy(keys[0], key.tcpm_key, key.tcpm_keylen);
    ck_assert_mem_ne(keys[0], keys[1], key.tcpm_keylen);
}

/* One instruction: no octet of any segment is accepted. */
static void assert_refuses_everything(const void *value, socklen_t len)
{
    struct sock_fprog program;
    ck_assert_uint_eq(len, sizeof program);
    memcpy(&program, value, sizeof program);
    ck_assert_uint_eq(program.len, 1);
    ck_assert_uint_eq(program.filter[0].code, BPF_RET | BPF_K);
    ck_assert_uint_eq(program.filter[0].k, 0);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    bool ipv6 = opened_domain == AF_INET6;
    int code = EINVAL;
    (void)fd;
    ck_assert(!listening); /* there is no moment in which the socket would answer */
    if (level == IPPROTO_IPV6 && name == IPV6_V6ONLY) {
        ck_assert_int_eq(number_of(value, len), 1);
        return say(only6_code);
    }
    if (level == IPPROTO_TCP && name == TCP_MD5SIG_EXT) {
        assert_signature(value, len);
        code = md5_code;
    } else if (level == SOL_SOCKET && name == SO_ATTACH_FILTER) {
        assert_refuses_everything(value, len);
        code = filter_code;
    } else if (level == (ipv6 ? IPPROTO_IPV6 : IPPROTO_IP) &&
               name == (ipv6 ? IPV6_MINHOPCOUNT : IP_MINTTL)) {
        ck_assert_int_eq(number_of(value, len), 255);
        code = ttl_code;
    }
    silent = silent || code == 0;
    return say(code);
}

static struct sockaddr_in6 bound_name; /* the latest */

int bind(int fd, const struct sockaddr *address, socklen_t len)
{
    struct sockaddr_in name;
    (void)fd;
    memset(&bound_name, 0, sizeof bound_name);
    memcpy(&bound_name, address, len);
    memcpy(&name, address, sizeof name); /* the port of sockaddr_in6 is at the same place */
    uint16_t port = ntohs(name.sin_port);
    bound++;
    ck_assert(silent);
    if (port >= in_use_first && port <= in_use_last)
        return say(EADDRINUSE);
    return say(bind_code);
}

int listen(int fd, int backlog)
{
    (void)fd;
    (void)backlog;
    listening = true;
    return say(listen_code);
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    uint32_t words[SK_MEMINFO_VARS] = {[SK_MEMINFO_DROPS] = 7};
    (void)fd;
    ck_assert(level == SOL_SOCKET && name == SO_MEMINFO);
    ck_assert_uint_eq(*len, sizeof words);
    *len = (socklen_t)(meminfo_words * sizeof words[0]);
    memcpy(value, words, *len);
    return 0;
}

static struct guard guard;
static struct error error;
static const struct address sources[] = {{FAMILY_IPV4, {192, 0, 2, 1}},
                                         {FAMILY_IPV6, {0x20, 1, 0xd, 0xb8, [15] = 1}}};

static void set_up(void)
{
    socket_code = only6_code = md5_code = ttl_code = filter_code = bind_code = listen_code = 0;
    in_use_first = 1;
    in_use_last = 0;
    opened = bound = 0;
    listening = silent = false;
    meminfo_words = SK_MEMINFO_VARS;
    error = (struct error){.status = STATUS_OK};
}

static void assert_refused(const char *text)
{
    ck_assert_int_eq(guard_open(&guard, &sources[0], 0, PORT, &error), -1);
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_msg(strstr(error.text, text) != NULL, "%s", error.text);
    ck_assert_int_eq(guard.fd, -1);
}

START_TEST(each_kind_stands_in_for_that_before)
{
    static const char *const names[] = {"TCP MD5", "minimum TTL", "socket filter"};
    md5_code = _i > 0 ? ENOPROTOOPT : 0;
    ttl_code = _i > 1 ? ENOPROTOOPT : 0;
    for (size_t family = 0; family < 2; family++) {
        silent = listening = false;
        ck_assert_int_eq(guard_open(&guard, &sources[family], 0, PORT, &error), 0);
        ck_assert_uint_eq(guard.kind, (unsigned)_i);
        ck_assert_str_eq(guard_kind_name(&guard), names[_i]);
        ck_assert_uint_eq(guard.port, PORT);
        ck_assert(listening);
        guard_close(&guard);
        ck_assert_int_eq(guard.fd, -1);
    }
}
END_TEST

/* Each with the reason of its own. */
START_TEST(none_of_them_is_a_failure)
{
    md5_code = EACCES;
    ttl_code = ENOPROTOOPT;
    filter_code = EPERM;
    assert_refused("TCP MD5 guard: Permission denied; minimum TTL: Protocol not available; socket "
                   "filter: Operation not permitted;");
    ck_assert_uint_eq(bound, 0);
    ck_assert(!listening);
}
END_TEST

static const struct {
    int code;
    const char *text;
} unbound[] = {
    {EADDRNOTAVAIL, "source 192.0.2.1 is not an address of this host: \"ip address\" lists them"},
    {EACCES, "source port 4000 is privileged: use 1024 or above"},
    {ENOBUFS, "source port 4000: No buffer space available"},
};

START_TEST(a_port_that_is_refused)
{
    bind_code = unbound[_i].code;
    assert_refused(unbound[_i].text);
    ck_assert(!listening);
}
END_TEST

/* The kernel binds a link-local address in its zone alone: RFC 4007, 6. */
START_TEST(a_link_local_address_has_a_zone)
{
    const struct address local = {FAMILY_IPV6, {0xfe, 0x80, [15] = 9}};
    ck_assert_int_eq(guard_open(&guard, &local, 7, PORT, &error), 0);
    ck_assert_uint_eq(bound_name.sin6_scope_id, 7);
    ck_assert_mem_eq(&bound_name.sin6_addr, local.bytes, 16);
    guard_close(&guard);
}
END_TEST

START_TEST(a_port_that_cannot_listen)
{
    listen_code = EADDRINUSE;
    assert_refused("guard of port 4000: Address already in use");
}
END_TEST

START_TEST(a_port_in_use_is_told_apart)
{
    in_use_first = in_use_last = PORT;
    ck_assert_int_eq(guard_open(&guard, &sources[0], 0, PORT, &error), GUARD_PORT_IN_USE);
    ck_assert_str_eq(error.text, "source port 4000 is in use");
    ck_assert_int_eq(guard.fd, -1);
}
END_TEST

static const struct {
    int code, result;
} unopened[] = {
    {EMFILE, GUARD_NO_ROOM},
    {ENFILE, GUARD_NO_ROOM},
    {ENOBUFS, GUARD_NO_ROOM},
    {ENOMEM, GUARD_NO_ROOM},
    {EACCES, -1},
    {EAFNOSUPPORT, -1},
};

START_TEST(no_room_is_told_apart)
{
    socket_code = unopened[_i].code;
    ck_assert_int_eq(guard_open(&guard, &sources[0], 0, PORT, &error), unopened[_i].result);
    ck_assert_msg(strstr(error.text, strerror(unopened[_i].code)) != NULL, "%s", error.text);
    socket_code = 0;
    only6_code = unopened[_i].code;
    ck_assert_int_eq(guard_open(&guard, &sources[1], 0, PORT, &error), unopened[_i].result);
    ck_assert_int_eq(guard_open(&guard, &sources[0], 0, PORT, &error), 0); /* IPv4 does not ask */
    guard_close(&guard);
}
END_TEST

/* Each port of the range once, from anywhere on, up to the one that is free. */
START_TEST(any_port_is_looked_for_in_the_whole_range)
{
    for (int again = 0; again < 20; again++) {
        bound = 0;
        silent = listening = false;
        in_use_first = PORT;
        in_use_last = PORT + 8;
        ck_assert_int_eq(guard_open_any(&guard, &sources[0], PORT, PORT + 9, &error), 0);
        ck_assert_uint_eq(guard.port, PORT + 9);
        ck_assert_uint_le(bound, 10);
        guard_close(&guard);
    }
    bound = 0;
    listening = false;
    in_use_last = PORT + 9;
    ck_assert_int_eq(guard_open_any(&guard, &sources[0], PORT, PORT + 9, &error), -1);
    ck_assert_str_eq(error.text, "source ports 4000 to 4009 are all in use");
    ck_assert_uint_eq(bound, 10);
}
END_TEST

/* What is wrong with one port for another reason is not tried with the next. */
START_TEST(any_port_ends_with_the_first_other_error)
{
    bind_code = EADDRNOTAVAIL;
    ck_assert_int_eq(guard_open_any(&guard, &sources[0], PORT, PORT + 9, &error), -1);
    ck_assert_uint_eq(bound, 1);
    socket_code = EMFILE;
    ck_assert_int_eq(guard_open_any(&guard, &sources[0], PORT, PORT + 9, &error), -1);
}
END_TEST

/* An older kernel answers with fewer words. */
START_TEST(drops_that_the_kernel_does_not_count)
{
    uint32_t count = 99;
    ck_assert_int_eq(guard_open(&guard, &sources[0], 0, PORT, &error), 0);
    meminfo_words = SK_MEMINFO_DROPS;
    ck_assert(!guard_delivered(&guard, &count));
    ck_assert_uint_eq(count, 99);
    meminfo_words = SK_MEMINFO_DROPS + 1;
    ck_assert(guard_delivered(&guard, &count));
    ck_assert_uint_eq(count, 7);
    guard_close(&guard);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("guarding");
    TCase *tests = tcase_create("guarding");
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_loop_test(tests, each_kind_stands_in_for_that_before, 0, GUARD_KINDS);
    tcase_add_test(tests, none_of_them_is_a_failure);
    tcase_add_loop_test(tests, a_port_that_is_refused, 0, sizeof unbound / sizeof unbound[0]);
    tcase_add_test(tests, a_link_local_address_has_a_zone);
    tcase_add_test(tests, a_port_that_cannot_listen);
    tcase_add_test(tests, a_port_in_use_is_told_apart);
    tcase_add_loop_test(tests, no_room_is_told_apart, 0, sizeof unopened / sizeof unopened[0]);
    tcase_add_test(tests, any_port_is_looked_for_in_the_whole_range);
    tcase_add_test(tests, any_port_ends_with_the_first_other_error);
    tcase_add_test(tests, drops_that_the_kernel_does_not_count);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
