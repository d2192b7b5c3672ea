/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/host.h"

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

const char *host_error_name(enum host_error value)
{
    return (unsigned)value < HOST_ERROR_COUNT ? errors[value] : NULL;
}

const char *delivery_name(enum delivery value)
{
    return (unsigned)value < DELIVERY_COUNT ? deliveries[value] : NULL;
}

static void say(struct connection_result *result, enum port_state state, enum reason reason)
{
    result->port_state = state;
    result->handshake.result = state == PORT_UNKNOWN ? HANDSHAKE_NOT_SENT : HANDSHAKE_NO_ANSWER;
    result->handshake.reason = reason;
}

void host_judge(const struct host_facts *host, struct connection_result *result)
{
    bool answered = result->port_state == PORT_OPEN || result->port_state == PORT_CLOSED;
    bool silent =
        result->port_state == PORT_FILTERED && result->handshake.reason == REASON_NO_RESPONSE;
    result->host = host;
    if (answered && host->delivery == NOT_DELIVERED)
        say(result, PORT_FILTERED, REASON_DROPPED_ON_THIS_HOST);
    else if (silent && host->neighbour_silent)
        say(result, PORT_FILTERED, REASON_NEIGHBOUR_SILENT);
    else if (silent && host->unseen)
        say(result, PORT_UNKNOWN, REASON_LOCAL_ERROR);
}
