/*
 * The control socket's service in bgp-announce: what has become of a route. It reads only. The
 * request is `bgp-announce 1 route`; each line after it is the rest of an `announce` line, and has
 * one line of the answer:
 *
 *	route PREFIX announced next-hop=ADDRESS peers=N sent=N pending=N withheld=N
 *	    no-family=N no-session=N
 *	route PREFIX absent
 *	route PREFIX refused REASON
 *
 * peers is the sum of the others: of those with a session that carries the family, the peers that
 * have been sent the route, that may get it yet, and that do not get it by their tags or for want
 * of a next hop that they accept; those whose session does not carry the family; those without a
 * session. REASON is text, to the end of the line.
 */
#ifndef LOOKUP_H
#define LOOKUP_H

#include "bgp/neighbors.h"
#include "control/service.h"
#include "line/route.h"

#define LOOKUP_REQUEST STR("bgp-announce 1 route\n")
#define LOOKUP_LINE_MAX 512	/* the longest line of the answer, LF included */

struct lookup_host {
	const struct ribout *rib;
	const struct neighbors *neighbors;
	/* NULL with the next hop in *hop, or the reason why such a route would be refused now. */
	const char *(*check)(void *owner, const struct route *r, struct addr *hop);
	void *owner;			/* for check */
};

/* `host` is not owned. */
struct service lookup_service(const struct lookup_host *host);

#endif
