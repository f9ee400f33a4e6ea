/*
 * A point in the history of a cache, as one word `RUN-EPOCH`: RUN in 16 hexadecimal digits tells
 * whose history, EPOCH in decimal how far it had come (cache_serial).
 */
#ifndef SERIAL_H
#define SERIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

#define SERIAL_MAX 40	/* no word is longer */

struct serial {
	uint64_t run;	/* never 0 */
	uint64_t epoch;
};

void serial_format(const struct serial *s, struct buf *out);

/* The strict reverse. */
bool serial_parse(struct str word, struct serial *s);

#endif
