/*
 * struct open has a field for each capability. The peer's OPEN is read into such a struct, and the
 * local OPEN is written from one. The capabilities in the data of an Unsupported Capability error
 * are read by the same functions.
 *
 * Invariant: all capabilities that open_put writes can be read by open_parse. Unknown capabilities
 * are ignored (RFC 5492 section 3).
 */
#include "bgp/open.h"

#include "bgp/message.h"
#include "bgp/wire.h"

#define PARAM_CAPABILITIES 2
#define PARAM_EXTENDED 255	/* RFC 9072 */

enum capability { CAP_MULTIPROTOCOL = 1, CAP_REFRESH = 2, CAP_NEXT_HOP = 5, CAP_EXTENDED = 6,
    CAP_RESTART = 64, CAP_AS4 = 65 };

/* Bits of the graceful restart capability: RFC 4724 section 3, RFC 8538 section 2. */
#define RESTARTING 0x8000
#define RESTART_NOTIFICATION 0x4000
#define RESTART_TIME 0x0fff
#define RESTART_KEPT 0x80

static void
put_multiprotocol(struct buf *out, enum bgp_family family)
{
	buf_byte(out, CAP_MULTIPROTOCOL);
	buf_byte(out, 4);
	buf_u16(out, family == BGP_IPV4 ? WIRE_AFI_IPV4 : WIRE_AFI_IPV6);
	buf_byte(out, 0);
	buf_byte(out, WIRE_SAFI_UNICAST);
}

static void
put_restart(struct buf *out, const struct open *o)
{
	unsigned families = o->restart_families;
	unsigned head = (o->restarting ? RESTARTING : 0) |
	    (o->notification ? RESTART_NOTIFICATION : 0);

	buf_byte(out, CAP_RESTART);
	buf_byte(out, (uint8_t)(2 + 4 * __builtin_popcount(families)));
	buf_u16(out, (uint16_t)(head | (o->restart_time & RESTART_TIME)));
	for (int f = 0; f < BGP_FAMILIES; f++) {
		if (!(families & BGP_BIT(f)))
			continue;
		wire_put_family(out, (enum bgp_family)f);
		buf_byte(out, o->kept & BGP_BIT(f) ? RESTART_KEPT : 0);
	}
}

static size_t
put_capabilities(struct buf *out, const struct open *o)
{
	size_t start = out->len;

	for (int f = 0; f < BGP_FAMILIES; f++)
		if (o->multiprotocol && (o->families & BGP_BIT(f)))
			put_multiprotocol(out, (enum bgp_family)f);
	if (o->refresh) {
		buf_byte(out, CAP_REFRESH);
		buf_byte(out, 0);
	}
	if (o->extended) {
		buf_byte(out, CAP_EXTENDED);
		buf_byte(out, 0);
	}
	if (o->next_hop6) {
		buf_byte(out, CAP_NEXT_HOP);
		buf_byte(out, 6);
		buf_u16(out, WIRE_AFI_IPV4);
		buf_u16(out, WIRE_SAFI_UNICAST);
		buf_u16(out, WIRE_AFI_IPV6);
	}
	if (o->restart)
		put_restart(out, o);
	if (o->as4) {
		buf_byte(out, CAP_AS4);
		buf_byte(out, 4);
		buf_u32(out, o->as);
	}
	return out->len - start;
}

void
open_put(struct buf *out, const struct open *o)
{
	struct buf caps = BUF(64);
	size_t n = put_capabilities(&caps, o);	/* all in one parameter: RFC 5492 section 4 */
	uint8_t params = (uint8_t)(n > 0 ? n + 2 : 0);

	message_put_header(out, BGP_OPEN, 10u + params);
	buf_byte(out, BGP_VERSION);
	buf_u16(out, (uint16_t)(o->as > UINT16_MAX ? BGP_AS_TRANS : o->as));
	buf_u16(out, o->hold);
	buf_u32(out, o->id);
	buf_byte(out, params);
	if (n > 0) {
		buf_byte(out, PARAM_CAPABILITIES);
		buf_byte(out, (uint8_t)n);
		buf_str(out, buf_view(&caps));
	}
	buf_free(&caps);
}

