/* SPDX-License-Identifier: BSD-2-Clause */
/* Each format is a row of functions around its library; the loop that feeds them is shared. A file
 * may hold several compressed pieces behind each other, as all three formats allow. */
#include "files/decompress.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_ZLIB
#include <zlib.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif
#ifdef HAVE_LZMA
#include <lzma.h>
#endif

#define IN_SIZE     65536
#define MEMORY_MAX  (UINT64_C(128) << 20) /* as much as the tools take unless told otherwise */
#define WINDOW_BITS 27                    /* the same for zstd */
#define FRUITLESS   4                     /* steps in a row without progress: more are a fault */

struct decompressor {
    const struct codec *codec;
    const char *problem;
    bool input_ended;
    bool between; /* one piece has ended and none has begun: a good place for the end */
    size_t at, len;
    union {
        void *nothing;
#ifdef HAVE_ZLIB
        z_stream gzip;
#endif
#ifdef HAVE_ZSTD
        ZSTD_DStream *zstd;
#endif
#ifdef HAVE_LZMA
        lzma_stream xz;
#endif
    } state;
    uint8_t in[IN_SIZE];
};

struct codec {
    const char *name, *library, *tool;
    size_t magic_len;
    char magic[COMPRESSION_MAGIC_MAX + 1];
    bool (*open)(struct decompressor *d); /* NULL: built without it */
    /* Takes from in, returns how much came out, sets problem and between. */
    size_t (*step)(struct decompressor *d, void *out, size_t size);
    void (*close)(struct decompressor *d);
};

static const char cut_short[] = "the compressed data is truncated";
static const char corrupt[] = "the compressed data is corrupt";
static const char no_memory[] = "out of memory";

#ifdef HAVE_ZLIB
static bool gzip_open(struct decompressor *d)
{
    return inflateInit2(&d->state.gzip, 16 + MAX_WBITS) == Z_OK; /* 16: a gzip header */
}

/* Begins the next piece, behind zeros that fill up a tape's block. */
static void gzip_begin(struct decompressor *d)
{
    while (d->at < d->len && d->in[d->at] == 0)
        d->at++;
    if (d->at == d->len)
        return;
    inflateReset(&d->state.gzip);
    d->between = false;
}

static size_t gzip_step(struct decompressor *d, void *out, size_t size)
{
    z_stream *z = &d->state.gzip;
    if (d->between)
        gzip_begin(d);
    if (d->between)
        return 0;
    uInt room = size < UINT32_MAX ? (uInt)size : UINT32_MAX;
    z->next_in = d->in + d->at;
    z->avail_in = (uInt)(d->len - d->at);
    z->next_out = out;
    z->avail_out = room;
    int code = inflate(z, Z_SYNC_FLUSH);
    d->at = d->len - z->avail_in;
    d->between = code == Z_STREAM_END;
    if (code == Z_MEM_ERROR)
        d->problem = no_memory;
    else if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
        d->problem = corrupt;
    return room - z->avail_out;
}

static void gzip_close(struct decompressor *d)
{
    inflateEnd(&d->state.gzip);
}
#else
#define gzip_open  NULL
#define gzip_step  NULL
#define gzip_close NULL
#endif

#ifdef HAVE_ZSTD
static bool zstd_open(struct decompressor *d)
{
    d->state.zstd = ZSTD_createDStream();
    return d->state.zstd != NULL &&
           !ZSTD_isError(ZSTD_DCtx_setParameter(d->state.zstd, ZSTD_d_windowLogMax, WINDOW_BITS));
}

static size_t zstd_step(struct decompressor *d, void *out, size_t size)
{
    ZSTD_inBuffer in = {d->in + d->at, d->len - d->at, 0};
    ZSTD_outBuffer to = {out, size, 0};
    size_t code = ZSTD_decompressStream(d->state.zstd, &to, &in);
    d->at += in.pos;
    if (ZSTD_isError(code))
        d->problem = ZSTD_getErrorName(code);
    else if (in.pos > 0 || to.pos > 0)
        d->between = code == 0;
    return to.pos;
}

static void zstd_close(struct decompressor *d)
{
    ZSTD_freeDStream(d->state.zstd);
}
#else
#define zstd_open  NULL
#define zstd_step  NULL
#define zstd_close NULL
#endif

