/* SPDX-License-Identifier: BSD-2-Clause */
/* Each part is tested as a run uses it, in a child process, because a run permanently drops what
 * the next test needs. */
#include "run/doctor.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/escape.h"
#include "cli/commandline.h"
#include "confine/capabilities.h"
#include "confine/landlock.h"
#include "confine/resolver.h"
#include "confine/sandbox.h"
#include "live/neighbours.h"
#include "live/run/probe.h"
#include "loop/conntrack.h"
#include "loop/share.h"
#include "net/capture.h"
#include "net/guard.h"
#include "net/privileges.h"
#include "net/route.h"
#include "net/settings.h"
#include "net/transmit.h"
#include "output/output.h"
#include "run/demo.h"

#define PORT_FIRST  61000
#define PORT_LAST   61999
#define PATIENCE_S  20 /* for one trial */
#define HOST        "127.0.0.1"
#define FINDING_MAX 320

/* The result of a test: text if it works, otherwise *error says what is wrong and how to fix it.
 * Returns 0 or -1. */
typedef int trial(char text[FINDING_MAX], struct error *error);

static const struct address loopback = {FAMILY_IPV4, {127, 0, 0, 1}};

static int try_capabilities(char text[FINDING_MAX], struct error *error)
{
    if (privileges_check(error) != 0 || capabilities_drop(error) != 0)
        return -1;
    snprintf(text, FINDING_MAX, "CAP_NET_RAW is present, and is dropped");
    return 0;
}

static int try_raw_sockets(char text[FINDING_MAX], struct error *error)
{
    struct error ignored;
    struct transmit *transmit = transmit_open(true, false, error);
    if (transmit == NULL)
        return -1;
    transmit_close(transmit);
    transmit = transmit_open(false, true, &ignored);
    transmit_close(transmit);
    snprintf(text, FINDING_MAX, transmit != NULL ? "IPv4 and IPv6" : "IPv4; this host has no IPv6");
    return 0;
}

static int try_capture(char text[FINDING_MAX], struct error *error)
{
    struct capture *capture =
        capture_open(LOOPBACK, CAPTURE_FRAMES_LEAST, PORT_FIRST, PORT_LAST, error);
    if (capture == NULL)
        return -1;
    snprintf(text, FINDING_MAX, "on %s, time stamps in %s", LOOPBACK,
             capture_has_nanoseconds(capture) ? "nanoseconds" : "microseconds only");
    capture_close(capture);
    return 0;
}

/* After the capabilities are dropped, as in a run. */
static int try_guard(char text[FINDING_MAX], struct error *error)
{
    struct guard guard;
    if (guard_open_any(&guard, &loopback, PORT_FIRST, PORT_LAST, error) != 0)
        return -1;
    snprintf(text, FINDING_MAX, "%s%s", guard_kind_name(&guard),
             guard.kind == GUARD_TTL ? "; a neighbour that sends with TTL 255 passes it" : "");
    guard_close(&guard);
    return 0;
}

static int try_route(char text[FINDING_MAX], struct error *error)
{
    struct route route;
    enum reason reason;
    const struct route_request request = {.destination = loopback};
    int found = route_lookup(&request, &route, &reason, error);
    if (found < 0)
        return -1;
    if (found > 0)
        return error_set(error, STATUS_RUN, "no route to " HOST ": ip link set lo up");
    snprintf(text, FINDING_MAX, HOST " by %s", route.interface);
    return 0;
}

static int try_names(char text[FINDING_MAX], struct error *error)
{
    char address[ADDRESS_TEXT_MAX];
    struct resolved resolved;
    struct resolver *resolver = resolver_start(error);
    if (resolver == NULL)
        return -1;
    int status = resolver_resolve(resolver, "localhost", FAMILY_NONE, &resolved, NULL, error);
    resolver_stop(resolver);
    if (status != 0)
        return error_context(error, "add localhost to /etc/hosts");
    snprintf(text, FINDING_MAX, "localhost is %s", address_text(&resolved.address, address));
    return 0;
}

static int try_sandbox(char text[FINDING_MAX], struct error *error)
{
    int status = sandbox_try(error), version = landlock_version();
    if (status != 0)
        return error_context(error, "runs continue without it");
    if (version > 0)
        snprintf(text, FINDING_MAX, "%s; Landlock version %d", sandbox_build(), version);
    else
        snprintf(text, FINDING_MAX, "%s; no Landlock, and runs continue without it",
                 sandbox_build());
    return 0;
}

