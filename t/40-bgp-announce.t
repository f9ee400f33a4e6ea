#!/usr/bin/env bash
# shellcheck disable=SC2317
# bgp-announce with BIRD as the router.
. t/lab/lib.sh

ctl=$dir/bird.ctl

# Four sessions: iBGP and eBGP, over IPv4 and IPv6, each with separate tables.
bird_conf() {
	cat <<-EOF
	router id 10.0.0.2;
	log "$dir/bird.log" all;
	protocol device {}
	EOF
	while read -r name local neighbor as; do
		cat <<-EOF
		ipv4 table ${name}_4;
		ipv6 table ${name}_6;
		protocol bgp $name {
			local $local as $as;
			neighbor $neighbor as 65000;
			passive on; multihop;
			ipv4 { table ${name}_4; import all; export none; };
			ipv6 { table ${name}_6; import all; export none; };
		}
		EOF
	done <<-EOF
	i4 127.0.0.1 127.0.1.1 65000
	e4 127.0.0.2 127.0.1.2 4200000001
	i6 fd00::1 fd00::11 65000
	e6 fd00::2 fd00::12 65001
	EOF
}

birdc() { command birdc -s "$ctl" "$@"; }
start_bird() { bird -c "$dir/bird.conf" -s "$ctl" -P "$dir/bird.pid" && pids+=("$(cat "$dir/bird.pid")"); }
stop_bird() { local pid; pid=$(cat "$dir/bird.pid"); birdc down >/dev/null; within 5 gone "$pid"; }

# table NAME: prints the prefixes in that table of BIRD, sorted. all_hold: the table of each session has exactly these
# prefixes.
table() { birdc show route table "$1" | awk '$1 ~ "/" { print $1 }' | sort | xargs; }
holds() { [ "$(table "$1")" = "$2" ]; }
all_hold() {
	local name
	for name in i4 e4 i6 e6; do
		holds "${name}_4" "$1" && holds "${name}_6" "$2" || return 1
	done
}
count_is() { birdc show route count table "$1" | grep -q "^$2 of"; }
route() { birdc show route all table "$1" for "$2"; }
say() { printf '%s\n' "$@" >&9; }

for n in 1 2 11 12; do ip addr add "fd00::$n/128" dev lo nodad; done
bird_conf >"$dir/bird.conf"
start_bird || { echo "Bail out! BIRD does not start"; exit 1; }
cat >"$dir/peers" <<EOF
# sessions over IPv6
fd00::1 source=fd00::11
fd00::2 as=65001 source=fd00::12 port=179
EOF

us="-a 65000 -i 10.0.0.1 -n 192.0.2.9 -n 2001:db8::9"
mkfifo "$dir/in"
exec 9<>"$dir/in"
# shellcheck disable=SC2086
bgp-announce $us -S "$dir/stats" -f "$dir/peers" 127.0.0.1,source=127.0.1.1 \
	127.0.0.2,as=4200000001,source=127.0.1.2,hops=1 <"$dir/in" >"$dir/status" 2>"$dir/log" &
announcer=$!
pids+=("$announcer")
show="$dir/status $dir/log"

ups() { [ "$(grep -c ' up ' "$dir/status")" -eq "$1" ]; }
downs() { [ "$(grep -c ' down ' "$dir/status")" -eq "$1" ]; }
ends() { [ "$(grep -c ' end-of-rib ' "$dir/status")" -eq "$1" ]; }

check "four sessions are established" within 10 ups 4
like "$(grep ' 127.0.0.2 up ' "$dir/status")" \
	'^[0-9]+\.[0-9]{6} peer 127\.0\.0\.2 up as=4200000001 families=ipv4,ipv6 hold=90 restart=120$' "a status line reports an established session"

