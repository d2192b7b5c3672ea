/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of segments that the kernel takes, refuses or has no room for. Sockets are played by
 * the test. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "net/transmit.h"

#define CALLS_MAX 100
#define SYNS      4
#define EACH_LEN4 40
#define EACH_LEN6 60

static struct {
    int fd;
    unsigned count; /* of messages */
} calls[CALLS_MAX];
static unsigned call_count;
static int answers[CALLS_MAX]; /* of each call: how many went out, or minus an errno; 0: all */
static int opened[64];         /* the domain of each descriptor */

static int socket_code, socket_failing; /* an errno, and of which socket, counted from 0 */
static int socket_count;

/* Descriptors that can be closed, and nothing else. */
int socket(int domain, int type, int protocol)
{
    ck_assert_int_eq(type & SOCK_RAW, SOCK_RAW);
    ck_assert_int_eq(protocol, IPPROTO_RAW);
    if (socket_count++ == socket_failing && socket_code != 0) {
        errno = socket_code;
        return -1;
    }
    int fd = dup(STDERR_FILENO);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_lt(fd, 64);
    opened[fd] = domain;
    return fd;
}

/* What was set at the latest. */
static struct {
    int code; /* an errno; 0: none */
    int fd, level, name, value;
} set;

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    ck_assert_uint_eq(len, sizeof set.value);
    memcpy(&set.value, value, len);
    set.fd = fd;
    set.level = level;
    set.name = name;
    errno = set.code;
    return set.code == 0 ? 0 : -1;
}

static int answer(int fd, unsigned count)
{
    ck_assert_uint_lt(call_count, CALLS_MAX);
    int code = answers[call_count];
    calls[call_count].fd = fd;
    calls[call_count++].count = count;
    if (code >= 0)
        return code == 0 ? (int)count : code;
    errno = -code;
    return -1;
}

/* What came beside the latest datagram. */
static struct {
    struct in_pktinfo info4;
    struct in6_pktinfo info6;
    struct sockaddr_in6 to;
    int protocol, count;
} beside;

static void note_beside(struct msghdr sent)
{
    memset(&beside, 0, sizeof beside);
    memcpy(&beside.to, sent.msg_name, sent.msg_namelen);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&sent); c != NULL; c = CMSG_NXTHDR(&sent, c)) {
        beside.count++;
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
            memcpy(&beside.info4, CMSG_DATA(c), sizeof beside.info4);
        else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)
            memcpy(&beside.info6, CMSG_DATA(c), sizeof beside.info6);
        else if (c->cmsg_level == IPPROTO_IP)
            memcpy(&beside.protocol, CMSG_DATA(c), sizeof beside.protocol);
    }
}

int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
    (void)flags;
    for (unsigned i = 0; i < count; i++) {
        const struct msghdr *message = &messages[i].msg_hdr;
        const struct iovec *part = message->msg_iov;
        bool ipv6 = opened[fd] == AF_INET6;
        ck_assert_uint_eq(message->msg_iovlen, 1);
        ck_assert_uint_ge(part->iov_len, ipv6 ? EACH_LEN6 : EACH_LEN4);
        ck_assert_uint_eq(((const uint8_t *)part->iov_base)[0] >> 4, ipv6 ? 6 : 4);
        ck_assert_uint_ge(message->msg_controllen, sizeof(struct cmsghdr));
        ck_assert_int_eq(((const struct sockaddr *)message->msg_name)->sa_family, opened[fd]);
        note_beside(*message);
    }
    return answer(fd, count);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    (void)flags;
    note_beside(*message);
    return answer(fd, 1);
}

static struct transmit *transmit;
static struct transmission batch[SYNS];
static struct error error;

static struct outgoing syn_to(bool ipv6, uint8_t host)
{
    struct outgoing syn = {.src = {{FAMILY_IPV4, {192, 0, 2, 7}}, 51234},
                           .dst = {{FAMILY_IPV4, {198, 51, 100, host}}, 443},
                           .flags = TCP_SYN,
                           .ip_id = 1,
                           .ttl = 64};
    if (ipv6) {
        syn.src.address = (struct address){FAMILY_IPV6, {0x20, 1, 0xd, 0xb8, [15] = 7}};
        syn.dst.address = (struct address){FAMILY_IPV6, {0x20, 1, 0xd, 0xb8, [15] = host}};
    }
    return syn;
}

