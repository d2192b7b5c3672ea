/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_BASE_SIGNALS_H
#define TCPSHAKE_BASE_SIGNALS_H

#include <signal.h>
#include <stddef.h>

#include "base/error.h"

/* Blocks the count signals of caught and returns a non-blocking descriptor that they are read from
 * instead (signalfd(2)), or -1 with *error set and the mask as it was. An ignored signal stays
 * ignored. They stay blocked when the descriptor is closed, so that a signal after the run does not
 * cut off its summary. */
int signals_open(const int *caught, size_t count, struct error *error);

#endif
