/* SPDX-License-Identifier: BSD-2-Clause */
/* One block is in memory at a time. Every length is checked against what holds it, each integer is
 * read through the cursor, and what is allocated is bounded by PCAPNG_BLOCK_MAX and by bytes that
 * were really read. */
#include "files/pcapng.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wire/bytes.h"

#define NAME_MAX_KEPT  255
#define FIRST_CAPACITY 65536

struct interface {
    uint16_t linktype;
    uint32_t snaplen; /* 0: no limit */
    uint8_t tsresol;  /* 10^-n s, or 2^-n s with the high bit set */
    int64_t tsoffset_s;
    char *name; /* owned, or NULL */
};

struct pcapng {
    FILE *file;
    uint64_t offset, next_offset; /* of the block, of the one behind it */
    uint64_t block;               /* its number, from 1 */
    bool little_endian;
    uint8_t *bytes; /* body of the block, owned */
    size_t capacity;
    char *comment; /* owned */
    size_t comment_capacity;
    struct interface *interfaces; /* of this section, owned */
    size_t interface_count, interface_capacity;
    char userappl[NAME_MAX_KEPT + 1];
};

/* A block's body, read in the byte order of its section. */
struct body {
    struct cursor at;
    bool little_endian;
};

static inline bool body_u16(struct body *body, uint16_t *out)
{
    if (!cursor_be16(&body->at, out))
        return false;
    if (body->little_endian)
        *out = __builtin_bswap16(*out);
    return true;
}

static inline bool body_u32(struct body *body, uint32_t *out)
{
    if (!cursor_be32(&body->at, out))
        return false;
    if (body->little_endian)
        *out = __builtin_bswap32(*out);
    return true;
}

static bool body_i64(struct body *body, int64_t *out)
{
    uint32_t first, second;
    if (!body_u32(body, &first) || !body_u32(body, &second))
        return false;
    uint64_t high = body->little_endian ? second : first;
    uint64_t low = body->little_endian ? first : second;
    *out = (int64_t)(high << 32 | low);
    return true;
}

/* Every value is filled up to a multiple of four bytes. */
static size_t padding_of(size_t len)
{
    return (4 - len % 4) % 4;
}

static int corrupt(const struct pcapng *pcapng, const char *what, struct error *error)
{
    return error_set(error, STATUS_RUN, "block %llu at byte %llu: %s",
                     (unsigned long long)pcapng->block, (unsigned long long)pcapng->offset, what);
}

static int no_memory(struct error *error)
{
    return error_set(error, STATUS_RUN, "%s", strerror(ENOMEM));
}

static int cut_short(const struct pcapng *pcapng, struct error *error)
{
    const char *reason = ferror(pcapng->file) ? strerror(errno) : "the file is truncated";
    return corrupt(pcapng, reason, error);
}

static int read_exactly(struct pcapng *pcapng, uint8_t *out, size_t len, struct error *error)
{
    if (fread(out, 1, len, pcapng->file) == len)
        return 0;
    return cut_short(pcapng, error);
}

/* Room for len bytes of a body; grown by doubling, so that a false length costs no more than the
 * file is long. */
static int grow(struct pcapng *pcapng, size_t len, struct error *error)
{
    size_t capacity = pcapng->capacity ? pcapng->capacity : FIRST_CAPACITY;
    while (capacity < len)
        capacity *= 2;
    if (capacity == pcapng->capacity)
        return 0;
    uint8_t *bytes = realloc(pcapng->bytes, capacity);
    if (!bytes)
        return no_memory(error);
    pcapng->bytes = bytes;
    pcapng->capacity = capacity;
    return 0;
}

/* What follows the bytes that are there already: the rest of the body, then the length again. */
static int read_body(struct pcapng *pcapng, uint32_t total_len, size_t have, struct body *body,
                     struct error *error)
{
    size_t len = total_len - 8;
    uint32_t again;
    for (size_t done = have; done < len;) {
        size_t part = len - done < FIRST_CAPACITY ? len - done : FIRST_CAPACITY;
        if (grow(pcapng, done + part, error) != 0 ||
            read_exactly(pcapng, pcapng->bytes + done, part, error) != 0)
            return -1;
        done += part;
    }
    struct body tail = {cursor_over(pcapng->bytes + len - 4, 4), pcapng->little_endian};
    if (!body_u32(&tail, &again) || again != total_len)
        return corrupt(pcapng, "its two length fields differ", error);
    *body = (struct body){cursor_over(pcapng->bytes, len - 4), pcapng->little_endian};
    return 0;
}

/* A section may change the byte order, and its length is in the new one: so its magic is read
 * first. */
