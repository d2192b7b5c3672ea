/* SPDX-License-Identifier: BSD-2-Clause */
#include "talk.h"

#include "plausible.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "tcp/arrival/arrival.h"
#include "tcp/outcome.h"

#define MS_NS    INT64_C(1000000)
#define EPOCH_NS INT64_C(1700000000000000000)

static const struct endpoint endpoints[ENDS] = {
    [CLIENT] = {.address = {.family = FAMILY_IPV4, .bytes = {192, 0, 2, 7}}, .port = 40000},
    [SERVER] = {.address = {.family = FAMILY_IPV4, .bytes = {192, 0, 2, 80}}, .port = 443},
};

const struct talk_base talk_ordinary = {.iss = {1000000, 2000000000}, .tsval = 0};

/* What a line's words are read into. */
struct reader {
    const struct talk_base *base;
    struct segment *out;
    enum origin origin;
    enum end_id from;
    char text[128];
    char *rest;
};

static const char *next_word(struct reader *r)
{
    const char *word = strtok_r(NULL, " ", &r->rest);
    ck_assert_msg(word != NULL, "a word is missing");
    return word;
}

static uint32_t next_number(struct reader *r)
{
    const char *word = next_word(r);
    char *end;
    long value = strtol(word, &end, 10);
    ck_assert_msg(*end == '\0', "'%s' is no number", word);
    return (uint32_t)value;
}

static void next_pair(struct reader *r, uint32_t *left, uint32_t *right)
{
    const char *word = next_word(r);
    ck_assert_msg(sscanf(word, "%u/%u", left, right) == 2, "'%s' is no pair", word);
}

static uint16_t flags_from(const char *text)
{
    static const char letters[] = "FSRP.UEW";
    uint16_t flags = 0;
    if (strcmp(text, "none") == 0)
        return 0;
    for (; *text != '\0'; text++) {
        const char *at = strchr(letters, *text);
        ck_assert_msg(at != NULL, "'%c' is no flag", *text);
        flags = (uint16_t)(flags | 1u << (at - letters));
    }
    return flags;
}

static void read_ack(struct reader *r)
{
    r->out->ack = r->base->iss[!r->from] + next_number(r);
    ck_assert_msg((r->out->flags & TCP_ACK) != 0, "ack without the flag");
}

static void read_len(struct reader *r)
{
    r->out->payload_len = next_number(r);
}

static void read_win(struct reader *r)
{
    r->out->window = (uint16_t)next_number(r);
}

static void read_ws(struct reader *r)
{
    r->out->options.has_wscale = true;
    r->out->options.wscale = (uint8_t)next_number(r);
}

static void read_ts(struct reader *r)
{
    struct tcp_options *options = &r->out->options;
    next_pair(r, &options->tsval, &options->tsecr);
    options->has_timestamps = true;
    options->tsval += r->base->tsval;
    if ((r->out->flags & TCP_ACK) != 0)
        options->tsecr += r->base->tsval;
}

static void read_id(struct reader *r)
{
    r->out->ip_id = (uint16_t)next_number(r);
}

static void read_ttl(struct reader *r)
{
    r->out->ttl = (uint8_t)next_number(r);
}

static void read_bad(struct reader *r)
{
    r->out->checksum = CHECKSUM_BAD;
}

static void read_cut(struct reader *r)
{
    r->out->cut = next_number(r);
}

static void read_local(struct reader *r)
{
    r->origin = ORIGIN_LOCAL_KERNEL;
}

static void read_unseen(struct reader *r)
{
    r->origin = ORIGIN_USER_SPACE;
    r->out->via = 1; /* recorded as of an interface of its own */
}

static void read_short(struct reader *r)
{
    r->out->icmp.has_seq = false;
}

static const struct {
    const char *word;
    void (*read)(struct reader *r);
} words[] = {
    {"ack", read_ack},     {"len", read_len},       {"win", read_win},     {"ws", read_ws},
    {"ts", read_ts},       {"id", read_id},         {"ttl", read_ttl},     {"bad", read_bad},
    {"local", read_local}, {"unseen", read_unseen}, {"short", read_short}, {"cut", read_cut},
};

static void read_word(struct reader *r, const char *word)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i].word, word) == 0) {
            words[i].read(r);
            return;
        }
    }
    ck_abort_msg("'%s' is no word of a talk", word);
}

/* The error stands in the shoes of the segment that it quotes. */
static void read_icmp(struct reader *r, bool v6)
{
    uint32_t type, code;
    next_pair(r, &type, &code);
    r->from = r->from == CLIENT ? SERVER : CLIENT;
    r->out->icmp = (struct icmp_error){
        .family = v6 ? FAMILY_IPV6 : FAMILY_IPV4,
        .type = (uint8_t)type,
        .code = (uint8_t)code,
        .has_seq = true,
        .from = endpoints[SERVER].address,
    };
}