say "announce 198.51.100.1/32 name=a.example" "announce 203.0.113.0/24" "announce 2001:db8:1::1/128"
check "routes of both families arrive" within 5 all_hold "198.51.100.1/32 203.0.113.0/24" "2001:db8:1::1/128"
check "no End-of-RIB is sent before end-of-rib" lacks end-of-rib "$dir/status"
say "end-of-rib"
check "End-of-RIB is sent for each family and peer" within 5 ends 8
like "$(route i4_4 198.51.100.1/32)" 'origin: IGP.*as_path: .*next_hop: 192\.0\.2\.9.*local_pref: 100' "an internal peer gets ORIGIN, NEXT_HOP and LOCAL_PREF"
like "$(route e4_4 198.51.100.1/32)" 'as_path: 65000.*next_hop: 192\.0\.2\.9' "an external peer gets AS_PATH and NEXT_HOP"
like "$(route e6_6 2001:db8:1::1/128)" 'as_path: 65000.*next_hop: 2001:db8::9' "an IPv6 route has an IPv6 next hop"

updates() { birdc show protocols all i4 | awk '/Import updates/ { n += $3 } END { print n }'; }
before=$(updates)
say "announce 198.51.100.1/32 name=b.example" "withdraw 192.0.2.77/32" "announce 198.51.100.2/32"
check "a route announced after End-of-RIB arrives" within 5 all_hold "198.51.100.1/32 198.51.100.2/32 203.0.113.0/24" "2001:db8:1::1/128"
is "$(updates)" $((before + 1)) "a line without a change sends no UPDATE"
say "withdraw 203.0.113.0/24" "withdraw 2001:db8:1::1/128"
check "routes are withdrawn" within 5 all_hold "198.51.100.1/32 198.51.100.2/32" ""

say "announce 0.0.0.0/0" "announce ::/0" "announce 192.0.2.1/24" "nonsense" \
	"announce 127.0.0.2/32" "announce 192.0.2.9/32" "announce 198.51.100.3/32"
martians="0.0.0.0/32 127.9.9.9/32 127.128.0.0/9 224.0.0.0/4 239.1.2.3/32 240.0.0.1/32 255.255.255.255/32 ::/128 ::1/128
	::ffff:198.51.100.1/128 fe80::1/128 ff02::1/128"
for prefix in $martians; do say "announce $prefix"; done
say "announce 192.0.2.0/25" "announce 2001:db8::/32" "announce fd00::/64" "announce 203.0.113.9/32 next-hop=127.0.0.1" \
	"announce 2001:db8:9::9/128 next-hop=::1"
check "bad lines and default routes are not announced" within 5 \
	all_hold "198.51.100.1/32 198.51.100.2/32 198.51.100.3/32" ""
check "a refused default route is logged" has "line 10: 0.0.0.0/0 refused" "$dir/log"
check "a local address is refused" has "line 14: 127.0.0.2/32 refused" "$dir/log"
for prefix in $martians; do check "$prefix is refused" within 5 has " $prefix refused: (an?|the) " "$dir/log"; done
check "a prefix that covers a next hop is refused" within 5 \
	has " 192\.0\.2\.0/25 refused: the prefix contains a next hop, .*; --allow-covering announces it" "$dir/log"
check "a prefix that covers an IPv6 next hop is refused" within 5 has " 2001:db8::/32 refused: the prefix contains a next hop" "$dir/log"
check "a prefix that covers a peer is refused" within 5 has " fd00::/64 refused: the prefix contains .* a peer or" "$dir/log"
loopback_hops() { [ "$(grep -c ": next-hop cannot be a loopback" "$dir/log")" -eq 2 ]; }
check "loopback next hops of both families are refused" within 5 loopback_hops
check "the sessions and routes remain" all_hold "198.51.100.1/32 198.51.100.2/32 198.51.100.3/32" ""
check "a bad line is reported with its number" has "line 12: host bits are set after the prefix length" "$dir/log"

birdc reload in i4 >/dev/null
check "a ROUTE-REFRESH is reported" within 5 has '127.0.0.1 refresh family=ipv4' "$dir/status"
check "the routes remain after the refresh" all_hold "198.51.100.1/32 198.51.100.2/32 198.51.100.3/32" ""

