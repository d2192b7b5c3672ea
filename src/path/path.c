/* SPDX-License-Identifier: BSD-2-Clause */
#include "path/path.h"

#include <string.h>

#define NOT_KNOWN_NS INT64_MIN

enum {
    TIME_EXCEEDED_4 = 11, /* RFC 792 */
    TIME_EXCEEDED_6 = 3,  /* RFC 4443, 3.3 */
};

void path_take_sent(struct path *path, const struct segment *syn)
{
    if (syn->ttl == 0 || syn->ttl > PATH_HOPS_MAX || path->sent_count == PATH_SENT_MAX)
        return;
    struct path_hop *hop = &path->hops[syn->ttl - 1];
    if (path->sent_count == 0) {
        view_of_segment(syn, &path->original);
        path->seq = syn->seq;
    }
    if (hop->sent == 0)
        hop->rtt_ns = NOT_KNOWN_NS;
    hop->sent++;
    path->sent[path->sent_count++] = (struct path_sent){
        .time_ns = syn->time_ns, .tsval = syn->options.tsval, .ip_id = syn->ip_id, .ttl = syn->ttl};
    while (path->hop_count < syn->ttl)
        path->hops[path->hop_count++].rtt_ns = NOT_KNOWN_NS;
}

/* Many routers quote no more than eight octets of TCP: then the identification has to do. Some
 * devices rewrite it: then the time stamp. */
static bool is_about(const struct path_sent *sent, const struct quote *quote)
{
    bool v4 = quote->icmp.family == FAMILY_IPV4;
    bool stamped = quote->has_options && quote->options.has_timestamps;
    return (v4 && quote->ip_id == sent->ip_id) || (stamped && quote->options.tsval == sent->tsval);
}

static bool has_own_tuple(const struct path *path, const struct quote *quote)
{
    return endpoint_equal(&quote->src, &path->ours) && endpoint_equal(&quote->dst, &path->theirs);
}

static bool has_own_number(const struct path *path, const struct quote *quote)
{
    return quote->icmp.has_seq && quote->seq == path->seq;
}

static bool is_known_router(const struct path *path, const struct address *from)
{
    for (size_t i = 0; i < path->hop_count; i++)
        if (path->hops[i].answered > 0 && address_equal(&path->hops[i].address, from))
            return true;
    return false;
}

/* In IPv6 nothing is left to tell by where time stamps are removed on the way: what a new router
 * quotes is about the SYN that is waited for. */
static bool is_unmarked(const struct path *path, const struct quote *quote)
{
    return quote->icmp.family == FAMILY_IPV6 && quote->has_options &&
           !quote->options.has_timestamps && path->sent_count > 0 &&
           !path->sent[path->sent_count - 1].answered && has_own_tuple(path, quote) &&
           has_own_number(path, quote) && !is_known_router(path, &quote->icmp.from);
}

/* The place of the SYN that the error is about, or -1. A device may have translated the number or
 * the tuple, but hardly both. */
static int place_of_quote(const struct path *path, const struct quote *quote)
{
    if (quote->corrupt || (quote->has_flags && (quote->flags & TCP_SYN) == 0) ||
        (!has_own_number(path, quote) && !has_own_tuple(path, quote)))
        return -1;
    for (int i = 0; i < path->sent_count; i++)
        if (is_about(&path->sent[i], quote))
            return i;
    return is_unmarked(path, quote) ? path->sent_count - 1 : -1;
}

bool path_knows_quote(const struct path *path, const struct quote *quote)
{
    return place_of_quote(path, quote) >= 0;
}

/* The first answer for a hop is shown; another router that answers for it is kept beside. Returns
 * the hop, or NULL where nothing but that is to be noted. */
static struct path_hop *note(struct path *path, struct path_sent *sent, int64_t time_ns,
                             const struct address *from)
{
    struct path_hop *hop = &path->hops[sent->ttl - 1];
    sent->answered = true;
    hop->answered++;
    if (hop->answered > 1) {
        if (!address_equal(&hop->address, from))
            hop->other = *from;
        return NULL;
    }
    hop->address = *from;
    if (__builtin_sub_overflow(time_ns, sent->time_ns, &hop->rtt_ns) || hop->rtt_ns < 0)
        hop->rtt_ns = NOT_KNOWN_NS;
    return hop;
}

static void end_at(struct path *path, uint8_t ttl)
{
    if (path->end_ttl == 0 || ttl < path->end_ttl)
        path->end_ttl = ttl;
}

/* Identification and time stamp differ from SYN to SYN: whether each is its own is what can be
 * compared. */
static void level(struct view *view, const struct path_sent *sent)
{
    int64_t *fields = view->fields;
    if (fields[VIEW_IP_ID] >= 0)
        fields[VIEW_IP_ID] = fields[VIEW_IP_ID] != sent->ip_id;
    if (fields[VIEW_TIMESTAMPS] >= 0)
        fields[VIEW_TIMESTAMPS] = fields[VIEW_TIMESTAMPS] != sent->tsval;
}

/* What the quotes of the hops before showed last of each field. */
static void known_before(const struct path *path, uint8_t ttl, struct view *known)
{
    *known = path->original;
    level(known, &path->sent[0]);
    for (size_t i = 0; i + 1 < ttl; i++) {
        if (path->hops[i].quoted == 0)
            continue;
        view_update(known, &path->hops[i].view);
        known->fields[VIEW_TTL] = 1; /* a TTL that was set is set for each hop again */
    }
}

