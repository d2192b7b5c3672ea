/* SPDX-License-Identifier: BSD-2-Clause */
/* draw STEPS CONNECTIONS TARGETS VERBOSITY: what --format svg makes of connections that no peer
 * would make: every label, note and verdict in turn, silences from none to minutes, hostile names.
 * It is for drawings.py. */
#include <stdlib.h>
#include <string.h>

#include "fixtures/results.h"
#include "output/formats.h"
#include "path/path.h"
#include "report/report.h"

#define STEPS_MAX   1000
#define TARGETS_MAX 100
#define MS          INT64_C(1000000)

static struct step steps[STEPS_MAX];
static struct spread spreads[TARGETS_MAX];
static struct summary summaries[TARGETS_MAX];

static void make_icmp(struct step *step)
{
    step->is_icmp = true;
    step->verdict = VERDICT_UNEXPECTED;
    step->note = NOTE_ICMP;
    step->icmp_family = FAMILY_IPV6;
    step->icmp_type = 1;
    step->icmp_code = 5;
    step->icmp_from = (struct address){.family = FAMILY_IPV6};
    memset(step->icmp_from.bytes, 0xfd, sizeof(step->icmp_from.bytes));
}

/* The first ones are those of an ordinary connection. */
static void fill_steps(struct sample *sample, uint32_t count)
{
    static const int64_t waits_ns[] = {20000, 12 * MS, 29 * MS, 30 * MS, 700 * MS, 64000 * MS};
    uint32_t ordinary = sample->result.step_count;

    memcpy(steps, sample->steps, ordinary * sizeof(steps[0]));
    for (uint32_t i = ordinary; i < count; i++) {
        steps[i] = steps[i % 3];
        steps[i].time_ns = steps[i].last_time_ns = steps[i - 1].time_ns + waits_ns[i % 6];
        steps[i].flags = (uint16_t)(1u << i % 9 | TCP_ACK | (i % 13 == 0 ? 0x1ff : 0));
        steps[i].seq += i * 1000003;
        steps[i].len = i % 2 * 1448;
        steps[i].verdict = (uint8_t)(i / 2 % VERDICT_COUNT);
        steps[i].note = (uint8_t)(i % NOTE_COUNT);
        steps[i].states[CLIENT] = (uint8_t)(i % STATE_COUNT);
        steps[i].states[SERVER] = (uint8_t)(i / 2 % STATE_COUNT);
        if (i % 17 == 0)
            make_icmp(&steps[i]);
    }
    sample->result.steps = steps;
    sample->result.step_count = count;
    sample->result.steps_omitted = count > 64 ? count - 64 : 0;
}

/* Spread widely; but of 500 or 501 all are alike but one, which is slower or faster. */
static int64_t rtt_of(unsigned i, unsigned connections)
{
    if (connections == 1)
        return 12 * MS;
    if (connections == 500 || connections == 501)
        return i == 7 ? (connections == 500 ? 900 * MS : MS / 100) : MS;
    return MS + (int64_t)(i * 7919 % connections) * i * 1000;
}

/* Each kind of hop in turn, with names as long as they may be. */
static const struct path *made_path(void)
{
    static struct path path;

    path.hop_count = PATH_HOPS_MAX;
    path.ours.address = (struct address){.family = FAMILY_IPV4, .bytes = {192, 0, 2, 1}};
    for (uint8_t i = 0; i < PATH_HOPS_MAX; i++) {
        struct path_hop *hop = &path.hops[i];

        hop->rtt_ns = i * i * i * MS;
        hop->answer = (enum path_answer)(i % PATH_ANSWERS);
        hop->answered = hop->answer != PATH_NO_ANSWER;
        hop->address.family = FAMILY_IPV6;
        memset(hop->address.bytes, i % 7 == 0 ? 0xfd : 0, sizeof(hop->address.bytes));
        hop->changes = i % 5 == 0 ? 1u << i % VIEW_FIELDS : 0;
        hop->label_count = i % 4 == 0 ? QUOTE_LABELS_MAX : 0;
        memset(hop->name, i % 3 == 0 ? 'n' : '<', i % 3 == 2 ? 0 : PATH_NAME_MAX - 1);
    }
    return &path;
}

static void report_all(struct report *report, unsigned connections, unsigned targets,
                       uint32_t step_count)
{
    static const char *const names[] = {
        "example.com",
        "</svg><script>alert('&amp;')</script>\"]]>\033[31m\xef\xbf\xbf\x9b",
        "a-host-with-a-name-that-is-longer.than-any-line-of-the-drawing-could-be-without-being-"
        "broken-"
        "somewhere.in-a-zone.example.com",
    };

    for (unsigned i = 0; i < connections; i++) {
        struct summary *summary = &summaries[i % targets];
        struct sample sample;

        sample_open(&sample);
        fill_steps(&sample, step_count);
        sample.result.path = step_count == 30 ? made_path() : NULL;
        sample.result.target = names[i % targets % 3];
        sample.result.handshake.syn_rtt_ns = rtt_of(i, connections);
        report_connection(report, &sample.result);
        summary->target = sample.result.target;
        summary->port = (uint16_t)(443 + i % targets);
        summary->spread = &spreads[i % targets];
        summary_add(summary, &sample.result);
    }
}

static unsigned argument(char **argv, int i, unsigned most)
{
    unsigned long value = strtoul(argv[i], NULL, 10);

    return value < most ? (unsigned)value : most;
}

int main(int argc, char **argv)
{
    struct report_style style = {.columns = 80};
    struct report report;
    unsigned connections, targets;

    if (argc != 5)
        return 2;
    connections = argument(argv, 2, 1000000);
    targets = argument(argv, 3, TARGETS_MAX);
    style.verbosity = atoi(argv[4]);
    report_open(&report, report_format_find("svg"), &style, stdout);
    report_all(&report, connections, targets > 0 ? targets : 1, argument(argv, 1, STEPS_MAX));
    report_summary(&report, summaries, connections > 1 ? targets : 1);
    return report_finish(&report) == 0 ? 0 : 1;
}
