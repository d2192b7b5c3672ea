/* SPDX-License-Identifier: BSD-2-Clause */
/* A capture file to read: pcap through libpcap, pcapng by a reader of our own, because libpcap
 * passes on neither packet comments nor interface names and refuses files of several link types. */
#ifndef TCPSHAKE_NET_TRACE_H
#define TCPSHAKE_NET_TRACE_H

#include "core/segment.h"
#include "error.h"

struct trace;

/* One packet of a file, or a remark that belongs to none: then frame.bytes is NULL and the comment
 * is all there is. Everything is borrowed until the next call. */
struct trace_packet {
    struct frame frame;
    const char *interface; /* NULL if the file does not say */
    const char *comment;   /* the packet's first opt_comment, NUL-terminated, or NULL */
};

/* Opens path ("-": standard input). filter is an expression of pcap-filter(7) or NULL. Returns NULL
 * with *error set. */
struct trace *trace_open(const char *path, const char *filter, struct error *error);
void trace_close(struct trace *trace); /* NULL is allowed */

/* The next packet that the filter takes: 1, at the end 0, or -1 with *error set (STATUS_RUN, the
 * path and the place): a truncated or corrupt file gives its sound packets first. */
int trace_next(struct trace *trace, struct trace_packet *packet, struct error *error);

/* Whether the file comes from a recording of ours: its section header names tcpshake as the writer.
 */
bool trace_is_ours(const struct trace *trace);

#endif
