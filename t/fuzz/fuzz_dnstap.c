/*
 * Converts a dnstap payload to answer lines: each line is complete, well-formed and counted. The
 * decoder, which reads the payload in place, has the same result as protobuf-c.
 */
#include "dnstap/payloads.h"

#include "base/clock.h"
#include "dnstap.pb-c.h"
#include "fuzz_lines.h"

static bool
same_bytes(struct str ours, protobuf_c_boolean has, ProtobufCBinaryData theirs)
{
	if (!has)
		return ours.p == NULL;
	return ours.p != NULL &&
	    str_eq(ours, (struct str){ (const char *)theirs.data, theirs.len });
}

static void
check_message(const struct dnstap *d, const Dnstap__Message *m)
{
	bool has_client = m->has_query_address &&
	    (m->query_address.len == 4 || m->query_address.len == 16);
	bool has_time = d->response_time >= 0;

	FUZZ_ASSERT(d->type == ((unsigned)m->type < DNSTAP_TYPES ? (unsigned)m->type :
	    DNSTAP_OTHER));
	FUZZ_ASSERT(same_bytes(d->query_address, has_client, m->query_address));
	FUZZ_ASSERT(same_bytes(d->response, m->has_response_message, m->response_message));
	FUZZ_ASSERT(!has_time || (m->has_response_time_sec &&
	    (uint64_t)d->response_time / SECOND == m->response_time_sec &&
	    d->response_time % SECOND == (m->has_response_time_nsec ? m->response_time_nsec / 1000 :
	    0)));
}

static void
check_against_library(struct dnstap_arena *arena, struct str payload)
{
	Dnstap__Dnstap *tap = dnstap__dnstap__unpack(NULL, payload.n, (const uint8_t *)payload.p);
	bool good = tap != NULL && tap->type == DNSTAP__DNSTAP__TYPE__MESSAGE &&
	    tap->message != NULL;
	struct dnstap d;

	FUZZ_ASSERT(dnstap_decode(arena, payload, &d) == good);
	if (good) {
		FUZZ_ASSERT(same_bytes(d.identity, tap->has_identity, tap->identity));
		check_message(&d, tap->message);
	}
	dnstap__dnstap__free_unpacked(tap, NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct payloads p;
	struct buf out = BUF(100 << 20);
	uint64_t before;

	if (p.arena == NULL) {
		payloads_open(&p, 1);
		p.types = ~0u;
		p.extract.server = true;
		FUZZ_ASSERT(nat64_add(&p.extract.nat64, STR("2001:db8::/32")) == NULL);
	}
	check_against_library(p.arena, (struct str){ (const char *)data, size });
	before = p.extract.answers;
	payloads_lines(&p, (struct str){ (const char *)data, size }, 12345678, &out, out.max);
	FUZZ_ASSERT(before + check_lines(&out) == p.extract.answers);
	buf_free(&out);
	return 0;
}
