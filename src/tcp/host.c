/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/host.h"

#include "base/lookup.h"

static const char *const errors[HOST_ERROR_COUNT] = {
    [HOST_ERROR_NONE] = NULL,
    [HOST_EACCES] = "EACCES",
    [HOST_EPERM] = "EPERM",
    [HOST_EINVAL] = "EINVAL",
    [HOST_EHOSTUNREACH] = "EHOSTUNREACH",
    [HOST_ENETUNREACH] = "ENETUNREACH",
    [HOST_ENETDOWN] = "ENETDOWN",
    [HOST_ENODEV] = "ENODEV",
    [HOST_EADDRNOTAVAIL] = "EADDRNOTAVAIL",
    [HOST_EMSGSIZE] = "EMSGSIZE",
    [HOST_ENOBUFS] = "ENOBUFS",
    [HOST_ERROR_OTHER] = "other",
};

static const char *const deliveries[DELIVERY_COUNT] = {
    [DELIVERY_UNKNOWN] = NULL,
    [DELIVERED] = "delivered",
    [NOT_DELIVERED] = "not-delivered",
};

static const char *const opinions[OPINION_COUNT] = {
    [OPINION_NONE] = NULL,
    [OPINION_CONNECTED] = "connected",
    [OPINION_REFUSED] = "refused",
    [OPINION_TIMED_OUT] = "timed-out",
    [OPINION_UNREACHABLE] = "unreachable",
    [OPINION_PROHIBITED] = "prohibited",
    [OPINION_ERROR] = "error",
};

static const char *const phrases[OPINION_COUNT] = {
    [OPINION_NONE] = NULL,
    [OPINION_CONNECTED] = "succeeded",
    [OPINION_REFUSED] = "was refused",
    [OPINION_TIMED_OUT] = "timed out",
    [OPINION_UNREACHABLE] = "found it unreachable",
    [OPINION_PROHIBITED] = "was not permitted",
    [OPINION_ERROR] = "failed",
};

const char *opinion_phrase(enum opinion_result value)
{
    return LOOK_UP(phrases, value);
}

const char *opinion_name(enum opinion_result value)
{
    return LOOK_UP(opinions, value);
}

const char *host_error_name(enum host_error value)
{
    return LOOK_UP(errors, value);
}

const char *delivery_name(enum delivery value)
{
    return LOOK_UP(deliveries, value);
}

static void say(struct connection_result *result, enum port_state state, enum reason reason)
{
    result->port_state = state;
    result->handshake.result = state == PORT_UNKNOWN ? HANDSHAKE_NOT_SENT : HANDSHAKE_NO_ANSWER;
    result->handshake.reason = reason;
}

void host_judge(const struct host_facts *host, struct connection_result *result)
{
    bool answered = result->port_state == PORT_OPEN || result->port_state == PORT_CLOSED ||
                    result->handshake.result == HANDSHAKE_UNREACHABLE;
    bool silent =
        result->port_state == PORT_FILTERED && result->handshake.reason == REASON_NO_RESPONSE;
    result->host = host;
    result->notes = host->notes;
    if (answered && host->delivery == NOT_DELIVERED)
        say(result, PORT_FILTERED, REASON_DROPPED_ON_THIS_HOST);
    else if (silent && host->neighbour_silent)
        say(result, PORT_FILTERED, REASON_NEIGHBOUR_SILENT);
    else if (silent && host->unseen)
        say(result, PORT_UNKNOWN, REASON_LOCAL_ERROR);
}

/* ICMP errors are limited in rate: only one of two that ask may be told. */
static bool may_end_as(enum opinion_result opinion, const struct connection_result *result)
{
    enum port_state state = result->port_state;
    bool answered = state == PORT_OPEN || state == PORT_CLOSED;
    switch (opinion) {
    case OPINION_CONNECTED:
        return state == PORT_OPEN;
    case OPINION_REFUSED:
        return state == PORT_CLOSED || result->handshake.reason == REASON_PORT_UNREACH;
    case OPINION_TIMED_OUT:
        return !answered;
    case OPINION_UNREACHABLE:
    case OPINION_PROHIBITED:
        return !answered && result->handshake.reason != REASON_NO_RESPONSE;
    default:
        return true;
    }
}

bool opinion_differs(const struct connection_result *result)
{
    return result->host != NULL && !result->cut_short && result->port_state != PORT_UNKNOWN &&
           !may_end_as(result->host->opinion.result, result);
}
