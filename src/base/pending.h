/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_BASE_PENDING_H
#define TCPSHAKE_BASE_PENDING_H

#include <stdbool.h>

/* Whether a signal that ends the process is held and was not read yet. */
bool signals_ask_to_end(void);

#endif
