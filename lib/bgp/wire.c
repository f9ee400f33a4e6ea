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
wire_fail(struct bgp_error *error, uint8_t code, uint8_t subcode, struct str data)
{
	size_t n = data.n < sizeof(error->data) ? data.n : sizeof(error->data);

	*error = (struct bgp_error){ .code = code, .subcode = subcode, .n = (uint16_t)n };
	if (n > 0)
		memcpy(error->data, data.p, n);
	return false;
}

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

bool
wire_nlri_next(struct str *rest, enum bgp_family family, struct prefix *p)
{
	struct addr a = { .family = family == BGP_IPV4 ? ADDR_V4 : ADDR_V6 };
	uint8_t len = rest->n > 0 ? (uint8_t)rest->p[0] : 0;

	if (rest->n == 0 || len > addr_bits(a.family) || wire_nlri_size(len) > rest->n)
		return false;
	memcpy(a.bytes, rest->p + 1, wire_nlri_size(len) - 1);
	*p = prefix_of(&a, len);	/* RFC 4271 section 4.3: trailing bits are irrelevant */
	rest->p += wire_nlri_size(len);
	rest->n -= wire_nlri_size(len);
	return true;
}

bool
wire_nlri_is_sound(struct str nlri, enum bgp_family family)
{
	struct prefix p;

	while (wire_nlri_next(&nlri, family, &p))
		continue;
	return nlri.n == 0;
}
