#include "bgp/policy.h"

#include "unit.h"

static struct policy p;
static const struct attrs *attrs;

/* The set of attributes for a line, which must be accepted. */
static uint32_t
take_policy(const char *line)
{
	struct route r;
	uint32_t set;

	ck_assert_ptr_null(route_parse(str_of(line), &r));
	ck_assert_ptr_null(policy_take(&p, &r, &set, &attrs));
	return set;
}

static void
check_refused(const char *line)
{
	struct route r;
	uint32_t set;

	ck_assert_ptr_null(route_parse(str_of(line), &r));
	ck_assert_msg(policy_take(&p, &r, &set, &attrs) != NULL, "%s", line);
}

START_TEST(equal_attributes_have_one_set)
{
	uint32_t a, b;

	policy_open(&p, 1);
	ck_assert_uint_eq(take_policy("announce 10.0.0.1/32"), 0);
	ck_assert_uint_eq(take_policy("announce 10.0.0.1/32 tag=unknown name=a.example"), 0);
	a = take_policy("announce 10.0.0.1/32 med=7 name=a.example");
	ck_assert_uint_ne(a, 0);
	ck_assert_uint_eq(take_policy("announce 10.0.0.2/32 name=b.example med=7"), a);
	b = take_policy("announce 10.0.0.2/32 med=8");
	ck_assert_uint_ne(b, a);
	ck_assert_uint_eq(take_policy("announce 10.0.0.2/32 color=red"), 0);
	policy_drop(&p, a);
	ck_assert_uint_eq(p.sets.texts[a].users, 1);
	policy_drop(&p, a);
	ck_assert_ptr_null(p.sets.texts[a].text);
	ck_assert_ptr_nonnull(p.sets.texts[b].text);
	policy_free(&p);
}
END_TEST

/* If a line has several tags, the order of the options decides, not the order of the tags. */
START_TEST(line_precedes_tags_and_tags_precede_all)
{
	policy_open(&p, 1);
	ck_assert_ptr_null(policy_tag(&p, STR("a:med=1,community=1:1")));
	ck_assert_ptr_null(policy_tag(&p, STR("b:med=2,local-pref=2,community=1:2")));
	ck_assert_ptr_null(attrs_parse(STR("med=3,local-pref=3,prepend=3,community=1:3"), &p.all));
	take_policy("announce 10.0.0.1/32 tag=b,a name=x");
	ck_assert(attrs->number[ATTRS_MED] == 1 && attrs->number[ATTRS_LOCAL_PREF] == 2 &&
	    attrs->number[ATTRS_PREPEND] == 3 &&
	    attrs->tags == 3);
	ck_assert_uint_eq(attrs->communities[COMMUNITY_PLAIN].n, 12);
	take_policy("announce 10.0.0.1/32 tag=b name=x");
	ck_assert(attrs->number[ATTRS_MED] == 2 && attrs->tags == 2);
	take_policy("announce 10.0.0.1/32 tag=b name=x med=9 community=1:9");
	ck_assert(attrs->number[ATTRS_MED] == 9 && attrs->number[ATTRS_LOCAL_PREF] == 2);
	ck_assert_uint_eq(attrs->communities[COMMUNITY_PLAIN].n, 12);
	take_policy("announce 10.0.0.1/32");
	ck_assert(attrs->number[ATTRS_MED] == 3 && attrs->tags == 0);
	policy_free(&p);
}
END_TEST

START_TEST(tags_of_peers_have_bits)
{
	char name[] = "t00";
	uint64_t mask;

	policy_open(&p, 1);
	take_policy("announce 10.0.0.1/32 tag=c");
	ck_assert_ptr_null(policy_tag(&p, STR("a")));
	ck_assert_ptr_null(policy_mask(&p, STR("c,a"), &mask));
	ck_assert_uint_eq(mask, 3);
	take_policy("announce 10.0.0.1/32 tag=c");
	ck_assert_uint_eq(attrs->tags, 2);
	for (int i = 2; i < POLICY_TAGS_MAX; i++) {
		name[1] = (char)('0' + i / 10);
		name[2] = (char)('0' + i % 10);
		ck_assert_ptr_null(policy_mask(&p, str_of(name), &mask));
	}
	ck_assert_ptr_nonnull(policy_mask(&p, STR("one-more"), &mask));
	ck_assert_ptr_nonnull(policy_tag(&p, STR("one-more:med=1")));
	ck_assert_ptr_nonnull(policy_mask(&p, STR("a,,c"), &mask));
	ck_assert_ptr_nonnull(policy_tag(&p, STR(":med=1")));
	ck_assert_ptr_nonnull(policy_tag(&p, STR("a:med=x")));
	policy_free(&p);
}
END_TEST

START_TEST(a_next_hop_must_suit_the_family)
{
	policy_open(&p, 1);
	take_policy("announce 10.0.0.1/32 next-hop=192.0.2.1");
	ck_assert_int_eq(attrs->next_hop[BGP_IPV4].family, ADDR_V4);
	check_refused("announce 10.0.0.1/32 next-hop=2001:db8::1");
	check_refused("announce 2001:db8::/48 next-hop=192.0.2.1");
	check_refused("announce 10.0.0.1/32 community=none");
	p.next_hop6 = true;	/* RFC 8950 */
	take_policy("announce 10.0.0.1/32 next-hop=2001:db8::1");
	ck_assert_int_eq(attrs->next_hop[BGP_IPV4].family, ADDR_V6);
	check_refused("announce 10.0.0.1/32 next-hop=2001:db8::1,192.0.2.1");
	policy_free(&p);
}
END_TEST

UNIT_MAIN("policy", equal_attributes_have_one_set, line_precedes_tags_and_tags_precede_all,
    tags_of_peers_have_bits, a_next_hop_must_suit_the_family)
