/* SPDX-License-Identifier: BSD-2-Clause */
#include "targets/ports.h"

#include <stdbool.h>
#include <string.h>

static uint32_t run_count_of(const struct port_run *run)
{
    return (uint32_t)run->last - run->first + 1;
}

uint32_t ports_count(const struct port_run *runs, size_t run_count)
{
    if (run_count == 0)
        return 0;
    return runs[run_count - 1].before + run_count_of(&runs[run_count - 1]);
}

uint16_t ports_at(const struct port_run *runs, size_t run_count, uint32_t number)
{
    size_t low = 0, high = run_count - 1; /* the run is one of these */
    while (low < high) {
        size_t middle = high - (high - low) / 2;
        if (runs[middle].before <= number)
            low = middle;
        else
            high = middle - 1;
    }
    return (uint16_t)(runs[low].first + (number - runs[low].before));
}

bool ports_meet(const struct port_run *a, size_t a_count, const struct port_run *b, size_t b_count)
{
    for (size_t i = 0; i < a_count; i++)
        for (size_t j = 0; j < b_count; j++)
            if (a[i].first <= b[j].last && b[j].first <= a[i].last)
                return true;
    return false;
}

void port_list_clear(struct port_list *list)
{
    memset(list->seen, 0, sizeof list->seen);
    list->run_count = 0;
}

void port_list_next(struct port_list *list)
{
    list->run_count = 0;
}

/* The first port from `port` to `last` that has been seen, or has not; last + 1 if there is none.
 */
static uint32_t find(const struct port_list *list, uint32_t port, uint32_t last, bool seen)
{
    while (port <= last) {
        uint64_t word = list->seen[port / 64];
        uint64_t wanted = (seen ? word : ~word) >> port % 64;
        if (wanted != 0) {
            port += (uint32_t)__builtin_ctzll(wanted);
            return port <= last ? port : last + 1;
        }
        port += 64 - port % 64;
    }
    return last + 1;
}

static void mark(struct port_list *list, uint32_t first, uint32_t last)
{
    for (uint32_t at = first; at <= last; at += 64 - at % 64) {
        uint64_t bits = UINT64_MAX << at % 64;
        if (last / 64 == at / 64)
            bits &= UINT64_MAX >> (63 - last % 64);
        list->seen[at / 64] |= bits;
    }
}

/* A run that begins where the one before it ends extends that one. */
static void append(struct port_list *list, uint32_t first, uint32_t last)
{
    struct port_run *before = list->run_count > 0 ? &list->runs[list->run_count - 1] : NULL;
    if (before != NULL && before->last + 1u == first) {
        before->last = (uint16_t)last;
        return;
    }
    uint32_t count = ports_count(list->runs, list->run_count);
    list->runs[list->run_count++] =
        (struct port_run){(uint16_t)first, (uint16_t)last, (uint16_t)count};
}

void port_list_add(struct port_list *list, uint32_t first, uint32_t last)
{
    for (uint32_t port = find(list, first, last, false); port <= last;
         port = find(list, port, last, false)) {
        uint32_t end = find(list, port, last, true) - 1;
        append(list, port, end);
        mark(list, port, end);
    }
}