kill -USR1 "$announcer"
check "SIGUSR1 writes the counters to the file of --stats" within 2 \
	has 'stats lines=.* bad_lines=4 unknown_keys=0 no_next_hop=0 default_routes=2 own_addresses=2 covering=3 martians=12 over_limit=0 routes_ipv4=3 routes_ipv6=0' "$dir/stats"
check "the counters have a line for each peer" within 5 \
	has 'stats peer=127.0.0.1 state=established error=none since=[0-9]+ sent=3 pending=0 messages_in=[0-9]+ messages_out=[0-9]+ unsent=0$' "$dir/stats"

# SIGHUP: one peer is removed, one gets another export policy, one is added; those on the command line are unchanged.
cat >"$dir/peers" <<EOF
fd00::2 as=65001 source=fd00::12 export=yes
fd00::3 source=fd00::13 tags=some
EOF
kill -HUP "$announcer"
check "SIGHUP reloads the peers" within 10 has 'peers read again' "$dir/log"
check "a removed peer gets Peer De-configured" within 10 has 'peer fd00::1 down reason=shutdown error=.*cease/peer-de-configured' \
	"$dir/status"
check "an added peer is connected to" within 10 has 'peer fd00::3 (connect|open)-failed' "$dir/status"
like "$(route e4_4 198.51.100.1/32)" 'community: \(65535,65281\)' "an external peer gets NO_EXPORT"
unexported() { ! route e6_4 198.51.100.1/32 | grep -q 65535,65281; }
check "a peer with the new export=yes gets routes without it" within 10 unexported
is "$(grep -c ' peer fd00::2 ' "$dir/status")" 3 "the session stays up when export changes"
cat >"$dir/peers" <<EOF
fd00::1 source=fd00::11
fd00::2 as=65001 source=fd00::12 export=yes
EOF
kill -HUP "$announcer"
check "a peer that is added back is established" within 10 ups 5
check "a peer that is added back gets all routes" within 5 all_hold "198.51.100.1/32 198.51.100.2/32 198.51.100.3/32" ""
echo "fd00::7 colour=red" >>"$dir/peers"
kill -HUP "$announcer"
check "a bad line in the peer file is reported and changes nothing" within 5 has "peers:[0-9]+: unknown key.*keeping the previous peers" "$dir/log"
sed -i '$d' "$dir/peers"
: >"$dir/status"

stop_bird
check "BIRD closes the sessions" within 5 downs 4
check "the reason of BIRD's NOTIFICATION is reported" has 'down reason=notification-received error=cease/' "$dir/status"
say "withdraw 198.51.100.1/32" "announce 198.51.100.4/32"
start_bird
check "after a restart BIRD has exactly the announced routes" within 15 \
	all_hold "198.51.100.2/32 198.51.100.3/32 198.51.100.4/32" ""
check "End-of-RIB is sent again" within 5 ends 8

# many VERB: sends 100,000 lines.
many() {
	awk -v verb="$1" 'BEGIN {
		for (i = 0; i < 100000; i++)
			printf "%s 10.%d.%d.%d/32\n", verb, i / 65536, i / 256 % 256, i % 256
	}' >&9
}
many announce
for name in i4 e4 i6 e6; do
	check "100,000 routes reach $name" within 20 count_is "${name}_4" 100003
done
many withdraw
for name in i4 e4 i6 e6; do
	check "100,000 routes are withdrawn from $name" within 20 count_is "${name}_4" 3
done

stop "$announcer"
is $? 0 "bgp-announce exits with status 0 on SIGTERM"
check "the router removes the routes" within 5 all_hold "" ""
like "$(birdc show protocols)" 'Received: Administrative shutdown' "BIRD gets Administrative Shutdown"
check "the final counters are in the stats file" has 'routes_ipv4=3' "$dir/stats"
exec 9>&-

