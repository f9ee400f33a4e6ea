#include "bgp/peer_config.h"

#include <stdio.h>

#include "unit.h"

START_TEST(words_are_parsed)
{
	struct peer_config p;

	ck_assert_ptr_null(peer_config_parse(STR("192.0.2.1"), ',', &p));
	ck_assert_int_eq(p.addr.family, ADDR_V4);
	ck_assert_uint_eq(p.as, 0);
	ck_assert_uint_eq(p.port, 179);
	ck_assert_uint_eq(p.hops, 0);
	ck_assert_int_eq(p.source.family, ADDR_NONE);

	ck_assert_ptr_null(peer_config_parse(
	    STR("192.0.2.1,as=65001,port=1790,source=192.0.2.9,hops=4"), ',', &p));
	ck_assert_uint_eq(p.as, 65001);
	ck_assert_uint_eq(p.port, 1790);
	ck_assert_uint_eq(p.hops, 4);
	ck_assert_uint_eq(p.source.bytes[3], 9);

	ck_assert_ptr_null(peer_config_parse(STR("2001:db8::1  hops=255 as=1.10 "), ' ', &p));
	ck_assert_int_eq(p.addr.family, ADDR_V6);
	ck_assert_uint_eq(p.as, 65546);
	ck_assert_uint_eq(p.hops, 255);
}
END_TEST

START_TEST(a_link_local_peer_has_a_link)
{
	struct buf name = BUF(64);
	char text[PEER_CONFIG_STRLEN];
	struct peer_config p, other;

	ck_assert_ptr_null(peer_config_parse(STR("fe80::1%eth0,port=1790,device=vrf-a"), ',', &p));
	ck_assert_str_eq(p.link, "eth0");
	ck_assert_str_eq(p.device, "vrf-a");
	peer_config_put(&p, &name);
	ck_assert(str_eq(buf_view(&name), STR("fe80::1%eth0,port=1790")));
	buf_free(&name);
	peer_config_format_address(&p, text);
	ck_assert_str_eq(text, "fe80::1%eth0");
	ck_assert_ptr_null(peer_config_parse(STR("fe80::1%eth1,port=1790"), ',', &other));
	ck_assert(!peer_config_is_same(&p, &other));
	ck_assert_ptr_null(peer_config_parse(STR("fe80::1%eth0 as=7 port=1790"), ' ', &other));
	ck_assert(peer_config_is_same(&p, &other));
}
END_TEST

START_TEST(lists_may_contain_commas)
{
	struct peer_config p, same;

	ck_assert_ptr_null(peer_config_parse(
	    STR("192.0.2.1,tags=a,b,c,as=65001,gtsm=yes,export=yes,retry-max=5s"), ',', &p));
	ck_assert_str_eq(p.tags, "a,b,c");
	ck_assert_uint_eq(p.as, 65001);
	ck_assert(p.gtsm && p.may_export && p.retry_max == 5000000);
	ck_assert_ptr_null(peer_config_parse(
	    STR("192.0.2.1 as=65001 retry-max=5 tags=a,b,c export=yes gtsm=yes"), ' ', &same));
	ck_assert_int_eq(memcmp(&p, &same, sizeof(p)), 0);
}
END_TEST

START_TEST(barriers_wait_for_a_peer_unless_gate_is_no)
{
	struct peer_config p;

	ck_assert_ptr_null(peer_config_parse(STR("192.0.2.1"), ',', &p));
	ck_assert(p.gate);
	ck_assert_int_eq(p.settle, 0);
	ck_assert_ptr_null(peer_config_parse(STR("192.0.2.1,gate=no,settle=2ms"), ',', &p));
	ck_assert(!p.gate);
	ck_assert_int_eq(p.settle, 2000);
	ck_assert_ptr_null(peer_config_parse(STR("192.0.2.1 settle=1m gate=yes"), ' ', &p));
	ck_assert(p.gate);
}
END_TEST

