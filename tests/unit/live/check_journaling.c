/* SPDX-License-Identifier: BSD-2-Clause */
/* What is written into a journal, in which order and how often, and what identifies its run. The
 * output, the file of the journal, the child that syncs and the clock are played here. */
#include "live/journaling.h"

#include <errno.h>
#include <string.h>

#include "fixtures/commandline.h"
#include "fixtures/said.h"
#include "harness.h"
#include "net/clock.h"
#include "output/inplace.h"

#define MS        INT64_C(1000000)
#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static struct options options;
static struct jobs jobs;
static struct output output;
static struct journaling journaling;
static struct error error;

/* What is done, in order */

static char deeds[512];

static void note(const char *deed, unsigned long long number)
{
    size_t len = strlen(deeds);
    snprintf(deeds + len, sizeof deeds - len, "%s%s %llu", len > 0 ? ", " : "", deed, number);
}

static const char *done(void)
{
    static char text[sizeof deeds];
    strcpy(text, deeds);
    deeds[0] = '\0';
    return text;
}

static int64_t now_ns, flushing_ns;

int64_t clock_monotonic_ns(void)
{
    return now_ns;
}

int64_t clock_epoch_ns(void)
{
    return now_ns;
}

int clock_wait(struct pollfd *polled, nfds_t count, int64_t until_ns)
{
    (void)until_ns;
    return poll(polled, count, 0);
}

/* The output */

static struct summary whole;
static size_t archive_len;
static bool same_file, cut_off;
static int output_code;

const struct summary *tally_whole(const struct tally *tally)
{
    (void)tally;
    return &whole;
}

bool inplace_is_at(const struct output *of, const char *path)
{
    (void)of;
    return same_file && strcmp(path, "journal") == 0;
}

static int try_output(struct error *cause)
{
    return output_code == 0 ? 0 : error_set(cause, STATUS_RUN, "the output is broken");
}

int inplace_begin(const struct output *of, struct error *cause)
{
    (void)of;
    note("begin", 0);
    return try_output(cause);
}

int inplace_continue(struct output *of, uint64_t length, const uint8_t *saved, size_t saved_len,
                     struct error *cause)
{
    (void)of;
    (void)saved;
    note("continue", length);
    note("with", saved_len);
    whole.connections = 41;
    return try_output(cause);
}

size_t inplace_archive(struct output *of, uint8_t *out, size_t size)
{
    (void)of;
    for (size_t i = 0; i < archive_len && i < size; i++)
        out[i] = (uint8_t)(i % 251);
    return archive_len;
}

int inplace_flush(struct output *of, uint64_t *length, struct error *cause)
{
    (void)of;
    now_ns += flushing_ns;
    *length = 77;
    note("flush", 77);
    return try_output(cause);
}

int inplace_sync(struct output *of, uint64_t *length, struct error *cause)
{
    (void)of;
    *length = 88;
    note("sync", 88);
    return try_output(cause);
}

void inplace_freeze(struct output *of)
{
    (void)of;
}

int inplace_conclude(struct output *of, uint64_t *length, struct error *cause)
{
    (void)of;
    *length = 99;
    note("conclude", 99);
    return try_output(cause);
}

int inplace_was_concluded(struct output *of, uint64_t length, int status, struct error *cause)
{
    (void)of;
    note("was concluded with", (unsigned)status);
    return cut_off ? error_set(cause, STATUS_USAGE, "it has fewer octets than %llu",
                               (unsigned long long)length)
                   : 0;
}

/* The journal */

static struct journal_state found, written;
static struct journal_binding binding;
static bool resumes;
static int journal_code;

int journal_file_open(struct journal_file *file, const char *path, const struct journal_binding *of,
                      struct journal_state *state, bool *goes_on, struct error *cause)
{
    (void)cause;
    ck_assert_str_eq(path, "journal");
    file->fd = 9;
    binding = *of;
    *state = found;
    *goes_on = resumes;
    return 0;
}

static int try_journal(const char *deed, const struct journal_state *state, struct error *cause)
{
    written = *state;
    note(deed, state->output_length);
    return journal_code == 0 ? 0 : error_set(cause, STATUS_RUN, "the journal is broken");
}

int journal_file_save(struct journal_file *file, struct journal_state *state, struct error *cause)
{
    (void)file;
    return try_journal("save", state, cause);
}

