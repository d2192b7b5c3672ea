/* SPDX-License-Identifier: BSD-2-Clause */
#include "tcp/stream.h"

#include <string.h>

#include "harness.h"
#include "wire/seq.h"

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

/* Each case is played with the stream beginning so that 0 falls everywhere in and around it. */
#define SPAN 120

/* A piece at an offset from the stream's beginning, what it is judged to be before it is added, and
 * how far the stream is without a gap afterwards. */
struct piece {
    int at;
    uint32_t len;
    enum stream_fit fit;
    int next;
};

static const struct {
    const char *name;
    struct piece pieces[10];
    unsigned held;
} cases[] = {
    {"in order", {{0, 10, STREAM_NEW, 10}, {10, 10, STREAM_NEW, 20}, {20, 1, STREAM_NEW, 21}}, 0},
    {"again", {{0, 10, STREAM_NEW, 10}, {0, 10, STREAM_OLD, 10}, {5, 5, STREAM_OLD, 10}}, 0},
    {"half new", {{0, 10, STREAM_NEW, 10}, {5, 10, STREAM_NEW, 15}, {14, 2, STREAM_NEW, 16}}, 0},
    {"begins before the beginning", {{-5, 5, STREAM_OLD, 0}, {-5, 6, STREAM_NEW, 1}}, 0},
    {"gap, then filled",
     {{10, 10, STREAM_BEYOND, 0}, {10, 10, STREAM_OLD, 0}, {0, 10, STREAM_NEW, 20}},
     0},
    {"gap, filled in part", {{10, 10, STREAM_BEYOND, 0}, {0, 9, STREAM_NEW, 9}}, 1},
    {"gap, filled beyond need", {{10, 10, STREAM_BEYOND, 0}, {0, 15, STREAM_NEW, 20}}, 0},
    {"gap, swallowed", {{10, 10, STREAM_BEYOND, 0}, {0, 30, STREAM_NEW, 30}}, 0},
    {"island grows on the right",
     {{10, 10, STREAM_BEYOND, 0}, {20, 10, STREAM_BEYOND, 0}, {10, 20, STREAM_OLD, 0}},
     1},
    {"island grows on the left",
     {{20, 10, STREAM_BEYOND, 0}, {10, 10, STREAM_BEYOND, 0}, {12, 15, STREAM_OLD, 0}},
     1},
    {"islands are not one",
     {{10, 10, STREAM_BEYOND, 0}, {21, 9, STREAM_BEYOND, 0}, {15, 10, STREAM_BEYOND, 0}},
     1},
    {"one piece covers several",
     {{10, 5, STREAM_BEYOND, 0},
      {20, 5, STREAM_BEYOND, 0},
      {30, 5, STREAM_BEYOND, 0},
      {9, 30, STREAM_BEYOND, 0},
      {0, 9, STREAM_NEW, 39}},
     0},
    {"in the wrong order",
     {{40, 5, STREAM_BEYOND, 0},
      {10, 5, STREAM_BEYOND, 0},
      {30, 5, STREAM_BEYOND, 0},
      {20, 5, STREAM_BEYOND, 0},
      {0, 10, STREAM_NEW, 15},
      {15, 5, STREAM_NEW, 25},
      {25, 5, STREAM_NEW, 35},
      {35, 5, STREAM_NEW, 45}},
     0},
    {"a fifth island is forgotten",
     {{10, 5, STREAM_BEYOND, 0},
      {20, 5, STREAM_BEYOND, 0},
      {30, 5, STREAM_BEYOND, 0},
      {40, 5, STREAM_BEYOND, 0},
      {50, 5, STREAM_BEYOND, 0},
      {50, 5, STREAM_BEYOND, 0},
      {0, 10, STREAM_NEW, 15},
      {50, 5, STREAM_BEYOND, 15},
      {50, 5, STREAM_OLD, 15}},
     4},
    {"a full list still joins",
     {{10, 5, STREAM_BEYOND, 0},
      {20, 5, STREAM_BEYOND, 0},
      {30, 5, STREAM_BEYOND, 0},
      {40, 5, STREAM_BEYOND, 0},
      {45, 5, STREAM_BEYOND, 0},
      {15, 5, STREAM_BEYOND, 0},
      {10, 15, STREAM_OLD, 0}},
     3},
};

