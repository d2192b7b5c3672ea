/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses one target: HOST, HOST:PORT, [IPv6]:PORT, ADDRESS/PREFIX. */
#ifndef TCPSHAKE_TARGETS_LISTS_OPERAND_H
#define TCPSHAKE_TARGETS_LISTS_OPERAND_H

#include "base/error.h"
#include "targets/lists/piece.h"
#include "targets/spans.h"

/* All borrowed from the text. */
struct operand {
    const char *text;
    struct piece host; /* without brackets; with the prefix */
    const char *ports; /* NULL: none */
};

/* Separates host and ports; a bare IPv6 address is all host. Returns 0, or -1 with
 * *error set (STATUS_USAGE, names the text). */
int operand_split(const char *text, struct operand *operand, struct error *error);

/* Whether a text has ports of its own. */
bool operand_has_ports(const char *text);

/* Whether there are exactly two texts, HOST and PORT, neither with a port of its own. */
bool operands_are_host_port(char *const *texts, size_t count);

/* Refuses a port in the place of a host, PORT HOST, and several lists of ports in a row. Return 0,
 * or -1 with *error set (STATUS_USAGE). The texts of the second are two of which the second was not
 * accepted as PORT. */
int operand_refuse_stray_port(const struct operand *operand, struct error *error);
int operands_refuse_port_first(char *const *texts, struct error *error);
int operands_refuse_ports_apart(char *const *texts, size_t count, struct error *error);

/* The addresses that a host means. */
struct host {
    enum family family;          /* FAMILY_NONE: a name, or an address with a zone */
    struct address_number first; /* of the addresses, without the network address of a prefix */
    uint64_t count;              /* of addresses, without the broadcast address of a prefix */
    bool is_prefix;
    unsigned host_bits; /* of a prefix */
};

/* Reads a host. A prefix with more than 16 host bits must have none of them set, and a prefix has
 * at most 63. Returns 0, or -1 with *error set (STATUS_USAGE, names the text). */
int host_parse(struct piece text, struct host *host, struct error *error);

/* Reads an address without zone. */
bool parse_address(struct piece piece, struct address *out);

/* Reads ADDRESS or ADDRESS/PREFIX of any length, as a span. Returns 0, or -1 with *error set
 * (STATUS_USAGE, names the text). */
int span_parse(struct piece text, struct span *span, struct error *error);

#endif
