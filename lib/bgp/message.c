#include "bgp/message.h"

#include "bgp/wire.h"

static const uint8_t marker[16] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

/*
 * Checks type and length: RFC 4271 section 6.1, RFC 2918 section 3, RFC 8654 section 4. The data of
 * an error is the field that is wrong.
 */
static bool
check_header(struct str header, unsigned type, unsigned length, size_t max,
    struct bgp_error *error)
{
	static const unsigned least[] = { 0, 29, 23, 21, BGP_HEADER, 23 };
	bool known = type >= BGP_OPEN && type <= BGP_ROUTE_REFRESH;

	if (type == BGP_OPEN)
		max = BGP_MAX;
	if (length < BGP_HEADER || length > max || (known && length < least[type]) ||
	    (type == BGP_KEEPALIVE && length > BGP_HEADER))
		return wire_fail(error, BGP_ERR_HEADER, BGP_HEADER_LENGTH,
		    (struct str){ header.p + 16, 2 });
	return known || wire_fail(error, BGP_ERR_HEADER, BGP_HEADER_TYPE,
	    (struct str){ header.p + 18, 1 });
}

void
message_put_header(struct buf *out, enum bgp_type type, size_t body)
{
	buf_put(out, marker, sizeof(marker));
	buf_u16(out, (uint16_t)(BGP_HEADER + body));
	buf_byte(out, (uint8_t)type);
}

int
message_frame(struct str in, size_t max, struct message *m, struct bgp_error *error)
{
	struct wire r = { .rest = in };
	unsigned length, type;

	if (in.n < BGP_HEADER)
		return 0;
	if (memcmp(wire_take(&r, sizeof(marker)).p, marker, sizeof(marker)) != 0) {
		wire_fail(error, BGP_ERR_HEADER, BGP_HEADER_SYNC, STR(""));
		return -1;
	}
	length = wire_number(&r, 2);
	type = wire_number(&r, 1);
	if (!check_header(in, type, length, max, error))
		return -1;
	if (in.n < length)
		return 0;
	*m = (struct message){ (enum bgp_type)type, wire_take(&r, length - BGP_HEADER) };
	return (int)length;
}

void
message_put_keepalive(struct buf *out)
{
	message_put_header(out, BGP_KEEPALIVE, 0);
}

void
message_put_notification(struct buf *out, const struct bgp_error *error)
{
	message_put_header(out, BGP_NOTIFICATION, (error->hard ? 4u : 2u) + error->n);
	if (error->hard) {
		buf_byte(out, BGP_ERR_CEASE);
		buf_byte(out, BGP_CEASE_HARD_RESET);
	}
	buf_byte(out, error->code);
	buf_byte(out, error->subcode);
	buf_put(out, error->data, error->n);
}

struct bgp_error
message_parse_notification(struct str body)
{
	struct wire r = { .rest = body };
	struct bgp_error e = { 0 };

	e.code = (uint8_t)wire_number(&r, 1);
	e.subcode = (uint8_t)wire_number(&r, 1);
	if (e.code == BGP_ERR_CEASE && e.subcode == BGP_CEASE_HARD_RESET && r.rest.n >= 2) {
		e.hard = true;
		e.code = (uint8_t)wire_number(&r, 1);
		e.subcode = (uint8_t)wire_number(&r, 1);
	}
	e.n = (uint16_t)(r.rest.n < sizeof(e.data) ? r.rest.n : sizeof(e.data));
	if (e.n > 0)
		memcpy(e.data, r.rest.p, e.n);
	return e;
}

void
message_set_words(struct bgp_error *error, struct str words)
{
	if (words.n == 0 || words.n > BGP_WORDS_MAX)
		return;
	error->data[0] = (uint8_t)words.n;
	memcpy(error->data + 1, words.p, words.n);
	error->n = (uint16_t)(1 + words.n);
}

struct str
message_words(const struct bgp_error *e)
{
	bool allowed = e->code == BGP_ERR_CEASE &&
	    (e->subcode == BGP_CEASE_SHUTDOWN || e->subcode == BGP_CEASE_RESET);

	if (!allowed || e->n == 0 || e->data[0] == 0 || e->data[0] > e->n - 1)
		return (struct str){ NULL, 0 };
	return (struct str){ (const char *)e->data + 1, e->data[0] };
}

bool
message_parse_refresh(struct str body, enum bgp_family *family)
{
	struct wire r = { .rest = body };
	uint32_t afi = wire_number(&r, 2), safi;

	wire_take(&r, 1);	/* reserved: RFC 2918 section 3 */
	safi = wire_number(&r, 1);
	return !r.cut && wire_find_family(afi, safi, family);
}
