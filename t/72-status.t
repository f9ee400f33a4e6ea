#!/usr/bin/env bash
# shellcheck disable=SC2016,SC2317
# dnstap-bgp status, why and top with a running pipeline.
. t/lab/netns.sh

PATH=$PWD/scripts/bin:$PATH
export RUNTIME_DIRECTORY=$dir/live
mkdir "$dir/live"
printf '%s\n' example.net '!video.example.net' '/^vid/' >"$dir/steer.list"
echo www.example.org >"$dir/web.list"
cat >"$dir/conf" <<E2
SOCKET=$dir/sock
LISTS="$dir/steer.list $dir/web.list"
DB=$dir/cache.tdb
AS=64512
ROUTER_ID=192.0.2.10
NEXT_HOPS=192.0.2.10
PEERS="127.0.0.1,port=1790,source=127.0.1.1 127.0.0.9,port=1791"
CACHE_OPTIONS="-a any"
READ_OPTIONS=--now
E2
# A router with one session; the other peer is down.
cat >"$dir/bird.conf" <<E2
router id 127.0.0.1;
protocol device { }
protocol bgp ours {
	local 127.0.0.1 port 1790 as 64512;
	neighbor 127.0.1.1 as 64512;
	passive on; multihop;
	ipv4 { import all; export none; };
}
E2
status() { dnstap-bgp -c "$dir/conf" status >"$dir/out" 2>&1; }
show=$dir/out

status
is "$?$(cat "$dir/out")" "1dnstap-bgp-conf: not running ($dir/conf)" 'status names a pipeline that does not run'
for command in status top 'tap matches'; do
	# shellcheck disable=SC2086
	dnstap-bgp -c "$dir/conf" $command >"$dir/out" 2>&1
	is "$((! $?))$(cat "$dir/out")" "0dnstap-bgp-conf: not running ($dir/conf)" "$command names a pipeline that does not run"
done
for command in status top tap why check reconnect sync-point retag help version read match cache announce; do
	dnstap-bgp $command --help >"$dir/out" 2>&1
	is "$?$(grep -c '^usage: ' "$dir/out")" 01 "$command --help prints the usage"
	is "$(dnstap-bgp help $command 2>&1)" "$(cat "$dir/out")" "help $command prints the same"
done

bird -c "$dir/bird.conf" -s "$dir/bird.ctl" -P "$dir/bird.pid" || { echo 'Bail out! BIRD does not start'; exit 1; }
pids+=("$(cat "$dir/bird.pid")")
start env -u RUNTIME_DIRECTORY dnstap-bgp -c "$dir/conf" >>"$dir/events" 2>"$dir/log"
by_hand() { ! status && has 'started by hand without RUNTIME_DIRECTORY' "$dir/out"; }
check 'a pipeline without a runtime directory is reported' within 20 by_hand
stop "$started"
# An instance is found by its name. To leave the system's configuration unchanged, another script runs with the name and the
# arguments of dnstap-bgp.
printf '#!/bin/sh\nwhile sleep 1; do :; done\n' >"$dir/dnstap-bgp"
chmod +x "$dir/dnstap-bgp"
start "$dir/dnstap-bgp" -i status
instance_is_found() {
	! scripts/bin/dnstap-bgp-state "$dir/none" dnstap-bgp-status /etc/dnstap-bgp/status.conf >"$dir/out" &&
		has "started by hand without RUNTIME_DIRECTORY \(process $started\)" "$dir/out"
}
check 'a pipeline of an instance is found by its configuration, also if the instance is named like a command' within 20 instance_is_found
stop "$started"

