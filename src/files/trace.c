/* SPDX-License-Identifier: BSD-2-Clause */
#include "files/trace.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "files/pcapfile.h"
#include "files/pcapng.h"
#include "files/pktap.h"
#include "net/linktype.h"
#include "wire/bytes.h"

struct trace {
    char *path; /* owned, for errors; so is all below */
    struct input *input;
    FILE *file;                /* NULL once libpcap has it */
    pcap_t *pcap;              /* or */
    struct pcapng *pcapng;     /* the other is NULL */
    struct pcapfile *pcapfile; /* takes over behind the header that libpcap read; may be NULL */
    struct filter *filter;     /* borrowed; NULL: every packet */
    uint64_t packets;
    bool readable; /* one of them was of a known link type */
    uint16_t linktype;
    enum link pcap_link;
    bool pcap_wrapped; /* each packet says what it is */
};

static int trace_error(const struct trace *trace, const char *what, struct error *error)
{
    return error_set(error, STATUS_RUN, "%s: %s", trace->path, what);
}

/* Where reading broke off. */
static int packet_error(const struct trace *trace, const char *what, struct error *error)
{
    return error_set(error, STATUS_RUN, "%s: after packet %llu: %s", trace->path,
                     (unsigned long long)trace->packets, what);
}

/* The magic numbers of pcap in both byte orders: microseconds, nanoseconds, and Kuznetzov's
 * variant. */
static bool is_pcap(const uint8_t *magic)
{
    static const uint32_t known[] = {0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34};
    uint32_t big = bytes_be32(magic);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (big == known[i] || big == __builtin_bswap32(known[i]))
            return true;
    return false;
}

char *trace_linktype_text(uint16_t linktype, char out[LINKTYPE_TEXT_MAX])
{
    const char *name = pcap_datalink_val_to_name(linktype);
    int len = snprintf(out, LINKTYPE_TEXT_MAX, "%u", (unsigned)linktype);
    if (name != NULL)
        snprintf(out + len, LINKTYPE_TEXT_MAX - (size_t)len, " (%s)", name);
    return out;
}

static int unreadable(const struct trace *trace, uint16_t linktype, struct error *error)
{
    char text[LINKTYPE_TEXT_MAX];
    return error_set(error, STATUS_RUN, "%s: link type %s is not supported", trace->path,
                     trace_linktype_text(linktype, text));
}

/* Whether that magic number is one that pcapfile reads, whatever the byte order. */
static bool is_plain_pcap(const uint8_t *magic)
{
    static const uint8_t known[][INPUT_MAGIC_LEN] = {
        {0xa1, 0xb2, 0xc3, 0xd4},
        {0xd4, 0xc3, 0xb2, 0xa1},
        {0xa1, 0xb2, 0x3c, 0x4d},
        {0x4d, 0x3c, 0xb2, 0xa1},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (memcmp(magic, known[i], INPUT_MAGIC_LEN) == 0)
            return true;
    return false;
}

static bool take_over(struct trace *trace, const uint8_t *magic)
{
    bool big_endian = magic[0] == 0xa1;
    struct pcapfile_format format = {
        .big_endian = big_endian,
        .nanoseconds = magic[big_endian ? 3 : 0] == 0x4d,
        .snaplen = (uint32_t)pcap_snapshot(trace->pcap),
    };
    trace->pcapfile = pcapfile_new(trace->input, &format);
    trace->readable = !trace->pcap_wrapped; /* or else the file is not */
    return trace->pcapfile != NULL;
}

/* The stream is not to read more than libpcap asks for where the rest is read past it. */
static int open_pcap(struct trace *trace, const uint8_t *magic, struct error *error)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    bool plain = is_plain_pcap(magic);
    if (plain)
        setvbuf(trace->file, NULL, _IONBF, 0);
    trace->pcap =
        pcap_fopen_offline_with_tstamp_precision(trace->file, PCAP_TSTAMP_PRECISION_NANO, reason);
    if (!trace->pcap)
        return input_problem(trace->input) ? trace_error(trace, input_problem(trace->input), error)
                                           : trace_error(trace, reason, error);
    trace->file = NULL;
    trace->linktype = linktype_from_dlt(pcap_datalink(trace->pcap));
    trace->pcap_link = link_from_dlt(pcap_datalink(trace->pcap));
    trace->pcap_wrapped = pktap_is(trace->linktype);
    if (plain && pcap_major_version(trace->pcap) == 2 && pcap_minor_version(trace->pcap) == 4 &&
        !take_over(trace, magic))
        return error_set_memory(error, "%s: out of memory", trace->path);
    return trace->pcap_link != LINK_UNKNOWN || trace->pcap_wrapped
               ? 0
               : unreadable(trace, trace->linktype, error);
}

static int open_pcapng(struct trace *trace, struct error *error)
{
    trace->pcapng = pcapng_open(trace->file, error);
    if (trace->pcapng)
        return 0;
    if (input_problem(trace->input))
        return trace_error(trace, input_problem(trace->input), error);
    return error_context(error, "%s", trace->path);
}

static int open_format(struct trace *trace, struct error *error)
{
    static const uint8_t pcapng_magic[] = {0x0a, 0x0d, 0x0d, 0x0a};
    size_t len;
    const uint8_t *magic = input_magic(trace->input, &len);
    trace->file = input_stream(trace->input);
    if (!trace->file)
        return error_set_code(error, errno, "%s", trace->path);
    if (len == INPUT_MAGIC_LEN && memcmp(magic, pcapng_magic, sizeof pcapng_magic) == 0)
        return open_pcapng(trace, error);
    if (len == INPUT_MAGIC_LEN && is_pcap(magic))
        return open_pcap(trace, magic, error);
    return trace_error(trace, "is not a capture file (neither pcap nor pcapng)", error);
}

