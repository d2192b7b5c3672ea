/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/history.h"

#include "wire/seq.h"

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
    static const uint8_t by_syn_ack[] = {
        [0] = 0,
        [TCP_SYN] = COMPLETE_SYN,
        [TCP_SYN | TCP_ACK] = COMPLETE_SYN_ACK,
        [TCP_ACK] = COMPLETE_ACK,
    };
    static const uint8_t by_fin_rst[] = {
        [0] = 0,
        [TCP_FIN] = COMPLETE_FIN,
        [TCP_RST] = COMPLETE_RST,
        [TCP_FIN | TCP_RST] = COMPLETE_FIN | COMPLETE_RST,
    };
    unsigned bits = by_syn_ack[s->flags & (TCP_SYN | TCP_ACK)];
    if (segment_carried_len(s) > 0)
        bits = (bits & ~(unsigned)COMPLETE_ACK) | COMPLETE_DATA;
    return (uint8_t)(bits | by_fin_rst[s->flags & (TCP_FIN | TCP_RST)]);
}

/* Letters that an end writes once, or again with another sequence number. One bit each. */
enum written {
    WRITTEN_SYN, /* s and h: one of them */
    WRITTEN_ACK,
    WRITTEN_DATA,
    WRITTEN_FIN,
    WRITTEN_RST,
    WRITTEN_FIN_RST,
    WRITTEN_MULTI_FLAG,
};

/* The counted ones: again at every power of ten. */
static const char counted_letters[] = "tcwg";

enum counted {
    COUNTED_RETRANSMISSION,
    COUNTED_CHECKSUM,
    COUNTED_ZERO_WINDOW,
    COUNTED_GAP,
};

static void put(struct history *h, enum end_id from, char letter)
{
    if (h->len == HISTORY_MAX)
        return;
    if (from == CLIENT)
        letter = (char)(letter - 'a' + 'A');
    h->letters[h->len++] = letter;
}

/* Returns whether it was there already. */
static bool put_once(struct history *h, enum end_id from, enum written which, char letter)
{
    struct history_end *end = &h->ends[from];
    if ((end->written & 1u << which) != 0)
        return true;
    end->written = (uint8_t)(end->written | 1u << which);
    put(h, from, letter);
    return false;
}

static void put_numbered(struct history *h, enum end_id from, enum written which, char letter,
                         uint32_t *latest, uint32_t seq)
{
    if (put_once(h, from, which, letter) && *latest != seq)
        put(h, from, letter);
    *latest = seq;
}

static void put_counted(struct history *h, enum end_id from, enum counted which)
{
    uint32_t *count = &h->marks[from].counted[which];
    if (*count == UINT32_MAX)
        return;
    uint32_t power = 1;
    for (++*count; power < *count && power <= UINT32_MAX / 10; power *= 10)
        ;
    if (power == *count)
        put(h, from, counted_letters[which]);
}

void history_flip(struct history *h)
{
    if (h->len < HISTORY_MAX)
        h->letters[h->len++] = '^';
}

/* Before an end has closed, a SYN with another number begins its numbering anew. */
static bool numbers_anew(const struct history_end *a, const struct segment *s)
{
    if ((s->flags & TCP_SYN) == 0)
        return a->progress == PROGRESS_INACTIVE;
    return a->progress < PROGRESS_CLOSED ||
           (a->progress == PROGRESS_RESET && a->before == PROGRESS_INACTIVE);
}

static uint32_t right_edge(const struct segment *s)
{
    bool rst = (s->flags & TCP_RST) != 0; /* what it carries is not of the stream */
    return s->seq + (segment_seq_len(s) - (rst ? s->payload_len : 0));
}

static void number(struct history *h, enum end_id from, const struct segment *s)
{
    struct history_end *a = &h->ends[from];
    bool syn = (s->flags & TCP_SYN) != 0;
    uint32_t first = syn ? s->seq : s->seq - 1;
    if (!numbers_anew(a, s) || (a->progress != PROGRESS_INACTIVE && a->first == first))
        return;
    a->first = h->marks[from].syn_seq = first;
    a->right = syn ? right_edge(s) : s->seq;
}

static void put_plain(struct history *h, enum end_id from, const struct segment *s)
{
    if (s->payload_len > 0)
        put_once(h, from, WRITTEN_DATA, 'd');
    else if ((s->flags & TCP_ACK) != 0)
        put_once(h, from, WRITTEN_ACK, 'a');
}

