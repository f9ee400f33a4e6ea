#include "bgp/attribute.h"

#include "base/num.h"
#include "bgp/nlri.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ` key=` */
static void
put_key(struct buf *out, struct str key)
{
	buf_byte(out, ' ');
	buf_str(out, key);
	buf_byte(out, '=');
}

static const char *
set_number(const struct attribute *row, struct attrs *a, struct str value)
{
	uint32_t n;

	if (!num_parse(value, row->most, &n))
		return row->wrong;
	*(int64_t *)((char *)a + row->in_attrs) = n;
	return NULL;
}

static int64_t
number_of(const struct attribute *row, const struct attribute_routes *r)
{
	return *(const int64_t *)((const char *)r->path + row->in_path);
}

static size_t
size_of_number(const struct attribute *row, const struct attribute_routes *r)
{
	return number_of(row, r) >= 0 ? row->width : ATTRIBUTE_ABSENT;
}

static void
put_number(const struct attribute *row, const struct attribute_routes *r, struct buf *out)
{
	for (unsigned i = row->width; i > 0; i--)
		buf_byte(out, (uint8_t)(number_of(row, r) >> 8 * (i - 1)));
}

static bool
read_number(const struct attribute *row, struct wire *value, struct update_wire *u)
{
	*(int64_t *)((char *)u + row->in_update) = wire_number(value, row->width);
	return true;
}

static void
text_number(const struct attribute *row, const struct attribute_words *w, struct buf *out)
{
	int64_t value = *(const int64_t *)((const char *)w->update + row->in_update);

	if (value < 0)
		return;
	put_key(out, row->key);
	buf_num(out, (uint64_t)value);
}

static bool
read_view(const struct attribute *row, struct wire *value, struct update_wire *u)
{
	*(struct str *)((char *)u + row->in_update) = row->width == 0 ? value->rest :
	    wire_take(value, row->width);
	return true;
}

static const struct str origins[] = { { "igp", 3 }, { "egp", 3 }, { "incomplete", 10 } };

static const char *
set_origin(const struct attribute *row, struct attrs *a, struct str value)
{
	for (size_t i = 0; i < COUNT(origins); i++)
		if (str_eq(origins[i], value)) {
			a->origin = (int64_t)i;
			return NULL;
		}
	return row->wrong;
}

static void
text_origin(const struct attribute *row, const struct attribute_words *w, struct buf *out)
{
	int64_t origin = w->update->origin;

	if (origin < 0 || (size_t)origin >= COUNT(origins)) {
		text_number(row, w, out);
		return;
	}
	put_key(out, row->key);
	buf_str(out, origins[origin]);
}

#define AS4_PATH 17
#define AS_SEQUENCE 2

static size_t
as_width(const struct attribute *row, const struct attribute_routes *r)
{
	return row->type == AS4_PATH || r->path->as4 ? 4 : 2;
}

/*
 * RFC 4271 section 5.1.2: AS_PATH is empty within the AS, else an AS_SEQUENCE of our AS. RFC 6793
 * section 4.2.2: a peer with AS numbers of two octets sees AS_TRANS, and our AS in AS4_PATH.
 */
static size_t
size_of_as_path(const struct attribute *row, const struct attribute_routes *r)
{
	const struct update_wire_path *path = r->path;

	if (row->type == AS4_PATH && (path->ibgp || path->as4 || path->as <= UINT16_MAX))
		return ATTRIBUTE_ABSENT;
	return path->ibgp ? 0 : 2 + (1 + path->prepend) * as_width(row, r);
}

static void
put_as_path(const struct attribute *row, const struct attribute_routes *r, struct buf *out)
{
	unsigned n = 1 + r->path->prepend;
	uint32_t as = r->path->as;

	if (r->path->ibgp)
		return;
	buf_byte(out, AS_SEQUENCE);
	buf_byte(out, (uint8_t)n);
	while (n-- > 0) {
		if (as_width(row, r) == 4)
			buf_u32(out, as);
		else
			buf_u16(out, (uint16_t)(as > UINT16_MAX ? BGP_AS_TRANS : as));
	}
}

