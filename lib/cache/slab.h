/*
 * Many small blocks of bytes, each identified by a number of 32 bits, with almost no overhead: a
 * chunk has blocks of one size.
 */
#ifndef SLAB_H
#define SLAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SLAB_UNIT 4			/* divides the size and the address of a block */
#define SLAB_SMALL 512			/* the largest block in a chunk; others use malloc(3) */
#define SLAB_CLASSES (SLAB_SMALL / SLAB_UNIT + 1)
#define SLAB_NONE 0			/* no block */

/* All zero to begin with. */
struct slab {
	struct slab_chunk {
		char *data;		/* several chunks share a large page */
		uint16_t units;		/* of a block */
		uint16_t used;		/* blocks */
		uint16_t fresh;		/* the first unit that was never used */
		uint16_t free;		/* 1 + the unit of the first free block below, or 0 */
		uint32_t next, prev;	/* in a list of chunks: 1 + its index, or 0 */
	} *chunks;			/* owned */
	size_t chunks_n, chunks_cap;
	uint32_t room[SLAB_CLASSES];	/* by units: the list of chunks with free blocks */
	uint32_t spare;			/* the list of empty chunks */
	struct slab_large {
		char *data;		/* owned; NULL: unused */
		uint32_t next;		/* of an unused one: 1 + the next unused one, or 0 */
	} *large;			/* owned */
	size_t large_n, large_cap;
	uint32_t large_free;		/* 1 + the first unused one, or 0 */
};

/* A block of n bytes, uninitialized. */
uint32_t slab_take(struct slab *s, size_t n);

/* Frees a block. */
void slab_drop(struct slab *s, uint32_t block);

void slab_free(struct slab *s);

#define SLAB_LARGE UINT32_C(0x80000000)
#define SLAB_CHUNK_BITS 14	/* units of a chunk: 64 KiB */

/* The bytes of a block, valid until it is freed. */
static inline void *
slab_at(const struct slab *s, uint32_t block)
{
	uint32_t at = block - 1;

	if (block & SLAB_LARGE)
		return s->large[block & ~SLAB_LARGE].data;
	return s->chunks[at >> SLAB_CHUNK_BITS].data +
	    (size_t)(at & ((1U << SLAB_CHUNK_BITS) - 1)) * SLAB_UNIT;
}

#endif
