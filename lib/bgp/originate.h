/*
 * From route lines to the Adj-RIB-Out. A route gets its attributes from the policy. It is refused
 * when no peer could be sent it, and when it would take away what carries a session or the traffic;
 * a route that was announced before it was refused is withdrawn.
 *
 * No descriptor, file or clock: the program learns of refusals and unknown keys by callbacks.
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
	ORIGINATE_NO_NEXT_HOP,		/* of its family */
	ORIGINATE_DEFAULT_ROUTE,
	ORIGINATE_OWN_ADDRESS,		/* a next hop, or an end of a session */
	ORIGINATE_COVERING,		/* a prefix in which one of these lies */
	ORIGINATE_MARTIAN,		/* addrkind.h */
	ORIGINATE_OVER_LIMIT,		/* max_routes are announced */
	ORIGINATE_REFUSALS
};

struct originate_counters {
	uint64_t lines, announces, withdraws, unknown_keys, refused[ORIGINATE_REFUSALS];
};

struct originate {
	const struct update_local *us;	/* not owned, as the next two */
	struct policy *policy;
	struct ribout *rib;
	/* Set by the program after originate_open: */
	uint32_t max_routes;		/* of both families together; 0: no limit */
	bool allow_covering;		/* announce prefixes in which a next hop or a peer lies */
	/* Called with a refused route, and with a key that no reader knows; NULL: not called. */
	void (*on_refused)(void *owner, const struct prefix *p, const char *why);
	void (*on_unknown_key)(void *owner, struct str key);
	void *owner;			/* for both */

	struct originate_counters counters;
	struct addrset own;		/* owned: next hops, and both ends of each session */
	/* The first route of a family without a next hop has been passed to on_refused. */
	bool reported_no_next_hop[BGP_FAMILIES];
	struct intern named;		/* owned: keys passed to on_unknown_key */
	size_t n_named;
};

/* `us`, `policy` and `rib` must outlive it; it sets the callbacks of the last two. */
void originate_open(struct originate *o, const struct update_local *us, struct policy *policy,
    struct ribout *rib);
void originate_free(struct originate *o);

/*
 * The set of families whose routes may have a next hop: of all routes, or by their tags. Both when
 * no option has any, because then each line has its own.
 */
unsigned originate_families(const struct originate *o);

/*
 * From now on no route may take away the next hops, or these addresses of sessions (added to a set
 * that is not sorted, and owned by *o from now on). Announced routes that do so are refused and
 * withdrawn.
 */
void originate_protect(struct originate *o, struct addrset sessions);

/* Reads a line. NULL, or the reason why it breaks the format or its attributes are wrong. */
const char *originate_line(struct originate *o, struct str line);

/*
 * NULL with the next hop in *hop (ADDR_NONE: the link-local one), or the reason why a line that
 * announces this route would be refused now.
 */
const char *originate_check(const struct originate *o, const struct route *r, struct addr *hop);

#endif
