/* Decimal numbers. */
#ifndef NUM_H
#define NUM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define NUM_STRLEN 21	/* the digits of UINT64_MAX and a NUL */

/* Writes the digits of `value` and a NUL; returns the number of digits. */
int num_format(uint64_t value, char out[NUM_STRLEN]);

#define NUM_GROUPED_STRLEN 27	/* with six commas */

/* Writes the digits for people, in groups of three: "49,990". Returns `out`. */
const char *num_format_grouped(uint64_t value, char out[NUM_GROUPED_STRLEN]);

/* Parses a number from 0 to `max`: digits, no leading zero. On failure *value is unchanged. */
bool num_parse(struct str text, uint32_t max, uint32_t *value);

#endif
