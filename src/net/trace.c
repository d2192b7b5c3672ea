/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/linktype.h"
#include "net/pcapng.h"

#define READ_AHEAD    (256 << 10)
#define MAGIC_LEN     4
#define FILTERS       (LINK_SLL2 + 1) /* one for each enum link */
#define LOOPBACK_LINK 4               /* bytes of the header of LINK_NULL and LINK_LOOP */

/* A descriptor as a FILE that gives back the bytes which were looked at first: a pipe cannot be
 * rewound. */
struct source {
    int fd;
    uint8_t magic[MAGIC_LEN];
    size_t magic_len, magic_given;
};

struct trace {
    char *path; /* owned, for errors; so is all below */
    struct source source;
    FILE *file;            /* NULL once libpcap has it */
    pcap_t *pcap;          /* or */
    struct pcapng *pcapng; /* the other is NULL */
    char *filter;          /* NULL: every packet */
    struct bpf_program programs[FILTERS];
    bool compiled[FILTERS];
    uint64_t packets;
    enum link pcap_link;
    char read_ahead[READ_AHEAD];
};

static ssize_t source_read(void *cookie, char *out, size_t size)
{
    struct source *source = cookie;
    size_t left = source->magic_len - source->magic_given;
    if (left == 0) {
        ssize_t len;
        do
            len = read(source->fd, out, size);
        while (len < 0 && errno == EINTR);
        return len;
    }
    size_t len = left < size ? left : size;
    memcpy(out, source->magic + source->magic_given, len);
    source->magic_given += len;
    return (ssize_t)len;
}

static int source_close(void *cookie)
{
    struct source *source = cookie;
    return close(source->fd);
}

static int trace_error(const struct trace *trace, const char *what, struct error *error)
{
    return error_set(error, STATUS_RUN, "%s: %s", trace->path, what);
}

/* Looks at the first bytes, without waiting for more of them than tell the format. */
static int peek(struct trace *trace, struct error *error)
{
    struct source *source = &trace->source;
    while (source->magic_len < MAGIC_LEN) {
        ssize_t len =
            read(source->fd, source->magic + source->magic_len, MAGIC_LEN - source->magic_len);
        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0)
            return trace_error(trace, strerror(errno), error);
        if (len == 0)
            break;
        source->magic_len += (size_t)len;
    }
    return source->magic_len > 0 ? 0 : trace_error(trace, "empty", error);
}

static int open_file(struct trace *trace, const char *path, struct error *error)
{
    static const cookie_io_functions_t functions = {.read = source_read, .close = source_close};
    bool standard_input = strcmp(path, "-") == 0;
    trace->source.fd = standard_input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
                                      : open(path, O_RDONLY | O_CLOEXEC);
    if (trace->source.fd < 0)
        return trace_error(trace, strerror(errno), error);
    if (peek(trace, error) == 0) {
        trace->file = fopencookie(&trace->source, "r", functions);
        if (trace->file) {
            __fsetlocking(trace->file, FSETLOCKING_BYCALLER); /* nobody else reads it */
            setvbuf(trace->file, trace->read_ahead, _IOFBF, sizeof trace->read_ahead);
            return 0;
        }
        trace_error(trace, strerror(errno), error);
    }
    close(trace->source.fd);
    return -1;
}

/* What people hand over by mistake. */
static const struct {
    const char *magic;
    size_t len;
    const char *text;
} foreign[] = {
    {"\x1f\x8b", 2, "is compressed: zcat it into --read -"},
    {"\x28\xb5\x2f\xfd", 4, "is compressed: zstdcat it into --read -"},
    {"\xfd\x37\x7a\x58", 4, "is compressed: xzcat it into --read -"},
};

/* The magic numbers of pcap in both byte orders: microseconds, nanoseconds, and Kuznetzov's
 * variant. */
static bool is_pcap(const uint8_t *magic)
{
    static const uint32_t known[] = {0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34};
    uint32_t big =
        (uint32_t)magic[0] << 24 | (uint32_t)magic[1] << 16 | (uint32_t)magic[2] << 8 | magic[3];
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (big == known[i] || big == __builtin_bswap32(known[i]))
            return true;
    return false;
}

