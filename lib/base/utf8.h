/* UTF-8 (RFC 3629) from an untrusted source, for a terminal or a log. */
#ifndef UTF8_H
#define UTF8_H

#include "base/buf.h"
#include "base/str.h"

/* Whether the text is UTF-8 without characters that utf8_put_shown escapes. */
bool utf8_is_plain(struct str text);

/*
 * Appends the text. Writes invalid bytes, and the bytes of control characters, format characters
 * and line separators (Unicode categories Cc, Cf, Zl, Zp), as \DDD.
 */
void utf8_put_shown(struct str text, struct buf *out);

#endif
