#!/usr/bin/env bash
# shellcheck disable=SC2317
# bgp-announce with GoBGP as the router.
. t/lab/routers.sh

gobgp_conf() {
	local session family
	cat <<-E
	[global.config]
	as = 65000
	router-id = "10.9.0.1"
	[global.apply-policy.config]
	default-export-policy = "reject-route"
	E
	for session in $sessions; do
		cat <<-E
		[[neighbors]]
		[neighbors.config]
		neighbor-address = "${address[$session]}"
		$([[ $session = i? ]] && echo "auth-password = \"$password\"")
		peer-as = $([[ $session = i? ]] && echo 65000 || echo 65010)
		[neighbors.transport.config]
		passive-mode = true
		[neighbors.ttl-security.config]
		enabled = $([[ $session = e? ]] && echo true || echo false)
		ttl-min = 255
		[neighbors.graceful-restart.config]
		enabled = true
		restart-time = 60
		notification-enabled = true
		E
		for family in ipv4 ipv6; do
			cat <<-E
			[[neighbors.afi-safis]]
			[neighbors.afi-safis.config]
			afi-safi-name = "$family-unicast"
			[neighbors.afi-safis.mp-graceful-restart.config]
			enabled = true
			E
		done
	done
}

ask() { gobgp --target "unix://$dir/gobgp.api" "$@"; }
router_start() {
	start_in_router "$dir/gobgp.log" gobgpd -t toml -f "$dir/gobgp.toml" --api-hosts "unix://$dir/gobgp.api" \
		--pprof-disable
	gobgpd=$started
	router_listens
}
router_stop() {
	kill "$gobgpd"
	within 10 gone "$gobgpd"
}
router_daemons() { echo "$gobgpd"; }
router_table() {
	local family
	for family in ipv4 ipv6; do
		ask neighbor "${address[$1]}" adj-in -a "$family" -j | grep '^{' | t/lab/routers.pl gobgp
	done
}
router_prefixes() {
	local family
	for family in ipv4 ipv6; do ask neighbor "${address[$1]}" adj-in -a "$family" | awk '$2 ~ "/" { print $2 }'; done
}
# Counting again and again would slow GoBGP down, so the test first waits until the last route has arrived or is withdrawn.
router_count() { ask neighbor | awk -v address="${address[$1]}" '$1 == address { print $(NF - 1) }'; }
has_last() { ask global rib 2001:db8:2:187::a1/128 -a ipv6 | grep -q fd09::9; }
counts() {
	if [ "$2" -gt 2 ]; then has_last; else ! has_last; fi && [ "$(router_count "$1")" -eq "$2" ]
}
router_reset() {
	ask neighbor "${address[$1]}" disable
	ask neighbor "${address[$1]}" enable
}

router_watch() { start gobgp --target "unix://$dir/gobgp.api" monitor global rib; }
lost() { echo "DELROUTE\\] ($1)/"; }

gobgp_conf >"$dir/gobgp.toml"
show+=" $dir/gobgp.log"
# GoBGP prints an IPv6 route together with all others of the same UPDATE.
many_of_ipv6=20
router_suite
plan_done
