/*
 * The barrier, a comment `# barrier ID` among answer lines or route lines. It asks for a reply when
 * all lines before it have taken effect: dnstap-route(5). ID has 1 to 32 characters of
 * `A-Za-z0-9._-`.
 */
#ifndef BARRIER_H
#define BARRIER_H

#include "base/buf.h"
#include "base/str.h"

#define BARRIER_ID_MAX 32

/* Whether the line, without its LF, is a barrier. Then *id points into the line. */
bool barrier_parse(struct str line, struct str *id);

/* Appends the barrier with its LF. */
void barrier_put(struct str id, struct buf *out);

#endif