static enum segment_kind read_kind(struct reader *r)
{
    const char *word = next_word(r);
    if (strcmp(word, "icmp") == 0 || strcmp(word, "icmp6") == 0) {
        read_icmp(r, word[4] == '6');
        return SEGMENT_ICMP_ERROR;
    }
    r->out->flags = flags_from(word);
    r->out->window = 1000;
    r->out->checksum = CHECKSUM_GOOD;
    return SEGMENT_TCP;
}

enum segment_kind talk_segment(const struct line *line, const struct talk_base *base,
                               struct segment *out, enum origin *origin)
{
    struct reader r = {
        .base = base, .out = out, .origin = base->foreign ? ORIGIN_FOREIGN : ORIGIN_WIRE};
    ck_assert_uint_lt(strlen(line->segment), sizeof r.text);
    strcpy(r.text, line->segment);
    const char *direction = strtok_r(r.text, " ", &r.rest);
    r.from = strcmp(direction, ">") == 0 ? CLIENT : SERVER;
    *out = (struct segment){.time_ns = EPOCH_NS + line->at_ms * MS_NS, .ttl = 64, .via = 2};
    enum segment_kind kind = read_kind(&r);
    out->src = endpoints[r.from];
    out->dst = endpoints[r.from == CLIENT ? SERVER : CLIENT];
    out->seq = base->iss[r.from] + next_number(&r);
    for (const char *word; (word = strtok_r(NULL, " ", &r.rest)) != NULL;)
        read_word(&r, word);
    *origin = r.origin;
    return kind;
}

int talk_lines(const struct talk *talk)
{
    int count = 0;
    while (count < TALK_LINES_MAX && talk->lines[count].segment != NULL)
        count++;
    return count;
}

static void take(struct conversation *c, enum segment_kind kind, const struct segment *segment,
                 enum origin origin)
{
    if (kind == SEGMENT_ICMP_ERROR)
        icmp_error_arrives(c, segment);
    else
        segment_arrives(c, segment, origin);
}

void talk_play(const struct line *line, const struct talk_base *base, bool first,
               struct conversation *c, struct step *step)
{
    struct segment segment;
    enum origin origin;
    enum segment_kind kind = talk_segment(line, base, &segment, &origin);
    if (first)
        conversation_start(c, &segment, step, 1);
    c->steps.count = 0; /* so that this one stands alone, whatever it would be folded into */
    c->steps.run_length = 0;
    take(c, kind, &segment, origin);
    ck_assert_uint_eq(c->steps.count, 1);
}

void talk_tell(const struct line *lines, int count, const struct talk_base *base,
               struct conversation *c)
{
    for (int i = 0; i < count; i++) {
        struct segment segment;
        enum origin origin;
        enum segment_kind kind = talk_segment(&lines[i], base, &segment, &origin);
        if (i == 0)
            conversation_start(c, &segment, NULL, 0);
        take(c, kind, &segment, origin);
    }
}

static const char *or_dash(const char *text)
{
    return text != NULL ? text : "-";
}

static void check_line(const struct talk *talk, const struct line *line, const struct step *step)
{
    char said[160], wanted[160];
    const char *verdict = line->verdict;
    if (verdict == NULL)
        verdict = step->is_icmp ? "unexpected" : "expected";
    snprintf(said, sizeof said, "%s %s, %s, %s", or_dash(state_name(step->states[CLIENT])),
             or_dash(state_name(step->states[SERVER])), verdict_name(step->verdict),
             or_dash(note_text(step->note)));
    snprintf(wanted, sizeof wanted, "%s, %s, %s", line->states, verdict,
             or_dash(note_text(line->note)));
    ck_assert_msg(strcmp(said, wanted) == 0, "%s: \"%s\" is [%s], not [%s]", talk->name,
                  line->segment, said, wanted);
}

static void say_result(const struct connection_result *r, char *out, size_t size)
{
    const char *form = teardown_form_name(r->teardown.form);
    const char *initiator = end_name(r->teardown.initiator);
    snprintf(out, size, "%s %s %s %s%s%s%s%s", port_state_name(r->port_state),
             handshake_result_name(r->handshake.result), reason_name(r->handshake.reason),
             teardown_result_name(r->teardown.result), form != NULL ? " " : "",
             form != NULL ? form : "", initiator != NULL ? " " : "",
             initiator != NULL ? initiator : "");
}

static void check_ms(const struct talk *talk, const char *what, int64_t said_ns, int wanted_ms)
{
    int64_t wanted_ns = wanted_ms == NO_TIME ? DURATION_UNKNOWN : wanted_ms * MS_NS;
    ck_assert_msg(said_ns == wanted_ns, "%s: %s is %lld ns, not %d ms", talk->name, what,
                  (long long)said_ns, wanted_ms);
}

