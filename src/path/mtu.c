/* SPDX-License-Identifier: BSD-2-Clause */
#include "path/mtu.h"

#include "wire/seq.h"

enum {
    IPV4_HEADER = 20,
    IPV6_HEADER = 40,
    TCP_HEADER = 20,
    TIMESTAMPS = 12, /* with two octets that pad */
    LEAST_IPV4 = 68,
    LEAST_IPV6 = 1280,
    SURE_LOST = 3 * PATH_MTU_TRIES, /* segments */
    SURE_ALTERNATIONS = 3,
};

uint32_t path_mtu_headers(enum family family, bool timestamps)
{
    return (family == FAMILY_IPV4 ? IPV4_HEADER : IPV6_HEADER) + (uint32_t)TCP_HEADER +
           (timestamps ? TIMESTAMPS : 0);
}

void path_mtu_take_sent(struct path_mtu *mtu, const struct segment *sent)
{
    enum family family = (enum family)sent->src.address.family;
    if (mtu->sent_count == PATH_MTU_SENT_MAX)
        return;
    mtu->seq_end = sent->seq + sent->payload_len;
    mtu->sent[mtu->sent_count++] = (struct mtu_sent){
        .time_ns = sent->time_ns,
        .bytes = path_mtu_headers(family, sent->options.has_timestamps) + sent->payload_len,
        .octets = sent->payload_len,
        .tsval = sent->options.tsval,
        .ip_id = sent->ip_id};
}

/* A D-SACK is the first block, below what is acknowledged: RFC 2883, 4. */
static bool has_dsack(const struct path_mtu *mtu, const struct segment *answer)
{
    const struct tcp_options *options = &answer->options;
    return options->sack_count > 0 && options->sack[0].right == mtu->seq_end &&
           seq_lt(options->sack[0].left, mtu->seq_end);
}

bool path_mtu_is_answer(const struct path_mtu *mtu, const struct segment *answer, uint32_t next_seq,
                        bool awaited)
{
    const unsigned others = TCP_SYN | TCP_FIN | TCP_RST;
    if (mtu->sent_count == 0 || (answer->flags & (others | TCP_ACK)) != TCP_ACK ||
        answer->payload_len > 0 || answer->ack != mtu->seq_end)
        return false;
    return has_dsack(mtu, answer) || (awaited && answer->seq == next_seq);
}

static struct mtu_sent *named_by_echo(struct path_mtu *mtu, const struct segment *answer)
{
    for (size_t i = 0; answer->options.has_timestamps && i < mtu->sent_count; i++)
        if (mtu->sent[i].tsval == answer->options.tsecr)
            return &mtu->sent[i];
    return NULL;
}

/* The latest of the tries, unless the time stamp names one. */
static struct mtu_sent *named_by_dsack(struct path_mtu *mtu, const struct segment *answer)
{
    uint32_t octets = mtu->seq_end - answer->options.sack[0].left;
    struct mtu_sent *named = named_by_echo(mtu, answer);
    if (named != NULL && named->octets == octets)
        return named;
    named = NULL;
    for (size_t i = 0; i < mtu->sent_count; i++)
        if (mtu->sent[i].octets == octets)
            named = &mtu->sent[i];
    return named;
}

/* An answer that names none is for the latest: one is in flight at a time. */
void path_mtu_take_answer(struct path_mtu *mtu, const struct segment *answer)
{
    bool dsack = has_dsack(mtu, answer);
    struct mtu_sent *sent = dsack ? named_by_dsack(mtu, answer) : named_by_echo(mtu, answer);
    if (!dsack && mtu->sent_count > 0 && (sent == NULL || sent->answer != MTU_NO_ANSWER)) {
        sent = &mtu->sent[mtu->sent_count - 1];
        mtu->unmarked = true;
    }
    if (sent != NULL)
        sent->answer = MTU_ACKNOWLEDGED;
}

static bool has_own_tuple(const struct path_mtu *mtu, const struct quote *quote)
{
    return endpoint_equal(&quote->src, &mtu->ours) && endpoint_equal(&quote->dst, &mtu->theirs);
}

/* A device may have translated the tuple, the number or the identification, but hardly all. */
static bool is_about(const struct path_mtu *mtu, const struct mtu_sent *sent,
                     const struct quote *quote)
{
    bool v4 = quote->icmp.family == FAMILY_IPV4;
    bool stamped = quote->has_options && quote->options.has_timestamps;
    bool numbered = quote->icmp.has_seq && quote->seq == mtu->seq_end - sent->octets;
    bool marked =
        (v4 && quote->ip_id == sent->ip_id) || (stamped && quote->options.tsval == sent->tsval);
    return (numbered && (marked || has_own_tuple(mtu, quote))) ||
           (marked && has_own_tuple(mtu, quote));
}

/* The latest segment that an error is about, or -1. */
static int place_of_quote(const struct path_mtu *mtu, const struct quote *quote)
{
    int place = mtu->sent_count - 1;
    while (place >= 0 && !is_about(mtu, &mtu->sent[place], quote))
        place--;
    return place;
}

bool path_mtu_knows_quote(const struct path_mtu *mtu, const struct quote *quote)
{
    return place_of_quote(mtu, quote) >= 0;
}

