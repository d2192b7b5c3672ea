/* SPDX-License-Identifier: BSD-2-Clause */
/* The capture on all interfaces, in a network of its own: which frames it takes, where it says that
 * they were, and that exchanging its filter loses none. */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "net/capture.h"
#include "network.h"
#include "wire/decode.h"

#define FIRST   40000
#define LAST    40009
#define OWN     0x0a090001 /* 10.9.0.1 */
#define PEER    0x0a090002
#define NOBODY  0x0a090063
#define FOREIGN 7001

#define SYN 0x02
#define RST 0x04
#define ACK 0x10

static struct error error;
static int device = -1;
static uint32_t ifindex;

static struct lanefilter plain(void)
{
    return (struct lanefilter){.port_first = FIRST, .port_last = LAST};
}

static struct capture *open_any(const struct lanefilter *wanted)
{
    struct capture *any = capture_open_any(wanted, &error);
    ck_assert_msg(any != NULL, "%s", error.text);
    return any;
}

/* As if it came from the network. */
static void arrives_for(uint32_t dst, uint16_t src_port, uint16_t dst_port, uint8_t flags,
                        uint32_t seq)
{
    uint8_t bytes[128];
    size_t len = network_segment(bytes, PEER, src_port, dst, dst_port, seq, flags, 10);
    ck_assert_int_eq(write(device, bytes, len), (ssize_t)len);
}

static void arrives(uint16_t src_port, uint16_t dst_port, uint8_t flags, uint32_t seq)
{
    arrives_for(OWN, src_port, dst_port, flags, seq);
}

struct seen {
    int count, outgoing;
    uint32_t ifindex, next_seq;
};

static void take(void *user, struct capture *capture, const struct frame *frame)
{
    struct seen *seen = user;
    struct place place = {.ifindex = 0};
    struct segment segment;
    (void)capture;
    ck_assert(capture_place(frame, &place));
    if (segment_decode(frame, &segment) != SEGMENT_TCP || (segment.flags & TCP_RST) != 0)
        return; /* the kernel answers what it does not know */
    if (segment.seq == seen->next_seq)
        seen->next_seq++;
    seen->count++;
    seen->outgoing += place.outgoing;
    seen->ifindex = place.ifindex;
}

/* A frame is in the ring before write(2) returns. */
static struct seen look(struct capture *any)
{
    struct seen seen = {.count = 0};
    ck_assert_int_ge(capture_read(any, 1000, take, &seen, &error), 0);
    return seen;
}

static const struct {
    uint16_t src, dst;
    uint8_t flags;
    bool watched; /* the device has a capture of its own */
    bool taken;
} frames[] = {
    {80, FIRST, SYN | ACK, false, true},  {80, FIRST, ACK, false, true},
    {80, LAST, ACK, false, true},         {80, FIRST, SYN | ACK, true, false},
    {80, FIRST, ACK, true, false},        {80, FOREIGN, SYN | ACK, false, true},
    {80, FOREIGN, SYN | ACK, true, true}, /* ours perhaps, if this host translates */
    {80, FOREIGN, ACK, false, false},     {80, FOREIGN, ACK, true, false},
};

START_TEST(takes_what_may_be_ours)
{
    struct lanefilter wanted = plain();
    wanted.watched = &ifindex;
    wanted.watched_count = frames[_i].watched;
    struct capture *any = open_any(&wanted);
    arrives(frames[_i].src, frames[_i].dst, frames[_i].flags, 0);
    struct seen seen = look(any);
    ck_assert_int_eq(seen.count, frames[_i].taken);
    if (frames[_i].taken)
        ck_assert_uint_eq(seen.ifindex, ifindex);
    ck_assert_int_eq(seen.outgoing, 0);
    ck_assert_uint_eq(capture_dropped(any), 0);
    capture_close(any);
}
END_TEST

/* The kernel's own SYN by the device. */
START_TEST(tells_what_goes_out)
{
    const struct lanefilter wanted = plain();
    struct capture *any = open_any(&wanted);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(80)};
    to.sin_addr.s_addr = htonl(PEER);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof to), -1);
    close(fd);
    struct seen seen = look(any);
    ck_assert_int_eq(seen.count, 1);
    ck_assert_int_eq(seen.outgoing, 1);
    ck_assert_uint_eq(seen.ifindex, ifindex);
    capture_close(any);
}
END_TEST

