/* SPDX-License-Identifier: BSD-2-Clause */
/* Capture files from end to end, the report going to memory. The first octet says how: the rest is
 * a file as it is, or octets for capture_write, which give the same report in every format.
 *
 * A run lasts some 200 us, so what it would set up is kept from one to the next: the file is one
 * memory file on standard input, and what signals would come by is one descriptor that never has
 * any. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/signals.h"
#include "capture_file.h"
#include "cli/commandline.h"
#include "confine/confine.h"
#include "fuzz.h"
#include "output/formats.h"
#include "plausible.h"
#include "run/analyse.h"
#include "written.h"

enum {
    WRITTEN = 1,
    COMPRESSED = 2,
    VERBOSE = 4,
    FORMAT = 5, /* by so many bits: one of eight */
};

/* In place of src/confine/confine.c: what one run gives up, the next would miss. */
int confine(const struct sandbox *sandbox, bool verbose, struct error *error)
{
    (void)sandbox;
    (void)verbose;
    (void)error;
    return 0;
}

uint32_t confine_room_for_files(size_t wanted)
{
    return (uint32_t)wanted;
}

/* In place of src/base/signals.c. */
int signals_open(const int *caught, size_t count, struct error *error)
{
    static int never = -1;
    (void)caught;
    (void)count;
    (void)error;
    if (never < 0)
        never = eventfd(0, EFD_CLOEXEC);
    return fcntl(never, F_DUPFD_CLOEXEC, 0);
}

/* What standard input is from now on. */
static void put_on_input(const uint8_t *bytes, size_t len)
{
    static int file = -1;
    if (file < 0) {
        file = memfd_create("capture", MFD_CLOEXEC);
        CHECK(file >= 0 && dup2(file, STDIN_FILENO) == STDIN_FILENO);
    }
    CHECK(ftruncate(file, 0) == 0 && pwrite(file, bytes, len, 0) == (ssize_t)len);
    CHECK(lseek(file, 0, SEEK_SET) == 0);
}

/* What a run comes to. */
struct answer {
    char *text; /* to be freed */
    size_t len;
    int status, outcome;
    struct error error;
};

/* Between the analysis and the format. */
static const struct report_format *chosen;

static void check_connection(struct report *report, const struct connection_result *result)
{
    CHECK_NONE(implausible(result, false));
    chosen->connection(report, result);
}

static void check_summary(struct report *report, const struct summary *summaries, size_t count)
{
    for (size_t i = 0; i < count; i++)
        CHECK_NONE(implausible_summary(&summaries[i]));
    chosen->summary(report, summaries, count);
}

static void analyse(const struct options *options, struct answer *answer)
{
    struct error late;
    struct output output = {
        .style = {.verbosity = options->verbosity,
                  .ascii = true,
                  .columns = 80,
                  .warning = options->expectation.warning,
                  .critical = options->expectation.critical,
                  .max_loss = options->conditions.max_loss},
        .tally = tally_new(&options->conditions),
        .expectation = &options->expectation,
        .only = &options->only,
        .file = open_memstream(&answer->text, &answer->len),
    };
    CHECK(output.tally != NULL && output.file != NULL);
    output.opened = output.file;
    chosen = report_format_find(options->format);
    struct report_format checked = *chosen;
    checked.connection = check_connection;
    checked.summary = check_summary;
    output.report.format = &checked;
    answer->status = analyse_run(options, &output, &answer->error);
    answer->outcome = output_close(&output, answer->status == 0, &late);
    CHECK(answer->outcome >= STATUS_OK && answer->outcome <= STATUS_RUN);
    CHECK(fclose(output.file) == 0);
}

/* What the first of two that are to be the same is held to. */
static void check_answer(const struct answer *answer, const char *format)
{
    check_written(format, answer->text, answer->len);
    if (answer->status != 0)
        CHECK(answer->error.text[0] != '\0' && answer->error.status >= STATUS_USAGE);
}

static struct answer read_bytes(const uint8_t *bytes, size_t len, uint8_t how, const char *format)
{
    struct answer answer = {.text = NULL};
    struct options options;
    struct error error;
    char name[16];
    snprintf(name, sizeof name, "%s", format);
    char *argv[] = {"tcpshake", "--format", name, "--max-connections",
                    "64",       "-r",       "-",  (how & VERBOSE) != 0 ? "-v" : "--ascii",
                    NULL};
    CHECK(options_parse(8, argv, &options, &error) == 0);
    put_on_input(bytes, len);
    analyse(&options, &answer);
    options_free(&options);
    return answer;
}

static void check_same(const struct answer *a, struct answer b)
{
    CHECK(a->status == b.status && a->outcome == b.outcome);
    CHECK(a->len == b.len && memcmp(a->text, b.text, a->len) == 0);
    free(b.text);
}

/* A classic file, and one in another of the formats. */
static void check_formats(struct cursor octets, uint8_t how)
{
    enum capture_format other = CAPTURE_PCAP + 1 + (how >> FORMAT) % (CAPTURE_FORMATS - 1);
    struct capture_file file = capture_write(CAPTURE_PCAP, octets);
    struct answer answer = read_bytes(file.bytes, file.len, how, "json");
    free(file.bytes);
    check_answer(&answer, "json");
    file = capture_write(other, octets);
    check_same(&answer, read_bytes(file.bytes, file.len, how, "json"));
    free(file.bytes);
    free(answer.text);
}

static void check_file(struct cursor bytes, uint8_t how)
{
    static const char *const formats[] = {"json", "json",   "text",       "table",
                                          "csv",  "nagios", "prometheus", "svg"};
    const char *format = formats[how >> FORMAT];
    struct answer answer = read_bytes(bytes.at, bytes.left, how, format);
    check_answer(&answer, format);
    if ((how & COMPRESSED) != 0 && bytes.left > 0) {
        struct capture_file file = capture_gzip(bytes.at, bytes.left);
        if (file.bytes != NULL)
            check_same(&answer, read_bytes(file.bytes, file.len, how, format));
        free(file.bytes);
    }
    free(answer.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor in = cursor_over(data, size);
    uint8_t how = take_u8(&in);
    if ((how & WRITTEN) != 0)
        check_formats(in, how);
    else
        check_file(in, how);
    return 0;
}