static void set_up(void)
{
    socket_code = set.code = 0;
    transmit = transmit_open(true, true, &error);
    ck_assert_msg(transmit != NULL, "%s", error.text);
    call_count = 0;
    memset(answers, 0, sizeof answers);
    for (size_t i = 0; i < SYNS; i++)
        batch[i] = (struct transmission){.segment = syn_to(false, (uint8_t)(i + 1))};
}

static void tear_down(void)
{
    transmit_close(transmit);
}

static void assert_calls(const unsigned *counts, unsigned count)
{
    ck_assert_uint_eq(call_count, count);
    for (unsigned i = 0; i < count; i++)
        ck_assert_uint_eq(calls[i].count, counts[i]);
}

START_TEST(one_call_sends_them_all)
{
    transmit_send_batch(transmit, batch, SYNS);
    assert_calls((const unsigned[]){4}, 1);
    for (size_t i = 0; i < SYNS; i++)
        ck_assert_int_eq(batch[i].code, EACH_LEN4);
}
END_TEST

static const struct {
    int code, result;
    enum host_error refusal;
} refusals[] = {
    {EPERM, TRANSMIT_REFUSED, HOST_EPERM},
    {EACCES, TRANSMIT_UNSENT, HOST_EACCES},
    {EINVAL, TRANSMIT_UNSENT, HOST_EINVAL},
    {EHOSTUNREACH, TRANSMIT_UNSENT, HOST_EHOSTUNREACH},
    {ENETUNREACH, TRANSMIT_UNSENT, HOST_ENETUNREACH},
    {ENETDOWN, TRANSMIT_UNSENT, HOST_ENETDOWN},
    {ENODEV, TRANSMIT_UNSENT, HOST_ENODEV},
    {ENXIO, TRANSMIT_UNSENT, HOST_ENODEV},
    {EADDRNOTAVAIL, TRANSMIT_UNSENT, HOST_EADDRNOTAVAIL},
    {EMSGSIZE, -1, HOST_ERROR_NONE},
};

/* The kernel sends those before the one that it refuses, and says why in the next call: that one
 * alone has the error, and those behind it go out, one by one. */
START_TEST(one_that_is_refused_fails_alone)
{
    answers[0] = 1;
    answers[1] = -refusals[_i].code;
    transmit_send_batch(transmit, batch, SYNS);
    assert_calls((const unsigned[]){4, 3, 1, 1}, 4);
    for (size_t i = 0; i < SYNS; i++) {
        ck_assert_int_eq(batch[i].code, i == 1 ? refusals[_i].result : EACH_LEN4);
        ck_assert_uint_eq(batch[i].refusal, i == 1 ? refusals[_i].refusal : HOST_ERROR_NONE);
    }
    ck_assert_msg(strstr(batch[1].error.text, "198.51.100.2") != NULL, "%s", batch[1].error.text);
    ck_assert_msg(strstr(batch[1].error.text, strerror(refusals[_i].code)) != NULL, "%s",
                  batch[1].error.text);
}
END_TEST

/* Of several that a firewall refuses, one alone is sent twice; once many have gone out, they go
 * together again. */
START_TEST(those_behind_one_that_was_refused_are_sent_once)
{
    answers[0] = 1;
    answers[1] = answers[2] = answers[3] = -EPERM;
    transmit_send_batch(transmit, batch, SYNS);
    assert_calls((const unsigned[]){4, 3, 1, 1}, 4);
    for (size_t i = 1; i < SYNS; i++)
        ck_assert_int_eq(batch[i].code, TRANSMIT_REFUSED);
    memset(answers, 0, sizeof answers);
    unsigned together = 0, sent = 0;
    for (; together == 0 && sent < 5000; sent += SYNS) {
        call_count = 0;
        transmit_send_batch(transmit, batch, SYNS);
        together = calls[0].count == SYNS;
    }
    ck_assert_uint_eq(together, 1);
    ck_assert_uint_gt(sent, 4000);
}
END_TEST

/* Of the connection to the first target: an acknowledgment, and the FIN two segments behind it. */
static void queue_two_of_one_connection(void)
{
    batch[0].segment.flags = TCP_ACK;
    batch[2].segment = batch[0].segment;
    batch[2].segment.flags = TCP_FIN | TCP_ACK;
}

