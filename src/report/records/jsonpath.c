/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/records/jsonpath.h"

#include "path/mtu.h"
#include "path/path.h"
#include "report/records/jsonwriter.h"
#include "stats/pathtotals.h"

static void put_address(struct json *json, const char *key, const struct address *address)
{
    char text[ADDRESS_TEXT_MAX];

    if (address->family == FAMILY_NONE)
        json_null(json, key);
    else
        json_plain(json, key, address_text(address, text));
}

/* "": unknown. */
static void put_name(struct json *json, const char *key, const char *name)
{
    json_string(json, key, name[0] != '\0' ? name : NULL);
}

static void put_number(struct json *json, const char *key, bool known, int64_t number)
{
    if (known)
        json_int(json, key, number);
    else
        json_null(json, key);
}

static void put_labels(struct json *json, const struct path_hop *hop)
{
    json_open(json, "mpls", '[');
    for (size_t i = 0; i < hop->label_count; i++) {
        json_open(json, NULL, '{');
        json_uint(json, "label", hop->labels[i].label);
        json_uint(json, "traffic_class", hop->labels[i].traffic_class);
        json_bool(json, "bottom", hop->labels[i].bottom);
        json_uint(json, "ttl", hop->labels[i].ttl);
        json_close(json, '}');
    }
    json_close(json, ']');
}

/* What differs from what the hops before showed. */
static void put_changes(struct json *json, const struct path_hop *hop)
{
    char text[VIEW_CHANGE_MAX];

    json_open(json, "changes", '[');
    for (unsigned i = 0; i < VIEW_FIELDS; i++)
        if ((hop->changes >> i & 1) != 0)
            json_plain(json, NULL,
                       view_change_text((enum view_field)i, &hop->before, &hop->view, text));
    json_close(json, ']');
}

static void put_icmp(struct json *json, const struct path_hop *hop)
{
    json_open(json, "icmp", '{');
    json_uint(json, "type", hop->icmp_type);
    json_uint(json, "code", hop->icmp_code);
    json_uint(json, "quoted_bytes", hop->quoted);
    json_close(json, '}');
}

static void put_hop(struct json *json, const struct path_hop *hop, uint64_t ttl)
{
    const char *answer = path_answer_name(hop->answer);

    json_open(json, NULL, '{');
    json_uint(json, "ttl", ttl);
    put_address(json, "address", &hop->address);
    put_name(json, "name", hop->name);
    if (answer != NULL)
        json_plain(json, "answer", answer);
    else
        json_null(json, "answer");
    put_number(json, "rtt_ns", hop->answered > 0 && hop->rtt_ns != INT64_MIN, hop->rtt_ns);
    json_uint(json, "sent", hop->sent);
    json_uint(json, "answered", hop->answered);
    put_address(json, "other_address", &hop->other);
    put_name(json, "other_name", hop->other_name);
    if (hop->quoted > 0)
        put_icmp(json, hop);
    else
        json_null(json, "icmp");
    put_changes(json, hop);
    put_labels(json, hop);
    json_close(json, '}');
}

void jsonpath_put(struct buffer *buffer, const struct path *path)
{
    struct json json = {.comma = true, .buffer = buffer};
    uint8_t last = path_last_answered(path);

    json_open(&json, "path", '{');
    json_open(&json, "hops", '[');
    for (size_t i = 0; i < path->hop_count; i++)
        put_hop(&json, &path->hops[i], i + 1);
    json_close(&json, ']');
    put_number(&json, "last_answered_ttl", last > 0, last);
    json_bool(&json, "reached", path_reached(path));
    json_uint(&json, "syn_count", path->sent_count);
    json_close(&json, '}');
}

void jsonpath_put_mtu(struct buffer *buffer, const struct path_mtu *mtu)
{
    struct json json = {.comma = true, .buffer = buffer};
    const struct mtu_verdict verdict = path_mtu_judge(mtu);

    json_open(&json, "path_mtu", '{');
    put_number(&json, "bytes", verdict.bytes > 0, verdict.bytes);
    put_number(&json, "beyond_bytes", verdict.beyond > 0, verdict.beyond);
    json_bool(&json, "black_hole", verdict.black_hole);
    json_bool(&json, "icmp", verdict.told);
    put_address(&json, "icmp_from", &mtu->told_by);
    put_number(&json, "icmp_bytes", mtu->told_bytes > 0, mtu->told_bytes);
    put_number(&json, "device_bytes", mtu->device_bytes > 0, mtu->device_bytes);
    json_bool(&json, "limited_by_device", verdict.limited);
    json_uint(&json, "packet_count", mtu->sent_count);
    json_close(&json, '}');
}

static void put_addresses(struct json *json, const struct hop_total *hop)
{
    json_open(json, "addresses", '[');
    for (size_t i = 0; i < hop->address_count; i++) {
        json_open(json, NULL, '{');
        put_address(json, "address", &hop->addresses[i].address);
        put_name(json, "name", hop->addresses[i].name);
        json_uint(json, "connections", hop->addresses[i].connections);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void put_total(struct json *json, const struct hop_total *hop, uint64_t ttl)
{
    bool known = hop->rtt.count > 0;

    json_open(json, NULL, '{');
    json_uint(json, "ttl", ttl);
    put_addresses(json, hop);
    json_bool(json, "more_addresses", hop->more_addresses);
    json_uint(json, "sent", hop->sent);
    json_uint(json, "answered", hop->answered);
    put_number(json, "min_ns", known, hop->rtt.min_ns);
    put_number(json, "avg_ns", known, rtt_stats_mean_ns(&hop->rtt));
    put_number(json, "max_ns", known, hop->rtt.max_ns);
    json_close(json, '}');
}

void jsonpath_put_totals(struct json *json, const struct path_totals *totals)
{
    json_open(json, "path", '{');
    json_uint(json, "connections", totals->connections);
    json_open(json, "hops", '[');
    for (size_t i = 0; i < totals->hop_count; i++)
        put_total(json, &totals->hops[i], i + 1);
    json_close(json, ']');
    json_close(json, '}');
}
