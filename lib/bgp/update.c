/*
 * An UPDATE has one set of attributes. Changes with different sets may alternate, so up to
 * UPDATE_SIDE_BY_SIDE messages are filled in parallel, one batch for each set. A batch is encoded
 * when it is full, or when another set needs its place. Withdrawn routes are collected in a
 * separate batch.
 *
 * Invariants: the log of withdrawals is encoded before the log of announcements. All batches are
 * empty between two calls of update_put.
 */
#include "bgp/update.h"

#include "bgp/update_wire.h"
#include "bgp/wire.h"

#define LOCAL_PREF 100	/* the usual default of routers */

/* An UPDATE that is being filled. */
struct batch {
	uint32_t set;
	bool wanted;		/* routes with these attributes are sent to the peer */
	struct attrs attrs;
	struct update_wire_path path;	/* points into `attrs` */
	size_t room, n;		/* bytes of `nlri` that fit, and bytes in use */
	char nlri[BGP_MAX];
};

struct packer {
	const struct update_view *view;
	enum bgp_family family;
	struct buf *out;
	unsigned messages;
	size_t n;		/* batches in use */
	struct batch *batches;
	struct batch withdrawn;
};

struct addr
update_next_hop(const struct update_local *us, const struct attrs *a, bool next_hop6,
    enum bgp_family family)
{
	struct addr hop = a->next_hop[family];

	if (hop.family == ADDR_NONE)
		hop = us->next_hop[family];
	if (hop.family == ADDR_NONE && family == BGP_IPV4 && next_hop6)
		hop = update_next_hop(us, a, false, BGP_IPV6);
	if (hop.family == ADDR_V6 && family == BGP_IPV4 && !next_hop6)
		hop = (struct addr){ 0 };
	return hop;
}

/*
 * RFC 2545 section 3: the link-local address is sent only to a peer on the link, after the global
 * address of the same router (-n), or alone if there is no global address. IPv4 routes need the
 * global address: RFC 8950 section 3.
 */
static struct addr
link_local_hop(const struct update_view *v, enum bgp_family family, const struct addr *global)
{
	const struct addr *ours = &v->us->next_hop[BGP_IPV6];
	bool same = global->family == ADDR_NONE ? family == BGP_IPV6 : addr_eq(global, ours);

	return v->on_link && same ? v->us->link_local : (struct addr){ 0 };
}

/*
 * Sets the global and the link-local address of the next hop; each may be ADDR_NONE. RFC 4271
 * section 5.1.3: the address of a peer must not be sent to this peer as a next hop.
 */
static enum update_unsent
find_next_hop(const struct update_view *v, enum bgp_family family, const struct attrs *a,
    struct addr *global, struct addr *local)
{
	*global = update_next_hop(v->us, a, v->next_hop6, family);
	*local = link_local_hop(v, family, global);
	if (global->family == ADDR_NONE && local->family == ADDR_NONE)
		return UPDATE_NO_NEXT_HOP;
	if (addr_eq(local, &v->peer))
		*local = (struct addr){ 0 };
	if (global->family == ADDR_NONE ? local->family == ADDR_NONE : addr_eq(global, &v->peer))
		return UPDATE_PEER_NEXT_HOP;
	return UPDATE_SENT;
}

static bool
is_tagged_for(const struct update_view *v, const struct attrs *a)
{
	return v->tags == 0 || (v->tags & a->tags) != 0;
}

/*
 * Derives b->path: RFC 4271 section 5.1. A peer does not announce a route with NO_EXPORT outside
 * its AS (RFC 1997).
 */
static void
derive(const struct update_view *v, enum bgp_family family, struct batch *b)
{
	struct attrs *a = &b->attrs;
	struct addr global, local;
	enum update_unsent unsent = find_next_hop(v, family, a, &global, &local);

	if (v->no_export)
		communities_add_no_export(&a->communities[COMMUNITY_PLAIN]);
	b->path = (struct update_wire_path){ .ibgp = v->ibgp, .as4 = v->as4, .as = v->us->open.as,
	    .number = { [ATTRS_MED] = -1, [ATTRS_LOCAL_PREF] = LOCAL_PREF } };
	for (int i = 0; i < ATTRS_NUMBERS; i++)
		if (a->number[i] >= 0)
			b->path.number[i] = a->number[i];
	b->path.next_hop[family] = global;
	b->path.link_local = local;
	for (int k = 0; k < COMMUNITY_KINDS; k++)
		b->path.communities[k] = (struct str){ (const char *)a->communities[k].bytes,
		    a->communities[k].n };
	b->wanted = unsent == UPDATE_SENT && is_tagged_for(v, a);
}

