/* SPDX-License-Identifier: BSD-2-Clause */
#include "files/hostwords.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "files/remarkwords.h"

#define HOST_ERROR       " error="
#define TABLE            " table="
#define ASKED_FROM       " asked-from="
#define ASKED_OVER       " asked-over="
#define NEIGHBOUR_SILENT " neighbour-silent"
#define UNSEEN           " not-captured"
#define OPINION          " connect="
#define OPINION_CODE     " connect-errno="
#define OPINION_NS       " connect-ns="
#define NOT_TRIED        " not-tried="
#define SENT_AS          " sent-as"
#define RECEIVED_AS      " received-as"
#define HOP              " hop"
#define HOP_ADDRESS      " address="
#define HOP_NAME         " name="
#define CONTROL          " control="
#define CONTROL_RESULT   " control-result="
#define CONTROL_REASON   " control-reason="
#define CONTROL_TIME     " control-ns="

#define CONTROL_PORT  " control-port="
#define CONTROL_STATE " control-port-state="

#define CONTROL_WORDS_MAX 160

static const char *control_words(const struct offer_control *control, char out[CONTROL_WORDS_MAX])
{
    out[0] = '\0';
    if (!control->made)
        return out;
    int len = snprintf(out, CONTROL_WORDS_MAX, CONTROL "%s" CONTROL_RESULT "%s" CONTROL_REASON "%s",
                       port_state_name(control->port_state), handshake_result_name(control->result),
                       reason_name(control->reason));
    if (control->connect_ns != DURATION_UNKNOWN)
        snprintf(out + len, CONTROL_WORDS_MAX - (size_t)len, CONTROL_TIME "%" PRId64,
                 control->connect_ns);
    return out;
}

static const char *control_port_words(const struct host_facts *host, char out[64])
{
    out[0] = '\0';
    if (host->control_port != 0)
        snprintf(out, 64, CONTROL_PORT "%" PRIu16 CONTROL_STATE "%s", host->control_port,
                 port_state_name(host->control_port_state));
    return out;
}

static const char *opinion_words(const struct opinion *opinion, char out[96])
{
    const char *name = opinion_name(opinion->result);
    out[0] = '\0';
    if (name != NULL)
        snprintf(out, 96, OPINION "%s" OPINION_CODE "%" PRId32 OPINION_NS "%" PRId64, name,
                 opinion->code, opinion->duration_ns);
    return out;
}

#define ASKED_WORDS_MAX 112

static const char *asked_words(const struct host_facts *host, char out[ASKED_WORDS_MAX])
{
    char text[ADDRESS_TEXT_MAX];
    int len = 0;
    out[0] = '\0';
    if (host->asked_source.family != FAMILY_NONE)
        len = snprintf(out, ASKED_WORDS_MAX, ASKED_FROM "%s",
                       address_text(&host->asked_source, text));
    if (host->asked_interface[0] != '\0')
        snprintf(out + len, ASKED_WORDS_MAX - (size_t)len, ASKED_OVER "%s", host->asked_interface);
    return out;
}

static void put_untried(const struct host_facts *host, char *out)
{
    char text[ADDRESS_TEXT_MAX];
    for (unsigned i = 0; i < host->untried_count; i++) {
        size_t len = strlen(out);
        snprintf(out + len, HOST_WORDS_MAX - len, NOT_TRIED "%s",
                 address_text(&host->untried[i], text));
    }
}

const char *host_words(const struct host_facts *host, char out[HOST_WORDS_MAX])
{
    char error[32] = "", table[32] = "", opinion[96], control[CONTROL_WORDS_MAX], port[64];
    char asked[ASKED_WORDS_MAX];
    out[0] = '\0';
    if (host == NULL)
        return out;
    const char *delivery = delivery_name(host->delivery);
    if (host->error != HOST_ERROR_NONE)
        snprintf(error, sizeof error, HOST_ERROR "%s", host_error_name(host->error));
    if (host->table != 0)
        snprintf(table, sizeof table, TABLE "%" PRIu32, host->table);
    snprintf(out, HOST_WORDS_MAX, "%s%s%s%s%s%s%s%s%s%s", delivery != NULL ? " " : "",
             delivery != NULL ? delivery : "", host->neighbour_silent ? NEIGHBOUR_SILENT : "",
             host->unseen ? UNSEEN : "", error, table, asked_words(host, asked),
             opinion_words(&host->opinion, opinion), control_words(&host->control, control),
             control_port_words(host, port));
    put_untried(host, out);
    return out;
}

/* One of the words of an enum behind key, from first on. Returns false where it is missing or
 * unknown; then *out stays. */
static bool take_value(const char **text, const char *key, const char *(*name)(unsigned value),
                       unsigned first, unsigned count, unsigned *out)
{
    const char *word = *text;
    if (!remark_word(&word, key))
        return false;
    size_t len = strcspn(word, " ");
    for (unsigned value = first; value < count; value++)
        if (strlen(name(value)) == len && strncmp(word, name(value), len) == 0) {
            *text = word + len;
            *out = value;
            return true;
        }
    return false;
}

/* The same of an enum whose 0 has no word: that is what a missing one stands for. */
static unsigned take_word(const char **text, const char *key, const char *(*name)(unsigned value),
                          unsigned count)
{
    unsigned value = 0;
    take_value(text, key, name, 1, count, &value);
    return value;
}

static const char *port_state_word(unsigned value)
{
    return port_state_name((enum port_state)value);
}

static const char *result_word(unsigned value)
{
    return handshake_result_name((enum handshake_result)value);
}

static const char *reason_word(unsigned value)
{
    return reason_name((enum reason)value);
}

