/* SPDX-License-Identifier: BSD-2-Clause */
/* The letters and bits of single segments; whole conversations are in check_conversation. */
#include "tcp/history.h"

#include <string.h>

#include "harness.h"
#include "talk.h"

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

static const struct talk_base base = {.iss = {5000, 0xfffffffau}};

/* Segments, told apart by commas, of an open connection if the text begins with a plus sign. */
static void play(const char *text, struct conversation *c)
{
    static const char *const opened[] = {"> S 0", "< S. 0 ack 1", "> . 1 ack 1"};
    char copy[400], *rest = copy;
    struct line line = {.at_ms = 0};
    struct step step;
    bool first = true, in_connection = text[0] == '+';
    for (int i = 0; in_connection && i < COUNT(opened); i++, first = false) {
        line.segment = opened[i];
        talk_play(&line, &base, first, c, &step);
    }
    ck_assert_uint_lt(strlen(text), sizeof copy);
    strcpy(copy, text + in_connection);
    while ((line.segment = strtok_r(rest, ",", &rest)) != NULL) {
        talk_play(&line, &base, first, c, &step);
        first = false;
    }
    c->steps.list = NULL;
}

/* As Zeek's TCP analysis writes history in conn.log, letter by letter. */
static const struct {
    const char *segments, *history;
} histories[] = {
    {"> S 0", "S"},
    {"> S 0,< S. 0 ack 1", "Sh"},
    {"> S 0,> S 0,> S 0", "S"}, /* again only with another sequence number ... */
    {"> S 0,> S 7", "S"},       /* ... which begins it anew while it is not closed */
    {"+> F. 1 ack 1,> S 7,> S 7,> S 0", "ShAFSS"},
    {"> S 0,< S. 0 ack 1,< S. 0 ack 1,< S. 9 ack 1", "Sh"},
    {"+> . 1 ack 1,< . 1 ack 1,< . 1 ack 1", "ShAa"},
    {"+> P. 1 ack 1 len 5,> P. 6 ack 1 len 5", "ShAD"},
    {"+> F. 1 ack 1 len 5", "ShAF"}, /* a FIN does not count as data */
    {"+> F. 1 ack 1,> F. 1 ack 1,> F. 9 ack 1", "ShAFF"},
    {"+> F. 5 ack 1,> F. 1 ack 1 len 4", "ShAFT"}, /* the same FIN, with data */
    {"+< R 1,< R 1,< R 9", "ShArr"},
    {"+> SF 1,> SF 1,> SR 2", "ShAQ"},
    {"+> FR 1,> FR 1,> SFR 2", "ShAI"},
    {"+> none 1", "ShA"},
    {"+> R. 1 ack 1 len 4", "ShART"},
    {"+> . 1 ack 1 bad", "ShAC"},
    {"+> S 1 bad,< F. 1 ack 1 bad", "ShACc"},
    {"+> . 1 ack 1 win 0", "ShAW"},
    {"+> R. 1 ack 1 win 0", "ShAR"},             /* a reset's window says nothing */
    {"+< F. 1 ack 1,> . 1 ack 2 win 0", "ShAf"}, /* there is nothing left to be let in */
    {"+> F. 1 ack 1,> . 2 ack 1 win 0", "ShAFW"},
    {"> S 0 win 0", "SW"},
    {"+> P. 1 ack 1 len 5,> P. 1 ack 1 len 5,> P. 3 ack 1 len 5", "ShADT"},
    {"+> P. 6 ack 1 len 5,> P. 1 ack 1 len 5", "ShADT"}, /* out of order counts as again */
    {"+> P. 6 ack 1 len 5,< . 1 ack 11", "ShADaG"},      /* an acknowledged gap */
    {"+> P. 6 ack 1 len 5,< . 1 ack 1", "ShADa"},
    {"> P. 6 ack 1 len 5,< . 1 ack 99", "Da"}, /* who knows what was before */
    {"> P. 1 ack 1 len 5,< P. 1 ack 6 len 5,> F. 6 ack 6,< F. 16 ack 7,> . 7 ack 17", "DdFfA"},
    {"+< F. 9 ack 1,> . 1 ack 10", "ShAfg"},
    {"< S. 0 ack 1,> . 1 ack 1", "^hA"},             /* turned round */
    {"> S 0,< S 0,> S. 0 ack 1,< S. 0 ack 1", "Ss"}, /* one of S and H for each end */
    {"> P. 1 ack 1 len 5", "D"},
    {"> S 0 len 5,> S 0 len 5", "ST"},
    {"+> P. 1 ack 1 len 5,> R 6,> F. 1 ack 1 len 5", "ShADRF"}, /* after it nothing is repeated */
};

