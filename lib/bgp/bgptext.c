#include "bgp/bgptext.h"

#include "bgp/nlri.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *
bgptext_family(enum bgp_family family)
{
	return family == BGP_IPV4 ? "ipv4" : "ipv6";
}

void
bgptext_families(unsigned families, struct buf *out)
{
	const char *sep = "";

	for (int f = 0; f < BGP_FAMILIES; f++) {
		const char *name = bgptext_family((enum bgp_family)f);

		if (!(families & BGP_BIT(f)))
			continue;
		buf_put(out, sep, strlen(sep));
		buf_put(out, name, strlen(name));
		sep = ",";
	}
	if (families == 0)
		buf_str(out, STR("none"));
}

/* ` key=` */
static void
put_key(struct buf *out, const char *key)
{
	buf_byte(out, ' ');
	buf_put(out, key, strlen(key));
	buf_byte(out, '=');
}

static void
put_number(struct buf *out, const char *key, int64_t value)
{
	if (value < 0)
		return;
	put_key(out, key);
	buf_num(out, (uint64_t)value);
}

static void
put_origin(struct buf *out, int origin)
{
	static const char *const names[] = { "igp", "egp", "incomplete" };

	if (origin < 0)
		return;
	put_key(out, "origin");
	if ((size_t)origin < COUNT(names))
		buf_put(out, names[origin], strlen(names[origin]));
	else
		buf_num(out, (uint64_t)origin);
}

/* The AS numbers of all segments, comma between; what does not parse is left out. */
static void
put_path(struct buf *out, const char *key, struct str path, size_t size)
{
	const uint8_t *p = (const uint8_t *)path.p, *end;
	bool first = true;

	if (p == NULL)
		return;
	end = p + path.n;
	put_key(out, key);
	while (end - p >= 2 && (size_t)(end - p - 2) >= p[1] * size) {
		unsigned n = p[1];

		for (p += 2; n > 0; n--, p += size) {
			uint32_t as = 0;

			for (size_t i = 0; i < size; i++)
				as = as << 8 | p[i];
			if (!first)
				buf_byte(out, ',');
			first = false;
			buf_num(out, as);
		}
	}
}

/*
 * Of the 32 bytes of RFC 2545 the first 16 are the global address, the others the link-local one.
 */
static void
put_next_hop(struct buf *out, struct str bytes)
{
	size_t n = bytes.n == 32 ? 16 : bytes.n;
	char text[ADDR_STRLEN];
	struct addr a;

	if (bytes.p == NULL || !addr_from_bytes(&a, bytes.p, n))
		return;
	put_key(out, "next-hop");
	buf_put(out, text, addr_format(&a, text));
	if (n == bytes.n)
		return;
	addr_from_bytes(&a, bytes.p + n, n);
	buf_byte(out, ',');
	buf_put(out, text, addr_format(&a, text));
}

static void
put_communities(struct buf *out, const struct update_wire *u)
{
	static const char *const keys[COMMUNITY_KINDS] = { "community", "ext-community",
	    "large-community" };

	for (int k = 0; k < COMMUNITY_KINDS; k++) {
		if (u->communities[k].n == 0)
			continue;
		put_key(out, keys[k]);
		communities_format(u->communities[k], (enum community_kind)k, out);
	}
}

static void
put_prefixes(struct buf *out, struct str nlri, enum bgp_family family)
{
	char text[PREFIX_STRLEN];
	struct prefix p;

	while (nlri_next(&nlri, family, &p)) {
		buf_byte(out, ' ');
		buf_put(out, text, prefix_format(&p, text));
	}
}

void
bgptext_update(const struct update_wire *u, bool as4, struct buf *out)
{
	enum bgp_family end;

	buf_str(out, STR("update"));
	if (update_wire_is_end(u, &end)) {
		put_key(out, "end-of-rib");
		buf_put(out, bgptext_family(end), strlen(bgptext_family(end)));
		return;
	}
	put_origin(out, u->origin);
	put_path(out, "as-path", u->as_path, as4 ? 4 : 2);
	put_path(out, "as4-path", u->as4_path, 4);
	put_next_hop(out, u->next_hop);
	put_next_hop(out, u->mp_next_hop);
	put_number(out, "med", u->med);
	put_number(out, "local-pref", u->local_pref);
	put_communities(out, u);
	if (u->withdrawn.n > 0 || u->mp_withdrawn.n > 0)
		buf_str(out, STR(" withdraw"));
	put_prefixes(out, u->withdrawn, BGP_IPV4);
	put_prefixes(out, u->mp_withdrawn, u->mp_withdrawn_family);
	if (u->announced.n > 0 || u->mp_announced.n > 0)
		buf_str(out, STR(" announce"));
	put_prefixes(out, u->announced, BGP_IPV4);
	put_prefixes(out, u->mp_announced, u->mp_announced_family);
}
