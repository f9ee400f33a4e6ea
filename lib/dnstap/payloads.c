#include "dnstap/payloads.h"

void
payloads_open(struct payloads *p, uint64_t seed)
{
	*p = (struct payloads){ .types = 1u << DNSTAP_CLIENT_RESPONSE,
	    .arena = dnstap_arena_new() };
	extract_open(&p->extract, seed);
}

void
payloads_free(struct payloads *p)
{
	dnstap_arena_free(p->arena);
	extract_free(&p->extract);
}

/* Counts the faults of a message. False if it has no response. */
static bool
check_message(struct payloads *p, const struct dnstap *d)
{
	p->faults[DNSTAP_NO_ADDRESS] += d->query_address.p == NULL;
	p->faults[DNSTAP_NO_TIME] += d->response_time < 0;
	p->faults[DNSTAP_NO_RESPONSE] += d->response.p == NULL;
	return d->response.p != NULL;
}

void
payloads_lines(struct payloads *p, struct str payload, int64_t arrival, struct buf *out,
    size_t room)
{
	char tap[DNSTAP_TYPE_STRLEN];
	struct extract_message m = { .arrival = arrival };
	struct dnstap d;

	if (!dnstap_decode(p->arena, payload, &d)) {
		p->faults[d.fault]++;
		return;
	}
	p->messages[d.type]++;
	if ((p->types >> d.type & 1) == 0 || !check_message(p, &d))
		return;
	m.dns = d.response;
	m.time = d.response_time;
	m.client = d.query_address;
	m.server = d.identity;
	if (d.type != DNSTAP_CLIENT_RESPONSE)
		m.tap = (struct str){ tap, dnstap_type_format(d.type, tap) };
	extract_lines(&p->extract, &m, out, room);
}
