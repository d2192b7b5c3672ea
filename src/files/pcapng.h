/* SPDX-License-Identifier: BSD-2-Clause */
/* A bounded reader of pcapng files (draft-ietf-opsawg-pcapng), both byte orders, any number of
 * sections. */
#ifndef TCPSHAKE_FILES_PCAPNG_H
#define TCPSHAKE_FILES_PCAPNG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

#define PCAPNG_INTERFACES_MAX 65536u /* in one section */

/* Block types and options: the draft's sections 4 and 11; see also files/block.h. */
enum {
    PCAPNG_INTERFACE = 1,
    PCAPNG_OBSOLETE_PACKET = 2,
    PCAPNG_SIMPLE_PACKET = 3,
    PCAPNG_NAME_RESOLUTION = 4,
    PCAPNG_ENHANCED_PACKET = 6,
};

enum {
    PCAPNG_OPT_COMMENT = 1,
    PCAPNG_SHB_USERAPPL = 4,
    PCAPNG_IF_NAME = 2,
    PCAPNG_IF_TSRESOL = 9,
    PCAPNG_IF_TSOFFSET = 14,
};

struct pcapng;

/* One packet, or the comment of a name resolution block: then bytes is NULL. Everything is borrowed
 * until the next call. */
struct pcapng_packet {
    int64_t time_ns; /* since the epoch; 0 in a simple packet block, which has none */
    const uint8_t *bytes;
    uint32_t captured_len, wire_len;
    uint16_t linktype;
    const char *interface;     /* NULL: without name */
    uint16_t interface_number; /* modulo 2^16 */
    const char *comment;       /* the first one, or NULL */
};

/* Reads the first section header from file (borrowed, at its start). NULL with *error set, without
 * the path. */
struct pcapng *pcapng_open(FILE *file, struct error *error);
void pcapng_close(struct pcapng *pcapng); /* NULL is allowed */

/* The next packet: 1, at the end of the file 0, or -1 with *error set (STATUS_RUN; the block and
 * its place). */
int pcapng_next(struct pcapng *pcapng, struct pcapng_packet *packet, struct error *error);

/* Blocks that are no packets, and options, of which something could not be read. */
struct pcapng_flaws {
    uint64_t count;
    struct error first; /* which it is, and what is wrong with it */
};

const struct pcapng_flaws *pcapng_flaws(const struct pcapng *pcapng);

/* Whether the first section's shb_userappl begins with that text. */
bool pcapng_written_by(const struct pcapng *pcapng, const char *prefix);

#endif
