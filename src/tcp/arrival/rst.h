/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.10.7.4, second (and 3.10.7.3, second): check the RST bit. */
#ifndef TCPSHAKE_TCP_ARRIVAL_RST_H
#define TCPSHAKE_TCP_ARRIVAL_RST_H

#include "tcp/arrival/arriving.h"

/* Judges an RST. */
struct finding rst_arrives(struct arriving *arriving);

/* The same for one that the local kernel sent in the name of a, which ends the connection. */
struct finding local_rst_arrives(struct arriving *arriving);

#endif
