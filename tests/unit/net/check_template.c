/* SPDX-License-Identifier: BSD-2-Clause */
/* What is made from a template is what libnet makes. */
#include "net/template.h"

#include <string.h>

#include "harness.h"
#include "net/transmit.h"

static struct transmit *transmit;
static struct error error;

static void set_up(void)
{
    transmit = transmit_open(false, false, &error);
    ck_assert_ptr_nonnull(transmit);
}

static void tear_down(void)
{
    transmit_close(transmit);
}

static struct outgoing random_syn(enum family family, uint64_t *random)
{
    struct outgoing syn = {
        .seq = (uint32_t)next_random(random),
        .flags = TCP_SYN,
        .window = (uint16_t)next_random(random),
        .ip_id = (uint16_t)(next_random(random) | 1),
        .ttl = (uint8_t)(1 + next_random(random) % 255),
        .options = {.has_mss = true,
                    .mss = (uint16_t)next_random(random),
                    .sack_permitted = true,
                    .has_timestamps = true,
                    .tsval = (uint32_t)next_random(random),
                    .has_wscale = true,
                    .wscale = 7},
    };
    for (unsigned i = 0; i < (family == FAMILY_IPV6 ? 16u : 4u); i++) {
        syn.src.address.bytes[i] = (uint8_t)next_random(random);
        syn.dst.address.bytes[i] = (uint8_t)next_random(random);
    }
    syn.src.address.family = syn.dst.address.family = (uint16_t)family;
    syn.src.port = (uint16_t)next_random(random);
    syn.dst.port = (uint16_t)next_random(random);
    return syn;
}

START_TEST(the_same_bytes_as_from_libnet)
{
    struct template template = {0};
    uint64_t random = 7;
    for (unsigned i = 0; i < 5000; i++) {
        const struct outgoing syn = random_syn(_i == 0 ? FAMILY_IPV4 : FAMILY_IPV6, &random);
        uint8_t made[TEMPLATE_BYTES];
        const uint8_t *crafted;
        int len = transmit_craft(transmit, &syn, &crafted, &error);
        ck_assert_int_gt(len, 0);
        if (i == 0) {
            ck_assert_uint_eq(template_fill(&template, &syn, made), 0);
            template_keep(&template, &syn, crafted, (uint32_t)len);
        }
        ck_assert_uint_eq(template_fill(&template, &syn, made), (uint32_t)len);
        ck_assert_mem_eq(made, crafted, (size_t)len);
    }
}
END_TEST

/* Options of another length, and other flags, need another template. */
START_TEST(not_with_other_options)
{
    struct template template = {0};
    uint64_t random = 9;
    struct outgoing syn = random_syn(FAMILY_IPV4, &random);
    uint8_t made[TEMPLATE_BYTES];
    const uint8_t *crafted;
    int len = transmit_craft(transmit, &syn, &crafted, &error);
    template_keep(&template, &syn, crafted, (uint32_t)len);
    syn.flags |= TCP_ECE;
    ck_assert_uint_eq(template_fill(&template, &syn, made), 0);
    syn.flags = TCP_SYN;
    syn.options.has_timestamps = false;
    ck_assert_uint_eq(template_fill(&template, &syn, made), 0);
}
END_TEST

/* One that is too long for any SYN is not kept, and leaves what was kept before. */
START_TEST(keeps_what_fits)
{
    struct template template = {0};
    uint64_t random = 11;
    const struct outgoing syn = random_syn(FAMILY_IPV6, &random);
    uint8_t made[TEMPLATE_BYTES], large[TEMPLATE_BYTES + 1] = {0};
    const uint8_t *crafted;
    template_keep(&template, &syn, large, sizeof large);
    ck_assert_uint_eq(template_fill(&template, &syn, made), 0);
    int len = transmit_craft(transmit, &syn, &crafted, &error);
    template_keep(&template, &syn, crafted, (uint32_t)len);
    template_keep(&template, &syn, large, sizeof large);
    ck_assert_uint_eq(template_fill(&template, &syn, made), (uint32_t)len);
    ck_assert_mem_eq(made, crafted, (size_t)len);
}
END_TEST

/* Options of the same length may say something else. */
START_TEST(each_has_its_own_options)
{
    struct template template = {0};
    uint64_t random = 13;
    struct outgoing syn = random_syn(FAMILY_IPV4, &random);
    uint8_t made[TEMPLATE_BYTES];
    const uint8_t *crafted;
    int len = transmit_craft(transmit, &syn, &crafted, &error);
    template_keep(&template, &syn, crafted, (uint32_t)len);
    syn.options.wscale = 14;
    syn.options.tsecr = 99;
    syn.ack = 0x01020304;
    syn.window = 1;
    len = transmit_craft(transmit, &syn, &crafted, &error);
    ck_assert_uint_eq(template_fill(&template, &syn, made), (uint32_t)len);
    ck_assert_mem_eq(made, crafted, (size_t)len);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("template");
    TCase *tests = tcase_create("template");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, the_same_bytes_as_from_libnet, 0, 2);
    tcase_add_test(tests, not_with_other_options);
    tcase_add_test(tests, keeps_what_fits);
    tcase_add_test(tests, each_has_its_own_options);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