/* Control flags come before data and acknowledgement, which then write nothing. */
static void put_flags(struct history *h, enum end_id from, const struct segment *s)
{
    struct history_marks *a = &h->marks[from];
    unsigned control = s->flags & (TCP_SYN | TCP_FIN | TCP_RST);
    if (control == TCP_SYN)
        put_numbered(h, from, WRITTEN_SYN, (s->flags & TCP_ACK) != 0 ? 'h' : 's', &a->syn_seq,
                     s->seq);
    else if (control == TCP_FIN)
        put_numbered(h, from, WRITTEN_FIN, 'f', &a->fin_seq, s->seq + s->payload_len);
    else if (control == TCP_RST)
        put_numbered(h, from, WRITTEN_RST, 'r', &a->rst_seq, s->seq);
    else if ((control & TCP_FIN) != 0 && (control & TCP_RST) != 0)
        put_once(h, from, WRITTEN_FIN_RST, 'i');
    else if (control != 0)
        put_once(h, from, WRITTEN_MULTI_FLAG, 'q');
    else
        put_plain(h, from, s);
}

/* A window matters no longer once the other end has sent its FIN, or this one its RST. */
static bool shuts_the_window(const struct history *h, enum end_id from, const struct segment *s)
{
    return s->window == 0 && (s->flags & TCP_RST) == 0 &&
           h->ends[from].progress != PROGRESS_RESET && h->ends[!from].progress != PROGRESS_CLOSED;
}

/* What a SYN or RST far away says of sequence numbers is not believed. */
#define JUMP_MAX (1 << 20)

/* Moves the right edge; returns whether payload does not get beyond it. So data in a SYN counts as
 * repeated, as does what arrives out of order. */
static bool repeats(struct history_end *a, const struct segment *s)
{
    uint32_t right = right_edge(s);
    int32_t beyond = seq_diff(right, a->right);
    bool jumps = (s->flags & (TCP_SYN | TCP_RST)) != 0 && (beyond > JUMP_MAX || beyond < -JUMP_MAX);
    if (jumps)
        return false;
    bool only_syn_before = (s->flags & TCP_FIN) != 0 && a->right == a->first + 1;
    if (only_syn_before || (beyond > 0 && a->progress != PROGRESS_RESET)) {
        a->right = right;
        return false;
    }
    return a->progress != PROGRESS_RESET && s->payload_len > 0;
}

static void progress(struct history_end *a, enum progress to)
{
    a->before = a->progress;
    a->progress = (uint8_t)to;
}

/* The first of its segments. A SYN/ACK alone establishes both ends. */
static void progress_from_inactive(struct history *h, enum end_id from, const struct segment *s)
{
    struct history_end *a = &h->ends[from];
    struct history_end *b = &h->ends[!from];
    bool acks = (s->flags & TCP_ACK) != 0;
    bool established = b->progress == PROGRESS_ESTABLISHED;
    if ((s->flags & TCP_SYN) != 0 && from == CLIENT) {
        progress(a, established ? PROGRESS_ESTABLISHED
                    : acks      ? PROGRESS_SYN_ACK_SENT
                                : PROGRESS_SYN_SENT);
    } else if ((s->flags & TCP_SYN) != 0) {
        if (b->progress == PROGRESS_SYN_SENT)
            progress(b, PROGRESS_ESTABLISHED);
        progress(a, PROGRESS_ESTABLISHED);
    }
    if ((s->flags & TCP_FIN) != 0)
        progress(a, PROGRESS_CLOSED);
    if ((s->flags & TCP_RST) != 0)
        progress(a, PROGRESS_RESET);
    bool ack_before_syn_ack =
        from == SERVER && s->payload_len == 0 && b->progress == PROGRESS_SYN_SENT;
    if (a->progress == PROGRESS_INACTIVE && !ack_before_syn_ack)
        progress(a, acks && established ? PROGRESS_ESTABLISHED : PROGRESS_PARTIAL);
}

static void progress_from_open(struct history_end *a, struct history_end *b,
                               const struct segment *s)
{
    bool synchronized = a->progress == PROGRESS_ESTABLISHED || a->progress == PROGRESS_PARTIAL;
    if (flags_are_of_syn(s->flags) && a->progress == PROGRESS_PARTIAL &&
        b->progress == PROGRESS_INACTIVE)
        progress(a, PROGRESS_SYN_SENT);
    if ((s->flags & TCP_RST) != 0) {
        progress(a, PROGRESS_RESET);
    } else if ((s->flags & TCP_FIN) != 0) {
        progress(a, PROGRESS_CLOSED);
        if (synchronized && b->progress == PROGRESS_RESET && b->before == PROGRESS_CLOSED)
            progress(b, PROGRESS_CLOSED); /* FIN, then RST, then the other FIN: a normal end */
    }
}

