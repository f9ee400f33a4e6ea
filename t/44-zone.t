#!/usr/bin/env bash
# shellcheck disable=SC2317
# One listed zone has more addresses than the routers accept: the sessions stay up, and other names keep their routes. The
# pipeline runs as dnstap-bgp builds it, and BIRD, FRR and OpenBGPD are configured by README's blocks.
. t/lab/netns.sh

PATH=$PWD/scripts/bin:$PATH
zone_addresses=200000 others=50 limit=90000

# block LANGUAGE: README's block of that language. commands TITLE: the indented block below that line.
block() { awk -v begin="\`\`\`$1" '$0 == "```" { on = 0 } on; $0 == begin { on = 1 }' README.md; }
commands() { awk -v title="$1" 'on && sub(/^    /, "") { found = 1; print; next } found { exit } $0 == title { on = 1 }' README.md; }
# as_router ADDRESS: README's router is 192.0.2.1; there are three here.
as_router() { sed "s/192\\.0\\.2\\.1\\b/$1/g"; }

# --- The configuration of the limits ---

mkdir "$dir/live"
echo zone.example >"$dir/zone.list"
echo other.example >"$dir/others.list"
cat >"$dir/conf" <<C
SOCKET=$dir/sock
LISTS="$dir/zone.list $dir/others.list"
DB=$dir/cache.tdb
AS=64512
ROUTER_ID=192.0.2.10
NEXT_HOPS="192.0.2.10 2001:db8::10"
PEERS="192.0.2.1 192.0.2.2 192.0.2.3"
C
# limits_with LINE...: the options that set a limit, in order, when the configuration has these lines as well.
limits_with() {
	{ cat "$dir/conf"; printf '%s\n' "$@"; } >"$dir/conf-limits"
	dnstap-bgp -c "$dir/conf-limits" -n 2>&1 | grep -oE -- '(-A|-M|--max-[a-z]+) [0-9]+' | xargs
}
is "$(limits_with)" "-A $limit -M $limit" 'cache and announcer have one limit by default'
is "$(limits_with MAX_ROUTES=7)" '-A 7 -M 7' 'MAX_ROUTES sets it for both'
is "$(limits_with 'CACHE_OPTIONS="--max-addresses 8"' 'ANNOUNCE_OPTIONS="--max-routes 9"')" \
	"-A $limit --max-addresses 8 -M $limit --max-routes 9" 'an option of a stage comes later, and wins'

# --- Three routers ---

bird=192.0.2.1 frr=192.0.2.2 openbgpd=192.0.2.3
routers=(bird frr openbgpd)
for name in "${routers[@]}"; do
	namespace "router_$name"
	process=router_$name
	ip link add "to-$name" type veth peer name ours netns "${!process}"
	ip addr add 192.0.2.10 peer "${!name}" dev "to-$name"
	ip link set "to-$name" up
	in_namespace "${!process}" ip addr add "${!name}/24" dev ours
	in_namespace "${!process}" ip addr add 2001:db8::1/64 dev ours nodad
	in_namespace "${!process}" ip link set ours up
done
start_router() {
	local process=router_$1
	start_in_namespace "${!process}" "${@:2}" >>"$dir/$1.out" 2>&1
}
in_bird() { birdc -s "$dir/bird.ctl" "$@"; }
in_frr() { vtysh --vty_socket "$dir/frr" -c "$*"; }
in_openbgpd() { bgpctl -s "$dir/bgpd.sock" "$@"; }

block bird | as_router "$bird" >"$dir/bird.conf"
echo 'protocol direct { ipv4; ipv6; }' >>"$dir/bird.conf"
start_router bird bird -f -c "$dir/bird.conf" -s "$dir/bird.ctl" -P "$dir/bird.pid"

