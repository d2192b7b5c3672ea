/* SPDX-License-Identifier: BSD-2-Clause */
/* Grammar: "tcpshake:", then words with a space before each, of the form key or key=value. The
 * target comes last and takes the rest of the comment, since a name may contain anything. */
#include "files/annotation.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/labels.h"
#include "files/hostwords.h"
#include "files/remarkwords.h"

#define NO_ROUTE     " no-route"
#define SEVERAL      " several"
#define COMPARE      " compare"
#define EACH_ONCE    " each-once"
#define END          " end"
#define TIME         " time_ns="
#define CLOCK_SET    " clock-was-set"
#define CUT_SHORT    " cut-short"
#define TARGET       " target="
#define TRANSLATED   " translated"
#define FROM         " from="
#define FROM_PORT    " from-port="
#define TO           " to="
#define TO_PORT      " to-port="
#define LOCAL_KERNEL " sent-by-the-local-kernel"
#define PLACE        " place="
#define RESOLVED     " resolved-in-ns="
#define USER_SPACE   " time-from-user-space"
#define ON_PATH      " path"
#define OF_CONTROL   " control"
#define ORDER        " order"
#define SHARD        " shard="
#define SHARDS       " shards="
#define SEED         " seed="
#define ON_PATH_MTU  " path-mtu"
#define DEVICE       " device-mtu="
#define NOTES        " notes"
#define EXPECT       " expect="
#define LABELS       " labels="

static void copy_target(char *out, const char *target)
{
    snprintf(out, ANNOTATION_TARGET_MAX, "%s", target != NULL ? target : "");
}

#define NUMBER_MAX 48 /* octets of such a word and its number */

/* "" where the number is the one that says nothing. */
static const char *number_text(const char *word, int64_t number, int64_t nothing,
                               char out[NUMBER_MAX])
{
    out[0] = '\0';
    if (number != nothing)
        snprintf(out, NUMBER_MAX, "%s%" PRId64, word, number);
    return out;
}

#define TRANSLATED_MAX 160

/* The addresses and ports that the segment stands for. */
static const char *translated_text(const struct annotation *annotation, char out[TRANSLATED_MAX])
{
    char from[ADDRESS_TEXT_MAX], to[ADDRESS_TEXT_MAX];
    out[0] = '\0';
    if (annotation->translated)
        snprintf(out, TRANSLATED_MAX,
                 TRANSLATED FROM "%s" FROM_PORT "%" PRIu16 TO "%s" TO_PORT "%" PRIu16,
                 address_text(&annotation->from.address, from), annotation->from.port,
                 address_text(&annotation->to.address, to), annotation->to.port);
    return out;
}

const char *annotation_format(const struct annotation *annotation, char *out)
{
    static const char *const origins[] = {[ORIGIN_WIRE] = "",
                                          [ORIGIN_USER_SPACE] = USER_SPACE,
                                          [ORIGIN_LOCAL_KERNEL] = LOCAL_KERNEL,
                                          [ORIGIN_PATH] = ON_PATH,
                                          [ORIGIN_CONTROL] = OF_CONTROL,
                                          [ORIGIN_PATH_MTU] = ON_PATH_MTU};
    bool target = annotation->target[0] != '\0';
    if (!target && annotation->origin == ORIGIN_WIRE && !annotation->translated)
        return NULL;
    char device[NUMBER_MAX], place[NUMBER_MAX], resolved[NUMBER_MAX], stands_for[TRANSLATED_MAX];
    snprintf(out, ANNOTATION_MAX, REMARK_PREFIX "%s%s%s%s%s%s%s", origins[annotation->origin],
             number_text(DEVICE, annotation->device_bytes, 0, device),
             translated_text(annotation, stands_for),
             number_text(PLACE, annotation->place, 0, place),
             number_text(RESOLVED, annotation->resolve_ns, DURATION_UNKNOWN, resolved),
             target ? TARGET : "", annotation->target);
    return out;
}

