#include "dnstap.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "clock.h"
#include "dnstap.pb-c.h"
#include "mem.h"

/*
 * protobuf-c copies every field, so a payload of the longest frame needs some more than its own size. A
 * payload that is made to need more than this, by saying the same thing over and over, is refused.
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

/* All is given back at once, when the next payload comes. */
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

/* A time that the line format can hold: eleven digits of seconds. */
static int64_t
response_time(const Dnstap__Message *m)
{
	uint32_t nsec = m->has_response_time_nsec ? m->response_time_nsec : 0;

	if (!m->has_response_time_sec || m->response_time_sec > UINT64_C(99999999999) || nsec >= 1000000000)
		return -1;
	return (int64_t)m->response_time_sec * SECOND + nsec / 1000;
}

bool
dnstap_decode(struct dnstap_arena *arena, struct str payload, struct dnstap *d)
{
	ProtobufCAllocator allocator = { arena_take, arena_give_back, arena };
	const Dnstap__Dnstap *tap;
	const Dnstap__Message *m;

	arena->used = 0;
	tap = dnstap__dnstap__unpack(&allocator, payload.n, (const uint8_t *)payload.p);
	if (tap == NULL || tap->type != DNSTAP__DNSTAP__TYPE__MESSAGE || tap->message == NULL)
		return false;
	m = tap->message;
	d->type = (unsigned)m->type < DNSTAP_TYPES ? (unsigned)m->type : DNSTAP_OTHER;
	d->response_time = response_time(m);
	d->identity = view_of(tap->has_identity, tap->identity);
	d->query_address = view_of(m->has_query_address, m->query_address);
	if (d->query_address.n != 4 && d->query_address.n != 16)
		d->query_address.p = NULL;
	d->response = view_of(m->has_response_message, m->response_message);
	return true;
}

const char *
dnstap_type_name(unsigned type)
{
	static const char *names[DNSTAP_TYPES] = {
		"other", "auth_query", "auth_response", "resolver_query", "resolver_response",
		"client_query", "client_response", "forwarder_query", "forwarder_response", "stub_query",
		"stub_response", "tool_query", "tool_response", "update_query", "update_response",
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

/* The bits of the types that a word stands for; 0 where it is not known. */
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
