/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.10.7.4, eighth: check the FIN bit. */
#ifndef TCPSHAKE_TCP_ARRIVAL_FIN_H
#define TCPSHAKE_TCP_ARRIVAL_FIN_H

#include "tcp/arrival/arriving.h"

/* A FIN of a that is acceptable or sent again. */
void fin_arrives(struct arriving *arriving);

/* A FIN that crossed counts as received once its receiver shows it: by acknowledging it, or, where
 * the FINs cross each other, by a FIN of its own that does not (RFC 9293, 3.6, figure 13). */
static inline void deliver_fin(struct end *sender, struct end *receiver)
{
    if (!sender->fin_seen || sender->fin_delivered || !(sender->fin_acked || receiver->fin_seen) ||
        !end_fin_arrived(sender))
        return;
    sender->fin_delivered = true;
    end_move(receiver, EVENT_RCV_FIN);
}

/* Whether the acknowledgement of a's FIN came before it, as it can in a capture of others; and then
 * the FIN. */
bool is_overtaken_fin(const struct arriving *arriving);
struct finding overtaken_fin_arrives(struct arriving *arriving);

#endif
