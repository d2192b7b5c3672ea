/* SPDX-License-Identifier: BSD-2-Clause */
/* Files are made in memory, in both byte orders, and opened through /proc/self/fd. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/block.h"
#include "files/pcapng.h"
#include "files/pktap.h"
#include "files/recording.h"
#include "files/trace.h"
#include "harness.h"
#include "net/linktype.h"

#define ETHERNET 1
#define RAW      101
#define MAX_FILE 8192

/* ---- files under construction ---- */

struct file {
    uint8_t bytes[MAX_FILE];
    size_t len;
    bool big_endian;
    size_t block; /* where the open block begins */
};

static void put(struct file *file, const void *bytes, size_t len)
{
    ck_assert_uint_le(file->len + len, sizeof file->bytes);
    if (len > 0)
        memcpy(file->bytes + file->len, bytes, len);
    file->len += len;
}

static void put_number(struct file *file, uint64_t value, int size)
{
    for (int i = 0; i < size; i++) {
        uint8_t octet = (uint8_t)(value >> 8 * (file->big_endian ? size - 1 - i : i));
        put(file, &octet, 1);
    }
}

static void put_u16(struct file *file, unsigned value)
{
    put_number(file, value, 2);
}

static void put_u32(struct file *file, uint32_t value)
{
    put_number(file, value, 4);
}

static void put_padded(struct file *file, const void *bytes, size_t len)
{
    put(file, bytes, len);
    put(file, "\0\0\0", (4 - len % 4) % 4);
}

static void put_option(struct file *file, unsigned code, const void *value, size_t len)
{
    put_u16(file, code);
    put_u16(file, (unsigned)len);
    put_padded(file, value, len);
}

static void put_text(struct file *file, unsigned code, const char *text)
{
    put_option(file, code, text, strlen(text));
}

static void begin(struct file *file, uint32_t type)
{
    file->block = file->len;
    put_u32(file, type);
    put_u32(file, 0);
}

static void end(struct file *file)
{
    struct file number = {.big_endian = file->big_endian};
    uint32_t total_len = (uint32_t)(file->len - file->block + 4);
    put_u32(&number, total_len);
    memcpy(file->bytes + file->block + 4, number.bytes, 4);
    put_u32(file, total_len);
}

static void section(struct file *file, const char *userappl)
{
    begin(file, BLOCK_SECTION_HEADER);
    put_u32(file, BLOCK_BYTE_ORDER_MAGIC);
    put_u16(file, 1);
    put_u16(file, 0);
    put_number(file, UINT64_MAX, 8);
    if (userappl)
        put_text(file, PCAPNG_SHB_USERAPPL, userappl);
    end(file);
}

static void interface(struct file *file, unsigned linktype, const char *name, int tsresol,
                      int64_t tsoffset)
{
    uint8_t resolution = (uint8_t)tsresol;
    struct file offset = {.big_endian = file->big_endian};
    put_number(&offset, (uint64_t)tsoffset, 8);
    begin(file, PCAPNG_INTERFACE);
    put_u16(file, linktype);
    put_u16(file, 0);
    put_u32(file, 0);
    if (name)
        put_text(file, PCAPNG_IF_NAME, name);
    if (tsresol >= 0)
        put_option(file, PCAPNG_IF_TSRESOL, &resolution, 1);
    if (tsoffset)
        put_option(file, PCAPNG_IF_TSOFFSET, offset.bytes, 8);
    put_u32(file, 0);
    end(file);
}

static void enhanced(struct file *file, uint32_t number, uint64_t ticks, const char *data,
                     const char *comment)
{
    begin(file, PCAPNG_ENHANCED_PACKET);
    put_u32(file, number);
    put_u32(file, (uint32_t)(ticks >> 32));
    put_u32(file, (uint32_t)ticks);
    put_u32(file, (uint32_t)strlen(data));
    put_u32(file, 1000);
    put_padded(file, data, strlen(data));
    if (comment) {
        put_option(file, 2, "\0\0\0\1", 4); /* flags: a kind that nobody asks for */
        put_text(file, PCAPNG_OPT_COMMENT, comment);
        put_text(file, PCAPNG_OPT_COMMENT, "a second one");
        put_u32(file, 0);
    }
    end(file);
}

static void obsolete(struct file *file, unsigned number, uint64_t ticks, const char *data)
{
    begin(file, PCAPNG_OBSOLETE_PACKET);
    put_u16(file, number);
    put_u16(file, 0xffff);
    put_u32(file, (uint32_t)(ticks >> 32));
    put_u32(file, (uint32_t)ticks);
    put_u32(file, (uint32_t)strlen(data));
    put_u32(file, 1000);
    put_padded(file, data, strlen(data));
    put_text(file, PCAPNG_OPT_COMMENT, "old");
    end(file);
}

static void simple(struct file *file, const char *data, uint32_t wire_len)
{
    begin(file, PCAPNG_SIMPLE_PACKET);
    put_u32(file, wire_len);
    put_padded(file, data, strlen(data));
    end(file);
}

static void unknown_block(struct file *file, size_t len)
{
    begin(file, 0x80000bad);
    for (size_t i = 0; i < len; i++)
        put(file, "\xff", 1);
    end(file);
}

/* A file with everything in it: two sections in different byte orders. */
static void make_rich(struct file *file, bool big_endian)
{
    *file = (struct file){.big_endian = big_endian};
    section(file, "dumpcap");
    interface(file, ETHERNET, "eth0", -1, 0);
    enhanced(file, 0, 1500000000000001, "first", NULL);
    unknown_block(file, 0);
    unknown_block(file, 20);
    interface(file, RAW, "tun0", 9, -100);
    enhanced(file, 1, 1500000000000000001, "second", "a comment");
    simple(file, "third", 5);
    obsolete(file, 1, 1500000000000000002, "fourth");
    file->big_endian = !big_endian;
    section(file, NULL);
    interface(file, 147, NULL, 0x80 | 10, 0);
    enhanced(file, 0, 1500000000 * 1024ull + 512, "fifth", "");
    enhanced(file, 0, 0, "", NULL);
}

static const struct expected {
    const char *data;
    int64_t time_ns;
    const char *interface, *comment;
    enum link link;
    uint32_t wire_len;
} rich[] = {
    {"first", 1500000000000001000, "eth0", NULL, LINK_ETHERNET, 1000},
    {"second", 1499999900000000001, "tun0", "a comment", LINK_RAW, 1000},
    {"third", 0, "eth0", NULL, LINK_ETHERNET, 5},
    {"fourth", 1499999900000000002, "tun0", "old", LINK_RAW, 1000},
    {"fifth", 1500000000500000000, NULL, "", LINK_UNKNOWN, 1000},
    {"", 0, NULL, NULL, LINK_UNKNOWN, 1000},
};
#define RICH_COUNT (sizeof rich / sizeof rich[0])

static void pcap_header(struct file *file, bool big_endian, uint32_t magic, uint32_t linktype)
{
    *file = (struct file){.big_endian = big_endian};
    put_u32(file, magic);
    put_u16(file, 2);
    put_u16(file, 4);
    put_number(file, 0, 8);
    put_u32(file, 262144);
    put_u32(file, linktype);
}

static void pcap_packet(struct file *file, uint32_t seconds, uint32_t fraction, const void *data,
                        size_t len)
{
    put_u32(file, seconds);
    put_u32(file, fraction);
    put_u32(file, (uint32_t)len);
    put_u32(file, 1000);
    put(file, data, len);
}

/* ---- opening them ---- */

static struct error error;
static char path[64];

/* Filters are kept: each has a process of its own. */
static struct filter *compiled(const char *expression)
{
    static struct filter *filter;
    static const char *last;
    if (last == NULL || strcmp(last, expression) != 0) {
        filter_free(filter);
        filter = filter_new(expression, &error);
        last = filter != NULL ? expression : NULL;
    }
    return filter;
}

static struct trace *open_path(const char *name, const char *expression,
                               const struct waiting *waiting)
{
    struct source source;
    struct filter *filter = expression != NULL ? compiled(expression) : NULL;
    if (expression != NULL && filter == NULL)
        return NULL;
    source_open(&source, name);
    return trace_open(&source, filter, waiting, &error);
}

