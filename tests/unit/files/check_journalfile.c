/* SPDX-License-Identifier: BSD-2-Clause */
/* Journals as files: killed while they are written, cut, locked, of other runs. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files/journalfile.h"
#include "harness.h"

static const struct journal_binding binding = {
    .targets = 1, .connections = 1, .shard = 1, .shards = 1, .seed = 99};
static char directory[64], path[96];
static struct journal_file file;
static struct journal_state state;
static struct error error;
static bool resumes;

/* In memory where that can be: each save waits for the disk, which others may keep busy. */
static void setup(void)
{
    const char *where = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(directory, sizeof directory, "%s/check_journalfile.XXXXXX", where);
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/journal", directory);
}

static void teardown(void)
{
    unlink(path);
    rmdir(directory);
}

static int open_it(const struct journal_binding *with)
{
    return journal_file_open(&file, path, with, &state, &resumes, &error);
}

static void must_open(void)
{
    ck_assert_msg(open_it(&binding) == 0, "%s", error.text);
}

static uint8_t pending[2000 * JOURNAL_PENDING_BYTES];

/* State i: what it holds follows from its number. */
static int save(uint64_t i)
{
    size_t count = (size_t)(i * 7919 % 2000);
    for (size_t j = 0; j < count; j++)
        journal_pending_put(pending + j * JOURNAL_PENDING_BYTES,
                            &(struct journal_pending){.place = i ^ j});
    struct journal_state next = {.position = i,
                                 .output_length = 3 * i,
                                 .status = JOURNAL_UNFINISHED,
                                 .pending = pending,
                                 .pending_count = count};
    return journal_file_save(&file, &next, &error);
}

static void check_state(uint64_t i)
{
    ck_assert(resumes);
    ck_assert_uint_eq(state.position, i);
    ck_assert_uint_eq(state.output_length, 3 * i);
    ck_assert_uint_eq(state.pending_count, i * 7919 % 2000);
    for (size_t j = 0; j < state.pending_count; j++)
        ck_assert_uint_eq(journal_pending_get(&state, j).place, i ^ j);
}

START_TEST(goes_on_where_it_was)
{
    must_open();
    ck_assert(!resumes);
    journal_file_close(&file);
    must_open();
    ck_assert(!resumes);
    for (uint64_t i = 0; i < 50; i++) {
        ck_assert_int_eq(save(i), 0);
        journal_file_close(&file);
        must_open();
        check_state(i);
        ck_assert_uint_eq(state.sequence, i + 1);
    }
    struct stat found;
    ck_assert_int_eq(stat(path, &found), 0);
    ck_assert_int_lt(found.st_size, 4 * (ssize_t)sizeof pending);
    journal_file_close(&file);
}
END_TEST

/* Saves until it is killed, and says after each what was saved. */
static _Noreturn void save_on(int out, uint64_t from)
{
    for (uint64_t i = from;; i++)
        if (save(i) != 0 || write(out, &i, sizeof i) != sizeof i)
            _exit(1);
}

/* Killed at random moments, after some were saved: the last of these counts, or the one that was
 * being saved. */
START_TEST(survives_being_killed)
{
    uint64_t seed = 11, last = 0;
    for (int round = 0; round < 20; round++) {
        int ends[2];
        ck_assert_int_eq(pipe(ends), 0);
        must_open();
        pid_t child = fork();
        if (child == 0)
            save_on(ends[1], last);
        close(ends[1]);
        bool any = resumes;
        uint64_t i;
        for (uint64_t wait_for = next_random(&seed) % 4; wait_for > 0; wait_for--, any = true) {
            ck_assert_int_eq(read(ends[0], &i, sizeof i), sizeof i);
            last = i;
        }
        usleep((useconds_t)(next_random(&seed) % 5000));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        for (; read(ends[0], &i, sizeof i) == sizeof i; any = true)
            last = i;
        close(ends[0]);
        journal_file_close(&file);
        must_open();
        if (any || resumes) {
            ck_assert(resumes);
            ck_assert_uint_ge(state.position, last);
            ck_assert_uint_le(state.position, last + 1);
            last = state.position;
            check_state(last);
        }
        journal_file_close(&file);
    }
    ck_assert_uint_gt(last, 0);
}
END_TEST

