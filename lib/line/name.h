/*
 * Domain names. On the wire (RFC 1035 section 3.1) a name has at most 255 bytes and a label at
 * most 63. Text has the canonical form of the line formats: lower case, labels separated by `.`,
 * no final dot; the root is `.`. A byte outside `!`..`~`, and `.`, `\` or `,` inside a label, is
 * written `\DDD`. So equal names have equal text, and each `.` separates labels.
 */
#ifndef NAME_H
#define NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define NAME_WIRE_MAX 255
#define NAME_LABEL_MAX 63
#define NAME_STRLEN 1004	/* the longest text: 250 bytes as \DDD, three dots, and a NUL */

/*
 * Writes a label (1..63 bytes from the wire) in canonical form, without a dot or NUL. Returns the
 * length, at most four times `n`.
 */
size_t name_label_format(const uint8_t *label, size_t n, char *out);

/* Whether `text` is a name in canonical form. */
bool name_is_canonical(struct str text);

/*
 * Converts a name to canonical form: any case, with or without a final dot, `\DDD` and `\X` escapes
 * (RFC 1035 section 5.1). The caller converts Unicode first. Returns NULL, with the NUL-terminated
 * text in `out` and its length in *n; or the reason.
 */
const char *name_parse(struct str text, char out[NAME_STRLEN], size_t *n);

#endif
