/* SPDX-License-Identifier: BSD-2-Clause */
#include "output/formats.h"

#include <string.h>

#include "report/formats.h"

static const struct report_format no_format;

const struct report_format *const report_formats[] = {
    &format_text,   &format_table,      &format_json, &format_csv,
    &format_nagios, &format_prometheus, &format_svg,  &no_format,
};

const struct report_format *report_format_find(const char *name)
{
    for (size_t i = 0; report_formats[i]->name != NULL; i++)
        if (strcmp(report_formats[i]->name, name) == 0)
            return report_formats[i];
    return NULL;
}
