/* SPDX-License-Identifier: BSD-2-Clause */
#include "files/hostwords.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "files/remarkwords.h"

#define HOST_ERROR       " error="
#define TABLE            " table="
#define NEIGHBOUR_SILENT " neighbour-silent"
#define UNSEEN           " not-captured"
#define OPINION          " connect="
#define OPINION_CODE     " connect-errno="
#define OPINION_NS       " connect-ns="
#define NOT_TRIED        " not-tried="
#define SENT_AS          " sent-as"
#define RECEIVED_AS      " received-as"

static const char *opinion_words(const struct opinion *opinion, char out[96])
{
    const char *name = opinion_name(opinion->result);
    out[0] = '\0';
    if (name != NULL)
        snprintf(out, 96, OPINION "%s" OPINION_CODE "%" PRId32 OPINION_NS "%" PRId64, name,
                 opinion->code, opinion->duration_ns);
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
    char error[32] = "", table[32] = "", opinion[96];
    out[0] = '\0';
    if (host == NULL)
        return out;
    const char *delivery = delivery_name(host->delivery);
    if (host->error != HOST_ERROR_NONE)
        snprintf(error, sizeof error, HOST_ERROR "%s", host_error_name(host->error));
    if (host->table != 0)
        snprintf(table, sizeof table, TABLE "%" PRIu32, host->table);
    snprintf(out, HOST_WORDS_MAX, "%s%s%s%s%s%s%s", delivery != NULL ? " " : "",
             delivery != NULL ? delivery : "", host->neighbour_silent ? NEIGHBOUR_SILENT : "",
             host->unseen ? UNSEEN : "", error, table, opinion_words(&host->opinion, opinion));
    put_untried(host, out);
    return out;
}

/* One of the words of an enum behind key: its value, or 0 where it is missing or unknown. */
static unsigned take_word(const char **text, const char *key, const char *(*name)(unsigned value),
                          unsigned count)
{
    const char *word = *text;
    if (!remark_word(&word, key))
        return 0;
    size_t len = strcspn(word, " ");
    for (unsigned value = 1; value < count; value++)
        if (strlen(name(value)) == len && strncmp(word, name(value), len) == 0) {
            *text = word + len;
            return value;
        }
    return 0;
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
    take_opinion(text, &host->opinion);
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
