/*
 * A line consists of a head (TIME), address and TTL, and a tail (NAME and keys). The head is built
 * once for each message. The tail is rebuilt when the path from the question to the address
 * changes, and most messages have one path.
 */
#include "dns/extract.h"

#include "base/clock.h"
#include "base/num.h"
#include "line/answer.h"
#include "line/answer_key.h"

#define TAIL_MAX (ANSWER_MAX + 2 * NAME_STRLEN)

/* An address, a space and a TTL. */
#define MIDDLE_MAX (ADDR_STRLEN + NUM_STRLEN)

void
extract_open(struct extract *e, uint64_t seed)
{
	*e = (struct extract){ .head = BUF(TIME_STRLEN), .tail = BUF(TAIL_MAX),
	    .dns = dns_new(seed) };
}

void
extract_free(struct extract *e)
{
	dns_free(e->dns);
	buf_free(&e->head);
	buf_free(&e->tail);
}

/* The head: `TIME `. */
static void
make_head(struct extract *e, int64_t time)
{
	char *p;

	buf_cut(&e->head, 0);
	p = buf_room(&e->head, TIME_STRLEN);
	e->head.len = (size_t)time_format(time, p) + 1;
	p[e->head.len - 1] = ' ';
}

static void
put_client(struct buf *out, struct str client)
{
	struct addr addr;
	char text[ADDR_STRLEN];

	if (client.p != NULL && addr_from_bytes(&addr, client.p, client.n))
		answer_key_put(out, ANSWER_CLIENT, (struct str){ text, addr_format(&addr, text) });
}

static void
put_type(struct buf *out, enum dns_hint hint)
{
	if (hint != DNS_NO_HINT)
		answer_key_put(out, ANSWER_TYPE, hint == DNS_HTTPS ? STR("HTTPS") : STR("SVCB"));
}

static void
put_server(struct buf *out, struct str identity)
{
	if (identity.n == 0 || identity.n > EXTRACT_SERVER_MAX)
		return;
	answer_key_begin(out, ANSWER_SERVER);
	answer_escape(identity, out);
}

/* The tail: ` NAME [via=...] [client=...] [type=...] [tap=...] [server=...]` and the LF. */
static void
make_tail(struct extract *e, const struct dns_address *a, const struct extract_message *m)
{
	e->alias = a->alias;
	e->hint = a->hint;
	buf_cut(&e->tail, 0);
	buf_byte(&e->tail, ' ');
	dns_name(e->dns, &e->tail);
	if (a->alias != 0) {
		answer_key_begin(&e->tail, ANSWER_VIA);
		dns_via(e->dns, a->alias, &e->tail);
	}
	if (!e->no_client)
		put_client(&e->tail, m->client);
	put_type(&e->tail, a->hint);
	if (m->tap.p != NULL)
		answer_key_put(&e->tail, ANSWER_TAP, m->tap);
	if (e->server)
		put_server(&e->tail, m->server);
	buf_byte(&e->tail, '\n');
}

/*
 * Counts a line against EXTRACT_TEXT_MAX, even if the line will not be written, since building it
 * costs time. False when the limit is exceeded.
 */
static bool
charge_text(struct extract *e, size_t len)
{
	if (len > e->text_left) {
		e->text_left = 0;
		e->over_limit++;
		return false;
	}
	e->text_left -= len;
	return true;
}

/* Writes the line of one address, in the form of answer_format. */
static void
put_line(struct extract *e, const struct dns_address *a, struct buf *out, size_t room)
{
	char middle[MIDDLE_MAX], *line;
	size_t n = addr_format(&a->addr, middle), len;

	middle[n++] = ' ';
	n += (size_t)num_format(a->ttl, middle + n);
	len = e->head.len + n + e->tail.len;
	if (!charge_text(e, len))
		return;
	if (e->tail.overflow || len > ANSWER_MAX) {
		e->too_long++;
		return;
	}
	if (room < out->len || len > room - out->len || (line = buf_room(out, len)) == NULL) {
		e->dropped++;
		return;
	}
	memcpy(line, e->head.data, e->head.len);
	memcpy(line + e->head.len, middle, n);
	memcpy(line + e->head.len + n, e->tail.data, e->tail.len);
	out->len += len;
	e->answers++;
}

static void
put_lines(struct extract *e, const struct extract_message *m, struct buf *out, size_t room)
{
	struct dns_address a;

	e->text_left = EXTRACT_TEXT_MAX;
	for (unsigned n = 0; dns_next(e->dns, &a); n++) {
		if (n >= EXTRACT_ADDRESSES_MAX || e->text_left == 0) {
			e->over_limit++;
			continue;
		}
		if (n == 0)
			make_head(e, e->now || m->time < 0 ? m->arrival : m->time);
		if (e->nat64.n > 0)
			nat64_extract(&e->nat64, &a.addr);
		if (n == 0 || a.alias != e->alias || a.hint != e->hint)
			make_tail(e, &a, m);
		put_line(e, &a, out, room);
	}
}

void
extract_lines(struct extract *e, const struct extract_message *m, struct buf *out, size_t room)
{
	switch (dns_decode(e->dns, m->dns)) {
	case DNS_ANSWERS:
		if (m->time >= 0)
			delay_add(&e->delay, m->arrival - m->time);
		put_lines(e, m, out, room);
		break;
	case DNS_MALFORMED:
		e->bad_dns[dns_fault(e->dns)]++;
		break;
	case DNS_NO_ANSWER:
		break;
	}
}