/* Nothing goes out after what a local firewall blocks, as if each were sent by itself. */
START_TEST(none_of_its_connection_goes_out_after_one_that_is_blocked)
{
    queue_two_of_one_connection();
    answers[0] = -EPERM;
    transmit_send_batch(transmit, batch, SYNS);
    assert_calls((const unsigned[]){1, 1, 1}, 3); /* the ACK, and the SYNs of two others */
    for (size_t i = 0; i < SYNS; i++) {
        bool blocked = i == 0 || i == 2;
        ck_assert_int_eq(batch[i].code, blocked ? TRANSMIT_REFUSED : EACH_LEN4);
        ck_assert_uint_eq(batch[i].refusal, blocked ? HOST_EPERM : HOST_ERROR_NONE);
    }
    ck_assert_str_eq(batch[2].error.text, batch[0].error.text);
}
END_TEST

/* ... but what has no way out at the moment counts as lost, and the connection goes on. */
START_TEST(those_behind_one_that_is_lost_go_out)
{
    queue_two_of_one_connection();
    answers[0] = -ENETUNREACH;
    transmit_send_batch(transmit, batch, SYNS);
    assert_calls((const unsigned[]){1, 1, 1, 1}, 4);
    ck_assert_int_eq(batch[0].code, TRANSMIT_UNSENT);
    ck_assert_int_eq(batch[2].code, EACH_LEN4);
}
END_TEST

/* Where the queue is full for one, it is full for the rest: none is tried again at once. */
START_TEST(no_room_is_for_none_of_the_rest)
{
    static const int full[] = {EAGAIN, ENOBUFS};
    answers[0] = 1;
    answers[1] = -full[_i];
    transmit_send_batch(transmit, batch, SYNS);
    assert_calls((const unsigned[]){4, 3}, 2);
    ck_assert_int_eq(batch[0].code, EACH_LEN4);
    for (size_t i = 1; i < SYNS; i++) {
        ck_assert_int_eq(batch[i].code, TRANSMIT_BUSY);
        ck_assert_msg(strstr(batch[i].error.text, strerror(full[_i])) != NULL, "%s",
                      batch[i].error.text);
    }
}
END_TEST

START_TEST(a_signal_costs_none)
{
    answers[0] = -EINTR;
    answers[1] = 2;
    answers[2] = -EINTR;
    transmit_send_batch(transmit, batch, SYNS);
    assert_calls((const unsigned[]){4, 4, 2, 2}, 4);
    for (size_t i = 0; i < SYNS; i++)
        ck_assert_int_eq(batch[i].code, EACH_LEN4);
}
END_TEST

/* Each family has a socket. */
START_TEST(families_take_turns)
{
    batch[1].segment = syn_to(true, 2);
    batch[2].segment = syn_to(true, 3);
    answers[1] = -EPERM;
    transmit_send_batch(transmit, batch, SYNS);
    assert_calls((const unsigned[]){1, 2, 1, 1}, 4);
    static const int domains[] = {AF_INET, AF_INET6, AF_INET6, AF_INET};
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(opened[calls[i].fd], domains[i]);
    ck_assert_int_eq(batch[0].code, EACH_LEN4);
    ck_assert_int_eq(batch[1].code, TRANSMIT_REFUSED);
    ck_assert_int_eq(batch[2].code, EACH_LEN6);
    ck_assert_int_eq(batch[3].code, EACH_LEN4);
}
END_TEST

/* ... and what cannot be crafted keeps no other one back. */
START_TEST(one_that_cannot_be_crafted_is_left_out)
{
    batch[_i].segment.flags = TCP_AE << 1;
    transmit_send_batch(transmit, batch, SYNS);
    unsigned sent = 0;
    for (unsigned i = 0; i < call_count; i++)
        sent += calls[i].count;
    ck_assert_uint_eq(sent, SYNS - 1);
    for (int i = 0; i < SYNS; i++)
        ck_assert_int_eq(batch[i].code, i == _i ? -1 : EACH_LEN4);
    ck_assert_msg(strstr(batch[_i].error.text, "cannot be crafted") != NULL, "%s",
                  batch[_i].error.text);
}
END_TEST

