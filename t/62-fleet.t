#!/usr/bin/env bash
# shellcheck disable=SC2016,SC2317
# Five caches at one broker converge to one state, also after one was offline; and peers that send endlessly, or nothing.
. t/lab/lib.sh

export TDB_NO_FSYNC=1	# the disk may be busy; nothing here needs to last
PATH=$PWD/scripts/bin:$PATH
show="$dir/sync.log $dir/broker.log"
broker=127.0.0.1:1883
caches=(1 2 3 4 5)
declare -A follower=() input=()

echo example.net >"$dir/steer.list"
printf '%s\n' 'listener 1883 127.0.0.1' 'allow_anonymous true' 'user root' 'persistence true' \
	"persistence_location $dir/" 'max_queued_messages 100000' 'log_type notice' 'log_type subscribe' >"$dir/mosquitto.conf"
start mosquitto -c "$dir/mosquitto.conf" >"$dir/broker.log" 2>&1
listening() { ss -Hltn "sport = :$1" | grep -q .; }
check 'a broker runs' within 10 listening 1883

# begin_cache N: starts cache N in its own directory. Lines written to descriptor ${input[N]} are its input.
begin_cache() {
	local at=$dir/$1 fd
	mkdir "$at"
	mkfifo "$at/in"
	printf '%s\n' "LISTS=$dir/steer.list" "DB=$at/db" "MQTT_ID=cache-$1" >"$at/conf"
	exec {fd}<>"$at/in"
	start ipcache run -f "$at/db" -a any -s 50ms <"$at/in" >"$at/routes" 2>"$at/log"
	input[$1]=$fd
	within 10 has '^end-of-rib$' "$at/routes"
}
follow() {
	start ipcache-sync -F -d both -c "$dir/$1/conf" "mqtt://$broker/fleet" 2>>"$dir/sync.log"
	follower[$1]=$started
}
subscribed() { [ "$(grep -c ' 1 fleet$' "$dir/broker.log")" -ge "$1" ]; }

# see CACHE FROM TO: the cache gets an answer for each number. Some names have many addresses, and the caches see
# partly the same answers at different times.
see() {
	awk -v from="$2" -v to="$3" -v now="$((EPOCHSECONDS - $1))" 'BEGIN {
		for (i = from; i <= to; i++)
			printf "%d.%06d 192.88.%d.%d 60 n%d.example.net tag=steer rule=example.net\n", now, i, i / 256, i % 256, i % 50
	}' >&"${input[$1]}"
}
state() { ipcache export -f "$dir/$1/db" | grep -v '^#' | LC_ALL=C sort; }
# agree PAIRS CACHE...: the caches have the same PAIRS pairs.
agree() {
	local first=$2 name
	state "$first" >"$dir/state"
	[ "$(wc -l <"$dir/state")" -eq "$1" ] || return
	for name in "${@:3}"; do state "$name" | cmp -s - "$dir/state" || return; done
}

for name in "${caches[@]}"; do begin_cache "$name"; done
for name in "${caches[@]}"; do follow "$name"; done
check 'five caches subscribe to it' within 20 subscribed 5
for name in "${caches[@]}"; do see "$name" $((name * 100)) $((name * 100 + 199)); done
check 'the caches converge' within 10 agree 600 "${caches[@]}"

stop "${follower[5]}"
is $? 0 'one cache stops'
for name in "${caches[@]}"; do see "$name" $((1000 + name * 50)) $((1000 + name * 50 + 99)); done
check 'the other caches converge while one is stopped' within 10 agree 850 1 2 3 4
follow 5
check 'all caches converge when the stopped one is back' within 10 agree 900 "${caches[@]}"

# No cache publishes lines that it has received from the broker.
sent() { grep -c ' 192\.88\.19\.' "$dir/heard"; }	# counts only these lines; others may still arrive
start stdbuf -oL mosquitto_sub -i ear -q 1 -h 127.0.0.1 -p 1883 -t fleet >"$dir/heard"
check 'a subscriber listens' within 10 has ': ear 1 fleet$' "$dir/broker.log"
see 1 5000 5009
check 'ten more changes converge' within 10 agree 910 "${caches[@]}"
ipcache-sync -d push -c "$dir/1/conf" "mqtt://$broker/fleet" 2>"$dir/twice"
is "$? $(cat "$dir/twice")" "1 ipcache-sync: mqtt://$broker/fleet: push: another ipcache-sync is running for this peer" 'a second run for the same peer is refused'
for name in "${caches[@]}"; do stop "${follower[$name]}" || ok 1 "follower $name ends"; done
mosquitto_pub -q 1 -h 127.0.0.1 -p 1883 -t fleet -m '# end'
check 'the subscriber received everything' within 10 has '^# end$' "$dir/heard"
like "$(sent)" '^(1[0-9]|[2-4][0-9]|50)$' 'no change was published more than once per cache'
lacking() { ! grep -v '^ipcache-sync: .*: \(pull\|push\) was interrupted' "$1" | grep -q .; }
check 'ipcache-sync prints nothing' lacking "$dir/sync.log"

# --- Peers that send endlessly, or nothing ---

printf '#!/bin/sh\nprintf "Content-Type: text/plain\\r\\n\\r\\n"\nexec yes "$(date +%%s).000000 192.88.99.1 60 endless.example.net"\n' \
	>"$dir/endless"
chmod 755 "$dir/endless"
cat >"$dir/lighttpd.conf" <<END
server.document-root = "$dir"
server.port = 8080
server.bind = "127.0.0.1"
server.modules = ("mod_cgi")
server.stream-response-body = 2
cgi.assign = ("/endless" => "")
END
start lighttpd -D -f "$dir/lighttpd.conf" >"$dir/web.log" 2>&1
within 10 listening 8080
: >"$dir/sync.log"
show="$dir/sync.log $dir/web.log"
ipcache-sync -m 1 -c "$dir/1/conf" http://127.0.0.1:8080/endless 2>"$dir/sync.log"
is $? 1 'a peer that sends endlessly is cut off'
check 'a peer that sends endlessly is reported with the reason' has 'ipcache-sync: http://127.0.0.1:8080/endless: the peer sent more than 1 MiB' "$dir/sync.log"
is "$(state 1 | grep -c endless)" 1 'the lines before the cut are merged'

perl -MIO::Socket::INET -e '
	my $s = IO::Socket::INET->new(Listen => 5, LocalAddr => "127.0.0.1:8081") or die;
	my @open; push @open, $s->accept while 1' &
pids+=($!)
within 10 listening 8081
ipcache-sync -t 1 -c "$dir/1/conf" http://127.0.0.1:8081/silent 2>"$dir/sync.log"
is "$? $(cat "$dir/sync.log")" '1 ipcache-sync: http://127.0.0.1:8081/silent: pull failed' 'a pull from a silent peer times out'
start ipcache-sync -F -c "$dir/1/conf" http://127.0.0.1:8082/nobody 2>"$dir/sync.log"
check 'an unreachable peer is retried with growing pauses' within 15 has 'interrupted; next attempt in 2 s' "$dir/sync.log"
stop "$started"
is $? 0 'ipcache-sync exits with status 0 on SIGTERM'

plan_done
