/*
 * The functions are grouped by attribute; the table that lists them is at the end. `put` appends
 * only the value; put_attribute adds flags, type and length. The value of a received attribute is
 * stored as bytes, which only `text` interprets, so a malformed value does not end the session (RFC
 * 7606). `read` fails only if the NLRI in the value cannot be separated.
 */
#include "bgp/attribute.h"

#include "base/num.h"
#include "bgp/addrkind.h"
#include "bgp/bgptext.h"
#include "bgp/wire.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define AS_SEQUENCE 2	/* RFC 4271 section 4.3 */

static const char *
set_number(const struct attribute *row, struct attrs *a, struct str value)
{
	uint32_t n;

	if (!num_parse(value, row->most, &n))
		return row->wrong;
	a->number[row->number] = n;
	return NULL;
}

static bool
put_number(const struct attribute *row, const struct attribute_routes *r, struct buf *out)
{
	int64_t value = r->path->number[row->number];

	if (value < 0)
		return false;
	if (row->width == 4)
		buf_u32(out, (uint32_t)value);
	else
		buf_byte(out, (uint8_t)value);
	return true;
}

static void
text_number(const struct attribute *row, const struct attribute_words *w, struct buf *out)
{
	struct wire value = { .rest = w->update->value[row->type] };

	if (value.rest.p != NULL)
		bgptext_count(out, row->key, wire_number(&value, row->width));
}

static const struct str origins[] = { { "igp", 3 }, { "egp", 3 }, { "incomplete", 10 } };

static const char *
set_origin(const struct attribute *row, struct attrs *a, struct str value)
{
	for (size_t i = 0; i < COUNT(origins); i++)
		if (str_eq(origins[i], value)) {
			a->number[row->number] = (int64_t)i;
			return NULL;
		}
	return row->wrong;
}

static void
text_origin(const struct attribute *row, const struct attribute_words *w, struct buf *out)
{
	struct wire value = { .rest = w->update->value[BGP_ORIGIN] };
	uint32_t origin = wire_number(&value, 1);

	if (value.cut || origin >= COUNT(origins)) {
		text_number(row, w, out);
		return;
	}
	bgptext_key(out, row->key);
	buf_str(out, origins[origin]);
}

/*
 * RFC 4271 section 5.1.2: AS_PATH is an AS_SEQUENCE of the speaker's AS, or empty for an internal
 * peer. RFC 6793 section 4.2.2: for a peer with AS numbers of two octets, AS_PATH has AS_TRANS and
 * AS4_PATH has the AS number, if the number needs four octets.
 */
static bool
put_as_path(const struct attribute *row, const struct attribute_routes *r, struct buf *out)
{
	const struct update_wire_path *path = r->path;
	bool trans = !path->as4 && path->as > UINT16_MAX, as4_path = row->type == BGP_AS4_PATH;
	unsigned n = 1 + (unsigned)path->number[ATTRS_PREPEND];

	if (path->ibgp || (as4_path && !trans))
		return !as4_path;
	buf_byte(out, AS_SEQUENCE);
	buf_byte(out, (uint8_t)n);
	while (n-- > 0)
		if (path->as4 || as4_path)
			buf_u32(out, path->as);
		else
			buf_u16(out, (uint16_t)(trans ? BGP_AS_TRANS : path->as));
	return true;
}

/* Appends the AS numbers of all complete segments. */
static void
text_path(struct buf *out, const char *key, struct str path, size_t size)
{
	struct wire r = { .rest = path };
	const char *sep = "";

	if (path.p == NULL)
		return;
	bgptext_key(out, key);
	while (r.rest.n >= 2 && r.rest.n - 2 >= (uint8_t)r.rest.p[1] * size) {
		wire_take(&r, 1);
		for (uint32_t n = wire_number(&r, 1); n > 0; n--) {
			buf_str(out, str_of(sep));
			sep = ",";
			buf_num(out, wire_number(&r, size));
		}
	}
}

static void
text_as_paths(const struct attribute *row, const struct attribute_words *w, struct buf *out)
{
	(void)row;
	text_path(out, "as-path", w->update->value[BGP_AS_PATH], w->as4 ? 4 : 2);
	text_path(out, "as4-path", w->update->value[BGP_AS4_PATH], 4);
}

static const char *
set_next_hop(const struct attribute *row, struct attrs *a, struct str value)
{
	struct str piece;
	struct addr hop;

	while (str_split(&value, ',', &piece)) {
		if (!addr_parse(piece, &hop))
			return row->wrong;
		if (!addrkind_is_unicast(&hop))
			return "next-hop cannot be a loopback, link-local, multicast or reserved "
			    "address";
		if (a->next_hop[bgp_family(hop.family)].family != ADDR_NONE)
			return "two values of next-hop for one address family; write at most one "
			    "IPv4 and one IPv6 address";
		a->next_hop[bgp_family(hop.family)] = hop;
	}
	return NULL;
}

