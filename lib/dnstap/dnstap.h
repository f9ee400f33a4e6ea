/*
 * The payload of a dnstap data frame: one Protocol Buffers message about one DNS message.
 */
#ifndef DNSTAP_H
#define DNSTAP_H

#include <stdint.h>

#include "base/str.h"

/* The kinds of message that have a meaning for us; others are only counted. */
enum dnstap_type {
	DNSTAP_OTHER = 0,
	DNSTAP_CLIENT_RESPONSE = 6,
	DNSTAP_TYPES = 15,	/* the known ones are below this */
};

/* What is wrong with a payload. The first ones leave nothing of it, and the others a message. */
enum dnstap_fault {
	DNSTAP_NOT_PROTOBUF,	/* or a field that has to be there is not */
	DNSTAP_NOT_MESSAGE,	/* of a type that is not MESSAGE */
	DNSTAP_NO_MESSAGE,	/* of that type, without one */
	DNSTAP_REFUSED,		/* the ones before this */
	DNSTAP_NO_RESPONSE = DNSTAP_REFUSED,	/* a message of a response without the response */
	DNSTAP_NO_ADDRESS,	/* of who asked, or one that is neither 4 nor 16 bytes */
	DNSTAP_NO_TIME,		/* of the response, or one that is no time */
	DNSTAP_FAULTS,
};

#define DNSTAP_TYPE_STRLEN 20	/* the longest name of a type and a NUL */

struct dnstap {
	enum dnstap_fault fault;	/* set only when it is refused */
	unsigned type;		/* below DNSTAP_TYPES; an unknown one is DNSTAP_OTHER */
	/* Microseconds since the epoch; -1 where the payload does not say. */
	int64_t response_time;
	/* Of the server that tells, any bytes; absent where there is none. */
	struct str identity;
	/* 4 or 16 bytes; absent where there is none, or of another size. */
	struct str query_address;
	struct str response;	/* the DNS message as on the wire; absent where there is none */
};

/* The memory that a decoded payload lies in, used again for the next. */
struct dnstap_arena;

struct dnstap_arena *dnstap_arena_new(void);
void dnstap_arena_free(struct dnstap_arena *arena);

/*
 * False when the payload is not dnstap: d->fault tells why. The views in *d are good until the
 * arena is used again.
 */
bool dnstap_decode(struct dnstap_arena *arena, struct str payload, struct dnstap *d);

/* The name of a fault's counter: `dnstap_protobuf`. */
const char *dnstap_fault_name(enum dnstap_fault fault);

/*
 * The name of a message type as the dnstap schema has it, in lower case; `other` for DNSTAP_OTHER.
 */
const char *dnstap_type_name(unsigned type);

/* The same in upper case, as the schema spells it; returns the length. */
size_t dnstap_type_format(unsigned type, char out[DNSTAP_TYPE_STRLEN]);

/*
 * Reads names of types, in any case, parted by `,`: those whose messages tell an answer, which are
 * the responses but UPDATE_RESPONSE, or `all` for every one of them. Sets the bit 1 << type in
 * *types for each. False at the first word that is none of them, which *bad then is.
 */
bool dnstap_types_parse(struct str list, unsigned *types, struct str *bad);

#endif
