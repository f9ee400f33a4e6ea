#!/usr/bin/env bash
# shellcheck disable=SC2154,SC2317
# Each block of dnstap-bgp-routers(7) in a real router: host routes of both families arrive, and a shorter prefix does not.
. t/lab/netns.sh
. t/lab/pages.sh
. t/lab/page_routers.sh

routers=(bird frr openbgpd gobgp)
for name in "${routers[@]}"; do begin_router "$name"; done

peers=()
for name in "${routers[@]}"; do peers+=("${router_address[$name]}"); done
mkfifo "$dir/routes"
exec {routes}<>"$dir/routes"
printf 'announce %s\n' 203.0.113.7/32 203.0.113.128/25 2001:db8:7::7/128 2001:db8:8::/64 >&"$routes"
echo end-of-rib >&"$routes"
show="$dir/status $dir/log"
start bgp-announce -a 64512 -i 192.0.2.10 -n 192.0.2.10 -n 2001:db8::10 --retry-max 1s "${peers[@]}" \
	<"$dir/routes" >"$dir/status" 2>"$dir/log"
announcer=$started

has_routes() { [ "$(prefixes_at "$1" | sort | xargs)" = "$2" ]; }
for name in "${routers[@]}"; do
	show="$dir/status $dir/log $dir/$name.out"
	address=${router_address[$name]}
	check "$name: all routes are sent" within 30 has "peer ${address//./\\.} end-of-rib family=ipv6 routes=2" "$dir/status"
	check "$name: the host routes of both families are accepted, and no other" \
		within 10 has_routes "$name" '2001:db8:7::7/128 203.0.113.7/32'
done
kernel_has() { in_namespace "$router_bird" ip route show proto bird | grep -q '^203\.0\.113\.7 .*via 192\.0\.2\.10 '; }
check "bird: the route is in the router's kernel" within 10 kernel_has

printf 'withdraw %s\n' 203.0.113.7/32 2001:db8:7::7/128 >&"$routes"
for name in "${routers[@]}"; do
	check "$name: withdrawn routes are removed" within 10 has_routes "$name" ''
done

stop "$announcer"
is $? 0 'bgp-announce ends'

# Run the block for nftables with route lines on stdin. A function `nft` prints its arguments.
page_block dnstap-bgp-routers.7 nftables | sed 's/^\.\.\. | ipcache run | //' >"$dir/fill-sets"
is "$(printf '%s\n' 'announce 203.0.113.7/32 tag=a' 'announce 2001:db8::7/128' end-of-rib 'withdraw 203.0.113.7/32' |
	sh -c 'nft() { echo "$*"; }; . "$1"' sh "$dir/fill-sets")" \
	"$(printf '%s element inet filter %s { %s }\n' add steer4 203.0.113.7 add steer6 2001:db8::7 delete steer4 203.0.113.7)" \
	'the block for nftables adds and deletes elements'
plan_done