static int read_byte_order(struct pcapng *pcapng, struct error *error)
{
    uint32_t magic = 0;
    if (grow(pcapng, sizeof magic, error) != 0 ||
        read_exactly(pcapng, pcapng->bytes, sizeof magic, error) != 0)
        return -1;
    struct cursor at = cursor_over(pcapng->bytes, sizeof magic);
    cursor_be32(&at, &magic);
    if (magic != PCAPNG_BYTE_ORDER_MAGIC && magic != __builtin_bswap32(PCAPNG_BYTE_ORDER_MAGIC))
        return corrupt(pcapng, "a section header without a byte-order magic number", error);
    pcapng->little_endian = magic != PCAPNG_BYTE_ORDER_MAGIC;
    return 0;
}

/* 1 with *type and *body, 0 at the end of the file, -1 with *error. */
static int read_block(struct pcapng *pcapng, uint32_t *type, struct body *body, struct error *error)
{
    uint8_t header[8];
    uint32_t total_len = 0;
    size_t have = 0;
    size_t got = fread(header, 1, sizeof header, pcapng->file);
    if (got == 0 && !ferror(pcapng->file))
        return 0;
    pcapng->block++;
    pcapng->offset = pcapng->next_offset;
    if (got < sizeof header)
        return cut_short(pcapng, error);
    struct body start = {cursor_over(header, sizeof header), pcapng->little_endian};
    body_u32(&start, type);
    if (*type == PCAPNG_SECTION_HEADER) { /* the same number in both byte orders */
        if (read_byte_order(pcapng, error) != 0)
            return -1;
        start.little_endian = pcapng->little_endian;
        have = 4;
    }
    body_u32(&start, &total_len);
    if (total_len < 12 + have || total_len % 4 != 0 || total_len > PCAPNG_BLOCK_MAX)
        return corrupt(pcapng, "an invalid block length", error);
    if (read_body(pcapng, total_len, have, body, error) != 0)
        return -1;
    pcapng->next_offset += total_len;
    return 1;
}

struct option {
    uint16_t code;
    struct body value;
};

/* 1 with *option, 0 at the end, -1 where an option runs past its block. */
static int next_option(struct body *options, struct option *option)
{
    uint16_t len;
    if (options->at.left == 0)
        return 0;
    if (!body_u16(options, &option->code) || !body_u16(options, &len))
        return -1;
    if (option->code == PCAPNG_OPT_END)
        return 0;
    option->value.little_endian = options->little_endian;
    if (!cursor_take(&options->at, len, &option->value.at) ||
        !cursor_skip(&options->at, padding_of(len)))
        return -1;
    return 1;
}

static void drop_interfaces(struct pcapng *pcapng)
{
    for (size_t i = 0; i < pcapng->interface_count; i++)
        free(pcapng->interfaces[i].name);
    pcapng->interface_count = 0;
}

static int read_section(struct pcapng *pcapng, struct body body, struct error *error)
{
    uint16_t major, minor;
    struct option option;
    int more;
    bool first = pcapng->block == 1;
    drop_interfaces(pcapng);
    if (!cursor_skip(&body.at, 4) || !body_u16(&body, &major) || !body_u16(&body, &minor) ||
        !cursor_skip(&body.at, 8))
        return corrupt(pcapng, "a section header that is too short", error);
    if (major != 1)
        return corrupt(pcapng, "an unknown version of pcapng", error);
    while ((more = next_option(&body, &option)) > 0)
        if (first && option.code == PCAPNG_SHB_USERAPPL && option.value.at.left <= NAME_MAX_KEPT)
            memcpy(pcapng->userappl, option.value.at.at, option.value.at.left);
    return more < 0 ? corrupt(pcapng, "an option runs past its end", error) : 0;
}

static int add_interface(struct pcapng *pcapng, struct interface *interface, struct error *error)
{
    if (pcapng->interface_count == PCAPNG_INTERFACES_MAX)
        return corrupt(pcapng, "too many interfaces", error);
    if (pcapng->interface_count == pcapng->interface_capacity) {
        size_t capacity = pcapng->interface_capacity ? 2 * pcapng->interface_capacity : 8;
        void *larger = realloc(pcapng->interfaces, capacity * sizeof *interface);
        if (!larger)
            return no_memory(error);
        pcapng->interfaces = larger;
        pcapng->interface_capacity = capacity;
    }
    pcapng->interfaces[pcapng->interface_count++] = *interface;
    return 0;
}

static bool take_interface_option(struct interface *interface, struct option *option)
{
    struct cursor *value = &option->value.at;
    switch (option->code) {
    case PCAPNG_IF_NAME:
        cursor_limit(value, NAME_MAX_KEPT);
        free(interface->name);
        interface->name = strndup((const char *)value->at, value->left);
        return interface->name != NULL;
    case PCAPNG_IF_TSRESOL:
        return cursor_u8(value, &interface->tsresol);
    case PCAPNG_IF_TSOFFSET:
        return body_i64(&option->value, &interface->tsoffset_s);
    default:
        return true;
    }
}

