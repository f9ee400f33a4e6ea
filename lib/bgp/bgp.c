#include "bgp/bgp.h"

#define AFI_IPV4 1
#define AFI_IPV6 2
#define SAFI_UNICAST 1

#define PARAM_CAPABILITIES 2
#define PARAM_EXTENDED 255	/* RFC 9072 */

enum capability { CAP_MULTIPROTOCOL = 1, CAP_REFRESH = 2, CAP_NEXT_HOP = 5, CAP_EXTENDED = 6,
    CAP_RESTART = 64, CAP_AS4 = 65 };

/*
 * Of CAP_RESTART: in its first two octets, before the time, and of each family. RFC 4724 section 3,
 * RFC 8538 section 2.
 */
#define RESTARTING 0x8000
#define RESTART_NOTIFICATION 0x4000
#define RESTART_TIME 0x0fff
#define RESTART_KEPT 0x80

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

/* Takes numbers off the front of a view; what is not there reads as 0 and sets `cut`. */
struct reader {
	struct str rest;
	bool cut;
};

static struct str
take(struct reader *r, size_t n)
{
	struct str piece = { r->rest.p, n };

	if (n > r->rest.n) {
		r->cut = true;
		return (struct str){ NULL, 0 };
	}
	r->rest.p += n;
	r->rest.n -= n;
	return piece;
}

static uint32_t
take_number(struct reader *r, size_t size)
{
	struct str bytes = take(r, size);
	uint32_t value = 0;

	for (size_t i = 0; i < bytes.n; i++)
		value = value << 8 | (uint8_t)bytes.p[i];
	return value;
}

static bool
fail(struct bgp_error *error, uint8_t code, uint8_t subcode)
{
	*error = (struct bgp_error){ .code = code, .subcode = subcode };
	return false;
}

/* With one or two bytes of data. */
static bool
fail_with(struct bgp_error *error, uint8_t code, uint8_t subcode, uint16_t n, uint16_t value)
{
	*error = (struct bgp_error){ .code = code, .subcode = subcode, .n = n,
	    .data = { (uint8_t)(n == 2 ? value >> 8 : value), (uint8_t)value } };
	return false;
}

/* With bytes of the message as data; of more than fit, the first. */
static bool
fail_showing(struct bgp_error *error, uint8_t code, uint8_t subcode, struct str bytes)
{
	fail(error, code, subcode);
	error->n = (uint16_t)(bytes.n < sizeof(error->data) ? bytes.n : sizeof(error->data));
	memcpy(error->data, bytes.p, error->n);
	return false;
}

/*
 * The bounds of the Length field for each type: RFC 4271 section 6.1, RFC 2918 section 3, RFC 8654
 * section 4.
 */
static bool
check_length(unsigned type, unsigned length, size_t max, struct bgp_error *error)
{
	static const unsigned least[] = { 0, 29, 23, 21, BGP_HEADER, 23 };

	if (type == BGP_OPEN)
		max = BGP_MAX;
	if (length < BGP_HEADER || length > max)
		return fail_with(error, BGP_ERR_HEADER, BGP_HEADER_LENGTH, 2, (uint16_t)length);
	if (type < BGP_OPEN || type > BGP_ROUTE_REFRESH)
		return fail_with(error, BGP_ERR_HEADER, BGP_HEADER_TYPE, 1, (uint16_t)type);
	if (length < least[type] || (type == BGP_KEEPALIVE && length > BGP_HEADER))
		return fail_with(error, BGP_ERR_HEADER, BGP_HEADER_LENGTH, 2, (uint16_t)length);
	return true;
}

