#include "hash.h"

#include <err.h>
#include <unistd.h>

uint64_t
hash_seed(void)
{
	uint64_t seed;

	if (getentropy(&seed, sizeof(seed)) < 0)
		err(2, "no random numbers");
	return seed;
}
