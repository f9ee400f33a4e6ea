#include "ipcache/selector.h"

#include "unit.h"

static bool
covers(const char *word, const char *address, const char *name)
{
	struct selector t;
	struct addr addr;

	ck_assert_ptr_null(selector_parse(str_of(word), &t));
	ck_assert(addr_parse(str_of(address), &addr));
	return selector_covers(&t, &addr, str_of(name));
}

START_TEST(an_address_means_itself)
{
	ck_assert(covers("192.0.2.1", "192.0.2.1", "a.b"));
	ck_assert(!covers("192.0.2.1", "192.0.2.2", "a.b"));
	ck_assert(covers("2001:DB8::1", "2001:db8::1", "a.b"));
	ck_assert(!covers("2001:db8::1", "192.0.2.1", "2001:db8::1"));
}
END_TEST

START_TEST(a_prefix_means_all_in_it)
{
	ck_assert(covers("192.0.2.0/24", "192.0.2.255", "a.b"));
	ck_assert(!covers("192.0.2.0/24", "192.0.3.0", "a.b"));
	ck_assert(covers("::/0", "2001:db8::1", "a.b"));
	ck_assert(!covers("::/0", "192.0.2.1", "a.b"));
}
END_TEST

START_TEST(a_name_means_itself_however_it_is_written)
{
	ck_assert(covers("Www.Example.ORG.", "192.0.2.1", "www.example.org"));
	ck_assert(!covers("example.org", "192.0.2.1", "www.example.org"));
	ck_assert(covers(".", "192.0.2.1", "."));
}
END_TEST

START_TEST(the_rest_is_refused)
{
	static const char *wrong[] = { "", "a..b", "192.0.2.1/33", "192.0.2.1/24", "a.b/24", "/" };
	struct selector t;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(selector_parse(str_of(wrong[i]), &t) != NULL, "%s", wrong[i]);
}
END_TEST

UNIT_MAIN("target", an_address_means_itself, a_prefix_means_all_in_it,
    a_name_means_itself_however_it_is_written, the_rest_is_refused)
