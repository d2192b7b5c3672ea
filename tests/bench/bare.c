/* SPDX-License-Identifier: BSD-2-Clause */
/* A bare loop that sends SYNs and captures, without judging: what the machine alone takes for each
 * target. SYNs from 64 guarded ports go out by sendmmsg in batches of 64; a libpcap ring shows both
 * directions, whose segments are counted by their flags and nothing else. Nothing is sent again:
 * what does not come back within GIVE_UP_NS is lost, and is told.
 *
 * usage: bare INTERFACE SOURCE DESTINATION FIRST LAST    (IPv4 addresses, ports) */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include "net/guard.h"

#define GUARDS       64
#define BATCH        64
#define WINDOW_LEAST 256
#define WINDOW_MOST  4096
#define RING_BYTES   (32 << 20)
#define SNAPLEN      96
#define GIVE_UP_NS   INT64_C(50000000)
#define PORT_FIRST   61000 /* behind the usual ephemeral ports, in an aligned stretch */
#define PORT_LAST    65535

#define IP_BYTES  20
#define TCP_BYTES 40
#define SYN_BYTES (IP_BYTES + TCP_BYTES)

static struct {
    pcap_t *pcap;
    int link_bytes, raw;
    struct in_addr source, destination;
    uint32_t next, last; /* ports */
    uint16_t guards[GUARDS];
    uint64_t sent, seen_out, open, closed, other, lost;
    uint64_t window, in_flight;
    int64_t last_answer_ns;
} loop;

static _Noreturn void fail(const char *what, const char *why)
{
    fprintf(stderr, "bare: %s: %s\n", what, why);
    exit(2);
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static uint32_t sum(const uint8_t *at, size_t len, uint32_t total)
{
    for (size_t i = 0; i < len; i += 2)
        total += (uint32_t)at[i] << 8 | at[i + 1];
    return total;
}

/* The Internet checksum, RFC 1071. */
static uint32_t folded(uint32_t total)
{
    while (total > 0xffff)
        total = (total & 0xffff) + (total >> 16);
    return ~total & 0xffff;
}

/* A SYN as Linux sends it: MSS, SACK permitted, timestamps, window scale. */
static void make_syn(uint8_t *out, uint16_t from, uint16_t to)
{
    static const uint8_t head[SYN_BYTES] = {0x45,
                                            0,
                                            0,
                                            SYN_BYTES,
                                            0,
                                            0,
                                            0x40,
                                            0,
                                            64,
                                            6,
                                            [IP_BYTES + 12] = 0xa0,
                                            2,
                                            0xfa,
                                            0xf0,
                                            [IP_BYTES + 20] = 2,
                                            4,
                                            5,
                                            0xb4,
                                            4,
                                            2,
                                            8,
                                            10,
                                            0,
                                            0,
                                            0,
                                            1,
                                            0,
                                            0,
                                            0,
                                            0,
                                            1,
                                            3,
                                            3,
                                            7};
    uint8_t *tcp = out + IP_BYTES;
    memcpy(out, head, SYN_BYTES);
    memcpy(out + 12, &loop.source, 4);
    memcpy(out + 16, &loop.destination, 4);
    put16(tcp, from);
    put16(tcp + 2, to);
    put16(tcp + 4, to * 40503u); /* a number of its own; nobody guesses here */
    put16(tcp + 6, from);
    put16(tcp + 16, folded(sum(tcp, TCP_BYTES, sum(out + 12, 8, 6 + TCP_BYTES))));
}

/* Sends the next SYNs, at most a batch. Returns false when the kernel takes no more for now. */
static bool send_batch(size_t count)
{
    static uint8_t syns[BATCH][SYN_BYTES];
    struct iovec parts[BATCH];
    struct mmsghdr messages[BATCH];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = loop.destination};
    memset(messages, 0, sizeof messages);
    for (size_t i = 0; i < count; i++) {
        make_syn(syns[i], loop.guards[(loop.next + i) % GUARDS], (uint16_t)(loop.next + i));
        parts[i] = (struct iovec){syns[i], SYN_BYTES};
        messages[i].msg_hdr = (struct msghdr){
            .msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &parts[i], .msg_iovlen = 1};
    }
    int done = sendmmsg(loop.raw, messages, (unsigned)count, MSG_DONTWAIT);
    if (done < 0 && errno != EAGAIN && errno != ENOBUFS)
        fail("sendmmsg", strerror(errno));
    if (done <= 0)
        return false;
    loop.next += (uint32_t)done;
    loop.sent += (uint64_t)done;
    loop.in_flight += (uint64_t)done;
    return true;
}

