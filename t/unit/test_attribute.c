#include "bgp/attribute.h"

#include <stdio.h>

#include "bgp/wire.h"
#include "unit.h"

static struct buf out = BUF(64 * 1024);

/* A path with all attributes, for an external peer with AS numbers of two octets. */
static const struct update_wire_path external = { .as = 4200000000,
    .number = { [ATTRS_ORIGIN] = 2, [ATTRS_MED] = 7, [ATTRS_LOCAL_PREF] = 200,
	[ATTRS_PREPEND] = 1 },
    .next_hop = { { ADDR_V4, { 192, 0, 2, 9 } }, { ADDR_V6, { 0x20, 1, 0xd, 0xb8 } } },
    .communities = { { "\0\1\0\2", 4 }, { "\0\2\0\1\0\0\0\2", 8 },
	{ "\0\0\0\1\0\0\0\2\0\0\0\3", 12 } } };

static struct update_wire_path
internal(void)
{
	struct update_wire_path path = external;

	path.ibgp = path.as4 = true;
	return path;
}

static size_t
put_all(const struct attribute_routes *r)
{
	buf_cut(&out, 0);
	attribute_put(r, &out);
	return out.len;
}

/* The types of the encoded attributes in order, with a space before each. */
static const char *
types(const struct update_wire_path *path, enum bgp_family family)
{
	const struct attribute_routes r = { path, family, STR("\x08\x0a") };
	static char text[256];
	struct wire w;

	put_all(&r);
	w = (struct wire){ .rest = buf_view(&out) };
	text[0] = '\0';
	while (w.rest.n > 0) {
		uint32_t flags = wire_number(&w, 1), type = wire_number(&w, 1);
		const struct attribute *row = attribute_of_type(type);

		ck_assert_ptr_nonnull(row);
		ck_assert_uint_eq(row->flags, flags);
		wire_take(&w, wire_number(&w, flags & ATTRIBUTE_EXTENDED ? 2 : 1));
		snprintf(text + strlen(text), sizeof(text) - strlen(text), " %u", type);
	}
	ck_assert(!w.cut);
	return text;
}

/* RFC 4271 section 5; RFC 7606 section 5.1: MP_REACH_NLRI is first. */
START_TEST(attributes_are_encoded_in_order)
{
	struct update_wire_path path = internal();

	ck_assert_str_eq(types(&external, BGP_IPV4), " 1 2 3 4 8 16 17 32");
	ck_assert_str_eq(types(&external, BGP_IPV6), " 14 1 2 4 8 16 17 32");
	ck_assert_str_eq(types(&path, BGP_IPV4), " 1 2 3 4 5 8 16 32");
	path.number[ATTRS_MED] = -1;
	path.communities[COMMUNITY_PLAIN] = STR("");
	ck_assert_str_eq(types(&path, BGP_IPV4), " 1 2 3 5 16 32");
	ck_assert_str_eq(types(NULL, BGP_IPV4), "");
	ck_assert_str_eq(types(NULL, BGP_IPV6), " 15");
}
END_TEST

/* RFC 4271 section 4.3. */
START_TEST(an_attribute_over_255_octets_has_an_extended_length)
{
	static char many[600];
	struct update_wire_path path = external;
	struct attribute_routes r = { .path = &path, .family = BGP_IPV4 };
	size_t before = put_all(&r);

	path.communities[COMMUNITY_PLAIN] = (struct str){ many, 252 };
	ck_assert_uint_eq(put_all(&r), before - 4 + 252);
	path.communities[COMMUNITY_PLAIN] = (struct str){ many, 256 };
	ck_assert_uint_eq(put_all(&r), before - 4 + 256 + 1);
}
END_TEST

START_TEST(encoded_attributes_are_read_and_printed)
{
	const struct attribute_routes r = { &external, BGP_IPV4, STR("") };
	struct update_wire u = { 0 };
	struct buf text = BUF(1024);
	struct wire w;

	put_all(&r);
	w = (struct wire){ .rest = buf_view(&out) };
	while (w.rest.n > 0) {
		const struct attribute *row;

		wire_number(&w, 1);
		row = attribute_of_type(wire_number(&w, 1));
		u.value[row->type] = wire_take(&w, wire_number(&w, 1));
		ck_assert_ptr_nonnull(u.value[row->type].p);
		ck_assert(row->width == 0 || u.value[row->type].n == row->width);
		ck_assert_ptr_null(row->read);
	}
	ck_assert(str_eq(u.value[BGP_ORIGIN], STR("\2")));
	ck_assert(str_eq(u.value[BGP_MED], STR("\0\0\0\7")));
	ck_assert_ptr_null(u.value[BGP_LOCAL_PREF].p);
	ck_assert(str_eq(u.value[BGP_NEXT_HOP], STR("\xc0\0\2\x09")));
	ck_assert(str_eq(u.value[BGP_COMMUNITIES], external.communities[COMMUNITY_PLAIN]));
	ck_assert(str_eq(u.value[BGP_EXT_COMMUNITIES], external.communities[COMMUNITY_EXTENDED]));
	ck_assert(str_eq(u.value[BGP_LARGE_COMMUNITIES], external.communities[COMMUNITY_LARGE]));
	attribute_text(&(struct attribute_words){ &u, false }, &text);
	buf_byte(&text, '\0');
	ck_assert_str_eq(text.data, " origin=incomplete as-path=23456,23456 "
	    "as4-path=4200000000,4200000000 next-hop=192.0.2.9 med=7 community=1:2 "
	    "ext-community=rt:1:2 large-community=1:2:3");
	buf_free(&text);
}
END_TEST

START_TEST(the_reason_for_an_unknown_key_lists_all_keys)
{
	static const char *const keys[] = { "next-hop", "med", "local-pref", "prepend", "origin",
	    "community", "ext-community", "large-community" };
	struct attrs a;
	char word[64];

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const struct attribute *row = attribute_of_key(str_of(keys[i]));

		ck_assert_msg(row != NULL && row->set != NULL, "%s", keys[i]);
		snprintf(word, sizeof(word), " %s", keys[i]);
		ck_assert_ptr_nonnull(strstr(attribute_unknown_key, word));
		ck_assert_msg(row->set(row, &a, STR("x")) != NULL, "%s", keys[i]);
	}
	for (unsigned type = 0; type <= UINT8_MAX; type++) {
		const struct attribute *row = attribute_of_type(type);

		if (row == NULL || row->key == NULL)
			continue;
		snprintf(word, sizeof(word), " %s", row->key);
		ck_assert_ptr_nonnull(strstr(attribute_unknown_key, word));
	}
	ck_assert_ptr_null(attribute_of_key(STR("color")));
	ck_assert_ptr_null(attribute_of_key(STR("")));
	ck_assert_ptr_null(attribute_of_type(0));
}
END_TEST

UNIT_MAIN("attribute", attributes_are_encoded_in_order,
    an_attribute_over_255_octets_has_an_extended_length, encoded_attributes_are_read_and_printed,
    the_reason_for_an_unknown_key_lists_all_keys)
