/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdbool.h>
#include <stdlib.h>

#include "harness.h"
#include "targets/permutation.h"

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static const uint64_t counts[] = {
    1,     2,     3,     4,           5,           6,      7,      8,      9,     15,    16,
    17,    31,    32,    33,          63,          64,     65,     99,     100,   127,   128,
    129,   255,   256,   257,         511,         512,    513,    1000,   1023,  1024,  1025,
    4095,  4096,  4097,  10007,       16383,       16384,  16385,  32767,  32768, 32769, 65534,
    65535, 65536, 65537, 2 * 65535ul, 3 * 65535ul, 262143, 262144, 262145,
};

static const uint64_t seeds[] = {0, 1, 2, 0x123456789abcdef0, UINT64_MAX};

static void check_complete(uint64_t count, uint64_t seed, uint8_t *seen)
{
    struct permutation permutation;
    permutation_init(&permutation, count, seed);
    ck_assert(permutation.left * permutation.right >= count);
    for (uint64_t place = 0; place < count; place++) {
        uint64_t number = permutation_at(&permutation, place);
        ck_assert_uint_lt(number, count);
        ck_assert_msg((seen[number / 8] >> number % 8 & 1) == 0, "%llu of %llu comes twice",
                      (unsigned long long)number, (unsigned long long)count);
        seen[number / 8] = (uint8_t)(seen[number / 8] | 1u << number % 8);
    }
}

/* Each number below the count comes once. */
START_TEST(is_complete)
{
    uint64_t count = counts[_i];
    for (size_t i = 0; i < (count > 5000 ? 1 : LENGTH(seeds)); i++) {
        uint8_t *seen = calloc(count / 8 + 1, 1);
        ck_assert_ptr_nonnull(seen);
        check_complete(count, seeds[(i + (size_t)_i) % LENGTH(seeds)], seen);
        free(seen);
    }
}
END_TEST

/* All counts up to 300, every one of them. */
START_TEST(is_complete_for_every_small_count)
{
    for (uint64_t count = 1; count <= 300; count++) {
        uint8_t seen[64] = {0};
        check_complete(count, count * 77, seen);
    }
}
END_TEST

/* The domain is that of the count or a little more, so that walking a cycle is rare. */
START_TEST(takes_any_count)
{
    static const uint64_t large[] = {UINT64_C(1) << 32, (UINT64_C(1) << 32) + 1,
                                     (UINT64_C(1) << 62) - 1, (UINT64_C(1) << 63) - 1,
                                     UINT64_C(1) << 63};
    for (size_t i = 0; i < LENGTH(large); i++) {
        struct permutation permutation;
        permutation_init(&permutation, large[i], 5);
        ck_assert_uint_le(permutation.left, UINT64_C(1) << 32);
        ck_assert_uint_ge(permutation.right, large[i] / permutation.left);
        ck_assert_uint_lt(permutation.left * permutation.right - large[i], permutation.left);
        for (uint64_t place = 0; place < 1000; place++) {
            ck_assert_uint_lt(permutation_at(&permutation, place), large[i]);
            ck_assert_uint_lt(permutation_at(&permutation, large[i] - 1 - place), large[i]);
        }
    }
}
END_TEST

/* How many of the first places two seeds agree on: by chance one in a while. */
START_TEST(differs_by_seed)
{
    struct permutation one, other;
    unsigned same = 0;
    permutation_init(&one, 65535, 1);
    permutation_init(&other, 65535, 2);
    for (uint64_t place = 0; place < 65535; place++)
        same += permutation_at(&one, place) == permutation_at(&other, place) ? 1 : 0;
    ck_assert_uint_lt(same, 20);
}
END_TEST

/* A /16: two places after each other are in one /24 as seldom as chance has it, one time in 256,
 * and never follow each other for long. */
START_TEST(hits_no_network_in_a_row)
{
    struct permutation permutation;
    unsigned pairs = 0, run = 1, longest = 1, next_to = 0;
    permutation_init(&permutation, 65536, 42);
    uint64_t before = permutation_at(&permutation, 0);
    for (uint64_t place = 1; place < 65536; place++) {
        uint64_t number = permutation_at(&permutation, place);
        bool same = number / 256 == before / 256;
        pairs += same ? 1 : 0;
        next_to += number == before + 1 ? 1 : 0;
        run = same ? run + 1 : 1;
        longest = run > longest ? run : longest;
        before = number;
    }
    ck_assert_uint_gt(pairs, 150);
    ck_assert_uint_lt(pairs, 400);
    ck_assert_uint_le(longest, 4);
    ck_assert_uint_lt(next_to, 15);
}
END_TEST

/* Every stretch of 4096 places hits each of 16 networks about as often: within five sigma of 256.
 */
START_TEST(spreads_evenly)
{
    struct permutation permutation;
    permutation_init(&permutation, 65536, 43);
    for (uint64_t start = 0; start < 65536; start += 4096) {
        unsigned hits[16] = {0};
        for (uint64_t place = start; place < start + 4096; place++)
            hits[permutation_at(&permutation, place) / 4096]++;
        for (size_t i = 0; i < 16; i++) {
            ck_assert_uint_gt(hits[i], 256 - 80);
            ck_assert_uint_lt(hits[i], 256 + 80);
        }
    }
}
END_TEST

/* The order of a seed is part of what users rely on: machines of other releases work on one list.
 * The numbers are those of an implementation in another language, from the papers. */
START_TEST(stays_as_it_is)
{
    static const uint64_t wanted[] = {836398, 745693, 610397, 756727,
                                      35407,  334730, 419332, 685511};
    struct permutation permutation;
    permutation_init(&permutation, 1000000, 7);
    for (size_t i = 0; i < LENGTH(wanted); i++)
        ck_assert_uint_eq(permutation_at(&permutation, i), wanted[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("permutation");
    TCase *permutation = tcase_create("permutation");
    tcase_add_loop_test(permutation, is_complete, 0, LENGTH(counts));
    tcase_add_test(permutation, is_complete_for_every_small_count);
    tcase_add_test(permutation, takes_any_count);
    tcase_add_test(permutation, differs_by_seed);
    tcase_add_test(permutation, hits_no_network_in_a_row);
    tcase_add_test(permutation, spreads_evenly);
    tcase_add_test(permutation, stays_as_it_is);
    suite_add_tcase(suite, permutation);
    return run_suite(suite);
}
