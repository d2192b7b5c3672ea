/* SPDX-License-Identifier: BSD-2-Clause */
#include "files/remarkwords.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool remark_word(const char **text, const char *word)
{
    size_t len = strlen(word);
    if (strncmp(*text, word, len) != 0)
        return false;
    *text += len;
    return true;
}

bool remark_number(const char **text, const char *key, int64_t min, int64_t max, int64_t *out)
{
    char *end;
    if (!remark_word(text, key))
        return false;
    *out = strtoll(*text, &end, 10);
    if (end == *text || *out < min || *out > max)
        return false;
    *text = end;
    return true;
}

bool remark_address(const char **text, const char *key, struct address *out)
{
    char word[ADDRESS_TEXT_MAX];
    if (!remark_word(text, key))
        return false;
    size_t len = strcspn(*text, " ");
    if (len >= sizeof word)
        return false;
    memcpy(word, *text, len);
    word[len] = '\0';
    *text += len;
    memset(out, 0, sizeof *out);
    bool v6 = strchr(word, ':') != NULL;
    out->family = v6 ? FAMILY_IPV6 : FAMILY_IPV4;
    return inet_pton(v6 ? AF_INET6 : AF_INET, word, out->bytes) == 1;
}

bool remark_endpoint(const char **text, const char *address_key, const char *port_key,
                     struct endpoint *out)
{
    int64_t port;
    if (!remark_address(text, address_key, &out->address) ||
        !remark_number(text, port_key, 0, UINT16_MAX, &port))
        return false;
    out->port = (uint16_t)port;
    return true;
}

size_t remark_ends_text(const char *word, const struct endpoint ends[ENDS], char *out)
{
    char client[ADDRESS_TEXT_MAX], server[ADDRESS_TEXT_MAX];
    int len = snprintf(out, REMARK_MAX,
                       REMARK_PREFIX "%s client=%s client-port=%" PRIu16
                                     " server=%s server-port=%" PRIu16,
                       word, address_text(&ends[CLIENT].address, client), ends[CLIENT].port,
                       address_text(&ends[SERVER].address, server), ends[SERVER].port);
    return (size_t)len;
}

bool remark_ends(const char **comment, const char *word, struct endpoint ends[ENDS])
{
    return *comment != NULL && remark_word(comment, REMARK_PREFIX) && remark_word(comment, word) &&
           remark_endpoint(comment, " client=", " client-port=", &ends[CLIENT]) &&
           remark_endpoint(comment, " server=", " server-port=", &ends[SERVER]);
}
