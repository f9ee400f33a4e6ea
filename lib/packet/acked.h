/*
 * The pairs (address, name) whose barrier has returned in the last ACKED_LIFE: their routes are at
 * the routers, so replies with these pairs alone need not wait. It uses no descriptor and no clock.
 *
 * A pair is stored as a keyed hash. The memory is fixed: a new pair replaces the oldest pair in its
 * bucket, and pairs beyond ACKED_PENDING_MAX that wait for barriers are forgotten.
 */
#ifndef ACKED_H
#define ACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/str.h"

#define ACKED_LIFE (60 * SECOND)
#define ACKED_BUCKETS 32768	/* a power of two */
#define ACKED_WAYS 4		/* pairs in a bucket */
#define ACKED_PENDING_MAX 16384

struct acked {
	uint64_t seed;
	struct acked_pair {
		uint64_t key;
		int64_t until;		/* 0: unused */
	} (*buckets)[ACKED_WAYS];	/* owned */
	/* The pairs that wait for barriers, in ascending order: a ring, owned. */
	struct acked_pending {
		uint64_t key, barrier;
	} *pending;
	size_t first, n_pending;
};

/* `seed` must be random. */
void acked_open(struct acked *a, uint64_t seed);
void acked_free(struct acked *a);

/*
 * The key of the pair in an answer line, which extract.h has written: a hash of address, name and
 * `via`, since the names in `via` also decide whether the address is routed.
 */
uint64_t acked_key(const struct acked *a, struct str line);

/* Whether the pair was acknowledged in the last ACKED_LIFE. */
bool acked_has(const struct acked *a, uint64_t key, int64_t now);

/* Notes a pair that precedes a barrier, which is not below that of the call before. */
void acked_await(struct acked *a, uint64_t key, uint64_t barrier);

/* Notes that a barrier has returned, and with it all earlier barriers. */
void acked_return(struct acked *a, uint64_t barrier, int64_t now);

/* Forgets all pairs, including the waiting ones: the lists have changed. */
void acked_clear(struct acked *a);

#endif
