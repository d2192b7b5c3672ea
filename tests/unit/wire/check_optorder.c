/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/optorder.h"

#include <string.h>

#include "harness.h"
#include "wire/tcpopt.h"

#define NONE 999 /* ends a list */

static const struct {
    int16_t given[14], kept[14];
} cases[] = {
    {{NONE}, {NONE}},
    {{2, 4, 8, 1, 3, NONE}, {2, 4, 8, 1, 3, NONE}},                   /* Linux */
    {{2, 1, 3, 1, 1, 4, NONE}, {2, 1, 3, 1, 1, 4, NONE}},             /* Windows */
    {{2, 1, 3, 1, 1, 8, 4, 0, NONE}, {2, 1, 3, 1, 1, 8, 4, 0, NONE}}, /* macOS */
    {{1, 1, 1, 1, 1, NONE}, {1, 1, 1, 1, 1, NONE}},                   /* NOPs, an odd count */
    {{30, 34, 19, 29, 172, 174, 254, NONE}, {30, 34, 19, 29, 172, 174, 254, NONE}},
    {{2, 77, 5, 3, NONE}, {2, -1, -1, 3, NONE}},                                /* others */
    {{2, 3, 4, 8, 30, 34, 2, 3, 4, 8, NONE}, {2, 3, 4, 8, 30, 34, 2, 3, NONE}}, /* too many */
    {{2, 3, 4, 8, 30, 34, 2, 1, 1, 8, NONE}, {2, 3, 4, 8, 30, 34, 2, 1, 1, NONE}},
};

START_TEST(an_order_is_kept)
{
    int16_t kinds[OPTORDER_MAX];
    uint32_t order = OPTORDER_NONE;
    unsigned count = 0;
    for (const int16_t *kind = cases[_i].given; *kind != NONE; kind++)
        order = optorder_add(order, (uint8_t)*kind);
    while (cases[_i].kept[count] != NONE)
        count++;
    ck_assert_uint_eq(optorder_kinds(order, kinds), count);
    ck_assert_mem_eq(kinds, cases[_i].kept, count * sizeof kinds[0]);
}
END_TEST

START_TEST(sixteen_nops_fit)
{
    int16_t kinds[OPTORDER_MAX];
    uint32_t order = OPTORDER_NONE;
    for (unsigned i = 0; i < 40; i++)
        order = optorder_add(order, 1);
    ck_assert_uint_eq(optorder_kinds(order, kinds), OPTORDER_MAX);
}
END_TEST

START_TEST(options_are_decoded_with_their_order)
{
    static const uint8_t aligned[] = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2};
    static const uint8_t ended[] = {2, 4, 5, 180, 0, 1, 1, 1};
    static const uint8_t broken[] = {2, 4, 5, 180, 3, 9, 1, 1};
    static const uint8_t plain[] = {1};
    struct tcp_options options;
    memset(&options, 0xff, sizeof options);
    tcpopt_decode((struct cursor){.at = plain, .left = 0}, &options);
    ck_assert_uint_eq(options.order, OPTORDER_NONE);
    tcpopt_decode((struct cursor){.at = aligned, .left = sizeof aligned}, &options);
    ck_assert_uint_eq(options.order, OPTORDER_NOP_NOP_TIMESTAMPS);
    ck_assert_uint_eq(options.order,
                      optorder_add(optorder_add(optorder_add(OPTORDER_NONE, 1), 1), 8));
    tcpopt_decode((struct cursor){.at = ended, .left = sizeof ended}, &options);
    ck_assert_uint_eq(options.order, optorder_add(optorder_add(OPTORDER_NONE, 2), 0));
    tcpopt_decode((struct cursor){.at = broken, .left = sizeof broken}, &options);
    ck_assert_uint_eq(options.order, optorder_add(optorder_add(OPTORDER_NONE, 2), 3));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("optorder");
    TCase *tests = tcase_create("optorder");
    tcase_add_loop_test(tests, an_order_is_kept, 0, sizeof cases / sizeof cases[0]);
    tcase_add_test(tests, sixteen_nops_fit);
    tcase_add_test(tests, options_are_decoded_with_their_order);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
