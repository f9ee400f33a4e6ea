/*
 * Each payload has a buffer as long as its last byte so far, and a sorted list of the ranges that
 * have arrived. Adjacent ranges are joined, so fragments in order need one range.
 *
 * Invariants: `bytes` is the sum of the allocations; a refused payload has no allocation and stays
 * until its life ends, so that its remaining fragments do not begin another payload.
 */
#include "packet/fragment.h"

#include <stdlib.h>

#include "base/mem.h"

void
fragment_open(struct fragment_table *t, size_t limit)
{
	*t = (struct fragment_table){ .limit = limit,
	    .payloads = mem_zero(FRAGMENT_PAYLOADS, sizeof(*t->payloads)) };
}

static bool
is_free(const struct fragment_payload *p)
{
	return p->n_ranges == 0 && !p->refused;
}

static void
drop_data(struct fragment_table *t, struct fragment_payload *p)
{
	free(p->data);
	t->bytes -= p->cap;
	p->data = NULL;
	p->cap = 0;
	p->n_ranges = 0;
}

static void
discard(struct fragment_table *t, struct fragment_payload *p)
{
	t->discarded += !p->refused;
	drop_data(t, p);
	*p = (struct fragment_payload){ .refused = false };
}

static void
refuse(struct fragment_table *t, struct fragment_payload *p)
{
	t->overlaps++;
	drop_data(t, p);
	p->refused = true;
}

void
fragment_free(struct fragment_table *t)
{
	for (size_t i = 0; i < FRAGMENT_PAYLOADS; i++)
		drop_data(t, &t->payloads[i]);
	free(t->payloads);
	free(t->done);
}

/* In IPv4 the protocol is part of the key; in IPv6 that of the first fragment counts. */
static bool
has_key(const struct fragment_payload *p, const struct ip_packet *ip)
{
	return p->key.id == ip->id && addr_eq(&p->key.from, &ip->from) &&
	    addr_eq(&p->key.to, &ip->to) &&
	    (ip->from.family == ADDR_V6 || p->key.protocol == ip->protocol);
}

/* Times of captures may go back, for example at the start of another file. */
static bool
is_over(const struct fragment_payload *p, int64_t now)
{
	return now > p->since + FRAGMENT_LIFE || now < p->since - FRAGMENT_LIFE;
}

/* The payload that has waited longest, except `not`; NULL if there is no other. */
static struct fragment_payload *
oldest(struct fragment_table *t, const struct fragment_payload *not)
{
	struct fragment_payload *first = NULL;

	for (size_t i = 0; i < FRAGMENT_PAYLOADS; i++) {
		struct fragment_payload *p = &t->payloads[i];

		if (!is_free(p) && p != not && (first == NULL || p->since < first->since))
			first = p;
	}
	return first;
}

/* Finds the payload of a fragment, or begins one. Discards payloads whose life is over. */
static struct fragment_payload *
find(struct fragment_table *t, const struct ip_packet *ip, int64_t now)
{
	struct fragment_payload *found = NULL, *unused = NULL;

	for (size_t i = 0; i < FRAGMENT_PAYLOADS; i++) {
		struct fragment_payload *p = &t->payloads[i];

		if (!is_free(p) && is_over(p, now))
			discard(t, p);
		if (is_free(p))
			unused = p;
		else if (has_key(p, ip))
			found = p;
	}
	if (found != NULL)
		return found;
	if (unused == NULL)
		discard(t, unused = oldest(t, NULL));
	*unused = (struct fragment_payload){ .key = *ip, .since = now };
	return unused;
}

/* Makes `data` at least n bytes long. Discards other payloads at the limit. */
static void
reserve(struct fragment_table *t, struct fragment_payload *p, size_t n)
{
	struct fragment_payload *other;

	if (n <= p->cap)
		return;
	while (t->bytes + n - p->cap > t->limit && (other = oldest(t, p)) != NULL)
		discard(t, other);
	p->data = mem_resize(p->data, n, 1);
	t->bytes += n - p->cap;
	p->cap = n;
}

