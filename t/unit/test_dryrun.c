#include "bgp/dryrun.h"

#include "unit.h"

static const struct update_local us = {
	.open = { .as = 65000, .id = 9, .hold = 90, .families = 3, .multiprotocol = true,
	    .as4 = true },
	.next_hop = { { ADDR_V4, { 192, 0, 2, 9 } }, { ADDR_V6, { 0x20, 1, 0xd, 0xb8 } } },
};
static const struct peer_config peer = { .addr = { ADDR_V4, { 192, 0, 2, 1 } }, .as = 65001,
    .port = PEER_CONFIG_PORT };

static struct ribout *
one_route(void)
{
	struct ribout *rib = ribout_new(ANY_SEED);
	struct prefix p;

	ck_assert_ptr_null(prefix_parse(STR("10.0.0.1/32"), &p));
	ribout_announce(rib, &p, 0);
	ribout_complete(rib);
	return rib;
}

#define UPDATE "update origin=igp as-path=65000 next-hop=192.0.2.9 community=no-export announce " \
	"10.0.0.1/32"

START_TEST(a_peer_receives_the_routes_and_end_of_rib)
{
	static const char *const expected[] = { UPDATE, "update end-of-rib=ipv4",
	    "update end-of-rib=ipv6" };
	struct ribout *rib = one_route();
	struct buf text = BUF(64 * 1024);
	struct session s;
	const char *why;

	dryrun_open(&s, &us, &peer, rib);
	for (size_t i = 0; i < 3; i++) {
		buf_cut(&text, 0);
		ck_assert(dryrun_next(&s, &text, &why));
		ck_assert_ptr_null(why);
		ck_assert(str_eq(buf_view(&text), str_of(expected[i])));
	}
	ck_assert(!dryrun_next(&s, &text, &why));
	ck_assert_ptr_null(why);
	session_free(&s);
	ribout_free(rib);
	buf_free(&text);
}
END_TEST

START_TEST(an_update_that_does_not_parse_is_an_error)
{
	struct ribout *rib = one_route();
	struct buf text = BUF(64 * 1024);
	struct session s;
	const char *why;

	dryrun_open(&s, &us, &peer, rib);
	ck_assert(dryrun_next(&s, &text, &why));
	ck_assert_uint_gt(session_output(&s).n, BGP_HEADER);
	s.out.data[s.head + BGP_HEADER] = '\xff';	/* too large a length of withdrawn routes */
	ck_assert(!dryrun_next(&s, &text, &why));
	ck_assert_ptr_nonnull(why);
	session_free(&s);
	ribout_free(rib);
	buf_free(&text);
}
END_TEST

START_TEST(named_lines_begin_with_the_peer)
{
	struct ribout *rib = one_route();
	struct filter f;

	for (int named = 0; named < 2; named++) {
		filter_open(&f, 4096);
		ck_assert_ptr_null(dryrun_print(&f, &us, &peer, rib, named));
		buf_byte(&f.out.buf, '\0');
		ck_assert_str_eq(f.out.buf.data, named ?
		    "peer 192.0.2.1 " UPDATE "\npeer 192.0.2.1 update end-of-rib=ipv4\n"
		    "peer 192.0.2.1 update end-of-rib=ipv6\n" :
		    UPDATE "\nupdate end-of-rib=ipv4\nupdate end-of-rib=ipv6\n");
		buf_cut(&f.out.buf, 0);
		filter_close(&f);
	}
	ribout_free(rib);
}
END_TEST

UNIT_MAIN("dryrun", a_peer_receives_the_routes_and_end_of_rib,
    an_update_that_does_not_parse_is_an_error, named_lines_begin_with_the_peer)
