#include <stdlib.h>

#include "base/mem.h"
#include "cache/cache.h"
#include "store/seglog.h"
#include "store/store.h"

_Static_assert(STORE_ENTRIES_MAX <= CACHE_EXPECT_MAX, "one call of cache_expect for each batch");

struct loading {
	struct seglog *log;
	struct cache *cache;
	uint64_t refused;
	bool reserved;		/* room was reserved, estimated from the first segment */
};

static void
load_pair(struct loading *l, const struct answer *a, struct cache_key key, uint32_t place)
{
	uint32_t before;

	if (cache_load(l->cache, a, key, place, &before) == CACHE_NONE) {
		l->refused++;
		return;
	}
	seglog_leave(l->log, before);
	if (place != 0)
		l->log->parts[place - 1].live++;
}

static void
load_gone(struct loading *l, const struct answer *a)
{
	uint32_t pair = cache_find(l->cache, &a->addr, a->name);

	if (pair == CACHE_NONE)
		return;
	seglog_leave(l->log, cache_place(l->cache, pair));
	cache_set_place(l->cache, pair, 0);	/* so writeback_gone adds no entry "gone" */
	cache_unload(l->cache, pair);
}

static void
load_entries(const struct answer *entries, const bool *gone, size_t n,
    const struct segment_reader *r, const struct store_segment *at, void *context)
{
	struct loading *l = context;
	struct cache_key keys[CACHE_EXPECT_MAX];
	uint32_t place = 0;

	if (at != NULL) {
		place = (uint32_t)at->nth + 1;
		l->log->parts[at->nth].entry_bytes = r->used / r->entries;
		if (!l->reserved)
			/* One eighth more than estimated: room for new pairs. */
			cache_reserve(l->cache, l->log->n * r->entries / 8 * 9);
		l->reserved = true;
	}
	cache_expect(l->cache, entries, n, keys);
	for (size_t i = 0; i < n; i++) {
		if (gone[i])
			load_gone(l, &entries[i]);
		else
			load_pair(l, &entries[i], keys[i], place);
	}
}

/* Adds a part for each segment of the store, and the free slots of the store, to the log. */
static void
load_directory(struct seglog *l, struct store *store)
{
	bool *used = mem_zero(store_slots(store), sizeof(*used));
	size_t n;
	struct store_segment *log = store_log(store, &n);

	for (size_t i = 0; i < n; i++) {
		uint32_t part = seglog_add(l);
		struct seglog_part *p = &l->parts[part];

		p->slot = log[i].slot;
		p->stored = true;
		p->seq = l->seq = log[i].seq;
		used[log[i].slot] = true;
	}
	l->slots_n = store_slots(store);
	for (uint32_t i = l->slots_n; i-- > 0;)
		if (!used[i])
			seglog_add_slot(&l->free, i);
	free(log);
	free(used);
}

const char *
seglog_load(struct seglog *log, struct store *store, struct cache *cache, uint64_t *refused)
{
	struct loading l = { .log = log, .cache = cache };
	const char *why;

	load_directory(log, store);
	why = store_each(store, load_entries, &l);
	log->live_bytes = 0;
	for (size_t i = 0; i < log->parts_n; i++)
		log->live_bytes += (uint64_t)log->parts[i].live * log->parts[i].entry_bytes;
	*refused = l.refused;
	return why;
}
