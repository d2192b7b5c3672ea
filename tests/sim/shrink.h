/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_SIM_SHRINK_H
#define TCPSHAKE_SIM_SHRINK_H

#include "world.h"

/* Leaves out of a failing run what it still fails without, one thing at a time, and adds that to
 * *without. Returns how many runs it took. */
unsigned shrink(struct world *w, uint64_t seed, struct without *without);

#endif
