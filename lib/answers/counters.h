/* Prints the counters of extract.h for --stats. */
#ifndef COUNTERS_H
#define COUNTERS_H

#include "dns/extract.h"
#include "io/stats.h"

/* Stores a counter for each fault of DNS messages. */
void counters_faults(const struct extract *e, struct stats_counter counters[DNS_FAULTS]);

/* Prints the line of the delay of answers. */
void counters_print_delay(FILE *to, const struct delay *d);

#endif
