/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/buffer.h"

#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define WHOLE (3 * BUFFER_SIZE + 100)

static char *written(const char *text, size_t first, size_t len)
{
    static struct buffer buffer;
    char *out = NULL;
    size_t out_len = 0;
    FILE *file = open_memstream(&out, &out_len);
    ck_assert_ptr_nonnull(file);
    buffer_begin(&buffer, file);
    buffer_put(&buffer, text, first);
    buffer_put(&buffer, text + first, len - first);
    buffer_empty(&buffer);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_uint_eq(out_len, len);
    return out;
}

/* Of any length, and whatever is there already. */
START_TEST(all_of_it_comes_out_in_order)
{
    static char text[WHOLE];
    static const size_t lengths[] = {
        0, 1, BUFFER_SIZE - 1, BUFFER_SIZE, BUFFER_SIZE + 1, 2 * BUFFER_SIZE, WHOLE};
    uint64_t random = 1;
    for (size_t i = 0; i < WHOLE; i++)
        text[i] = (char)next_random(&random);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
        for (size_t first = 0; first <= lengths[i]; first += lengths[i] / 3 + 1) {
            char *out = written(text, first, lengths[i]);
            ck_assert(memcmp(out, text, lengths[i]) == 0);
            free(out);
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("buffer");
    TCase *tests = tcase_create("buffer");
    tcase_add_test(tests, all_of_it_comes_out_in_order);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
