/*
 * Converts dnstap payloads to answer lines: decodes them, counts their types and faults, and passes
 * responses of the selected types to extract.h.
 */
#ifndef PAYLOADS_H
#define PAYLOADS_H

#include "dns/extract.h"
#include "dnstap/dnstap.h"

struct payloads {
	unsigned types;		/* selected types, 1 << type; the program may change it */
	struct extract extract;	/* the program may set its options */
	struct dnstap_arena *arena;

	uint64_t messages[DNSTAP_TYPES];	/* by type */
	uint64_t faults[DNSTAP_FAULTS];	/* of payloads, and of messages of `types` */
};

/* `types` is CLIENT_RESPONSE. `seed` as in dns_new. */
void payloads_open(struct payloads *p, uint64_t seed);
void payloads_free(struct payloads *p);

/*
 * Appends the lines of a payload to `out`, as extract_lines. `arrival` is the time of reading in
 * microseconds since the epoch.
 */
void payloads_lines(struct payloads *p, struct str payload, int64_t arrival, struct buf *out,
    size_t room);

#endif
