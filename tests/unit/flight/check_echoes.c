/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight/echoes.h"

#include <stdlib.h>
#include <string.h>

#include "harness.h"

enum { KNOWN = 16 };

/* What tells one segment from another. */
struct mark {
    uint32_t seq, seq_len;
    uint16_t flags, ip_id;
    uint32_t ack;
};

static void push(struct echoes *echoes, const struct mark *m, int64_t sent_ns)
{
    uint8_t octets[40];
    for (unsigned i = 0; i < sizeof octets; i++)
        octets[i] = (uint8_t)(m->seq + i);
    uint32_t len = 20 + m->seq % 21;
    uint8_t *datagram = guarded_copy(octets, len);
    const struct sent sent = {
        .monotonic_ns = sent_ns,
        .mark = {m->seq, m->seq + m->seq_len, m->ack, m->flags, m->ip_id},
        .len = len,
        .bytes = datagram,
    };
    ck_assert(echoes_push(echoes, &sent));
    guarded_free(datagram, len);
}

static struct segment captured(const struct mark *m, enum family family)
{
    struct segment s = {.seq = m->seq, .ack = m->ack, .flags = m->flags};
    s.payload_len = m->seq_len - segment_seq_len(&s);
    s.src.address.family = (uint8_t)family;
    s.ip_id = family == FAMILY_IPV6 ? 0 : m->ip_id;
    return s;
}

static enum echo_match match(struct echoes *echoes, const struct mark *m)
{
    struct segment s = captured(m, FAMILY_IPV4);
    return echoes_match(echoes, &s);
}

static void give_up(struct echoes *echoes, const struct mark *expected, int64_t sent_ns)
{
    struct echo *echo = echoes_give_up(echoes);
    ck_assert_ptr_nonnull(echo);
    ck_assert_uint_eq(echo->sent.mark.seq, expected->seq);
    ck_assert_uint_eq(echo->sent.mark.seq_end, expected->seq + expected->seq_len);
    ck_assert_uint_eq(echo->sent.mark.flags, expected->flags);
    ck_assert_uint_eq(echo->sent.mark.ip_id, expected->ip_id);
    ck_assert_int_eq(echo->sent.monotonic_ns, sent_ns);
    ck_assert_uint_eq(echo->sent.len, 20 + expected->seq % 21);
    for (unsigned i = 0; i < echo->sent.len; i++)
        ck_assert_uint_eq(echo->bytes[i], (uint8_t)(expected->seq + i));
    free(echo);
}

static void clear(struct echoes *echoes)
{
    struct echo *echo;
    while ((echo = echoes_give_up(echoes)) != NULL)
        free(echo);
}

START_TEST(empty_knows_nothing)
{
    struct echoes echoes = {0};
    static const struct mark zero = {0, 0, 0, 0, 0};
    struct segment answer = {.flags = TCP_ACK};
    ck_assert_int_eq(match(&echoes, &zero), ECHO_FOREIGN);
    ck_assert_ptr_null(echoes_give_up(&echoes));
    ck_assert(!echoes_acknowledged(&echoes, &answer));
    clear(&echoes);
    echoes_free(&echoes);
}
END_TEST

/* Each of them tells; over IPv6 there is no identification. */
START_TEST(tells_ours_from_others)
{
    static const struct mark ours = {100, 1, TCP_SYN, 7, 0};
    struct mark others[] = {
        {101, 1, TCP_SYN, 7, 0}, {100, 1, TCP_RST, 7, 0}, {100, 1, TCP_SYN, 8, 0}};
    struct echoes echoes = {0};
    push(&echoes, &ours, 5);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_int_eq(match(&echoes, &others[i]), ECHO_FOREIGN);
    ck_assert_int_eq(match(&echoes, &ours), ECHO_EXPECTED);
    ck_assert_int_eq(match(&echoes, &ours), ECHO_KNOWN);
    ck_assert_int_eq(match(&echoes, &others[2]), ECHO_FOREIGN);
    struct segment six = captured(&others[2], FAMILY_IPV6);
    push(&echoes, &ours, 6);
    ck_assert_int_eq(echoes_match(&echoes, &six), ECHO_EXPECTED);
    ck_assert_int_eq(echoes_match(&echoes, &six), ECHO_KNOWN);
    ck_assert_ptr_null(echoes.head);
    ck_assert_ptr_null(echoes.tail);
    echoes_free(&echoes);
}
END_TEST

/* Over IPv6 two acknowledgements stand at one number, and so do they and the data behind them: an
 * echo that comes late must not be taken for that of the younger one. */
