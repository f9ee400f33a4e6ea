#!/usr/bin/env bash
# shellcheck disable=SC1003,SC2016,SC2086,SC2317
# dnstap-list: configurations of resolvers and routers, wildcards, and regular expressions, compared with the real programs.
. t/lab/lib.sh
. t/lab/lists.sh

# sets FORMAT EXPECTED: the file `in` has these sets.
sets() { is "$(dnstap-list --list-sets "$1" "$dir/in" | tr '\t\n' ': ')" "$2 " "$1: the sets of the source"; }

# RouterOS.
cat >"$dir/in" <<'E'
# 2026-01-01 by RouterOS 7
/interface bridge
add name=bridge1
/ip dns static
add address=192.0.2.1 name=router.lan
add address-list=vpn forward-to=192.0.2.53 match-subdomain=yes name=tube.example \
    type=FWD
add address-list=vpn forward-to=192.0.2.53 regexp="(\\.|^)clip\
    \\.example\$" type=FWD
add address-list=vpn name=*.Sub.Example. type=FWD comment="a \"b\" = c"
add address-list=direct name=m.tube.example type=FWD match-subdomain=yes
add address=192.0.2.2 name=local.tube.example
add disabled=yes address-list=vpn name=off.example type=FWD
add address-list=vpn name=mx.example type=MX
add address-list=vpn name=$name type=FWD
add address-list=vpn regexp="^ad[0-9]{2}" type=FWD
/ip dns static add name=exact.example type=FWD address-list=vpn forward-to=localhost
:do { /ip/dns/static/add name=do.example type=FWD address-list=vpn } on-error={}
/ip firewall filter
add chain=input
E
converts routeros 'tube.example clip.example *.sub.example m.tube.example !=local.tube.example =exact.example =do.example' \
	'commands and an export'
left 'lines without a rule' '7 rules, 10 left out: 4 no rule for names, 2 without an address list, 1 a regex that may mean something else, 1 disabled, 1 no rule for addresses, 1 not a plain value'
converts routeros 'tube.example clip.example *.sub.example !m.tube.example !=local.tube.example =exact.example =do.example' \
	'an entry of another list is an exception' --set vpn
converts routeros m.tube.example 'another set' --set direct --wide
sets routeros 'vpn:6 direct:1'
printf '%s\n' '/ip dns static' 'add name=a.example address=192.0.2.1' 'add name=b.example type=NXDOMAIN match-subdomain=yes' >"$dir/in"
converts routeros '=a.example b.example' 'without address lists each entry is a rule'
printf '%s\n' '/ip dns static' 'add address=192.0.2.1 regexp="^ads\\."' 'add address=192.0.2.1 regexp="x\\.b\\.example\$"' \
	'add name=a.example match-subdomain=yes address-list=l' 'add name=b.example match-subdomain=yes address-list=l' \
	'add name=ads.c.example address-list=l' 'add name=c.example address-list=l' 'add regexp="c.\\.example" address-list=l' >"$dir/in"
converts routeros '!/^ads\./ !/x\.b\.example$/ =c.example /c.\.example/' 'an expression comes first'
left 'guarded rules' '4 rules, 5 left out: 3 an expression comes first: see --wide, 2 without an address list'
converts routeros '!/^ads\./ !/x\.b\.example$/ a.example b.example =ads.c.example =c.example /c.\.example/' '--wide' --wide

# BIND.
cat >"$dir/in" <<'E'
// zone "c1.example" { type primary; };
options { directory "/var"; forwarders { 192.0.2.53; }; /* zone "c2.example" { type forward; }; */ };
zone "pix.Example." { type master; notify no; file "/etc/bind//null.zone"; };
zone "clip.example" IN { type forward; forward only; forwarders { 192.0.2.53; }; };
zone multi.example {	# zone "c3.example" { type primary; };
	type forward;	// type hint;
	forwarders {
		192.0.2.53 port 53;
	};
};
zone "hole.clip.example" { type forward; forwarders { }; };
zone "0.in-addr.arpa" { type primary; file "db.0"; };
zone "localhost" { type primary; file "db.local"; };
zone "." { type hint; file "root.hints"; };
zone "ch.example" CH { type primary; file "x"; };
zone "pix.clip.example" { file "type primary;"; type redirect; };
view "v" { match-clients { any; }; zone "view.example" { type primary; file "x"; }; include "y"; };
include "/etc/bind/x";
/* zone "c4.example" {
type primary;
}; */ zone "e.clip.example" { type slave; masters { 192.0.2.1; }; }; zone "f.example" { type static-stub; };
zone "a b" { type primary; };
E
converts bind 'pix.example clip.example multi.example !hole.clip.example !pix.clip.example e.clip.example f.example' 'zones and comments'
left 'zones without a rule' '7 rules, 11 left out: 2 another file, 1 another class, 1 another type of zone, 1 for a view only, 1 means every name, 1 names of addresses, 1 no rule for names, 1 not a domain name, 1 the machine itself, 1 without forwarders'
converts bind 'clip.example multi.example !hole.clip.example !pix.clip.example !e.clip.example' \
	'a zone of another type is an exception' --set forward
