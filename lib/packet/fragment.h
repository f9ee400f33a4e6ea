/*
 * Reassembles the payload of fragmented IP packets (RFC 791 section 3.2, RFC 8200 section 4.5).
 *
 * A fragment that overlaps another with other data discards the whole payload, also in IPv4: RFC
 * 5722. A repeated fragment is ignored. At the limit of payloads or bytes, the oldest payload is
 * discarded. A payload that is incomplete after FRAGMENT_LIFE is discarded.
 */
#ifndef FRAGMENT_H
#define FRAGMENT_H

#include "base/buf.h"
#include "base/clock.h"
#include "packet/ip.h"

#define FRAGMENT_LIFE (30 * SECOND)
#define FRAGMENT_PAYLOADS 256	/* the most unfinished payloads */
#define FRAGMENT_RANGES 32	/* the most ranges of a payload with gaps between them */

struct fragment_table {
	size_t limit;		/* the most bytes of unfinished payloads; at least 64 KiB */
	size_t bytes;		/* allocated now */
	struct fragment_payload {
		/* Addresses, ID and, for IPv4, protocol of the fragments. */
		struct ip_packet key;
		int64_t since;	/* the time of the first fragment; unused if n_ranges is 0 */
		bool refused;	/* fragments overlap: ignore the others */
		size_t total;	/* bytes of the payload; 0: the last fragment is missing */
		size_t cap;	/* bytes allocated for `data` */
		char *data;	/* owned */
		/* The ranges that have arrived, sorted; a gap follows each but the last. */
		unsigned n_ranges;
		struct fragment_range {
			size_t from, to;
		} ranges[FRAGMENT_RANGES];
	} *payloads;		/* owned, FRAGMENT_PAYLOADS */
	char *done;		/* the reassembled payload, owned */

	uint64_t overlaps;	/* payloads refused because of overlaps or contradictory ends */
	uint64_t discarded;	/* payloads discarded at a limit, or incomplete after their life */
};

void fragment_open(struct fragment_table *t, size_t limit);
void fragment_free(struct fragment_table *t);

/*
 * Adds a fragment that was captured at `now`, in microseconds. Returns true if it completes a
 * payload, and sets ip->payload and ip->protocol; the payload is valid until the next call.
 */
bool fragment_add(struct fragment_table *t, struct ip_packet *ip, int64_t now);

#endif
