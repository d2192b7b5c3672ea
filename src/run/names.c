/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/names.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static const char *add(struct names *names, const char *name)
{
    char *copy = strdup(name);
    if (copy == NULL || tsearch(copy, &names->tree, compare) == NULL) {
        free(copy);
        names->lacks_memory = true;
        return NULL;
    }
    names->count++;
    return copy;
}

const char *names_keep(struct names *names, const char *name)
{
    if (name == NULL || name[0] == '\0')
        return NULL;
    char *const *found = tfind(name, &names->tree, compare);
    if (found != NULL)
        return *found;
    if (names->count < names->max)
        return add(names, name);
    names->refused++;
    return names->rest;
}

void names_free(struct names *names)
{
    tdestroy(names->tree, free);
}
