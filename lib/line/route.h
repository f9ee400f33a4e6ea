/*
 * The route line, as dnstap-route(5) describes it:
 *	announce PREFIX [KEY=VALUE]...
 *	withdraw PREFIX
 *	end-of-rib
 * PREFIX is ADDRESS/LENGTH, or an ADDRESS alone, which is that host; the address may be in any
 * spelling of inet_pton(3). One space separates fields; the LF is not passed. An empty line, or
 * one that begins with `#`, is a comment.
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
	struct prefix prefix;	/* of an announce or a withdraw */
	struct str tag;		/* known keys of an announce; absent when the line lacks them */
	struct str name;
	struct str keys;	/* all keys; absent when there are none */
	bool more;		/* there are other keys */
};

/* Reads a line. NULL, or the reason why it breaks the format. The views point into the line. */
const char *route_parse(struct str line, struct route *r);

/* Appends the line with its LF, unless it is a comment. */
void route_format(const struct route *r, struct buf *out);

#endif
