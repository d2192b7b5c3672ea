/* SPDX-License-Identifier: BSD-2-Clause */
/* The margins leave one cell free, whose distribution is hypergeometric. From one of its values to
 * the next the probability changes by a simple ratio, so that no factorial is needed: the values
 * are weighed against the most probable one, which weighs 1, so that nothing overflows, and what
 * underflows is too little to count. */
#include "stats/fisher.h"

#define EQUAL (1 + 1e-7)

/* The table, as its first cell and what its margins add. */
struct margins {
    uint64_t row, column, rest; /* the first row, the first column, and n - row - column, which may
                                 * be below 0: modulo 2^64 */
};

static uint64_t least_of(const struct margins *m)
{
    return (int64_t)m->rest < 0 ? 0 - m->rest : 0;
}

static uint64_t most_of(const struct margins *m)
{
    return m->row < m->column ? m->row : m->column;
}

/* How much more probable cell + 1 is than cell. */
static double step_up(const struct margins *m, uint64_t cell)
{
    return (double)(m->row - cell) * (double)(m->column - cell) /
           ((double)(cell + 1) * (double)(m->rest + cell + 1));
}

static uint64_t most_probable(const struct margins *m)
{
    double total = (double)m->row + (double)m->column + (double)(int64_t)m->rest;
    double at = ((double)m->row + 1) * ((double)m->column + 1) / (total + 2);
    uint64_t least = least_of(m), most = most_of(m), mode = (uint64_t)at;
    return mode < least ? least : mode > most ? most : mode;
}

/* Adds the weight of each value in one direction to what there is, and of those that weigh no more
 * than limit to the tail; a limit of 0 or less finds the weight of observed. */
struct sums {
    double all, tail, limit, observed;
};

static void weigh(struct sums *sums, double weight, uint64_t cell, uint64_t observed)
{
    sums->all += weight;
    if (weight <= sums->limit)
        sums->tail += weight;
    if (cell == observed)
        sums->observed = weight;
}

static void walk(const struct margins *m, uint64_t observed, struct sums *sums)
{
    uint64_t mode = most_probable(m), least = least_of(m), most = most_of(m);
    double weight = 1;

    weigh(sums, weight, mode, observed);
    for (uint64_t cell = mode; cell < most && weight > 0; cell++) {
        weight *= step_up(m, cell);
        weigh(sums, weight, cell + 1, observed);
    }
    weight = 1;
    for (uint64_t cell = mode; cell > least && weight > 0; cell--) {
        weight /= step_up(m, cell - 1);
        weigh(sums, weight, cell - 1, observed);
    }
}

double fisher_two_sided(const uint64_t t[2][2])
{
    const struct margins m = {
        .row = t[0][0] + t[0][1], .column = t[0][0] + t[1][0], .rest = t[1][1] - t[0][0]};
    struct sums first = {.limit = -1}, second = {0};

    walk(&m, t[0][0], &first);
    second.limit = first.observed * EQUAL;
    walk(&m, t[0][0], &second);
    return second.tail < second.all ? second.tail / second.all : 1;
}
