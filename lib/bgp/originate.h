/*
 * Route lines into the Adj-RIB-Out. The policy sets the attributes of a route. A route is refused
 * if no peer could receive it, or if it would divert the traffic of a session or to a next hop; if
 * it was announced before, it is withdrawn then.
 *
 * Refusals and unknown keys are reported by callbacks.
 */
#ifndef ORIGINATE_H
#define ORIGINATE_H

#include "base/intern.h"
#include "bgp/addrset.h"
#include "bgp/policy.h"
#include "bgp/ribout.h"
#include "bgp/update.h"
#include "line/route.h"

/* Why a route is refused. */
enum originate_refusal {
	ORIGINATE_NO_NEXT_HOP,		/* no next hop of its family */
	ORIGINATE_DEFAULT_ROUTE,
	ORIGINATE_OWN_ADDRESS,		/* a next hop or an address of a session */
	ORIGINATE_COVERING,		/* a prefix that contains such an address */
	ORIGINATE_MARTIAN,		/* not unicast: addrkind.h */
	ORIGINATE_OVER_LIMIT,		/* max_routes are announced */
	ORIGINATE_REFUSALS
};

struct originate_counters {
	uint64_t lines, announces, withdraws, unknown_keys, refused[ORIGINATE_REFUSALS];
};

struct originate {
	const struct update_local *us;	/* not owned */
	struct policy *policy;		/* not owned */
	struct ribout *rib;		/* not owned */
	/* Set by the caller after originate_open: */
	uint32_t max_routes;		/* of both families together; 0: no limit */
	bool allow_covering;		/* accept prefixes that contain a next hop or a peer */
	/* Called for a refused route and for an unknown key, or NULL. */
	void (*on_refused)(void *owner, const struct prefix *p, const char *why);
	void (*on_unknown_key)(void *owner, struct str key);
	void *owner;			/* for both */

	struct originate_counters counters;
	struct addrset own;		/* owned: next hops, and both ends of each session */
	bool reported_no_next_hop[BGP_FAMILIES];	/* a route without a next hop */
	struct intern named;		/* owned: keys passed to on_unknown_key */
	size_t n_named;
};

/* `us`, `policy` and `rib` must outlive *o. Sets the callbacks of policy and rib. */
void originate_open(struct originate *o, const struct update_local *us, struct policy *policy,
    struct ribout *rib);
void originate_free(struct originate *o);

/*
 * The families with a next hop, of all routes or of a tag. Both families if there is none: then
 * each line sets its next hop.
 */
unsigned originate_families(const struct originate *o);

/*
 * Refuses routes to next hops and to these addresses of sessions from now on, and withdraws
 * announced ones. *o takes ownership of the set, which may be unsorted.
 */
void originate_protect(struct originate *o, struct addrset sessions);

/* Processes a line. NULL, or a reason: its format or an attribute is invalid. */
const char *originate_line(struct originate *o, struct str line);

/*
 * Whether an `announce` line with this route would be accepted now: NULL with the next hop in *hop
 * (ADDR_NONE: only the link-local one), or a reason.
 */
const char *originate_check(const struct originate *o, const struct route *r, struct addr *hop);

#endif
