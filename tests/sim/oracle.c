/* SPDX-License-Identifier: BSD-2-Clause */
#include "oracle.h"

#include <string.h>

#include "tcp/icmp.h"
#include "world.h"

void oracle_start(struct world *w)
{
    struct oracle *o = &w->oracle;
    memset(o, 0, sizeof *o);
    o->progress_ns = o->now_ns = w->now_ns;
    o->repeat_at_ns = o->last_text_ns = INT64_MIN / 2;
}

uint32_t oracle_fin_seq(const struct world *w)
{
    return w->oracle.iss + 1 + w->s.plan.payload_len;
}

bool oracle_is_benign(const struct world *w)
{
    return w->s.attack_count == 0 && !w->s.peer.wild && !w->oracle.maybe && !w->cancelled &&
           w->s.hard_error_at < 0 && w->s.refused_at < 0;
}

uint32_t oracle_segment_size(const struct world *w)
{
    const struct oracle *o = &w->oracle;
    uint32_t mss = w->s.ours.address.family == FAMILY_IPV4 ? 536 : 1220;
    if (o->told_mss)
        mss = o->mss > 64 ? o->mss : 64;
    mss = mss < w->s.plan.mss ? mss : w->s.plan.mss;
    return o->told_timestamps ? mss - 12 : mss;
}

uint32_t oracle_patience_octets(const struct world *w)
{
    uint32_t half = oracle_segment_size(w) / 2;
    return half > 4096 ? half : 4096;
}

/* What was sent. */

static void note_sending(struct world *w, struct sent_list *list, const struct outgoing *s,
                         int code)
{
    list->tries++;
    list->last_ns = w->now_ns;
    if (code != 0 || list->count == SENDINGS_MAX)
        return;
    list->list[list->count++] = (struct sending){
        .user_ns = EPOCH_NS + (w->now_ns - START_NS), .tsval = s->options.tsval, .ip_id = s->ip_id};
}

static void note_payload(struct world *w, const struct outgoing *s)
{
    struct oracle *o = &w->oracle;
    uint32_t right = s->seq + s->payload_len + ((s->flags & TCP_FIN) != 0);
    bool again = !after(right, o->snd_max);
    bool blind = s->payload_len <= 1 && after(right, o->right);
    o->octets_sent += s->payload_len;
    o->data_segments += s->payload_len > 0;
    o->probes += blind;
    o->backoff += again || blind;
    o->last_text_ns = w->now_ns;
}

static bool covers_fin(const struct oracle *o, const struct outgoing *s)
{
    for (unsigned i = 0; i < o->fin_right_count; i++)
        if ((s->flags & TCP_ACK) != 0 && !after(o->fin_rights[i], s->ack))
            return true;
    return false;
}

static void note_answers(struct world *w, const struct outgoing *s, int code)
{
    struct oracle *o = &w->oracle;
    bool acks = (s->flags & TCP_ACK) != 0;
    bool bare = s->payload_len == 0 && (s->flags & (TCP_SYN | TCP_FIN)) == 0;
    bool ending = world_flight(w) == NULL || world_flight(w)->prober.phase == PROBER_DONE;
    if (bare && (acks ? o->acked && s->ack == o->last_ack : true) && !ending)
        o->repeat_at_ns = w->now_ns;
    if (!acks || (s->flags & TCP_SYN) != 0)
        return;
    o->acked = true;
    o->last_ack = s->ack;
    o->acked_fin = o->acked_fin || (code == 0 && covers_fin(o, s));
}

void oracle_begins(struct world *w)
{
    struct oracle *o = &w->oracle;
    const struct prober *prober = &world_flight(w)->prober;
    if (o->begun)
        return;
    o->iss = o->snd_max = o->una = o->progress_una = prober->iss;
    o->tsval_offset = prober->tsval_offset;
}

/* Flags of ECN concern none of the rules but their own. */
static struct outgoing without_ecn(const struct world *w, const struct outgoing *s)
{
    struct outgoing plain = *s;
    if (world_offers(w, OFFER_ECN) || world_offers(w, OFFER_ACCECN))
        plain.flags &= (uint16_t) ~(TCP_AE | TCP_CWR | TCP_ECE);
    return plain;
}