int journal_file_write(struct journal_file *file, struct journal_state *state, struct error *cause)
{
    (void)file;
    return try_journal("write", state, cause);
}

void journal_file_synced(struct journal_file *file)
{
    (void)file;
    note("valid", 0);
}

void journal_file_withdraw(const struct journal_file *file)
{
    (void)file;
    note("withdraw", 0);
}

void journal_file_close(struct journal_file *file)
{
    (void)file;
    note("close", 0);
}

/* The child: it has answered, or not yet. */

static int answer, problem;

struct syncer *syncer_start(const int files[SYNCER_FILES], struct error *cause)
{
    (void)cause;
    ck_assert_int_eq(files[0], fileno(stdout));
    ck_assert_int_eq(files[1], 9);
    return (struct syncer *)&answer;
}

void syncer_stop(struct syncer *syncer)
{
    (void)syncer;
}

int syncer_fd(const struct syncer *syncer)
{
    (void)syncer;
    return 7;
}

int syncer_ask(struct syncer *syncer, unsigned n, struct error *cause)
{
    (void)syncer;
    (void)cause;
    note("ask for file", n);
    return 0;
}

int syncer_read(struct syncer *syncer, int *code, struct error *cause)
{
    (void)syncer;
    *code = problem;
    return answer < 0 ? error_set(cause, STATUS_RUN, "the child is gone") : answer;
}

/* The run of a command line */

static void read_line(const char *line)
{
    char text[512];
    snprintf(text, sizeof text, "--resume journal -o out -n %s", line);
    commandline_parse(text, &options);
    jobs = (struct jobs){.options = &options};
    ck_assert_int_eq(supply_open(&jobs.supply, &options, INT64_MAX, &error), 0);
    output = (struct output){.file = stdout};
    journaling = (struct journaling){.options = &options, .jobs = &jobs, .output = &output};
}

static void begin(const char *line)
{
    read_line(line);
    ck_assert_msg(journaling_open(&journaling, &error) == 0, "%s", error.text);
    (void)done();
}

static void end(void)
{
    journaling_close(&journaling);
    supply_close(&jobs.supply);
    options_free(&options);
}

static void set_up(void)
{
    said_begin();
    deeds[0] = '\0';
    now_ns = 1000 * MS;
    flushing_ns = 0;
    whole = (struct summary){.connections = 0};
    archive_len = 10;
    same_file = cut_off = resumes = false;
    output_code = journal_code = answer = problem = 0;
    found = (struct journal_state){.status = JOURNAL_UNFINISHED};
}

static void tear_down(void)
{
    end();
    said_end();
}

static int keep(void)
{
    error.text[0] = '\0';
    return journaling_keep(&journaling, now_ns, &error);
}

#define LINE "-j --in-order -c 3 192.0.2.1:80-89"

START_TEST(a_run_begins_with_a_record)
{
    read_line(LINE);
    ck_assert_int_eq(journaling_open(&journaling, &error), 0);
    ck_assert_str_eq(done(), "begin 0, save 0");
    ck_assert_uint_eq(written.status, JOURNAL_UNFINISHED);
    ck_assert_uint_eq(written.pending_count, 0);
    ck_assert(journaling.open && !journaling.concluded && !jobs.resumes);
    ck_assert_int_eq(journaling_fd(&journaling), 7);
    ck_assert_int_eq(journaling_due_ns(&journaling), now_ns + 50 * MS);
}
END_TEST

/* The disk has the output before the journal that tells its length, and the journal before it is
 * believed. */
START_TEST(a_record_has_its_order)
{
    begin(LINE);
    now_ns += 50 * MS;
    whole.connections = 1;
    ck_assert_int_eq(keep(), 0);
    ck_assert_str_eq(done(), "flush 77, ask for file 0");
    ck_assert_int_eq(journaling_due_ns(&journaling), INT64_MAX);
    ck_assert_int_eq(keep(), 0);
    ck_assert_str_eq(done(), "");
    answer = 1;
    ck_assert_int_eq(keep(), 0);
    ck_assert_str_eq(done(), "write 77, ask for file 1");
    ck_assert_int_eq(journaling_due_ns(&journaling), INT64_MAX);
    ck_assert_int_eq(keep(), 0);
    ck_assert_str_eq(done(), "valid 0");
    ck_assert_int_lt(journaling_due_ns(&journaling), INT64_MAX);
    now_ns += 5000 * MS;
    ck_assert_int_eq(keep(), 0);
    ck_assert_str_eq(done(), ""); /* nothing has changed */
    whole.connections = 2;
    now_ns = journaling_due_ns(&journaling);
    ck_assert_int_eq(keep(), 0);
    ck_assert_str_eq(done(), "flush 77, ask for file 0");
}
END_TEST

