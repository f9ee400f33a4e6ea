/*
 * Converts a DNS message to answer lines (dnstap-answer(5)): one for each address that the message
 * gives for the name in its question. A source, such as dnstap, passes the message and its context.
 */
#ifndef EXTRACT_H
#define EXTRACT_H

#include "base/buf.h"
#include "dns/delay.h"
#include "dns/dns.h"
#include "dns/nat64.h"

/* The longest resolver identity in bytes. A longer identity is omitted: answers need the room. */
#define EXTRACT_SERVER_MAX 255

/*
 * The most addresses, and bytes of lines, from one message. Without these limits a message of
 * 64 KiB becomes 43 MB of lines, since each line repeats the whole chain of CNAMEs. BIND serves
 * 100 records of a type by default, and 1,024 addresses need a message of at least 16 KiB.
 */
#define EXTRACT_ADDRESSES_MAX 1024
#define EXTRACT_TEXT_MAX (512 * 1024)

/* A DNS message in wire format and its context. The caller owns all views. */
struct extract_message {
	struct str dns;
	int64_t time;		/* response time, microseconds since the epoch; -1: unknown */
	int64_t arrival;	/* time of the read, microseconds since the epoch */
	struct str client;	/* the client's address: 4 or 16 bytes; absent: unknown */
	struct str server;	/* the identity of the resolver, any bytes; may be absent */
	struct str tap;		/* the value of the key `tap`; absent: no key */
};

struct extract {
	/* Options, which the program may set. */
	bool now;		/* TIME is always the arrival */
	bool server;		/* write the key `server` */
	bool no_client;		/* omit the key `client` */
	/* An address in one of these prefixes is replaced by the embedded IPv4 address. */
	struct nat64 nat64;

	struct dns *dns;
	/* The text of a line before the address, and after the TTL. */
	struct buf head, tail;
	unsigned alias;		/* argument of dns_via for the key `via` in the tail */
	enum dns_hint hint;	/* the key `type` in the tail */
	size_t text_left;	/* bytes left of EXTRACT_TEXT_MAX */

	uint64_t answers;	/* lines written */
	/* Delays from response time to arrival, of messages with an answer. */
	struct delay delay;
	uint64_t bad_dns[DNS_FAULTS];	/* messages that do not parse */
	uint64_t too_long;	/* answers dropped: the line would exceed ANSWER_MAX */
	uint64_t over_limit;	/* answers dropped: EXTRACT_ADDRESSES_MAX or _TEXT_MAX exceeded */
	uint64_t dropped;	/* answers dropped: no room in the output */
};

/* `seed` as in dns_new. */
void extract_open(struct extract *e, uint64_t seed);
void extract_free(struct extract *e);

/*
 * Appends a line to `out` for each answer in the message, up to the limits above. Drops lines that
 * would make `out` longer than `room`. If the time of the response is unknown, TIME is the arrival.
 */
void extract_lines(struct extract *e, const struct extract_message *m, struct buf *out,
    size_t room);

#endif
