/* SPDX-License-Identifier: BSD-2-Clause */
/* On a TAP device, whose other end answers ARP or does not. */
#include <arpa/inet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "net/routing/neighbour.h"
#include "net/routing/netlink.h"
#include "network.h"

#define OWN       0x0a090001 /* 10.9.0.1 */
#define ARP_FRAME 42
#define WAIT_MS   2000

static const struct address peer = {FAMILY_IPV4, {10, 9, 0, 2}};
static const struct address itself = {FAMILY_IPV4, {127, 0, 0, 1}};
static struct error error;
static struct netlink *netlink;
static int device = -1;
static unsigned ifindex;

static void set_up(void)
{
    netlink = netlink_open(&error);
    ck_assert_msg(netlink != NULL, "%s", error.text);
}

static void tear_down(void)
{
    netlink_close(netlink);
}

/* Something for the peer, which the kernel keeps until it knows where to send it. */
static void send_something(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
    memcpy(&to.sin_addr, peer.bytes, 4);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    ck_assert_int_eq(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof to), 1);
    close(fd);
}

/* The question of the kernel, other frames passed over. */
static void read_question(uint8_t frame[ARP_FRAME])
{
    uint8_t bytes[2048];
    struct pollfd ready = {.fd = device, .events = POLLIN};
    while (poll(&ready, 1, WAIT_MS) == 1)
        if (read(device, bytes, sizeof bytes) == ARP_FRAME && bytes[12] == 0x08 &&
            bytes[13] == 0x06 && memcmp(bytes + 38, peer.bytes, 4) == 0) {
            memcpy(frame, bytes, ARP_FRAME);
            return;
        }
    ck_abort_msg("the kernel did not ask");
}

static void answer(void)
{
    static const uint8_t mac[] = {2, 0, 0, 0, 0, 2};
    uint8_t question[ARP_FRAME], reply[ARP_FRAME];
    read_question(question);
    memcpy(reply, question, ARP_FRAME);
    memcpy(reply, question + 6, 6);
    memcpy(reply + 6, mac, 6);
    reply[21] = 2; /* ARPOP_REPLY: RFC 826 */
    memcpy(reply + 22, mac, 6);
    memcpy(reply + 28, question + 38, 4);
    memcpy(reply + 32, question + 22, 10);
    ck_assert_int_eq(write(device, reply, ARP_FRAME), ARP_FRAME);
}

START_TEST(a_neighbour_is_silent_until_it_answers)
{
    ck_assert_int_eq(neighbour_ask(netlink, ifindex, &peer), NEIGHBOUR_UNKNOWN);
    send_something();
    ck_assert_int_eq(neighbour_ask(netlink, ifindex, &peer), NEIGHBOUR_SILENT);
    answer();
    ck_assert_int_eq(neighbour_ask(netlink, ifindex, &peer), NEIGHBOUR_KNOWN);
}
END_TEST

START_TEST(where_there_are_no_neighbours_none_is_silent)
{
    ck_assert_int_eq(neighbour_ask(netlink, 1, &itself), NEIGHBOUR_UNKNOWN);
    ck_assert_int_eq(neighbour_ask(netlink, 9999, &peer), NEIGHBOUR_UNKNOWN);
}
END_TEST

int main(void)
{
    if (!network_alone() || (device = network_device("tap0", true, OWN)) < 0) {
        puts("1..0 # SKIP needs a network namespace and /dev/net/tun");
        return 0;
    }
    ifindex = if_nametoindex("tap0");
    Suite *suite = suite_create("neighbour");
    TCase *tests = tcase_create("neighbour");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_neighbour_is_silent_until_it_answers);
    tcase_add_test(tests, where_there_are_no_neighbours_none_is_silent);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
