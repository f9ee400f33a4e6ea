#include "dnstap/extract.h"

#include "base/clock.h"
#include "base/num.h"
#include "line/answer.h"
#include "line/keyval.h"

#define TAIL_MAX (ANSWER_MAX + 2 * NAME_STRLEN)

/* The longest that stands between head and tail: an address, a blank and a TTL. */
#define MIDDLE_MAX (ADDR_STRLEN + NUM_STRLEN)

void
extract_open(struct extract *r, uint64_t seed)
{
	*r = (struct extract){ .head = BUF(TIME_STRLEN), .tail = BUF(TAIL_MAX),
	    .types = 1u << DNSTAP_CLIENT_RESPONSE };
	r->arena = dnstap_arena_new();
	r->dns = dns_new(seed);
}

void
extract_free(struct extract *r)
{
	dnstap_arena_free(r->arena);
	dns_free(r->dns);
	buf_free(&r->head);
	buf_free(&r->tail);
}

/* `TIME ` */
static void
make_head(struct extract *r, int64_t time)
{
	char *p;

	buf_cut(&r->head, 0);
	p = buf_room(&r->head, TIME_STRLEN);
	r->head.len = (size_t)time_format(time, p) + 1;
	p[r->head.len - 1] = ' ';
}

static void
put_client(struct buf *out, struct str client)
{
	struct addr addr;
	char text[ADDR_STRLEN];

	if (client.p != NULL && addr_from_bytes(&addr, client.p, client.n))
		keyval_put(out, STR("client"), (struct str){ text, addr_format(&addr, text) });
}

static void
put_type(struct buf *out, enum dns_hint hint)
{
	if (hint != DNS_NO_HINT)
		keyval_put(out, STR("type"), hint == DNS_HTTPS ? STR("HTTPS") : STR("SVCB"));
}

static void
put_tap(struct buf *out, unsigned type)
{
	char text[DNSTAP_TYPE_STRLEN];

	if (type != DNSTAP_CLIENT_RESPONSE)
		keyval_put(out, STR("tap"), (struct str){ text, dnstap_type_format(type, text) });
}

static void
put_server(struct buf *out, struct str identity)
{
	if (identity.n == 0 || identity.n > EXTRACT_SERVER_MAX)
		return;
	buf_str(out, STR(" server="));
	answer_escape(identity, out);
}

/* ` NAME [via=...] [client=...] [type=...] [tap=...] [server=...]` and the LF */
static void
make_tail(struct extract *r, const struct dns_address *a, const struct dnstap *d)
{

	r->alias = a->alias;
	r->hint = a->hint;
	buf_cut(&r->tail, 0);
	buf_byte(&r->tail, ' ');
	dns_name(r->dns, &r->tail);
	if (a->alias != 0) {
		buf_str(&r->tail, STR(" via="));
		dns_via(r->dns, a->alias, &r->tail);
	}
	if (!r->no_client)
		put_client(&r->tail, d->query_address);
	put_type(&r->tail, a->hint);
	put_tap(&r->tail, d->type);
	if (r->server)
		put_server(&r->tail, d->identity);
	buf_byte(&r->tail, '\n');
}

/*
 * Counts a line, written or not, since the text before and after its address may have been made for
 * it alone. False when the message has used up its limit.
 */
static bool
take_text(struct extract *r, size_t len)
{
	if (len > r->text_left) {
		r->text_left = 0;
		r->over_limit++;
		return false;
	}
	r->text_left -= len;
	return true;
}

/* The line of one address, as answer_format would make it. */
static void
put_line(struct extract *r, const struct dns_address *a, struct buf *out, size_t room)
{
	char middle[MIDDLE_MAX], *line;
	size_t n = addr_format(&a->addr, middle), len;

	middle[n++] = ' ';
	n += (size_t)num_format(a->ttl, middle + n);
	len = r->head.len + n + r->tail.len;
	if (!take_text(r, len))
		return;
	if (r->tail.overflow || len > ANSWER_MAX) {
		r->too_long++;
		return;
	}
	if (room < out->len || len > room - out->len || (line = buf_room(out, len)) == NULL) {
		r->dropped++;
		return;
	}
	memcpy(line, r->head.data, r->head.len);
	memcpy(line + r->head.len, middle, n);
	memcpy(line + r->head.len + n, r->tail.data, r->tail.len);
	out->len += len;
	r->answers++;
}

static void
put_lines(struct extract *r, int64_t time, const struct dnstap *d, struct buf *out, size_t room)
{
	struct dns_address a;

	r->text_left = EXTRACT_TEXT_MAX;
	for (unsigned n = 0; dns_next(r->dns, &a); n++) {
		if (n >= EXTRACT_ADDRESSES_MAX || r->text_left == 0) {
			r->over_limit++;
			continue;
		}
		if (n == 0)
			make_head(r, time);
		if (r->nat64.n > 0)
			nat64_extract(&r->nat64, &a.addr);
		if (n == 0 || a.alias != r->alias || a.hint != r->hint)
			make_tail(r, &a, d);
		put_line(r, &a, out, room);
	}
}

/* Counts what a message that is looked at lacks; false without a response. */
static bool
check_message(struct extract *r, const struct dnstap *d)
{
	r->bad_dnstap[DNSTAP_NO_ADDRESS] += d->query_address.p == NULL;
	r->bad_dnstap[DNSTAP_NO_TIME] += d->response_time < 0;
	r->bad_dnstap[DNSTAP_NO_RESPONSE] += d->response.p == NULL;
	return d->response.p != NULL;
}

void
extract_take(struct extract *r, struct str payload, int64_t arrival, bool arrival_counts,
    struct buf *out, size_t room)
{
	struct dnstap d;
	int64_t time = arrival;

	if (!dnstap_decode(r->arena, payload, &d)) {
		r->bad_dnstap[d.fault]++;
		return;
	}
	r->messages[d.type]++;
	if ((r->types >> d.type & 1) == 0 || !check_message(r, &d))
		return;
	if (!arrival_counts && d.response_time >= 0)
		time = d.response_time;
	switch (dns_decode(r->dns, d.response)) {
	case DNS_ANSWERS:
		if (d.response_time >= 0)
			delay_add(&r->delay, arrival - d.response_time);
		put_lines(r, time, &d, out, room);
		break;
	case DNS_MALFORMED:
		r->bad_dns[dns_fault(r->dns)]++;
		break;
	case DNS_NO_ANSWER:
		break;
	}
}
