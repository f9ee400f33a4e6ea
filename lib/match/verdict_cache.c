#include "match/verdict_cache.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/pages.h"

#define RING (UINT64_C(4) << 20)	/* bytes */
#define PLACES (UINT64_C(1) << 17)
/* Bytes from the beginning of an entry, of which twice as many are fetched. */
#define FETCHED 64
#define TAG_BITS 16			/* of the hash, in a place */

/* How an entry lies in the ring: this, the text and what is said of it. */
struct entry {
	uint16_t text, said;	/* lengths */
};

void
verdict_cache_open(struct verdict_cache *m, uint64_t seed)
{
	*m = (struct verdict_cache){ .seed = seed };
	m->ring = pages_zero(RING + FETCHED, 1);
	m->places = pages_zero(PLACES, sizeof(*m->places));
	verdict_cache_clear(m);
}

void
verdict_cache_close(struct verdict_cache *m)
{
	pages_free(m->ring, RING + FETCHED, 1);
	pages_free(m->places, PLACES, sizeof(*m->places));
}

/*
 * All places, the empty ones too, which say 0, are of the time before the last turn of the ring
 * then.
 */
void
verdict_cache_clear(struct verdict_cache *m)
{
	m->end = (m->end / RING + 2) * RING;
}

/* The two places that a text may have. */
static uint64_t *
places_of(const struct verdict_cache *m, uint64_t hash)
{
	return &m->places[hash % PLACES & ~UINT64_C(1)];
}

static uint64_t
tag_of(uint64_t hash)
{
	return hash >> (64 - TAG_BITS);
}

static bool
has_tag(uint64_t place, uint64_t hash)
{
	return (place ^ tag_of(hash)) << (64 - TAG_BITS) == 0;
}

/* The one of them that the text has, if it has any. */
static uint64_t
place_of(const struct verdict_cache *m, uint64_t hash)
{
	const uint64_t *places = places_of(m, hash);

	return places[has_tag(places[1], hash)];
}

/* Where an entry lies; its beginning is in one piece. */
static char *
entry_at(const struct verdict_cache *m, uint64_t at)
{
	return m->ring + at % RING;
}

uint64_t
verdict_cache_hash(const struct verdict_cache *m, struct str text)
{
	uint64_t hash = hash_bytes(m->seed, text.p, text.n);

	__builtin_prefetch(places_of(m, hash));
	return hash;
}

void
verdict_cache_fetch(const struct verdict_cache *m, uint64_t hash)
{
	const char *p = entry_at(m, place_of(m, hash) >> TAG_BITS);

	__builtin_prefetch(p);
	__builtin_prefetch(p + FETCHED);
}

bool
verdict_cache_find(const struct verdict_cache *m, uint64_t hash, struct str text, struct str *said)
{
	uint64_t place = place_of(m, hash), at = place >> TAG_BITS;
	const char *p = entry_at(m, at);
	struct entry e;

	if (m->end > at + RING || !has_tag(place, hash))
		return false;
	memcpy(&e, p, sizeof(e));
	if (e.text != text.n || memcmp(p + sizeof(e), text.p, text.n) != 0)
		return false;
	*said = (struct str){ p + sizeof(e) + e.text, e.said };
	return true;
}

void
verdict_cache_keep(struct verdict_cache *m, uint64_t hash, struct str text, struct str said)
{
	struct entry e = { (uint16_t)text.n, (uint16_t)said.n };
	size_t size = sizeof(e) + text.n + said.n;
	uint64_t *places = places_of(m, hash);
	char *p;

	if (size > VERDICT_CACHE_MAX)
		return;
	if (m->end % RING + size > RING)
		m->end = (m->end / RING + 1) * RING;
	p = entry_at(m, m->end);
	memcpy(p, &e, sizeof(e));
	memcpy(p + sizeof(e), text.p, text.n);
	if (said.n > 0)
		memcpy(p + sizeof(e) + text.n, said.p, said.n);
	places[has_tag(places[1], hash) || places[1] < places[0]] = m->end << TAG_BITS |
	    tag_of(hash);
	m->end += size;
}
