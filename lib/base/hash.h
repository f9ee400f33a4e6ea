/*
 * A fast keyed hash for tables in memory. With a random seed an attacker cannot choose keys that
 * collide. The hash is not cryptographic, and its values are meaningless outside the process.
 */
#ifndef HASH_H
#define HASH_H

#include <bsd/stdlib.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Multiplies to 128 bits; returns the exclusive or of the two halves. */
static inline uint64_t
hash_mix(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
	__uint128_t product = (__uint128_t)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
#else
	uint64_t a_low = (uint32_t)a, a_high = a >> 32, b_low = (uint32_t)b, b_high = b >> 32;
	uint64_t low = a_low * b_low, cross = a_high * b_low + (low >> 32);
	uint64_t middle = a_low * b_high + (uint32_t)cross;

	return (middle << 32 | (uint32_t)low) ^
	    (a_high * b_high + (cross >> 32) + (middle >> 32));
#endif
}

static inline uint64_t
hash_bytes(uint64_t seed, const void *data, size_t n)
{
	/* Both factors contain the seed, so an attacker cannot make a factor 0. */
	const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15), end = odd ^ (seed + n * odd);
	const uint64_t key = (seed << 32 | seed >> 32) ^ UINT64_C(0xd6e8feb86659fd93);
	const char *p = data;
	uint64_t h = seed, first = 0, last = 0;

	for (; n > 16; p += 16, n -= 16) {
		memcpy(&first, p, 8);
		memcpy(&last, p + 8, 8);
		h = hash_mix(h ^ first, key ^ last) + odd;
	}
	if (n >= 8) {	/* two reads, which may overlap */
		memcpy(&first, p, 8);
		memcpy(&last, p + n - 8, 8);
	} else if (n >= 4) {
		first = last = 0;
		memcpy(&first, p, 4);
		memcpy(&last, p + n - 4, 4);
	} else {
		first = n == 0 ? 0 : (uint64_t)(uint8_t)p[0] << 16 |
		    (uint64_t)(uint8_t)p[n / 2] << 8 | (uint8_t)p[n - 1];
		last = 0;
	}
	return hash_mix(hash_mix(h ^ first, key ^ last), end);
}

/* A random seed from the system. */
static inline uint64_t
hash_seed(void)
{
	uint64_t seed;

	arc4random_buf(&seed, sizeof(seed));
	return seed;
}

#endif
