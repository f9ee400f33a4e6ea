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

/* Replaces the routes of all files by those of two files. Returns the number over the limit. */
static size_t
input_files(const char *first, const char *second)
{
	struct str files[] = { str_of(first), str_of(second) }, line;
	struct static_routes to = { 0 };
	const char *why;

	for (uint16_t file = 0; file < 2; file++)
		while (str_split(&files[file], '\n', &line))
			if ((why = originate_file_line(&o, line, file, &to)) != NULL)
				ck_abort_msg("%.*s: %s", (int)line.n, line.p, why);
	return originate_replace_files(&o, &to);
}

/* The MED of the announced route; -1: none; -2: the route is not announced. */
static int64_t
med_of(const char *text)
{
	struct prefix p;
	struct attrs attrs;
	uint32_t set;

	ck_assert_ptr_null(prefix_parse(str_of(text), &p));
	if (!ribout_get(rib, &p, &set))
		return -2;
	attrs_unpack(intern_text(&policy.sets, set), &attrs);
	return attrs.number[ATTRS_MED];
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
	ck_assert_ptr_nonnull(strstr(reports, "2001:db8::1/128: no IPv6 next hop (-n)"));
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
	for (int round = 0; round < 3; round++) {
		input_line("announce 10.0.0.3/32 med=7");
		input_files("announce 10.0.0.3/32 med=5\nannounce 10.0.0.3/32 med=6",
		    "announce 10.0.0.4/32 med=6\nannounce 127.0.0.1/32 med=9");
		input_line("announce 10.0.0.3/32 med=8");
		input_line("announce 10.0.0.4/32 med=9");
		input_files("announce 10.0.0.4/32 med=5", "announce 10.0.0.3/32 med=4");
		input_line("withdraw 10.0.0.3/32");
		input_files("", "");
		input_line("withdraw 10.0.0.4/32");
	}
	input_line("announce 10.0.0.2/32");
	for (size_t i = 1; i < policy.sets.n; i++)
		ck_assert_ptr_null(policy.sets.texts[i].text);
	close_originate();
}
END_TEST

START_TEST(stdin_does_not_withdraw_the_routes_of_files)
{
	open_originate();
	ck_assert_uint_eq(input_files("# comment\n\nannounce 10.1.0.0/16 med=1\n"
	    "announce 10.1.0.0/16 med=2",
	    "announce 2001:db8:1::/48\nannounce 10.1.0.0/16 med=3"), 0);
	ck_assert(med_of("10.1.0.0/16") == 1 && has_route("2001:db8:1::/48"));
	ck_assert_uint_eq(o.files.n, 2);
	input_line("withdraw 10.1.0.0/16");
	input_line("announce 2001:db8:1::/48 med=9");
	input_line("announce 2001:db8:1::/48 next-hop=2001:db8:1::1");
	ck_assert(med_of("10.1.0.0/16") == 1 && med_of("2001:db8:1::/48") == -1);
	ck_assert_uint_eq(o.counters.refused[ORIGINATE_COVERING], 1);
	ck_assert_uint_eq(input_files("", ""), 0);
	ck_assert_uint_eq(ribout_routes(rib, BGP_IPV4) + ribout_routes(rib, BGP_IPV6), 0);
	close_originate();
}
END_TEST

START_TEST(a_route_of_stdin_returns_after_that_of_a_file)
{
	open_originate();
	input_line("announce 10.0.0.1/32 med=1");
	input_line("announce 10.0.0.2/32 med=2");
	input_files("announce 10.0.0.1/32 med=7\nannounce 10.0.0.2/32 med=7\n"
	    "announce 10.0.0.3/32 med=7", "");
	ck_assert(med_of("10.0.0.1/32") == 7 && med_of("10.0.0.2/32") == 7);
	input_line("announce 10.0.0.1/32 med=3");
	input_line("withdraw 10.0.0.2/32");
	input_line("announce 10.0.0.3/32 med=4");
	input_files("announce 10.0.0.2/32 med=7\nannounce 10.0.0.3/32 med=8", "");
	ck_assert(med_of("10.0.0.1/32") == 3 && med_of("10.0.0.2/32") == 7);
	ck_assert_int_eq(med_of("10.0.0.3/32"), 8);
	input_files("", "");
	ck_assert(med_of("10.0.0.1/32") == 3 && med_of("10.0.0.2/32") == -2);
	ck_assert_int_eq(med_of("10.0.0.3/32"), 4);
	close_originate();
}
END_TEST

