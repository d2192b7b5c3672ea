/* SPDX-License-Identifier: BSD-2-Clause */
/* Where among the steps of a connection its measurements belong. */
#ifndef TCPSHAKE_REPORT_LANDMARKS_H
#define TCPSHAKE_REPORT_LANDMARKS_H

#include "tcp/result.h"

#define NO_STEP UINT32_MAX

/* Indices of steps, NO_STEP for what did not happen or was not kept. */
struct landmarks {
    uint32_t syn_answer; /* the server's SYN/ACK, or the RST that refuses */
    uint32_t connected;  /* where connect(2) returns: at the SYN/ACK */
    uint32_t open;       /* both ends are synchronized */
    uint32_t fin_ack;    /* acknowledges the first FIN */
    uint32_t peer_fin;   /* the FIN of the other end */
};

struct landmarks landmarks_find(const struct connection_result *result);

#endif
