/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/records/jsonoffer.h"

#include <stdio.h>

#include "report/records/jsonwriter.h"
#include "stats/offertotals.h"
#include "tcp/host.h"

static void put_word(struct json *json, const char *key, const char *word)
{
    if (word != NULL)
        json_plain(json, key, word);
    else
        json_null(json, key);
}

static void put_words(struct json *json, const struct offer_outcome *outcome, unsigned first,
                      unsigned behind)
{
    for (unsigned i = first; i < behind; i++)
        put_word(json, offer_name(i), agreement_name(outcome->became[i]));
}

static void put_control(struct json *json, const struct host_facts *host)
{
    if (host == NULL || !host->control.made) {
        json_null(json, "offer_control");
        return;
    }
    json_open(json, "offer_control", '{');
    put_word(json, "port_state", port_state_name(host->control.port_state));
    put_word(json, "result", handshake_result_name(host->control.result));
    put_word(json, "reason", reason_name(host->control.reason));
    if (host->control.connect_ns != DURATION_UNKNOWN)
        json_int(json, "connect_ns", host->control.connect_ns);
    else
        json_null(json, "connect_ns");
    json_close(json, '}');
}

void jsonoffer_put(struct buffer *buffer, const struct connection_result *result)
{
    struct json json = {.comma = true, .buffer = buffer};
    struct offer_outcome outcome;

    offer_judge(result, &outcome);
    if (outcome.offers == 0)
        return;
    json_open(&json, "offer", '{');
    put_words(&json, &outcome, 0, WITHOUT_MSS);
    put_word(&json, "syn_ecn", ip_ecn_name(outcome.syn_ecn));
    json_open(&json, "without", '{');
    put_words(&json, &outcome, WITHOUT_MSS, OFFERS);
    json_close(&json, '}');
    json_close(&json, '}');
    put_control(&json, result->host);
}

static void put_counts(struct json *json, const char *key, const uint32_t *counts)
{
    json_open(json, key, '{');
    for (unsigned i = AGREED; i < AGREEMENT_COUNT; i++)
        json_uint(json, agreement_name(i), counts[i]);
    json_close(json, '}');
}

static void put_kind(struct json *json, const char *key, const struct offer_kind *kind)
{
    json_open(json, key, '{');
    json_uint(json, "connections", kind->connections);
    json_uint(json, "open", kind->open);
    json_close(json, '}');
}

#define PROBABILITY_MAX 32

static void put_compare(struct json *json, const struct offer_totals *totals)
{
    char text[PROBABILITY_MAX];
    double p = offer_totals_p(totals);
    int len = snprintf(text, sizeof(text), "%.3g", p);

    json_open(json, "compare", '{');
    put_kind(json, "offered", &totals->offered);
    put_kind(json, "plain", &totals->plain);
    put_word(json, "verdict", offer_verdict_name(offer_totals_verdict(totals)));
    buffer_take(json->buffer, put(json_key(json, "p"), text, (size_t)len));
    json_close(json, '}');
}

void jsonoffer_put_totals(struct json *json, const struct offer_totals *totals, bool compare)
{
    bool any = false;

    for (unsigned i = 0; i < OFFERS; i++) {
        if (!offer_totals_have(totals, i))
            continue;
        if (!any)
            json_open(json, "offers", '{');
        any = true;
        put_counts(json, offer_name(i), totals->counts->became[i]);
    }
    if (any)
        json_close(json, '}');
    if (compare && offer_totals_compare(totals))
        put_compare(json, totals);
}
