#!/usr/bin/env bash
# shellcheck disable=SC2034,SC2154,SC2317
# FRR in the router's namespace. Sourced after routers.sh by a test that writes $dir/frr/bgpd.conf.

mkdir "$dir/frr"

vty() {
	local command commands=()
	for command; do commands+=(-c "$command"); done
	vtysh --vty_socket "$dir/frr" "${commands[@]}"
}

# FRR ends sessions over IPv6 when its interface gets a link-local address.
has_link_local() { in_router ip -6 addr show dev router scope link -tentative | grep -q fe80; }

# frr_start [OPTION...]: zebra, and bgpd with these options.
frr_start() {
	within 10 has_link_local
	chown -R frr:frr "$dir/frr"
	start_in_router "$dir/zebra.out" /usr/lib/frr/zebra -z "$dir/frr/zserv" -i "$dir/frr/zebra.pid" \
		--vty_socket "$dir/frr" -f /dev/null --log "file:$dir/frr/zebra.log"
	zebra=$started
	within 10 test -S "$dir/frr/zserv"
	start_in_router "$dir/bgpd.out" /usr/lib/frr/bgpd -z "$dir/frr/zserv" -i "$dir/frr/bgpd.pid" \
		--vty_socket "$dir/frr" -f "$dir/frr/bgpd.conf" "$@"
	bgpd=$started
}
frr_stop() {
	kill "$bgpd"
	within 10 gone "$bgpd"
	kill "$zebra"
	within 10 gone "$zebra"
}
