#!/usr/bin/env bash
# shellcheck disable=SC2034,SC2154,SC2317
# What the tests with real routers have in common. One begins with
#
#	#!/usr/bin/env bash
#	. t/lab/routers.sh
#
# and finds us (netns.sh and lib.sh have the rest) and a network namespace for the router, joined by a link:
#
#	bgp-announce, AS 65000	10.9.0.11 fd09::11 --+
#	bgp-announce, AS 65010	10.9.0.12 fd09::12 --+-- 10.9.0.1 fd09::1  the router, AS 65000
#
# So there are four sessions, each with both families: i4, i6 (internal) and e4, e6 (external). Those inside have
# TCP MD5 signatures with the key $password, those outside GTSM, so that none comes up without.
#
# The test defines how its router does these, and calls router_suite:
#	router_start		starts it, and waits till it listens
#	router_stop		stops it in order
#	router_table SESSION	prints what it has learned there, a route a line: PREFIX NEXT-HOP COMMUNITIES (or -)
#	router_prefixes SESSION	the same without what is behind the prefix, for large tables
#	router_count SESSION	how many these are, unless counting them does
#	router_refresh SESSION	makes it ask for the routes again; GoBGP never does
#	router_reset SESSION	makes it end the session, which may come again
#	router_watch		where it helps a graceful restart: starts a process that tells all changes of
#				what is in force; lost PREFIX gives the expression for one that is gone, and
#				watched may leave out what only looks so

. t/lab/netns.sh

sessions='i4 e4 i6 e6'
declare -A address=([i4]=10.9.0.11 [e4]=10.9.0.12 [i6]=fd09::11 [e6]=fd09::12)
password=secret

in_router() { in_namespace "$router" "$@"; }

# start_in_router LOG COMMAND...
start_in_router() { start_in_namespace "$router" "${@:2}" >>"$1" 2>&1; }

namespace router
ip link add ours type veth peer name router netns "$router"
for n in 11 12; do
	ip addr add "10.9.0.$n/24" dev ours
	ip addr add "fd09::$n/64" dev ours nodad
done
ip link set ours up
in_router ip addr add 10.9.0.1/24 dev router
in_router ip addr add fd09::1/64 dev router nodad
in_router ip link set router up

listening_in_router() { in_router ss -Hltn "sport = :179" | grep -qE "($1|0\.0\.0\.0|\*|\[::\]):179 "; }
router_listens() { within 20 listening_in_router 10\\.9\\.0\\.1 && within 20 listening_in_router "\\[fd09::1\\]"; }

# --- Us: two speakers, that of AS 65000 (i) and that of AS 65010 (e), which are told the same ---

mkfifo "$dir/in-i" "$dir/in-e"
exec {in_i}<>"$dir/in-i" {in_e}<>"$dir/in-e"
touch "$dir/status-i" "$dir/status-e"
say() {
	printf '%s\n' "$@" >&"$in_i"
	printf '%s\n' "$@" >&"$in_e"
}

# start_one_of_ours i|e AS
start_one_of_ours() {
	bgp-announce -a "$2" -i "${address[${1}4]}" -n 10.9.0.9 -n fd09::9 \
		"10.9.0.1,as=65000,export=yes,source=${address[${1}4]},${keys_of[$1]}" \
		"fd09::1,as=65000,export=yes,source=${address[${1}6]},${keys_of[$1]}" \
		<"$dir/in-$1" >>"$dir/status-$1" 2>>"$dir/log-$1" &
	pids+=("$!")
	ours[$1]=$!
}
echo "$password" >"$dir/password"
declare -A ours keys_of=([i]="password-file=$dir/password" [e]=gtsm=yes)
start_ours() {
	start_one_of_ours i 65000
	start_one_of_ours e 65010
}
stop_ours() { stop "${ours[i]}" && stop "${ours[e]}"; }
show="$dir/status-i $dir/status-e $dir/log-i $dir/log-e"

# events NAME NUMBER: so many of that name have there been, of all sessions.
count_events() { cat "$dir"/status-[ie] | grep -c "^[0-9.]* peer [^ ]* $1\b"; }
events() { [ "$(count_events "$1")" -ge "$2" ]; }

# --- What the router is to have ---

# expect LINE...: PREFIX NEXT-HOP COMMUNITIES, of a session of ours.
expect() { expected=$(printf '%s\n' "$@" | sort); }
holds() { diff <(router_table "$1" 2>&1 | sort) <(printf '%s' "${expected:+$expected$'\n'}") >"$dir/differs-$1"; }
all_hold() {
	local session
	for session in $sessions; do holds "$session" || return 1; done
}

