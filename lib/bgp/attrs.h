/*
 * The attributes of a route as they are configured: KEY=VALUE, with the keys of attribute.h.
 * update.h derives from them the attributes that an internal or external peer receives.
 */
#ifndef ATTRS_H
#define ATTRS_H

#include "bgp/community.h"
#include "bgp/bgp.h"

#define ATTRS_PREPEND_MAX 16

/* ATTRS_PREPEND: how often the AS number is added to AS_PATH. */
enum attrs_number { ATTRS_ORIGIN, ATTRS_MED, ATTRS_LOCAL_PREF, ATTRS_PREPEND, ATTRS_NUMBERS };

struct attrs {
	uint64_t tags;				/* a bit for each tag that policy.h knows */
	int64_t number[ATTRS_NUMBERS];		/* -1: not set */
	struct addr next_hop[BGP_FAMILIES];	/* for routes of a family; ADDR_NONE: not set */
	struct communities communities[COMMUNITY_KINDS];
};

/* Sets nothing. */
void attrs_init(struct attrs *a);

/* Sets a KEY=VALUE; an unknown key clears *known. NULL, or a reason. */
const char *attrs_set(struct attrs *a, struct str key, struct str value, bool *known);

/*
 * Reads KEY=VALUE[,KEY=VALUE]...; a word without `=` continues the list before it. NULL, or a
 * reason.
 */
const char *attrs_parse(struct str text, struct attrs *a);

/* Copies values from *from that are not set in *a, and adds communities. NULL, or a reason. */
const char *attrs_merge(struct attrs *a, const struct attrs *from);

/*
 * Equal attributes are packed as equal bytes, at most ATTRS_PACKED_MAX. If nothing is set, the text
 * is absent.
 */
#define ATTRS_PACKED_MAX (sizeof(struct attrs) + 64)
struct str attrs_pack(const struct attrs *a, struct buf *out);
void attrs_unpack(struct str packed, struct attrs *a);

#endif
