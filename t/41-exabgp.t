#!/usr/bin/env bash
# shellcheck disable=SC2317
# bgp-announce with ExaBGP as the receiver. ExaBGP keeps no table, so the test adds up the events that it prints.
. t/lab/routers.sh

exabgp_conf() {
	local session
	cat <<-E
	process events {
		run /bin/sh -c "cat <$dir/commands & exec cat >>$dir/events";
		encoder json;
	}
	E
	for session in $sessions; do
		cat <<-E
		neighbor ${address[$session]} {
			router-id 10.9.0.1;
			local-address $([[ $session = ?4 ]] && echo 10.9.0.1 || echo fd09::1);
			local-as 65000;
			peer-as $([[ $session = i? ]] && echo 65000 || echo 65010);
			passive true;
			listen 179;
			$([[ $session = i? ]] && echo "md5-password '$password';")
			family { ipv4 unicast; ipv6 unicast; }
			capability { route-refresh enable; asn4 enable; }
			api { processes [ events ]; neighbor-changes; receive { parsed; update; } }
		}
		E
	done
}

router_start() {
	: >"$dir/events"
	start_in_router "$dir/exabgp.log" env exabgp.daemon.user=root exabgp.daemon.drop=false exabgp.cache.attributes=false \
		exabgp.api.cli=false exabgp.api.ack=false \
		exabgp "$dir/exabgp.conf"
	exabgp=$started
	router_listens
}
router_stop() {
	kill "$exabgp"
	within 10 gone "$exabgp"
}
router_daemons() { echo "$exabgp"; }
router_table() { t/lab/routers.pl exabgp "${address[$1]}" <"$dir/events"; }
router_prefixes() { router_table "$1" | cut -d ' ' -f 1; }
router_refresh() {
	local family
	for family in ipv4 ipv6; do echo "neighbor ${address[$1]} announce route-refresh $family unicast" >&"$commands"; done
}
router_reset() { echo "neighbor ${address[$1]} teardown 4" >&"$commands"; }

mkfifo "$dir/commands"
exec {commands}<>"$dir/commands"
exabgp_conf >"$dir/exabgp.conf"
# ExaBGP sets no TTL on connections that it accepts.
keys_of[e]=hops=1
show+=" $dir/exabgp.log"
router_suite
plan_done
