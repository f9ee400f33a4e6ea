/*
 * A route to a next hop or to an address of a session would cause a loop: the traffic to the next
 * hop, or the session itself, would follow the route. So the host route of such an address is
 * always refused. A shorter prefix that contains such an address is refused unless --allow-covering
 * is set; that option is for networks with more specific routes to the address. `own` has these
 * addresses, sorted. When `own` changes, announced routes to its addresses are withdrawn.
 *
 * Invariants: a line with an invalid format or attribute changes no route. After a route is
 * refused, the Adj-RIB-Out does not have the route.
 */
#include "bgp/originate.h"

#include "bgp/addrkind.h"

#define NO_NEXT_HOP(family) "no " family " next hop (-n)"
#define COUNTED(family) "; further " family " routes without a next hop are only counted"
#define UNKNOWN_KEYS_MAX 100	/* the most keys reported to on_unknown_key */

/* Reports each unknown key once. */
static void
note_unknown_key(void *owner, struct str key)
{
	struct originate *o = owner;
	uint32_t id = intern_take(&o->named, key);

	o->counters.unknown_keys++;
	if (o->named.texts[id].users > 1 || o->n_named == UNKNOWN_KEYS_MAX) {
		intern_drop(&o->named, id);
		return;
	}
	o->n_named++;
	if (o->on_unknown_key != NULL)
		o->on_unknown_key(o->owner, key);
}

static void
drop_set(void *owner, uint32_t set)
{
	policy_drop(owner, set);
}

void
originate_open(struct originate *o, const struct update_local *us, struct policy *policy,
    struct ribout *rib)
{
	*o = (struct originate){ .us = us, .policy = policy, .rib = rib };
	policy->on_unknown = note_unknown_key;
	policy->owner = o;
	ribout_on_drop(rib, drop_set, policy);
}

void
originate_free(struct originate *o)
{
	static_routes_free(&o->files);
	addrset_free(&o->own);
	intern_free(&o->named);
}

/* Whether a next hop is configured for this family, for all routes or for a tag. */
static bool
has_next_hop(const struct originate *o, enum bgp_family family)
{
	const struct policy *p = o->policy;
	bool has = update_next_hop(o->us, &p->all, p->next_hop6, family).family != ADDR_NONE;

	for (size_t i = 0; i < p->n; i++)
		has |= p->tags[i].attrs.next_hop[family].family != ADDR_NONE;
	return has || (family == BGP_IPV6 && o->us->link_local.family != ADDR_NONE);
}

unsigned
originate_families(const struct originate *o)
{
	unsigned families = 0;

	for (int f = 0; f < BGP_FAMILIES; f++)
		if (has_next_hop(o, (enum bgp_family)f))
			families |= BGP_BIT(f);
	return families != 0 ? families : BGP_BIT(BGP_IPV4) | BGP_BIT(BGP_IPV6);
}

/* If a family has no next hop, all its routes are refused, but only the first one is reported. */
static void
refuse_route(struct originate *o, const struct prefix *p, const char *why,
    enum originate_refusal kind)
{
	enum bgp_family family = bgp_family(p->addr.family);
	bool silent = kind == ORIGINATE_NO_NEXT_HOP && o->reported_no_next_hop[family];

	o->counters.refused[kind]++;
	if (kind == ORIGINATE_NO_NEXT_HOP) {
		o->reported_no_next_hop[family] = true;
		why = family == BGP_IPV4 ? NO_NEXT_HOP("IPv4") COUNTED("IPv4") :
		    NO_NEXT_HOP("IPv6") COUNTED("IPv6");
	}
	if (o->on_refused != NULL && !silent)
		o->on_refused(o->owner, p, why);
}

/*
 * NULL, or why the route is refused: *p contains `hop`, another next hop, or a session's address.
 */
static const char *
own_reject_reason(const struct originate *o, const struct prefix *p, const struct addr *hop,
    enum originate_refusal *kind)
{
	if (!prefix_covers(p, hop) && !addrset_meets(&o->own, p))
		return NULL;
	if (p->len == addr_bits(p->addr.family)) {
		*kind = ORIGINATE_OWN_ADDRESS;
		return "the prefix is a next hop, a peer or a source address";
	}
	if (o->allow_covering)
		return NULL;
	*kind = ORIGINATE_COVERING;
	return "the prefix contains a next hop, a peer or a source address; "
	    "--allow-covering announces it";
}

/* Whether the limit of routes refuses the prefix. */
static bool
is_over_limit(const struct originate *o, const struct prefix *p)
{
	return o->max_routes > 0 && ribout_routes(o->rib, BGP_IPV4) +
	    ribout_routes(o->rib, BGP_IPV6) >= o->max_routes && !ribout_has(o->rib, p);
}

