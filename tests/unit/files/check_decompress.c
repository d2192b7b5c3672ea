/* SPDX-License-Identifier: BSD-2-Clause */
/* What the libraries pack, unpacked again: whole, in crumbs, cut everywhere, damaged everywhere. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#ifdef HAVE_ZLIB
#include <zlib.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif
#ifdef HAVE_LZMA
#include <lzma.h>
#endif

#include "files/decompress.h"
#include "harness.h"

#define FORMATS (COMPRESSION_COUNT - 1)
#define PLAIN   3000
#define ROOM    8192
#define PIECE   (4u << 20)
#define PIECES  16

/* ---- packing ---- */

static size_t pack_gzip(const void *plain, size_t len, uint8_t *out, size_t room)
{
#ifdef HAVE_ZLIB
    z_stream z = {.next_in = (Bytef *)plain, .avail_in = (uInt)len};
    z.next_out = out;
    z.avail_out = (uInt)room;
    ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return room - z.avail_out;
#else
    (void)plain, (void)len, (void)out, (void)room;
    return 0;
#endif
}

static size_t pack_zstd(const void *plain, size_t len, uint8_t *out, size_t room)
{
#ifdef HAVE_ZSTD
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    size_t packed = ZSTD_compress2(context, out, room, plain, len);
    ck_assert(!ZSTD_isError(packed));
    ZSTD_freeCCtx(context);
    return packed;
#else
    (void)plain, (void)len, (void)out, (void)room;
    return 0;
#endif
}

static size_t pack_xz(const void *plain, size_t len, uint8_t *out, size_t room)
{
    size_t packed = 0;
#ifdef HAVE_LZMA
    ck_assert_int_eq(
        lzma_easy_buffer_encode(0, LZMA_CHECK_CRC64, NULL, plain, len, out, &packed, room),
        LZMA_OK);
#else
    (void)plain, (void)len, (void)out, (void)room;
#endif
    return packed;
}

/* Returns 0 where the library is not there. */
static size_t pack(int format, const void *plain, size_t len, uint8_t *out, size_t room)
{
    static size_t (*const packers[])(const void *, size_t, uint8_t *,
                                     size_t) = {pack_gzip, pack_zstd, pack_xz};
    return packers[format](plain, len, out, room);
}

/* Half of it noise, so that it is longer packed than the libraries' headers. */
static void make_plain(uint8_t plain[PLAIN])
{
    uint32_t state = 1;
    for (size_t i = 0; i < PLAIN; i++) {
        state = state * 1664525 + 1013904223;
        plain[i] = i % 128 < 64 ? (uint8_t)(state >> 24) : 'a';
    }
}

/* ---- unpacking ---- */

struct feed {
    const uint8_t *bytes;
    size_t left, crumb;
    bool dry; /* to be asked when nothing is left is a fault */
};

static void give_a_crumb(struct feed *feed, struct decompressor *d)
{
    size_t size;
    uint8_t *room = decompressor_room(d, &size);
    size_t len = feed->left < size ? feed->left : size;
    ck_assert(!feed->dry || len > 0);
    if (feed->crumb != 0 && len > feed->crumb)
        len = feed->crumb;
    memcpy(room, feed->bytes, len);
    feed->bytes += len;
    feed->left -= len;
    decompressor_given(d, len);
}

static ssize_t read_fed(struct feed *feed, struct decompressor *d, void *out, size_t size)
{
    ssize_t len;
    while ((len = decompressor_read(d, out, size)) == DECOMPRESSOR_WANTS_INPUT)
        give_a_crumb(feed, d);
    return len;
}

struct outcome {
    size_t len; /* unpacked */
    bool fault;
    char problem[64];
};

