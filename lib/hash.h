/*
 * A quick keyed hash for tables in memory. With a random seed nobody outside can choose keys that
 * collide; it is no cryptographic hash, and its values mean nothing outside the process.
 */
#ifndef HASH_H
#define HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The two halves of the 128-bit product, folded. */
static inline uint64_t
hash_mix(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t
hash_bytes(uint64_t seed, const void *data, size_t n)
{
	const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
	const char *p = data;
	uint64_t h = seed ^ n * odd, word;

	for (; n >= 8; p += 8, n -= 8) {
		memcpy(&word, p, 8);
		h = hash_mix(h ^ word, seed | 1) + odd;
	}
	word = 0;
	if (n >= 4) {	/* two reads that overlap, as their length is known */
		uint32_t low, high;

		memcpy(&low, p, 4);
		memcpy(&high, p + n - 4, 4);
		word = (uint64_t)high << 32 | low;
	} else if (n > 0) {
		word = (uint64_t)(uint8_t)p[0] << 16 | (uint64_t)(uint8_t)p[n / 2] << 8 | (uint8_t)p[n - 1];
	}
	return hash_mix(h ^ word, odd ^ seed);
}

/* A seed that nobody can guess, from the system. */
uint64_t hash_seed(void);

#endif
