/* The payload of a dnstap data frame: one Protocol Buffers message about one DNS message. */
#ifndef DNSTAP_H
#define DNSTAP_H

#include <stdint.h>

#include "base/str.h"

/* Message types have the numbers 1 to 14 of the dnstap schema; only the default has a name here. */
enum dnstap_type {
	DNSTAP_OTHER = 0,
	DNSTAP_CLIENT_RESPONSE = 6,
	DNSTAP_TYPES = 15,	/* the number of types, including DNSTAP_OTHER */
};

/* Faults of a payload. A fault below DNSTAP_REFUSED makes dnstap_decode fail. */
enum dnstap_fault {
	DNSTAP_NOT_PROTOBUF,	/* malformed, or without a required field */
	DNSTAP_NOT_MESSAGE,	/* the payload's type is not MESSAGE */
	DNSTAP_NO_MESSAGE,	/* type MESSAGE, but no message */
	DNSTAP_REFUSED,
	DNSTAP_NO_RESPONSE = DNSTAP_REFUSED,	/* a response type without a response */
	DNSTAP_NO_ADDRESS,	/* query address absent, or not of 4 or 16 bytes */
	DNSTAP_NO_TIME,		/* response time absent or invalid */
	DNSTAP_FAULTS,
};

#define DNSTAP_TYPE_STRLEN 20	/* the longest name of a type and a NUL */

struct dnstap {
	enum dnstap_fault fault;	/* set when dnstap_decode returns false */
	unsigned type;		/* below DNSTAP_TYPES; DNSTAP_OTHER if unknown */
	/* Microseconds since the epoch; -1: absent or invalid. */
	int64_t response_time;
	/* The identity of the server, any bytes; may be absent. */
	struct str identity;
	/* The address that sent the query: 4 or 16 bytes, or absent. */
	struct str query_address;
	struct str response;	/* the DNS message in wire format, or absent */
};

/* Memory for decoding, reused for each payload. */
struct dnstap_arena;

struct dnstap_arena *dnstap_arena_new(void);
void dnstap_arena_free(struct dnstap_arena *arena);

/*
 * Decodes a payload. False when it is not dnstap: d->fault is the reason. The views in *d are valid
 * as long as the payload, and at most until the next call with this arena.
 */
bool dnstap_decode(struct dnstap_arena *arena, struct str payload, struct dnstap *d);

/* The name of the counter of this fault, such as `dnstap_protobuf`. */
const char *dnstap_fault_name(enum dnstap_fault fault);

/* The name of a message type in the dnstap schema, in lower case; `other` for DNSTAP_OTHER. */
const char *dnstap_type_name(unsigned type);

/* Writes the type's name in upper case, as in the schema, and a NUL. Returns the length. */
size_t dnstap_type_format(unsigned type, char out[DNSTAP_TYPE_STRLEN]);

/*
 * Parses a comma-separated list of type names, in any case: the response types except
 * UPDATE_RESPONSE, or `all` for all of these. Sets the bit 1 << type in *types for each. Returns
 * false at the first unknown word, and sets *bad to this word.
 */
bool dnstap_types_parse(struct str list, unsigned *types, struct str *bad);

#endif
