/* SPDX-License-Identifier: BSD-2-Clause */
/* The comments that a recording of ours keeps beside the frames, whoever wrote them. */
#include <stdlib.h>
#include <string.h>

#include "files/annotation.h"
#include "files/hostwords.h"
#include "fuzz.h"
#include "written.h"

static void check_annotation(const char *comment)
{
    struct annotation first, again;
    char text[ANNOTATION_MAX];
    annotation_parse(comment, &first);
    CHECK(first.origin <= ORIGIN_PATH_MTU && first.origin != ORIGIN_FOREIGN);
    annotation_parse(annotation_format(&first, text), &again);
    CHECK(again.origin == first.origin && strcmp(again.target, first.target) == 0);
    CHECK(again.translated == first.translated);
    if (first.translated)
        CHECK(endpoint_equal(&again.from, &first.from) && endpoint_equal(&again.to, &first.to));
}

static void check_host(const struct host_facts *first, const struct host_facts *again)
{
    CHECK(first->delivery == again->delivery && first->error == again->error);
    CHECK(first->delivery < DELIVERY_COUNT && first->error < HOST_ERROR_COUNT);
    CHECK(first->neighbour_silent == again->neighbour_silent && first->unseen == again->unseen);
    CHECK(first->table == again->table);
}

static void check_no_route(const char *comment)
{
    struct no_route first, again;
    struct connection_result result;
    char text[ANNOTATION_MAX];
    if (!no_route_parse(comment, &first))
        return;
    CHECK(no_route_parse(no_route_format(&first, text), &again));
    CHECK(endpoint_equal(&first.server, &again.server) && first.reason == again.reason);
    check_host(&first.host, &again.host);
    CHECK(first.time_ns == again.time_ns && strcmp(first.target, again.target) == 0);
    no_route_result(&first, &result);
    check_reports(&result);
}

static void check_end(const char *comment)
{
    int64_t first_ns, again_ns;
    struct endpoint first[ENDS], again[ENDS];
    struct host_facts said, read;
    bool has_host, has_again;
    char text[ANNOTATION_MAX];
    if (!end_parse(comment, first, &first_ns, &said, &has_host))
        return;
    CHECK(end_parse(end_format(first, first_ns, has_host ? &said : NULL, text), again, &again_ns,
                    &read, &has_again));
    CHECK(first_ns == again_ns);
    CHECK(has_again == has_host);
    check_host(&said, &read);
    CHECK(endpoint_equal(&first[CLIENT], &again[CLIENT]));
    CHECK(endpoint_equal(&first[SERVER], &again[SERVER]));
}

static void check_translation(const char *comment)
{
    struct endpoint first[ENDS], again[ENDS];
    struct translation said, read;
    bool sent, sent_again;
    char text[ANNOTATION_MAX];
    if (!host_translation_parse(comment, first, &sent, &said))
        return;
    CHECK(host_translation_parse(host_translation_format(first, sent, &said, text), again,
                                 &sent_again, &read));
    CHECK(sent == sent_again);
    for (enum end_id end = CLIENT; end < ENDS; end++)
        CHECK(endpoint_equal(&first[end], &again[end]) &&
              endpoint_equal(&said.ends[end], &read.ends[end]));
}

/* The longest name that a resolver gives fits. */
static void check_hop(const char *comment)
{
    struct endpoint first[ENDS], again[ENDS];
    struct address address, read;
    const char *name, *name_again;
    char text[HOP_REMARK_MAX];
    if (!host_hop_parse(comment, first, &address, &name) || strlen(name) > 255)
        return;
    CHECK(host_hop_parse(host_hop_format(first, &address, name, text), again, &read, &name_again));
    CHECK(address_equal(&address, &read) && strcmp(name, name_again) == 0);
    for (enum end_id end = CLIENT; end < ENDS; end++)
        CHECK(endpoint_equal(&first[end], &again[end]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor in = cursor_over(data, size);
    char *comment = take_string(&in);
    check_annotation(comment);
    check_no_route(comment);
    check_end(comment);
    check_translation(comment);
    check_hop(comment);
    CHECK(compare_parse(comment) == (strcmp(comment, compare_text()) == 0));
    CHECK(each_once_parse(comment) == (strcmp(comment, each_once_text()) == 0));
    CHECK(several_parse(comment) == (strcmp(comment, several_text()) == 0));
    free(comment);
    return 0;
}
