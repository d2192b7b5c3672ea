/* SPDX-License-Identifier: BSD-2-Clause */
/* How a capture is opened and read, and what becomes of it where that fails. libpcap is played by
 * the test. */
#include <errno.h>
#include <linux/if_packet.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "harness.h"
#include "net/capture.h"

#define FIRST 4000
#define LAST  4100
#define FD    77

struct pcap {
    bool dead; /* compiles a filter, and captures nothing */
};

/* What the played libpcap and kernel answer. */
static struct {
    int activate, datalink, set_datalink, compile, set_filter, nonblock, fd, stats, attach;
    int precision; /* what it makes of the one asked for; -1: just that */
    const char *reason;
    bool no_handle, no_dead;
    struct pcap_stat counts;
} answers;

/* What it was asked for; the order of what has one is a letter each. */
static struct {
    char interface[16], filter[LANEFILTER_LINK_MAX], order[32];
    int snaplen, promisc, immediate, buffer, precision, datalink, nonblock, limit;
    int open, programs;
    socklen_t attached;
} asked;

static void note(char step)
{
    size_t len = strlen(asked.order);
    ck_assert_uint_lt(len + 1, sizeof asked.order);
    asked.order[len] = step;
}

static pcap_t *make(bool dead)
{
    pcap_t *pcap = calloc(1, sizeof *pcap);
    ck_assert_ptr_nonnull(pcap);
    pcap->dead = dead;
    asked.open++;
    return pcap;
}

pcap_t *pcap_create(const char *interface, char *reason)
{
    strncpy(asked.interface, interface, sizeof asked.interface - 1);
    strcpy(reason, "no handle");
    return answers.no_handle ? NULL : make(false);
}

pcap_t *pcap_open_dead(int datalink, int snaplen)
{
    ck_assert_int_eq(datalink, DLT_LINUX_SLL2);
    ck_assert_int_eq(snaplen, UINT16_MAX);
    return answers.no_dead ? NULL : make(true);
}

void pcap_close(pcap_t *pcap)
{
    asked.open--;
    free(pcap);
}

int pcap_set_snaplen(pcap_t *pcap, int snaplen)
{
    (void)pcap;
    asked.snaplen = snaplen;
    return 0;
}

int pcap_set_promisc(pcap_t *pcap, int promisc)
{
    (void)pcap;
    asked.promisc = promisc;
    return 0;
}

int pcap_set_immediate_mode(pcap_t *pcap, int immediate)
{
    (void)pcap;
    asked.immediate = immediate;
    return 0;
}

int pcap_set_buffer_size(pcap_t *pcap, int size)
{
    (void)pcap;
    asked.buffer = size;
    return 0;
}

int pcap_set_tstamp_precision(pcap_t *pcap, int precision)
{
    (void)pcap;
    asked.precision = precision;
    return 0;
}

int pcap_get_tstamp_precision(pcap_t *pcap)
{
    (void)pcap;
    return answers.precision >= 0 ? answers.precision : asked.precision;
}

int pcap_activate(pcap_t *pcap)
{
    (void)pcap;
    note('a');
    return answers.activate;
}

int pcap_datalink(pcap_t *pcap)
{
    (void)pcap;
    return asked.datalink != 0 ? asked.datalink : answers.datalink;
}

int pcap_set_datalink(pcap_t *pcap, int datalink)
{
    (void)pcap;
    note('c');
    asked.datalink = datalink;
    return answers.set_datalink;
}

int pcap_compile(pcap_t *pcap, struct bpf_program *program, const char *text, int optimize,
                 bpf_u_int32 netmask)
{
    (void)pcap;
    (void)optimize;
    (void)netmask;
    ck_assert_uint_lt(strlen(text), sizeof asked.filter);
    strcpy(asked.filter, text);
    *program = (struct bpf_program){.bf_len = 0};
    asked.programs += answers.compile == 0;
    return answers.compile;
}

void pcap_freecode(struct bpf_program *program)
{
    (void)program;
    asked.programs--;
}

int pcap_setfilter(pcap_t *pcap, struct bpf_program *program)
{
    (void)program;
    ck_assert(!pcap->dead);
    note('f');
    return answers.set_filter;
}

int pcap_setnonblock(pcap_t *pcap, int nonblock, char *reason)
{
    (void)pcap;
    asked.nonblock = nonblock;
    if (answers.nonblock != 0)
        strcpy(reason, answers.reason);
    return answers.nonblock;
}

int pcap_get_selectable_fd(pcap_t *pcap)
{
    (void)pcap;
    return answers.fd;
}

