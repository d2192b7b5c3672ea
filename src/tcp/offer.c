/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/offer.h"

#include "base/lookup.h"
#include "base/wordlist.h"
#include "tcp/host.h"

static const char *const names[OFFERS] = {
    [OFFER_ECN] = "ecn",           [OFFER_ACCECN] = "accecn",
    [OFFER_FASTOPEN] = "fastopen", [OFFER_MPTCP] = "mptcp",
    [WITHOUT_MSS] = "mss",         [WITHOUT_SACK] = "sack",
    [WITHOUT_WSCALE] = "wscale",   [WITHOUT_TIMESTAMPS] = "timestamps",
};

static const char *const agreements[AGREEMENT_COUNT] = {
    [AGREEMENT_NONE] = NULL, [AGREED] = "agreed", [IGNORED] = "ignored",
    [MIRRORED] = "mirrored", [BROKEN] = "broken",
};

static const char *const fields[ECN_UNKNOWN] = {
    [ECN_NOT_ECT] = "not-ect", [ECN_ECT1] = "ect1", [ECN_ECT0] = "ect0", [ECN_CE] = "ce"};

#define ALL_OMISSIONS "bare"

#define ACE_AE    4u
#define ACE_CWR   2u
#define ACE_ECE   1u
#define ACE_FLAGS (TCP_AE | TCP_CWR | TCP_ECE)

const char *offer_name(enum offer value)
{
    return LOOK_UP(names, value);
}

const char *agreement_name(enum agreement value)
{
    return LOOK_UP(agreements, value);
}

const char *ip_ecn_name(enum ip_ecn value)
{
    return LOOK_UP(fields, value);
}

/* Behind the words of each comes the one of all omissions. */
static const char *offer_word(unsigned value)
{
    return value == OFFERS ? ALL_OMISSIONS : offer_name((enum offer)value);
}

/* The bits of a word, 0 for one that is none. */
static unsigned bits_of(const char *word, size_t len, bool omissions)
{
    unsigned which = wordlist_find(word, len, offer_word, OFFERS + 1);
    if (which > OFFERS || (which >= WITHOUT_MSS) != omissions)
        return 0;
    return which == OFFERS ? OFFER_OMISSIONS : OFFER_BIT(which);
}

const char *offers_parse(const char *text, bool omissions, uint8_t *set)
{
    for (const char *word = text;; word++) {
        size_t len = wordlist_length(word);
        unsigned bits = bits_of(word, len, omissions);
        if (bits == 0)
            return word;
        *set = (uint8_t)(*set | bits);
        word += len;
        if (*word == '\0')
            return NULL;
    }
}

unsigned offer_ace(uint16_t flags)
{
    return ((flags & TCP_AE) != 0 ? ACE_AE : 0) | ((flags & TCP_CWR) != 0 ? ACE_CWR : 0) |
           ((flags & TCP_ECE) != 0 ? ACE_ECE : 0);
}

uint16_t offer_ace_flags(unsigned ace)
{
    return (uint16_t)(((ace & ACE_AE) != 0 ? TCP_AE : 0) | ((ace & ACE_CWR) != 0 ? TCP_CWR : 0) |
                      ((ace & ACE_ECE) != 0 ? TCP_ECE : 0));
}

static bool is_capable(const struct tcp_options *options, uint8_t len)
{
    return options->mptcp && options->mptcp_subtype == MPTCP_CAPABLE &&
           options->mptcp_version == MPTCP_VERSION && options->mptcp_len == len;
}

uint8_t offers_of_syn(const struct segment *syn)
{
    const struct tcp_options *o = &syn->options;
    unsigned ace = syn->flags & ACE_FLAGS, set = 0;
    set |= ace == (TCP_CWR | TCP_ECE) ? OFFER_BIT(OFFER_ECN) : 0;
    set |= ace == ACE_FLAGS ? OFFER_BIT(OFFER_ACCECN) : 0;
    set |= o->fast_open ? OFFER_BIT(OFFER_FASTOPEN) : 0;
    set |= is_capable(o, MPTCP_CAPABLE_LEN) ? OFFER_BIT(OFFER_MPTCP) : 0;
    set |= o->has_mss ? 0 : OFFER_BIT(WITHOUT_MSS);
    set |= o->sack_permitted ? 0 : OFFER_BIT(WITHOUT_SACK);
    set |= o->has_wscale ? 0 : OFFER_BIT(WITHOUT_WSCALE);
    set |= o->has_timestamps ? 0 : OFFER_BIT(WITHOUT_TIMESTAMPS);
    return (uint8_t)set;
}

enum ecn_mode offer_ecn_mode(unsigned offers, unsigned ace)
{
    static const enum ecn_mode accurate[] = {
        [0] = ECN_MODE_NONE,
        [ACE_ECE] = ECN_MODE_CLASSIC,
        [ACE_CWR] = ECN_MODE_ACCURATE,
        [ACE_CWR | ACE_ECE] = ECN_MODE_ACCURATE,
        [ACE_AE] = ECN_MODE_ACCURATE,
        [ACE_AE | ACE_ECE] = ECN_MODE_CLASSIC, /* reserved; once of ECN with a nonce */
        [ACE_AE | ACE_CWR] = ECN_MODE_ACCURATE,
        [ACE_AE | ACE_CWR | ACE_ECE] = ECN_MODE_NONE, /* mirrored */
    };
    if ((offers & OFFER_BIT(OFFER_ACCECN)) != 0)
        return accurate[ace & 7];
    bool classic = (offers & OFFER_BIT(OFFER_ECN)) != 0 && (ace & (ACE_CWR | ACE_ECE)) == ACE_ECE;
    return classic ? ECN_MODE_CLASSIC : ECN_MODE_NONE;
}