static int in_memory(const uint8_t *bytes, size_t len)
{
    int fd = memfd_create("trace", MFD_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return fd;
}

static struct trace *open_bytes(const uint8_t *bytes, size_t len, const char *filter)
{
    int fd = in_memory(bytes, len);
    struct trace *trace = open_path(path, filter, NULL);
    close(fd);
    return trace;
}

static void assert_packet(const struct trace_packet *packet, const struct expected *expected)
{
    ck_assert_uint_eq(packet->frame.captured_len, strlen(expected->data));
    ck_assert_mem_eq(packet->frame.bytes, expected->data, strlen(expected->data));
    ck_assert_int_eq(packet->frame.time_ns, expected->time_ns);
    ck_assert_uint_eq(packet->frame.wire_len, expected->wire_len);
    ck_assert_int_eq(packet->frame.link, expected->link);
    ck_assert_pstr_eq(packet->interface, expected->interface);
    ck_assert_pstr_eq(packet->comment, expected->comment);
}

static void assert_error_names_path(void)
{
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_msg(strncmp(error.text, path, strlen(path)) == 0, "no path in: %s", error.text);
    ck_assert_ptr_null(strchr(error.text, '\n'));
}

/* Reads to the end; *packets is what came before it. Returns the last answer. */
static int drain(struct trace *trace, size_t *packets)
{
    struct trace_packet packet;
    int code;
    *packets = 0;
    while ((code = trace_next(trace, &packet, &error)) == 1) {
        (*packets)++;
        ck_assert_uint_lt(*packets, MAX_FILE);
    }
    return code;
}

/* ---- classic pcap ---- */

START_TEST(pcap_of_each_kind)
{
    static const struct {
        uint32_t magic;
        int64_t unit_ns;
    } kinds[] = {{0xa1b2c3d4, 1000}, {0xa1b23c4d, 1}};
    bool big_endian = _i & 1;
    uint32_t magic = kinds[_i / 2].magic;
    int64_t unit_ns = kinds[_i / 2].unit_ns;
    struct file file;
    struct trace_packet packet;
    pcap_header(&file, big_endian, magic, RAW);
    pcap_packet(&file, 1500000000, 123456, "hello", 5);
    pcap_packet(&file, 4000000000, 999999, "", 0); /* beyond 2038 */
    struct trace *trace = open_bytes(file.bytes, file.len, NULL);
    ck_assert_ptr_nonnull(trace);
    ck_assert(!trace_is_ours(trace));
    struct expected first = {"hello", 1500000000000000000 + 123456 * unit_ns, NULL, NULL, LINK_RAW,
                             1000};
    struct expected second = {"",  4000000000000000000 + 999999 * unit_ns, NULL, NULL, LINK_RAW,
                              1000};
    ck_assert_int_eq(trace_next(trace, &packet, &error), 1);
    assert_packet(&packet, &first);
    ck_assert_int_eq(trace_next(trace, &packet, &error), 1);
    assert_packet(&packet, &second);
    ck_assert_int_eq(trace_next(trace, &packet, &error), 0);
    ck_assert_int_eq(trace_next(trace, &packet, &error), 0);
    trace_close(trace);
}
END_TEST

START_TEST(pcap_cut_at_every_length)
{
    struct file file;
    size_t ends[3], packets;
    pcap_header(&file, _i, 0xa1b23c4d, ETHERNET);
    ends[0] = file.len;
    pcap_packet(&file, 1, 2, "hello", 5);
    ends[1] = file.len;
    pcap_packet(&file, 3, 4, "you", 3);
    ends[2] = file.len;
    for (size_t len = 0; len <= file.len; len++) {
        struct trace *trace = open_bytes(file.bytes, len, NULL);
        if (len < ends[0]) {
            ck_assert_ptr_null(trace);
            assert_error_names_path();
            continue;
        }
        size_t whole = (len >= ends[1]) + (size_t)(len >= ends[2]);
        int code = drain(trace, &packets);
        ck_assert_uint_eq(packets, whole);
        ck_assert_int_eq(code, len == ends[whole] ? 0 : -1);
        if (code < 0) {
            assert_error_names_path();
            ck_assert_ptr_nonnull(
                strstr(error.text, whole ? "after packet 1:" : "after packet 0:"));
        }
        trace_close(trace);
    }
}
END_TEST

/* A fraction of a second can be anything in a file; libpcap may take it for a signed number. */
START_TEST(pcap_never_before_1970)
{
    struct file file;
    struct trace_packet packet;
    pcap_header(&file, _i, 0xa1b2c3d4, ETHERNET);
    pcap_packet(&file, 0, 0xffffffff, "x", 1);
    struct trace *trace = open_bytes(file.bytes, file.len, NULL);
    ck_assert_int_eq(trace_next(trace, &packet, &error), 1);
    ck_assert_int_ge(packet.frame.time_ns, 0);
    trace_close(trace);
}
END_TEST

/* Before version 2.4 the two lengths may be swapped, and Kuznetzov's records have eight octets more
 * in their headers: libpcap reads these. */
START_TEST(pcap_of_other_versions)
{
    static const struct {
        uint32_t magic;
        unsigned minor;
        const char *more;
    } kinds[] = {{0xa1b2c3d4, 3, ""}, {0xa1b23c4d, 3, ""}, {0xa1b2cd34, 4, "\1\2\3\4\5\6\7\10"}};
    const bool swapped = kinds[_i / 2].minor == 3;
    const int64_t unit_ns = kinds[_i / 2].magic == 0xa1b23c4d ? 1 : 1000;
    struct file file;
    struct trace_packet packet;
    pcap_header(&file, _i & 1, kinds[_i / 2].magic, RAW);
    file.bytes[6 + (_i & 1)] = (uint8_t)kinds[_i / 2].minor;
    for (uint32_t i = 0; i < 2; i++) {
        put_u32(&file, 4000000000 + i); /* beyond 2038 */
        put_u32(&file, 7);
        put_u32(&file, swapped ? 1000 : 5);
        put_u32(&file, swapped ? 5 : 1000);
        put(&file, kinds[_i / 2].more, strlen(kinds[_i / 2].more));
        put(&file, "hello", 5);
    }
    struct trace *trace = open_bytes(file.bytes, file.len, NULL);
    ck_assert_msg(trace != NULL, "%s", error.text);
    for (uint32_t i = 0; i < 2; i++) {
        const struct expected expected = {
            "hello", INT64_C(1000000000) * (4000000000 + i) + 7 * unit_ns, NULL, NULL, LINK_RAW,
            1000};
        ck_assert_msg(trace_next(trace, &packet, &error) == 1, "%s", error.text);
        assert_packet(&packet, &expected);
        ck_assert(!trace_next_ready(trace, &packet));
    }
    ck_assert_int_eq(trace_next(trace, &packet, &error), 0);
    trace_close(trace);
}
END_TEST

/* No packet is longer than the file's header says. */
START_TEST(pcap_keeps_to_its_snaplen)
{
    static const uint32_t snaplens[] = {4, 5, 6, 65535, 262144};
    struct file file;
    struct trace_packet packet;
    pcap_header(&file, _i & 1, 0xa1b2c3d4, RAW);
    struct file header = {.big_endian = _i & 1};
    put_u32(&header, snaplens[_i / 2]);
    memcpy(file.bytes + 16, header.bytes, 4);
    pcap_packet(&file, 1, 0, "hello", 5);
    struct trace *trace = open_bytes(file.bytes, file.len, NULL);
    ck_assert_int_eq(trace_next(trace, &packet, &error), 1);
    ck_assert_uint_eq(packet.frame.captured_len, snaplens[_i / 2] < 5 ? 4 : 5);
    trace_close(trace);
}
END_TEST

/* Nor is one cut that is longer than any on an Ethernet. */
START_TEST(pcap_of_a_jumbo_packet)
{
    enum { LONG = 150000 };
    static uint8_t bytes[24 + 16 + LONG];
    struct file file;
    struct trace_packet packet;
    pcap_header(&file, false, 0xa1b2c3d4, RAW);
    pcap_packet(&file, 1, 0, NULL, 0);
    struct file len = {.big_endian = false};
    put_u32(&len, LONG);
    memcpy(file.bytes + 24 + 8, len.bytes, 4);
    memcpy(bytes, file.bytes, file.len);
    struct trace *trace = open_bytes(bytes, sizeof bytes, NULL);
    ck_assert_int_eq(trace_next(trace, &packet, &error), 1);
    ck_assert_uint_eq(packet.frame.captured_len, LONG);
    trace_close(trace);
}
END_TEST

/* A file without packets is one all the same. */
START_TEST(a_capture_of_nothing)
{
    struct file file;
    size_t packets;
    const char *first;
    if (_i < 2)
        pcap_header(&file, _i, 0xa1b2c3d4, ETHERNET);
    else
        file = (struct file){.big_endian = _i == 3};
    if (_i >= 2)
        section(&file, NULL);
    if (_i == 3)
        interface(&file, 147, NULL, 9, 0);
    struct trace *trace = open_bytes(file.bytes, file.len, NULL);
    ck_assert_int_eq(drain(trace, &packets), 0);
    ck_assert_uint_eq(packets, 0);
    ck_assert_uint_eq(trace_flaws(trace, &first), 0);
    trace_close(trace);
}
END_TEST

/* ---- pcapng ---- */

START_TEST(pcapng_with_everything)
{
    struct file file;
    struct trace_packet packet;
    make_rich(&file, _i);
    struct trace *trace = open_bytes(file.bytes, file.len, NULL);
    ck_assert_ptr_nonnull(trace);
    ck_assert(!trace_is_ours(trace));
    for (size_t i = 0; i < RICH_COUNT; i++) {
        ck_assert_msg(trace_next(trace, &packet, &error) == 1, "%s", error.text);
        assert_packet(&packet, &rich[i]);
    }
    ck_assert_int_eq(trace_next(trace, &packet, &error), 0);
    trace_close(trace);
}
END_TEST

START_TEST(times_in_every_resolution)
{
    static const struct {
        int tsresol;
        int64_t tsoffset;
        uint64_t ticks;
        int64_t time_ns;
    } times[] = {
        {-1, 0, 1, 1000},
        {0, 0, 7, 7000000000},
        {3, 0, 1001, 1001000000},
        {6, 5, 1000001, 6000001000},
        {9, 0, 1795324083502968001, 1795324083502968001},
        {9, 0, UINT64_MAX, 9223372035000000000}, /* the year 2554 does not fit */
        {12, 0, 1000000000001999, 1000000000001},
        {18, 0, 1999999999999999999, 1999999999},
        {19, 0, 10000000000000000000u, 1000000000},
        {20, 0, UINT64_MAX, 184467440},
        {28, 0, 10000000000000000000u, 1},
        {29, 0, UINT64_MAX, 0},
        {127, 3, UINT64_MAX, 3000000000},
        {0x80 | 0, 0, 9, 9000000000},
        {0x80 | 1, 0, 3, 1500000000},
        {0x80 | 30, 0, (1ull << 30) + 1, 1000000000},
        {0x80 | 32, 0, 0x1ffffffff, 1999999999},
        {0x80 | 40, 0, 3ull << 39, 1500000000},
        {0x80 | 63, 0, 3ull << 62, 1500000000},
        {0x80 | 64, 0, 1ull << 63, 500000000},
        {0x80 | 65, 0, 1ull << 63, 250000000},
        {0x80 | 96, 2, UINT64_MAX, 2000000000},
        {0x80 | 127, 0, UINT64_MAX, 0},
        {9, -5, 4000000000, 0}, /* before 1970 */
        {9, INT64_MAX, 1000000000, 9223372035000000000},
        {0, INT64_MIN, UINT64_MAX, 9223372035000000000},
        {0, INT64_MIN, 5, 0},
    };
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        struct file file = {.big_endian = i % 2};
        struct trace_packet packet;
        section(&file, NULL);
        interface(&file, ETHERNET, "eth0", times[i].tsresol, times[i].tsoffset);
        enhanced(&file, 0, times[i].ticks, "x", NULL);
        struct trace *trace = open_bytes(file.bytes, file.len, NULL);
        ck_assert_int_eq(trace_next(trace, &packet, &error), 1);
        ck_assert_msg(packet.frame.time_ns == times[i].time_ns, "row %zu: %lld", i,
                      (long long)packet.frame.time_ns);
        trace_close(trace);
    }
}
END_TEST