static void send_some(void)
{
    while (loop.next <= loop.last && loop.in_flight + BATCH <= loop.window) {
        size_t left = loop.last - loop.next + 1;
        if (!send_batch(left < BATCH ? left : BATCH))
            return;
    }
}

static void answered(uint64_t *count)
{
    (*count)++;
    loop.in_flight -= loop.in_flight > 0;
    loop.window += loop.window < WINDOW_MOST;
    loop.last_answer_ns = now_ns();
}

static void take(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
    (void)user;
    const uint8_t *ip = bytes + loop.link_bytes;
    if (header->caplen < (bpf_u_int32)loop.link_bytes + IP_BYTES + 20)
        return;
    uint8_t flags = ip[(ip[0] & 0xf) * 4 + 13] & 0x17;
    bool outgoing = memcmp(ip + 12, &loop.source, 4) == 0;
    if (outgoing)
        loop.seen_out += flags == 0x02;
    else
        answered(flags == 0x12 ? &loop.open : (flags & 0x04) != 0 ? &loop.closed : &loop.other);
}

static void open_capture(const char *interface)
{
    char reason[PCAP_ERRBUF_SIZE] = "", filter[128];
    struct bpf_program program;
    snprintf(filter, sizeof filter, "tcp portrange %d-%d", PORT_FIRST, PORT_LAST);
    loop.pcap = pcap_create(interface, reason);
    if (loop.pcap == NULL)
        fail(interface, reason);
    pcap_set_snaplen(loop.pcap, SNAPLEN);
    pcap_set_buffer_size(loop.pcap, RING_BYTES);
    pcap_set_timeout(loop.pcap, 1); /* blocks are handed over after this at the latest */
    pcap_set_tstamp_precision(loop.pcap, PCAP_TSTAMP_PRECISION_NANO);
    if (pcap_activate(loop.pcap) < 0 ||
        pcap_compile(loop.pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) != 0 ||
        pcap_setfilter(loop.pcap, &program) != 0 || pcap_setnonblock(loop.pcap, 1, reason) != 0)
        fail(interface, pcap_geterr(loop.pcap));
    pcap_freecode(&program);
    loop.link_bytes = pcap_datalink(loop.pcap) == DLT_EN10MB ? 14 : 0;
}

static void open_guards(void)
{
    static struct guard guards[GUARDS];
    struct address source = {.family = FAMILY_IPV4};
    struct error error;
    memcpy(source.bytes, &loop.source, 4);
    for (size_t i = 0; i < GUARDS; i++) {
        if (guard_open_any(&guards[i], &source, PORT_FIRST, PORT_LAST, &error) != 0)
            fail("guard", error.text);
        loop.guards[i] = guards[i].port;
    }
}

static void run(void)
{
    struct pollfd ready = {.fd = pcap_get_selectable_fd(loop.pcap), .events = POLLIN};
    loop.window = WINDOW_LEAST;
    loop.last_answer_ns = now_ns();
    while (loop.next <= loop.last || loop.in_flight > 0) {
        send_some();
        int got = pcap_dispatch(loop.pcap, -1, take, NULL);
        if (got < 0)
            fail("capture", pcap_geterr(loop.pcap));
        if (got == 0)
            poll(&ready, 1, 1);
        if (now_ns() - loop.last_answer_ns > GIVE_UP_NS) {
            loop.lost += loop.in_flight;
            loop.in_flight = 0;
            loop.window = WINDOW_LEAST;
            loop.last_answer_ns = now_ns();
        }
    }
}

int main(int argc, char **argv)
{
    if (argc != 6 || inet_pton(AF_INET, argv[2], &loop.source) != 1 ||
        inet_pton(AF_INET, argv[3], &loop.destination) != 1)
        fail("usage", "bare INTERFACE SOURCE DESTINATION FIRST LAST");
    loop.next = (uint32_t)strtoul(argv[4], NULL, 10);
    loop.last = (uint32_t)strtoul(argv[5], NULL, 10);
    uint64_t targets = loop.last - loop.next + 1;
    loop.raw = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
    if (loop.raw < 0)
        fail("raw socket", strerror(errno));
    open_guards();
    open_capture(argv[1]);
    int64_t start_ns = now_ns();
    run();
    double seconds = (double)(now_ns() - start_ns) / 1e9;
    struct pcap_stat dropped = {0};
    pcap_stats(loop.pcap, &dropped);
    printf(
        "seconds %.4f targets %llu open %llu closed %llu other %llu lost %llu echoes %llu dropped "
        "%u\n",
        seconds, (unsigned long long)targets, (unsigned long long)loop.open,
        (unsigned long long)loop.closed, (unsigned long long)loop.other,
        (unsigned long long)loop.lost, (unsigned long long)loop.seen_out, dropped.ps_drop);
    pcap_close(loop.pcap);
    return 0;
}
