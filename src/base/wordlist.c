/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/wordlist.h"

#include <string.h>

/* The core does not call strcspn(3). */
size_t wordlist_length(const char *text)
{
    size_t len = 0;
    while (text[len] != '\0' && text[len] != ',')
        len++;
    return len;
}

unsigned wordlist_find(const char *word, size_t len, word_namer *name_of, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const char *name = name_of(i);
        if (name != NULL && strlen(name) == len && memcmp(name, word, len) == 0)
            return i;
    }
    return count;
}
