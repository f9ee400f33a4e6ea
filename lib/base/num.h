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

#endif
