/*
 * Domain names. On the wire: RFC 1035 section 3.1, at most 255 bytes with the root's, labels of at
 * most 63. In text, the canonical form of the line formats: lower case, labels parted by `.`, no
 * final dot, the root is `.`; a byte outside `!`..`~`, and `.`, `\` or `,` inside a label, is
 * `\DDD`. So equal names have equal text, and a `.` always parts labels.
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
 * Appends one label (1..63 bytes from the wire) to `out` in canonical form, without a dot.
 * Returns the length, at most four times `n`. Not NUL-ended.
 */
size_t name_label_format(const uint8_t *label, size_t n, char *out);

/* True when `text` is a name in canonical form. */
bool name_is_canonical(struct str text);

/*
 * Brings what a person wrote into canonical form: any case, a final dot or none, `\DDD` and `\X`
 * escapes (RFC 1035 section 5.1). Bytes above 127 are refused: Unicode is converted before.
 * NULL and the NUL-ended text in `out`, its length in *n, or a reason.
 */
const char *name_parse(struct str text, char out[NAME_STRLEN], size_t *n);

#endif
