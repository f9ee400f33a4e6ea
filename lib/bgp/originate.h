/*
 * Applies route lines to the Adj-RIB-Out. The policy sets the attributes of a route. A route is
 * refused (enum originate_refusal), for example if it would divert a session's traffic, or traffic
 * to a next hop; an earlier announcement is then withdrawn.
 *
 * Routes have two origins: stdin, and files (static_routes.h). If both announce a prefix, the
 * attributes of the file are used, so that lines of stdin do not change the route. When the file no
 * longer announces the prefix, the route of stdin is announced.
 *
 * Refusals and unknown keys are reported by callbacks.
 */
#ifndef ORIGINATE_H
#define ORIGINATE_H

#include "base/intern.h"
#include "bgp/addrset.h"
#include "bgp/policy.h"
#include "bgp/ribout.h"
#include "bgp/static_routes.h"
#include "bgp/update.h"
#include "line/route.h"

/* Why a route is refused. */
enum originate_refusal {
	ORIGINATE_NO_NEXT_HOP,		/* the route's family has no next hop */
	ORIGINATE_DEFAULT_ROUTE,
	ORIGINATE_OWN_ADDRESS,		/* the host route of a next hop or session address */
	ORIGINATE_COVERING,		/* a shorter prefix that contains such an address */
	ORIGINATE_MARTIAN,		/* not unicast: addrkind.h */
	ORIGINATE_OVER_LIMIT,		/* max_routes routes are announced */
	ORIGINATE_REFUSALS
};

/* Lines are those of stdin; unknown keys and refusals include the lines of files. */
struct originate_counters {
	uint64_t lines, announces, withdraws, unknown_keys, refused[ORIGINATE_REFUSALS];
};

struct originate {
	const struct update_local *us;	/* not owned */
	struct policy *policy;		/* not owned */
	struct ribout *rib;		/* not owned */
	/* Set by the caller after originate_open: */
	uint32_t max_routes;		/* limit of both families together; 0: no limit */
	bool allow_covering;		/* accept routes that ORIGINATE_COVERING refuses */
	/* Called for a refused route and for an unknown key. May be NULL. */
	void (*on_refused)(void *owner, const struct prefix *p, const char *why);
	void (*on_unknown_key)(void *owner, struct str key);
	void *owner;			/* passed to both callbacks */

	struct originate_counters counters;
	struct static_routes files;	/* owned: the announced routes of files */
	struct addrset own;		/* owned: next hops, and addresses of sessions */
	bool reported_no_next_hop[BGP_FAMILIES];	/* ORIGINATE_NO_NEXT_HOP was reported */
	struct intern named;		/* owned: keys passed to on_unknown_key */
	size_t n_named;
};

/* `us`, `policy` and `rib` must outlive *o. Sets the callbacks of policy and rib. */
void originate_open(struct originate *o, const struct update_local *us, struct policy *policy,
    struct ribout *rib);
void originate_free(struct originate *o);

/*
 * The families with a next hop, for all routes or for a tag. If no next hop is configured, both
 * families: then each line must set its own next hop.
 */
unsigned originate_families(const struct originate *o);

/*
 * Sets the addresses of sessions. From now on, routes to these addresses and to next hops are
 * refused; announced routes to them are withdrawn. *o takes ownership of the set, which may be
 * unsorted.
 */
void originate_protect(struct originate *o, struct addrset sessions);

/* Processes a line of stdin. NULL, or a reason if the format or an attribute is invalid. */
const char *originate_line(struct originate *o, struct str line);

/*
 * Adds the route of a line of a file to *to, unless the route is refused. NULL, or a reason if the
 * line is neither a comment nor a valid `announce` line.
 */
const char *originate_file_line(struct originate *o, struct str line, uint16_t file,
    struct static_routes *to);

/* Adds the announced routes of a file to *to, for a file that cannot be read again. */
void originate_keep_file(struct originate *o, uint16_t file, struct static_routes *to);

/* Removes the last routes of *to, so that `n` remain. */
void originate_cut(struct originate *o, struct static_routes *to, size_t n);

/*
 * Replaces the routes of all files by those of *to, which becomes empty. Returns the number of new
 * routes that are refused because max_routes is reached.
 */
size_t originate_replace_files(struct originate *o, struct static_routes *to);

/*
 * Whether an `announce` line with this route would be accepted now: NULL with the next hop in *hop
 * (ADDR_NONE: the next hop is the link-local address), or a reason.
 */
const char *originate_check(const struct originate *o, const struct route *r, struct addr *hop);


/*
 * Finds the announced route of a file with this prefix, or else with the longest prefix that
 * contains it. Stores the prefix in *found and the next hop in *hop (as originate_check does).
 */
bool originate_file_route(const struct originate *o, const struct prefix *p, struct prefix *found,
    struct addr *hop);

#endif
