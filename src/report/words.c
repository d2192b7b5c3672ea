/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/words.h"

const char *server_text(const struct connection_result *result, char *text)
{
    if (result->target != NULL)
        return result->target;
    return address_text(&result->ends[SERVER].address, text);
}

const char *reason_text(enum reason reason)
{
    return reason == REASON_RESET ? handshake_result_name(HANDSHAKE_REFUSED) : reason_name(reason);
}

enum color port_state_color(enum port_state state)
{
    static const enum color colors[PORT_STATE_COUNT] = {
        [PORT_OPEN] = COLOR_GOOD,       [PORT_CLOSED] = COLOR_BAD,     [PORT_FILTERED] = COLOR_BAD,
        [PORT_UNREACHABLE] = COLOR_BAD, [PORT_UNKNOWN] = COLOR_NOTICE,
    };

    return (unsigned)state < PORT_STATE_COUNT ? colors[state] : COLOR_NONE;
}