void oracle_sends(struct world *w, const struct outgoing *sent, int code)
{
    const struct outgoing plain = without_ecn(w, sent), *s = &plain;
    check_ecn(w, sent);
    struct oracle *o = &w->oracle;
    bool syn = (s->flags & TCP_SYN) != 0, fin = (s->flags & TCP_FIN) != 0;
    if (s->measures) { /* beside the connection, with a time stamp of its own */
        o->tsval_offset++;
        o->acked = true; /* but what it acknowledges is no news after it */
        o->last_ack = s->ack;
        return;
    }
    check_segment(w, s);
    bool last_word = world_flight(w)->prober.phase >= PROBER_TIME_WAIT || covers_fin(o, s);
    bool unheard = s->payload_len == 0 && s->seq != o->snd_max && covers_fin(o, s); /* window 0 */
    o->hindered =
        o->hindered || unheard || (code != 0 && o->begun && last_word) || code == TRANSMIT_REFUSED;
    if (code == -1 || code == TRANSMIT_REFUSED || (code != 0 && !o->begun))
        return;
    if (!o->begun)
        o->begun_ns = w->now_ns;
    o->begun = true;
    o->sent++;
    o->sent_in_step++;
    if (syn)
        note_sending(w, &o->syns, s, code);
    if (fin)
        note_sending(w, &o->fins, s, code);
    if (fin || s->payload_len > 0)
        note_payload(w, s);
    note_answers(w, s, code);
    o->wrong_ack_reset = o->wrong_ack_reset || s->flags == TCP_RST;
    o->rst_sent = o->rst_sent || ((s->flags & TCP_RST) != 0 && o->syn_acked) ||
                  ((s->flags & TCP_RST) != 0 && s->seq != o->iss && o->opened);
    o->resets_unseen += (s->flags & TCP_RST) != 0 && s->seq == o->iss + 1 && !o->opened;
    o->synack_sent = o->synack_sent || s->flags == (TCP_SYN | TCP_ACK);
    uint32_t right = s->seq + s->payload_len + syn + fin;
    if ((s->flags & TCP_RST) == 0 && after(right, o->snd_max))
        o->snd_max = right;
}

static void note_echo(struct sent_list *list, const struct packet *p, int64_t epoch_ns)
{
    bool v6 = p->src.address.family == FAMILY_IPV6;
    for (unsigned i = 0; i < list->count; i++) {
        struct sending *sending = &list->list[i];
        if (sending->echo_ns != 0 || (!v6 && sending->ip_id != p->ip_id) ||
            (p->has_timestamps && sending->tsval != p->tsval))
            continue;
        sending->echo_ns = epoch_ns;
        return;
    }
}

/* What arrived. */

bool oracle_arrived(const struct oracle *o, uint32_t ack)
{
    for (unsigned i = 0; i < o->candidate_count; i++)
        if (after(ack, o->candidates[i].irs) && !after(ack, o->candidates[i].edge))
            return true;
    return false;
}

bool oracle_fin_arrived(const struct oracle *o)
{
    for (unsigned i = 0; i < o->fin_right_count; i++)
        if (oracle_arrived(o, o->fin_rights[i]))
            return true;
    return false;
}

static void grow_edges(struct oracle *o)
{
    for (unsigned i = 0; i < o->candidate_count; i++) {
        struct candidate *c = &o->candidates[i];
        for (unsigned k = 0; k < o->island_count; k++) {
            if (after(o->islands[k].left, c->edge) || !after(o->islands[k].right, c->edge))
                continue;
            c->edge = o->islands[k].right;
            k = UINT32_MAX; /* from the first again */
        }
    }
}

static bool is_covered(const struct oracle *o, uint32_t left, uint32_t right)
{
    for (unsigned i = 0; i < o->candidate_count; i++)
        if (is_between(o->candidates[i].irs, left, o->candidates[i].edge) &&
            is_between(o->candidates[i].irs, right, o->candidates[i].edge))
            return true;
    return false;
}

static void note_range(struct world *w, uint32_t left, uint32_t right)
{
    struct oracle *o = &w->oracle;
    unsigned kept = 0, beyond = 0;
    if (left == right || is_covered(o, left, right))
        return;
    if (o->island_count == ISLANDS_MAX) { /* nobody can be told to have had so much */
        for (unsigned i = 0; i < o->island_count; i++)
            if (!is_covered(o, o->islands[i].left, o->islands[i].right))
                o->islands[kept++] = o->islands[i];
        o->island_count = kept;
    }
    if (o->island_count == ISLANDS_MAX) {
        o->many_islands = true;
        return;
    }
    o->islands[o->island_count].left = left;
    o->islands[o->island_count++].right = right;
    grow_edges(o);
    for (unsigned i = 0; i < o->island_count; i++)
        beyond += !is_covered(o, o->islands[i].left, o->islands[i].right);
    o->many_islands = o->many_islands || beyond > TRACKED_ISLANDS;
}