START_TEST(targets_that_are_taken_are_a_change)
{
    struct goal goal;
    begin(LINE);
    now_ns += 50 * MS;
    ck_assert_int_eq(supply_next(&jobs.supply, now_ns, &goal), SUPPLY_GOAL);
    ck_assert_int_eq(keep(), 0);
    ck_assert_str_eq(done(), "flush 77, ask for file 0");
    ck_assert_uint_eq(journaling.state.position, walk_position(&jobs.supply.walk));
    answer = 1;
    ck_assert_int_eq(keep(), 0);
    ck_assert_int_eq(keep(), 0);
    (void)done();
    now_ns = journaling_due_ns(&journaling);
    ck_assert_int_eq(keep(), 0);
    ck_assert_str_eq(done(), ""); /* until there is another */
    ck_assert_int_eq(supply_next(&jobs.supply, now_ns, &goal), SUPPLY_GOAL);
    now_ns = journaling_due_ns(&journaling);
    ck_assert_int_eq(keep(), 0);
    ck_assert_str_eq(done(), "flush 77, ask for file 0");
}
END_TEST

/* 50 ms, 100 ms, ... 800 ms, 1 s, 1 s; but where it takes long, at most a twentieth of the time. */
START_TEST(records_become_rarer)
{
    static const int64_t pauses_ms[] = {50, 100, 200, 400, 800, 1000, 1000};
    begin(LINE);
    answer = 1;
    flushing_ns = _i == 0 ? 0 : 30 * MS;
    for (size_t i = 0; i < LENGTH(pauses_ms); i++) {
        now_ns = journaling_due_ns(&journaling);
        ck_assert_int_eq(journaling_keep(&journaling, now_ns - 1, &error), 0);
        ck_assert_str_eq(done(), "");
        whole.connections++;
        ck_assert_int_eq(keep(), 0);
        ck_assert_str_eq(done(), "flush 77, ask for file 0");
        ck_assert_int_eq(keep(), 0);
        ck_assert_int_eq(keep(), 0);
        (void)done();
        int64_t pause_ms = _i == 0 || pauses_ms[i] > 600 ? pauses_ms[i] : 600;
        ck_assert_int_eq(journaling_due_ns(&journaling) - now_ns, pause_ms * MS);
    }
}
END_TEST

START_TEST(a_file_that_cannot_be_synced_is_named)
{
    static const char *const wanted[] = {"cannot write 'out': No space left on device",
                                         "cannot write 'journal': No space left on device"};
    begin(LINE);
    now_ns += 50 * MS;
    whole.connections = 1;
    ck_assert_int_eq(keep(), 0);
    answer = 1;
    if (_i == 1)
        ck_assert_int_eq(keep(), 0);
    problem = ENOSPC;
    ck_assert_int_eq(keep(), -1);
    ck_assert_str_eq(error.text, wanted[_i]);
    ck_assert_int_eq(error.status, STATUS_RUN);
}
END_TEST

/* Each step that fails ends the record. */
START_TEST(an_error_is_passed_on)
{
    begin(LINE);
    now_ns += 50 * MS;
    whole.connections = 1;
    output_code = _i == 0 ? -1 : 0;
    ck_assert_int_eq(keep(), _i == 0 ? -1 : 0);
    if (_i == 0)
        ck_assert_str_eq(error.text, "the output is broken");
    if (_i == 0)
        return;
    answer = _i == 1 ? -1 : 1;
    journal_code = _i == 2 ? -1 : 0;
    ck_assert_int_eq(keep(), -1);
    ck_assert_str_eq(error.text, _i == 1 ? "the child is gone" : "the journal is broken");
}
END_TEST

static void put_job(struct job *job, uint64_t place, uint64_t reported)
{
    *job = (struct job){.walk_place = place, .reported = reported, .after = jobs.first};
    jobs.first = job;
    jobs.count++;
}

static void expect_pending(size_t i, uint64_t place, uint64_t reported)
{
    struct journal_pending pending = journal_pending_get(&written, i);
    ck_assert_uint_eq(pending.place, place);
    ck_assert_uint_eq(pending.reported, reported);
}