/* One segment: tried again after a signal, but not without end. */
START_TEST(one_is_tried_again_after_a_signal)
{
    const uint8_t *bytes;
    const struct outgoing syn = syn_to(false, 1);
    answers[0] = answers[1] = -EINTR;
    ck_assert_int_eq(transmit_send(transmit, &syn, 0, &bytes, &error), EACH_LEN4);
    ck_assert_uint_eq(call_count, 3);
    for (unsigned i = 0; i < CALLS_MAX; i++)
        answers[i] = -EINTR;
    ck_assert_int_eq(transmit_send(transmit, &syn, 0, &bytes, &error), -1);
    ck_assert_uint_le(call_count, 8);
}
END_TEST

START_TEST(one_says_why_it_was_refused)
{
    const uint8_t *bytes;
    const struct outgoing syn = syn_to(false, 1);
    answers[0] = -refusals[_i].code;
    ck_assert_int_eq(transmit_send(transmit, &syn, 0, &bytes, &error), refusals[_i].result);
    ck_assert_uint_eq(call_count, 1);
    ck_assert_uint_eq(transmit_refusal(transmit), refusals[_i].refusal);
}
END_TEST

/* What the error means for a sender, and for whom. */
static const struct {
    int code;
    const char *text;
} hints[] = {
    {EPERM, "sending to 198.51.100.1:443: Operation not permitted (blocked by a local firewall)"},
    {EMSGSIZE, "sending to 198.51.100.1:443: Message too long (larger than the path MTU)"},
    {ENETDOWN, "sending to 198.51.100.1:443: Network is down (the interface is down)"},
    {ENXIO, "sending to 198.51.100.1:443: No such device or address (no such interface)"},
    {ENODEV, "sending to 198.51.100.1:443: No such device (no such interface)"},
    {ENOBUFS, "sending to 198.51.100.1:443: No buffer space available (the queue of the interface "
              "is full)"},
    {EAGAIN, "sending to 198.51.100.1:443: Resource temporarily unavailable (the send buffer is "
             "full; a neighbour may not be answering)"},
    {EACCES, "sending to 198.51.100.1:443: Permission denied"},
    {EHOSTUNREACH, "sending to 198.51.100.1:443: No route to host"},
};

START_TEST(one_says_what_that_means)
{
    const uint8_t *bytes;
    const struct outgoing syn = syn_to(false, 1);
    answers[0] = -hints[_i].code;
    ck_assert_int_lt(transmit_send(transmit, &syn, 0, &bytes, &error), 0);
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_str_eq(error.text, hints[_i].text);
}
END_TEST

/* What cannot be crafted is not sent. */
START_TEST(one_that_cannot_be_crafted_is_not_sent)
{
    const uint8_t *bytes;
    struct outgoing syn = syn_to(false, 1);
    syn.flags = TCP_AE << 1;
    ck_assert_int_eq(transmit_send(transmit, &syn, 0, &bytes, &error), -1);
    ck_assert_uint_eq(call_count, 0);
}
END_TEST

/* IP_MTU_DISCOVER of ip(7): whatever is known of the path. What measures goes through sockets of
 * their own, SYN or not. */
START_TEST(what_measures_ignores_what_is_known)
{
    const bool ipv6 = _i == 1;
    const int level = ipv6 ? IPPROTO_IPV6 : IPPROTO_IP;
    struct outgoing segment = syn_to(ipv6, 1);
    const uint8_t *bytes;
    transmit_close(transmit);
    transmit = transmit_open(!ipv6, ipv6, &error);
    ck_assert_ptr_nonnull(transmit);
    ck_assert_int_eq(transmit_open_measuring(transmit, &error), 0);
    ck_assert_int_eq(opened[set.fd], ipv6 ? AF_INET6 : AF_INET);
    ck_assert_int_eq(set.level, level);
    ck_assert_int_eq(set.name, ipv6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER);
    ck_assert_int_eq(set.value, IP_PMTUDISC_PROBE);
    call_count = 0;
    for (int i = 0; i < 4; i++) {
        segment.measures = i >= 2;
        segment.flags = i % 2 == 0 ? TCP_SYN : TCP_ACK;
        ck_assert_int_gt(transmit_send(transmit, &segment, 0, &bytes, &error), 0);
        ck_assert_int_eq(calls[i].fd == set.fd, segment.measures);
    }
}
END_TEST

