/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps what of SYN and SYN/ACK is of interest later. */
#ifndef TCPSHAKE_TCP_ARRIVAL_OPENING_H
#define TCPSHAKE_TCP_ARRIVAL_OPENING_H

#include "tcp/arrival/arriving.h"

/* Notes a SYN or SYN/ACK, after it was judged. Returns whether it is the first SYN/ACK. */
bool opening_note(const struct arriving *arriving);

#endif