/* Whatever is left of a file, its whole packets come unchanged, and nothing else does. */
START_TEST(pcapng_cut_at_every_length)
{
    struct file file;
    struct trace_packet packet;
    make_rich(&file, _i);
    size_t whole_before = 0;
    for (size_t len = 0; len <= file.len; len++) {
        struct trace *trace = open_bytes(file.bytes, len, NULL);
        if (!trace) {
            assert_error_names_path();
            ck_assert_uint_lt(len, 64);
            continue;
        }
        size_t i = 0;
        int code;
        while ((code = trace_next(trace, &packet, &error)) == 1)
            assert_packet(&packet, &rich[i++]);
        if (code < 0)
            assert_error_names_path();
        ck_assert_uint_ge(i, whole_before);
        ck_assert_uint_le(i, whole_before + 1);
        whole_before = i;
        trace_close(trace);
    }
    ck_assert_uint_eq(whole_before, RICH_COUNT);
}
END_TEST

/* Each octet of both formats replaced: any answer but a fault or an endless loop will do. */
START_TEST(corruption_at_every_octet)
{
    static const uint8_t masks[] = {0x01, 0x80, 0xff};
    struct file file;
    size_t packets;
    if (_i < 2) {
        make_rich(&file, _i);
    } else {
        pcap_header(&file, _i == 3, 0xa1b23c4d, ETHERNET);
        pcap_packet(&file, 1, 2, "hello", 5);
        pcap_packet(&file, 3, 4, "you", 3);
    }
    for (size_t at = 0; at < file.len; at++)
        for (size_t mask = 0; mask < sizeof masks; mask++) {
            file.bytes[at] ^= masks[mask];
            struct trace *trace = open_bytes(file.bytes, file.len, "tcp or udp or len > 2");
            if (trace)
                drain(trace, &packets);
            trace_close(trace);
            file.bytes[at] ^= masks[mask];
        }
}
END_TEST

static void sound_start(struct file *file)
{
    *file = (struct file){.len = 0};
    section(file, NULL);
    interface(file, ETHERNET, "eth0", 9, 0);
    enhanced(file, 0, 1, "sound", NULL);
}

static void assert_one_packet_then(const struct file *file, const char *what)
{
    size_t packets;
    struct trace *trace = open_bytes(file->bytes, file->len, NULL);
    ck_assert_ptr_nonnull(trace);
    ck_assert_int_eq(drain(trace, &packets), -1);
    ck_assert_uint_eq(packets, 1);
    assert_error_names_path();
    ck_assert_msg(strstr(error.text, what) != NULL, "not \"%s\": %s", what, error.text);
    trace_close(trace);
}

/* What is passed over costs what it would have said, and no packet. */
static void assert_passed_over(const struct file *file, size_t packets, const char *what)
{
    const char *first = NULL;
    size_t count;
    struct trace *trace = open_bytes(file->bytes, file->len, NULL);
    ck_assert_msg(trace != NULL, "%s", error.text);
    ck_assert_int_eq(drain(trace, &count), 0);
    ck_assert_uint_eq(count, packets);
    ck_assert_uint_eq(trace_flaws(trace, &first), what != NULL);
    if (what != NULL)
        ck_assert_msg(strstr(first, what) != NULL, "not \"%s\": %s", what, first);
    trace_close(trace);
}

/* Nothing needs the insides of an unknown block, so that only the end of the file bounds it. */
static const char *complaint(uint32_t type, uint32_t len)
{
    if (len < 12 || (type == BLOCK_SECTION_HEADER && len < 16) ||
        (type != 0x80000bad && len > BLOCK_MAX))
        return "an invalid block length";
    return len < 16 ? "its two length fields differ" : "truncated";
}

START_TEST(hostile_block_lengths)
{
    static const uint32_t lens[] = {
        0, 1, 4, 8, 11, 13, 15, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff, BLOCK_MAX + 4};
    static const uint32_t types[] = {
        PCAPNG_INTERFACE,       PCAPNG_SIMPLE_PACKET, PCAPNG_ENHANCED_PACKET,
        PCAPNG_OBSOLETE_PACKET, 0x80000bad,           BLOCK_SECTION_HEADER};
    for (size_t type = 0; type < sizeof types / sizeof types[0]; type++) {
        struct file file;
        char place[32];
        sound_start(&file);
        snprintf(place, sizeof place, "block 4 at byte %zu:", file.len);
        put_u32(&file, types[type]);
        put_u32(&file, lens[_i]);
        put_u32(&file, BLOCK_BYTE_ORDER_MAGIC);
        put_u32(&file, lens[_i] + 1);
        assert_one_packet_then(&file, complaint(types[type], lens[_i]));
        ck_assert_ptr_nonnull(strstr(error.text, place));
    }
}
END_TEST

START_TEST(a_length_that_the_file_does_not_hold)
{
    struct file file;
    sound_start(&file);
    put_u32(&file, 0x80000bad);
    put_u32(&file, BLOCK_MAX);
    assert_one_packet_then(&file, "truncated");
}
END_TEST

/* Blocks whose own length is right and whose insides are not. */
START_TEST(hostile_insides)
{
    struct file file;
    sound_start(&file);
    begin(&file, PCAPNG_ENHANCED_PACKET); /* 20 bytes of head, 4 of data */
    size_t head = file.len;
    for (int i = 0; i < 3; i++)
        put_u32(&file, 0);
    put_u32(&file, 4);
    put_u32(&file, 4);
    put_u32(&file, 0);
    end(&file);
    struct file bad = file;
    bad.bytes[head] = 1;
    assert_one_packet_then(&bad, "interface that was not described");
    static const uint8_t lens[] = {5, 8, 0xff};
    for (size_t i = 0; i < sizeof lens; i++) {
        bad = file;
        bad.bytes[head + 12] = lens[i];
        assert_one_packet_then(&bad, "longer than its block");
    }
    bad = file;
    memset(bad.bytes + head + 12, 0xff, 4);
    assert_one_packet_then(&bad, "longer than its block");
    bad = file;
    bad.bytes[head + 12] = 0; /* so that the data is an option: a comment of no length, then its */
    bad.bytes[head + 20] = 1;
    bad.bytes[head + 22] = 1; /* length says there is one byte */
    assert_passed_over(&bad, 2, "option runs past");
    bad = file;
    bad.bytes[bad.len - 1] = 1;
    assert_one_packet_then(&bad, "two length fields differ");
    sound_start(&bad);
    put_u32(&bad, BLOCK_SECTION_HEADER);
    put_u32(&bad, 12); /* would end before the magic does */
    put_u32(&bad, BLOCK_BYTE_ORDER_MAGIC);
    put_u32(&bad, 12);
    assert_one_packet_then(&bad, "an invalid block length");
}
END_TEST

/* Names are passed over by their length, and only a comment behind them is handed on. */
START_TEST(remarks_behind_names)
{
    struct file file;
    struct trace_packet packet;
    sound_start(&file);
    for (int commented = 0; commented < 2; commented++) {
        begin(&file, PCAPNG_NAME_RESOLUTION);
        put_option(&file, 1, "\300\0\2\1five!", 9);
        put_option(&file, 0, "", 0);
        if (commented)
            put_text(&file, PCAPNG_OPT_COMMENT, "a remark");
        end(&file);
    }
    struct trace *trace = open_bytes(file.bytes, file.len, NULL);
    ck_assert_msg(trace != NULL, "%s", error.text);
    ck_assert_int_eq(trace_next(trace, &packet, &error), 1);
    ck_assert_ptr_nonnull(packet.frame.bytes);
    ck_assert_int_eq(trace_next(trace, &packet, &error), 1);
    ck_assert_ptr_null(packet.frame.bytes);
    ck_assert_str_eq(packet.comment, "a remark");
    ck_assert_int_eq(trace_next(trace, &packet, &error), 0);
    trace_close(trace);
}
END_TEST

