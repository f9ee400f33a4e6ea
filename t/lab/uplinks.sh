# shellcheck shell=bash disable=SC2034,SC2154
# A lab that shows which way the first connection to an address takes. Sourced by a test and by scripts/bench. The caller
# creates five network namespaces, and sets each variable to the ID of a process in the namespace:
#
#	$client		192.0.2.7, 192.0.2.8	queries the resolver, and connects through the router
#	$resolver	192.0.2.53		unbound and the pipeline
#	$router		192.0.2.1		BIRD, which exports the routes of bgp-announce to the kernel
#	$old		203.0.113.1		the uplink of the default route
#	$new		203.0.113.5		the uplink of the announced routes
#
# Client, resolver and router share a network: a bridge in the router. Each address 192.0.2.N has the companion
# 2001:db8:2::N. The resolver also has 192.0.2.54 and 2001:db8:2::54.

# The settings of the session, for bgp-announce.
uplinks_announce=(-a 64512 -i 192.0.2.53 -n 203.0.113.5 -n 2001:db8:4::5)
uplinks_peer=192.0.2.1,port=1790,source=192.0.2.53

uplinks_in() { nsenter --net="/proc/$1/ns/net" "${@:2}"; }

# uplinks_host PID INTERFACE N...: gives the interface the addresses.
uplinks_host() {
	local n
	uplinks_in "$1" ip link set "$2" up
	for n in "${@:3}"; do
		uplinks_in "$1" ip address add "192.0.2.$n/24" dev "$2"
		uplinks_in "$1" ip address add "2001:db8:2::$n/64" dev "$2" nodad
	done
}

# uplinks_uplink PID INTERFACE IPV4 IPV6: a point-to-point network from the router to an uplink, which has these addresses.
uplinks_uplink() {
	uplinks_in "$router" ip link add "$2" type veth peer name up0 netns "$1"
	uplinks_in "$router" ip link set "$2" up
	uplinks_in "$1" ip link set up0 up
	uplinks_in "$1" ip address add "$3/30" dev up0
	uplinks_in "$1" ip address add "$4/64" dev up0 nodad
}

uplinks_links() {
	local pid
	for pid in "$client" "$resolver" "$router" "$old" "$new"; do uplinks_in "$pid" ip link set lo up; done
	uplinks_in "$router" ip link add lan0 type bridge
	uplinks_in "$router" ip link add lan1 type veth peer name lan0 netns "$client"
	uplinks_in "$router" ip link add lan2 type veth peer name lan0 netns "$resolver"
	uplinks_in "$router" ip link set lan1 master lan0 up
	uplinks_in "$router" ip link set lan2 master lan0 up
	uplinks_host "$router" lan0 1
	uplinks_host "$client" lan0 7 8
	uplinks_host "$resolver" lan0 53 54
	uplinks_uplink "$old" old0 203.0.113.1 2001:db8:3::1
	uplinks_uplink "$new" new0 203.0.113.5 2001:db8:4::5
	uplinks_in "$router" ip address add 203.0.113.2/30 dev old0
	uplinks_in "$router" ip address add 203.0.113.6/30 dev new0
	uplinks_in "$router" ip address add 2001:db8:3::2/64 dev old0 nodad
	uplinks_in "$router" ip address add 2001:db8:4::6/64 dev new0 nodad
	uplinks_in "$router" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
	uplinks_in "$router" ip route add default via 203.0.113.1
	uplinks_in "$router" ip -6 route add default via 2001:db8:3::1
	for pid in "$client" "$resolver"; do
		uplinks_in "$pid" ip route add default via 192.0.2.1
		uplinks_in "$pid" ip -6 route add default via 2001:db8:2::1
	done
}

# uplinks_bird FOLDER: writes FOLDER/bird.conf. Start it in $router with: bird -f -c FOLDER/bird.conf -s FOLDER/bird.ctl
uplinks_bird() {
	cat >"$1/bird.conf" <<C
log stderr { error, fatal, bug };
router id 192.0.2.1;
protocol device { }
protocol direct { ipv4; ipv6; }
protocol kernel { ipv4 { export where source = RTS_BGP; import none; }; }
protocol kernel { ipv6 { export where source = RTS_BGP; import none; }; }
protocol bgp steering {
	local 192.0.2.1 port 1790 as 64512;
	neighbor 192.0.2.53 as 64512;
	passive;
	error wait time 1, 1;
	connect delay time 1;
	ipv4 { import all; export none; };
	ipv6 { import all; export none; };
}
C
}

# uplinks_names FOLDER: writes the names of unbound, which t/bench/labnames.h describes.
uplinks_names() {
	awk 'BEGIN { for (kind = 0; kind < 2; kind++) for (i = 0; i < 10000; i++) {
		name = sprintf("n%05d.%s.example.", i, kind ? "other" : "listed")
		printf "local-data: \"%s 300 A 198.%d.%d.%d\"\n", name, 18 + kind, i / 256, i % 256
		printf "local-data: \"%s 300 AAAA 2001:db8:%d::%x\"\n", name, 18 + kind, i
	} }' >"$1/names"
}

# uplinks_unbound FOLDER [SOCKET]: writes FOLDER/unbound.conf, which includes the names. With SOCKET, unbound sends dnstap
# there. Start it in $resolver with: unbound -d -c FOLDER/unbound.conf
uplinks_unbound() {
	cat <<C
server:
	interface: 192.0.2.53
	interface: 192.0.2.54
	interface: 2001:db8:2::53
	interface: 2001:db8:2::54
	access-control: 0.0.0.0/0 allow
	access-control: ::0/0 allow
	do-daemonize: no
	username: ""
	chroot: ""
	directory: "$1"
	pidfile: ""
	use-syslog: no
	num-threads: 1
	module-config: "iterator"
	include: "$1/names"
remote-control:
	control-enable: no
C
	[ -z "${2-}" ] || cat <<C
dnstap:
	dnstap-enable: yes
	dnstap-socket-path: "$2"
	dnstap-log-client-response-messages: yes
C
} >"$1/unbound.conf"