static void note_candidate(struct oracle *o, uint32_t irs)
{
    for (unsigned i = 0; i < o->candidate_count; i++)
        if (o->candidates[i].irs == irs)
            return;
    if (o->candidate_count == CANDIDATES_MAX)
        return;
    o->candidates[o->candidate_count].irs = irs;
    o->candidates[o->candidate_count++].edge = irs + 1;
    grow_edges(o);
}

static void decide(struct oracle *o, enum decision decision)
{
    if (o->decided == UNDECIDED)
        o->decided = decision;
}

/* Whether timestamps of the peer's count: those that we did not offer do not. */
static bool has_timestamps(const struct world *w, const struct packet *p)
{
    return p->has_timestamps && !world_offers(w, WITHOUT_TIMESTAMPS);
}

static void open_by(struct world *w, const struct packet *p)
{
    struct oracle *o = &w->oracle;
    if (o->opened)
        return;
    o->opened = true;
    o->rst_sent = o->rst_sent || o->resets_unseen > 0; /* which then end what opens here */
    o->irs = p->seq;
    o->told_timestamps = has_timestamps(w, p);
    o->told_wscale = p->has_wscale && !world_offers(w, WITHOUT_WSCALE);
    o->told_mss = p->has_mss;
    o->wscale = p->wscale < 14 ? p->wscale : 14;
    o->mss = p->mss;
    decide(o, DECIDED_OPEN);
}

static void note_syn_acked(struct world *w, const struct packet *p, int64_t epoch_ns)
{
    struct oracle *o = &w->oracle;
    if (!o->syn_answer.came) {
        o->syn_answer.came = true;
        o->syn_answer.epoch_ns = epoch_ns;
        o->syn_answer.has_timestamps = has_timestamps(w, p);
        o->syn_answer.tsecr = p->tsecr;
        o->syn_answer.sendings = o->syns.count;
    }
    if (!o->syn_acked) {
        o->syn_acked = true;
        o->hindered = o->hindered || world_flight(w)->stopped; /* it comes too late */
        o->una = o->progress_una = o->iss + 1;
        o->right = o->una + p->window;
        o->window_first = o->window_max = p->window;
    }
}

static void note_wrong_ack(struct oracle *o, uint32_t ack)
{
    if (o->wrong_ack_count < WRONG_ACKS_MAX)
        o->wrong_acks[o->wrong_ack_count++] = ack;
    else
        o->wrong_acks[ack % WRONG_ACKS_MAX] = ack;
}

static void widen(struct oracle *o, uint32_t right, uint32_t window)
{
    if (after(right, o->right))
        o->right = right;
    if (window > o->window_max)
        o->window_max = window;
}

/* RFC 7323, 3.2; Linux, and so we, take an echo of 0 too. Where the SYN offered no timestamps, the
 * option of the answer says nothing. */
static bool echoes_a_syn(const struct world *w, const struct packet *p)
{
    const struct sent_list *syns = &w->oracle.syns;
    if (!has_timestamps(w, p) || p->tsecr == 0 || syns->count == 0)
        return true;
    return is_between(syns->list[0].tsval, p->tsecr, syns->list[syns->count - 1].tsval);
}

/* Returns whether it is the one that the connection began with, for the first time or again. */
static bool syn_arrives(struct world *w, const struct packet *p, int64_t epoch_ns)
{
    struct oracle *o = &w->oracle;
    bool acks = (p->flags & F_ACK) != 0;
    if (acks && p->ack != o->iss + 1) {
        note_wrong_ack(o, p->ack);
        return false;
    }
    if (acks && !o->syn_acked && !echoes_a_syn(w, p)) {
        note_wrong_ack(o, p->ack);
        if (!o->synack_sent) /* also behind a crossing SYN whose answer could not be sent */
            return false;
    }
    if (o->opened ? p->seq != o->irs : !acks && world_flight(w)->conversation == NULL)
        return false; /* a SYN that comes before the capture saw ours is no answer to it */
    note_candidate(o, p->seq);
    open_by(w, p);
    if (acks) {
        note_syn_acked(w, p, epoch_ns);
        widen(o, p->ack + p->window, p->window);
    }
    return true;
}

