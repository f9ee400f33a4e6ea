/*
 * There are two parsers: read_usual for payloads in the usual form, protobuf-c for all others. For
 * a payload that read_usual accepts, both find the same fields: fuzz_dnstap.c compares them.
 */
#include "dnstap/dnstap.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/protobuf.h"
#include "dnstap.pb-c.h"

/*
 * protobuf-c copies every field, so the longest frame needs a little more memory than its size. A
 * payload that needs more than ARENA_SIZE, because it repeats fields, is refused.
 */
#define ARENA_SIZE (1024 * 1024)
#define ALIGNMENT 16

struct dnstap_arena {
	size_t used;
	_Alignas(ALIGNMENT) uint8_t bytes[ARENA_SIZE];
};

struct dnstap_arena *
dnstap_arena_new(void)
{
	struct dnstap_arena *arena = mem_alloc(sizeof(*arena));

	arena->used = 0;
	return arena;
}

void
dnstap_arena_free(struct dnstap_arena *arena)
{
	free(arena);
}

static void *
arena_take(void *data, size_t size)
{
	struct dnstap_arena *arena = data;
	void *taken = arena->bytes + arena->used;

	if (size > ARENA_SIZE - arena->used)
		return NULL;
	arena->used += (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	return taken;
}

/* Frees nothing: the next payload reuses the whole arena. */
static void
arena_give_back(void *data, void *taken)
{
	(void)data;
	(void)taken;
}

static struct str
view_of(protobuf_c_boolean present, ProtobufCBinaryData bytes)
{
	if (!present)
		return (struct str){ NULL, 0 };
	return (struct str){ bytes.data != NULL ? (const char *)bytes.data : "", bytes.len };
}

/* The fields of a payload, from either parser. */
struct told {
	uint32_t type;
	uint64_t sec;		/* seconds of the response time; UINT64_MAX: absent */
	uint32_t nsec;
	struct str identity, query_address, response;
};

static bool
set_fault(enum dnstap_fault *fault, enum dnstap_fault why)
{
	*fault = why;
	return false;
}

/* Parses any payload with protobuf-c. False when the payload is not dnstap. */
static bool
unpack(struct dnstap_arena *arena, struct str payload, struct told *t, enum dnstap_fault *fault)
{
	ProtobufCAllocator allocator = { arena_take, arena_give_back, arena };
	const Dnstap__Dnstap *tap;
	const Dnstap__Message *m;

	arena->used = 0;
	tap = dnstap__dnstap__unpack(&allocator, payload.n, (const uint8_t *)payload.p);
	if (tap == NULL)
		return set_fault(fault, DNSTAP_NOT_PROTOBUF);
	if (tap->type != DNSTAP__DNSTAP__TYPE__MESSAGE)
		return set_fault(fault, DNSTAP_NOT_MESSAGE);
	if (tap->message == NULL)
		return set_fault(fault, DNSTAP_NO_MESSAGE);
	m = tap->message;
	*t = (struct told){
		.type = (uint32_t)m->type,
		.sec = m->has_response_time_sec ? m->response_time_sec : UINT64_MAX,
		.nsec = m->has_response_time_nsec ? m->response_time_nsec : 0,
		.identity = view_of(tap->has_identity, tap->identity),
		.query_address = view_of(m->has_query_address, m->query_address),
		.response = view_of(m->has_response_message, m->response_message),
	};
	return true;
}

/*
 * protobuf-c copies all fields, which takes longer than all other work on a message. So a payload
 * in the usual form is read in place: each known field has the wire type of the schema and occurs
 * at most once, in any order. Only protobuf-c decides that a payload is malformed.
 */

/* The wire type of each field number, plus 1; 0: the field is not in the schema. */
#define NUMBERS 16

#define VARINT (1 + PROTOBUF_VARINT)
#define BYTES (1 + PROTOBUF_BYTES)
#define FIXED32 (1 + PROTOBUF_FIXED32)

static const uint8_t tap_wires[NUMBERS] = {
	[1] = BYTES, [2] = BYTES, [3] = BYTES, [14] = BYTES, [15] = VARINT,
};

static const uint8_t message_wires[NUMBERS] = {
	[1] = VARINT, [2] = VARINT, [3] = VARINT, [4] = BYTES, [5] = BYTES, [6] = VARINT,
	[7] = VARINT, [8] = VARINT, [9] = FIXED32, [10] = BYTES, [11] = BYTES, [12] = VARINT,
	[13] = FIXED32, [14] = BYTES,
};

/* Reads a field. False if it breaks the usual form. *seen has a bit for each field number read. */
static inline bool
next_usual(struct str *in, const uint8_t wires[NUMBERS], unsigned *seen, struct protobuf_field *f)
{
	if (!protobuf_next(in, f))
		return false;
	if (f->number >= NUMBERS || wires[f->number] == 0)
		return true;
	if (wires[f->number] != 1 + f->wire || (*seen >> f->number & 1) != 0)
		return false;
	*seen |= 1u << f->number;
	return true;
}

static bool
read_message(struct str in, struct told *t)
{
	struct protobuf_field f = { 0 };
	unsigned seen = 0;

	while (in.n > 0) {
		if (!next_usual(&in, message_wires, &seen, &f))
			return false;
		switch (f.number) {
		case 1:
			t->type = (uint32_t)f.value;
			break;
		case 4:
			t->query_address = f.bytes;
			break;
		case 12:
			t->sec = f.value;
			break;
		case 13:
			t->nsec = (uint32_t)f.value;
			break;
		case 14:
			t->response = f.bytes;
			break;
		}
	}
	return (seen & 1u << 1) != 0;
}

/* Reads a payload in place. False when it does not have the usual form. */
static bool
read_usual(struct str in, struct told *t)
{
	struct str message = { NULL, 0 };
	struct protobuf_field f = { 0 };
	uint64_t type = 0;
	unsigned seen = 0;

	*t = (struct told){ .sec = UINT64_MAX };
	while (in.n > 0) {
		if (!next_usual(&in, tap_wires, &seen, &f))
			return false;
		if (f.number == 1)
			t->identity = f.bytes;
		else if (f.number == 14)
			message = f.bytes;
		else if (f.number == 15)
			type = f.value;
	}
	return type == DNSTAP__DNSTAP__TYPE__MESSAGE && message.p != NULL &&
	    read_message(message, t);
}

/* The time in microseconds; -1 if absent, invalid, or more than eleven digits of seconds. */
static int64_t
response_time(const struct told *t)
{
	if (t->sec > UINT64_C(99999999999) || t->nsec >= 1000000000)
		return -1;
	return (int64_t)t->sec * SECOND + t->nsec / 1000;
}

bool
dnstap_decode(struct dnstap_arena *arena, struct str payload, struct dnstap *d)
{
	struct told t;

	if (!read_usual(payload, &t) && !unpack(arena, payload, &t, &d->fault))
		return false;
	d->type = t.type < DNSTAP_TYPES ? t.type : DNSTAP_OTHER;
	d->response_time = response_time(&t);
	d->identity = t.identity;
	d->query_address = t.query_address;
	if (d->query_address.n != 4 && d->query_address.n != 16)
		d->query_address.p = NULL;
	d->response = t.response;
	return true;
}

const char *
dnstap_fault_name(enum dnstap_fault fault)
{
	static const char *const names[DNSTAP_FAULTS] = {
		[DNSTAP_NOT_PROTOBUF] = "dnstap_protobuf", [DNSTAP_NOT_MESSAGE] = "dnstap_type",
		[DNSTAP_NO_MESSAGE] = "dnstap_message", [DNSTAP_NO_RESPONSE] = "dnstap_response",
		[DNSTAP_NO_ADDRESS] = "dnstap_address", [DNSTAP_NO_TIME] = "dnstap_time",
	};

	return names[fault];
}

const char *
dnstap_type_name(unsigned type)
{
	static const char *names[DNSTAP_TYPES] = {
		"other", "auth_query", "auth_response", "resolver_query", "resolver_response",
		"client_query", "client_response", "forwarder_query", "forwarder_response",
		"stub_query", "stub_response", "tool_query", "tool_response", "update_query",
		"update_response",
	};

	return names[type < DNSTAP_TYPES ? type : DNSTAP_OTHER];
}

size_t
dnstap_type_format(unsigned type, char out[DNSTAP_TYPE_STRLEN])
{
	const char *name = dnstap_type_name(type);
	size_t n = 0;

	for (; name[n] != '\0'; n++)
		out[n] = (char)toupper((unsigned char)name[n]);
	out[n] = '\0';
	return n;
}

static bool
is_word(struct str word, const char *name)
{
	return word.n == strlen(name) && strncasecmp(word.p, name, word.n) == 0;
}

/* The bit of the type with this name; all bits for `all`; 0 for an unknown word. */
static unsigned
types_of(struct str word)
{
	static const unsigned answers[] = {
		DNSTAP__MESSAGE__TYPE__AUTH_RESPONSE, DNSTAP__MESSAGE__TYPE__RESOLVER_RESPONSE,
		DNSTAP__MESSAGE__TYPE__CLIENT_RESPONSE, DNSTAP__MESSAGE__TYPE__FORWARDER_RESPONSE,
		DNSTAP__MESSAGE__TYPE__STUB_RESPONSE, DNSTAP__MESSAGE__TYPE__TOOL_RESPONSE,
	};
	bool all = is_word(word, "all");
	unsigned types = 0;

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (all || is_word(word, dnstap_type_name(answers[i])))
			types |= 1u << answers[i];
	return types;
}

bool
dnstap_types_parse(struct str list, unsigned *types, struct str *bad)
{
	while (str_split(&list, ',', bad)) {
		unsigned more = types_of(*bad);

		if (more == 0)
			return false;
		*types |= more;
	}
	return true;
}
