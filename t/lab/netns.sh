#!/usr/bin/env bash
# Network namespaces in addition to the test's own. Sourced instead of lib.sh.
#
# Daemons started by root may drop privileges and must still reach $dir. /run is a tmpfs of the test.

T_UNSHARE='--net --mount'
[ "$(id -u)" -eq 0 ] || T_UNSHARE+=' --map-root-user --map-auto'
. t/lab/lib.sh

mount -t tmpfs tmpfs /run
chmod 755 "$dir"

# namespace NAME: creates a network namespace; $NAME is the ID of its process.
namespace() {
	start unshare --net sleep infinity
	printf -v "$1" %s "$started"
	within 5 own_network "$started"
	in_namespace "$started" ip link set lo up
}
own_network() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
in_namespace() { nsenter --net="/proc/$1/ns/net" "${@:2}"; }
start_in_namespace() { start nsenter --net="/proc/$1/ns/net" "${@:2}"; }

# client_link MTU: creates the namespace client, 192.0.2.7 and 2001:db8::7 on in0. Its link to the test's own is out0,
# 192.0.2.53 and 2001:db8::53.
client_link() {
	namespace client
	# shellcheck disable=SC2154
	ip link add out0 mtu "$1" type veth peer name in0 netns "$client" mtu "$1"
	ip link set out0 up
	in_namespace "$client" ip link set in0 up
	ip address add 192.0.2.53/24 dev out0
	ip address add 2001:db8::53/64 dev out0 nodad
	in_namespace "$client" ip address add 192.0.2.7/24 dev in0
	in_namespace "$client" ip address add 2001:db8::7/64 dev in0 nodad
}
