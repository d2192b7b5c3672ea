/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/label.h"

#include <string.h>

static const struct {
    uint16_t flag;
    const char *name;
} flag_names[] = {
    {TCP_SYN, "SYN"}, {TCP_FIN, "FIN"}, {TCP_RST, "RST"}, {TCP_PSH, "PSH"}, {TCP_ACK, "ACK"},
    {TCP_URG, "URG"}, {TCP_ECE, "ECE"}, {TCP_CWR, "CWR"}, {TCP_AE, "AE"},
};

#define ANY_CODE 256

/* IANA's registries of ICMP and ICMPv6 parameters, in short; the first match counts. */
static const struct {
    uint8_t family, type;
    uint16_t code;
    const char *text;
} icmp_names[] = {
    {FAMILY_IPV4, 3, 0, "net unreachable"},
    {FAMILY_IPV4, 3, 1, "host unreachable"},
    {FAMILY_IPV4, 3, 2, "protocol unreachable"},
    {FAMILY_IPV4, 3, 3, "port unreachable"},
    {FAMILY_IPV4, 3, 4, "fragmentation needed"},
    {FAMILY_IPV4, 3, 5, "source route failed"},
    {FAMILY_IPV4, 3, 6, "net unknown"},
    {FAMILY_IPV4, 3, 7, "host unknown"},
    {FAMILY_IPV4, 3, 9, "net prohibited"},
    {FAMILY_IPV4, 3, 10, "host prohibited"},
    {FAMILY_IPV4, 3, 11, "net unreachable for TOS"},
    {FAMILY_IPV4, 3, 12, "host unreachable for TOS"},
    {FAMILY_IPV4, 3, 13, "admin prohibited"},
    {FAMILY_IPV4, 3, ANY_CODE, "destination unreachable"},
    {FAMILY_IPV4, 4, ANY_CODE, "source quench"},
    {FAMILY_IPV4, 5, ANY_CODE, "redirect"},
    {FAMILY_IPV4, 11, 1, "reassembly time exceeded"},
    {FAMILY_IPV4, 11, ANY_CODE, "time exceeded"},
    {FAMILY_IPV4, 12, ANY_CODE, "parameter problem"},
    {FAMILY_IPV6, 1, 0, "no route"},
    {FAMILY_IPV6, 1, 1, "admin prohibited"},
    {FAMILY_IPV6, 1, 2, "beyond scope of source"},
    {FAMILY_IPV6, 1, 3, "address unreachable"},
    {FAMILY_IPV6, 1, 4, "port unreachable"},
    {FAMILY_IPV6, 1, 5, "source address refused"},
    {FAMILY_IPV6, 1, 6, "route rejected"},
    {FAMILY_IPV6, 1, ANY_CODE, "destination unreachable"},
    {FAMILY_IPV6, 2, ANY_CODE, "packet too big"},
    {FAMILY_IPV6, 3, 1, "reassembly time exceeded"},
    {FAMILY_IPV6, 3, ANY_CODE, "time exceeded"},
    {FAMILY_IPV6, 4, ANY_CODE, "parameter problem"},
};

static const char *icmp_name(const struct step *step)
{
    for (size_t i = 0; i < sizeof(icmp_names) / sizeof(icmp_names[0]); i++)
        if (icmp_names[i].family == step->icmp_family && icmp_names[i].type == step->icmp_type &&
            (icmp_names[i].code == step->icmp_code || icmp_names[i].code == ANY_CODE))
            return icmp_names[i].text;
    return NULL;
}

static void label_icmp(struct label *label, const struct step *step)
{
    const char *name = icmp_name(step);
    char text[ADDRESS_TEXT_MAX];

    row_put(&label->head, step->icmp_family == FAMILY_IPV6 ? "ICMPv6 " : "ICMP ");
    if (name != NULL) {
        row_put(&label->head, name);
    } else {
        row_put(&label->head, "type ");
        row_put_number(&label->head, step->icmp_type);
        row_put(&label->head, " code ");
        row_put_number(&label->head, step->icmp_code);
    }
    if (step->icmp_from.family == FAMILY_NONE)
        return;
    label->joint = " ";
    row_put(&label->detail, "from ");
    row_put(&label->detail, address_text(&step->icmp_from, text));
}

static void put_bytes(struct row *row, const char *before, uint64_t bytes)
{
    if (bytes == 0)
        return;
    row_put(row, before);
    row_put_number(row, bytes);
    row_put(row, bytes == 1 ? " byte" : " bytes");
}

/* "8 segments: 5 from the server with 100000 bytes, 3 from the client" */
static void label_run(struct label *label, const struct step *step)
{
    const uint64_t bytes[ENDS] = {step->client_bytes, step->bytes - step->client_bytes};
    const uint32_t counts[ENDS] = {step->client_count, step->count - step->client_count};
    enum end_id first = step->from == CLIENT ? CLIENT : SERVER, other = !first;

    row_put_number(&label->head, step->count);
    row_put(&label->head, " segments");
    label->joint = ": ";
    if (counts[other] == 0)
        row_put(&label->detail, "all");
    else
        row_put_number(&label->detail, counts[first]);
    row_put(&label->detail, " from the ");
    row_put(&label->detail, end_name(first));
    put_bytes(&label->detail, " with ", bytes[first]);
    if (counts[other] == 0)
        return;
    row_put(&label->detail, ", ");
    row_put_number(&label->detail, counts[other]);
    row_put(&label->detail, " from the ");
    row_put(&label->detail, end_name(other));
    put_bytes(&label->detail, " with ", bytes[other]);
}

static void put_flags(struct row *row, uint16_t flags)
{
    for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++)
        if ((flags & flag_names[i].flag) != 0)
            row_join(row, "+", flag_names[i].name);
    if (row->len == 0)
        row_put(row, "no flags");
}

/* As tcpdump names them: where the segment stands, from its first octet to the one behind its last,
 * and what it acknowledges. */
static void label_segment(struct label *label, const struct step *step, uint32_t seq_zero,
                          uint32_t ack_zero)
{
    uint32_t seq = step->seq - seq_zero;

    put_flags(&label->head, step->flags);
    row_put(&label->head, " seq ");
    row_put_number(&label->head, seq);
    if (step->len > 0) {
        row_put(&label->head, ":");
        row_put_number(&label->head, (uint32_t)(seq + step->len));
    }
    if ((step->flags & TCP_ACK) != 0) {
        row_put(&label->detail, "ack ");
        row_put_number(&label->detail, (uint32_t)(step->ack - ack_zero));
    }
}

void label_of_step(struct label *label, const struct connection_result *result,
                   const struct step *step, const struct report_style *style, bool absolute)
{
    enum end_id from = step->from == CLIENT ? CLIENT : SERVER;

    row_begin(&label->head, style);
    row_begin(&label->detail, style);
    label->joint = " ";
    if (step->is_icmp)
        label_icmp(label, step);
    else if (step->count > 1)
        label_run(label, step);
    else
        label_segment(label, step, absolute ? 0 : result->iss[from],
                      absolute ? 0 : result->iss[from == CLIENT ? SERVER : CLIENT]);
}

unsigned label_width(const struct label *label)
{
    unsigned width = label->head.width;

    if (label->detail.width > 0)
        width += (unsigned)strlen(label->joint) + label->detail.width;
    return width;
}
