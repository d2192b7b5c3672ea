/* SPDX-License-Identifier: BSD-2-Clause */
#include "live/goals/hosts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/minmax.h"

#define AT_A_TIME 1024u /* names: what is known of one while it is asked for is large */

static int out_of_memory(struct error *error)
{
    return error_set_memory(error, "out of memory for the names of targets");
}

/* Keeps the addresses that are not excluded. */
static int take(struct host_name *host, const struct space *space,
                const struct resolved_list *found, struct error *error)
{
    host->all = calloc(found->count, sizeof *host->all);
    if (host->all == NULL)
        return out_of_memory(error);
    for (uint32_t i = 0; i < found->count; i++)
        if (!space_excludes(space, &found->list[i].address))
            host->all[host->count++] = found->list[i];
    host->excluded = host->count == 0;
    return 0;
}

int hosts_take_numeric(struct host_name *host, const struct space *space,
                       const struct hosts_request *request, struct error *error)
{
    struct resolved_list found = {.count = 1};
    enum family family = request->names.family;
    if (resolve_host(host->text, family, true, &found.list[0], error) == 0)
        return take(host, space, &found, error);
    if (request->numeric)
        return -1;
    if (!resolve_is_name(host->text)) /* which is an error of the command line */
        return resolve_host(host->text, family, false, &found.list[0], error);
    host->named = true;
    return 1;
}

/* Adds those to *names that a resolver is to be asked for. */
static int collect(struct hosts *hosts, const struct space *space, size_t *at, struct name *names,
                   const struct hosts_request *request, struct error *error)
{
    int count = 0;
    for (; *at < hosts->count && (unsigned)count < AT_A_TIME; (*at)++) {
        size_t len;
        struct host_name *host = &hosts->list[*at];
        host->text = intern_get(&space->names, (uint32_t)*at, &len);
        host->resolve_ns = DURATION_UNKNOWN;
        int code = hosts_take_numeric(host, space, request, error);
        if (code < 0)
            return -1;
        if (code == 1)
            names[count++] = (struct name){.host = host->text, .of = host};
    }
    return count;
}

void hosts_tell(const struct host_name *host, const struct resolution *resolution, bool quiet)
{
    bool found = resolution->result == 0;
    if (found && host->excluded)
        warning("%.80s is left out: its addresses are excluded", host->text);
    else if (!found && !quiet)
        error_print(&resolution->error);
}

int hosts_take(struct host_name *host, const struct space *space,
               const struct resolution *resolution, struct error *error)
{
    host->resolve_ns = resolution->duration_ns;
    if (resolution->result != 0 && resolution->error.out_of_memory != 0) {
        *error = resolution->error; /* it says nothing of the name */
        return -1;
    }
    return resolution->result == 0 ? take(host, space, &resolution->all, error) : 0;
}

static int resolve(struct hosts *hosts, const struct space *space, struct name *names, size_t count,
                   const struct hosts_request *request, struct error *error)
{
    if (count > 0 && names_resolve(names, count, &request->names, error) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct resolution *resolution = &names[i].resolution;
        if (resolution->result != 0)
            hosts->why_not_found = resolution->error;
        if (hosts_take(names[i].of, space, resolution, error) != 0)
            return -1;
        hosts_tell(names[i].of, resolution,
                   request->quiet); /* the end of the run reports the only one */
    }
    return 0;
}

int hosts_resolve(struct hosts *hosts, const struct space *space,
                  const struct hosts_request *request, struct error *error)
{
    size_t count = space->names.count, at = 0;
    if (count == 0)
        return 0;
    struct name *names = calloc(smaller((uint32_t)count, AT_A_TIME), sizeof *names);
    hosts->list = calloc(count, sizeof *hosts->list);
    if (names == NULL || hosts->list == NULL) {
        free(names);
        return out_of_memory(error);
    }
    hosts->count = count;
    int code = 0;
    while (code == 0 && at < count) {
        int wanted = collect(hosts, space, &at, names, request, error);
        code = wanted < 0 ? -1 : resolve(hosts, space, names, (size_t)wanted, request, error);
    }
    free(names);
    return code;
}

bool hosts_move(struct host_name *host, const struct resolved *to)
{
    if (host->all == NULL && (host->all = malloc(sizeof *host->all)) == NULL)
        return false;
    host->all[0] = *to;
    host->count = 1;
    return true;
}

void hosts_tell_others(const struct host_name *host)
{
    char text[ADDRESS_TEXT_MAX], others[RESOLVED_MOST * (ADDRESS_TEXT_MAX + 2)] = "";
    for (uint32_t i = 1; i < host->count; i++) {
        size_t used = strlen(others);
        snprintf(others + used, sizeof others - used, "%s%s", i > 1 ? ", " : "",
                 address_text(&host->all[i].address, text));
    }
    warning("%s: %s failed; %s not tried: see --all-addresses", host->text,
            address_text(&host->all[0].address, text), others);
}

void hosts_free(struct hosts *hosts)
{
    for (size_t i = 0; i < hosts->count; i++)
        free(hosts->list[i].all);
    free(hosts->list);
    *hosts = (struct hosts){0};
}