START_TEST(follows_a_pair_and_loses_no_frame)
{
    enum { ROUNDS = 200 };
    const uint16_t pair[1][2] = {{FOREIGN, 80}};
    struct lanefilter wanted = plain(), before = plain();
    wanted.pairs = pair;
    wanted.pair_count = 1;
    struct capture *any = open_any(&before);
    arrives(80, FOREIGN, ACK, 0);
    ck_assert_int_eq(look(any).count, 0);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        ck_assert_msg(capture_follow(any, &wanted, &error) == 0, "%s", error.text);
        arrives(80, FOREIGN, ACK, i);
        arrives(80, FOREIGN + 1, ACK, i); /* another one */
    }
    struct seen seen = look(any);
    ck_assert_int_eq(seen.count, ROUNDS);
    ck_assert_uint_eq(seen.next_seq, ROUNDS);
    ck_assert_int_eq(capture_follow(any, &before, &error), 0);
    arrives(80, FOREIGN, ACK, 0);
    ck_assert_int_eq(look(any).count, 0);
    capture_close(any);
}
END_TEST

/* So many that the program of the filter gets long. */
START_TEST(follows_many_pairs)
{
    enum { PAIRS = 100 };
    static uint16_t pairs[PAIRS][2];
    struct lanefilter wanted = plain();
    for (int i = 0; i < PAIRS; i++) {
        pairs[i][0] = (uint16_t)(FOREIGN + i);
        pairs[i][1] = 80;
    }
    wanted.pairs = (const uint16_t(*)[2])pairs;
    wanted.pair_count = PAIRS;
    const struct lanefilter before = plain();
    struct capture *any = open_any(&before);
    ck_assert_msg(capture_follow(any, &wanted, &error) == 0, "%s", error.text);
    arrives(80, FOREIGN + PAIRS - 1, ACK, 0);
    arrives(80, FOREIGN + PAIRS, ACK, 0);
    arrives(81, FOREIGN, ACK, 0); /* one port is not a pair */
    arrives(80, 80, ACK, 0);
    arrives(FOREIGN + 1, FOREIGN, ACK, 0);
    ck_assert_int_eq(look(any).count, 1);
    arrives(FOREIGN + 1, 80, ACK, 0); /* the other way */
    ck_assert_int_eq(look(any).count, 1);
    capture_close(any);
}
END_TEST

/* A reset of another port may be of ours before it was translated. */
START_TEST(takes_resets_of_all_ports)
{
    const struct lanefilter wanted = plain();
    struct seen seen = {.count = 0};
    struct capture *any = open_any(&wanted);
    arrives(80, FOREIGN, RST, 0);
    ck_assert_int_eq(capture_read(any, 1000, take, &seen, &error), 1);
    arrives(80, FOREIGN, RST | ACK, 0);
    ck_assert_int_eq(capture_read(any, 1000, take, &seen, &error), 1);
    capture_close(any);
}
END_TEST

START_TEST(a_filter_needs_a_socket)
{
    const struct lanefilter wanted = plain();
    ck_assert_int_eq(lanefilter_attach(&wanted, -1, &error), -1);
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_str_eq(error.text, "capture filter: Bad file descriptor");
}
END_TEST

/* Two devices may be watched, and more: none of their frames is taken twice. */
START_TEST(each_watched_interface_is_left_out)
{
    const uint32_t watched[3] = {_i == 0 ? ifindex : 1, _i == 1 ? ifindex : 1,
                                 _i == 2 ? ifindex : 1};
    struct lanefilter wanted = plain();
    wanted.watched = watched;
    wanted.watched_count = 3;
    struct capture *any = open_any(&wanted);
    arrives(80, FIRST, SYN | ACK, 0);
    ck_assert_int_eq(look(any).count, 0);
    capture_close(any);
}
END_TEST

/* Our frames are found in the crowd, and the crowd costs no frame of ours. */
START_TEST(stands_a_busy_host)
{
    enum { CROWD = 20000 };
    const struct lanefilter wanted = plain();
    struct capture *any = open_any(&wanted);
    for (uint32_t i = 0; i < CROWD; i++)
        arrives_for(NOBODY, 80, (uint16_t)(1000 + i % 30000), ACK, i);
    arrives(80, FIRST, SYN | ACK, 0);
    ck_assert_int_eq(look(any).count, 1);
    ck_assert_uint_eq(capture_dropped(any), 0);
    capture_close(any);
}
END_TEST

