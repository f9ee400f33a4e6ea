/*
 * An allocator for many small blocks, which are identified by numbers of 32 bits. A chunk contains
 * blocks of one size, so a block has almost no overhead.
 */
#ifndef SLAB_H
#define SLAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SLAB_UNIT 4			/* bytes; a block's size and address are multiples */
#define SLAB_SMALL 512			/* bytes; a larger block is not in a chunk: malloc(3) */
#define SLAB_CLASSES (SLAB_SMALL / SLAB_UNIT + 1)
#define SLAB_NONE 0			/* no block */

/* Must be zeroed before use. */
struct slab {
	struct slab_chunk {
		char *data;		/* part of a large page, shared with other chunks */
		uint16_t units;		/* the size of each block */
		uint16_t used;		/* the number of blocks in use */
		uint16_t fresh;		/* the first unit that was never used */
		uint16_t free;		/* 1 + the unit of the first freed block, or 0 */
		uint32_t next, prev;	/* neighbours in a list: 1 + the index of the chunk, or 0 */
	} *chunks;			/* owned */
	size_t chunks_n, chunks_cap;
	uint32_t room[SLAB_CLASSES];	/* room[n]: chunks with free blocks of n units (a list) */
	uint32_t spare;			/* the list of empty chunks */
	struct slab_large {
		char *data;		/* owned; NULL: unused */
		uint32_t next;		/* in an unused element: 1 + the index of the next, or 0 */
	} *large;			/* owned */
	size_t large_n, large_cap;
	uint32_t large_free;		/* 1 + the first unused index of `large`, or 0 */
};

/* Returns a block of n bytes, uninitialized. */
uint32_t slab_take(struct slab *s, size_t n);

/* Frees a block. */
void slab_drop(struct slab *s, uint32_t block);

void slab_free(struct slab *s);

#define SLAB_LARGE UINT32_C(0x80000000)
#define SLAB_CHUNK_BITS 14	/* a chunk has 2^14 units, 64 KiB */

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
