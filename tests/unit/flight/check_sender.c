/* SPDX-License-Identifier: BSD-2-Clause */
/* The sender over a network that refuses everything; what net/transmit.h declares is here. */
#include "flight/sender.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"

static const uint8_t datagram[40] = {0x45, 0, 0, 40};

struct transmit *transmit_open(bool ipv4, bool ipv6, struct error *error)
{
    (void)ipv4;
    (void)ipv6;
    (void)error;
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
    (void)ifindex;
    *bytes = datagram;
    error_set(error, STATUS_RUN, "not permitted");
    return TRANSMIT_REFUSED;
}

enum host_error transmit_refusal(const struct transmit *transmit)
{
    (void)transmit;
    return HOST_EPERM;
}

void transmit_send_batch(struct transmit *transmit, struct transmission *batch, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        batch[i].code =
            transmit_send(transmit, &batch[i].segment, 0, &batch[i].bytes, &batch[i].error);
        batch[i].refusal = HOST_EPERM;
    }
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

static void note(void *owner, int code, const struct sent *sent, const struct error *error)
{
    (void)owner;
    (void)sent;
    (void)error;
    latest = code;
}

/* EPERM means two things. */
static const struct {
    const char *used; /* NULL: connections are not tracked */
    int code;
} tables[] = {
    {NULL, TRANSMIT_REFUSED},
    {"12\n", TRANSMIT_REFUSED},
    {"1000\n", TRANSMIT_BUSY},
};

START_TEST(what_a_full_table_refuses_is_no_refusal)
{
    static struct sender sender;
    struct conntrack table = {0};
    struct outgoing segment = {.flags = TCP_SYN};
    struct sent sent;
    struct error error;
    sender = (struct sender){.warned_of_refusal = true};
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

int main(void)
{
    Suite *suite = suite_create("sender");
    TCase *tests = tcase_create("sender");
    tcase_add_loop_test(tests, what_a_full_table_refuses_is_no_refusal, 0, 3);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