static void check_times(const struct talk *talk, const struct connection_result *r)
{
    check_ms(talk, "syn rtt", r->handshake.syn_rtt_ns, talk->ms.syn_rtt);
    check_ms(talk, "ack delay", r->handshake.ack_delay_ns, talk->ms.ack_delay);
    check_ms(talk, "handshake", r->handshake.total_ns, talk->ms.total);
    check_ms(talk, "fin rtt", r->teardown.fin_rtt_ns, talk->ms.fin_rtt);
    check_ms(talk, "peer fin delay", r->teardown.peer_fin_delay_ns, talk->ms.peer_fin_delay);
    check_ms(talk, "teardown", r->teardown.total_ns, talk->ms.close);
}

static void check_result(const struct talk *talk, const struct conversation *c)
{
    char said[160];
    struct connection_result r;
    conversation_result(c, &r);
    say_result(&r, said, sizeof said);
    ck_assert_msg(strcmp(said, talk->result) == 0, "%s: [%s], not [%s]", talk->name, said,
                  talk->result);
    snprintf(said, sizeof said, "%s %s", r.conn_state, r.history);
    ck_assert_msg(strcmp(said, talk->zeek) == 0, "%s: [%s], not [%s]", talk->name, said,
                  talk->zeek);
    ck_assert_msg(r.completeness == talk->completeness, "%s: completeness %d, not %d", talk->name,
                  r.completeness, talk->completeness);
    check_times(talk, &r);
    r.step_count = 0; /* they were kept one at a time */
    r.steps_omitted = (uint32_t)talk_lines(talk);
    const char *flaw = implausible(&r, true);
    ck_assert_msg(flaw == NULL, "%s: %s", talk->name, flaw);
}

void talk_check(const struct talk *talk, const struct talk_base *base)
{
    struct conversation c;
    struct step step;
    struct talk_base played = *base;
    int count = talk_lines(talk);
    played.foreign = talk->foreign;
    for (int i = 0; i < count; i++) {
        talk_play(&talk->lines[i], &played, i == 0, &c, &step);
        check_line(talk, &talk->lines[i], &step);
    }
    check_result(talk, &c);
}

/* The numbers of a line, relative to the initial ones: on whose circle, and where. */
static int numbers_of(const struct line *line, enum end_id whose[3], uint32_t at[3])
{
    static const struct talk_base zero;
    struct segment s;
    enum origin origin;
    talk_segment(line, &zero, &s, &origin);
    enum end_id from = line->segment[0] == '>' ? CLIENT : SERVER;
    whose[0] = whose[1] = from;
    whose[2] = !from;
    at[0] = s.seq;
    at[1] = s.seq + segment_seq_len(&s);
    at[2] = s.ack;
    return (s.flags & TCP_ACK) != 0 ? 3 : 2;
}

/* Every number at 0 and on both sides of it, then the same around the middle of the circle. */
static void check_at_the_wrap(const struct talk *talk, enum end_id whose, uint32_t at)
{
    for (uint32_t offset = 0; offset < 3; offset++) {
        struct talk_base base = talk_ordinary;
        base.iss[whose] = offset - 1 - at;
        talk_check(talk, &base);
        base.iss[whose] += 0x80000000u;
        talk_check(talk, &base);
    }
}

static void check_numbers_at_the_wrap(const struct talk *talk)
{
    for (int i = 0; i < talk_lines(talk); i++) {
        enum end_id whose[3];
        uint32_t at[3];
        int count = numbers_of(&talk->lines[i], whose, at);
        for (int n = 0; n < count; n++)
            check_at_the_wrap(talk, whose[n], at[n]);
    }
}

static void check_timestamps_at_the_wrap(const struct talk *talk)
{
    for (int i = 0; i < talk_lines(talk); i++) {
        static const struct talk_base zero;
        struct segment s;
        enum origin origin;
        talk_segment(&talk->lines[i], &zero, &s, &origin);
        for (uint32_t offset = 0; s.options.has_timestamps && offset < 3; offset++) {
            struct talk_base base = talk_ordinary;
            base.tsval = offset - 1 - s.options.tsval;
            talk_check(talk, &base);
        }
    }
}

static const struct talk *added; /* what the tests below are of */

START_TEST(says_what_the_table_says)
{
    talk_check(&added[_i], &talk_ordinary);
}
END_TEST

START_TEST(says_the_same_at_the_wrap)
{
    check_numbers_at_the_wrap(&added[_i]);
}
END_TEST

START_TEST(says_the_same_when_timestamps_wrap)
{
    check_timestamps_at_the_wrap(&added[_i]);
}
END_TEST

void talk_add(Suite *suite, const struct talk *talks, int count)
{
    TCase *tcase = tcase_create("talks");
    added = talks;
    tcase_add_loop_test(tcase, says_what_the_table_says, 0, count);
    tcase_add_loop_test(tcase, says_the_same_at_the_wrap, 0, count);
    tcase_add_loop_test(tcase, says_the_same_when_timestamps_wrap, 0, count);
    suite_add_tcase(suite, tcase);
}

int talk_main(const char *name, const struct talk *talks, int count)
{
    Suite *suite = suite_create(name);
    talk_add(suite, talks, count);
    return run_suite(suite);
}
