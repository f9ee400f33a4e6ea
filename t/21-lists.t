#!/usr/bin/env bash
# shellcheck disable=SC1003,SC2016,SC2086,SC2317
# dnstap-list: each format with small cases, compared with the real program that reads it, and with real lists.
. t/lab/lib.sh
. t/lab/lists.sh

assets=$(dpkg -L webext-ublock-origin-firefox | grep '/assets$')

printf '\xef\xbb\xbf0.0.0.0 a.com B.Com. # c\r\n::1 ip6-loopback x_y.com\t\xc3\xa4.de\n' >"$dir/in"
converts hosts '=a.com =b.com =x_y.com =ä.de' 'several names, a byte order mark, CRLF, Unicode'
left 'names of the machine itself' '4 rules, 1 left out: 1 the machine itself'
printf '%s\n' 'a.com' '0.0.0.0' '0.0.0.0 0.0.0.0 1.2.3.4' '0.0.0.0 *.x /y/ !z =q a..b .c' '#0.0.0.0 c.com' \
	"0.0.0.0 $(printf 'a%.0s' {1..64}).com" '0.0.0.0 .' >"$dir/in"
converts hosts '' 'no rule from lines without a host'
left 'every line' '0 rules, 12 left out: 7 not a domain name, 2 an address, 2 no address and name, 1 means every name'

printf '%s\n' 'https://u:p@A.com:8080/x@y?z#f' b.com '*.c.com' .d.com 'http://h.com?x=http://evil.com/' 'e.com # c' '; c' >"$dir/in"
converts urls '=a.com =b.com *.c.com d.com =h.com =e.com' 'hosts of URLs, and bare'
printf '%s\n' http://1.2.3.4/ 'http://[::1]:80/' https:///x 'a b' 'http://a.com\@b.com/' http:/x/ 'x*y.com' . '*.' '*.*.com' >"$dir/in"
converts urls '' 'no rule from URLs without a host'

printf '%s\n' 'server=/a.com/B.com/192.0.2.1#53' 'server=/ok.a.com/#' 'address=/z.com/#' 'local=/l/' 'server=/.dot.com/' \
	'--server=/cl.com/192.0.2.1 # c' 'address=/*.w.com/192.0.2.1' >"$dir/in"
converts dnsmasq 'a.com b.com !ok.a.com z.com l dot.com cl.com *.w.com' 'each option with names'
printf '%s\n' 'ipset=/x.com/y.com/s1,s2' 'nftset=/n.com/4#inet#f#s' >>"$dir/in"
converts dnsmasq 'x.com y.com n.com' 'names of sets only, if there are sets'
printf '%s\n' 'server=/#/192.0.2.1' 'server=//192.0.2.1' server=192.0.2.1 port=53 'address=/*t.com/192.0.2.1' 'address=/*/::' \
	'server=/x' '#server=/c.com/' 'cname=a.com,b.com' 'server=/a b/' 'server=/!c.com/' 'rebind-domain-ok=/d.com/' >"$dir/in"
converts dnsmasq '' 'no rule from options for all names or other purposes'

printf '%s\n' '[Adblock Plus 2.0]' '! c' '||a.com^' '||B.com^$important' '||c.com^$all' '||d.com' '||*.e.com^' 'f.com' \
	'@@||ok.a.com^' '@@||g.com^|' '0.0.0.0 h.com # c' '||ä.de^' '@@i.com' >"$dir/in"
converts adblock 'a.com b.com c.com d.com *.e.com =f.com !ok.a.com !g.com =h.com ä.de !i.com' 'names'
printf '%s\n' '||a.com^$third-party' '||a.com/x' '||a.com/' '||a.com^*/x' '||a.com^*x' '||1.2.3.4^' '||1.2.3.' \
	'a.com##.ad' '##.ad' 'a.com#@#.ad' 'a.com$$x' '|https://a.com^' '/ads/*' '-ad.' '||a.com:80^' '||[::1]^' '||*^' '*' \
	'||a.com^$denyallow=b.com' '||a.com^$domain=b.com' '!#if x' '||a.com^' '!#endif' '!#include x' '/a\/b/' >"$dir/in"
converts adblock '' 'no rule from filters for less than a host'
printf '%s\n' '||a.com^' '||x.a.com^' '@@||a.com^' '||b.com^' '||b.com^$badfilter' '=' '||*.c.com^' '||y.c.com^' \
	'@@||*.c.com^' '@@||d.com^$image' '||d.com^' '@@||e.com^' '@@||e.com^$badfilter' '||e.com^' '!#if x' '@@||f.com^' '!#endif' '||f.com^' >"$dir/in"
