/*
 * The configured attributes of a route: KEY=VALUE, with the keys of attribute.h. update.c derives
 * from these the attributes that an internal or external peer receives.
 */
#ifndef ATTRS_H
#define ATTRS_H

#include "bgp/community.h"
#include "bgp/bgp.h"

#define ATTRS_PREPEND_MAX 16

/* ATTRS_PREPEND: the number of additional copies of the AS number in AS_PATH. */
enum attrs_number { ATTRS_ORIGIN, ATTRS_MED, ATTRS_LOCAL_PREF, ATTRS_PREPEND, ATTRS_NUMBERS };

struct attrs {
	uint64_t tags;				/* tags of the route, one bit each (policy.h) */
	int64_t number[ATTRS_NUMBERS];		/* -1: not set */
	struct addr next_hop[BGP_FAMILIES];	/* index: family of the route; ADDR_NONE: not set */
	struct communities communities[COMMUNITY_KINDS];
};

/* Initializes *a: no attribute is set. */
void attrs_init(struct attrs *a);

/* Sets KEY=VALUE; stores in *known whether the key is known. NULL, or a reason. */
const char *attrs_set(struct attrs *a, struct str key, struct str value, bool *known);

/*
 * Reads KEY=VALUE[,KEY=VALUE]...; a word without `=` continues the value before it. NULL, or a
 * reason.
 */
const char *attrs_parse(struct str text, struct attrs *a);

/* Sets the values that *a lacks from *from, and adds the communities. NULL, or a reason. */
const char *attrs_merge(struct attrs *a, const struct attrs *from);

/*
 * Packs attributes into an empty *out: equal attributes become equal bytes, at most
 * ATTRS_PACKED_MAX. The result is absent if no attribute is set.
 */
#define ATTRS_PACKED_MAX (sizeof(struct attrs) + 64)
struct str attrs_pack(const struct attrs *a, struct buf *out);
void attrs_unpack(struct str packed, struct attrs *a);

#endif
