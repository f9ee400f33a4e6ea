#!/usr/bin/env bash
# shellcheck disable=SC2154,SC2317
# Next hops and NO_EXPORT towards an external FRR and an external OpenBGPD: the sessions stay up, and the routers have
# the intended routes.
. t/lab/routers.sh
. t/lab/frr.sh

in_router ip addr add fd09::2/64 dev router nodad
cat >"$dir/frr/bgpd.conf" <<E
log file $dir/frr/bgpd.log
router bgp 65000
 bgp router-id 10.9.0.1
 no bgp ebgp-requires-policy
 neighbor fd09::11 remote-as 65010
 neighbor fd09::11 passive
 neighbor 10.9.0.11 remote-as 65010
 neighbor 10.9.0.11 passive
 address-family ipv6 unicast
  neighbor fd09::11 activate
E
cat >"$dir/openbgpd.conf" <<E
AS 65000
router-id 10.9.0.2
fib-update no
socket "$dir/openbgpd.sock"
listen on fd09::2
neighbor fd09::11 {
	remote-as 65010
	passive
	announce IPv4 unicast
	announce IPv6 unicast
}
neighbor fd09::12 {
	remote-as 65010
	passive
	announce IPv4 unicast
	announce policy provider enforce
}
allow from any
E
chmod 600 "$dir/openbgpd.conf"
mkdir /run/openbgpd
frr_start -l fd09::1 -l 10.9.0.1
start_in_router "$dir/openbgpd.log" /usr/sbin/bgpd -d -f "$dir/openbgpd.conf"
check 'FRR listens' within 20 listening_in_router '\[fd09::1\]'
check 'OpenBGPD listens' within 20 listening_in_router '\[fd09::2\]'
show="$dir/status $dir/log $dir/frr/bgpd.log $dir/openbgpd.log"
mkfifo "$dir/in"
exec {in}<>"$dir/in"
tell() { printf '%s\n' "$@" >&"$in"; }

# announcer OPTION...: starts bgp-announce with two sessions to FRR (IPv4, IPv6) and one to OpenBGPD.
announcer() {
	start bgp-announce -a 65010 -i 10.9.0.11 "$@" 10.9.0.1,as=65000,source=10.9.0.11 \
		fd09::1,as=65000,source=fd09::11 fd09::2,as=65000,source=fd09::11 \
		<"$dir/in" >"$dir/status" 2>"$dir/log"
	announcer=$started
}

# A ROUTE-REFRESH that a router sends after reading the routes shows that the session accepted the routes.
count_refreshes() { grep -c " refresh family=ipv6" "$dir/status"; }
refreshes() { [ "$(count_refreshes)" -ge "$1" ]; }
taken() {
	local before
	before=$(count_refreshes)
	vty 'clear bgp ipv6 unicast fd09::11 soft in'
	bgpctl -s "$dir/openbgpd.sock" neighbor fd09::11 refresh >/dev/null
	within 20 refreshes "$((before + 2))" && lacks ' down ' "$dir/status"
}
# ends FAMILY ROUTES SESSIONS: End-of-RIB was sent, after ROUTES routes, on exactly SESSIONS sessions.
ends() { [ "$(grep -c "end-of-rib family=$1 routes=$2" "$dir/status")" -eq "$3" ]; }

frr_has() { vty "show bgp ipv6 unicast $1 json" >"$dir/route" && has "$2" "$dir/route"; }
next_hops() {
	vty "show bgp ipv6 unicast $1 json" | perl -MJSON::PP -0777 -ne '
		print join(" ", map { $_->{ip} } @{decode_json($_)->{paths}[0]{nexthops}})'
}

# RFC 8950 section 4: OpenBGPD, and FRR by default, do not negotiate IPv6 next hops for IPv4. RFC 2545 section 3:
# fe80::99 is the link-local address of fd09::9.
announcer -x -n fd09::9 -n fe80::99 -T other:next-hop=fd09::8
tell 'announce 198.51.100.1/32' 'announce 2001:db8:1::9/128' 'announce 2001:db8:1::8/128 tag=other' \
	'announce 2001:db8:1::7/128 next-hop=fd09::7' end-of-rib
