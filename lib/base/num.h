/*
 * Decimal numbers, quickly and strictly.
 */
#ifndef NUM_H
#define NUM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define NUM_STRLEN 21	/* the digits of UINT64_MAX and a NUL */

/* Writes the digits of `value`, NUL-ended; returns how many. */
int num_format(uint64_t value, char out[NUM_STRLEN]);

/* Reads digits only, without a leading zero, 0 to `max`; false leaves *value alone. */
bool num_parse(struct str text, uint32_t max, uint32_t *value);

/*
 * The number that eight bytes make, the first one at the bottom; false: not all are digits. They
 * become pairs, then fours, then one number.
 */
static inline bool
num_eight(uint64_t text, uint32_t *value)
{
	uint64_t x = text ^ str_eight_times('0');

	if (((x | (x + str_eight_times(0x80 - 10))) & str_eight_times(0x80)) != 0)
		return false;
	x = (x * 10 + (x >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
	x = (x * 100 + (x >> 16)) & UINT64_C(0x0000ffff0000ffff);
	*value = (uint32_t)(x * 10000 + (x >> 32));
	return true;
}

#endif