/* NULL, or why this route is refused whatever the number of routes is. */
static const char *
reject_reason(const struct originate *o, const struct prefix *p, const struct attrs *attrs,
    enum originate_refusal *kind)
{
	enum bgp_family family = bgp_family(p->addr.family);
	struct addr hop = update_next_hop(o->us, attrs, o->policy->next_hop6, family);
	const char *why;

	if (p->len == 0) {
		*kind = ORIGINATE_DEFAULT_ROUTE;
		return "a default route is never announced";
	}
	if ((why = own_reject_reason(o, p, &hop, kind)) != NULL)
		return why;
	if (addrkind_of_prefix(p) != ADDRKIND_UNICAST) {
		*kind = ORIGINATE_MARTIAN;
		return addrkind_name(addrkind_of_prefix(p));
	}
	*kind = ORIGINATE_NO_NEXT_HOP;
	if ((o->us->open.families & BGP_BIT(family)) && (hop.family != ADDR_NONE ||
	    (family == BGP_IPV6 && o->us->link_local.family != ADDR_NONE)))
		return NULL;
	return family == BGP_IPV4 ? NO_NEXT_HOP("IPv4") : NO_NEXT_HOP("IPv6");
}

/* As reject_reason, for a route of stdin: NULL, or why it is refused now. */
static const char *
line_reject_reason(const struct originate *o, const struct prefix *p, const struct attrs *attrs,
    enum originate_refusal *kind)
{
	const char *why = reject_reason(o, p, attrs, kind);

	if (why != NULL || !is_over_limit(o, p))
		return why;
	*kind = ORIGINATE_OVER_LIMIT;
	return "the limit of --max-routes is reached";
}

/* Forgets the route of stdin with the prefix of a file's route. */
static void
forget_other(struct originate *o, struct static_route *r)
{
	if (r->other != STATIC_ROUTES_NONE)
		policy_drop(o->policy, r->other);
	r->other = STATIC_ROUTES_NONE;
}

/* Ends the route of stdin. */
static void
withdraw_line(struct originate *o, const struct prefix *p)
{
	struct static_route *r = static_routes_find(&o->files, p);

	if (r != NULL)
		forget_other(o, r);
	else
		ribout_withdraw(o->rib, p);
}

static const char *
announce_line(struct originate *o, const struct route *line)
{
	enum originate_refusal kind;
	const struct attrs *attrs;
	struct static_route *r;
	uint32_t set;
	const char *why = policy_take(o->policy, line, &set, &attrs);

	if (why != NULL)
		return why;
	o->counters.announces++;
	why = line_reject_reason(o, &line->prefix, attrs, &kind);
	if (why != NULL) {
		policy_drop(o->policy, set);
		refuse_route(o, &line->prefix, why, kind);
		withdraw_line(o, &line->prefix);
	} else if ((r = static_routes_find(&o->files, &line->prefix)) != NULL) {
		forget_other(o, r);
		r->other = set;
	} else {
		ribout_announce(o->rib, &line->prefix, set);
	}
	return NULL;
}

const char *
originate_check(const struct originate *o, const struct route *r, struct addr *hop)
{
	enum originate_refusal kind;
	const struct attrs *attrs;
	uint32_t set;
	const char *why = policy_take(o->policy, r, &set, &attrs);

	if (why != NULL)
		return why;
	*hop = update_next_hop(o->us, attrs, o->policy->next_hop6,
	    bgp_family(r->prefix.addr.family));
	policy_drop(o->policy, set);
	return line_reject_reason(o, &r->prefix, attrs, &kind);
}

bool
originate_file_route(const struct originate *o, const struct prefix *p, struct prefix *found,
    struct addr *hop)
{
	const struct static_route *r = static_routes_find(&o->files, p);
	struct attrs attrs;

	if (r == NULL && (r = static_routes_above(&o->files, p)) == NULL)
		return false;
	attrs_unpack(intern_text(&o->policy->sets, r->set), &attrs);
	*found = r->prefix;
	*hop = update_next_hop(o->us, &attrs, o->policy->next_hop6,
	    bgp_family(p->addr.family));
	return true;
}

const char *
originate_line(struct originate *o, struct str line)
{
	struct route r;
	const char *why = route_parse(line, &r);

	if (why != NULL)
		return why;
	switch (r.verb) {
	case ROUTE_COMMENT:
		return NULL;
	case ROUTE_ANNOUNCE:
		why = announce_line(o, &r);
		break;
	case ROUTE_WITHDRAW:
		withdraw_line(o, &r.prefix);
		o->counters.withdraws++;
		break;
	case ROUTE_END_OF_RIB:
		ribout_complete(o->rib);
		break;
	}
	o->counters.lines++;
	return why;
}

