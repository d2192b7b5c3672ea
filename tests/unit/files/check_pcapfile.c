/* SPDX-License-Identifier: BSD-2-Clause */
/* The records of a pcap file alone: what it reads from stands here in place of net/input. */
#include <stdlib.h>
#include <string.h>

#include "files/pcapfile.h"
#include "harness.h"

#define COUNT(array)  (int)(sizeof(array) / sizeof *(array))
#define RECORD_HEADER 16
#define FILE_MAX      (3 * (RECORD_HEADER + 300))

/* Bytes that end at a page without access, handed out a few at a time. */
struct input {
    const uint8_t *at;
    size_t left;
    size_t crumb; /* at most so many a read; 0: as many as asked for */
    bool breaks;  /* fails in place of coming to the end */
};

ssize_t input_read(struct input *input, void *out, size_t size)
{
    size_t len = input->left < size ? input->left : size;
    ck_assert_uint_gt(size, 0);
    if (len == 0)
        return input->breaks ? -1 : 0;
    if (input->crumb != 0 && len > input->crumb)
        len = input->crumb;
    memcpy(out, input->at, len);
    input->at += len;
    input->left -= len;
    return (ssize_t)len;
}

static uint8_t *put32(uint8_t *at, uint32_t value, bool big_endian)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (big_endian ? 24 - 8 * i : 8 * i));
    return at + 4;
}

struct record {
    uint32_t seconds, fraction, len, wire_len;
};

/* A record with octets that count on from len; returns where it ends. */
static uint8_t *put_record(uint8_t *at, const struct record *record, bool big_endian)
{
    at = put32(at, record->seconds, big_endian);
    at = put32(at, record->fraction, big_endian);
    at = put32(at, record->len, big_endian);
    at = put32(at, record->wire_len, big_endian);
    for (uint32_t i = 0; i < record->len; i++)
        *at++ = (uint8_t)(record->len + i);
    return at;
}

static void assert_octets(const struct frame *frame, const struct record *record)
{
    for (uint32_t i = 0; i < frame->captured_len; i++)
        ck_assert_uint_eq(frame->bytes[i], (uint8_t)(record->len + i));
}

/* A file as it lies in memory, and how it is read. */
struct reading {
    struct input input;
    struct pcapfile *file;
    uint8_t *bytes;
    size_t len;
};

static void open_reading(struct reading *reading, const uint8_t *bytes, size_t len, size_t crumb,
                         const struct pcapfile_format *format)
{
    reading->bytes = guarded_copy(bytes, len);
    reading->len = len;
    reading->input = (struct input){.at = reading->bytes, .left = len, .crumb = crumb};
    reading->file = pcapfile_new(&reading->input, format);
    ck_assert_ptr_nonnull(reading->file);
}

static void close_reading(struct reading *reading)
{
    pcapfile_free(reading->file);
    guarded_free(reading->bytes, reading->len);
}

static const struct pcapfile_format formats[] = {
    {.big_endian = false, .nanoseconds = false, .snaplen = 65535},
    {.big_endian = false, .nanoseconds = true, .snaplen = 65535},
    {.big_endian = true, .nanoseconds = false, .snaplen = 65535},
    {.big_endian = true, .nanoseconds = true, .snaplen = 65535},
};

/* The fraction of a second is whatever 32 bits hold, and is taken as signed, as libpcap has it. */
static const struct {
    struct record record;
    int64_t micro_ns, nano_ns;
} stamps[] = {
    {{0, 0, 4, 4}, 0, 0},
    {{1, 999999, 4, 4}, 1999999000, 1000999999},
    {{1700000000, 123456789, 4, 4}, 1700000123456789000, 1700000000123456789},
    {{0xffffffff, 999999999, 4, 4}, 4294968294999999000, 4294967295999999999},
    {{0, 0xffffffff, 4, 4}, 0, 0}, /* before 1970: held there */
    {{5, 0xffffffff, 4, 4}, 4999999000, 4999999999},
    {{3000, 0x80000000, 4, 4}, 852516352000, 2997852516352},
};

