/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_BASE_DESCRIPTORS_H
#define TCPSHAKE_BASE_DESCRIPTORS_H

/* What any run can do with: captures on as many interfaces as it surveys, and its children. Runs
 * with many targets use more where they are allowed, for source ports. */
#define DESCRIPTORS_ENOUGH 256

/* Allows this process as many, or as its hard limit permits: setrlimit(2). */
void descriptors_allow(void);

/* Closes every descriptor from first to last (UINT_MAX: to the end). Returns 0, or -1 with errno.
 */
int descriptors_close(unsigned first, unsigned last);

#endif
