/*
 * A serial is a point in the history of a cache, written as one word `RUN-EPOCH`: RUN, in 16
 * hexadecimal digits, identifies the run; EPOCH, in decimal, is a value of cache_serial.
 */
#ifndef SERIAL_H
#define SERIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

#define SERIAL_MAX 40	/* an upper bound of the length */

struct serial {
	uint64_t run;	/* not 0 */
	uint64_t epoch;	/* below 10^18 */
};

void serial_format(const struct serial *s, struct buf *out);

/* Accepts only what serial_format writes. */
bool serial_parse(struct str word, struct serial *s);

#endif