/* The record that ends the names may be missing; what runs past the block is told. */
START_TEST(broken_names_cost_nothing)
{
    static const struct {
        const char *body;
        size_t len;
        const char *flaw;
    } blocks[] = {{"", 0, NULL},
                  {"\1\0\11\0\300\0\2\1five!\0\0\0", 16, NULL},
                  {"\1\0\11\0", 4, "a name that runs past"},
                  {"\1\0\377\377", 4, "a name that runs past"},
                  {"\1\0", 2, "a name that runs past"},
                  {"\0\0\0\0\1\0\5\0", 8, "an option runs past"}};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        struct file file;
        sound_start(&file);
        begin(&file, PCAPNG_NAME_RESOLUTION);
        put_padded(&file, blocks[i].body, blocks[i].len);
        if (blocks[i].len == 2)
            file.len -= 2;
        end(&file);
        enhanced(&file, 0, 2, "and on", NULL);
        assert_passed_over(&file, 2, blocks[i].flaw);
    }
}
END_TEST

/* Statistics, secrets and what is not known: whatever stands in them, however much. */
START_TEST(other_blocks_cost_nothing)
{
    static const uint32_t types[] = {5, 7, 9, 10, 0x0bad, 0x80000bad};
    static const char junk[] = "\377\377\377\377\1\0\377\377 not a list of options";
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct file file;
        sound_start(&file);
        begin(&file, types[i]);
        put_padded(&file, junk, sizeof junk);
        end(&file);
        enhanced(&file, 0, 2, "and on", NULL);
        assert_passed_over(&file, 2, NULL);
    }
}
END_TEST

/* One that is longer than memory is given for. */
START_TEST(long_blocks_are_read_past)
{
    static const uint32_t types[] = {PCAPNG_NAME_RESOLUTION, 0x80000bad};
    const uint32_t total_len = BLOCK_MAX + 4;
    struct file file, rest = {.len = 0};
    sound_start(&file);
    put_u32(&file, types[_i]);
    put_u32(&file, total_len);
    put_u32(&rest, total_len);
    enhanced(&rest, 0, 2, "and on", NULL);
    size_t len = file.len + total_len - 12 + rest.len, packets;
    uint8_t *bytes = calloc(len, 1);
    ck_assert_ptr_nonnull(bytes);
    memcpy(bytes, file.bytes, file.len);
    memcpy(bytes + len - rest.len, rest.bytes, rest.len);
    struct trace *trace = open_bytes(bytes, len, NULL);
    ck_assert_int_eq(drain(trace, &packets), 0);
    ck_assert_uint_eq(packets, 2);
    trace_close(trace);
    free(bytes);
}
END_TEST

/* ... costs no more memory than any other, in a file that is mostly a hole. */
START_TEST(a_block_that_is_read_past_takes_no_memory)
{
    enum { LONG = 96 << 20 };
    struct rusage before, after;
    struct file file, rest = {.len = 0};
    size_t packets;
    sound_start(&file);
    put_u32(&file, 0x80000bad);
    put_u32(&file, LONG);
    put_u32(&rest, LONG);
    enhanced(&rest, 0, 2, "and on", NULL);
    int fd = in_memory(file.bytes, file.len);
    ck_assert_int_eq(pwrite(fd, rest.bytes, rest.len, (off_t)file.len + LONG - 12),
                     (ssize_t)rest.len);
    struct trace *trace = open_path(path, NULL, NULL);
    getrusage(RUSAGE_SELF, &before);
    ck_assert_int_eq(drain(trace, &packets), 0);
    getrusage(RUSAGE_SELF, &after);
    ck_assert_uint_eq(packets, 2);
    ck_assert_int_lt(after.ru_maxrss - before.ru_maxrss, LONG >> 12); /* a quarter, in KiB */
    trace_close(trace);
    close(fd);
}
END_TEST

/* The place of a block counts what fills up the blocks before it, whatever their lengths say. */
START_TEST(a_place_is_that_in_the_file)
{
    char place[64];
    struct file file;
    sound_start(&file);
    for (int i = 1; i < 4; i++) { /* with i octets that the length counts */
        put_u32(&file, 0x80000bad);
        put_u32(&file, 12 + (uint32_t)i);
        put_padded(&file, "abc", (size_t)i);
        put_u32(&file, 12 + (uint32_t)i);
    }
    snprintf(place, sizeof place, "block 7 at byte %zu: ", file.len);
    put_u32(&file, PCAPNG_ENHANCED_PACKET);
    put_u32(&file, 8);
    assert_one_packet_then(&file, place);
}
END_TEST

/* Values that are not filled up to a multiple of four: the block ends with the last of them, or is
 * filled up and its length does not count that. */
START_TEST(unpadded_blocks)
{
    bool filled = _i & 1, commented = _i & 2;
    struct file file = {.big_endian = (_i & 4) != 0}, number = {.big_endian = file.big_endian};
    struct trace_packet packet;
    section(&file, NULL);
    interface(&file, RAW, "eth0", 9, 0);
    for (int i = 0; i < 2; i++) {
        begin(&file, PCAPNG_ENHANCED_PACKET);
        for (int j = 0; j < 3; j++)
            put_u32(&file, 0);
        put_u32(&file, 5);
        put_u32(&file, 5);
        if (filled && commented)
            put_padded(&file, "seven", 5);
        else
            put(&file, "seven", 5);
        if (commented) {
            put_u16(&file, PCAPNG_OPT_COMMENT);
            put_u16(&file, 2);
            put(&file, "hi", 2);
        }
        uint32_t len = (uint32_t)(file.len - file.block + 4);
        ck_assert_uint_ne(len % 4, 0);
        if (filled)
            put(&file, "\0\0\0", (4 - len % 4) % 4);
        number.len = 0;
        put_u32(&number, len);
        memcpy(file.bytes + file.block + 4, number.bytes, 4);
        put_u32(&file, len);
    }
    struct trace *trace = open_bytes(file.bytes, file.len, NULL);
    const char *first;
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(trace_next(trace, &packet, &error), 1);
        ck_assert_uint_eq(packet.frame.captured_len, 5);
        ck_assert_mem_eq(packet.frame.bytes, "seven", 5);
        if (commented)
            ck_assert_str_eq(packet.comment, "hi");
    }
    ck_assert_int_eq(trace_next(trace, &packet, &error), 0);
    ck_assert_uint_eq(trace_flaws(trace, &first), 0);
    trace_close(trace);
}
END_TEST

/* What is left of a value that is filled up in part is no option. */
START_TEST(the_last_value_may_be_unpadded)
{
    static const uint32_t types[] = {PCAPNG_ENHANCED_PACKET, PCAPNG_OBSOLETE_PACKET};
    for (size_t i = 0; i < 2; i++) {
        struct file file;
        sound_start(&file);
        begin(&file, types[i]);
        put_u32(&file, 0);
        put_number(&file, 7, 8);
        put_u32(&file, 5);
        put_u32(&file, 5);
        put(&file, "seven\0", 6); /* two are missing ... */
        const uint32_t len = (uint32_t)(file.len - file.block + 4);
        ck_assert_uint_eq(len, 38);
        file.bytes[file.block + 4] = (uint8_t)len;
        put(&file, "\0\0", 2); /* ... in what the length counts */
        put_u32(&file, len);
        assert_passed_over(&file, 2, NULL);
    }
}
END_TEST

/* Of several sections the first says which program wrote the file. */
START_TEST(the_first_section_names_the_writer)
{
    static const struct {
        const char *first, *second;
        bool ours;
    } files[] = {{"tcpshake 1", "dumpcap", true},
                 {"dumpcap", "tcpshake 1", false},
                 {NULL, "tcpshake 1", false},
                 {"tcpshake 1", NULL, true},
                 {"tcpshake", NULL, false}};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct file file = {.len = 0};
        size_t packets;
        section(&file, files[i].first);
        section(&file, files[i].second);
        struct trace *trace = open_bytes(file.bytes, file.len, NULL);
        ck_assert_int_eq(drain(trace, &packets), 0);
        ck_assert_uint_eq(packets, 0);
        ck_assert_int_eq(trace_is_ours(trace), files[i].ours);
        trace_close(trace);
    }
}
END_TEST

/* An option that should be there once counts as it is last. */
START_TEST(an_interface_may_have_two_names)
{
    struct file file = {.len = 0};
    struct trace_packet packet;
    section(&file, NULL);
    begin(&file, PCAPNG_INTERFACE);
    put_u32(&file, ETHERNET);
    put_u32(&file, 0);
    put_text(&file, PCAPNG_IF_NAME, "eth0");
    put_text(&file, PCAPNG_IF_NAME, "eth1");
    end(&file);
    enhanced(&file, 0, 1, "x", NULL);
    struct trace *trace = open_bytes(file.bytes, file.len, NULL);
    ck_assert_int_eq(trace_next(trace, &packet, &error), 1);
    ck_assert_str_eq(packet.interface, "eth1");
    trace_close(trace);
}
END_TEST

/* Packets are told apart by the interface that they were seen at, and counted. */
START_TEST(packets_have_numbers)
{
    struct file file = {.len = 0};
    struct trace_packet packet;
    section(&file, NULL);
    for (int i = 0; i < 3; i++)
        interface(&file, i == 0 ? 147 : ETHERNET, i == 2 ? NULL : "eth0", 9, 0);
    for (uint32_t i = 0; i < 6; i++)
        enhanced(&file, i % 3, i, "x", NULL);
    struct trace *trace = open_bytes(file.bytes, file.len, NULL);
    for (uint32_t i = 0; i < 6; i++) {
        ck_assert_int_eq(trace_next(trace, &packet, &error), 1);
        ck_assert_uint_eq(packet.frame.interface, i % 3);
        ck_assert_uint_eq(packet.number, i + 1);
        ck_assert_uint_eq(packet.linktype, i % 3 == 0 ? 147 : ETHERNET);
    }
    trace_close(trace);
}
END_TEST

/* ---- PKTAP ---- */

