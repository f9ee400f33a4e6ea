/* The payload of a dnstap data frame: one Protocol Buffers message about one DNS message. */
#ifndef DNSTAP_H
#define DNSTAP_H

#include <stdint.h>

#include "base/str.h"

/* Message types that the code names; others are only counted. */
enum dnstap_type {
	DNSTAP_OTHER = 0,
	DNSTAP_CLIENT_RESPONSE = 6,
	DNSTAP_TYPES = 15,	/* the number of types */
};

/* Faults of a payload. Those before DNSTAP_REFUSED make it unusable. */
enum dnstap_fault {
	DNSTAP_NOT_PROTOBUF,	/* or a required field is missing */
	DNSTAP_NOT_MESSAGE,	/* its type is not MESSAGE */
	DNSTAP_NO_MESSAGE,	/* its type is MESSAGE, without a message */
	DNSTAP_REFUSED,
	DNSTAP_NO_RESPONSE = DNSTAP_REFUSED,	/* a response type without a response */
	DNSTAP_NO_ADDRESS,	/* no query address, or one of neither 4 nor 16 bytes */
	DNSTAP_NO_TIME,		/* no response time, or an invalid one */
	DNSTAP_FAULTS,
};

#define DNSTAP_TYPE_STRLEN 20	/* the longest name of a type and a NUL */

struct dnstap {
	enum dnstap_fault fault;	/* set when dnstap_decode returns false */
	unsigned type;		/* below DNSTAP_TYPES; DNSTAP_OTHER if unknown */
	/* Microseconds since the epoch; -1: absent. */
	int64_t response_time;
	/* The identity of the server, any bytes; may be absent. */
	struct str identity;
	/* 4 or 16 bytes, or absent. */
	struct str query_address;
	struct str response;	/* the DNS message in wire format, or absent */
};

/* The memory of a decoded payload, reused for the next. */
struct dnstap_arena;

struct dnstap_arena *dnstap_arena_new(void);
void dnstap_arena_free(struct dnstap_arena *arena);

/*
 * False when the payload is not dnstap: d->fault is the reason. The views in *d are valid until the
 * next call with this arena.
 */
bool dnstap_decode(struct dnstap_arena *arena, struct str payload, struct dnstap *d);

/* The name of a fault's counter: `dnstap_protobuf`. */
const char *dnstap_fault_name(enum dnstap_fault fault);

/* The name of a message type in the dnstap schema, in lower case; `other` for DNSTAP_OTHER. */
const char *dnstap_type_name(unsigned type);

/* The same in upper case, as in the schema. Returns the length. */
size_t dnstap_type_format(unsigned type, char out[DNSTAP_TYPE_STRLEN]);

/*
 * Reads a list of type names, in any case, with commas between them: the response types except
 * UPDATE_RESPONSE, or `all` for all of these. Sets the bit 1 << type in *types for each. False at
 * the first other word, which is then *bad.
 */
bool dnstap_types_parse(struct str list, unsigned *types, struct str *bad);

#endif