const char *
originate_file_line(struct originate *o, struct str line, uint16_t file, struct static_routes *to)
{
	enum originate_refusal kind;
	const struct attrs *attrs;
	struct str rest = line;
	struct route r;
	uint32_t set;
	const char *why;

	if (line.n > 0 && line.p[0] != '#' && !str_take(&rest, STR("announce ")))
		return "not an announce line; convert a list of prefixes with "
		    "dnstap-list --prefixes cidr FILE";
	why = route_parse(line, &r);
	if (why != NULL || r.verb == ROUTE_COMMENT)
		return why;
	if ((why = policy_take(o->policy, &r, &set, &attrs)) != NULL)
		return why;
	why = reject_reason(o, &r.prefix, attrs, &kind);
	if (why == NULL) {
		static_routes_add(to, &r.prefix, file, set);
		return NULL;
	}
	policy_drop(o->policy, set);
	refuse_route(o, &r.prefix, why, kind);
	return NULL;
}

void
originate_keep_file(struct originate *o, uint16_t file, struct static_routes *to)
{
	for (const struct static_route *r = o->files.list; r < o->files.list + o->files.n; r++) {
		if (r->file != file)
			continue;
		policy_again(o->policy, r->set);
		static_routes_add(to, &r->prefix, file, r->set);
	}
}

void
originate_cut(struct originate *o, struct static_routes *to, size_t n)
{
	static_routes_cut(to, n, drop_set, o->policy);
}

/*
 * Ends the routes of files that `new` lacks; both arrays are sorted. If stdin announces the prefix
 * of an ended route, the route of stdin replaces it.
 */
static void
end_absent_routes(struct originate *o, const struct static_routes *new)
{
	size_t at = 0;

	for (struct static_route *r = o->files.list; r < o->files.list + o->files.n; r++) {
		while (at < new->n && static_routes_compare(&new->list[at], r) < 0)
			at++;
		if (at < new->n && static_routes_compare(&new->list[at], r) == 0)
			new->list[at].other = r->other;
		else if (r->other != STATIC_ROUTES_NONE)
			ribout_announce(o->rib, &r->prefix, r->other);
		else
			ribout_withdraw(o->rib, &r->prefix);
	}
}

/* Announces a route of a file. False if the limit of routes refuses the route. */
static bool
announce_static(struct originate *o, struct static_route *r)
{
	uint32_t set;

	if (is_over_limit(o, &r->prefix)) {
		policy_drop(o->policy, r->set);
		o->counters.refused[ORIGINATE_OVER_LIMIT]++;
		return false;
	}
	if (static_routes_find(&o->files, &r->prefix) == NULL &&
	    ribout_get(o->rib, &r->prefix, &set)) {
		policy_again(o->policy, set);
		r->other = set;
	}
	ribout_announce(o->rib, &r->prefix, r->set);
	return true;
}

size_t
originate_replace_files(struct originate *o, struct static_routes *to)
{
	size_t n = 0, refused;

	static_routes_seal(to, drop_set, o->policy);
	end_absent_routes(o, to);
	for (size_t i = 0; i < to->n; i++)
		if (announce_static(o, &to->list[i]))
			to->list[n++] = to->list[i];
	refused = to->n - n;
	to->n = n;
	static_routes_free(&o->files);
	o->files = *to;
	*to = (struct static_routes){ 0 };
	return refused;
}

/* Ends the routes of both origins. Returns whether the prefix was announced. */
static bool
withdraw_origins(struct originate *o, const struct prefix *p)
{
	struct static_route *r = static_routes_find(&o->files, p);

	if (r != NULL) {
		forget_other(o, r);
		static_routes_remove(&o->files, r);
	}
	return ribout_withdraw(o->rib, p);
}

/* Withdraws the announced routes to addresses in `own` that own_reject_reason refuses. */
static void
withdraw_own_addresses(struct originate *o)
{
	for (size_t i = 0; i < o->own.n; i++)
		for (uint8_t len = addr_bits(o->own.addrs[i].family); len > 0; len--) {
			struct prefix p = prefix_of(&o->own.addrs[i], len);
			enum originate_refusal kind;
			const char *why = own_reject_reason(o, &p, &o->own.addrs[i], &kind);

			if (why != NULL && withdraw_origins(o, &p))
				refuse_route(o, &p, why, kind);
		}
}

void
originate_protect(struct originate *o, struct addrset sessions)
{
	addrset_free(&o->own);
	o->own = sessions;
	for (int f = 0; f < BGP_FAMILIES; f++) {
		addrset_add(&o->own, &o->us->next_hop[f]);
		addrset_add(&o->own, &o->policy->all.next_hop[f]);
		for (size_t i = 0; i < o->policy->n; i++)
			addrset_add(&o->own, &o->policy->tags[i].attrs.next_hop[f]);
	}
	addrset_sort(&o->own);
	withdraw_own_addresses(o);
}