sets bind 'primary:1 forward:4 secondary:1 static-stub:1'

# unbound.
cat >"$dir/in" <<'E'
server:
 local-zone: "lo.example" static
 local-zone: "tr.lo.example" transparent
 local-zone: "lo.vpn.example" always_nxdomain
 local-zone: "free.example" transparent
 local-data: "d.vpn.example A 192.0.2.1"
forward-zone:
  name: "VPN.example."
  forward-addr: 192.0.2.53
forward-zone: name: tube.example forward-first: yes forward-addr: 192.0.2.53 # c
forward-zone:
  name: "."
  forward-addr: 192.0.2.53
forward-zone:
	name: "tr.lo.example"
	forward-host: dns.example
stub-zone:
	name: "stub.vpn.example"
	stub-addr: 192.0.2.1
forward-zone:
	name: "hole.vpn.example"
forward-zone:
	forward-addr: 192.0.2.53
auth-zone:
	name: "auth.example"
E
converts unbound 'lo.example tr.lo.example lo.vpn.example !free.example =d.vpn.example vpn.example tube.example stub.vpn.example !hole.vpn.example' \
	'local, forward and stub zones'
left 'zones without a rule' '9 rules, 3 left out: 1 means every name, 1 no name, 1 no rule for names'
converts unbound 'tr.lo.example !lo.vpn.example !=d.vpn.example vpn.example tube.example !stub.vpn.example !hole.vpn.example' \
	'what others answer is an exception from forward zones' --set forward-zone
converts unbound 'lo.example !tr.lo.example lo.vpn.example =d.vpn.example' 'local zones only' --set local-zone
sets unbound 'local-zone:3 forward-zone:4 stub-zone:1'

# Wildcards.
printf '%s\n' '# c' '*.flix.example' .dot.example 'Tube.example  # c' =only.example '*bare.example' 'ads.*' '*sex*' 'ads[0-9]*' \
	'ad*.x.example*' '[a-z0-9\-_]*.sub.example' 'a?.example' >"$dir/in"
converts wildcard 'flix.example dot.example tube.example =only.example bare.example /^ads\./ /sex/ /^ads[0-9][^/]*$/ /^ad[^/]*\.x\.example[^/]*$/ /^[a-z0-9\-_][^/]*\.sub\.example$/ /^a[^/]\.example$/' \
	'the patterns'
printf '%s\n' '*' '**' '?*' a@b@c 'foo bar' /re/ 'x # a#b' 'a[z-a]b' '[!a]b*' '[-a]b' 'a[b' '||x^' 192.0.2.1 '*ä*' >"$dir/in"
converts wildcard '' 'no rule from other text'
printf '%s\n' tube.example 'a.tube.example @work' '=b.tube.example @work' '=c.none.example@work' >"$dir/in"
converts wildcard 'tube.example !a.tube.example !=b.tube.example' 'a schedule is an exception from what it overrides'
left 'schedules' '3 rules, 3 left out: 3 limited to a schedule'
printf '%s\n' 'ad*' 'ads.* @work' 'c.example @work' >>"$dir/in"
converts wildcard 'tube.example /^ad/ !a.tube.example !=b.tube.example !=c.none.example !c.example !/^ads\./' 'a schedule overrides expressions'

# Pi-hole.
printf '%s\n' '# c' '(^|\.)x\.example$' '(\.|^)y\.example$' '^(.+\.)?z\.example$' '^exact\.example$' '\.below\.example$' \
	'^ads?[0-9]{1,3}[_.-]' '[\w]q' '[]a-c-]r' '(^|\.)no-end\.example' 'not.escaped.example' '[^.[:space:]]+\.t$' '\d+\.u$' >"$dir/in"