START_TEST(both_families_measure)
{
    int fds[2];
    struct outgoing segment;
    const uint8_t *bytes;
    ck_assert_int_eq(transmit_open_measuring(transmit, &error), 0);
    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        segment = syn_to(ipv6 == 1, 1);
        segment.measures = true;
        ck_assert_int_gt(transmit_send(transmit, &segment, 0, &bytes, &error), 0);
        fds[ipv6] = calls[ipv6].fd;
        ck_assert_int_eq(opened[fds[ipv6]], ipv6 == 1 ? AF_INET6 : AF_INET);
    }
    ck_assert_int_ne(fds[0], fds[1]);
}
END_TEST

/* The lowest descriptor that is free. */
static int next_descriptor(void)
{
    int fd = dup(STDERR_FILENO);
    close(fd);
    return fd;
}

START_TEST(what_cannot_measure_says_so)
{
    int next = next_descriptor();
    set.code = ENOPROTOOPT;
    ck_assert_int_eq(transmit_open_measuring(transmit, &error), -1);
    ck_assert_str_eq(error.text, "measuring the path MTU: Protocol not available");
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_int_eq(next_descriptor(), next);
    socket_failing = socket_count;
    socket_code = EMFILE;
    ck_assert_int_eq(transmit_open_measuring(transmit, &error), -1);
    ck_assert_str_eq(error.text,
                     "raw IPv4 socket: Too many open files (256 are enough: ulimit -n 256)");
}
END_TEST

/* Each of the four sockets can be missing; those that are there are closed. */
static const struct {
    int code;
    const char *text[2];
} missing[] = {
    {EPERM, {"needs CAP_NET_RAW", "needs CAP_NET_RAW"}},
    {EACCES, {"needs CAP_NET_RAW", "needs CAP_NET_RAW"}},
    {EMFILE,
     {"raw IPv4 socket: Too many open files (256 are enough: ulimit -n 256)",
      "raw IPv6 socket: Too many open files"}},
};

START_TEST(without_a_socket_nothing_is_sent)
{
    transmit_close(transmit);
    int next = next_descriptor();
    for (int nth = 0; nth < 4; nth++) {
        socket_failing = socket_count + nth;
        socket_code = missing[_i].code;
        ck_assert_ptr_null(transmit_open(true, true, &error));
        ck_assert_int_eq(error.status, STATUS_RUN);
        ck_assert_msg(strstr(error.text, missing[_i].text[nth / 2]) != NULL, "%s", error.text);
        ck_assert_int_eq(next_descriptor(), next);
    }
    transmit = NULL; /* may be closed all the same */
}
END_TEST

/* Those of a family that is not asked for are not opened. */
START_TEST(opens_what_is_wanted_and_closes_it)
{
    static const bool wanted[4][2] = {{true, false}, {false, true}, {true, true}, {false, false}};
    transmit_close(transmit);
    int next = next_descriptor(), before = socket_count;
    transmit = transmit_open(wanted[_i][0], wanted[_i][1], &error);
    ck_assert_ptr_nonnull(transmit);
    ck_assert_int_eq(transmit_open_measuring(transmit, &error), 0);
    int families = wanted[_i][0] + wanted[_i][1];
    ck_assert_int_eq(socket_count - before,
                     families * 3 + (families > 0)); /* one asks the kernel */
    ck_assert_int_eq(transmit_tells_protocol(transmit), families > 0);
    transmit_send_batch(transmit, batch, 0);
    transmit_close(transmit);
    transmit = NULL;
    ck_assert_int_eq(next_descriptor(), next);
}
END_TEST

/* ... of which the answer is no where no socket can be had for that. */
START_TEST(what_cannot_ask_tells_no_protocol)
{
    transmit_close(transmit);
    socket_failing = socket_count + 2;
    socket_code = EMFILE;
    transmit = transmit_open(true, false, &error);
    ck_assert_ptr_nonnull(transmit);
    ck_assert(!transmit_tells_protocol(transmit));
}
END_TEST

/* The send buffer of SYNs is not that of open connections. */
START_TEST(each_kind_has_a_socket)
{
    struct outgoing segment = syn_to(_i == 1, 1);
    const uint8_t *bytes;
    static const uint16_t flags[] = {TCP_SYN, TCP_ACK, TCP_SYN | TCP_ACK, TCP_RST};
    for (size_t i = 0; i < 4; i++) {
        segment.flags = flags[i];
        ck_assert_int_gt(transmit_send(transmit, &segment, 0, &bytes, &error), 0);
        ck_assert_int_eq(opened[calls[i].fd], _i == 1 ? AF_INET6 : AF_INET);
    }
    ck_assert_int_ne(calls[0].fd, calls[1].fd);
    ck_assert_int_eq(calls[1].fd, calls[2].fd);
    ck_assert_int_eq(calls[1].fd, calls[3].fd);
}
END_TEST

