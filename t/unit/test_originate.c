#include "bgp/originate.h"

#include <stdio.h>

#include "unit.h"

static struct update_local us;
static struct policy policy;
static struct ribout *rib;
static struct originate o;
static char reports[4096];

static void
note_refused(void *owner, const struct prefix *p, const char *why)
{
	size_t n = strlen(owner);
	char text[PREFIX_STRLEN];

	prefix_format(p, text);
	snprintf((char *)owner + n, sizeof(reports) - n, "%s: %s\n", text, why);
}

static void
note_key(void *owner, struct str key)
{
	size_t n = strlen(owner);

	snprintf((char *)owner + n, sizeof(reports) - n, "%.*s\n", (int)key.n, key.p);
}

/* Opens with the next hops 192.0.2.9 and 2001:db8::9. */
static void
open_originate(void)
{
	us = (struct update_local){ .open = { .as = 65000, .families = 3 }, .sets = &policy.sets };
	ck_assert(addr_parse(STR("192.0.2.9"), &us.next_hop[BGP_IPV4]));
	ck_assert(addr_parse(STR("2001:db8::9"), &us.next_hop[BGP_IPV6]));
	policy_open(&policy, ANY_SEED);
	rib = ribout_new(ANY_SEED);
	originate_open(&o, &us, &policy, rib);
	o.on_refused = note_refused;
	o.on_unknown_key = note_key;
	o.owner = reports;
	reports[0] = '\0';
	originate_protect(&o, (struct addrset){ 0 });
}

static void
close_originate(void)
{
	ribout_free(rib);
	originate_free(&o);
	policy_free(&policy);
}

static void
input_line(const char *line)
{
	const char *why = originate_line(&o, str_of(line));

	ck_assert_msg(why == NULL, "%s: %s", line, why);
}

static bool
has_route(const char *text)
{
	struct prefix p;

	ck_assert_ptr_null(prefix_parse(str_of(text), &p));
	return ribout_has(rib, &p);
}

/* The reason why originate_check refuses the line; "" if it accepts the line. */
static const char *
check_prefix(const char *line)
{
	struct addr hop;
	struct route r;
	const char *why;

	ck_assert_ptr_null(route_parse(str_of(line), &r));
	why = originate_check(&o, &r, &hop);
	return why == NULL ? "" : why;
}

START_TEST(lines_announce_withdraw_and_complete)
{
	open_originate();
	input_line("announce 10.0.0.1/32 tag=a");
	input_line("announce 2001:db8::1/128");
	input_line("# comment");
	ck_assert(has_route("10.0.0.1/32") && has_route("2001:db8::1/128"));
	input_line("withdraw 10.0.0.1/32");
	ck_assert(!has_route("10.0.0.1/32") && has_route("2001:db8::1/128"));
	ck_assert(!ribout_is_complete(rib));
	input_line("end-of-rib");
	ck_assert(ribout_is_complete(rib));
	ck_assert_uint_eq(o.counters.lines, 4);
	ck_assert_uint_eq(o.counters.announces, 2);
	ck_assert_uint_eq(o.counters.withdraws, 1);
	ck_assert_str_eq(reports, "");
	close_originate();
}
END_TEST

START_TEST(a_bad_line_is_reported_and_changes_nothing)
{
	static const char *const bad[] = { "announce", "announce 10.0.0.1/33", "revoke 10.0.0.1/32",
	    "announce 10.0.0.1/32 med=x", "announce 10.0.0.1/32 next-hop=2001:db8::1" };

	open_originate();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(originate_line(&o, str_of(bad[i])) != NULL, "%s", bad[i]);
	ck_assert_uint_eq(ribout_routes(rib, BGP_IPV4), 0);
	ck_assert_uint_eq(o.counters.announces, 0);
	close_originate();
}
END_TEST

START_TEST(each_refusal_has_its_reason_and_counter)
{
	static const struct {
		const char *line;
		enum originate_refusal kind;
	} cases[] = {
		{ "announce 0.0.0.0/0", ORIGINATE_DEFAULT_ROUTE },
		{ "announce 192.0.2.9/32", ORIGINATE_OWN_ADDRESS },
		{ "announce 198.51.100.1/32 next-hop=198.51.100.1", ORIGINATE_OWN_ADDRESS },
		{ "announce 192.0.2.0/24", ORIGINATE_COVERING },
		{ "announce 127.0.0.1/32", ORIGINATE_MARTIAN },
		{ "announce ff02::1/128", ORIGINATE_MARTIAN },
	};

	open_originate();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t before = o.counters.refused[cases[i].kind];

		reports[0] = '\0';
		input_line(cases[i].line);
		ck_assert_msg(o.counters.refused[cases[i].kind] == before + 1, "%s", cases[i].line);
		ck_assert_msg(reports[0] != '\0', "%s", cases[i].line);
		ck_assert_ptr_nonnull(strstr(reports, check_prefix(cases[i].line)));
		ck_assert_str_ne(check_prefix(cases[i].line), "");
	}
	ck_assert_uint_eq(ribout_routes(rib, BGP_IPV4) + ribout_routes(rib, BGP_IPV6), 0);
	o.allow_covering = true;
	input_line("announce 192.0.2.0/24");
	ck_assert(has_route("192.0.2.0/24"));
	close_originate();
}
END_TEST