START_TEST(reads_each_order_and_resolution)
{
    const struct pcapfile_format *format = &formats[_i];
    for (int i = 0; i < COUNT(stamps); i++) {
        struct reading reading;
        struct frame frame;
        const char *problem = NULL;
        uint8_t bytes[FILE_MAX];
        size_t len = (size_t)(put_record(bytes, &stamps[i].record, format->big_endian) - bytes);
        open_reading(&reading, bytes, len, 0, format);
        ck_assert_int_eq(pcapfile_next(reading.file, &frame, &problem), 1);
        ck_assert_int_eq(frame.time_ns,
                         format->nanoseconds ? stamps[i].nano_ns : stamps[i].micro_ns);
        ck_assert_int_eq(pcapfile_next(reading.file, &frame, &problem), 0);
        ck_assert_int_eq(pcapfile_next(reading.file, &frame, &problem), 0); /* and stays there */
        ck_assert_ptr_null(problem);
        close_reading(&reading);
    }
}
END_TEST

/* Records of several lengths, the empty one too. */
static const struct record records[] = {
    {10, 1, 60, 60}, {10, 2, 0, 0}, {10, 3, 300, 1500}, {10, 4, 1, 9}};

static size_t put_records(uint8_t bytes[FILE_MAX], bool big_endian)
{
    uint8_t *at = bytes;
    for (int i = 0; i < COUNT(records); i++)
        at = put_record(at, &records[i], big_endian);
    return (size_t)(at - bytes);
}

static void read_records(struct reading *reading)
{
    struct frame frame;
    const char *problem = NULL;
    for (int i = 0; i < COUNT(records); i++) {
        ck_assert_int_eq(pcapfile_next(reading->file, &frame, &problem), 1);
        ck_assert_uint_eq(frame.captured_len, records[i].len);
        ck_assert_uint_eq(frame.wire_len, records[i].wire_len);
        assert_octets(&frame, &records[i]);
    }
    ck_assert_int_eq(pcapfile_next(reading->file, &frame, &problem), 0);
}

START_TEST(reads_in_crumbs)
{
    static const size_t crumbs[] = {0, 1, 2, 3, 15, 16, 17, 61, 76, 77, 1000};
    uint8_t bytes[FILE_MAX];
    size_t len = put_records(bytes, formats[_i].big_endian);
    for (int i = 0; i < COUNT(crumbs); i++) {
        struct reading reading;
        open_reading(&reading, bytes, len, crumbs[i], &formats[_i]);
        read_records(&reading);
        close_reading(&reading);
    }
}
END_TEST

/* Cut at each octet: what is whole is handed out, then what is wrong is named. */
START_TEST(names_where_it_is_cut)
{
    uint8_t bytes[FILE_MAX];
    size_t len = put_records(bytes, formats[_i].big_endian), begin = 0;
    int whole = 0;
    for (size_t cut = 0; cut < len; cut++) {
        struct reading reading;
        struct frame frame;
        const char *problem = NULL;
        if (cut == begin + RECORD_HEADER + records[whole].len)
            begin += RECORD_HEADER + records[whole++].len;
        open_reading(&reading, bytes, cut, cut % 7, &formats[_i]);
        for (int i = 0; i < whole; i++)
            ck_assert_int_eq(pcapfile_next(reading.file, &frame, &problem), 1);
        ck_assert_int_eq(pcapfile_next(reading.file, &frame, &problem), cut == begin ? 0 : -1);
        if (cut > begin)
            ck_assert_str_eq(problem, cut - begin < RECORD_HEADER ? "truncated in a record header"
                                                                  : "truncated in a packet");
        close_reading(&reading);
    }
    ck_assert_int_eq(whole, COUNT(records) - 1);
}
END_TEST

/* Reading that fails is no end, even between two records. */
START_TEST(tells_a_failure_from_the_end)
{
    struct reading reading;
    struct frame frame;
    const char *problem = NULL;
    uint8_t bytes[FILE_MAX];
    size_t len = (size_t)(put_record(bytes, &records[0], false) - bytes);
    open_reading(&reading, bytes, len, 0, &formats[0]);
    reading.input.breaks = true;
    ck_assert_int_eq(pcapfile_next(reading.file, &frame, &problem), 1);
    ck_assert_int_eq(pcapfile_next(reading.file, &frame, &problem), -1);
    ck_assert_ptr_nonnull(problem);
    close_reading(&reading);
}
END_TEST