# Graceful restart: with --on-exit=retain the router keeps the routes when bgp-announce ends, is killed, or loses its
# input. End-of-RIB then removes the stale routes.
restart() {
	start bgp-announce -a 65000 -i 10.0.0.1 -n 192.0.2.9 --on-exit=retain --on-eof=retain \
		127.0.0.1,source=127.0.1.1 <"$dir/in" >"$dir/status" 2>"$dir/log"
}
has_two() { holds i4_4 "198.51.100.1/32 198.51.100.2/32"; }
exec 9<>"$dir/in"
restart
say "announce 198.51.100.1/32" "announce 198.51.100.2/32" end-of-rib
check "the router has two routes" within 20 has_two
stop "$started"
is $? 0 "--on-exit=retain: exit status 0"
check "the router keeps the routes" has_two
for how in KILL TERM; do
	restart
	say "announce 198.51.100.1/32"
	check "the next session is established" within 20 has ' up as=65000 .* restart=120' "$dir/status"
	say "announce 198.51.100.2/32"
	sent() { kill -USR1 "$started"; has 'sent=2 pending=0' "$dir/log"; }
	check "the next session has sent its routes" within 10 sent
	stop "$started" "$how" 2>/dev/null
	check "the router keeps the stale routes after $how" has_two
done
restart
say "announce 198.51.100.2/32"
check "the session is established" within 20 has ' up ' "$dir/status"
check "without End-of-RIB no route is removed" has_two
say end-of-rib
check "End-of-RIB removes routes that were not announced again" within 10 holds i4_4 "198.51.100.2/32"
stop "$started"
exec 9>&-
is_up() { has ' up ' "$dir/status"; }
: >"$dir/status"
{
	echo "announce 198.51.100.3/32"
	within 20 is_up
} | bgp-announce -a 65000 -i 10.0.0.1 -n 192.0.2.9 -o retain -e retain 127.0.0.1,source=127.0.1.1 \
	>"$dir/status" 2>"$dir/log"
is $? 0 "--on-eof=retain: exit status 0 at the end of stdin"
check "--on-eof=retain sends no End-of-RIB" lacks end-of-rib "$dir/status"

# The end of stdin is End-of-RIB; --on-eof=exit ends when all routes are sent. A closed stdout is no error.
echo "announce 198.51.100.1/32" | bgp-announce -a 65000 -i 10.0.0.1 -n 192.0.2.9 --on-eof=exit \
	127.0.0.1,source=127.0.1.1 2>"$dir/log" | true
is "${PIPESTATUS[1]}" 0 "--on-eof=exit: status 0 with a closed stdout"

printf '%s\n' "announce 198.51.100.1/32" "announce 2001:db8::1/128" | bgp-announce -a 65000 -i 10.0.0.1 \
	-n 2001:db8::9 --on-eof=exit 127.0.0.1,source=127.0.1.1 >"$dir/status" 2>"$dir/log"
check "a family without a next hop is not offered" has ' up as=65000 families=ipv6 ' "$dir/status"
check "the refused routes of a family without a next hop are logged" has '198.51.100.1/32 refused: no IPv4 next hop' "$dir/log"

start bgp-announce -a 65009 -i 10.0.0.1 -n 192.0.2.9 127.0.0.1,as=65000,source=127.0.1.1,hops=2 \
	</dev/null >"$dir/status" 2>"$dir/log"
check "a wrong AS is reported as bad-peer-as" within 5 \
	has 'open-failed reason=notification-received error=open-message-error/bad-peer-as' "$dir/status"
turned_away() { [ "$(grep -c open-failed "$dir/status")" -ge 2 ]; }
check "the connection is retried" within 30 turned_away
: >"$dir/log"
kill -USR1 "$started"
check "the counters have the decisive error and its remedy" within 5 \
	has ' state=[a-z]+ error=open-message-error/bad-peer-as \(compare as= and .*\) since=' "$dir/log"
stop "$started"
start bgp-announce -a 65000 -i 10.0.0.1 -n 192.0.2.9 127.0.0.1,port=1,source=127.0.1.1 \
	</dev/null >"$dir/status" 2>"$dir/log"
