/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_BASE_MINMAX_H
#define TCPSHAKE_BASE_MINMAX_H

static inline unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static inline unsigned larger(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

#endif
