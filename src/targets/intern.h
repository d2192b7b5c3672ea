/* SPDX-License-Identifier: BSD-2-Clause */
/* Strings of octets, each stored once and identified by a number. All zero is empty. */
#ifndef TCPSHAKE_TARGETS_INTERN_H
#define TCPSHAKE_TARGETS_INTERN_H

#include <stddef.h>
#include <stdint.h>

#define INTERN_NONE UINT32_MAX

struct intern {
    uint8_t *octets;
    size_t used, room;
    uint32_t *ends; /* of each string in octets */
    size_t count, capacity;
    uint32_t *slots; /* a hash table of numbers + 1; 0: free */
    size_t slot_count;
};

/* Returns the number of a string, from 0 in the order in which they were added, or INTERN_NONE if
 * there is no memory or 4 GiB are in use. */
uint32_t intern_add(struct intern *intern, const void *octets, size_t len);

/* The string of that number; valid until the next intern_add. It is aligned for 16-bit numbers
 * where the length of every string is even. */
const void *intern_get(const struct intern *intern, uint32_t number, size_t *len);

void intern_free(struct intern *intern);

#endif
