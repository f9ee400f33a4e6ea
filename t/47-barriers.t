#!/usr/bin/env bash
# shellcheck disable=SC2317
# Barriers, `# barrier ID`, through each stage, and their return from bgp-announce with BIRD as the router.
. t/lab/lib.sh
. t/lab/lab.sh

now=$(date +%s)
show="$dir/log $dir/status $dir/bird.log"
host() { echo "198.51.$(($1 / 250)).$(($1 % 250))"; }

# sequence FIRST LAST TEXT: prints TEXT for each number, with the number for @, and a host address for HOST.
sequence() {
	awk -v first="$1" -v last="$2" -v text="$3" 'BEGIN { for (i = first; i <= last; i++) {
		line = text
		gsub(/HOST/, "198.51." int(i / 250) "." i % 250, line)
		gsub(/@/, i, line)
		print line
	} }'
}

# --- Through dnstap-match and ipcache ---

echo a.example >"$dir/list"
answer="$now.000000 HOST 60 a.example"
long=$(printf 'x%.0s' {1..32})
others=('# note' '#barrier 2' '# barrier' '# barrier ' '# barrier  x' '# barrier x ' '# barrier x y' "# barrier ${long}x"
	' # barrier x' '# Barrier x' '# barrier x,y' '')
is "$({ echo '# barrier 1'; sequence 1 1 "$answer"; printf '%s\n' "${others[@]}" "# barrier $long"; } |
	dnstap-match "$dir/list")" "# barrier 1
$now.000000 198.51.0.1 60 a.example tag=list rule=a.example
# barrier $long" 'dnstap-match passes barriers in place, and drops other comments'