/* The AS numbers of all segments, comma between; what does not parse is left out. */
static void
text_path(struct buf *out, struct str key, struct str path, size_t size)
{
	struct wire r = { .rest = path };
	bool first = true;

	if (path.p == NULL)
		return;
	put_key(out, key);
	while (r.rest.n >= 2 && r.rest.n - 2 >= (uint8_t)r.rest.p[1] * size) {
		wire_take(&r, 1);
		for (uint32_t n = wire_number(&r, 1); n > 0; n--) {
			if (!first)
				buf_byte(out, ',');
			first = false;
			buf_num(out, wire_number(&r, size));
		}
	}
}

/* Both AS_PATH and AS4_PATH. */
static void
text_as_path(const struct attribute *row, const struct attribute_words *w, struct buf *out)
{
	(void)row;
	text_path(out, STR("as-path"), w->update->as_path, w->as4 ? 4 : 2);
	text_path(out, STR("as4-path"), w->update->as4_path, 4);
}

/* One of each family. */
static const char *
set_next_hop(const struct attribute *row, struct attrs *a, struct str value)
{
	struct str piece;
	struct addr hop;

	while (str_split(&value, ',', &piece)) {
		if (!addr_parse(piece, &hop))
			return row->wrong;
		if (!attrs_can_be_next_hop(&hop))
			return "next-hop is a loopback, link-local, multicast or reserved address";
		if (a->next_hop[bgp_family(hop.family)].family != ADDR_NONE)
			return "a second next-hop of the same family";
		a->next_hop[bgp_family(hop.family)] = hop;
	}
	return NULL;
}

static size_t
size_of_next_hop(const struct attribute *row, const struct attribute_routes *r)
{
	return attribute_holds_nlri(r) ? ATTRIBUTE_ABSENT : row->width;
}

static void
put_next_hop(const struct attribute *row, const struct attribute_routes *r, struct buf *out)
{
	buf_put(out, r->path->next_hop[BGP_IPV4].bytes, row->width);
}

/*
 * Of the 32 bytes of RFC 2545 the first 16 are the global address, the others the link-local one.
 */
static void
text_hop(struct buf *out, struct str key, struct str bytes)
{
	size_t n = bytes.n == 32 ? 16 : bytes.n;
	char text[ADDR_STRLEN];
	struct addr a;

	if (bytes.p == NULL || !addr_from_bytes(&a, bytes.p, n))
		return;
	put_key(out, key);
	buf_put(out, text, addr_format(&a, text));
	if (n == bytes.n)
		return;
	addr_from_bytes(&a, bytes.p + n, n);
	buf_byte(out, ',');
	buf_put(out, text, addr_format(&a, text));
}

/* That of NEXT_HOP, and that of MP_REACH_NLRI. */
static void
text_next_hop(const struct attribute *row, const struct attribute_words *w, struct buf *out)
{
	text_hop(out, row->key, w->update->next_hop);
	text_hop(out, row->key, w->update->mp_next_hop);
}

/* RFC 4271 section 5.1.5: within the AS only. */
static size_t
size_of_local_pref(const struct attribute *row, const struct attribute_routes *r)
{
	return r->path->ibgp ? row->width : ATTRIBUTE_ABSENT;
}

static const char *
set_communities(const struct attribute *row, struct attrs *a, struct str value)
{
	return communities_add(&a->communities[row->kind], row->kind, value);
}

static size_t
size_of_communities(const struct attribute *row, const struct attribute_routes *r)
{
	size_t n = r->path->communities[row->kind].n;

	return n > 0 ? n : ATTRIBUTE_ABSENT;
}

static void
put_communities(const struct attribute *row, const struct attribute_routes *r, struct buf *out)
{
	buf_str(out, r->path->communities[row->kind]);
}

static void
text_communities(const struct attribute *row, const struct attribute_words *w, struct buf *out)
{
	struct str bytes = w->update->communities[row->kind];

	if (bytes.n == 0)
		return;
	put_key(out, row->key);
	communities_format(bytes, row->kind, out);
}

/* RFC 2545 section 3: 16 octets, or 32 with the link-local address beside the global one. */
static size_t
size_of_hops(const struct attribute_routes *r)
{
	bool global = r->path->next_hop[r->family].family != ADDR_NONE,
	    local = r->path->link_local.family != ADDR_NONE;

	return global && local ? 32 : 16;
}

/* RFC 4760 section 3: family, length of the next hop, next hop, reserved, NLRI. */
static size_t
size_of_mp_reach(const struct attribute *row, const struct attribute_routes *r)
{
	(void)row;
	return attribute_holds_nlri(r) ? 3 + 1 + size_of_hops(r) + 1 + r->nlri.n :
	    ATTRIBUTE_ABSENT;
}

