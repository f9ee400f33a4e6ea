/*
 * What a person says about routes, as KEY=VALUE, with the keys of attribute.h. What an internal or
 * an external peer sees of it is another matter (update.h).
 */
#ifndef ATTRS_H
#define ATTRS_H

#include "bgp/community.h"
#include "bgp/family.h"

#define ATTRS_PREPEND_MAX 16

struct attrs {
	struct addr next_hop[BGP_FAMILIES];	/* of the routes of a family; ADDR_NONE: not said */
	int64_t med, local_pref, origin;	/* -1: not said, as the next */
	int64_t prepend;			/* how many more times our AS is in AS_PATH */
	/* Bits that mean something to who chooses by them. */
	uint64_t tags;
	struct communities communities[COMMUNITY_KINDS];
};

/* Nothing said. */
void attrs_init(struct attrs *a);

/* Takes a KEY=VALUE, `known` if the key is one of these. NULL, or a reason. */
const char *attrs_set(struct attrs *a, struct str key, struct str value, bool *known);

/*
 * Reads KEY=VALUE[,KEY=VALUE]...; a word without `=` goes on with the list before it. NULL, or a
 * reason.
 */
const char *attrs_parse(struct str text, struct attrs *a);

/*
 * What *a does not say is as `from` has it, and the communities are those of both. NULL, or a
 * reason.
 */
const char *attrs_merge(struct attrs *a, const struct attrs *from);

/*
 * The same attributes are the same bytes, at most ATTRS_PACKED_MAX; what says nothing is the absent
 * text.
 */
#define ATTRS_PACKED_MAX (sizeof(struct attrs) + 64)
struct str attrs_pack(const struct attrs *a, struct buf *out);
void attrs_unpack(struct str packed, struct attrs *a);

/*
 * Whether routers can be told this next hop: RFC 4271 section 6.3 has them ignore another, and FRR
 * ends the session for one in 127.0.0.0/8.
 */
bool attrs_can_be_next_hop(const struct addr *a);

#endif