converts pihole 'x.example y.example z.example =exact.example *.below.example /^ads?[0-9]{1,3}[_.-]/ /[\\w]q/ /[]a-c-]r/ /(^|\.)no-end\.example/ /not.escaped.example/ /[^.[:space:]]+\.t$/ /\d+\.u$/' \
	'expressions'
printf '%s\n' 'abc;querytype=AAAA' '^abc$;invert' 'abc;reply=nodata' 'a{+1}' '(a){~2}' 'a\<b' '(|a)' 'a||b' 'a|' '()' 'a*?' '*a' '(?#c)a' \
	'(a)\1' '[a-[:digit:]]' '[[.a.]]' '[[:foo:]]' '[z-a]' 'a{3,2}' 'a{256}' '((ab){200}){200}' '(' ')' 'a b' 'ä' '.*' '^.+$' '\ba' '(^|\.)*1' >"$dir/in"
converts pihole '' 'no rule from options, or from what PCRE2 may read differently'
left 'options' '0 rules, 29 left out: 24 a regex that may mean something else, 3 restricted by options, 2 means every name'

# The names that an expression finds are those of grep, which reads POSIX extended expressions.
cat >"$dir/regexes" <<'E'
(^|\.)ad\.a$
^(.+[_.-])?ad[sx]?[0-9]*[_.-]
^a(d|b-)?(\.|x)*a
[^.[:alpha:]]+\.(a|b)
a{2,3}\.|-{2}
[]a-]\.b
[a\.]x
x+\.(ad|b)?a$
^[[:alnum:]]{2}\.
a\.b|^b
E
perl -e 'srand 5; @c = qw(a b d x . . - 1 ad ads); for (1 .. 3000) { $n = join "", map $c[rand @c], 1 .. 2 + rand 7;
	print "$n\n" if $n =~ /^[^.]+(\.[^.]+)*$/ }' | sort -u >"$dir/names"
while read -r regex; do
	echo "$regex" | dnstap-list pihole >"$dir/list" 2>/dev/null
	is "$(sed 's/^/0.000000 192.0.2.1 0 /' "$dir/names" | dnstap-match "$dir/list" | cut -d' ' -f4 | md5sum)" \
		"$(grep -E "$regex" "$dir/names" | md5sum)" "pihole: grep finds the same names: $regex"
done <"$dir/regexes"

printf '%s\n' '0 zero.example' '127.1 short.example' '0 0' '1 one.example' '0 a.example 0' >"$dir/in"
converts hosts '=zero.example =short.example =a.example' 'a short address'
left 'no address' '3 rules, 3 left out: 2 an address, 1 no address and name'

# AdBlock: patterns and regular expressions.
printf '%s\n' '||ads.example^' '@@|ads.example^|' '|only.example^' '|start.' '||end.example^|' '||end2.example|' '||ad*.w.example^' '||a.*^' \
	'||*x.v.example^' '||ads-' '-log.example^' '.dot.example^' '/(?i)adserv/' '/^ads?[0-9]+\.cdn\.example$/' '/^a\.exact\.example$/' \
	'/(^|\.)re\.example$/$important' '/ads/' '/a$b|c/' >"$dir/in"
converts adblock 'ads.example !=ads.example =only.example /^start\./ end.example end2.example /(^|\.)ad.*\.w\.example$/ /(^|\.)a\./ /x\.v\.example$/ /(^|\.)ads-/ /-log\.example$/ *.dot.example /adserv/ /^ads?[0-9]+\.cdn\.example$/ =a.exact.example re.example /ads/ /a$b|c/' \
	'anchors, wildcards and expressions'
printf '%s\n' '/a$b/$third-party' '/a\/b/' '/ads/*' '||x^*y' '||**^' '-ad.' '||a^b.example^' '/(?!a)b/' '@@/(?!a)b/' '@@||a.example/b' >"$dir/in"
converts adblock '' 'no rule from other patterns'
left 'the reasons' '0 rules, 10 left out: 5 no rule for names, 1 a regex that may mean something else, 1 exception a regex that may mean something else, 1 exception no rule for names, 1 means every name, 1 restricted by options'
printf '%s\n' '||x.example^' '||y.example^' '|ads.q.example^' '|q.example^' '||ads*.w.example^' '@@||ads*.x.example^' '@@/^ads\.q\..*/' \
	'||ads*.z.test^' '||b.loose.example^' '||notloose.example^' '@@||loose.example' '@@/^m\.example$/' '||m.example^' >"$dir/in"
