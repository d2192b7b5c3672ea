/* SPDX-License-Identifier: BSD-2-Clause */
/* Fisher's exact test: R. A. Fisher, "The Design of Experiments", 1935, chapter II; A. Agresti,
 * "Categorical Data Analysis", 3.5. */
#ifndef TCPSHAKE_STATS_FISHER_H
#define TCPSHAKE_STATS_FISHER_H

#include <stdint.h>

/* The probability, given its margins, of a table that is no more probable than this one; from 0 to
 * 1, and 1 if a row or a column is empty. As fisher.test of R has it, tables whose probabilities
 * differ by less than one in ten million are equally probable. */
double fisher_two_sided(const uint64_t table[2][2]);

#endif
