/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_BASE_RANDOM_H
#define TCPSHAKE_BASE_RANDOM_H

#include <stdint.h>

/* From the kernel's generator (getrandom(2)); never fails. */
uint32_t random_u32(void);

#endif