refusals() { [ "$(grep -c ' peer 127.0.0.1 connect-failed error=connection-refused port=1$' "$dir/status")" -ge "$1" ]; }
check "a refused connection is reported and retried" within 10 refusals 2
# After four failures the next pause is six seconds or more.
gap() { awk -v n="$1" 'NR == n { before = $1 } NR == n + 1 { print int($1 - before) }' "$dir/status"; }
check "four attempts fail" within 20 refusals 4
kill -USR2 "$started"
check "SIGUSR2 ends a pause" within 10 refusals 5
[ "$(gap 4)" -lt 6 ]
ok $? "SIGUSR2 causes an immediate attempt: after $(gap 4) s"
stop "$started"
start bgp-announce -a 65000 -i 10.0.0.1 -n 192.0.2.9 --retry-max 1s 127.0.0.1,port=1,source=127.0.1.1 \
	</dev/null >"$dir/status" 2>"$dir/log"
check "--retry-max bounds the pauses" within 20 refusals 5
[ "$(gap 4)" -lt 6 ]
ok $? "the fourth pause is shorter than the 6 s without --retry-max: $(gap 4) s"
stop "$started"

# shellcheck disable=SC2086
is "$(printf '%s\n' 'announce 198.51.100.1/32' 'announce 2001:db8::1/128' 'announce 198.51.100.2/32' \
	'announce 198.51.100.3/32' 'withdraw 198.51.100.3/32' | bgp-announce $us --dry-run)" \
"update origin=igp as-path= next-hop=192.0.2.9 local-pref=100 announce 198.51.100.1/32 198.51.100.2/32
update end-of-rib=ipv4
update origin=igp as-path= next-hop=2001:db8::9 local-pref=100 announce 2001:db8::1/128
update end-of-rib=ipv6" "--dry-run prints the UPDATEs"
is "$(echo 'announce 198.51.100.1/32' |
	bgp-announce -a 65000 -i 10.0.0.1 -n 192.0.2.9 -d 192.0.2.1 192.0.2.2,as=65001)" \
"peer 192.0.2.1 update origin=igp as-path= next-hop=192.0.2.9 local-pref=100 announce 198.51.100.1/32
peer 192.0.2.1 update end-of-rib=ipv4
peer 192.0.2.2 update origin=igp as-path=65000 next-hop=192.0.2.9 community=no-export announce 198.51.100.1/32
peer 192.0.2.2 update end-of-rib=ipv4" "--dry-run prints the UPDATEs of each named peer"

# shellcheck disable=SC2086
is "$(printf 'announce %s\n' 198.51.100.1/32 2001:db8::1/128 198.51.100.2/32 '198.51.100.1/32 med=7' |
	bgp-announce $us --max-routes=2 -d 2>"$dir/log" | grep announce)" \
"update origin=igp as-path= next-hop=192.0.2.9 med=7 local-pref=100 announce 198.51.100.1/32
update origin=igp as-path= next-hop=2001:db8::9 local-pref=100 announce 2001:db8::1/128" \
	"--max-routes refuses one more route and accepts a replacement"
check "the refusal is logged" has '198.51.100.2/32 refused: the limit of --max-routes is reached' "$dir/log"
# shellcheck disable=SC2086
is "$(printf '%s\n' 'announce 198.51.100.1/32' 'announce 198.51.100.2/32' 'withdraw 198.51.100.1/32' 'announce 198.51.100.2/32' |
	bgp-announce $us --max-routes=1 -d 2>"$dir/log" | grep -o ' announce .*')" ' announce 198.51.100.2/32' \
	"a refused route is announced when its line is repeated below the limit"

# shellcheck disable=SC2086
is "$(printf 'announce %s\n' 192.0.2.0/25 0.0.0.0/1 192.0.2.9/32 fd00::/8 |
	bgp-announce $us --allow-covering -d 127.0.0.1 2>"$dir/log" | grep -o 'announce.*')" \
"announce 192.0.2.0/25 0.0.0.0/1
announce fd00::/8" "--allow-covering accepts prefixes that cover a next hop, but not its host route"

printf 'announce 198.51.100.%d/32 as-path=65001 comunity=no-export\n' 1 2 3 | bgp-announce -a 65000 -i 10.0.0.1 \
	-n 192.0.2.9 -S "$dir/unknown" -d 2>"$dir/log" >"$dir/out"
