/* SPDX-License-Identifier: BSD-2-Clause */
#include <pcap/dlt.h>

#include "harness.h"
#include "net/linktype.h"

static const struct {
    uint16_t linktype;
    int dlt;
    enum link link;
} known[] = {
    {0, DLT_NULL, LINK_NULL},
    {1, DLT_EN10MB, LINK_ETHERNET},
    {101, DLT_RAW, LINK_RAW},
    {108, DLT_LOOP, LINK_LOOP},
    {113, DLT_LINUX_SLL, LINK_SLL},
    {228, DLT_IPV4, LINK_RAW},
    {229, DLT_IPV6, LINK_RAW},
    {276, DLT_LINUX_SLL2, LINK_SLL2},
    {147, DLT_USER0, LINK_UNKNOWN},
    {127, DLT_IEEE802_11_RADIO, LINK_RADIOTAP},
    {9, DLT_PPP, LINK_PPP},
    {100, DLT_ATM_RFC1483, LINK_ATM},
    {6, DLT_IEEE802, LINK_TOKEN_RING},
    {8, DLT_SLIP, LINK_SLIP},
    {10, DLT_FDDI, LINK_FDDI},
    {50, DLT_PPP_SERIAL, LINK_PPP_SERIAL},
    {104, DLT_C_HDLC, LINK_CISCO_HDLC},
    {105, DLT_IEEE802_11, LINK_IEEE80211},
    {117, DLT_PFLOG, LINK_PFLOG},
    {119, DLT_PRISM_HEADER, LINK_PRISM},
    {163, DLT_IEEE802_11_RADIO_AVS, LINK_AVS},
    {239, DLT_NFLOG, LINK_NFLOG},
    {242, DLT_IPOIB, LINK_INFINIBAND},
    {197, DLT_ERF, LINK_ERF},
    {226, DLT_IPNET, LINK_IPNET},
    {259, DLT_EPON, LINK_EPON},
    {281, DLT_DSA_TAG_BRCM, LINK_BROADCOM},
    {282, DLT_DSA_TAG_BRCM_PREPEND, LINK_BROADCOM_PREPENDED},
    {284, DLT_DSA_TAG_DSA, LINK_DSA},
    {285, DLT_DSA_TAG_EDSA, LINK_EDSA},
    {274, DLT_ETHERNET_MPACKET, LINK_MPACKET},
    {178, DLT_JUNIPER_ETHER, LINK_JUNIPER_ETHERNET},
};

START_TEST(both_numberings)
{
    ck_assert_int_eq(link_from_linktype(known[_i].linktype), known[_i].link);
    ck_assert_int_eq(link_from_dlt(known[_i].dlt), known[_i].link);
    ck_assert_uint_eq(linktype_from_dlt(known[_i].dlt), known[_i].linktype);
}
END_TEST

START_TEST(raw_numbers_of_old_files)
{
    ck_assert_int_eq(link_from_linktype(12), LINK_RAW);
    ck_assert_int_eq(link_from_linktype(14), LINK_RAW);
    ck_assert_int_eq(link_from_linktype(11), LINK_UNKNOWN); /* DLT_ATM_RFC1483 is in no file */
    ck_assert_int_eq(link_from_linktype(65535), LINK_UNKNOWN);
}
END_TEST

/* Each link can be filtered, by a number that leads back to it. */
START_TEST(back_to_dlt)
{
    ck_assert_int_eq(dlt_from_link(LINK_UNKNOWN), -1);
    ck_assert_int_eq(dlt_from_link(LINK_COUNT), -1);
    ck_assert_int_eq(dlt_from_link(LINK_RAW), DLT_RAW);
    for (int link = LINK_UNKNOWN + 1; link < LINK_COUNT; link++)
        ck_assert_int_eq(link_from_dlt(dlt_from_link((enum link)link)), link);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("linktype");
    TCase *tests = tcase_create("linktype");
    tcase_add_loop_test(tests, both_numberings, 0, sizeof known / sizeof known[0]);
    tcase_add_test(tests, raw_numbers_of_old_files);
    tcase_add_test(tests, back_to_dlt);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
