/*
 * The order of change is a list of all pairs, the latest change last. A reader is a cursor in this
 * list. A change moves its pair to the end, unless the pair already changed in the current epoch.
 * An epoch ends when a reader reads a pair that changed in this epoch. So the next change of the
 * pair moves it again, and the reader finds it.
 */
#include "cache/cache_private.h"

#include "base/mem.h"

#define SEEK_MAX 1000	/* pairs that one call of cache_seek passes */

void
changes_append(struct cache *c, uint32_t i)
{
	struct pair *p = &c->pairs[i];

	p->epoch = c->epoch;
	p->older = c->newest;
	p->newer = NONE;
	if (c->newest != NONE)
		c->pairs[c->newest].newer = i;
	else
		c->oldest = i;
	c->newest = i;
	for (size_t k = 0; k < c->readers_n; k++)
		if (c->readers[k]->next == NONE)
			c->readers[k]->next = i;
}

void
changes_remove(struct cache *c, uint32_t i)
{
	struct pair *p = &c->pairs[i];

	for (size_t k = 0; k < c->readers_n; k++)
		if (c->readers[k]->next == i)
			c->readers[k]->next = p->newer;
	if (p->older != NONE)
		c->pairs[p->older].newer = p->newer;
	else
		c->oldest = p->newer;
	if (p->newer != NONE)
		c->pairs[p->newer].older = p->older;
	else
		c->newest = p->older;
}

void
changes_note(struct cache *c, uint32_t i)
{
	if (c->pairs[i].epoch == c->epoch)
		return;		/* no reader has read the pair since its last change */
	changes_remove(c, i);
	changes_append(c, i);
}

void
cache_attach(struct cache *c, struct cache_reader *r, uint64_t since)
{
	uint32_t at = c->newest;

	c->readers = mem_grow(c->readers, c->readers_n, &c->readers_cap, sizeof(*c->readers));
	c->readers[c->readers_n++] = r;
	r->next = NONE;
	if (since == 0)
		r->next = c->oldest;
	for (; since > 0 && at != NONE && c->pairs[at].epoch > since; at = c->pairs[at].older)
		r->next = at;
}

void
cache_detach(struct cache *c, struct cache_reader *r)
{
	for (size_t k = 0; k < c->readers_n; k++) {
		if (c->readers[k] == r) {
			c->readers[k] = c->readers[--c->readers_n];
			break;
		}
	}
}

bool
cache_seek(const struct cache *c, struct cache_reader *r, uint64_t since)
{
	for (size_t n = 0; n < SEEK_MAX; n++) {
		uint32_t before = r->next != NONE ? c->pairs[r->next].older : c->newest;

		if (before == NONE || c->pairs[before].epoch <= since)
			return true;
		r->next = before;
	}
	return false;
}

bool
cache_read(struct cache *c, struct cache_reader *r, struct answer *a, uint32_t *pair)
{
	uint32_t i = r->next;

	if (i == NONE)
		return false;
	if (c->pairs[i].epoch == c->epoch)
		/*
		 * In a new epoch, the next change of the pair moves it to the end, where the reader
		 * finds it.
		 */
		c->epoch++;
	r->next = c->pairs[i].newer;
	cache_get(c, i, a);
	*pair = i;
	return true;
}

bool
cache_is_unread(const struct cache *c, const struct cache_reader *r, uint32_t pair)
{
	return r->next != NONE && c->pairs[pair].epoch >= c->pairs[r->next].epoch;
}

uint64_t
cache_epoch_of(const struct cache *c, uint32_t pair)
{
	return c->pairs[pair].epoch;
}

uint64_t
cache_serial(struct cache *c)
{
	return c->epoch++;
}
