#include "match/suffix.h"

#include "base/hash.h"
#include "base/pages.h"

/* Five bytes. The tag, of the hash, rules out most other names without a read of the rule. */
struct suffix_slot {
	uint32_t rule;		/* RULES_NONE in an empty slot */
	uint8_t tag;
} __attribute__((packed));

/* The most labels of a name in the Bloom filter: enough to rule out most other names. */
#define BLOOM_LABELS 3

static uint8_t
tag_of(uint64_t hash)
{
	return (uint8_t)(hash >> 56);
}

/* A walk over a name from its end, label by label: it is at the root first, at the name last. */
struct walk {
	struct str name;
	size_t length;		/* of the name that the walk is at */
	uint64_t hash;		/* of that name */
};

static inline struct walk
begin_walk(const struct suffix *s, struct str name)
{
	return (struct walk){ name, 0, s->seed };
}

static inline bool
is_walk_over(const struct walk *w)
{
	return w->length == w->name.n;
}

/* Goes down one label; not when the walk is over. */
static inline void
walk_down(struct walk *w)
{
	size_t end = w->name.n - w->length - (w->length > 0), start = end;

	while (start > 0 && w->name.p[start - 1] != '.')
		start--;
	w->hash = hash_bytes(w->hash, w->name.p + start, end - start);
	w->length = w->name.n - start;
}

/* The word of a name in the Bloom filter, and its two bits there. */
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

/* Whether names with this many labels are in the Bloom filter. */
static inline bool
is_bloom_depth(size_t depth)
{
	return depth > 0 && depth <= BLOOM_LABELS;
}

/* Notes the name of a rule and the names above it. Returns its hash. */
static uint64_t
note_name(struct suffix *s, struct str name, unsigned form)
{
	struct walk w = begin_walk(s, name);
	size_t depth = 0;

	while (!is_walk_over(&w)) {
		walk_down(&w);
		if (is_bloom_depth(++depth))
			bloom_add(s, w.hash);
	}
	s->depths[depth] |= form != LIST_EXACT;
	s->exact_depths[depth] |= form != LIST_BELOW;
	return w.hash;
}

/* False when an equal rule is there. */
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

/* The least 2^k - 1, from `least` on, that is not below `n`. */
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

	for (size_t depth = 0;; depth++) {
		bool over = is_walk_over(&w);

		if (is_bloom_depth(depth) && !bloom_has(s, w.hash))
			return n;
		if (over ? s->exact_depths[depth] : s->depths[depth])
			found[n++] = (struct suffix_name){ w.hash,
			    { name.p + name.n - w.length, w.length } };
		if (over)
			return n;
		walk_down(&w);
	}
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