# check_table NAME [SECONDS]
check_table() {
	local show="$show $dir/differs-i4 $dir/differs-i6 $dir/differs-e4 $dir/differs-e6"
	check "$1" within "${2-10}" all_hold
}

# many VERB: so many lines for the internal sessions, one of `many_of_ipv6` of them of IPv6; many_prefixes prints what they
# name.
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
	check_table 'announced'
	check 'End-of-RIB goes out for each family and session' within 5 events end-of-rib 8
	say 'announce 198.51.100.1/32 next-hop=10.9.0.8 community=65000:7' 'announce 2001:db8:1::1/128 next-hop=fd09::8' \
		'announce 203.0.113.0/24 community=65000:8'
	expect '198.51.100.1/32 10.9.0.8 65000:7' '203.0.113.0/24 10.9.0.9 65000:8' '2001:db8:1::1/128 fd09::8 -' \
		'2001:db8:4::/48 fd09::9 -'
	check_table 'replaced, with other attributes'
	say 'announce 198.51.100.1/32' 'announce 2001:db8:1::1/128' 'withdraw 203.0.113.0/24' 'withdraw 2001:db8:4::/48' \
		'withdraw 192.0.2.77/32'
	expect '198.51.100.1/32 10.9.0.9 -' '2001:db8:1::1/128 fd09::9 -'
	check_table 'replaced again, or withdrawn'
}

suite_refresh() {
	local session
	for session in $sessions; do router_refresh "$session"; done
	check 'a refresh is heard on each session, for both families' within 10 events refresh 8
	check_table 'and the routes stay'
}

suite_reset() {
	local session
	for session in $sessions; do router_reset "$session"; done
	check 'the router ends the sessions' within 10 events down 4
	check 'they come up again' within 30 events up 8
	check_table 'with the same routes'
}

suite_router_restarts() {
	router_stop
	check 'the router is stopped: the sessions end' within 20 events down 8
	say 'withdraw 198.51.100.1/32' 'announce 198.51.100.3/32'
	router_start
	expect '198.51.100.3/32 10.9.0.9 -' '2001:db8:1::1/128 fd09::9 -'
	check_table 'restarted, it has what is announced now' 60
}

suite_ours_restart() {
	stop_ours
	is $? 0 'we end'
	expect
	check_table 'and the routes go' 20
	start_ours
	say 'announce 198.51.100.4/32' 'announce 2001:db8:1::4/128' end-of-rib
	expect '198.51.100.4/32 10.9.0.9 -' '2001:db8:1::4/128 fd09::9 -'
	check_table 'restarted, we have the router know the new ones' 30
}

watched() { cat "$dir/watch"; }

# We are killed, and come back with one route less: the router forwards all the time by what it had, and drops only
# that one.
suite_graceful() {
	say 'announce 198.51.100.5/32' 'announce 2001:db8:1::5/128'
	expect '198.51.100.4/32 10.9.0.9 -' '2001:db8:1::4/128 fd09::9 -' '198.51.100.5/32 10.9.0.9 -' \
		'2001:db8:1::5/128 fd09::9 -'
	check_table 'more routes'
	router_watch >"$dir/watch" 2>&1
	watch=$started
	ups=$(count_events up)
	crash "${ours[@]}"
	start_ours
	say 'announce 198.51.100.4/32' 'announce 2001:db8:1::4/128'
	check "killed, we come up again" within 30 events up "$((ups + 4))"
	check_table 'till we have said all, the router keeps what it had'
	say end-of-rib
	expect '198.51.100.4/32 10.9.0.9 -' '2001:db8:1::4/128 fd09::9 -'
	check_table 'then only what we said'
	check 'it has told of the one that is gone' within 10 has "$(lost 198.51.100.5)" "$dir/watch"
	check 'and dropped no other for a moment' lacks "$(lost '198.51.100.4|2001:db8:1::4')" <(watched)
	stop "$watch"
}

suite_many() {
	local session
	{
		many_prefixes
		printf '%s\n' 198.51.100.4/32 2001:db8:1::4/128
	} | sort >"$dir/many"
	many announce
	for session in i4 i6; do
		check "$many_routes routes to $session" within 30 counts "$session" "$((many_routes + 2))"
		check 'which are the right ones' holds_prefixes "$session" "$dir/many"
	done
	many withdraw
	for session in i4 i6; do check "and away from $session" within 30 counts "$session" 2; done
	check_table 'which has what it had before'
}

router_suite() {
	router_start
	check 'the router listens' router_listens
	start_ours
	check 'four sessions come up' within 20 events up 4
	suite_changes
	[ "$(type -t router_refresh)" != function ] || suite_refresh
	suite_reset
	suite_router_restarts
	suite_ours_restart
	[ "$(type -t router_watch)" != function ] || suite_graceful
	suite_many
}
