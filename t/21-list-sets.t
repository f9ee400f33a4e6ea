#!/usr/bin/env bash
# shellcheck disable=SC2016,SC2317
# dnstap-list: sets of a source, prefixes, guessed formats, and the formats whose rules belong to sets.
. t/lab/lib.sh

PATH=$PWD/scripts/bin:$PATH
export LC_ALL=C

# list STATUS WORDS...: runs dnstap-list; the exit status must be STATUS. The files `out` and `err` have its output.
list() {
	local expected=$1
	shift
	bounded 20 dnstap-list "$@" >"$dir/out" 2>"$dir/err"
	[ $? -eq "$expected" ]
}
# prints STATUS EXPECTED NAME WORDS...: the output is these lines, separated by spaces.
prints() {
	local expected=$2 name=$3
	show=$dir/err check "$name: status $1" list "$1" "${@:4}"
	is "$(tr '\t\n' ': ' <"$dir/out" | sed 's/ $//')" "$expected" "$name"
}
# reports REGEX NAME: the last run reported this.
reports() { show=$dir/err check "$2" has "$1" "$dir/err"; }

# Formats of a test: FORMAT.awk beside the others.
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

plan_done
