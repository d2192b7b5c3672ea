/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/arrival/opening.h"

#include <string.h>

#include "harness.h"
#include "tcp/arrival/arrival.h"
#include "tcp/offer.h"

#define MS 1000000

static struct conversation c;

static struct segment segment(enum end_id from, unsigned flags, uint32_t seq, uint32_t ack)
{
    static const struct endpoint ends[ENDS] = {{{FAMILY_IPV4, {192, 0, 2, 7}}, 51234},
                                               {{FAMILY_IPV4, {192, 0, 2, 80}}, 443}};
    return (struct segment){.src = ends[from],
                            .dst = ends[!from],
                            .flags = (uint16_t)flags,
                            .seq = seq,
                            .ack = ack,
                            .window = 1000,
                            .ttl = 64,
                            .checksum = CHECKSUM_GOOD};
}

static void arrive(int at_ms, struct segment s)
{
    s.time_ns = (int64_t)at_ms * MS;
    segment_arrives(&c, &s, ORIGIN_WIRE);
}

static struct segment stamped(struct segment s, uint32_t tsval, uint32_t tsecr)
{
    s.options.has_timestamps = true;
    s.options.tsval = tsval;
    s.options.tsecr = tsecr;
    return s;
}

#define ECN (TCP_ECE | TCP_CWR)

static void begin(struct segment syn)
{
    memset(&c, 0, sizeof c);
    syn.time_ns = 0;
    conversation_start(&c, &syn, NULL, 0);
    arrive(0, syn);
}

START_TEST(keeps_what_both_said)
{
    struct segment syn = segment(CLIENT, TCP_SYN | ECN, 100, 0);
    struct segment syn_ack = segment(SERVER, TCP_SYN | TCP_ACK | TCP_ECE, 500, 101);
    syn_ack.tos = 3;
    syn_ack.ip_id = 77;
    begin(syn);
    arrive(10, syn_ack);
    const struct opening *client = &c.ends[CLIENT].opening, *server = &c.ends[SERVER].opening;
    ck_assert(client->seen && server->seen);
    ck_assert((client->offers & OFFER_BIT(OFFER_ECN)) != 0);
    ck_assert_uint_eq(server->ace, 1);
    ck_assert_uint_eq(server->ecn, 3);
    ck_assert_uint_eq(server->ip_id, 77);
    ck_assert_uint_eq(server->window, 1000);
    ck_assert_uint_eq(server->ttl, 64);
    syn_ack.flags = TCP_SYN | TCP_ACK;
    syn_ack.ttl = 9;
    arrive(1200, syn_ack); /* again: the first one counts */
    ck_assert_uint_eq(server->ace, 1);
    ck_assert_uint_eq(server->ttl, 64);
}
END_TEST

/* What a later SYN left away, and which one was answered: of two with the same time stamp, either.
 */
static const struct {
    uint32_t latest, echo;
    bool answered;
} left_away[] = {{2000, 1000, false}, {2000, 2000, true}, {1000, 1000, false}};

START_TEST(knows_what_was_left_away)
{
    begin(stamped(segment(CLIENT, TCP_SYN | ECN, 100, 0), 1000, 0));
    arrive(1000, stamped(segment(CLIENT, TCP_SYN, 100, 0), left_away[_i].latest, 0));
    ck_assert_uint_eq(c.ends[CLIENT].opening.without, OFFER_BIT(OFFER_ECN));
    arrive(1010, stamped(segment(SERVER, TCP_SYN | TCP_ACK, 500, 101), 7, left_away[_i].echo));
    ck_assert_uint_eq(c.ends[SERVER].opening.without,
                      left_away[_i].answered ? OFFER_BIT(OFFER_ECN) : 0);
    arrive(1500, stamped(segment(CLIENT, TCP_SYN, 100, 0), 2500, 0)); /* comes too late to count */
    ck_assert_uint_eq(c.ends[CLIENT].opening.without, OFFER_BIT(OFFER_ECN));
}
END_TEST