/* A snap length that the records do not keep to cuts them; the next one is found all the same. */
START_TEST(cuts_to_the_snaplen)
{
    static const uint32_t snaplens[] = {0, 1, 59, 60, 61, 299, 300, UINT32_MAX};
    uint8_t bytes[FILE_MAX];
    size_t len = put_records(bytes, true);
    for (int i = 0; i < COUNT(snaplens); i++) {
        struct pcapfile_format format = {.big_endian = true, .snaplen = snaplens[i]};
        struct reading reading;
        struct frame frame;
        const char *problem = NULL;
        open_reading(&reading, bytes, len, 0, &format);
        for (int k = 0; k < COUNT(records); k++) {
            uint32_t wanted = records[k].len < snaplens[i] ? records[k].len : snaplens[i];
            ck_assert_int_eq(pcapfile_next(reading.file, &frame, &problem), 1);
            ck_assert_uint_eq(frame.captured_len, wanted);
            ck_assert_uint_eq(frame.wire_len, records[k].wire_len);
            assert_octets(&frame, &records[k]);
        }
        close_reading(&reading);
    }
}
END_TEST

/* The longest record there may be is read whole, also behind others; a longer one is corrupt, and
 * so is any length that would overflow. */
START_TEST(bounds_the_length)
{
    static const struct {
        uint32_t len;
        int wanted;
    } lengths[] = {{PCAPFILE_RECORD_MAX - 1, 1},     {PCAPFILE_RECORD_MAX, 1},
                   {PCAPFILE_RECORD_MAX + 1, -1},    {0x7fffffff, -1},
                   {UINT32_MAX - RECORD_HEADER, -1}, {UINT32_MAX, -1}};
    uint8_t *bytes = malloc(2 * RECORD_HEADER + 60 + PCAPFILE_RECORD_MAX);
    uint8_t *second = put_record(bytes, &records[0], false);
    for (int i = 0; i < COUNT(lengths); i++) {
        struct record header = {.len = 0};
        uint8_t *end = put_record(second, &header, false);
        put32(second + 8, lengths[i].len, false);
        memset(end, 0xa5, PCAPFILE_RECORD_MAX);
        struct reading reading;
        struct frame frame;
        const char *problem = NULL;
        size_t len = (size_t)(end - bytes) + PCAPFILE_RECORD_MAX;
        open_reading(&reading, bytes, len, 100000, &formats[0]);
        ck_assert_int_eq(pcapfile_next(reading.file, &frame, &problem), 1);
        ck_assert_int_eq(pcapfile_next(reading.file, &frame, &problem), lengths[i].wanted);
        if (lengths[i].wanted < 0)
            ck_assert_ptr_nonnull(strstr(problem, "corrupt"));
        else
            ck_assert_uint_eq(frame.captured_len, lengths[i].len < 65535 ? lengths[i].len : 65535);
        close_reading(&reading);
    }
    free(bytes);
}
END_TEST

/* Any octets at all: it ends, and never says that there is more than there was. */
START_TEST(ends_on_noise)
{
    uint64_t seed = (uint64_t)_i + 1;
    uint8_t bytes[FILE_MAX];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = i % 4 == 2 || i % 4 == 3 ? 0 : (uint8_t)next_random(&seed);
    struct reading reading;
    struct frame frame;
    const char *problem = NULL;
    size_t told = 0;
    open_reading(&reading, bytes, sizeof bytes, 1 + (size_t)_i % 50, &formats[_i % 2]);
    int more;
    while ((more = pcapfile_next(reading.file, &frame, &problem)) == 1) {
        told += RECORD_HEADER + frame.captured_len;
        ck_assert_uint_le(told, sizeof bytes);
    }
    ck_assert(more == 0 || problem != NULL);
    close_reading(&reading);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pcapfile");
    TCase *tcase = tcase_create("records");
    tcase_add_loop_test(tcase, reads_each_order_and_resolution, 0, COUNT(formats));
    tcase_add_loop_test(tcase, reads_in_crumbs, 0, COUNT(formats));
    tcase_add_loop_test(tcase, names_where_it_is_cut, 0, COUNT(formats));
    tcase_add_test(tcase, tells_a_failure_from_the_end);
    tcase_add_test(tcase, cuts_to_the_snaplen);
    tcase_add_test(tcase, bounds_the_length);
    tcase_add_loop_test(tcase, ends_on_noise, 0, 100);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
