#include "match/foreign.h"

#include "unit.h"

static const struct {
	const char *format, *text;
} texts[] = {
	{ "adblock", "[Adblock Plus 2.0]\n! Title: ads\n||ads.example^\n@@|cdn.example^|\n"
	    "plain.example" },
	{ "adblock", "||ads.example^$third-party\nads.example##.banner\nads.example$important" },
	{ "agh", "tube.example,flix.example/vpn4,vpn6\nnews.example/vpn4" },
	{ "agh", "[/tube.example/flix.example/]192.0.2.53\n[/news.example/]tls://dns.example" },
	{ "bind", "zone \"pix.example\" { type master; file \"null.zone\"; };" },
	{ "bind", "zone \"pix.example\" IN {\n\ttype forward;\n\tforwarders { 192.0.2.53; };\n};" },
	{ "cidr", "192.0.2.0/24\n198.51.100.7 # one host\n2001:db8::/32 ; six\n::1\n203.0.113.1" },
	{ "clash", "payload:\n  - '+.flix.example'\n  - 'www.only.example'\n  - '*.wild.example'" },
	{ "clash", "DOMAIN-SUFFIX,flix.example\nDOMAIN,www.tube.example\n"
	    "IP-CIDR,203.0.113.0/24,no-resolve" },
	{ "clash", "+.flix.example\n+.tube.example" },
	{ "dnsmasq", "domain-needed\nserver=/corp.example/10.1.1.53\nipset=/tube.example/vpn1" },
	{ "geosite", "lists:\n  - name: \"tube\"\n    length: 2\n    rules:\n"
	    "      - \"domain:tube.example\"\n      - \"full:www.clip.example:@ads\"" },
	{ "geosite", "\n\x16\n\x04TUBE\x12\x10\x08\x02\x12\x0ctube.example" },
	{ "hosts", "127.0.0.1 localhost\n0.0.0.0 ads.example # one\n::1 ip6-localhost\n"
	    "fe80::1%lo0 x" },
	{ "hosts", "0 zero.example\n0 other.example" },
	{ "pihole", "(^|\\.)tube\\.example$\n^ads?[0-9]+\\.\n(\\.|^)x\\.example$;querytype=A" },
	{ "routeros", "/ip dns static add name=tube.example type=FWD match-subdomain=yes" },
	{ "routeros", "/ip dns static\nadd address-list=vpn name=tube.example type=FWD" },
	{ "rpz", "$TTL 60\n@ IN SOA localhost. root.localhost. 1 2 3 4 5\n  IN NS localhost.\n"
	    "tube.example CNAME .\n*.tube.example IN CNAME rpz-passthru." },
	{ "singbox", "{\n  \"version\": 3,\n  \"rules\": [\n    {\n      \"domain_suffix\": [\n"
	    "        \"tube.example\",\n      ]\n    }\n  ]\n}" },
	{ "smartdns", "server 192.0.2.53\nnameserver /tube.example/vpn\naddress /ads.example/#" },
	{ "smartdns", "domain-set -name vpn -file /etc/vpn.conf\n"
	    "domain-rules /x.example/ -p -n 192.0.2.1" },
	{ "surge", "URL-REGEX,^http://x\nDOMAIN-SET,https://x.example/set\n"
	    "DOMAIN-SUFFIX,x.example,PROXY" },
	{ "unbound", "server:\n  local-zone: \"ads.example\" always_nxdomain" },
	{ "unbound", "forward-zone:\n  name: \"vpn.example.\"\n  forward-addr: 192.0.2.53" },
	{ "urls", "https://www.tube.example/watch?v=1\nhttp://x.example\nx.example:8080\n"
	    "x.example/a/b.c" },
	{ "v2fly", "include:tube\ntube.example @cn\nfull:www.tube.example\nplain.example" },
	{ "v2fly", "domain:tube.example\nregexp:^ads?\\.tube\\.example$\nkeyword:meet" },
	{ "wildcard", "*.flix.example\n*.tube.example\nads.*\n=x.example" },
	{ NULL, "tube.example\nxn--mnchen-3ya.example\n_srv.tube.example # mine\n!tube.example" },
	{ NULL, "\n# ||ads.example^\n\t\r\n" },
	{ NULL, "chat.example,\nshop.example,cdn.example," },
};

static const char *
guess(const char *text)
{
	struct foreign f = { 0 };
	struct str rest = str_of(text), line;

	while (str_split(&rest, '\n', &line))
		foreign_line(&f, line);
	return foreign_format(&f);
}

START_TEST(each_format_is_recognized)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *found = guess(texts[i].text), *wanted = texts[i].format;

		ck_assert_msg((found == NULL) == (wanted == NULL) &&
		    (found == NULL || strcmp(found, wanted) == 0), "%s instead of %s: %s",
		    found != NULL ? found : "none", wanted != NULL ? wanted : "none",
		    texts[i].text);
	}
}
END_TEST

START_TEST(each_format_has_a_title)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].format != NULL)
			ck_assert_uint_gt(strlen(foreign_title(texts[i].format)), 0);
	ck_assert_str_eq(foreign_title("adblock"), "AdBlock");
}
END_TEST

START_TEST(each_row_can_be_reached)
{
	struct foreign f = { 0 };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct str rest = str_of(texts[i].text), line;

		while (str_split(&rest, '\n', &line))
			foreign_line(&f, line);
	}
	ck_assert_uint_lt(f.lines, FOREIGN_LINES_MAX);
	for (size_t i = 0; i < FOREIGN_FORMATS; i++)
		ck_assert_msg(f.counts[i] > 0, "row %zu", i);
}
END_TEST

START_TEST(the_cost_is_bounded)
{
	static char line[65536];
	struct foreign f = { 0 };

	memset(line, 'a', sizeof(line));
	for (int i = 0; i < 100000; i++)
		foreign_line(&f, (struct str){ line, sizeof(line) });
	ck_assert_uint_eq(f.lines, FOREIGN_LINES_MAX);
	ck_assert_ptr_null(foreign_format(&f));
}
END_TEST

UNIT_MAIN("foreign", each_format_is_recognized, each_format_has_a_title, each_row_can_be_reached,
    the_cost_is_bounded)