/* The same in a batch, where their order stays. */
START_TEST(each_kind_in_a_batch_has_its_socket)
{
    static const uint16_t flags[SYNS] = {TCP_ACK, TCP_FIN | TCP_ACK, TCP_SYN, TCP_RST};
    static const unsigned counts[] = {2, 1, 1};
    for (size_t i = 0; i < SYNS; i++)
        batch[i].segment.flags = flags[i];
    answers[0] = -EAGAIN; /* there is no room for answers; SYNs have their own */
    transmit_send_batch(transmit, batch, SYNS);
    assert_calls(counts, 3);
    ck_assert_int_ne(calls[0].fd, calls[1].fd);
    ck_assert_int_eq(calls[0].fd, calls[2].fd);
    for (size_t i = 0; i < SYNS; i++)
        ck_assert_int_eq(batch[i].code, i < 2 ? TRANSMIT_BUSY : EACH_LEN4);
}
END_TEST

/* All kinds that are sent, of both families, more than are kept to be filled in. */
static const struct {
    uint16_t flags;
    bool timestamps;
} segments[] = {
    {TCP_SYN, false},           {TCP_SYN, true},
    {TCP_ACK, false},           {TCP_ACK, true},
    {TCP_FIN | TCP_ACK, true},  {TCP_FIN | TCP_ACK, false},
    {TCP_RST, false},           {TCP_RST | TCP_ACK, true},
    {TCP_RST | TCP_ACK, false}, {TCP_SYN | TCP_ACK, false},
    {TCP_ACK | TCP_AE, true},   {TCP_ACK | TCP_ECE, true},
};

#define KINDS (sizeof segments / sizeof segments[0])

static struct outgoing of_kind(size_t kind, bool ipv6, uint32_t nth)
{
    struct outgoing segment = syn_to(ipv6, (uint8_t)(nth * 7));
    segment.flags = segments[kind].flags;
    segment.src.port = (uint16_t)(50000 + nth);
    segment.seq = 0x01020304 * (nth + 1);
    segment.ack = (segment.flags & TCP_ACK) != 0 ? 0x0a0b0c0d + nth : 0;
    segment.window = (uint16_t)(64240 + nth);
    segment.ip_id = (uint16_t)(nth + 1);
    segment.ttl = (uint8_t)(64 - nth);
    segment.options.has_timestamps = segments[kind].timestamps;
    segment.options.tsval = segments[kind].timestamps ? 1000 + nth : 0;
    return segment;
}

START_TEST(a_batch_is_as_libnet_crafts_each)
{
    struct transmission many[2 * KINDS];
    const uint8_t *bytes;
    for (uint32_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < 2 * KINDS; i++)
            many[i] = (struct transmission){
                .segment = of_kind(i / 2, i % 2 == 1, (uint32_t)(2 * KINDS * round + i))};
        transmit_send_batch(transmit, many, 2 * KINDS);
        for (size_t i = 0; i < 2 * KINDS; i++) {
            int len = transmit_craft(transmit, &many[i].segment, &bytes, &error);
            ck_assert_int_eq(many[i].code, len);
            ck_assert_mem_eq(many[i].bytes, bytes, (size_t)len);
        }
    }
}
END_TEST

/* Opens it anew, where the kernel takes the protocol or does not know of it. */
static void open_anew(int code)
{
    transmit_close(transmit);
    call_count = 0;
    answers[0] = code;
    transmit = transmit_open(true, true, &error);
    ck_assert_ptr_nonnull(transmit);
    ck_assert_uint_eq(call_count, 1);
    ck_assert_int_eq(beside.protocol, IPPROTO_TCP); /* that question names it too */
    ck_assert_int_eq(beside.count, 1);
    ck_assert_int_eq(transmit_tells_protocol(transmit), code != -EINVAL);
}

/* Rules look at the source, the interface and the protocol. EACCES: a broadcast was refused after
 * all that came beside it had been read. */