check 'all IPv6 routes are sent' within 20 ends ipv6 3 2
check 'the sessions stay up' taken
stats() { kill -USR1 "$announcer"; has "$1" "$dir/log"; }
check 'unsent IPv4 routes are counted with their reason' within 10 \
	stats 'peer=fd09::2 state=established .* unsent=1 reason=no-next-hop$'
check 'the log names the reason for unsent routes' has 'peer fd09::2: end-of-rib family=ipv4 routes=0 unsent=1 reason=no-next-hop' "$dir/log"
is "$(next_hops 2001:db8:1::9/128)" 'fd09::9 fe80::99' 'the link-local address accompanies the next hop of -n'
is "$(next_hops 2001:db8:1::8/128)" 'fd09::8' 'the link-local address does not accompany the next hop of a tag'
is "$(next_hops 2001:db8:1::7/128)" 'fd09::7' 'the link-local address does not accompany the next hop of a line'

# RFC 1997: 192 communities on one line.
many=$(seq -s, -f '65010:%.0f' 192)
tell "announce 2001:db8:1::6/128 community=$many"
check 'a route with 192 communities also has NO_EXPORT' within 20 frr_has 2001:db8:1::6/128 '65010:192 no-export'
stop "$announcer"

# RFC 4271 section 6.3: FRR closes the session for a next hop in 127.0.0.0/8, and accepts no martian prefix.
announcer -n 10.9.0.9 -n fd09::9
tell 'announce 198.51.100.50/32 next-hop=127.0.0.1' 'announce 224.0.0.0/4' 'announce 239.1.1.1/32' 'announce 0.0.0.0/32' \
	'announce 255.255.255.255/32' 'announce 127.0.0.1/32' 'announce ::1/128' 'announce ::/128' 'announce fe80::1/128' \
	'announce ff02::1/128' 'announce 198.51.100.1/32' 'announce 2001:db8:1::9/128' end-of-rib
check 'only routes that routers accept are sent' within 20 ends ipv4 1 3
check 'only acceptable IPv6 routes are sent' within 20 ends ipv6 1 2
check 'the sessions stay up' taken
vty 'show bgp ipv4 unicast neighbors 10.9.0.11 routes json' >"$dir/route"
is "$(grep -o '"network":"[^"]*"' "$dir/route" | xargs)" 'network:198.51.100.1/32' 'FRR has the counted route'
check 'IPv6 routes unsent for lack of the family are counted' within 10 \
	stats 'peer=10.9.0.1 state=established .* sent=1 .* unsent=1 reason=family-not-agreed$'
check 'the log names the reason for unsent routes' has 'peer 10.9.0.1: up .* \(the peer does not offer ipv6: routes of this family are not sent\)' "$dir/log"
stop "$announcer"

# RFC 4271 section 5.1.3: never send a router its own address as next hop.
announcer -n 10.9.0.1 -n fd09::9
tell 'announce 198.51.100.1/32' 'announce 198.51.100.2/32 next-hop=10.9.0.9' end-of-rib
check 'a route with the peer as next hop is not sent' within 20 \
	has 'peer 10.9.0.1 end-of-rib family=ipv4 routes=1 unsent=1 reason=next-hop-is-peer' "$dir/status"
stop "$announcer"

# RFC 9234 section 4.2: OpenBGPD requires a role.
start bgp-announce -a 65010 -i 10.9.0.12 -n 10.9.0.9 fd09::2,as=65000,source=fd09::12 \
	<"$dir/in" >"$dir/status" 2>"$dir/log"
check 'a required BGP role is reported' within 20 \
	has 'open-failed reason=notification-received error=open-message-error/role-mismatch$' "$dir/status"
check 'the log explains the missing role' within 5 has 'the peer requires a BGP role, which is not supported' "$dir/log"
stop "$started"

plan_done