int
bgp_frame(struct str in, size_t max, struct bgp_message *m, struct bgp_error *error)
{
	struct reader r = { .rest = in };
	unsigned length, type;
	struct str marker;

	if (in.n < BGP_HEADER)
		return 0;
	marker = take(&r, 16);
	for (size_t i = 0; i < marker.n; i++)
		if ((uint8_t)marker.p[i] != 0xff) {
			fail(error, BGP_ERR_HEADER, BGP_HEADER_SYNC);
			return -1;
		}
	length = take_number(&r, 2);
	type = take_number(&r, 1);
	if (!check_length(type, length, max, error))
		return -1;
	if (in.n < length)
		return 0;
	*m = (struct bgp_message){ (enum bgp_type)type, take(&r, length - BGP_HEADER) };
	return (int)length;
}

/* The family of an AFI and a SAFI; false for one that we do not speak. */
static bool
find_family(uint32_t afi, uint32_t safi, enum bgp_family *family)
{
	*family = afi == AFI_IPV4 ? BGP_IPV4 : BGP_IPV6;
	return (afi == AFI_IPV4 || afi == AFI_IPV6) && safi == SAFI_UNICAST;
}

static bool
read_restart(struct bgp_open *o, struct str value)
{
	struct reader r = { .rest = value };
	uint32_t head = take_number(&r, 2);

	o->restart = true;
	o->restarting = head & RESTARTING;
	o->notification = head & RESTART_NOTIFICATION;
	o->restart_time = head & RESTART_TIME;
	o->restart_families = o->kept = 0;
	while (r.rest.n > 0 && !r.cut) {
		uint32_t afi = take_number(&r, 2), safi = take_number(&r, 1),
		    flags = take_number(&r, 1);
		enum bgp_family family;

		if (r.cut || !find_family(afi, safi, &family))
			continue;
		o->restart_families |= BGP_BIT(family);
		o->kept |= flags & RESTART_KEPT ? BGP_BIT(family) : 0;
	}
	return !r.cut;
}

static bool
read_multiprotocol(struct bgp_open *o, struct str value)
{
	struct reader r = { .rest = value };
	/* After a reserved octet. */
	uint32_t afi = take_number(&r, 2), safi = take_number(&r, 2) & 0xff;
	enum bgp_family family;

	o->multiprotocol = true;
	if (find_family(afi, safi, &family))
		o->families |= BGP_BIT(family);
	return value.n == 4;
}

/* RFC 8950 section 4: a list of families, each with the family that its next hops may have. */
static bool
read_next_hops(struct bgp_open *o, struct str value)
{
	struct reader r = { .rest = value };

	while (r.rest.n > 0 && !r.cut) {
		uint32_t afi = take_number(&r, 2), safi = take_number(&r, 2),
		    hop = take_number(&r, 2);

		o->next_hop6 |= afi == AFI_IPV4 && safi == SAFI_UNICAST && hop == AFI_IPV6;
	}
	return !r.cut;
}

/* Capabilities that we do not know are none of our business: RFC 5492 section 3. */
static bool
read_capability(struct bgp_open *o, unsigned code, struct str value)
{
	struct reader r = { .rest = value };

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
		o->as = take_number(&r, 4);
		return value.n == 4;
	}
	return true;
}

static bool
read_capabilities(struct bgp_open *o, struct str value)
{
	struct reader r = { .rest = value };

	while (r.rest.n > 0 && !r.cut) {
		unsigned code = take_number(&r, 1);
		struct str piece = take(&r, take_number(&r, 1));

		if (!r.cut && !read_capability(o, code, piece))
			return false;
	}
	return !r.cut;
}

static bool
read_parameters(struct bgp_open *o, struct reader r, size_t length_size, struct bgp_error *error)
{
	while (r.rest.n > 0) {
		unsigned type = take_number(&r, 1);
		struct str value = take(&r, take_number(&r, length_size));

		if (r.cut)
			return fail(error, BGP_ERR_OPEN, 0);
		if (type != PARAM_CAPABILITIES)
			return fail(error, BGP_ERR_OPEN, BGP_OPEN_PARAMETER);
		if (!read_capabilities(o, value))
			return fail(error, BGP_ERR_OPEN, 0);
	}
	return true;
}

