/*
 * Encodes changes of routes as the UPDATEs of one peer, with as many prefixes per message as fit.
 */
#ifndef UPDATE_H
#define UPDATE_H

#include "base/intern.h"
#include "bgp/attrs.h"
#include "bgp/open.h"
#include "bgp/ribout.h"

#define UPDATE_SIDE_BY_SIDE 16	/* the most messages that are filled in parallel */
/* The most bytes that update_put appends beyond its limit. */
#define UPDATE_BEYOND ((UPDATE_SIDE_BY_SIDE + 2) * BGP_MAX)

/* The local speaker. */
struct update_local {
	struct open open;
	struct addr next_hop[BGP_FAMILIES];	/* default next hop of routes; or ADDR_NONE */
	/* Link-local next hop, sent after next_hop[BGP_IPV6] or alone (RFC 2545); or ADDR_NONE. */
	struct addr link_local;
	const struct intern *sets;	/* packed sets of attributes (attrs.h); NULL: only set 0 */
};

/* The properties of a session that determine its UPDATEs. */
struct update_view {
	const struct update_local *us;
	unsigned families;			/* negotiated families */
	bool ibgp, as4, next_hop6;
	bool on_link;				/* the peer is directly connected */
	struct addr peer;			/* the peer's address */
	bool no_export;				/* add NO_EXPORT to all routes */
	uint64_t tags;				/* send only routes with these tags; 0: all */
};

/* Why a route is not sent to a peer. Tags of the peer are not a reason here. */
enum update_unsent {
	UPDATE_SENT,		/* the route is sent */
	UPDATE_NO_FAMILY,	/* the family was not negotiated */
	UPDATE_NO_NEXT_HOP,	/* no next hop is valid for this peer */
	UPDATE_PEER_NEXT_HOP,	/* the next hop is the peer: RFC 4271 section 5.1.3 */
	UPDATE_REASONS
};

/* Counts the routes of a family by reason. Routes withheld by tags count as sent. */
void update_count_unsent(const struct ribout *rib, const struct update_view *v,
    enum bgp_family family, size_t n[UPDATE_REASONS]);

/*
 * Appends UPDATEs with the reader's next changes while *out has less than `limit` bytes. Returns
 * the number of messages.
 */
unsigned update_put(struct ribout *rib, struct ribout_reader *r, const struct update_view *v,
    enum bgp_family family, struct buf *out, size_t limit);

/*
 * The next hop of a route with these attributes, or ADDR_NONE. `next_hop6`: an IPv4 route may have
 * an IPv6 next hop (RFC 8950).
 */
struct addr update_next_hop(const struct update_local *us, const struct attrs *a, bool next_hop6,
    enum bgp_family family);

#endif