/* Answers may come late and out of order: the hops behind are compared again. */
static void compare_from(struct path *path, uint8_t ttl)
{
    for (uint8_t at = ttl; at <= path->hop_count; at++) {
        struct path_hop *hop = &path->hops[at - 1];
        if (hop->quoted == 0)
            continue;
        known_before(path, at, &hop->before);
        hop->changes = view_differences(&hop->before, &hop->view);
    }
}

static void take_quoted(struct path_hop *hop, const struct quote *quote,
                        const struct path_sent *sent)
{
    hop->icmp_type = quote->icmp.type;
    hop->icmp_code = quote->icmp.code;
    hop->label_count = quote->label_count;
    for (size_t i = 0; i < quote->label_count; i++)
        hop->labels[i] = quote->labels[i];
    hop->quoted = quote->len;
    view_of_quote(quote, &hop->view);
    level(&hop->view, sent);
}

bool path_take_quote(struct path *path, const struct quote *quote)
{
    int place = place_of_quote(path, quote);
    if (place < 0)
        return false;
    struct path_sent *sent = &path->sent[place];
    if (sent->answered)
        return true;
    bool exceeded =
        quote->icmp.type == (quote->icmp.family == FAMILY_IPV4 ? TIME_EXCEEDED_4 : TIME_EXCEEDED_6);
    struct path_hop *hop = note(path, sent, quote->time_ns, &quote->icmp.from);
    if (!exceeded)
        end_at(path, sent->ttl);
    if (hop == NULL)
        return true;
    hop->answer = exceeded ? PATH_TIME_EXCEEDED : PATH_UNREACHABLE;
    take_quoted(hop, quote, sent);
    if (!exceeded)
        hop->view.fields[VIEW_TTL] = 1; /* it need not have expired there */
    compare_from(path, sent->ttl);
    return true;
}

/* Linux repeats a SYN/ACK with the echo of the first SYN; a time stamp that is none of these means
 * nothing. */
static struct path_sent *sent_of_answer(struct path *path, const struct segment *answer)
{
    if (path->sent_count == 0)
        return NULL;
    for (size_t i = 0; answer->options.has_timestamps && i < path->sent_count; i++)
        if (path->sent[i].tsval == answer->options.tsecr)
            return &path->sent[i];
    return &path->sent[path->sent_count - 1];
}

static enum path_answer kind_of(const struct segment *answer)
{
    if ((answer->flags & TCP_RST) != 0)
        return PATH_RESET;
    return (answer->flags & TCP_SYN) != 0 ? PATH_SYN_ACK : PATH_ACK;
}

void path_take_answer(struct path *path, const struct segment *answer)
{
    struct path_sent *sent = sent_of_answer(path, answer);
    if (sent == NULL || sent->answered || (answer->flags & (TCP_RST | TCP_ACK)) == 0 ||
        (answer->flags & TCP_FIN) != 0 || answer->payload_len > 0)
        return;
    struct path_hop *hop = note(path, sent, answer->time_ns, &answer->src.address);
    end_at(path, sent->ttl);
    if (hop != NULL)
        hop->answer = kind_of(answer);
}

void path_take(struct path *path, const struct frame *frame, const struct segment *segment,
               enum segment_kind kind)
{
    struct quote quote;
    if (kind == SEGMENT_ICMP_ERROR && quote_decode(frame, &quote))
        path_take_quote(path, &quote);
    if (kind != SEGMENT_TCP)
        return;
    if (!endpoint_equal(&segment->src, &path->ours))
        path_take_answer(path, segment);
    else if (segment_opens(segment))
        path_take_sent(path, segment);
}

static void keep_name(char out[PATH_NAME_MAX], const char *name, size_t len)
{
    memcpy(out, name, len);
    out[len] = '\0';
}

void path_take_name(struct path *path, const struct address *address, const char *name)
{
    size_t len = 0;
    while (len < PATH_NAME_MAX - 1 && name[len] != '\0')
        len++;
    for (size_t i = 0; i < path->hop_count; i++) {
        struct path_hop *hop = &path->hops[i];
        if (hop->answered > 0 && address_equal(&hop->address, address))
            keep_name(hop->name, name, len);
        if (hop->other.family != FAMILY_NONE && address_equal(&hop->other, address))
            keep_name(hop->other_name, name, len);
    }
}

uint8_t path_last_answered(const struct path *path)
{
    uint8_t last = path->hop_count;
    while (last > 0 && path->hops[last - 1].answered == 0)
        last--;
    return last;
}

bool path_cut_short(const struct path *path)
{
    return path->end_ttl == 0 && path->hop_count > 0 && path_last_answered(path) == path->hop_count;
}

const struct path_hop *path_hop_before(const struct path *path, uint8_t ttl)
{
    for (uint8_t at = ttl; at > 1; at--)
        if (path->hops[at - 2].answered > 0)
            return &path->hops[at - 2];
    return NULL;
}

bool path_reached(const struct path *path)
{
    return path->end_ttl > 0 && path->hops[path->end_ttl - 1].answer >= PATH_SYN_ACK;
}

const char *path_answer_name(enum path_answer answer)
{
    static const char *const names[PATH_ANSWERS] = {
        [PATH_TIME_EXCEEDED] = "time-exceeded",
        [PATH_UNREACHABLE] = "unreachable",
        [PATH_SYN_ACK] = "syn-ack",
        [PATH_RESET] = "reset",
        [PATH_ACK] = "ack",
    };
    return names[answer];
}
