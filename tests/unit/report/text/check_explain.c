/* SPDX-License-Identifier: BSD-2-Clause */
/* Which text a step gets. The texts themselves are golden answers. */
#include "report/text/explain.h"

#include <stdio.h>
#include <string.h>

#include "fixtures/results.h"
#include "harness.h"

static const struct report_style plain = {.columns = 80};

static void explained(const struct sample *sample, uint32_t i, struct row *row)
{
    struct figure figure;

    figure_begin(&figure, &sample->result, &plain, stdout);
    row_begin(row, &plain);
    explain_step(&figure, i, row);
}

static void begin(struct sample *sample)
{
    sample_refused(sample);
    sample->result.step_count = 0;
    sample->result.handshake.result = HANDSHAKE_COMPLETED;
    sample->result.teardown.initiator = NEITHER;
}

static const struct {
    sample_maker *make;
    uint32_t step;
    const char *begins;
} rows[] = {
    {sample_open, 0, "Open 1 of 3. "},
    {sample_open, 1, "Open 2 of 3. "},
    {sample_open, 2, "Open 3 of 3. "},
    {sample_open, 3, "Close 1 of 4. "},
    {sample_open, 4, "Close 2 of 4. "},
    {sample_open, 5, "Close 3 of 4. "},
    {sample_open, 6, "Close 4 of 4. "},
    {sample_passive, 3, "The server sends 21 octets"},
    {sample_passive, 4, "The client acknowledges: everything up to number 21 arrived, 22 is"},
    {sample_passive, 5, "Close 1 of 4. "},
    {sample_passive, 6, "Close 2 of 4. "},
    {sample_passive, 7, "Close 3 of 4. "},
    {sample_passive, 8, "Close 4 of 4. "},
    {sample_download, 4, "8 segments in a row"},
    {sample_download, 6, "Close 2 and 3 of 4 in one segment: ack 5 covers"},
    {sample_local_reset, 3, "This RST was sent by the kernel of the client's"},
    {sample_refused, 1, "The flag RST refuses the connection: "},
    {sample_no_answer, 1, "The same SYN with the same number"},
    {sample_prohibited, 1, "Not a TCP segment but a message about one"},
};

START_TEST(a_step_gets_its_text)
{
    struct sample sample;
    struct row row;

    rows[_i].make(&sample);
    explained(&sample, rows[_i].step, &row);
    ck_assert_msg(strncmp(row.text, rows[_i].begins, strlen(rows[_i].begins)) == 0,
                  "step %u: %s, not %s", (unsigned)rows[_i].step, row.text, rows[_i].begins);
    ck_assert_ptr_null(strpbrk(row.text, "{}"));
}
END_TEST

static const struct {
    enum verdict verdict;
    unsigned flags;
    const char *begins;
} verdicts[] = {
    {VERDICT_RETRANSMISSION, TCP_SYN | TCP_ACK, "The same SYN+ACK, retransmitted"},
    {VERDICT_RETRANSMISSION, TCP_FIN | TCP_ACK, "The same FIN"},
    {VERDICT_RETRANSMISSION, TCP_ACK, "Octets that were sent before"},
    {VERDICT_DUPLICATE, TCP_ACK, "The same segment again"},
    {VERDICT_OUT_OF_WINDOW, TCP_RST, "Its numbers are outside"},
    {VERDICT_UNEXPECTED, TCP_SYN, "It is inconsistent with"},
    {VERDICT_CHALLENGE_ACK, TCP_ACK, "An acknowledgement in answer to a segment that might"},
    {VERDICT_COUNT, TCP_ACK, "It is inconsistent with"},
    {VERDICT_EXPECTED, TCP_RST, "The flag RST ends the connection at once"},
};

START_TEST(a_verdict_decides)
{
    struct sample sample;
    struct row row;

    begin(&sample);
    sample_add(&sample, 0, SERVER, verdicts[_i].flags, 1, 1, STATE_ESTABLISHED, STATE_ESTABLISHED)
        ->verdict = (uint8_t)verdicts[_i].verdict;
    explained(&sample, 0, &row);
    ck_assert_msg(strncmp(row.text, verdicts[_i].begins, strlen(verdicts[_i].begins)) == 0, "%s",
                  row.text);
}
END_TEST

static const struct {
    uint32_t step, flags;
    const char *says; /* NULL: nothing of ECN */
} ecn_rows[] = {
    {0, TCP_SYN, NULL},
    {0, TCP_SYN | TCP_ECE | TCP_CWR, "The flags ECE and CWR offer explicit congestion"},
    {0, TCP_SYN | TCP_ECE | TCP_CWR | TCP_AE, "The flags ECE, CWR and AE offer Accurate ECN"},
    {1, TCP_SYN | TCP_ACK | TCP_ECE, "The flag ECE alone agrees to classic ECN"},
    {1, TCP_SYN | TCP_ACK | TCP_CWR, "are those of explicit congestion notification"},
    {3, TCP_FIN | TCP_ACK | TCP_CWR, NULL},
};