/* It may be left out. Returns false where it is there and no duration. */
static bool take_resolved(const char **text, int64_t *out)
{
    *out = DURATION_UNKNOWN;
    if (strncmp(*text, RESOLVED, strlen(RESOLVED)) != 0)
        return true;
    if (remark_number(text, RESOLVED, 0, INT64_MAX, out))
        return true;
    *out = DURATION_UNKNOWN;
    return false;
}

/* It may be left out. */
static void take_device(const char **text, uint32_t *out)
{
    int64_t bytes = 0;
    if (remark_number(text, DEVICE, 1, UINT32_MAX, &bytes))
        *out = (uint32_t)bytes;
}

/* It may be left out. Returns false where it is there and no number. */
static bool take_place(const char **text, uint32_t *out)
{
    int64_t place = 0;
    bool there = strncmp(*text, PLACE, strlen(PLACE)) == 0;
    if (there && !remark_number(text, PLACE, 1, UINT32_MAX, &place))
        return false;
    *out = (uint32_t)place;
    return true;
}

void annotation_parse(const char *comment, struct annotation *annotation)
{
    annotation->origin = ORIGIN_WIRE;
    annotation->device_bytes = 0;
    annotation->translated = false;
    annotation->target[0] = '\0';
    annotation->place = 0;
    annotation->resolve_ns = DURATION_UNKNOWN;
    if (comment == NULL || !remark_word(&comment, REMARK_PREFIX))
        return;
    if (remark_word(&comment, LOCAL_KERNEL))
        annotation->origin = ORIGIN_LOCAL_KERNEL;
    else if (remark_word(&comment, USER_SPACE))
        annotation->origin = ORIGIN_USER_SPACE;
    else if (remark_word(&comment, ON_PATH_MTU)) /* it begins with the other one */
        annotation->origin = ORIGIN_PATH_MTU;
    else if (remark_word(&comment, ON_PATH))
        annotation->origin = ORIGIN_PATH;
    else if (remark_word(&comment, OF_CONTROL))
        annotation->origin = ORIGIN_CONTROL;
    take_device(&comment, &annotation->device_bytes);
    if (remark_word(&comment, TRANSLATED))
        annotation->translated = remark_endpoint(&comment, FROM, FROM_PORT, &annotation->from) &&
                                 remark_endpoint(&comment, TO, TO_PORT, &annotation->to);
    if (take_place(&comment, &annotation->place) &&
        take_resolved(&comment, &annotation->resolve_ns) && remark_word(&comment, TARGET))
        copy_target(annotation->target, comment);
}

const char *no_route_format(const struct no_route *no_route, char *out)
{
    char address[ADDRESS_TEXT_MAX], place[NUMBER_MAX], resolved[NUMBER_MAX], words[HOST_WORDS_MAX];
    snprintf(out, ANNOTATION_MAX,
             REMARK_PREFIX NO_ROUTE " reason=%d address=%s port=%" PRIu16 " time_ns=%" PRId64
                                    "%s%s%s" TARGET "%s",
             (int)no_route->reason, address_text(&no_route->server.address, address),
             no_route->server.port, no_route->time_ns,
             number_text(PLACE, no_route->place, 0, place),
             number_text(RESOLVED, no_route->resolve_ns, DURATION_UNKNOWN, resolved),
             host_words(&no_route->host, words), no_route->target);
    return out;
}

/* Reasons that the kernel of this host gives for having sent nothing: any other comes with a
 * segment. */
static const bool local_reasons[REASON_COUNT] = {
    [REASON_NET_UNREACH] = true, [REASON_HOST_UNREACH] = true,     [REASON_ADMIN_PROHIBITED] = true,
    [REASON_NO_ROUTE] = true,    [REASON_POLICY_ROUTE] = true,     [REASON_LOCAL_ERROR] = true,
    [REASON_TRANSLATED] = true,  [REASON_NEIGHBOUR_SILENT] = true, [REASON_NAME_NOT_FOUND] = true,
    [REASON_OWN_GUARD] = true,
};