START_TEST(a_refused_route_is_withdrawn)
{
	open_originate();
	input_line("announce 10.0.0.1/32");
	input_line("announce 10.0.0.1/32 next-hop=10.0.0.1");
	ck_assert(!has_route("10.0.0.1/32"));
	close_originate();
}
END_TEST

START_TEST(a_family_without_a_next_hop_is_reported_once)
{
	open_originate();
	us.next_hop[BGP_IPV6] = (struct addr){ 0 };
	input_line("announce 2001:db8::1/128");
	ck_assert_ptr_nonnull(strstr(reports, "2001:db8::1/128: no next hop (-n) of its family"));
	reports[0] = '\0';
	input_line("announce 2001:db8::2/128");
	ck_assert_str_eq(reports, "");
	ck_assert_uint_eq(o.counters.refused[ORIGINATE_NO_NEXT_HOP], 2);
	input_line("announce 2001:db8::2/128 next-hop=2001:db8::8");
	ck_assert(has_route("2001:db8::2/128"));
	ck_assert_uint_eq(originate_families(&o), BGP_BIT(BGP_IPV4));
	us.next_hop[BGP_IPV4] = (struct addr){ 0 };
	ck_assert_uint_eq(originate_families(&o), BGP_BIT(BGP_IPV4) | BGP_BIT(BGP_IPV6));
	ck_assert_ptr_null(policy_tag(&policy, STR("a:next-hop=2001:db8::8")));
	ck_assert_uint_eq(originate_families(&o), BGP_BIT(BGP_IPV6));
	close_originate();
}
END_TEST

START_TEST(the_limit_of_routes_allows_replacing)
{
	open_originate();
	o.max_routes = 2;
	input_line("announce 10.0.0.1/32");
	input_line("announce 2001:db8::1/128");
	ck_assert_str_ne(check_prefix("announce 10.0.0.2/32"), "");
	input_line("announce 10.0.0.2/32");
	ck_assert_uint_eq(o.counters.refused[ORIGINATE_OVER_LIMIT], 1);
	input_line("announce 10.0.0.1/32 med=7");
	ck_assert_uint_eq(o.counters.refused[ORIGINATE_OVER_LIMIT], 1);
	input_line("withdraw 2001:db8::1/128");
	input_line("announce 10.0.0.2/32");
	ck_assert(has_route("10.0.0.1/32") && has_route("10.0.0.2/32"));
	close_originate();
}
END_TEST

/* Routes to the address of a new peer, and to a prefix that covers the address. */
START_TEST(routes_to_a_new_session_are_withdrawn)
{
	struct addrset sessions = { 0 };
	struct addr peer;

	open_originate();
	input_line("announce 203.0.113.1/32");
	input_line("announce 203.0.112.0/23");
	input_line("announce 203.0.113.2/32");
	ck_assert(addr_parse(STR("203.0.113.1"), &peer));
	addrset_add(&sessions, &peer);
	originate_protect(&o, sessions);
	ck_assert(!has_route("203.0.113.1/32") && !has_route("203.0.112.0/23"));
	ck_assert(has_route("203.0.113.2/32"));
	ck_assert_uint_eq(o.counters.refused[ORIGINATE_OWN_ADDRESS], 1);
	ck_assert_uint_eq(o.counters.refused[ORIGINATE_COVERING], 1);
	close_originate();
}
END_TEST

START_TEST(an_unknown_key_is_reported_once)
{
	open_originate();
	input_line("announce 10.0.0.1/32 color=red");
	input_line("announce 10.0.0.2/32 color=blue shape=round");
	ck_assert_str_eq(reports, "color\nshape\n");
	ck_assert_uint_eq(o.counters.unknown_keys, 3);
	close_originate();
}
END_TEST

/* The policy stores each set of attributes that a route uses, and also the latest set. */
START_TEST(sets_are_freed_with_their_routes)
{
	open_originate();
	for (int round = 0; round < 3; round++) {
		input_line("announce 10.0.0.1/32 med=7");
		input_line("announce 10.0.0.1/32 med=8");
		input_line("announce 127.0.0.1/32 med=9");
		input_line("withdraw 10.0.0.1/32");
	}
	input_line("announce 10.0.0.2/32");
	for (size_t i = 1; i < policy.sets.n; i++)
		ck_assert_ptr_null(policy.sets.texts[i].text);
	close_originate();
}
END_TEST

UNIT_MAIN("originate", lines_announce_withdraw_and_complete,
    a_bad_line_is_reported_and_changes_nothing, each_refusal_has_its_reason_and_counter,
    a_refused_route_is_withdrawn, a_family_without_a_next_hop_is_reported_once,
    the_limit_of_routes_allows_replacing, routes_to_a_new_session_are_withdrawn,
    an_unknown_key_is_reported_once, sets_are_freed_with_their_routes)
