#include "cache/slab.h"

#include "unit.h"

#define BLOCKS 5000

/* Fills a block with bytes that depend on its number. */
static void
fill_block(struct slab *s, uint32_t block, uint32_t number, size_t n)
{
	memset(slab_at(s, block), (int)number, n);
}

static bool
is_whole(const struct slab *s, uint32_t block, uint32_t number, size_t n)
{
	const uint8_t *p = slab_at(s, block);

	for (size_t i = 0; i < n; i++)
		if (p[i] != (uint8_t)number)
			return false;
	return (uintptr_t)p % SLAB_UNIT == 0;
}

START_TEST(blocks_do_not_overlap)
{
	static uint32_t blocks[BLOCKS], sizes[BLOCKS];
	struct slab s = { 0 };

	for (int round = 0; round < 200000; round++) {
		uint32_t i = any_below(BLOCKS);

		if (blocks[i] != SLAB_NONE) {
			ck_assert(is_whole(&s, blocks[i], i, sizes[i]));
			slab_drop(&s, blocks[i]);
			blocks[i] = SLAB_NONE;
			continue;
		}
		sizes[i] = any_below(any_below(50) == 0 ? 40000 : SLAB_SMALL + 1);
		blocks[i] = slab_take(&s, sizes[i]);
		fill_block(&s, blocks[i], i, sizes[i]);
	}
	for (uint32_t i = 0; i < BLOCKS; i++)
		if (blocks[i] != SLAB_NONE)
			ck_assert(is_whole(&s, blocks[i], i, sizes[i]));
	slab_free(&s);
}
END_TEST

/* A client cannot increase the memory by choosing names of different lengths. */
START_TEST(empty_chunks_serve_other_sizes)
{
	static uint32_t blocks[BLOCKS];
	struct slab s = { 0 };
	size_t chunks = 0;

	for (size_t size = SLAB_SMALL; size > 0; size -= SLAB_UNIT) {
		for (int i = 0; i < BLOCKS; i++)
			blocks[i] = slab_take(&s, size);
		if (chunks == 0)
			chunks = s.chunks_n;
		ck_assert_uint_eq(s.chunks_n, chunks);
		for (int i = 0; i < BLOCKS; i++)
			slab_drop(&s, blocks[i]);
	}
	slab_free(&s);
}
END_TEST

UNIT_MAIN("slab", blocks_do_not_overlap, empty_chunks_serve_other_sizes)
