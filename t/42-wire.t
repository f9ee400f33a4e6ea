#!/usr/bin/env bash
# shellcheck disable=SC2034,SC2154,SC2317
# The bytes that bgp-announce sends, as tshark decodes them; a link-local peer; and a peer reached through device=.
. t/lab/routers.sh

# A second router has the same address on another link.
namespace second
ip link add second type veth peer name router netns "$second"
ip addr add 10.9.0.21/24 dev second
ip link set second up
in_namespace "$second" ip addr add 10.9.0.1/24 dev router
in_namespace "$second" ip link set router up

ip addr add fe80::2/64 dev speaker nodad
in_router ip addr add fe80::1/64 dev router nodad
cat >"$dir/bird.conf" <<E
router id 10.9.0.1;
log "$dir/bird.log" all;
protocol device { }
protocol direct { ipv4; ipv6; }
template bgp any {
	local as 65000;
	direct;
	passive;
	ipv4 { import all; export none; };
	ipv6 { import all; export none; };
}
protocol bgp plain from any { neighbor 10.9.0.11 as 65000; ttl security on; }
protocol bgp overlink from any { neighbor fe80::2 as 65000; interface "router"; }
E
show="$dir/status $dir/log $dir/bird.log $dir/tshark.log"

ask() { birdc -s "$dir/bird.ctl" "$@"; }
start_in_router "$dir/bird.out" bird -f -c "$dir/bird.conf" -s "$dir/bird.ctl" -P "$dir/bird.pid"
start nsenter --net="/proc/$second/ns/net" bgpsink 1179 2 >"$dir/sink"
sink=$started
check 'the routers listen' router_listens
start tshark -i speaker -f 'tcp port 179' -w "$dir/capture" 2>"$dir/tshark.log"
tshark=$started
check 'tshark captures' within 20 has 'Capture started' "$dir/tshark.log"

mkfifo "$dir/in"
exec {in}<>"$dir/in"
start bgp-announce -a 65000 -i 10.9.0.11 -n 10.9.0.9 -n fd09::9 -n fe80::2 -m 'to be back at ten' \
	10.9.0.1,source=10.9.0.11,gtsm=yes fe80::1%speaker,source=fe80::2 10.9.0.1,port=1179,device=second \
	<"$dir/in" >"$dir/status" 2>"$dir/log"
announcer=$started
tell() { printf '%s\n' "$@" >&"$in"; }
tell 'announce 198.51.100.1/32' 'announce 2001:db8:1::1/128' end-of-rib
route() { ask show route all protocol "$1" for "$2" >"$dir/route" && has "$3" "$dir/route"; }
check 'a link-local peer also gets the link-local next hop' \
	within 20 route overlink 2001:db8:1::1/128 'next_hop: fd09::9 fe80::2'
check 'another peer gets the global next hop only' within 20 route plain 2001:db8:1::1/128 'next_hop: fd09::9$'
like "$(cat "$dir/status")" 'peer fe80::1%speaker up as=65000' 'the status line of a link-local peer names the link'
wait "$sink"
is "$?$(cut -d ' ' -f 1 "$dir/sink")" 0prefixes=2 'device= selects the link of a peer'

# Every kind of UPDATE.
tell 'announce 198.51.100.1/32 med=7 local-pref=200 origin=egp community=65000:1,no-export ext-community=rt:65000:1 large-community=65000:1:2' \
	'announce 198.51.100.0/27' 'announce 2001:db8:2::/47 next-hop=fd09::8 ext-community=soo:192.0.2.1:1'
check 'more routes arrive' within 10 route plain 2001:db8:2::/47 'next_hop: fd09::8'
tell 'withdraw 198.51.100.0/27' 'withdraw 2001:db8:2::/47'
gone_at() { ! route plain "$1" .; }
check 'the routes are withdrawn' within 10 gone_at 2001:db8:2::/47
ask reload in plain >/dev/null
check 'a ROUTE-REFRESH is reported' within 10 has 'peer 10.9.0.1 refresh family=ipv6' "$dir/status"
stop "$announcer"
is $? 0 'bgp-announce exits with status 0 on SIGTERM'

# captured FILTER [FIELD...]: prints the fields of the captured messages that match.
captured() {
	local field fields=()
	for field in "${@:2}"; do fields+=(-e "$field"); done
	tshark -r "$dir/capture" -Y "$1" -T fields "${fields[@]}" 2>/dev/null
}
kinds() { captured bgp bgp.type | grep -o '[0-9]' | sort -u | xargs; }
is_whole() { [ "$(kinds)" = '1 2 3 4 5' ]; }
check 'the capture has messages of each type' within 20 is_whole
stop "$tshark" INT
is "$(captured 'bgp && (_ws.malformed || _ws.expert.severity >= 0x600000)' frame.number _ws.expert.message)" '' \
	'tshark reports no malformed message'
like "$(captured 'bgp.type == 3' bgp.notify.communication)" 'to be back at ten' 'the shutdown communication is readable'
is "$(captured 'tcp.flags.syn == 1 && ip.dst == 10.9.0.1' ip.ttl ip.dsfield.dscp | sort -u)" $'255\t48' \
	'packets have TTL 255 (GTSM) and DSCP CS6'
plan_done
