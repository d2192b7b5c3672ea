/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions to connect(2) and the answers of its children: who is asked what, and who is told. */
#include "live/opinions.h"

#include <string.h>

#include "fixtures/said.h"
#include "harness.h"

#define SECOND INT64_C(1000000000)
#define STUCK  (OPINIONS_STUCK_NS + 5) /* and the timeout */

/* The children */

struct connector {
    struct connector_request request;
    unsigned asked;
    int code; /* what is read: 1, 0, or -1 */
    struct opinion opinion;
    bool refuses, stopped;
};

static struct connector children[OPINIONS_MOST];
static size_t started;

struct connector *connector_start(struct error *error)
{
    (void)error;
    return &children[started++];
}

void connector_stop(struct connector *connector)
{
    connector->stopped = true;
}

int connector_fd(const struct connector *connector)
{
    return (int)(connector - children) + 50;
}

int connector_ask(struct connector *connector, const struct connector_request *request,
                  struct error *error)
{
    if (connector->refuses)
        return error_set(error, STATUS_RUN, "the child is gone");
    connector->asked++;
    connector->request = *request;
    return 0;
}

int connector_read(struct connector *connector, struct opinion *out, struct error *error)
{
    int code = connector->code;
    connector->code = 0;
    *out = connector->opinion;
    if (code < 0)
        error_set(error, STATUS_RUN, "the child is gone");
    return code;
}

/* Those that ask */

static struct options options;
static struct opinions opinions;
static struct timers timers;
static struct failure failure;
static int64_t now_ns;

int64_t clock_monotonic_ns(void)
{
    return now_ns;
}

static const struct inquiries *inquiries;
static int owners[20];

static void is_told(void *owner)
{
    ++*(int *)owner;
}

static struct inquiry *ask(unsigned number)
{
    const struct endpoint server = {{FAMILY_IPV6, {0xfe, 0x80, [15] = (uint8_t)number}}, 80};
    struct inquiry *inquiry =
        inquiry_begin(inquiries, &server, 7 + number, is_told, &owners[number]);
    ck_assert_ptr_nonnull(inquiry);
    return inquiry;
}

static void begin(uint64_t targets)
{
    static struct error error;
    ck_assert_int_eq(opinions_open(&opinions, &options, targets, &error), 0);
    inquiries = opinions_inquiries(&opinions);
}

static void set_up(void)
{
    said_begin();
    memset(children, 0, sizeof children);
    memset(owners, 0, sizeof owners);
    started = 0;
    options = (struct options){.second_opinion = true,
                               .timeout_ns = 5,
                               .interface = "eth7",
                               .source = {FAMILY_IPV6, {0x20}}};
    timers = (struct timers){0};
    failure = (struct failure){.failed = false};
    now_ns = SECOND;
    opinions = (struct opinions){.timers = &timers, .failure = &failure};
}

static void tear_down(void)
{
    opinions_close(&opinions);
    for (size_t i = 0; i < started; i++)
        ck_assert(children[i].stopped);
    ck_assert_int_eq(timers_next_ns(&timers), INT64_MAX);
    timers_free(&timers);
    ck_assert(!failure.failed);
    said_end();
}

static void answer(unsigned child, enum opinion_result result)
{
    children[child].opinion = (struct opinion){.result = result, .code = 3, .duration_ns = 4};
    children[child].code = 1;
    opinions_read(&opinions);
}

START_TEST(asks_as_the_run_would_connect)
{
    begin(1);
    struct inquiry *inquiry = ask(2);
    const struct connector_request *request = &children[0].request;
    ck_assert(endpoint_equal(&request->server, &inquiry->server));
    ck_assert_uint_eq(request->scope_ifindex, 9);
    ck_assert(address_equal(&request->source, &options.source));
    ck_assert_str_eq(request->interface, "eth7");
    ck_assert_int_eq(request->timeout_ns, 5);
    ck_assert(!inquiry->done && owners[2] == 0);
    opinions_read(&opinions); /* there is no answer yet */
    ck_assert(!inquiry->done);
    answer(0, OPINION_REFUSED);
    ck_assert(inquiry->done && owners[2] == 1);
    ck_assert_int_eq(inquiry->opinion.result, OPINION_REFUSED);
    ck_assert_int_eq(inquiry->opinion.code, 3);
    ck_assert_int_eq(inquiry->opinion.duration_ns, 4);
    inquiry_end(inquiries, inquiry);
    ck_assert_str_eq(said(), "");
}
END_TEST

START_TEST(has_no_more_children_than_targets)
{
    begin(3);
    ck_assert_uint_eq(started, 3);
    ck_assert_int_eq(opinions_fd(&opinions, 2), 52);
    ck_assert_int_eq(opinions_fd(&opinions, 3), -1);
}
END_TEST

START_TEST(has_at_most_sixteen_children)
{
    begin(1000);
    ck_assert_uint_eq(started, OPINIONS_MOST);
}
END_TEST

START_TEST(has_none_where_none_is_wanted)
{
    options.second_opinion = false;
    begin(3);
    ck_assert_uint_eq(started, 0);
    ck_assert_ptr_null(inquiries);
}
END_TEST

START_TEST(others_wait_in_their_order)
{
    begin(1);
    struct inquiry *asked[4] = {ask(0), ask(1), ask(2), ask(3)};
    inquiry_end(inquiries, asked[2]);
    for (unsigned i = 0; i < 4; i++) {
        if (i == 2)
            continue;
        ck_assert_uint_eq(children[0].request.server.address.bytes[15], i);
        answer(0, OPINION_CONNECTED);
        ck_assert(asked[i]->done);
        inquiry_end(inquiries, asked[i]);
    }
    ck_assert_int_eq(owners[2], 0);
    ck_assert_uint_eq(children[0].asked, 3);
}
END_TEST