start sh -c 'umask 077; exec dnstap-bgp -c "$0"' "$dir/conf" >"$dir/events" 2>"$dir/log"
pipeline=$started
show="$dir/log $dir/out"
all_run() { [ "$(find "$dir/live" -name '*.stats' | wc -l)" = 4 ]; }
check 'the pipeline runs' within 20 all_run
check 'the session is established' within 30 has ' 127.0.0.1 up ' "$dir/events"
status
check 'status shows the session immediately' has '^peers +127.0.0.1,port=1790 +established +for [0-5] s, ' "$dir/out"
check 'status names the other peer with a remedy' has '^(warnings|        ) +no session with 127.0.0.9,port=1791: [a-z-]+ \(' "$dir/out"
fstrm_replay -t protobuf:dnstap.Dnstap -u "$dir/sock" -r t/data/unbound.fstrm >>"$dir/log" 2>&1
why() { dnstap-bgp -c "$dir/conf" why "$@" >"$dir/out" 2>&1; }
without_times() { sed -E 's/ [0-9]+ s ago(, first [0-9]+ s ago)?/ AGO/' "$dir/out"; }
is_routed() { why www.example.org 198.51.100.9; has '192.0.2.11 is routed' "$dir/out" && has '198.51.100.9 is routed' "$dir/out"; }
check 'answers become routes' within 20 is_routed
status
check 'status counts the answers immediately' has '^answers +30, ' "$dir/out"
check 'status counts the routes of the peer' has ' established .* [1-9][0-9]* routes' "$dir/out"
check 'status shows the delay of answers' has '^delay +half within ' "$dir/out"
status
is $? 1 'status exits with status 1 when there is a warning'
check 'status warns of refused routes and where their traffic goes' \
	has ' [1-9][0-9]* routes were refused: NEXT_HOPS has no address of their family' "$dir/out"
check 'status warns that no resolver is connected' has ' no resolver is connected' "$dir/out"
# This kernel may have no AppArmor: the test uses a journal with a line in the format of Debian's kernel.
mkdir "$dir/journal"
cat >"$dir/journal/journalctl" <<'J'
#!/bin/sh
echo 'audit: type=1400 audit(1795975192.589:40): apparmor="DENIED" operation="connect" class="file" profile="unbound" name="/run/dnstap-bgp/dnstap.sock" pid=812 comm="unbound" requested_mask="wr" denied_mask="wr" fsuid=105 ouid=0'
J
chmod +x "$dir/journal/journalctl"
PATH=$dir/journal:$PATH status
like "$(paste -s -d ' ' "$dir/out" | tr -s ' ')" ' no resolver is connected to the socket: AppArmor denied access to unbound; see AppArmor in dnstap-bgp\(7\)' \
	'status names AppArmor as the cause'
status
check 'status warns that answers are late' has ' answers arrive late: a clock is wrong' "$dir/out"

show=$dir/out
why 198.51.100.9
is "$?$(without_times)" '0198.51.100.9 is routed via 192.0.2.10 to 1 of 2 peers (no session with 1).
  answer for api.example.org AGO
    CNAME api.edge.example.net, e8.lb.example.net
    list steer, entry example.net' 'why an address is routed'
why 203.0.113.99
is "$?$(cat "$dir/out")" '1203.0.113.99 is not routed: no recent answer for a listed name contained it.' 'why explains that an address is not routed'
why www.example.org
is "$?$(without_times)" "1www.example.org matches entry www.example.org of list web ($dir/web.list:1).
192.0.2.11 is routed via 192.0.2.10 to 1 of 2 peers (no session with 1).
  answer for www.example.org AGO
    list web, entry www.example.org
2001:db8:10::1 is cached but not announced: no IPv6 next hop.
  answer for www.example.org AGO
    list web, entry www.example.org" 'why a name is, and an address that has no next hop is not'
why video.example.net
is "$?$(cat "$dir/out")" "1video.example.net is excluded from list steer by entry !video.example.net ($dir/steer.list:2).
  It overrides entry example.net ($dir/steer.list:1).
  It overrides entry /^vid/ ($dir/steer.list:3).
video.example.net is not routed: the exception also applies to the targets of its CNAMEs." 'an excepted name has its own sentence'
why new.example.net
is "$?$(tail -n 1 "$dir/out")" '1new.example.net is not routed: no recent answer from the resolver.' 'why: a name without an answer'
why www.example.com
is "$?$(tail -n 1 "$dir/out")" '1www.example.com is not routed: no list contains it, and no recent answer led to a listed name by a CNAME.' 'why: a name in no list'
why 198.51.100.9 www.example.com
is "$?$(head -n 1 "$dir/out")" '1198.51.100.9 is routed via 192.0.2.10 to 1 of 2 peers (no session with 1).' 'why: several addresses'
why -- --help
is "$?$(head -n 1 "$dir/out")" '1--help matches no list entry.' 'why: a word after -- is a name'
while IFS='|' read -r word problem; do
	why "$word"
	is "$?$(cat "$dir/out")" "2dnstap-bgp: why: '$word': $problem" "why $word is refused"
