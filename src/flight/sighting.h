/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_FLIGHT_SIGHTING_H
#define TCPSHAKE_FLIGHT_SIGHTING_H

#include "flight/taps.h"
#include "wire/segment.h"

/* A frame that was captured, and what it says. */
struct sighting {
    const struct frame *frame;
    const struct segment *segment;
    enum segment_kind kind;
    struct tap *tap; /* where it was captured, or should have been */
    int recorded_as; /* its interface in the recording */
    bool translated; /* segment has the tuple that the frame stands for, not the one it shows */
};

#endif