START_TEST(the_kernel_routes_by_what_is_beside)
{
    static const int known[] = {-EACCES, -EINVAL};
    const struct outgoing syn4 = syn_to(false, 1), syn6 = syn_to(true, 1);
    static const uint8_t none[16];
    const uint8_t *bytes;
    bool tells = _i == 0;
    open_anew(known[_i]);
    for (unsigned ifindex = 0; ifindex < 8; ifindex += 7) {
        ck_assert_int_gt(transmit_send(transmit, &syn4, ifindex, &bytes, &error), 0);
        ck_assert_int_eq(beside.count, tells ? 2 : 1);
        ck_assert_int_eq(beside.protocol, tells ? IPPROTO_TCP : 0);
        ck_assert_int_eq(beside.info4.ipi_ifindex, (int)ifindex);
        ck_assert_mem_eq(&beside.info4.ipi_spec_dst, syn4.src.address.bytes, 4);
        ck_assert_int_gt(transmit_send(transmit, &syn6, ifindex, &bytes, &error), 0);
        ck_assert_int_eq(beside.count, 1);
        ck_assert_uint_eq(beside.info6.ipi6_ifindex, ifindex);
        ck_assert_mem_eq(&beside.info6.ipi6_addr, ifindex == 0 ? syn6.src.address.bytes : none, 16);
        ck_assert_uint_eq(ntohs(beside.to.sin6_port), tells ? IPPROTO_TCP : 0);
        ck_assert_uint_eq(beside.to.sin6_scope_id, ifindex);
        ck_assert_mem_eq(&beside.to.sin6_addr, syn6.dst.address.bytes, 16);
    }
}
END_TEST

START_TEST(each_of_a_batch_has_its_interface)
{
    for (unsigned ifindex = 0; ifindex < 8; ifindex += 7) {
        batch[0] = (struct transmission){.segment = syn_to(_i == 1, 1), .ifindex = ifindex};
        transmit_send_batch(transmit, batch, 1);
        ck_assert_int_gt(batch[0].code, 0);
        ck_assert_uint_eq(_i == 1 ? beside.info6.ipi6_ifindex : (unsigned)beside.info4.ipi_ifindex,
                          ifindex);
    }
}
END_TEST

int main(void)
{
    const int kinds = sizeof refusals / sizeof refusals[0];
    Suite *suite = suite_create("batch");
    TCase *tests = tcase_create("batch");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, one_call_sends_them_all);
    tcase_add_loop_test(tests, each_of_a_batch_has_its_interface, 0, 2);
    tcase_add_loop_test(tests, one_that_is_refused_fails_alone, 0, kinds);
    tcase_add_test(tests, those_behind_one_that_was_refused_are_sent_once);
    tcase_add_test(tests, none_of_its_connection_goes_out_after_one_that_is_blocked);
    tcase_add_test(tests, those_behind_one_that_is_lost_go_out);
    tcase_add_loop_test(tests, no_room_is_for_none_of_the_rest, 0, 2);
    tcase_add_test(tests, a_signal_costs_none);
    tcase_add_test(tests, families_take_turns);
    tcase_add_loop_test(tests, one_that_cannot_be_crafted_is_left_out, 0, SYNS);
    tcase_add_test(tests, one_is_tried_again_after_a_signal);
    tcase_add_loop_test(tests, one_says_why_it_was_refused, 0, kinds);
    tcase_add_loop_test(tests, one_says_what_that_means, 0, sizeof hints / sizeof hints[0]);
    tcase_add_test(tests, one_that_cannot_be_crafted_is_not_sent);
    tcase_add_loop_test(tests, each_kind_has_a_socket, 0, 2);
    tcase_add_loop_test(tests, what_measures_ignores_what_is_known, 0, 2);
    tcase_add_test(tests, both_families_measure);
    tcase_add_test(tests, what_cannot_measure_says_so);
    tcase_add_loop_test(tests, without_a_socket_nothing_is_sent, 0, 3);
    tcase_add_loop_test(tests, opens_what_is_wanted_and_closes_it, 0, 4);
    tcase_add_test(tests, what_cannot_ask_tells_no_protocol);
    tcase_add_test(tests, each_kind_in_a_batch_has_its_socket);
    tcase_add_test(tests, a_batch_is_as_libnet_crafts_each);
    tcase_add_loop_test(tests, the_kernel_routes_by_what_is_beside, 0, 2);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
