/*
 * The service of bgp-announce's control socket: reports the state of routes, and changes nothing.
 * The request is `bgp-announce 1 route`. Each line after the request is an `announce` line without
 * the verb, and is answered by one line:
 *
 *	route PREFIX announced next-hop=ADDRESS peers=N sent=N pending=N withheld=N
 *	    no-family=N no-session=N
 *	route PREFIX covered by=PREFIX next-hop=ADDRESS peers=N ...
 *	route PREFIX absent
 *	route PREFIX refused REASON
 *
 * `covered`: PREFIX is not announced, but a file announces the prefix `by`, which contains PREFIX;
 * the other keys are about the route of `by`. `peers` is the number of peers. Each peer is also in
 * one of the other counts: `sent`, the route was sent to the peer; `pending`, the route was not
 * sent, and the peer has pending changes; `withheld`, the peer's tags exclude the route or no next
 * hop is valid for the peer; `no-family`, the family was not negotiated; `no-session`, the session
 * is not Established. REASON extends to the end of the line.
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
	/* NULL, with the next hop in *hop; or the reason why this route would be refused now. */
	const char *(*check)(void *owner, const struct route *r, struct addr *hop);
	/*
	 * The announced route of a file with this prefix, or with the longest prefix that contains
	 * it: stores prefix and next hop. False if there is none.
	 */
	bool (*find_file_route)(void *owner, const struct prefix *p, struct prefix *found,
	    struct addr *hop);
	void *owner;			/* passed to the two functions */
};

/* Returns the service, which does not own `host`. */
struct service lookup_service(const struct lookup_host *host);

#endif
