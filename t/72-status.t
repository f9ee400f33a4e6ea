#!/usr/bin/env bash
# shellcheck disable=SC2317
# What dnstap-bgp shows of a pipeline at work: status, why, top.
. t/lib.sh

PATH=$PWD/scripts:$PATH
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
PEERS=127.0.0.1,port=1790
CACHE_OPTIONS="-a any"
READ_OPTIONS=--now
E2

dnstap-bgp status >"$dir/out"
is "$?$(cat "$dir/out")" '1It does not run.' 'status says that nothing runs'

start dnstap-bgp -c "$dir/conf" >"$dir/events" 2>"$dir/log"
pipeline=$started
show=$dir/log
all_run() { [ "$(find "$dir/live" -name '*.stats' | wc -l)" = 4 ]; }
check 'the pipeline runs' within 20 all_run
fstrm_replay -t protobuf:dnstap.Dnstap -u "$dir/sock" -r t/data/unbound.fstrm >>"$dir/log" 2>&1
cached() { dnstap-bgp -c "$dir/conf" why www.example.org >"$dir/why"; }
check 'and has taken answers' within 10 cached

# why NAME|ADDRESS: in $dir/out; true when it is routed.
why() { dnstap-bgp -c "$dir/conf" why "$@" >"$dir/out" 2>&1; }
without_times() { sed -E 's/ [0-9]+ s ago(, first [0-9]+ s ago)?/ AGO/' "$dir/out"; }
show=$dir/out
why 198.51.100.9
is "$?$(without_times)" '0198.51.100.9 is routed, because
  api.example.org had 198.51.100.9 AGO,
    by way of api.edge.example.net, e8.lb.example.net
    which the list steer has by its entry example.net' 'why an address is routed'
why 203.0.113.99
is "$?$(cat "$dir/out")" '1203.0.113.99 is not routed: no name that a list has had it lately.' 'that another is not'
why www.example.org
is "$?$(without_times)" "0The list web has www.example.org by its entry www.example.org ($dir/web.list:1).
Addresses of it are routed:
  www.example.org had 192.0.2.11 AGO
    which the list web has by its entry www.example.org
  www.example.org had 2001:db8:10::1 AGO
    which the list web has by its entry www.example.org" 'why a name is'
why video.example.net
is "$?$(cat "$dir/out")" "1The list steer leaves video.example.net out by its entry !video.example.net ($dir/steer.list:2).
  Its entry example.net ($dir/steer.list:1) matches, too, and yields to that.
  Its entry /^vid/ ($dir/steer.list:3) matches, too, and yields to that.
No address of it is routed: nor would one be, unless it leads to a name that a list has (CNAME)." 'and one is not'
why new.example.net
is "$?$(tail -n 1 "$dir/out")" '1No address of it is routed: the resolver has told no answer for it lately.' 'or not yet'
why 198.51.100.9 www.example.com
is "$?$(head -n 1 "$dir/out")" '1198.51.100.9 is routed, because' 'of several'

# The counters of the stages are written every ten seconds.
settled() { dnstap-bgp status >"$dir/out"; has '^cache +[1-9]' "$dir/out" && has '^answers +30,' "$dir/out"; }
check 'status shows the counters' within 15 settled
dnstap-bgp status >"$dir/out"
is $? 1 'its status is 1, since something is wrong'
check 'which it says: a session that is down' has '(^mind|^) +no session with 127.0.0.1,port=1790: ' "$dir/out"
check 'routes that are refused' has ' [1-9][0-9]* routes were refused: NEXT_HOPS has none of their family' "$dir/out"

# By then the pauses between attempts to connect are longer than that.
failures() { grep -c 'connect-failed' "$dir/events"; }
more_failures() { [ "$(failures)" -ge "$1" ]; }
within 20 more_failures 5
before=$(failures)
dnstap-bgp reconnect
is $? 0 'reconnect reaches the pipeline'
check 'which tries its peer now, and again after a second' within 2 more_failures "$((before + 2))"
mkdir "$dir/other"
is "$(RUNTIME_DIRECTORY=$dir/other dnstap-bgp reconnect 2>&1; echo $?)" \
	"dnstap-bgp: $dir/other/pid: cannot be read: does the service run, and may we see it?
2" 'where none runs it says so'
echo "$((2 ** 22))" >"$dir/other/pid"
RUNTIME_DIRECTORY=$dir/other dnstap-bgp reconnect 2>"$dir/err"
is $? 2 'nor does it signal whatever process a file names'
check 'and that no resolver is there' has ' no resolver is connected' "$dir/out"
# with_counters STAGE KEY=VALUE...: status, when the counters of that stage are these.
with_counters() {
	local live=$dir/counters stage=$1 pair
	rm -rf "$live"
	cp -r "$dir/live" "$live"
	for pair in "${@:2}"; do sed -i "s/ ${pair%=*}=[0-9]*/ $pair/" "$live/$stage.stats"; done
	RUNTIME_DIRECTORY=$live dnstap-bgp status >"$dir/out"
}
with_counters cache addresses=71999
check 'status does not warn below 80 % of MAX_ROUTES' lacks 'near the limit' "$dir/out"
with_counters cache addresses=72000
check 'and warns of the addresses from there' has ' near the limit: 72000 of 90000 addresses in the cache \(MAX_ROUTES\)$' "$dir/out"
with_counters announce routes_ipv4=50000 routes_ipv6=21999
check 'it does not warn below that of the routes' lacks 'near the limit' "$dir/out"
with_counters announce routes_ipv4=50000 routes_ipv6=22000
check 'and warns of those of both families together' has ' near the limit: 72000 of 90000 routes \(MAX_ROUTES\)$' "$dir/out"
with_counters announce max_routes=0
check 'it does not warn where there is no limit' lacks 'near the limit' "$dir/out"

with_counters cache addresses=72000
check 'it is a screen at most' test "$(wc -l <"$dir/out")" -le 24 -a "$(wc -L <"$dir/out")" -le 80

# A terminal of 80 columns and 24 lines.
in_terminal() { timeout 9 script -qec "stty cols 80 rows 24; dnstap-bgp top" /dev/null </dev/null >"$dir/screen" 2>&1; }
start in_terminal
terminal=$started
# While it looks at the tap, there are matches.
shown() {
	fstrm_replay -t protobuf:dnstap.Dnstap -u "$dir/sock" -r t/data/unbound.fstrm >>"$dir/log" 2>&1
	has ' api.example.org' "$dir/screen"
}
show=$dir/screen
check 'top shows the names that match' within 9 shown
check 'and the lists' has ' steer ' "$dir/screen"
check 'with what a terminal takes for colours' grep -q $'\e\\[H' "$dir/screen"
wait "$terminal"
# What stands on the screen at the end of a frame: nothing wider or longer than it.
frame=$(tr -d '\r' <"$dir/screen" | sed 's/\x1b\[[?0-9]*[a-zA-Z]//g' | awk '/^dnstap-bgp  [0-9:]*$/ { n = 0 } { n++; if (n > most) most = n; if (length > width) width = length } END { print most, width }')
like "$frame" '^(1[0-9]|2[0-3]|[5-9]) [1-7]?[0-9]$' 'it fits 80 columns and 24 lines'
dnstap-bgp top >"$dir/out"
is "$?$(grep -c $'\e' "$dir/out")" 00 'without a terminal it is plain text, once'
show=$dir/out check 'with a heading' has '^dnstap-bgp  [0-9:]+$' "$dir/out"
check 'and rates' has '^a second  [0-9.]+ answers, [0-9.]+ matches' "$dir/out"

stop "$pipeline"
plan_done
