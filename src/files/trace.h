/* SPDX-License-Identifier: BSD-2-Clause */
/* A capture file to read, compressed or not: pcap through libpcap, pcapng by a reader of our own,
 * because libpcap passes on neither packet comments nor interface names and refuses files of
 * several link types. */
#ifndef TCPSHAKE_FILES_TRACE_H
#define TCPSHAKE_FILES_TRACE_H

#include "base/error.h"
#include "confine/filter.h"
#include "files/input.h"
#include "wire/segment.h"

#define LINKTYPE_TEXT_MAX 64

struct trace;

/* One packet of a file, or a remark that belongs to none: then frame.bytes is NULL and the comment
 * is all there is. Everything is borrowed until the next call. */
struct trace_packet {
    struct frame frame;
    uint64_t number;       /* of the packet in its file, from 1; not of a remark */
    uint16_t linktype;     /* the file's number for how the frame begins */
    const char *interface; /* NULL if the file does not say */
    const char *comment;   /* the packet's first opt_comment, NUL-terminated, or NULL */
};

/* Reads from source, which is taken over. filter is borrowed and may be NULL; so is and may be
 * *waiting, which says what happens while input is waited for. Returns NULL with *error set
 * (STATUS_RUN, the path). */
struct trace *trace_open(struct source *source, struct filter *filter,
                         const struct waiting *waiting, struct error *error);
void trace_close(struct trace *trace); /* NULL is allowed */

/* The next packet that the filter takes: 1, at the end, or once waiting->stop ended it, 0, or -1
 * with *error set (STATUS_RUN, the path and the place; STATUS_USAGE, a filter that makes no sense
 * for the link type): a truncated or corrupt file gives its sound packets first. A packet of a link
 * type that cannot be read is handed out whatever the filter, to be counted; a file of nothing else
 * is an error. */
int trace_next(struct trace *trace, struct trace_packet *packet, struct error *error);

/* The next packet where it is known without waiting for input, and without moving what was handed
 * out before. Returns whether it was: else trace_next tells what comes. */
bool trace_next_ready(struct trace *trace, struct trace_packet *packet);

/* What of the file, apart from packets, could not be read and was passed over: the number of
 * blocks, of which *first says what is wrong with the first one. 0: nothing. */
uint64_t trace_flaws(const struct trace *trace, const char **first);

/* Whether the file comes from a recording of ours: its section header names tcpshake as the writer.
 */
bool trace_is_ours(const struct trace *trace);

/* "187 (BLUETOOTH_HCI_H4)", the name where libpcap has one. Returns out. */
char *trace_linktype_text(uint16_t linktype, char out[LINKTYPE_TEXT_MAX]);

#endif
