/* SPDX-License-Identifier: BSD-2-Clause */
#include "statistics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "findings/wording.h"
#include "world.h"

void statistics_add(struct statistics *s, const struct world *w)
{
    const struct connection_result *r = &w->result;
    s->runs++;
    s->segments_sent += w->oracle.sent;
    s->frames_taken += w->oracle.received;
    s->virtual_ns += (uint64_t)(w->now_ns - START_NS);
    s->peers[w->s.peer.kind]++;
    s->plans[w->s.plan.close]++;
    s->ipv6 += w->s.ours.address.family == FAMILY_IPV6;
    s->cancelled += w->cancelled;
    s->window_probes += w->oracle.probes;
    s->retransmissions += w->oracle.syns.tries > 1 || w->oracle.fins.tries > 1;
    for (unsigned i = 0; i < FAULT_COUNT; i++)
        s->faults[i] += w->fault_total[i];
    for (unsigned i = 0; i < CAUSE_COUNT; i++)
        s->findings[i] += w->truth.found[i];
    s->certain_resets += w->truth.certain_reset;
    for (unsigned i = 0; i < AGREEMENT_COUNT; i++)
        s->agreements[i] += w->truth.became[i];
    if (w->oracle.opened)
        s->closes[w->s.peer.close]++;
    if (w->reports[0] == 0 || !w->oracle.begun) {
        s->unsent++;
        return;
    }
    s->port[r->port_state]++;
    s->handshake[r->handshake.result]++;
    s->teardown[r->teardown.result]++;
    s->form[r->teardown.form]++;
    if (r->states[CLIENT] < STATE_COUNT)
        s->states[r->states[CLIENT]]++;
    s->rtt_known += r->handshake.syn_rtt_ns != DURATION_UNKNOWN;
    s->rtt_unknown += r->handshake.syn_rtt_ns == DURATION_UNKNOWN;
}

/* Each figure, its name, and how many there must be in 100,000 runs. */
struct row {
    const char *group, *name;
    uint64_t value;
    unsigned floor;
};

#define ROWS_MAX 160

static void add(struct row *rows, unsigned *count, const char *group, const char *name,
                uint64_t value, unsigned floor)
{
    if (*count < ROWS_MAX)
        rows[(*count)++] = (struct row){group, name != NULL ? name : "none", value, floor};
}

static unsigned outcomes(const struct statistics *s, struct row *rows, unsigned n)
{
    for (unsigned i = 0; i < PORT_UNKNOWN; i++)
        add(rows, &n, "port", port_state_name((enum port_state)i), s->port[i], 300);
    for (unsigned i = 0; i < HANDSHAKE_NOT_SEEN; i++)
        add(rows, &n, "handshake", handshake_result_name((enum handshake_result)i), s->handshake[i],
            50);
    for (unsigned i = 0; i < TEARDOWN_RESULT_COUNT; i++)
        add(rows, &n, "teardown", teardown_result_name((enum teardown_result)i), s->teardown[i],
            300);
    for (unsigned i = 0; i < FORM_COUNT; i++)
        add(rows, &n, "form", teardown_form_name((enum teardown_form)i), s->form[i], 300);
    return n;
}

static unsigned causes(const struct statistics *s, struct row *rows, unsigned n)
{
    static const char *const plans[] = {"fin", "abort", "half-open"};
    for (unsigned i = 0; i < 3; i++)
        add(rows, &n, "plan", plans[i], s->plans[i], 5000);
    for (unsigned i = 0; i < PEER_KINDS; i++)
        add(rows, &n, "peer", peer_kind_names[i], s->peers[i], 2000);
    for (unsigned i = 0; i < PEER_CLOSES; i++)
        add(rows, &n, "opened", peer_close_names[i], s->closes[i], 1500);
    for (unsigned i = 0; i < FAULT_COUNT; i++)
        add(rows, &n, "fault", fault_names[i], s->faults[i], 1000);
    for (unsigned i = 0; i < ATTACK_KINDS; i++)
        add(rows, &n, "attack", attack_names[i], s->attacks[i], 1000);
    return n;
}

/* What this host does beside the wire is not simulated, nor is what goes beside a connection. */
static bool is_simulated(enum cause cause)
{
    return cause > CAUSE_TRANSLATED && cause != CAUSE_SECOND_OPINION_DIFFERS &&
           cause != CAUSE_PATH_MTU_BLACK_HOLE && cause != CAUSE_EVERYTHING_OPEN;
}

static unsigned findings(const struct statistics *s, struct row *rows, unsigned n)
{
    for (unsigned i = 0; i < CAUSE_COUNT; i++)
        if (is_simulated((enum cause)i))
            add(rows, &n, "finding", cause_name((enum cause)i), s->findings[i], 100);
    add(rows, &n, "finding", "reset-injected-certain", s->certain_resets, 100);
    for (unsigned i = AGREED; i < AGREEMENT_COUNT; i++)
        add(rows, &n, "offer", agreement_name((enum agreement)i), s->agreements[i], 100);
    return n;
}

static unsigned all_rows(const struct statistics *s, struct row *rows)
{
    unsigned n = findings(s, rows, causes(s, rows, outcomes(s, rows, 0)));
    add(rows, &n, "run", "ipv6", s->ipv6, 20000);
    add(rows, &n, "run", "cancelled", s->cancelled, 1000);
    add(rows, &n, "run", "unsent", s->unsent, 100);
    add(rows, &n, "run", "replayed", s->replayed, 90000);
    add(rows, &n, "run", "rtt-known", s->rtt_known, 30000);
    add(rows, &n, "run", "rtt-unknown", s->rtt_unknown, 5000);
    add(rows, &n, "run", "sent-again", s->retransmissions, 20000);
    add(rows, &n, "run", "window-probes", s->window_probes, 500);
    return n;
}

void statistics_print(const struct statistics *s)
{
    struct row rows[ROWS_MAX];
    unsigned count = all_rows(s, rows);
    const char *group = "";
    printf("# %" PRIu64 " runs, %" PRIu64 " segments sent, %" PRIu64
           " arrived, %.0f hours of virtual time",
           s->runs, s->segments_sent, s->frames_taken, (double)s->virtual_ns / 3.6e12);
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(group, rows[i].group) != 0)
            printf("\n# %s:", group = rows[i].group);
        printf(" %s %" PRIu64, rows[i].name, rows[i].value);
    }
    putchar('\n');
}

#define DUE_LEAST 20 /* of fewer, chance may leave any number */

unsigned statistics_starved(const struct statistics *s)
{
    struct row rows[ROWS_MAX];
    unsigned count = all_rows(s, rows), starved = 0;
    for (unsigned i = 0; i < count; i++) {
        uint64_t due = rows[i].floor * s->runs / 100000;
        if (due < DUE_LEAST || rows[i].value >= due)
            continue;
        starved++;
        printf("# starved: %s %s: %" PRIu64 " in %" PRIu64 " runs, where %u in 100000 are due\n",
               rows[i].group, rows[i].name, rows[i].value, s->runs, rows[i].floor);
    }
    return starved;
}
