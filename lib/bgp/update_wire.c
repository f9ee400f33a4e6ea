#include "bgp/update_wire.h"

#include "bgp/attribute.h"
#include "bgp/message.h"
#include "bgp/nlri.h"
#include "bgp/wire.h"

#define LENGTHS 4	/* octets: the lengths of the withdrawn routes and of the attributes */

/* An attribute that is not ours is skipped. False where the session cannot go on. */
static bool
read_attribute(struct update_wire *u, unsigned type, struct str value)
{
	const struct attribute *row = attribute_of_type(type);
	struct wire r = { .rest = value };

	if (row == NULL)
		return true;
	if (!row->read(row, &r, u))
		return false;
	u->malformed |= r.cut || (row->width != 0 && value.n != row->width);
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
		size_t length = wire_number(&r, flags & ATTRIBUTE_EXTENDED ? 2 : 1);
		struct str value = wire_take(&r, length);
		bool again = seen[type / 64] >> type % 64 & 1;

		u->attributes++;
		if (r.cut)
			break;
		seen[type / 64] |= UINT64_C(1) << type % 64;
		if (again && (type == ATTRIBUTE_MP_REACH || type == ATTRIBUTE_MP_UNREACH))
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

size_t
update_wire_announce_room(const struct update_wire_path *path, enum bgp_family family)
{
	return BGP_MAX - BGP_HEADER - LENGTHS -
	    attribute_size(&(struct attribute_routes){ .path = path, .family = family });
}

size_t
update_wire_withdraw_room(enum bgp_family family)
{
	return BGP_MAX - BGP_HEADER - LENGTHS -
	    attribute_size(&(struct attribute_routes){ .family = family });
}

/* Outside of the attributes, withdrawn IPv4 routes stand before, and announced ones behind them. */
static void
put_update(struct buf *out, const struct attribute_routes *r)
{
	struct str none = STR(""), own = attribute_holds_nlri(r) ? none : r->nlri;
	struct str withdrawn = r->path == NULL ? own : none;
	size_t attributes = attribute_size(r);

	message_put_header(out, BGP_UPDATE, LENGTHS + own.n + attributes);
	buf_u16(out, (uint16_t)withdrawn.n);
	buf_str(out, withdrawn);
	buf_u16(out, (uint16_t)attributes);
	attribute_put(r, out);
	if (r->path != NULL)
		buf_str(out, own);
}

void
update_wire_put_announce(struct buf *out, const struct update_wire_path *path,
    enum bgp_family family, struct str nlri)
{
	put_update(out, &(struct attribute_routes){ path, family, nlri });
}

void
update_wire_put_withdraw(struct buf *out, enum bgp_family family, struct str nlri)
{
	put_update(out, &(struct attribute_routes){ NULL, family, nlri });
}

/* RFC 4724 section 2: an UPDATE that withdraws nothing. */
void
update_wire_put_end_of_rib(struct buf *out, enum bgp_family family)
{
	update_wire_put_withdraw(out, family, STR(""));
}
