/*
 * Converts dnstap payloads to answer lines: decodes them, counts their types and faults, and passes
 * responses of the selected types to extract.h.
 */
#ifndef PAYLOADS_H
#define PAYLOADS_H

#include "dns/extract.h"
#include "dnstap/dnstap.h"

struct payloads {
	unsigned types;		/* selected types: bits 1 << type; the program may change them */
	struct extract extract;	/* the program may set its options */
	struct dnstap_arena *arena;

	uint64_t messages[DNSTAP_TYPES];	/* messages by type, selected or not */
	uint64_t faults[DNSTAP_FAULTS];	/* faults of payloads, and of selected messages */
};

/* Initializes *p with only CLIENT_RESPONSE selected in p->types. `seed` as in dns_new. */
void payloads_open(struct payloads *p, uint64_t seed);
void payloads_free(struct payloads *p);

/*
 * Appends the answer lines of a payload to `out`; `room` as in extract_lines. `arrival` is the time
 * of the read in microseconds since the epoch.
 */
void payloads_lines(struct payloads *p, struct str payload, int64_t arrival, struct buf *out,
    size_t room);

#endif