static bool
put_next_hop(const struct attribute *row, const struct attribute_routes *r, struct buf *out)
{
	(void)row;
	if (attribute_holds_nlri(r))
		return false;
	buf_put(out, r->path->next_hop[BGP_IPV4].bytes, 4);
	return true;
}

/* RFC 2545 section 3: a next hop of 32 bytes is a global and a link-local address. */
static void
text_hop(struct buf *out, const char *key, struct str bytes)
{
	size_t n = bytes.n == 32 ? 16 : bytes.n;
	char text[ADDR_STRLEN];
	struct addr a;

	for (size_t at = 0; at < bytes.n && addr_from_bytes(&a, bytes.p + at, n); at += n) {
		if (at == 0)
			bgptext_key(out, key);
		else
			buf_byte(out, ',');
		buf_put(out, text, addr_format(&a, text));
	}
}

static void
text_next_hops(const struct attribute *row, const struct attribute_words *w, struct buf *out)
{
	text_hop(out, row->key, w->update->value[BGP_NEXT_HOP]);
	text_hop(out, row->key, w->update->mp_next_hop);
}

/* RFC 4271 section 5.1.5: LOCAL_PREF is sent only to internal peers. */
static bool
put_local_pref(const struct attribute *row, const struct attribute_routes *r, struct buf *out)
{
	return r->path->ibgp && put_number(row, r, out);
}

static const char *
set_communities(const struct attribute *row, struct attrs *a, struct str value)
{
	return communities_add(&a->communities[row->kind], row->kind, value);
}

static bool
put_communities(const struct attribute *row, const struct attribute_routes *r, struct buf *out)
{
	buf_str(out, r->path->communities[row->kind]);
	return r->path->communities[row->kind].n > 0;
}

static void
text_communities(const struct attribute *row, const struct attribute_words *w, struct buf *out)
{
	struct str bytes = w->update->value[row->type];

	if (bytes.n == 0)
		return;
	bgptext_key(out, row->key);
	communities_format(bytes, row->kind, out);
}

/*
 * RFC 4760 section 3: the value is the family, the length of the next hop, the next hop, a reserved
 * octet and the NLRI. RFC 2545 section 3: the next hop is a global address, a link-local address,
 * or both.
 */
static bool
put_mp_reach(const struct attribute *row, const struct attribute_routes *r, struct buf *out)
{
	const struct addr *global = &r->path->next_hop[r->family], *local = &r->path->link_local;
	bool both = global->family != ADDR_NONE && local->family != ADDR_NONE;

	(void)row;
	if (!attribute_holds_nlri(r))
		return false;
	wire_put_family(out, r->family);
	buf_byte(out, both ? 32 : 16);
	if (global->family != ADDR_NONE)
		buf_put(out, global->bytes, 16);
	if (local->family != ADDR_NONE)
		buf_put(out, local->bytes, 16);
	buf_byte(out, 0);
	buf_str(out, r->nlri);
	return true;
}

/* RFC 2545 section 3, RFC 8950 section 3. */
static bool
is_next_hop_length(enum bgp_family family, size_t n)
{
	return n == 16 || n == 32 || (n == 4 && family == BGP_IPV4);
}

/*
 * RFC 7606 section 5.3: the session ends if the NLRI cannot be found or separated. Section 7.11: if
 * the length of the next hop is wrong, the NLRI cannot be found.
 */
static bool
read_mp_reach(struct str value, struct update_wire *u)
{
	struct wire w = { .rest = value };
	bool known = wire_read_family(&w, &u->mp_announced_family);
	struct str next_hop = wire_take(&w, wire_number(&w, 1));

	wire_take(&w, 1);	/* reserved */
	if (!known || w.cut)
		return !w.cut;
	u->mp_next_hop = next_hop;
	u->mp_announced = w.rest;
	return is_next_hop_length(u->mp_announced_family, next_hop.n) &&
	    wire_nlri_is_sound(w.rest, u->mp_announced_family);
}

/* RFC 4760 section 4: the value is the family and the NLRI. */
static bool
put_mp_unreach(const struct attribute *row, const struct attribute_routes *r, struct buf *out)
{
	(void)row;
	if (!attribute_holds_nlri(r))
		return false;
	wire_put_family(out, r->family);
	buf_str(out, r->nlri);
	return true;
}

static bool
read_mp_unreach(struct str value, struct update_wire *u)
{
	struct wire w = { .rest = value };

	if (!wire_read_family(&w, &u->mp_withdrawn_family))
		return !w.cut;
	u->mp_withdrawn = w.rest;
	return wire_nlri_is_sound(w.rest, u->mp_withdrawn_family);
}

