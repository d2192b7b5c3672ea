/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_BASE_RANDOM_H
#define TCPSHAKE_BASE_RANDOM_H

#include <stddef.h>

#include "base/error.h"

/* Fills out with random bytes of the kernel (getrandom(2)). Returns 0, or -1 with *error set
 * (STATUS_RUN) if the kernel or a container refuses. */
int random_fill(void *out, size_t len, struct error *error);

#endif