START_TEST(tells_segments_at_one_number_over_ipv6)
{
    static const struct mark sent[] = {
        {2, 0, TCP_ACK, 1, 1461}, {2, 0, TCP_ACK, 2, 2921}, {2, 100, TCP_ACK, 3, 2921}};
    struct echoes echoes = {0};
    for (unsigned i = 0; i < 3; i++)
        push(&echoes, &sent[i], i);
    for (unsigned i = 3; i-- > 0;) {
        struct segment s = captured(&sent[i], FAMILY_IPV6);
        ck_assert_int_eq(echoes_match(&echoes, &s), ECHO_EXPECTED);
        ck_assert_int_eq(echoes.tail == NULL, i == 0);
        ck_assert(i == 0 || echoes.tail->sent.mark.ip_id == sent[i - 1].ip_id);
    }
    echoes_free(&echoes);
}
END_TEST

START_TEST(an_error_shows_what_was_sent)
{
    static const struct mark syn = {0xfffffff0, 1, TCP_SYN, 2, 0};
    struct echoes echoes = {0};
    struct segment error = {.seq = 0xfffffff0, .icmp = {.has_seq = true}};
    ck_assert(!echoes_quoted(&echoes, &error));
    push(&echoes, &syn, 5);
    ck_assert(echoes_quoted(&echoes, &error));
    error.seq++;
    ck_assert(!echoes_quoted(&echoes, &error));
    error = (struct segment){.seq = 0xfffffff0};
    ck_assert(!echoes_quoted(&echoes, &error));
    clear(&echoes);
    echoes_free(&echoes);
}
END_TEST

/* A peer that takes a part of a segment has seen it. */
START_TEST(an_acknowledged_part_shows_the_whole)
{
    static const struct mark data = {100, 50, TCP_ACK | TCP_PSH, 2, 7};
    struct echoes echoes = {0};
    struct segment answer = {.ack = 100, .flags = TCP_ACK};
    push(&echoes, &data, 5);
    ck_assert(!echoes_acknowledged(&echoes, &answer));
    answer.ack = 101;
    ck_assert(echoes_acknowledged(&echoes, &answer));
    clear(&echoes);
    echoes_free(&echoes);
}
END_TEST

START_TEST(what_was_given_up_comes_late)
{
    static const struct mark first = {1, 1, TCP_SYN, 1, 0}, second = {2, 0, TCP_ACK, 2, 0};
    struct echoes echoes = {0};
    push(&echoes, &first, 5);
    push(&echoes, &second, 6);
    give_up(&echoes, &first, 5);
    ck_assert_int_eq(match(&echoes, &first), ECHO_LATE);
    ck_assert_int_eq(match(&echoes, &first), ECHO_LATE);
    ck_assert_int_eq(match(&echoes, &second), ECHO_EXPECTED);
    ck_assert_ptr_null(echoes_give_up(&echoes));
    push(&echoes, &first, 7); /* sent again: awaited, whatever was */
    ck_assert_int_eq(match(&echoes, &first), ECHO_EXPECTED);
    echoes_free(&echoes);
}
END_TEST

static const struct {
    uint32_t ack;
    unsigned flags;
    bool acknowledged;
} answers[] = {
    {0xfffffff0, TCP_ACK, false},
    {0xfffffff1, TCP_ACK, true}, /* exactly the SYN */
    {0xfffffff1, TCP_SYN | TCP_ACK, true},
    {0xfffffff1, TCP_RST, false}, /* without ACK the field says nothing */
    {0, TCP_ACK, true},
    {100, TCP_ACK, true},
    {0x3fffffef, TCP_ACK, true},
    {0x3ffffff0, TCP_ACK, false}, /* too far to be meant */
    {0x80000000, TCP_ACK, false},
    {0xfffffe00, TCP_ACK, false},
};

START_TEST(an_answer_shows_what_was_sent)
{
    static const struct mark ack = {50, 0, TCP_ACK, 1, 9}, syn = {0xfffffff0, 1, TCP_SYN, 2, 0};
    struct echoes echoes = {0};
    struct segment answer = {.ack = answers[_i].ack, .flags = (uint16_t)answers[_i].flags};
    push(&echoes, &ack, 5);
    ck_assert(!echoes_acknowledged(&echoes, &answer)); /* takes no number */
    push(&echoes, &syn, 6);
    ck_assert_int_eq(echoes_acknowledged(&echoes, &answer), answers[_i].acknowledged);
    clear(&echoes);
    ck_assert_ptr_null(echoes.head);
    ck_assert(!echoes_acknowledged(&echoes, &answer));
    echoes_free(&echoes);
}
END_TEST