START_TEST(flags_of_ecn_are_explained)
{
    struct sample sample;
    struct row row;

    sample_open(&sample);
    sample.steps[ecn_rows[_i].step].flags = (uint16_t)ecn_rows[_i].flags;
    explained(&sample, ecn_rows[_i].step, &row);
    if (ecn_rows[_i].says != NULL)
        ck_assert_ptr_nonnull(strstr(row.text, ecn_rows[_i].says));
    else
        ck_assert_ptr_null(strstr(row.text, "ECN"));
}
END_TEST

START_TEST(half_open_and_simultaneous_are_told_apart)
{
    struct sample sample;
    struct row row;

    begin(&sample);
    sample.result.handshake.result = HANDSHAKE_HALF_OPEN;
    sample_add(&sample, 0, CLIENT, TCP_RST, 1, 0, STATE_CLOSED, STATE_LISTEN);
    explained(&sample, 0, &row);
    ck_assert_ptr_nonnull(strstr(row.text, "before the third step"));
    sample.steps[0].from = SERVER;
    explained(&sample, 0, &row);
    ck_assert_ptr_nonnull(strstr(row.text, "ends the connection at once"));
    begin(&sample);
    sample_add(&sample, 0, SERVER, TCP_SYN, 0, 0, STATE_SYN_SENT, STATE_SYN_SENT);
    explained(&sample, 0, &row);
    ck_assert_ptr_nonnull(strstr(row.text, "Both ends open at the same time: the client"));
}
END_TEST

/* The third step of the open may carry data, which says more. */
START_TEST(data_that_opens_is_data)
{
    struct sample sample;
    struct row row;

    sample_open(&sample);
    sample.steps[2].len = 5;
    explained(&sample, 2, &row);
    ck_assert_ptr_eq(strstr(row.text, "The client sends 5 octets"), row.text);
}
END_TEST

/* The acknowledgement of the second FIN is the other end's, though the sender's own has such a
 * number too. */
START_TEST(the_last_acknowledgement_is_the_other_ends)
{
    struct sample sample;
    struct row row;

    begin(&sample);
    sample.result.teardown.initiator = CLIENT;
    sample_add(&sample, 0, CLIENT, TCP_FIN | TCP_ACK, 1, 1, STATE_FIN_WAIT_1, STATE_CLOSE_WAIT);
    sample_add(&sample, 1, SERVER, TCP_ACK, 1, 2, STATE_FIN_WAIT_2, STATE_CLOSE_WAIT);
    sample_add(&sample, 2, SERVER, TCP_FIN | TCP_ACK, 1, 2, STATE_TIME_WAIT, STATE_LAST_ACK);
    sample_add(&sample, 3, SERVER, TCP_ACK, 2, 0x80000000u, STATE_TIME_WAIT, STATE_LAST_ACK);
    sample_add(&sample, 4, CLIENT, TCP_ACK, 2, 2, STATE_TIME_WAIT, STATE_CLOSED);
    for (uint32_t i = 0; i < 5; i++)
        sample.steps[i].ack = i == 3 ? sample.steps[2].seq + 1 : sample.steps[i].ack;
    explained(&sample, 4, &row);
    ck_assert_msg(strstr(row.text, "Close 4 of 4. ") == row.text, "%s", row.text);
    explained(&sample, 3, &row);
    ck_assert_msg(strstr(row.text, "Close 4 of 4. ") == NULL, "%s", row.text);
}
END_TEST

START_TEST(the_end_is_explained)
{
    static const struct report_style style = {.columns = 80};
    struct figure figure;
    struct sample sample;
    struct row row;

    row_begin(&row, &style);
    sample_open(&sample);
    figure_begin(&figure, &sample.result, &style, stdout);
    explain_done(&figure, &row);
    ck_assert_ptr_nonnull(strstr(row.text, "four minutes"));
    row_begin(&row, &style);
    sample_no_answer(&sample);
    explain_done(&figure, &row);
    ck_assert_ptr_nonnull(strstr(row.text, "stops asking"));
}
END_TEST

/* Whatever fits the types has a text. */
START_TEST(any_result_is_explained)
{
    uint64_t random = 1;
    struct sample sample;
    struct row row;

    for (int k = 0; k < 500; k++) {
        sample_random(&sample, &random);
        for (uint32_t i = 0; i < sample.result.step_count; i++) {
            explained(&sample, i, &row);
            ck_assert_uint_gt(row.len, 0);
            ck_assert_uint_lt(row.len, ROW_MAX - 1);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("explain");
    TCase *steps = tcase_create("steps");

    tcase_add_loop_test(steps, a_step_gets_its_text, 0, (int)(sizeof(rows) / sizeof(rows[0])));
    tcase_add_loop_test(steps, a_verdict_decides, 0, (int)(sizeof(verdicts) / sizeof(verdicts[0])));
    tcase_add_test(steps, half_open_and_simultaneous_are_told_apart);
    tcase_add_test(steps, the_end_is_explained);
    tcase_add_test(steps, the_last_acknowledgement_is_the_other_ends);
    tcase_add_test(steps, data_that_opens_is_data);
    tcase_add_loop_test(steps, flags_of_ecn_are_explained, 0,
                        (int)(sizeof(ecn_rows) / sizeof(ecn_rows[0])));
    tcase_add_test(steps, any_result_is_explained);
    suite_add_tcase(suite, steps);
    return run_suite(suite);
}
