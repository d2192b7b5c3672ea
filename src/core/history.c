/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/history.h"

#include "core/seq.h"

/* Wireshark's bits of tcp.completeness. */
enum completeness {
    COMPLETE_SYN = 1,
    COMPLETE_SYN_ACK = 2,
    COMPLETE_ACK = 4,
    COMPLETE_DATA = 8,
    COMPLETE_FIN = 16,
    COMPLETE_RST = 32,
};

static uint8_t completeness_of(const struct segment *s)
{
    uint16_t syn_ack = s->flags & (TCP_SYN | TCP_ACK);
    unsigned bits = 0;
    if (syn_ack == TCP_SYN)
        bits |= COMPLETE_SYN;
    else if (syn_ack == (TCP_SYN | TCP_ACK))
        bits |= COMPLETE_SYN_ACK;
    else if (syn_ack == TCP_ACK && s->payload_len == 0)
        bits |= COMPLETE_ACK;
    if (s->payload_len > 0)
        bits |= COMPLETE_DATA;
    if ((s->flags & TCP_FIN) != 0)
        bits |= COMPLETE_FIN;
    if ((s->flags & TCP_RST) != 0)
        bits |= COMPLETE_RST;
    return (uint8_t)bits;
}

/* The letters of an end, in the order of their bits in history_seen. */
static const char letters[] = "shadfriq";
/* The counted ones: again at every power of ten (Zeek's history_max_... default). */
static const char counted_letters[] = "tcw";

enum counted {
    COUNTED_RETRANSMISSION,
    COUNTED_CHECKSUM,
    COUNTED_ZERO_WINDOW,
};

static void put(struct conversation *c, enum end_id from, char letter)
{
    if (c->history_len == HISTORY_MAX)
        return;
    c->history[c->history_len++] = from == CLIENT ? (char)(letter - 'a' + 'A') : letter;
}

static void put_once(struct conversation *c, enum end_id from, char letter)
{
    unsigned bit = from == SERVER ? 16 : 0;
    for (unsigned i = 0; letters[i] != '\0'; i++)
        if (letters[i] == letter)
            bit += i;
    if ((c->history_seen & 1u << bit) != 0)
        return;
    c->history_seen |= 1u << bit;
    put(c, from, letter);
}

enum numbered {
    NUMBERED_SYN,
    NUMBERED_FIN,
    NUMBERED_RST,
};

/* These letters occur again with another sequence number. */
static void put_numbered(struct conversation *c, enum end_id from, char letter, enum numbered which,
                         uint32_t seq)
{
    uint8_t len = c->history_len;
    put_once(c, from, letter);
    if (c->history_len == len && c->history_seq[from][which] != seq)
        put(c, from, letter);
    c->history_seq[from][which] = seq;
}

static void put_counted(struct conversation *c, enum end_id from, enum counted which)
{
    uint32_t *count = &c->history_counted[from][which];
    if (*count == UINT32_MAX)
        return;
    uint32_t power = 1;
    for (++*count; power < *count && power <= UINT32_MAX / 10; power *= 10)
        ;
    if (power == *count)
        put(c, from, counted_letters[which]);
}

/* Puts what SYN, RST and their contradictions stand for; returns whether there was any. F comes
 * behind the data of its segment. */
static bool put_flags(struct conversation *c, enum end_id from, const struct segment *s)
{
    bool syn = (s->flags & TCP_SYN) != 0;
    bool fin = (s->flags & TCP_FIN) != 0;
    bool rst = (s->flags & TCP_RST) != 0;
    if (fin && rst)
        put_once(c, from, 'i');
    else if (syn && (fin || rst))
        put_once(c, from, 'q');
    else if (syn)
        put_numbered(c, from, (s->flags & TCP_ACK) != 0 ? 'h' : 's', NUMBERED_SYN, s->seq);
    else if (rst)
        put_numbered(c, from, 'r', NUMBERED_RST, s->seq);
    return syn || rst;
}

void history_add(struct conversation *c, enum end_id from, const struct segment *s)
{
    const struct end *a = &c->ends[from];
    c->completeness |= completeness_of(s);
    if (s->checksum == CHECKSUM_BAD) {
        put_counted(c, from, COUNTED_CHECKSUM);
        return;
    }
    bool flagged = put_flags(c, from, s);
    bool fin = (s->flags & TCP_FIN) != 0;
    if (!flagged && !fin && s->payload_len == 0 && (s->flags & TCP_ACK) != 0)
        put_once(c, from, 'a');
    if (s->payload_len > 0) {
        if (a->seen && (a->syn_seen || a->snd_nxt != a->iss) &&
            stream_fit(&a->sent, s->seq, s->payload_len) == STREAM_OLD)
            put_counted(c, from, COUNTED_RETRANSMISSION);
        put_once(c, from, 'd');
    }
    if (fin && !flagged)
        put_numbered(c, from, 'f', NUMBERED_FIN, s->seq + s->payload_len);
    /* Nobody's window matters when the other end has sent its FIN. */
    if ((s->flags & TCP_RST) == 0 && s->window == 0 && !c->ends[!from].fin_seen)
        put_counted(c, from, COUNTED_ZERO_WINDOW);
}

/* How far one end got, in the terms that Zeek's conn_state is defined by. */
enum progress {
    INACTIVE, /* it sent nothing, or its beginning was not seen */
    SYN_SENT,
    ESTABLISHED, /* for Zeek the SYN/ACK alone establishes both ends */
    CLOSED,      /* it sent FIN */
    RESET,       /* it sent RST */
};

static enum progress progress_of(const struct conversation *c, enum end_id id)
{
    const struct end *end = &c->ends[id];
    bool answered = c->ends[SERVER].syn_seen;
    if (end->rst_seen && !(end->fin_seen && c->ends[!id].fin_seen))
        return RESET; /* nothing undoes an exchange of FINs */
    if (end->fin_seen)
        return CLOSED;
    if (answered && (end->syn_seen || c->established))
        return ESTABLISHED;
    return end->syn_seen ? SYN_SENT : INACTIVE;
}

static const char *reset_by_server(const struct conversation *c, enum progress client)
{
    if (client == INACTIVE)
        return "RSTRH";
    return client == SYN_SENT && !c->established ? "REJ" : "RSTR";
}

static const char *reset_by_client(const struct conversation *c, enum progress server)
{
    if (server != INACTIVE)
        return "RSTO";
    return c->ends[CLIENT].syn_seen ? "RSTOS0" : "OTH";
}

const char *history_conn_state(const struct conversation *c)
{
    enum progress client = progress_of(c, CLIENT);
    enum progress server = progress_of(c, SERVER);
    if (server == RESET)
        return reset_by_server(c, client);
    if (client == RESET)
        return reset_by_client(c, server);
    if (client == CLOSED && server == CLOSED)
        return "SF";
    if (client == CLOSED)
        return server == INACTIVE ? "SH" : "S2";
    if (server == CLOSED)
        return client == INACTIVE ? "SHR" : "S3";
    if (client == SYN_SENT && server == INACTIVE)
        return "S0";
    return client == ESTABLISHED && server == ESTABLISHED ? "S1" : "OTH";
}