static void put_pktap(struct file *file, uint32_t len, uint32_t record, uint32_t dlt,
                      const char *name, size_t name_len, const char *data)
{
    put_u32(file, len);
    put_u32(file, record);
    put_u32(file, dlt);
    put(file, name, name_len);
    for (size_t at = 12 + name_len; at < len; at++)
        put(file, "", 1);
    put(file, data, strlen(data));
}

static const struct {
    uint16_t linktype;
    uint32_t header_len, record, dlt;
    const char *name;
    enum link link;
    uint16_t inner;
    const char *interface;
} wrapped[] = {
    {258, 108, 1, 1, "en0", LINK_ETHERNET, 1, "en0"},
    {149, 108, 1, 1, "en0", LINK_ETHERNET, 1, "en0"},
    {258, 120, 1, 12, "utun3", LINK_RAW, 101, "utun3"},
    {258, 108, 1, 0, "lo0", LINK_NULL, 0, "lo0"},
    {258, 108, 1, 1, "", LINK_ETHERNET, 1, "outer"},
    {258, 108, 1, 1, "twenty-four octets of it", LINK_ETHERNET, 1, "outer"},
    {258, 108, 1, 147, "en0", LINK_UNKNOWN, 147, "en0"},
    {258, 107, 1, 1, "en0", LINK_UNKNOWN, 258, "outer"},
    {258, 108, 2, 1, "en0", LINK_UNKNOWN, 258, "outer"},
    {258, 108, 1, 0x80000001, "en0", LINK_UNKNOWN, 258, "outer"},
};

START_TEST(pktap_is_taken_off)
{
    struct file file = {.len = 0}, header = {.len = 0};
    struct trace_packet packet;
    char name[24] = "";
    memcpy(name, wrapped[_i].name, strlen(wrapped[_i].name));
    put_pktap(&header, wrapped[_i].header_len, wrapped[_i].record, wrapped[_i].dlt, name,
              sizeof name, "frame");
    section(&file, NULL);
    interface(&file, wrapped[_i].linktype, "outer", 9, 0);
    interface(&file, RAW, "outer", 9, 0);
    begin(&file, PCAPNG_ENHANCED_PACKET);
    for (int j = 0; j < 3; j++)
        put_u32(&file, 0);
    put_u32(&file, (uint32_t)header.len);
    put_u32(&file, (uint32_t)header.len + 7);
    put_padded(&file, header.bytes, header.len);
    end(&file);
    enhanced(&file, 1, 2, "plain", NULL);
    struct trace *trace = open_bytes(file.bytes, file.len, NULL);
    ck_assert_int_eq(trace_next(trace, &packet, &error), 1);
    ck_assert_int_eq(packet.frame.link, wrapped[_i].link);
    ck_assert_uint_eq(packet.linktype, wrapped[_i].inner);
    ck_assert_str_eq(packet.interface, wrapped[_i].interface);
    if (packet.linktype != 258) {
        ck_assert_uint_eq(packet.frame.captured_len, 5);
        ck_assert_uint_eq(packet.frame.wire_len, 5 + 7);
        ck_assert_mem_eq(packet.frame.bytes, "frame", 5);
    }
    ck_assert_int_eq(trace_next(trace, &packet, &error), 1);
    ck_assert_int_eq(packet.frame.link, LINK_RAW);
    trace_close(trace);
}
END_TEST

/* Cut at each place, against a guard page. */
START_TEST(pktap_cut)
{
    struct file header = {.len = 0};
    struct pktap pktap;
    put_pktap(&header, 108, 1, 1, "en0", 4, "");
    for (size_t len = 0; len <= header.len; len++) {
        uint8_t *bytes = guarded_copy(header.bytes, len);
        struct frame frame = {.bytes = bytes, .captured_len = (uint32_t)len, .link = LINK_UNKNOWN};
        ck_assert_int_eq(pktap_unwrap(&frame, &pktap), len >= 108);
        ck_assert_uint_eq(frame.captured_len, len >= 108 ? len - 108 : len);
        ck_assert_uint_eq(frame.wire_len, 0);
        guarded_free(bytes, len);
    }
}
END_TEST

/* A classic file, where every packet is wrapped: and one of the number that others use. */
START_TEST(pktap_in_pcap)
{
    struct file file = {.len = 0}, header = {.len = 0};
    struct trace_packet packet;
    size_t packets;
    put_pktap(&header, 108, 1, 1, "en0", 4, "frame");
    pcap_header(&file, false, 0xa1b2c3d4, _i == 0 ? 258 : 149);
    for (uint32_t i = 0; i < 3; i++) {
        put_u32(&file, i);
        put_u32(&file, 0);
        put_u32(&file, (uint32_t)header.len);
        put_u32(&file, (uint32_t)header.len);
        put(&file, header.bytes, header.len);
    }
    struct trace *trace = open_bytes(file.bytes, file.len, NULL);
    ck_assert_msg(trace != NULL, "%s", error.text);
    ck_assert_int_eq(trace_next(trace, &packet, &error), 1);
    ck_assert(trace_next_ready(trace, &packet));
    ck_assert_int_eq(packet.frame.link, LINK_ETHERNET);
    ck_assert_str_eq(packet.interface, "en0");
    ck_assert_int_eq(drain(trace, &packets), 0);
    ck_assert_uint_eq(packets, 1);
    trace_close(trace);
    file.len = 0;
    pcap_header(&file, false, 0xa1b2c3d4, _i == 0 ? 258 : 149);
    pcap_packet(&file, 1, 2, "something else", 14);
    trace = open_bytes(file.bytes, file.len, NULL);
    ck_assert_int_eq(drain(trace, &packets), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "is not supported"));
    trace_close(trace);
}
END_TEST

/* Every block type with every too short body. */
START_TEST(short_blocks)
{
    static const struct {
        uint32_t type;
        size_t least;
    } blocks[] = {{PCAPNG_INTERFACE, 8},
                  {PCAPNG_SIMPLE_PACKET, 4},
                  {PCAPNG_ENHANCED_PACKET, 20},
                  {PCAPNG_OBSOLETE_PACKET, 20}};
    for (size_t len = 0; len < blocks[_i].least; len += 4) {
        struct file file;
        sound_start(&file);
        begin(&file, blocks[_i].type);
        for (size_t i = 0; i < len; i++)
            put(&file, "", 1);
        end(&file);
        if (_i == 0)
            assert_passed_over(&file, 1, "too short");
        else
            assert_one_packet_then(&file, "too short");
    }
}
END_TEST

START_TEST(interfaces_are_bounded)
{
    struct file head = {.len = 0}, one = {.len = 0};
    section(&head, NULL);
    interface(&one, ETHERNET, NULL, -1, 0);
    size_t room = head.len + (PCAPNG_INTERFACES_MAX + 1) * one.len, packets;
    uint8_t *bytes = malloc(room);
    memcpy(bytes, head.bytes, head.len);
    for (size_t i = 0; i <= PCAPNG_INTERFACES_MAX; i++)
        memcpy(bytes + head.len + i * one.len, one.bytes, one.len);
    struct trace *trace = open_bytes(bytes, room - one.len, NULL);
    ck_assert_int_eq(drain(trace, &packets), 0);
    trace_close(trace);
    trace = open_bytes(bytes, room, NULL);
    const char *first = NULL;
    ck_assert_int_eq(drain(trace, &packets), 0);
    ck_assert_uint_eq(trace_flaws(trace, &first), 1);
    ck_assert_ptr_nonnull(strstr(first, "too many interfaces"));
    trace_close(trace);
    free(bytes);
}
END_TEST

START_TEST(simple_packets_end_at_the_snaplen)
{
    struct file file = {.len = 0};
    struct trace_packet packet;
    section(&file, NULL);
    begin(&file, PCAPNG_INTERFACE);
    put_u32(&file, RAW);
    put_u32(&file, 6);
    end(&file);
    simple(&file, "sixsix", 1500);
    simple(&file, "four", 1500); /* shorter than it should be */
    struct trace *trace = open_bytes(file.bytes, file.len, NULL);
    ck_assert_int_eq(trace_next(trace, &packet, &error), 1);
    ck_assert_uint_eq(packet.frame.captured_len, 6);
    ck_assert_uint_eq(packet.frame.wire_len, 1500);
    ck_assert_int_eq(trace_next(trace, &packet, &error), 1);
    ck_assert_uint_eq(packet.frame.captured_len, 4);
    trace_close(trace);
}
END_TEST

/* What has no interface before it has no link type either. */
START_TEST(simple_packets_need_an_interface)
{
    struct file file = {.len = 0};
    struct trace_packet packet;
    section(&file, NULL);
    simple(&file, "lost", 4);
    struct trace *trace = open_bytes(file.bytes, file.len, NULL);
    ck_assert_int_eq(trace_next(trace, &packet, &error), -1);
    ck_assert_msg(strstr(error.text, "interface") != NULL, "%s", error.text);
    trace_close(trace);
}
END_TEST

/* ---- what is no capture ---- */

START_TEST(files_that_are_none)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *text;
    } files[] = {
        {"", 0, "empty"},
        {"\xa1", 1, "not a capture file"},
        {"hello, this is text\n", 20, "not a capture file"},
        {"\x1f\x8b\x08\x00", 4, "compressed"},
        {"\x28\xb5\x2f\xfd", 4, "compressed"},
        {"\x0a\x0d\x0d\x0a", 4, "truncated"},
    };
    ck_assert_ptr_null(open_bytes((const uint8_t *)files[_i].bytes, files[_i].len, NULL));
    assert_error_names_path();
    ck_assert_msg(strstr(error.text, files[_i].text) != NULL, "%s", error.text);
}
END_TEST