/* What a large run leaves to others of what the whole host shares. */
static int try_room(char text[FINDING_MAX], struct error *error)
{
    struct conntrack table;
    struct ephemeral ephemeral;
    conntrack_open(&table);
    int64_t count = conntrack_count(&table);
    bool full = conntrack_is_full(&table);
    uint64_t most = table.most;
    conntrack_close(&table);
    settings_ephemeral(&ephemeral);
    if (full)
        return error_set(error, STATUS_RUN,
                         "the connection-tracking table is full (%lld entries): raise "
                         "net.netfilter.nf_conntrack_max",
                         (long long)count);
    char tracked[80] = "any number of connections";
    struct share share;
    share_init(&share, most, count > 0 ? (uint64_t)count : 0, 0);
    if (count >= 0)
        snprintf(tracked, sizeof tracked, "%llu tracked connections beside %lld",
                 (unsigned long long)(share.most - share.counted), (long long)count);
    unsigned neighbours = settings_neighbours(FAMILY_IPV4) / 2;
    snprintf(text, FINDING_MAX,
             "%s; %u neighbours at a time, which is %u silent ones a second; %u source ports",
             tracked, neighbours, neighbours * 1000 / NEIGHBOURS_SILENT_MS,
             ((unsigned)ephemeral.last - ephemeral.first + 1) / 2);
    return 0;
}

static int probe_server(uint16_t port, char text[FINDING_MAX], struct error *error)
{
    struct options options;
    struct output output;
    char program[] = "tcpshake", quiet[] = "-qq", host[] = HOST, port_text[8];
    char *arguments[] = {program, quiet, host, port_text, NULL};
    snprintf(port_text, sizeof port_text, "%u", (unsigned)port);
    if (options_parse(4, arguments, &options, error) != 0 ||
        output_open(&output, &options, error) != 0 || probe_run(&options, &output, error) != 0)
        return -1;
    const struct summary *whole = tally_whole(output.tally);
    if (whole->by_teardown[TEARDOWN_GRACEFUL] != 1)
        return error_set(
            error, STATUS_RUN,
            "the connection did not open and close properly: tcpshake --demo shows the details");
    snprintf(text, FINDING_MAX, HOST ":%u opened and closed, round trip %.3f ms", (unsigned)port,
             (double)whole->syn_rtt.min_ns / 1e6);
    return 0;
}

static int try_probe(char text[FINDING_MAX], struct error *error)
{
    uint16_t port;
    if (demo_start_server(&port, error) != 0)
        return -1;
    return probe_server(port, text, error);
}

static const struct {
    const char *name;
    trial *try;
} trials[] = {
    {"capabilities", try_capabilities},
    {"raw sockets", try_raw_sockets},
    {"capture", try_capture},
    {"guard", try_guard},
    {"route", try_route},
    {"names", try_names},
    {"sandbox", try_sandbox},
    {"room", try_room},
    {"complete probe", try_probe},
};

struct finding {
    bool works;
    char text[FINDING_MAX];
};

static _Noreturn void examine(trial *try, int fd)
{
    struct error error;
    struct finding finding = {.works = false};
    alarm(PATIENCE_S);
    finding.works = try(finding.text, &error) == 0;
    if (!finding.works)
        snprintf(finding.text, sizeof finding.text, "%s", error.text);
    _exit(write(fd, &finding, sizeof finding) == sizeof finding ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* The fate of a child that reported nothing, or did not end well. */
static void tell_end(int status, struct finding *finding)
{
    finding->works = false;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
        snprintf(finding->text, sizeof finding->text,
                 "the sandbox blocks a required system call: build with --enable-debug to see "
                 "which, or with --disable-sandbox");
    else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        snprintf(finding->text, sizeof finding->text, "not finished within %d s", PATIENCE_S);
    else
        snprintf(finding->text, sizeof finding->text, "ended with wait status 0x%x",
                 (unsigned)status);
}

static int find(trial *try, struct finding *finding, struct error *error)
{
    int ends[2], status = 0;
    if (pipe(ends) != 0)
        return error_set_code(error, errno, "cannot test it");
    pid_t child = fork();
    if (child == 0)
        examine(try, ends[1]);
    close(ends[1]);
    ssize_t len = child > 0 ? read(ends[0], finding, sizeof *finding) : -1;
    close(ends[0]);
    if (child < 0 || waitpid(child, &status, 0) != child)
        return error_set_code(error, errno, "cannot test it");
    if (len != sizeof *finding || status != EXIT_SUCCESS)
        tell_end(status, finding);
    return 0;
}

int doctor_run(FILE *out)
{
    int result = STATUS_OK;
    for (size_t i = 0; i < sizeof trials / sizeof trials[0]; i++) {
        struct error error;
        struct finding finding = {.works = false};
        if (find(trials[i].try, &finding, &error) != 0) {
            finding.works = false;
            memcpy(finding.text, error.text, sizeof error.text);
        }
        if (!finding.works)
            result = STATUS_RUN;
        char safe[ESCAPE_GROWTH * FINDING_MAX];
        fprintf(out, "%-14s %s: %s\n", trials[i].name, finding.works ? "works" : "fails",
                escape_text(safe, sizeof safe, finding.text, false));
        fflush(out);
    }
    return result;
}
