/*
 * Rules are in an open-addressing hash table, by their names. A look-up hashes a name and the names
 * above it, and reads the table only for names whose length a rule has, so that its cost does not
 * grow with the number of rules.
 *
 * - A name is hashed from its end in blocks; the hash of a block is the seed of the next block. So
 *   a name and the names above it share blocks, and a name of 127 labels is hashed only once.
 * - A Bloom filter has the last one to BLOOM_LABELS labels of each rule's name. It rejects most
 *   names without a rule, which saves the cache miss of reading the table.
 * - The seed is random, so that the author of a list cannot choose names that collide.
 */
#include "match/suffix.h"

#include "base/hash.h"
#include "base/pages.h"

/* A slot has five bytes. Comparing the tag rejects most other names without reading the rule. */
struct suffix_slot {
	uint32_t rule;		/* RULES_NONE in an empty slot */
	uint8_t tag;		/* eight bits of the name's hash */
} __attribute__((packed));

#define BLOOM_LABELS 3
#define BLOCK 32		/* bytes that are hashed together */

static uint8_t
tag_of(uint64_t hash)
{
	return (uint8_t)(hash >> 56);
}

/* A walk over a name from its end: it begins at the root and ends at the name. */
struct walk {
	struct str name;
	size_t length;		/* length of the current name */
	uint64_t hash;		/* hash of the blocks so far */
	size_t hashed;		/* bytes in these blocks */
};

static inline struct walk
begin_walk(const struct suffix *s, struct str name)
{
	return (struct walk){ .name = name, .hash = s->seed };
}

static inline bool
is_walk_over(const struct walk *w)
{
	return w->length == w->name.n;
}

/* Moves down one label. The walk must not be over. */
static inline void
walk_down(struct walk *w)
{
	size_t start = w->name.n - w->length - (w->length > 0);

	while (start > 0 && w->name.p[start - 1] != '.')
		start--;
	w->length = w->name.n - start;
}

/* The hash of the current name. */
static inline uint64_t
walk_hash(struct walk *w)
{
	const char *end = w->name.p + w->name.n;

	for (; w->length - w->hashed > BLOCK; w->hashed += BLOCK)
		w->hash = hash_bytes(w->hash, end - w->hashed - BLOCK, BLOCK);
	return hash_bytes(w->hash, end - w->length, w->length - w->hashed);
}

/* The current name. */
static inline struct suffix_name
found_name(struct walk *w)
{
	return (struct suffix_name){ walk_hash(w),
	    { w->name.p + w->name.n - w->length, w->length } };
}

/* The word of the Bloom filter for a hash; bloom_bits returns the two bits in this word. */
static inline uint64_t *
bloom_word(const struct suffix *s, uint64_t hash)
{
	return &s->bloom[hash >> 32 & s->bloom_mask];
}

static inline uint64_t
bloom_bits(uint64_t hash)
{
	return UINT64_C(1) << (hash >> 26 & 63) | UINT64_C(1) << (hash >> 20 & 63);
}

static inline void
bloom_add(const struct suffix *s, uint64_t hash)
{
	*bloom_word(s, hash) |= bloom_bits(hash);
}

static inline bool
bloom_has(const struct suffix *s, uint64_t hash)
{
	return (bloom_bits(hash) & ~*bloom_word(s, hash)) == 0;
}

/* Adds a rule's name to the Bloom filter and to s->lengths. Returns the hash of the name. */
static uint64_t
note_name(struct suffix *s, struct str name, unsigned form)
{
	struct walk w = begin_walk(s, name);

	for (unsigned label = 0; label < BLOOM_LABELS && !is_walk_over(&w); label++) {
		walk_down(&w);
		bloom_add(s, walk_hash(&w));
	}
	w.length = name.n;
	s->lengths[name.n] |= form != LIST_EXACT;
	return walk_hash(&w);
}

/* Adds a rule to the table. Returns false when an equal rule is already there. */
static bool
add_rule(struct suffix *s, const struct rules *rules, uint32_t place, uint64_t hash)
{
	size_t at = hash & s->mask;

	for (; s->slots[at].rule != RULES_NONE; at = (at + 1) & s->mask)
		if (s->slots[at].tag == tag_of(hash) &&
		    rules_same(rules, place, s->slots[at].rule))
			return false;
	s->slots[at] = (struct suffix_slot){ place, tag_of(hash) };
	return true;
}

void
suffix_free(struct suffix *s)
{
	if (s->slots == NULL)
		return;
	pages_free(s->bloom, s->bloom_mask + 1, sizeof(*s->bloom));
	pages_free(s->slots, s->mask + 1, sizeof(*s->slots));
}

/* The least number 2^k - 1 that is at least `n` and `least`; `least` also has this form. */
static size_t
mask_for(size_t least, size_t n)
{
	while (least < n)
		least = 2 * least + 1;
	return least;
}

size_t
suffix_build(struct suffix *s, const struct rules *rules, size_t n)
{
	size_t added = 0;

	suffix_free(s);
	s->bloom_mask = mask_for(15, n / 8);
	s->mask = mask_for(63, n + n / 3);	/* at most three quarters full */
	s->bloom = pages_zero(s->bloom_mask + 1, sizeof(*s->bloom));
	s->slots = pages_zero(s->mask + 1, sizeof(*s->slots));
	for (size_t at = RULES_FIRST; at < rules->pool.len; at = rules_next(rules, at)) {
		uint32_t place = (uint32_t)at;
		struct rule r = rules_at(rules, place);
		struct str name = rules_name(rules, place, r.name_len);

		if (r.form != LIST_REGEX)
			added += add_rule(s, rules, place, note_name(s, name, r.form));
	}
	return added;
}

size_t
suffix_find(
    const struct suffix *s, struct str name, struct suffix_name found[SUFFIX_LABELS_MAX + 1])
{
	struct walk w = begin_walk(s, name);
	size_t n = 0;

	for (unsigned label = 0; label < BLOOM_LABELS && !is_walk_over(&w); label++) {
		if (s->lengths[w.length])
			found[n++] = found_name(&w);
		walk_down(&w);
		if (!bloom_has(s, walk_hash(&w)))
			return n;
	}
	for (; !is_walk_over(&w); w.length++)
		if (s->lengths[w.length] && name.p[name.n - w.length - 1] == '.')
			found[n++] = found_name(&w);
	found[n++] = found_name(&w);
	return n;
}

uint32_t
suffix_next(const struct suffix *s, uint64_t hash, size_t *at)
{
	for (;;) {
		const struct suffix_slot *slot = &s->slots[*at & s->mask];

		if (slot->rule == RULES_NONE)
			return RULES_NONE;
		++*at;
		if (slot->tag == tag_of(hash))
			return slot->rule;
	}
}