static void
read_set(const struct update_local *us, uint32_t set, struct attrs *a)
{
	attrs_unpack(us->sets != NULL ? intern_text(us->sets, set) : (struct str){ NULL, 0 }, a);
}

static void
begin_batch(const struct packer *p, struct batch *b, uint32_t set)
{
	b->set = set;
	b->n = 0;
	read_set(p->view->us, set, &b->attrs);
	derive(p->view, p->family, b);
	b->room = b->wanted ? update_wire_room(&b->path, p->family) : 0;
}

static void
flush(struct packer *p, struct batch *b)
{
	if (b->n == 0)
		return;
	update_wire_put(p->out, b == &p->withdrawn ? NULL : &b->path, p->family,
	    (struct str){ b->nlri, b->n });
	p->messages++;
	b->n = 0;
}

/*
 * Flushes the batch as soon as another prefix of this length would not fit, so that put_log begins
 * no message after the limit is reached.
 */
static void
add_prefix(struct packer *p, struct batch *b, const uint8_t *nlri)
{
	size_t size = wire_nlri_size(nlri[0]);

	if (b->n + size > b->room)
		flush(p, b);
	memcpy(b->nlri + b->n, nlri, size);
	b->n += size;
	if (b->n + size > b->room)
		flush(p, b);
}

/* The batch of a set. If other sets use all batches, the fullest batch is encoded and reused. */
static struct batch *
find_batch(struct packer *p, uint32_t set)
{
	struct batch *b = p->batches;

	for (size_t i = 0; i < p->n; i++)
		if (p->batches[i].set == set)
			return &p->batches[i];
	if (p->n < UPDATE_SIDE_BY_SIDE) {
		b = &p->batches[p->n++];
	} else {
		for (size_t i = 1; i < p->n; i++)
			if (p->batches[i].n > b->n)
				b = &p->batches[i];
		flush(p, b);
	}
	begin_batch(p, b, set);
	return b;
}

/* Encodes the changes of a log. Withdraws a route whose new attributes the peer must not get. */
static void
put_log(struct packer *p, struct ribout *rib, struct ribout_reader *r, enum ribout_log log,
    size_t limit)
{
	struct batch *b = NULL;
	struct ribout_change c;

	while (p->out->len < limit && ribout_next(rib, r, p->family, log, &c)) {
		bool wanted = false;

		if (log == RIBOUT_ANNOUNCED) {
			if (b == NULL || b->set != c.attrs)
				b = find_batch(p, c.attrs);
			wanted = b->wanted;
		}
		if (wanted)
			add_prefix(p, b, c.nlri);
		else if (c.had)
			add_prefix(p, &p->withdrawn, c.nlri);
		ribout_take(rib, r, p->family, log, &c, wanted);
	}
	flush(p, &p->withdrawn);
	for (size_t i = 0; i < p->n; i++)
		flush(p, &p->batches[i]);
}

unsigned
update_put(struct ribout *rib, struct ribout_reader *r, const struct update_view *v,
    enum bgp_family family, struct buf *out, size_t limit)
{
	static struct batch batches[UPDATE_SIDE_BY_SIDE];
	struct packer p = { .view = v, .family = family, .out = out, .batches = batches,
	    .withdrawn.room = update_wire_room(NULL, family) };

	put_log(&p, rib, r, RIBOUT_WITHDRAWN, limit);
	put_log(&p, rib, r, RIBOUT_ANNOUNCED, limit);
	return p.messages;
}

/* Counts routes. Successive routes often have the same set, so the last reason is stored. */
struct count {
	const struct update_view *view;
	enum bgp_family family;
	bool has_last;
	uint32_t last;
	enum update_unsent reason;	/* reason for the set `last` */
	size_t *n;
};

static void
count_route(void *owner, uint32_t set)
{
	struct count *c = owner;
	struct addr global, local;
	struct attrs a;

	if (!c->has_last || c->last != set) {
		read_set(c->view->us, set, &a);
		c->reason = UPDATE_SENT;
		if (is_tagged_for(c->view, &a))
			c->reason = c->view->families & BGP_BIT(c->family) ?
			    find_next_hop(c->view, c->family, &a, &global, &local) :
			    UPDATE_NO_FAMILY;
		c->has_last = true;
		c->last = set;
	}
	c->n[c->reason]++;
}

void
update_count_unsent(const struct ribout *rib, const struct update_view *v, enum bgp_family family,
    size_t n[UPDATE_REASONS])
{
	struct count c = { .view = v, .family = family, .n = n };

	ribout_each(rib, family, count_route, &c);
}
