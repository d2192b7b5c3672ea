/* SPDX-License-Identifier: BSD-2-Clause */
/* In which order the options of a TCP header stand, in four octets: TCPs differ by that. */
#ifndef TCPSHAKE_WIRE_OPTORDER_H
#define TCPSHAKE_WIRE_OPTORDER_H

#include <stdint.h>

#define OPTORDER_MAX  16 /* kinds that one can stand for */
#define OPTORDER_NONE 0u
#define OPTORDER_NOP_NOP_TIMESTAMPS                                                                \
    0x62u /* as RFC 7323, appendix A has it: all that most segments carry */

/* Adds the kind of the next option (IANA, "TCP Option Kind Numbers"). Eight are kept, two NOPs in
 * succession counting as one; what comes behind them is left out. */
uint32_t optorder_add(uint32_t order, uint8_t kind);

/* The kinds, -1 for one that is kept as "another" alone. Returns how many. */
unsigned optorder_kinds(uint32_t order, int16_t kinds[OPTORDER_MAX]);

#endif
