/*
 * A route refers to its attributes by the number of a set: equal sets have the same number, so that
 * update.c can put routes with the same set into one UPDATE. Most lines have only the keys tag and
 * name, and the same tags as the line before, so the result for the last line is stored and reused.
 *
 * Invariant: the users of a set are the announced routes with this set in the Adj-RIB-Out, the
 * routes of stdin that static_routes.h remembers, and one more for last_set.
 */
#include "bgp/policy.h"

#include <stdlib.h>

#include "base/mem.h"
#include "line/keyval.h"

void
policy_open(struct policy *p, uint64_t seed)
{
	*p = (struct policy){ .sets.seed = seed, .last = BUF(2 * ROUTE_MAX) };
	attrs_init(&p->all);
	attrs_init(&p->last_attrs);
}

void
policy_free(struct policy *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->tags[i].name);
	free(p->tags);
	intern_free(&p->sets);
	buf_free(&p->last);
}

/* The index of a tag, which is added if it is new; POLICY_TAGS_MAX: too many. */
static size_t
find_tag(struct policy *p, struct str name)
{
	for (size_t i = 0; i < p->n; i++)
		if (str_eq(str_of(p->tags[i].name), name))
			return i;
	if (p->n == POLICY_TAGS_MAX)
		return POLICY_TAGS_MAX;
	p->has_last = false;
	p->tags = mem_grow(p->tags, p->n, &p->cap, sizeof(*p->tags));
	p->tags[p->n].name = mem_zero(1, name.n + 1);
	memcpy(p->tags[p->n].name, name.p, name.n);
	attrs_init(&p->tags[p->n].attrs);
	return p->n++;
}

#define TOO_MANY "more than 64 tags in --tag and tags= together"

const char *
policy_tag(struct policy *p, struct str text)
{
	struct str rest = text, name = { 0 };
	struct attrs attrs;
	const char *why;
	size_t i;

	str_split(&rest, ':', &name);
	if (name.n == 0 || memchr(name.p, ',', name.n) != NULL)
		return "not NAME[:KEY=VALUE,...]";
	attrs_init(&attrs);
	if (rest.p != NULL && (why = attrs_parse(rest, &attrs)) != NULL)
		return why;
	i = find_tag(p, name);
	if (i == POLICY_TAGS_MAX)
		return TOO_MANY;
	return attrs_merge(&p->tags[i].attrs, &attrs);
}

const char *
policy_mask(struct policy *p, struct str list, uint64_t *mask)
{
	struct str name;

	*mask = 0;
	while (str_split(&list, ',', &name)) {
		size_t i = name.n > 0 ? find_tag(p, name) : POLICY_TAGS_MAX;

		if (i == POLICY_TAGS_MAX)
			return name.n > 0 ? TOO_MANY : "a tag without a name";
		*mask |= UINT64_C(1) << i;
	}
	return NULL;
}

static bool
holds(struct str list, struct str name)
{
	struct str piece;

	while (str_split(&list, ',', &piece))
		if (str_eq(piece, name))
			return true;
	return false;
}

/* Only an IPv4 route may have a next hop of the other family: RFC 8950. */
static const char *
settle_next_hop(const struct policy *p, const struct prefix *prefix, struct attrs *a)
{
	enum bgp_family family = bgp_family(prefix->addr.family),
	    other = family == BGP_IPV4 ? BGP_IPV6 : BGP_IPV4;

	if (a->next_hop[other].family == ADDR_NONE)
		return NULL;
	if (family == BGP_IPV6)
		return "next-hop is an IPv4 address, but the prefix is IPv6";
	if (!p->next_hop6)
		return "next-hop is an IPv6 address, but the prefix is IPv4; use "
		    "--extended-next-hop";
	if (a->next_hop[family].family != ADDR_NONE)
		return "next-hop has two addresses, but a route has one next hop";
	a->next_hop[family] = a->next_hop[other];
	a->next_hop[other] = (struct addr){ 0 };
	return NULL;
}

static bool
is_attribute_key(struct str key)
{
	return !str_eq(key, STR("tag")) && !str_eq(key, STR("name"));
}

static const char *
read_keys(const struct policy *p, const struct route *r, struct attrs *a)
{
	const char *why = NULL, *unread;
	struct str key, value;
	struct keyval keys;
	bool known;

	keyval_begin(&keys, r->keys);
	while (why == NULL && keyval_next(&keys, &key, &value, &unread)) {
		why = attrs_set(a, key, value, &known);
		if (!known && is_attribute_key(key) && p->on_unknown != NULL)
			p->on_unknown(p->owner, key);
	}
	return why;
}

static const char *
compute(const struct policy *p, const struct route *r, struct attrs *a)
{
	const char *why = NULL;

	attrs_init(a);
	if (r->more && (why = read_keys(p, r, a)) == NULL)
		why = settle_next_hop(p, &r->prefix, a);
	for (size_t i = 0; i < p->n && why == NULL; i++) {
		if (!holds(r->tag, str_of(p->tags[i].name)))
			continue;
		a->tags |= UINT64_C(1) << i;
		why = attrs_merge(a, &p->tags[i].attrs);
	}
	return why != NULL ? why : attrs_merge(a, &p->all);
}

static bool
is_as_last(const struct policy *p, const struct route *r)
{
	return !r->more && p->has_last && str_eq(buf_view(&p->last), r->tag);
}

static void
remember(struct policy *p, const struct route *r, uint32_t set, const struct attrs *a)
{
	intern_drop(&p->sets, p->last_set);
	p->last_set = set;
	p->last_attrs = *a;
	buf_cut(&p->last, 0);
	buf_str(&p->last, r->tag);
	p->has_last = !r->more;
}

const char *
policy_take(struct policy *p, const struct route *r, uint32_t *set, const struct attrs **attrs)
{
	struct buf packed = BUF(ATTRS_PACKED_MAX);
	struct attrs a;
	const char *why;

	if (!is_as_last(p, r)) {
		if ((why = compute(p, r, &a)) != NULL)
			return why;
		remember(p, r, intern_take(&p->sets, attrs_pack(&a, &packed)), &a);
		buf_free(&packed);
	}
	*set = p->last_set;
	*attrs = &p->last_attrs;
	intern_again(&p->sets, p->last_set);
	return NULL;
}

void
policy_again(struct policy *p, uint32_t set)
{
	intern_again(&p->sets, set);
}

void
policy_drop(struct policy *p, uint32_t set)
{
	intern_drop(&p->sets, set);
}
