/*
 * Many small blocks of bytes, known by a number of 32 bits, at next to no cost a block: they come
 * from chunks of blocks of one size. A chunk in which all blocks are free gives its memory back,
 * and serves another size, so that what was large once does not stay so.
 */
#ifndef SLAB_H
#define SLAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SLAB_UNIT 4			/* blocks are multiples of it, and aligned to it */
/* The largest that comes from a chunk; larger ones from malloc(3). */
#define SLAB_SMALL 512
#define SLAB_CLASSES (SLAB_SMALL / SLAB_UNIT + 1)
#define SLAB_NONE 0			/* no block */

/* All zero to begin with. */
struct slab {
	struct slab_chunk {
		char *data;		/* in a row */
		uint16_t units;		/* of a block */
		uint16_t used;		/* blocks */
		uint16_t fresh;		/* units that were in use at some time */
		uint16_t free;		/* 1 + the unit of the first free block below that, or 0 */
		/* 1 + the neighbours among those of its size that have room, or 0. */
		uint32_t next, prev;
	} *chunks;			/* owned */
	size_t chunks_n, chunks_cap;
	/* Owned, and what they point to: a row of chunks in a large page. */
	char **rows;
	size_t rows_cap;
	uint32_t room[SLAB_CLASSES];	/* by units: 1 + the first chunk that has room, or 0 */
	uint32_t spare;			/* 1 + the first chunk of no size, or 0 */
	char **large;			/* owned, and what they point to */
	size_t large_n, large_cap;
	uint32_t large_free;		/* 1 + a free place among them, or 0 */
	uint32_t *large_next;		/* owned: behind each free place the next one */
	size_t large_next_cap;
};

/* A block of n bytes, not set to anything. */
uint32_t slab_take(struct slab *s, size_t n);

/* Gives a block back. */
void slab_drop(struct slab *s, uint32_t block);

void slab_free(struct slab *s);

#define SLAB_LARGE UINT32_C(0x80000000)
#define SLAB_CHUNK_BITS 14	/* units of a chunk: 64 KiB */

/* Its bytes, till it is given back. */
static inline void *
slab_at(const struct slab *s, uint32_t block)
{
	uint32_t at = block - 1;

	if (block & SLAB_LARGE)
		return s->large[block & ~SLAB_LARGE];
	return s->chunks[at >> SLAB_CHUNK_BITS].data +
	    (size_t)(at & ((1U << SLAB_CHUNK_BITS) - 1)) * SLAB_UNIT;
}

#endif
