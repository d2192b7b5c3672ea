/* SPDX-License-Identifier: BSD-2-Clause */
#include "files/pktap.h"

#include <string.h>

#include "net/linktype.h"
#include "wire/bytes.h"

#define HEADER_MIN    108
#define RECORD_PACKET 1
#define NAME_LEN      24 /* of the interface, filled up with NUL */

enum { LINKTYPE_USER2 = 149, LINKTYPE_PKTAP = 258 };

bool pktap_is(uint16_t linktype)
{
    return linktype == LINKTYPE_PKTAP || linktype == LINKTYPE_USER2;
}

/* Little-endian, as all of its machines are. */
static bool read_u32(struct cursor *at, uint32_t *out)
{
    if (!cursor_be32(at, out))
        return false;
    *out = __builtin_bswap32(*out);
    return true;
}

/* The name is text only if it ends where its field does at the latest. */
static const char *name_of(struct cursor name)
{
    bool ends = name.at[0] != '\0' && memchr(name.at, '\0', name.left) != NULL;
    return ends ? (const char *)name.at : NULL;
}

bool pktap_unwrap(struct frame *frame, struct pktap *pktap)
{
    struct cursor whole = cursor_over(frame->bytes, frame->captured_len), header = whole, name;
    uint32_t len, record, dlt;
    if (!read_u32(&header, &len) || !read_u32(&header, &record) || !read_u32(&header, &dlt) ||
        !cursor_take(&header, NAME_LEN, &name) || len < HEADER_MIN || record != RECORD_PACKET ||
        dlt > INT16_MAX || !cursor_skip(&whole, len))
        return false;
    pktap->linktype = linktype_from_dlt((int)dlt);
    pktap->interface = name_of(name);
    frame->link = link_from_dlt((int)dlt);
    frame->bytes = whole.at;
    frame->captured_len -= len;
    frame->wire_len = frame->wire_len > len ? frame->wire_len - len : 0;
    return true;
}