/* RFC 1191, 4 and RFC 4443, 3.2. */
static bool says_too_big(const struct icmp_error *icmp)
{
    return icmp->family == FAMILY_IPV4 ? icmp->type == 3 && icmp->code == 4 : icmp->type == 2;
}

static uint32_t largest_acknowledged(const struct path_mtu *mtu)
{
    uint32_t bytes = 0;
    for (size_t i = 0; i < mtu->sent_count; i++)
        if (mtu->sent[i].answer == MTU_ACKNOWLEDGED && mtu->sent[i].bytes > bytes)
            bytes = mtu->sent[i].bytes;
    return bytes;
}

/* Routers from before RFC 1191 tell no MTU. What got through refutes a smaller one: RFC 8899,
 * 4.6.2. */
static bool is_possible(const struct path_mtu *mtu, const struct quote *quote, uint32_t bytes)
{
    bool v4 = quote->icmp.family == FAMILY_IPV4;
    if (v4 && quote->mtu == 0)
        return true;
    return quote->mtu < bytes && quote->mtu >= (v4 ? LEAST_IPV4 : LEAST_IPV6) &&
           quote->mtu >= largest_acknowledged(mtu);
}

bool path_mtu_take_quote(struct path_mtu *mtu, const struct quote *quote)
{
    int place = place_of_quote(mtu, quote);
    if (place < 0 || quote->corrupt || address_equal(&quote->icmp.from, &mtu->ours.address) ||
        !says_too_big(&quote->icmp) || !is_possible(mtu, quote, mtu->sent[place].bytes))
        return false;
    if (mtu->sent[place].answer == MTU_NO_ANSWER)
        mtu->sent[place].answer = MTU_TOO_BIG;
    bool less = quote->mtu != 0 && (mtu->told_bytes == 0 || quote->mtu < mtu->told_bytes);
    if (mtu->told_by.family != FAMILY_NONE && !less)
        return true;
    mtu->told_bytes = quote->mtu;
    mtu->told_by = quote->icmp.from;
    return true;
}

void path_mtu_take(struct path_mtu *mtu, const struct frame *frame, const struct segment *segment,
                   enum segment_kind kind)
{
    struct quote quote;
    if (kind == SEGMENT_ICMP_ERROR && quote_decode(frame, &quote))
        path_mtu_take_quote(mtu, &quote);
    if (kind != SEGMENT_TCP)
        return;
    if (endpoint_equal(&segment->src, &mtu->ours))
        path_mtu_take_sent(mtu, segment);
    else
        path_mtu_take_answer(mtu, segment);
}

unsigned path_mtu_tries(const struct path_mtu *mtu, uint32_t bytes)
{
    unsigned tries = 0;
    for (size_t i = 0; i < mtu->sent_count; i++)
        tries += mtu->sent[i].bytes == bytes;
    return tries;
}

static void lower(struct mtu_verdict *out, uint32_t bytes, bool told)
{
    if (bytes <= out->bytes || (out->beyond != 0 && bytes >= out->beyond))
        return;
    out->beyond = bytes;
    out->told = told;
}

/* What a router says goes before silence at the same size. */
static void find_beyond(const struct path_mtu *mtu, struct mtu_verdict *out)
{
    if (mtu->told_bytes != 0)
        lower(out, mtu->told_bytes + 1, true);
    for (size_t i = 0; i < mtu->sent_count; i++)
        if (mtu->sent[i].answer == MTU_TOO_BIG)
            lower(out, mtu->sent[i].bytes, true);
    for (size_t i = 0; i < mtu->sent_count; i++)
        if (path_mtu_tries(mtu, mtu->sent[i].bytes) >= PATH_MTU_TRIES)
            lower(out, mtu->sent[i].bytes, false);
}

/* How often packets that got through came after larger ones that did not. */
static void find_black_hole(const struct path_mtu *mtu, struct mtu_verdict *out)
{
    unsigned alternations = 0, lost = 0, lost_below = 0;
    bool was_lost = false;
    for (size_t i = 0; i < mtu->sent_count; i++) {
        const struct mtu_sent *sent = &mtu->sent[i];
        bool is_lost = sent->answer == MTU_NO_ANSWER;
        bool larger = sent->bytes > out->bytes;
        lost += is_lost && larger;
        lost_below += is_lost && !larger;
        if (!is_lost && !larger) {
            alternations += was_lost;
            was_lost = false;
        }
        was_lost = was_lost || (is_lost && larger);
    }
    out->black_hole = out->bytes > 0 && out->beyond > 0 && !out->told && alternations > 0;
    out->sure = out->black_hole && !mtu->unmarked && lost >= SURE_LOST &&
                alternations >= SURE_ALTERNATIONS && lost_below == 0;
}

struct mtu_verdict path_mtu_judge(const struct path_mtu *mtu)
{
    struct mtu_verdict verdict = {.bytes = largest_acknowledged(mtu)};
    find_beyond(mtu, &verdict);
    find_black_hole(mtu, &verdict);
    verdict.limited = mtu->device_bytes > 0 && verdict.bytes >= mtu->device_bytes;
    return verdict;
}
