/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture_file.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "net/linktype.h"

#ifdef HAVE_ZLIB
#define ZLIB_CONST
#include <zlib.h>
#endif

#define LINKTYPE_ETHERNET 1
#define SNAPLEN           262144u
#define START_NS          INT64_C(1700000000000000000)
#define RECORD_ROOM       48 /* what any format puts around a packet */
#define FILE_ROOM         128

/* Where the next octet goes, and in which order. */
struct writer {
    struct capture_file file;
    bool big;
};

static void put(struct writer *w, uint64_t value, unsigned octets)
{
    for (unsigned i = 0; i < octets; i++)
        w->file.bytes[w->file.len++] = (uint8_t)(value >> 8 * (w->big ? octets - 1 - i : i));
}

static void put_bytes(struct writer *w, const uint8_t *bytes, size_t len)
{
    if (len > 0)
        memcpy(w->file.bytes + w->file.len, bytes, len);
    w->file.len += len;
}

/* Nanoseconds: draft-ietf-opsawg-pcap, section 4. */
static void begin_pcap(struct writer *w, uint16_t linktype)
{
    put(w, 0xa1b23c4d, 4);
    put(w, 2, 2);
    put(w, 4, 2);
    put(w, 0, 8);
    put(w, SNAPLEN, 4);
    put(w, linktype, 4);
}

static void put_pcap(struct writer *w, int64_t time_ns, struct cursor packet, uint32_t wire_len)
{
    put(w, (uint64_t)time_ns / 1000000000, 4);
    put(w, (uint64_t)time_ns % 1000000000, 4);
    put(w, packet.left, 4);
    put(w, wire_len, 4);
    put_bytes(w, packet.at, packet.left);
}

/* A section header and an interface with if_tsresol 9: draft-ietf-opsawg-pcapng, section 4. */
static void begin_pcapng(struct writer *w, uint16_t linktype)
{
    put(w, 0x0a0d0d0a, 4);
    put(w, 28, 4);
    put(w, 0x1a2b3c4d, 4);
    put(w, 1, 2);
    put(w, 0, 2);
    put(w, UINT64_MAX, 8);
    put(w, 28, 4);
    put(w, 1, 4);
    put(w, 32, 4);
    put(w, linktype, 2);
    put(w, 0, 2);
    put(w, SNAPLEN, 4);
    put(w, 9, 2);
    put(w, 1, 2);
    put_bytes(w, (const uint8_t[]){9, 0, 0, 0}, 4);
    put(w, 0, 4);
    put(w, 32, 4);
}

static void put_pcapng(struct writer *w, int64_t time_ns, struct cursor packet, uint32_t wire_len)
{
    static const uint8_t padding[3];
    size_t pad = (4 - packet.left % 4) % 4;
    size_t len = 32 + packet.left + pad;
    put(w, 6, 4);
    put(w, len, 4);
    put(w, 0, 4);
    put(w, (uint64_t)time_ns >> 32, 4);
    put(w, (uint64_t)time_ns, 4);
    put(w, packet.left, 4);
    put(w, wire_len, 4);
    put_bytes(w, packet.at, packet.left);
    put_bytes(w, padding, pad);
    put(w, len, 4);
}

struct capture_file capture_write(enum capture_format format, struct cursor octets)
{
    bool pcapng = format == CAPTURE_PCAPNG || format == CAPTURE_PCAPNG_BIG;
    struct writer w = {.big = format == CAPTURE_PCAP_BIG || format == CAPTURE_PCAPNG_BIG};
    int64_t time_ns = START_NS;
    uint16_t linktype = take_be16(&octets);
    if (link_from_linktype(linktype) == LINK_UNKNOWN) /* refused at another moment in each format */
        linktype = LINKTYPE_ETHERNET;
    w.file.bytes = malloc(FILE_ROOM + octets.left * (1 + RECORD_ROOM / 5));
    CHECK(w.file.bytes != NULL);
    (pcapng ? begin_pcapng : begin_pcap)(&w, linktype);
    while (octets.left >= 5) {
        struct cursor packet;
        time_ns += (int64_t)take_be16(&octets) << 16;
        size_t len = take_be16(&octets);
        uint32_t beyond = take_u8(&octets);
        cursor_take(&octets, len < octets.left ? len : octets.left, &packet);
        (pcapng ? put_pcapng : put_pcap)(&w, time_ns, packet, (uint32_t)packet.left + beyond);
    }
    /* cppcheck-suppress memleak ; the caller frees it */
    return w.file;
}

struct capture_file capture_gzip(const uint8_t *bytes, size_t len)
{
    struct capture_file file = {NULL, 0};
#ifdef HAVE_ZLIB
    z_stream z = {.next_in = bytes, .avail_in = (uInt)len};
    CHECK(deflateInit2(&z, 1, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    file.len = deflateBound(&z, (uLong)len);
    file.bytes = malloc(file.len);
    CHECK(file.bytes != NULL);
    z.next_out = file.bytes;
    z.avail_out = (uInt)file.len;
    CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
    file.len -= z.avail_out;
    deflateEnd(&z);
#else
    (void)bytes;
    (void)len;
#endif
    return file;
}