START_TEST(writes_letters)
{
    struct conversation c;
    play(histories[_i].segments, &c);
    ck_assert_msg(strcmp(c.history.letters, histories[_i].history) == 0, "%s: [%s], not [%s]",
                  histories[_i].segments, c.history.letters, histories[_i].history);
}
END_TEST

/* The mask by the header flags alone. tshark 4.0 itself passes over some segments: a FIN or data
 * without ACK, data with a SYN/ACK or a RST. */
static const struct {
    const char *segments;
    int completeness;
} completions[] = {
    {"> S 0", 1},
    {"< S. 0 ack 1", 2},
    {"> . 1 ack 1", 4},
    {"> P. 1 ack 1 len 5", 8},
    {"> F. 1 ack 1", 20},
    {"> F. 1 ack 1 len 5", 24},
    {"> R 1", 32},
    {"> R. 1 ack 1", 36},
    {"+< . 1 ack 1", 7},
    {"+> F 1", 23},
    {"+> F. 1 ack 1", 23},
    {"+> P 1 len 5", 15},
    {"+> R 1 len 5", 47},
    {"+> R. 1 ack 1 len 5", 47},
    {"+> FR 1", 55},
    {"+> FR. 1 ack 1", 55},
    {"+> none 1", 7},
    {"> S 0 len 5", 9},
    {"> S 0,< S. 0 ack 1 len 5", 11},
    {"> S 0,> SF 0", 17},
    {"> S 0,< SF. 0 ack 1", 19},
    {"> S 0,> SR 0", 33},
    {"> S 0,< R. 0 ack 1", 37},
    {"> S 0,< . 100 ack 900", 5},
};

START_TEST(sets_bits)
{
    struct conversation c;
    play(completions[_i].segments, &c);
    ck_assert_msg(c.history.completeness == completions[_i].completeness, "%s: %d",
                  completions[_i].segments, c.history.completeness);
}
END_TEST

/* Zeek's conn_state for what the talks do not reach. */
static const struct {
    const char *segments, *conn_state;
} conn_states[] = {
    {"> S 0", "S0"},
    {"< S. 0 ack 1", "OTH"},
    {"> . 1 ack 1", "OTH"},
    {"> . 1 ack 1,< . 1 ack 1", "OTH"},
    {"> P. 1 ack 1 len 5,< P. 1 ack 6 len 5,> S 9,< R 6", "RSTRH"}, /* it goes on */
    {"+> F. 1 ack 1", "S2"},
    {"> S 0,< F. 1 ack 1,< R 2,> F. 1 ack 2", "RSTR"}, /* it was not open: no normal end */
    {"+< F. 1 ack 1", "S3"},
    {"+> F. 1 ack 1,< F. 1 ack 1", "SF"},
    {"> S 0,> F. 1 ack 1", "SH"},
    {"< S. 0 ack 1,< F. 1 ack 1", "SHR"},
    {"< S. 0 ack 1,> . 1 ack 1,< F. 1 ack 1", "S3"},
    {"< S. 0 ack 1,> . 1 ack 1,< R 1", "RSTR"},
    {"< S. 0 ack 1,> R 1", "RSTO"},
    {"> S 0,> . 1 ack 1,< R 1", "REJ"}, /* without SYN/ACK nothing is established */
    {"> S 0,> . 1 ack 1,> R 1", "OTH"},
    {"> S 0,> R 1", "RSTOS0"},
    {"> S 0,> P. 1 ack 1 len 3,> R 1", "RSTOS0"},
    {"< S. 0 ack 1,> S 0", "S1"},
    {"+> F. 1 ack 1,> R 2,< F. 1 ack 2", "SF"},
    {"> P. 1 ack 1 len 5,< F. 1 ack 6,> R 6", "RSTO"},
    {"+> F. 1 ack 1,< . 1 ack 2,> R 2", "RSTO"},
    {"+> F. 1 ack 1,< R 1", "RSTR"},
    {"+> F. 1 ack 1,< F. 1 ack 2,> R 2", "SF"},
    {"+> R 77", "RSTO"}, /* acceptable or not */
};