/* RFC 2385. */
START_TEST(the_password_is_the_first_line_of_its_file)
{
	char path[] = "/tmp/test_peer_config.XXXXXX", words[64];
	FILE *f = fdopen(mkstemp(path), "w");
	struct peer_config p;

	fputs("secret of 80 bytes at most\nrest\n", f);
	fclose(f);
	snprintf(words, sizeof(words), "192.0.2.1,password-file=%s", path);
	ck_assert_ptr_null(peer_config_parse(str_of(words), ',', &p));
	ck_assert_ptr_null(peer_config_read_password(&p));
	ck_assert_uint_eq(p.password_n, strlen("secret of 80 bytes at most"));
	ck_assert_int_eq(memcmp(p.password, "secret of 80 bytes at most", p.password_n), 0);
	f = fopen(path, "w");
	fputs("\nsecret\n", f);
	fclose(f);
	ck_assert_ptr_null(peer_config_parse(str_of(words), ',', &p));
	ck_assert_ptr_nonnull(peer_config_read_password(&p));
	remove(path);
	ck_assert_str_eq(peer_config_read_password(&p), "No such file or directory");
}
END_TEST

START_TEST(invalid_words_are_refused_with_a_reason)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "", "address" }, { "router", "address" }, { "224.0.0.5", "multicast" },
		{ "ff02::5", "multicast" },
		{ "0.0.0.0", "unspecified" }, { "::", "unspecified" },
		{ "255.255.255.255", "reserved" }, { "192.0.2.1,source=0.0.0.0", "source" },
		{ "192.0.2.1,source=224.0.0.5", "source" }, { "192.0.2.1/32", "address" },
		{ "192.0.2.1,", "KEY=VALUE" }, { "192.0.2.1,as", "KEY=VALUE" },
		{ "192.0.2.1,as=", "as" }, { "192.0.2.1,as=0", "as" },
		{ "192.0.2.1,as=23456", "as" }, { "192.0.2.1,as=4294967296", "as" },
		{ "192.0.2.1,port=0", "port" }, { "192.0.2.1,port=65536", "port" },
		{ "192.0.2.1,hops=0", "hops" }, { "192.0.2.1,hops=256", "hops" },
		{ "192.0.2.1,source=x", "source" }, { "192.0.2.1,source=::1", "family" },
		{ "192.0.2.1,as=1,as=2", "twice" }, { "fe80::1", "interface" },
		{ "192.0.2.1%eth0", "interface" }, { "fe80::1%", "interface" },
		{ "fe80::1%a-name-too-long-for-it", "interface" },
		{ "192.0.2.1,device=", "device" },
		{ "192.0.2.1,gtsm=1", "yes or no" }, { "192.0.2.1,export=", "yes or no" },
		{ "192.0.2.1,retry-max=0", "retry-max" },
		{ "192.0.2.1,retry-max=1h1", "retry-max" },
		{ "192.0.2.1,retry-max=999ms", "retry-max" },
		{ "192.0.2.1,gate=1", "yes or no" }, { "192.0.2.1,settle=", "settle" },
		{ "192.0.2.1,settle=2us", "settle" }, { "192.0.2.1,settle=61s", "settle" },
		{ "192.0.2.1,tags=", "tags" }, { "192.0.2.1,password-file=", "path" },
		{ "192.0.2.1,colour=red", "unknown key" }, { "192.0.2.1 as=1", "address" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct peer_config p;
		const char *why = peer_config_parse(str_of(cases[i].text), ',', &p);

		ck_assert_msg(why != NULL && strstr(why, cases[i].why) != NULL, "%s: %s",
		    cases[i].text, why != NULL ? why : "taken");
	}
}
END_TEST

START_TEST(as_numbers_are_plain_or_dotted)
{
	uint32_t as;

	ck_assert(peer_config_as_parse(STR("65000"), &as) && as == 65000);
	ck_assert(peer_config_as_parse(STR("4294967295"), &as) && as == UINT32_MAX);
	ck_assert(peer_config_as_parse(STR("0.1"), &as) && as == 1);
	ck_assert(peer_config_as_parse(STR("65535.65535"), &as) && as == UINT32_MAX);
	ck_assert(!peer_config_as_parse(STR(""), &as) && !peer_config_as_parse(STR("."), &as));
	ck_assert(
	    !peer_config_as_parse(STR("0.0"), &as) && !peer_config_as_parse(STR("0.23456"), &as));
	ck_assert(
	    !peer_config_as_parse(STR("65536.1"), &as) && !peer_config_as_parse(STR("1.2.3"), &as));
	ck_assert(
	    !peer_config_as_parse(STR("-1"), &as) && !peer_config_as_parse(STR("065000"), &as));
}
END_TEST

UNIT_MAIN("peer_config", words_are_parsed, a_link_local_peer_has_a_link, lists_may_contain_commas,
    barriers_wait_for_a_peer_unless_gate_is_no,
    the_password_is_the_first_line_of_its_file, invalid_words_are_refused_with_a_reason,
    as_numbers_are_plain_or_dotted)
