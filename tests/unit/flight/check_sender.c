/* SPDX-License-Identifier: BSD-2-Clause */
/* The sender over a network that says what it does with segments; what net/transmit.h declares is
 * here. */
#include "flight/sender.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fixtures/said.h"
#include "harness.h"

static const uint8_t datagrams[2][44] = {{0x45, 0, 0, 40}, {0x60, 0, 0, 0, 1, 4}};

/* What the kernel says. */
static int answer;
static enum host_error refusal;
static unsigned sending_ifindex;
static bool opens;
static const uint8_t *datagram;
static int place; /* what struct transmit stands for */

struct transmit *transmit_open(bool ipv4, bool ipv6, struct error *error)
{
    (void)ipv4;
    (void)ipv6;
    if (opens)
        return (struct transmit *)(void *)&place;
    error_set(error, STATUS_RUN, "no raw sockets");
    return NULL;
}

int transmit_open_measuring(struct transmit *transmit, struct error *error)
{
    (void)transmit;
    (void)error;
    return 0;
}

void transmit_close(struct transmit *transmit)
{
    (void)transmit;
}

int transmit_send(struct transmit *transmit, const struct outgoing *segment, unsigned ifindex,
                  const uint8_t **bytes, struct error *error)
{
    (void)transmit;
    (void)segment;
    sending_ifindex = ifindex;
    *bytes = datagram;
    if (answer < 0)
        error_set(error, STATUS_RUN, "not permitted");
    return answer;
}

enum host_error transmit_refusal(const struct transmit *transmit)
{
    (void)transmit;
    return refusal;
}

static struct transmission batched[TRANSMIT_BATCH];
static size_t batched_count;

void transmit_send_batch(struct transmit *transmit, struct transmission *batch, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        batch[i].code = transmit_send(transmit, &batch[i].segment, batch[i].ifindex,
                                      &batch[i].bytes, &batch[i].error);
        batch[i].refusal = answer < 0 ? refusal : HOST_ERROR_NONE;
        batched[i] = batch[i];
    }
    batched_count = count;
}

static struct sender sender;
static struct error error;

static void set_up(void)
{
    sender = (struct sender){.warned_of_refusal = true};
    answer = TRANSMIT_REFUSED;
    refusal = HOST_EPERM;
    datagram = datagrams[0];
    opens = true;
    batched_count = 0;
}

/* A table of a thousand connections, of which so many are in use. */
static struct conntrack table_with(const char *used)
{
    struct conntrack table = {.count_fd = memfd_create("count", MFD_CLOEXEC), .most = 1000};
    ck_assert_int_ge(table.count_fd, 0);
    ck_assert_int_eq(write(table.count_fd, used, strlen(used)), (ssize_t)strlen(used));
    return table;
}

static int latest;
static struct sent latest_sent;
static unsigned noted;

static void note(void *owner, int code, const struct sent *sent, const struct error *why)
{
    ck_assert(owner == NULL || owner == &sender.owners[noted]);
    ck_assert(code == 0 || why->text[0] != '\0');
    latest = code;
    latest_sent = *sent;
    noted++;
}

/* EPERM means two things. */
static const struct {
    const char *used; /* NULL: connections are not tracked */
    int answer, code;
} tables[] = {
    {NULL, TRANSMIT_REFUSED, TRANSMIT_REFUSED},
    {"12\n", TRANSMIT_REFUSED, TRANSMIT_REFUSED},
    {"1000\n", TRANSMIT_REFUSED, TRANSMIT_BUSY},
    {"1000\n", TRANSMIT_UNSENT, TRANSMIT_UNSENT},
    {"1000\n", -1, -1},
    {"1000\n", 40, 0},
};

START_TEST(what_a_full_table_refuses_is_no_refusal)
{
    struct conntrack table = {0};
    struct outgoing segment = {.flags = TCP_SYN};
    struct sent sent;
    answer = tables[_i].answer;
    error.text[0] = '\0';
    if (tables[_i].used != NULL) {
        table = table_with(tables[_i].used);
        sender.conntrack = &table;
    }
    ck_assert_int_eq(sender_send(&sender, &segment, 0, &sent, &error), tables[_i].code);
    ck_assert((strstr(error.text, "nf_conntrack_max") != NULL) ==
              (tables[_i].code == TRANSMIT_BUSY));
    sender_queue(&sender, &segment, 0, NULL);
    sender_flush(&sender, note);
    ck_assert_int_eq(latest, tables[_i].code);
    conntrack_close(&table);
}
END_TEST

START_TEST(sockets_are_opened_or_not)
{
    opens = _i == 0;
    ck_assert_int_eq(sender_open(&sender, true, true, &error), _i == 0 ? 0 : -1);
    sender_close(&sender);
    ck_assert_ptr_null(sender.transmit);
}
END_TEST

/* SYN and FIN take a number each: RFC 9293, 3.4. */
static const struct {
    uint16_t flags;
    uint32_t payload_len, seq_end;
} lengths[] = {
    {TCP_SYN, 0, 101},           {TCP_ACK, 0, 100},           {TCP_ACK | TCP_PSH, 7, 107},
    {TCP_ACK | TCP_FIN, 7, 108}, {TCP_SYN | TCP_FIN, 0, 102}, {TCP_RST, 0, 100},
};

