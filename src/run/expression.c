/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/expression.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEPARATORS " \t\n()!"

/* What an endpoint can be written with, and room for its end. */
#define ENDPOINT_MAX (INET6_ADDRSTRLEN + sizeof "[]:65535")

static bool is_port(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits <= 5 && text[digits] == '\0' && strtol(text, NULL, 10) > 0 &&
           strtol(text, NULL, 10) <= UINT16_MAX;
}

/* Splits "192.0.2.2:80" or "[2001:db8::2]:80", in place. Returns whether it is such. */
static bool split(char *text, char **address, char **port)
{
    uint8_t octets[16];
    char *colon = strrchr(text, ':');
    if (colon == NULL || colon == text || !is_port(colon + 1))
        return false;
    *colon = '\0';
    *port = colon + 1;
    *address = text;
    if (text[0] != '[')
        return inet_pton(AF_INET, text, octets) == 1;
    if (colon[-1] != ']')
        return false;
    colon[-1] = '\0';
    *address = text + 1;
    return inet_pton(AF_INET6, *address, octets) == 1;
}

static void put_token(FILE *out, const char *token, size_t len)
{
    char text[ENDPOINT_MAX], *address, *port;
    if (len < sizeof text) {
        memcpy(text, token, len);
        text[len] = '\0';
        if (split(text, &address, &port)) {
            fprintf(out, "(host %s and port %s)", address, port);
            return;
        }
    }
    fwrite(token, 1, len, out);
}

static void put_word(FILE *out, const char *word)
{
    while (*word != '\0') {
        size_t between = strspn(word, SEPARATORS), len = strcspn(word + between, SEPARATORS);
        fwrite(word, 1, between, out);
        put_token(out, word + between, len);
        word += between + len;
    }
}

char *expression_join(char *const *words, size_t count)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    if (out == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            fputc(' ', out);
        put_word(out, words[i]);
    }
    bool failed = ferror(out) != 0;
    if (fclose(out) == 0 && !failed)
        return text;
    free(text);
    return NULL;
}
