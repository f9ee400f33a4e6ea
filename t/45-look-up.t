#!/usr/bin/env bash
# shellcheck disable=SC2317
# bgp-announce --control and --ask: the state of a route, and clients that must not delay a session.
. t/lab/netns.sh
. t/lab/clients.sh

socket=$dir/control
# A router that accepts both families, one without IPv6, and one that is down.
cat >"$dir/bird.conf" <<E2
router id 127.0.0.1;
protocol device { }
template bgp ours {
	passive on; multihop;
	ipv4 { import all; export none; };
}
protocol bgp both from ours { local 127.0.0.1 as 65000; neighbor 127.0.1.1 as 65000; ipv6 { import all; export none; }; }
protocol bgp four from ours { local 127.0.0.2 as 65000; neighbor 127.0.1.2 as 65000; }
E2
bird -c "$dir/bird.conf" -s "$dir/bird.ctl" -P "$dir/bird.pid" || { echo 'Bail out! BIRD does not start'; exit 1; }
pids+=("$(cat "$dir/bird.pid")")
mkfifo "$dir/in"
exec 5<>"$dir/in"
bgp-announce -a 65000 -i 10.0.0.1 -n 192.0.2.9 -n 2001:db8::9 --hold-time 3 --control "$socket" -S "$dir/stats" \
	127.0.0.1,source=127.0.1.1 127.0.0.2,source=127.0.1.2,tags=web 127.0.0.9 <"$dir/in" >"$dir/status" 2>"$dir/log" &
announcer=$!
pids+=("$announcer")
show="$dir/status $dir/log $dir/out"

ups() { [ "$(grep -c ' up ' "$dir/status")" -eq 2 ]; }
check 'two of three sessions are established' within 20 ups
is "$(stat -c '%a %F' "$socket")" '600 socket' 'only the owner may use the socket'
printf 'announce %s\n' '198.51.100.1/32 tag=web' '198.51.100.2/32 tag=mail' '2001:db8:1::1/128 tag=web' >&5
echo end-of-rib >&5

# ask LINE...: prints the exit status and the reply.
ask() {
	printf '%s\n' "$@" | timeout 20 bgp-announce --ask "$socket" >"$dir/out" 2>&1
	echo "$? $(cat "$dir/out")"
}
sent() { [[ $(ask 2001:db8:1::1/128) = *' sent=1 '* ]] && [[ $(ask 198.51.100.1/32) = *' sent=2 '* ]]; }
check 'routes are sent' within 20 sent
is "$(ask '198.51.100.1/32 tag=web')" \
	'0 route 198.51.100.1/32 announced next-hop=192.0.2.9 peers=3 sent=2 pending=0 withheld=0 no-family=0 no-session=1' \
	'a reply counts the peers with the route and those without a session'
is "$(ask '198.51.100.2/32 tag=mail')" \
	'0 route 198.51.100.2/32 announced next-hop=192.0.2.9 peers=3 sent=1 pending=0 withheld=1 no-family=0 no-session=1' \
	'a reply counts peers whose tags exclude the route'
is "$(ask '2001:db8:1::1/128 tag=web')" \
	'0 route 2001:db8:1::1/128 announced next-hop=2001:db8::9 peers=3 sent=1 pending=0 withheld=0 no-family=1 no-session=1' \
	'a reply counts peers whose session lacks the family'
is "$(ask 203.0.113.1/32 192.0.2.9/32)" "0 route 203.0.113.1/32 absent
route 192.0.2.9/32 refused the prefix is a next hop, a peer or a source address" 'an absent route and a refused one have different replies'
ask www.example.org 198.51.100.2/32 >/dev/null
check 'a bad line is reported with its number' has '^bgp-announce: line 1: ' "$dir/out"
check 'the lines after a bad line are answered' has '^route 198.51.100.2/32 announced ' "$dir/out"
is "$(ask www.example.org | cut -c 1)" 2 'a bad line: exit status 2'
timeout 20 bgp-announce --ask "$dir/none" </dev/null >"$dir/out" 2>&1
is "$? $(cat "$dir/out")" "2 bgp-announce: $dir/none: No such file or directory" 'no socket: exit status 2'

# answered ADDRESS: a line on stdin becomes a route, and a request for it is answered.
answered() {
	echo "announce $1/32 tag=web" >&5
	arrived() { [[ $(ask "$1/32") = *' sent=2 '* ]]; }
	within 10 arrived "$1"
}
clients "$socket" 1 ''
check 'a silent client delays nothing' answered 198.51.100.11
clients "$socket" 1 'bgp-announce 1 rou'
check 'half a request delays nothing' answered 198.51.100.12
clients "$socket" 20 "$(head -c 100000 /dev/urandom | tr -d '\0')"
check 'garbage delays nothing' answered 198.51.100.13
clients "$socket" 60 "bgp-announce 1 route
$(yes 198.51.100.1/32 | head -n 2000)
" half
check 'clients that do not read delay nothing' answered 198.51.100.14
clients "$socket" 1000 ''
check 'a thousand clients delay nothing' answered 198.51.100.15
away
kill -s USR1 "$announcer"
check 'clients are counted' within 20 has ' clients=[1-9][0-9]* clients_refused=[1-9]' "$dir/stats"
is "$(grep -c ' down ' "$dir/status")" 0 'no session ended, with a hold time of 3 s'

exec 5>&-
stop "$announcer"
is "$? $([ -e "$socket" ] && echo left)" '0 ' 'the program removes its socket at exit'
plan_done