static int read_interface(struct pcapng *pcapng, struct body body, struct error *error)
{
    struct interface interface = {.tsresol = 6};
    struct option option;
    int more = -1;
    if (body_u16(&body, &interface.linktype) && cursor_skip(&body.at, 2) &&
        body_u32(&body, &interface.snaplen))
        while ((more = next_option(&body, &option)) > 0)
            if (!take_interface_option(&interface, &option)) {
                more = -1;
                break;
            }
    if (more == 0 && add_interface(pcapng, &interface, error) == 0)
        return 0;
    free(interface.name);
    return more == 0 ? -1 : corrupt(pcapng, "a bad interface description", error);
}

static uint64_t power_of_10(unsigned exponent)
{
    uint64_t power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

/* Splits ticks of 10^-n seconds. 10^20 ticks and more do not fit in 64 bits. */
static void split_decimal(uint64_t ticks, unsigned n, uint64_t *seconds, uint64_t *ns)
{
    *seconds = n < 20 ? ticks / power_of_10(n) : 0;
    uint64_t rest = n < 20 ? ticks % power_of_10(n) : ticks;
    if (n <= 9)
        *ns = rest * power_of_10(9 - n);
    else
        *ns = n - 9 < 20 ? rest / power_of_10(n - 9) : 0;
}

/* Splits ticks of 2^-n seconds; 32 bits of a fraction are finer than a nanosecond. */
static void split_binary(uint64_t ticks, unsigned n, uint64_t *seconds, uint64_t *ns)
{
    *seconds = n < 64 ? ticks >> n : 0;
    uint64_t rest = n < 64 ? ticks & ((UINT64_C(1) << n) - 1) : ticks;
    if (n > 32) {
        rest = n - 32 < 64 ? rest >> (n - 32) : 0;
        n = 32;
    }
    *ns = rest * 1000000000 >> n;
}

/* Since the epoch; what lies outside of the years 1970 to 2262 is moved to the nearer end, so that
 * the difference of any two times fits too. */
static int64_t to_epoch_ns(const struct interface *interface, uint64_t ticks)
{
    const int64_t limit_s = INT64_MAX / 1000000000 - 1;
    uint64_t seconds, ns;
    if (interface->tsresol & 0x80)
        split_binary(ticks, interface->tsresol & 0x7f, &seconds, &ns);
    else
        split_decimal(ticks, interface->tsresol, &seconds, &ns);
    int64_t sum;
    if (seconds > INT64_MAX ||
        __builtin_add_overflow((int64_t)seconds, interface->tsoffset_s, &sum))
        sum = interface->tsoffset_s < 0 && seconds <= INT64_MAX ? -1 : limit_s;
    if (sum < 0)
        return 0;
    if (sum >= limit_s)
        return limit_s * 1000000000;
    return sum * 1000000000 + (int64_t)ns;
}

/* Copies the first comment, if there is one. 0, or -1 where an option runs past its block or memory
 * is short. */
static int find_comment(struct pcapng *pcapng, struct body options, const char **comment)
{
    struct option option;
    int more;
    *comment = NULL;
    while ((more = next_option(&options, &option)) > 0) {
        if (option.code != PCAPNG_OPT_COMMENT || *comment)
            continue;
        size_t len = option.value.at.left;
        if (len + 1 > pcapng->comment_capacity) {
            char *larger = realloc(pcapng->comment, len + 1);
            if (!larger)
                return -1;
            pcapng->comment = larger;
            pcapng->comment_capacity = len + 1;
        }
        memcpy(pcapng->comment, option.value.at.at, len);
        pcapng->comment[len] = '\0';
        *comment = pcapng->comment;
    }
    return more;
}

/* What the packet blocks have in common, once their heads are read: data, padding, options. */
static int finish_packet(struct pcapng *pcapng, struct body body, uint32_t interface,
                         struct pcapng_packet *packet, struct error *error)
{
    struct cursor data;
    if (interface >= pcapng->interface_count)
        return corrupt(pcapng, "a packet of an interface that was not described", error);
    if (!cursor_take(&body.at, packet->captured_len, &data) ||
        !cursor_skip(&body.at, padding_of(packet->captured_len)))
        return corrupt(pcapng, "a packet longer than its block", error);
    packet->bytes = data.at;
    packet->linktype = pcapng->interfaces[interface].linktype;
    packet->interface = pcapng->interfaces[interface].name;
    if (find_comment(pcapng, body, &packet->comment) != 0)
        return corrupt(pcapng, "a packet's option runs past its end", error);
    return 1;
}

static int read_stamped_packet(struct pcapng *pcapng, struct body body, bool obsolete,
                               struct pcapng_packet *packet, struct error *error)
{
    uint32_t interface = 0, high, low;
    uint16_t short_interface = 0;
    bool sound = obsolete ? body_u16(&body, &short_interface) && cursor_skip(&body.at, 2)
                          : body_u32(&body, &interface);
    if (obsolete)
        interface = short_interface;
    if (!sound || !body_u32(&body, &high) || !body_u32(&body, &low) ||
        !body_u32(&body, &packet->captured_len) || !body_u32(&body, &packet->wire_len))
        return corrupt(pcapng, "a packet block that is too short", error);
    if (interface < pcapng->interface_count)
        packet->time_ns = to_epoch_ns(&pcapng->interfaces[interface], (uint64_t)high << 32 | low);
    return finish_packet(pcapng, body, interface, packet, error);
}

/* Its captured length is not written down: the smallest of packet, snaplen and block. No options
 * follow. */
static int read_simple_packet(struct pcapng *pcapng, struct body body, struct pcapng_packet *packet,
                              struct error *error)
{
    if (!body_u32(&body, &packet->wire_len))
        return corrupt(pcapng, "a packet block that is too short", error);
    uint32_t len = packet->wire_len;
    if (pcapng->interface_count > 0) {
        uint32_t snaplen = pcapng->interfaces[0].snaplen;
        if (snaplen != 0 && snaplen < len)
            len = snaplen;
    }
    packet->captured_len = len < body.at.left ? len : (uint32_t)body.at.left;
    cursor_limit(&body.at, packet->captured_len + padding_of(packet->captured_len));
    return finish_packet(pcapng, body, 0, packet, error);
}

/* Records of names up to the one of type 0, then options, of which a comment is handed on. Returns
 * 1, 0 for a block without comment, or -1. */
static int read_remark(struct pcapng *pcapng, struct body body, struct pcapng_packet *packet,
                       struct error *error)
{
    uint16_t type, len;
    do {
        if (!body_u16(&body, &type) || !body_u16(&body, &len) ||
            !cursor_skip(&body.at, len + padding_of(len)))
            return corrupt(pcapng, "a name that runs past its block", error);
    } while (type != 0);
    if (find_comment(pcapng, body, &packet->comment) != 0)
        return corrupt(pcapng, "an option of the names runs past its block", error);
    return packet->comment != NULL;
}

int pcapng_next(struct pcapng *pcapng, struct pcapng_packet *packet, struct error *error)
{
    uint32_t type;
    struct body body;
    int code;
    while ((code = read_block(pcapng, &type, &body, error)) > 0) {
        memset(packet, 0, sizeof *packet);
        switch (type) {
        case PCAPNG_SECTION_HEADER:
            code = read_section(pcapng, body, error);
            break;
        case PCAPNG_INTERFACE:
            code = read_interface(pcapng, body, error);
            break;
        case PCAPNG_ENHANCED_PACKET:
        case PCAPNG_OBSOLETE_PACKET:
            return read_stamped_packet(pcapng, body, type == PCAPNG_OBSOLETE_PACKET, packet, error);
        case PCAPNG_SIMPLE_PACKET:
            return read_simple_packet(pcapng, body, packet, error);
        case PCAPNG_NAME_RESOLUTION:
            code = read_remark(pcapng, body, packet, error);
            if (code > 0)
                return code;
        }
        if (code < 0)
            return -1;
    }
    return code;
}

struct pcapng *pcapng_open(FILE *file, struct error *error)
{
    uint32_t type = 0;
    struct body body = {.little_endian = false};
    struct pcapng *pcapng = calloc(1, sizeof *pcapng);
    if (!pcapng) {
        no_memory(error);
        return NULL;
    }
    pcapng->file = file;
    int code = read_block(pcapng, &type, &body, error);
    if (code == 0 || (code > 0 && type != PCAPNG_SECTION_HEADER))
        code = corrupt(pcapng, "no section header", error);
    if (code > 0 && read_section(pcapng, body, error) == 0)
        return pcapng;
    pcapng_close(pcapng);
    return NULL;
}

void pcapng_close(struct pcapng *pcapng)
{
    if (!pcapng)
        return;
    drop_interfaces(pcapng);
    free(pcapng->interfaces);
    free(pcapng->comment);
    free(pcapng->bytes);
    free(pcapng);
}

bool pcapng_written_by(const struct pcapng *pcapng, const char *prefix)
{
    return strncmp(pcapng->userappl, prefix, strlen(prefix)) == 0;
}
