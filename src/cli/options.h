/* SPDX-License-Identifier: BSD-2-Clause */
/* What the command line asks for. */
#ifndef TCPSHAKE_CLI_OPTIONS_H
#define TCPSHAKE_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/conditions.h"
#include "stats/expectation.h"
#include "stats/selection.h"
#include "tcp/prober.h"
#include "tcp/result.h"
#include "wire/addr.h"

enum mode {
    MODE_PROBE,
    MODE_READ,
    MODE_DEMO,
    MODE_HELP, /* from here on: printed instead of a run */
    MODE_VERSION,
    MODE_DOCTOR,
};

enum when {
    WHEN_AUTO,
    WHEN_ALWAYS,
    WHEN_NEVER,
};

/* The arguments of an option that may be repeated, borrowed from argv; the list is owned. */
struct texts {
    const char **list;
    size_t count;
};

/* Of machines that share the targets among them, which one this is, from 1. */
struct shard {
    uint32_t number, count;
};

#define SEED_MAX  ((UINT64_C(1) << 53) - 1) /* JSON numbers are exact up to there */
#define SEED_NONE UINT64_MAX

struct options {
    enum mode mode;
    enum family family; /* FAMILY_NONE: first that the resolver gives */
    const char *port_list;
    struct texts target_paths, exclude_lists, exclude_paths;
    bool stream; /* the target_paths */
    uint64_t targets_max;
    uint64_t seed; /* of their order; SEED_NONE: computed from the targets */
    bool in_order; /* instead */
    struct shard shard;
    uint64_t count; /* 0: until interrupted */
    int64_t interval_ns, timeout_ns, hold_ns, time_wait_ns;
    int64_t deadline_ns;      /* DURATION_UNKNOWN: none */
    int64_t resolve_every_ns; /* the same */
    bool all_addresses;       /* of each name */
    uint32_t rate;            /* SYNs a second; 0: no limit */
    uint32_t parallel;        /* connections in flight; 0: by rate and timeout */
    uint32_t per_host_max;    /* the same to one address; 0: no limit */
    const char *interface;
    struct address source; /* FAMILY_NONE: by the route */
    uint16_t source_port;  /* 0: random */
    uint8_t ttl;
    bool second_opinion;   /* of connect(2) */
    uint32_t control_port; /* that ought to be closed; 0: none */
    bool path;
    uint8_t hops_max; /* of the path */
    bool path_mtu;
    uint16_t mss; /* to announce; 0: by the MTU of the route */
    enum plan_close close;
    uint8_t offers; /* of the SYN, and what it leaves out: tcp/offer.h */
    bool compare;
    uint8_t *payload; /* owned; freed by options_free */
    uint32_t payload_len;
    struct expectation expectation;
    struct conditions conditions;
    struct selection only; /* the records that are shown */
    struct texts read_paths;
    uint32_t connections_max;                           /* open ones held at once, of a recording */
    const char *write_path, *output_path, *resume_path; /* NULL: not asked for */
    const char *format;
    bool plugin;   /* the format is that of a monitoring plugin, whose errors have status 3 */
    int verbosity; /* -2 to 1 */
    bool numeric, ascii, timestamps, explain;
    enum when color;
    char *const *operands; /* targets, or with MODE_READ the filter's words */
    size_t operand_count;
};

#define CONTROL_PORT_AUTO 65536u

#define FORMAT_PLUGIN "nagios"

#endif
