/*
 * The hash of a pair covers the address and the name, so the names of an address do not collide.
 *
 * - An address in the table has pairs, or is dirty (routes.c) and about to be removed.
 * - struct address contains the bytes of an IPv4 address. The bytes of an IPv6 address are a block
 *   of c->texts.
 */
#include "cache/cache_private.h"

#include <string.h>

#include "base/hash.h"
#include "base/pages.h"

static uint64_t
hash_addr(const struct cache *c, const struct addr *a)
{
	return hash_bytes(c->seed, a->bytes, addr_size(a->family));
}

static uint32_t
hash_pair(const struct cache *c, uint64_t addr, struct str name)
{
	return (uint32_t)hash_bytes(c->seed ^ addr, name.p, name.n);
}

struct cache_key
cache_key(const struct cache *c, const struct answer *a)
{
	uint64_t address = hash_addr(c, &a->addr);

	return (struct cache_key){ address, hash_pair(c, address, a->name) };
}

const void *
index_addr_bytes(const struct cache *c, const struct address *a)
{
	return a->v6 ? slab_at(&c->texts, a->bytes) : &a->bytes;
}

void
index_get_addr(const struct cache *c, const struct address *a, struct addr *addr)
{
	addr_from_bytes(addr, index_addr_bytes(c, a), addr_size(a->v6 ? ADDR_V6 : ADDR_V4));
}

static bool
has_addr(const struct cache *c, const struct address *a, const struct addr *addr)
{
	return a->v6 == (addr->family == ADDR_V6) &&
	    memcmp(index_addr_bytes(c, a), addr->bytes, addr_size(addr->family)) == 0;
}

uint32_t
index_find_address(const struct cache *c, const struct addr *a, uint64_t hash)
{
	uint32_t i;

	for (size_t at = table_start(&c->by_addr, (uint32_t)hash);
	     (i = table_next(&c->by_addr, (uint32_t)hash, &at)) != NONE;)
		if (has_addr(c, &c->addresses[i], a))
			break;
	return i;
}

uint32_t
index_find_pair(const struct cache *c, const struct addr *addr, struct str name, uint32_t hash)
{
	uint32_t i;

	for (size_t at = table_start(&c->by_pair, hash);
	     (i = table_next(&c->by_pair, hash, &at)) != NONE;) {
		const struct pair *p = &c->pairs[i];

		if (has_addr(c, &c->addresses[p->address], addr) &&
		    str_eq(text_name(text_at(c, p->text)), name))
			break;
	}
	return i;
}

uint32_t
cache_find(const struct cache *c, const struct addr *addr, struct str name)
{
	return index_find_pair(c, addr, name, hash_pair(c, hash_addr(c, addr), name));
}

void
cache_reserve(struct cache *c, size_t pairs)
{
	c->pairs = pages_reserve(c->pairs, pairs, &c->pairs_cap, sizeof(*c->pairs));
	c->addresses = pages_reserve(c->addresses, pairs, &c->addresses_cap,
	    sizeof(*c->addresses));
	table_reserve(&c->by_pair, pairs);
	table_reserve(&c->by_addr, pairs);
	heap_reserve(&c->due, &c->due_places, pairs);
}

uint32_t
index_add_address(struct cache *c, const struct addr *a, uint64_t hash)
{
	uint32_t i = c->addresses_free;
	struct address *at;

	if (i != NONE) {
		c->addresses_free = c->addresses[i].pairs;
	} else {
		c->addresses = pages_grow(c->addresses, c->addresses_n, &c->addresses_cap,
		    sizeof(*c->addresses));
		i = (uint32_t)c->addresses_n++;
	}
	at = &c->addresses[i];
	*at = (struct address){ .pairs = NONE, .tags = TALLY_NONE,
	    .groups = TALLY_NONE, .v6 = a->family == ADDR_V6 };
	if (at->v6)
		at->bytes = slab_take(&c->texts, addr_size(a->family));
	memcpy(at->v6 ? slab_at(&c->texts, at->bytes) : &at->bytes, a->bytes, addr_size(a->family));
	table_add(&c->by_addr, (uint32_t)hash, i);
	return i;
}

void
index_remove_address(struct cache *c, uint32_t i)
{
	struct address *a = &c->addresses[i];
	struct addr addr;

	index_get_addr(c, a, &addr);
	table_remove(&c->by_addr, (uint32_t)hash_addr(c, &addr), i);
	if (a->v6)
		slab_drop(&c->texts, a->bytes);
	*a = (struct address){ .pairs = c->addresses_free };
	c->addresses_free = i;
}

uint32_t
index_new_pair(struct cache *c)
{
	uint32_t i = c->pairs_free;

	if (i != NONE) {
		c->pairs_free = c->pairs[i].address;
		return i;
	}
	c->pairs = pages_grow(c->pairs, c->pairs_n, &c->pairs_cap, sizeof(*c->pairs));
	return (uint32_t)c->pairs_n++;
}

static void
link_pair(struct cache *c, uint32_t i)
{
	struct pair *p = &c->pairs[i];
	struct address *a = &c->addresses[p->address];

	p->next = a->pairs;
	p->prev = i;
	if (a->pairs != NONE) {
		p->prev = c->pairs[a->pairs].prev;
		c->pairs[a->pairs].prev = i;
	}
	a->pairs = i;
	a->n++;
}

static void
unlink_pair(struct cache *c, uint32_t i)
{
	struct pair *p = &c->pairs[i];
	struct address *a = &c->addresses[p->address];

	if (a->pairs == i)
		a->pairs = p->next;
	else
		c->pairs[p->prev].next = p->next;
	if (p->next != NONE)
		c->pairs[p->next].prev = p->prev;
	else if (a->pairs != NONE)
		c->pairs[a->pairs].prev = p->prev;
	a->n--;
}

void
index_add_pair(struct cache *c, uint32_t i, uint32_t hash)
{
	table_add(&c->by_pair, hash, i);
	link_pair(c, i);
	c->pairs_used++;
	c->addresses_used += c->pairs[i].next == NONE;
}

void
index_remove_pair(struct cache *c, uint32_t i, uint32_t hash)
{
	struct address *a = &c->addresses[c->pairs[i].address];

	table_remove(&c->by_pair, hash, i);
	unlink_pair(c, i);
	c->pairs_used--;
	if (a->n > 0)
		return;
	c->addresses_used--;
	a->seen = 0;
}

void
index_free_pair(struct cache *c, uint32_t i)
{
	c->pairs[i] = (struct pair){ .address = c->pairs_free };
	c->pairs_free = i;
}

void
index_turn_pairs(struct cache *c, uint32_t address)
{
	uint32_t last = c->pairs[c->addresses[address].pairs].prev;

	unlink_pair(c, last);
	link_pair(c, last);
}
