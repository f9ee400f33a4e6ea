/*
 * Each line is counted for one format: the first row of the table whose pattern is found in the
 * line. So rows with distinctive patterns precede rows with general patterns. A line with only a
 * name, or with a regular expression between slashes, is counted for no format, because it is a
 * valid entry of a list of dnstap-match.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "match/foreign.h"

#include <pcre2.h>

#include "base/mem.h"

#define LINE_LENGTH_MAX 500	/* bytes; the end of a longer line is ignored, to bound the cost */

#define NAME "[\\w.*\\x80-\\xff-]+"
#define IPV4 "\\d+\\.\\d+\\.\\d+\\.\\d+"
#define IPV6 "[0-9A-Fa-f]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*"
#define QUOTE "[\"']?"
#define TYPES "(domain|full|keyword|regexp)"

static const struct row {
	const char *format, *title, *pattern;
} rows[FOREIGN_FORMATS] = {
	{ "routeros", "RouterOS",
	    "^/ip[ /]+(dns|firewall)\\b|^:(do|global|local)\\b"
	    "|^add .*\\b(name|regexp|address-list|type)=" },
	{ "smartdns", "smartdns",
	    "^(nameserver|address|ipset|nftset|domain-rules|cname|https-record)\\s+/"
	    "|^domain-set\\s+-|^(server|server-(tcp|tls|https)|conf-file|bind)\\s+\\S" },
	{ "dnsmasq", "dnsmasq", "^(--)?[a-z][a-z0-9-]*=" },
	{ "unbound", "unbound",
	    "^(server|forward-zone|stub-zone|auth-zone|view|remote-control):\\s*$"
	    "|^(local-zone|local-data|forward-[a-z-]+|stub-[a-z-]+|name|interface|include):\\s" },
	{ "bind", "BIND",
	    "^zone\\s+\"|^\\};"
	    "|^(type|file|forward|forwarders|masters|primaries|notify|allow-\\w+)\\b.*;$" },
	{ "geosite", "geosite",
	    "^lists:|^- name:|^length: *\\d|^- " QUOTE TYPES ":"
	    "|^[\\x01-\\x1f]?[A-Z0-9!@_-]{2,}\\x12|\\x12.\\x08[\\x00-\\x03]\\x12." },
	{ "singbox", "sing-box", "^[]{}\"]|^\\[$" },
	{ "surge", "Surge",
	    "^(URL-REGEX|USER-AGENT|DOMAIN-SET|DOMAIN-WILDCARD|AND|OR|NOT|PROTOCOL),"
	    "|^(HOST|host)(-[A-Za-z]+)?,|^\\[(General|Rule|Host|Proxy)"
	    "|^DOMAIN[A-Z-]*,[^,]+,(?!no-resolve)" },
	{ "clash", "Clash",
	    "^(payload|rules|rule-providers):|^- |^" QUOTE "\\+\\.|^[A-Z][A-Z0-9-]+," },
	{ "v2fly", "v2fly", "^(" TYPES "|include):\\S|^" NAME "\\s+[@&][\\w!-]" },
	{ "rpz", "RPZ", "^\\$(TTL|ORIGIN|INCLUDE)\\b|\\s(SOA|CNAME|NS|DNAME)\\s+\\S" },
	{ "hosts", "a hosts file", "^(0|" IPV4 "|" IPV6 "(%\\w+)?)\\s+[^\\s#;/]" },
	{ "cidr", "addresses or prefixes", "^(" IPV4 "|" IPV6 ")(/\\d+)?\\s*($|[#;]|//)" },
	{ "pihole", "regular expressions of Pi-hole",
	    "^\\^|\\(\\^\\||\\\\[.wd]|[\\w)]\\.\\*\\w|\\[[^]]+\\][+*?]|[^.^|]\\$$" },
	{ "adblock", "AdBlock",
	    "^(@@|\\|\\|?|\\[Ad|!( |#|$))|\\S#@?[$%?]*#|\\^(\\$[~a-z]|$)|\\$~?[a-z-]+([=,]|$)" },
	{ "agh", "AdGuard Home", "^\\[/|^" NAME "(," NAME ")*/[\\w-]+(,[\\w-]+)*$" },
	{ "urls", "URLs",
	    "^([A-Za-z][A-Za-z0-9+.-]*:)?//\\S|^" NAME "(:\\d+)?/|^" NAME ":\\d+$" },
	{ "wildcard", "wildcards", "^[\\w.-]*\\*[\\w.*-]*$" },
};

static bool
is_found(const char *pattern, struct str text)
{
	int error;
	PCRE2_SIZE at;
	pcre2_code *code = mem_checked(pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
	    PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY, &error, &at, NULL));
	pcre2_match_data *data = mem_checked(pcre2_match_data_create(1, NULL));
	int found = pcre2_match(code, (PCRE2_SPTR)text.p, text.n, 0, 0, data, NULL);

	pcre2_match_data_free(data);
	pcre2_code_free(code);
	return found >= 0;
}

/* The line without a byte order mark and blanks, cut to LINE_LENGTH_MAX. */
static struct str
shorten(struct str line)
{
	str_take(&line, STR("\xef\xbb\xbf"));	/* a byte order mark */
	line = str_trim(line);
	if (line.n > LINE_LENGTH_MAX)
		line.n = LINE_LENGTH_MAX;
	return line;
}

static bool
is_comment(struct str line)
{
	return line.n == 0 || line.p[0] == '#' || line.p[0] == ';' || str_take(&line, STR("// "));
}

/* Whether the line is `/REGEX/` or `!/REGEX/`, an entry of a list of dnstap-match. */
static bool
is_regex(struct str line)
{
	str_take(&line, STR("!"));
	return line.n > 2 && line.p[0] == '/' && line.p[line.n - 1] == '/';
}

void
foreign_line(struct foreign *f, struct str line)
{
	line = shorten(line);
	if (is_comment(line) || is_regex(line) || f->lines == FOREIGN_LINES_MAX)
		return;
	f->lines++;
	for (size_t i = 0; i < FOREIGN_FORMATS; i++) {
		if (is_found(rows[i].pattern, line)) {
			f->counts[i]++;
			return;
		}
	}
}

const char *
foreign_format(const struct foreign *f)
{
	size_t best = 0;

	for (size_t i = 1; i < FOREIGN_FORMATS; i++)
		if (f->counts[i] > f->counts[best])
			best = i;
	return f->counts[best] > 0 ? rows[best].format : NULL;
}

const char *
foreign_title(const char *format)
{
	size_t i = 0;

	while (strcmp(rows[i].format, format) != 0)
		i++;
	return rows[i].title;
}

const char *
foreign_options(const char *format)
{
	return strcmp(format, "cidr") == 0 ? "--prefixes " : "";
}
