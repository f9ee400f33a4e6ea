#!/usr/bin/env bash
# shellcheck disable=SC2016,SC2034
# Hosts in network namespaces, connected by a bridge. Each runs unbound, the pipeline and BIRD.
# Sourced by a test instead of lib.sh; `host NAME` creates a host.

. t/lab/netns.sh
. t/lab/lab.sh

ip link add hosts type bridge
ip link set hosts up
declare -A host_of=() address_of=()

# host NAME: creates the next host, with the address 10.60.0.N and the directory $dir/NAME.
host() {
	local n=$((${#host_of[@]} + 1)) there
	namespace there
	host_of[$1]=$there address_of[$1]=10.60.0.$n
	mkdir "$dir/$1"
	ip link add "to-$1" type veth peer name net0 netns "$there"
	ip link set "to-$1" master hosts up
	on "$1" ip addr add "10.60.0.$n/24" dev net0
	on "$1" ip link set net0 up
}

# on NAME COMMAND...: runs the command on that host.
on() { in_namespace "${host_of[$1]}" "${@:2}"; }
start_on() { start_in_namespace "${host_of[$1]}" "${@:2}"; }

# link NAME up|down
link() { ip link set "to-$1" "$2"; }

# start_host NAME [LINE...]: starts the host's resolver, router and pipeline; LINEs are added to the configuration of the
# pipeline. The resolver serves $dir/zone; $dir/steer.list is the list.
start_host() {
	local at=$dir/$1
	cp "$dir/zone" "$at/zone"
	lab_unbound "$at" 5300 "$at/dnstap.sock"
	lab_bird "$at" 1790 64512
	printf '%s\n' "SOCKET=$at/dnstap.sock" "LISTS=$dir/steer.list" "DB=$at/cache.tdb" LIFE=1h \
		'CACHE_OPTIONS="-s 100ms"' "$(lab_peering 1790 64512)" "${@:2}" >"$at/conf"
	start_on "$1" bird -f -c "$at/bird.conf" -s "$at/bird.ctl" -P "$at/bird.pid" 2>"$at/bird.log"
	start_pipeline "$1"
	within 10 test -S "$at/dnstap.sock"
	start_on "$1" unbound -d -c "$at/unbound.conf" 2>"$at/unbound.log"
	within 20 has ' peer 127.0.0.1 up ' "$at/status"
}
start_pipeline() {
	start_on "$1" "${programs:-scripts/bin}/dnstap-bgp" -c "$dir/$1/conf" >>"$dir/$1/status" 2>>"$dir/$1/log"
	printf -v "pipeline_$1" %s "$started"
}

# ask NAME QUESTION ADDRESS: sends queries to the host's resolver until its router has the address.
ask() { within 20 asked "$@"; }
asked() {
	on "$1" bash -c '. t/lab/lab.sh; lab_ask 5300 "$1" A' ask "$2"
	within 1 routed_at "$1" "$3"
}

routed_at() { lab_table "$dir/$1" | grep -qxF "$2/32"; }
# routed_by_all ADDRESS
routed_by_all() {
	local name
	for name in "${!host_of[@]}"; do routed_at "$name" "$1" || return; done
}