START_TEST(paths_that_cannot_be_read)
{
    snprintf(path, sizeof path, "/nonexistent/trace.pcap");
    ck_assert_ptr_null(open_path(path, NULL, NULL));
    assert_error_names_path();
    snprintf(path, sizeof path, "/");
    ck_assert_ptr_null(open_path(path, NULL, NULL));
    assert_error_names_path();
}
END_TEST

/* ---- filters ---- */

/* A SYN to port 80 from port 1025, without link header. */
static const char syn[] = "\x45\0\0\x28\0\1\0\0\x40\6\0\0\x7f\0\0\1\x7f\0\0\1"
                          "\4\1\0\x50\0\0\0\1\0\0\0\0\x50\2\xff\xff\0\0\0\0";

static void put_syn(struct file *file, uint32_t number, const char *link, size_t link_len)
{
    begin(file, PCAPNG_ENHANCED_PACKET);
    put_u32(file, number);
    put_number(file, 0, 8);
    put_u32(file, (uint32_t)(link_len + 40));
    put_u32(file, (uint32_t)(link_len + 40));
    put(file, link, link_len);
    put_padded(file, syn, 40);
    put(file, "\0\0\0", (4 - link_len % 4) % 4);
    end(file);
}

/* Interfaces of many link types in one file: the filter means the same on each. */
START_TEST(filter_on_several_link_types)
{
    static const struct {
        unsigned linktype;
        size_t len;
        const char *header;
    } links[] = {
        {1, 14, "\2\0\0\0\0\1\2\0\0\0\0\2\x08\0"},
        {101, 0, ""},
        {0, 4, "\2\0\0\0"}, /* little-endian AF_INET */
        {0, 4, "\0\0\0\2"}, /* big-endian */
        {108, 4, "\0\0\0\2"},
        {113, 16, "\0\0\0\1\0\6\2\0\0\0\0\1\0\0\x08\0"},
        {276, 20, "\x08\0\0\0\0\0\0\1\0\1\0\6\2\0\0\0\0\1\0\0"},
        {228, 0, ""},
        {147, 4, "what"}, /* and one that nobody can read */
    };
    static const struct {
        const char *filter;
        size_t takes;
    } filters[] = {
        {"tcp dst port 80", 8},
        {"src port 80", 0},
        {"ip6", 0},
        {"host 127.0.0.1", 8},
        {"tcp[tcpflags] & tcp-syn != 0", 8},
        {"less 1000", 8},
    };
    struct file file = {.len = 0};
    section(&file, NULL);
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
        interface(&file, links[i].linktype, NULL, 9, 0);
    for (uint32_t i = 0; i < sizeof links / sizeof links[0]; i++)
        put_syn(&file, i, links[i].header, links[i].len);
    enhanced(&file, 2, 0, "xx", NULL); /* ends inside its link header */
    size_t packets;
    struct trace *trace = open_bytes(file.bytes, file.len, filters[_i].filter);
    ck_assert_msg(trace != NULL, "%s", error.text);
    ck_assert_msg(drain(trace, &packets) == 0, "%s", error.text);
    ck_assert_uint_eq(packets, filters[_i].takes + 1); /* what cannot be read is handed out */
    trace_close(trace);
}
END_TEST

START_TEST(filter_on_pcap)
{
    struct file file;
    struct trace_packet packet;
    pcap_header(&file, _i, 0xa1b2c3d4, RAW);
    pcap_packet(&file, 1, 0, "noise", 5);
    pcap_packet(&file, 2, 0, syn, 40);
    struct trace *trace = open_bytes(file.bytes, file.len, "tcp port 80");
    ck_assert_int_eq(trace_next(trace, &packet, &error), 1);
    ck_assert_int_eq(packet.frame.time_ns, 2000000000);
    ck_assert_int_eq(trace_next(trace, &packet, &error), 0);
    trace_close(trace);
}
END_TEST

/* Told before anything is read, and even where nothing could be. */
START_TEST(filter_with_a_mistake)
{
    static const char *const mistakes[] = {"tcp prot 80", "(", "port 65536"};
    struct file file = {.len = 0};
    section(&file, NULL);
    ck_assert_ptr_null(open_bytes(file.bytes, file.len, mistakes[_i]));
    ck_assert_int_eq(error.status, STATUS_USAGE);
    ck_assert_ptr_nonnull(strstr(error.text, mistakes[_i]));
}
END_TEST

/* ---- link types ---- */

START_TEST(pcap_of_an_unknown_link_type)
{
    struct file file;
    static const struct {
        uint32_t linktype;
        const char *text;
    } unknown[] = {{147, "link type 147 is not"}, {187, "link type 187 (BLUETOOTH_HCI_H4) is not"}};
    pcap_header(&file, _i, 0xa1b2c3d4, unknown[_i].linktype);
    pcap_packet(&file, 1, 0, "what", 4);
    ck_assert_ptr_null(open_bytes(file.bytes, file.len, NULL));
    assert_error_names_path();
    ck_assert_msg(strstr(error.text, unknown[_i].text) != NULL, "%s", error.text);
}
END_TEST

/* An error where there is nothing else; the packets are there to be counted. */
START_TEST(pcapng_of_unknown_link_types)
{
    struct file file = {.len = 0};
    size_t packets;
    bool one_known = _i;
    section(&file, NULL);
    interface(&file, 65000, NULL, 9, 0);
    interface(&file, 147, NULL, 9, 0);
    interface(&file, RAW, NULL, 9, 0);
    enhanced(&file, 0, 0, "what", NULL);
    enhanced(&file, 1, 0, "and what", NULL);
    if (one_known)
        enhanced(&file, 2, 0, "this", NULL);
    struct trace *trace = open_bytes(file.bytes, file.len, NULL);
    ck_assert_int_eq(drain(trace, &packets), one_known ? 0 : -1);
    ck_assert_uint_eq(packets, one_known ? 3 : 2);
    if (!one_known) {
        assert_error_names_path();
        ck_assert_msg(strstr(error.text, "link type 65000 ") != NULL, "%s", error.text);
    }
    trace_close(trace);
}
END_TEST

/* ---- compressed ---- */

/* Two packets, packed with gzip -9n. */
static const char packed[] =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xbb\x72\x78\xd3\x42\x26\x06\x16\x06\x04"
    "\x60\x61\x60\x04\x92\x8c\x50\x9e\x08\x14\x57\x3a\xed\xfd\xa4\xc8\xf6\xa1\xa5\x3c"
    "\xe9\xc3\xe7\xd3\xbe\x65\xbe\xc7\xd9\x15\x02\x61\xea\x60\x6a\x44\x67\xf1\x77\x7e"
    "\x3a\x76\xeb\xd4\x63\x97\xdd\x86\x42\xae\x7f\xf3\x5b\xee\xcf\xba\x0e\x00\x03\x99"
    "\x32\x9c\x60\x00\x00\x00";

START_TEST(compressed_and_cut_at_every_length)
{
    size_t packets, most = 0;
    for (size_t len = 4; len < sizeof packed; len++) {
        struct trace *trace = open_bytes((const uint8_t *)packed, len, NULL);
        if (trace == NULL) {
            assert_error_names_path();
            ck_assert_uint_eq(most, 0);
            continue;
        }
        int code = drain(trace, &packets);
        trace_close(trace);
        ck_assert_uint_ge(packets, most);
        most = packets;
        ck_assert_int_eq(code, len == sizeof packed - 1 ? 0 : -1);
        if (code == 0)
            continue;
        assert_error_names_path();
        ck_assert_msg(strstr(error.text, "the compressed data is truncated") != NULL, "%s",
                      error.text);
    }
#ifdef HAVE_ZLIB
    ck_assert_uint_eq(most, 2);
#endif
}
END_TEST

/* ---- pipes ---- */

/* What a pipe's reader does meanwhile: once nothing comes, it writes the next piece of the file,
 * and when there is none left, asks for the end. */
struct meanwhile {
    int pipe[2], bell;
    const uint8_t *bytes;
    size_t len, piece;
    unsigned quiet, stops;
};

static bool write_more(void *context)
{
    struct meanwhile *meanwhile = context;
    size_t piece = meanwhile->piece < meanwhile->len ? meanwhile->piece : meanwhile->len;
    meanwhile->quiet++;
    if (piece == 0)
        ck_assert_int_eq(write(meanwhile->bell, &(uint64_t){1}, 8), 8);
    else
        ck_assert_int_eq(write(meanwhile->pipe[1], meanwhile->bytes, piece), (ssize_t)piece);
    meanwhile->bytes += piece;
    meanwhile->len -= piece;
    return true;
}

/* The first ring is a false one. */
static bool stop_at_second(void *context)
{
    struct meanwhile *meanwhile = context;
    uint64_t rings;
    ck_assert_int_eq(read(meanwhile->bell, &rings, sizeof rings), sizeof rings);
    return ++meanwhile->stops == 2;
}

