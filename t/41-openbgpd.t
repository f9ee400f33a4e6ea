#!/usr/bin/env bash
# shellcheck disable=SC2317
# bgp-announce with OpenBGPD as the router.
. t/lab/routers.sh

bgpd_conf() {
	local session
	cat <<-E
	AS 65000
	router-id 10.9.0.1
	fib-update no
	socket "$dir/bgpd.sock"
	listen on 10.9.0.1
	listen on fd09::1
	E
	for session in $sessions; do
		cat <<-E
		neighbor ${address[$session]} {
			remote-as $([[ $session = i? ]] && echo 65000 || echo 65010)
			passive
			$([[ $session = i? ]] && echo "tcp md5sig password \"$password\"" || echo 'ttl-security yes')
			announce IPv4 unicast
			announce IPv6 unicast
		}
		E
	done
	echo 'allow from any'
}

ask() { bgpctl -s "$dir/bgpd.sock" "$@"; }
router_start() {
	start_in_router "$dir/bgpd.log" /usr/sbin/bgpd -d -f "$dir/bgpd.conf"
	bgpd=$started
	router_listens
}
router_stop() {
	kill "$bgpd"
	within 10 gone "$bgpd"
}
router_daemons() { echo "$bgpd $(pgrep -P "$bgpd" -d " ")"; }
router_table() { ask -j show rib in neighbor "${address[$1]}" detail | t/lab/routers.pl openbgpd; }
router_prefixes() { ask show rib in neighbor "${address[$1]}" | awk '{ for (i = 1; i <= 4; i++) if ($i ~ "/") print $i }'; }
router_refresh() { ask neighbor "${address[$1]}" refresh >/dev/null; }
router_reset() { ask neighbor "${address[$1]}" clear >/dev/null; }

mkdir /run/openbgpd
bgpd_conf >"$dir/bgpd.conf"
chmod 600 "$dir/bgpd.conf"
show+=" $dir/bgpd.log"
router_suite
plan_done
