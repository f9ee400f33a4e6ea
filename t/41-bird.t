#!/usr/bin/env bash
# shellcheck disable=SC2317
# bgp-announce with BIRD 2 as the router.
. t/lab/routers.sh

# Each session has separate tables. Their routes, except the 100,000, are exported to the namespace's kernel table.
bird_conf() {
	local session
	cat <<-E
	log "$dir/bird.log" all;
	router id 10.9.0.1;
	protocol device { }
	protocol direct { ipv4; ipv6; }
	protocol kernel { ipv4 { export where net ~ 198.51.100.0/24; }; }
	protocol kernel { ipv6 { export where net ~ 2001:db8:1::/48; }; }
	E
	for session in $sessions; do
		cat <<-E
		ipv4 table ${session}_4;
		ipv6 table ${session}_6;
		protocol pipe { table ${session}_4; peer table master4; import none; export all; }
		protocol pipe { table ${session}_6; peer table master6; import none; export all; }
		protocol bgp $session {
			local $([[ $session = ?4 ]] && echo 10.9.0.1 || echo fd09::1) as 65000;
			neighbor ${address[$session]} as $([[ $session = i? ]] && echo 65000 || echo 65010);
			passive;
			$([[ $session = i? ]] && echo "password \"$password\"" || echo 'ttl security on');
			ipv4 { table ${session}_4; import all; export none; };
			ipv6 { table ${session}_6; import all; export none; };
		}
		E
	done
}

ask() { birdc -s "$dir/bird.ctl" "$@"; }
router_start() {
	start_in_router "$dir/bird.out" bird -f -c "$dir/bird.conf" -s "$dir/bird.ctl" -P "$dir/bird.pid"
	bird=$started
	router_listens
}
router_stop() {
	ask down >/dev/null
	within 10 gone "$bird"
}
router_daemons() { echo "$bird"; }
router_table() {
	local family
	for family in 4 6; do ask show route all table "$1_$family"; done | awk '
	function put() { if (prefix != "") print prefix, next_hop, communities }
	$1 ~ "/" { put(); prefix = $1; communities = "-" }
	$1 == "BGP.next_hop:" { next_hop = $2 }
	$1 == "BGP.community:" { gsub(/^[ \t]*BGP.community: |[()]/, ""); gsub(/,/, ":"); gsub(/ /, ","); communities = $0 }
	END { put() }'
}
router_prefixes() {
	local family
	for family in 4 6; do ask show route table "$1_$family"; done | awk '$1 ~ "/" { print $1 }'
}
router_refresh() { ask reload in "$1" >/dev/null; }
router_reset() { ask restart "$1" >/dev/null; }

router_watch() { start nsenter --net="/proc/$router/ns/net" ip monitor route; }
# When the first of two sessions withdraws a route, BIRD may mark it unreachable briefly.
lost() { echo "^Deleted (unreachable )?($1) "; }

bird_conf >"$dir/bird.conf"
show+=" $dir/bird.log"
router_suite
plan_done
