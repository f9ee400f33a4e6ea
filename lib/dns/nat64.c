#include "dns/nat64.h"

/* The index of the byte with bits 64 to 71: it is zero, and may divide the IPv4 address. */
#define RESERVED 8

const char *
nat64_add(struct nat64 *n, struct str prefix)
{
	struct prefix p;
	const char *why = prefix_parse(str_eq(prefix, STR("default")) ? STR(NAT64_DEFAULT) : prefix,
	    &p);

	if (why != NULL)
		return why;
	if (p.addr.family != ADDR_V6)
		return "not an IPv6 prefix";
	if (p.len != 96 && (p.len < 32 || p.len > 64 || p.len % 8 != 0))
		return "the length must be 32, 40, 48, 56, 64 or 96";
	if (p.addr.bytes[RESERVED] != 0)
		return "bits 64 to 71 must be zero";
	if (n->n == NAT64_MAX)
		return "too many prefixes; the limit is 16";
	n->prefixes[n->n++] = p;
	return NULL;
}

bool
nat64_extract(const struct nat64 *n, struct addr *a)
{
	struct addr inside = { .family = ADDR_V4 };
	size_t i = 0, at;

	if (a->family != ADDR_V6 || a->bytes[RESERVED] != 0)
		return false;
	while (i < n->n && !prefix_covers(&n->prefixes[i], a))
		i++;
	if (i == n->n)
		return false;
	at = n->prefixes[i].len / 8;
	for (size_t to = 0; to < 4; at++)
		if (at != RESERVED)
			inside.bytes[to++] = a->bytes[at];
	*a = inside;
	return true;
}
