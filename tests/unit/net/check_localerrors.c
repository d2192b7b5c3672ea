/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors that this host sends to itself, and those of others, in a network of its own. */
#include "net/localerrors.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/ipv6.h> /* struct in6_ifreq; behind netinet */

#include "harness.h"
#include "network.h"
#include "wire/decode.h"

#define OWN         0x0a090001 /* 10.9.0.1 */
#define PEER        0x0a090002
#define CLOSED      9
#define WAIT_MS     2000
#define IPV4_HEADER 20
#define ICMP_HEADER 8

static const uint8_t own6[16] = {0x20, 1, 0xd, 0xb8, [15] = 1};
static int device = -1;
static struct local_errors errors;
static struct error error;

static void set_up(void)
{
    ck_assert_msg(local_errors_open(&errors, true, true, &error) == 0, "%s", error.text);
}

static void tear_down(void)
{
    local_errors_close(&errors);
    ck_assert(errors.fds[0] == -1 && errors.fds[1] == -1);
}

/* What was handed out: how many, and the latest. */
static struct {
    int count;
    struct segment segment;
    uint16_t captured_len;
    int64_t time_ns;
} heard;

static void hear(void *user, const struct frame *frame)
{
    ck_assert_ptr_eq(user, &heard);
    ck_assert_int_eq(frame->link, LINK_RAW);
    ck_assert_uint_eq(frame->captured_len, frame->wire_len);
    segment_decode(frame, &heard.segment);
    heard.captured_len = (uint16_t)frame->captured_len;
    heard.time_ns = frame->time_ns;
    heard.count++;
}

static void wait_for(int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    ck_assert_int_eq(poll(&ready, 1, WAIT_MS), 1);
}

static void look(void)
{
    memset(&heard, 0, sizeof heard);
    local_errors_read(&errors, 10, hear, &heard);
}

/* A datagram for a port where nothing listens; the kernel answers with port unreachable. */
static void send_to_closed(int family, const void *address, socklen_t len)
{
    int fd = socket(family, SOCK_DGRAM, 0);
    ck_assert_int_eq(sendto(fd, "x", 1, 0, address, len), 1);
    close(fd);
}

