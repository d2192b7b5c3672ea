/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/routing/netlink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define REPLY_MAX 32768 /* the kernel fills no more into one datagram of a dump */

struct netlink {
    struct mnl_socket *socket;
    uint32_t sequence;
    uint8_t reply[REPLY_MAX];
};

/* Bound, and connected to the kernel. */
static int attach(struct mnl_socket *made)
{
    const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    if (mnl_socket_bind(made, 0, MNL_SOCKET_AUTOPID) < 0)
        return -1;
    return connect(mnl_socket_get_fd(made), (const struct sockaddr *)&kernel, sizeof kernel);
}

struct netlink *netlink_open(struct error *error)
{
    struct netlink *netlink = calloc(1, sizeof *netlink);
    if (netlink == NULL) {
        error_set_memory(error, "netlink: out of memory");
        return NULL;
    }
    netlink->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (netlink->socket != NULL && attach(netlink->socket) == 0)
        return netlink;
    error_set_code(error, errno, "netlink");
    netlink_close(netlink);
    return NULL;
}

void netlink_close(struct netlink *netlink)
{
    if (netlink == NULL)
        return;
    if (netlink->socket != NULL)
        mnl_socket_close(netlink->socket);
    free(netlink);
}

/* The kernel answers before send(2) returns. Returns what mnl_cb_run returns of the next datagram,
 * or -1 with errno set. */
static int take_reply(struct netlink *netlink, mnl_cb_t parse, void *out)
{
    ssize_t len = mnl_socket_recvfrom(netlink->socket, netlink->reply, sizeof netlink->reply);
    if (len < 0)
        return -1;
    return mnl_cb_run(netlink->reply, (size_t)len, netlink->sequence,
                      mnl_socket_get_portid(netlink->socket), parse, out);
}

static int send_request(struct netlink *netlink, struct nlmsghdr *request, uint16_t flags)
{
    request->nlmsg_flags = NLM_F_REQUEST | flags;
    request->nlmsg_seq = ++netlink->sequence;
    int fd = mnl_socket_get_fd(netlink->socket);
    return send(fd, request, request->nlmsg_len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -1 : 0;
}

int netlink_ask(struct netlink *netlink, struct nlmsghdr *request, mnl_cb_t parse, void *out)
{
    if (send_request(netlink, request, 0) != 0 || take_reply(netlink, parse, out) < 0)
        return errno;
    return 0;
}

/* Of a dump that was not read to its end: the next question would take it for its answer. */
static void discard_rest(struct netlink *netlink)
{
    while (mnl_socket_recvfrom(netlink->socket, netlink->reply, sizeof netlink->reply) > 0)
        ;
}

int netlink_dump(struct netlink *netlink, struct nlmsghdr *request, mnl_cb_t parse, void *out)
{
    int code = send_request(netlink, request, NLM_F_DUMP);
    if (code != 0)
        return errno;
    do
        code = take_reply(netlink, parse, out);
    while (code > MNL_CB_STOP);
    if (code == MNL_CB_STOP)
        return 0;
    code = errno;
    discard_rest(netlink);
    return code;
}