static void
put_mp_reach(const struct attribute *row, const struct attribute_routes *r, struct buf *out)
{
	const struct addr *global = &r->path->next_hop[r->family], *local = &r->path->link_local;

	(void)row;
	wire_put_family(out, r->family);
	buf_byte(out, (uint8_t)size_of_hops(r));
	if (global->family != ADDR_NONE)
		buf_put(out, global->bytes, 16);
	if (local->family != ADDR_NONE)
		buf_put(out, local->bytes, 16);
	buf_byte(out, 0);
	buf_str(out, r->nlri);
}

/*
 * RFC 7606 section 7.11: another length leaves open where the NLRI begins. RFC 2545 section 3; for
 * IPv4 also RFC 8950 section 3.
 */
static bool
has_next_hop_length(enum bgp_family family, size_t n)
{
	return n == 16 || n == 32 || (n == 4 && family == BGP_IPV4);
}

/* RFC 7606 section 5.3: its parts must be separable, unless the family is not ours. */
static bool
read_mp_reach(const struct attribute *row, struct wire *value, struct update_wire *u)
{
	bool known = wire_read_family(value, &u->mp_announced_family);
	struct str next_hop = wire_take(value, wire_number(value, 1));

	(void)row;
	wire_take(value, 1);	/* reserved */
	if (!known || value->cut)
		return !value->cut;
	u->mp_next_hop = next_hop;
	u->mp_announced = value->rest;
	return has_next_hop_length(u->mp_announced_family, next_hop.n) &&
	    nlri_is_sound(value->rest, u->mp_announced_family);
}

/* RFC 4760 section 4: family, NLRI. */
static size_t
size_of_mp_unreach(const struct attribute *row, const struct attribute_routes *r)
{
	(void)row;
	return attribute_holds_nlri(r) ? 3 + r->nlri.n : ATTRIBUTE_ABSENT;
}

static void
put_mp_unreach(const struct attribute *row, const struct attribute_routes *r, struct buf *out)
{
	(void)row;
	wire_put_family(out, r->family);
	buf_str(out, r->nlri);
}

static bool
read_mp_unreach(const struct attribute *row, struct wire *value, struct update_wire *u)
{
	(void)row;
	if (!wire_read_family(value, &u->mp_withdrawn_family))
		return !value->cut;
	u->mp_withdrawn = value->rest;
	return nlri_is_sound(value->rest, u->mp_withdrawn_family);
}

#define IN_ATTRS(field) offsetof(struct attrs, field)
#define IN_PATH(field) offsetof(struct update_wire_path, field)
#define IN_UPDATE(field) offsetof(struct update_wire, field)
#define COMMUNITIES(which)								\
	.flags = ATTRIBUTE_OPTIONAL | ATTRIBUTE_TRANSITIVE, .kind = which,		\
	.in_update = IN_UPDATE(communities[which]), .set = set_communities,		\
	.size = size_of_communities, .put = put_communities, .read = read_view,	\
	.text = text_communities

