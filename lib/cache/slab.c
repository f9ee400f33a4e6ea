/*
 * A chunk is an array of blocks of one size. A freed block contains the link to the next freed
 * block of its chunk. A chunk without used blocks returns its memory to the system and can serve
 * another size, so memory does not grow with the variety of sizes over time.
 */
#include "cache/slab.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/mem.h"
#include "base/pages.h"

#define CHUNK_UNITS (1U << SLAB_CHUNK_BITS)
#define CHUNK_SIZE (CHUNK_UNITS * SLAB_UNIT)
#define CHUNKS_PER_PAGE (PAGES_SIZE / CHUNK_SIZE)
#define CHUNKS_MAX (SLAB_LARGE >> SLAB_CHUNK_BITS)

static uint32_t
units_of(size_t n)
{
	return n == 0 ? 1 : (uint32_t)((n + SLAB_UNIT - 1) / SLAB_UNIT);
}

/* --- Chunks --- */

/* Adds a chunk to the list of chunks with free blocks of this size. */
static void
list_chunk(struct slab *s, uint32_t i)
{
	struct slab_chunk *c = &s->chunks[i];

	c->prev = 0;
	c->next = s->room[c->units];
	if (c->next != 0)
		s->chunks[c->next - 1].prev = i + 1;
	s->room[c->units] = i + 1;
}

static void
unlist_chunk(struct slab *s, uint32_t i)
{
	struct slab_chunk *c = &s->chunks[i];

	if (c->next != 0)
		s->chunks[c->next - 1].prev = c->prev;
	if (c->prev != 0)
		s->chunks[c->prev - 1].next = c->next;
	else
		s->room[c->units] = c->next;
}

static bool
is_full(const struct slab_chunk *c)
{
	return c->free == 0 && c->fresh + c->units > CHUNK_UNITS - 1;
}

static void
add_chunk(struct slab *s, uint32_t units)
{
	uint32_t i = s->spare;

	if (i != 0) {
		s->spare = s->chunks[--i].next;
	} else {
		mem_checked(s->chunks_n < CHUNKS_MAX ? s : NULL);	/* fatal: no number left */
		s->chunks = mem_grow(s->chunks, s->chunks_n, &s->chunks_cap, sizeof(*s->chunks));
		i = (uint32_t)s->chunks_n++;
		s->chunks[i].data = i % CHUNKS_PER_PAGE == 0 ? pages_zero(PAGES_SIZE, 1) :
		    s->chunks[i - 1].data + CHUNK_SIZE;
	}
	s->chunks[i] = (struct slab_chunk){ .data = s->chunks[i].data, .units = (uint16_t)units };
	list_chunk(s, i);
}

/* --- Large blocks --- */

static uint32_t
take_large(struct slab *s, size_t n)
{
	uint32_t i = s->large_free;

	if (i != 0) {
		s->large_free = s->large[--i].next;
	} else {
		s->large = mem_grow(s->large, s->large_n, &s->large_cap, sizeof(*s->large));
		i = (uint32_t)s->large_n++;
	}
	s->large[i].data = mem_alloc(n);
	return i | SLAB_LARGE;
}

static void
drop_large(struct slab *s, uint32_t i)
{
	free(s->large[i].data);
	s->large[i] = (struct slab_large){ NULL, s->large_free };
	s->large_free = i + 1;
}

/* --- Blocks --- */

uint32_t
slab_take(struct slab *s, size_t n)
{
	uint32_t units = units_of(n), unit, i;
	struct slab_chunk *c;

	if (n > SLAB_SMALL)
		return take_large(s, n);
	if (s->room[units] == 0)
		add_chunk(s, units);
	i = s->room[units] - 1;
	c = &s->chunks[i];
	if (c->free != 0) {
		unit = c->free - 1U;
		memcpy(&c->free, c->data + (size_t)unit * SLAB_UNIT, sizeof(c->free));
	} else {
		unit = c->fresh;
		c->fresh = (uint16_t)(c->fresh + units);
	}
	c->used++;
	if (is_full(c))
		unlist_chunk(s, i);
	return (i << SLAB_CHUNK_BITS | unit) + 1;
}

void
slab_drop(struct slab *s, uint32_t block)
{
	uint32_t i = (block - 1) >> SLAB_CHUNK_BITS, unit = (block - 1) & (CHUNK_UNITS - 1);
	struct slab_chunk *c;

	if (block & SLAB_LARGE) {
		drop_large(s, block & ~SLAB_LARGE);
		return;
	}
	c = &s->chunks[i];
	if (is_full(c))
		list_chunk(s, i);
	memcpy(c->data + (size_t)unit * SLAB_UNIT, &c->free, sizeof(c->free));
	c->free = (uint16_t)(unit + 1);
	if (--c->used > 0)
		return;
	unlist_chunk(s, i);
	(void)madvise(c->data, CHUNK_SIZE, MADV_DONTNEED);
	*c = (struct slab_chunk){ .data = c->data, .next = s->spare };
	s->spare = i + 1;
}

void
slab_free(struct slab *s)
{
	for (size_t i = 0; i < s->chunks_n; i += CHUNKS_PER_PAGE)
		pages_free(s->chunks[i].data, PAGES_SIZE, 1);
	for (size_t i = 0; i < s->large_n; i++)
		free(s->large[i].data);
	free(s->chunks);
	free(s->large);
	*s = (struct slab){ 0 };
}