START_TEST(an_echo_has_the_marks_of_what_was_sent)
{
    const struct outgoing segment = {.seq = 100,
                                     .ack = 900,
                                     .flags = lengths[_i].flags,
                                     .ip_id = 77,
                                     .options.tsval = 5000,
                                     .payload_len = lengths[_i].payload_len};
    struct sent sent;
    answer = 40;
    ck_assert_int_eq(sender_send(&sender, &segment, 0, &sent, &error), 0);
    ck_assert_uint_eq(sent.mark.seq, 100);
    ck_assert_uint_eq(sent.mark.seq_end, lengths[_i].seq_end);
    ck_assert_uint_eq(sent.mark.ack, 900);
    ck_assert_uint_eq(sent.mark.flags, lengths[_i].flags);
    ck_assert_uint_eq(sent.mark.ip_id, 77);
    ck_assert_uint_eq(sent.mark.tsval, 5000);
}
END_TEST

/* What a firewall of this host refuses may be answered by it: so its octets are kept. */
static const struct {
    int answer;
    unsigned version;
    int code;
    uint32_t len;
    enum host_error refusal;
} outcomes[] = {
    {1234, 0, 0, 1234, HOST_ERROR_NONE},
    {TRANSMIT_REFUSED, 0, TRANSMIT_REFUSED, 40, HOST_EPERM},
    {TRANSMIT_REFUSED, 1, TRANSMIT_REFUSED, 40 + 260, HOST_EPERM},
    {TRANSMIT_BUSY, 0, TRANSMIT_BUSY, 0, HOST_EPERM},
    {TRANSMIT_UNSENT, 0, TRANSMIT_UNSENT, 0, HOST_EPERM},
    {-1, 0, -1, 0, HOST_EPERM},
};

START_TEST(what_became_of_it_is_told)
{
    const struct outgoing segment = {.flags = TCP_SYN};
    struct sent sent;
    answer = outcomes[_i].answer;
    datagram = datagrams[outcomes[_i].version];
    ck_assert_int_eq(sender_send(&sender, &segment, 9, &sent, &error), outcomes[_i].code);
    ck_assert_uint_eq(sending_ifindex, 9);
    ck_assert_uint_eq(sent.len, outcomes[_i].len);
    ck_assert_ptr_eq(sent.bytes, datagram);
    ck_assert_int_eq(sent.refusal, outcomes[_i].refusal);
    noted = 0;
    sender_queue(&sender, &segment, 9, NULL);
    sender_flush(&sender, note);
    ck_assert_uint_eq(noted, 1);
    ck_assert_int_eq(latest, outcomes[_i].code);
    ck_assert_uint_eq(latest_sent.len, outcomes[_i].len);
    ck_assert_ptr_eq(latest_sent.bytes, datagram);
    ck_assert_int_eq(latest_sent.refusal, outcomes[_i].refusal);
}
END_TEST

/* In their order, each with its interface and its owner; once. */
START_TEST(a_queue_is_sent_together)
{
    answer = 40;
    noted = 0;
    for (unsigned i = 0; i < TRANSMIT_BATCH; i++) {
        const struct outgoing syn = {.flags = TCP_SYN, .seq = i};
        ck_assert(!sender_is_full(&sender));
        sender_queue(&sender, &syn, i + 1, &sender.owners[i]);
    }
    ck_assert(sender_is_full(&sender));
    sender_flush(&sender, note);
    ck_assert_uint_eq(batched_count, TRANSMIT_BATCH);
    for (unsigned i = 0; i < TRANSMIT_BATCH; i++) {
        ck_assert_uint_eq(batched[i].segment.seq, i);
        ck_assert_uint_eq(batched[i].ifindex, i + 1);
    }
    ck_assert_uint_eq(latest_sent.mark.seq, TRANSMIT_BATCH - 1);
    sender_flush(&sender, note);
    ck_assert_uint_eq(noted, TRANSMIT_BATCH);
}
END_TEST

/* The first refusal of a run, however it was sent; nothing else. */
START_TEST(a_refusal_is_warned_of_once)
{
    const struct outgoing segment = {.flags = TCP_SYN};
    struct sent sent;
    sender.warned_of_refusal = false;
    said_begin();
    answer = TRANSMIT_BUSY;
    sender_send(&sender, &segment, 0, &sent, &error);
    ck_assert_str_eq(said(), "");
    answer = TRANSMIT_REFUSED;
    for (unsigned i = 0; i < 2; i++) {
        if (_i == 0) {
            sender_send(&sender, &segment, 0, &sent, &error);
        } else {
            sender_queue(&sender, &segment, 0, NULL);
            sender_flush(&sender, note);
        }
        ck_assert_str_eq(said(), i == 0 ? "tcpshake: not permitted\n" : "");
    }
    said_end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sender");
    TCase *tests = tcase_create("sender");
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_loop_test(tests, what_a_full_table_refuses_is_no_refusal, 0,
                        sizeof tables / sizeof tables[0]);
    tcase_add_loop_test(tests, sockets_are_opened_or_not, 0, 2);
    tcase_add_loop_test(tests, an_echo_has_the_marks_of_what_was_sent, 0,
                        sizeof lengths / sizeof lengths[0]);
    tcase_add_loop_test(tests, what_became_of_it_is_told, 0, sizeof outcomes / sizeof outcomes[0]);
    tcase_add_test(tests, a_queue_is_sent_together);
    tcase_add_loop_test(tests, a_refusal_is_warned_of_once, 0, 2);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
