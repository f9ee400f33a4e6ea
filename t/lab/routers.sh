#!/usr/bin/env bash
# shellcheck disable=SC2034,SC2154,SC2317
# The common part of the tests with real routers. Such a test begins with
#
#	#!/usr/bin/env bash
#	. t/lab/routers.sh
#
# and gets two speakers in its own network namespace and a namespace for the router, connected by a veth link:
#
#	bgp-announce, AS 65000	10.9.0.11 fd09::11 --+
#	bgp-announce, AS 65010	10.9.0.12 fd09::12 --+-- 10.9.0.1 fd09::1  the router, AS 65000
#
# There are four sessions, each with both families: i4, i6 (internal, TCP MD5 with the key $password) and e4, e6
# (external, GTSM). The router requires MD5 and GTSM, so no session is established without them.
#
# The test defines these functions for its router, and calls router_suite:
#	router_start		starts the router
#	router_stop		stops the router with an orderly shutdown
#	router_daemons		prints the process IDs of the router
#	router_table SESSION	prints the routes learned on SESSION, one per line: PREFIX NEXT-HOP COMMUNITIES (or -)
#	router_prefixes SESSION	prints only the prefixes of these routes, for large tables
#	router_count SESSION	prints the number of these routes (optional; the default counts the prefixes)
#	router_refresh SESSION	sends ROUTE-REFRESH (optional; GoBGP never sends one)
#	router_reset SESSION	closes the session; the router accepts a new one
#	router_watch		starts a process that prints each change of the forwarding table (optional, for graceful
#				restart); lost PREFIX prints the expression that matches a removed route, and watched
#				may filter the output

. t/lab/netns.sh

sessions='i4 e4 i6 e6'
declare -A address=([i4]=10.9.0.11 [e4]=10.9.0.12 [i6]=fd09::11 [e6]=fd09::12)
password=secret

in_router() { in_namespace "$router" "$@"; }

# start_in_router LOG COMMAND...: starts the command in the router's namespace, with its output in the file LOG.
start_in_router() { start_in_namespace "$router" "${@:2}" >>"$1" 2>&1; }

namespace router
ip link add speaker type veth peer name router netns "$router"
for n in 11 12; do
	ip addr add "10.9.0.$n/24" dev speaker
	ip addr add "fd09::$n/64" dev speaker nodad
done
ip link set speaker up

in_router ip addr add 10.9.0.1/24 dev router
in_router ip addr add fd09::1/64 dev router nodad
in_router ip link set router up

listening_in_router() { in_router ss -Hltn "sport = :179" | grep -qE "($1|0\.0\.0\.0|\*|\[::\]):179 "; }
router_listens() { within 20 listening_in_router 10\\.9\\.0\\.1 && within 20 listening_in_router "\\[fd09::1\\]"; }

# --- The two speakers, of AS 65000 (i) and AS 65010 (e), which get the same route lines ---

mkfifo "$dir/in-i" "$dir/in-e" "$dir/acks-i" "$dir/acks-e"
exec {in_i}<>"$dir/in-i" {in_e}<>"$dir/in-e" {acks_i}<>"$dir/acks-i" {acks_e}<>"$dir/acks-e"
touch "$dir/status-i" "$dir/status-e"
say() {
	printf '%s\n' "$@" >&"$in_i"
	printf '%s\n' "$@" >&"$in_e"
}

# start_speaker i|e AS: starts the internal or external speaker, which has this AS number.
start_speaker() {
	bgp-announce -a "$2" -i "${address[${1}4]}" -n 10.9.0.9 -n fd09::9 --ack "$dir/acks-$1" \
		"10.9.0.1,as=65000,export=yes,source=${address[${1}4]},${keys_of[$1]}" \
		"fd09::1,as=65000,export=yes,source=${address[${1}6]},${keys_of[$1]}" \
		<"$dir/in-$1" >>"$dir/status-$1" 2>>"$dir/log-$1" &
	pids+=("$!")
	speakers[$1]=$!
}
echo "$password" >"$dir/password"
declare -A speakers keys_of=([i]="password-file=$dir/password" [e]=gtsm=yes)
start_speakers() {
	start_speaker i 65000
	start_speaker e 65010
}
stop_speakers() { stop "${speakers[i]}" && stop "${speakers[e]}"; }
show="$dir/status-i $dir/status-e $dir/log-i $dir/log-e"

# events NAME NUMBER: the status lines of all sessions have at least NUMBER events of that name.
count_events() { cat "$dir"/status-[ie] | grep -c "^[0-9.]* peer [^ ]* $1\b"; }
events() { [ "$(count_events "$1")" -ge "$2" ]; }