/* In the order of an UPDATE: those of RFC 4760 (RFC 7606 section 5.1), then by type. */
static const struct attribute table[] = {
	{ .type = ATTRIBUTE_MP_REACH, .flags = ATTRIBUTE_OPTIONAL | ATTRIBUTE_EXTENDED,
	    .size = size_of_mp_reach, .put = put_mp_reach, .read = read_mp_reach },
	{ .type = ATTRIBUTE_MP_UNREACH, .flags = ATTRIBUTE_OPTIONAL | ATTRIBUTE_EXTENDED,
	    .size = size_of_mp_unreach, .put = put_mp_unreach, .read = read_mp_unreach },
	{ .type = 1, .flags = ATTRIBUTE_TRANSITIVE, .width = 1, .key = { "origin", 6 },
	    .wrong = "origin is igp, egp or incomplete", .in_path = IN_PATH(origin),
	    .in_update = IN_UPDATE(origin), .set = set_origin, .size = size_of_number,
	    .put = put_number, .read = read_number, .text = text_origin },
	{ .type = 2, .flags = ATTRIBUTE_TRANSITIVE, .key = { "prepend", 7 },
	    .most = ATTRS_PREPEND_MAX, .wrong = "prepend is not a number from 0 to 16",
	    .in_attrs = IN_ATTRS(prepend), .in_update = IN_UPDATE(as_path), .set = set_number,
	    .size = size_of_as_path, .put = put_as_path, .read = read_view,
	    .text = text_as_path },
	{ .type = 3, .flags = ATTRIBUTE_TRANSITIVE, .width = 4, .key = { "next-hop", 8 },
	    .wrong = "next-hop is not an address", .in_update = IN_UPDATE(next_hop),
	    .set = set_next_hop, .size = size_of_next_hop, .put = put_next_hop,
	    .read = read_view, .text = text_next_hop },
	{ .type = 4, .flags = ATTRIBUTE_OPTIONAL, .width = 4, .key = { "med", 3 },
	    .most = UINT32_MAX, .wrong = "med is not a number from 0 to 4294967295",
	    .in_attrs = IN_ATTRS(med), .in_path = IN_PATH(med), .in_update = IN_UPDATE(med),
	    .set = set_number, .size = size_of_number, .put = put_number, .read = read_number,
	    .text = text_number },
	{ .type = 5, .flags = ATTRIBUTE_TRANSITIVE, .width = 4, .key = { "local-pref", 10 },
	    .most = UINT32_MAX, .wrong = "local-pref is not a number from 0 to 4294967295",
	    .in_attrs = IN_ATTRS(local_pref), .in_path = IN_PATH(local_pref),
	    .in_update = IN_UPDATE(local_pref), .set = set_number, .size = size_of_local_pref,
	    .put = put_number, .read = read_number, .text = text_number },
	{ .type = 8, .key = { "community", 9 }, COMMUNITIES(COMMUNITY_PLAIN) },
	{ .type = 16, .key = { "ext-community", 13 }, COMMUNITIES(COMMUNITY_EXTENDED) },
	{ .type = AS4_PATH, .flags = ATTRIBUTE_OPTIONAL | ATTRIBUTE_TRANSITIVE,
	    .in_update = IN_UPDATE(as4_path), .size = size_of_as_path, .put = put_as_path,
	    .read = read_view },
	{ .type = 32, .key = { "large-community", 15 }, COMMUNITIES(COMMUNITY_LARGE) },
};

const char attribute_unknown_key[] = "a key that is not known: there are next-hop, med, "
    "local-pref, prepend, origin, community, ext-community, large-community";

const struct attribute *
attribute_of_key(struct str key)
{
	for (size_t i = 0; i < COUNT(table); i++)
		if (table[i].key.p != NULL && str_eq(table[i].key, key))
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

/* Withdrawn routes have MP_UNREACH_NLRI, announced ones the others. */
static size_t
size_for(const struct attribute *row, const struct attribute_routes *r)
{
	return (r->path == NULL) == (row->type == ATTRIBUTE_MP_UNREACH) ? row->size(row, r) :
	    ATTRIBUTE_ABSENT;
}

static bool
is_extended(const struct attribute *row, size_t n)
{
	return (row->flags & ATTRIBUTE_EXTENDED) != 0 || n > UINT8_MAX;
}

size_t
attribute_size(const struct attribute_routes *r)
{
	size_t all = 0;

	for (size_t i = 0; i < COUNT(table); i++) {
		size_t n = size_for(&table[i], r);

		if (n != ATTRIBUTE_ABSENT)
			all += (is_extended(&table[i], n) ? 4 : 3) + n;
	}
	return all;
}

static void
put_attribute(const struct attribute *row, const struct attribute_routes *r, struct buf *out)
{
	size_t n = size_for(row, r);

	if (n == ATTRIBUTE_ABSENT)
		return;
	buf_byte(out, row->flags | (is_extended(row, n) ? ATTRIBUTE_EXTENDED : 0));
	buf_byte(out, row->type);
	if (is_extended(row, n))
		buf_u16(out, (uint16_t)n);
	else
		buf_byte(out, (uint8_t)n);
	row->put(row, r, out);
}

void
attribute_put(const struct attribute_routes *r, struct buf *out)
{
	for (size_t i = 0; i < COUNT(table); i++)
		put_attribute(&table[i], r, out);
}

void
attribute_text(const struct attribute_words *w, struct buf *out)
{
	for (size_t i = 0; i < COUNT(table); i++)
		if (table[i].text != NULL)
			table[i].text(&table[i], w, out);
}
