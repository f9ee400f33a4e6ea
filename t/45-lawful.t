#!/usr/bin/env bash
# shellcheck disable=SC2154,SC2317
# Each UPDATE is valid for the peer that gets it, for random options, lines and capabilities: as decoded by scapy, and
# for real FRR and OpenBGPD, whose sessions stay up through 1,000 random tables.
# T_SEED selects the random sequence, T_ROUNDS its length.
. t/lab/routers.sh
. t/lab/frr.sh

seed=${T_SEED-$RANDOM}
echo "# T_SEED=$seed"
ip addr add fd09::9/128 dev lo nodad	# the next hops exist
check 'scapy finds each UPDATE valid for its peer' \
	eval "t/lab/lawful.py peers $seed ${T_ROUNDS-40} >$dir/peers 2>&1 && ! grep -v ^seen: $dir/peers"
show=$dir/peers
for what in AS4_PATH 'IPv4 by IPv6' 'NO_EXPORT among 192' 'family 1: 1 next hops$' 'family 2: 1 next hops' \
	'family 2: 2 next hops' withdrawn; do
	check "the rounds included: $what" has "^seen: [1-9][0-9]* $what" "$dir/peers"
done

in_router ip addr add 10.9.0.2/24 dev router
in_router ip addr add fd09::2/64 dev router nodad
{
	cat <<-E
	log file $dir/frr/bgpd.log
	router bgp 65000
	 bgp router-id 10.9.0.1
	 no bgp ebgp-requires-policy
	E
	for neighbor in 10.9.0.11 fd09::11 10.9.0.12 fd09::12; do
		echo " neighbor $neighbor remote-as $([[ $neighbor = *11 ]] && echo 65010 || echo 65000)"
		echo " neighbor $neighbor passive"
	done
	echo ' neighbor fd09::12 capability extended-nexthop'
	echo ' address-family ipv6 unicast'
	for neighbor in 10.9.0.11 fd09::11 10.9.0.12 fd09::12; do echo "  neighbor $neighbor activate"; done
} >"$dir/frr/bgpd.conf"
{
	cat <<-E
	AS 65000
	router-id 10.9.0.2
	fib-update no
	socket "$dir/openbgpd.sock"
	listen on 10.9.0.2
	listen on fd09::2
	allow from any
	E
	for neighbor in 10.9.0.11 fd09::11 10.9.0.12 fd09::12; do
		cat <<-E
		neighbor $neighbor {
			remote-as $([[ $neighbor = *11 ]] && echo 65010 || echo 65000)
			passive
			announce IPv4 unicast
			announce IPv6 unicast
		}
		E
	done
} >"$dir/openbgpd.conf"
chmod 600 "$dir/openbgpd.conf"
mkdir /run/openbgpd
frr_start -l 10.9.0.1 -l fd09::1
start_in_router "$dir/openbgpd.log" /usr/sbin/bgpd -d -f "$dir/openbgpd.conf"
for at in 10\\.9\\.0\\.1 10\\.9\\.0\\.2 '\[fd09::1\]' '\[fd09::2\]'; do
	check "a router listens on $at" within 20 listening_in_router "$at"
done

# stays_up AS N: sends 500 of the 1,000 tables, 50 for each of ten sets of options, from 10.9.0.N and fd09::N with number AS.
# OpenBGPD accepts a closed session again only on command, or after 30 s.
stays_up() {
	local set neighbor
	for set in {0..9}; do
		for neighbor in "10.9.0.$2" "fd09::$2"; do
			bgpctl -s "$dir/openbgpd.sock" neighbor "$neighbor" up >/dev/null
		done
		t/lab/lawful.py routers "$seed$set" 1 50 "$1" "10.9.0.1,10.9.0.$2" "fd09::1,fd09::$2" "10.9.0.2,10.9.0.$2" \
			"fd09::2,fd09::$2" >"$dir/routers" 2>&1
		has '^seen: 50 tables$' "$dir/routers" && ! grep -v '^seen:' "$dir/routers" || return 1
	done
}
show="$dir/routers $dir/frr/bgpd.log $dir/openbgpd.log"
check 'external sessions stay up through 500 tables' stays_up 65010 11
check 'internal sessions stay up through 500 tables' stays_up 65000 12
plan_done