mkdir "$dir/frr"
commands FRR: | as_router "$frr" >"$dir/frr/bgpd.conf"
chown -R frr:frr "$dir/frr"
start_router frr /usr/lib/frr/zebra -z "$dir/frr/zserv" -i "$dir/frr/zebra.pid" --vty_socket "$dir/frr" -f /dev/null
within 10 test -S "$dir/frr/zserv"
start_router frr /usr/lib/frr/bgpd -n -z "$dir/frr/zserv" -i "$dir/frr/bgpd.pid" --vty_socket "$dir/frr" \
	-f "$dir/frr/bgpd.conf"

mkdir /run/openbgpd
{
	echo "socket \"$dir/bgpd.sock\""
	echo 'fib-update no'
	block openbgpd | as_router "$openbgpd"
} >"$dir/bgpd.conf"
chmod 600 "$dir/bgpd.conf"
start_router openbgpd /usr/sbin/bgpd -d -f "$dir/bgpd.conf"

# prefixes_at NAME: what the router has of us, one a line.
prefixes_at_bird() { in_bird show route protocol steering | awk '$1 ~ "/" { print $1 }'; }
prefixes_at_frr() { in_frr show bgp ipv4 unicast neighbors 192.0.2.10 routes json | sed -n 's/.*"network":"\([^"]*\)".*/\1/p'; }
prefixes_at_openbgpd() { in_openbgpd show rib in neighbor 192.0.2.10 | awk '{ for (i = 1; i <= 4; i++) if ($i ~ "/") print $i }'; }

# --- The answers ---

answers() { t/lab/answers.pl "$dir/sock" "$@"; }
for ((n = 0; n < others; n++)); do echo "11.0.0.$n/32"; done | sort >"$dir/others"

counter() { sed -n "s/.* $2=\([0-9]*\).*/\1/p" "$dir/live/$1.stats"; }
is_counted() { [ "$(counter "$1" "$2")" -ge "$3" ]; }
has_others() { [ "$("prefixes_at_$1" | sort | comm -13 - "$dir/others" | wc -l)" -eq 0 ]; }
# The counters of both are written every ten seconds, and not at the same time.
all_is_sent() {
	is_counted announce lines $(($(counter cache announced) + $(counter cache withdrawn))) &&
		[ "$(grep -c ' state=established .* pending=0 ' "$dir/live/announce.stats")" -eq ${#routers[@]} ]
}

show="$dir/log $dir/status $dir/bird.out $dir/frr.out $dir/openbgpd.out"
RUNTIME_DIRECTORY=$dir/live start dnstap-bgp -c "$dir/conf" >"$dir/status" 2>"$dir/log"
pipeline=$started
are_up() { [ "$(grep -c ' up ' "$dir/status")" -ge ${#routers[@]} ]; }
check 'the three sessions come up' within 30 are_up
check 'the socket is there' within 10 test -S "$dir/sock"
answers other.example $((0x0b000000)) "$others" 1
for name in "${routers[@]}"; do check "$name has the routes of the other names" within 10 has_others "$name"; done

answers zone.example $((0x2d000000)) "$zone_addresses" 1000
check "the zone's $zone_addresses addresses are taken in" within 30 is_counted cache lines $((others + zone_addresses))
check 'and all that came of it is sent' within 30 all_is_sent
is "$(counter cache addresses)" "$limit" "the cache has $limit addresses"
is "$(($(counter announce routes_ipv4) + $(counter announce routes_ipv6)))" "$limit" 'so many are announced'
is "$(counter announce over_limit)" 0 'the announcer refused none'
for name in "${routers[@]}"; do
	"prefixes_at_$name" | sort >"$dir/table"
	count=$(wc -l <"$dir/table")
	check "$name has $limit routes ($count)" test "$count" -eq "$limit"
	is "$(comm -13 "$dir/table" "$dir/others" | wc -l)" 0 "and those of all other names are among them at $name"
done
is "$(grep -cE ' (down|open-failed|connect-failed) ' "$dir/status")" 0 'no session ever ended'
check 'status warns' has "near the limit: $limit of $limit addresses" <(RUNTIME_DIRECTORY=$dir/live dnstap-bgp status)

stop "$pipeline"
plan_done
