/*
 * The UPDATE message (RFC 4271 section 4.3) with the routes of RFC 4760 and the next hops of RFC
 * 8950. attribute.h has its path attributes.
 */
#ifndef UPDATE_WIRE_H
#define UPDATE_WIRE_H

#include "base/buf.h"
#include "bgp/attrs.h"

/* The attributes of routes, as sent to one peer. */
struct update_wire_path {
	bool ibgp;			/* an internal peer: AS_PATH is empty, LOCAL_PREF is sent */
	bool as4;			/* AS numbers of four octets on this session */
	uint32_t as;			/* the speaker's AS number */
	int64_t number[ATTRS_NUMBERS];	/* ATTRS_MED may be -1: absent */
	/* IPv4 routes may have a next hop of either family: RFC 8950. */
	struct addr next_hop[BGP_FAMILIES];
	/* Follows an IPv6 next hop, or replaces it for IPv6 routes (RFC 2545); or ADDR_NONE. */
	struct addr link_local;
	struct str communities[COMMUNITY_KINDS];	/* as on the wire */
};

/* A received UPDATE, as views of its bytes. The view of a missing field is absent. */
struct update_wire {
	struct str withdrawn, announced;	/* NLRI of IPv4, outside of the attributes */
	struct str mp_withdrawn, mp_announced;	/* NLRI of a known family, in attributes */
	enum bgp_family mp_withdrawn_family, mp_announced_family;
	struct str mp_next_hop;
	struct str value[BGP_ATTRIBUTES];	/* by type, of the attributes in attribute.h */
	unsigned attributes;			/* number of attributes, known or not */
	bool malformed;				/* an attribute is: RFC 7606 keeps the session up */
};

/*
 * Reads the body of an UPDATE. False if the session must end: inconsistent lengths, invalid NLRI, a
 * next hop of a wrong length, two MP_REACH_NLRI or two MP_UNREACH_NLRI (RFC 4271 section 6.3; RFC
 * 7606 sections 3, 5.3 and 7.11).
 */
bool update_wire_parse(struct str body, struct update_wire *u, struct bgp_error *error);

/* Whether it is the End-of-RIB marker of *family (RFC 4724 section 2). */
bool update_wire_is_end(const struct update_wire *u, enum bgp_family *family);

/*
 * Appends an UPDATE that announces the routes in `nlri` with the attributes of *path, or withdraws
 * them (NULL). A withdrawal without NLRI is the End-of-RIB marker of the family.
 */
void update_wire_put(struct buf *out, const struct update_wire_path *path, enum bgp_family family,
    struct str nlri);

/* The bytes of NLRI that such an UPDATE can hold. */
size_t update_wire_room(const struct update_wire_path *path, enum bgp_family family);

#endif
