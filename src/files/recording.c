/* SPDX-License-Identifier: BSD-2-Clause */
/* Each block is put together in memory and written in one piece, little-endian on every machine, so
 * that the same packets make the same file. */
#include "files/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/outlet.h"
#include "files/block.h"
#include "files/outfile.h"
#include "files/pcapng.h"

#define OPTION_MAX 65535 /* its length has 16 bits */

struct recording {
    int fd;
    struct outlet outlet;
    char *path; /* owned, for errors */
    int failed; /* errno of the first failure: nothing is written after it */
    int interface_count;
    uint8_t *block; /* owned */
    size_t len, capacity;
    bool no_memory; /* while the block was put together */
};

static uint8_t *extend(struct recording *recording, size_t len)
{
    size_t wanted = recording->len + len;
    if (wanted > recording->capacity) {
        uint8_t *larger = realloc(recording->block, 2 * wanted);
        if (!larger) {
            recording->no_memory = true;
            return NULL;
        }
        recording->block = larger;
        recording->capacity = 2 * wanted;
    }
    recording->len = wanted;
    return recording->block + wanted - len;
}

static void store_u32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static void put_u32(struct recording *recording, uint32_t value)
{
    uint8_t *at = extend(recording, 4);
    if (at)
        store_u32(at, value);
}

/* Two fields of 16 bits, in the order of the file. */
static void put_u16_u16(struct recording *recording, uint32_t first, uint32_t second)
{
    put_u32(recording, first | second << 16);
}

static void put_bytes(struct recording *recording, const void *bytes, size_t len)
{
    size_t padding = (4 - len % 4) % 4;
    uint8_t *at = extend(recording, len + padding);
    if (!at)
        return;
    if (len > 0)
        memcpy(at, bytes, len);
    memset(at + len, 0, padding);
}

static void put_option(struct recording *recording, uint16_t code, const void *value, size_t len)
{
    if (len > OPTION_MAX)
        len = OPTION_MAX;
    put_u16_u16(recording, code, (uint32_t)len);
    put_bytes(recording, value, len);
}

static void put_text_option(struct recording *recording, uint16_t code, const char *text)
{
    put_option(recording, code, text, strlen(text));
}

static void begin_block(struct recording *recording, uint32_t type)
{
    recording->len = 0;
    recording->no_memory = false;
    put_u32(recording, type);
    put_u32(recording, 0); /* its length, once it is known */
}

static int failure(const struct recording *recording, struct error *error)
{
    return error_set_code(error, recording->failed, "%s: cannot write", recording->path);
}

/* Completes both lengths and writes the block. */
static int end_block(struct recording *recording, struct error *error)
{
    uint32_t total_len = (uint32_t)recording->len + 4;
    put_u32(recording, total_len);
    if (!recording->failed && recording->no_memory)
        recording->failed = ENOMEM;
    if (!recording->failed) {
        store_u32(recording->block + 4, total_len);
        if (outlet_write(&recording->outlet, recording->block, total_len) != 0)
            recording->failed = errno;
    }
    return recording->failed ? failure(recording, error) : 0;
}

static int write_section(struct recording *recording, struct error *error)
{
    begin_block(recording, BLOCK_SECTION_HEADER);
    put_u32(recording, BLOCK_BYTE_ORDER_MAGIC);
    put_u16_u16(recording, 1, 0); /* version 1.0 */
    put_u32(recording, UINT32_MAX);
    put_u32(recording, UINT32_MAX); /* of unknown length */
    put_text_option(recording, PCAPNG_SHB_USERAPPL, "tcpshake " PACKAGE_VERSION);
    put_u16_u16(recording, 0, 0);
    return end_block(recording, error);
}

/* Standard output is duplicated, so that closing the recording leaves it open. */
static int open_output(const char *path, struct error *error)
{
    if (strcmp(path, "-") != 0)
        return outfile_create(path, error);
    int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (fd < 0)
        error_set_code(error, errno, "standard output: cannot write");
    return fd;
}

struct recording *recording_create(const char *path, struct error *error)
{
    const char *shown = strcmp(path, "-") == 0 ? "standard output" : path;
    struct recording *recording = calloc(1, sizeof *recording);
    if (recording) {
        recording->fd = -1;
        recording->path = strdup(shown);
    }
    if (!recording || !recording->path) {
        error_set_memory(error, "%s: out of memory", shown);
        goto failed;
    }
    recording->fd = open_output(path, error);
    if (recording->fd < 0)
        goto failed;
    outlet_init(&recording->outlet, recording->fd);
    recording->outlet.queues = true;
    if (write_section(recording, error) == 0)
        return recording;
failed:
    if (recording) {
        struct error ignored; /* *error says it already */
        recording_close(recording, &ignored);
    }
    return NULL;
}

int recording_interface(struct recording *recording, const char *name, uint16_t linktype,
                        uint32_t snaplen, struct error *error)
{
    static const uint8_t nanoseconds = 9;
    begin_block(recording, PCAPNG_INTERFACE);
    put_u16_u16(recording, linktype, 0);
    put_u32(recording, snaplen);
    put_text_option(recording, PCAPNG_IF_NAME, name);
    put_option(recording, PCAPNG_IF_TSRESOL, &nanoseconds, sizeof nanoseconds);
    put_u16_u16(recording, 0, 0);
    if (end_block(recording, error) != 0)
        return -1;
    return recording->interface_count++;
}

static void put_comment(struct recording *recording, const char *comment)
{
    if (!comment)
        return;
    put_text_option(recording, PCAPNG_OPT_COMMENT, comment);
    put_u16_u16(recording, 0, 0);
}

int recording_packet(struct recording *recording, int interface, const struct frame *frame,
                     const char *comment, struct error *error)
{
    uint64_t time_ns = (uint64_t)frame->time_ns;
    begin_block(recording, PCAPNG_ENHANCED_PACKET);
    put_u32(recording, (uint32_t)interface);
    put_u32(recording, (uint32_t)(time_ns >> 32));
    put_u32(recording, (uint32_t)time_ns);
    put_u32(recording, frame->captured_len);
    put_u32(recording, frame->wire_len);
    put_bytes(recording, frame->bytes, frame->captured_len);
    put_comment(recording, comment);
    return end_block(recording, error);
}

int recording_remark(struct recording *recording, const char *comment, struct error *error)
{
    begin_block(recording, PCAPNG_NAME_RESOLUTION);
    put_u16_u16(recording, 0, 0); /* no record */
    put_comment(recording, comment);
    return end_block(recording, error);
}

struct outlet *recording_outlet(struct recording *recording)
{
    return &recording->outlet;
}

int recording_close(struct recording *recording, struct error *error)
{
    if (recording->fd >= 0 && outlet_finish(&recording->outlet) != 0 && !recording->failed)
        recording->failed = errno;
    outlet_free(&recording->outlet);
    if (recording->fd >= 0 && close(recording->fd) != 0 && !recording->failed)
        recording->failed = errno;
    int result = recording->failed ? failure(recording, error) : 0;
    free(recording->block);
    free(recording->path);
    free(recording);
    return result;
}
