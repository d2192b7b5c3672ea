/* SPDX-License-Identifier: BSD-2-Clause */
/* Grammar: "tcpshake:", then words with a space before each, of the form key or key=value. The
 * target comes last and takes the rest of the comment, since a name may contain anything. */
#include "files/annotation.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX       "tcpshake:"
#define NO_ROUTE     " no-route"
#define SEVERAL      " several"
#define END          " end"
#define CLOCK_SET    " clock-was-set"
#define CUT_SHORT    " cut-short"
#define TARGET       " target="
#define LOCAL_KERNEL " sent-by-the-local-kernel"
#define RESOLVED     " resolved-in-ns="
#define USER_SPACE   " time-from-user-space"

static void copy_target(char *out, const char *target)
{
    snprintf(out, ANNOTATION_TARGET_MAX, "%s", target != NULL ? target : "");
}

#define RESOLVED_MAX 48

static const char *resolved_text(int64_t resolve_ns, char out[RESOLVED_MAX])
{
    out[0] = '\0';
    if (resolve_ns != DURATION_UNKNOWN)
        snprintf(out, RESOLVED_MAX, RESOLVED "%" PRId64, resolve_ns);
    return out;
}

const char *annotation_format(const struct annotation *annotation, char *out)
{
    static const char *const origins[] = {
        [ORIGIN_WIRE] = "", [ORIGIN_USER_SPACE] = USER_SPACE, [ORIGIN_LOCAL_KERNEL] = LOCAL_KERNEL};
    bool target = annotation->target[0] != '\0';
    if (!target && annotation->origin == ORIGIN_WIRE)
        return NULL;
    char resolved[RESOLVED_MAX];
    snprintf(out, ANNOTATION_MAX, PREFIX "%s%s%s%s", origins[annotation->origin],
             resolved_text(annotation->resolve_ns, resolved), target ? TARGET : "",
             annotation->target);
    return out;
}

static bool take(const char **text, const char *word)
{
    size_t len = strlen(word);
    if (strncmp(*text, word, len) != 0)
        return false;
    *text += len;
    return true;
}

static bool take_number(const char **text, const char *key, int64_t min, int64_t max, int64_t *out)
{
    char *end;
    if (!take(text, key))
        return false;
    *out = strtoll(*text, &end, 10);
    if (end == *text || *out < min || *out > max)
        return false;
    *text = end;
    return true;
}

/* It may be left out. Returns false where it is there and no duration. */
static bool take_resolved(const char **text, int64_t *out)
{
    *out = DURATION_UNKNOWN;
    if (strncmp(*text, RESOLVED, strlen(RESOLVED)) != 0)
        return true;
    if (take_number(text, RESOLVED, 0, INT64_MAX, out))
        return true;
    *out = DURATION_UNKNOWN;
    return false;
}

void annotation_parse(const char *comment, struct annotation *annotation)
{
    annotation->origin = ORIGIN_WIRE;
    annotation->target[0] = '\0';
    annotation->resolve_ns = DURATION_UNKNOWN;
    if (comment == NULL || !take(&comment, PREFIX))
        return;
    if (take(&comment, LOCAL_KERNEL))
        annotation->origin = ORIGIN_LOCAL_KERNEL;
    else if (take(&comment, USER_SPACE))
        annotation->origin = ORIGIN_USER_SPACE;
    if (take_resolved(&comment, &annotation->resolve_ns) && take(&comment, TARGET))
        copy_target(annotation->target, comment);
}

const char *no_route_format(const struct no_route *no_route, char *out)
{
    char address[ADDRESS_TEXT_MAX], resolved[RESOLVED_MAX];
    snprintf(out, ANNOTATION_MAX,
             PREFIX NO_ROUTE " reason=%d address=%s port=%" PRIu16 " time_ns=%" PRId64 "%s" TARGET
                             "%s",
             (int)no_route->reason, address_text(&no_route->server.address, address),
             no_route->server.port, no_route->time_ns,
             resolved_text(no_route->resolve_ns, resolved), no_route->target);
    return out;
}

static bool take_address(const char **text, const char *key, struct address *out)
{
    char word[ADDRESS_TEXT_MAX];
    if (!take(text, key))
        return false;
    size_t len = strcspn(*text, " ");
    if (len >= sizeof word)
        return false;
    memcpy(word, *text, len);
    word[len] = '\0';
    *text += len;
    memset(out, 0, sizeof *out);
    bool v6 = strchr(word, ':') != NULL;
    out->family = v6 ? FAMILY_IPV6 : FAMILY_IPV4;
    return inet_pton(v6 ? AF_INET6 : AF_INET, word, out->bytes) == 1;
}