static void play(const struct piece *pieces, uint32_t begin, unsigned held, const char *name)
{
    struct stream stream;
    stream_start(&stream, begin);
    for (int i = 0; i < COUNT(cases[0].pieces) && pieces[i].len > 0; i++) {
        uint32_t seq = begin + (uint32_t)pieces[i].at;
        ck_assert_msg(stream_fit(&stream, seq, pieces[i].len) == pieces[i].fit,
                      "%s from %u: piece %d fits otherwise", name, begin, i);
        stream_add(&stream, seq, pieces[i].len);
        ck_assert_msg(stream.next - begin == (uint32_t)pieces[i].next,
                      "%s from %u: piece %d leads to %u", name, begin, i, stream.next - begin);
    }
    ck_assert_msg(stream.held_count == held, "%s from %u: %u are held", name, begin,
                  stream.held_count);
}

START_TEST(takes_pieces)
{
    for (uint32_t offset = 0; offset < SPAN; offset++)
        play(cases[_i].pieces, 20 - offset, cases[_i].held, cases[_i].name);
    play(cases[_i].pieces, 0x80000000u - 15, cases[_i].held, cases[_i].name);
}
END_TEST

START_TEST(nothing_changes_nothing)
{
    struct stream stream, before;
    stream_start(&stream, 0xfffffff0u);
    stream_add(&stream, 0x10, 5);
    memcpy(&before, &stream, sizeof stream);
    stream_add(&stream, 0xfffffff0u, 0);
    stream_add(&stream, 0x20, 0);
    ck_assert_mem_eq(&before, &stream, sizeof stream);
}
END_TEST

/* Against a bitmap of which octets crossed. A stream may forget a fifth island, so a piece that the
 * map knows may be new to it, but never the other way round. */
#define OCTETS 200

struct map {
    bool crossed[OCTETS];
    uint32_t next;
};

static bool all_crossed(const struct map *map, uint32_t at, uint32_t len)
{
    for (uint32_t i = at; i < at + len; i++)
        if (!map->crossed[i])
            return false;
    return true;
}

static void check_islands(const struct stream *stream, const struct map *map, uint32_t begin)
{
    uint32_t last = stream->next;
    ck_assert_uint_le(stream->held_count, STREAM_HELD_MAX);
    for (unsigned i = 0; i < stream->held_count; i++) {
        ck_assert(seq_gt(stream->held[i].left, last));
        ck_assert(seq_gt(stream->held[i].right, stream->held[i].left));
        ck_assert(all_crossed(map, stream->held[i].left - begin,
                              stream->held[i].right - stream->held[i].left));
        last = stream->held[i].right;
    }
}

START_TEST(agrees_with_a_map)
{
    uint64_t seed = 7 + (uint64_t)_i;
    for (int round = 0; round < 300; round++) {
        struct map map = {.next = 0};
        struct stream stream;
        uint32_t begin = (uint32_t)0 - (uint32_t)(next_random(&seed) % OCTETS);
        stream_start(&stream, begin);
        for (int i = 0; i < 60; i++) {
            uint32_t at = (uint32_t)(next_random(&seed) % (OCTETS - 20));
            uint32_t len = 1 + (uint32_t)(next_random(&seed) % 20);
            enum stream_fit fit = stream_fit(&stream, begin + at, len);
            ck_assert(fit != STREAM_OLD || all_crossed(&map, at, len));
            ck_assert_int_eq(fit == STREAM_NEW, seq_leq(begin + at, stream.next) &&
                                                    seq_gt(begin + at + len, stream.next));
            stream_add(&stream, begin + at, len);
            memset(&map.crossed[at], 1, len);
            ck_assert(all_crossed(&map, 0, stream.next - begin));
            check_islands(&stream, &map, begin);
        }
    }
}
END_TEST

/* Any numbers at all: nothing to agree with, but the list keeps inside its bounds. */
START_TEST(survives_any_numbers)
{
    uint64_t seed = 4;
    struct stream stream;
    stream_start(&stream, 0);
    for (int i = 0; i < 200000; i++) {
        uint32_t seq = (uint32_t)next_random(&seed);
        uint32_t len = (uint32_t)next_random(&seed) >> (next_random(&seed) & 31);
        if (len > 0)
            ck_assert_uint_le(stream_fit(&stream, seq, len), STREAM_BEYOND);
        stream_add(&stream, seq, len);
        ck_assert_uint_le(stream.held_count, STREAM_HELD_MAX);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stream");
    TCase *pieces = tcase_create("pieces");
    tcase_add_loop_test(pieces, takes_pieces, 0, COUNT(cases));
    tcase_add_test(pieces, nothing_changes_nothing);
    tcase_add_loop_test(pieces, agrees_with_a_map, 0, 3);
    tcase_add_test(pieces, survives_any_numbers);
    suite_add_tcase(suite, pieces);
    return run_suite(suite);
}
