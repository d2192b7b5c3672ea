/* SPDX-License-Identifier: BSD-2-Clause */
/* A TCP that is not Linux's: lwIP behind a TUN device, with a port that accepts, takes what comes
 * and closes after its peer. Everything runs in one thread, so no part of lwIP needs a lock. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lwip/init.h>
#include <lwip/ip.h>
#include <lwip/netif.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/tcp.h>
#include <lwip/timeouts.h>

#include "../link/tunnel.h"

#define MTU 1500

static volatile sig_atomic_t ending, asked;

static void take_signal(int number)
{
    if (number == SIGUSR1)
        asked = 1;
    else
        ending = 1;
}

/* Between lwIP and the device */

static err_t send_datagram(struct netif *netif, struct pbuf *datagram)
{
    unsigned char bytes[MTU];
    const int *fd = netif->state;
    u16_t len = pbuf_copy_partial(datagram, bytes, sizeof bytes, 0);
    return write(*fd, bytes, len) == len ? ERR_OK : ERR_IF;
}

static err_t send_v4(struct netif *netif, struct pbuf *datagram, const ip4_addr_t *next)
{
    (void)next;
    return send_datagram(netif, datagram);
}

static err_t send_v6(struct netif *netif, struct pbuf *datagram, const ip6_addr_t *next)
{
    (void)next;
    return send_datagram(netif, datagram);
}

static err_t set_up_device(struct netif *netif)
{
    netif->name[0] = 't';
    netif->name[1] = 'u';
    netif->mtu = MTU;
    netif->output = send_v4;
    netif->output_ip6 = send_v6;
    return ERR_OK;
}

static void receive(int fd, struct netif *netif)
{
    unsigned char bytes[MTU];
    ssize_t len;
    while ((len = read(fd, bytes, sizeof bytes)) > 0) {
        struct pbuf *datagram = pbuf_alloc(PBUF_RAW, (u16_t)len, PBUF_RAM);
        if (datagram == NULL)
            return;
        pbuf_take(datagram, bytes, (u16_t)len);
        if (netif->input(datagram, netif) != ERR_OK)
            pbuf_free(datagram);
    }
}

/* The port */

static err_t take_data(void *context, struct tcp_pcb *pcb, struct pbuf *data, err_t error)
{
    (void)context;
    (void)error;
    if (data == NULL)
        return tcp_close(pcb); /* the peer has closed */
    tcp_recved(pcb, data->tot_len);
    pbuf_free(data);
    return ERR_OK;
}

static err_t accept_connection(void *context, struct tcp_pcb *pcb, err_t error)
{
    (void)context;
    if (error != ERR_OK || pcb == NULL)
        return ERR_VAL;
    tcp_recv(pcb, take_data);
    return ERR_OK;
}

static bool listen_on(u16_t port)
{
    struct tcp_pcb *pcb = tcp_new_ip_type(IPADDR_TYPE_ANY);
    if (pcb == NULL || tcp_bind(pcb, IP_ANY_TYPE, port) != ERR_OK)
        return false;
    pcb = tcp_listen(pcb);
    if (pcb != NULL)
        tcp_accept(pcb, accept_connection);
    return pcb != NULL;
}

/* On demand: a line for each connection, and one with a dot. */
static void say_connections(void)
{
    struct tcp_pcb *const lists[] = {tcp_active_pcbs, tcp_tw_pcbs};
    for (int i = 0; i < 2; i++) {
        for (const struct tcp_pcb *pcb = lists[i]; pcb != NULL; pcb = pcb->next)
            printf("%s %u %u\n", tcp_debug_state_str(pcb->state), pcb->remote_port,
                   pcb->local_port);
    }
    puts(".");
    fflush(stdout);
}

static void serve(int fd, struct netif *netif, const sigset_t *awake)
{
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    while (!ending) {
        u32_t pause_ms = sys_timeouts_sleeptime();
        struct timespec pause = {.tv_sec = pause_ms / 1000,
                                 .tv_nsec = (long)(pause_ms % 1000) * 1000000};
        if (ppoll(&polled, 1, &pause, awake) < 0 && errno != EINTR)
            return;
        receive(fd, netif);
        sys_check_timeouts();
        if (asked) {
            asked = 0;
            say_connections();
        }
    }
}

/* Signals wait until ppoll lets them in. */
static sigset_t catch_signals(void)
{
    struct sigaction action = {.sa_handler = take_signal};
    sigset_t blocked, before;
    sigemptyset(&blocked);
    for (int i = 0; i < 3; i++) {
        int number = (const int[]){SIGINT, SIGTERM, SIGUSR1}[i];
        sigaction(number, &action, NULL);
        sigaddset(&blocked, number);
    }
    sigprocmask(SIG_BLOCK, &blocked, &before);
    return before;
}

static bool add_device(struct netif *netif, int *fd, const char *v4, const char *v6)
{
    ip4_addr_t address, mask, gateway;
    ip6_addr_t address_v6;
    if (!ip4addr_aton(v4, &address) || !ip6addr_aton(v6, &address_v6))
        return false;
    IP4_ADDR(&mask, 255, 255, 255, 255);
    ip4_addr_set_zero(&gateway);
    if (netif_add(netif, &address, &mask, &gateway, fd, set_up_device, ip_input) == NULL)
        return false;
    netif_ip6_addr_set(netif, 0, &address_v6);
    netif_ip6_addr_set_state(netif, 0, IP6_ADDR_PREFERRED);
    netif_set_default(netif);
    netif_set_up(netif);
    netif_set_link_up(netif);
    return true;
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        fputs("usage: server DEVICE[@NAMESPACE] IPV4 IPV6 PORT...\n"
              "SIGUSR1 prints the state and both ports of each connection, then a dot.\n",
              stderr);
        return 2;
    }
    sigset_t awake = catch_signals();
    struct netif netif;
    int fd = tunnel_open(argv[1]);
    if (fd < 0)
        return 3;
    lwip_init();
    bool ready = add_device(&netif, &fd, argv[2], argv[3]);
    for (int i = 4; ready && i < argc; i++)
        ready = listen_on((u16_t)strtoul(argv[i], NULL, 10));
    if (!ready) {
        fputs("server: lwIP refuses the addresses or the ports\n", stderr);
        return 3;
    }
    puts("ready");
    fflush(stdout);
    serve(fd, &netif, &awake);
    return 0;
}