bool
bgp_open_parse(struct str body, struct bgp_open *o, struct bgp_error *error)
{
	struct reader r = { .rest = body };
	size_t length_size = 1, length;

	memset(o, 0, sizeof(*o));
	if (take_number(&r, 1) != BGP_VERSION)
		return fail_with(error, BGP_ERR_OPEN, BGP_OPEN_VERSION, 2, BGP_VERSION);
	o->as = take_number(&r, 2);
	o->hold = (uint16_t)take_number(&r, 2);
	o->id = take_number(&r, 4);
	length = take_number(&r, 1);
	/* RFC 9072 section 2: the type tells the extended form, whatever the length before it. */
	if (length != 0 && r.rest.n > 0 && (uint8_t)r.rest.p[0] == PARAM_EXTENDED) {
		take(&r, 1);
		length = take_number(&r, 2);
		length_size = 2;
	}
	if (r.cut || length != r.rest.n)
		return fail(error, BGP_ERR_OPEN, 0);
	if (!read_parameters(o, r, length_size, error))
		return false;
	if (!o->multiprotocol)
		o->families = BGP_BIT(BGP_IPV4);
	return true;
}

static void put_multiprotocol(struct buf *out, enum bgp_family family);

/* Shows the families that we speak. */
static bool
fail_for_families(struct bgp_error *error, unsigned families)
{
	struct buf caps = BUF(64);

	for (int f = 0; f < BGP_FAMILIES; f++)
		if (families & BGP_BIT(f))
			put_multiprotocol(&caps, (enum bgp_family)f);
	fail_showing(error, BGP_ERR_OPEN, BGP_OPEN_CAPABILITY, buf_view(&caps));
	buf_free(&caps);
	return false;
}

bool
bgp_open_check(const struct bgp_open *theirs, uint32_t as, const struct bgp_open *ours,
    struct bgp_error *error)
{
	/* AS 0 equals none that can be configured: RFC 7607. */
	if (theirs->as != as || theirs->as == 0)
		return fail(error, BGP_ERR_OPEN, BGP_OPEN_AS);
	/* RFC 6286 section 2.2: unique within an AS. */
	if (theirs->id == 0 || (theirs->id == ours->id && theirs->as == ours->as))
		return fail(error, BGP_ERR_OPEN, BGP_OPEN_ID);
	if (theirs->hold != 0 && theirs->hold < BGP_HOLD_MIN)
		return fail(error, BGP_ERR_OPEN, BGP_OPEN_HOLD);
	if ((theirs->families & ours->families) == 0)
		return fail_for_families(error, ours->families);
	return true;
}

/* RFC 4760 section 8: without any such capability the session is one for IPv4. */
static void
yield_families(struct bgp_open *ours, unsigned refused)
{
	unsigned left = ours->families & ~refused;

	ours->multiprotocol = left != 0;
	ours->families = left != 0 ? left : ours->families & BGP_BIT(BGP_IPV4);
	ours->restart_families &= ours->families;
}

/* `refused` collects families. */
static void
yield_capability(struct bgp_open *ours, struct bgp_open *refused, unsigned code, struct str value)
{
	switch (code) {
	case CAP_MULTIPROTOCOL:
		read_multiprotocol(refused, value);
		break;
	case CAP_REFRESH:
		ours->refresh = false;
		break;
	case CAP_EXTENDED:
		ours->extended = false;
		break;
	case CAP_NEXT_HOP:
		ours->next_hop6 = false;
		break;
	case CAP_RESTART:
		ours->restart = false;
		break;
	case CAP_AS4:
		ours->as4 = false;
		break;
	}
}

