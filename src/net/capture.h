/* SPDX-License-Identifier: BSD-2-Clause */
/* Live capture on one interface, through libpcap: immediate, non-blocking, stamped by the kernel in
 * nanoseconds. */
#ifndef TCPSHAKE_NET_CAPTURE_H
#define TCPSHAKE_NET_CAPTURE_H

#include "base/error.h"
#include "net/lanefilter.h"
#include "wire/segment.h"

struct capture;

/* Bytes kept of each frame: link header with tags, IPv6 extension headers, TCP, ICMP quotes. */
#define CAPTURE_SNAPLEN 512

/* How many frames wait for the program, at least and at most. */
#define CAPTURE_FRAMES_LEAST 3072u
#define CAPTURE_FRAMES_MOST  49152u

/* Opens interface, with room for that many frames, for TCP segments that have one of our ports
 * (port_first to port_last, inclusive, on either side) and for ICMP and ICMPv6 errors that quote a
 * TCP segment from one of them; both directions, behind VLAN tags too. Returns NULL with *error set
 * (STATUS_RUN; names the interface and, if CAP_NET_RAW is missing, the remedy). */
struct capture *capture_open(const char *interface, uint32_t frames, uint16_t port_first,
                             uint16_t port_last, struct error *error);

/* Opens all interfaces at once, for what lanefilter_any_text takes: segments of ours that come or
 * go where no other capture of ours is, and those that may be ours in other words. The first frames
 * may be others, from before the filter was set. NULL with *error set. */
struct capture *capture_open_any(const struct lanefilter *wanted, struct error *error);

/* Exchanges the filter of such a capture without losing a frame. Returns 0, or -1 with *error set.
 */
int capture_follow(struct capture *any, const struct lanefilter *wanted, struct error *error);

/* Where a frame of such a capture was seen. */
struct place {
    uint32_t ifindex;
    bool outgoing; /* false on the loopback interface, whatever it is */
};

/* Returns false for a frame of another capture. */
bool capture_place(const struct frame *frame, struct place *place);

/* Lets it capture on another interface of the same link type, or on its own made anew. bind(2)
 * needs no privilege for that, and the filter stays. Returns 0, or -1 with *error set. */
int capture_move(struct capture *capture, const char *interface, unsigned ifindex,
                 struct error *error);

void capture_close(struct capture *capture); /* NULL is allowed */

/* A descriptor that polls readable when frames wait. */
int capture_fd(const struct capture *capture);

const char *capture_interface(const struct capture *capture);

/* Whether its time stamps have nanoseconds, not microseconds. */
bool capture_has_nanoseconds(const struct capture *capture);

/* LINKTYPE_ number of its frames, as it stands in capture files. */
uint16_t capture_linktype(const struct capture *capture);

typedef void capture_handler(void *user, struct capture *capture, const struct frame *frame);

/* Hands every waiting frame, at most limit, to handler. Returns their number, or -1 with *error
 * set. */
int capture_read(struct capture *capture, int limit, capture_handler *handler, void *user,
                 struct error *error);

/* Frames that the kernel dropped since the capture began. */
uint64_t capture_dropped(struct capture *capture);

#endif