int pcap_fileno(pcap_t *pcap)
{
    (void)pcap;
    return answers.fd;
}

char *pcap_geterr(pcap_t *pcap)
{
    static char text[PCAP_ERRBUF_SIZE];
    (void)pcap;
    strcpy(text, answers.reason);
    return text;
}

int pcap_stats(pcap_t *pcap, struct pcap_stat *counts)
{
    (void)pcap;
    note('s');
    *counts = answers.counts;
    return answers.stats;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    (void)value;
    ck_assert_int_eq(fd, FD);
    ck_assert(level == SOL_SOCKET && name == SO_ATTACH_FILTER);
    note('f');
    asked.attached = len;
    errno = EPERM;
    return answers.attach;
}

/* The frames that wait. */
static const uint8_t octets[3] = {1, 2, 3};
static struct pcap_pkthdr waiting = {.ts = {7, 999}, .caplen = 3, .len = 60};
static int waiting_count;

int pcap_dispatch(pcap_t *pcap, int limit, pcap_handler handler, u_char *user)
{
    (void)pcap;
    note('d');
    asked.limit = limit;
    for (int i = 0; i < waiting_count; i++)
        handler(user, &waiting, octets);
    return waiting_count;
}

static struct error error;
static struct capture *capture;
static const struct lanefilter wanted = {.port_first = FIRST, .port_last = LAST};

static void set_up(void)
{
    memset(&asked, 0, sizeof asked);
    memset(&answers, 0, sizeof answers);
    answers.datalink = DLT_EN10MB;
    answers.precision = -1;
    answers.fd = FD;
    answers.reason = "a reason";
    waiting_count = 0;
    error = (struct error){.status = STATUS_OK};
}

static void assert_nothing_open(void)
{
    ck_assert_int_eq(asked.open, 0);
    ck_assert_int_eq(asked.programs, 0);
}

static void tear_down(void)
{
    assert_nothing_open();
}

static struct capture *open_one(uint32_t frames)
{
    capture = capture_open("eth0", frames, FIRST, LAST, &error);
    return capture;
}

/* Frames reach the program at once, and are stamped as finely as the kernel can. Those that came
 * before the filter are taken away before drops are counted. */
START_TEST(an_interface)
{
    char filter[LANEFILTER_LINK_MAX];
    ck_assert_msg(open_one(CAPTURE_FRAMES_LEAST) != NULL, "%s", error.text);
    ck_assert_str_eq(asked.interface, "eth0");
    ck_assert_int_eq(asked.snaplen, CAPTURE_SNAPLEN);
    ck_assert_int_eq(asked.promisc, 0);
    ck_assert_int_eq(asked.immediate, 1);
    ck_assert_int_eq(asked.precision, PCAP_TSTAMP_PRECISION_NANO);
    ck_assert_int_eq(asked.nonblock, 1);
    lanefilter_link_text(LINK_ETHERNET, FIRST, LAST, filter);
    ck_assert_str_eq(asked.filter, filter);
    ck_assert_str_eq(asked.order, "afds");
    ck_assert_int_eq(asked.limit, -1); /* all of them */
    ck_assert_str_eq(capture_interface(capture), "eth0");
    ck_assert_int_eq(capture_fd(capture), FD);
    ck_assert(capture_has_nanoseconds(capture));
    capture_close(capture);
}
END_TEST

/* Six frames with their headers stand in a page of 4 KiB. */
START_TEST(room_for_so_many_frames)
{
    static const uint32_t frames[] = {CAPTURE_FRAMES_LEAST, CAPTURE_FRAMES_MOST};
    static const int bytes[] = {2097152, 33554432};
    ck_assert_msg(open_one(frames[_i]) != NULL, "%s", error.text);
    ck_assert_int_eq(asked.buffer, bytes[_i]);
    capture_close(capture);
}
END_TEST

static const struct {
    int dlt;
    uint16_t linktype;
    enum link link;
} links[] = {{DLT_EN10MB, 1, LINK_ETHERNET}, {DLT_RAW, 101, LINK_RAW}, {DLT_PPP, 9, LINK_PPP}};

static void take(void *user, struct capture *from, const struct frame *frame)
{
    ck_assert_ptr_eq(from, capture);
    *(struct frame *)user = *frame;
}

