/*
 * From changes of routes to UPDATEs: what one peer is to see of them, in messages as full as may
 * be. Routes of several sets of attributes that come mixed are sorted into as many messages, which
 * grow side by side.
 */
#ifndef UPDATE_H
#define UPDATE_H

#include "base/intern.h"
#include "bgp/attrs.h"
#include "bgp/open.h"
#include "bgp/ribout.h"

#define UPDATE_SIDE_BY_SIDE 16
/* As much may be put beyond the limit. */
#define UPDATE_BEYOND ((UPDATE_SIDE_BY_SIDE + 2) * BGP_MAX)

/* What we are, to all peers alike. */
struct update_local {
	struct open open;			/* as we send it */
	/* Where a route says nothing else; ADDR_NONE: there is none. */
	struct addr next_hop[BGP_FAMILIES];
	/* Beside next_hop[BGP_IPV6] or in its place, on a link: RFC 2545; or ADDR_NONE. */
	struct addr link_local;
	/* Of attributes (attrs_pack), by number; NULL: there is only 0. */
	const struct intern *sets;
};

/* What is so between us and a peer. */
struct update_view {
	const struct update_local *us;
	unsigned families;			/* agreed on */
	bool ibgp, as4, next_hop6;
	bool on_link;				/* the peer is on a link of ours */
	struct addr peer;			/* its address, which is no next hop for it */
	bool no_export;				/* added to what it gets */
	uint64_t tags;				/* it gets routes that have one of these; 0: all */
};

/* Why a peer does not get a route that its tags would give it. */
enum update_unsent {
	UPDATE_SENT,		/* it does */
	UPDATE_NO_FAMILY,	/* the family was not agreed on */
	UPDATE_NO_NEXT_HOP,	/* none that may be sent to this peer */
	UPDATE_PEER_NEXT_HOP,	/* the next hop is the peer: RFC 4271 section 5.1.3 */
	UPDATE_REASONS
};

/* Counts the routes of a family by what becomes of them; what the tags keep back is sent. */
void update_count_unsent(const struct ribout *rib, const struct update_view *v,
    enum bgp_family family, size_t n[UPDATE_REASONS]);

/*
 * Puts changes into UPDATEs, as long as less than `limit` bytes are in *out. Returns how many
 * messages.
 */
unsigned update_put(struct ribout *rib, struct ribout_reader *r, const struct update_view *v,
    enum bgp_family family, struct buf *out, size_t limit);

/*
 * The next hop of a route with these attributes; ADDR_NONE: it has none. IPv4 may go by IPv6 where
 * `next_hop6`.
 */
struct addr update_next_hop(const struct update_local *us, const struct attrs *a, bool next_hop6,
    enum bgp_family family);

#endif