# returns FIFO ID [SECONDS]: the next line of the FIFO, within the time, is this barrier.
returns() {
	local line=''
	read -r -t "${3-$((${T_BUSY-6} * 10))}" line <&"$1"
	[ "$line" = "# barrier $2" ]
}

# --- The routes expected at the router ---

# expect LINE...: each session has exactly these routes: PREFIX NEXT-HOP COMMUNITIES.
expect() { expected=$(printf '%s\n' "$@" | sort); }
holds() { diff <(router_table "$1" 2>&1 | sort) <(printf '%s' "${expected:+$expected$'\n'}") >"$dir/differs-$1"; }
all_hold() {
	local session
	for session in $sessions; do holds "$session" || return 1; done
}

# check_table NAME [SECONDS]: within SECONDS (default 10), each session has the expected routes.
check_table() {
	local show="$show $dir/differs-i4 $dir/differs-i6 $dir/differs-e4 $dir/differs-e6"
	check "$1" within "${2-10}" all_hold
}

# many VERB: sends $many_routes lines `VERB PREFIX` to the internal speaker; one in $many_of_ipv6 is IPv6. many_prefixes prints
# only the prefixes.
many_routes=100000 many_of_ipv6=2
many_prefixes() {
	awk -v n="$many_routes" -v of_ipv6="$many_of_ipv6" 'BEGIN {
		for (i = 1; i <= n; i++)
			if (i % of_ipv6 == 0)
				printf "2001:db8:2:%x::%x/128\n", i / 256 + 1, i % 256 + 1
			else
				printf "10.%d.%d.%d/32\n", i / 65536 + 100, i / 256 % 256, i % 256
	}'
}
many() { many_prefixes | sed "s/^/$1 /" >&"$in_i"; }
router_count() { router_prefixes "$1" | wc -l; }
counts() { [ "$(router_count "$1")" -eq "$2" ]; }
holds_prefixes() { router_prefixes "$1" | sort | cmp -s - "$2"; }

# --- The suite ---

suite_changes() {
	expect '198.51.100.1/32 10.9.0.9 -' '203.0.113.0/24 10.9.0.9 -' '2001:db8:1::1/128 fd09::9 -' \
		'2001:db8:4::/48 fd09::9 -'
	say 'announce 198.51.100.1/32 name=a.example' 'announce 203.0.113.0/24' 'announce 2001:db8:1::1/128' \
		'announce 2001:db8:4::/48' 'announce 198.51.100.2/32' 'announce 2001:db8:1::2/128' end-of-rib \
		'withdraw 198.51.100.2/32' 'withdraw 2001:db8:1::2/128'
	check_table 'the router has the announced routes'
	check 'End-of-RIB is sent for each family and session' within 5 events end-of-rib 8
	say 'announce 198.51.100.1/32 next-hop=10.9.0.8 community=65000:7' 'announce 2001:db8:1::1/128 next-hop=fd09::8' \
		'announce 203.0.113.0/24 community=65000:8'
	expect '198.51.100.1/32 10.9.0.8 65000:7' '203.0.113.0/24 10.9.0.9 65000:8' '2001:db8:1::1/128 fd09::8 -' \
		'2001:db8:4::/48 fd09::9 -'
	check_table 'routes are replaced by ones with other attributes'
	say 'announce 198.51.100.1/32' 'announce 2001:db8:1::1/128' 'withdraw 203.0.113.0/24' 'withdraw 2001:db8:4::/48' \
		'withdraw 192.0.2.77/32'
	expect '198.51.100.1/32 10.9.0.9 -' '2001:db8:1::1/128 fd09::9 -'
	check_table 'routes are replaced again, or withdrawn'
}

has_prefix() { router_prefixes "$1" | grep -q -x -F "$2"; }

# An acknowledgement comes from the kernel of the router, so the daemon may need a moment to read the route.
suite_barriers() {
	local n session lost=0 late=0
	for n in {11..15}; do
		say "announce 198.51.100.$n/32" "announce 2001:db8:1::$n/128" "# barrier route-$n"
		returns "$acks_i" "route-$n" && returns "$acks_e" "route-$n" || lost=$((lost + 1))
		for session in $sessions; do
			within 1 has_prefix "$session" "198.51.100.$n/32" || late=$((late + 1))
		done
	done
	is $lost 0 'each barrier returns'
	is $late 0 'then each session has the route'
	for n in {11..15}; do say "withdraw 198.51.100.$n/32" "withdraw 2001:db8:1::$n/128"; done
	say '# barrier withdrawn'
	returns "$acks_i" withdrawn && returns "$acks_e" withdrawn
	ok $? 'a barrier behind withdrawals returns'
	check_table 'then the routes are withdrawn' 1
}