START_TEST(names_the_state)
{
    struct conversation c;
    play(conn_states[_i].segments, &c);
    uint64_t payload = c.ends[CLIENT].counts.bytes + c.ends[SERVER].counts.bytes;
    const char *conn_state = history_conn_state(&c.history, payload > 0);
    ck_assert_msg(strcmp(conn_state, conn_states[_i].conn_state) == 0, "%s: %s",
                  conn_states[_i].segments, conn_state);
}
END_TEST

static struct segment read_segment(const char *text)
{
    struct segment s;
    enum origin origin;
    const struct line line = {.segment = text};
    talk_segment(&line, &base, &s, &origin);
    return s;
}

/* The second letter stands for the tenth time, the third for the hundredth, and so on. */
START_TEST(counts_by_powers_of_ten)
{
    static const char *const said[] = {"", "C", "C", "CC", "CC", "CCC", "CCC", "CCCC"};
    static const int times[] = {0, 1, 9, 10, 99, 100, 999, 1000};
    struct history h = {.len = 0};
    struct segment s = read_segment("> . 1 ack 1 bad");
    int count = 0;
    for (int i = 0; i < COUNT(times); i++) {
        for (; count < times[i]; count++)
            history_add(&h, CLIENT, &s);
        ck_assert_str_eq(h.letters, said[i]);
    }
}
END_TEST

START_TEST(stops_counting_at_the_top)
{
    struct history h = {.len = 0};
    struct segment s = read_segment("< . 1 ack 1 bad");
    h.marks[SERVER].counted[1] = UINT32_MAX - 1;
    history_add(&h, SERVER, &s);
    history_add(&h, SERVER, &s);
    ck_assert_uint_eq(h.marks[SERVER].counted[1], UINT32_MAX);
    ck_assert_str_eq(h.letters, "");
}
END_TEST

START_TEST(never_outgrows_its_room)
{
    struct history h = {.len = 0};
    struct segment s = read_segment("> R 1");
    for (int i = 0; i < 1000; i++) {
        s.seq++;
        history_add(&h, i % 2 == 0 ? CLIENT : SERVER, &s);
    }
    ck_assert_uint_eq(strlen(h.letters), HISTORY_MAX);
    ck_assert_uint_eq(h.len, HISTORY_MAX);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("history");
    TCase *letters = tcase_create("letters");
    tcase_add_loop_test(letters, writes_letters, 0, COUNT(histories));
    tcase_add_loop_test(letters, sets_bits, 0, COUNT(completions));
    tcase_add_loop_test(letters, names_the_state, 0, COUNT(conn_states));
    tcase_add_test(letters, counts_by_powers_of_ten);
    tcase_add_test(letters, stops_counting_at_the_top);
    tcase_add_test(letters, never_outgrows_its_room);
    suite_add_tcase(suite, letters);
    return run_suite(suite);
}
