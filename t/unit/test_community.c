#include "bgp/community.h"

#include <stdio.h>

#include "unit.h"

static struct buf text = BUF(64 * 1024);

/* Parses a list of communities and prints the result. */
static const char *
read_and_write(enum community_kind kind, const char *list)
{
	struct communities c = { 0 };
	const char *why = communities_add(&c, kind, str_of(list));

	if (why != NULL)
		return why;
	buf_cut(&text, 0);
	communities_format((struct str){ (const char *)c.bytes, c.n }, kind, &text);
	buf_byte(&text, '\0');
	return text.data;
}

START_TEST(communities_are_sorted_without_duplicates)
{
	ck_assert_str_eq(read_and_write(COMMUNITY_PLAIN, "65000:2,1:1,65000:2,no-export,65535:666"),
	    "1:1,65000:2,blackhole,no-export");
	ck_assert_str_eq(read_and_write(COMMUNITY_PLAIN,
	    "65535:0,65535:65282,65535:65283,65535:65284,accept-own"),
	    "graceful-shutdown,accept-own,no-advertise,no-export-subconfed,no-peer");
	ck_assert_str_eq(read_and_write(COMMUNITY_LARGE, "2:1:1,1:2:4294967295,1:2:3"),
	    "1:2:3,1:2:4294967295,2:1:1");
}
END_TEST

/* RFC 4360 sections 3.1, 3.2, 4 and 5; RFC 5668. */
START_TEST(extended_communities_are_encoded_by_three_types)
{
	struct communities c = { 0 };

	ck_assert_str_eq(read_and_write(COMMUNITY_EXTENDED,
	    "rt:65000:70000,soo:192.0.2.1:7,rt:4200000000:7"),
	    "rt:65000:70000,soo:192.0.2.1:7,rt:4200000000:7");
	ck_assert_str_eq(read_and_write(COMMUNITY_EXTENDED,
	    "0x4301000000000001,0x0002fde800011170"), "rt:65000:70000,0x4301000000000001");
	ck_assert_str_eq(read_and_write(COMMUNITY_EXTENDED, "0x800A00000000ABCD"),
	    "0x800a00000000abcd");
	ck_assert_ptr_null(communities_add(&c, COMMUNITY_EXTENDED,
	    STR("rt:65000:1,soo:1.2.3.4:5,rt:65536:9")));
	ck_assert_uint_eq(c.n, 24);
	ck_assert_int_eq(memcmp(c.bytes, "\0\2\xfd\xe8\0\0\0\1\1\3\1\2\3\4\0\5\2\2\0\1\0\0\0\x09",
	    24), 0);
}
END_TEST

START_TEST(invalid_communities_are_refused)
{
	static const struct {
		enum community_kind kind;
		const char *list;
	} cases[] = {
		{ COMMUNITY_PLAIN, "" }, { COMMUNITY_PLAIN, "1" }, { COMMUNITY_PLAIN, "1:65536" },
		{ COMMUNITY_PLAIN, "1:2:3" }, { COMMUNITY_PLAIN, "1:2," },
		{ COMMUNITY_PLAIN, "no-such" }, { COMMUNITY_LARGE, "1:2" },
		{ COMMUNITY_LARGE, "1:2:4294967296" }, { COMMUNITY_LARGE, "1:2:3:4" },
		{ COMMUNITY_EXTENDED, "" }, { COMMUNITY_EXTENDED, "rt" },
		{ COMMUNITY_EXTENDED, "rt:1" }, { COMMUNITY_EXTENDED, "rt:65536:65536" },
		{ COMMUNITY_EXTENDED, "rt:1.2.3.4" }, { COMMUNITY_EXTENDED, "rt:1.2.3.4:65536" },
		{ COMMUNITY_EXTENDED, "1:2" }, { COMMUNITY_EXTENDED, "0x00" },
		{ COMMUNITY_EXTENDED, "0x000000000000000g" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(strstr(read_and_write(cases[i].kind, cases[i].list),
		    "ommunity") != NULL, "case %zu", i);
}
END_TEST

START_TEST(too_many_communities_are_refused)
{
	struct communities c = { 0 }, more = { 0 };
	char one[16];
	int i;

	for (i = 0; snprintf(one, sizeof(one), "1:%d", i),
	    communities_add(&c, COMMUNITY_PLAIN, str_of(one)) == NULL; i++)
		continue;
	ck_assert_int_eq(i, COMMUNITY_BYTES / 4);
	ck_assert_ptr_null(communities_add(&c, COMMUNITY_PLAIN, STR("1:7")));	/* a duplicate */
	ck_assert_ptr_null(communities_add(&more, COMMUNITY_PLAIN, STR("9:9")));
	ck_assert(!communities_merge(&c, COMMUNITY_PLAIN, &more));
}
END_TEST

/* RFC 1997: NO_EXPORT must be sent, whatever the number of other communities. */
START_TEST(no_export_fits_at_the_limit)
{
	static const uint8_t no_export[] = { 0xff, 0xff, 0xff, 0x01 };
	struct communities c = { 0 };
	char one[16];

	for (int i = 0; i < COMMUNITY_BYTES / 4; i++) {
		snprintf(one, sizeof(one), "1:%d", i);
		ck_assert_ptr_null(communities_add(&c, COMMUNITY_PLAIN, str_of(one)));
	}
	for (int i = 0; i < 2; i++) {
		communities_add_no_export(&c);
		ck_assert_uint_eq(c.n, COMMUNITY_BYTES + 4);
		ck_assert_int_eq(memcmp(c.bytes + COMMUNITY_BYTES, no_export, 4), 0);
	}
}
END_TEST

UNIT_MAIN("community", communities_are_sorted_without_duplicates,
    extended_communities_are_encoded_by_three_types, invalid_communities_are_refused,
    too_many_communities_are_refused, no_export_fits_at_the_limit)
