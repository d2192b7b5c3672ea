/* SPDX-License-Identifier: BSD-2-Clause */
/* An attacker who sees everything and can send anything in the peer's name, or a router's. */
#include <string.h>

#include "world.h"

static void carry(struct world *w, const struct packet *packet)
{
    struct bytes_frame frame;
    char text[128];
    frame_write(&frame, packet);
    frame.forged = true;
    if (w->trace)
        world_tell(w, "          <- EVIL  %s",
                   packet_text(packet, w->s.peer.iss, w->oracle.iss, text));
    link_carry(w, TO_HOST, &frame, w->now_ns);
}

/* What the prober awaits next, as it looks from here. */
static struct packet in_the_peers_name(const struct world *w, unsigned flags)
{
    const struct oracle *o = &w->oracle;
    uint32_t next = o->candidate_count > 0 ? o->candidates[0].edge : w->s.peer.iss + 1;
    return (struct packet){
        .src = w->s.theirs,
        .dst = w->s.ours,
        .seq = next,
        .ack = (flags & F_ACK) != 0 ? o->snd_max : 0,
        .flags = (uint16_t)flags,
        .window = 500,
        .ip_id = (uint16_t)(0x8000 + w->frames[TO_HOST]),
        .ttl = 50,
    };
}

void hostile_junk(struct world *w, struct rng *rng)
{
    static const uint16_t flags[] = {F_ACK,
                                     F_ACK | F_PSH,
                                     F_FIN | F_ACK,
                                     F_RST,
                                     F_RST | F_ACK,
                                     F_SYN | F_ACK,
                                     F_SYN,
                                     0,
                                     F_FIN,
                                     F_SYN | F_FIN,
                                     F_FIN | F_PSH | F_URG,
                                     F_SYN | F_RST,
                                     F_ACK | F_URG};
    struct packet p = in_the_peers_name(w, flags[rng_below(rng, sizeof flags / sizeof *flags)]);
    p.seq += rng_percent(rng, 50) ? 0 : (uint32_t)rng_between(rng, -2000, 3000);
    if (rng_percent(rng, 12))
        p.seq = (uint32_t)rng_next(rng);
    p.ack += rng_percent(rng, 60) ? 0 : (uint32_t)rng_between(rng, -3, 3);
    if (rng_percent(rng, 12))
        p.ack = (uint32_t)rng_next(rng);
    if ((p.flags & F_RST) != 0 && rng_percent(rng, 85))
        p.seq = (uint32_t)rng_next(rng);
    p.payload_len = rng_percent(rng, 60) ? 0 : (uint32_t)rng_below(rng, 1460);
    p.window = rng_percent(rng, 30) ? 0 : (uint16_t)rng_next(rng);
    carry(w, &p);
}

static void forge_icmp(struct world *w, struct rng *rng, bool fits)
{
    struct bytes_frame frame;
    bool v6 = w->s.ours.address.family == FAMILY_IPV6;
    struct icmp_packet error = {
        .from = w->s.theirs.address,
        .src = w->s.ours,
        .dst = w->s.theirs,
        .seq = fits ? w->oracle.iss : w->oracle.iss + (uint32_t)rng_between(rng, 1, 1 << 30),
        .type = (uint8_t)(v6 ? rng_between(rng, 1, 4) : 3),
        .code = (uint8_t)rng_below(rng, 14),
    };
    frame_write_icmp(&frame, &error, rng_percent(rng, 90) ? 8 : 6);
    world_tell(w, "          <- EVIL  ICMP %u/%u quoting %u", error.type, error.code,
               error.seq - w->oracle.iss);
    link_carry(w, TO_HOST, &frame, w->now_ns);
}

static void nonsense_options(struct packet *p, struct rng *rng)
{
    p->options_len = (uint32_t)rng_between(rng, 1, OPTIONS_MAX);
    for (uint32_t i = 0; i < p->options_len; i++)
        p->options[i] = (uint8_t)(rng_percent(rng, 50) ? rng_below(rng, 40) : rng_next(rng));
}

/* Well formed, and with an echo at the edges of what our SYNs carried, or half the circle away. */
static void any_timestamps(const struct world *w, struct packet *p, struct rng *rng)
{
    static const uint32_t away[] = {0, 1, UINT32_MAX, UINT32_C(1) << 31, (UINT32_C(1) << 31) + 1};
    const struct sent_list *syns = &w->oracle.syns;
    uint32_t base = syns->count > 0 ? syns->list[rng_below(rng, syns->count)].tsval : 0;
    uint32_t echo = base + away[rng_below(rng, sizeof away / sizeof *away)];
    uint32_t numbers[] = {(uint32_t)rng_next(rng), rng_percent(rng, 80) ? echo : 0};
    p->options[0] = 8;
    p->options[1] = 10;
    p->options_len = 10;
    for (unsigned i = 0; i < 8; i++)
        p->options[2 + i] = (uint8_t)(numbers[i / 4] >> (24 - i % 4 * 8));
}

static void noise(struct world *w, struct rng *rng)
{
    struct bytes_frame frame = w->kept;
    if (!w->has_kept)
        return;
    frame.forged = true;
    for (unsigned i = 0; i < 6; i++)
        frame.bytes[14 + rng_below(rng, frame.len - 14)] = (uint8_t)rng_next(rng);
    link_carry(w, TO_HOST, &frame, w->now_ns);
}

