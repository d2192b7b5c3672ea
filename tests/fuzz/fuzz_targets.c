/* SPDX-License-Identifier: BSD-2-Clause */
/* Operands as strings behind each other: the ports of -p, then what is to be probed. Nothing is
 * asked of a resolver. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "net/resolve.h"
#include "net/targets.h"

#define OPERANDS_MAX 8
#define SPREAD_BITS  12 /* longer lists are as true, but slow */
#define LOOKED_AT    64

/* Whether it stands for more addresses than there is time for. */
static bool too_many(const char *operand)
{
    const char *slash = strchr(operand, '/');
    unsigned long bits = strchr(operand, ':') != NULL ? 128 : 32;
    return slash != NULL && strtoul(slash + 1, NULL, 10) + SPREAD_BITS < bits;
}

/* A target written out by itself is that target. */
static void check_target(const struct target *target)
{
    struct targets again = {0};
    struct error error;
    struct resolved resolved;
    CHECK(target->port > 0 && target->host != NULL && target->host[0] != '\0');
    bool v6 = strchr(target->host, ':') != NULL;
    size_t size = strlen(target->host) + 16;
    char *text = malloc(size);
    CHECK(text != NULL);
    snprintf(text, size, v6 ? "[%s]:%u" : "%s:%u", target->host, (unsigned)target->port);
    CHECK(targets_parse(&again, &text, 1, NULL, &error) == 0 && again.count == 1);
    CHECK(again.list[0].port == target->port && strcmp(again.list[0].host, target->host) == 0);
    targets_free(&again);
    free(text);
    memset(&resolved, 0, sizeof resolved);
    if (resolve_host(target->host, FAMILY_NONE, true, &resolved, &error) == 0)
        CHECK(address_len(&resolved.address) > 0);
    else
        CHECK(error.status == STATUS_USAGE && error.text[0] != '\0');
}

static void check_list(char **operands, size_t count, const char *ports)
{
    struct targets targets = {0};
    struct error error;
    if (targets_parse(&targets, operands, count, ports, &error) != 0) {
        CHECK(error.status == STATUS_USAGE && error.text[0] != '\0');
        targets_free(&targets);
        return;
    }
    CHECK(targets.count > 0 && targets.count <= TARGETS_MAX);
    for (size_t i = 0; i < targets.count; i += 1 + targets.count / LOOKED_AT)
        check_target(&targets.list[i]);
    targets_free(&targets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor in = cursor_over(data, size);
    char *operands[OPERANDS_MAX], *ports = take_string(&in);
    size_t count = 0;
    bool spread = false;
    while (in.left > 0 && count < OPERANDS_MAX) {
        operands[count] = take_string(&in);
        spread = too_many(operands[count]) || spread;
        count++;
    }
    if (!spread && count > 0)
        check_list(operands, count, ports[0] != '\0' ? ports : NULL);
    for (size_t i = 0; i < count; i++)
        free(operands[i]);
    free(ports);
    return 0;
}