START_TEST(frames_of_each_link)
{
    char filter[LANEFILTER_LINK_MAX];
    struct frame frame = {.wire_len = 0};
    answers.datalink = links[_i].dlt;
    ck_assert_msg(open_one(CAPTURE_FRAMES_LEAST) != NULL, "%s", error.text);
    lanefilter_link_text(links[_i].link, FIRST, LAST, filter);
    ck_assert_str_eq(asked.filter, filter);
    ck_assert_uint_eq(capture_linktype(capture), links[_i].linktype);
    waiting_count = 1;
    ck_assert_int_eq(capture_read(capture, 9, take, &frame, &error), 1);
    ck_assert_int_eq(asked.limit, 9);
    ck_assert_int_eq(frame.link, links[_i].link);
    ck_assert_ptr_eq(frame.bytes, octets);
    ck_assert_uint_eq(frame.captured_len, 3);
    ck_assert_uint_eq(frame.wire_len, 60);
    ck_assert_int_eq(frame.time_ns, 7000000999);
    capture_close(capture);
}
END_TEST

START_TEST(a_kernel_that_stamps_microseconds)
{
    struct frame frame = {.wire_len = 0};
    answers.precision = PCAP_TSTAMP_PRECISION_MICRO;
    answers.activate = PCAP_WARNING_TSTAMP_TYPE_NOTSUP; /* no failure */
    ck_assert_msg(open_one(CAPTURE_FRAMES_LEAST) != NULL, "%s", error.text);
    ck_assert(!capture_has_nanoseconds(capture));
    waiting_count = 1;
    ck_assert_int_eq(capture_read(capture, 9, take, &frame, &error), 1);
    ck_assert_int_eq(frame.time_ns, 7000999000);
    capture_close(capture);
}
END_TEST

/* libpcap takes these limits for none. */
START_TEST(none_is_read_where_none_is_wanted)
{
    struct frame frame;
    ck_assert_ptr_nonnull(open_one(CAPTURE_FRAMES_LEAST));
    waiting_count = 1;
    asked.order[0] = '\0';
    ck_assert_int_eq(capture_read(capture, 0, take, &frame, &error), 0);
    ck_assert_int_eq(capture_read(capture, -1, take, &frame, &error), 0);
    ck_assert_str_eq(asked.order, "");
    capture_close(capture);
}
END_TEST

START_TEST(an_interface_that_goes_while_it_is_read)
{
    struct frame frame;
    ck_assert_ptr_nonnull(open_one(CAPTURE_FRAMES_LEAST));
    waiting_count = PCAP_ERROR;
    answers.reason = "The interface disappeared";
    ck_assert_int_eq(capture_read(capture, 9, take, &frame, &error), -1);
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_str_eq(error.text, "capture on eth0: The interface disappeared");
    capture_close(capture);
}
END_TEST

/* Those of the kernel's queue alone, and from the filter on. */
START_TEST(drops_are_counted_from_the_filter_on)
{
    answers.counts = (struct pcap_stat){.ps_recv = 100, .ps_drop = 5, .ps_ifdrop = 1000};
    capture = _i == 0 ? open_one(CAPTURE_FRAMES_LEAST) : capture_open_any(&wanted, &error);
    ck_assert_msg(capture != NULL, "%s", error.text);
    ck_assert_uint_eq(capture_dropped(capture), 0);
    answers.counts = (struct pcap_stat){.ps_recv = 200, .ps_drop = 12, .ps_ifdrop = 3000};
    ck_assert_uint_eq(capture_dropped(capture), 7);
    answers.counts.ps_drop = 3; /* counted anew */
    ck_assert_uint_eq(capture_dropped(capture), 0);
    answers.counts.ps_drop = 12;
    answers.stats = -1;
    ck_assert_uint_eq(capture_dropped(capture), 0);
    capture_close(capture);
}
END_TEST

static const struct {
    int code;
    const char *text;
} inactive[] = {
    {PCAP_ERROR_NO_SUCH_DEVICE, "interface eth0: no such interface: \"ip link\" lists them"},
    {PCAP_ERROR_PERM_DENIED, "capture on eth0: needs CAP_NET_RAW"},
    {PCAP_ERROR_PROMISC_PERM_DENIED, "capture on eth0: needs CAP_NET_RAW"},
    {PCAP_ERROR_IFACE_NOT_UP, "interface eth0 is down: ip link set eth0 up"},
    {PCAP_ERROR, "capture on eth0: a reason"},
    {PCAP_ERROR_RFMON_NOTSUP, "capture on eth0: That device doesn't support monitor mode"},
};

static void assert_says(const char *text)
{
    ck_assert_ptr_null(capture);
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_msg(strncmp(error.text, text, strlen(text)) == 0, "%s", error.text);
}

START_TEST(an_interface_that_cannot_be_captured)
{
    answers.activate = inactive[_i].code;
    open_one(CAPTURE_FRAMES_LEAST);
    assert_says(inactive[_i].text);
    ck_assert_str_eq(asked.order, "a");
}
END_TEST