static bool take_endpoint(const char **text, const char *address_key, const char *port_key,
                          struct endpoint *out)
{
    int64_t port;
    if (!take_address(text, address_key, &out->address) ||
        !take_number(text, port_key, 0, UINT16_MAX, &port))
        return false;
    out->port = (uint16_t)port;
    return true;
}

/* What the kernel of the host can have said: any other reason comes with a segment. */
static bool is_local(int64_t reason)
{
    return reason == REASON_NO_ROUTE || reason == REASON_NET_UNREACH ||
           reason == REASON_HOST_UNREACH || reason == REASON_ADMIN_PROHIBITED;
}

bool no_route_parse(const char *comment, struct no_route *no_route)
{
    int64_t reason;
    if (comment == NULL || !take(&comment, PREFIX) || !take(&comment, NO_ROUTE) ||
        !take_number(&comment, " reason=", 0, REASON_COUNT - 1, &reason) || !is_local(reason) ||
        !take_endpoint(&comment, " address=", " port=", &no_route->server) ||
        !take_number(&comment, " time_ns=", 0, INT64_MAX, &no_route->time_ns) ||
        !take_resolved(&comment, &no_route->resolve_ns) || !take(&comment, TARGET))
        return false;
    no_route->reason = (enum reason)reason;
    copy_target(no_route->target, comment);
    return true;
}

void no_route_result(const struct no_route *no_route, struct connection_result *r)
{
    memset(r, 0, sizeof *r);
    r->target = no_route->target;
    r->ends[SERVER] = no_route->server;
    bool prohibited = no_route->reason == REASON_ADMIN_PROHIBITED;
    r->port_state = prohibited ? PORT_FILTERED : PORT_UNREACHABLE;
    r->resolve_ns = no_route->resolve_ns;
    r->start_ns = r->end_ns = no_route->time_ns;
    r->handshake.result = HANDSHAKE_UNREACHABLE;
    r->handshake.reason = no_route->reason;
    r->handshake.syn_rtt_ns = r->handshake.ack_delay_ns = r->handshake.total_ns = DURATION_UNKNOWN;
    r->teardown.initiator = NEITHER;
    r->teardown.fin_rtt_ns = r->teardown.peer_fin_delay_ns = r->teardown.total_ns =
        DURATION_UNKNOWN;
    r->first.syn_ns = r->first.syn_ack_ns = r->first.ack_ns = r->first.rst_ns = DURATION_UNKNOWN;
    r->first.fin_ns[CLIENT] = r->first.fin_ns[SERVER] = DURATION_UNKNOWN;
    r->first.rst_by = NEITHER;
    r->states[CLIENT] = STATE_CLOSED;
    r->states[SERVER] = STATE_UNKNOWN;
    r->conn_state = "OTH";
    r->history = "";
}

static const char *ends_format(const char *word, const struct endpoint ends[ENDS], char *out)
{
    char client[ADDRESS_TEXT_MAX], server[ADDRESS_TEXT_MAX];
    snprintf(out, ANNOTATION_MAX,
             PREFIX "%s client=%s client-port=%" PRIu16 " server=%s server-port=%" PRIu16, word,
             address_text(&ends[CLIENT].address, client), ends[CLIENT].port,
             address_text(&ends[SERVER].address, server), ends[SERVER].port);
    return out;
}

static bool ends_parse(const char *comment, const char *word, struct endpoint ends[ENDS])
{
    return comment != NULL && take(&comment, PREFIX) && take(&comment, word) &&
           take_endpoint(&comment, " client=", " client-port=", &ends[CLIENT]) &&
           take_endpoint(&comment, " server=", " server-port=", &ends[SERVER]);
}

const char *end_format(const struct endpoint ends[ENDS], char *out)
{
    return ends_format(END, ends, out);
}

bool end_parse(const char *comment, struct endpoint ends[ENDS])
{
    return ends_parse(comment, END, ends);
}

const char *clock_set_format(const struct endpoint ends[ENDS], char *out)
{
    return ends_format(CLOCK_SET, ends, out);
}

bool clock_set_parse(const char *comment, struct endpoint ends[ENDS])
{
    return ends_parse(comment, CLOCK_SET, ends);
}

const char *cut_short_format(const struct endpoint ends[ENDS], char *out)
{
    return ends_format(CUT_SHORT, ends, out);
}

bool cut_short_parse(const char *comment, struct endpoint ends[ENDS])
{
    return ends_parse(comment, CUT_SHORT, ends);
}

const char *several_text(void)
{
    return PREFIX SEVERAL;
}

bool several_parse(const char *comment)
{
    return comment != NULL && strcmp(comment, PREFIX SEVERAL) == 0;
}