: >"$dir/comments"
is "$(sequence 1 500 "$answer
# barrier b@
# note @" | ipcache run -a any -f "$dir/own.tdb" -c "$dir/comments")" "end-of-rib
$(sequence 1 500 'announce HOST/32 name=a.example
# barrier b@')" 'ipcache passes each barrier behind the routes of earlier answers'
is "$(cat "$dir/comments")" "# end-of-rib
$(sequence 1 500 '# note @')" '--comments receives no barriers'
is "$(printf '%s\n' "${others[@]}" "# barrier $long" | ipcache run -a any -f "$dir/none.tdb" -c "$dir/comments" 2>/dev/null)" \
	"end-of-rib
# barrier $long" 'ipcache passes no other comment'
is "$(tail -n +503 "$dir/comments")" "$(printf '%s\n' "${others[@]}" | grep '^#')" '--comments receives them'
is "$(sequence 1 1 "$answer
# barrier b@" | ipcache import -a any -f "$dir/other.tdb" 2>&1)$(
	sequence 1 1 "$answer
# barrier b@" | ipcache retag -f "$dir/other.tdb" 2>&1)" '' 'import and retag ignore barriers'
is "$(sequence 1 5000 "$answer
# barrier b@" | ipcache run -a any -f "$dir/slow.tdb" | { sleep 0.3; head -c 100000; sleep 0.3; cat; })" "end-of-rib
$(sequence 1 5000 'announce HOST/32 name=a.example
# barrier b@')" 'routes and barriers keep their order while stdout is blocked'

mkfifo "$dir/match.in"
exec 5<>"$dir/match.in"
echo a.example >"$dir/reloaded.list"
start dnstap-match "$dir/reloaded.list" <"$dir/match.in" >"$dir/match.out" 2>>"$dir/log"
{ sequence 1 1 "$answer"; echo '# barrier before'; } >&5
check 'dnstap-match passes a barrier' within 10 has '^# barrier before$' "$dir/match.out"
seq -f 'b%.0f.example' 100000 >>"$dir/reloaded.list"
kill -HUP "$started"
sequence 1 1000 "$answer
# barrier b@" >&5
check 'it passes barriers while it reloads its lists' within 10 has '^# barrier b1000$' "$dir/match.out"
check 'the reload ends' within 20 has '^# dnstap-match: lists in force$' "$dir/match.out"
is "$(grep -v 'lists in force' "$dir/match.out" | sed 's/^1.* tag=/tag=/')" "tag=reloaded rule=a.example
# barrier before
$(sequence 1 1000 'tag=reloaded rule=a.example
# barrier b@')" 'each barrier follows its answer'
exec 5>&-

# --- The return from bgp-announce ---

# start_router NAME PORT PEER [EDIT]: a BIRD in $dir/NAME for the peer with the source address PEER. The sed command EDIT
# changes its configuration.
start_router() {
	mkdir -p "$dir/$1"
	lab_bird "$dir/$1" "$2" 64512
	sed -i -e "s/neighbor 127.0.0.2/neighbor $3/" -e "${4-}" "$dir/$1/bird.conf"
	start bird -f -c "$dir/$1/bird.conf" -s "$dir/$1/bird.ctl" -P "$dir/$1/bird.pid" 2>>"$dir/bird.log"
	router=$started
	within 10 birdc -s "$dir/$1/bird.ctl" show status >/dev/null
}
table_size() { lab_table "$dir/$1" | grep -c .; }

# begin_speaker PEER...: starts bgp-announce, whose stdin is descriptor 7, and whose FIFO is descriptor 8.
begin_speaker() {
	mkfifo "$dir/in"
	: >"$dir/status"
	bgp-announce -a 64512 -i 192.0.2.10 -n 192.0.2.10 --retry-max 1s --ack "$dir/acks" -S "$dir/stats" "$@" \
		<"$dir/in" >"$dir/status" 2>>"$dir/log" &
	speaker=$!
	pids+=("$speaker")
	exec 7>"$dir/in"
	within 10 test -p "$dir/acks"
	exec 8<>"$dir/acks"
	echo end-of-rib >&7
}
end_speaker() {
	local status
	exec 7>&- 8>&-
	stop "$speaker" 2>/dev/null
	status=$?
	rm -f "$dir/in" "$dir/acks"
	return $status
}
announce() { echo "announce $(host "$1")/32" >&7; }
barrier() { echo "# barrier $1" >&7; }
# returns ID [SECONDS]: the next line of the FIFO, within the time, is this barrier.
returns() {
	local line=''
	read -r -t "${2-$((${T_BUSY-6} * 10))}" line <&8
	[ "$line" = "# barrier $1" ]
}
# flood FIRST LAST [MED]: prints many announcements.
flood() { seq "$1" "$2" | awk '{ printf "announce 10.%d.%d.%d/32 med=%d\n", $1 / 65536, $1 / 256 % 256, $1 % 256, '"${3-0}"' }'; }
milliseconds() { echo $((${EPOCHREALTIME/./} / 1000)); }

start_router a 1790 127.0.0.2
begin_speaker 127.0.0.1,port=1790,source=127.0.0.2,settle=2ms
check 'the session is past End-of-RIB' within 20 has ' end-of-rib family=ipv4 ' "$dir/status"
missing=0
for i in {1..50}; do
	announce "$i"
	barrier "n$i"
	returns "n$i" || missing=$((missing + 1))
	birdc -s "$dir/a/bird.ctl" show route "$(host "$i")/32" | grep -q "$(host "$i")/32" || missing=$((missing + 1))
done
is $missing 0 'when a barrier returns, the router has the route'
barrier without-route
check 'a barrier without a new route returns' returns without-route
printf '%s\n' "${others[@]}" '# barrier good' >&7
check 'other comments have no effect' returns good
for i in 1 2 3; do barrier same; done
returns same && returns same && returns same
ok $? 'each of three barriers with the same ID returns'
flood 0 49999 1 >&7
birdc -s "$dir/a/bird.ctl" reload in steering >/dev/null
announce 51
barrier refresh
check 'a barrier returns during a ROUTE-REFRESH' returns refresh
birdc -s "$dir/a/bird.ctl" show route "$(host 51)/32" | grep -q "$(host 51)/32"
ok $? 'then the router has the route'

# The flood does not end: a barrier that waited for an empty queue would not return.
awk 'BEGIN { for (;;) for (i = 0; i < 100000; i++) {
	printf "announce 10.%d.%d.%d/32 med=%d\n", i / 65536, i / 256 % 256, i % 256, round / 100000
	if (++round % 20000 == 0 && round <= 600000)
		print "# barrier f" round
} }' >&7 &
writer=$!
pids+=("$writer")
for i in {20000..600000..20000}; do returns "f$i" || break; done
is "$i" 600000 'in an endless flood of updates, barriers return in order'
crash $writer
echo >&7

# --- A stopped router, and the end of a session ---

# The router's system acknowledges what fits into the buffer of the socket, so there must be more.
kill -STOP "$router"
flood 0 199999 9999 >&7
barrier stopped
returns stopped 1
is $? 1 'a stopped router delays a barrier'
kill -CONT "$router"
check 'the barrier returns when the router continues' returns stopped
last_route() { birdc -s "$dir/a/bird.ctl" show route 10.3.13.63/32 all | grep -q 'BGP.med: 9999'; }
check 'then the router has the last route' within 5 last_route

kill -STOP "$router"
flood 0 199999 9998 >&7
barrier down-1
barrier down-2
returns down-1 1
is $? 1 'a barrier waits for the stopped router'
crash "$router"
returns down-1 && returns down-2
ok $? 'the end of the session releases all barriers'
barrier no-session
check 'without a session a barrier returns at once' returns no-session
end_speaker
is "$?" 0 'bgp-announce ends'

# --- A peer without IPv6, and the end of stdin ---

start_router a 1790 127.0.0.2 '/ipv6 { import/d'
begin_speaker 127.0.0.1,port=1790,source=127.0.0.2,settle=500ms -n 2001:db8::10 --on-eof exit
check 'the session is past End-of-RIB' within 20 has ' end-of-rib family=ipv4 ' "$dir/status"
echo 'announce 2001:db8:5::1/128' >&7
barrier without-family
check 'a barrier does not wait for routes that the peer cannot have' returns without-family
announce 1
barrier last
exec 7>&-
check 'a barrier before the end of stdin returns' returns last
check 'then bgp-announce ends' within 10 gone "$speaker"
end_speaker
is $? 0 'with status 0'
stop "$router"

# --- gate=no and settle ---

start_router a 1790 127.0.0.2
start_router b 1791 127.0.0.3
begin_speaker 127.0.0.1,port=1790,source=127.0.0.2,settle=3s 127.0.0.1,port=1791,source=127.0.0.3,gate=no
sessions() { [ "$(grep -c ' end-of-rib family=ipv4 ' "$dir/status")" -eq "$1" ]; }
check 'two sessions are established' within 20 sessions 2
announce 1
before=$(milliseconds)
barrier settled
check 'a barrier with a new route returns' returns settled
[ $(($(milliseconds) - before)) -ge 3000 ]
ok $? 'after the settle time'
kill -STOP "$router"
flood 0 199999 >&7
barrier ungated
check 'a peer with gate=no delays no barrier' returns ungated
before=$(milliseconds)
barrier unchanged
check 'without a new route a barrier returns' returns unchanged
[ $(($(milliseconds) - before)) -lt 3000 ]
ok $? 'without the settle time'
kill -CONT "$router"

# --- The FIFO ---

exec 8>&-
sequence 1 3000 '# barrier unread@' >&7
exec 8<>"$dir/acks"
barrier read
read_until() {
	local line=''
	until [ "$line" = "# barrier $1" ]; do read -r -t 30 line <&8 || return 1; done
}
check 'a reader may leave and return' read_until read
kill -STOP "$router"
gated_stop() { kill -STOP "$(cat "$dir/a/bird.pid")"; }
gated_stop
flood 0 199999 7 >&7
sequence 1 1030 '# barrier limit@' >&7
counted() { kill -USR1 "$speaker" && grep -q " $1" "$dir/stats"; }
check 'at most 1,024 barriers are pending; the oldest are lost' within 10 counted 'barriers_pending=1024 barriers_lost=6 '
kill -CONT "$(cat "$dir/a/bird.pid")" "$router"
returns limit7 && returns limit8
ok $? 'the other barriers return'
end_speaker
is "$(bgp-announce -a 64512 -i 192.0.2.10 --ack /dev/null 192.0.2.1 </dev/null 2>&1)" \
	'bgp-announce: --ack /dev/null: not a FIFO' 'another file is refused'

# --- sync-point ---

mkdir "$dir/live"
export RUNTIME_DIRECTORY=$dir/live
cat >"$dir/conf" <<E2
SOCKET=$dir/dnstap.sock
LISTS="$dir/list"
DB=$dir/cache.tdb
LIFE=1h
CACHE_OPTIONS="-a any"
E2
lab_peering 1790 64512 >>"$dir/conf"
is "$(scripts/bin/dnstap-bgp -c "$dir/conf" sync-point 1 2>/dev/null; echo $?)" 2 'without a pipeline sync-point fails'
: >"$dir/status"
start setsid scripts/bin/dnstap-bgp -c "$dir/conf" >>"$dir/status" 2>>"$dir/log"
check 'the pipeline has a session' within 20 has ' end-of-rib family=ipv6 ' "$dir/status"
check 'all stages run' within 20 test -p "$dir/live/acks" -a -e "$dir/live/announce.stats"
sync_point() { scripts/bin/dnstap-bgp -c "$dir/conf" sync-point "$@" 2>&1; }
sequence 1 100 "$answer" >"$dir/live/barriers"
is "$(sync_point 60)" 'all routes up to now are at the routers' 'sync-point returns'
is "$(table_size a)" 100 'then the router has the routes of all answers'
gated_stop
for range in 1 2 3 4 5 6; do seq $((range * 20000)) $((range * 20000 + 19999)) |
	awk -v now="$now" '{ printf "%d.000000 10.%d.%d.%d 60 a.example\n", now, $1 / 65536, $1 / 256 % 256, $1 % 256 }'; done >"$dir/live/barriers"
is "$(sync_point 2; echo $?)" 'dnstap-bgp: sync-point: a router has not acknowledged its routes after 2 s; see dnstap-bgp status
1' 'sync-point waits a limited time'
kill -CONT "$(cat "$dir/a/bird.pid")"
is "$(sync_point 60 & sync_point 60; wait)" 'all routes up to now are at the routers
all routes up to now are at the routers' 'two at once return'
is "$(sync_point x; echo $?)" "dnstap-bgp: sync-point: x: not a number of seconds from 1 to 9999; try 'dnstap-bgp --help'
2" 'a bad time is refused'

# Only the comments of dnstap-match and ipcache have an effect.
: >"$dir/log"
printf '%s\n' '# stop' '# dnstap-match: nonsense' '# retagged' >"$dir/live/barriers"
sync_point 60 >/dev/null
is "$(cat "$dir/log")" '' 'other comments do not reload'

plan_done
