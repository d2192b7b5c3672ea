/* SPDX-License-Identifier: BSD-2-Clause */
/* What a block that is no packet cannot say costs what it would have said, and not the file: it is
 * passed over, counted, and told. */
#include "files/pcapng.h"

#include <stdlib.h>
#include <string.h>

#include "files/block.h"

#define NAME_MAX_KEPT    255
#define LINKTYPE_UNKNOWN UINT16_MAX

struct interface {
    uint16_t linktype;
    uint32_t snaplen; /* 0: no limit */
    uint8_t tsresol;  /* 10^-n s, or 2^-n s with the high bit set */
    int64_t tsoffset_s;
    char *name; /* owned, or NULL */
};

struct pcapng {
    struct blocks blocks;
    char *comment; /* owned */
    size_t comment_capacity;
    struct interface *interfaces; /* of this section, owned */
    size_t interface_count, interface_capacity;
    char userappl[NAME_MAX_KEPT + 1];
    struct pcapng_flaws flaws;
};

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

static int corrupt(const struct pcapng *pcapng, const char *what, struct error *error)
{
    return blocks_corrupt(&pcapng->blocks, what, error);
}

static int no_memory(struct error *error)
{
    return error_set_memory(error, "out of memory");
}

/* Something that is passed over. */
static void note_flaw(struct pcapng *pcapng, const char *what)
{
    if (pcapng->flaws.count++ == 0)
        corrupt(pcapng, what, &pcapng->flaws.first);
}

/* What is needed of which block. */
static enum block_use judge(uint32_t type)
{
    switch (type) {
    case BLOCK_SECTION_HEADER:
    case PCAPNG_INTERFACE:
    case PCAPNG_ENHANCED_PACKET:
    case PCAPNG_OBSOLETE_PACKET:
    case PCAPNG_SIMPLE_PACKET:
        return BLOCK_NECESSARY;
    case PCAPNG_NAME_RESOLUTION:
        return BLOCK_USEFUL;
    default:
        return BLOCK_SKIPPED;
    }
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
    bool first = pcapng->blocks.number == 1;
    drop_interfaces(pcapng);
    if (!cursor_skip(&body.at, 4) || !body_u16(&body, &major) || !body_u16(&body, &minor) ||
        !cursor_skip(&body.at, 8))
        return corrupt(pcapng, "a section header that is too short", error);
    if (major != 1)
        return corrupt(pcapng, "an unknown version of pcapng", error);
    while ((more = block_option(&body, &option)) > 0)
        if (first && option.code == PCAPNG_SHB_USERAPPL && option.value.at.left <= NAME_MAX_KEPT)
            memcpy(pcapng->userappl, option.value.at.at, option.value.at.left);
    if (more < 0)
        note_flaw(pcapng, "an option runs past its end");
    return 0;
}