START_TEST(the_last_one_that_waits_may_go)
{
    begin(1);
    struct inquiry *asked[3] = {ask(0), ask(1), ask(2)};
    inquiry_end(inquiries, asked[2]);
    struct inquiry *later = ask(3);
    inquiry_end(inquiries, asked[1]);
    answer(0, OPINION_CONNECTED);
    answer(0, OPINION_CONNECTED);
    ck_assert(asked[0]->done && later->done);
    inquiry_end(inquiries, asked[0]);
    inquiry_end(inquiries, later);
}
END_TEST

START_TEST(the_answer_to_what_was_withdrawn_is_passed_over)
{
    begin(1);
    inquiry_end(inquiries, ask(0));
    struct inquiry *next = ask(1);
    ck_assert_uint_eq(children[0].asked, 1); /* one question at a time */
    answer(0, OPINION_REFUSED);
    ck_assert(!next->done && owners[0] == 0);
    ck_assert_uint_eq(children[0].asked, 2);
    answer(0, OPINION_CONNECTED);
    ck_assert_int_eq(next->opinion.result, OPINION_CONNECTED);
    inquiry_end(inquiries, next);
}
END_TEST

/* Where a child exits all are told that there is no answer, and later ones are told at once. */
START_TEST(the_run_goes_on_without_a_child)
{
    begin(2);
    struct inquiry *asked[4] = {ask(0), ask(1), ask(2)};
    if (_i == 0) {
        children[1].code = -1;
        opinions_read(&opinions);
    } else {
        children[0].refuses = true;
        answer(0, OPINION_REFUSED);
        ck_assert_int_eq(asked[0]->opinion.result, OPINION_REFUSED);
    }
    asked[3] = ask(3);
    ck_assert_str_eq(said(), "tcpshake: the child is gone: continuing without second opinions\n");
    for (unsigned i = 0; i < 4; i++) {
        ck_assert(asked[i]->done && owners[i] == 1);
        ck_assert(asked[i]->opinion.result == OPINION_NONE || (_i == 1 && i == 0));
        inquiry_end(inquiries, asked[i]);
    }
    opinions_read(&opinions);
    ck_assert_str_eq(said(), "");
}
END_TEST

static void pass(int64_t ns)
{
    now_ns += ns;
    while (timers_fire_one(&timers, now_ns))
        ;
}

/* One that is stopped, say: its question has no answer, and the others go on. */
START_TEST(a_child_that_is_stuck_is_not_waited_for)
{
    begin(2);
    struct inquiry *stuck = ask(0);
    pass(STUCK - 1);
    struct inquiry *other = ask(1), *next = ask(2), *last = ask(3);
    ck_assert(!stuck->done);
    pass(1);
    ck_assert(stuck->done && owners[0] == 1 && !other->done);
    ck_assert_int_eq(stuck->opinion.result, OPINION_NONE);
    answer(1, OPINION_REFUSED);
    ck_assert(other->done && !next->done);
    ck_assert_uint_eq(children[0].asked, 1); /* before it has answered */
    ck_assert_uint_eq(children[1].asked, 2);
    answer(0, OPINION_CONNECTED);
    ck_assert(owners[0] == 1 && !next->done && !last->done);
    ck_assert_uint_eq(children[0].request.server.address.bytes[15], 3);
    answer(0, OPINION_CONNECTED);
    ck_assert(last->done && last->opinion.result == OPINION_CONNECTED);
    pass(STUCK);
    ck_assert(next->done && next->opinion.result == OPINION_NONE);
    ck_assert_int_eq(opinions_fd(&opinions, 1), 51);
    ck_assert_str_eq(said(), "");
    inquiry_end(inquiries, stuck);
    inquiry_end(inquiries, other);
    inquiry_end(inquiries, next);
    inquiry_end(inquiries, last);
}
END_TEST

START_TEST(children_that_are_all_stuck_are_given_up)
{
    begin(2);
    struct inquiry *asked[4] = {ask(0), ask(1), ask(2)};
    inquiry_end(inquiries, asked[1]); /* which its child is asked all the same */
    pass(STUCK - 1);
    ck_assert(!asked[0]->done && !asked[2]->done);
    pass(1);
    asked[3] = ask(3);
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_int_eq(owners[i], i != 1);
        if (i == 1)
            continue;
        ck_assert(asked[i]->done && asked[i]->opinion.result == OPINION_NONE);
        inquiry_end(inquiries, asked[i]);
    }
    ck_assert_str_eq(said(), "tcpshake: the processes that ask connect(2) do not answer: "
                             "continuing without second opinions\n");
    ck_assert(children[0].stopped && children[1].stopped);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("opinions");
    TCase *tc = tcase_create("questions");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, asks_as_the_run_would_connect);
    tcase_add_test(tc, has_no_more_children_than_targets);
    tcase_add_test(tc, has_at_most_sixteen_children);
    tcase_add_test(tc, has_none_where_none_is_wanted);
    tcase_add_test(tc, others_wait_in_their_order);
    tcase_add_test(tc, the_last_one_that_waits_may_go);
    tcase_add_test(tc, the_answer_to_what_was_withdrawn_is_passed_over);
    tcase_add_loop_test(tc, the_run_goes_on_without_a_child, 0, 2);
    tcase_add_test(tc, a_child_that_is_stuck_is_not_waited_for);
    tcase_add_test(tc, children_that_are_all_stuck_are_given_up);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
