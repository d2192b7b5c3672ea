/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/values.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool value_number(const char *text, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (!is_digit(*text))
            return false;
        unsigned digit = (unsigned)(*text - '0');
        if (digit > max || value > (max - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

bool value_shard(const char *text, uint32_t *number, uint32_t *count)
{
    char before[16];
    uint64_t k, n;
    size_t len = strcspn(text, "/");
    if (len >= sizeof before || text[len] != '/')
        return false;
    memcpy(before, text, len);
    before[len] = '\0';
    if (!value_number(before, UINT32_MAX, &k) || !value_number(text + len + 1, UINT32_MAX, &n) ||
        k == 0 || k > n)
        return false;
    *number = (uint32_t)k;
    *count = (uint32_t)n;
    return true;
}

/* Reads digits with at most one point between them as a count of 10^-decimals, exactly: what is
 * finer than that or above VALUE_DURATION_MAX_NS is refused. */
static bool parse_decimal(const char *text, size_t len, unsigned decimals, int64_t *out)
{
    int64_t value = 0;
    unsigned places = 0;
    bool fraction = false;
    if (len == 0 || text[len - 1] == '.')
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '.') {
            if (fraction)
                return false;
            fraction = true;
            continue;
        }
        if (fraction && ++places > decimals) {
            if (text[i] != '0')
                return false;
            continue;
        }
        value = value * 10 + (text[i] - '0');
        if (value > VALUE_DURATION_MAX_NS)
            return false;
    }
    for (; places < decimals; places++) {
        value *= 10;
        if (value > VALUE_DURATION_MAX_NS)
            return false;
    }
    *out = value;
    return true;
}

bool value_duration(const char *text, unsigned decimals, int64_t *out)
{
    static const struct {
        const char *unit;
        unsigned decimals;
    } units[] = {{"s", 9}, {"ms", 6}};
    size_t len = strspn(text, "0123456789.");
    const char *unit = text + len;
    if (*unit == '\0')
        return parse_decimal(text, len, decimals, out);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(unit, units[i].unit) == 0)
            return parse_decimal(text, len, units[i].decimals, out);
    return false;
}

bool value_percent(const char *text, int64_t *out)
{
    size_t len = strspn(text, "0123456789.");
    return text[len] == '\0' && parse_decimal(text, len, PERCENT_DECIMALS, out) &&
           *out <= PERCENT_ALL;
}

#define LIMIT_MAX 32

/* A duration of the given length in characters. */
static bool read_limit(const char *text, size_t len, unsigned decimals, int64_t *out)
{
    char limit[LIMIT_MAX];
    if (len >= sizeof limit)
        return false;
    memcpy(limit, text, len);
    limit[len] = '\0';
    return value_duration(limit, decimals, out);
}

bool value_range(const char *text, unsigned decimals, struct range *out)
{
    *out = (struct range){.first = 0, .last = INT64_MAX, .inside = *text == '@', .given = true};
    text += out->inside;
    const char *colon = strchr(text, ':');
    const char *end = colon != NULL ? colon + 1 : text;
    if (colon == text + 1 && *text == '~')
        out->first = INT64_MIN;
    else if (colon != NULL && !read_limit(text, (size_t)(colon - text), decimals, &out->first))
        return false;
    if ((colon == NULL || *end != '\0') && !read_limit(end, strlen(end), decimals, &out->last))
        return false;
    return out->first <= out->last;
}

static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c == '\0' ? NULL : strchr(digits, c >= 'A' && c <= 'F' ? c + 'a' - 'A' : c);
    return at == NULL ? -1 : (int)(at - digits);
}

/* One octet of up to three octal digits. Returns how many characters it took, 0 for none or above
 * 255. */
static size_t unescape_octal(const char *text, uint8_t *out)
{
    unsigned value = 0;
    size_t len = 0;
    for (; len < 3 && text[len] >= '0' && text[len] <= '7'; len++)
        value = value * 8 + (unsigned)(text[len] - '0');
    *out = (uint8_t)value;
    return value > UINT8_MAX ? 0 : len;
}

/* The escape sequence after a backslash. Returns how many characters it took, 0 if it is not one.
 */
static size_t unescape(const char *text, uint8_t *out)
{
    static const char letters[] = "nrtabfv\\\"'";
    static const char octets[] = "\n\r\t\a\b\f\v\\\"'";
    if (*text == 'x') {
        int high = hex_value(text[1]);
        int low = high < 0 ? -1 : hex_value(text[2]);
        *out = (uint8_t)(high * 16 + low);
        return low < 0 ? 0 : 3;
    }
    const char *at = *text == '\0' ? NULL : strchr(letters, *text);
    if (at == NULL)
        return unescape_octal(text, out);
    *out = (uint8_t)octets[at - letters];
    return 1;
}

const char *value_unescape(const char *text, uint8_t *out, size_t *len)
{
    *len = 0;
    while (*text != '\0') {
        if (*text != '\\') {
            out[(*len)++] = (uint8_t)*text++;
            continue;
        }
        size_t taken = unescape(text + 1, &out[*len]);
        if (taken == 0)
            return text;
        (*len)++;
        text += 1 + taken;
    }
    return NULL;
}
