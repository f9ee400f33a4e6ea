#include "bgp/update_wire.h"

#include "bgp/message.h"
#include "bgp/nlri.h"
#include "bgp/wire.h"

enum attribute {
	ATTR_ORIGIN = 1, ATTR_AS_PATH = 2, ATTR_NEXT_HOP = 3, ATTR_MED = 4, ATTR_LOCAL_PREF = 5,
	ATTR_COMMUNITIES = 8, ATTR_MP_REACH = 14, ATTR_MP_UNREACH = 15,
	ATTR_EXTENDED_COMMUNITIES = 16, ATTR_AS4_PATH = 17, ATTR_LARGE_COMMUNITIES = 32
};

/* Attribute flags, RFC 4271 section 4.3. */
#define OPTIONAL 0x80
#define TRANSITIVE 0x40
#define EXTENDED 0x10

#define AS_SEQUENCE 2

/*
 * RFC 7606 section 7.11: another length leaves open where the NLRI begins. RFC 2545 section 3; for
 * IPv4 also RFC 8950 section 3.
 */
static bool
has_next_hop_length(enum bgp_family family, size_t n)
{
	return n == 16 || n == 32 || (n == 4 && family == BGP_IPV4);
}

/*
 * Both attributes of RFC 4760 may come once, and what they hold must be told apart (RFC 7606
 * sections 3 (g) and 5.3). False when not; families that we do not speak are nobody's business.
 */
static bool
read_mp_reach(struct update_wire *u, struct wire *r)
{
	bool known = wire_read_family(r, &u->mp_announced_family);
	struct str next_hop = wire_take(r, wire_number(r, 1));

	wire_take(r, 1);	/* reserved */
	if (!known || r->cut)
		return !r->cut;
	u->mp_next_hop = next_hop;
	u->mp_announced = r->rest;
	return has_next_hop_length(u->mp_announced_family, next_hop.n) &&
	    nlri_is_sound(r->rest, u->mp_announced_family);
}

static bool
read_mp_unreach(struct update_wire *u, struct wire *r)
{
	if (!wire_read_family(r, &u->mp_withdrawn_family))
		return !r->cut;
	u->mp_withdrawn = r->rest;
	return nlri_is_sound(r->rest, u->mp_withdrawn_family);
}

/* False where the session cannot go on. */
static bool
read_attribute(struct update_wire *u, unsigned type, struct str value)
{
	struct wire r = { .rest = value };
	size_t fixed = value.n;

	switch (type) {
	case ATTR_ORIGIN:
		u->origin = (int)wire_number(&r, fixed = 1);
		break;
	case ATTR_AS_PATH:
		u->as_path = value;
		break;
	case ATTR_NEXT_HOP:
		u->next_hop = wire_take(&r, fixed = 4);
		break;
	case ATTR_MED:
		u->med = wire_number(&r, fixed = 4);
		break;
	case ATTR_LOCAL_PREF:
		u->local_pref = wire_number(&r, fixed = 4);
		break;
	case ATTR_MP_REACH:
		return read_mp_reach(u, &r);
	case ATTR_MP_UNREACH:
		return read_mp_unreach(u, &r);
	case ATTR_COMMUNITIES:
		u->communities[COMMUNITY_PLAIN] = value;
		break;
	case ATTR_EXTENDED_COMMUNITIES:
		u->communities[COMMUNITY_EXTENDED] = value;
		break;
	case ATTR_LARGE_COMMUNITIES:
		u->communities[COMMUNITY_LARGE] = value;
		break;
	case ATTR_AS4_PATH:
		u->as4_path = value;
		break;
	}
	u->malformed |= r.cut || value.n != fixed;
	return true;
}

/*
 * Of an attribute that comes again, other than the two of RFC 4760, the first counts: RFC 7606
 * section 3 (g). An error shows the attribute with type and length: RFC 4271 section 6.3.
 */
static bool
read_attributes(struct update_wire *u, struct str attributes, struct bgp_error *error)
{
	struct wire r = { .rest = attributes };
	uint64_t seen[4] = { 0 };

	while (r.rest.n > 0) {
		struct str whole = r.rest;
		uint32_t flags = wire_number(&r, 1), type = wire_number(&r, 1);
		struct str value = wire_take(&r, wire_number(&r, flags & EXTENDED ? 2 : 1));
		bool again = seen[type / 64] >> type % 64 & 1;

		u->attributes++;
		if (r.cut)
			break;
		seen[type / 64] |= UINT64_C(1) << type % 64;
		if (again && (type == ATTR_MP_REACH || type == ATTR_MP_UNREACH))
			return wire_fail(error, BGP_ERR_UPDATE, BGP_UPDATE_ATTRIBUTES);
		whole.n -= r.rest.n;
		if (!again && !read_attribute(u, type, value))
			return wire_fail_showing(error, BGP_ERR_UPDATE, BGP_UPDATE_OPTIONAL, whole);
	}
	u->malformed |= r.cut;
	return true;
}