suite_refresh() {
	local session
	for session in $sessions; do router_refresh "$session"; done
	check 'a ROUTE-REFRESH arrives on each session, for both families' within 10 events refresh 8
	check_table 'the routes remain after the refresh'
}

suite_reset() {
	local session
	for session in $sessions; do router_reset "$session"; done
	check 'the router closes the sessions' within 10 events down 4
	check 'the sessions are established again' within 30 events up 8
	check_table 'the routes are the same after the reset'
}

suite_router_restarts() {
	router_stop
	check 'the sessions end when the router is stopped' within 20 events down 8
	say 'withdraw 198.51.100.1/32' 'announce 198.51.100.3/32'
	router_start
	expect '198.51.100.3/32 10.9.0.9 -' '2001:db8:1::1/128 fd09::9 -'
	check_table 'a restarted router has the routes announced now' 60
}

suite_speakers_restart() {
	stop_speakers
	is $? 0 'both speakers end in order'
	expect
	check_table 'the router removes their routes' 20
	start_speakers
	say 'announce 198.51.100.4/32' 'announce 2001:db8:1::4/128' end-of-rib
	expect '198.51.100.4/32 10.9.0.9 -' '2001:db8:1::4/128 fd09::9 -'
	check_table 'restarted speakers announce the new routes' 30
}

watched() { cat "$dir/watch"; }

# The speakers are killed, and start again with one route less. The router keeps forwarding with the stale routes, and removes
# only the missing route (RFC 4724).
suite_graceful() {
	say 'announce 198.51.100.5/32' 'announce 2001:db8:1::5/128'
	expect '198.51.100.4/32 10.9.0.9 -' '2001:db8:1::4/128 fd09::9 -' '198.51.100.5/32 10.9.0.9 -' \
		'2001:db8:1::5/128 fd09::9 -'
	check_table 'the router has two more routes'
	router_watch >"$dir/watch" 2>&1
	watch=$started
	ups=$(count_events up)
	crash "${speakers[@]}"
	start_speakers
	say 'announce 198.51.100.4/32' 'announce 2001:db8:1::4/128'
	check 'the sessions are established again after a kill' within 30 events up "$((ups + 4))"
	check_table 'before End-of-RIB the router keeps the stale routes'
	say end-of-rib
	expect '198.51.100.4/32 10.9.0.9 -' '2001:db8:1::4/128 fd09::9 -'
	check_table 'after End-of-RIB it has only the routes announced since'
	check 'it removed the missing route' within 10 has "$(lost 198.51.100.5)" "$dir/watch"
	check 'it removed no other route, not even briefly' lacks "$(lost '198.51.100.4|2001:db8:1::4')" <(watched)
	stop "$watch"
}

suite_many() {
	local session
	{
		many_prefixes
		printf '%s\n' 198.51.100.4/32 2001:db8:1::4/128
	} | sort >"$dir/many"
	# More than the kernel of the router acknowledges while the daemon reads nothing.
	router_daemons | xargs kill -STOP
	many announce
	echo '# barrier many' >&"$in_i"
	returns "$acks_i" many 1
	is $? 1 'while the daemon is stopped, a barrier behind many routes does not return'
	say '# barrier none'
	check 'without new routes a barrier returns' returns "$acks_e" none
	router_daemons | xargs kill -CONT
	check 'when the daemon continues, the barrier returns' returns "$acks_i" many
	check 'the next one follows' returns "$acks_i" none
	for session in i4 i6; do
		check "$many_routes routes reach $session" within 30 counts "$session" "$((many_routes + 2))"
		check "the prefixes at $session are the right ones" holds_prefixes "$session" "$dir/many"
	done
	many withdraw
	for session in i4 i6; do check "they are withdrawn from $session" within 30 counts "$session" 2; done
	check_table 'the earlier routes remain'
}

router_suite() {
	router_start
	check 'the router listens' router_listens
	start_speakers
	check 'four sessions are established' within 20 events up 4
	suite_changes
	suite_barriers
	[ "$(type -t router_refresh)" != function ] || suite_refresh
	suite_reset
	suite_router_restarts
	suite_speakers_restart
	[ "$(type -t router_watch)" != function ] || suite_graceful
	suite_many
}
