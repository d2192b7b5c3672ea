/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight/inquiry.h"

#include <stdlib.h>

struct inquiry *inquiry_begin(const struct inquiries *inquiries, const struct endpoint *server,
                              unsigned ifindex, void (*answered)(void *owner), void *owner)
{
    struct inquiry *inquiry = calloc(1, sizeof *inquiry);
    if (inquiry == NULL)
        return NULL;
    inquiry->server = *server;
    inquiry->ifindex = ifindex;
    inquiry->answered = answered;
    inquiry->owner = owner;
    inquiries->ask(inquiries->context, inquiry);
    return inquiry;
}

void inquiry_end(const struct inquiries *inquiries, struct inquiry *inquiry)
{
    if (inquiry != NULL && !inquiry->done)
        inquiries->withdraw(inquiries->context, inquiry);
    free(inquiry);
}
