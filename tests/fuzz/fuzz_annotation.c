/* SPDX-License-Identifier: BSD-2-Clause */
/* The comments that a recording of ours keeps beside the frames, whoever wrote them. */
#include <stdlib.h>
#include <string.h>

#include "files/annotation.h"
#include "fuzz.h"
#include "written.h"

static void check_annotation(const char *comment)
{
    struct annotation first, again;
    char text[ANNOTATION_MAX];
    annotation_parse(comment, &first);
    CHECK(first.origin == ORIGIN_WIRE || first.origin == ORIGIN_USER_SPACE ||
          first.origin == ORIGIN_LOCAL_KERNEL);
    annotation_parse(annotation_format(&first, text), &again);
    CHECK(again.origin == first.origin && strcmp(again.target, first.target) == 0);
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
    CHECK(first.time_ns == again.time_ns && strcmp(first.target, again.target) == 0);
    no_route_result(&first, &result);
    check_reports(&result);
}

static void check_end(const char *comment)
{
    struct endpoint first[ENDS], again[ENDS];
    char text[ANNOTATION_MAX];
    if (!end_parse(comment, first))
        return;
    CHECK(end_parse(end_format(first, text), again));
    CHECK(endpoint_equal(&first[CLIENT], &again[CLIENT]));
    CHECK(endpoint_equal(&first[SERVER], &again[SERVER]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor in = cursor_over(data, size);
    char *comment = take_string(&in);
    check_annotation(comment);
    check_no_route(comment);
    check_end(comment);
    CHECK(several_parse(comment) == (strcmp(comment, several_text()) == 0));
    free(comment);
    return 0;
}
