/*
 * From a DNS message to answer lines (dnstap-answer(5)): a line for each address that the message
 * gives for the name in its question. A source, such as dnstap, passes the message and its
 * circumstances.
 */
#ifndef EXTRACT_H
#define EXTRACT_H

#include "base/buf.h"
#include "dns/delay.h"
#include "dns/dns.h"
#include "dns/nat64.h"

/* An identity longer than this, in bytes, is left out, so that it cannot crowd out the answers. */
#define EXTRACT_SERVER_MAX 255

/*
 * The most that one message yields: addresses, and bytes of lines. Without a limit 64 KiB of DNS
 * become 43 MB of lines, since each address repeats the whole chain of CNAMEs. BIND serves 100
 * records of a type by default, and these addresses fill 16 KiB of DNS.
 */
#define EXTRACT_ADDRESSES_MAX 1024
#define EXTRACT_TEXT_MAX (512 * 1024)

/* A DNS message as on the wire, and its circumstances. All views belong to the caller. */
struct extract_message {
	struct str dns;
	int64_t time;		/* of the response, microseconds since the epoch; -1: unknown */
	int64_t arrival;	/* at this program, microseconds since the epoch */
	struct str client;	/* the address that asked: 4 or 16 bytes; absent: unknown */
	struct str server;	/* the identity of the resolver, any bytes; may be absent */
	struct str tap;		/* the value of `tap`; absent: no such key */
};

struct extract {
	/* The program may set these. */
	bool now;		/* TIME is the arrival, even where the response has a time */
	bool server;		/* lines have `server` */
	bool no_client;		/* lines have no `client` */
	/* An address inside of these is the IPv4 address that it stands for. */
	struct nat64 nat64;

	struct dns *dns;
	/* What the lines of a message have in common, before and after the address and TTL. */
	struct buf head, tail;
	unsigned alias;		/* whose `via` the tail has */
	enum dns_hint hint;	/* whose `type` it has */
	size_t text_left;	/* of EXTRACT_TEXT_MAX of the message */

	uint64_t answers;	/* lines made */
	/* Of messages with answers, from the time in them to their arrival. */
	struct delay delay;
	uint64_t bad_dns[DNS_FAULTS];	/* messages that do not parse */
	uint64_t too_long;	/* answers dropped because their line would exceed ANSWER_MAX */
	uint64_t over_limit;	/* answers dropped because their message has too many, as above */
	uint64_t dropped;	/* answers dropped because they found no room */
};

/* `seed` is random, for dns.h. */
void extract_open(struct extract *e, uint64_t seed);
void extract_free(struct extract *e);

/*
 * Appends a line to `out` for each answer in the message, up to the limits above, and drops lines
 * that would make it longer than `room`. TIME is the arrival where the time of the response is
 * unknown.
 */
void extract_lines(struct extract *e, const struct extract_message *m, struct buf *out,
    size_t room);

#endif
