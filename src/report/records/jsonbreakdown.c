/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/records/jsonbreakdown.h"

#include <stdio.h>

#include "stats/breakdown.h"

static void put_counts(struct json *json, const struct breakdown_counts *counts)
{
    uint64_t connections = 0;

    for (unsigned i = 0; i < PORT_STATE_COUNT; i++)
        connections += counts->by_port_state[i];
    json_uint(json, "connections", connections);
    json_open(json, "port_states", '{');
    for (unsigned i = 0; i < PORT_STATE_COUNT; i++)
        json_uint(json, port_state_name(i), counts->by_port_state[i]);
    json_close(json, '}');
}

static void put_port(struct json *json, const struct breakdown_row *row)
{
    json_uint(json, "port", row->port);
}

static void put_network(struct json *json, const struct breakdown_row *row)
{
    char address[ADDRESS_TEXT_MAX], text[ADDRESS_TEXT_MAX + 4];

    snprintf(text, sizeof text, "%s/%u", address_text(&row->network, address), row->bits);
    json_plain(json, "network", text);
}

static void put_list(struct json *json, const char *key, const char *name,
                     const struct breakdown_list *list,
                     void (*put_name)(struct json *json, const struct breakdown_row *row))
{
    if (list->count == 0)
        return;
    json_open(json, key, '[');
    for (unsigned i = 0; i <= list->count; i++) {
        bool others = i == list->count;

        if (others && list->others_connections == 0)
            break;
        json_open(json, NULL, '{');
        if (others)
            json_null(json, name);
        else
            put_name(json, &list->rows[i]);
        put_counts(json, others ? &list->others.counts : &list->rows[i].counts);
        json_close(json, '}');
    }
    json_close(json, ']');
}

void jsonbreakdown_put(struct json *json, const struct breakdown *breakdown)
{
    struct breakdown_list list;

    breakdown_ports(breakdown, BREAKDOWN_ROWS_MAX, &list);
    put_list(json, "by_port", "port", &list, put_port);
    breakdown_networks(breakdown, BREAKDOWN_ROWS_MAX, &list);
    put_list(json, "by_network", "network", &list, put_network);
}
