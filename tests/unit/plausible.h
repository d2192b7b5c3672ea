/* SPDX-License-Identifier: BSD-2-Clause */
/* A judge of results: whether every number of one is possible beside every other. Unit tests, the
 * simulation and the fuzz targets use it. */
#ifndef TCPSHAKE_TESTS_PLAUSIBLE_H
#define TCPSHAKE_TESTS_PLAUSIBLE_H

#include "stats/stats.h"

/* What is wrong with a result, as a static text, or NULL. in_order: no stamp was older than one
 * before it. */
const char *implausible(const struct connection_result *result, bool in_order);

/* The same for a summary. */
const char *implausible_summary(const struct summary *summary);

#endif
