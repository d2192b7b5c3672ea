/* SPDX-License-Identifier: BSD-2-Clause */
/* Journals: any octets as a header and a record, and as the figures of a summary, which a report of
 * them must bear, and which are written again as they were read. The first octet says which. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "output/formats.h"
#include "output/tally.h"
#include "stats/saved.h"
#include "targets/journal.h"
#include "targets/siphash.h"

static void check_header(uint8_t *octets, size_t len)
{
    struct journal_binding binding, again;
    uint8_t header[JOURNAL_BLOCK];
    size_t part = len < JOURNAL_BLOCK ? len : JOURNAL_BLOCK;
    if (journal_header_read(octets, part, len, &binding) != JOURNAL_GOOD)
        return;
    journal_header_write(&binding, header);
    CHECK(journal_header_read(header, sizeof header, sizeof header, &again) == JOURNAL_GOOD);
    CHECK(journal_difference(&binding, &again) == NULL);
}

/* Makes the checksum of a record of a file whose header is zero right. */
static void forge(uint8_t *record, size_t len)
{
    static const uint64_t key[2] = {0, JOURNAL_BLOCK};
    struct siphash hash;
    siphash_begin(&hash, key);
    siphash_add_number(&hash, len);
    siphash_add(&hash, record + 24, len - 24);
    uint64_t sum = siphash_end(&hash);
    for (unsigned i = 0; i < 8; i++)
        record[16 + i] = (uint8_t)(sum >> 8 * i);
}

static void check_record(uint8_t *octets, size_t len)
{
    static const uint8_t header[JOURNAL_BLOCK];
    struct journal_state state;
    if (len < JOURNAL_HEAD_BYTES)
        return;
    uint64_t size = journal_record_length(octets, len);
    CHECK(size <= len);
    if (size == 0)
        return;
    forge(octets, (size_t)size);
    if (!journal_record_read(octets, (size_t)size, header, JOURNAL_BLOCK, &state))
        return;
    CHECK(journal_record_size(&state) == size);
    for (size_t i = 0; i < state.pending_count; i++)
        journal_pending_get(&state, i);
}

static void report(struct tally *tally, const char *format)
{
    static const struct report_style style = {.columns = 80, .verbosity = -1};
    struct report report;
    FILE *out = fopen("/dev/null", "w");
    CHECK(out != NULL);
    report_open(&report, report_format_find(format), &style, out);
    tally_report(tally, &report);
    CHECK(report_finish(&report) == 0);
    fclose(out);
}

static size_t write_down(struct tally *tally, uint8_t *out, size_t size)
{
    struct archive archive = archive_to(out, size);
    tally_archive(tally, &archive);
    return archive.at;
}

/* A number may have been read from more octets than it is written with. */
static void check_again(struct tally *tally, const struct conditions *conditions)
{
    struct tally *other = tally_new(conditions);
    uint8_t none;
    size_t len = write_down(tally, &none, 0);
    uint8_t *octets = malloc(len), *again = malloc(len);
    CHECK(other != NULL && octets != NULL && again != NULL);
    CHECK(write_down(tally, octets, len) == len);
    struct archive archive = archive_from(octets, len);
    tally_archive(other, &archive);
    CHECK(archive_is_read(&archive));
    CHECK(write_down(other, again, len) == len);
    tally_free(other);
    free(octets);
    free(again);
}

/* The layout of this program goes before what is invented. */
static uint8_t *with_layout(const uint8_t *octets, size_t *len)
{
    uint8_t layout[256];
    struct archive archive = archive_to(layout, sizeof layout);
    saved_layout(&archive);
    uint8_t *both = malloc(archive.at + *len);
    CHECK(archive.at <= sizeof layout && both != NULL);
    memcpy(both, layout, archive.at);
    memcpy(both + archive.at, octets, *len);
    *len += archive.at;
    return both;
}

static void check_figures(uint8_t *invented, size_t len)
{
    static const struct conditions conditions = {.max_loss = PERCENT_NONE};
    struct tally *tally = tally_new(&conditions);
    CHECK(tally != NULL);
    uint8_t *octets = with_layout(invented, &len);
    struct archive archive = archive_from(octets, len);
    tally_archive(tally, &archive);
    if (archive_is_read(&archive)) {
        check_again(tally, &conditions);
        if (!offer_totals_compare(
                &tally_whole(tally)->offers)) { /* the test of large ones is slow */
            report(tally, "json");
            report(tally, "table");
        }
    }
    tally_free(tally);
    free(octets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const checks[])(uint8_t * octets, size_t len) = {check_header, check_record,
                                                                   check_figures};
    if (size == 0)
        return 0;
    uint8_t *octets = exact_copy(data + 1, size - 1);
    checks[data[0] % 3](octets, size - 1);
    free(octets);
    return 0;
}
