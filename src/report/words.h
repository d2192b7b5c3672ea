/* SPDX-License-Identifier: BSD-2-Clause */
/* Words that the ladder and the table share. */
#ifndef TCPSHAKE_REPORT_WORDS_H
#define TCPSHAKE_REPORT_WORDS_H

#include "report/row.h"

/* What the user calls the server: the target, or the server's address. text holds ADDRESS_TEXT_MAX
 * bytes. */
const char *server_text(const struct connection_result *result, char *text);

/* Why a port is not open: the word of reason_name, but for a refusal that of the handshake's
 * result, "refused", so that all formats for people say the same. NULL for a value outside. */
const char *reason_text(enum reason reason);

enum color port_state_color(enum port_state state);

#endif
