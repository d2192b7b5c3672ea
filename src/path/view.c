/* SPDX-License-Identifier: BSD-2-Clause */
#include "path/view.h"

#include <string.h>

#include "base/decimal.h"

/* How a change is told. */
enum wording {
    WORDS_VALUES, /* "window 64240 to 1000" */
    WORDS_OPTION, /* the same, and "removed" or "added" */
    WORDS_BARE,   /* whose values say nothing: "changed" */
    WORDS_ADDRESS,
    WORDS_TTL,
};

static const struct {
    const char *name;
    enum wording wording;
} fields[VIEW_FIELDS] = {
    [VIEW_DSCP] = {"dscp", WORDS_VALUES},
    [VIEW_ECN] = {"ecn", WORDS_VALUES},
    [VIEW_TTL] = {"ttl", WORDS_TTL},
    [VIEW_IP_ID] = {"ip identification", WORDS_BARE},
    [VIEW_SOURCE_PORT] = {"source port", WORDS_VALUES},
    [VIEW_DESTINATION_PORT] = {"destination port", WORDS_VALUES},
    [VIEW_SEQ] = {"sequence number", WORDS_BARE},
    [VIEW_FLAGS] = {"flags", WORDS_VALUES},
    [VIEW_WINDOW] = {"window", WORDS_VALUES},
    [VIEW_MSS] = {"mss", WORDS_OPTION},
    [VIEW_WSCALE] = {"wscale", WORDS_OPTION},
    [VIEW_SACK] = {"sack-permitted", WORDS_BARE},
    [VIEW_TIMESTAMPS] = {"timestamps", WORDS_BARE},
    [VIEW_FAST_OPEN] = {"fastopen", WORDS_BARE},
    [VIEW_MPTCP] = {"mptcp", WORDS_BARE},
    [VIEW_OTHER_OPTIONS] = {"other options", WORDS_VALUES},
    [VIEW_SOURCE] = {"source", WORDS_ADDRESS},
    [VIEW_DESTINATION] = {"destination", WORDS_ADDRESS},
};

static void forget(struct view *out)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < VIEW_FIELDS; i++)
        out->fields[i] = VIEW_UNKNOWN;
}

static void take_ip(struct view *out, const struct endpoint *src, const struct endpoint *dst,
                    uint8_t tos)
{
    out->source = src->address;
    out->destination = dst->address;
    out->fields[VIEW_SOURCE] = out->fields[VIEW_DESTINATION] = 0;
    out->fields[VIEW_SOURCE_PORT] = src->port;
    out->fields[VIEW_DESTINATION_PORT] = dst->port;
    out->fields[VIEW_DSCP] = tos >> 2;
    out->fields[VIEW_ECN] = tos & 3;
}

static void take_options(struct view *out, const struct tcp_options *options)
{
    int64_t *to = out->fields;
    to[VIEW_MSS] = options->has_mss ? options->mss : VIEW_ABSENT;
    to[VIEW_WSCALE] = options->has_wscale ? options->wscale : VIEW_ABSENT;
    to[VIEW_SACK] = options->sack_permitted ? 1 : VIEW_ABSENT;
    to[VIEW_TIMESTAMPS] = options->has_timestamps ? (int64_t)options->tsval : VIEW_ABSENT;
    to[VIEW_FAST_OPEN] = options->fast_open ? options->fast_open_cookie_len : VIEW_ABSENT;
    to[VIEW_MPTCP] = options->mptcp ? options->mptcp_subtype : VIEW_ABSENT;
    to[VIEW_OTHER_OPTIONS] = options->unknown_count;
}

void view_of_segment(const struct segment *syn, struct view *out)
{
    forget(out);
    take_ip(out, &syn->src, &syn->dst, syn->tos);
    out->fields[VIEW_TTL] = 1;
    if (syn->src.address.family == FAMILY_IPV4)
        out->fields[VIEW_IP_ID] = syn->ip_id;
    out->fields[VIEW_SEQ] = syn->seq;
    out->fields[VIEW_FLAGS] = syn->flags;
    out->fields[VIEW_WINDOW] = syn->window;
    take_options(out, &syn->options);
}