static bool
read_restart(struct open *o, struct str value)
{
	struct wire r = { .rest = value };
	uint32_t head = wire_number(&r, 2);

	o->restart = true;
	o->restarting = head & RESTARTING;
	o->notification = head & RESTART_NOTIFICATION;
	o->restart_time = head & RESTART_TIME;
	o->restart_families = o->kept = 0;
	while (r.rest.n > 0 && !r.cut) {
		uint32_t afi = wire_number(&r, 2), safi = wire_number(&r, 1),
		    flags = wire_number(&r, 1);
		enum bgp_family family;

		if (r.cut || !wire_find_family(afi, safi, &family))
			continue;
		o->restart_families |= BGP_BIT(family);
		o->kept |= flags & RESTART_KEPT ? BGP_BIT(family) : 0;
	}
	return !r.cut;
}

static bool
read_multiprotocol(struct open *o, struct str value)
{
	struct wire r = { .rest = value };
	uint32_t afi = wire_number(&r, 2), safi = wire_number(&r, 2) & 0xff;	/* reserved, SAFI */
	enum bgp_family family;

	o->multiprotocol = true;
	if (wire_find_family(afi, safi, &family))
		o->families |= BGP_BIT(family);
	return value.n == 4;
}

/* RFC 8950 section 4: the value is a list of families, each with the family of its next hops. */
static bool
read_next_hops(struct open *o, struct str value)
{
	struct wire r = { .rest = value };

	while (r.rest.n > 0 && !r.cut) {
		uint32_t afi = wire_number(&r, 2), safi = wire_number(&r, 2),
		    hop = wire_number(&r, 2);

		o->next_hop6 |= afi == WIRE_AFI_IPV4 && safi == WIRE_SAFI_UNICAST &&
		    hop == WIRE_AFI_IPV6;
	}
	return !r.cut;
}

static bool
read_capability(struct open *o, unsigned code, struct str value)
{
	struct wire r = { .rest = value };

	switch (code) {
	case CAP_MULTIPROTOCOL:
		return read_multiprotocol(o, value);
	case CAP_REFRESH:
		o->refresh = true;
		return true;
	case CAP_EXTENDED:
		o->extended = true;
		return true;
	case CAP_NEXT_HOP:
		return read_next_hops(o, value);
	case CAP_RESTART:
		return read_restart(o, value);
	case CAP_AS4:
		o->as4 = true;
		o->as = wire_number(&r, 4);
		return value.n == 4;
	}
	return true;
}

static bool
read_capabilities(struct open *o, struct str value)
{
	struct wire r = { .rest = value };
	bool sound = true;

	while (r.rest.n > 0 && !r.cut) {
		unsigned code = wire_number(&r, 1);
		struct str piece = wire_take(&r, wire_number(&r, 1));

		sound = (r.cut || read_capability(o, code, piece)) && sound;
	}
	return sound && !r.cut;
}

static bool
read_parameters(struct open *o, struct wire r, size_t length_size, struct bgp_error *error)
{
	while (r.rest.n > 0) {
		unsigned type = wire_number(&r, 1);
		struct str value = wire_take(&r, wire_number(&r, length_size));

		if (r.cut)
			return wire_fail(error, BGP_ERR_OPEN, 0, STR(""));
		if (type != PARAM_CAPABILITIES)
			return wire_fail(error, BGP_ERR_OPEN, BGP_OPEN_PARAMETER, STR(""));
		if (!read_capabilities(o, value))
			return wire_fail(error, BGP_ERR_OPEN, 0, STR(""));
	}
	return true;
}

bool
open_parse(struct str body, struct open *o, struct bgp_error *error)
{
	struct wire r = { .rest = body };
	size_t length_size = 1, length;

	memset(o, 0, sizeof(*o));
	if (wire_number(&r, 1) != BGP_VERSION)
		return wire_fail(error, BGP_ERR_OPEN, BGP_OPEN_VERSION, STR("\0\4"));
	o->as = wire_number(&r, 2);
	o->hold = (uint16_t)wire_number(&r, 2);
	o->id = wire_number(&r, 4);
	length = wire_number(&r, 1);
	/* RFC 9072 section 2: this type marks the extended form; the non-zero length is ignored. */
	if (length != 0 && r.rest.n > 0 && (uint8_t)r.rest.p[0] == PARAM_EXTENDED) {
		wire_take(&r, 1);
		length = wire_number(&r, 2);
		length_size = 2;
	}
	if (r.cut || length != r.rest.n)
		return wire_fail(error, BGP_ERR_OPEN, 0, STR(""));
	if (!read_parameters(o, r, length_size, error))
		return false;
	if (!o->multiprotocol)
		o->families = BGP_BIT(BGP_IPV4);
	return true;
}

