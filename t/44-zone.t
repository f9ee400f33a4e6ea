#!/usr/bin/env bash
# shellcheck disable=SC2317
# One listed zone has more addresses than the routers accept: the sessions stay up, and other names keep their routes. The
# pipeline runs as dnstap-bgp builds it, and BIRD, FRR and OpenBGPD are configured by the blocks of dnstap-bgp-routers(7).
. t/lab/netns.sh
. t/lab/pages.sh
. t/lab/page_routers.sh

PATH=$PWD/scripts/bin:$PATH
zone_addresses=200000 others=50 limit=90000

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
# limits_with LINE...: prints, in order, the options that set a limit when these lines are added to the configuration.
limits_with() {
	{ cat "$dir/conf"; printf '%s\n' "$@"; } >"$dir/conf-limits"
	dnstap-bgp -c "$dir/conf-limits" -n 2>&1 | grep -oE -- '(-A|-M|--max-[a-z]+) [0-9]+' | xargs
}
is "$(limits_with)" "-A $limit -M $limit" 'cache and announcer have one limit by default'
is "$(limits_with MAX_ROUTES=7)" '-A 7 -M 7' 'MAX_ROUTES sets it for both'
is "$(limits_with 'CACHE_OPTIONS="--max-addresses 8"' 'ANNOUNCE_OPTIONS="--max-routes 9"')" \
	"-A $limit --max-addresses 8 -M $limit --max-routes 9" 'an option of a stage comes later, and wins'

# --- Three routers ---

routers=(bird frr openbgpd)
for name in "${routers[@]}"; do begin_router "$name"; done

# --- The answers ---

answers() { t/lab/answers.pl "$dir/sock" "$@"; }
for ((n = 0; n < others; n++)); do echo "11.0.0.$n/32"; done | sort >"$dir/others"

counter() { sed -n "s/.* $2=\([0-9]*\).*/\1/p" "$dir/live/$1.stats"; }
is_counted() { [ "$(counter "$1" "$2")" -ge "$3" ]; }
has_others() { [ "$(prefixes_at "$1" | sort | comm -13 - "$dir/others" | wc -l)" -eq 0 ]; }
# ipcache and bgp-announce write their counters every ten seconds, but not at the same time.
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
check "the zone's $zone_addresses addresses are cached" within 30 is_counted cache lines $((others + zone_addresses))
check 'all resulting routes are sent' within 30 all_is_sent
is "$(counter cache addresses)" "$limit" "the cache has $limit addresses"
is "$(($(counter announce routes_ipv4) + $(counter announce routes_ipv6)))" "$limit" "$limit routes are announced"
is "$(counter announce over_limit)" 0 'the announcer refused none'
for name in "${routers[@]}"; do
	prefixes_at "$name" | sort >"$dir/table"
	count=$(wc -l <"$dir/table")
	check "$name has $limit routes ($count)" test "$count" -eq "$limit"
	is "$(comm -13 "$dir/table" "$dir/others" | wc -l)" 0 "$name has the routes of all other names"
done
is "$(grep -cE ' (down|open-failed|connect-failed) ' "$dir/status")" 0 'no session ended'
check 'status warns' has "near the limit: $limit of $limit addresses" <(RUNTIME_DIRECTORY=$dir/live dnstap-bgp status)

stop "$pipeline"
plan_done
