/*
 * From dnstap payloads to answer lines: payloads are decoded and counted by their type and by what
 * is wrong with them, and the responses of the types that the program wants go to extract.h.
 */
#ifndef PAYLOADS_H
#define PAYLOADS_H

#include "dns/extract.h"
#include "dnstap/dnstap.h"

struct payloads {
	unsigned types;		/* the program may set it: types to read, bit 1 << type */
	struct extract extract;	/* the program may set what extract.h allows */
	struct dnstap_arena *arena;

	uint64_t messages[DNSTAP_TYPES];	/* by type */
	uint64_t faults[DNSTAP_FAULTS];	/* payloads, and faults of the messages of `types` */
};

/* At first `types` is CLIENT_RESPONSE alone. `seed` is random, for dns.h. */
void payloads_open(struct payloads *p, uint64_t seed);
void payloads_free(struct payloads *p);

/*
 * Appends the lines of a payload to `out`, as extract_lines does. `arrival` is the time at which it
 * was read, in microseconds since the epoch.
 */
void payloads_lines(struct payloads *p, struct str payload, int64_t arrival, struct buf *out,
    size_t room);

#endif