/* Of those under way, those that have not all of their connections reported; and of the interrupted
 * run's, those that were not taken yet. */
START_TEST(what_is_not_reported_is_kept)
{
    static struct journal_pending unfinished[3] = {{1, 1}, {4, 2}, {6, 0}};
    struct job list[3];
    begin(LINE);
    put_job(&list[0], 7, 2);
    put_job(&list[1], 8, 3);
    put_job(&list[2], 9, 0);
    jobs.supply.unfinished = unfinished;
    jobs.supply.unfinished_count = 3;
    jobs.supply.unfinished_next = 1;
    ck_assert_int_eq(journaling_leave(&journaling, &error), 0);
    ck_assert_str_eq(done(), "sync 88, save 88");
    ck_assert_uint_eq(written.status, JOURNAL_UNFINISHED);
    ck_assert_uint_eq(written.pending_count, 4);
    expect_pending(0, 9, 0);
    expect_pending(1, 7, 2);
    expect_pending(2, 4, 2);
    expect_pending(3, 6, 0);
    jobs.supply.unfinished = NULL;
    jobs.first = NULL;
}
END_TEST

/* More of both than there was room for. */
START_TEST(the_room_grows)
{
    static struct job list[9000];
    begin(LINE);
    archive_len = 200000;
    for (size_t i = 0; i < LENGTH(list); i++)
        put_job(&list[i], i, 0);
    ck_assert_int_eq(journaling_leave(&journaling, &error), 0);
    ck_assert_uint_eq(written.pending_count, LENGTH(list));
    for (size_t i = 0; i < LENGTH(list); i++)
        expect_pending(i, LENGTH(list) - 1 - i, 0);
    ck_assert_uint_eq(written.summary_len, archive_len);
    for (size_t i = 0; i < archive_len; i++)
        ck_assert_uint_eq(written.summary[i], i % 251);
    jobs.first = NULL;
}
END_TEST

/* The status is that of the connections, unless the run itself failed. */
START_TEST(a_run_is_concluded_once)
{
    begin(LINE);
    output.status = 1;
    ck_assert_int_eq(journaling_conclude(&journaling, _i == 0 ? 0 : STATUS_RUN, &error), 0);
    ck_assert_str_eq(done(), "conclude 99, save 99");
    ck_assert_uint_eq(written.status, _i == 0 ? 1 : STATUS_RUN);
}
END_TEST

START_TEST(what_cannot_be_written_is_not_recorded)
{
    begin(LINE);
    output_code = -1;
    if (_i == 0)
        ck_assert_int_eq(journaling_leave(&journaling, &error), -1);
    else
        ck_assert_int_eq(journaling_conclude(&journaling, 0, &error), -1);
    ck_assert_str_eq(error.text, "the output is broken");
    ck_assert_str_eq(done(), _i == 0 ? "sync 88" : "conclude 99");
}
END_TEST

START_TEST(a_run_goes_on)
{
    found = (struct journal_state){.position = 4,
                                   .output_length = 1234,
                                   .status = JOURNAL_UNFINISHED,
                                   .summary = (const uint8_t *)"summary",
                                   .summary_len = 7};
    resumes = true;
    read_line(LINE);
    ck_assert_int_eq(journaling_open(&journaling, &error), 0);
    ck_assert_str_eq(done(), "continue 1234, with 7");
    ck_assert(jobs.resumes && !journaling.concluded);
    ck_assert_uint_eq(walk_position(&jobs.supply.walk), 4);
    now_ns += 50 * MS;
    ck_assert_int_eq(keep(), 0);
    ck_assert_str_eq(done(), ""); /* what was read is no change */
}
END_TEST

/* Before the run has begun to report, a journal that was made for it goes with it. */
START_TEST(a_run_that_has_not_begun_leaves_no_journal)
{
    output_code = _i == 0 ? -1 : 0;
    read_line(LINE);
    ck_assert_int_eq(journaling_open(&journaling, &error), output_code);
    output.begun = _i == 2;
    (void)done();
    journaling_close(&journaling);
    ck_assert_str_eq(done(), output.begun ? "close 0" : "withdraw 0, close 0");
    journaling = (struct journaling){.output = &output};
}
END_TEST

