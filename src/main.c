/* SPDX-License-Identifier: BSD-2-Clause */
/* Wiring and exit status, nothing else. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/minmax.h"
#include "base/outlet.h"
#include "cli/commandline.h"
#include "cli/optionhelp.h"
#include "cli/version.h"
#include "live/run/probe.h"
#include "output/output.h"
#include "process.h"
#include "report/records/nagios.h"
#include "run/analyse.h"
#include "run/demo.h"
#include "run/doctor.h"

typedef int runner(const struct options *options, struct output *output, struct error *error);

static void print_plugin_error(enum plugin_status status, const struct error *error)
{
    struct outlet outlet;
    outlet_init(&outlet, STDOUT_FILENO);
    FILE *out = outlet_stream(&outlet);
    if (out == NULL) { /* out of memory */
        error_print(error);
        return;
    }
    nagios_print_error(status, error->text, out);
    fclose(out);
    outlet_free(&outlet);
}

/* A plugin prints its error where its answer is expected. By the guidelines a name that does not
 * resolve is a finding, and nothing that is wrong with the plugin. */
static int fail(const struct options *options, const struct error *error)
{
    enum plugin_status status = error->unresolved ? PLUGIN_CRITICAL : PLUGIN_UNKNOWN;
    if (!options->plugin) {
        error_print(error);
        return (int)error->status;
    }
    if (options->verbosity <= -2)
        error_print(error);
    else
        print_plugin_error(status, error);
    return (int)status;
}

static int run(const struct options *options)
{
    static runner *const runners[] = {
        [MODE_PROBE] = probe_run, [MODE_READ] = analyse_run, [MODE_DEMO] = demo_run};
    struct output output;
    struct error error, late;
    warnings_allow(options->verbosity > -2);
    if (output_open(&output, options, &error) != 0)
        return fail(options, &error);
    int status = runners[options->mode](options, &output, &error);
    int outcome = output_close(&output, status == 0, &late);
    int failure = status != 0 ? fail(options, &error) : STATUS_OK;
    if (outcome < 0)
        return (int)larger((unsigned)failure, (unsigned)fail(options, &late));
    return failure != STATUS_OK ? failure : outcome;
}

static int print_help(FILE *out)
{
    options_help(out);
    return STATUS_OK;
}

static int print_version(FILE *out)
{
    version_print(out);
    return STATUS_OK;
}

static int tell(enum mode mode)
{
    static int (*const tellers[])(FILE * out) = {
        [MODE_HELP] = print_help, [MODE_VERSION] = print_version, [MODE_DOCTOR] = doctor_run};
    struct error error;
    int status = tellers[mode](stdout);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    if (errno == EPIPE) /* the reader has exited, as head does: no message is needed */
        return STATUS_RUN;
    error_set_code(&error, errno, "cannot write standard output");
    error_print(&error);
    return STATUS_RUN;
}

int main(int argc, char **argv)
{
    struct options options = {0};
    struct error error;
    if (process_prepare(argv, &error) != 0 || options_parse(argc, argv, &options, &error) != 0)
        return fail(&options, &error);
    bool tells = options.mode >= MODE_HELP;
    int status = tells ? tell(options.mode) : run(&options);
    options_free(&options);
    return tells && options.plugin ? PLUGIN_UNKNOWN : status;
}
