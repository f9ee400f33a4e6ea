/*
 * The user's prefixes are in a hash table, which is searched once for each prefix length in use,
 * the longest first. The registries are a short list, searched in order. Most addresses need no
 * search, since no block of the list has their first byte.
 */
#include "cache/martians.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"

#define V4(a, b, c, d) { ADDR_V4, { a, b, c, d } }
#define V6(a, b, ...) { ADDR_V6, { (a) >> 8, (a) & 255, (b) >> 8, (b) & 255, __VA_ARGS__ } }

/*
 * The registries and their exceptions as of October 2025. The first prefix that covers an address
 * decides, so an exception precedes its block. IPv6 blocks outside 2000::/3 are not needed.
 */
static const struct martians_rule registries[] = {
	{ { V4(0, 0, 0, 0), 8 }, true },		/* this network, RFC 791 */
	{ { V4(10, 0, 0, 0), 8 }, true },		/* private, RFC 1918 */
	{ { V4(100, 64, 0, 0), 10 }, true },		/* shared, RFC 6598 */
	{ { V4(127, 0, 0, 0), 8 }, true },		/* loopback, RFC 1122 */
	{ { V4(169, 254, 0, 0), 16 }, true },		/* link-local, RFC 3927 */
	{ { V4(172, 16, 0, 0), 12 }, true },		/* private */
	{ { V4(192, 0, 0, 9), 32 }, false },		/* Port Control Protocol, RFC 7723 */
	{ { V4(192, 0, 0, 10), 32 }, false },		/* TURN, RFC 8155 */
	{ { V4(192, 0, 0, 0), 24 }, true },		/* IETF protocols, RFC 6890 */
	{ { V4(192, 0, 2, 0), 24 }, true },		/* documentation, RFC 5737 */
	{ { V4(192, 88, 99, 0), 24 }, true },		/* 6to4 and 6a44 relays, RFC 7526 */
	{ { V4(192, 168, 0, 0), 16 }, true },		/* private */
	{ { V4(198, 18, 0, 0), 15 }, true },		/* benchmarking, RFC 2544 */
	{ { V4(198, 51, 100, 0), 24 }, true },		/* documentation */
	{ { V4(203, 0, 113, 0), 24 }, true },		/* documentation */
	{ { V4(224, 0, 0, 0), 4 }, true },		/* multicast, RFC 5771 */
	{ { V4(240, 0, 0, 0), 4 }, true },		/* reserved, RFC 1112; broadcast, RFC 919 */
	/* Port Control Protocol. */
	{ { V6(0x2001, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1), 128 }, false },
	{ { V6(0x2001, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2), 128 }, false },	/* TURN */
	/* DNS-SD, RFC 9665. */
	{ { V6(0x2001, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3), 128 }, false },
	{ { V6(0x2001, 3, 0), 32 }, false },		/* AMT, RFC 7450 */
	{ { V6(0x2001, 4, 1, 0x12), 48 }, false },	/* AS112, RFC 7535 */
	{ { V6(0x2001, 0x20, 0), 28 }, false },		/* ORCHIDv2, RFC 7343 */
	{ { V6(0x2001, 0x30, 0), 28 }, false },		/* drones, RFC 9374 */
	{ { V6(0x2001, 0, 0), 23 }, true },		/* IETF protocols and Teredo, RFC 2928 */
	{ { V6(0x2001, 0xdb8, 0), 32 }, true },		/* documentation, RFC 3849 */
	{ { V6(0x2002, 0, 0), 16 }, true },		/* 6to4, RFC 3056 */
	{ { V6(0x3fff, 0, 0), 20 }, true },		/* documentation, RFC 9637 */
};

static const struct prefix unicast = { V6(0x2000, 0, 0), 3 };
static const struct prefix nat64 = { V6(0x64, 0xff9b, 0), 96 };
#define NAT64_IPV4 12		/* offset of the IPv4 address, RFC 6052 section 2.2 */

static uint32_t
hash_prefix(const struct martians *g, const struct prefix *p)
{
	return (uint32_t)hash_bytes(g->seed ^ p->len, p->addr.bytes, addr_size(p->addr.family));
}

static struct martians_rule *
find_rule(const struct martians *g, const struct prefix *p)
{
	uint32_t hash = hash_prefix(g, p), i;

	for (size_t at = table_start(&g->table, hash);
	    (i = table_next(&g->table, hash, &at)) != TABLE_NONE;)
		if (g->rules[i].prefix.len == p->len && addr_eq(&g->rules[i].prefix.addr, &p->addr))
			return &g->rules[i];
	return NULL;
}

void
martians_add(struct martians *g, const struct prefix *p, bool deny)
{
	struct martians_rule *rule = find_rule(g, p);

	if (rule != NULL) {
		rule->deny = rule->deny && deny;
		return;
	}
	g->rules = mem_grow(g->rules, g->n, &g->cap, sizeof(*g->rules));
	g->rules[g->n] = (struct martians_rule){ *p, deny };
	table_add(&g->table, hash_prefix(g, p), (uint32_t)g->n++);
	g->lengths[p->addr.family == ADDR_V6][p->len] = true;
}

static const struct martians_rule *
find_longest(const struct martians *g, const struct addr *a)
{
	const struct martians_rule *rule = NULL;

	for (int len = addr_bits(a->family); len >= 0 && rule == NULL; len--) {
		struct prefix p;

		if (!g->lengths[a->family == ADDR_V6][len])
			continue;
		p = prefix_of(a, (uint8_t)len);
		rule = find_rule(g, &p);
	}
	return rule;
}

static bool
may_be_special(const struct addr *a)
{
	static bool firsts[2][256], ready;

	for (size_t i = 0; !ready && i < sizeof(registries) / sizeof(registries[0]); i++) {
		const struct prefix *p = &registries[i].prefix;
		unsigned first = p->addr.bytes[0], more = p->len < 8 ? 0xffU >> p->len : 0;

		memset(&firsts[p->addr.family == ADDR_V6][first], true, more + 1);
	}
	ready = true;
	return firsts[a->family == ADDR_V6][a->bytes[0]];
}

static bool
denies_outside_unicast(const struct martians *g, const struct addr *a)
{
	struct addr inside;

	if (!prefix_covers(&nat64, a))
		return true;
	addr_from_bytes(&inside, a->bytes + NAT64_IPV4, 4);
	return martians_denies(g, &inside);
}

bool
martians_denies(const struct martians *g, const struct addr *a)
{
	const struct martians_rule *own = g->n > 0 ? find_longest(g, a) : NULL;

	if (own != NULL)
		return own->deny;
	if (a->family == ADDR_V6 && !prefix_covers(&unicast, a))
		return denies_outside_unicast(g, a);
	if (!may_be_special(a))
		return false;
	for (size_t i = 0; i < sizeof(registries) / sizeof(registries[0]); i++)
		if (prefix_covers(&registries[i].prefix, a))
			return registries[i].deny;
	return false;
}

void
martians_free(struct martians *g)
{
	free(g->rules);
	table_free(&g->table);
	*g = (struct martians){ .seed = g->seed };
}
