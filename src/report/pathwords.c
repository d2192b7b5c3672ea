/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/pathwords.h"

#include "tcp/icmp.h"
#include "tcp/result.h"

static void put_address(struct row *row, const struct address *address)
{
    char text[ADDRESS_TEXT_MAX];

    row_put(row, address_text(address, text));
}

void pathwords_address(struct row *row, const struct path_hop *hop)
{
    if (hop->answered > 0)
        put_address(row, &hop->address);
    else
        row_put(row, "no answer");
}

/* "between 192.0.2.254 and 198.51.100.2": the change was made by one of those, or between them. */
static void put_between(struct row *row, const struct path *path, uint8_t ttl)
{
    const struct path_hop *before = path_hop_before(path, ttl);

    row_put(row, " between ");
    if (before != NULL)
        put_address(row, &before->address);
    else
        row_put(row, "this host");
    row_put(row, " and ");
    put_address(row, &path->hops[ttl - 1].address);
}

static void put_change(struct row *row, const struct path *path, uint8_t ttl, enum view_field field)
{
    const struct path_hop *hop = &path->hops[ttl - 1];
    char text[VIEW_CHANGE_MAX];

    row_put(row, view_change_text(field, &hop->before, &hop->view, text));
    put_between(row, path, ttl);
}

static void put_labels(struct row *row, const struct path_hop *hop)
{
    row_put(row, hop->label_count == 1 ? "MPLS label" : "MPLS labels");
    for (size_t i = 0; i < hop->label_count; i++) {
        row_put(row, " ");
        row_put_number(row, hop->labels[i].label);
    }
}

static void put_error(struct row *row, const struct path_hop *hop)
{
    const struct icmp_error error = {.from = hop->address,
                                     .family = (uint8_t)hop->address.family,
                                     .type = hop->icmp_type,
                                     .code = hop->icmp_code};

    row_join(row, ", ", "answers with ICMP ");
    row_put(row, reason_name(icmp_reason(&error)));
}

static void put_target(struct row *row, const struct path_hop *hop)
{
    static const char *const answers[PATH_ANSWERS] = {
        [PATH_SYN_ACK] = "the target (SYN/ACK)",
        [PATH_RESET] = "the target (RST)",
        [PATH_ACK] = "the target (ACK)",
    };

    row_join(row, ", ", answers[hop->answer]);
}

void pathwords_remarks(const struct path *path, uint8_t ttl, const struct report_style *style,
                       path_remark_handler *handler, void *context)
{
    const struct path_hop *hop = &path->hops[ttl - 1];
    struct row row;

    row_begin(&row, style);
    row_put_foreign(&row, hop->name);
    if (hop->answer == PATH_UNREACHABLE)
        put_error(&row, hop);
    else if (hop->answer > PATH_UNREACHABLE)
        put_target(&row, hop);
    if (row.len > 0)
        handler(context, &row);
    for (unsigned i = 0; i < VIEW_FIELDS; i++)
        if ((hop->changes >> i & 1) != 0) {
            row_begin(&row, style);
            put_change(&row, path, ttl, (enum view_field)i);
            handler(context, &row);
        }
    if (hop->other.family != FAMILY_NONE) {
        row_begin(&row, style);
        row_put(&row, "also ");
        put_address(&row, &hop->other);
        row_put(&row, hop->other_name[0] != '\0' ? " " : "");
        row_put_foreign(&row, hop->other_name);
        row_put(&row, ": several paths (ECMP)");
        handler(context, &row);
    }
    if (hop->label_count > 0) {
        row_begin(&row, style);
        put_labels(&row, hop);
        handler(context, &row);
    }
}

static void put_hops(struct row *row, uint8_t count)
{
    row_put_number(row, count);
    row_put(row, count == 1 ? " hop" : " hops");
}

static void put_hop(struct row *row, const struct path *path, uint8_t ttl)
{
    row_put(row, "hop ");
    row_put_number(row, ttl);
    row_put(row, " (");
    pathwords_address(row, &path->hops[ttl - 1]);
    row_put(row, ")");
}

void pathwords_end(struct row *row, const struct path *path)
{
    uint8_t last = path_last_answered(path);

    row_put(row, "path: ");
    if (path_reached(path) && path->end_ttl == 1) {
        row_put(row, "no router between this host and the target");
    } else if (path_reached(path)) {
        put_hops(row, path->end_ttl);
        row_put(row, ", the last is the target");
    } else if (path->end_ttl > 0) {
        row_put(row, "ends at ");
        put_hop(row, path, path->end_ttl);
        row_put(row, ", which answers with an ICMP error");
    } else if (path_cut_short(path)) {
        row_put(row, "continues after ");
        put_hop(row, path, last);
        row_put(row, ", not followed further");
    } else if (last > 0) {
        row_put(row, "ends after ");
        put_hop(row, path, last);
        row_put(row, ": no SYN sent beyond it is answered");
    } else {
        row_put(row, "no answer from any of ");
        put_hops(row, path->hop_count);
    }
}

/* "1,500 octets" */
static void put_octets(struct row *row, uint32_t octets)
{
    const char rest[] = {',', (char)('0' + octets / 100 % 10), (char)('0' + octets / 10 % 10),
                         (char)('0' + octets % 10), '\0'};

    row_put_number(row, octets < 1000 ? octets : octets / 1000);
    row_put(row, octets < 1000 ? "" : rest);
    row_put(row, " octets");
}

static void put_mtu_told(struct row *row, const struct path_mtu *mtu)
{
    char text[ADDRESS_TEXT_MAX];

    row_put(row, ", as ");
    row_put(row, address_text(&mtu->told_by, text));
    row_put(row, " says (ICMP)");
}

static void put_black_hole(struct row *row, const struct mtu_verdict *verdict)
{
    row_put(row, ": IP packets above ");
    put_octets(row, verdict->beyond - 1);
    row_put(row, " disappear without an ICMP message: path MTU black hole");
}

void pathwords_mtu(struct row *row, const struct path_mtu *mtu, const char *interface)
{
    const struct mtu_verdict verdict = path_mtu_judge(mtu);

    row_put(row, "path MTU: ");
    if (verdict.bytes == 0) {
        row_put(row, "unknown: the target does not answer segments of old octets");
        return;
    }
    if (verdict.beyond != verdict.bytes + 1)
        row_put(row, "at least ");
    put_octets(row, verdict.bytes);
    if (verdict.limited) {
        row_put(row, ", limited by ");
        row_put(row, interface != NULL ? interface : "the interface");
    } else if (verdict.told) {
        put_mtu_told(row, mtu);
    } else if (verdict.black_hole) {
        put_black_hole(row, &verdict);
    }
}
