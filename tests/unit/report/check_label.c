/* SPDX-License-Identifier: BSD-2-Clause */
/* The words on an arrow: of a segment, of a run of them, and of an ICMP error. */
#include "report/label.h"

#include "fixtures/results.h"
#include "harness.h"

static const struct report_style plain = {.columns = 80};

/* head, joint and detail, as they stand on one line; the widths of both add up. */
static void assert_label(const struct sample *sample, const struct step *step, bool absolute,
                         const char *wanted)
{
    struct label label;
    struct row row;

    label_of_step(&label, &sample->result, step, &plain, absolute);
    row_begin(&row, &plain);
    row_put(&row, label.head.text);
    row_put(&row, label.detail.len > 0 ? label.joint : "");
    row_put(&row, label.detail.text);
    ck_assert_str_eq(row.text, wanted);
    ck_assert_uint_eq(label_width(&label), row.width);
}

/* Relative to the number with which each end began, or those of the wire. */
static const struct {
    enum end_id from;
    uint16_t flags;
    uint32_t len;
    const char *relative, *absolute;
} segments[] = {
    {CLIENT, TCP_SYN, 0, "SYN seq 10", "SYN seq 1010"},
    {CLIENT, TCP_ACK, 1, "ACK seq 10:11 ack 20", "ACK seq 1010:1011 ack 5020"},
    {SERVER, TCP_PSH | TCP_ACK, 100, "PSH+ACK seq 10:110 ack 20", "PSH+ACK seq 5010:5110 ack 1020"},
    {SERVER, TCP_FIN | TCP_URG | TCP_ECE | TCP_CWR | TCP_AE, 0, "FIN+URG+ECE+CWR+AE seq 10",
     "FIN+URG+ECE+CWR+AE seq 5010"},
    {SERVER, TCP_RST, 0, "RST seq 10", "RST seq 5010"},
    {CLIENT, 0, 0, "no flags seq 10", "no flags seq 1010"},
};

START_TEST(numbers_segments)
{
    struct sample sample;
    struct step *step;
    uint32_t iss[ENDS] = {[CLIENT] = 1000, [SERVER] = 5000};

    sample_refused(&sample);
    sample.result.iss[CLIENT] = iss[CLIENT];
    sample.result.iss[SERVER] = iss[SERVER];
    step = sample_add(&sample, 0, segments[_i].from, segments[_i].flags, 10, 20, STATE_ESTABLISHED,
                      STATE_ESTABLISHED);
    step->len = segments[_i].len;
    assert_label(&sample, step, false, segments[_i].relative);
    assert_label(&sample, step, true, segments[_i].absolute);
}
END_TEST

/* How many of a run each end sent, and what was in them; who sent its first comes first. */
static const struct {
    enum end_id from;
    uint32_t count, client_count;
    uint64_t bytes, client_bytes;
    const char *says;
} runs[] = {
    {CLIENT, 3, 3, 30, 30, "3 segments: all from the client with 30 bytes"},
    {SERVER, 3, 0, 1, 0, "3 segments: all from the server with 1 byte"},
    {SERVER, 8, 3, 100000, 0, "8 segments: 5 from the server with 100000 bytes, 3 from the client"},
    {CLIENT, 8, 3, 100, 1,
     "8 segments: 3 from the client with 1 byte, 5 from the server with 99 bytes"},
    {CLIENT, 2, 1, 0, 0, "2 segments: 1 from the client, 1 from the server"},
};

START_TEST(sums_up_runs)
{
    struct sample sample;
    struct step step = {.from = (uint8_t)runs[_i].from,
                        .count = runs[_i].count,
                        .client_count = runs[_i].client_count,
                        .bytes = runs[_i].bytes,
                        .client_bytes = runs[_i].client_bytes};

    sample_open(&sample);
    assert_label(&sample, &step, false, runs[_i].says);
}
END_TEST

/* By the family, the type and the code; a code that has no name of its own has that of its type. */
static const struct {
    uint8_t family, type, code;
    bool from_router;
    const char *says;
} errors[] = {
    {FAMILY_IPV4, 3, 1, true, "ICMP host unreachable from 203.0.113.1"},
    {FAMILY_IPV4, 3, 13, false, "ICMP admin prohibited"},
    {FAMILY_IPV4, 3, 99, false, "ICMP destination unreachable"},
    {FAMILY_IPV4, 11, 0, false, "ICMP time exceeded"},
    {FAMILY_IPV4, 11, 1, false, "ICMP reassembly time exceeded"},
    {FAMILY_IPV4, 99, 7, true, "ICMP type 99 code 7 from 203.0.113.1"},
    {FAMILY_IPV6, 3, 1, false, "ICMPv6 reassembly time exceeded"},
    {FAMILY_IPV6, 1, 1, false, "ICMPv6 admin prohibited"},
    {FAMILY_IPV6, 4, 2, false, "ICMPv6 parameter problem"},
    {FAMILY_IPV6, 11, 0, false, "ICMPv6 type 11 code 0"},
};

START_TEST(names_errors)
{
    struct sample sample;
    struct step step = {.from = SERVER,
                        .is_icmp = true,
                        .count = 1,
                        .icmp_family = errors[_i].family,
                        .icmp_type = errors[_i].type,
                        .icmp_code = errors[_i].code};

    sample_open(&sample);
    if (errors[_i].from_router)
        step.icmp_from = (struct address){FAMILY_IPV4, {203, 0, 113, 1}};
    assert_label(&sample, &step, false, errors[_i].says);
}
END_TEST

#define COUNT(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))

int main(void)
{
    Suite *suite = suite_create("label");
    TCase *labels = tcase_create("labels");

    tcase_add_loop_test(labels, numbers_segments, 0, COUNT(segments));
    tcase_add_loop_test(labels, sums_up_runs, 0, COUNT(runs));
    tcase_add_loop_test(labels, names_errors, 0, COUNT(errors));
    suite_add_tcase(suite, labels);
    return run_suite(suite);
}
