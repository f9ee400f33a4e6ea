/* Decimal numbers, fast and strict. */
#ifndef NUM_H
#define NUM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define NUM_STRLEN 21	/* the digits of UINT64_MAX and a NUL */

/* Writes the digits of `value` and a NUL; returns the number of digits. */
int num_format(uint64_t value, char out[NUM_STRLEN]);

/* Accepts digits only, without a leading zero, 0 to `max`; false leaves *value unchanged. */
bool num_parse(struct str text, uint32_t max, uint32_t *value);

#endif
