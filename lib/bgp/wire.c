#include "bgp/wire.h"


struct str
wire_take(struct wire *r, size_t n)
{
	struct str piece = { r->rest.p, n };

	if (n > r->rest.n) {
		r->cut = true;
		return (struct str){ NULL, 0 };
	}
	r->rest.p += n;
	r->rest.n -= n;
	return piece;
}

uint32_t
wire_number(struct wire *r, size_t size)
{
	struct str bytes = wire_take(r, size);
	uint32_t value = 0;

	for (size_t i = 0; i < bytes.n; i++)
		value = value << 8 | (uint8_t)bytes.p[i];
	return value;
}

bool
wire_fail(struct bgp_error *error, uint8_t code, uint8_t subcode)
{
	*error = (struct bgp_error){ .code = code, .subcode = subcode };
	return false;
}

/* With one or two bytes of data. */
bool
wire_fail_with(struct bgp_error *error, uint8_t code, uint8_t subcode, uint16_t n, uint16_t value)
{
	*error = (struct bgp_error){ .code = code, .subcode = subcode, .n = n,
	    .data = { (uint8_t)(n == 2 ? value >> 8 : value), (uint8_t)value } };
	return false;
}

/* With bytes of the message as data; of more than fit, the first. */
bool
wire_fail_showing(struct bgp_error *error, uint8_t code, uint8_t subcode, struct str bytes)
{
	wire_fail(error, code, subcode);
	error->n = (uint16_t)(bytes.n < sizeof(error->data) ? bytes.n : sizeof(error->data));
	memcpy(error->data, bytes.p, error->n);
	return false;
}

/* The family of an AFI and a SAFI; false for one that we do not speak. */
bool
wire_find_family(uint32_t afi, uint32_t safi, enum bgp_family *family)
{
	*family = afi == WIRE_AFI_IPV4 ? BGP_IPV4 : BGP_IPV6;
	return (afi == WIRE_AFI_IPV4 || afi == WIRE_AFI_IPV6) && safi == WIRE_SAFI_UNICAST;
}

bool
wire_read_family(struct wire *r, enum bgp_family *family)
{
	uint32_t afi = wire_number(r, 2), safi = wire_number(r, 1);

	return !r->cut && wire_find_family(afi, safi, family);
}

void
wire_put_family(struct buf *out, enum bgp_family family)
{
	buf_u16(out, family == BGP_IPV4 ? WIRE_AFI_IPV4 : WIRE_AFI_IPV6);
	buf_byte(out, WIRE_SAFI_UNICAST);
}
