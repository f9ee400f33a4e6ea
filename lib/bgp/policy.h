/*
 * Computes the attributes of a route. Their sources are, in this order: the line of the route; its
 * tags, in the order in which options name them; --all. The first value of an attribute is used;
 * communities are combined. Each set of attributes in use is stored once and has a number.
 */
#ifndef POLICY_H
#define POLICY_H

#include "base/intern.h"
#include "bgp/attrs.h"
#include "line/route.h"

#define POLICY_TAGS_MAX 64

struct policy {
	struct attrs all;		/* attributes of all routes */
	bool next_hop6;			/* IPv4 routes may have an IPv6 next hop */
	struct policy_tag {
		char *name;		/* owned */
		struct attrs attrs;
	} *tags;			/* owned */
	size_t n, cap;
	struct intern sets;		/* sets of attributes, as packed by attrs_pack */
	bool has_last;			/* a line with only the tags in `last` gets last_set */
	struct buf last;		/* tags of the last line */
	uint32_t last_set;		/* set of the last line; this field counts as a user */
	struct attrs last_attrs;
	/* Called with each unknown key of a line. May be NULL. */
	void (*on_unknown)(void *owner, struct str key);
	void *owner;			/* passed to on_unknown */
};

void policy_open(struct policy *p, uint64_t seed);
void policy_free(struct policy *p);

/* Reads `NAME[:KEY=VALUE,...]`: the attributes of a tag. NULL, or a reason. */
const char *policy_tag(struct policy *p, struct str text);

/* Sets *mask to the tags in a list separated by commas; adds new tags. NULL, or a reason. */
const char *policy_mask(struct policy *p, struct str list, uint64_t *mask);

/*
 * Stores in *set the set of a route and counts one more user; *attrs points to the attributes until
 * the next call. NULL, or a reason if a key of the line is invalid.
 */
const char *policy_take(struct policy *p, const struct route *r, uint32_t *set,
    const struct attrs **attrs);

/* Counts one more user of a set that has a user. */
void policy_again(struct policy *p, uint32_t set);

/* Removes one user of a set. */
void policy_drop(struct policy *p, uint32_t set);

#endif
