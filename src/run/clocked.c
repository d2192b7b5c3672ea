/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/clocked.h"

#include "base/error.h"
#include "report/rfc3339.h"

/* The packet that was taken in last, with its stamp. */
static struct place last_place(const struct clocked *clocked, int64_t time_ns)
{
    if (clocked->number == 0)
        return (struct place){clocked->file_before, clocked->number_before, time_ns};
    return (struct place){clocked->file, clocked->number, time_ns};
}

void clocked_open(struct clocked *clocked, const char *file)
{
    clocked->file_before = clocked->file;
    clocked->number_before = clocked->number;
    clocked->file = file;
    clocked->number = 0;
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

void clocked_look(struct clocked *clocked, struct conversation *conversation)
{
    if (conversation == NULL || !conversation->ran_back)
        return;
    conversation->ran_back = false;
    note_wrong(clocked, last_place(clocked, clocked->stamps.last_ns));
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

/* last_ns: the stamp of the packet before. */
static void doubt(struct clocked *clocked, struct flows *flows, enum stamps_say say,
                  int64_t last_ns)
{
    bool first = say == STAMPS_FIRST;
    struct conversation *flow = first ? clocked->first_flow : clocked->last_flow;
    note_wrong(clocked, first ? clocked->first : last_place(clocked, last_ns));
    if (say == STAMPS_BACK)
        take_step(flow, flows);
    else if (flow != NULL && first)
        flow->clock_was_set = true; /* all is measured from there */
    else if (flow != NULL)
        conversation_distrust(flow, clocked->stamps.before_ns);
}

void clocked_compare(struct clocked *clocked, struct flows *flows, int64_t time_ns)
{
    int64_t last_ns = clocked->stamps.last_ns;
    enum stamps_state before = clocked->stamps.state;
    enum stamps_say say = stamps_compare(&clocked->stamps, time_ns);
    if (before == STAMPS_ONE) {
        clocked->first = last_place(clocked, last_ns);
        clocked->first_flow = clocked->last_flow;
    }
    if (before != STAMPS_NONE && time_ns < last_ns) {
        clocked->watches = true;
        flows_watch_clock(flows);
    }
    if (say != STAMPS_SOUND)
        doubt(clocked, flows, say, last_ns);
}

/* Nothing follows that could say more. */
void clocked_end(struct clocked *clocked, struct flows *flows)
{
    int64_t last_ns = clocked->stamps.last_ns;
    if (clocked->stamps.state == STAMPS_DOUBTED)
        doubt(clocked, flows, STAMPS_ASTRAY, last_ns);
    else if (clocked->stamps.state == STAMPS_LATE)
        doubt(clocked, flows, STAMPS_FIRST, last_ns);
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
