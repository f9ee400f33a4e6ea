#!/usr/bin/env bash
# shellcheck disable=SC2317
# bgp-announce with FRR as the router: bgpd, and zebra, which installs the routes in the kernel,
# except the 100,000.
. t/lab/routers.sh
. t/lab/frr.sh

bgpd_conf() {
	local session family
	cat <<-E
	log file $dir/bgpd.log
	router bgp 65000
	 bgp router-id 10.9.0.1
	 no bgp ebgp-requires-policy
	 no bgp default ipv4-unicast
	E
	for session in $sessions; do
		cat <<-E
		 neighbor ${address[$session]} remote-as $([[ $session = i? ]] && echo 65000 || echo 65010)
		 neighbor ${address[$session]} passive
		 neighbor ${address[$session]} $([[ $session = i? ]] && echo "password $password" || echo 'ttl-security hops 1')
		E
	done
	for family in ipv4 ipv6; do
		echo " address-family $family unicast"
		echo "  table-map IN_FORCE"
		for session in $sessions; do
			echo "  neighbor ${address[$session]} activate"
			echo "  neighbor ${address[$session]} route-map NONE out"
		done
	done
	cat <<-E
	ip prefix-list FEW permit 198.51.100.0/24 le 32
	ipv6 prefix-list FEW permit 2001:db8:1::/48 le 128
	route-map IN_FORCE permit 1
	 match ip address prefix-list FEW
	route-map IN_FORCE permit 2
	 match ipv6 address prefix-list FEW
	route-map NONE deny 1
	E
}

router_start() {
	frr_start -l 10.9.0.1 -l fd09::1
	router_listens
}
router_stop() { frr_stop; }
router_daemons() { echo "$bgpd"; }
router_prefixes() {
	vty "show bgp ipv4 unicast neighbors ${address[$1]} routes json" \
		"show bgp ipv6 unicast neighbors ${address[$1]} routes json" |
		sed -n 's/.*"network":"\([^"]*\)".*/\1/p'
}
router_count() {
	vty 'show bgp summary' | awk -v address="${address[$1]}" '$1 == address { n += $10 } END { print n + 0 }'
}
router_table() {
	local prefix commands=()
	for prefix in $(router_prefixes "$1"); do
		commands+=("show bgp $([[ $prefix = *:* ]] && echo ipv6 || echo ipv4) unicast $prefix json")
	done
	[ ${#commands[@]} -eq 0 ] || vty "${commands[@]}" | t/lab/routers.pl frr "${address[$1]}"
}
router_refresh() { vty "clear bgp ipv4 unicast ${address[$1]} soft in" "clear bgp ipv6 unicast ${address[$1]} soft in"; }
router_reset() { vty "clear bgp ${address[$1]}"; }

router_watch() { start nsenter --net="/proc/$router/ns/net" ip monitor route; }
lost() { echo "^Deleted ($1) "; }
# When a route of the other session replaces an IPv6 route, zebra deletes and adds it in one step.
watched() {
	awk 'held != "" && $1 != prefix { print held }
		{ held = "" }
		$1 == "Deleted" && $2 ~ /:/ { held = $0; prefix = $2; next }
		{ print }
		END { if (held != "") print held }' "$dir/watch"
}

bgpd_conf >"$dir/frr/bgpd.conf"
show+=" $dir/frr/bgpd.log $dir/frr/zebra.log"
router_suite
plan_done
