#!/usr/bin/env bash
# shellcheck disable=SC2016,SC2317
# dnstap-list: the formats of proxy programs: clash, geosite, singbox, surge.
. t/lab/lib.sh
. t/lab/lists.sh

# --- Clash and mihomo ---

printf '%s\n' '# comment' 'payload:' "  - '+.a.example'" '  - "b.example"' '  - .c.example' '  # - d.example' \
	"  - '*.e.example'" "  - '+.f.*.example'" '  - g.*.example' "  - '+.Ä.example'" >"$dir/domain.yaml"
prints 0 'a.example =b.example *.c.example /^[^.]+\.e\.example$/ /(^|\.)f\.[^.]+\.example$/ /^g\.[^.]+\.example$/ Ä.example' \
	'clash: names in YAML' clash "$dir/domain.yaml"
reports '^dnstap-list: 7 rules, 0 left out$' 'clash: no name is left out'
printf '\xef\xbb\xbf# c\r\n// c\r\n\r\n+.a.example\r\nb.example\r\n.c.example\r\n*\r\n' >"$dir/domain.txt"
prints 0 'a.example =b.example *.c.example /^[^.]+$/' 'clash: names in text, with a byte order mark and CRLF' clash "$dir/domain.txt"
printf '%s\n' '- +.a.example' '- [b.example]' >"$dir/in"
prints 0 'a.example' 'clash: a sequence without a key' clash "$dir/in"
reports ': 1 rule, 1 left out: 1 not in a payload$' 'clash: a value elsewhere is left out'
printf '%s\n' '{"payload": ["+.a.example", "b.example"], port: 7890}' >"$dir/in"
prints 0 'a.example =b.example' 'clash: JSON is YAML' clash "$dir/in"
printf '%s\n' payload: "- '+'" "- '+.'" '- .' "- '*.'" '- a.example.' "- 'a*.example'" "- 'a.+.example'" '- "a.example\nb.example"' \
	'- a/b' '- "a b"' "- ''" '- a..b' "- '+.a*.*.example'" >"$dir/in"
prints 1 '' 'clash: no rule from names that mihomo refuses, or that mean every name' clash "$dir/in"
list 1 -v clash "$dir/in"
reports '/in:6: not a domain name: a\.example\.$' 'clash: a dropped line has its number in the YAML'
reports '0 rules, 13 left out' 'clash: each of them is counted'

printf '%s\n' 'DOMAIN,a.example' 'DOMAIN-SUFFIX,b.example' 'DOMAIN-KEYWORD,Key.word' 'DOMAIN-REGEX,^c\d{1,2}\.example$' \
	'DOMAIN-WILDCARD,*.d.example' 'DOMAIN-WILDCARD,e?-*.example' 'DOMAIN-WILDCARD,*part*' 'DOMAIN, f.example' \
	'DOMAIN-SUFFIX,g.example,no-resolve' >"$dir/classical.list"
rules='=a.example b.example /key\.word/ /^c\d{1,2}\.example$/ *.d.example /^e.-.*\.example$/ /part/ =f.example g.example'
prints 0 "$rules" 'clash: rules in text' clash "$dir/classical.list"
{ echo payload: && sed "s/.*/  - '&'/" "$dir/classical.list"; } >"$dir/classical.yaml"
prints 0 "$rules" 'clash: rules in YAML' clash "$dir/classical.yaml"
sed -i s/payload/rules/ "$dir/classical.yaml"
prints 0 "$rules" 'clash: the key `rules`' clash "$dir/classical.yaml"
printf '%s\n' 'DOMAIN-SUFFIX,.a.example' 'DOMAIN-SUFFIX,*.a.example' 'DOMAIN-SUFFIX,' 'DOMAIN-KEYWORD,' 'DOMAIN-KEYWORD,ä' \
	'DOMAIN-REGEX,(?=a)' 'DOMAIN-REGEX,[[:alpha:]]' 'DOMAIN-WILDCARD,*' 'DOMAIN-WILDCARD,[ab].example' 'domain,a.example' \
	'AND,((DOMAIN,a.example),(NETWORK,UDP))' 'NOT,((DOMAIN,a.example))' 'GEOSITE,cn' 'RULE-SET,x' 'MATCH' 'MATCH,DIRECT' \
	'PROCESS-NAME,a.example' 'DST-PORT,80' 'DOMAIN-SUFFIX,a.example,DIRECT' 'IP-CIDR,192.0.2.0/24,src' 'SRC-IP-CIDR,192.0.2.0/24' \
	'FINAL,x' >"$dir/in"
