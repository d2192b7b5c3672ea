/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of all options. */
#ifndef TCPSHAKE_CLI_OPTIONTABLE_H
#define TCPSHAKE_CLI_OPTIONTABLE_H

#include "base/error.h"
#include "cli/options.h"

enum option_id {
    OPT_IPV4,
    OPT_IPV6,
    OPT_PORT,
    OPT_TARGETS,
    OPT_STREAM,
    OPT_EXCLUDE,
    OPT_EXCLUDE_FILE,
    OPT_MAX_TARGETS,
    OPT_SEED,
    OPT_IN_ORDER,
    OPT_SHARD,
    OPT_RESUME,
    OPT_NUMERIC,
    OPT_INTERFACE,
    OPT_SOURCE,
    OPT_SOURCE_PORT,
    OPT_TTL,
    OPT_COUNT,
    OPT_INTERVAL,
    OPT_RATE,
    OPT_PARALLEL,
    OPT_MAX_PER_HOST,
    OPT_TIMEOUT,
    OPT_DEADLINE,
    OPT_RESOLVE_EVERY,
    OPT_ALL_ADDRESSES,
    OPT_HALF_OPEN,
    OPT_ABORT,
    OPT_HOLD,
    OPT_SEND,
    OPT_TIME_WAIT,
    OPT_SECOND_OPINION,
    OPT_CONTROL_PORT,
    OPT_OFFER,
    OPT_WITHOUT,
    OPT_COMPARE,
    OPT_PATH,
    OPT_MAX_HOPS,
    OPT_PATH_MTU,
    OPT_MSS,
    OPT_EXPECT,
    OPT_EXPECT_CLOSE,
    OPT_MAX_RTT,
    OPT_FAIL_AFTER,
    OPT_SUCCEED_AFTER,
    OPT_MAX_LOSS,
    OPT_WARNING,
    OPT_CRITICAL,
    OPT_READ,
    OPT_MAX_CONNECTIONS,
    OPT_WRITE,
    OPT_JSON,
    OPT_FORMAT,
    OPT_OUTPUT,
    OPT_ONLY,
    OPT_QUIET,
    OPT_VERBOSE,
    OPT_TIMESTAMPS,
    OPT_COLOR,
    OPT_EXPLAIN,
    OPT_ASCII,
    OPT_DEMO,
    OPT_DOCTOR,
    OPT_HELP,
    OPT_VERSION,
    OPTIONS,
};

enum group {
    GROUP_WHERE,
    GROUP_WHAT,
    GROUP_SUCCESS,
    GROUP_RECORDINGS,
    GROUP_OUTPUT,
    GROUP_OTHER,
    GROUPS,
};

/* The modes in which an option applies. */
enum {
    IN_PROBE = 1 << MODE_PROBE,
    IN_READ = 1 << MODE_READ,
    IN_DEMO = 1 << MODE_DEMO,
    LIVE = IN_PROBE | IN_DEMO,
    ALL = LIVE | IN_READ,
};

struct option_row;

/* Reads text (NULL for an option without argument) into *options. Returns 0, or -1 with *error set.
 */
typedef int option_reader(const struct option_row *row, const char *text, struct options *options,
                          struct error *error);

struct option_row {
    const char *name;
    char letter;          /* 0: none */
    const char *argument; /* NULL: takes none */
    const char *standard; /* the default as one would type it; NULL: none */
    const char *words;    /* what it may be, for completions; NULL: anything */
    bool repeats;         /* each time it is given counts */
    const char *help;
    enum group group;
    unsigned modes;
    option_reader *read;
    size_t field, size; /* where in struct options the value goes */
    uint64_t value;     /* of a flag */
    uint64_t min, max;  /* of a number; min also of a duration, in ns */
    unsigned decimals;  /* of a duration: places from its unit down to the nanosecond */
};

extern const struct option_row option_rows[OPTIONS];

#define OPTION_LABEL_MAX 24

/* "-c/--count", or "--hold" where there is no letter. Returns out, which holds OPTION_LABEL_MAX
 * bytes. */
const char *option_label(const struct option_row *row, char *out);

#endif
