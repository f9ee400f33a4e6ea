#!/usr/bin/env bash
# Network namespaces beside the test's own. Sourced in place of lib.sh.
#
# Daemons that are started by root may change their user and have to reach what is in our folder; /run is ours alone.

T_UNSHARE='--net --mount'
[ "$(id -u)" -eq 0 ] || T_UNSHARE+=' --map-root-user --map-auto'
. t/lab/lib.sh

mount -t tmpfs tmpfs /run
chmod 755 "$dir"

# namespace NAME: another one, whose process is in $NAME.
namespace() {
	start unshare --net sleep infinity
	printf -v "$1" %s "$started"
	within 5 own_network "$started"
	in_namespace "$started" ip link set lo up
}
own_network() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
in_namespace() { nsenter --net="/proc/$1/ns/net" "${@:2}"; }
start_in_namespace() { start nsenter --net="/proc/$1/ns/net" "${@:2}"; }