/* A pipe without end, cut inside its last packet: what was whole is read, and that is no error. */
START_TEST(a_pipe_that_is_stopped)
{
    struct file file;
    size_t packets;
    bool pcapng = _i & 1;
    if (pcapng) {
        sound_start(&file);
        enhanced(&file, 0, 2, "next", NULL);
    } else {
        pcap_header(&file, false, 0xa1b2c3d4, ETHERNET);
        pcap_packet(&file, 1, 2, "sound", 5);
        pcap_packet(&file, 1, 3, "next", 4);
    }
    struct meanwhile meanwhile = {.bell = eventfd(0, EFD_CLOEXEC),
                                  .bytes = file.bytes,
                                  .len = file.len - (_i & 2 ? 0 : 2),
                                  .piece = 10};
    ck_assert_int_eq(pipe(meanwhile.pipe), 0);
    const struct waiting waiting = {
        .fd = meanwhile.bell, .stop = stop_at_second, .quiet = write_more, .context = &meanwhile};
    snprintf(path, sizeof path, "/proc/self/fd/%d", meanwhile.pipe[0]);
    struct trace *trace = open_path(path, NULL, &waiting);
    ck_assert_msg(trace != NULL, "%s", error.text);
    ck_assert_int_eq(drain(trace, &packets), 0);
    ck_assert_uint_eq(packets, _i & 2 ? 2 : 1);
    ck_assert_uint_eq(meanwhile.stops, 2);
    ck_assert_uint_ge(meanwhile.quiet, file.len / 10);
    trace_close(trace);
}
END_TEST

/* Before there is a writer, too, and before the first packet. */
START_TEST(a_fifo_without_writer_is_stopped)
{
    char directory[] = "/tmp/check_trace.XXXXXX", fifo[64];
    struct meanwhile meanwhile = {.bell = eventfd(2, EFD_CLOEXEC), .stops = 1};
    const struct waiting waiting = {
        .fd = meanwhile.bell, .stop = stop_at_second, .context = &meanwhile};
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(fifo, sizeof fifo, "%s/fifo", directory);
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    struct trace *trace = open_path(fifo, NULL, &waiting);
    unlink(fifo);
    rmdir(directory);
    ck_assert_ptr_null(trace);
    ck_assert_uint_eq(meanwhile.stops, 2);
}
END_TEST

/* Each packet is there as soon as its bytes are; a reader that waited for more would run into the
 * time limit. */
START_TEST(packets_of_a_pipe_come_at_once)
{
    bool pcapng = _i & 1, standard_input = _i & 2;
    struct trace_packet packet;
    struct file file;
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
    if (standard_input) {
        ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
        snprintf(path, sizeof path, "-");
    }
    if (pcapng) {
        sound_start(&file);
    } else {
        pcap_header(&file, false, 0xa1b2c3d4, ETHERNET);
        pcap_packet(&file, 1, 2, "sound", 5);
    }
    ck_assert_int_eq(write(ends[1], file.bytes, file.len), (ssize_t)file.len);
    struct trace *trace = open_path(path, NULL, NULL);
    ck_assert_msg(trace != NULL, "%s", error.text);
    ck_assert_int_eq(trace_next(trace, &packet, &error), 1);
    ck_assert_mem_eq(packet.frame.bytes, "sound", 5);
    file.len = 0;
    if (pcapng)
        enhanced(&file, 0, 2, "next", NULL);
    else
        pcap_packet(&file, 2, 3, "next", 4);
    ck_assert_int_eq(write(ends[1], file.bytes, file.len), (ssize_t)file.len);
    ck_assert_int_eq(trace_next(trace, &packet, &error), 1);
    ck_assert_mem_eq(packet.frame.bytes, "next", 4);
    close(ends[1]);
    ck_assert_int_eq(trace_next(trace, &packet, &error), 0);
    trace_close(trace);
}
END_TEST

/* Of what was read already, packets stay where they are while the next ones are handed out; what is
 * not there yet, in whole or in part, is not promised. */
START_TEST(packets_that_are_there_stay)
{
    struct trace_packet packets[3], more;
    struct file file;
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
    pcap_header(&file, _i, 0xa1b2c3d4, ETHERNET);
    for (uint32_t i = 0; i < 4; i++)
        pcap_packet(&file, i, 0, "0123" + i, 1);
    ck_assert_int_eq(write(ends[1], file.bytes, file.len - 1), (ssize_t)file.len - 1);
    struct trace *trace = open_path(path, NULL, NULL);
    ck_assert_msg(trace != NULL, "%s", error.text);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert(trace_next_ready(trace, &packets[i]) == (i > 0));
        if (i == 0)
            ck_assert_int_eq(trace_next(trace, &packets[i], &error), 1);
    }
    ck_assert(!trace_next_ready(trace, &more)); /* its last octet is missing */
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_int_eq(packets[i].frame.bytes[0], '0' + (int)i);
        ck_assert_int_eq(packets[i].frame.time_ns, INT64_C(1000000000) * i);
    }
    ck_assert_int_eq(write(ends[1], file.bytes + file.len - 1, 1), 1);
    ck_assert_int_eq(trace_next(trace, &packets[0], &error), 1);
    ck_assert_int_eq(packets[0].frame.bytes[0], '3');
    close(ends[1]);
    ck_assert(!trace_next_ready(trace, &more));
    ck_assert_int_eq(trace_next(trace, &packets[0], &error), 0);
    trace_close(trace);
}
END_TEST

/* A filter may have to read on to find the next one. */
START_TEST(with_a_filter_nothing_is_there)
{
    struct file file;
    struct trace_packet packet;
    pcap_header(&file, false, 0xa1b2c3d4, RAW);
    pcap_packet(&file, 1, 0, syn, 40);
    pcap_packet(&file, 2, 0, syn, 40);
    struct trace *trace = open_bytes(file.bytes, file.len, "tcp port 80");
    ck_assert_int_eq(trace_next(trace, &packet, &error), 1);
    ck_assert(!trace_next_ready(trace, &packet));
    trace_close(trace);
}
END_TEST

/* ---- recordings ---- */

static struct recording *record_to_memory(int *fd)
{
    *fd = in_memory(NULL, 0);
    struct recording *recording = recording_create(path, &error);
    ck_assert_msg(recording != NULL, "%s", error.text);
    return recording;
}

START_TEST(recorded_and_read_again)
{
    static const uint8_t data[] = "some bytes of a frame";
    int fd;
    struct trace_packet packet;
    struct recording *recording = record_to_memory(&fd);
    int eth0 = recording_interface(recording, "eth0", ETHERNET, 512, &error);
    int tun0 = recording_interface(recording, "tun0", RAW, 512, &error);
    ck_assert_int_eq(eth0, 0);
    ck_assert_int_eq(tun0, 1);
    ck_assert_int_eq(recording_remark(recording, "about nothing", &error), 0);
    for (uint32_t len = 0; len < sizeof data; len++) {
        struct frame frame = {.time_ns = 1795324083502968001 + len,
                              .bytes = data,
                              .captured_len = len,
                              .wire_len = len + 9};
        ck_assert_int_eq(recording_packet(recording, len % 2 ? tun0 : eth0, &frame,
                                          len % 3 ? (const char *)data + len : NULL, &error),
                         0);
    }
    ck_assert_int_eq(recording_close(recording, &error), 0);

    struct trace *trace = open_path(path, NULL, NULL);
    ck_assert_msg(trace != NULL, "%s", error.text);
    ck_assert(trace_is_ours(trace));
    ck_assert_int_eq(trace_next(trace, &packet, &error), 1);
    ck_assert_ptr_null(packet.frame.bytes);
    ck_assert_str_eq(packet.comment, "about nothing");
    for (uint32_t len = 0; len < sizeof data; len++) {
        ck_assert_int_eq(trace_next(trace, &packet, &error), 1);
        ck_assert_int_eq(packet.frame.time_ns, 1795324083502968001 + len);
        ck_assert_uint_eq(packet.frame.captured_len, len);
        ck_assert_uint_eq(packet.frame.wire_len, len + 9);
        ck_assert_mem_eq(packet.frame.bytes, data, len);
        ck_assert_str_eq(packet.interface, len % 2 ? "tun0" : "eth0");
        ck_assert_int_eq(packet.frame.link, len % 2 ? LINK_RAW : LINK_ETHERNET);
        ck_assert_pstr_eq(packet.comment, len % 3 ? (const char *)data + len : NULL);
    }
    ck_assert_int_eq(trace_next(trace, &packet, &error), 0);
    trace_close(trace);
    close(fd);
}
END_TEST

/* An interface block as the draft has it (4.2): link type, snap length, then options. */
START_TEST(an_interface_is_described)
{
    static const uint8_t expected[] = {1,    0, 0, 0, 40, 0, 0,   0,   RAW, 0,   0, 0, 0x56, 0x34,
                                       0x12, 0, 2, 0, 4,  0, 'e', 't', 'h', '0', 9, 0, 1,    0,
                                       9,    0, 0, 0, 0,  0, 0,   0,   40,  0,   0, 0};
    uint8_t content[256];
    int fd;
    struct recording *recording = record_to_memory(&fd);
    struct stat before;
    ck_assert_int_eq(fstat(fd, &before), 0);
    ck_assert_int_eq(recording_interface(recording, "eth0", RAW, 0x123456, &error), 0);
    ck_assert_int_eq(recording_close(recording, &error), 0);
    ssize_t len = pread(fd, content, sizeof content, before.st_size);
    ck_assert_int_eq(len, sizeof expected);
    ck_assert_mem_eq(content, expected, sizeof expected);
    close(fd);
}
END_TEST

START_TEST(each_packet_is_in_the_file_at_once)
{
    int fd;
    size_t packets;
    struct recording *recording = record_to_memory(&fd);
    recording_interface(recording, "lo", ETHERNET, 512, &error);
    for (size_t i = 1; i <= 3; i++) {
        struct frame frame = {.bytes = (const uint8_t *)"x", .captured_len = 1, .wire_len = 1};
        recording_packet(recording, 0, &frame, NULL, &error);
        struct trace *trace = open_path(path, NULL, NULL);
        ck_assert_int_eq(drain(trace, &packets), 0);
        ck_assert_uint_eq(packets, i);
        trace_close(trace);
    }
    recording_close(recording, &error);
    close(fd);
}
END_TEST

