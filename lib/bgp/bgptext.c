#include "bgp/bgptext.h"

#include "bgp/attribute.h"
#include "bgp/nlri.h"

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
		buf_str(out, STR(" end-of-rib="));
		buf_str(out, str_of(bgptext_family(end)));
		return;
	}
	attribute_text(&(struct attribute_words){ u, as4 }, out);
	if (u->withdrawn.n > 0 || u->mp_withdrawn.n > 0)
		buf_str(out, STR(" withdraw"));
	put_prefixes(out, u->withdrawn, BGP_IPV4);
	put_prefixes(out, u->mp_withdrawn, u->mp_withdrawn_family);
	if (u->announced.n > 0 || u->mp_announced.n > 0)
		buf_str(out, STR(" announce"));
	put_prefixes(out, u->announced, BGP_IPV4);
	put_prefixes(out, u->mp_announced, u->mp_announced_family);
}
