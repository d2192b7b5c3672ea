/* SPDX-License-Identifier: BSD-2-Clause */
/* Four bits for each option, the first in the lowest; 0 where there is none. */
#include "wire/optorder.h"

#define CODE_BITS 4u
#define CODES_MAX 8u

enum code {
    CODE_NONE,
    CODE_NOP,
    CODE_NOPS, /* two of them */
    CODE_OTHER = 15,
    CODES,
};

#define KIND_NOP   1
#define KIND_OTHER (-1)

static const int16_t kinds_of[CODES] = {
    [CODE_NOP] = KIND_NOP,
    [CODE_NOPS] = KIND_NOP,
    [3] = 2,    /* MSS */
    [4] = 3,    /* window scale */
    [5] = 4,    /* SACK-permitted */
    [6] = 8,    /* timestamps */
    [7] = 0,    /* end of options */
    [8] = 30,   /* MPTCP: RFC 8684 */
    [9] = 34,   /* Fast Open: RFC 7413 */
    [10] = 19,  /* MD5: RFC 2385 */
    [11] = 29,  /* TCP-AO: RFC 5925 */
    [12] = 172, /* AccECN, first order: RFC 9768 */
    [13] = 174, /* AccECN, second order */
    [14] = 254, /* experiments: RFC 6994 */
    [CODE_OTHER] = KIND_OTHER,
};

static enum code code_of(uint8_t kind)
{
    enum code code = CODE_NOPS + 1;
    if (kind == KIND_NOP)
        return CODE_NOP;
    while (code < CODE_OTHER && kinds_of[code] != kind)
        code++;
    return code;
}

static unsigned count_of(uint32_t order)
{
    return order == OPTORDER_NONE ? 0 : (31u - (unsigned)__builtin_clz(order)) / CODE_BITS + 1;
}

uint32_t optorder_add(uint32_t order, uint8_t kind)
{
    unsigned count = count_of(order);
    unsigned last_shift = count > 0 ? (count - 1) * CODE_BITS : 0;
    if (kind == KIND_NOP && order >> last_shift == CODE_NOP)
        return order + ((CODE_NOPS - CODE_NOP) << last_shift);
    return count < CODES_MAX ? order | (uint32_t)code_of(kind) << count * CODE_BITS : order;
}

unsigned optorder_kinds(uint32_t order, int16_t kinds[OPTORDER_MAX])
{
    unsigned count = 0;
    for (; order != OPTORDER_NONE; order >>= CODE_BITS) {
        enum code code = order % (1u << CODE_BITS);
        kinds[count++] = kinds_of[code];
        if (code == CODE_NOPS)
            kinds[count++] = KIND_NOP;
    }
    return count;
}
