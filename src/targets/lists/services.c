/* SPDX-License-Identifier: BSD-2-Clause */
#include "targets/lists/services.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "targets/array.h"

struct service {
    char *name; /* owned */
    uint16_t port;
    size_t order; /* in the file */
};

struct services {
    struct service *list; /* sorted by name */
    size_t count, capacity;
};

static bool add(struct services *services, const char *name, int port_be)
{
    struct service *list =
        array_room(services->list, services->count, 1, &services->capacity, sizeof *list);
    if (list == NULL)
        return false;
    services->list = list;
    struct service *service = &list[services->count];
    *service = (struct service){
        .name = strdup(name), .port = ntohs((uint16_t)port_be), .order = services->count};
    if (service->name == NULL)
        return false;
    services->count++;
    return true;
}

static bool add_all_names(struct services *services, const struct servent *entry)
{
    if (strcmp(entry->s_proto, "tcp") != 0)
        return true;
    bool added = add(services, entry->s_name, entry->s_port);
    for (char *const *alias = entry->s_aliases; added && *alias != NULL; alias++)
        added = add(services, *alias, entry->s_port);
    return added;
}

/* Of equal names the first one in the file comes first, as for getservbyname(3). */
static int compare(const void *left, const void *right)
{
    const struct service *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    return order != 0 ? order : (a->order > b->order) - (a->order < b->order);
}

static bool load(struct services *services)
{
    bool loaded = true;
    errno = 0;
    setservent(1);
    /* cppcheck-suppress getserventCalled ; there is one thread */
    for (const struct servent *entry = getservent(); loaded && entry != NULL; entry = getservent())
        loaded = add_all_names(services, entry);
    loaded = loaded && errno != ENOMEM; /* the last one may not be the end */
    endservent();
    if (services->count > 0)
        qsort(services->list, services->count, sizeof *services->list, compare);
    return loaded;
}

struct services *services_load(void)
{
    struct services *services = calloc(1, sizeof *services);
    if (services == NULL || load(services))
        return services;
    services_free(services);
    return NULL;
}

/* The first service whose name is not before the given one. */
static size_t lower_bound(const struct services *services, const char *name)
{
    size_t low = 0, high = services->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(services->list[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool ask_the_system(const char *name, uint16_t *port)
{
    /* cppcheck-suppress getservbynameCalled ; there is one thread */
    const struct servent *service = getservbyname(name, "tcp");
    if (service == NULL)
        return false;
    *port = ntohs((uint16_t)service->s_port);
    return *port != 0;
}

bool services_find(const struct services *services, const char *name, uint16_t *port)
{
    if (services == NULL)
        return ask_the_system(name, port);
    size_t at = lower_bound(services, name);
    if (at == services->count || strcmp(services->list[at].name, name) != 0)
        return false;
    *port = services->list[at].port;
    return *port != 0;
}

void services_free(struct services *services)
{
    if (services == NULL)
        return;
    for (size_t i = 0; i < services->count; i++)
        free(services->list[i].name);
    free(services->list);
    free(services);
}
