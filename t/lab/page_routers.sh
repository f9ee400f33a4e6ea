#!/usr/bin/env bash
# shellcheck disable=SC2034,SC2154,SC2317
# BIRD, FRR, OpenBGPD and GoBGP, configured by the blocks of dnstap-bgp-routers(7), each in a separate network namespace.
# Sourced after netns.sh and pages.sh. The addresses of bgp-announce are 192.0.2.10 and 2001:db8::10.

declare -A router_address=([bird]=192.0.2.1 [frr]=192.0.2.2 [openbgpd]=192.0.2.3 [gobgp]=192.0.2.4)

# router_block NAME: prints the page's block; with $accept_prefixes, with the lines that accept prefixes from files. On the
# page, each router is 192.0.2.1; here each router has its own address.
router_block() {
	local block=page_block
	[ -z "${accept_prefixes-}" ] || block=prefixes_block
	"$block" dnstap-bgp-routers.7 "$1" | sed "s/192\\.0\\.2\\.1\\b/${router_address[$1]}/g"
}
prefixes_block() { awk -f t/lab/widen.awk <(page_block "$1" "$2-prefixes") <(page_block "$1" "$2"); }

# start_router NAME COMMAND...: runs the command in the router's namespace, which begin_router creates.
start_router() {
	local process=router_$1
	start_in_namespace "${!process}" "${@:2}" >>"$dir/$1.out" 2>&1
}
begin_router() {
	local process=router_$1
	namespace "$process"
	ip link add "to-$1" type veth peer name ours netns "${!process}"
	ip addr add 192.0.2.10 peer "${router_address[$1]}" dev "to-$1"
	ip link set "to-$1" up
	in_namespace "${!process}" ip addr add "${router_address[$1]}/24" dev ours
	in_namespace "${!process}" ip addr add 2001:db8::1/64 dev ours nodad
	in_namespace "${!process}" ip link set ours up
	"begin_$1"
}
begin_bird() {
	router_block bird >"$dir/bird.conf"
	start_router bird bird -f -c "$dir/bird.conf" -s "$dir/bird.ctl" -P "$dir/bird.pid"
}
begin_frr() {
	mkdir "$dir/frr"
	router_block frr >"$dir/frr/bgpd.conf"
	chown -R frr:frr "$dir/frr"
	start_router frr /usr/lib/frr/zebra -z "$dir/frr/zserv" -i "$dir/frr/zebra.pid" --vty_socket "$dir/frr" -f /dev/null
	within 10 test -S "$dir/frr/zserv"
	start_router frr /usr/lib/frr/bgpd -n -z "$dir/frr/zserv" -i "$dir/frr/bgpd.pid" --vty_socket "$dir/frr" \
		-f "$dir/frr/bgpd.conf"
}
begin_openbgpd() {
	mkdir /run/openbgpd
	{
		echo "socket \"$dir/bgpd.sock\""
		echo 'fib-update no'
		router_block openbgpd
	} >"$dir/bgpd.conf"
	chmod 600 "$dir/bgpd.conf"
	start_router openbgpd /usr/sbin/bgpd -d -f "$dir/bgpd.conf"
}
begin_gobgp() {
	router_block gobgp >"$dir/gobgp.toml"
	start_router gobgp gobgpd -t toml -f "$dir/gobgp.toml" --api-hosts "unix://$dir/gobgp.api" --pprof-disable
}

in_bird() { birdc -s "$dir/bird.ctl" "$@"; }
in_frr() { vtysh --vty_socket "$dir/frr" -c "$*"; }
in_openbgpd() { bgpctl -s "$dir/bgpd.sock" "$@"; }
in_gobgp() { gobgp --target "unix://$dir/gobgp.api" "$@"; }

# prefixes_at NAME: prints the prefixes that the router accepted, of both families, one a line.
prefixes_at() { "prefixes_at_$1"; }
prefixes_at_bird() { in_bird show route protocol steering | awk '$1 ~ "/" { print $1 }'; }
prefixes_at_frr() {
	local family
	for family in ipv4 ipv6; do in_frr show bgp $family unicast neighbors 192.0.2.10 routes json; done |
		sed -n 's/.*"network":"\([^"]*\)".*/\1/p'
}
prefixes_at_openbgpd() { in_openbgpd show rib neighbor 192.0.2.10 | awk '{ for (i = 1; i <= 4; i++) if ($i ~ "/") print $i }'; }
prefixes_at_gobgp() {
	local family
	for family in ipv4 ipv6; do in_gobgp global rib -a $family; done | awk '$2 ~ "/" { print $2 }'
}