START_TEST(a_comment_too_long_is_cut)
{
    static char comment[70001];
    int fd;
    struct trace_packet packet;
    struct frame frame = {.bytes = (const uint8_t *)"x", .captured_len = 1, .wire_len = 1};
    memset(comment, 'c', sizeof comment - 1);
    struct recording *recording = record_to_memory(&fd);
    recording_interface(recording, "lo", ETHERNET, 512, &error);
    ck_assert_int_eq(recording_packet(recording, 0, &frame, comment, &error), 0);
    ck_assert_int_eq(recording_close(recording, &error), 0);
    struct trace *trace = open_path(path, NULL, NULL);
    ck_assert_int_eq(trace_next(trace, &packet, &error), 1);
    ck_assert_uint_eq(strlen(packet.comment), 65535);
    ck_assert_int_eq(trace_next(trace, &packet, &error), 0);
    trace_close(trace);
    close(fd);
}
END_TEST

/* What pads a block is zero, and nothing of what stood there before. */
START_TEST(padding_is_zero)
{
    enum { LONG = 600, SHORT = 597 };
    static uint8_t octets[LONG], content[4096];
    int fd;
    memset(octets, 0xee, sizeof octets);
    struct frame frame = {.bytes = octets, .captured_len = LONG, .wire_len = LONG};
    struct recording *recording = record_to_memory(&fd);
    recording_interface(recording, "lo", ETHERNET, 4096, &error);
    ck_assert_int_eq(recording_packet(recording, 0, &frame, NULL, &error), 0);
    frame.captured_len = frame.wire_len = SHORT;
    ck_assert_int_eq(recording_packet(recording, 0, &frame, NULL, &error), 0);
    ck_assert_int_eq(recording_close(recording, &error), 0);
    ssize_t len = pread(fd, content, sizeof content, 0);
    ck_assert_int_gt(len, LONG + SHORT);
    const uint8_t *end = content + len - 4 - 3; /* before the length of the last block */
    ck_assert(end[-1] == 0xee && end[0] == 0 && end[1] == 0 && end[2] == 0);
    close(fd);
}
END_TEST

START_TEST(recordings_that_cannot_be_made)
{
    static const char *const paths[] = {"/dev/full", "/nonexistent/run.pcap", "/"};
    static const char *const reasons[] = {"No space left", "No such file", "Is a directory"};
    ck_assert_ptr_null(recording_create(paths[_i], &error));
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_ptr_nonnull(strstr(error.text, paths[_i]));
    ck_assert_ptr_nonnull(strstr(error.text, reasons[_i]));
}
END_TEST

/* A reader that goes away: an error, on standard output too, and no second attempt. */
START_TEST(a_recording_that_breaks)
{
    int ends[2], kept = dup(STDOUT_FILENO);
    struct frame frame = {.bytes = (const uint8_t *)"x", .captured_len = 1, .wire_len = 1};
    signal(SIGPIPE, SIG_IGN);
    ck_assert_int_eq(pipe(ends), 0);
    fflush(stdout);
    dup2(ends[1], STDOUT_FILENO);
    struct recording *recording = recording_create("-", &error);
    dup2(kept, STDOUT_FILENO);
    close(ends[1]);
    ck_assert_ptr_nonnull(recording);
    ck_assert_int_eq(recording_interface(recording, "lo", ETHERNET, 512, &error), 0);
    close(ends[0]);
    for (int i = 0; i < 2; i++) {
        error.text[0] = '\0';
        ck_assert_int_eq(recording_packet(recording, 0, &frame, NULL, &error), -1);
        ck_assert_str_eq(error.text, "standard output: cannot write: Broken pipe");
    }
    ck_assert_int_eq(recording_close(recording, &error), -1);
}
END_TEST

/* Half a block may be in the file by then: whatever came after it could not be read. */
START_TEST(nothing_is_written_after_a_failure)
{
    int fd;
    struct stat before, after;
    struct rlimit limit;
    struct frame frame = {.bytes = (const uint8_t *)"x", .captured_len = 1, .wire_len = 1};
    signal(SIGXFSZ, SIG_IGN);
    struct recording *recording = record_to_memory(&fd);
    recording_interface(recording, "lo", ETHERNET, 512, &error);
    fstat(fd, &before);
    getrlimit(RLIMIT_FSIZE, &limit);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){(rlim_t)before.st_size, limit.rlim_max});
    ck_assert_int_eq(recording_packet(recording, 0, &frame, NULL, &error), -1);
    setrlimit(RLIMIT_FSIZE, &limit);
    ck_assert_int_eq(recording_packet(recording, 0, &frame, NULL, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "File too large"));
    fstat(fd, &after);
    ck_assert_int_eq(after.st_size, before.st_size);
    ck_assert_int_eq(recording_close(recording, &error), -1);
    close(fd);
}
END_TEST

static void add_pcap_tests(Suite *suite)
{
    TCase *tests = tcase_create("pcap");
    tcase_add_loop_test(tests, pcap_of_each_kind, 0, 4);
    tcase_add_loop_test(tests, pcap_cut_at_every_length, 0, 2);
    tcase_add_loop_test(tests, pcap_never_before_1970, 0, 2);
    tcase_add_loop_test(tests, filter_on_pcap, 0, 2);
    tcase_add_loop_test(tests, pcap_of_other_versions, 0, 6);
    tcase_add_loop_test(tests, pcap_keeps_to_its_snaplen, 0, 10);
    tcase_add_test(tests, pcap_of_a_jumbo_packet);
    suite_add_tcase(suite, tests);
}

static void add_pcapng_tests(Suite *suite)
{
    TCase *tests = tcase_create("pcapng");
    tcase_add_loop_test(tests, pcapng_with_everything, 0, 2);
    tcase_add_test(tests, times_in_every_resolution);
    tcase_add_loop_test(tests, pcapng_cut_at_every_length, 0, 2);
    tcase_add_loop_test(tests, hostile_block_lengths, 0, 12);
    tcase_add_test(tests, a_length_that_the_file_does_not_hold);
    tcase_add_test(tests, hostile_insides);
    tcase_add_test(tests, remarks_behind_names);
    tcase_add_test(tests, broken_names_cost_nothing);
    tcase_add_test(tests, other_blocks_cost_nothing);
    tcase_add_loop_test(tests, long_blocks_are_read_past, 0, 2);
    tcase_add_test(tests, a_block_that_is_read_past_takes_no_memory);
    tcase_add_test(tests, a_place_is_that_in_the_file);
    tcase_add_loop_test(tests, unpadded_blocks, 0, 8);
    tcase_add_test(tests, the_last_value_may_be_unpadded);
    tcase_add_test(tests, the_first_section_names_the_writer);
    tcase_add_test(tests, an_interface_may_have_two_names);
    tcase_add_test(tests, packets_have_numbers);
    tcase_add_loop_test(tests, pktap_is_taken_off, 0, sizeof wrapped / sizeof wrapped[0]);
    tcase_add_test(tests, pktap_cut);
    tcase_add_loop_test(tests, pktap_in_pcap, 0, 2);
    tcase_add_loop_test(tests, short_blocks, 0, 4);
    tcase_add_test(tests, interfaces_are_bounded);
    tcase_add_test(tests, simple_packets_end_at_the_snaplen);
    tcase_add_test(tests, simple_packets_need_an_interface);
    tcase_add_loop_test(tests, filter_on_several_link_types, 0, 6);
    suite_add_tcase(suite, tests);
}

static void add_both_tests(Suite *suite)
{
    TCase *tests = tcase_create("both");
    tcase_set_timeout(tests, 30);
    tcase_add_loop_test(tests, corruption_at_every_octet, 0, 4);
    tcase_add_loop_test(tests, files_that_are_none, 0, 6);
    tcase_add_test(tests, paths_that_cannot_be_read);
    tcase_add_loop_test(tests, filter_with_a_mistake, 0, 3);
    tcase_add_loop_test(tests, a_capture_of_nothing, 0, 4);
    tcase_add_loop_test(tests, packets_of_a_pipe_come_at_once, 0, 4);
    tcase_add_loop_test(tests, packets_that_are_there_stay, 0, 2);
    tcase_add_test(tests, with_a_filter_nothing_is_there);
    tcase_add_loop_test(tests, a_pipe_that_is_stopped, 0, 4);
    tcase_add_test(tests, a_fifo_without_writer_is_stopped);
    tcase_add_loop_test(tests, pcap_of_an_unknown_link_type, 0, 2);
    tcase_add_loop_test(tests, pcapng_of_unknown_link_types, 0, 2);
    tcase_add_test(tests, compressed_and_cut_at_every_length);
    suite_add_tcase(suite, tests);
}

static void add_recording_tests(Suite *suite)
{
    TCase *tests = tcase_create("recording");
    tcase_add_test(tests, recorded_and_read_again);
    tcase_add_test(tests, an_interface_is_described);
    tcase_add_test(tests, each_packet_is_in_the_file_at_once);
    tcase_add_test(tests, a_comment_too_long_is_cut);
    tcase_add_test(tests, padding_is_zero);
    tcase_add_loop_test(tests, recordings_that_cannot_be_made, 0, 3);
    tcase_add_test(tests, a_recording_that_breaks);
    tcase_add_test(tests, nothing_is_written_after_a_failure);
    suite_add_tcase(suite, tests);
}

int main(void)
{
    Suite *suite = suite_create("trace");
    add_pcap_tests(suite);
    add_pcapng_tests(suite);
    add_both_tests(suite);
    add_recording_tests(suite);
    return run_suite(suite);
}
