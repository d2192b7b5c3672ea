/* SPDX-License-Identifier: BSD-2-Clause */
/* A capture file to write: pcapng (draft-ietf-opsawg-pcapng), nanoseconds, one interface block for
 * each interface, with packet comments. */
#ifndef TCPSHAKE_FILES_RECORDING_H
#define TCPSHAKE_FILES_RECORDING_H

#include "base/error.h"
#include "wire/segment.h"

struct recording;
struct outlet;

/* Creates path ("-": standard output) and writes the section header. NULL with *error set on
 * failure. */
struct recording *recording_create(const char *path, struct error *error);

/* Announces an interface; returns its number for recording_packet, or -1 with *error set. */
int recording_interface(struct recording *recording, const char *name, uint16_t linktype,
                        uint32_t snaplen, struct error *error);

/* Writes one packet and flushes it, so that a reader of a pipe sees it at once. comment may be
 * NULL. Returns 0, or -1 with *error set (a full disk, a closed pipe); after a failure nothing more
 * is written. */
int recording_packet(struct recording *recording, int interface, const struct frame *frame,
                     const char *comment, struct error *error);

/* A remark about no packet (a name resolution block that carries a comment). Returns as
 * recording_packet. */
int recording_remark(struct recording *recording, const char *comment, struct error *error);

/* What it writes through. A reader of a pipe who takes nothing does not hold the caller up: what is
 * queued is to be pushed. */
struct outlet *recording_outlet(struct recording *recording);

/* Flushes, closes and frees. Returns 0, or -1 with *error set. */
int recording_close(struct recording *recording, struct error *error);

#endif