/* A TTL of 0 is that of a router that counts down before it quotes. */
void view_of_quote(const struct quote *quote, struct view *out)
{
    forget(out);
    take_ip(out, &quote->src, &quote->dst, quote->tos);
    out->fields[VIEW_TTL] = quote->ttl > 0 ? quote->ttl : 1;
    if (quote->src.address.family == FAMILY_IPV4)
        out->fields[VIEW_IP_ID] = quote->ip_id;
    if (quote->icmp.has_seq)
        out->fields[VIEW_SEQ] = quote->seq;
    if (quote->has_flags) {
        out->fields[VIEW_FLAGS] = quote->flags;
        out->fields[VIEW_WINDOW] = quote->window;
    }
    if (quote->has_options)
        take_options(out, &quote->options);
}

static bool differs(enum view_field field, const struct view *before, const struct view *after)
{
    if (before->fields[field] == VIEW_UNKNOWN || after->fields[field] == VIEW_UNKNOWN)
        return false;
    if (field == VIEW_SOURCE)
        return !address_equal(&before->source, &after->source);
    if (field == VIEW_DESTINATION)
        return !address_equal(&before->destination, &after->destination);
    return before->fields[field] != after->fields[field];
}

uint32_t view_differences(const struct view *before, const struct view *after)
{
    uint32_t differences = 0;
    for (unsigned i = 0; i < VIEW_FIELDS; i++)
        if (differs((enum view_field)i, before, after))
            differences |= UINT32_C(1) << i;
    return differences;
}

void view_update(struct view *known, const struct view *later)
{
    for (size_t i = 0; i < VIEW_FIELDS; i++)
        if (later->fields[i] != VIEW_UNKNOWN)
            known->fields[i] = later->fields[i];
    if (later->fields[VIEW_SOURCE] != VIEW_UNKNOWN)
        known->source = later->source;
    if (later->fields[VIEW_DESTINATION] != VIEW_UNKNOWN)
        known->destination = later->destination;
}

static char *put(char *at, const char *text)
{
    size_t len = strlen(text);
    memcpy(at, text, len);
    return at + len;
}

static char *put_values(char *at, int64_t before, int64_t after)
{
    at = decimal_signed(put(at, " "), before);
    return decimal_signed(put(at, " to "), after);
}

static char *put_option(char *at, enum wording wording, int64_t before, int64_t after)
{
    if (after == VIEW_ABSENT)
        return put(at, " removed");
    if (before != VIEW_ABSENT)
        return wording == WORDS_OPTION ? put_values(at, before, after) : put(at, " changed");
    at = put(at, " added");
    return wording == WORDS_OPTION ? decimal_signed(put(at, ": "), after) : at;
}

static char *put_addresses(char *at, const struct address *before, const struct address *after)
{
    at = address_put(put(at, " "), before);
    return address_put(put(at, " to "), after);
}

const char *view_change_text(enum view_field field, const struct view *before,
                             const struct view *after, char *out)
{
    int64_t from = before->fields[field], to = after->fields[field];
    char *at = put(out, fields[field].name);
    switch (fields[field].wording) {
    case WORDS_VALUES:
        at = put_values(at, from, to);
        break;
    case WORDS_OPTION:
    case WORDS_BARE:
        at = put_option(at, fields[field].wording, from, to);
        break;
    case WORDS_ADDRESS:
        at = field == VIEW_SOURCE ? put_addresses(at, &before->source, &after->source)
                                  : put_addresses(at, &before->destination, &after->destination);
        break;
    case WORDS_TTL:
        at = decimal_signed(put(at, " set: arrived with "), to);
        break;
    }
    *at = '\0';
    return out;
}
