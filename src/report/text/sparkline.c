/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/text/sparkline.h"

#define LEVELS 8

void sparkline_put(struct row *row, const uint32_t *times, unsigned count, uint32_t noise)
{
    static const char *const bars[LEVELS] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const plain[LEVELS] = {"_", ".", ",", "-", "~", "=", "*", "#"};
    uint64_t least = UINT32_MAX, greatest = 0, span;

    for (unsigned i = 0; i < count; i++) {
        if (times[i] == SPARK_LOST)
            continue;
        least = times[i] < least ? times[i] : least;
        greatest = times[i] > greatest ? times[i] : greatest;
    }
    span = greatest > least ? greatest - least : 0;
    span = span > least / 2 ? span : least / 2;
    span = (span > noise ? span : noise) + 1;
    for (unsigned i = 0; i < count; i++) {
        if (times[i] == SPARK_LOST)
            row_put_colored(row, COLOR_BAD, row->style->ascii ? "x" : "×");
        else
            row_put(row, (row->style->ascii ? plain : bars)[(times[i] - least) * LEVELS / span]);
    }
}
