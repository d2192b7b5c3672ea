/* SPDX-License-Identifier: BSD-2-Clause */
/* Capture files from end to end, the report going to memory. The first octet says how: the rest is
 * a file as it is, or octets for capture_write, which give the same report in every format. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "capture_file.h"
#include "cli/commandline.h"
#include "confine/confine.h"
#include "fuzz.h"
#include "output/formats.h"
#include "run/analyse.h"
#include "written.h"

enum {
    WRITTEN = 1,
    COMPRESSED = 2,
    VERBOSE = 4,
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

/* What a run comes to. */
struct answer {
    char *text; /* to be freed */
    size_t len;
    int status, outcome;
    struct error error;
};

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
        .file = open_memstream(&answer->text, &answer->len),
    };
    CHECK(output.tally != NULL && output.file != NULL);
    output.report.format = report_format_find(options->format);
    answer->status = analyse_run(options, &output, &answer->error);
    answer->outcome = output_close(&output, answer->status == 0, &late);
    CHECK(answer->outcome >= STATUS_OK && answer->outcome <= STATUS_RUN);
    CHECK(fclose(output.file) == 0);
    check_written(options->format, answer->text, answer->len);
    if (answer->status != 0)
        CHECK(answer->error.text[0] != '\0' && answer->error.status >= STATUS_USAGE);
}

/* Signals are blocked while it runs; they are not to stay so. */
static struct answer read_bytes(const uint8_t *bytes, size_t len, uint8_t how, const char *format)
{
    struct memory_file file;
    struct answer answer = {.text = NULL};
    struct options options;
    struct error error;
    sigset_t mask;
    memory_file_open(&file, bytes, len);
    char name[16];
    snprintf(name, sizeof name, "%s", format);
    char *argv[] = {"tcpshake", "--format", name,
                    "-r",       file.path,  (how & VERBOSE) != 0 ? "-v" : "--ascii",
                    NULL};
    CHECK(options_parse(6, argv, &options, &error) == 0);
    sigprocmask(SIG_SETMASK, NULL, &mask);
    analyse(&options, &answer);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    options_free(&options);
    memory_file_close(&file);
    return answer;
}

static void check_same(const struct answer *a, struct answer b)
{
    CHECK(a->status == b.status && a->outcome == b.outcome);
    CHECK(a->len == b.len && memcmp(a->text, b.text, a->len) == 0);
    free(b.text);
}

static void check_formats(struct cursor octets, uint8_t how)
{
    struct capture_file file = capture_write(CAPTURE_PCAP, octets);
    struct answer answer = read_bytes(file.bytes, file.len, how, "json");
    free(file.bytes);
    for (int format = CAPTURE_PCAP + 1; format < CAPTURE_FORMATS; format++) {
        file = capture_write((enum capture_format)format, octets);
        check_same(&answer, read_bytes(file.bytes, file.len, how, "json"));
        free(file.bytes);
    }
    free(answer.text);
}

static void check_file(struct cursor bytes, uint8_t how)
{
    struct answer answer = read_bytes(bytes.at, bytes.left, how, "json");
    if ((how & COMPRESSED) != 0 && bytes.left > 0) {
        struct capture_file file = capture_gzip(bytes.at, bytes.left);
        if (file.bytes != NULL)
            check_same(&answer, read_bytes(file.bytes, file.len, how, "json"));
        free(file.bytes);
    } else {
        static const char *const formats[] = {"text",       "table", "csv",  "nagios",
                                              "prometheus", "svg",   "text", "text"};
        free(read_bytes(bytes.at, bytes.left, how, formats[how >> 5]).text);
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
