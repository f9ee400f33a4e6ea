#include "base/hash.h"

#include <bsd/stdlib.h>

uint64_t
hash_seed(void)
{
	uint64_t seed;

	arc4random_buf(&seed, sizeof(seed));
	return seed;
}
