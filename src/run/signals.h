/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_RUN_SIGNALS_H
#define TCPSHAKE_RUN_SIGNALS_H

#include <signal.h>
#include <stddef.h>

#include "error.h"

/* Blocks the count signals of caught and returns a non-blocking descriptor that they are read from
 * instead (signalfd(2)), or -1 with *error set and the mask as it was. *old_mask becomes the mask
 * before. */
int signals_open(const int *caught, size_t count, sigset_t *old_mask, struct error *error);

#endif
