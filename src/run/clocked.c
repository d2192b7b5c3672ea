/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/clocked.h"

#include "report/rfc3339.h"

void clocked_begin(struct clocked *clocked, struct conversation *conversation)
{
    clocked->first = clocked->last;
    clocked->first_flow = conversation;
}

void clocked_forget(struct clocked *clocked, const struct conversation *conversation)
{
    if (conversation == clocked->last_flow)
        clocked->last_flow = NULL;
    if (conversation == clocked->first_flow)
        clocked->first_flow = NULL;
}

static void note_wrong(struct clocked *clocked, struct place place)
{
    const struct place *latest = &clocked->latest_wrong;
    if (latest->file == place.file && latest->number == place.number)
        return;
    if (clocked->wrong++ == 0)
        clocked->first_wrong = place;
    clocked->latest_wrong = place;
}

void clocked_note_ran_back(struct clocked *clocked, struct conversation *conversation)
{
    conversation->ran_back = false;
    note_wrong(clocked, clocked->last);
}

/* The packet before is the first after the step, so that its conversation belongs to the new time,
 * unless it began before. */
static void take_step(struct conversation *flow, struct flows *flows)
{
    flows_clock_was_set(flows);
    if (flow == NULL)
        return;
    if (flow->ends[CLIENT].counts.segments + flow->ends[SERVER].counts.segments > 1)
        flow->clock_was_set = true;
    flow->era++;
}

void clocked_doubt(struct clocked *clocked, struct flows *flows, enum stamps_say say)
{
    bool first = say == STAMPS_FIRST;
    struct conversation *flow = first ? clocked->first_flow : clocked->last_flow;
    note_wrong(clocked, first ? clocked->first : clocked->last);
    if (say == STAMPS_BACK)
        take_step(flow, flows);
    else if (flow != NULL && first)
        flow->clock_was_set = true; /* all is measured from there */
    else if (flow != NULL)
        conversation_distrust(flow, clocked->stamps.before_ns);
}

/* Nothing follows that could say more. */
void clocked_end(struct clocked *clocked, struct flows *flows)
{
    if (clocked->stamps.doubted)
        clocked_doubt(clocked, flows, STAMPS_ASTRAY);
    else if (clocked->stamps.late)
        clocked_doubt(clocked, flows, STAMPS_FIRST);
}

void clocked_tell(const struct clocked *clocked)
{
    char time[RFC3339_MAX];
    const struct place *place = &clocked->first_wrong;
    if (clocked->wrong == 0)
        return;
    rfc3339_text(place->time_ns, time);
    if (clocked->wrong == 1)
        warning("%s: packet %llu is stamped %s, out of order: durations across it are unknown",
                place->file, (unsigned long long)place->number, time);
    else
        warning("%s: packet %llu is stamped %s, out of order, and so are %llu more: durations "
                "across them are unknown",
                place->file, (unsigned long long)place->number, time,
                (unsigned long long)clocked->wrong - 1);
}
