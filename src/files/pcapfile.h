/* SPDX-License-Identifier: BSD-2-Clause */
/* The records of a pcap file of version 2.4, straight from the input: several times as fast as
 * through a stream and libpcap. */
#ifndef TCPSHAKE_FILES_PCAPFILE_H
#define TCPSHAKE_FILES_PCAPFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "files/input.h"
#include "wire/segment.h"

#define PCAPFILE_RECORD_MAX 262144u /* a longer record is corrupt, as libpcap has it */

struct pcapfile;

struct pcapfile_format {
    bool big_endian;
    bool nanoseconds; /* the fraction of a second; else microseconds */
    uint32_t snaplen; /* what is longer is cut to it */
};

/* input is borrowed and stands behind the file's header. NULL: out of memory. */
struct pcapfile *pcapfile_new(struct input *input, const struct pcapfile_format *format);
void pcapfile_free(struct pcapfile *file); /* NULL is allowed */

/* The next record as a frame, all but its link, until the next call: 1, at the end of the file 0,
 * or -1 with *problem a text. */
int pcapfile_next(struct pcapfile *file, struct frame *frame, const char **problem);

/* The same where the record is sound and was read already, so that nothing is waited for and the
 * frames before it stay where they are. Returns whether it was. */
bool pcapfile_next_ready(struct pcapfile *file, struct frame *frame);

#endif