converts adblock '!a.com !*.c.com d.com e.com !f.com' 'an exception removes the names below it, a $badfilter the equal filter'
printf '%s\n' a.com '||b.com^' c.org '@@/^[^\/]+\.ok\.b\.com$/' '||x.ok.b.com^' >"$dir/in"
converts adblock '=a.com b.com =c.org !*.ok.b.com' 'an exception may have the class [^/]'
for regex in '(|a)b\.com$' '()a$' '|a\.com$' 'a\.com|' 'a||b' '[[:word:]]\.com$' '[A-z]\.com$'; do
	printf '%s\n' _.com c.org "@@/$regex/" >"$dir/in"
	show=$dir/err check "adblock: an exception that awk cannot read: $regex" \
		eval 'dnstap-list adblock "$dir/in" >"$dir/out" 2>"$dir/err" && grep -qF "!/$regex/" "$dir/out" && ! grep -qFx "=_.com" "$dir/out"'
done

mkdir "$dir/v"
printf '%s\n' 'domain:A.com @cn' 'full:b.com @cn @ads # c' plain.org 'keyword:goo.gl+x' 'regexp:^ad[0-9]+\.x\.com$' \
	'regexp:(^|\.)Foo[a-z]{2,3}?\.net$' 'domain:dup.com:@ads,@cn' 'full:p.com:@!cn' 'z.com &other' >"$dir/v/a"
cp "$dir/v/a" "$dir/in"
converts v2fly 'a.com =b.com plain.org /goo\.gl\+x/ /^ad[0-9]+\.x\.com$/ /(?-i)(^|\.)Foo[a-z]{2,3}?\.net$/ dup.com =p.com z.com' \
	'rules of all kinds'
is "$(dnstap-list -a cn -a -ads v2fly "$dir/v/a" 2>&1 | head -n 1)" a.com 'v2fly: -a selects attributes'
is "$(dnstap-list -a '!cn' v2fly "$dir/v/a" 2>/dev/null)" =p.com 'v2fly: an attribute may begin with !'
printf '%s\n' 'b1.com @ads' 'b2.com' 'full:b3.com @ads @cn' 'include:c @-cn' include:top >"$dir/v/b"
printf '%s\n' 'c1.com @ads' 'c2.com @ads @cn' include:c >"$dir/v/c"
echo 'include:b @ads' >"$dir/v/top"
is "$(bounded 5 dnstap-list v2fly "$dir/v/top" 2>"$dir/err" | xargs)" 'b1.com =b3.com c1.com' 'v2fly: an include filters by attribute, and a loop ends'
left 'unsupported lines' '3 rules, 4 left out: 2 a list that includes itself, 2 other attributes'
printf '%s\n' include:../v/a include:/etc/hosts include:nope 'regexp:a++b' 'regexp:(?!x)y' 'regexp:[z-a]' 'regexp:a{3,2}' 'regexp:(' \
	'regexp:\1' 'regexp:x(*ACCEPT)' 'regexp:\x41' keyword: regexp: domain:. domain: 'x.com y' geosite:foo 'regexp:[a' 'regexp:a\' >"$dir/in"
converts v2fly '' 'no other files, nothing that PCRE2 may read differently'

refuses() { bounded 5 dnstap-list "$@" >"$dir/out" 2>&1 </dev/null; [ $? -eq 2 ]; }
check 'no format, an unknown one, a missing file, an attribute of hosts: refused' eval \
	'refuses && refuses nope && refuses hosts "$dir/nope" && refuses -a x hosts && refuses hosts "$dir"'
echo '# nothing' | dnstap-list hosts 2>/dev/null
is $? 1 'no rule: exit status 1'
cp "$dir/v/c" "$dir/x=y"
is "$(cd "$dir" && dnstap-list v2fly x=y 2>/dev/null | head -n 1)" c1.com 'a file with = in its name is a file'

# The same cases in the real programs, which forward other names to a server where all names have the address 192.0.2.1.
# `ask` prints the names that the program does not forward. dnsmasq has no such server: it answers REFUSED for other names.
ask() {
	local name
	for name in $names; do
		echo "$name $(dig +noall +answer +comments +time=5 +tries=2 @127.0.0.1 -p "$1" "$name" A | xargs)"
	done | grep -vE 'REFUSED|A 192\.0\.2\.1$' | cut -d' ' -f1 | sort
}
matched() { printf '0.000000 192.0.2.1 0 %s\n' $names | dnstap-match "$1" | cut -d' ' -f4 | sort; }