START_TEST(a_journal_that_does_not_fit_is_named)
{
    found.position = _i == 0 ? 1000 : 4;
    output_code = _i == 0 ? 0 : -1;
    resumes = true;
    read_line(LINE);
    ck_assert_int_eq(journaling_open(&journaling, &error), -1);
    ck_assert_ptr_eq(strstr(error.text, _i == 0 ? "journal: the journal is damaged"
                                                : "journal: the output is broken"),
                     error.text);
}
END_TEST

/* Nothing is left to do, which is said unless nothing is to be said. */
static const struct {
    const char *line;
    uint64_t status;
    bool cut_off;
    const char *deeds, *says;
} ends[] = {
    {LINE, 0, false, "was concluded with 0",
     "tcpshake: the run of the journal 'journal' is complete: nothing is left to do\n"},
    {"-q " LINE, 1, false, "was concluded with 1",
     "tcpshake: the run of the journal 'journal' is complete: nothing is left to do\n"},
    {LINE, 1000, false, "was concluded with 255",
     "tcpshake: the run of the journal 'journal' is complete: nothing is left to do\n"},
    {LINE, 0, true, "was concluded with 0", ""},
};

START_TEST(a_complete_run_is_not_made_again)
{
    found = (struct journal_state){.position = 10, .output_length = 5, .status = ends[_i].status};
    resumes = true;
    cut_off = ends[_i].cut_off;
    read_line(ends[_i].line);
    int code = journaling_open(&journaling, &error);
    ck_assert_int_eq(code, cut_off ? -1 : 0);
    ck_assert_str_eq(done(), ends[_i].deeds);
    ck_assert_str_eq(said(), ends[_i].says);
    ck_assert(journaling.concluded);
    ck_assert_int_eq(journaling_fd(&journaling), -1);
    if (cut_off)
        ck_assert_str_eq(error.text, "journal: it has fewer octets than 5");
}
END_TEST

START_TEST(two_files_are_needed)
{
    same_file = true;
    read_line(LINE);
    ck_assert_int_eq(journaling_open(&journaling, &error), -1);
    ck_assert_str_eq(error.text, "--resume and -o both name 'journal': use two files");
    ck_assert_int_eq(error.status, STATUS_USAGE);
    ck_assert_str_eq(done(), "");
}
END_TEST

/* What a resumed run has to have in common with the one before, and by which number of the binding
 * that is told; what is not here may differ. */

enum {
    NOTHING,
    TARGETS,
    EXCLUSIONS,
    PLAN,
    CONNECTIONS,
    ORDER,
    SHARD,
    CONDITIONS,
    FORM,
};

#define BASE "-j -c 9 --offer ecn "
#define HOST "192.0.2.1 80"

static const struct {
    const char *line;
    unsigned differs;
} lines[] = {
    {BASE HOST, NOTHING},
    {BASE "--rate 5 --parallel 2 -i 3 -W 9 " HOST, NOTHING},
    {BASE "192.0.2.1 81", TARGETS},
    {BASE "192.0.2.2 80", TARGETS},
    {BASE "--exclude 192.0.2.9 " HOST, EXCLUSIONS},
    {BASE "--exclude 192.0.2.8 " HOST, EXCLUSIONS},
    {"-j -c 8 --offer ecn " HOST, CONNECTIONS},
    {BASE "--in-order " HOST, ORDER},
    {BASE "--seed 4 " HOST, ORDER},
    {BASE "--seed 5 " HOST, ORDER},
    {BASE "--shard 1/2 " HOST, SHARD},
    {BASE "--shard 2/2 " HOST, SHARD},
    {BASE "--shard 1/3 " HOST, SHARD},
    {BASE "--abort " HOST, PLAN},
    {BASE "--half-open " HOST, PLAN},
    {BASE "--hold 1 " HOST, PLAN},
    {BASE "--time-wait 1 " HOST, PLAN},
    {BASE "--send a " HOST, PLAN},
    {BASE "--send b " HOST, PLAN},
    {BASE "--send bb " HOST, PLAN},
    {BASE "--without sack " HOST, PLAN},
    {BASE "--compare " HOST, PLAN},
    {BASE "--path " HOST, PLAN},
    {BASE "--path --max-hops 7 " HOST, PLAN},
    {BASE "--path-mtu " HOST, PLAN},
    {BASE "--mss 600 " HOST, PLAN},
    {BASE "-t 9 " HOST, PLAN},
    {BASE "--control-port auto " HOST, PLAN},
    {BASE "--control-port 7 " HOST, PLAN},
    {BASE "-4 " HOST, PLAN},
    {BASE "--expect closed " HOST, CONDITIONS},
    {BASE "--expect-close reset " HOST, CONDITIONS},
    {BASE "--max-rtt 7 " HOST, CONDITIONS},
    {BASE "--fail-after 2 " HOST, CONDITIONS},
    {BASE "--succeed-after 2 " HOST, CONDITIONS},
    {BASE "--max-loss 2 " HOST, CONDITIONS},
    {BASE "-q " HOST, FORM},
    {BASE "-v " HOST, FORM},
    {BASE "--color never " HOST, FORM},
    {BASE "--color always " HOST, FORM},
    {BASE "--ascii " HOST, FORM},
    {BASE "-D " HOST, FORM},
    {BASE "--only open " HOST, FORM},
    {BASE "--only closed " HOST, FORM},
    {BASE "--only failed " HOST, FORM},
    {BASE "--format csv " HOST, FORM},
    {BASE "--format table " HOST, FORM},
};