/* Unpacks all there is, in reads of size octets; what came is compared with plain. */
static struct outcome unpack(int format, struct feed feed, size_t size, const uint8_t *plain,
                             size_t plain_len)
{
    static uint8_t out[ROOM];
    struct error error;
    struct outcome outcome = {.len = 0};
    struct decompressor *d = decompressor_new((enum compression)(format + 1), &error);
    ck_assert_msg(d != NULL, "%s", error.text);
    ssize_t len;
    while ((len = read_fed(&feed, d, out, size)) > 0) {
        ck_assert_uint_le((size_t)len, size);
        if (plain != NULL) {
            ck_assert_uint_le(outcome.len + (size_t)len, plain_len);
            ck_assert_mem_eq(out, plain + outcome.len, (size_t)len);
        }
        outcome.len += (size_t)len;
    }
    outcome.fault = len < 0;
    if (outcome.fault) {
        ck_assert_int_eq(len, -1);
        snprintf(outcome.problem, sizeof outcome.problem, "%s", decompressor_problem(d));
        ck_assert_int_eq(decompressor_read(d, out, size), -1); /* and it stays so */
    }
    decompressor_free(d);
    return outcome;
}

START_TEST(all_of_it_comes_back)
{
    static const size_t crumbs[] = {0, 1, 7}, sizes[] = {1, 100, ROOM};
    uint8_t plain[PLAIN], packed[ROOM];
    make_plain(plain);
    size_t len = pack(_i, plain, PLAIN, packed, ROOM);
    for (size_t i = 0; i < 9 && len > 0; i++) {
        struct feed feed = {.bytes = packed, .left = len, .crumb = crumbs[i % 3]};
        struct outcome outcome = unpack(_i, feed, sizes[i / 3], plain, PLAIN);
        ck_assert_msg(!outcome.fault, "%s", outcome.problem);
        ck_assert_uint_eq(outcome.len, PLAIN);
    }
}
END_TEST

START_TEST(told_by_its_magic)
{
    uint8_t packed[ROOM];
    size_t len = pack(_i, "x", 1, packed, ROOM);
    if (len > 0) {
        ck_assert_int_eq(compression_by_magic(packed, COMPRESSION_MAGIC_MAX), _i + 1);
        ck_assert_int_eq(compression_by_magic(packed, 1), COMPRESSION_NONE);
    }
    ck_assert_int_eq(compression_by_magic((const uint8_t *)"\xa1\xb2\xc3\xd4", 4),
                     COMPRESSION_NONE);
}
END_TEST

/* Wherever it is cut: what was there comes out, then the fault is named. */
START_TEST(cut_at_every_length)
{
    uint8_t plain[PLAIN], packed[ROOM];
    size_t most = 0;
    make_plain(plain);
    size_t len = pack(_i, plain, PLAIN, packed, ROOM);
    for (size_t cut = 1; cut < len; cut++) {
        uint8_t *copy = guarded_copy(packed, cut);
        struct feed feed = {.bytes = copy, .left = cut};
        struct outcome outcome = unpack(_i, feed, ROOM, plain, PLAIN);
        guarded_free(copy, cut);
        ck_assert_msg(outcome.fault, "no fault at %zu of %zu", cut, len);
        ck_assert_str_eq(outcome.problem, "the compressed data is truncated");
        ck_assert_uint_ge(outcome.len, most);
        most = outcome.len;
    }
    if (len > 0)
        ck_assert_uint_eq(most, PLAIN);
}
END_TEST

/* Every octet of it damaged in turn: it ends, and gives no more than there was. */
START_TEST(damaged_at_every_octet)
{
    uint8_t plain[PLAIN], packed[ROOM];
    size_t faults = 0;
    make_plain(plain);
    size_t len = pack(_i, plain, PLAIN, packed, ROOM);
    for (size_t i = 0; i < len; i++) {
        packed[i] ^= 0x55;
        struct feed feed = {.bytes = packed, .left = len};
        struct outcome outcome = unpack(_i, feed, ROOM, NULL, 0);
        packed[i] ^= 0x55;
        ck_assert_uint_le(outcome.len, 1u << 20);
        faults += outcome.fault;
    }
    ck_assert_uint_ge(faults, len * 9 / 10); /* some octets of a header mean nothing */
}
END_TEST