/* Cut anywhere: an older state, or none, and what is saved then counts. */
START_TEST(survives_being_cut)
{
    struct stat found;
    must_open();
    for (uint64_t i = 0; i < 5; i++)
        ck_assert_int_eq(save(i), 0);
    journal_file_close(&file);
    ck_assert_int_eq(stat(path, &found), 0);
    for (off_t size = found.st_size; size >= 0; size -= size > 5000 ? 997 : 61) {
        ck_assert_int_eq(truncate(path, size), 0);
        must_open();
        if (resumes)
            check_state(state.position);
        ck_assert(!resumes || size > JOURNAL_BLOCK);
        journal_file_close(&file);
    }
    must_open();
    ck_assert_int_eq(save(8), 0);
    journal_file_close(&file);
    must_open();
    check_state(8);
    journal_file_close(&file);
}
END_TEST

/* A record that is torn leaves the one before, which was not overwritten. */
START_TEST(survives_a_torn_record)
{
    must_open();
    for (uint64_t i = 1; i < 8; i++) {
        ck_assert_int_eq(save(i), 0);
        ck_assert_int_eq(save(i + 10), 0);
        ck_assert_int_eq(pwrite(file.fd, "torn", 4, (off_t)file.written_offset + 20), 4);
        journal_file_close(&file);
        must_open();
        check_state(i);
    }
    journal_file_close(&file);
}
END_TEST

/* One that was not synced does not count as the newest: the next one takes its place. */
START_TEST(overwrites_what_was_not_synced)
{
    struct journal_state next = {.position = 1, .status = JOURNAL_UNFINISHED};
    must_open();
    ck_assert_int_eq(save(3), 0);
    ck_assert_int_eq(journal_file_write(&file, &next, &error), 0);
    const uint64_t offset = file.written_offset, sequence = next.sequence;
    ck_assert_uint_ne(offset, file.newest_offset);
    ck_assert_int_eq(journal_file_write(&file, &next, &error), 0);
    ck_assert(file.written_offset == offset && next.sequence == sequence);
    journal_file_synced(&file);
    ck_assert(file.newest_offset == offset && file.sequence == sequence);
    ck_assert_int_eq(journal_file_write(&file, &next, &error), 0);
    ck_assert(file.written_offset != offset && next.sequence == sequence + 1);
    journal_file_close(&file);
}
END_TEST

/* A run that is refused leaves no journal that it made; one that was there stays, whatever it is.
 */
