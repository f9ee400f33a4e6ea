#!/usr/bin/env bash
# A small network in a directory: unbound with a local zone and BIRD, on loopback. Sourced by the demo and by tests.
# The caller starts and stops the daemons.

# lab_zone FILE TTL: writes the zone file of example.net.
lab_zone() {
	cat >"$1" <<E
\$ORIGIN example.net.
\$TTL $2
@	SOA ns hostmaster 1 3600 600 86400 60
@	NS ns
ns	A 192.0.2.53
video	A 198.51.100.10
video	A 198.51.100.11
video	AAAA 2001:db8:1::10
music	CNAME edge.music
edge.music	CNAME e7.cdn
e7.cdn	A 198.51.100.20
e7.cdn	AAAA 2001:db8:1::20
news	A 198.51.100.30
news	AAAA 2001:db8:1::30
anti-video	A 198.51.100.40
late	A 198.51.100.50
later	A 198.51.100.60
E
}

# lab_unbound FOLDER PORT SOCKET: writes FOLDER/unbound.conf for a resolver that serves example.net and sends dnstap to
# SOCKET. Start it with: unbound -d -c FOLDER/unbound.conf
lab_unbound() {
	cat >"$1/unbound.conf" <<E
server:
	interface: 127.0.0.1@$2
	do-daemonize: no
	username: ""
	chroot: ""
	directory: "$1"
	pidfile: ""
	use-syslog: no
	num-threads: 1
	module-config: "iterator"
	do-not-query-localhost: no
	trust-anchor-signaling: no
auth-zone:
	name: "example.net"
	zonefile: "$1/zone"
	for-downstream: no
	for-upstream: yes
remote-control:
	control-enable: no
dnstap:
	dnstap-enable: yes
	dnstap-socket-path: "$3"
	dnstap-log-client-response-messages: yes
E
}

# lab_peering PORT AS: prints the variables of dnstap-bgp.conf for a session with the router of lab_bird.
lab_peering() {
	cat <<E
AS=$2
ROUTER_ID=192.0.2.10
NEXT_HOPS="192.0.2.10 2001:db8::10"
PEERS="127.0.0.1,port=$1,source=127.0.0.2"
E
}

# lab_bird FOLDER PORT AS: writes FOLDER/bird.conf for a router at 127.0.0.1 with the passive internal peer 127.0.0.2.
# Start it with: bird -f -c FOLDER/bird.conf -s FOLDER/bird.ctl -P FOLDER/bird.pid
lab_bird() {
	cat >"$1/bird.conf" <<E
log stderr all;
router id 192.0.2.1;
protocol device { }
protocol static { ipv4; route 192.0.2.0/24 via "lo"; }
protocol static { ipv6; route 2001:db8::/48 via "lo"; }
protocol bgp steering {
	local 127.0.0.1 port $2 as $3;
	neighbor 127.0.0.2 as $3;
	multihop;
	passive;
	ipv4 { import all; export none; };
	ipv6 { import all; export none; next hop address 2001:db8::1; };
}
E
}

# lab_table FOLDER: prints the prefixes that the router has learned, sorted.
lab_table() {
	birdc -s "$1/bird.ctl" show route protocol steering |
		awk '/^[0-9a-f]/ && $1 ~ "/" { print $1 }' | LC_ALL=C sort
}

# shellcheck disable=SC2154
# announced ROUTES: the router of the lab in $dir has exactly these routes. For tests, with lib.sh.
announced() { [ "$(lab_table "$dir")" = "$1" ]; }

# routed ROUTES NAME TYPE: sends a query for NAME, then tests as `announced` does. Repeat it until it succeeds: unbound sends
# no dnstap while it is not connected to the socket.
routed() {
	lab_ask 5300 "$2" "$3"
	within 1 announced "$1"
}

# lab_ask PORT NAME TYPE: sends a query (TYPE is A or AAAA) to 127.0.0.1 and waits for the reply.
lab_ask() {
	local label labels='' type='\x01'
	[ "$3" = A ] || type='\x1c'
	for label in ${2//./ }; do
		printf -v label '\\x%02x%s' "${#label}" "$label"
		labels+=$label
	done
	exec {lab_fd}<>"/dev/udp/127.0.0.1/$1"
	# ID, flag RD, one question of class IN. One write is one datagram.
	printf '%b' '\x12\x34\x01\0\0\x01\0\0\0\0\0\0' "$labels\\0\\0$type\\0\\x01" |
		dd bs=4096 iflag=fullblock status=none >&"$lab_fd"
	dd bs=4096 count=1 status=none <&"$lab_fd" >/dev/null
	exec {lab_fd}>&-
}

# lab_counter FILE KEY: prints the counter from a file written by --stats.
lab_counter() { sed -n "s/.* $2=\([0-9]*\).*/\1/p" "$1"; }
