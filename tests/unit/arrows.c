/* SPDX-License-Identifier: BSD-2-Clause */
#include "arrows.h"

/* Which arrows a segment can move its sender and its receiver along. */
static unsigned events_of(const struct segment *s, bool sender)
{
    unsigned syn = (s->flags & TCP_SYN) != 0, ack = (s->flags & TCP_ACK) != 0;
    unsigned fin = (s->flags & TCP_FIN) != 0, rst = (s->flags & TCP_RST) != 0;
    unsigned text = fin | (s->payload_len > 0);
    if (sender)
        return syn << EVENT_ACTIVE_OPEN | (syn & ack) << EVENT_PASSIVE_OPEN |
               (syn & ack) << EVENT_RCV_SYN | ack << EVENT_RCV_SYN_ACK |
               (syn & ack) << EVENT_RCV_ACK_OF_SYN | (ack | fin) << EVENT_RCV_FIN |
               fin << EVENT_CLOSE | rst << EVENT_ABORT;
    return (syn & ack) << EVENT_ACTIVE_OPEN | ack << EVENT_RCV_ACK_OF_SYN |
           ack << EVENT_RCV_ACK_OF_FIN | text << EVENT_RCV_FIN | rst << EVENT_RCV_RST |
           rst << EVENT_RCV_RST_PASSIVE;
}

static bool reachable(enum tcp_state from, enum tcp_state to, unsigned events, int arrows)
{
    if (from == to)
        return true;
    for (int event = 0; arrows > 0 && event < EVENT_COUNT; event++) {
        struct transition t = state_transition(from, (enum tcp_event)event);
        if ((events & 1u << event) != 0 && t.legal && t.next != from &&
            reachable(t.next, to, events, arrows - 1))
            return true;
    }
    return false;
}

/* Once, an end of which nothing was known can be put where it must be. */
static bool adoptable(struct arrows *arrows, enum end_id id, const struct end *before,
                      const struct end *after, unsigned events)
{
    static const enum tcp_state entries[] = {STATE_CLOSED, STATE_LISTEN, STATE_SYN_SENT,
                                             STATE_ESTABLISHED};
    bool presumed = before->state == STATE_CLOSED || before->state == STATE_LISTEN;
    if (arrows->adopted[id] || before->syn_seen || (!presumed && before->state != STATE_UNKNOWN))
        return false;
    arrows->adopted[id] = true;
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        if (reachable(entries[i], after->state, events, 3))
            return true;
    return false;
}

bool arrows_allow(struct arrows *arrows, enum end_id id, const struct end *before,
                  const struct end *after, enum end_id from, const struct segment *segment)
{
    unsigned events = events_of(segment, id == from);
    if (segment_opens(segment) && before->state == STATE_CLOSED)
        arrows->adopted[id] = false; /* asked again after a reset, it may be found anywhere */
    return reachable(before->state, after->state, events, 3) ||
           adoptable(arrows, id, before, after, events);
}

bool arrows_lead(enum tcp_state from, enum tcp_state to)
{
    return from == STATE_UNKNOWN || reachable(from, to, (1u << EVENT_COUNT) - 1, 6);
}