prints 1 '' 'clash: rules for other than names' clash "$dir/in"
reports '0 rules, 22 left out' 'clash: each of them is counted'
printf '%s\n' payload: '- 192.0.2.1/24' '- 192.0.2.9' "- '2001:db8::1/32'" '- IP-CIDR,198.51.100.0/25,no-resolve' \
	'- IP-CIDR6,2001:DB8:1::/48,no-resolve' '- IP-CIDR,203.0.113.0/33' '- DOMAIN,a.example' >"$dir/in"
prints 0 =a.example 'clash: prefixes beside names' clash "$dir/in"
reports ': 1 rule, 6 left out: 6 an address or prefix: see --prefixes$' 'clash: prefixes are counted'
prints 0 'announce 192.0.2.0/24 announce 192.0.2.9/32 announce 2001:db8::/32 announce 198.51.100.0/25 announce 2001:db8:1::/48' \
	'clash: --prefixes' --prefixes clash "$dir/in"
reports ': 5 prefixes, 1 left out: 1 not a prefix$' 'clash: a malformed prefix is counted'
printf '%s\n' 'payload:' '- a.example' '- [' >"$dir/in"
prints 2 '' 'clash: malformed YAML' clash "$dir/in"
reports '/in:4: did not find expected node content' 'clash: malformed YAML: the message has file and line'
printf '%s\n' 'payload: &x' '- a.example' 'rules: *x' >"$dir/in"
prints 2 '' 'clash: an alias' clash "$dir/in"
reports '/in:3: an alias' 'clash: an alias is reported'
printf 'payload:\n- a.example\n' | iconv -t UTF-16 >"$dir/in"
prints 0 =a.example 'clash: UTF-16' clash "$dir/in"
gzip -c "$dir/in" >"$dir/in.gz"
prints 2 '' 'clash: a packed file' clash "$dir/in.gz"
reports 'in.gz: compressed with gzip; unpack it with zcat$' 'clash: a packed file is reported'
printf 'MRS\1\0' >"$dir/in"
prints 2 '' 'clash: a binary rule set' clash "$dir/in"
reports '/in: a binary rule set; convert it with mihomo convert-ruleset$' 'clash: a binary rule set is reported'

# --- Surge ---

printf '%s\n' '# c' '; c' '// c' '' a.example .b.example ' .C.example ' 'd.example // c' 'e.example # c' >"$dir/domains"
prints 0 '=a.example b.example c.example =d.example =e.example' 'surge: a domain set' surge "$dir/domains"
printf '%s\n' 'DOMAIN,a.example' 'DOMAIN-SUFFIX,b.example,extended-matching' 'DOMAIN-KEYWORD,key' 'DOMAIN-WILDCARD,*.c.example' \
	'DOMAIN-WILDCARD,d*.example' 'DOMAIN-WILDCARD,e?.example' 'DOMAIN-SUFFIX,f.example // c' 'IP-CIDR,192.0.2.0/24,no-resolve' \
	'IP-CIDR6,2001:db8::/32' >"$dir/in"
prints 0 '=a.example b.example /key/ *.c.example /^d.*\.example$/ /^e.\.example$/ f.example' 'surge: a rule set' surge "$dir/in"
prints 0 'announce 192.0.2.0/24 announce 2001:db8::/32' 'surge: --prefixes' --prefixes surge "$dir/in"
printf '%s\n' 'DOMAIN-SUFFIX,.a.example' 'URL-REGEX,^http' 'USER-AGENT,x*' 'DOMAIN-SET,https://a.example/x' 'RULE-SET,LAN' \
	'OR,((DOMAIN,a.example),(DOMAIN,b.example))' 'DOMAIN,a.example,Proxy' 'FINAL,DIRECT' '[Rule]' 'dns-server = 192.0.2.1' \
	'*.a.example' '..a.example' . 'a b' 'HOST-SUFFIX,a.example,x' 'DOMAIN-WILDCARD,*.*' 'DOMAIN-WILDCARD,[ab].example' >"$dir/in"
