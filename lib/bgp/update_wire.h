/*
 * The UPDATE message: RFC 4271 section 4.3 with the routes of RFC 4760 and the next hops of RFC
 * 8950. Its path attributes are in attribute.h.
 */
#ifndef UPDATE_WIRE_H
#define UPDATE_WIRE_H

#include "base/buf.h"
#include "bgp/bgp.h"
#include "bgp/community.h"
#include "bgp/family.h"

/* What an UPDATE says about its routes, as one peer is to see it. */
struct update_wire_path {
	bool ibgp;				/* AS_PATH empty and LOCAL_PREF, else our AS */
	bool as4;				/* AS numbers of four octets on this session */
	uint32_t as;				/* ours */
	unsigned prepend;			/* so many times more, but not within the AS */
	int64_t origin, med, local_pref;	/* med -1: none */
	/* Of IPv4 routes it may be of either family: RFC 8950. */
	struct addr next_hop[BGP_FAMILIES];
	/* Beside an IPv6 next hop, or in its place for IPv6 routes: RFC 2545; or ADDR_NONE. */
	struct addr link_local;
	struct str communities[COMMUNITY_KINDS];	/* as on the wire */
};

/* Views are absent where the field is. NLRI is read by nlri_next. */
struct update_wire {
	struct str withdrawn, announced;	/* IPv4, in the body's own fields */
	struct str mp_withdrawn, mp_announced;	/* absent also for families that we do not speak */
	enum bgp_family mp_withdrawn_family, mp_announced_family;
	struct str mp_next_hop;
	struct str next_hop;			/* four bytes */
	struct str as_path, as4_path;		/* values of the attributes */
	struct str communities[COMMUNITY_KINDS];
	int64_t origin, med, local_pref;	/* -1: absent */
	unsigned attributes;			/* how many there are */
	bool malformed;				/* an attribute is: RFC 7606 keeps the session up */
};

/*
 * Reads the body of an UPDATE. False only where a session cannot go on: lengths that do not add up,
 * NLRI that is none, a next hop of a length that its family does not have, MP_REACH_NLRI or
 * MP_UNREACH_NLRI twice (RFC 4271 section 6.3; RFC 7606 sections 3, 5.3 and 7.11).
 */
bool update_wire_parse(struct str body, struct update_wire *u, struct bgp_error *error);

/* Whether it is an End-of-RIB marker, and for which family (RFC 4724 section 2). */
bool update_wire_is_end(const struct update_wire *u, enum bgp_family *family);

/* The bytes of NLRI that one UPDATE can hold. */
size_t update_wire_announce_room(const struct update_wire_path *path, enum bgp_family family);
size_t update_wire_withdraw_room(enum bgp_family family);

/* One UPDATE; the NLRI, of at most that many bytes, is as on the wire. */
void update_wire_put_announce(struct buf *out, const struct update_wire_path *path,
    enum bgp_family family, struct str nlri);
void update_wire_put_withdraw(struct buf *out, enum bgp_family family, struct str nlri);

/* The End-of-RIB marker of a family: RFC 4724 section 2. */
void update_wire_put_end_of_rib(struct buf *out, enum bgp_family family);

#endif