/* Each step of the way; nothing stays open (tear_down). */
static const struct {
    int *answer, code;
    const char *of_one, *of_any; /* NULL: it does without */
} failures[] = {
    {&answers.compile, -1, "capture filter on eth0: a reason", "capture filter: a reason"},
    {&answers.set_filter, -1, "capture filter on eth0: a reason", NULL},
    {&answers.nonblock, -1, "capture on eth0: a reason", "capture on any: a reason"},
    {&answers.fd, -1, "capture on eth0: no descriptor to poll",
     "capture on any: no descriptor to poll"},
    {&answers.set_datalink, -1, NULL, "capture on all interfaces: a reason"},
    {&answers.attach, -1, NULL, "capture filter: Operation not permitted"},
    {&answers.datalink, DLT_USER0, "interface eth0: link type ", NULL},
    {&answers.activate, PCAP_ERROR, "capture on eth0: a reason", "capture on any: a reason"},
};

START_TEST(each_step_can_fail)
{
    *failures[_i].answer = failures[_i].code;
    capture = open_one(CAPTURE_FRAMES_LEAST);
    if (failures[_i].of_one != NULL)
        assert_says(failures[_i].of_one);
    capture_close(capture);
    assert_nothing_open();
    capture = capture_open_any(&wanted, &error);
    if (failures[_i].of_any != NULL)
        assert_says(failures[_i].of_any);
    capture_close(capture);
}
END_TEST

START_TEST(no_handle_is_a_failure)
{
    answers.no_handle = true;
    open_one(CAPTURE_FRAMES_LEAST);
    assert_says("capture on eth0: no handle");
    capture = capture_open_any(&wanted, &error);
    assert_says("capture on any: no handle");
    answers.no_handle = false;
    answers.no_dead = true;
    capture = capture_open_any(&wanted, &error);
    assert_says("capture filter: out of memory");
    ck_assert(error.out_of_memory);
}
END_TEST

/* The filter of this one is put to the socket itself, where libpcap does not know of it. */
START_TEST(all_interfaces)
{
    capture = capture_open_any(&wanted, &error);
    ck_assert_msg(capture != NULL, "%s", error.text);
    ck_assert_str_eq(asked.interface, "any");
    ck_assert_int_eq(asked.datalink, DLT_LINUX_SLL2);
    ck_assert_int_eq(asked.buffer, 2097152);
    ck_assert_int_eq(asked.nonblock, 1);
    ck_assert_str_eq(asked.order, "acfds");
    ck_assert_uint_gt(asked.attached, 0);
    ck_assert_uint_eq(capture_linktype(capture), 276);
    capture_close(capture);
}
END_TEST

/* Type 4 is what this host sends: packet(7). */
START_TEST(each_kind_of_packet_has_a_direction)
{
    uint8_t bytes[20] = {0x08, 0, 0, 0, 0, 1, 2, 3, 0, 1, (uint8_t)_i, 6};
    const struct frame frame = {
        .bytes = bytes, .captured_len = 20, .wire_len = 20, .link = LINK_SLL2};
    struct place place = {.ifindex = 0};
    ck_assert(capture_place(&frame, &place));
    ck_assert_uint_eq(place.ifindex, 0x10203);
    ck_assert_int_eq(place.outgoing, _i == PACKET_OUTGOING);
}
END_TEST

START_TEST(nothing_can_be_closed)
{
    capture_close(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("capturing");
    TCase *tests = tcase_create("capturing");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, an_interface);
    tcase_add_loop_test(tests, room_for_so_many_frames, 0, 2);
    tcase_add_loop_test(tests, frames_of_each_link, 0, sizeof links / sizeof links[0]);
    tcase_add_test(tests, a_kernel_that_stamps_microseconds);
    tcase_add_test(tests, none_is_read_where_none_is_wanted);
    tcase_add_test(tests, an_interface_that_goes_while_it_is_read);
    tcase_add_loop_test(tests, drops_are_counted_from_the_filter_on, 0, 2);
    tcase_add_loop_test(tests, an_interface_that_cannot_be_captured, 0,
                        sizeof inactive / sizeof inactive[0]);
    tcase_add_loop_test(tests, each_step_can_fail, 0, sizeof failures / sizeof failures[0]);
    tcase_add_test(tests, no_handle_is_a_failure);
    tcase_add_test(tests, all_interfaces);
    tcase_add_loop_test(tests, each_kind_of_packet_has_a_direction, 0, 5);
    tcase_add_test(tests, nothing_can_be_closed);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