/* A name that was not found has a port and no address. */
static bool take_server(const char **text, enum reason reason, struct endpoint *out)
{
    int64_t port;
    if (reason != REASON_NAME_NOT_FOUND || !remark_word(text, " address=? "))
        return remark_endpoint(text, " address=", " port=", out);
    *out = (struct endpoint){0};
    if (!remark_number(text, "port=", 0, UINT16_MAX, &port))
        return false;
    out->port = (uint16_t)port;
    return true;
}

bool no_route_parse(const char *comment, struct no_route *no_route)
{
    int64_t reason;
    if (comment == NULL || !remark_word(&comment, REMARK_PREFIX) ||
        !remark_word(&comment, NO_ROUTE) ||
        !remark_number(&comment, " reason=", 0, REASON_COUNT - 1, &reason) ||
        !local_reasons[reason] || !take_server(&comment, (enum reason)reason, &no_route->server) ||
        !remark_number(&comment, " time_ns=", 0, INT64_MAX, &no_route->time_ns) ||
        !take_place(&comment, &no_route->place) || !take_resolved(&comment, &no_route->resolve_ns))
        return false;
    host_words_parse(&comment, &no_route->host);
    if (!remark_word(&comment, TARGET))
        return false;
    no_route->reason = (enum reason)reason;
    copy_target(no_route->target, comment);
    return true;
}

/* What connect() would say of a target for which nothing was sent. */
static enum port_state state_of_unsent(enum reason reason)
{
    switch (reason) {
    case REASON_ADMIN_PROHIBITED:
        return PORT_FILTERED;
    case REASON_OWN_GUARD:
        return PORT_CLOSED;
    case REASON_POLICY_ROUTE:
    case REASON_LOCAL_ERROR:
    case REASON_TRANSLATED:
    case REASON_NAME_NOT_FOUND:
        return PORT_UNKNOWN;
    default:
        return PORT_UNREACHABLE;
    }
}

void no_route_result(const struct no_route *no_route, struct connection_result *r)
{
    memset(r, 0, sizeof *r);
    r->target = no_route->target;
    r->place = no_route->place;
    r->host = &no_route->host;
    r->ends[SERVER] = no_route->server;
    r->port_state = state_of_unsent(no_route->reason);
    r->resolve_ns = no_route->resolve_ns;
    r->start_ns = r->end_ns = no_route->time_ns;
    r->handshake.result = r->port_state == PORT_UNKNOWN || r->port_state == PORT_CLOSED
                              ? HANDSHAKE_NOT_SENT
                              : HANDSHAKE_UNREACHABLE;
    r->handshake.reason = no_route->reason;
    r->handshake.connect_ns = DURATION_UNKNOWN;
    r->handshake.syn_rtt_ns = r->handshake.ack_delay_ns = r->handshake.total_ns = DURATION_UNKNOWN;
    r->teardown.initiator = NEITHER;
    r->teardown.fin_rtt_ns = r->teardown.peer_fin_delay_ns = r->teardown.total_ns =
        r->teardown.reset_after_ns = DURATION_UNKNOWN;
    r->first.syn_ns = r->first.syn_ack_ns = r->first.ack_ns = r->first.rst_ns = DURATION_UNKNOWN;
    r->first.fin_ns[CLIENT] = r->first.fin_ns[SERVER] = DURATION_UNKNOWN;
    r->first.rst_by = NEITHER;
    r->states[CLIENT] = STATE_CLOSED;
    r->states[SERVER] = STATE_UNKNOWN;
    r->conn_state = "OTH";
    r->history = "";
}

/* A remark that says no more than which connection it is on. */
static const char *plain_format(const char *word, const struct endpoint ends[ENDS], char *out)
{
    remark_ends_text(word, ends, out);
    return out;
}

static bool plain_parse(const char *comment, const char *word, struct endpoint ends[ENDS])
{
    return remark_ends(&comment, word, ends);
}

