/* SPDX-License-Identifier: BSD-2-Clause */
/* Which frames the captures of a live run take: pcap-filter(7). */
#ifndef TCPSHAKE_NET_LANEFILTER_H
#define TCPSHAKE_NET_LANEFILTER_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "wire/segment.h"

#define LANEFILTER_MAX      2048
#define LANEFILTER_LINK_MAX (3 * LANEFILTER_MAX + 64)

/* The expression for TCP segments that have one of these ports on either side, behind IPv6
 * extension headers too, and for ICMP and ICMPv6 errors that quote a TCP segment from one of them.
 */
void lanefilter_text(uint16_t port_first, uint16_t port_last, char out[LANEFILTER_MAX]);

/* The same for an interface whose frames begin with that header: Ethernet frames also behind up to
 * two VLAN tags (IEEE 802.1Q, 802.1ad). */
void lanefilter_link_text(enum link link, uint16_t port_first, uint16_t port_last,
                          char out[LANEFILTER_LINK_MAX]);

/* What the capture on all interfaces is to take. */
struct lanefilter {
    uint16_t port_first, port_last; /* of our lane */
    const uint32_t *watched;        /* interfaces that have a capture of their own, by ifindex */
    size_t watched_count;
    const uint16_t (*pairs)[2]; /* both ports of each translated connection that is followed */
    size_t pair_count;
};

/* The expression for LINKTYPE_LINUX_SLL2: our lane on every interface that is not watched; SYN and
 * RST segments of other ports, in case this host translates ours; and all segments between the
 * pairs of ports. Owned by the caller; NULL with *error set. */
char *lanefilter_any_text(const struct lanefilter *wanted, struct error *error);

/* Compiles that and puts it into the place of the filter of a packet socket (packet(7)) that
 * libpcap has opened for all interfaces: at once, so that no frame is lost. Returns 0, or -1 with
 * *error set. */
int lanefilter_attach(const struct lanefilter *wanted, int fd, struct error *error);

#endif
