#include "bgp/nlri.h"

bool
nlri_next(struct str *rest, enum bgp_family family, struct prefix *p)
{
	uint8_t addr_family = family == BGP_IPV4 ? ADDR_V4 : ADDR_V6;
	uint8_t len;

	if (rest->n == 0)
		return false;
	len = (uint8_t)rest->p[0];
	if (len > addr_bits(addr_family) || nlri_size(len) > rest->n)
		return false;
	memset(p, 0, sizeof(*p));
	p->addr.family = addr_family;
	p->len = len;
	memcpy(p->addr.bytes, rest->p + 1, nlri_size(len) - 1);
	/* RFC 4271 section 4.3: the bits behind the prefix are irrelevant. */
	if (len % 8 != 0)
		p->addr.bytes[len / 8] &= (uint8_t)(0xff00 >> len % 8);
	rest->p += nlri_size(len);
	rest->n -= nlri_size(len);
	return true;
}

bool
nlri_is_sound(struct str nlri, enum bgp_family family)
{
	struct prefix p;

	while (nlri_next(&nlri, family, &p))
		continue;
	return nlri.n == 0;
}
