/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices of a network of its own, by their names and numbers. */
#include "net/routing/device.h"

#include <errno.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "net/routing/netlink.h"
#include "network.h"

#define NAME  "tun0"
#define MTU   1400
#define SHORT "alternative"
#define LONG  "an-alternative-name-that-is-too-long-for-a-name"

static struct netlink *netlink;
static struct device device;
static struct error error;
static int end = -1, control = -1;

static void set_up(void)
{
    netlink = netlink_open(&error);
    ck_assert_msg(netlink != NULL, "%s", error.text);
    memset(&device, 0xff, sizeof device); /* what was there before is gone */
}

static void tear_down(void)
{
    netlink_close(netlink);
}

static int ignore(const struct nlmsghdr *reply, void *user)
{
    (void)reply;
    (void)user;
    return MNL_CB_OK;
}

/* What is done is not acknowledged; what is refused is answered at once. */
static void give_name(const char *name)
{
    char buffer[NETLINK_REQUEST_MAX] = {0};
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    request->nlmsg_type = RTM_NEWLINKPROP;
    struct ifinfomsg *info = mnl_nlmsg_put_extra_header(request, sizeof *info);
    info->ifi_index = (int)if_nametoindex(NAME);
    struct nlattr *list = mnl_attr_nest_start(request, IFLA_PROP_LIST);
    mnl_attr_put_strz(request, IFLA_ALT_IFNAME, name);
    mnl_attr_nest_end(request, list);
    list->nla_type |= NLA_F_NESTED;
    int code = netlink_ask(netlink, request, ignore, NULL);
    ck_assert_msg(code == EAGAIN || code == EEXIST, "%s", strerror(code));
}

static void assert_found(const char *name, unsigned ifindex)
{
    int code = device_lookup(netlink, name, ifindex, &device);
    ck_assert_msg(code == 0, "%s: %s", name, strerror(code));
    ck_assert_uint_eq(device.ifindex, if_nametoindex(NAME));
    ck_assert_str_eq(device.name, NAME);
    ck_assert_uint_eq(device.mtu, MTU);
    ck_assert(device.up);
}

START_TEST(is_found_by_name_and_number)
{
    assert_found(NAME, 0);
    memset(&device, 0xff, sizeof device);
    assert_found(NULL, if_nametoindex(NAME));
}
END_TEST

/* One as long as a name may be with its end is as good as a longer one, up to the longest. */
START_TEST(is_found_by_another_name)
{
    char exact[IF_NAMESIZE + 1], shorter[IF_NAMESIZE], longest[DEVICE_NAME_MAX];
    const char *const names[] = {SHORT, LONG, exact, shorter, longest};
    memset(exact, 'e', sizeof exact);
    memset(shorter, 's', sizeof shorter);
    memset(longest, 'l', sizeof longest);
    exact[sizeof exact - 1] = shorter[sizeof shorter - 1] = longest[sizeof longest - 1] = '\0';
    give_name(names[_i]);
    assert_found(names[_i], 0);
}
END_TEST

START_TEST(what_is_none_is_not_found)
{
    char too_long[DEVICE_NAME_MAX + 1];
    memset(too_long, 'x', sizeof too_long - 1);
    too_long[sizeof too_long - 1] = '\0';
    ck_assert_int_eq(device_lookup(netlink, "gone0", 0, &device), ENODEV);
    ck_assert_int_eq(device_lookup(netlink, "gone-and-too-long-for-a-name", 0, &device), ENODEV);
    ck_assert_int_eq(device_lookup(netlink, too_long, 0, &device), ENODEV);
    ck_assert_int_eq(device_lookup(netlink, NULL, 9999, &device), ENODEV);
}
END_TEST

static void set_flags(bool up)
{
    struct ifreq request = {.ifr_flags = (short)(up ? IFF_UP : 0)};
    strcpy(request.ifr_name, NAME);
    ck_assert_int_eq(ioctl(control, SIOCSIFFLAGS, &request), 0);
}

/* Up is what the operator says; without a carrier it is that still. */
START_TEST(is_up_or_down)
{
    int carrier = 0;
    set_flags(false);
    int code = device_lookup(netlink, NAME, 0, &device);
    set_flags(true);
    ck_assert_int_eq(code, 0);
    ck_assert(!device.up);
    ck_assert_int_eq(ioctl(end, TUNSETCARRIER, &carrier), 0);
    code = device_lookup(netlink, NAME, 0, &device);
    carrier = 1;
    ck_assert_int_eq(ioctl(end, TUNSETCARRIER, &carrier), 0);
    ck_assert_int_eq(code, 0);
    ck_assert(device.up);
}
END_TEST

static bool set_mtu(void)
{
    struct ifreq request = {.ifr_mtu = MTU};
    strcpy(request.ifr_name, NAME);
    control = socket(AF_INET, SOCK_DGRAM, 0);
    return ioctl(control, SIOCSIFMTU, &request) == 0;
}

int main(void)
{
    if (!network_alone() || (end = network_device(NAME, false, 0x0a090001)) < 0 || !set_mtu()) {
        puts("1..0 # SKIP needs a network namespace and /dev/net/tun");
        return 0;
    }
    Suite *suite = suite_create("device");
    TCase *tests = tcase_create("device");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, is_found_by_name_and_number);
    tcase_add_loop_test(tests, is_found_by_another_name, 0, 5);
    tcase_add_test(tests, what_is_none_is_not_found);
    tcase_add_test(tests, is_up_or_down);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