bool
bgp_open_yield(struct bgp_open *ours, const struct bgp_error *error)
{
	struct bgp_open before = *ours, refused = { 0 };
	struct reader r = { .rest = { (const char *)error->data, error->n } };

	if (error->code != BGP_ERR_OPEN)
		return false;
	if (error->subcode == BGP_OPEN_PARAMETER) {
		*ours = (struct bgp_open){ .as = ours->as, .id = ours->id, .hold = ours->hold,
		    .families = ours->families & BGP_BIT(BGP_IPV4) };
	} else if (error->subcode == BGP_OPEN_CAPABILITY) {
		while (r.rest.n > 0 && !r.cut) {
			unsigned code = take_number(&r, 1);
			struct str value = take(&r, take_number(&r, 1));

			if (!r.cut)
				yield_capability(ours, &refused, code, value);
		}
		if (ours->multiprotocol && (refused.families & ours->families) != 0)
			yield_families(ours, refused.families);
	}
	return before.families != ours->families || before.multiprotocol != ours->multiprotocol ||
	    before.refresh != ours->refresh || before.extended != ours->extended ||
	    before.next_hop6 != ours->next_hop6 || before.restart != ours->restart ||
	    before.as4 != ours->as4;
}

static bool
read_family(struct reader *r, enum bgp_family *family)
{
	uint32_t afi = take_number(r, 2), safi = take_number(r, 1);

	return !r->cut && find_family(afi, safi, family);
}

bool
bgp_nlri_next(struct str *rest, enum bgp_family family, struct prefix *p)
{
	uint8_t addr_family = family == BGP_IPV4 ? ADDR_V4 : ADDR_V6;
	uint8_t len;

	if (rest->n == 0)
		return false;
	len = (uint8_t)rest->p[0];
	if (len > addr_bits(addr_family) || bgp_nlri_size(len) > rest->n)
		return false;
	memset(p, 0, sizeof(*p));
	p->addr.family = addr_family;
	p->len = len;
	memcpy(p->addr.bytes, rest->p + 1, bgp_nlri_size(len) - 1);
	/* RFC 4271 section 4.3: the bits behind the prefix are irrelevant. */
	if (len % 8 != 0)
		p->addr.bytes[len / 8] &= (uint8_t)(0xff00 >> len % 8);
	rest->p += bgp_nlri_size(len);
	rest->n -= bgp_nlri_size(len);
	return true;
}