START_TEST(several_pieces)
{
    uint8_t plain[2 * PLAIN], packed[2 * ROOM];
    make_plain(plain);
    make_plain(plain + PLAIN);
    size_t len = pack(_i, plain, PLAIN, packed, ROOM);
    if (len == 0)
        return;
    size_t whole = len + pack(_i, plain, PLAIN, packed + len, ROOM);
    for (size_t crumb = 0; crumb < 3; crumb++) {
        struct feed feed = {.bytes = packed, .left = whole, .crumb = crumb};
        struct outcome outcome = unpack(_i, feed, ROOM, plain, sizeof plain);
        ck_assert_msg(!outcome.fault, "%s", outcome.problem);
        ck_assert_uint_eq(outcome.len, sizeof plain);
    }
    struct feed cut = {.bytes = packed, .left = whole - 1};
    ck_assert(unpack(_i, cut, ROOM, plain, sizeof plain).fault);
    memcpy(packed + len, "garbage behind it", 17);
    struct feed behind = {.bytes = packed, .left = len + 17};
    struct outcome outcome = unpack(_i, behind, ROOM, plain, PLAIN);
    ck_assert(outcome.fault);
    ck_assert_uint_eq(outcome.len, PLAIN);
    memset(packed + len, 0, 512);
    struct feed padded = {.bytes = packed, .left = len + 512};
    outcome = unpack(_i, padded, ROOM, plain, PLAIN);
    ck_assert(outcome.fault == (_i + 1 == COMPRESSION_ZSTD)); /* the others allow for it */
    ck_assert_uint_eq(outcome.len, PLAIN);
}
END_TEST

/* In a pipe, to ask for more is to wait. */
START_TEST(nothing_is_asked_for_while_something_is_left)
{
    uint8_t plain[PLAIN], packed[ROOM], out[100];
    size_t unpacked = 0;
    struct error error;
    make_plain(plain);
    struct feed feed = {.bytes = packed, .left = pack(_i, plain, PLAIN, packed, ROOM), .dry = true};
    if (feed.left == 0)
        return;
    struct decompressor *d = decompressor_new((enum compression)(_i + 1), &error);
    while (unpacked < PLAIN) {
        ssize_t len = read_fed(&feed, d, out, sizeof out);
        ck_assert_int_gt(len, 0);
        unpacked += (size_t)len;
    }
    decompressor_free(d);
}
END_TEST

/* What swells a thousandfold takes no memory for it. */
START_TEST(a_bomb_is_harmless)
{
    struct rusage before, after;
    uint8_t *plain = calloc(1, PIECE), *packed = malloc(PIECE);
    ck_assert(plain != NULL && packed != NULL);
    size_t len = pack(_i, plain, PIECE, packed, PIECE / PIECES);
    free(plain);
    for (size_t i = 1; i < PIECES; i++)
        memcpy(packed + i * len, packed, len);
    if (len > 0) {
        getrusage(RUSAGE_SELF, &before);
        struct feed feed = {.bytes = packed, .left = PIECES * len};
        struct outcome outcome = unpack(_i, feed, ROOM, NULL, 0);
        getrusage(RUSAGE_SELF, &after);
        ck_assert_msg(!outcome.fault, "%s", outcome.problem);
        ck_assert_uint_eq(outcome.len, PIECES * PIECE);
        ck_assert_int_lt(after.ru_maxrss - before.ru_maxrss, PIECES * PIECE >> 11);
    }
    free(packed);
}
END_TEST

/* The memory that a file asks for is bounded. */
#ifdef HAVE_ZSTD
/* A frame of one raw octet with a window of 2^10 and that exponent: RFC 8878, 3.1.1. */
static struct outcome unpack_zstd_window(unsigned exponent)
{
    const uint8_t frame[] = {0x28, 0xb5, 0x2f, 0xfd, 0, (uint8_t)((exponent - 10) << 3),
                             9,    0,    0,    'x'};
    const struct feed feed = {.bytes = frame, .left = sizeof frame};
    return unpack(COMPRESSION_ZSTD - 1, feed, ROOM, (const uint8_t *)"x", 1);
}

START_TEST(a_zstd_window_is_bounded)
{
    struct outcome outcome = unpack_zstd_window(27);
    ck_assert_msg(!outcome.fault && outcome.len == 1, "%s", outcome.problem);
    outcome = unpack_zstd_window(28);
    ck_assert(outcome.fault && strstr(outcome.problem, "memory") != NULL);
}
END_TEST
#endif

