/* SPDX-License-Identifier: BSD-2-Clause */
/* The recording of a live run (-w), which may be absent and may fail: the measurement goes on
 * either way. */
#ifndef TCPSHAKE_FLIGHT_RECORDER_H
#define TCPSHAKE_FLIGHT_RECORDER_H

#include "files/annotation.h"
#include "files/recording.h"
#include "loop/failure.h"

/* All zero: nothing is recorded. */
struct recorder {
    struct recording *recording;
    struct failure failure; /* nothing more is written since */
};

/* Creates the file at path. Returns 0, or -1 with *error set. */
int recorder_open(struct recorder *recorder, const char *path, struct error *error);

/* Whether there is a recording: what is written to it need not be worked out otherwise. */
bool recorder_works(const struct recorder *recorder);

/* Announces an interface whose frames have that LINKTYPE_. Returns its number for recorder_packet,
 * or -1 after a failure. */
int recorder_interface(struct recorder *recorder, const char *name, uint16_t linktype);

void recorder_packet(struct recorder *recorder, int interface, const struct frame *frame,
                     const struct annotation *annotation);

/* A remark about no packet. */
void recorder_remark(struct recorder *recorder, const char *comment);

/* What it writes through, or NULL where nothing is recorded. */
struct outlet *recorder_outlet(const struct recorder *recorder);

/* Completes the file; a failure to do so is noted like the others. */
void recorder_close(struct recorder *recorder);

#endif
