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