static int add_interface(struct pcapng *pcapng, struct interface *interface, struct error *error)
{
    if (pcapng->interface_count == PCAPNG_INTERFACES_MAX) {
        note_flaw(pcapng, "too many interfaces");
        free(interface->name);
        return 0;
    }
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

/* 0, or -1 where memory ran out. */
static int take_interface_option(struct interface *interface, struct option *option)
{
    struct cursor *value = &option->value.at;
    switch (option->code) {
    case PCAPNG_IF_NAME:
        cursor_limit(value, NAME_MAX_KEPT);
        free(interface->name);
        interface->name = strndup((const char *)value->at, value->left);
        return interface->name != NULL ? 0 : -1;
    case PCAPNG_IF_TSRESOL:
        cursor_u8(value, &interface->tsresol);
        return 0;
    case PCAPNG_IF_TSOFFSET:
        body_i64(&option->value, &interface->tsoffset_s);
        return 0;
    default:
        return 0;
    }
}

static int read_interface_options(struct pcapng *pcapng, struct body body,
                                  struct interface *interface, struct error *error)
{
    struct option option;
    int more;
    while ((more = block_option(&body, &option)) > 0)
        if (take_interface_option(interface, &option) != 0)
            return no_memory(error);
    if (more < 0)
        note_flaw(pcapng, "an option of the interface runs past its end");
    return 0;
}

/* One that does not say what its packets are like is counted all the same, since packets name
 * their interface by its number. */
static int read_interface(struct pcapng *pcapng, struct body body, struct error *error)
{
    struct interface interface = {.linktype = LINKTYPE_UNKNOWN, .tsresol = 6};
    int code = 0;
    if (body_u16(&body, &interface.linktype) && cursor_skip(&body.at, 2) &&
        body_u32(&body, &interface.snaplen))
        code = read_interface_options(pcapng, body, &interface, error);
    else
        note_flaw(pcapng, "an interface description that is too short");
    if (code == 0)
        code = add_interface(pcapng, &interface, error);
    if (code != 0)
        free(interface.name);
    return code;
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

static int keep_comment(struct pcapng *pcapng, struct cursor text, struct error *error)
{
    size_t len = text.left;
    if (len + 1 > pcapng->comment_capacity) {
        char *larger = realloc(pcapng->comment, len + 1);
        if (!larger)
            return no_memory(error);
        pcapng->comment = larger;
        pcapng->comment_capacity = len + 1;
    }
    if (pcapng->comment == NULL)
        return no_memory(error); /* never: there is room for len + 1 octets by now */
    memcpy(pcapng->comment, text.at, len);
    pcapng->comment[len] = '\0';
    return 0;
}

/* Copies the first comment, if there is one. 0, or -1 where memory is short. */
static int find_comment(struct pcapng *pcapng, struct body options, const char **comment,
                        struct error *error)
{
    struct option option;
    int more;
    *comment = NULL;
    while ((more = block_option(&options, &option)) > 0) {
        if (option.code != PCAPNG_OPT_COMMENT || *comment)
            continue;
        if (keep_comment(pcapng, option.value.at, error) != 0)
            return -1;
        *comment = pcapng->comment;
    }
    if (more < 0)
        note_flaw(pcapng, "an option runs past its end");
    return 0;
}

/* What the packet blocks have in common, once their heads are read: data, padding, options. */
static int finish_packet(struct pcapng *pcapng, struct body body, uint32_t interface,
                         struct pcapng_packet *packet, struct error *error)
{
    struct cursor data;
    if (interface >= pcapng->interface_count)
        return corrupt(pcapng, "a packet of an interface that was not described", error);
    if (!body_take(&body, packet->captured_len, &data))
        return corrupt(pcapng, "a packet longer than its block", error);
    packet->bytes = data.at;
    packet->linktype = pcapng->interfaces[interface].linktype;
    packet->interface = pcapng->interfaces[interface].name;
    packet->interface_number = (uint16_t)interface;
    return find_comment(pcapng, body, &packet->comment, error) == 0 ? 1 : -1;
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
    cursor_limit(&body.at, packet->captured_len);
    return finish_packet(pcapng, body, 0, packet, error);
}

/* Records of names up to the one of type 0, which some writers leave out, then options, of which a
 * comment is handed on. Returns 1, 0 for a block without comment, or -1. */
static int read_remark(struct pcapng *pcapng, struct body body, struct pcapng_packet *packet,
                       struct error *error)
{
    uint16_t type, len;
    struct cursor record;
    do {
        if (body.at.left == 0)
            return 0;
        if (!body_u16(&body, &type) || !body_u16(&body, &len) || !body_take(&body, len, &record)) {
            note_flaw(pcapng, "a name that runs past its block");
            return 0;
        }
    } while (type != 0);
    if (find_comment(pcapng, body, &packet->comment, error) != 0)
        return -1;
    return packet->comment != NULL;
}

int pcapng_next(struct pcapng *pcapng, struct pcapng_packet *packet, struct error *error)
{
    uint32_t type;
    struct body body;
    int code;
    while ((code = blocks_next(&pcapng->blocks, judge, &type, &body, error)) > 0) {
        memset(packet, 0, sizeof *packet);
        switch (type) {
        case BLOCK_SECTION_HEADER:
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
    pcapng->blocks.file = file;
    int code = blocks_next(&pcapng->blocks, judge, &type, &body, error);
    if (code == 0 || (code > 0 && type != BLOCK_SECTION_HEADER))
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
    blocks_end(&pcapng->blocks);
    free(pcapng);
}

bool pcapng_written_by(const struct pcapng *pcapng, const char *prefix)
{
    return strncmp(pcapng->userappl, prefix, strlen(prefix)) == 0;
}

const struct pcapng_flaws *pcapng_flaws(const struct pcapng *pcapng)
{
    return &pcapng->flaws;
}
