/* SPDX-License-Identifier: BSD-2-Clause */
#include "network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "harness.h"

#define IPV4_HEADER 20
#define TCP_HEADER  20

static struct sockaddr_in ipv4(uint32_t address)
{
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(address)};
}

static bool bring_up(int fd, const char *name)
{
    struct ifreq request = {.ifr_flags = 0};
    strcpy(request.ifr_name, name);
    if (ioctl(fd, SIOCGIFFLAGS, &request) != 0)
        return false;
    request.ifr_flags |= IFF_UP;
    return ioctl(fd, SIOCSIFFLAGS, &request) == 0;
}

bool network_alone(void)
{
    if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
        return false;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    bool up = fd >= 0 && bring_up(fd, "lo");
    close(fd);
    return up;
}

static bool configure(const char *name, uint32_t address)
{
    struct sockaddr_in own = ipv4(address), mask = ipv4(0xffffff00);
    struct ifreq request = {.ifr_flags = 0};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    strcpy(request.ifr_name, name);
    memcpy(&request.ifr_addr, &own, sizeof own);
    bool done = ioctl(fd, SIOCSIFADDR, &request) == 0;
    memcpy(&request.ifr_netmask, &mask, sizeof mask);
    done = done && ioctl(fd, SIOCSIFNETMASK, &request) == 0 && bring_up(fd, name);
    close(fd);
    return done;
}

int network_device(const char *name, bool tap, uint32_t address)
{
    struct ifreq request = {.ifr_flags = (short)((tap ? IFF_TAP : IFF_TUN) | IFF_NO_PI)};
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    strcpy(request.ifr_name, name);
    if (fd >= 0 && ioctl(fd, TUNSETIFF, &request) == 0 && configure(name, address))
        return fd;
    close(fd);
    return -1;
}

static void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

static unsigned sum(const uint8_t *bytes, size_t len, unsigned start)
{
    for (size_t i = 0; i + 1 < len; i += 2)
        start += (unsigned)(bytes[i] << 8 | bytes[i + 1]);
    while (start >> 16 != 0)
        start = (start & 0xffff) + (start >> 16);
    return start;
}

size_t network_segment(uint8_t *out, uint32_t src, uint16_t src_port, uint32_t dst,
                       uint16_t dst_port, uint32_t seq, uint8_t flags, size_t len)
{
    size_t tcp_len = TCP_HEADER + len, all = IPV4_HEADER + tcp_len;
    uint8_t *tcp = out + IPV4_HEADER;
    memset(out, 0, all);
    out[0] = 0x45;
    put16(out + 2, (unsigned)all);
    out[8] = 64;
    out[9] = IPPROTO_TCP;
    put32(out + 12, src);
    put32(out + 16, dst);
    put16(out + 10, ~sum(out, IPV4_HEADER, 0) & 0xffff);
    put16(tcp, src_port);
    put16(tcp + 2, dst_port);
    put32(tcp + 4, seq);
    tcp[12] = TCP_HEADER / 4 << 4;
    tcp[13] = flags;
    unsigned pseudo = sum(out + 12, 8, IPPROTO_TCP + (unsigned)tcp_len);
    put16(tcp + 16, ~sum(tcp, tcp_len, pseudo) & 0xffff);
    return all;
}

int network_change(struct nlmsghdr *request, uint16_t type)
{
    char reply[4096];
    struct mnl_socket *kernel = mnl_socket_open(NETLINK_ROUTE);
    ck_assert_ptr_nonnull(kernel);
    request->nlmsg_type = type;
    request->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE;
    ck_assert_int_eq(mnl_socket_bind(kernel, 0, MNL_SOCKET_AUTOPID), 0);
    ck_assert_int_gt(mnl_socket_sendto(kernel, request, request->nlmsg_len), 0);
    ssize_t len = mnl_socket_recvfrom(kernel, reply, sizeof reply);
    ck_assert_int_gt(len, 0);
    int code = mnl_cb_run(reply, (size_t)len, 0, mnl_socket_get_portid(kernel), NULL, NULL);
    code = code < 0 ? errno : 0;
    mnl_socket_close(kernel);
    return code;
}
