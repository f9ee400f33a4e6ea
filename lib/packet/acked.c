#include "packet/acked.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

void
acked_open(struct acked *a, uint64_t seed)
{
	*a = (struct acked){ .seed = seed,
	    .buckets = mem_zero(ACKED_BUCKETS, sizeof(*a->buckets)),
	    .pending = mem_alloc(ACKED_PENDING_MAX * sizeof(*a->pending)) };
}

void
acked_free(struct acked *a)
{
	free(a->buckets);
	free(a->pending);
}

static struct str
next_field(struct str *line)
{
	struct str field = { NULL, 0 };

	str_split(line, ' ', &field);
	return field;
}

/* The fields are TIME ADDRESS TTL NAME, and `via` is the first key: dnstap-answer(5). */
uint64_t
acked_key(const struct acked *a, struct str line)
{
	struct str address, name, via;
	uint64_t h;

	next_field(&line);
	address = next_field(&line);
	next_field(&line);
	name = next_field(&line);
	h = hash_bytes(hash_bytes(a->seed, address.p, address.n), name.p, name.n);
	via = next_field(&line);
	return str_take(&via, STR("via=")) ? hash_bytes(h, via.p, via.n) : h;
}

static struct acked_pair *
bucket_of(const struct acked *a, uint64_t key)
{
	return a->buckets[key % ACKED_BUCKETS];
}

bool
acked_has(const struct acked *a, uint64_t key, int64_t now)
{
	const struct acked_pair *bucket = bucket_of(a, key);

	for (size_t i = 0; i < ACKED_WAYS; i++)
		if (bucket[i].key == key && bucket[i].until > now)
			return true;
	return false;
}

void
acked_await(struct acked *a, uint64_t key, uint64_t barrier)
{
	if (a->n_pending == ACKED_PENDING_MAX)
		return;
	a->pending[(a->first + a->n_pending++) % ACKED_PENDING_MAX] =
	    (struct acked_pending){ key, barrier };
}

/* Stores the pair in its own place, or in that of the oldest pair. */
static void
store(struct acked *a, uint64_t key, int64_t now)
{
	struct acked_pair *bucket = bucket_of(a, key), *place = &bucket[0];

	for (size_t i = 0; i < ACKED_WAYS && place->key != key; i++)
		if (bucket[i].key == key || bucket[i].until < place->until)
			place = &bucket[i];
	*place = (struct acked_pair){ key, now + ACKED_LIFE };
}

void
acked_return(struct acked *a, uint64_t barrier, int64_t now)
{
	while (a->n_pending > 0 && a->pending[a->first].barrier <= barrier) {
		store(a, a->pending[a->first].key, now);
		a->first = (a->first + 1) % ACKED_PENDING_MAX;
		a->n_pending--;
	}
}

void
acked_clear(struct acked *a)
{
	a->n_pending = 0;
	memset(a->buckets, 0, ACKED_BUCKETS * sizeof(*a->buckets));
}