struct trace *trace_open(struct source *source, struct filter *filter,
                         const struct waiting *waiting, struct error *error)
{
    struct trace *trace = calloc(1, sizeof *trace);
    if (trace) {
        trace->filter = filter;
        trace->path = strdup(source_name(source));
    }
    if (!trace || !trace->path) {
        error_set_memory(error, "%s: out of memory", source_name(source));
        source_close(source);
    } else if ((trace->input = input_open(source, waiting, error)) != NULL &&
               open_format(trace, error) == 0) {
        return trace;
    }
    trace_close(trace);
    return NULL;
}

void trace_close(struct trace *trace)
{
    if (!trace)
        return;
    if (trace->pcap)
        pcap_close(trace->pcap); /* its file with it */
    pcapfile_free(trace->pcapfile);
    pcapng_close(trace->pcapng);
    if (trace->file)
        fclose(trace->file);
    input_close(trace->input);
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

/* Takes off a header that says more than where the frame begins. */
static void unwrap(struct trace_packet *packet)
{
    struct pktap pktap;
    if (!pktap_unwrap(&packet->frame, &pktap))
        return;
    packet->linktype = pktap.linktype;
    if (pktap.interface != NULL)
        packet->interface = pktap.interface;
}

/* What all packets of the file have in common. */
static inline void describe(const struct trace *trace, struct trace_packet *packet)
{
    packet->frame.link = trace->pcap_link;
    packet->linktype = trace->linktype;
    packet->interface = packet->comment = NULL;
    if (trace->pcap_wrapped)
        unwrap(packet);
}

static int next_of_pcapfile(struct trace *trace, struct trace_packet *packet, struct error *error)
{
    const char *problem;
    int code = pcapfile_next(trace->pcapfile, &packet->frame, &problem);
    if (code < 0)
        return packet_error(trace, problem, error);
    describe(trace, packet);
    return code;
}

static int next_of_pcap(struct trace *trace, struct trace_packet *packet, struct error *error)
{
    struct pcap_pkthdr *header;
    const u_char *bytes;
    int code = pcap_next_ex(trace->pcap, &header, &bytes);
    if (code == PCAP_ERROR_BREAK)
        return 0;
    if (code != 1)
        return packet_error(trace, pcap_geterr(trace->pcap), error);
    packet->frame = (struct frame){.time_ns = pcap_time_ns(header),
                                   .bytes = bytes,
                                   .captured_len = header->caplen,
                                   .wire_len = header->len};
    describe(trace, packet);
    return 1;
}

static int next_of_pcapng(struct trace *trace, struct trace_packet *packet, struct error *error)
{
    struct pcapng_packet found;
    int code = pcapng_next(trace->pcapng, &found, error);
    if (code < 0)
        return error_context(error, "%s", trace->path);
    if (code <= 0)
        return code;
    *packet = (struct trace_packet){
        .frame = {.time_ns = found.time_ns,
                  .bytes = found.bytes,
                  .captured_len = found.captured_len,
                  .wire_len = found.wire_len,
                  .link = link_from_linktype(found.linktype),
                  .interface = found.interface_number},
        .linktype = found.linktype,
        .interface = found.interface,
        .comment = found.comment,
    };
    if (found.bytes != NULL && pktap_is(found.linktype))
        unwrap(packet);
    return code;
}

/* What the end of the packets, or what ended them, comes to. */
static int finish(struct trace *trace, int code, struct error *error)
{
    if (input_stopped(trace->input))
        return 0;
    if (input_problem(trace->input))
        return packet_error(trace, input_problem(trace->input), error);
    if (code == 0 && trace->packets > 0 && !trace->readable)
        return unreadable(trace, trace->linktype, error);
    return code;
}

static int next_of_any(struct trace *trace, struct trace_packet *packet, struct error *error)
{
    if (trace->pcapfile)
        return next_of_pcapfile(trace, packet, error);
    return trace->pcap ? next_of_pcap(trace, packet, error) : next_of_pcapng(trace, packet, error);
}

int trace_next(struct trace *trace, struct trace_packet *packet, struct error *error)
{
    int code;
    do {
        code = next_of_any(trace, packet, error);
        if (code <= 0)
            return finish(trace, code, error);
        if (packet->frame.bytes == NULL)
            return 1;
        packet->number = ++trace->packets;
        if (packet->frame.link == LINK_UNKNOWN) {
            if (trace->packets == 1)
                trace->linktype = packet->linktype;
            return 1;
        }
        trace->readable = true;
        code = trace->filter ? filter_takes(trace->filter, &packet->frame, error) : 1;
    } while (code == 0);
    return code;
}

bool trace_next_ready(struct trace *trace, struct trace_packet *packet)
{
    if (trace->pcapfile == NULL || trace->filter != NULL ||
        !pcapfile_next_ready(trace->pcapfile, &packet->frame))
        return false;
    describe(trace, packet);
    packet->number = ++trace->packets;
    trace->readable = trace->readable || packet->frame.link != LINK_UNKNOWN;
    return true;
}

uint64_t trace_flaws(const struct trace *trace, const char **first)
{
    if (trace->pcapng == NULL)
        return 0;
    const struct pcapng_flaws *flaws = pcapng_flaws(trace->pcapng);
    *first = flaws->first.text;
    return flaws->count;
}

bool trace_is_ours(const struct trace *trace)
{
    return trace->pcapng && pcapng_written_by(trace->pcapng, "tcpshake ");
}