converts adblock '=q.example /(^|\.)ads.*\.w\.example$/ !/(^|\.)ads.*\.x\.example$/ !/^ads\.q\..*/ /(^|\.)ads.*\.z\.test$/ !loose.example !=m.example' \
	'an exception by a pattern'
left 'partly excepted rules' '7 rules, 6 left out: 5 partly excepted: see --wide, 1 excepted'
converts adblock 'x.example y.example =ads.q.example =q.example /(^|\.)ads.*\.w\.example$/ !/(^|\.)ads.*\.x\.example$/ !/^ads\.q\..*/ /(^|\.)ads.*\.z\.test$/ notloose.example !loose.example !=m.example m.example' \
	'--wide' --wide
like "$(tail -n 1 "$dir/err")" '1 excepted; matching more than the source: 5$' 'adblock: --wide: reported'
printf '%s\n' '||x.example^' '/x[0-9]/' '@@/[]a]b/' >"$dir/in"
converts adblock '' 'an exception by an unsupported expression may cover names of all rules'
left 'the exception and all rules' \
	'0 rules, 3 left out: 2 partly excepted: see --wide, 1 exception a regex that may mean something else'
converts adblock 'x.example /x[0-9]/' 'an unsupported exception: --wide' --wide
printf '%s\n' '||x-ad.example^' '||x.example^' '|y.example^' '@@-ad.' >"$dir/in"
converts adblock '=y.example !/-ad\./' 'an exception by a text that may be anywhere in the name'
printf '%s\n' '||x.example^' '||a.y.example^' '||y.example^' '@@||x.example^$dnstype=AAAA' '@@||y.example^$client=192.0.2.1|192.0.2.2' \
	'||z.example^' '@@||z.example^$script' '||w.example^$dnstype=A' '@@||z.example^$client=192.0.2.1,badfilter' >"$dir/in"
converts adblock '!x.example !y.example z.example' 'an exception for some clients or types is one for all'
converts adblock 'x.example a.y.example y.example z.example' 'an exception for some clients or types: --wide' --wide