/* Whether the range is whole in another range, and has the same data. */
static bool
is_repeated(const struct fragment_payload *p, struct fragment_range new, const char *data)
{
	for (unsigned i = 0; i < p->n_ranges; i++)
		if (p->ranges[i].from <= new.from && new.to <= p->ranges[i].to)
			return new.from < new.to &&
			    memcmp(p->data + new.from, data, new.to - new.from) == 0;
	return false;
}

/* The index of the first range that ends after the new range begins. */
static unsigned
place_of(const struct fragment_payload *p, struct fragment_range new)
{
	unsigned i = 0;

	while (i < p->n_ranges && p->ranges[i].to <= new.from)
		i++;
	return i;
}

static void
remove_range(struct fragment_payload *p, unsigned i)
{
	memmove(&p->ranges[i], &p->ranges[i + 1],
	    (p->n_ranges - i - 1) * sizeof(p->ranges[0]));
	p->n_ranges--;
}

/* Adds a range at its place, and joins it with its neighbours. False if there are too many. */
static bool
insert_range(struct fragment_payload *p, unsigned i, struct fragment_range new)
{
	if (i < p->n_ranges && p->ranges[i].from == new.to) {
		new.to = p->ranges[i].to;
		remove_range(p, i);
	}
	if (i > 0 && p->ranges[i - 1].to == new.from) {
		p->ranges[i - 1].to = new.to;
		return true;
	}
	if (p->n_ranges == FRAGMENT_RANGES)
		return false;
	memmove(&p->ranges[i + 1], &p->ranges[i], (p->n_ranges - i) * sizeof(p->ranges[0]));
	p->ranges[i] = new;
	p->n_ranges++;
	return true;
}

/* Whether the range contradicts the end of the payload, or a fragment that has arrived. */
static bool
contradicts(const struct fragment_payload *p, struct fragment_range new, bool more)
{
	unsigned i = place_of(p, new);
	size_t end = p->n_ranges > 0 ? p->ranges[p->n_ranges - 1].to : 0;

	if (i < p->n_ranges && p->ranges[i].from < new.to)
		return true;
	return p->total > 0 ? new.to > p->total || !more : !more && new.to < end;
}

/* RFC 8200: all fragments but the last have a multiple of 8 bytes. */
static bool
is_valid(const struct ip_packet *ip)
{
	return ip->payload.n > 0 && ip->offset + ip->payload.n <= IP_PAYLOAD_MAX &&
	    (!ip->more || ip->payload.n % 8 == 0);
}

/* Hands over the data of a complete payload. */
static void
finish(struct fragment_table *t, struct fragment_payload *p, struct ip_packet *ip)
{
	free(t->done);
	t->done = p->data;
	t->bytes -= p->cap;
	ip->payload = (struct str){ p->data, p->total };
	ip->protocol = p->key.protocol;
	ip->is_fragment = false;
	*p = (struct fragment_payload){ .refused = false };
}

static bool
is_complete(const struct fragment_payload *p)
{
	return p->total > 0 && p->n_ranges == 1 && p->ranges[0].from == 0 &&
	    p->ranges[0].to == p->total;
}

bool
fragment_add(struct fragment_table *t, struct ip_packet *ip, int64_t now)
{
	struct fragment_range new = { ip->offset, ip->offset + ip->payload.n };
	struct fragment_payload *p = find(t, ip, now);

	if (p->refused || is_repeated(p, new, ip->payload.p))
		return false;
	if (!is_valid(ip) || contradicts(p, new, ip->more) ||
	    !insert_range(p, place_of(p, new), new)) {
		refuse(t, p);
		return false;
	}
	reserve(t, p, new.to);
	memcpy(p->data + new.from, ip->payload.p, ip->payload.n);
	if (ip->offset == 0)
		p->key.protocol = ip->protocol;
	if (!ip->more)
		p->total = new.to;
	if (!is_complete(p))
		return false;
	finish(t, p, ip);
	return true;
}
