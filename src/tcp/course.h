/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_TCP_COURSE_H
#define TCPSHAKE_TCP_COURSE_H

#include "tcp/result.h"

/* What is known of the connection as a whole; of each end there is a struct end. */
struct course {
    enum end_id first_fin, reset_by; /* NEITHER: none yet */
    enum end_id doubted_by; /* of a capture of others: sent an RST that ended the connection only if
                             * nothing else follows from there; NEITHER: none */
    bool fin_acked_by_fin : 1; /* one segment acknowledged the first FIN and carried the other */
    bool fins_crossed : 1;
    bool answered_wrongly : 1; /* by what no SYN_SENT accepts */
    bool capture_doubles : 1;  /* it holds most frames twice */
    bool refused, established, local_reset;
    bool foreign;  /* known from a capture of others */
    bool bare_ack; /* either end sent an acknowledgement that carried nothing else */
    uint8_t watch; /* for tcp/arrival/witness alone: what the next segments may tell */
};

#define COURSE_BLANK                                                                               \
    {                                                                                              \
        .first_fin = NEITHER, .reset_by = NEITHER, .doubted_by = NEITHER                           \
    }

#endif