/* Fills in an error whose data is a multiprotocol capability for each of these families. */
static bool
fail_for_families(struct bgp_error *error, unsigned families)
{
	struct buf caps = BUF(64);

	for (int f = 0; f < BGP_FAMILIES; f++)
		if (families & BGP_BIT(f))
			put_multiprotocol(&caps, (enum bgp_family)f);
	wire_fail(error, BGP_ERR_OPEN, BGP_OPEN_CAPABILITY, buf_view(&caps));
	buf_free(&caps);
	return false;
}

bool
open_check(const struct open *theirs, uint32_t as, const struct open *ours,
    struct bgp_error *error)
{
	/* RFC 7607: AS 0 is never acceptable. */
	if (theirs->as != as || theirs->as == 0)
		return wire_fail(error, BGP_ERR_OPEN, BGP_OPEN_AS, STR(""));
	/* RFC 6286 section 2.2: the identifier is unique within an AS. */
	if (theirs->id == 0 || (theirs->id == ours->id && theirs->as == ours->as))
		return wire_fail(error, BGP_ERR_OPEN, BGP_OPEN_ID, STR(""));
	if (theirs->hold != 0 && theirs->hold < BGP_HOLD_MIN)
		return wire_fail(error, BGP_ERR_OPEN, BGP_OPEN_HOLD, STR(""));
	if ((theirs->families & ours->families) == 0)
		return fail_for_families(error, ours->families);
	return true;
}

/*
 * Removes the families that the peer refused. Without a multiprotocol capability, the session is
 * for IPv4 (RFC 4760 section 8).
 */
static void
remove_families(struct open *ours, unsigned refused)
{
	unsigned left = ours->families & ~refused;

	if (!ours->multiprotocol || left == ours->families)
		return;
	ours->multiprotocol = left != 0;
	ours->families = left != 0 ? left : ours->families & BGP_BIT(BGP_IPV4);
	ours->restart_families &= ours->families;
}

static void
remove_capabilities(struct open *ours, const struct open *refused)
{
	ours->refresh &= !refused->refresh;
	ours->extended &= !refused->extended;
	ours->next_hop6 &= !refused->next_hop6;
	ours->restart &= !refused->restart;
	ours->as4 &= !refused->as4;
	remove_families(ours, refused->families);
}

static size_t
capabilities_size(const struct open *o)
{
	struct buf caps = BUF(64);
	size_t n = put_capabilities(&caps, o);

	buf_free(&caps);
	return n;
}

static bool
names_capability(struct str capabilities, unsigned code)
{
	struct wire r = { .rest = capabilities };
	bool named = false;

	while (r.rest.n > 0 && !r.cut) {
		named |= wire_number(&r, 1) == code;
		wire_take(&r, wire_number(&r, 1));
	}
	return named && !r.cut;
}

bool
open_yield(struct open *ours, const struct bgp_error *error)
{
	struct str data = { (const char *)error->data, error->n };
	struct open refused = { 0 };
	size_t before = capabilities_size(ours);

	if (error->code != BGP_ERR_OPEN)
		return false;
	if (error->subcode == BGP_OPEN_PARAMETER) {
		*ours = (struct open){ .as = ours->as, .id = ours->id, .hold = ours->hold,
		    .families = ours->families & BGP_BIT(BGP_IPV4) };
	} else if (error->subcode == BGP_OPEN_CAPABILITY) {
		read_capabilities(&refused, data);
		refused.next_hop6 = names_capability(data, CAP_NEXT_HOP);
		remove_capabilities(ours, &refused);
	}
	return capabilities_size(ours) < before;
}
