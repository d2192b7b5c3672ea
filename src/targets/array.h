/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TCPSHAKE_TARGETS_ARRAY_H
#define TCPSHAKE_TARGETS_ARRAY_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Makes room for `more` elements of `size` octets after the first `count`. Returns the array, which
 * may have moved (it grows by half), or NULL if there is no memory: then the old one is unchanged.
 */
static inline void *array_room(void *array, size_t count, size_t more, size_t *capacity,
                               size_t size)
{
    if (array != NULL && more <= *capacity - count)
        return array;
    if (more > SIZE_MAX / size - count)
        return NULL;
    size_t wanted = count + more, grown = *capacity + *capacity / 2 + 16;
    if (grown > wanted && grown <= SIZE_MAX / size)
        wanted = grown;
    void *larger = realloc(array, wanted * size);
    if (larger != NULL)
        *capacity = wanted;
    return larger;
}

#endif
