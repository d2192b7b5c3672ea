/* SPDX-License-Identifier: BSD-2-Clause */
#include "truth.h"

#include "findings/findings.h"
#include "findings/wording.h"
#include "tcp/evidence.h"
#include "tcp/host.h"
#include "tcp/offer.h"
#include "world.h"

void truth_reads(struct world *w, const struct event *event)
{
    struct truth *t = &w->truth;
    struct packet p;
    struct icmp_packet icmp;
    const struct bytes_frame *frame = &event->frame;
    bool forged = frame->forged || event->damaged;
    if (event->outgoing ||
        frame_read(frame->bytes, frame->len, frame->len, &p, &icmp) != PARSED_TCP)
        return;
    if ((p.flags & (F_RST | F_SYN)) == 0)
        t->acks_forged = t->acks_forged || forged;
    if ((p.flags & F_RST) == 0 || t->reset_count == RESETS_MAX)
        return;
    t->resets[t->reset_count].seq = p.seq;
    t->resets[t->reset_count++].forged = forged;
}

/* Whether one of the RSTs that the finding may speak of was forged. */
static bool is_reset_forged(const struct truth *t, const struct evidence *e)
{
    bool forged = t->reset_count == RESETS_MAX;
    for (unsigned i = 0; i < t->reset_count; i++)
        if ((uint16_t)t->resets[i].seq == e->reset_seq)
            forged = forged || t->resets[i].forged;
    return forged;
}

/* An attacker that forges more than resets and SYN/ACKs can make it look as if the peer went on. */
static bool is_true(const struct world *w, const struct connection_result *r, enum cause cause)
{
    switch (cause) {
    case CAUSE_LOCAL_RESET:
        return w->oracle.local_rst;
    case CAUSE_LOCAL_ERROR:
        return w->s.hard_error_at >= 0 || w->s.refused_at >= 0 || w->s.busy_ns > 0;
    case CAUSE_RESET_INJECTED:
        return is_reset_forged(&w->truth, r->evidence) || w->truth.acks_forged;
    case CAUSE_TRANSLATED:
        return w->oracle.maybe; /* damage that the checksum does not show */
    default:
        return false;
    }
}

static bool is_ordinary(const struct world *w)
{
    return w->s.clean_link && oracle_is_benign(w) && w->s.peer.front == FRONT_NONE &&
           w->s.peer.kind != PEER_STALE;
}

static void check_finding(struct world *w, const struct connection_result *r,
                          const struct diagnosis *d)
{
    w->truth.found[d->cause]++;
    if (d->cause == CAUSE_RESET_INJECTED && d->grade == GRADE_CERTAIN)
        w->truth.certain_reset = true;
    if (d->grade == GRADE_CERTAIN && !is_true(w, r, d->cause))
        world_fail(w, "finding", "%s is not so, and certain", cause_name(d->cause));
    if (d->cause >= CAUSE_OLD_CONNECTION && is_ordinary(w))
        world_fail(w, "finding", "%s, where nobody but the peer spoke", cause_name(d->cause));
}

/* RFC 9768, table 2, anew: rows of offer, what the SYN/ACK says and what is agreed on. */
static enum agreement agreed_on(bool accurate, unsigned flags)
{
    bool ae = (flags & F_AE) != 0, cwr = (flags & F_CWR) != 0, ece = (flags & F_ECE) != 0;
    if (accurate)
        return ae && cwr && ece ? MIRRORED : cwr || (ae && !ece) ? AGREED : IGNORED;
    return cwr && ece ? MIRRORED : ece ? AGREED : IGNORED;
}

static void check_offer(struct world *w, enum offer offer, enum agreement said,
                        enum agreement wanted)
{
    if (world_offers(w, offer) && said != wanted)
        world_fail(w, "offer", "%s is %s, and not %s", offer_name(offer),
                   said != AGREEMENT_NONE ? agreement_name(said) : "unknown",
                   agreement_name(wanted));
}

/* What is agreed on is what the peer's SYN/ACK says, as long as that is the only one. */
static void check_offers(struct world *w, const struct connection_result *r)
{
    const struct peer_config *peer = &w->s.peer;
    struct offer_outcome out;
    offer_judge(r, &out);
    for (unsigned i = 0; i < OFFERS; i++)
        w->truth.became[out.became[i]]++;
    if (!is_ordinary(w) || peer->kind != PEER_TCP || peer->opens_at_ns != NEVER ||
        !r->openings[SERVER].seen)
        return;
    check_offer(w, OFFER_ECN, out.became[OFFER_ECN], agreed_on(false, peer->syn_flags));
    check_offer(w, OFFER_ACCECN, out.became[OFFER_ACCECN], agreed_on(true, peer->syn_flags));
    if (w->s.plan.cookie == NULL)
        check_offer(w, OFFER_FASTOPEN, out.became[OFFER_FASTOPEN],
                    peer->agrees        ? AGREED
                    : peer->odd_options ? MIRRORED
                                        : IGNORED);
    check_offer(w, OFFER_MPTCP, out.became[OFFER_MPTCP], peer->agrees ? AGREED : IGNORED);
}

void truth_reports(struct world *w, const struct connection_result *r)
{
    check_offers(w, r);
    for (unsigned i = 0; r->diagnoses != NULL && i < r->diagnoses->count; i++)
        check_finding(w, r, &r->diagnoses->list[i]);
}
