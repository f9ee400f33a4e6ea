#!/usr/bin/env bash
# shellcheck disable=SC2016,SC2317
# dnstap-list: sets of a source, prefixes, guessed formats, and the formats whose rules belong to sets.
. t/lab/lib.sh
. t/lab/lists.sh

# Formats that only this test has, in a copy of lists/.
cp -R scripts/bin scripts/lists "$dir/"
PATH=$dir/bin:$PATH
cat >"$dir/lists/some.awk" <<'E'
/^\[/ { set_wanted(substr($0, 2)); next }
/^-/ { no_set(); next }
$2 == "narrow" { if (stays_wide("an exception for a path")) name_rule("", $1); next }
/[:\/]/ { prefix($1); next }
{ name_rule("", $1) }
END { finish() }
E
sed '1i BEGIN { single_set = 1 }' "$dir/lists/some.awk" >"$dir/lists/single.awk"
sed '1i # decoder: awk "{ print tolower(\\$0) }"' "$dir/lists/some.awk" >"$dir/lists/decoded.awk"
sed '1i # decoder: nowhere -x' "$dir/lists/some.awk" >"$dir/lists/absent.awk"

printf '%s\n' none.example '[a' a.example 198.51.100.0/24 '[b' b.example '[a' a2.example 'p.example narrow' -x n2.example >"$dir/in"
prints 0 'none.example a.example b.example a2.example n2.example' 'all sets without --set' some "$dir/in"
reports '^dnstap-list: 5 rules, 2 left out: 1 an address or prefix: see --prefixes, 1 an exception for a path: see --wide$' \
	'an address and a guarded rule are counted'
prints 0 'a.example a2.example' 'the rules of a set' --set a some "$dir/in"
reports ': 2 rules, 2 left out: ' 'a dropped line of the set is counted'
prints 0 b.example 'the rules of another set' --set b some "$dir/in"
reports ': 1 rule, 0 left out$' 'a dropped line of another set is not counted'
prints 0 'a.example b.example a2.example' 'the rules of two sets' --set b --set a some "$dir/in"
prints 2 b.example 'a set that does not exist' --set b --set no some "$dir/in"
reports '^dnstap-list: /.*/in: no set no; --list-sets prints the sets$' 'a set that does not exist is reported'
prints 0 'a:2 b:1' '--list-sets' --list-sets some "$dir/in"
is "$(cat "$dir/err")" '' '--list-sets prints nothing else'
prints 0 'a:3 b:1' '--list-sets --wide' --list-sets --wide some "$dir/in"
prints 1 '' '--list-sets in a format without sets' --list-sets hosts "$dir/in"
reports 'in: no sets$' 'no sets: reported'
prints 2 '' '--set in a format without sets' --set x hosts /dev/null
prints 0 'none.example a.example b.example a2.example p.example n2.example' '--wide' --wide some "$dir/in"
reports ': 6 rules, 1 left out: .* see --prefixes; matching more than the source: 1$' '--wide: reported'
prints 0 'announce 198.51.100.0/24' '--prefixes prints no names' --prefixes some "$dir/in"
prints 1 '' '--prefixes of a set without prefixes' --prefixes --set b some "$dir/in"
reports ': 0 prefixes, 0 left out$' '--prefixes: names are not counted as left out'
prints 2 '' 'two sets where only one can be meant' single "$dir/in"
reports 'in: more than one set; --set NAME selects one, --list-sets prints them$' 'two sets where only one can be meant: reported'
prints 0 b.example 'one of two sets' --set b single "$dir/in"
printf '%s\n' '[a' a.example >"$dir/one"
prints 0 'a.example' 'the only set' single "$dir/one"
prints 0 'a:2 b:1' '--list-sets where only one set can be meant' --list-sets single "$dir/in"

tr "[:lower:]" "[:upper:]" <"$dir/in" >"$dir/x= y"
prints 0 'a.example a2.example' 'a decoder is run before awk' --set a decoded "$dir/x= y"
prints 2 '' 'a missing decoder' absent "$dir/in"
reports '^dnstap-list: absent: needs the program nowhere; install it$' 'a missing decoder: reported'
(cd "$dir" && list 0 -v decoded - 'x= y' <one)
is "$(grep -o '^dnstap-list: [^:]*: an [a-z]*' "$dir/err" | xargs -d '\n')" 'dnstap-list: x= y: an address dnstap-list: x= y: an exception' \
	'a decoder: messages name the source'
is "$(wc -l <"$dir/out")" 6 'a decoder reads stdin and files'
is "$(find "$dir" -maxdepth 1 -name 'tmp*')" '' 'temporary files are removed'

printf '%s\n' '192.0.2.1 # c' 198.51.100.77/24 '2001:DB8::1/33; c' 192.0.2.1 192.0.2.1/32 '2001:db8:1:0:0:0:0:1/64 // c' '' '# c' >"$dir/in"
prints 0 'announce 192.0.2.1/32 announce 198.51.100.0/24 announce 2001:db8::/33 announce 2001:db8:1::/64' \
	'cidr: each prefix once, without host bits' --prefixes cidr "$dir/in"
check 'bgp-announce accepts the routes' eval 'bgp-announce -a 64512 -i 192.0.2.10 -n 203.0.113.1 -n 2001:db8:ffff::1 -d <"$dir/out" >"$dir/log" 2>&1'
prints 2 '' 'cidr: needs --prefixes' cidr "$dir/in"
printf '%s\n' 192.0.2.256 192.0.2 192.0.2.1/33 192.0.2.01 192.0.2.1/024 1.2.3.4.5 ::/0 0.0.0.0/0 ::/129 1::2::3 ::: 1: :1 12345:: \
	1:2:3:4:5:6:7 1:2:3:4:5:6:7:8:9 1:2:3:4::5:6:7:8 ::1%lo ::192.0.2.256 192.0.2.1-192.0.2.9 'a b' a.example / 1.2.3.4/ >"$dir/in"
prints 1 '' 'cidr: no route from anything else' --prefixes cidr "$dir/in"
reports ': 0 prefixes, 24 left out: 21 not a prefix, 2 means every address, 1 more than one word$' 'cidr: each line is counted'

# Random prefixes, compared with the module ipaddress of Python.
cat >"$dir/random.py" <<'E'
import ipaddress, random, sys
random.seed(7)
def address():
    if random.random() < .3:
        return ipaddress.IPv4Address(random.getrandbits(32))
    groups = [random.choice((0, 0, 0, 1, random.getrandbits(16))) for _ in range(8)]
    return ipaddress.IPv6Address(sum(g << 16 * i for i, g in enumerate(groups)))
lines, expected = [], {}
for _ in range(20000):
    a = address()
    text = random.choice((str(a), a.exploded, str(a).upper()))
    if a.version == 6 and random.random() < .2 and text.count(':') == 7 and '::' not in text:
        text = ':'.join(text.split(':')[:6]) + ':' + str(ipaddress.IPv4Address(int(a) & 0xffffffff))
    bits = random.randint(1, a.max_prefixlen)
    net = ipaddress.ip_network((a, bits), strict=False)
    lines.append(f'{text}/{bits}')
    expected[f'announce {net.network_address if net.version == 4 else str(net.network_address)}/{bits}'] = 1
open(sys.argv[1], 'w').write('\n'.join(lines) + '\n')
open(sys.argv[2], 'w').write('\n'.join(expected) + '\n')
E
python3 "$dir/random.py" "$dir/in" "$dir/expected"
check 'cidr: 20,000 random prefixes' list 0 --prefixes cidr "$dir/in"
show=$dir/log check 'cidr: the same routes as by Python' eval 'diff "$dir/expected" "$dir/out" >"$dir/log"'

# dnsmasq: the sets of a name do not depend on the server that answers.
cat >"$dir/in" <<'E'
domain-needed
local=/lan/
server=/corp.example/192.0.2.53
server=/m.tube.example/#
ipset=/tube.example/vpn1
address=/ads.example/
ipset=/News.example/clip.example./vpn2,both	# c
nftset=/flix.example/4#inet#fw4#vpn1,6#inet#fw4#vpn6
ipset=/clip.example/vpn1
--nftset=/.dot.example/fw4#both
ipset=/m.tube.example/other
E
prints 0 'tube.example news.example clip.example flix.example dot.example m.tube.example' 'dnsmasq: all sets' dnsmasq "$dir/in"
reports ': 6 rules, 5 left out: 4 beside ipset or nftset lines, 1 no rule for names$' 'dnsmasq: server, local and address lines are left out'
prints 0 'tube.example flix.example !m.tube.example' 'dnsmasq: a set; names in other sets are exceptions' --set vpn1 dnsmasq "$dir/in"
prints 0 'news.example clip.example dot.example' 'dnsmasq: the last component names an nftset' --set both dnsmasq "$dir/in"
prints 0 'vpn1:2 vpn2:2 both:3 vpn6:1 other:1' 'dnsmasq: the sets' --list-sets dnsmasq "$dir/in"
printf '%s\n' ipset=all 'ipset=/#/all' 'ipset=/*.x.example/a' 'ipset=/a.example/' 'nftset=//a#b' >"$dir/in"
prints 1 '' 'dnsmasq: no set for every name, and no literal *' dnsmasq "$dir/in"
printf '%s\n' server=/x.example/192.0.2.1 'server=/*-a.b.x.example/#' server=/a.b.x.example/192.0.2.1 >"$dir/in"
prints 0 'a.b.x.example' 'dnsmasq: an exception with a wildcard inside a label' dnsmasq "$dir/in"
reports ': 1 rule, 2 left out: 1 has an exception with a wildcard inside a label: see --wide, 1 not a domain name$' 'dnsmasq: the rule above it is left out'
prints 0 'x.example a.b.x.example' 'dnsmasq: --wide keeps the rule' --wide dnsmasq "$dir/in"

# entries.py SEED FILE NAMES FORM...: writes random entries to FILE and names to try to NAMES. Each FORM is a Python format with
# {name}, {set} and {other}.
cat >"$dir/entries.py" <<'E'
import random, sys
random.seed(int(sys.argv[1]))
def name(most):
    return '.'.join([random.choice('ab') for _ in range(random.randint(0, most))] + [random.choice(('x.example', 'y.example', 'example'))])
sets = ('one', 'two', 'three')
with open(sys.argv[2], 'w') as f:
    for _ in range(12):
        print(random.choice(sys.argv[4:]).format(name=name(3), set=random.choice(sets), other=random.choice(sets)), file=f)
with open(sys.argv[3], 'w') as f:
    print(*sorted({name(5) for _ in range(300)}), sep='\n', file=f)
E

# same_sets FORMAT: the rules of each set in the file `in` match exactly the names that the file `sets` has in lines SET NAME.
same_sets() {
	local set
	for set in one two three; do
		dnstap-list --set "$set" "$1" "$dir/in" 2>/dev/null >"$dir/list"
		sed 's/^/0.000000 192.0.2.1 0 /' "$dir/names" | dnstap-match "$dir/list" | cut -d' ' -f4 | sort >"$dir/matched"
		sed -n "s/^$set //p" "$dir/sets" | sort -u | diff - "$dir/matched" >"$dir/log" || return 1
	done
}

start dnsmasq -d -p 5302 -R -h -A '/#/192.0.2.7' 2>"$dir/upstream.log"
upstream=$started
# as_dnsmasq SEED: with random entries, dnsmasq adds the addresses of the same names to the sets.
as_dnsmasq() {
	python3 "$dir/entries.py" "$1" "$dir/in" "$dir/names" 'ipset=/{name}/{set}' 'ipset=/{name}/{set},{other}' \
		'nftset=/{name}/inet#t#{set}' 'ipset=/.{name}/q.{name}/{set}' 'server=/{name}/127.0.0.1#5302'
	start dnsmasq -d -C "$dir/in" -p 5301 -R -h -q -S 127.0.0.1#5302 2>"$dir/dnsmasq.log"
	within 10 dig +time=1 +tries=1 @127.0.0.1 -p 5301 start.invalid >/dev/null
	dig +time=5 +noall @127.0.0.1 -p 5301 -f "$dir/names"
	stop "$started"
	awk '/: ipset add / { sets[$4] } /: nftset inet t / { sets[$5] } /: reply / { for (s in sets) print s, $3; split("", sets) }' \
		"$dir/dnsmasq.log" >"$dir/sets"
	[ -s "$dir/sets" ] && same_sets dnsmasq
}
for seed in 1 2 3 4 5; do
	show="$dir/in $dir/log $dir/list" check "dnsmasq: random entries $seed: the same names as in dnsmasq" as_dnsmasq "$seed"
done
stop "$upstream"

# AdGuard Home
printf '%s\n' '# c' 'Tube.example, flix.example/vpn4,vpn6' 'news.example/vpn4' 'm.tube.example/other' 'news.example/more' >"$dir/in"
prints 0 'tube.example flix.example news.example m.tube.example' 'agh: names of an ipset file' agh "$dir/in"
prints 0 'tube.example flix.example news.example !m.tube.example' 'agh: a set' --set vpn4 agh "$dir/in"
prints 0 news.example 'agh: sets of several lines add up' --set more agh "$dir/in"
prints 0 'vpn4:3 vpn6:2 other:1 more:1' 'agh: the sets' --list-sets agh "$dir/in"
printf '%s\n' '[/a.example/B.example/]192.0.2.53 tls://dns.example' '[/ok.a.example/]#' '[/*.w.example/*.x.a.example/]192.0.2.54' \
	'[/w.example/]#' '[/*.a.b.example/]#' '[/c.example/]#' '[/c.example/]192.0.2.54' 192.0.2.1 https://dns.example/dns-query >"$dir/in"
prints 0 'a.example b.example !ok.a.example *.w.example *.x.a.example !*.a.b.example c.example' 'agh: names of upstreams' agh "$dir/in"
reports ': 7 rules, 2 left out: 2 no rule for names$' 'agh: default upstreams are left out'
prints 0 '*.w.example *.x.a.example c.example' 'agh: the names of an upstream' --set 192.0.2.54 agh "$dir/in"
echo '[/*.a.example/]192.0.2.54' >>"$dir/in"
prints 0 '*.a.example !ok.a.example *.w.example *.x.a.example c.example' 'agh: *.name and name are different' --set 192.0.2.54 agh "$dir/in"
echo 'd.example/set' >>"$dir/in"
prints 0 d.example 'agh: upstreams beside ipset lines are no rules' agh "$dir/in"
printf '%s\n' '[//]192.0.2.1' /set '*.x.example/set' 'a b.example/set' '[/x.example/]' '[/x*.example/]192.0.2.1' 'x.example/a/b' '[/]1' >"$dir/in"
prints 1 '' 'agh: nothing that means every name, or something else' agh "$dir/in"

# smartdns
printf '%s\n' '# c' ads1.example '*.ads2.example' -.ads3.example >"$dir/ads.list"
cat >"$dir/in" <<'E'
server 192.0.2.53 -group office
domain-set -name ads -type list -file /etc/smartdns/ads.list
nameserver /corp.example/office	# c
nameserver /x.corp.example/-
ipset /tube.example/vpn4
ipset /Flix.example/#4:vpn4,#6:vpn6
ipset /m.tube.example/other
nftset /.news.example/#4:inet#fw4#vpn4,#6:-
domain-rules /d.example/ -c ping -ipset vpn4 --nameserver office
domain-rules /e.example/ -c ping -no-cache
address /ad.example/#
ipset /*.sub.example/vpn4
ipset /-.self.example/vpn4
ipset /no.example/-
ipset /a.no.example/vpn4
ipset all
group-begin clients
ipset /g.example/vpn4
group-end
E
prints 0 'tube.example flix.example m.tube.example news.example d.example *.sub.example =self.example' 'smartdns: all sets' smartdns "$dir/in"
reports ': 7 rules, 11 left out: 4 beside ipset or nftset lines, 3 no rule for names, 2 for a group only, ' 'smartdns: other lines are left out'
prints 0 'tube.example flix.example !m.tube.example news.example d.example *.sub.example =self.example' 'smartdns: a set' --set vpn4 smartdns "$dir/in"
prints 0 'corp.example !x.corp.example d.example' 'smartdns: a group of servers' --set office smartdns "$dir/in"
prints 0 'ads1.example *.ads2.example =ads3.example' 'smartdns: a domain set' --set ads smartdns "$dir/in"
prints 0 'ads:3 office:2 vpn4:6 vpn6:1 other:1' 'smartdns: the sets' --list-sets smartdns "$dir/in"
echo 'ipset /*-a.tube.example/other' >>"$dir/in"
prints 0 'flix.example !m.tube.example news.example d.example *.sub.example =self.example' \
	'smartdns: a rule with an exception inside a label is left out' --set vpn4 smartdns "$dir/in"
prints 0 'tube.example flix.example !m.tube.example news.example d.example *.sub.example =self.example' \
	'smartdns: --wide accepts it' --wide --set vpn4 smartdns "$dir/in"
printf '%s\n' 'nameserver /a.example/g' 'address /b.example/#' 'address /x.b.example/-' 'nameserver /a.example/h' ad.example \
	'domain-rules /c.example/ -a 192.0.2.1' 'domain-rules /a.example/ -delete' >"$dir/in"
prints 0 'b.example !x.b.example c.example' 'smartdns: without sets, names of servers and addresses' smartdns "$dir/in"
prints 0 'ads1.example *.ads2.example =ads3.example' 'smartdns: the file of a domain set' smartdns "$dir/ads.list"
printf '%s\n' 'domain-set -name ads -file ads.list' 'ipset /domain-set:ads/vpn' >"$dir/in"
prints 0 'ads:3 vpn:3' 'smartdns: names of a domain set' --list-sets smartdns "$dir/in"
printf '%s\n' ads.example x.ads1.example >"$dir/more.list"
echo 'domain-set -name more -file more.list' >>"$dir/in"
prints 0 'ads1.example *.ads2.example =ads3.example' 'smartdns: domain sets are independent' --set ads smartdns "$dir/in"
printf '%s\n' 'ipset /domain-set:no/vpn' 'ipset /./vpn' 'ipset //vpn' 'nftset /a.example/vpn' 'ipset /a.example/' '*-x.example' \
	'domain-set -name a' 'domain-set -name a -file nope' 'cname /a.example/b.example' >"$dir/in"
prints 1 '' 'smartdns: nothing that means every name, or something else' smartdns "$dir/in"

# FORMAT auto
printf '%s\n' 'ipset=/a.example/vpn' 'server=/b.example/192.0.2.1' >"$dir/in"
prints 0 a.example 'auto: a file' auto "$dir/in"
reports '^dnstap-list: /.*/in: looks like dnsmasq$' 'auto: the format is reported'
prints 0 vpn:1 'auto: with options' --list-sets auto "$dir/in"
check 'auto: stdin' eval 'list 0 auto <"$dir/in"'
is "$(cat "$dir/out")" a.example 'auto: the rules of stdin'
reports '^dnstap-list: stdin: looks like dnsmasq$' 'auto: the format of stdin is reported'
echo '0.0.0.0 a.example b.example' >"$dir/hosts"
check 'auto: stdin with file names' eval 'list 0 -v auto "$dir/hosts" - <"$dir/hosts"'
is "$(xargs <"$dir/out")" '=a.example =b.example =a.example =b.example' 'auto: the rules of both'
prints 2 '' 'auto: files of different formats' auto "$dir/in" "$dir/hosts"
reports 'hosts: looks like hosts, the file before like dnsmasq; convert each file separately$' 'auto: different formats are reported'
printf '%s\n' a.example b.example >"$dir/in"
prints 2 '' 'auto: a list of dnstap-match' auto "$dir/in"
reports 'in: in no known format; name the FORMAT, or use the file as it is$' 'auto: an unknown format is reported'
printf '%s\n' 192.0.2.0/24 198.51.100.1 >"$dir/in"
prints 0 'announce 192.0.2.0/24 announce 198.51.100.1/32' 'auto: prefixes' --prefixes auto "$dir/in"

# dnstap-list-update passes the options on.
update() {
	local expected=$1
	shift
	bounded 20 dnstap-list-update "$@" "$dir/update.list" >"$dir/out" 2>"$dir/err"
	[ $? -eq "$expected" ]
}
printf '%s\n' 'ipset=/a.example/vpn' 'ipset=/b.example/other' 'ipset=/c.example/third' >"$dir/in"
show=$dir/err check 'update --set' update 0 -f dnsmasq --set vpn --set third "$dir/in"
is "$(xargs <"$dir/update.list")" 'a.example c.example' 'update --set: only these sets are in the list'
check 'update --set: a set that does not exist' update 1 -f dnsmasq --set nope "$dir/in"
check 'update --set: reported' has 'no set nope; --list-sets prints the sets$' "$dir/err"
check 'update --set without -f' update 2 --set vpn "$dir/in"
printf '%s\n' 'ipset /a.example/vpn' 'ipset /*-x.a.example/-' 'ipset /c.example/vpn' >"$dir/in"
rm "$dir/update.list"
check 'update without --wide' update 0 -f smartdns "$dir/in"
is "$(xargs <"$dir/update.list")" c.example 'update without --wide: a rule with such an exception is left out'
show=$dir/err check 'update --wide' update 0 -f smartdns --wide "$dir/in"
is "$(xargs <"$dir/update.list")" 'a.example c.example' 'update --wide: the rule is accepted'
rm "$dir/update.list"
seq -f '198.51.%.0f.0/24' 0 254 >"$dir/in"
printf '%s\n' 127.0.0.0/8 2001:db8::/32 192.0.2.1 >>"$dir/in"
show=$dir/err check 'update --prefixes' update 0 -f cidr --prefixes "$dir/in"
is "$(wc -l <"$dir/update.list") $(grep -c '^announce ' "$dir/update.list") $(grep -c ' 127' "$dir/update.list")" '257 257 0' \
	'update --prefixes: the list has routes, without those that bgp-announce refuses'
check 'update --prefixes: a refused line is reported' has 'update.list: 1 lines are not valid .*, first line 256: 127.0.0.0/8 refused: ' "$dir/err"
echo '127.0.0.0/9' >"$dir/in"
check 'update --prefixes: no valid route' update 1 -f cidr --prefixes "$dir/in"

# Hostile lines: dnstap-match accepts every rule that they yield, and another awk yields the same.
mkdir "$dir/busybox" && ln -s "$(command -v busybox)" "$dir/busybox/awk"
for format in agh dnsmasq smartdns cidr; do
	perl -ne 'BEGIN { srand 7; @c = map chr, 33 .. 126, 9, 32, 32, 46, 46, 47, 47, 44 }
		for $k (1 .. 8) {
			$l = $_;
			substr($l, int rand length $l, int rand 3) = $c[rand @c] for 1 .. rand 4;
			$l =~ s/\n?$/\n/;
			print $l;
		}' "$dir/samples" >"$dir/hostile"
	options=
	[ "$format" != cidr ] || options=--prefixes
	bounded 60 dnstap-list $options "$format" "$dir/hostile" >"$dir/out" 2>"$dir/err"
	[ "$format" = cidr ] || show=$dir/err check "$format: $(wc -l <"$dir/out") rules of hostile lines are all accepted" dnstap-match -c "$dir/out"
	is "$(PATH=$dir/busybox:$PATH bounded 60 dnstap-list $options "$format" "$dir/hostile" 2>&1 >"$dir/out2")" "$(cat "$dir/err")" \
		"$format: another awk counts the same"
	check "$format: another awk yields the same rules" cmp "$dir/out" "$dir/out2"
done

plan_done