#ifdef HAVE_LZMA
static bool xz_open(struct decompressor *d)
{
    d->state.xz = (lzma_stream)LZMA_STREAM_INIT;
    return lzma_stream_decoder(&d->state.xz, MEMORY_MAX, LZMA_CONCATENATED) == LZMA_OK;
}

static const char *xz_problem(lzma_ret code)
{
    switch (code) {
    case LZMA_OK:
    case LZMA_STREAM_END:
    case LZMA_BUF_ERROR: /* no progress: more input will do, or the loop ends it */
        return NULL;
    case LZMA_MEM_ERROR:
        return no_memory;
    case LZMA_MEMLIMIT_ERROR:
        return "decompressing it takes more than 128 MiB";
    case LZMA_OPTIONS_ERROR:
        return "liblzma does not support this compression";
    default:
        return corrupt;
    }
}

static size_t xz_step(struct decompressor *d, void *out, size_t size)
{
    lzma_stream *xz = &d->state.xz;
    xz->next_in = d->in + d->at;
    xz->avail_in = d->len - d->at;
    xz->next_out = out;
    xz->avail_out = size;
    lzma_ret code = lzma_code(xz, d->input_ended ? LZMA_FINISH : LZMA_RUN);
    d->at = d->len - xz->avail_in;
    d->between = code == LZMA_STREAM_END;
    d->problem = xz_problem(code);
    return size - xz->avail_out;
}

static void xz_close(struct decompressor *d)
{
    lzma_end(&d->state.xz);
}
#else
#define xz_open  NULL
#define xz_step  NULL
#define xz_close NULL
#endif

static const struct codec codecs[COMPRESSION_COUNT] = {
    [COMPRESSION_GZIP] = {"gzip", "zlib", "zcat", 2, "\x1f\x8b", gzip_open, gzip_step, gzip_close},
    [COMPRESSION_ZSTD] = {"zstd", "libzstd", "zstdcat", 4, "\x28\xb5\x2f\xfd", zstd_open, zstd_step,
                          zstd_close},
    [COMPRESSION_XZ] = {"xz", "liblzma", "xzcat", 4, "\xfd\x37\x7a\x58", xz_open, xz_step,
                        xz_close},
};

enum compression compression_by_magic(const uint8_t *magic, size_t len)
{
    for (int i = COMPRESSION_NONE + 1; i < COMPRESSION_COUNT; i++)
        if (len >= codecs[i].magic_len && memcmp(magic, codecs[i].magic, codecs[i].magic_len) == 0)
            return (enum compression)i;
    return COMPRESSION_NONE;
}

struct decompressor *decompressor_new(enum compression compression, struct error *error)
{
    const struct codec *codec = &codecs[compression];
    if (codec->open == NULL) {
        error_set(error, STATUS_RUN,
                  "is compressed with %s, but this program was built without %s: pipe the output "
                  "of %s into --read -",
                  codec->name, codec->library, codec->tool);
        return NULL;
    }
    struct decompressor *d = calloc(1, sizeof *d);
    if (d != NULL && codec->open(d)) {
        d->codec = codec;
        d->between = true;
        return d;
    }
    if (d != NULL)
        codec->close(d);
    free(d);
    error_set_memory(error, "%s", no_memory);
    return NULL;
}

void decompressor_free(struct decompressor *d)
{
    if (d == NULL)
        return;
    d->codec->close(d);
    free(d);
}

uint8_t *decompressor_room(struct decompressor *d, size_t *size)
{
    *size = sizeof d->in;
    return d->in;
}

void decompressor_given(struct decompressor *d, size_t len)
{
    d->at = 0;
    d->len = len;
    d->input_ended = len == 0;
}

/* What there is to unpack comes out before more is asked for, because that can mean to wait. */
ssize_t decompressor_read(struct decompressor *d, void *out, size_t size)
{
    for (int fruitless = 0; d->problem == NULL;) {
        size_t before = d->at;
        size_t len = d->codec->step(d, out, size);
        if (len > 0)
            return (ssize_t)len;
        if (d->problem != NULL)
            break;
        fruitless = d->at > before ? 0 : fruitless + 1;
        if (d->at < d->len && fruitless < FRUITLESS)
            continue;
        if (d->at < d->len)
            d->problem = corrupt;
        else if (!d->input_ended)
            return DECOMPRESSOR_WANTS_INPUT;
        else if (d->between)
            return 0;
        else
            d->problem = cut_short;
    }
    return -1;
}

const char *decompressor_problem(const struct decompressor *d)
{
    return d->problem;
}
