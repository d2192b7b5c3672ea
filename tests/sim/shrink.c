/* SPDX-License-Identifier: BSD-2-Clause */
#include "shrink.h"

#include <string.h>

#define ROUNDS_MAX 4

/* Whether it still fails, in the same way. */
static bool still_fails(struct world *w, uint64_t seed, const struct without *without,
                        const char *invariant, unsigned *runs)
{
    ++*runs;
    return !world_run(w, seed, without, false) && strcmp(w->invariant, invariant) == 0;
}

/* Whether leaving more out makes another run of it. */
static bool differs(uint64_t seed, const struct without *less, const struct without *more)
{
    struct scenario before, after;
    scenario_derive(&before, seed, less);
    scenario_derive(&after, seed, more);
    return memcmp(&before, &after, sizeof before) != 0;
}

static bool drop_features(struct world *w, uint64_t seed, struct without *without,
                          const char *invariant, unsigned *runs)
{
    bool smaller = false;
    for (unsigned i = 0; feature_name(i) != NULL; i++) {
        struct without tried = *without;
        tried.features |= 1u << i;
        if (!differs(seed, without, &tried) || !still_fails(w, seed, &tried, invariant, runs))
            continue;
        *without = tried;
        smaller = true;
    }
    for (unsigned i = 0; i < ATTACKS_MAX; i++) {
        struct without tried = *without;
        tried.attacks |= 1u << i;
        if (!differs(seed, without, &tried) || !still_fails(w, seed, &tried, invariant, runs))
            continue;
        *without = tried;
        smaller = true;
    }
    return smaller;
}

static bool drop_faults(struct world *w, uint64_t seed, struct without *without,
                        const char *invariant, unsigned *runs)
{
    bool smaller = false;
    const unsigned most = sizeof without->faults / sizeof without->faults[0];
    for (unsigned i = 0; still_fails(w, seed, without, invariant, runs) && i < w->happened_count;) {
        struct without tried = *without;
        if (tried.fault_count == most)
            break;
        tried.faults[tried.fault_count].fault = w->happened[i].fault;
        tried.faults[tried.fault_count].where = w->happened[i].where;
        tried.faults[tried.fault_count++].nth = w->happened[i].nth;
        if (still_fails(w, seed, &tried, invariant, runs)) {
            *without = tried;
            smaller = true;
        } else {
            i++;
        }
    }
    return smaller;
}

unsigned shrink(struct world *w, uint64_t seed, struct without *without)
{
    unsigned runs = 1;
    if (world_run(w, seed, without, false))
        return runs;
    const char *invariant = w->invariant;
    for (unsigned round = 0; round < ROUNDS_MAX; round++) {
        bool smaller = drop_features(w, seed, without, invariant, &runs);
        if (!drop_faults(w, seed, without, invariant, &runs) && !smaller)
            break;
    }
    return runs;
}
