/* SPDX-License-Identifier: BSD-2-Clause */
/* Which labels a target can have: from a list, or from the recording of a run, which anyone can
 * have written. */
#ifndef TCPSHAKE_BASE_LABELS_H
#define TCPSHAKE_BASE_LABELS_H

#include <stdbool.h>
#include <stddef.h>

#define LABELS_MAX 1024 /* octets of all labels of a target, "k=v;k=v" */

/* Those that Prometheus allows, except labels that records already have. */
enum label_name { LABEL_NAME_FINE, LABEL_NAME_INVALID, LABEL_NAME_RESERVED, LABEL_NAME_TAKEN };
enum label_name label_name_judge(const char *name, size_t len);

/* Not empty; UTF-8 that is safe in any format, without a semicolon, which would end it. */
bool label_value_is_valid(const char *value, size_t len);

/* Whether labels, of len octets, have one of that name. */
bool labels_have(const char *labels, size_t len, const char *name, size_t name_len);

/* Whether each is valid, no name is there twice, and all together are at most LABELS_MAX; "" is. */
bool labels_are_valid(const char *labels);

#endif
