/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_BASE_SIGNALS_H
#define TCPSHAKE_BASE_SIGNALS_H

#include <signal.h>
#include <stddef.h>

#include "base/error.h"

/* Blocks the count signals of caught and returns a non-blocking descriptor that they are read from
 * instead (signalfd(2)), or -1 with *error set and the mask as it was. One that is ignored stays
 * so. They stay blocked when the descriptor is closed: what comes after the run must not cut off
 * its summary. */
int signals_open(const int *caught, size_t count, struct error *error);

#endif