START_TEST(a_bad_line_of_a_file_is_reported)
{
	static const char *const bad[] = { "withdraw 10.0.0.1/32", "end-of-rib", "10.0.0.0/8",
	    "announce", "announce 10.0.0.1/33", "announce 10.0.0.1/32 med=x", " # comment" };
	struct static_routes to = { 0 };

	open_originate();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(originate_file_line(&o, str_of(bad[i]), 0, &to) != NULL, "%s",
		    bad[i]);
	ck_assert_uint_eq(to.n, 0);
	ck_assert(!ribout_is_complete(rib));
	close_originate();
}
END_TEST

START_TEST(refused_routes_of_files_are_reported)
{
	open_originate();
	input_files("announce 0.0.0.0/0\nannounce 192.0.2.0/24\nannounce 192.0.2.9/32\n"
	    "announce 127.0.0.0/8", "");
	ck_assert_uint_eq(o.files.n, 0);
	ck_assert_ptr_nonnull(strstr(reports, "192.0.2.0/24: the prefix contains a next hop"));
	ck_assert_uint_eq(o.counters.refused[ORIGINATE_DEFAULT_ROUTE], 1);
	ck_assert_uint_eq(o.counters.refused[ORIGINATE_COVERING], 1);
	ck_assert_uint_eq(o.counters.refused[ORIGINATE_OWN_ADDRESS], 1);
	ck_assert_uint_eq(o.counters.refused[ORIGINATE_MARTIAN], 1);
	close_originate();
}
END_TEST

START_TEST(the_limit_includes_the_routes_of_files)
{
	open_originate();
	o.max_routes = 3;
	ck_assert_uint_eq(input_files("announce 10.1.0.0/16\nannounce 10.2.0.0/16", ""), 0);
	input_line("announce 10.0.0.1/32");
	input_line("announce 10.0.0.2/32");
	ck_assert_uint_eq(o.counters.refused[ORIGINATE_OVER_LIMIT], 1);
	ck_assert_uint_eq(input_files("announce 10.1.0.0/16\nannounce 10.2.0.0/16\n"
	    "announce 10.3.0.0/16\nannounce 10.4.0.0/16", ""), 2);
	ck_assert(o.files.n == 2 && has_route("10.0.0.1/32"));
	ck_assert_uint_eq(input_files("announce 10.1.0.0/16\nannounce 10.0.0.1/32 med=1\n"
	    "announce 10.3.0.0/16", ""), 0);
	ck_assert(med_of("10.0.0.1/32") == 1 && has_route("10.3.0.0/16"));
	ck_assert(!has_route("10.2.0.0/16"));
	close_originate();
}
END_TEST

START_TEST(a_file_that_is_not_read_retains_its_routes)
{
	struct static_routes to = { 0 };

	open_originate();
	input_files("announce 10.1.0.0/16 med=1\nannounce 10.2.0.0/16 med=1",
	    "announce 10.3.0.0/16 med=1");
	input_line("announce 10.2.0.0/16");
	originate_keep_file(&o, 0, &to);
	ck_assert_ptr_null(originate_file_line(&o, STR("announce 10.4.0.0/16 med=2"), 1, &to));
	ck_assert_ptr_null(originate_file_line(&o, STR("announce 10.5.0.0/16 med=3"), 1, &to));
	originate_cut(&o, &to, 3);
	ck_assert_uint_eq(originate_replace_files(&o, &to), 0);
	ck_assert(med_of("10.1.0.0/16") == 1 && med_of("10.2.0.0/16") == 1);
	ck_assert(med_of("10.3.0.0/16") == -2 && med_of("10.4.0.0/16") == 2);
	ck_assert(!has_route("10.5.0.0/16"));
	input_files("", "");
	ck_assert(has_route("10.2.0.0/16") && ribout_routes(rib, BGP_IPV4) == 1);
	close_originate();
}
END_TEST

