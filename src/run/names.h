/* SPDX-License-Identifier: BSD-2-Clause */
/* Names from capture files that results borrow: each is kept once, and no more than a bound allows,
 * because a file can bring as many as it likes. */
#ifndef TCPSHAKE_RUN_NAMES_H
#define TCPSHAKE_RUN_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct names {
    size_t max;
    const char *rest; /* stands for every further name */
    size_t count;
    uint64_t refused;  /* how often rest was given */
    bool lacks_memory; /* one could not be kept */
    void *tree;        /* tsearch tree of owned strings */
};

/* A copy of name that lasts as long as names, or names->rest; NULL for NULL, for "" and where
 * memory ran out. */
const char *names_keep(struct names *names, const char *name);
void names_free(struct names *names); /* it is not used any more */

#endif
