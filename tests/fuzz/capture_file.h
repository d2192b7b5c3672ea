/* SPDX-License-Identifier: BSD-2-Clause */
/* Capture files in memory: the same packets in several formats. */
#ifndef TCPSHAKE_TESTS_FUZZ_CAPTURE_FILE_H
#define TCPSHAKE_TESTS_FUZZ_CAPTURE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "wire/bytes.h"

struct capture_file {
    uint8_t *bytes; /* to be freed */
    size_t len;
};

enum capture_format {
    CAPTURE_PCAP,
    CAPTURE_PCAP_BIG, /* big-endian */
    CAPTURE_PCAPNG,
    CAPTURE_PCAPNG_BIG,
    CAPTURE_FORMATS,
};

/* Writes the packets that the octets stand for: the link type (two), then for each packet the time
 * since the one before in units of 2^16 ns (two), the captured length (two), how much longer it was
 * on the wire (one), and the packet. */
struct capture_file capture_write(enum capture_format format, struct cursor octets);

/* The same file as one gzip member; bytes is NULL where the program was built without zlib. */
struct capture_file capture_gzip(const uint8_t *bytes, size_t len);

#endif
