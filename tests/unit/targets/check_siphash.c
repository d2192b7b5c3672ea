/* SPDX-License-Identifier: BSD-2-Clause */
#include "harness.h"
#include "targets/siphash.h"

/* The authors' test vectors: the key is 00 01 .. 0f, message i is the first i octets of 00 01 02
 * ..; the results as octets, the lowest first. The paper has the one of 15 (appendix A). */
static const struct {
    size_t len;
    const char *hash;
} vectors[] = {
    {0, "310e0edd47db6f72"}, {1, "fd67dc93c539f874"},  {2, "5a4fa9d909806c0d"},
    {3, "2d7efbd796666785"}, {4, "b7877127e09427cf"},  {5, "8da699cd64557618"},
    {6, "cee3fe586e46c9cb"}, {7, "37d1018bf50002ab"},  {8, "6224939a79f5f593"},
    {9, "b0e4a90bdf82009e"}, {15, "e545be4961ca29a1"},
};

static const uint64_t key[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};

static void fill(uint8_t *message, size_t len)
{
    for (size_t i = 0; i < len; i++)
        message[i] = (uint8_t)i;
}

static uint64_t wanted(const char *hex)
{
    uint8_t octets[8];
    uint64_t number = 0;
    ck_assert_uint_eq(bytes_from_hex(hex, octets, sizeof octets), 8);
    for (unsigned i = 0; i < 8; i++)
        number |= (uint64_t)octets[i] << 8 * i;
    return number;
}

START_TEST(gives_the_vectors)
{
    uint8_t message[16];
    size_t len = vectors[_i].len;
    fill(message, len);
    ck_assert_uint_eq(siphash_of(key, message, len), wanted(vectors[_i].hash));
}
END_TEST

/* However a message is cut, its hash is the same. */
START_TEST(takes_pieces)
{
    uint8_t message[15];
    fill(message, sizeof message);
    for (size_t cut = 0; cut <= sizeof message; cut++) {
        struct siphash state;
        siphash_begin(&state, key);
        siphash_add(&state, message, cut);
        siphash_add(&state, message + cut, sizeof message - cut);
        ck_assert_uint_eq(siphash_end(&state), wanted("e545be4961ca29a1"));
    }
}
END_TEST

START_TEST(hashes_numbers)
{
    struct siphash state;
    uint64_t number = 0x0706050403020100;
    siphash_begin(&state, key);
    siphash_add_number(&state, number);
    ck_assert_uint_eq(siphash_end(&state), wanted("6224939a79f5f593"));
    ck_assert_uint_eq(siphash_of_number(key, number), wanted("6224939a79f5f593"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("siphash");
    TCase *hash = tcase_create("siphash");
    tcase_add_loop_test(hash, gives_the_vectors, 0, sizeof vectors / sizeof vectors[0]);
    tcase_add_test(hash, takes_pieces);
    tcase_add_test(hash, hashes_numbers);
    suite_add_tcase(suite, hash);
    return run_suite(suite);
}
