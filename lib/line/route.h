/*
 * The route line, as dnstap-route(5) describes it:
 *	announce PREFIX [KEY=VALUE]...
 *	withdraw PREFIX
 *	end-of-rib
 * PREFIX is ADDRESS/LENGTH, or ADDRESS for one host; the address may be in any spelling that
 * inet_pton(3) accepts. One space separates fields; a line is passed without its LF. A line that
 * is empty or begins with `#` is a comment.
 */
#ifndef ROUTE_H
#define ROUTE_H

#include "base/buf.h"
#include "base/str.h"
#include "line/addr.h"

#define ROUTE_MAX 16384		/* the longest line, LF included */

enum route_verb { ROUTE_COMMENT, ROUTE_ANNOUNCE, ROUTE_WITHDRAW, ROUTE_END_OF_RIB };

struct route {
	enum route_verb verb;
	struct prefix prefix;	/* announce, withdraw: PREFIX */
	struct str tag;		/* announce: the value of `tag`; absent when the line lacks it */
	struct str name;	/* announce: the value of `name`; absent when the line lacks it */
	struct str keys;	/* announce: all keys; absent when the line has none */
	bool more;		/* the line has keys other than tag and name */
};

/* Reads a line. Returns NULL, or the reason it is invalid. The views point into the line. */
const char *route_parse(struct str line, struct route *r);

/* Appends the line with its LF, unless it is a comment. */
void route_format(const struct route *r, struct buf *out);

#endif
