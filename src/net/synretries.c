/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/synretries.h"

#include <stdio.h>
#include <stdlib.h>

#define LINEAR_TIMEOUTS "/proc/sys/net/ipv4/tcp_syn_linear_timeouts"
#define LINEAR_MOST     127 /* MAX_TCP_SYNCNT of Linux */

uint8_t synretries_parse(const char *text)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    return end != text && *text >= '0' && *text <= '9' && value <= LINEAR_MOST ? (uint8_t)value : 0;
}

uint8_t synretries_linear(void)
{
    char text[32] = "";
    FILE *file = fopen(LINEAR_TIMEOUTS, "re");
    if (file == NULL)
        return 0;
    if (fgets(text, sizeof text, file) == NULL)
        text[0] = '\0';
    fclose(file);
    return synretries_parse(text);
}