prints 1 '' 'surge: no rule from other lines' surge "$dir/in"
reports '0 rules, 17 left out' 'surge: each of them is counted'

# --- sing-box ---

cat >"$dir/in" <<'J'
{
  "version": 2,
  "rules": [
    {
      "domain": ["a.example", "Ä.example"],
      "domain_suffix": ["b.example", ".c.example"],
      "domain_keyword": "key.",
      "domain_regex": ["^d\\d+\\.example$", "E\\.example$"],
      "ip_cidr": ["192.0.2.0/24", "2001:db8::1"],
      "port": [], "invert": false
    },
    {"type": "default", "domain": "f.example"}
  ]
}
J
prints 0 '=a.example =Ä.example b.example *.c.example /key\./ /^d\d+\.example$/ /(?-i)E\.example$/ =f.example' \
	'singbox: names' singbox "$dir/in"
prints 0 'announce 192.0.2.0/24 announce 2001:db8::1/128' 'singbox: --prefixes' --prefixes singbox "$dir/in"
cat >"$dir/in" <<'J'
{"version": 3, "rules": [
  {"type": "logical", "mode": "or", "rules": [{"domain": "a.example"}]},
  {"domain": "a.example", "invert": true},
  {"domain": "a.example", "port": 443},
  {"domain_suffix": ["a.example"], "network_type": ["wifi"]},
  {"type": "other", "domain": "a.example"},
  {"source_ip_cidr": "192.0.2.0/24"},
  {"domain": ["a.example\nb.example", "a\tb", "a\\b", "", 5], "domain_suffix": [".", "..a.example"], "domain_keyword": "",
   "domain_regex": ["(?!a)", "", "\\"]},
  "a.example"
]}
J
prints 1 '' 'singbox: no rule from rules with further conditions, or without a name' singbox "$dir/in"
reports '0 rules, 17 left out: 4 not a domain name, 3 a rule with a further condition, ' 'singbox: each of them is counted'
list 1 -v singbox "$dir/in"
reports '/in: rule 2: an inverted rule: \{"domain":"a.example","invert":true\}$' 'singbox: a rule that is left out is printed'
refused() { for json; do list 2 singbox - <<<"$json" && [ ! -s "$dir/out" ] || return 1; done; }
show=$dir/err check 'singbox: what is no rule set, or malformed, is refused' refused '' '[]' '{}' '{"rules": {}}' '{"rules": [' \
	'{"version": 9, "rules": []}' 'a.example' '{"rules": [{"domain": "a.example"}]} x'
PATH_WITHOUT_JQ=$dir/nojq
mkdir "$PATH_WITHOUT_JQ"
for tool in awk basename cat dirname mktemp readlink rm sed; do ln -s "$(command -v $tool)" "$PATH_WITHOUT_JQ/"; done
PATH=$PATH_WITHOUT_JQ "$(command -v sh)" scripts/bin/dnstap-list singbox "$dir/in" >"$dir/out" 2>"$dir/err"
is "$?$(cat "$dir/err")" '2dnstap-list: singbox: needs the program jq; install it' 'singbox: jq is named when it is missing'

# --- geosite ---

# encode LIST...: a geosite.dat. LIST is `NAME RULE...`, and RULE is that of v2fly's text.
encode() {
	perl -e '
		sub number { my $n = shift; $n < 128 ? chr $n : chr($n & 127 | 128) . number($n >> 7) }
		sub field { my ($id, $text) = @_; chr($id << 3 | 2) . number(length $text) . $text }
		%types = (keyword => 0, regexp => 1, domain => 2, full => 3, other => 9);
		for (@ARGV) {
			my ($name, @rules) = split / /;
			my $list = field(1, $name);
			for (@rules) {
				my ($type, $value, $attributes) = /^(\w+):(.*?)(?::(@[^:]*))?$/s;
				my $rule = ($types{$type} ? "\x08" . chr $types{$type} : "") . field(2, $value);
				$rule .= field(3, field(1, $_) . "\x10\x01") for grep { $_ ne "" } split /[@,]+/, $attributes // "";
				$list .= field(2, $rule);
			}
			print field(1, $list);
		}' "$@"
}
encode 'TUBE domain:Tube.example full:www.clip.example:@ads keyword:tu-be. regexp:^t\d+\.example$:@ads,@cn' \
	'CN domain:a.example:@!cn domain:ä.example' >"$dir/geosite.dat"