/* Connections of others that begin by the thousand look like ours at first. */
START_TEST(stands_a_storm_of_foreign_connections)
{
    enum { STORM = 100000, BATCH = 500 };
    const struct lanefilter wanted = plain();
    struct capture *any = open_any(&wanted);
    int count = 0;
    for (uint32_t i = 0; i < STORM; i++) {
        arrives_for(NOBODY, 80, (uint16_t)(1000 + i % 30000), SYN, i);
        if (i % BATCH == 0)
            count += look(any).count;
    }
    arrives(80, FIRST, SYN | ACK, 0);
    count += look(any).count;
    ck_assert_int_eq(count, STORM + 1);
    ck_assert_uint_eq(capture_dropped(any), 0);
    capture_close(any);
}
END_TEST

/* ... for frames of every protocol. */
static void assert_bound(const struct capture *capture, unsigned to)
{
    struct sockaddr_ll name;
    socklen_t len = sizeof name;
    ck_assert_int_eq(getsockname(capture_fd(capture), (struct sockaddr *)&name, &len), 0);
    ck_assert_int_eq(name.sll_ifindex, (int)to);
    ck_assert_uint_eq(ntohs(name.sll_protocol), ETH_P_ALL);
}

/* A capture may go on on an interface whose frames look the same: lo has Ethernet headers. */
START_TEST(moves_where_the_frames_look_the_same)
{
    int tap = network_device("tap0", true, 0x0a0a0001);
    struct capture *capture = capture_open("lo", CAPTURE_FRAMES_LEAST, FIRST, LAST, &error);
    ck_assert_msg(tap >= 0 && capture != NULL, "%s", error.text);
    ck_assert_int_eq(capture_move(capture, "tap0", if_nametoindex("tap0"), &error), 0);
    assert_bound(capture, if_nametoindex("tap0"));
    ck_assert_int_eq(capture_move(capture, "lo", if_nametoindex("lo"), &error), 0);
    assert_bound(capture, if_nametoindex("lo"));
    ck_assert_int_eq(capture_move(capture, "tun0", ifindex, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "tun0 has another link type"));
    capture_close(capture);
    capture = capture_open("tun0", CAPTURE_FRAMES_LEAST, FIRST, LAST, &error);
    ck_assert_msg(capture != NULL, "%s", error.text);
    ck_assert_int_eq(capture_move(capture, "tun0", ifindex, &error), 0);
    ck_assert_int_eq(capture_move(capture, "tap0", if_nametoindex("tap0"), &error), -1);
    ck_assert_int_eq(capture_move(capture, "gone0", 9999, &error), -1);
    ck_assert_str_eq(error.text, "capture on gone0: No such device");
    capture_close(capture);
    close(tap);
}
END_TEST

START_TEST(a_frame_of_another_capture_names_no_place)
{
    static const uint8_t bytes[20];
    struct place place;
    const struct frame raw = {.bytes = bytes, .captured_len = 20, .wire_len = 20, .link = LINK_RAW};
    const struct frame cut = {
        .bytes = bytes, .captured_len = 10, .wire_len = 20, .link = LINK_SLL2};
    ck_assert(!capture_place(&raw, &place));
    ck_assert(!capture_place(&cut, &place));
}
END_TEST

int main(void)
{
    if (!network_alone() || (device = network_device("tun0", false, OWN)) < 0) {
        puts("1..0 # SKIP needs a network namespace and /dev/net/tun");
        return 0;
    }
    ifindex = if_nametoindex("tun0");
    Suite *suite = suite_create("capture");
    TCase *tests = tcase_create("any");
    tcase_add_loop_test(tests, takes_what_may_be_ours, 0, sizeof frames / sizeof frames[0]);
    tcase_add_test(tests, tells_what_goes_out);
    tcase_add_test(tests, follows_a_pair_and_loses_no_frame);
    tcase_add_test(tests, follows_many_pairs);
    tcase_add_test(tests, takes_resets_of_all_ports);
    tcase_add_test(tests, a_filter_needs_a_socket);
    tcase_add_loop_test(tests, each_watched_interface_is_left_out, 0, 3);
    tcase_add_test(tests, stands_a_busy_host);
    tcase_add_test(tests, stands_a_storm_of_foreign_connections);
    tcase_add_test(tests, moves_where_the_frames_look_the_same);
    tcase_add_test(tests, a_frame_of_another_capture_names_no_place);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