# as_real FORMAT FILE PORT: the list and the program agree on all the names.
as_real() {
	dnstap-list "$1" "$2" >"$dir/$1.list" 2>"$dir/err"
	is "$(matched "$dir/$1.list")" "$(ask "$3")" "$1: the list matches the same names as the real program"
}
answers() { dig +time=1 +tries=1 @127.0.0.1 -p "$1" x.com A >/dev/null; }

cat >"$dir/dnsmasq.conf" <<'E'
server=/nx.u.com/#
address=/u.com/v.com/192.0.2.9
address=/*.w.com/192.0.2.9
local=/lo.org/
server=/none.org/
address=/.dot.com/192.0.2.9
E
check 'dnsmasq accepts the sample' eval 'dnsmasq --test -C "$dir/dnsmasq.conf" 2>/dev/null'
start dnsmasq -d -C "$dir/dnsmasq.conf" -p 5301 -R -h 2>"$dir/dnsmasq.err"
show=$dir/dnsmasq.err check 'dnsmasq: runs' within 10 answers 5301
names='u.com a.u.com xu.com nx.u.com z.nx.u.com v.com w.com a.w.com xw.com lo.org q.lo.org none.org dot.com b.dot.com other.net'
as_real dnsmasq "$dir/dnsmasq.conf" 5301
stop "$started"

printf '%s\n' '$TTL 60' '@ SOA a. b. 1 3600 600 86400 60' '@ NS a.' '* A 192.0.2.1' >"$dir/all.zone"
cat >"$dir/local.conf" <<'E'
local-zone: "x.com" always_nxdomain
local-zone: 'ok.x.com.' transparent # c
local-data: "a.ok.x.com A 192.0.2.9"
local-zone: t.com always_transparent
local-data: "a.t.com A 192.0.2.9"
local-data: "free.org. 3600 IN A 192.0.2.9"
local-zone: r.com redirect
local-data: "r.com A 192.0.2.9"
local-zone: s.com static
local-data: "d.s.com A 192.0.2.9"
local-zone: tt.com typetransparent
local-zone: n.s.com nodefault
E
cat >"$dir/unbound.conf" <<E
server:
	interface: 127.0.0.1@5302
	do-daemonize: no
	username: ""
	chroot: ""
	pidfile: ""
	use-syslog: no
	module-config: "iterator"
	include: "$dir/local.conf"
auth-zone:
	name: "."
	zonefile: "$dir/all.zone"
	for-upstream: no
	for-downstream: yes
E
check 'unbound accepts the sample' eval 'unbound-checkconf "$dir/unbound.conf" >/dev/null'
start unbound -d -c "$dir/unbound.conf" 2>"$dir/unbound.err"
show=$dir/unbound.err check 'unbound: runs' within 10 answers 5302
names='x.com a.x.com ok.x.com b.ok.x.com a.ok.x.com t.com a.t.com free.org a.free.org r.com q.r.com s.com d.s.com n.s.com tt.com other.net'
as_real unbound "$dir/local.conf" 5302
stop "$started"
printf '%s\n' 'view:' ' name: v' ' local-zone: "v.com" static' 'server:' 'local-zone: "." refuse' 'local-data: "*.w.com A 192.0.2.1"' \
	'local-zone: "n.org" nope' 'local-data-ptr: "192.0.2.1 p.com"' 'do-ip6: no' >"$dir/in"
converts unbound '' 'no rule from views and other options'

cat >"$dir/rpz.zone" <<'E'
$TTL 60
@ SOA localhost. root.localhost. ( 1 ; (
	3600 600 86400 60 )
	NS localhost.
x.com CNAME .
*.x.com 1h IN CNAME .
a.x.com IN 60 CNAME .	; c
q.w.x.com CNAME *.
ok.x.com CNAME rpz-passthru.
*.ok2.x.com CNAME rpz-passthru.
self.x.com CNAME self.x.com.
tcp.x.com CNAME rpz-tcp-only.
only.org CNAME *.
loc.org A 192.0.2.77
	TXT "a;b(" ; (
$ORIGIN org.rpz.local.
*.wg A 192.0.2.77
deep.a.b CNAME .
*.b CNAME .
abs.net.rpz.local. CNAME .
32.9.2.0.192.rpz-ip.rpz.local. CNAME .
E
cat >"$dir/named.conf" <<E
options {
	directory "$dir"; listen-on port 5303 { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none;
	recursion yes; dnssec-validation no; session-keyfile none; allow-transfer { any; };
	response-policy { zone "rpz.local"; } qname-wait-recurse no break-dnssec yes;
};
controls { };
zone "rpz.local" { type primary; file "rpz.zone"; };
zone "com" { type primary; file "all.zone"; };
zone "org" { type primary; file "all.zone"; };
zone "net" { type primary; file "all.zone"; };
E
check 'rpz: BIND accepts the sample' named-checkzone -q rpz.local "$dir/rpz.zone"
start named -g -c "$dir/named.conf" 2>"$dir/named.err"
show=$dir/named.err check 'rpz: BIND runs' within 10 answers 5303
names='x.com b.x.com a.x.com b.a.x.com w.x.com z.w.x.com q.w.x.com z.q.w.x.com ok.x.com b.ok.x.com ok2.x.com b.ok2.x.com'
names+=' self.x.com tcp.x.com b.tcp.x.com only.org a.only.org loc.org wg.org b.wg.org deep.a.b.org z.deep.a.b.org a.b.org'
names+=' z.a.b.org b.org z.b.org abs.net z.net'
sed 's/^@ SOA/rpz.local. SOA/' "$dir/rpz.zone" >"$dir/rpz2.zone"
as_real rpz "$dir/rpz2.zone" 5303
dig +noall +answer @127.0.0.1 -p 5303 rpz.local AXFR >"$dir/axfr"
check 'rpz: BIND transfers the zone' has CNAME "$dir/axfr"
is "$(dnstap-list rpz "$dir/axfr" 2>/dev/null | sort)" "$(sort "$dir/rpz.list")" 'rpz: a transferred zone yields the same list'
stop "$started"
printf '%s\n' '* CNAME .' 'b\.x.com A 192.0.2.1' '$INCLUDE f' 'abs.com. CNAME .' 'rel.com CNAME rpz-passthru' x.com 'y.com CH A 192.0.2.1' \
	'z.com DNAME a.' '8.0.0.0.10.rpz-client-ip CNAME .' 'ns.x.rpz-nsdname CNAME .' >"$dir/in"
converts rpz '' 'no rule from records that are no policy for a name'

# Real lists: another program finds a line for each rule, and each line yields a rule or a report.
lists=("$assets"/thirdparties/easylist/*.txt "$assets"/thirdparties/urlhaus-filter/*.txt "$assets"/ublock/*.txt)
dnstap-list -v adblock "${lists[@]}" >"$dir/real.list" 2>"$dir/err"
check "adblock: real lists, $(tail -n 1 "$dir/err" | cut -d: -f2)" test "$(wc -l <"$dir/real.list")" -gt 50000
check 'dnstap-match accepts every rule' dnstap-match -c "$dir/real.list"
cat >"$dir/oracle.pl" <<'E'
my ($rules, $told, @lists) = @ARGV;
my (%block, %exact, %below, %pattern, %except, %off, %told, %out);
open my $in, '<', $told or die;
while (<$in>) { chomp; $told{$1} = 1 if /: (\|\|.*)$/ }
for my $list (@lists) {
	my $if = 0;
	open $in, '<', $list or die;
	while (<$in>) {
		chomp;
		$if++ if /^!#if/;
		$if-- if /^!#endif/;
		$off{lc $1} = 1 if /^\|\|(.*)\^\$badfilter$/;
		$except{lc $1} = 1 if /^@@\|\|([^\/^*]*)\^$/;
		next if $if;
		$block{lc $1} = $_ if /^\|\|([^\/^*\$|]*)\^?(\$(all|important))?$/;
		$exact{lc $_} = 1 if /^[\w.-]+$/;
		$below{lc $1} = 1 if /^\|\|\*\.(.*)\^$/;
		$pattern{$1 =~ s/^\|\|\*//r =~ s/\*\^?$//r} = 1 if /^(\|?\|?[a-z0-9_.*-]+\^?)(\$(all|important))?$/;
	}
}
open $in, '<', $rules or die;
while (<$in>) {
	chomp;
	$out{$_} = 1;
	if (m{^/(.*)/$}) {
		my $regex = $1;
		$regex =~ s/^\(\^\|\\\.\)/||/;
		$regex =~ s/\$$/^/;
		$regex =~ s/\.\*/*/g;
		$regex =~ s/\\\././g;
		print "nothing means $_\n" unless $pattern{$regex};
		next;
	}
	my $meant = /^!(.*)/ ? $except{$1} : /^=(.*)/ ? $exact{$1} : /^\*\.(.*)/ ? $below{$1} : $block{$_} && !$off{$_};
	print "nothing means $_\n" unless $meant;
	next if /^!/;
	(my $name = $_) =~ s/^(=|\*\.)//;
	do { print "an exception covers $_\n" if $except{$name} } while $name =~ s/^[^.]*\.//;
}
for (keys %block) { print "lost: $block{$_}\n" unless $out{$_} || $out{"/(^|\\.)" . s/\./\\./gr . "/"} || $told{$block{$_}} }
print "looked at ", scalar keys %block, "\n" if keys %block < 50000;
E
is "$(perl "$dir/oracle.pl" "$dir/real.list" "$dir/err" "${lists[@]}" | head)" '' \
	'each rule has its line, and each name yields a rule or a report'

# The names of these lists in the other formats, which the real programs accept.
grep -E '^[a-z0-9.-]+\.[a-z0-9-]*[a-z]$' "$dir/real.list" | sort -u | head -n 20000 >"$dir/names"
# many FORMAT PATTERN RULE: a file with PATTERN for each name yields a list with RULE for each name; `&` is the name.
many() {
	sed "s|.*|$2|" "$dir/names" >"$dir/many"
	is "$(dnstap-list "$1" "$dir/many" 2>/dev/null | md5sum)" "$(sed "s|.*|$3|" "$dir/names" | md5sum)" "$1: $(wc -l <"$dir/names") real names"
}
many hosts '0.0.0.0 &' '=&'
many urls 'https://&/x' '=&'
many v2fly 'full:&' '=&'
many dnsmasq 'address=/&/#' '&'
check 'dnsmasq accepts them' eval 'dnsmasq --test -C "$dir/many" 2>/dev/null'
many unbound 'local-zone: "&" always_null' '&'
sed -i '1i server:' "$dir/many"
check 'unbound accepts them' eval 'unbound-checkconf "$dir/many" >/dev/null'
many rpz '& 60 CNAME .' '=&'
check 'BIND accepts them' named-checkzone -q rpz.local <(printf '@ 60 SOA a. b. 1 1 1 1 1\n@ 60 NS a.\n' | cat - "$dir/many")
dnstap-list rpz /usr/share/dns/root.hints >"$dir/out" 2>"$dir/err"
is "$?$(cat "$dir/out")" 1 'rpz: root hints are not a policy zone'
dnstap-list unbound /etc/unbound/unbound.conf >"$dir/out" 2>"$dir/err"
is "$?$(cat "$dir/out")" 1 'unbound: a configuration without a zone yields no rule'

# Hostile lines: dnstap-match accepts every rule that they yield, and another awk yields the same.
mkdir "$dir/busybox" && ln -s "$(command -v busybox)" "$dir/busybox/awk"
cat "$dir/dnsmasq.conf" "$dir/local.conf" "$dir/rpz.zone" "$dir/v/a" <(sed 's/^/0.0.0.0 /' "$dir/names" | head -n 100) \
	<(tail -n 500 "${lists[0]}") <(head -n 300 "${lists[1]}") |
	perl -ne 'BEGIN { srand 7; @c = map chr, 33 .. 126, 9, 32, 32, 46, 46, 47 }
		for $k (1 .. 4) {
			$l = $_;
			substr($l, int rand length $l, int rand 3) = $c[rand @c] for 1 .. rand 6;
			$l =~ s/\n?$/\n/;
			print $l;
		}' >"$dir/hostile"
for format in adblock dnsmasq hosts rpz unbound urls v2fly; do
	bounded 60 dnstap-list "$format" "$dir/hostile" >"$dir/out" 2>"$dir/err"
	show=$dir/err check "$format: $(wc -l <"$dir/out") rules of hostile lines are all accepted" dnstap-match -c "$dir/out"
	is "$(PATH=$dir/busybox:$PATH bounded 60 dnstap-list "$format" "$dir/hostile" 2>&1 >"$dir/out2")" "$(cat "$dir/err")" \
		"$format: another awk counts the same"
	check "$format: another awk yields the same rules" cmp "$dir/out" "$dir/out2"
done

cp -R scripts/bin scripts/lists "$dir/"
echo '{ name_rule("=", $1) } END { finish() }' >"$dir/lists/words.awk"
is "$(echo a.com b | "$dir/bin/dnstap-list" words 2>/dev/null)" =a.com 'a program in lists/ is a format'
like "$("$dir/bin/dnstap-list" --help)" 'FORMAT: .*, wildcard or words\.' '--help lists the new format'
"$dir/bin/dnstap-list" common </dev/null 2>"$dir/err"
status=$?
expected="auto, $(cd "$dir/lists" && printf '%s\n' *.awk | sed '/^common/d; s/\.awk//; $!s/$/,/' | xargs | sed 's/, words$/ or words/')"
is "$status$(cat "$dir/err")" "2dnstap-list: common: no such format; write $expected; try 'dnstap-list --help'" 'common.awk is not a format'

plan_done
