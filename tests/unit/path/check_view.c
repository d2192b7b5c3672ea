/* SPDX-License-Identifier: BSD-2-Clause */
#include "path/view.h"

#include <string.h>

#include "harness.h"

static const struct segment syn = {.src = {{FAMILY_IPV4, {192, 0, 2, 1}}, 51234},
                                   .dst = {{FAMILY_IPV4, {192, 0, 2, 2}}, 443},
                                   .seq = 1000,
                                   .flags = TCP_SYN,
                                   .window = 64240,
                                   .ip_id = 77,
                                   .ttl = 3,
                                   .options = {.has_mss = true,
                                               .mss = 1460,
                                               .sack_permitted = true,
                                               .has_wscale = true,
                                               .wscale = 7,
                                               .has_timestamps = true,
                                               .tsval = 5}};

/* What a router that changes nothing quotes in full. */
static struct quote faithful(void)
{
    return (struct quote){.icmp = {.family = FAMILY_IPV4, .has_seq = true},
                          .src = syn.src,
                          .dst = syn.dst,
                          .seq = 1000,
                          .flags = TCP_SYN,
                          .window = 64240,
                          .ip_id = 77,
                          .ttl = 1,
                          .has_flags = true,
                          .has_options = true,
                          .options = syn.options};
}

static uint32_t differences(const struct quote *quote)
{
    struct view before, after;
    view_of_segment(&syn, &before);
    view_of_quote(quote, &after);
    return view_differences(&before, &after);
}

START_TEST(a_faithful_quote_differs_in_nothing)
{
    struct quote quote = faithful();
    ck_assert_uint_eq(differences(&quote), 0);
    quote.ttl = 0;
    ck_assert_uint_eq(differences(&quote), 0);
}
END_TEST

/* What is not quoted is unknown, whatever stands there. */
START_TEST(a_short_quote_differs_in_nothing)
{
    struct quote quote = faithful();
    quote.has_options = quote.has_flags = quote.icmp.has_seq = false;
    quote.seq = quote.flags = quote.window = 9;
    quote.options = (struct tcp_options){0};
    ck_assert_uint_eq(differences(&quote), 0);
}
END_TEST

static void change_dscp(struct quote *q)
{
    q->tos = 0x20;
}
static void change_ecn(struct quote *q)
{
    q->tos = 2;
}
static void change_ttl(struct quote *q)
{
    q->ttl = 40;
}
static void change_ip_id(struct quote *q)
{
    q->ip_id = 78;
}
static void change_source_port(struct quote *q)
{
    q->src.port = 4000;
}
static void change_destination_port(struct quote *q)
{
    q->dst.port = 8080;
}
static void change_seq(struct quote *q)
{
    q->seq = 9;
}
static void change_flags(struct quote *q)
{
    q->flags = TCP_SYN | TCP_ECE;
}
static void change_window(struct quote *q)
{
    q->window = 5000;
}
static void change_mss(struct quote *q)
{
    q->options.mss = 1200;
}
static void remove_mss(struct quote *q)
{
    q->options.has_mss = false;
}
static void change_wscale(struct quote *q)
{
    q->options.wscale = 2;
}
static void remove_sack(struct quote *q)
{
    q->options.sack_permitted = false;
}
static void change_tsval(struct quote *q)
{
    q->options.tsval = 6;
}
static void remove_timestamps(struct quote *q)
{
    q->options.has_timestamps = false;
}
static void add_fast_open(struct quote *q)
{
    q->options.fast_open = true;
}
static void add_mptcp(struct quote *q)
{
    q->options.mptcp = true;
}
static void add_unknown(struct quote *q)
{
    q->options.unknown_count = 1;
}
static void change_source(struct quote *q)
{
    q->src.address.bytes[3] = 9;
}
static void change_destination(struct quote *q)
{
    q->dst.address.bytes[3] = 8;
}

