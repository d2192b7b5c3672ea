/* SPDX-License-Identifier: BSD-2-Clause */
/* What a recording keeps beside the frames, because the wire does not say it: packet comments that
 * begin with "tcpshake:", for people in any analyser and for ourselves in the replay. */
#ifndef TCPSHAKE_FILES_ANNOTATION_H
#define TCPSHAKE_FILES_ANNOTATION_H

#include "tcp/host.h"
#include "tcp/origin.h"
#include "tcp/result.h"

#define ANNOTATION_TARGET_MAX 256
#define ANNOTATION_MAX        2048

/* Of one packet. */
struct annotation {
    enum origin origin;
    uint32_t device_bytes;    /* MTU of the device, with ORIGIN_PATH_MTU; 0 if it is not said */
    bool translated;          /* by this host: the segment stands for one ... */
    struct endpoint from, to; /* ... with these ends; valid with translated */
    int64_t resolve_ns;       /* what the target took to resolve, or DURATION_UNKNOWN */
    uint32_t place; /* of the target among those of the run, from 1; 0 if it is not said */
    char target[ANNOTATION_TARGET_MAX]; /* "" if it is not said */
};

/* Writes the comment into out (ANNOTATION_MAX bytes); returns out, or NULL where there is nothing
 * to say. */
const char *annotation_format(const struct annotation *annotation, char *out);

/* Reads a comment; one that is not ours, or NULL, leaves the defaults: ORIGIN_WIRE, no
 * target, no place, no time of resolving. */
void annotation_parse(const char *comment, struct annotation *annotation);

/* A target to which nothing could be sent. */
struct no_route {
    struct endpoint server;
    enum reason reason;
    struct host_facts host; /* nothing that takes a segment */
    int64_t time_ns, resolve_ns;
    uint32_t place; /* as of a packet */
    char target[ANNOTATION_TARGET_MAX];
};

const char *no_route_format(const struct no_route *no_route, char *out);
bool no_route_parse(const char *comment, struct no_route *no_route); /* false: not such a remark */

/* The result that stands for it; borrows target and host. */
void no_route_result(const struct no_route *no_route, struct connection_result *result);

/* The moment at which a live run was done with a connection, and reported it: the replay does the
 * same there. time_ns is when that was, since the epoch, or DURATION_UNKNOWN. With it goes what the
 * host knew of the connection, but for translations; host may be NULL, and is valid after end_parse
 * only with *has_host. */
const char *end_format(const struct endpoint ends[ENDS], int64_t time_ns,
                       const struct host_facts *host, char *out);
bool end_parse(const char *comment, struct endpoint ends[ENDS], int64_t *time_ns,
               struct host_facts *host, bool *has_host);

/* What a list says of the target of the next connection that ends, or has no route. */
#define NOTES_MAX 1280
const char *notes_format(const struct target_notes *notes, char out[NOTES_MAX]);

/* Reads that; the labels are those of the comment, and such that a list can have. */
bool notes_parse(const char *comment, struct target_notes *notes);

/* The clock of the stamps was set while that connection was in flight. */
const char *clock_set_format(const struct endpoint ends[ENDS], char *out);
bool clock_set_parse(const char *comment, struct endpoint ends[ENDS]);

/* The run ended while that connection was in flight. */
const char *cut_short_format(const struct endpoint ends[ENDS], char *out);
bool cut_short_parse(const char *comment, struct endpoint ends[ENDS]);

/* In which order the targets of a run are, and which part of them it has: shard of shards, from 1.
 * A seed above INT64_MAX: they are in the order given. */
const char *order_format(uint64_t seed, uint32_t shard, uint32_t shards, char *out);
bool order_parse(const char *comment, uint64_t *seed, uint32_t *shard, uint32_t *shards);

/* Begins the recording of a run that was to make more than one connection. */
const char *several_text(void);
bool several_parse(const char *comment);

/* Says that it compares connections with an offer and plain ones. */
const char *compare_text(void);
bool compare_parse(const char *comment);

/* Says that the run makes one connection to each target, and has too many targets to sum up each of
 * them. A target on several lines of a streamed list counts once for each line. */
const char *each_once_text(void);
bool each_once_parse(const char *comment);

#endif
