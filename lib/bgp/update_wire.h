/*
 * The UPDATE message (RFC 4271 section 4.3) with the routes of RFC 4760 and the next hops of RFC
 * 8950. attribute.h encodes and reads the path attributes.
 */
#ifndef UPDATE_WIRE_H
#define UPDATE_WIRE_H

#include "base/buf.h"
#include "bgp/attrs.h"

/* The attributes of routes, as sent to one peer. */
struct update_wire_path {
	bool ibgp;			/* internal peer: AS_PATH is empty, LOCAL_PREF is sent */
	bool as4;			/* AS numbers have four octets on this session */
	uint32_t as;			/* the speaker's AS number */
	int64_t number[ATTRS_NUMBERS];	/* ATTRS_MED may be -1: absent */
	/* IPv4 routes may have a next hop of either family: RFC 8950. */
	struct addr next_hop[BGP_FAMILIES];
	/* Link-local next hop, sent after the global next hop or alone (RFC 2545); or ADDR_NONE. */
	struct addr link_local;
	struct str communities[COMMUNITY_KINDS];	/* in wire format */
};

/* A received UPDATE; each str points into the message, and is absent if the field is missing. */
struct update_wire {
	struct str withdrawn, announced;	/* IPv4 NLRI outside the attributes */
	struct str mp_withdrawn, mp_announced;	/* NLRI in attributes, of a known family */
	enum bgp_family mp_withdrawn_family, mp_announced_family;
	struct str mp_next_hop;
	struct str value[BGP_ATTRIBUTES];	/* values of known attributes, by type */
	unsigned attributes;			/* number of attributes, including unknown ones */
	bool malformed;				/* an attribute is malformed: RFC 7606 */
};

/*
 * Reads the body of an UPDATE. False if the session must end: inconsistent lengths, invalid NLRI, a
 * next hop of a wrong length, two MP_REACH_NLRI or two MP_UNREACH_NLRI (RFC 4271 section 6.3; RFC
 * 7606 sections 3, 5.3 and 7.11).
 */
bool update_wire_parse(struct str body, struct update_wire *u, struct bgp_error *error);

/* Whether *u is an End-of-RIB marker (RFC 4724 section 2); sets *family. */
bool update_wire_is_end(const struct update_wire *u, enum bgp_family *family);

/*
 * Appends an UPDATE that announces the routes in `nlri` with the attributes of *path; if `path` is
 * NULL, withdraws them. A withdrawal without NLRI is the End-of-RIB marker of the family.
 */
void update_wire_put(struct buf *out, const struct update_wire_path *path, enum bgp_family family,
    struct str nlri);

/* The number of bytes of NLRI for which an UPDATE with *path has room. */
size_t update_wire_room(const struct update_wire_path *path, enum bgp_family family);

#endif
