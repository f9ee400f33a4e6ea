/*
 * UTF-8 (RFC 3629) from a stranger, for a terminal or a log.
 */
#ifndef UTF8_H
#define UTF8_H

#include "base/buf.h"
#include "base/str.h"

/* Whether all of it is UTF-8 without characters that utf8_put_shown escapes. */
bool utf8_is_plain(struct str text);

/*
 * Appends the text with each byte that is no UTF-8, and each byte of a control or format character
 * or a line separator (Unicode's categories Cc, Cf, Zl, Zp), as \DDD.
 */
void utf8_put_shown(struct str text, struct buf *out);

#endif