START_TEST(withdraws_what_it_made)
{
    must_open();
    journal_file_withdraw(&file);
    journal_file_close(&file);
    ck_assert_int_ne(access(path, F_OK), 0);
    must_open();
    ck_assert_int_eq(save(1), 0);
    journal_file_close(&file);
    must_open();
    journal_file_withdraw(&file);
    check_state(1);
    journal_file_close(&file);
    ck_assert_int_eq(truncate(path, 0), 0);
    must_open();
    journal_file_withdraw(&file);
    journal_file_close(&file);
    ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

/* The disk may be full before there is a header. */
START_TEST(a_journal_that_cannot_be_begun_is_withdrawn)
{
    struct rlimit limit = {.rlim_cur = 100, .rlim_max = RLIM_INFINITY};
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_int_eq(open_it(&binding), -1);
    limit.rlim_cur = RLIM_INFINITY;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_ptr_nonnull(strstr(error.text, "cannot write the journal"));
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(is_of_one_run)
{
    int status = -1;
    must_open();
    pid_t other = fork();
    ck_assert_int_ge(other, 0);
    if (other == 0) {
        bool refused = open_it(&binding) == -1 && error.status == STATUS_USAGE;
        _exit(refused && strstr(error.text, "is in use by another run") != NULL ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(other, &status, 0), other);
    ck_assert_int_eq(status, 0);
    journal_file_close(&file);
}
END_TEST

/* A child that syncs may outlive a run that is killed. */
START_TEST(is_free_though_a_child_still_has_it)
{
    must_open();
    ck_assert_int_eq(save(3), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        for (;;)
            pause();
    journal_file_close(&file);
    int code = open_it(&binding);
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    ck_assert_msg(code == 0, "%s", error.text);
    check_state(3);
    journal_file_close(&file);
}
END_TEST

START_TEST(is_of_one_kind_of_run)
{
    struct journal_binding other = binding;
    other.seed++;
    must_open();
    ck_assert_int_eq(save(1), 0);
    journal_file_close(&file);
    ck_assert_int_eq(open_it(&other), -1);
    ck_assert_int_eq(error.status, STATUS_USAGE);
    ck_assert_ptr_nonnull(strstr(error.text, "belongs to a run with another seed"));
    must_open();
    check_state(1);
    journal_file_close(&file);
}
END_TEST

static void write_file(const char *text, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
    close(fd);
}

START_TEST(touches_no_other_file)
{
    static const char text[] = "do not lose this";
    char left[sizeof text];
    write_file(text, sizeof text);
    ck_assert_int_eq(open_it(&binding), -1);
    ck_assert_int_eq(error.status, STATUS_USAGE);
    ck_assert_ptr_nonnull(strstr(error.text, "is not a journal of --resume"));
    int fd = open(path, O_RDONLY);
    ck_assert_int_eq(read(fd, left, sizeof left), sizeof left);
    close(fd);
    ck_assert_int_eq(memcmp(left, text, sizeof text), 0);
}
END_TEST

START_TEST(tells_of_damage)
{
    must_open();
    ck_assert_int_eq(save(1), 0);
    ck_assert_int_eq(pwrite(file.fd, "x", 1, 30), 1);
    journal_file_close(&file);
    ck_assert_int_eq(open_it(&binding), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "is damaged"));
    ck_assert_int_eq(error.status, STATUS_USAGE);
}
END_TEST

START_TEST(refuses_what_is_no_file)
{
    static const struct {
        const char *name, *says;
    } rows[] = {{"/dev/null", "not a regular file"},
                {"/nonexistent/journal", "No such file"},
                {"/tmp", "Is a directory"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int code = journal_file_open(&file, rows[i].name, &binding, &state, &resumes, &error);
        ck_assert_int_eq(code, -1);
        ck_assert_int_eq(error.status, STATUS_RUN);
        ck_assert_msg(strstr(error.text, rows[i].says) != NULL, "%s", error.text);
    }
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_eq(open_it(&binding), -1);
}
END_TEST

/* A disk that fills: that is told, and the state before counts. */
START_TEST(keeps_the_state_before_a_full_disk)
{
    struct rlimit limit = {.rlim_cur = 3 * JOURNAL_BLOCK, .rlim_max = RLIM_INFINITY};
    must_open();
    ck_assert_int_eq(save(2000), 0); /* nothing pending */
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_int_eq(save(1), -1);
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_ptr_nonnull(strstr(error.text, "cannot write the journal"));
    journal_file_close(&file);
    must_open();
    check_state(2000);
    journal_file_close(&file);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("journalfile");
    TCase *files = tcase_create("journalfile");
    tcase_add_checked_fixture(files, setup, teardown);
    tcase_add_test(files, goes_on_where_it_was);
    tcase_add_test(files, survives_being_killed);
    tcase_add_test(files, survives_being_cut);
    tcase_add_test(files, survives_a_torn_record);
    tcase_add_test(files, overwrites_what_was_not_synced);
    tcase_add_test(files, withdraws_what_it_made);
    tcase_add_test(files, a_journal_that_cannot_be_begun_is_withdrawn);
    tcase_add_test(files, is_of_one_run);
    tcase_add_test(files, is_free_though_a_child_still_has_it);
    tcase_add_test(files, is_of_one_kind_of_run);
    tcase_add_test(files, touches_no_other_file);
    tcase_add_test(files, tells_of_damage);
    tcase_add_test(files, refuses_what_is_no_file);
    tcase_add_test(files, keeps_the_state_before_a_full_disk);
    suite_add_tcase(suite, files);
    return run_suite(suite);
}