#define BOTH (ATTRIBUTE_OPTIONAL | ATTRIBUTE_TRANSITIVE)
#define COMMUNITIES(which)								\
	.kind = which, .set = set_communities, .put = put_communities, .text = text_communities

/* The rows have the order of an UPDATE: NLRI first (RFC 7606 section 5.1), then by type. */
static const struct attribute table[] = {
	{ BGP_MP_REACH, ATTRIBUTE_OPTIONAL | ATTRIBUTE_EXTENDED, .put = put_mp_reach,
	    .read = read_mp_reach },
	{ BGP_MP_UNREACH, ATTRIBUTE_OPTIONAL | ATTRIBUTE_EXTENDED, .put = put_mp_unreach,
	    .read = read_mp_unreach },
	{ BGP_ORIGIN, ATTRIBUTE_TRANSITIVE, 1, "origin", .number = ATTRS_ORIGIN,
	    .wrong = "origin is not igp, egp or incomplete", .set = set_origin,
	    .put = put_number, .text = text_origin },
	{ BGP_AS_PATH, ATTRIBUTE_TRANSITIVE, 0, "prepend", .number = ATTRS_PREPEND,
	    .most = ATTRS_PREPEND_MAX, .wrong = "prepend is not a number from 0 to 16",
	    .set = set_number, .put = put_as_path, .text = text_as_paths },
	{ BGP_NEXT_HOP, ATTRIBUTE_TRANSITIVE, 4, "next-hop",
	    .wrong = "next-hop is not an address", .set = set_next_hop, .put = put_next_hop,
	    .text = text_next_hops },
	{ BGP_MED, ATTRIBUTE_OPTIONAL, 4, "med", .number = ATTRS_MED, .most = UINT32_MAX,
	    .wrong = "med is not a number from 0 to 4294967295", .set = set_number,
	    .put = put_number, .text = text_number },
	{ BGP_LOCAL_PREF, ATTRIBUTE_TRANSITIVE, 4, "local-pref",
	    .number = ATTRS_LOCAL_PREF, .most = UINT32_MAX,
	    .wrong = "local-pref is not a number from 0 to 4294967295", .set = set_number,
	    .put = put_local_pref, .text = text_number },
	{ BGP_COMMUNITIES, BOTH, 0, "community", COMMUNITIES(COMMUNITY_PLAIN) },
	{ BGP_EXT_COMMUNITIES, BOTH, 0, "ext-community", COMMUNITIES(COMMUNITY_EXTENDED) },
	{ BGP_AS4_PATH, BOTH, .put = put_as_path },
	{ BGP_LARGE_COMMUNITIES, BOTH, 0, "large-community",
	    COMMUNITIES(COMMUNITY_LARGE) },
};

const char attribute_unknown_key[] = "unknown key; use next-hop, med, local-pref, prepend, origin, "
    "community, ext-community or large-community";

const struct attribute *
attribute_of_key(struct str key)
{
	for (size_t i = 0; i < COUNT(table); i++)
		if (table[i].key != NULL && str_eq(str_of(table[i].key), key))
			return &table[i];
	return NULL;
}

const struct attribute *
attribute_of_type(unsigned type)
{
	for (size_t i = 0; i < COUNT(table); i++)
		if (table[i].type == type)
			return &table[i];
	return NULL;
}

bool
attribute_holds_nlri(const struct attribute_routes *r)
{
	return r->family != BGP_IPV4 ||
	    (r->path != NULL && r->path->next_hop[BGP_IPV4].family != ADDR_V4);
}

static void
put_attribute(const struct attribute *row, struct str value, struct buf *out)
{
	bool extended = (row->flags & ATTRIBUTE_EXTENDED) != 0 || value.n > UINT8_MAX;

	buf_byte(out, row->flags | (extended ? ATTRIBUTE_EXTENDED : 0));
	buf_byte(out, (uint8_t)row->type);
	if (extended)
		buf_u16(out, (uint16_t)value.n);
	else
		buf_byte(out, (uint8_t)value.n);
	buf_str(out, value);
}

/* Withdrawn routes have no attribute except MP_UNREACH_NLRI. */
void
attribute_put(const struct attribute_routes *r, struct buf *out)
{
	struct buf value = BUF(BGP_MAX);

	for (size_t i = 0; i < COUNT(table); i++) {
		buf_cut(&value, 0);
		if ((r->path == NULL) == (table[i].type == BGP_MP_UNREACH) &&
		    table[i].put(&table[i], r, &value))
			put_attribute(&table[i], buf_view(&value), out);
	}
	buf_free(&value);
}

void
attribute_text(const struct attribute_words *w, struct buf *out)
{
	for (size_t i = 0; i < COUNT(table); i++)
		if (table[i].text != NULL)
			table[i].text(&table[i], w, out);
}