const char *end_format(const struct endpoint ends[ENDS], int64_t time_ns,
                       const struct host_facts *host, char *out)
{
    char words[HOST_WORDS_MAX];
    size_t len = remark_ends_text(END, ends, out);
    if (time_ns != DURATION_UNKNOWN)
        len += (size_t)snprintf(out + len, ANNOTATION_MAX - len, TIME "%" PRId64, time_ns);
    snprintf(out + len, ANNOTATION_MAX - len, "%s", host_words(host, words));
    return out;
}

bool end_parse(const char *comment, struct endpoint ends[ENDS], int64_t *time_ns,
               struct host_facts *host, bool *has_host)
{
    if (!remark_ends(&comment, END, ends))
        return false;
    if (!remark_number(&comment, TIME, 0, INT64_MAX, time_ns))
        *time_ns = DURATION_UNKNOWN;
    *has_host = host_words_parse(&comment, host);
    return true;
}

const char *notes_format(const struct target_notes *notes, char out[NOTES_MAX])
{
    snprintf(out, NOTES_MAX, REMARK_PREFIX NOTES EXPECT "%u" LABELS "%s",
             (unsigned)notes->port_states, notes->labels);
    return out;
}

bool notes_parse(const char *comment, struct target_notes *notes)
{
    int64_t states;
    if (comment == NULL || !remark_word(&comment, REMARK_PREFIX) || !remark_word(&comment, NOTES) ||
        !remark_number(&comment, EXPECT, 0, (1 << PORT_STATE_COUNT) - 1, &states) ||
        !remark_word(&comment, LABELS) || !labels_are_valid(comment))
        return false;
    notes->port_states = (uint8_t)states;
    notes->labels = comment;
    return true;
}

const char *clock_set_format(const struct endpoint ends[ENDS], char *out)
{
    return plain_format(CLOCK_SET, ends, out);
}

bool clock_set_parse(const char *comment, struct endpoint ends[ENDS])
{
    return plain_parse(comment, CLOCK_SET, ends);
}

const char *cut_short_format(const struct endpoint ends[ENDS], char *out)
{
    return plain_format(CUT_SHORT, ends, out);
}

bool cut_short_parse(const char *comment, struct endpoint ends[ENDS])
{
    return plain_parse(comment, CUT_SHORT, ends);
}

const char *order_format(uint64_t seed, uint32_t shard, uint32_t shards, char *out)
{
    int len = snprintf(out, ANNOTATION_MAX, REMARK_PREFIX ORDER SHARD "%" PRIu32 SHARDS "%" PRIu32,
                       shard, shards);
    if (seed <= INT64_MAX)
        snprintf(out + len, ANNOTATION_MAX - (size_t)len, SEED "%" PRIu64, seed);
    return out;
}

bool order_parse(const char *comment, uint64_t *seed, uint32_t *shard, uint32_t *shards)
{
    int64_t number, count, given = -1;
    if (comment == NULL || !remark_word(&comment, REMARK_PREFIX) || !remark_word(&comment, ORDER) ||
        !remark_number(&comment, SHARD, 1, UINT32_MAX, &number) ||
        !remark_number(&comment, SHARDS, number, UINT32_MAX, &count))
        return false;
    if (*comment != '\0' && !remark_number(&comment, SEED, 0, INT64_MAX, &given))
        return false;
    *seed = (uint64_t)given;
    *shard = (uint32_t)number;
    *shards = (uint32_t)count;
    return true;
}

const char *several_text(void)
{
    return REMARK_PREFIX SEVERAL;
}

bool several_parse(const char *comment)
{
    return comment != NULL && strcmp(comment, REMARK_PREFIX SEVERAL) == 0;
}

const char *compare_text(void)
{
    return REMARK_PREFIX COMPARE;
}

bool compare_parse(const char *comment)
{
    return comment != NULL && strcmp(comment, REMARK_PREFIX COMPARE) == 0;
}

const char *each_once_text(void)
{
    return REMARK_PREFIX EACH_ONCE;
}

bool each_once_parse(const char *comment)
{
    return comment != NULL && strcmp(comment, REMARK_PREFIX EACH_ONCE) == 0;
}
