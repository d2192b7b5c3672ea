/* SPDX-License-Identifier: BSD-2-Clause */
/* What the fuzz targets share. A target is LLVMFuzzerTestOneInput in a file of its own: libFuzzer
 * calls it with what it invents, replay.c with what is kept. */
#ifndef TCPSHAKE_TESTS_FUZZ_H
#define TCPSHAKE_TESTS_FUZZ_H

#include "wire/bytes.h"
#include "wire/segment.h"

/* Takes any bytes, returns 0; a finding ends the process. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Makes the input a finding where the condition does not hold. */
#define CHECK(condition) ((condition) ? (void)0 : fuzz_failed(#condition, __FILE__, __LINE__))
_Noreturn void fuzz_failed(const char *condition, const char *file, int line);

/* Makes the input a finding where something is wrong, which is NULL where nothing is. */
#define CHECK_NONE(wrong) fuzz_check_none((wrong), __FILE__, __LINE__)
void fuzz_check_none(const char *wrong, const char *file, int line);

/* The next number of the input, 0 where it is over. */
uint8_t take_u8(struct cursor *in);
uint16_t take_be16(struct cursor *in);
uint32_t take_be32(struct cursor *in);

/* The next bytes up to a NUL, or up to the end, as a string to be freed. */
char *take_string(struct cursor *in);

/* A copy of just that size, so that the sanitizer sees who reads behind it; to be freed. */
uint8_t *exact_copy(const void *bytes, size_t len);

/* Whether two decoded segments say the same of the same kind, wherever their payload lies. */
bool same_segment(enum segment_kind kind, const struct segment *a, const struct segment *b);

/* Whether what was decoded is true of the frame and of itself. */
void check_segment(const struct frame *frame, enum segment_kind kind, const struct segment *s);

/* A file that is in memory alone, with a path to open it by. */
struct memory_file {
    int fd;
    char path[32];
};

void memory_file_open(struct memory_file *file, const void *bytes, size_t len);
void memory_file_close(struct memory_file *file);

#endif