# A second implementation of the patterns of a DNS filter. The converted list never matches a name that the filter does not
# block; it matches every blocked name if no exception has a wildcard.
cat >"$dir/filter.pl" <<'E'
my (@block, @except);
open my $in, '<', $ARGV[0] or die;
while (<$in>) {
	chomp;
	my $to = s/^@@// ? \@except : \@block;
	if (m{^/(.*)/$}) { push @$to, $1; next }
	my ($start, $end) = ('', '');
	$start = s/^\|\|// ? '(?:^|\.)' : s/^\|// ? '^' : '';
	$end = '$' if s/\|$//;
	$end = '$' if s/\^$//;
	push @$to, $start . join('.*', map quotemeta, split /\*/, $_, -1) . $end;
}
open $in, '<', $ARGV[1] or die;
NAME: while (my $name = <$in>) {
	chomp $name;
	for (@except) { next NAME if $name =~ /$_/ }
	for (@block) { if ($name =~ /$_/) { print "$name\n"; next NAME } }
}
E
cat >"$dir/random.pl" <<'E'
my ($seed, $filter) = @ARGV;
my @l = qw(a b ad ads x a-b);
sub name { join '.', map $l[rand @l], 1 .. shift }
srand $seed;
print name(1 + rand 4), "\n" for 1 .. 400;
open my $out, '>', $filter or die;
for (1 .. 7) {
	my $text = name(1 + rand 2) . '.x';
	my $excepts = rand(3) < 1;
	$text =~ s/(?<=.)a(?=.)/*/ if rand(2) < 1 && !($excepts && $seed % 2);
	my @forms = ("||$text^", "|$text^|", "||$text|", "$text^", "|$text^", '/^' . $l[rand @l] . '.*[bx]\.x$/');
	print $out $excepts ? '@@' . $forms[rand 2] : $forms[rand @forms], "\n";
}
E
for seed in 1 2 3 4 5 6 7 8; do
	perl "$dir/random.pl" "$seed" "$dir/in" | sort -u >"$dir/names"
	dnstap-list adblock "$dir/in" >"$dir/list" 2>"$dir/err"
	sed 's/^/0.000000 192.0.2.1 0 /' "$dir/names" | dnstap-match "$dir/list" | cut -d' ' -f4 | sort >"$dir/got"
	perl "$dir/filter.pl" "$dir/in" "$dir/names" | sort >"$dir/expected"
	is "$(comm -23 "$dir/got" "$dir/expected")" '' "adblock: random filters $seed: no other name"
	[ $((seed % 2)) -eq 0 ] || is "$(comm -13 "$dir/got" "$dir/expected")" '' "adblock: random filters $seed: no name is lost"
done

# The same cases in the real programs. `ask` prints the names that have the address of the second server, or do not exist; the
# list must match the same names.
matched() { printf '0.000000 192.0.2.1 0 %s\n' $names | dnstap-match "$1" | cut -d' ' -f4 | sort; }
ask() {
	local name
	for name in $names; do
		echo "$name $(dig +noall +answer +comments +time=5 +tries=2 @127.0.0.1 -p "$1" "$name" A | xargs)"
	done | grep -E 'A 192\.0\.2\.9$|NXDOMAIN' | cut -d' ' -f1 | sort
}
as_real() {
	dnstap-list "$1" "$2" >"$dir/$1.list" 2>"$dir/err"
	is "$(matched "$dir/$1.list")" "$(ask "$3")" "$1: the list matches the same names as the real program"
}
answers() { dig +time=1 +tries=1 @127.0.0.1 -p "$1" x.com A >/dev/null; }
for server in 1 9; do
	start dnsmasq -d -C /dev/null -p 532$server -R -h -A "/#/192.0.2.$server" 2>"$dir/dnsmasq.err"
	show=$dir/dnsmasq.err check "dnsmasq $server: runs" within 10 answers 532$server
done

printf '%s\n' '$TTL 60' '@ SOA a. b. 1 3600 600 86400 60' '@ NS a.' '@ A 192.0.2.9' '* A 192.0.2.9' >"$dir/null.zone"
printf '%s\n' '. 60 NS a.' 'a. 60 A 127.0.0.1' >"$dir/hints"
cat >"$dir/zones.conf" <<'E'
zone "pix.example" { type primary; file "null.zone"; };
zone "clip.example" IN { type forward; forward only; forwarders { 127.0.0.1 port 5329; }; };
zone "hole.clip.example" { type forward; forwarders { }; };	// resolved
zone "in.hole.clip.example" { type primary; /* c */ file "null.zone"; };
zone "." { type hint; file "hints"; };
E
cat >"$dir/named.conf" <<E
options {
	directory "$dir"; listen-on port 5323 { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none;
	recursion yes; dnssec-validation no; session-keyfile none;
	forward only; forwarders { 127.0.0.1 port 5321; };
};
controls { };
include "$dir/zones.conf";
E
check 'bind: BIND accepts the sample' named-checkconf "$dir/named.conf"
start named -g -c "$dir/named.conf" 2>"$dir/named.err"
show=$dir/named.err check 'bind: BIND runs' within 10 answers 5323
names='pix.example a.pix.example xpix.example clip.example a.clip.example hole.clip.example a.hole.clip.example'
names+=' in.hole.clip.example a.in.hole.clip.example example other.example'
as_real bind "$dir/zones.conf" 5323
stop "$started"

cat >"$dir/zones.conf" <<'E'
server:
	local-zone: lo.example static
	local-zone: tr.lo.example transparent
	local-zone: lo.vpn.example always_nxdomain
	local-zone: free.example transparent
	local-zone: on.free.example redirect
	local-data: "on.free.example A 192.0.2.9"
	local-data: "d.example A 192.0.2.9"
forward-zone:
	name: "vpn.example"
	forward-addr: 127.0.0.1@5329
forward-zone: name: "tr.lo.example" forward-addr: 127.0.0.1@5329
forward-zone:
	name: "hole.vpn.example"
stub-zone:
	name: "stub.hole.vpn.example"
	stub-addr: 127.0.0.1@5329
	stub-first: yes
E
cat >"$dir/unbound.conf" <<E
server:
	interface: 127.0.0.1@5322
	do-daemonize: no
	username: ""
	chroot: ""
	pidfile: ""
	use-syslog: no
	do-not-query-localhost: no
	module-config: "iterator"
include: "$dir/zones.conf"
forward-zone:
	name: "."
	forward-addr: 127.0.0.1@5321
E
check 'unbound accepts the sample' eval 'unbound-checkconf "$dir/unbound.conf" >/dev/null'
start unbound -d -c "$dir/unbound.conf" 2>"$dir/unbound.err"
show=$dir/unbound.err check 'unbound: runs' within 10 answers 5322
names='lo.example a.lo.example tr.lo.example a.tr.lo.example vpn.example a.vpn.example lo.vpn.example a.lo.vpn.example free.example'
names+=' a.free.example on.free.example a.on.free.example d.example a.d.example hole.vpn.example a.hole.vpn.example'
names+=' stub.hole.vpn.example a.stub.hole.vpn.example other.example xvpn.example'
as_real unbound "$dir/zones.conf" 5322
stop "$started"

# Long lists: 100,000 lines take about a second of CPU time; twice as long on a busy machine, and more with other awks.
mkdir "$dir/busybox" && ln -s "$(command -v busybox)" "$dir/busybox/awk"
seq 100000 | sed 's/$/.some.example/' >"$dir/names"
cpu_of() {
	local TIMEFORMAT='%U %S'
	{ time "$@" >"$dir/out" 2>"$dir/err"; } 2>&1 | awk '{ print $1 + $2 }'
}
# many FORMAT PATTERN RULE: a file with PATTERN for each name yields a list with RULE for each name; `&` is the name.
many() {
	local seconds
	sed "s|.*|$2|" "$dir/names" >"$dir/many"
	seconds=$(cpu_of dnstap-list "$1" "$dir/many")
	is "$(md5sum <"$dir/out")" "$(sed "s|.*|$3|" "$dir/names" | md5sum)" "$1: 100,000 names"
	check "$1: at most 4 s of CPU time ($seconds)" awk "BEGIN { exit $seconds > 4 }"
}
many routeros '/ip dns static add name=& type=FWD address-list=vpn match-subdomain=yes forward-to=localhost' '&'
many bind 'zone "&" { type forward; forward only; forwarders { 192.0.2.53; }; };' '&'
many unbound 'local-zone: "&" static' '&'
many wildcard '*.&' '&'
many pihole '(^\|\\.)&$' '/(^\|\\.)&$/'
many hosts '0 &' '=&'
many adblock '\|\|&^' '&'
many adblock '\|&^' '=&'

# Hostile lines: dnstap-match accepts every rule that they yield, and another awk yields the same.
{
	cat "$dir/zones.conf" "$dir/regexes"
	printf '%s\n' '*.a.example' 'ads[0-9]*' 'a.example @b' '=x # c' '(^|\.)x\.example$' 'a;invert' '/ip dns static' \
		'add regexp="(\\.|^)a\\.b\$" type=FWD address-list=v' 'add name=a.b address-list=v match-subdomain=yes' \
		'/ip/dns/static/add name=b.c address-list="w" \' 'zone "a.b" { type forward; forwarders { a; }; };' 'view v { zone "c" {type primary;};};'
} | perl -ne 'BEGIN { srand 7; @c = map chr, 33 .. 126, 9, 32, 32, 46, 46, 47 }
	for $k (1 .. 40) {
		$l = $_;
		substr($l, int rand length $l, int rand 3) = $c[rand @c] for 1 .. rand 4;
		$l =~ s/\n?$/\n/;
		print $l;
	}' >"$dir/hostile"
# BIND: only whole blocks, since a lost brace hides all later lines of the file.
perl -pe 's/[{}";]//g if !/^zone/ || !/"[a-z.]+" *\{[^{}]*(\{[^{}]*\};)? *\};$/' "$dir/hostile" >"$dir/hostile.bind"
for format in bind pihole routeros unbound wildcard; do
	hostile=$dir/hostile
	[ "$format" != bind ] || hostile=$dir/hostile.bind
	bounded 60 dnstap-list -v "$format" "$hostile" >"$dir/out" 2>"$dir/err"
	show=$dir/err check "$format: $(wc -l <"$dir/out") rules of hostile lines are all accepted" dnstap-match -c "$dir/out"
	is "$(PATH=$dir/busybox:$PATH bounded 60 dnstap-list -v "$format" "$hostile" 2>&1 >"$dir/out2" | md5sum)" "$(md5sum <"$dir/err")" \
		"$format: another awk reports the same"
	check "$format: another awk yields the same rules" cmp "$dir/out" "$dir/out2"
done

plan_done
