/*
 * Which attributes a route gets: those of its line, then those of its tags in the order in which
 * the tags were named, then those of all routes; what comes first holds, and communities add up.
 * Each set that is in use is held once and known by a number.
 */
#ifndef POLICY_H
#define POLICY_H

#include "base/intern.h"
#include "bgp/attrs.h"
#include "line/route.h"

#define POLICY_TAGS_MAX 64

struct policy {
	struct attrs all;		/* of all routes */
	bool next_hop6;			/* IPv4 routes may have an IPv6 next hop */
	struct policy_tag {
		char *name;		/* owned */
		struct attrs attrs;
	} *tags;			/* owned */
	size_t n, cap;
	struct intern sets;		/* packed */
	bool has_last;			/* the answer to a line may hold for the next one: */
	struct buf last;		/* its tags */
	uint32_t last_set;		/* in use by us */
	struct attrs last_attrs;
	/* Called with each key of a line that means nothing here; NULL: nothing to do. */
	void (*on_unknown)(void *owner, struct str key);
	void *owner;			/* for on_unknown */
};

void policy_open(struct policy *p, uint64_t seed);
void policy_free(struct policy *p);

/* Reads `NAME[:KEY=VALUE,...]`: the attributes of a tag. NULL, or a reason. */
const char *policy_tag(struct policy *p, struct str text);

/*
 * The bits of the tags in a list, commas between, which are known from now on. NULL, or a reason.
 */
const char *policy_mask(struct policy *p, struct str list, uint64_t *mask);

/*
 * The set of an announced route, for one more user; *attrs is what it says, good till the next
 * call. NULL, or what is wrong with the line's keys.
 */
const char *policy_take(struct policy *p, const struct route *r, uint32_t *set,
    const struct attrs **attrs);

/* One user less. */
void policy_drop(struct policy *p, uint32_t set);

#endif
