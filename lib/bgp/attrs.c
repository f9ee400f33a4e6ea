#include "bgp/attrs.h"

#include "base/num.h"
#include "bgp/addrkind.h"

void
attrs_init(struct attrs *a)
{
	for (int f = 0; f < BGP_FAMILIES; f++)
		a->next_hop[f] = (struct addr){ 0 };
	a->med = a->local_pref = a->prepend = a->origin = -1;
	a->tags = 0;
	for (int k = 0; k < COMMUNITY_KINDS; k++)
		a->communities[k].n = 0;
}

bool
attrs_can_be_next_hop(const struct addr *a)
{
	return addrkind_of(a) == ADDRKIND_UNICAST;
}

/* One of each family. */
static const char *
set_next_hop(struct attrs *a, struct str value)
{
	struct str piece;
	struct addr hop;

	while (str_split(&value, ',', &piece)) {
		if (!addr_parse(piece, &hop))
			return "next-hop is not an address";
		if (!attrs_can_be_next_hop(&hop))
			return "next-hop is a loopback, link-local, multicast or reserved address";
		if (a->next_hop[bgp_family(hop.family)].family != ADDR_NONE)
			return "a second next-hop of the same family";
		a->next_hop[bgp_family(hop.family)] = hop;
	}
	return NULL;
}

static const char *
set_med(struct attrs *a, struct str value)
{
	uint32_t n;

	if (!num_parse(value, UINT32_MAX, &n))
		return "med is not a number from 0 to 4294967295";
	a->med = n;
	return NULL;
}

static const char *
set_local_pref(struct attrs *a, struct str value)
{
	uint32_t n;

	if (!num_parse(value, UINT32_MAX, &n))
		return "local-pref is not a number from 0 to 4294967295";
	a->local_pref = n;
	return NULL;
}

static const char *
set_prepend(struct attrs *a, struct str value)
{
	uint32_t n;

	if (!num_parse(value, ATTRS_PREPEND_MAX, &n))
		return "prepend is not a number from 0 to 16";
	a->prepend = (int)n;
	return NULL;
}

static const char *
set_origin(struct attrs *a, struct str value)
{
	static const struct str names[] = { { "igp", 3 }, { "egp", 3 }, { "incomplete", 10 } };

	for (int i = 0; i < 3; i++)
		if (str_eq(names[i], value)) {
			a->origin = i;
			return NULL;
		}
	return "origin is igp, egp or incomplete";
}

static const char *
set_plain(struct attrs *a, struct str value)
{
	return communities_add(&a->communities[COMMUNITY_PLAIN], COMMUNITY_PLAIN, value);
}

static const char *
set_extended(struct attrs *a, struct str value)
{
	return communities_add(&a->communities[COMMUNITY_EXTENDED], COMMUNITY_EXTENDED, value);
}

static const char *
set_large(struct attrs *a, struct str value)
{
	return communities_add(&a->communities[COMMUNITY_LARGE], COMMUNITY_LARGE, value);
}

const char *
attrs_set(struct attrs *a, struct str key, struct str value, bool *known)
{
	static const struct {
		struct str name;
		const char *(*set)(struct attrs *, struct str value);
	} keys[] = {
		{ { "next-hop", 8 }, set_next_hop },
		{ { "med", 3 }, set_med },
		{ { "local-pref", 10 }, set_local_pref },
		{ { "prepend", 7 }, set_prepend },
		{ { "origin", 6 }, set_origin },
		{ { "community", 9 }, set_plain },
		{ { "ext-community", 13 }, set_extended },
		{ { "large-community", 15 }, set_large },
	};

	*known = true;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (str_eq(keys[i].name, key))
			return keys[i].set(a, value);
	*known = false;
	return NULL;
}

const char *
attrs_parse(struct str text, struct attrs *a)
{
	const char *why = NULL;
	struct str word;
	bool known;

	attrs_init(a);
	while (why == NULL && str_split_list(&text, ',', &word)) {
		struct str value = word, key;

		str_split(&value, '=', &key);
		if (value.p == NULL)
			return "a word that is not KEY=VALUE";
		why = attrs_set(a, key, value, &known);
		if (!known)
			return "a key that is not known: there are next-hop, med, local-pref, "
			    "prepend, origin, community, ext-community, large-community";
	}
	return why;
}

const char *
attrs_merge(struct attrs *a, const struct attrs *from)
{
	for (int f = 0; f < BGP_FAMILIES; f++)
		if (a->next_hop[f].family == ADDR_NONE)
			a->next_hop[f] = from->next_hop[f];
	if (a->med < 0)
		a->med = from->med;
	if (a->local_pref < 0)
		a->local_pref = from->local_pref;
	if (a->prepend < 0)
		a->prepend = from->prepend;
	if (a->origin < 0)
		a->origin = from->origin;
	for (int k = 0; k < COMMUNITY_KINDS; k++)
		if (!communities_merge(&a->communities[k], (enum community_kind)k,
		    &from->communities[k]))
			return "too many communities";
	return NULL;
}

static bool
says_nothing(const struct attrs *a)
{
	for (int f = 0; f < BGP_FAMILIES; f++)
		if (a->next_hop[f].family != ADDR_NONE)
			return false;
	for (int k = 0; k < COMMUNITY_KINDS; k++)
		if (a->communities[k].n > 0)
			return false;
	return a->med < 0 && a->local_pref < 0 && a->prepend < 0 && a->origin < 0 && a->tags == 0;
}

/* The fields before the communities, and then of each kind its length and its bytes. */
struct str
attrs_pack(const struct attrs *a, struct buf *out)
{
	if (says_nothing(a))
		return (struct str){ NULL, 0 };
	buf_put(out, a->next_hop, sizeof(a->next_hop));
	buf_put(out, &a->med, sizeof(a->med));
	buf_put(out, &a->local_pref, sizeof(a->local_pref));
	buf_put(out, &a->prepend, sizeof(a->prepend));
	buf_put(out, &a->origin, sizeof(a->origin));
	buf_put(out, &a->tags, sizeof(a->tags));
	for (int k = 0; k < COMMUNITY_KINDS; k++) {
		buf_put(out, &a->communities[k].n, sizeof(a->communities[k].n));
		buf_put(out, a->communities[k].bytes, a->communities[k].n);
	}
	return buf_view(out);
}

static const char *
copy(void *to, const char *from, size_t n)
{
	memcpy(to, from, n);
	return from + n;
}

void
attrs_unpack(struct str packed, struct attrs *a)
{
	const char *p = packed.p;

	attrs_init(a);
	if (p == NULL)
		return;
	p = copy(a->next_hop, p, sizeof(a->next_hop));
	p = copy(&a->med, p, sizeof(a->med));
	p = copy(&a->local_pref, p, sizeof(a->local_pref));
	p = copy(&a->prepend, p, sizeof(a->prepend));
	p = copy(&a->origin, p, sizeof(a->origin));
	p = copy(&a->tags, p, sizeof(a->tags));
	for (int k = 0; k < COMMUNITY_KINDS; k++) {
		p = copy(&a->communities[k].n, p, sizeof(a->communities[k].n));
		p = copy(a->communities[k].bytes, p, a->communities[k].n);
	}
}
