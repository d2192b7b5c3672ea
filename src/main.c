/* SPDX-License-Identifier: BSD-2-Clause */
/* Wiring and exit status, nothing else. */
#include <stdio.h>

#include "options.h"
#include "process.h"
#include "run/analyse.h"
#include "run/demo.h"
#include "run/output.h"
#include "run/probe.h"
#include "version.h"

typedef int runner(const struct options *options, struct output *output, struct error *error);

static int run(const struct options *options)
{
    static runner *const runners[] = {
        [MODE_PROBE] = probe_run, [MODE_READ] = analyse_run, [MODE_DEMO] = demo_run};
    struct output output;
    struct error error, late;
    if (output_open(&output, options, &error) != 0) {
        error_print(&error);
        return (int)error.status;
    }
    int status = runners[options->mode](options, &output, &error);
    int outcome = output_close(&output, &late);
    if (status != 0)
        error_print(&error);
    if (outcome < 0)
        error_print(&late);
    return status != 0 ? (int)error.status : outcome < 0 ? (int)late.status : outcome;
}

static int tell(void (*print)(FILE *out))
{
    struct error error;
    print(stdout);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return STATUS_OK;
    error_set(&error, STATUS_RUN, "cannot write to standard output");
    error_print(&error);
    return STATUS_RUN;
}

int main(int argc, char **argv)
{
    struct options options;
    struct error error;
    if (process_prepare(&error) != 0 || options_parse(argc, argv, &options, &error) != 0) {
        error_print(&error);
        return (int)error.status;
    }
    int status = options.mode == MODE_HELP      ? tell(options_help)
                 : options.mode == MODE_VERSION ? tell(version_print)
                                                : run(&options);
    options_free(&options);
    return status;
}
