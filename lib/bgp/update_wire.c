#include "bgp/update_wire.h"

#include "bgp/attribute.h"
#include "bgp/message.h"
#include "bgp/wire.h"

#define LENGTHS 4	/* octets of the two length fields: withdrawn routes and attributes */

/* Stores the value of an attribute, unless its type is unknown. False: the session must end. */
static bool
read_attribute(struct update_wire *u, unsigned type, struct str value)
{
	const struct attribute *row = attribute_of_type(type);

	if (row == NULL)
		return true;
	u->value[type] = value;
	u->malformed |= row->width != 0 && value.n != row->width;
	return row->read == NULL || row->read(value, u);
}

/*
 * RFC 7606 section 3 (g): if an attribute is repeated, the first one is used; but two MP_REACH_NLRI
 * or MP_UNREACH_NLRI end the session. RFC 4271 section 6.3: the error has the whole attribute.
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
		if (again && (type == BGP_MP_REACH || type == BGP_MP_UNREACH))
			return wire_fail(error, BGP_ERR_UPDATE, BGP_UPDATE_ATTRIBUTES, STR(""));
		whole.n -= r.rest.n;
		if (!again && !read_attribute(u, type, value))
			return wire_fail(error, BGP_ERR_UPDATE, BGP_UPDATE_OPTIONAL, whole);
	}
	u->malformed |= r.cut;
	return true;
}

bool
update_wire_parse(struct str body, struct update_wire *u, struct bgp_error *error)
{
	struct wire r = { .rest = body };
	struct str attributes;

	*u = (struct update_wire){ 0 };
	u->withdrawn = wire_take(&r, wire_number(&r, 2));
	attributes = wire_take(&r, wire_number(&r, 2));
	if (r.cut)
		return wire_fail(error, BGP_ERR_UPDATE, BGP_UPDATE_ATTRIBUTES, STR(""));
	u->announced = r.rest;
	if (!wire_nlri_is_sound(u->withdrawn, BGP_IPV4) ||
	    !wire_nlri_is_sound(u->announced, BGP_IPV4))
		return wire_fail(error, BGP_ERR_UPDATE, BGP_UPDATE_NETWORK, STR(""));
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

/* IPv4 NLRI outside the attributes precedes them if withdrawn, and follows them if announced. */
void
update_wire_put(struct buf *out, const struct update_wire_path *path, enum bgp_family family,
    struct str nlri)
{
	const struct attribute_routes r = { path, family, nlri };
	struct str none = STR(""), own = attribute_holds_nlri(&r) ? none : nlri;
	struct str withdrawn = path == NULL ? own : none, announced = path != NULL ? own : none;
	struct buf attributes = BUF(BGP_MAX);

	attribute_put(&r, &attributes);
	message_put_header(out, BGP_UPDATE, LENGTHS + own.n + attributes.len);
	buf_u16(out, (uint16_t)withdrawn.n);
	buf_str(out, withdrawn);
	buf_u16(out, (uint16_t)attributes.len);
	buf_str(out, buf_view(&attributes));
	buf_str(out, announced);
	buf_free(&attributes);
}

size_t
update_wire_room(const struct update_wire_path *path, enum bgp_family family)
{
	struct buf empty = BUF(BGP_MAX);
	size_t room;

	update_wire_put(&empty, path, family, STR(""));
	room = BGP_MAX - empty.len;
	buf_free(&empty);
	return room;
}