static int open_pcap(struct trace *trace, struct error *error)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    trace->pcap =
        pcap_fopen_offline_with_tstamp_precision(trace->file, PCAP_TSTAMP_PRECISION_NANO, reason);
    if (!trace->pcap)
        return trace_error(trace, reason, error);
    trace->file = NULL;
    trace->pcap_link = link_from_dlt(pcap_datalink(trace->pcap));
    return 0;
}

static int open_format(struct trace *trace, struct error *error)
{
    static const uint8_t pcapng_magic[] = {0x0a, 0x0d, 0x0d, 0x0a};
    const struct source *source = &trace->source;
    if (source->magic_len == MAGIC_LEN && memcmp(source->magic, pcapng_magic, MAGIC_LEN) == 0) {
        trace->pcapng = pcapng_open(trace->file, error);
        return trace->pcapng ? 0 : error_context(error, "%s", trace->path);
    }
    if (source->magic_len == MAGIC_LEN && is_pcap(source->magic))
        return open_pcap(trace, error);
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
        if (source->magic_len >= foreign[i].len &&
            memcmp(source->magic, foreign[i].magic, foreign[i].len) == 0)
            return trace_error(trace, foreign[i].text, error);
    return trace_error(trace, "is no capture file (neither pcap nor pcapng)", error);
}

/* Whether the expression can be compiled for frames that begin so; reason holds PCAP_ERRBUF_SIZE
 * bytes. */
static bool compile(const char *expression, enum link link, struct bpf_program *out, char *reason)
{
    static const int dlts[FILTERS] = {
        [LINK_ETHERNET] = DLT_EN10MB, [LINK_NULL] = DLT_RAW,      [LINK_LOOP] = DLT_RAW,
        [LINK_RAW] = DLT_RAW,         [LINK_SLL] = DLT_LINUX_SLL, [LINK_SLL2] = DLT_LINUX_SLL2,
    };
    pcap_t *pcap = pcap_open_dead(dlts[link], 65535);
    strcpy(reason, "out of memory");
    if (!pcap)
        return false;
    bool good = pcap_compile(pcap, out, expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!good)
        strcpy(reason, pcap_geterr(pcap));
    pcap_close(pcap);
    return good;
}

static int filter_error(const char *expression, const char *reason, struct error *error)
{
    return error_set(error, STATUS_USAGE, "filter \"%s\": %s", expression, reason);
}

/* A mistake is told at once, before the first packet and its link type: some link type must take
 * the filter. */
static int check_filter(struct trace *trace, const char *expression, struct error *error)
{
    static const enum link likely[] = {LINK_ETHERNET, LINK_RAW, LINK_SLL, LINK_SLL2};
    char reason[PCAP_ERRBUF_SIZE], first_reason[PCAP_ERRBUF_SIZE] = "";
    for (size_t i = 0; i < sizeof likely / sizeof likely[0]; i++) {
        enum link link = likely[i];
        trace->compiled[link] = compile(expression, link, &trace->programs[link], reason);
        if (trace->compiled[link]) {
            trace->filter = strdup(expression);
            return trace->filter ? 0 : trace_error(trace, strerror(ENOMEM), error);
        }
        if (i == 0)
            strcpy(first_reason, reason);
    }
    return filter_error(expression, first_reason, error);
}

struct trace *trace_open(const char *path, const char *filter, struct error *error)
{
    const char *shown = strcmp(path, "-") == 0 ? "standard input" : path;
    struct trace *trace = calloc(1, sizeof *trace);
    if (trace)
        trace->path = strdup(shown);
    if (!trace || !trace->path)
        error_set(error, STATUS_RUN, "%s: %s", shown, strerror(ENOMEM));
    else if ((!filter || check_filter(trace, filter, error) == 0) &&
             open_file(trace, path, error) == 0 && open_format(trace, error) == 0)
        return trace;
    trace_close(trace);
    return NULL;
}