cat >"$dir/plain.yml" <<'Y'
lists:
  - name: "TUBE"
    length: 4
    rules:
      - "domain:Tube.example"
      - "full:www.clip.example:@ads"
      - "keyword:tu-be."
      - "regexp:^t\\d+\\.example$:@ads,@cn"
  - name: cn
    length: 2
    rules: ['domain:a.example:@!cn', 'domain:ä.example']
Y
for form in geosite.dat plain.yml; do
	prints 0 'tube.example =www.clip.example /tu-be\./ /^t\d+\.example$/' "geosite: a list of $form" --set tube geosite "$dir/$form"
	prints 0 'tube:4 cn:2' "geosite: the lists of $form" --list-sets geosite "$dir/$form"
	prints 2 '' "geosite: no list of $form selected" geosite "$dir/$form"
	reports 'more than one set; --set NAME selects one' "geosite: $form has more than one list"
	prints 0 '=www.clip.example' "geosite: attributes of $form" -a ads -a -cn --set tube geosite "$dir/$form"
	prints 0 'a.example' "geosite: an attribute of $form with !" -a '!cn' --set cn geosite "$dir/$form"
	prints 2 '' "geosite: a list that $form lacks" --set TUBE geosite "$dir/$form"
done
encode 'ONE domain:a.example other:b.example regexp:(?=a) keyword: domain:. full:a_b.example' >"$dir/in"
prints 0 'a.example =a_b.example' 'geosite: a single list' geosite "$dir/in"
reports ': 2 rules, 4 left out: 2 means every name, 1 a regex that may mean something else, 1 a rule of an unknown type$' \
	'geosite: rules that cannot be expressed are counted'
list 0 -v geosite "$dir/in"
reports '/in: one: a rule of an unknown type: type9:b.example$' 'geosite: a dropped rule is printed with its list'
head -c 60 "$dir/geosite.dat" >"$dir/in"
prints 2 '' 'geosite: a file that is cut off' --set tube geosite "$dir/in"
reports '/in: not a Protocol Buffers message$' 'geosite: a file that is cut off is reported'
encode $'ONE domain:a.example\nfull:b.example' >"$dir/in"
prints 2 '' 'geosite: a control character' geosite "$dir/in"
prints 0 'a.example' 'geosite: stdin' --set one geosite < <(encode 'ONE domain:a.example')

# --- All ---

# The same list in all forms.
printf 'n%s.example\n' {1..500} >"$dir/names"
{ echo payload: && sed "s/.*/- '+.&'/" "$dir/names"; } >"$dir/clash-domain"
{ echo payload: && sed 's/.*/- DOMAIN-SUFFIX,&/' "$dir/names"; } >"$dir/clash-classical"
sed 's/^/+./' "$dir/names" >"$dir/clash-text"
sed 's/^/DOMAIN-SUFFIX,/' "$dir/names" >"$dir/surge-rules"
sed 's/^/./' "$dir/names" >"$dir/surge-domains"
jq -Rn '{version: 1, rules: [{domain_suffix: [inputs]}]}' "$dir/names" >"$dir/singbox-json"
encode "ALL $(sed 's/^/domain:/' "$dir/names" | xargs)" >"$dir/geosite-dat"
for form in clash-domain clash-classical clash-text surge-rules surge-domains singbox-json geosite-dat; do
	is "$(dnstap-list "${form%%-*}" "$dir/$form" 2>/dev/null | cksum)" "$(cksum <"$dir/names")" "$form has the names of its siblings"
	case $form in surge*) continue ;; esac	# looks like other formats
	list 0 auto "$dir/$form"
	reports ": looks like ${form%%-*}\$" "auto: $form is ${form%%-*}"
done

plan_done
