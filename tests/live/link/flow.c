/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow.h"

#include <stdlib.h>

#define SECOND_NS  INT64_C(1000000000)
#define NOT_SECOND (UINT64_C(1) << 32) /* keeps ordinals apart from seconds */

static bool is_of(const struct flow *flow, const struct header *header)
{
    return flow->family == header->family && flow->ports[LEFT] == header->ports[LEFT] &&
           flow->ports[RIGHT] == header->ports[RIGHT];
}

static struct flow *begin(struct flows *flows, const struct header *header, int64_t now_ns)
{
    struct flow *flow = calloc(1, sizeof *flow);
    if (flow == NULL)
        return &flows->stray;
    struct flow **first = &flows->by_left_port[header->ports[LEFT]];
    *flow = (struct flow){
        .next = *first,
        .family = header->family,
        .ports = {header->ports[LEFT], header->ports[RIGHT]},
        .first_seq = header->seq,
        .begun_ns = now_ns,
        .number = ++flows->begun[header->ports[RIGHT]],
    };
    return *first = flow;
}

struct flow *flow_of(struct flows *flows, const struct header *header, enum end from,
                     int64_t now_ns)
{
    if (!header->tcp)
        return &flows->stray;
    bool opening = from == LEFT && (header->flags & (FLAG_SYN | FLAG_ACK)) == FLAG_SYN;
    struct flow *flow = flows->by_left_port[header->ports[LEFT]];
    while (flow != NULL && !is_of(flow, header))
        flow = flow->next;
    if (opening && (flow == NULL || flow->first_seq != header->seq))
        return begin(flows, header, now_ns);
    return flow != NULL ? flow : &flows->stray;
}

uint64_t flow_moment(struct flow *flow, const struct header *header, enum end from, int64_t now_ns)
{
    if (flow->number > 0 && (header->flags & FLAG_SYN))
        return (uint64_t)((now_ns - flow->begun_ns + SECOND_NS / 2) / SECOND_NS);
    return NOT_SECOND + flow->frames[from]++;
}

void flows_free(struct flows *flows)
{
    for (size_t port = 0; port < 65536; port++) {
        while (flows->by_left_port[port] != NULL) {
            struct flow *flow = flows->by_left_port[port];
            flows->by_left_port[port] = flow->next;
            free(flow);
        }
    }
}
