/*
 * An address is dirty when its set of tags may have changed. routes_flush compares each dirty
 * address with its last report. So an event causes at most one report per address, even if it
 * changes many pairs. An address without pairs stays in the cache until routes_flush removes it.
 */
#include "cache/cache_private.h"

#include <stdlib.h>

#include "base/mem.h"

/* The longest text of tags (in bytes) that fits in a route line; further tags are left out. */
#define TAGS_MAX (ROUTE_MAX - 2048)

static void
mark_dirty(struct cache *c, uint32_t address)
{
	if (c->addresses[address].dirty)
		return;
	c->addresses[address].dirty = true;
	c->dirty = mem_grow(c->dirty, c->dirty_n, &c->dirty_cap, sizeof(*c->dirty));
	c->dirty[c->dirty_n++] = address;
}

void
routes_join_tag(struct cache *c, const struct pair *p)
{
	struct address *a = &c->addresses[p->address];
	uint32_t tag = text_tag(c, p);
	uint32_t others = p->next != NONE ? text_tag(c, &c->pairs[p->next]) : tag;

	if (tally_join(&c->tag_counts, &a->tags, others, a->n - 1, tag))
		mark_dirty(c, p->address);
}

void
routes_leave_tag(struct cache *c, uint32_t address, uint32_t tag)
{
	struct address *a = &c->addresses[address];

	if (tally_leave(&c->tag_counts, &a->tags, a->n, tag))
		mark_dirty(c, address);
}

void
routes_change_tag(struct cache *c, const struct pair *p, uint32_t before)
{
	struct address *a = &c->addresses[p->address];
	uint32_t tag = text_tag(c, p);

	if (tag == before)
		return;
	if (tally_join(&c->tag_counts, &a->tags, before, a->n, tag))
		mark_dirty(c, p->address);
	routes_leave_tag(c, p->address, before);
}

static int
compare_texts(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static bool
is_one_tag(const struct cache *c, uint32_t tag)
{
	struct str text = intern_text(&c->tags, tag);

	return text.n <= TAGS_MAX && (text.n == 0 || memchr(text.p, ',', text.n) == NULL);
}

/*
 * Joins all tags of an address, sorted, without duplicates. Returns the number of the interned
 * text.
 */
static uint32_t
union_of_tags(struct cache *c, const struct address *a)
{
	static struct str tags[TAGS_MAX / 2];
	static struct buf text = BUF(TAGS_MAX);
	struct tally_value only = { text_tag(c, &c->pairs[a->pairs]), a->n };
	struct tally counts = a->tags != TALLY_NONE ? *tally_at(&c->tag_counts, a->tags) :
	    (struct tally){ &only, 1, 1 };
	size_t n = 0;

	if (a->tags == TALLY_NONE && is_one_tag(c, only.value)) {
		intern_again(&c->tags, only.value);
		return only.value;
	}
	for (size_t i = 0; i < counts.n; i++) {
		struct str rest = intern_text(&c->tags, counts.of[i].value);

		while (n < TAGS_MAX / 2 && str_split(&rest, ',', &tags[n]))
			n++;
	}
	qsort(tags, n, sizeof(tags[0]), compare_texts);
	buf_cut(&text, 0);
	for (size_t i = 0; i < n; i++) {
		size_t mark = text.len;

		if (i > 0 && str_eq(tags[i], tags[i - 1]))
			continue;
		if (mark > 0)
			buf_byte(&text, ',');
		buf_str(&text, tags[i]);
		if (text.overflow) {
			buf_cut(&text, mark);
			break;
		}
	}
	return intern_take(&c->tags, text.len > 0 ? buf_view(&text) : (struct str){ NULL, 0 });
}

static void
get_route(const struct cache *c, const struct address *a, struct route *r)
{
	*r = (struct route){ .verb = ROUTE_WITHDRAW };
	index_get_addr(c, a, &r->prefix.addr);
	r->prefix.len = addr_bits(r->prefix.addr.family);
	if (a->announced) {
		r->verb = ROUTE_ANNOUNCE;
		r->tag = intern_text(&c->tags, a->reported);
		r->name = text_name(text_at(c, c->pairs[a->pairs].text));
	}
}

/* Reports the route if it differs from the last report. Removes an address without pairs. */
static void
report_route(struct cache *c, uint32_t i)
{
	struct address *a = &c->addresses[i];
	bool live = a->n > 0;
	uint32_t tags = live ? union_of_tags(c, a) : INTERN_ABSENT;
	bool same = a->announced == live && a->reported == tags;
	struct route r;

	intern_drop(&c->tags, a->reported);
	a->reported = tags;
	a->announced = live;
	a->dirty = false;
	if (!same) {
		get_route(c, a, &r);
		c->route(&r);
	}
	if (!live)
		index_remove_address(c, i);
}

void
routes_flush(struct cache *c)
{
	for (size_t i = 0; i < c->dirty_n; i++) {
		prefetch_dirty(c, i);
		report_route(c, c->dirty[i]);
	}
	c->dirty_n = 0;
}

void
cache_replay(struct cache *c)
{
	routes_flush(c);
}
