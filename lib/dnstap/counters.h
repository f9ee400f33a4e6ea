/* Prints the counters of a reader, as in dnstap-read(1). */
#ifndef COUNTERS_H
#define COUNTERS_H

#include <stdio.h>

#include "dnstap/reader.h"

void counters_print(const struct reader *r, FILE *to);

#endif
