/*
 * The service of bgp-announce's control socket: reports the state of routes. It changes nothing.
 * The request is `bgp-announce 1 route`; each line after it is an `announce` line without its verb,
 * and the reply has one line for it:
 *
 *	route PREFIX announced next-hop=ADDRESS peers=N sent=N pending=N withheld=N
 *	    no-family=N no-session=N
 *	route PREFIX absent
 *	route PREFIX refused REASON
 *
 * peers is the number of peers, and the sum of the other counts: the route was sent; is pending; is
 * withheld, because of the peer's tags or because no next hop is valid for the peer; the session
 * does not have the family; there is no session. REASON is text up to the end of the line.
 */
#ifndef LOOKUP_H
#define LOOKUP_H

#include "bgp/neighbors.h"
#include "control/service.h"
#include "line/route.h"

#define LOOKUP_REQUEST STR("bgp-announce 1 route\n")
#define LOOKUP_LINE_MAX 512	/* the longest line of a reply, LF included */

struct lookup_host {
	const struct ribout *rib;
	const struct neighbors *neighbors;
	/* NULL with the next hop in *hop, or the reason to refuse this route now. */
	const char *(*check)(void *owner, const struct route *r, struct addr *hop);
	void *owner;			/* for check */
};

/* `host` is not owned. */
struct service lookup_service(const struct lookup_host *host);

#endif