static const struct {
    void (*change)(struct quote *quote);
    enum view_field field;
    const char *text;
} changes[] = {
    {change_dscp, VIEW_DSCP, "dscp 0 to 8"},
    {change_ecn, VIEW_ECN, "ecn 0 to 2"},
    {change_ttl, VIEW_TTL, "ttl set: arrived with 40"},
    {change_ip_id, VIEW_IP_ID, "ip identification changed"},
    {change_source_port, VIEW_SOURCE_PORT, "source port 51234 to 4000"},
    {change_destination_port, VIEW_DESTINATION_PORT, "destination port 443 to 8080"},
    {change_seq, VIEW_SEQ, "sequence number changed"},
    {change_flags, VIEW_FLAGS, "flags 2 to 66"},
    {change_window, VIEW_WINDOW, "window 64240 to 5000"},
    {change_mss, VIEW_MSS, "mss 1460 to 1200"},
    {remove_mss, VIEW_MSS, "mss removed"},
    {change_wscale, VIEW_WSCALE, "wscale 7 to 2"},
    {remove_sack, VIEW_SACK, "sack-permitted removed"},
    {change_tsval, VIEW_TIMESTAMPS, "timestamps changed"},
    {remove_timestamps, VIEW_TIMESTAMPS, "timestamps removed"},
    {add_fast_open, VIEW_FAST_OPEN, "fastopen added"},
    {add_mptcp, VIEW_MPTCP, "mptcp added"},
    {add_unknown, VIEW_OTHER_OPTIONS, "other options 0 to 1"},
    {change_source, VIEW_SOURCE, "source 192.0.2.1 to 192.0.2.9"},
    {change_destination, VIEW_DESTINATION, "destination 192.0.2.2 to 192.0.2.8"},
};

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

START_TEST(tells_each_change)
{
    struct quote quote = faithful();
    struct view before, after;
    char text[VIEW_CHANGE_MAX];
    changes[_i].change(&quote);
    view_of_segment(&syn, &before);
    view_of_quote(&quote, &after);
    ck_assert_uint_eq(view_differences(&before, &after), UINT32_C(1) << changes[_i].field);
    ck_assert_str_eq(view_change_text(changes[_i].field, &before, &after, text), changes[_i].text);
}
END_TEST

START_TEST(tells_an_option_with_its_value_that_was_added)
{
    struct quote with = faithful(), without = faithful();
    struct view before, after;
    char text[VIEW_CHANGE_MAX];
    remove_mss(&without);
    view_of_quote(&without, &before);
    view_of_quote(&with, &after);
    ck_assert_str_eq(view_change_text(VIEW_MSS, &before, &after, text), "mss added: 1460");
}
END_TEST

/* IPv6 has no identification. The longest texts fit. */
START_TEST(compares_ipv6)
{
    struct segment syn6 = syn;
    struct quote quote = faithful();
    struct view before, after;
    char text[VIEW_CHANGE_MAX];
    struct address longest = {.family = FAMILY_IPV6};
    memset(longest.bytes, 0xfe, sizeof longest.bytes);
    syn6.src.address = syn6.dst.address = quote.src.address = quote.dst.address = longest;
    quote.ip_id = 1;
    quote.dst.address.bytes[15] = 0xfd;
    view_of_segment(&syn6, &before);
    view_of_quote(&quote, &after);
    ck_assert_uint_eq(view_differences(&before, &after), UINT32_C(1) << VIEW_DESTINATION);
    ck_assert_str_eq(view_change_text(VIEW_DESTINATION, &before, &after, text),
                     "destination fefe:fefe:fefe:fefe:fefe:fefe:fefe:fefe to "
                     "fefe:fefe:fefe:fefe:fefe:fefe:fefe:fefd");
}
END_TEST

START_TEST(takes_over_what_a_later_view_knows)
{
    struct quote full = faithful(), brief = faithful();
    struct view known, later;
    change_mss(&full);
    change_source(&full);
    full.dst.address.bytes[3] = 99;
    view_of_segment(&syn, &known);
    view_of_quote(&full, &later);
    view_update(&known, &later);
    ck_assert_uint_eq(view_differences(&known, &later), 0);
    ck_assert(address_equal(&known.source, &full.src.address));
    ck_assert(address_equal(&known.destination, &full.dst.address));
    brief.has_options = false;
    view_of_quote(&brief, &later);
    view_update(&known, &later);
    ck_assert_int_eq(known.fields[VIEW_MSS], 1200);
    ck_assert(address_equal(&known.source, &syn.src.address));
}
END_TEST