done <<-'E2'
	https://x/y|a URL; give the name in it alone
	192.0.2.0/24|a prefix or path; give an address or a name
	www.example.org:443|neither an address nor a name; give it without a port
	a..b|not a domain name; write one as www.example.org
	192.0.2|not an address; write one as 192.0.2.1 or 2001:db8::1
E2
birdc -s "$dir/bird.ctl" disable ours >/dev/null
without_session() { ! why 198.51.100.9 && has '^198.51.100.9 is cached but not announced: no session\.$' "$dir/out"; }
check 'without a session an address is not announced' within 20 without_session
goes_down() { ! status && has ' no session with 127.0.0.1,port=1790: cease/' "$dir/out"; }
check 'status has the reason of the router' within 20 goes_down
birdc -s "$dir/bird.ctl" enable ours >/dev/null

# Another user: with access to the directory but not the counters, and with access to both.
install -d -m 755 "$dir/bin"
cp scripts/bin/dnstap-bgp scripts/bin/dnstap-bgp-* "$dir/bin"
chmod 755 "$dir" "$dir/live"	# as in the service
as_other() { setpriv --reuid=1 --regid=1 --clear-groups env PATH="$dir/bin:$PATH" timeout 20 dnstap-bgp -c "$dir/conf" "$@" >"$dir/out" 2>&1; }
for command in status top 'tap matches'; do
	# shellcheck disable=SC2086
	as_other $command
	is "$?$(cat "$dir/out")" "2dnstap-bgp-conf: $dir/live: no permission; try sudo" "$command as another user: no permission"
done
cp -r "$dir/live" "$dir/old"
chmod 644 "$dir"/old/*.stats
touch -d '-20 seconds' "$dir"/old/*.stats
RUNTIME_DIRECTORY=$dir/old as_other status
check 'status shows the age of old counters' has '^age +the counters are 2[0-9] s old' "$dir/out"

# After five failures, the pauses between connection attempts are longer than 2 s.
failures() { grep -c 'connect-failed' "$dir/events"; }
more_failures() { [ "$(failures)" -ge "$1" ]; }
within 20 more_failures 5
before=$(failures)
dnstap-bgp reconnect
is $? 0 'reconnect reaches the pipeline'
check 'reconnect starts an attempt now and another after a second' within 2 more_failures "$((before + 2))"
mkdir "$dir/other"
is "$(RUNTIME_DIRECTORY=$dir/other dnstap-bgp reconnect 2>&1; echo $?)" \
	"dnstap-bgp: $dir/other/pid: cannot be read; start the service or, if it runs, use sudo
2" 'where none runs it says so'
echo "$((2 ** 22))" >"$dir/other/pid"
RUNTIME_DIRECTORY=$dir/other dnstap-bgp reconnect 2>"$dir/err"
is $? 2 'reconnect does not signal the process of a foreign PID file'

# with_counters STAGE KEY=VALUE...: runs status with these counters of the stage.
with_counters() {
	local live=$dir/counters stage=$1 pair
	rm -rf "$live"
	cp -r "$dir/live" "$live"
	for pair in "${@:2}"; do sed -i "s/ ${pair%=*}=[0-9]*/ $pair/" "$live/$stage.stats"; done
	rm -f "$live/ask"
	RUNTIME_DIRECTORY=$live status
}
# with_gate KEY=VALUE...: runs status with these counters of dns-gate.
with_gate() {
	echo "dns-gate: stats $*" >"$dir/live/gate.stats"
	with_counters cache
	rm "$dir/live/gate.stats"
}
for key in expired unheld bypassed missed verdict_errors; do
	with_gate held=9000 $key=9
	check "status does not warn of $key up to 1 in 1000 held replies" lacks '(warnings|^ ) +9 ' "$dir/out"
	with_gate held=9000 $key=10
	check "status warns of $key above 1 in 1000 held replies" has '(warnings|^ ) +10 (queued )?replies ' "$dir/out"