#ifdef HAVE_LZMA
/* The same, with another dictionary than it was packed with: The .xz File Format 1.2, 3.1 and
 * 5.3.1. */
static struct outcome unpack_xz_dictionary(uint8_t size_bits)
{
    uint8_t packed[ROOM];
    size_t len = pack(COMPRESSION_XZ - 1, "x", 1, packed, ROOM);
    const size_t header = 12, size = 4 * ((size_t)packed[header] + 1);
    size_t at = header + 2;
    while (packed[at] != 0x21 || packed[at + 1] != 1) /* LZMA2, whose properties have one octet */
        ck_assert_uint_lt(++at, header + size);
    packed[at + 2] = size_bits;
    uint32_t sum = lzma_crc32(packed + header, size - 4, 0);
    for (size_t i = 0; i < 4; i++)
        packed[header + size - 4 + i] = (uint8_t)(sum >> 8 * i);
    const struct feed feed = {.bytes = packed, .left = len};
    return unpack(COMPRESSION_XZ - 1, feed, ROOM, (const uint8_t *)"x", 1);
}

START_TEST(an_xz_dictionary_is_bounded)
{
    struct outcome outcome = unpack_xz_dictionary(28); /* 64 MiB, as xz -9 */
    ck_assert_msg(!outcome.fault && outcome.len == 1, "%s", outcome.problem);
    outcome = unpack_xz_dictionary(32); /* 256 MiB */
    ck_assert(outcome.fault);
    ck_assert_str_eq(outcome.problem, "decompressing it takes more than 128 MiB");
}
END_TEST
#endif

/* Empty pieces, which give nothing: that is no lack of progress. */
START_TEST(many_empty_pieces)
{
    enum { MANY = 40 };
    static uint8_t packed[MANY * 256];
    size_t len = pack(_i, "", 0, packed, 256), whole = len;
    if (len == 0)
        return;
    for (int i = 1; i < MANY; i++, whole += len)
        memcpy(packed + whole, packed, len);
    size_t last = pack(_i, "x", 1, packed + whole, sizeof packed - whole);
    const struct feed feed = {.bytes = packed, .left = whole + last};
    struct outcome outcome = unpack(_i, feed, ROOM, (const uint8_t *)"x", 1);
    ck_assert_msg(!outcome.fault, "%s", outcome.problem);
    ck_assert_uint_eq(outcome.len, 1);
}
END_TEST

START_TEST(without_the_library)
{
    static const char *const libraries[] = {"zlib", "libzstd", "liblzma"};
    uint8_t packed[ROOM];
    struct error error;
    if (pack(_i, "x", 1, packed, ROOM) > 0)
        return;
    ck_assert_ptr_null(decompressor_new((enum compression)(_i + 1), &error));
    ck_assert_int_eq(error.status, STATUS_RUN);
    ck_assert_ptr_nonnull(strstr(error.text, libraries[_i]));
    ck_assert_ptr_nonnull(strstr(error.text, "cat it into --read -"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("decompress");
    TCase *tests = tcase_create("decompress");
    tcase_add_loop_test(tests, told_by_its_magic, 0, FORMATS);
    tcase_add_loop_test(tests, all_of_it_comes_back, 0, FORMATS);
    tcase_add_loop_test(tests, cut_at_every_length, 0, FORMATS);
    tcase_add_loop_test(tests, damaged_at_every_octet, 0, FORMATS);
    tcase_add_loop_test(tests, several_pieces, 0, FORMATS);
    tcase_add_loop_test(tests, nothing_is_asked_for_while_something_is_left, 0, FORMATS);
    tcase_add_loop_test(tests, a_bomb_is_harmless, 0, FORMATS);
    tcase_add_loop_test(tests, many_empty_pieces, 0, FORMATS);
#ifdef HAVE_ZSTD
    tcase_add_test(tests, a_zstd_window_is_bounded);
#endif
#ifdef HAVE_LZMA
    tcase_add_test(tests, an_xz_dictionary_is_bounded);
#endif
    tcase_add_loop_test(tests, without_the_library, 0, FORMATS);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
