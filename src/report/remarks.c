/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/remarks.h"

static struct row *add_remark(struct remarks *remarks, const struct report_style *style)
{
    struct row *item = &remarks->items[remarks->count++];

    row_begin(item, style);
    return item;
}

static void add_measure(struct remarks *remarks, const struct report_style *style, const char *name,
                        int64_t duration_ns)
{
    struct row *item;

    if (duration_ns == DURATION_UNKNOWN)
        return;
    item = add_remark(remarks, style);
    row_put(item, name);
    row_put_ms(item, duration_ns);
    row_put(item, " ms");
}

static void add_verdict(struct remarks *remarks, const struct report_style *style,
                        const struct step *step)
{
    const char *name = verdict_name(step->verdict);
    struct row mark;

    if (step->verdict == VERDICT_EXPECTED || name == NULL)
        return;
    row_begin(&mark, style);
    row_put(&mark, "! ");
    row_put(&mark, name);
    row_put_colored(add_remark(remarks, style), COLOR_NOTICE, mark.text);
}

void remarks_of_step(struct remarks *remarks, const struct connection_result *result,
                     const struct landmarks *marks, uint32_t i, const struct report_style *style)
{
    bool own_ack = result->steps[i].from == CLIENT; /* no round trip lies in between */

    remarks->count = 0;
    add_verdict(remarks, style, &result->steps[i]);
    if (i == marks->syn_answer)
        add_measure(remarks, style, "rtt ", result->handshake.syn_rtt_ns);
    if (i == marks->fin_ack)
        add_measure(remarks, style, own_ack ? "acked " : "rtt ", result->teardown.fin_rtt_ns);
    if (i == marks->peer_fin && i != marks->fin_ack)
        add_measure(remarks, style, "waited ", result->teardown.peer_fin_delay_ns);
}

void remarks_add_header(struct remarks *remarks, const struct step *step,
                        const struct report_style *style)
{
    struct row *item;

    if (step->is_icmp)
        return;
    item = add_remark(remarks, style);
    row_put(item, "win ");
    row_put_number(item, step->window);
    row_put(item, ", ttl ");
    row_put_number(item, step->ttl);
}