static bool
nlri_is_sound(struct str nlri, enum bgp_family family)
{
	struct prefix p;

	while (bgp_nlri_next(&nlri, family, &p))
		continue;
	return nlri.n == 0;
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

/*
 * Both attributes of RFC 4760 may come once, and what they hold must be told apart (RFC 7606
 * sections 3 (g) and 5.3). False when not; families that we do not speak are nobody's business.
 */
static bool
read_mp_reach(struct bgp_update *u, struct reader *r)
{
	bool known = read_family(r, &u->mp_announced_family);
	struct str next_hop = take(r, take_number(r, 1));

	take(r, 1);	/* reserved */
	if (!known || r->cut)
		return !r->cut;
	u->mp_next_hop = next_hop;
	u->mp_announced = r->rest;
	return has_next_hop_length(u->mp_announced_family, next_hop.n) &&
	    nlri_is_sound(r->rest, u->mp_announced_family);
}

static bool
read_mp_unreach(struct bgp_update *u, struct reader *r)
{
	if (!read_family(r, &u->mp_withdrawn_family))
		return !r->cut;
	u->mp_withdrawn = r->rest;
	return nlri_is_sound(r->rest, u->mp_withdrawn_family);
}

/* False where the session cannot go on. */
static bool
read_attribute(struct bgp_update *u, unsigned type, struct str value)
{
	struct reader r = { .rest = value };
	size_t fixed = value.n;

	switch (type) {
	case ATTR_ORIGIN:
		u->origin = (int)take_number(&r, fixed = 1);
		break;
	case ATTR_AS_PATH:
		u->as_path = value;
		break;
	case ATTR_NEXT_HOP:
		u->next_hop = take(&r, fixed = 4);
		break;
	case ATTR_MED:
		u->med = take_number(&r, fixed = 4);
		break;
	case ATTR_LOCAL_PREF:
		u->local_pref = take_number(&r, fixed = 4);
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
read_attributes(struct bgp_update *u, struct str attributes, struct bgp_error *error)
{
	struct reader r = { .rest = attributes };
	uint64_t seen[4] = { 0 };

	while (r.rest.n > 0) {
		struct str whole = r.rest;
		uint32_t flags = take_number(&r, 1), type = take_number(&r, 1);
		struct str value = take(&r, take_number(&r, flags & EXTENDED ? 2 : 1));
		bool again = seen[type / 64] >> type % 64 & 1;

		u->attributes++;
		if (r.cut)
			break;
		seen[type / 64] |= UINT64_C(1) << type % 64;
		if (again && (type == ATTR_MP_REACH || type == ATTR_MP_UNREACH))
			return fail(error, BGP_ERR_UPDATE, BGP_UPDATE_ATTRIBUTES);
		whole.n -= r.rest.n;
		if (!again && !read_attribute(u, type, value))
			return fail_showing(error, BGP_ERR_UPDATE, BGP_UPDATE_OPTIONAL, whole);
	}
	u->malformed |= r.cut;
	return true;
}

bool
bgp_update_parse(struct str body, struct bgp_update *u, struct bgp_error *error)
{
	struct reader r = { .rest = body };
	struct str attributes;

	*u = (struct bgp_update){ .origin = -1, .med = -1, .local_pref = -1 };
	u->withdrawn = take(&r, take_number(&r, 2));
	attributes = take(&r, take_number(&r, 2));
	if (r.cut)
		return fail(error, BGP_ERR_UPDATE, BGP_UPDATE_ATTRIBUTES);
	u->announced = r.rest;
	if (!nlri_is_sound(u->withdrawn, BGP_IPV4) || !nlri_is_sound(u->announced, BGP_IPV4))
		return fail(error, BGP_ERR_UPDATE, BGP_UPDATE_NETWORK);
	return read_attributes(u, attributes, error);
}

bool
bgp_update_is_end(const struct bgp_update *u, enum bgp_family *family)
{
	if (u->withdrawn.n > 0 || u->announced.n > 0 || u->malformed)
		return false;
	*family = u->attributes == 0 ? BGP_IPV4 : u->mp_withdrawn_family;
	return u->attributes == 0 ||
	    (u->attributes == 1 && u->mp_withdrawn.p != NULL && u->mp_withdrawn.n == 0);
}

/* RFC 8538 section 3.1: what a Hard Reset is for comes as its data. */
struct bgp_error
bgp_notification_parse(struct str body)
{
	struct reader r = { .rest = body };
	struct bgp_error e = { 0 };

	e.code = (uint8_t)take_number(&r, 1);
	e.subcode = (uint8_t)take_number(&r, 1);
	if (e.code == BGP_ERR_CEASE && e.subcode == BGP_CEASE_HARD_RESET && r.rest.n >= 2) {
		e.hard = true;
		e.code = (uint8_t)take_number(&r, 1);
		e.subcode = (uint8_t)take_number(&r, 1);
	}
	e.n = (uint16_t)(r.rest.n < sizeof(e.data) ? r.rest.n : sizeof(e.data));
	if (e.n > 0)
		memcpy(e.data, r.rest.p, e.n);
	return e;
}

void
bgp_error_say(struct bgp_error *error, struct str words)
{
	if (words.n == 0 || words.n > BGP_WORDS_MAX)
		return;
	error->data[0] = (uint8_t)words.n;
	memcpy(error->data + 1, words.p, words.n);
	error->n = (uint16_t)(1 + words.n);
}

struct str
bgp_error_words(const struct bgp_error *e)
{
	bool may = e->code == BGP_ERR_CEASE &&
	    (e->subcode == BGP_CEASE_SHUTDOWN || e->subcode == BGP_CEASE_RESET);

	if (!may || e->n == 0 || e->data[0] == 0 || e->data[0] > e->n - 1)
		return (struct str){ NULL, 0 };
	return (struct str){ (const char *)e->data + 1, e->data[0] };
}

bool
bgp_refresh_parse(struct str body, enum bgp_family *family)
{
	struct reader r = { .rest = body };
	uint32_t afi = take_number(&r, 2), safi;

	take(&r, 1);	/* reserved: RFC 2918 section 3 */
	safi = take_number(&r, 1);
	return !r.cut && find_family(afi, safi, family);
}

static void
put_header(struct buf *out, enum bgp_type type, size_t body)
{
	static const uint8_t marker[16] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	buf_put(out, marker, sizeof(marker));
	buf_u16(out, (uint16_t)(BGP_HEADER + body));
	buf_byte(out, (uint8_t)type);
}

static void
put_family(struct buf *out, enum bgp_family family)
{
	buf_u16(out, family == BGP_IPV4 ? AFI_IPV4 : AFI_IPV6);
	buf_byte(out, SAFI_UNICAST);
}

static void
put_multiprotocol(struct buf *out, enum bgp_family family)
{
	buf_byte(out, CAP_MULTIPROTOCOL);
	buf_byte(out, 4);
	buf_u16(out, family == BGP_IPV4 ? AFI_IPV4 : AFI_IPV6);
	buf_byte(out, 0);
	buf_byte(out, SAFI_UNICAST);
}

static void
put_restart(struct buf *out, const struct bgp_open *o)
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
		put_family(out, (enum bgp_family)f);
		buf_byte(out, o->kept & BGP_BIT(f) ? RESTART_KEPT : 0);
	}
}

/* All capabilities in one optional parameter: RFC 5492 section 4. */
static size_t
put_capabilities(struct buf *out, const struct bgp_open *o)
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
		buf_u16(out, AFI_IPV4);
		buf_u16(out, SAFI_UNICAST);
		buf_u16(out, AFI_IPV6);
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
bgp_put_open(struct buf *out, const struct bgp_open *o)
{
	struct buf caps = BUF(64);
	size_t n = put_capabilities(&caps, o);
	uint8_t params = (uint8_t)(n > 0 ? n + 2 : 0);

	put_header(out, BGP_OPEN, 10u + params);
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

void
bgp_put_keepalive(struct buf *out)
{
	put_header(out, BGP_KEEPALIVE, 0);
}

void
bgp_put_notification(struct buf *out, const struct bgp_error *error)
{
	put_header(out, BGP_NOTIFICATION, (error->hard ? 4u : 2u) + error->n);
	if (error->hard) {
		buf_byte(out, BGP_ERR_CEASE);
		buf_byte(out, BGP_CEASE_HARD_RESET);
	}
	buf_byte(out, error->code);
	buf_byte(out, error->subcode);
	buf_put(out, error->data, error->n);
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
needs_as4_path(const struct bgp_path *path)
{
	return !path->ibgp && !path->as4 && path->as > UINT16_MAX;
}

/* AS_SEQUENCE of our AS, as often as it is to be there. */
static void
put_sequence(struct buf *out, const struct bgp_path *path, bool as4)
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
put_as_path(struct buf *out, const struct bgp_path *path)
{
	buf_byte(out, TRANSITIVE);
	buf_byte(out, ATTR_AS_PATH);
	if (path->ibgp)
		buf_byte(out, 0);
	else
		put_sequence(out, path, path->as4);
}

static void
put_as4_path(struct buf *out, const struct bgp_path *path)
{
	buf_byte(out, OPTIONAL | TRANSITIVE);
	buf_byte(out, ATTR_AS4_PATH);
	put_sequence(out, path, true);
}

static size_t
communities_size(const struct bgp_path *path, enum community_kind kind)
{
	size_t n = path->communities[kind].n;

	return n == 0 ? 0 : n + (n > UINT8_MAX ? 4 : 3);
}

static void
put_communities(struct buf *out, const struct bgp_path *path, enum community_kind kind,
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
is_plain(const struct bgp_path *path, enum bgp_family family)
{
	return family == BGP_IPV4 && path->next_hop[BGP_IPV4].family == ADDR_V4;
}

static size_t
as_path_size(const struct bgp_path *path, bool as4)
{
	return 5 + (1 + path->prepend) * (as4 ? 4 : 2);
}

/* What put_attributes appends. */
static size_t
attributes_size(const struct bgp_path *path, enum bgp_family family)
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
put_attributes(struct buf *out, const struct bgp_path *path, enum bgp_family family)
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
next_hop_size(const struct bgp_path *path, enum bgp_family family)
{
	bool global = path->next_hop[family].family != ADDR_NONE,
	    local = path->link_local.family != ADDR_NONE;

	return global && local ? 32 : 16;
}

static size_t
mp_reach_size(const struct bgp_path *path, enum bgp_family family)
{
	return is_plain(path, family) ? 0 : MP_REACH + next_hop_size(path, family);
}

size_t
bgp_announce_room(const struct bgp_path *path, enum bgp_family family)
{
	return BGP_MAX - BGP_HEADER - LENGTHS - attributes_size(path, family) - mp_reach_size(path,
	    family);
}

size_t
bgp_withdraw_room(enum bgp_family family)
{
	return BGP_MAX - BGP_HEADER - LENGTHS - (family == BGP_IPV4 ? 0 : MP_UNREACH);
}

/* RFC 4760 section 3. It comes before the other attributes: RFC 7606 section 5.1. */
static void
put_mp_reach(struct buf *out, const struct bgp_path *path, enum bgp_family family, struct str nlri)
{
	size_t hop = next_hop_size(path, family);

	buf_byte(out, OPTIONAL | EXTENDED);
	buf_byte(out, ATTR_MP_REACH);
	buf_u16(out, (uint16_t)(MP_REACH - 4 + hop + nlri.n));
	put_family(out, family);
	buf_byte(out, (uint8_t)hop);
	if (path->next_hop[family].family != ADDR_NONE)
		buf_put(out, path->next_hop[family].bytes, 16);
	if (path->link_local.family != ADDR_NONE)
		buf_put(out, path->link_local.bytes, 16);
	buf_byte(out, 0);
	buf_str(out, nlri);
}

void
bgp_put_announce(struct buf *out, const struct bgp_path *path, enum bgp_family family,
    struct str nlri)
{
	bool plain = is_plain(path, family);
	size_t mp = plain ? 0 : mp_reach_size(path, family) + nlri.n;
	size_t attributes = attributes_size(path, family) + mp;

	put_header(out, BGP_UPDATE, LENGTHS + attributes + (plain ? nlri.n : 0));
	buf_u16(out, 0);
	buf_u16(out, (uint16_t)attributes);
	if (!plain)
		put_mp_reach(out, path, family, nlri);
	put_attributes(out, path, family);
	if (plain)
		buf_str(out, nlri);
}

void
bgp_put_withdraw(struct buf *out, enum bgp_family family, struct str nlri)
{
	if (family == BGP_IPV4) {
		put_header(out, BGP_UPDATE, LENGTHS + nlri.n);
		buf_u16(out, (uint16_t)nlri.n);
		buf_str(out, nlri);
		buf_u16(out, 0);
		return;
	}
	put_header(out, BGP_UPDATE, LENGTHS + MP_UNREACH + nlri.n);
	buf_u16(out, 0);
	buf_u16(out, (uint16_t)(MP_UNREACH + nlri.n));
	buf_byte(out, OPTIONAL | EXTENDED);
	buf_byte(out, ATTR_MP_UNREACH);
	buf_u16(out, (uint16_t)(MP_UNREACH - 4 + nlri.n));
	put_family(out, family);
	buf_str(out, nlri);
}

/* RFC 4724 section 2: an UPDATE that withdraws nothing. */
void
bgp_put_end_of_rib(struct buf *out, enum bgp_family family)
{
	bgp_put_withdraw(out, family, STR(""));
}
