/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/targets.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "targets/lists/operand.h"
#include "targets/lists/portlist.h"

/* Room for one more element in a growing array. Returns the array, or NULL when out of memory. */
static void *grow(void *array, size_t count, size_t *capacity, size_t size)
{
    if (array != NULL && count < *capacity)
        return array;
    size_t wanted = *capacity == 0 ? 16 : *capacity * 2;
    void *bigger = realloc(array, wanted * size);
    if (bigger != NULL)
        *capacity = wanted;
    return bigger;
}

static int out_of_memory(struct error *error)
{
    return error_set(error, STATUS_RUN, "out of memory for the list of targets");
}

/* Keeps a copy of the text of a host. Returns it, or NULL when out of memory. */
static const char *keep_host(struct targets *targets, struct piece host)
{
    char **hosts =
        grow(targets->hosts, targets->host_count, &targets->host_capacity, sizeof *targets->hosts);
    if (hosts == NULL)
        return NULL;
    targets->hosts = hosts;
    char *copy = malloc(host.len + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, host.text, host.len);
    copy[host.len] = '\0';
    hosts[targets->host_count++] = copy;
    return copy;
}

/* Adds host with each port; the caller has made sure of TARGETS_MAX. */
static int add_host(struct targets *targets, struct piece host, const struct port_list *ports,
                    struct error *error)
{
    const char *kept = keep_host(targets, host);
    uint32_t count = ports_count(ports->runs, ports->run_count);
    if (kept == NULL)
        return out_of_memory(error);
    for (uint32_t i = 0; i < count; i++) {
        struct target *list = grow(targets->list, targets->count, &targets->capacity, sizeof *list);
        if (list == NULL)
            return out_of_memory(error);
        uint16_t port = ports_at(ports->runs, ports->run_count, i);
        targets->list = list;
        list[targets->count++] = (struct target){.host = kept, .port = port};
    }
    return 0;
}

static int check_room(const struct targets *targets, const struct operand *operand,
                      const struct host *host, uint32_t ports, struct error *error)
{
    if (host->is_prefix && host->count > TARGETS_MAX / ports)
        return error_set(error, STATUS_USAGE,
                         "'%.*s' means 2^%u addresses with %" PRIu32 " port%s each: a run has "
                         "at most %d targets; use a longer prefix",
                         CUT(operand->host), host->host_bits, ports, ports == 1 ? "" : "s",
                         TARGETS_MAX);
    uint64_t wanted = host->count * ports;
    if (wanted <= TARGETS_MAX - targets->count)
        return 0;
    return error_set(error, STATUS_USAGE,
                     "'%.80s' would give the run %" PRIu64 " targets; the limit is %d",
                     operand->text, targets->count + wanted, TARGETS_MAX);
}

static int add_operand(struct targets *targets, const struct operand *operand,
                       const struct port_list *ports, struct error *error)
{
    struct host host = {.is_prefix = false};
    uint32_t count = ports_count(ports->runs, ports->run_count);
    if (host_parse(operand->host, &host, error) < 0 ||
        check_room(targets, operand, &host, count, error) < 0)
        return -1;
    if (!host.is_prefix)
        return add_host(targets, operand->host, ports, error);
    for (uint64_t i = 0; i < host.count; i++, host.first.low++) {
        char text[ADDRESS_TEXT_MAX];
        struct address address = address_from_number(host.family, host.first);
        if (add_host(targets, piece_of(address_text(&address, text)), ports, error) < 0)
            return -1;
    }
    return 0;
}

/* What a run works with: ports of -p, and room for those of one operand. */
struct lists {
    struct port_list common; /* of -p; empty without */
    struct port_list own;
};

static int parse_target(struct targets *targets, const char *text, struct lists *lists,
                        struct error *error)
{
    struct operand operand;
    if (operand_split(text, &operand, error) < 0)
        return -1;
    if (operand.ports != NULL) {
        if (port_list_parse(&lists->own, operand.ports, NULL, error) < 0)
            return error_context(error, "'%.80s'", text);
        return add_operand(targets, &operand, &lists->own, error);
    }
    if (lists->common.run_count == 0)
        return error_set(error, STATUS_USAGE,
                         "'%.80s' has no port: write HOST PORT, HOST:PORT or -p LIST", text);
    if (operand_refuse_stray_port(&operand, error) < 0)
        return -1;
    return add_operand(targets, &operand, &lists->common, error);
}

static int parse_operands(struct targets *targets, char *const *operands, size_t operand_count,
                          const char *port_list, struct lists *lists, struct error *error)
{
    if (port_list == NULL && operands_are_host_port(operands, operand_count)) {
        port_list = operands[1];
        operand_count = 1;
    }
    if (port_list == NULL && operands_refuse_ports_apart(operands, operand_count, error) < 0)
        return -1;
    if (port_list != NULL && port_list_parse(&lists->common, port_list, NULL, error) < 0)
        return -1;
    for (size_t i = 0; i < operand_count; i++)
        if (parse_target(targets, operands[i], lists, error) < 0)
            return -1;
    return 0;
}

int targets_parse(struct targets *targets, char *const *operands, size_t operand_count,
                  const char *port_list, struct error *error)
{
    *targets = (struct targets){0};
    if (operand_count == 0)
        return error_set(error, STATUS_USAGE,
                         "no target: write HOST PORT, HOST:PORT or -p LIST HOST");
    struct lists *lists = calloc(1, sizeof *lists);
    if (lists == NULL)
        return out_of_memory(error);
    int result = parse_operands(targets, operands, operand_count, port_list, lists, error);
    free(lists);
    if (result < 0)
        targets_free(targets);
    return result;
}

void targets_free(struct targets *targets)
{
    for (size_t i = 0; i < targets->host_count; i++)
        free(targets->hosts[i]);
    free(targets->hosts);
    free(targets->list);
    *targets = (struct targets){0};
}