static void provoke(bool ipv6)
{
    const struct sockaddr_in in = {.sin_family = AF_INET,
                                   .sin_port = htons(CLOSED),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct sockaddr_in6 in6 = {
        .sin6_family = AF_INET6, .sin6_port = htons(CLOSED), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    if (ipv6)
        send_to_closed(AF_INET6, &in6, sizeof in6);
    else
        send_to_closed(AF_INET, &in, sizeof in);
}

static int64_t epoch_ns(void)
{
    struct timespec now;
    ck_assert_int_eq(clock_gettime(CLOCK_REALTIME, &now), 0);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* UDP is no TCP, so that the error is nothing of ours; but it is handed out whole. */
START_TEST(hears_what_the_kernel_sends_to_itself)
{
    bool ipv6 = _i == 1;
    int64_t before_ns = epoch_ns();
    provoke(ipv6);
    wait_for(errors.fds[ipv6]);
    look();
    ck_assert_int_eq(heard.count, 1);
    ck_assert_int_ge(heard.time_ns, before_ns);
    ck_assert_int_le(heard.time_ns, epoch_ns());
    /* IP, ICMP, and what it quotes: IP, UDP, an octet */
    ck_assert_uint_eq(heard.captured_len, ipv6 ? 40 + 8 + 40 + 8 + 1 : 20 + 8 + 20 + 8 + 1);
    look();
    ck_assert_int_eq(heard.count, 0);
}
END_TEST

static unsigned sum(const uint8_t *bytes, size_t len)
{
    unsigned all = 0;
    for (size_t i = 0; i + 1 < len; i += 2)
        all += (unsigned)(bytes[i] << 8 | bytes[i + 1]);
    return ~((all & 0xffff) + (all >> 16)) & 0xffff;
}

static void put_sum(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* Host unreachable from the peer, about a SYN of ours: the capture of its interface shows it. */
static void peer_reports(void)
{
    uint8_t bytes[128] = {0x45, [3] = 56, [8] = 64, IPPROTO_ICMP, [12] = 10, 9, 0, 2, 10, 9, 0, 1};
    uint8_t quoted[64], *icmp = bytes + IPV4_HEADER;
    put_sum(bytes + 10, sum(bytes, IPV4_HEADER));
    icmp[0] = 3;
    icmp[1] = 1;
    network_segment(quoted, OWN, 40000, PEER, 80, 1, TCP_SYN, 0);
    memcpy(icmp + ICMP_HEADER, quoted, 28);
    put_sum(icmp + 2, sum(icmp, 36));
    ck_assert_int_eq(write(device, bytes, 56), 56);
}

/* The same of IPv6: no route to the destination. */
static void peer_reports6(void)
{
    enum { IPV6_HEADER = 40, LEN = ICMP_HEADER + IPV6_HEADER + 20 };
    static const uint8_t peer[16] = {0x20, 1, 0xd, 0xb8, [15] = 2};
    uint8_t bytes[IPV6_HEADER + LEN] = {0x60, [5] = LEN, IPPROTO_ICMPV6, 64};
    uint8_t checked[IPV6_HEADER + LEN] = {0}, *icmp = bytes + IPV6_HEADER, *quoted = icmp + 8;
    memcpy(bytes + 8, peer, 16);
    memcpy(bytes + 24, own6, 16);
    icmp[0] = ICMP6_DST_UNREACH;
    quoted[0] = 0x60;
    quoted[5] = 20;
    quoted[6] = IPPROTO_TCP;
    quoted[7] = 64;
    memcpy(quoted + 8, own6, 16);
    memcpy(quoted + 24, peer, 16);
    memcpy(checked, bytes + 8, 32); /* the pseudo-header: RFC 8200, 8.1 */
    checked[35] = LEN;
    checked[39] = IPPROTO_ICMPV6;
    memcpy(checked + IPV6_HEADER, icmp, LEN);
    put_sum(icmp + 2, sum(checked, sizeof checked));
    ck_assert_int_eq(write(device, bytes, sizeof bytes), (ssize_t)sizeof bytes);
}

START_TEST(passes_over_the_errors_of_others_of_ipv6)
{
    peer_reports6();
    wait_for(errors.fds[1]);
    look();
    ck_assert_int_eq(heard.count, 0);
    peer_reports6();
    provoke(true);
    wait_for(errors.fds[1]);
    look();
    ck_assert_int_eq(heard.count, 1);
    ck_assert_uint_eq(heard.captured_len, 40 + 8 + 40 + 8 + 1);
}
END_TEST

/* Both are read; that of the peer is discarded. */
START_TEST(passes_over_the_errors_of_others)
{
    peer_reports();
    wait_for(errors.fds[0]);
    look();
    ck_assert_int_eq(heard.count, 0);
    peer_reports();
    provoke(false);
    wait_for(errors.fds[0]);
    look();
    ck_assert_int_eq(heard.count, 1);
    ck_assert_uint_eq(heard.captured_len, 20 + 8 + 20 + 8 + 1);
}
END_TEST

/* What is not read now waits. */
START_TEST(reads_so_many_of_each_family)
{
    for (int i = 0; i < 3; i++) {
        provoke(false);
        provoke(true);
    }
    wait_for(errors.fds[0]);
    wait_for(errors.fds[1]);
    memset(&heard, 0, sizeof heard);
    local_errors_read(&errors, 0, hear, &heard);
    ck_assert_int_eq(heard.count, 0);
    local_errors_read(&errors, 2, hear, &heard);
    ck_assert_int_eq(heard.count, 4);
    local_errors_read(&errors, 2, hear, &heard);
    ck_assert_int_eq(heard.count, 6);
}
END_TEST

/* An echo reply from this host to itself is no error. */
START_TEST(hears_errors_alone)
{
    static const uint8_t echo[] = {8, 0, 0xf7, 0xff, 0, 0, 0, 0};
    static const uint8_t echo6[] = {128, 0, 0, 0, 0, 0, 0, 0}; /* the kernel makes the checksum */
    const struct sockaddr_in in = {.sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd4 = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    int fd6 = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
    ck_assert_int_eq(sendto(fd4, echo, 8, 0, (const struct sockaddr *)&in, sizeof in), 8);
    ck_assert_int_eq(sendto(fd6, echo6, 8, 0, (const struct sockaddr *)&in6, sizeof in6), 8);
    provoke(false); /* behind the answers */
    provoke(true);
    wait_for(errors.fds[0]);
    wait_for(errors.fds[1]);
    look();
    ck_assert_int_eq(heard.count, 2);
    close(fd4);
    close(fd6);
}
END_TEST

/* With one descriptor left, the second of two sockets is missing: the first one is closed, and the
 * reason is that of the missing one. */
START_TEST(one_that_cannot_be_opened_is_a_failure)
{
    struct local_errors two;
    struct rlimit before, tight;
    int next = dup(STDERR_FILENO), after;
    close(next);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    tight = (struct rlimit){(rlim_t)next + (_i == 0), before.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &tight), 0);
    int code = local_errors_open(&two, _i != 2, _i != 1, &error);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    ck_assert_int_eq(code, -1);
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_str_eq(error.text,
                     "raw ICMP socket: Too many open files (256 are enough: ulimit -n 256)");
    ck_assert(two.fds[0] == -1 && two.fds[1] == -1);
    after = dup(STDERR_FILENO);
    close(after);
    ck_assert_int_eq(after, next);
}
END_TEST

START_TEST(opens_what_is_wanted)
{
    struct local_errors one;
    ck_assert_int_eq(local_errors_open(&one, _i == 0, _i == 1, &error), 0);
    ck_assert_int_eq(one.fds[0] >= 0, _i == 0);
    ck_assert_int_eq(one.fds[1] >= 0, _i == 1);
    local_errors_close(&one);
}
END_TEST

/* Nothing arrives at an address that is still tentative: RFC 4862, 5.4. */
static bool can_be_bound(int fd)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6};
    bool bound = false;
    memcpy(&address.sin6_addr, own6, sizeof own6);
    for (int tries = 0; tries < WAIT_MS && !bound; tries++) {
        bound = bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;
        if (!bound)
            usleep(1000);
    }
    return bound;
}

static bool add_own6(void)
{
    struct in6_ifreq request = {.ifr6_prefixlen = 64, .ifr6_ifindex = (int)if_nametoindex("tun0")};
    int fd = socket(AF_INET6, SOCK_DGRAM, 0);
    memcpy(&request.ifr6_addr, own6, sizeof own6);
    bool added = ioctl(fd, SIOCSIFADDR, &request) == 0 && can_be_bound(fd);
    close(fd);
    return added;
}

int main(void)
{
    if (!network_alone() || (device = network_device("tun0", false, OWN)) < 0 || !add_own6()) {
        puts("1..0 # SKIP needs a network namespace and /dev/net/tun");
        return 0;
    }
    Suite *suite = suite_create("localerrors");
    TCase *tests = tcase_create("localerrors");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, hears_what_the_kernel_sends_to_itself, 0, 2);
    tcase_add_test(tests, passes_over_the_errors_of_others);
    tcase_add_test(tests, passes_over_the_errors_of_others_of_ipv6);
    tcase_add_test(tests, reads_so_many_of_each_family);
    tcase_add_test(tests, hears_errors_alone);
    tcase_add_loop_test(tests, one_that_cannot_be_opened_is_a_failure, 0, 3);
    tcase_add_loop_test(tests, opens_what_is_wanted, 0, 2);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