/* Our own kernel, whose port is not guarded, resets: the capture sees it, and so does the peer. */
static void local_reset(struct world *w)
{
    struct packet p = {
        .src = w->s.ours, .dst = w->s.theirs, .seq = w->oracle.snd_max, .flags = F_RST, .ttl = 64};
    struct event *event = world_new_event(w, EVENT_CAPTURED, w->now_ns);
    if (event == NULL || !w->oracle.begun)
        return;
    frame_write(&event->frame, &p);
    event->stamp_ns = w->now_ns;
    event->outgoing = true;
    w->oracle.local_rst = true;
    world_tell(w, "  our kernel resets");
    link_carry(w, TO_PEER, &event->frame, w->now_ns);
}

/* With the peer's TTL, or with another. */
static uint8_t any_ttl(struct rng *rng)
{
    static const uint8_t ttls[] = {57, 57, 58, 64, 250, 30};
    return ttls[rng_below(rng, sizeof ttls)];
}

/* Answers the SYN in the place of the peer: with the right number, or a wrong one. */
static void refuse_early(struct world *w, struct rng *rng)
{
    struct packet p = in_the_peers_name(w, F_RST | F_ACK);
    p.seq = 0;
    p.ack = w->oracle.iss + 1 + (rng_percent(rng, 60) ? 0 : (uint32_t)rng_between(rng, 1, 5000));
    p.ttl = any_ttl(rng);
    carry(w, &p);
}

/* Several, where the peer stands and where it may stand soon. */
static void reset_in_series(struct world *w, struct rng *rng)
{
    static const uint32_t ahead[] = {1460, 4380, 0};
    struct packet p = in_the_peers_name(w, F_RST);
    uint32_t edge = p.seq;
    p.ttl = any_ttl(rng);
    for (unsigned i = 0; i < sizeof ahead / sizeof *ahead; i++) {
        p.seq = edge + ahead[i];
        carry(w, &p);
    }
}

static void forge(struct world *w, enum attack_kind kind, struct rng *rng)
{
    static const uint16_t flags[ATTACK_KINDS] = {
        [ATTACK_RST_EXACT] = F_RST | F_ACK,
        [ATTACK_RST_IN_WINDOW] = F_RST,
        [ATTACK_RST_OUTSIDE] = F_RST | F_ACK,
        [ATTACK_SYN] = F_SYN,
        [ATTACK_SYN_ACK_WRONG] = F_SYN | F_ACK,
        [ATTACK_ACK_AHEAD] = F_ACK,
        [ATTACK_ACK_OLD] = F_ACK,
        [ATTACK_DATA_OUTSIDE] = F_ACK | F_PSH,
        [ATTACK_DATA_AFTER_FIN] = F_ACK | F_PSH,
        [ATTACK_OPTIONS] = F_ACK,
    };
    struct packet p = in_the_peers_name(w, flags[kind]);
    if (kind == ATTACK_RST_IN_WINDOW)
        p.seq += (uint32_t)rng_between(rng, 1, 60000);
    else if (kind == ATTACK_RST_OUTSIDE)
        p.seq += rng_percent(rng, 50) ? (uint32_t)rng_between(rng, -100000, -1)
                                      : (uint32_t)rng_between(rng, 64241, 1 << 30);
    else if (kind == ATTACK_SYN)
        p.seq = (uint32_t)rng_next(rng);
    else if (kind == ATTACK_SYN_ACK_WRONG)
        p.ack += rng_percent(rng, 50) ? 1 : (uint32_t)rng_next(rng);
    else if (kind == ATTACK_ACK_AHEAD)
        p.ack += (uint32_t)rng_between(rng, 1, 100000);
    else if (kind == ATTACK_ACK_OLD)
        p.ack -= (uint32_t)rng_between(rng, 1, 100000);
    else if (kind == ATTACK_DATA_OUTSIDE)
        p.seq += (uint32_t)rng_between(rng, 8300000, 1 << 30);
    if (kind == ATTACK_OPTIONS) {
        bool syn = rng_percent(rng, 50);
        p.flags = syn ? F_SYN | F_ACK : F_ACK;
        p.seq = syn ? w->s.peer.iss : p.seq;
        if (rng_percent(rng, 50))
            any_timestamps(w, &p, rng);
        else
            nonsense_options(&p, rng);
    }
    if (kind == ATTACK_DATA_OUTSIDE || kind == ATTACK_DATA_AFTER_FIN)
        p.payload_len = (uint32_t)rng_between(rng, 1, 100);
    carry(w, &p);
}

static void fire(struct world *w, enum attack_kind kind, struct rng *rng)
{
    switch (kind) {
    case ATTACK_ICMP_FITS:
    case ATTACK_ICMP_WILD:
        forge_icmp(w, rng, kind == ATTACK_ICMP_FITS);
        break;
    case ATTACK_FLAGS:
        hostile_junk(w, rng);
        break;
    case ATTACK_REPLAY:
        if (w->has_kept)
            link_carry(w, TO_HOST, &w->kept, w->now_ns);
        break;
    case ATTACK_NOISE:
        noise(w, rng);
        break;
    case ATTACK_LOCAL_RST:
        local_reset(w);
        break;
    case ATTACK_RST_REFUSES:
        refuse_early(w, rng);
        break;
    case ATTACK_RST_SERIES:
        reset_in_series(w, rng);
        break;
    default:
        forge(w, kind, rng);
        break;
    }
}

void hostile_attack(struct world *w, const struct attack *attack)
{
    struct rng rng = rng_for(attack->seed, 0);
    unsigned count = attack->kind == ATTACK_LOCAL_RST ? 1 : attack->count;
    for (unsigned i = 0; i < count; i++) {
        fire(w, attack->kind, &rng);
        if (w->statistics != NULL)
            w->statistics->attacks[attack->kind]++;
    }
}
