/*
 * From a dnstap payload to answer lines: what a resolver told a client, or was told itself.
 */
#ifndef EXTRACT_H
#define EXTRACT_H

#include "base/buf.h"
#include "dns/delay.h"
#include "dns/dns.h"
#include "dns/nat64.h"
#include "dnstap/dnstap.h"

/* An identity longer than this, in bytes, is left out, so that it cannot crowd out the answers. */
#define EXTRACT_SERVER_MAX 255

/*
 * The most that one message yields: addresses, and bytes of lines. Without a limit 64 KiB of DNS
 * become 43 MB of lines, since each address repeats the whole chain of CNAMEs. BIND serves 100
 * records of a type by default, and these addresses fill 16 KiB of DNS.
 */
#define EXTRACT_ADDRESSES_MAX 1024
#define EXTRACT_TEXT_MAX (512 * 1024)

struct extract {
	/* The program may set these. */
	unsigned types;		/* the messages that are looked at, 1 << type: CLIENT_RESPONSE */
	bool server;		/* lines have `server` */
	bool no_client;		/* lines have no `client` */
	/* An address inside of these is the IPv4 address that it stands for. */
	struct nat64 nat64;

	struct dnstap_arena *arena;
	struct dns *dns;
	/* What the lines of a message have in common, before and after the address and TTL. */
	struct buf head, tail;
	unsigned alias;		/* whose `via` the tail has */
	enum dns_hint hint;	/* whose `type` it has */
	size_t text_left;	/* of EXTRACT_TEXT_MAX of the message */

	uint64_t messages[DNSTAP_TYPES];	/* by type */
	uint64_t answers;	/* lines made */
	/* Of messages with answers, from the time in them to their arrival. */
	struct delay delay;
	uint64_t bad_dnstap[DNSTAP_FAULTS];	/* payloads, and faults of the messages looked at */
	uint64_t bad_dns[DNS_FAULTS];	/* responses in messages looked at that do not parse */
	uint64_t too_long;	/* answers dropped because their line would exceed ANSWER_MAX */
	uint64_t over_limit;	/* answers dropped because their message has too many, as above */
	uint64_t dropped;	/* answers dropped because they found no room */
};

/* `seed` is random, for dns.h. */
void extract_open(struct extract *r, uint64_t seed);
void extract_free(struct extract *r);

/*
 * Appends a line to `out` for each answer in the payload, up to the limits above, and drops those
 * that would make it longer than `room`. `arrival`, in microseconds since the epoch, is the time
 * where the payload has none; with `arrival_counts` always.
 */
void extract_take(struct extract *r, struct str payload, int64_t arrival, bool arrival_counts,
    struct buf *out, size_t room);

#endif
