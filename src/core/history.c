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

/* The letters that occur once for each end, in the order of their bits in history_seen. */
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

static char flag_letter(const struct segment *s)
{
    bool syn = (s->flags & TCP_SYN) != 0;
    bool fin = (s->flags & TCP_FIN) != 0;
    bool rst = (s->flags & TCP_RST) != 0;
    if (fin && rst)
        return 'i';
    if (syn && (fin || rst))
        return 'q';
    if (syn)
        return (s->flags & TCP_ACK) != 0 ? 'h' : 's';
    return rst ? 'r' : '\0'; /* f comes behind the data of its segment */
}

void history_add(struct conversation *c, enum end_id from, const struct segment *s)
{
    const struct end *a = &c->ends[from];
    c->completeness |= completeness_of(s);
    if (s->checksum == CHECKSUM_BAD) {
        put_counted(c, from, COUNTED_CHECKSUM);
        return;
    }
    char letter = flag_letter(s);
    if (letter != '\0')
        put_once(c, from, letter);
    bool fin = (s->flags & TCP_FIN) != 0;
    if (letter == '\0' && !fin && s->payload_len == 0 && (s->flags & TCP_ACK) != 0)
        put_once(c, from, 'a');
    if (s->payload_len > 0) {
        if (a->seen && (a->syn_seen || a->snd_nxt != a->iss) &&
            stream_fit(&a->sent, s->seq, s->payload_len) == STREAM_OLD)
            put_counted(c, from, COUNTED_RETRANSMISSION);
        put_once(c, from, 'd');
    }
    if (fin && letter == '\0')
        put_once(c, from, 'f');
    if (letter == '\0' && s->window == 0 && (s->flags & TCP_ACK) != 0)
        put_counted(c, from, COUNTED_ZERO_WINDOW);
}

/* How far one end got, in the terms that Zeek's conn_state is defined by. */
enum progress {
    INACTIVE, /* it sent nothing, or its beginning was not seen */
    SYN_SENT,
    SYN_ACK_SENT,
    ESTABLISHED,
    CLOSED, /* it sent FIN */
    RESET,  /* it sent RST */
};

static enum progress progress_of(const struct conversation *c, enum end_id id)
{
    const struct end *end = &c->ends[id];
    if (end->rst_seen)
        return RESET;
    if (end->fin_seen)
        return CLOSED;
    if (!end->syn_seen)
        return INACTIVE;
    if (c->established)
        return ESTABLISHED;
    return end->syn_acks ? SYN_ACK_SENT : SYN_SENT;
}

const char *history_conn_state(const struct conversation *c)
{
    enum progress client = progress_of(c, CLIENT);
    enum progress server = progress_of(c, SERVER);
    bool client_seen = c->ends[CLIENT].syn_seen;
    bool server_seen = c->ends[SERVER].syn_seen;
    if (server == RESET) {
        if (client == SYN_SENT || client == SYN_ACK_SENT)
            return server_seen ? "RSTR" : "REJ";
        return client == INACTIVE || !client_seen ? "RSTRH" : "RSTR";
    }
    if (client == RESET)
        return server_seen ? "RSTO" : "RSTOS0";
    if (client == CLOSED && server == CLOSED)
        return "SF";
    if (client == CLOSED)
        return server_seen ? "S2" : "SH";
    if (server == CLOSED)
        return client_seen ? "S3" : "SHR";
    if (client == SYN_SENT && server == INACTIVE)
        return "S0";
    return client == ESTABLISHED && server == ESTABLISHED ? "S1" : "OTH";
}
