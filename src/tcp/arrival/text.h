/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.10.7.4, seventh: process the segment text; and the window that comes with it. */
#ifndef TCPSHAKE_TCP_ARRIVAL_TEXT_H
#define TCPSHAKE_TCP_ARRIVAL_TEXT_H

#include "tcp/arrival/arriving.h"

/* Takes an acceptable segment's timestamp, payload and FIN. */
void text_arrives(struct arriving *arriving);

/* How far a lets b send: the furthest right edge that it ever offered, since segments may be under
 * way while a window shrinks. Without both SYNs the scale is not known (RFC 7323, 2.2), and what is
 * not acceptable or acknowledges what was never sent offers nothing (RFC 9293, 3.10.7.4, fifth). */
void window_arrives(struct arriving *arriving, enum verdict verdict);

#endif
