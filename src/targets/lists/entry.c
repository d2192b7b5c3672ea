/* SPDX-License-Identifier: BSD-2-Clause */
#include "targets/lists/entry.h"

#include "targets/lists/portlist.h"

/* Fills in the host of an entry. */
static int read_host(struct entry_reader *reader, struct piece text, struct space_entry *entry,
                     struct error *error)
{
    struct host host = {.count = 0};
    if (host_parse(text, &host, error) < 0)
        return -1;
    *entry = (struct space_entry){
        .family = host.family,
        .first = host.first,
        .count = host.count,
        .single = !host.is_prefix || host.host_bits == 0,
        .attributes.labels = "",
    };
    if (host.family != FAMILY_NONE)
        return 0;
    if (!piece_copy(text, reader->name, sizeof reader->name))
        return error_set(error, STATUS_USAGE, "'%.*s...': a name can have at most %d octets",
                         CUT(text), HOST_MAX);
    entry->name = reader->name;
    return 0;
}

/* Reads ports into the reader. */
static int read_ports(struct entry_reader *reader, const char *ports, const char *text,
                      struct error *error)
{
    if (port_list_parse(&reader->own, ports, reader->services, error) < 0)
        return error_context(error, "'%.80s'", text);
    return 0;
}

static int refuse_without_port(const char *text, struct error *error)
{
    if (strstr(text, ".pcap") != NULL)
        return error_set(error, STATUS_USAGE,
                         "'%.80s' has no port: to read a capture file, write -r FILE", text);
    return error_set(error, STATUS_USAGE, "'%.80s' has no port: write HOST PORT, %s or -p LIST",
                     text, strchr(text, ':') != NULL ? "[ADDRESS]:PORT" : "HOST:PORT");
}

int entry_read(struct entry_reader *reader, const char *text, const char *ports,
               struct space_entry *entry, struct error *error)
{
    struct operand operand;
    if (operand_split(text, &operand, error) < 0)
        return -1;
    if (operand.ports != NULL && ports != NULL)
        return error_set(error, STATUS_USAGE, "'%.80s' has ports; remove '%.80s' after it", text,
                         ports);
    if (operand.ports == NULL)
        operand.ports = ports;
    if (operand.ports != NULL) {
        if (read_ports(reader, operand.ports, text, error) < 0)
            return -1;
    } else if (reader->common.run_count == 0) {
        return refuse_without_port(text, error);
    } else if (operand_refuse_stray_port(&operand, error) < 0) {
        return -1;
    }
    if (read_host(reader, operand.host, entry, error) < 0)
        return -1;
    entry->ports = operand.ports != NULL ? &reader->own : &reader->common;
    return 0;
}

int entry_read_line(struct entry_reader *reader, const struct list_line *line,
                    struct space_entry *entry, struct error *error)
{
    if (entry_read(reader, line->target, line->ports, entry, error) < 0)
        return -1;
    entry->attributes = line->attributes;
    return 0;
}

int entry_refuse_special(const char *text, struct error *error)
{
    return error_set(error, STATUS_USAGE,
                     "'%.80s' contains only addresses that a prefix leaves out (0/8, "
                     "loopback, link-local, multicast, reserved): name them one by one",
                     text);
}