is "$(cat "$dir/log")" "bgp-announce: line 1: unknown key 'as-path' ignored; it is reported only once
bgp-announce: line 1: unknown key 'comunity' ignored; it is reported only once" "an unknown key is reported once"
printf 'announce %s/128\n' 2001:db8::1 2001:db8::2 2001:db8::3 | bgp-announce -a 65000 -i 10.0.0.1 -n 192.0.2.9 -d \
	2>"$dir/log" >"$dir/out"
like "$(cat "$dir/log")" '^[^
]*line 1: 2001:db8::1/128 refused: no IPv6 next hop \(-n\); further IPv6 routes without a next hop are only counted$' \
	"a family without a next hop is reported once"

# refused WORDS REGEX: with these arguments the program exits with status 2 and a message that matches.
refused() {
	local out
	# shellcheck disable=SC2086
	out=$(bgp-announce $1 </dev/null 2>&1)
	[ $? -eq 2 ] && [[ $out =~ $2 ]]
	ok $? "refused: $1"
}
refused "" "no AS number given"
refused "$us" "no PEER given"
refused "-i 10.0.0.1 192.0.2.1" "no AS number given"
refused "-a 65000 192.0.2.1" "no router ID given"
refused "-a 0 -i 10.0.0.1 192.0.2.1" "not an AS number"
refused "-a 23456 -i 10.0.0.1 192.0.2.1" "not an AS number"
refused "-a 4294967296 -i 10.0.0.1 192.0.2.1" "not an AS number"
refused "-a 65000 -i 0.0.0.0 192.0.2.1" "router ID"
refused "-a 65000 -i fd00::1 192.0.2.1" "router ID"
refused "$us -n 192.0.2.10 192.0.2.1" "a second IPv. next hop"
refused "-a 1 -i 1.1.1.1 -n 0.0.0.0 192.0.2.1" "next hop"
refused "-a 1 -i 1.1.1.1 -n ff02::1 192.0.2.1" "next hop"
refused "-a 1 -i 1.1.1.1 -n 127.0.0.1 192.0.2.1" "a loopback address cannot be a next hop"
refused "-a 1 -i 1.1.1.1 -n ::1 192.0.2.1" "a loopback address cannot be a next hop"
refused "$us -A next-hop=127.0.0.1 192.0.2.1" "loopback"
refused "$us -T a:next-hop=127.9.9.9 192.0.2.1" "loopback"
refused "$us 224.0.0.5" "cannot be a peer"
refused "$us -m $(printf 'f\374r') 192.0.2.1" "not in UTF-8"
refused "$us -m $(printf 'a\033[2Jb') 192.0.2.1" "control character"
refused "$us -t 2 192.0.2.1" "hold time"
refused "$us --on-exit=hold 192.0.2.1" "withdraw or retain"
refused "$us -r 4096 192.0.2.1" "0 to 4095"
refused "$us -T a:colour=red 192.0.2.1" "unknown key"
refused "$us -A med=x 192.0.2.1" "med"
refused "$us --retry-max 0 192.0.2.1" "retry-max is not a time"
refused "$us 192.0.2.1,retry-max=x" "retry-max is not a time"
refused "$us -M 0 192.0.2.1" "from 1"
refused "$us fe80::1" "link"
refused "$us 192.0.2.1,password-file=$dir/none" "No such file"
refused "$us --on-eof=sing 192.0.2.1" "hold, exit, withdraw or retain"
refused "$us 192.0.2.1,colour=red" "unknown key"
refused "$us 192.0.2.1 192.0.2.1" "twice"
refused "$us -f $dir/none" "No such file"
refused "$us --colour 192.0.2.1" "unrecognized option '--colour'"
like "$(bgp-announce --help)" '^usage: bgp-announce' "--help prints the usage"
like "$(bgp-announce -V)" '^bgp-announce [0-9]' "-V prints the version"

stop_bird
plan_done