static void take_control(const char **text, struct offer_control *out)
{
    unsigned state, result, reason;
    out->connect_ns = DURATION_UNKNOWN;
    out->made = take_value(text, CONTROL, port_state_word, 0, PORT_STATE_COUNT, &state) &&
                take_value(text, CONTROL_RESULT, result_word, 0, HANDSHAKE_RESULT_COUNT, &result) &&
                take_value(text, CONTROL_REASON, reason_word, 0, REASON_COUNT, &reason);
    if (!out->made)
        return;
    out->port_state = (enum port_state)state;
    out->result = (enum handshake_result)result;
    out->reason = (enum reason)reason;
    if (!remark_number(text, CONTROL_TIME, 0, INT64_MAX, &out->connect_ns))
        out->connect_ns = DURATION_UNKNOWN;
}

static void take_control_port(const char **text, struct host_facts *host)
{
    int64_t port;
    unsigned state;
    if (!remark_number(text, CONTROL_PORT, 1, UINT16_MAX, &port))
        return;
    host->control_port = (uint16_t)port;
    host->control_port_state = PORT_UNKNOWN;
    if (take_value(text, CONTROL_STATE, port_state_word, 0, PORT_STATE_COUNT, &state))
        host->control_port_state = (enum port_state)state;
}

static const char *error_word(unsigned value)
{
    return host_error_name((enum host_error)value);
}

static const char *delivery_word(unsigned value)
{
    return delivery_name((enum delivery)value);
}

static const char *opinion_word(unsigned value)
{
    return opinion_name((enum opinion_result)value);
}

static void take_opinion(const char **text, struct opinion *opinion)
{
    int64_t code = 0;
    opinion->result = (enum opinion_result)take_word(text, OPINION, opinion_word, OPINION_COUNT);
    if (opinion->result == OPINION_NONE)
        return;
    if (remark_number(text, OPINION_CODE, 0, INT32_MAX, &code))
        opinion->code = (int32_t)code;
    remark_number(text, OPINION_NS, 0, INT64_MAX, &opinion->duration_ns);
}

/* Names of interfaces have no space: netdevice(7). */
static void take_asked(const char **text, struct host_facts *host)
{
    remark_address(text, ASKED_FROM, &host->asked_source);
    const char *word = *text;
    if (!remark_word(&word, ASKED_OVER))
        return;
    size_t len = strcspn(word, " ");
    if (len >= sizeof host->asked_interface)
        return;
    memcpy(host->asked_interface, word, len);
    *text = word + len;
}

static void take_untried(const char **text, struct host_facts *host)
{
    while (host->untried_count < UNTRIED_MOST &&
           remark_address(text, NOT_TRIED, &host->untried[host->untried_count]))
        host->untried_count++;
}

bool host_words_parse(const char **text, struct host_facts *host)
{
    const char *before = *text;
    int64_t table = 0;
    memset(host, 0, sizeof *host);
    host->delivery = (enum delivery)take_word(text, " ", delivery_word, DELIVERY_COUNT);
    host->neighbour_silent = remark_word(text, NEIGHBOUR_SILENT);
    host->unseen = remark_word(text, UNSEEN);
    host->error = (enum host_error)take_word(text, HOST_ERROR, error_word, HOST_ERROR_COUNT);
    if (remark_number(text, TABLE, 0, UINT32_MAX, &table))
        host->table = (uint32_t)table;
    take_asked(text, host);
    take_opinion(text, &host->opinion);
    take_control(text, &host->control);
    take_control_port(text, host);
    take_untried(text, host);
    return *text != before;
}

const char *host_translation_format(const struct endpoint ends[ENDS], bool sent,
                                    const struct translation *translation, char *out)
{
    char client[ADDRESS_TEXT_MAX], server[ADDRESS_TEXT_MAX];
    const struct endpoint *wire = translation->ends;
    size_t len = remark_ends_text(sent ? SENT_AS : RECEIVED_AS, ends, out);
    snprintf(out + len, REMARK_MAX - len,
             " as-client=%s as-client-port=%" PRIu16 " as-server=%s as-server-port=%" PRIu16,
             address_text(&wire[CLIENT].address, client), wire[CLIENT].port,
             address_text(&wire[SERVER].address, server), wire[SERVER].port);
    return out;
}

bool host_translation_parse(const char *comment, struct endpoint ends[ENDS], bool *sent,
                            struct translation *translation)
{
    const char *text = comment;
    struct endpoint *wire = translation->ends;
    *sent = remark_ends(&text, SENT_AS, ends);
    if (!*sent) {
        text = comment;
        if (!remark_ends(&text, RECEIVED_AS, ends))
            return false;
    }
    translation->known = remark_endpoint(&text, " as-client=", " as-client-port=", &wire[CLIENT]) &&
                         remark_endpoint(&text, " as-server=", " as-server-port=", &wire[SERVER]);
    return translation->known;
}

const char *host_hop_format(const struct endpoint ends[ENDS], const struct address *address,
                            const char *name, char *out)
{
    char text[ADDRESS_TEXT_MAX];
    size_t len = remark_ends_text(HOP, ends, out);
    snprintf(out + len, HOP_REMARK_MAX - len, HOP_ADDRESS "%s" HOP_NAME "%s",
             address_text(address, text), name);
    return out;
}

bool host_hop_parse(const char *comment, struct endpoint ends[ENDS], struct address *address,
                    const char **name)
{
    if (!remark_ends(&comment, HOP, ends) || !remark_address(&comment, HOP_ADDRESS, address) ||
        !remark_word(&comment, HOP_NAME))
        return false;
    *name = comment;
    return true;
}