done
with_gate held=0 expired=1 fallback=0
check 'status warns if the only reply passed early' has ' 1 replies passed before' "$dir/out"
with_gate held=9000 fallback=1
check 'status warns of a fallback' has ' dns-gate holds no reply now: ' "$dir/out"
with_counters cache addresses=71999
check 'status does not warn below 80 % of MAX_ROUTES' lacks 'near the limit' "$dir/out"
with_counters cache addresses=72000
check 'status warns of the addresses from 80 %' has ' near the limit: 72000 of 90000 addresses in the cache \(MAX_ROUTES\)$' "$dir/out"
with_counters announce routes_ipv4=50000 routes_ipv6=21999
check 'status does not warn of routes below 80 %' lacks 'near the limit' "$dir/out"
with_counters announce routes_ipv4=50000 routes_ipv6=22000
check 'status warns of the routes of both families together' has ' near the limit: 72000 of 90000 routes \(MAX_ROUTES\)$' "$dir/out"
with_counters announce max_routes=0
check 'status does not warn without a limit' lacks 'near the limit' "$dir/out"

with_counters read median_ms=500 p99_ms=1000
check 'status names the cause of a delay of a second' \
	has '^delay +half within 500 ms, 99 % within 1 s: the resolver buffers dnstap$' "$dir/out"
check 'status does not warn of that delay' lacks 'arrive late' "$dir/out"
with_counters read over_limit=5
check 'status warns of answers beyond the limits of a message' has ' 5 answers were dropped: over 1024 addresses or' "$dir/out"
with_counters cache addresses=72000
check 'status fits 80 columns and 24 lines' test "$(wc -l <"$dir/out")" -le 24 -a "$(wc -L <"$dir/out")" -le 80

# Two terminals, one after the other. The key q ends top; the test types into the terminal through a FIFO.
mkfifo "$dir/keys"
exec 7<>"$dir/keys"
in_terminal() {
	bounded 60 script -qec "stty rows $1 cols $2; dnstap-bgp -c $dir/conf top" /dev/null <"$dir/keys" >"$dir/screen" 2>&1
}
# While top reads the tap, matches appear.
shown() {
	fstrm_replay -t protobuf:dnstap.Dnstap -u "$dir/sock" -r t/data/unbound.fstrm >>"$dir/log" 2>&1
	has "$1" "$dir/screen"
}
# frame: prints the numbers of lines and columns of the largest frame on the terminal.
frame() {
	tr -d '\r' <"$dir/screen" | sed 's/\x1b\[H/FRAME/g; s/\x1b\[[?0-9]*[a-zA-Z]//g' | awk '
		sub(/^FRAME/, "") { n = 0 }
		{
			n++
			if (n > lines) lines = n
			if (length > columns) columns = length
		}
		END { print lines, columns }'
}
show=$dir/screen
start in_terminal 24 80
terminal=$started
check 'top shows rates soon after its start' within 2 has '^rate/s    [0-9.]+ answers, [0-9.]+ matches' "$dir/screen"
check 'top shows the names that match' within 18 shown ' [1-9][0-9]* +[0-9]+  api\.example\.org'
check 'top shows the lists with their share' has ' [0-9]+ +[0-9]+  steer ' "$dir/screen"
check 'top uses the alternate screen' grep -q $'\e\\[?1049h' "$dir/screen"
printf q >&7
wait "$terminal"
is $? 0 'the key q ends top'
check 'top restores the terminal' grep -q $'\e\\[?1049l' "$dir/screen"
like "$(frame)" '^(1[0-9]|2[0-3]) [1-7]?[0-9]$' 'a frame of top fits 24 lines and 80 columns'
check 'the heading of top has the window' has '  figures of the last [0-9]+ s  q quits' "$dir/screen"
start in_terminal 60 200
terminal=$started
check 'top on a larger terminal shows the addresses also' within 18 shown ' [1-9][0-9]* +[0-9]+  198\.51\.100\.9'
printf Q >&7
wait "$terminal"
is $? 0 'the key Q ends top'
like "$(frame)" '^([1-5]?[0-9]) 1[0-9][0-9]$' 'a frame of top fits 60 lines and 200 columns'
dnstap-bgp -c "$dir/conf" top >"$dir/out"
is "$?$(grep -c $'\e' "$dir/out")" 00 'without a terminal top prints one frame of plain text'
show=$dir/out check 'the plain frame of top has a heading' has '^dnstap-bgp-conf  [0-9:]+  figures of the last [0-9]+ s$' "$dir/out"
check 'the plain frame of top has rates' has '^rate/s    [0-9.]+ answers, [0-9.]+ matches' "$dir/out"

stop "$pipeline"
plan_done
