/* SPDX-License-Identifier: BSD-2-Clause */
/* PKTAP, what tcpdump on macOS writes: before each frame a header that names the interface and the
 * link type of what follows. It is taken off here, so that decoding and filters see the frame
 * alone. */
#ifndef TCPSHAKE_FILES_PKTAP_H
#define TCPSHAKE_FILES_PKTAP_H

#include "wire/segment.h"

/* Whether frames of that link type begin so: LINKTYPE_PKTAP, and LINKTYPE_USER2, which macOS used
 * for it. */
bool pktap_is(uint16_t linktype);

/* What the header says. */
struct pktap {
    uint16_t linktype;     /* of the frame behind it */
    const char *interface; /* borrowed from the frame; NULL where it has none */
};

/* Takes the header off the frame, whose link becomes that of what follows. Returns false, with
 * nothing changed, where there is no such header or not all of it. Source: struct pktap_header of
 * XNU, bsd/net/pktap.h. */
bool pktap_unwrap(struct frame *frame, struct pktap *pktap);

#endif