static void reset_arrives(struct world *w, const struct packet *p, int64_t epoch_ns)
{
    struct oracle *o = &w->oracle;
    if (!o->opened) {
        if ((p->flags & F_ACK) == 0 || p->ack != o->iss + 1)
            return;
        o->refused = true;
        note_syn_acked(w, p, epoch_ns);
        o->syn_acked = false;
        decide(o, DECIDED_CLOSED);
        return;
    }
    bool unsure = o->many_islands || !oracle_is_benign(w); /* not all that came counts */
    for (unsigned i = 0; i < o->candidate_count; i++)
        o->rst_fits = o->rst_fits || p->seq == o->candidates[i].edge ||
                      (unsure && !after(p->seq, o->candidates[i].edge) &&
                       after(p->seq, o->candidates[i].irs));
}

/* Half a segment is what a sound receiver lets in at once: RFC 9293, 3.8.6.2.2. Whether news counts
 * that an old segment brings is open: it is not acceptable (3.10.7.4), but it may be a keep-alive.
 */
static void note_progress(struct world *w, const struct packet *p)
{
    struct oracle *o = &w->oracle;
    uint32_t left = oracle_fin_seq(w) - o->progress_una, enough = oracle_patience_octets(w);
    if (o->phase != PROBER_SENDING || !oracle_is_benign(w) || !after(p->ack, o->progress_una))
        return;
    if (p->ack - o->progress_una < (left < enough ? left : enough))
        return;
    o->progress_una = p->ack;
    o->progress_ns = w->now_ns;
}

static void note_ack(struct world *w, const struct packet *p, int64_t epoch_ns)
{
    struct oracle *o = &w->oracle;
    if (!o->syn_acked || o->phase == PROBER_OPENING)
        note_wrong_ack(o, p->ack);
    if (!o->opened)
        return;
    if (!after(p->ack, o->iss) || after(p->ack, o->snd_max))
        return;
    note_syn_acked(w, p, epoch_ns);
    uint32_t window = (uint32_t)p->window << (o->told_wscale ? o->wscale : 0);
    widen(o, p->ack + window, window);
    if (o->fins.tries > 0 && after(p->ack, oracle_fin_seq(w)) && o->fin_answer_count < ANSWERS_MAX)
        o->fin_answers[o->fin_answer_count++] =
            (struct answer){.came = true,
                            .has_timestamps = has_timestamps(w, p),
                            .epoch_ns = epoch_ns,
                            .tsecr = p->tsecr,
                            .sendings = o->fins.count};
    bool news = after(p->ack, o->una);
    o->unsure = o->unsure || (news && o->acked && after(o->last_ack, p->seq + packet_seq_len(p)));
    if (news || !oracle_is_benign(w)) {
        o->backoff = news && !o->unsure ? 0 : o->backoff; /* too old, it may not have counted */
        o->una = news ? p->ack : o->una;
        o->una_ns = w->now_ns;
    }
    note_progress(w, p);
}

static bool is_in_phase(const struct world *w, enum prober_phase first, enum prober_phase last)
{
    const struct flight *flight = world_flight(w);
    return flight != NULL && !flight->stopped && flight->prober.phase >= first &&
           flight->prober.phase <= last;
}

static void segment_arrives_here(struct world *w, const struct packet *p, int64_t epoch_ns)
{
    struct oracle *o = &w->oracle;
    bool syn = (p->flags & F_SYN) != 0, rst = (p->flags & F_RST) != 0;
    if (p->has_timestamps && o->told_timestamps) {
        o->old_timestamps = o->old_timestamps || after(o->tsval, p->tsval);
        o->tsval = p->tsval;
    }
    bool fin = (p->flags & F_FIN) != 0, acks = (p->flags & F_ACK) != 0;
    if ((p->flags & 0x1ff) == 0 || (syn && (rst || (fin && !acks)))) /* RFC 9293, 3.10.7.3 */
        return;
    if (syn) {
        if (!syn_arrives(w, p, epoch_ns))
            return;
    } else if (rst) {
        reset_arrives(w, p, epoch_ns);
        return;
    } else if (acks) {
        o->must_answer = p->validity == VALID_SURELY && packet_seq_len(p) > 0 &&
                         is_in_phase(w, PROBER_SENDING, PROBER_TIME_WAIT);
        note_ack(w, p, epoch_ns);
    } else {
        return;
    }
    if (!o->opened)
        return;
    if (fin && o->fin_right_count < FIN_RIGHTS_MAX)
        o->fin_rights[o->fin_right_count++] = p->seq + packet_seq_len(p);
    note_range(w, p->seq, p->seq + (syn && !fin ? 1 : packet_seq_len(p)));
}