START_TEST(routes_of_files_to_a_new_session_are_withdrawn)
{
	struct addrset sessions = { 0 };
	struct addr peer;

	open_originate();
	input_files("announce 203.0.113.0/24\nannounce 198.51.100.0/24", "");
	input_line("announce 203.0.113.0/24");
	ck_assert(addr_parse(STR("203.0.113.1"), &peer));
	addrset_add(&sessions, &peer);
	originate_protect(&o, sessions);
	ck_assert(!has_route("203.0.113.0/24") && has_route("198.51.100.0/24"));
	ck_assert_uint_eq(o.files.n, 1);
	ck_assert_uint_eq(o.counters.refused[ORIGINATE_COVERING], 1);
	close_originate();
}
END_TEST

START_TEST(the_route_of_a_file_for_an_address_is_found)
{
	struct prefix p, found;
	struct addr hop;

	open_originate();
	input_files("announce 10.0.0.0/8 next-hop=192.0.2.7\nannounce 10.1.0.0/16", "");
	ck_assert_ptr_null(prefix_parse(STR("10.1.2.3/32"), &p));
	ck_assert(originate_file_route(&o, &p, &found, &hop) && found.len == 16);
	ck_assert_uint_eq(hop.bytes[3], 9);
	ck_assert_ptr_null(prefix_parse(STR("10.0.0.0/8"), &p));
	ck_assert(originate_file_route(&o, &p, &found, &hop) && found.len == 8);
	ck_assert_uint_eq(hop.bytes[3], 7);
	ck_assert_ptr_null(prefix_parse(STR("11.0.0.0/8"), &p));
	ck_assert(!originate_file_route(&o, &p, &found, &hop));
	close_originate();
}
END_TEST

/* Random changes of both origins, compared with two tables of MEDs (0: no route). */
START_TEST(random_changes_of_both_origins)
{
	static char file[4096], line[64], prefix[64];
	int lines[20] = { 0 }, files[20] = { 0 };

	open_originate();
	for (int step = 0; step < 2000; step++) {
		uint32_t i = any_below(20), med = any_below(3);

		if (any_below(10) == 0) {
			file[0] = '\0';
			for (int k = 0; k < 20; k++) {
				files[k] = (int)any_below(3);
				if (files[k] > 0)
					snprintf(file + strlen(file), 64, "announce 10.0.0.%d/32 "
					    "med=%d\n", k, files[k] + 10);
			}
			input_files(file, "");
		}
		lines[i] = (int)med;
		snprintf(line, sizeof(line), med > 0 ? "announce 10.0.0.%u/32 med=%u" :
		    "withdraw 10.0.0.%u/32", i, med);
		input_line(line);
		for (int k = 0; k < 20; k++) {
			snprintf(prefix, sizeof(prefix), "10.0.0.%d/32", k);
			ck_assert_int_eq(med_of(prefix), files[k] > 0 ? files[k] + 10 :
			    lines[k] > 0 ? lines[k] : -2);
		}
	}
	close_originate();
}
END_TEST

UNIT_MAIN("originate", lines_announce_withdraw_and_complete,
    a_bad_line_is_reported_and_changes_nothing, each_refusal_has_its_reason_and_counter,
    a_refused_route_is_withdrawn, a_family_without_a_next_hop_is_reported_once,
    the_limit_of_routes_allows_replacing, routes_to_a_new_session_are_withdrawn,
    an_unknown_key_is_reported_once, sets_are_freed_with_their_routes,
    stdin_does_not_withdraw_the_routes_of_files, a_route_of_stdin_returns_after_that_of_a_file,
    a_bad_line_of_a_file_is_reported, refused_routes_of_files_are_reported,
    the_limit_includes_the_routes_of_files, a_file_that_is_not_read_retains_its_routes,
    routes_of_files_to_a_new_session_are_withdrawn,
    the_route_of_a_file_for_an_address_is_found, random_changes_of_both_origins)