void trace_close(struct trace *trace)
{
    if (!trace)
        return;
    if (trace->pcap)
        pcap_close(trace->pcap); /* its file with it */
    pcapng_close(trace->pcapng);
    if (trace->file)
        fclose(trace->file);
    for (size_t i = 0; i < FILTERS; i++)
        if (trace->compiled[i])
            pcap_freecode(&trace->programs[i]);
    free(trace->filter);
    free(trace->path);
    free(trace);
}

/* Of the file's 32 bits only the seconds are what they seem: libpcap makes them signed, and a
 * writer can put anything where a fraction belongs. */
static int64_t pcap_time_ns(const struct pcap_pkthdr *header)
{
    int64_t time_ns = (int64_t)(uint32_t)header->ts.tv_sec * 1000000000 + header->ts.tv_usec;
    return time_ns < 0 ? 0 : time_ns;
}

static int next_of_pcap(struct trace *trace, struct trace_packet *packet, struct error *error)
{
    struct pcap_pkthdr *header;
    const u_char *bytes;
    int code = pcap_next_ex(trace->pcap, &header, &bytes);
    if (code == PCAP_ERROR_BREAK)
        return 0;
    if (code != 1)
        return error_set(error, STATUS_RUN, "%s: after packet %llu: %s", trace->path,
                         (unsigned long long)trace->packets, pcap_geterr(trace->pcap));
    *packet = (struct trace_packet){
        .frame = {.time_ns = pcap_time_ns(header),
                  .bytes = bytes,
                  .captured_len = header->caplen,
                  .wire_len = header->len,
                  .link = trace->pcap_link},
    };
    return 1;
}

static int next_of_pcapng(struct trace *trace, struct trace_packet *packet, struct error *error)
{
    struct pcapng_packet found;
    int code = pcapng_next(trace->pcapng, &found, error);
    if (code < 0)
        return error_context(error, "%s", trace->path);
    if (code > 0)
        *packet = (struct trace_packet){
            .frame = {.time_ns = found.time_ns,
                      .bytes = found.bytes,
                      .captured_len = found.captured_len,
                      .wire_len = found.wire_len,
                      .link = link_from_linktype(found.linktype)},
            .interface = found.interface,
            .comment = found.comment,
        };
    return code;
}

/* 1, 0, or -1 with *error. A loopback header names its protocol by the numbers of the system that
 * wrote it, so the filter looks behind it. What cannot be decoded is nothing that a filter could
 * take. */
static int takes(struct trace *trace, const struct frame *frame, struct error *error)
{
    char reason[PCAP_ERRBUF_SIZE];
    enum link link = frame->link;
    uint32_t skipped = link == LINK_NULL || link == LINK_LOOP ? LOOPBACK_LINK : 0;
    if (link == LINK_UNKNOWN || frame->captured_len < skipped)
        return 0;
    struct bpf_program *program = &trace->programs[link];
    if (!trace->compiled[link]) {
        if (!compile(trace->filter, link, program, reason))
            return filter_error(trace->filter, reason, error);
        trace->compiled[link] = true;
    }
    struct pcap_pkthdr header = {
        .caplen = frame->captured_len - skipped,
        .len = frame->wire_len > skipped ? frame->wire_len - skipped : 0,
    };
    return pcap_offline_filter(program, &header, frame->bytes + skipped) != 0;
}

int trace_next(struct trace *trace, struct trace_packet *packet, struct error *error)
{
    int code;
    do {
        code =
            trace->pcap ? next_of_pcap(trace, packet, error) : next_of_pcapng(trace, packet, error);
        if (code <= 0)
            return code;
        if (packet->frame.bytes == NULL)
            return 1;
        trace->packets++;
        code = trace->filter ? takes(trace, &packet->frame, error) : 1;
    } while (code == 0);
    return code;
}

bool trace_is_ours(const struct trace *trace)
{
    return trace->pcapng && pcapng_written_by(trace->pcapng, "tcpshake ");
}