bool
update_wire_parse(struct str body, struct update_wire *u, struct bgp_error *error)
{
	struct wire r = { .rest = body };
	struct str attributes;

	*u = (struct update_wire){ .origin = -1, .med = -1, .local_pref = -1 };
	u->withdrawn = wire_take(&r, wire_number(&r, 2));
	attributes = wire_take(&r, wire_number(&r, 2));
	if (r.cut)
		return wire_fail(error, BGP_ERR_UPDATE, BGP_UPDATE_ATTRIBUTES);
	u->announced = r.rest;
	if (!nlri_is_sound(u->withdrawn, BGP_IPV4) || !nlri_is_sound(u->announced, BGP_IPV4))
		return wire_fail(error, BGP_ERR_UPDATE, BGP_UPDATE_NETWORK);
	return read_attributes(u, attributes, error);
}

bool
update_wire_is_end(const struct update_wire *u, enum bgp_family *family)
{
	if (u->withdrawn.n > 0 || u->announced.n > 0 || u->malformed)
		return false;
	*family = u->attributes == 0 ? BGP_IPV4 : u->mp_withdrawn_family;
	return u->attributes == 0 ||
	    (u->attributes == 1 && u->mp_withdrawn.p != NULL && u->mp_withdrawn.n == 0);
}

/* An attribute with a value of one number of four octets. */
static void
put_number(struct buf *out, uint8_t flags, enum attribute type, uint32_t value)
{
	buf_byte(out, flags);
	buf_byte(out, (uint8_t)type);
	buf_byte(out, 4);
	buf_u32(out, value);
}

/* RFC 6793 section 4.2.2: an old peer sees AS_TRANS, and the truth in AS4_PATH. */
static bool
needs_as4_path(const struct update_wire_path *path)
{
	return !path->ibgp && !path->as4 && path->as > UINT16_MAX;
}

/* AS_SEQUENCE of our AS, as often as it is to be there. */
static void
put_sequence(struct buf *out, const struct update_wire_path *path, bool as4)
{
	unsigned n = 1 + path->prepend;

	buf_byte(out, (uint8_t)(2 + n * (as4 ? 4 : 2)));
	buf_byte(out, AS_SEQUENCE);
	buf_byte(out, (uint8_t)n);
	while (n-- > 0) {
		if (as4)
			buf_u32(out, path->as);
		else
			buf_u16(out, (uint16_t)(path->as > UINT16_MAX ? BGP_AS_TRANS : path->as));
	}
}

/* RFC 4271 section 5.1.2: empty within the AS, else our own AS. */
static void
put_as_path(struct buf *out, const struct update_wire_path *path)
{
	buf_byte(out, TRANSITIVE);
	buf_byte(out, ATTR_AS_PATH);
	if (path->ibgp)
		buf_byte(out, 0);
	else
		put_sequence(out, path, path->as4);
}

static void
put_as4_path(struct buf *out, const struct update_wire_path *path)
{
	buf_byte(out, OPTIONAL | TRANSITIVE);
	buf_byte(out, ATTR_AS4_PATH);
	put_sequence(out, path, true);
}

static size_t
communities_size(const struct update_wire_path *path, enum community_kind kind)
{
	size_t n = path->communities[kind].n;

	return n == 0 ? 0 : n + (n > UINT8_MAX ? 4 : 3);
}

static void
put_communities(struct buf *out, const struct update_wire_path *path, enum community_kind kind,
    enum attribute type)
{
	struct str value = path->communities[kind];

	if (value.n == 0)
		return;
	buf_byte(out, OPTIONAL | TRANSITIVE | (value.n > UINT8_MAX ? EXTENDED : 0));
	buf_byte(out, (uint8_t)type);
	if (value.n > UINT8_MAX)
		buf_u16(out, (uint16_t)value.n);
	else
		buf_byte(out, (uint8_t)value.n);
	buf_str(out, value);
}

/* The next hop is in the body's own attribute, and the NLRI behind all: else in MP_REACH_NLRI. */
static bool
is_plain(const struct update_wire_path *path, enum bgp_family family)
{
	return family == BGP_IPV4 && path->next_hop[BGP_IPV4].family == ADDR_V4;
}

static size_t
as_path_size(const struct update_wire_path *path, bool as4)
{
	return 5 + (1 + path->prepend) * (as4 ? 4 : 2);
}

/* What put_attributes appends. */
static size_t
attributes_size(const struct update_wire_path *path, enum bgp_family family)
{
	size_t n = 4 + (path->ibgp ? 3 : as_path_size(path, path->as4)) +
	    (is_plain(path, family) ? 7 : 0) + (path->med >= 0 ? 7 : 0) + (path->ibgp ? 7 : 0) +
	    (needs_as4_path(path) ? as_path_size(path, true) : 0);

	for (int k = 0; k < COMMUNITY_KINDS; k++)
		n += communities_size(path, (enum community_kind)k);
	return n;
}