static void move_on(struct history *h, enum end_id from, const struct segment *s)
{
    struct history_end *a = &h->ends[from];
    struct history_end *b = &h->ends[!from];
    if (a->progress == PROGRESS_INACTIVE)
        progress_from_inactive(h, from, s);
    else if (a->progress < PROGRESS_CLOSED)
        progress_from_open(a, b, s);
    else if (a->progress == PROGRESS_CLOSED && (s->flags & TCP_RST) != 0 &&
             b->progress != PROGRESS_CLOSED) /* nothing undoes an exchange of FINs */
        progress(a, PROGRESS_RESET);
}

/* What neither begins nor ends anything, of an end that has begun: most segments of most captures,
 * and of the steps below only these are left. */
static void add_plain(struct history *h, enum end_id from, const struct segment *s)
{
    struct history_end *a = &h->ends[from];
    put_plain(h, from, s);
    if (shuts_the_window(h, from, s))
        put_counted(h, from, COUNTED_ZERO_WINDOW);
    if (a->progress == PROGRESS_RESET)
        return;
    uint32_t right = s->seq + s->payload_len;
    if (seq_gt(right, a->right))
        a->right = right;
    else if (s->payload_len > 0)
        put_counted(h, from, COUNTED_RETRANSMISSION);
}

void history_add(struct history *h, enum end_id from, const struct segment *s)
{
    struct history_end *a = &h->ends[from];
    h->completeness |= completeness_of(s);
    if (s->checksum == CHECKSUM_BAD) {
        put_counted(h, from, COUNTED_CHECKSUM);
        return;
    }
    if ((s->flags & (TCP_SYN | TCP_FIN | TCP_RST)) == 0 && a->progress != PROGRESS_INACTIVE) {
        add_plain(h, from, s);
        return;
    }
    number(h, from, s);
    put_flags(h, from, s);
    if (shuts_the_window(h, from, s))
        put_counted(h, from, COUNTED_ZERO_WINDOW);
    if (repeats(a, s))
        put_counted(h, from, COUNTED_RETRANSMISSION);
    move_on(h, from, s);
}

/* Established, or closed from there: elsewhere numbers may mislead. */
static bool is_clean(const struct history_end *end)
{
    return end->progress == PROGRESS_ESTABLISHED ||
           (end->progress == PROGRESS_CLOSED && end->before == PROGRESS_ESTABLISHED);
}

void history_gap(struct history *h, enum end_id of)
{
    if (is_clean(&h->ends[CLIENT]) && is_clean(&h->ends[SERVER]))
        put_counted(h, of, COUNTED_GAP);
}

static bool is_inactive(enum progress p)
{
    return p == PROGRESS_INACTIVE || p == PROGRESS_PARTIAL;
}

static const char *reset_by_server(enum progress client, bool payload)
{
    if (client == PROGRESS_SYN_SENT || client == PROGRESS_SYN_ACK_SENT ||
        (client == PROGRESS_RESET && !payload))
        return "REJ";
    return is_inactive(client) ? "RSTRH" : "RSTR";
}

static bool is_one_of(char letter, const char *of)
{
    while (*of != '\0' && *of != letter)
        of++;
    return *of != '\0';
}

/* Whether the client's SYN came first and then its RST, with nothing between that would tell of
 * more than an attempt. */
static bool syn_then_rst(const struct history *h)
{
    const char *text = h->letters;
    text += *text == '^';
    if (*text != 'S')
        return false;
    while (*text != '\0' && !is_one_of(*text, "HAFGIQR"))
        text++;
    return *text == 'R';
}

static const char *reset_by_client(const struct history *h, enum progress server)
{
    if (!is_inactive(server))
        return "RSTO";
    return syn_then_rst(h) ? "RSTOS0" : "OTH";
}

const char *history_conn_state(const struct history *h, bool payload)
{
    enum progress client = h->ends[CLIENT].progress;
    enum progress server = h->ends[SERVER].progress;
    if (server == PROGRESS_RESET)
        return reset_by_server(client, payload);
    if (client == PROGRESS_RESET)
        return reset_by_client(h, server);
    if (client == PROGRESS_CLOSED && server == PROGRESS_CLOSED)
        return "SF";
    if (client == PROGRESS_CLOSED)
        return is_inactive(server) ? "SH" : "S2";
    if (server == PROGRESS_CLOSED)
        return is_inactive(client) ? "SHR" : "S3";
    if (client == PROGRESS_SYN_SENT && server == PROGRESS_INACTIVE)
        return "S0";
    return client == PROGRESS_ESTABLISHED && server == PROGRESS_ESTABLISHED ? "S1" : "OTH";
}
