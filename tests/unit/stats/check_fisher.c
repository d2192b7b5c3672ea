/* SPDX-License-Identifier: BSD-2-Clause */
/* Against the values of fisher.test of R, and against the definition in rational numbers. */
#include "stats/fisher.h"

#include "harness.h"

static const struct {
    uint64_t table[2][2];
    double p;
} known[] = {
    {{{0, 4}, {4, 0}}, 0.02857142857142857},
    {{{0, 5}, {5, 0}}, 0.007936507936507936},
    {{{0, 10}, {10, 0}}, 1.082508822446903e-05},
    {{{3, 1}, {1, 3}}, 0.4857142857142857}, /* Fisher's lady, tasting tea */
    {{{1, 9}, {11, 3}}, 0.002759456185220083},
    {{{7, 12}, {0, 5}}, 0.272068511198946},
    {{{2, 8}, {6, 4}}, 0.1698023338890212},
    {{{100, 20}, {80, 50}}, 0.00013292744333974826},
    {{{10, 0}, {10, 0}}, 1},
    {{{0, 10}, {0, 10}}, 1},
    {{{5, 5}, {0, 0}}, 1},
    {{{0, 0}, {0, 0}}, 1},
    {{{1, 0}, {0, 0}}, 1},
};

static void assert_close(double got, double want)
{
    double difference = got > want ? got - want : want - got;
    ck_assert_msg(difference <= want * 1e-9, "%.17g, wanted %.17g", got, want);
}

START_TEST(gives_known_values)
{
    assert_close(fisher_two_sided(known[_i].table), known[_i].p);
}
END_TEST

/* Rows, columns and both can change places. */
START_TEST(is_symmetrical)
{
    uint64_t random = 1935;
    for (unsigned i = 0; i < 2000; i++) {
        uint64_t a = next_random(&random) % 30, b = next_random(&random) % 30,
                 c = next_random(&random) % 30, d = next_random(&random) % 30;
        double p = fisher_two_sided((const uint64_t[2][2]){{a, b}, {c, d}});
        ck_assert(p > 0 && p <= 1);
        assert_close(fisher_two_sided((const uint64_t[2][2]){{c, d}, {a, b}}), p);
        assert_close(fisher_two_sided((const uint64_t[2][2]){{b, a}, {d, c}}), p);
        assert_close(fisher_two_sided((const uint64_t[2][2]){{a, c}, {b, d}}), p);
    }
}
END_TEST

static double choose(unsigned n, unsigned k)
{
    double product = 1;
    for (unsigned i = 0; i < k; i++)
        product = product * (n - i) / (i + 1);
    return product;
}

static double by_definition(unsigned a, unsigned b, unsigned c, unsigned d)
{
    unsigned row = a + b, column = a + c, n = row + c + d;
    double limit = choose(row, a) * choose(n - row, column - a) * (1 + 1e-7), p = 0;
    for (unsigned x = 0; x <= row && x <= column; x++) {
        double weight = column - x <= n - row ? choose(row, x) * choose(n - row, column - x) : 0;
        p += weight <= limit ? weight : 0;
    }
    return p / choose(n, column);
}

START_TEST(agrees_with_the_definition)
{
    uint64_t random = 1922;
    for (unsigned i = 0; i < 3000; i++) {
        unsigned cells[4];
        for (unsigned j = 0; j < 4; j++)
            cells[j] = (unsigned)(next_random(&random) % 12);
        const uint64_t table[2][2] = {{cells[0], cells[1]}, {cells[2], cells[3]}};
        assert_close(fisher_two_sided(table),
                     by_definition(cells[0], cells[1], cells[2], cells[3]));
    }
}
END_TEST

/* Large counts neither overflow nor take long. */
START_TEST(takes_large_counts)
{
    double p = fisher_two_sided((const uint64_t[2][2]){{1000000, 1000000}, {1000000, 1000000}});
    ck_assert(p > 0.999 && p <= 1);
    ck_assert(fisher_two_sided((const uint64_t[2][2]){{0, 1000000}, {1000000, 0}}) < 1e-300);
    p = fisher_two_sided((const uint64_t[2][2]){{UINT32_MAX, 1}, {UINT32_MAX, 0}});
    assert_close(p, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fisher");
    TCase *tests = tcase_create("fisher");
    tcase_add_loop_test(tests, gives_known_values, 0, sizeof known / sizeof known[0]);
    tcase_add_test(tests, is_symmetrical);
    tcase_add_test(tests, agrees_with_the_definition);
    tcase_add_test(tests, takes_large_counts);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