static enum agreement judge_ecn(const struct connection_result *r)
{
    unsigned ace = r->openings[SERVER].ace;
    if ((ace & (ACE_CWR | ACE_ECE)) == (ACE_CWR | ACE_ECE)) /* RFC 3168, 6.1.1 */
        return MIRRORED;
    return offer_ecn_mode(OFFER_BIT(OFFER_ECN), ace) == ECN_MODE_CLASSIC ? AGREED : IGNORED;
}

static enum agreement judge_accecn(const struct connection_result *r)
{
    unsigned ace = r->openings[SERVER].ace;
    if (ace == (ACE_AE | ACE_CWR | ACE_ECE))
        return MIRRORED;
    return offer_ecn_mode(OFFER_BIT(OFFER_ACCECN), ace) == ECN_MODE_ACCURATE ? AGREED : IGNORED;
}

static bool cookie_came_back(const struct connection_result *r)
{
    const struct tcp_options *sent = &r->options[CLIENT], *back = &r->options[SERVER];
    return back->fast_open && back->fast_open_cookie_len == sent->fast_open_cookie_len &&
           (sent->fast_open_cookie_len == 0 ||
            r->openings[SERVER].cookie_digest == r->openings[CLIENT].cookie_digest);
}

/* What was offered was taken: a cookie came for the request, or all octets of the SYN were
 * acknowledged. A cookie without octets tells nothing. */
static enum agreement judge_fastopen(const struct connection_result *r)
{
    bool asks = r->options[CLIENT].fast_open_cookie_len == 0;
    if (!asks && !r->openings[CLIENT].data)
        return AGREEMENT_NONE;
    if (!asks && r->openings[SERVER].data)
        return AGREED;
    if (cookie_came_back(r))
        return MIRRORED;
    return asks && r->options[SERVER].fast_open ? AGREED : IGNORED;
}

static enum agreement judge_mptcp(const struct connection_result *r)
{
    if (is_capable(&r->options[SERVER], MPTCP_CAPABLE_LEN))
        return MIRRORED; /* the key of its sender is missing */
    return is_capable(&r->options[SERVER], MPTCP_CAPABLE_KEY_LEN) ? AGREED : IGNORED;
}

/* Each end announces its own. */
static enum agreement judge_mss(const struct connection_result *r)
{
    (void)r;
    return AGREED;
}

static enum agreement judge_sack(const struct connection_result *r)
{
    return r->options[SERVER].sack_permitted ? IGNORED : AGREED;
}

static enum agreement judge_wscale(const struct connection_result *r)
{
    return r->options[SERVER].has_wscale ? IGNORED : AGREED;
}

static enum agreement judge_timestamps(const struct connection_result *r)
{
    return r->options[SERVER].has_timestamps ? IGNORED : AGREED;
}

static enum agreement (*const judges[OFFERS])(const struct connection_result *r) = {
    [OFFER_ACCECN] = judge_accecn,     [OFFER_ECN] = judge_ecn,
    [OFFER_FASTOPEN] = judge_fastopen, [OFFER_MPTCP] = judge_mptcp,
    [WITHOUT_MSS] = judge_mss,         [WITHOUT_SACK] = judge_sack,
    [WITHOUT_WSCALE] = judge_wscale,   [WITHOUT_TIMESTAMPS] = judge_timestamps,
};

static bool is_answered(const struct connection_result *r)
{
    return r->has_options[SERVER] && r->openings[SERVER].seen;
}

/* What a later SYN left away counts as broken if that one was answered, and else as nothing: there
 * the answer may be to either. */
static enum agreement judge_answered(const struct connection_result *r, unsigned offer)
{
    if ((r->openings[SERVER].without & OFFER_BIT(offer)) != 0)
        return BROKEN;
    return (r->openings[CLIENT].without & OFFER_BIT(offer)) != 0 ? AGREEMENT_NONE
                                                                 : judges[offer](r);
}

bool offer_control_opened(const struct connection_result *r)
{
    return r->host != NULL && r->host->control.made && r->host->control.port_state == PORT_OPEN;
}

/* RFC 9768 offers classic ECN, too; and its SYN/ACK says what the SYN arrived with: table 2. */
static void judge_feedback(const struct connection_result *r, struct offer_outcome *out)
{
    static const enum ip_ecn arrived[] = {
        [ACE_CWR] = ECN_NOT_ECT,
        [ACE_CWR | ACE_ECE] = ECN_ECT1,
        [ACE_AE] = ECN_ECT0,
        [ACE_AE | ACE_CWR] = ECN_CE,
    };
    unsigned ace = r->openings[SERVER].ace;
    if (out->became[OFFER_ACCECN] == AGREED)
        out->syn_ecn = arrived[ace];
    else if (out->became[OFFER_ACCECN] == IGNORED)
        out->became[OFFER_ECN] = judge_ecn(r);
}

void offer_judge(const struct connection_result *r, struct offer_outcome *out)
{
    *out = (struct offer_outcome){.syn_ecn = ECN_UNKNOWN};
    if (!r->has_options[CLIENT] || !r->openings[CLIENT].seen)
        return;
    out->offers = (uint8_t)(r->openings[CLIENT].offers & (r->done ? UINT8_MAX : OFFER_FEATURES));
    bool answered = is_answered(r), broken = !answered && offer_control_opened(r);
    for (unsigned i = 0; i < OFFERS; i++)
        if ((out->offers & OFFER_BIT(i)) != 0)
            out->became[i] = answered ? judge_answered(r, i) : broken ? BROKEN : AGREEMENT_NONE;
    if (answered)
        judge_feedback(r, out);
}
