/* SPDX-License-Identifier: BSD-2-Clause */
/* The captures of a live run: one on each interface that its connections pass. */
#ifndef TCPSHAKE_FLIGHT_TAPS_H
#define TCPSHAKE_FLIGHT_TAPS_H

#include <net/if.h>
#include <poll.h>

#include "flight/lane.h"
#include "flight/recorder.h"
#include "net/capture.h"
#include "net/routing/netlink.h"

struct tap {
    struct tap *next;
    struct capture *capture; /* NULL: of frames that the capture on all interfaces has shown here */
    unsigned ifindex;
    char interface[IF_NAMESIZE];
    unsigned errors;        /* of its capture, one after the other */
    int recorded_as;        /* its number in the recording */
    int unseen_recorded_as; /* of what was sent here and not captured; -1: not announced yet */
};

#define TAPS_SPARES        2u
#define TAPS_FOLLOWED_MOST 128u /* a filter is a program of bounded length */

/* In the order in which they were opened; all zero is empty. */
struct taps {
    struct tap *first, *last;
    size_t count;
    struct capture *spares[TAPS_SPARES]; /* for interfaces that appear while the run goes on */
    bool quiet;                          /* no warnings */
    uint32_t frames;                     /* room of those on the interfaces known at the start */
    /* Of the capture on all interfaces, which takes what the others do not show: */
    struct capture *any;      /* NULL: not open */
    struct netlink *netlink;  /* names interfaces, and answers other questions; borrowed */
    struct lanefilter wanted; /* what it takes */
    uint32_t *watched;        /* interfaces that have a capture of their own, by ifindex */
    uint16_t followed[TAPS_FOLLOWED_MOST][2];
    struct tap *elsewhere; /* where it has shown frames of ours */
};

/* Watches an interface for segments of the lane, unless it is watched already. Returns 0, or -1
 * with *error set. */
int taps_watch(struct taps *taps, const char *interface, const struct lane *lane,
               struct recorder *recorder, struct error *error);

/* Captures on the interfaces that are up and have an address, at most TAPS_ADDRESSED of them, as
 * far as that is possible: where routes may lead that are not known yet. Returns 0, or -1 with
 * *error set: the recording cannot be written. */
#define TAPS_ADDRESSED 16u
int taps_watch_addressed(struct taps *taps, const struct lane *lane, struct recorder *recorder,
                         struct error *error);

/* Opens captures to be used by taps_adopt, none where no interface is up. Returns 0, or -1 with
 * *error set. */
int taps_keep_spares(struct taps *taps, const struct lane *lane, struct error *error);

/* Watches an interface from now on, which may be new, or have been made anew; inside the sandbox
 * too. Returns 0, or -1 with *error set. */
int taps_adopt(struct taps *taps, const char *interface, unsigned ifindex,
               struct recorder *recorder, struct error *error);

/* The descriptors of all captures that can move; at most TAPS_SPARES more than taps->count. Returns
 * how many. */
size_t taps_descriptors(const struct taps *taps, int *out);

/* The same with the capture on all interfaces, if it is open; at most that many of them. */
size_t taps_some_descriptors(const struct taps *taps, int *out, size_t most);

/* Watches all other interfaces too, once the others are watched; netlink, borrowed until
 * taps_close, names them. Returns 0, or -1 with *error set: then answers are found on the watched
 * ones alone. */
int taps_watch_all(struct taps *taps, struct netlink *netlink, const struct lane *lane,
                   struct error *error);

/* Whether no frame of ours can have been missed, on whichever interface. */
bool taps_see_all(const struct taps *taps);

/* Follows a connection between these ports on the wire, of which none is of the lane: as many at a
 * time as there is room for. Returns 0, or -1 with *error set. */
int taps_follow(struct taps *taps, const uint16_t ports[2], struct error *error);
void taps_unfollow(struct taps *taps, const uint16_t ports[2]);

/* Where a frame was captured: tap, or one of taps->elsewhere if tap is NULL. NULL if memory ran
 * out, or the interface is gone. */
struct tap *taps_place(struct taps *taps, struct tap *tap, const struct frame *frame,
                       struct recorder *recorder);

void taps_close(struct taps *taps);

/* The one on that interface, or NULL. */
struct tap *taps_find(const struct taps *taps, const char *interface);

/* A frame that a tap captured, or with NULL the capture on all interfaces. */
typedef void tap_handler(void *context, struct tap *tap, const struct frame *frame);

/* Hands what waits, at most limit frames of each tap, to handler. An interface that goes down or
 * away is told of, and may come back; a capture that fails again and again is noted as a failure.
 * Returns whether more may wait. */
bool taps_read(const struct taps *taps, int limit, tap_handler *handler, void *context,
               struct failure *failure);

/* Fills in the descriptors to poll, at most taps->count + 1, and returns the place behind them. */
struct pollfd *taps_poll(const struct taps *taps, struct pollfd *polled);

uint64_t taps_dropped(const struct taps *taps); /* frames, since they were opened */

/* Where frames were dropped, says so: segments may be missing. */
void taps_warn_of_drops(const struct taps *taps);

#endif