static void take_numbers(const char *line, uint64_t numbers[FORM + 1])
{
    begin(line);
    const uint64_t taken[] = {[TARGETS] = binding.targets,
                              [EXCLUSIONS] = binding.exclusions,
                              [PLAN] = binding.plan,
                              [CONNECTIONS] = binding.connections,
                              [ORDER] = 2 * binding.seed + binding.as_written,
                              [SHARD] = 1000 * binding.shard + binding.shards,
                              [CONDITIONS] = binding.conditions,
                              [FORM] = binding.form};
    memcpy(numbers, taken, sizeof taken);
    end();
}

START_TEST(a_run_is_known_by_what_it_does)
{
    static uint64_t numbers[LENGTH(lines)][FORM + 1];
    for (size_t i = 0; i < LENGTH(lines); i++)
        take_numbers(lines[i].line, numbers[i]);
    for (size_t i = 0; i < LENGTH(lines); i++)
        for (unsigned k = 1; k <= FORM; k++) {
            /* the order is computed from targets and exclusions */
            if (k == ORDER && (lines[i].differs == TARGETS || lines[i].differs == EXCLUSIONS))
                continue;
            ck_assert_msg((numbers[i][k] != numbers[0][k]) == (lines[i].differs == k),
                          "'%s': number %u", lines[i].line, k);
            for (size_t j = 1; j < i && lines[i].differs == k; j++)
                ck_assert_msg(lines[j].differs != k || numbers[i][k] != numbers[j][k],
                              "'%s' is as '%s'", lines[i].line, lines[j].line);
        }
    begin(LINE);
}
END_TEST

START_TEST(without_the_option_there_is_none)
{
    read_line(LINE);
    options.resume_path = NULL;
    ck_assert_int_eq(journaling_open(&journaling, &error), 0);
    ck_assert(!journaling.open);
    ck_assert_int_eq(journaling_fd(&journaling), -1);
    ck_assert_str_eq(done(), "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("journaling");
    TCase *tests = tcase_create("records");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_run_begins_with_a_record);
    tcase_add_test(tests, a_record_has_its_order);
    tcase_add_test(tests, targets_that_are_taken_are_a_change);
    tcase_add_loop_test(tests, records_become_rarer, 0, 2);
    tcase_add_loop_test(tests, a_file_that_cannot_be_synced_is_named, 0, 2);
    tcase_add_loop_test(tests, an_error_is_passed_on, 0, 3);
    tcase_add_test(tests, what_is_not_reported_is_kept);
    tcase_add_test(tests, the_room_grows);
    tcase_add_loop_test(tests, a_run_is_concluded_once, 0, 2);
    tcase_add_loop_test(tests, what_cannot_be_written_is_not_recorded, 0, 2);
    tcase_add_test(tests, a_run_goes_on);
    tcase_add_loop_test(tests, a_run_that_has_not_begun_leaves_no_journal, 0, 3);
    tcase_add_loop_test(tests, a_journal_that_does_not_fit_is_named, 0, 2);
    tcase_add_loop_test(tests, a_complete_run_is_not_made_again, 0, LENGTH(ends));
    tcase_add_test(tests, two_files_are_needed);
    tcase_add_test(tests, a_run_is_known_by_what_it_does);
    tcase_add_test(tests, without_the_option_there_is_none);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