START_TEST(a_syn_behind_the_answer_left_nothing_away)
{
    begin(segment(CLIENT, TCP_SYN | ECN, 100, 0));
    arrive(10, segment(SERVER, TCP_SYN | TCP_ACK | TCP_ECE, 500, 101));
    arrive(1000, segment(CLIENT, TCP_SYN, 100, 0));
    ck_assert_uint_eq(c.ends[CLIENT].opening.without, 0);
    ck_assert_uint_eq(c.ends[SERVER].opening.without, 0);
}
END_TEST

START_TEST(cannot_tell_without_timestamps)
{
    begin(segment(CLIENT, TCP_SYN | ECN, 100, 0));
    arrive(1000, segment(CLIENT, TCP_SYN, 100, 0));
    arrive(1010, segment(SERVER, TCP_SYN | TCP_ACK, 500, 101));
    ck_assert_uint_eq(c.ends[CLIENT].opening.without, OFFER_BIT(OFFER_ECN));
    ck_assert_uint_eq(c.ends[SERVER].opening.without, 0);
}
END_TEST

/* The octets of a SYN: all, some or none of them acknowledged. */
static const struct {
    uint32_t payload_len, ack;
    bool acked;
} octets[] = {{5, 106, true}, {5, 101, false}, {5, 103, false}, {0, 101, false}};

START_TEST(knows_whether_octets_were_taken)
{
    struct segment syn = segment(CLIENT, TCP_SYN, 100, 0);
    syn.payload_len = octets[_i].payload_len;
    syn.options.fast_open = true;
    syn.options.fast_open_cookie_len = 4;
    memcpy(syn.options.fast_open_cookie, "abcd", 4);
    begin(syn);
    arrive(10, segment(SERVER, TCP_SYN | TCP_ACK, 500, octets[_i].ack));
    ck_assert_int_eq(c.ends[CLIENT].opening.data, octets[_i].payload_len > 0);
    ck_assert_int_eq(c.ends[SERVER].opening.data, octets[_i].acked);
    ck_assert_uint_eq(c.ends[CLIENT].opening.cookie_digest,
                      tcpopt_cookie_digest((const uint8_t *)"abcd", 4));
}
END_TEST

/* RFC 3168, 6.1.3, and RFC 9768, 3.2.1: marks are counted, and CWR ends the echo. */
START_TEST(counts_marks)
{
    struct segment data = segment(SERVER, TCP_ACK, 501, 101);
    begin(segment(CLIENT, TCP_SYN | ECN, 100, 0));
    arrive(10, segment(SERVER, TCP_SYN | TCP_ACK | TCP_ECE, 500, 101));
    arrive(11, segment(CLIENT, TCP_ACK, 101, 501));
    ck_assert_uint_eq(c.ends[SERVER].marked.count, 0);
    data.tos = 3;
    for (unsigned i = 1; i <= 9; i++) {
        data.payload_len = 10;
        data.ip_id = (uint16_t)i;
        arrive(20 + (int)i, data);
        data.seq += 10;
        ck_assert_uint_eq(c.ends[SERVER].marked.count, i % 8);
        ck_assert(c.ends[SERVER].marked.echo);
    }
    data.tos = 2;
    data.ip_id = 10;
    arrive(40, data);
    ck_assert(c.ends[SERVER].marked.echo);
    data.seq += 10;
    data.flags = TCP_ACK | TCP_CWR;
    data.ip_id = 11;
    arrive(41, data);
    ck_assert(!c.ends[SERVER].marked.echo);
    data.seq += 10;
    data.tos = 3;
    data.ip_id = 12;
    arrive(42, data); /* both on one segment */
    ck_assert(c.ends[SERVER].marked.echo);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("opening");
    TCase *tests = tcase_create("opening");
    tcase_add_test(tests, keeps_what_both_said);
    tcase_add_loop_test(tests, knows_what_was_left_away, 0, sizeof left_away / sizeof left_away[0]);
    tcase_add_test(tests, a_syn_behind_the_answer_left_nothing_away);
    tcase_add_test(tests, cannot_tell_without_timestamps);
    tcase_add_loop_test(tests, knows_whether_octets_were_taken, 0,
                        sizeof octets / sizeof octets[0]);
    tcase_add_test(tests, counts_marks);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
