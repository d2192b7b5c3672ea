/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a capture holds most frames twice, as those of several interfaces and of mirror ports do.
 */
#ifndef TCPSHAKE_FLOWS_DOUBLING_H
#define TCPSHAKE_FLOWS_DOUBLING_H

#include "wire/segment.h"

/* Whether these segments, the first of a capture, show it by themselves: several of those without
 * IP identification are there twice, and they are a third at least. One or two pairs may have been
 * sent twice. */
bool doubling_shows(const struct segment *const *segments, size_t count);

#endif
