#include "ipcache/retag.h"

#include <stdlib.h>

#include "base/mem.h"

void
retag_open(struct retag *r, struct cache *cache, bool force)
{
	*r = (struct retag){ .cache = cache, .force = force, .since = cache_serial(cache) };
}

void
retag_close(struct retag *r)
{
	free(r->marks);
	r->marks = NULL;
}

/*
 * Grows r->marks to have a bit for this pair and, so that it grows rarely, for all present pairs.
 */
static void
make_room(struct retag *r, uint32_t pair)
{
	uint32_t top = cache_top(r->cache);
	size_t size = (top > pair ? top : pair) / 8 + 1;

	r->marks = mem_resize(r->marks, size, 1);
	memset(r->marks + r->size, 0, size - r->size);
	r->size = size;
}

static bool
is_marked(const struct retag *r, uint32_t pair)
{
	return pair / 8 < r->size && (r->marks[pair / 8] >> pair % 8 & 1) != 0;
}

static void
set_mark(struct retag *r, uint32_t pair, bool mark)
{
	if (is_marked(r, pair) == mark)
		return;
	if (pair / 8 >= r->size)
		make_room(r, pair);
	r->marks[pair / 8] ^= (uint8_t)(1 << pair % 8);
	r->marked += mark ? 1 : -UINT64_C(1);
}

/*
 * Whether the tags of the line are outdated: they depend on NAME and via, and the pair was seen
 * with another via after the line was written.
 */
static bool
is_outdated(const struct cache *cache, const struct answer *line, uint32_t pair)
{
	struct answer now;

	cache_get(cache, pair, &now);
	return now.time > line->time && !str_eq(now.via, line->via);
}

/* Whether the line of the pair is at most ANSWER_MAX bytes long with the tag and rule of `a`. */
static bool
fits_line(const struct cache *cache, uint32_t pair, const struct answer *a)
{
	static struct buf line = BUF(2 * ANSWER_MAX);
	struct answer new;

	cache_get(cache, pair, &new);
	new.tag = a->tag;
	new.rule = a->rule;
	buf_cut(&line, 0);
	answer_format(&new, &line);
	return !line.overflow && line.len <= ANSWER_MAX;
}

void
retag_line(struct retag *r, const struct answer *a)
{
	uint32_t pair = cache_find(r->cache, &a->addr, a->name);

	if (pair == CACHE_NONE) {
		r->unknown++;
	} else if (is_outdated(r->cache, a, pair)) {
		r->outdated++;
	} else if (a->tag.p != NULL && !fits_line(r->cache, pair, a)) {
		r->too_long++;
	} else {
		set_mark(r, pair, a->tag.p == NULL);
		if (a->tag.p == NULL)
			return;
		cache_retag(r->cache, a);
		r->retagged++;
	}
}

bool
retag_is_refused(const struct retag *r)
{
	return !r->force && r->marked >= RETAG_LOSS_MIN &&
	    2 * r->marked > cache_pairs(r->cache);
}

bool
retag_delete(struct retag *r, uint32_t pair)
{
	if (!is_marked(r, pair) || cache_epoch_of(r->cache, pair) > r->since)
		return false;
	cache_remove(r->cache, pair);
	r->deleted++;
	return true;
}