static void error_arrives(struct world *w, const struct icmp_packet *icmp)
{
    struct oracle *o = &w->oracle;
    struct icmp_error error = {
        .family = (uint8_t)icmp->src.address.family, .type = icmp->type, .code = icmp->code};
    if (!icmp->has_seq || icmp->seq != o->iss || o->syn_acked)
        return;
    o->icmp_fits[icmp->type % ICMP_TYPES][icmp->code / 64] |= UINT64_C(1) << icmp->code % 64;
    o->icmp_fit_count++;
    if (icmp_reason(&error) != REASON_UNKNOWN)
        decide(o, DECIDED_ICMP);
}

static bool is_ours(const struct world *w, const struct endpoint *src, const struct endpoint *dst)
{
    return endpoint_equal(src, &w->s.ours) && endpoint_equal(dst, &w->s.theirs);
}

/* Flipped bits may cancel in the sum. Under another tuple, what acknowledges our SYN is then the
 * answer that a host which translates would see, unless our SYN was captured as it is. */
static bool looks_translated(const struct world *w, const struct packet *p)
{
    const struct oracle *o = &w->oracle;
    unsigned flags = p->flags & (F_SYN | F_RST | F_ACK);
    bool echoed = false;
    for (unsigned i = 0; i < o->syns.count; i++)
        echoed = echoed || o->syns.list[i].echo_ns != 0;
    return !echoed && p->ack == o->iss + 1 && p->validity != VALID_NOT &&
           (flags == (F_SYN | F_ACK) || flags == (F_RST | F_ACK));
}

static bool is_answer(const struct world *w, const struct packet *p, bool damaged)
{
    return is_ours(w, &p->dst, &p->src) || (damaged && looks_translated(w, p));
}

void oracle_reads(struct world *w, const struct frame *frame, bool outgoing, bool damaged)
{
    struct packet p;
    struct icmp_packet icmp;
    struct oracle *o = &w->oracle;
    char text[128];
    enum parsed parsed = frame_read(frame->bytes, frame->captured_len, frame->wire_len, &p, &icmp);
    o->must_answer = o->reaches_tcp = false;
    o->sent_in_step = 0;
    if (parsed == PARSED_TCP && is_ours(w, &p.src, &p.dst)) {
        if (outgoing && (p.flags & F_SYN) != 0)
            note_echo(&o->syns, &p, frame->time_ns);
        if (outgoing && (p.flags & F_FIN) != 0)
            note_echo(&o->fins, &p, frame->time_ns);
        if (outgoing && (p.flags & F_RST) != 0 && p.seq == o->iss + 1 && o->resets_unseen > 0)
            o->resets_unseen--;
        return;
    }
    if (!o->begun)
        return;
    if (parsed == PARSED_TCP && is_answer(w, &p, damaged)) {
        if (w->trace)
            world_tell(w, "prober <-  %s%s", packet_text(&p, w->s.peer.iss, o->iss, text),
                       p.validity == VALID_NOT ? "  (damaged)" : "");
        o->received++;
        if (p.validity == VALID_NOT)
            return;
        o->reaches_tcp = true;
        o->maybe = o->maybe || p.validity == VALID_MAYBE || damaged;
        segment_arrives_here(w, &p, frame->time_ns);
    } else if (parsed == PARSED_ICMP && is_ours(w, &icmp.src, &icmp.dst)) {
        world_tell(w, "prober <-  ICMP %u/%u%s", icmp.type, icmp.code,
                   icmp.validity == VALID_NOT ? "  (damaged)" : "");
        o->maybe = o->maybe || icmp.validity == VALID_MAYBE;
        if (icmp.validity != VALID_NOT)
            error_arrives(w, &icmp);
    }
}

void oracle_after_step(struct world *w)
{
    struct oracle *o = &w->oracle;
    const struct flight *flight = world_flight(w);
    if (w->now_ns < o->now_ns)
        world_fail(w, "time", "time ran back");
    o->now_ns = w->now_ns;
    if (flight == NULL)
        return;
    if (flight->prober.phase != o->phase) {
        o->phase = flight->prober.phase;
        o->progress_ns = w->now_ns;
        o->backoff = 0;
    }
    check_step(w, flight->conversation);
    o->sent_in_step = 0;
    o->must_answer = false;
}