/* What is unknown on either side is no difference. */
START_TEST(what_is_unknown_differs_in_nothing)
{
    struct quote quote = faithful();
    struct view known, unknown;
    view_of_segment(&syn, &known);
    quote.icmp.has_seq = quote.has_flags = quote.has_options = false;
    view_of_quote(&quote, &unknown);
    for (unsigned i = 0; i < VIEW_FIELDS; i++)
        unknown.fields[i] = VIEW_UNKNOWN;
    unknown.source.bytes[3]++;
    unknown.destination.bytes[3]++;
    ck_assert_uint_eq(view_differences(&unknown, &known), 0);
    ck_assert_uint_eq(view_differences(&known, &unknown), 0);
}
END_TEST

/* Each part of TCP's header is known by itself: eight octets have the number alone. */
START_TEST(shows_what_is_quoted)
{
    struct quote quote = faithful();
    struct view view;
    quote.icmp.has_seq = _i != 1;
    quote.has_flags = _i != 2;
    quote.has_options = _i != 3;
    view_of_quote(&quote, &view);
    ck_assert_int_eq(view.fields[VIEW_SEQ], _i == 1 ? VIEW_UNKNOWN : 1000);
    ck_assert_int_eq(view.fields[VIEW_FLAGS], _i == 2 ? VIEW_UNKNOWN : TCP_SYN);
    ck_assert_int_eq(view.fields[VIEW_WINDOW], _i == 2 ? VIEW_UNKNOWN : 64240);
    ck_assert_int_eq(view.fields[VIEW_MSS], _i == 3 ? VIEW_UNKNOWN : 1460);
}
END_TEST

/* Each option has its value, or is absent. */
START_TEST(shows_each_option)
{
    struct segment segment = syn;
    struct view view;
    segment.options = (struct tcp_options){.has_mss = true,
                                           .mss = 1111,
                                           .has_wscale = true,
                                           .wscale = 9,
                                           .sack_permitted = true,
                                           .has_timestamps = true,
                                           .tsval = 7777,
                                           .fast_open = true,
                                           .fast_open_cookie_len = 8,
                                           .mptcp = true,
                                           .mptcp_subtype = 3,
                                           .unknown_count = 2};
    static const struct {
        enum view_field field;
        int64_t value;
    } shown[] = {{VIEW_MSS, 1111},        {VIEW_WSCALE, 9}, {VIEW_SACK, 1},
                 {VIEW_TIMESTAMPS, 7777}, {VIEW_MPTCP, 3},  {VIEW_FAST_OPEN, 8},
                 {VIEW_TTL, 1},           {VIEW_IP_ID, 77}, {VIEW_OTHER_OPTIONS, 2}};
    view_of_segment(&segment, &view);
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        ck_assert_int_eq(view.fields[shown[i].field], shown[i].value);
    segment.options = (struct tcp_options){.has_mss = false};
    view_of_segment(&segment, &view);
    for (size_t i = 0; i < 6; i++)
        ck_assert_int_eq(view.fields[shown[i].field], VIEW_ABSENT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("view");
    TCase *tests = tcase_create("changes");
    tcase_add_test(tests, a_faithful_quote_differs_in_nothing);
    tcase_add_test(tests, a_short_quote_differs_in_nothing);
    tcase_add_loop_test(tests, tells_each_change, 0, COUNT(changes));
    tcase_add_test(tests, tells_an_option_with_its_value_that_was_added);
    tcase_add_test(tests, compares_ipv6);
    tcase_add_loop_test(tests, shows_what_is_quoted, 0, 4);
    tcase_add_test(tests, shows_each_option);
    tcase_add_test(tests, takes_over_what_a_later_view_knows);
    tcase_add_test(tests, what_is_unknown_differs_in_nothing);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