/* However much was sent since, a reset of ours is not taken for the local kernel's. */
START_TEST(remembers_resets_apart)
{
    static const struct mark first = {9, 0, TCP_RST, 1, 0}, second = {8, 0, TCP_RST, 2, 0};
    struct echoes echoes = {0};
    push(&echoes, &first, 1);
    give_up(&echoes, &first, 1);
    push(&echoes, &second, 2);
    ck_assert_int_eq(match(&echoes, &second), ECHO_EXPECTED);
    for (uint32_t i = 0; i < 4 * KNOWN; i++) {
        struct mark data = {10 + i, 1, TCP_ACK, (uint16_t)(3 + i), 0};
        push(&echoes, &data, 3);
        ck_assert_int_eq(match(&echoes, &data), ECHO_EXPECTED);
    }
    ck_assert_int_eq(match(&echoes, &first), ECHO_LATE);
    ck_assert_int_eq(match(&echoes, &second), ECHO_KNOWN);
    echoes_free(&echoes);
}
END_TEST

/* Against arrays: what waits, oldest first, and the last sixteen that came or were given up, of
 * resets and of the rest. */
struct model {
    struct mark waiting[400];
    int64_t sent_ns[400];
    unsigned count;
    struct model_known {
        struct {
            struct mark mark;
            bool lost;
        } list[KNOWN];
        unsigned count;
    } known[2];
};

static void model_remember(struct model *m, unsigned at, bool lost)
{
    struct model_known *known = &m->known[m->waiting[at].flags == TCP_RST];
    unsigned place = known->count++ % KNOWN;
    known->list[place].mark = m->waiting[at];
    known->list[place].lost = lost;
    m->count--;
    memmove(&m->waiting[at], &m->waiting[at + 1], (m->count - at) * sizeof m->waiting[0]);
    memmove(&m->sent_ns[at], &m->sent_ns[at + 1], (m->count - at) * sizeof m->sent_ns[0]);
}

static bool alike(const struct mark *a, const struct mark *b)
{
    return a->seq == b->seq && a->flags == b->flags && a->ip_id == b->ip_id && a->ack == b->ack;
}

static enum echo_match model_match(struct model *m, const struct mark *mark)
{
    for (unsigned i = 0; i < m->count; i++) {
        if (alike(&m->waiting[i], mark)) {
            model_remember(m, i, false);
            return ECHO_EXPECTED;
        }
    }
    const struct model_known *known = &m->known[mark->flags == TCP_RST];
    for (unsigned i = 0; i < KNOWN && i < known->count; i++)
        if (alike(&known->list[i].mark, mark))
            return known->list[i].lost ? ECHO_LATE : ECHO_KNOWN;
    return ECHO_FOREIGN;
}

START_TEST(agrees_with_a_model)
{
    static const uint16_t flags[] = {0, TCP_FIN, TCP_RST};
    static struct model m;
    struct echoes echoes = {0};
    uint64_t random = (uint64_t)_i;
    memset(&m, 0, sizeof m);
    for (int64_t step = 0; step < 20000; step++) {
        struct mark mark = {(uint32_t)(next_random(&random) % 6), 2,
                            flags[next_random(&random) % 3], (uint16_t)(next_random(&random) % 5),
                            (uint32_t)(next_random(&random) % 2)};
        unsigned choice = (unsigned)(next_random(&random) % 16);
        if (choice < 6 && m.count < 400) {
            push(&echoes, &mark, step);
            m.sent_ns[m.count] = step;
            m.waiting[m.count++] = mark;
        } else if (choice < 14) {
            ck_assert_int_eq(match(&echoes, &mark), model_match(&m, &mark));
        } else if (m.count > 0) {
            give_up(&echoes, &m.waiting[0], m.sent_ns[0]);
            model_remember(&m, 0, true);
        }
        ck_assert_int_eq(echoes.head == NULL, m.count == 0);
        ck_assert_int_eq(echoes.tail == NULL, m.count == 0);
    }
    clear(&echoes);
    ck_assert_ptr_null(echoes.tail);
    echoes_free(&echoes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("echoes");
    TCase *tcase = tcase_create("echoes");
    tcase_add_test(tcase, empty_knows_nothing);
    tcase_add_test(tcase, tells_ours_from_others);
    tcase_add_test(tcase, tells_segments_at_one_number_over_ipv6);
    tcase_add_test(tcase, an_error_shows_what_was_sent);
    tcase_add_test(tcase, an_acknowledged_part_shows_the_whole);
    tcase_add_test(tcase, what_was_given_up_comes_late);
    tcase_add_test(tcase, remembers_resets_apart);
    tcase_add_loop_test(tcase, an_answer_shows_what_was_sent, 0,
                        (int)(sizeof answers / sizeof answers[0]));
    tcase_add_loop_test(tcase, agrees_with_a_model, 0, 4);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
