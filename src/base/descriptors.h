/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_BASE_DESCRIPTORS_H
#define TCPSHAKE_BASE_DESCRIPTORS_H

/* Closes every descriptor from first to last (UINT_MAX: to the end). Returns 0, or -1 with errno.
 */
int descriptors_close(unsigned first, unsigned last);

#endif
