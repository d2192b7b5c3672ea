/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/routing/rules.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#define TRIES 4 /* where the rules change while they are read: NLM_F_DUMP_INTR of netlink(7) */

/* What the kernel notes of every rule, the three of every host included. */
static bool is_common(uint16_t attribute)
{
    return attribute == FRA_TABLE || attribute == FRA_PRIORITY || attribute == FRA_PROTOCOL ||
           attribute == FRA_SUPPRESS_PREFIXLEN;
}

static int parse_attribute(const struct nlattr *attribute, void *user)
{
    struct rules *rules = user;
    uint16_t type = mnl_attr_get_type(attribute);
    if (!is_common(type))
        rules->custom = true;
    if (type == FRA_SPORT_RANGE || type == FRA_DPORT_RANGE)
        rules->ports = true;
    if (type == FRA_IP_PROTO)
        rules->protocol = true;
    return MNL_CB_OK;
}

static int parse_rule(const struct nlmsghdr *reply, void *user)
{
    struct rules *rules = user;
    const struct fib_rule_hdr *header = mnl_nlmsg_get_payload(reply);
    bool common_table = header->table == RT_TABLE_LOCAL || header->table == RT_TABLE_MAIN ||
                        header->table == RT_TABLE_DEFAULT;
    if (header->action != FR_ACT_TO_TBL || !common_table || header->src_len || header->dst_len)
        rules->custom = true;
    return mnl_attr_parse(reply, sizeof *header, parse_attribute, rules);
}

int rules_ask(struct netlink *netlink, unsigned char af, struct rules *rules)
{
    char buffer[NETLINK_REQUEST_MAX] = {0};
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    request->nlmsg_type = RTM_GETRULE;
    struct fib_rule_hdr *header = mnl_nlmsg_put_extra_header(request, sizeof *header);
    header->family = af;
    int code = EINTR;
    for (int tries = 0; tries < TRIES && code == EINTR; tries++) {
        *rules = (struct rules){.custom = false};
        code = netlink_dump(netlink, request, parse_rule, rules);
    }
    return code != EOPNOTSUPP ? code : 0;
}