/* All but MP_REACH_NLRI, in the order of their types (RFC 4271 section 5). */
static void
put_attributes(struct buf *out, const struct update_wire_path *path, enum bgp_family family)
{
	const uint8_t origin[] = { TRANSITIVE, ATTR_ORIGIN, 1, path->origin };

	buf_put(out, origin, sizeof(origin));
	put_as_path(out, path);
	if (is_plain(path, family)) {
		buf_byte(out, TRANSITIVE);
		buf_byte(out, ATTR_NEXT_HOP);
		buf_byte(out, 4);
		buf_put(out, path->next_hop[BGP_IPV4].bytes, 4);
	}
	if (path->med >= 0)
		put_number(out, OPTIONAL, ATTR_MED, (uint32_t)path->med);
	if (path->ibgp)
		put_number(out, TRANSITIVE, ATTR_LOCAL_PREF, path->local_pref);
	put_communities(out, path, COMMUNITY_PLAIN, ATTR_COMMUNITIES);
	put_communities(out, path, COMMUNITY_EXTENDED, ATTR_EXTENDED_COMMUNITIES);
	if (needs_as4_path(path))
		put_as4_path(out, path);
	put_communities(out, path, COMMUNITY_LARGE, ATTR_LARGE_COMMUNITIES);
}

#define LENGTHS 4			/* of withdrawn routes and of attributes */
#define MP_REACH (4 + 3 + 1 + 1)	/* its header, family, length of the next hop, reserved */
#define MP_UNREACH (4 + 3)

/* RFC 2545 section 3: 16 octets, or 32 with the link-local address beside the global one. */
static size_t
next_hop_size(const struct update_wire_path *path, enum bgp_family family)
{
	bool global = path->next_hop[family].family != ADDR_NONE,
	    local = path->link_local.family != ADDR_NONE;

	return global && local ? 32 : 16;
}

static size_t
mp_reach_size(const struct update_wire_path *path, enum bgp_family family)
{
	return is_plain(path, family) ? 0 : MP_REACH + next_hop_size(path, family);
}

size_t
update_wire_announce_room(const struct update_wire_path *path, enum bgp_family family)
{
	return BGP_MAX - BGP_HEADER - LENGTHS - attributes_size(path, family) - mp_reach_size(path,
	    family);
}

size_t
update_wire_withdraw_room(enum bgp_family family)
{
	return BGP_MAX - BGP_HEADER - LENGTHS - (family == BGP_IPV4 ? 0 : MP_UNREACH);
}

/* RFC 4760 section 3. It comes before the other attributes: RFC 7606 section 5.1. */
static void
put_mp_reach(struct buf *out, const struct update_wire_path *path, enum bgp_family family,
    struct str nlri)
{
	size_t hop = next_hop_size(path, family);

	buf_byte(out, OPTIONAL | EXTENDED);
	buf_byte(out, ATTR_MP_REACH);
	buf_u16(out, (uint16_t)(MP_REACH - 4 + hop + nlri.n));
	wire_put_family(out, family);
	buf_byte(out, (uint8_t)hop);
	if (path->next_hop[family].family != ADDR_NONE)
		buf_put(out, path->next_hop[family].bytes, 16);
	if (path->link_local.family != ADDR_NONE)
		buf_put(out, path->link_local.bytes, 16);
	buf_byte(out, 0);
	buf_str(out, nlri);
}

void
update_wire_put_announce(struct buf *out, const struct update_wire_path *path,
    enum bgp_family family, struct str nlri)
{
	bool plain = is_plain(path, family);
	size_t mp = plain ? 0 : mp_reach_size(path, family) + nlri.n;
	size_t attributes = attributes_size(path, family) + mp;

	message_put_header(out, BGP_UPDATE, LENGTHS + attributes + (plain ? nlri.n : 0));
	buf_u16(out, 0);
	buf_u16(out, (uint16_t)attributes);
	if (!plain)
		put_mp_reach(out, path, family, nlri);
	put_attributes(out, path, family);
	if (plain)
		buf_str(out, nlri);
}

void
update_wire_put_withdraw(struct buf *out, enum bgp_family family, struct str nlri)
{
	if (family == BGP_IPV4) {
		message_put_header(out, BGP_UPDATE, LENGTHS + nlri.n);
		buf_u16(out, (uint16_t)nlri.n);
		buf_str(out, nlri);
		buf_u16(out, 0);
		return;
	}
	message_put_header(out, BGP_UPDATE, LENGTHS + MP_UNREACH + nlri.n);
	buf_u16(out, 0);
	buf_u16(out, (uint16_t)(MP_UNREACH + nlri.n));
	buf_byte(out, OPTIONAL | EXTENDED);
	buf_byte(out, ATTR_MP_UNREACH);
	buf_u16(out, (uint16_t)(MP_UNREACH - 4 + nlri.n));
	wire_put_family(out, family);
	buf_str(out, nlri);
}

/* RFC 4724 section 2: an UPDATE that withdraws nothing. */
void
update_wire_put_end_of_rib(struct buf *out, enum bgp_family family)
{
	update_wire_put_withdraw(out, family, STR(""));
}
