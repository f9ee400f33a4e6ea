# shellcheck shell=bash disable=SC2034,SC2154,SC2317
# Which way the first connection to a new address takes, with answers from packets and from dnstap; the rate of unbound beside
# pcap-read; the delay of barriers. Sourced by scripts/bench.

. t/lab/uplinks.sh

first_names=1000	# queried in a run, one in 3 ms
first_idle_names=7	# queried in an idle run, one in 1.3 s
first_rate=25000	# queries per second of dnsperf without a dropped packet
first_barriers=1000

# first_namespace NAME: creates a network namespace; $NAME is the ID of its process.
first_namespace() {
	unshare --net sleep infinity &
	printf -v "$1" %s $!
	until_ok has_own_network $!
}
has_own_network() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }

# first_process NAME PID COMMAND...: becomes the command, in a namespace; its process ID is in NAME.pid.
first_process() {
	echo "$BASHPID" >"$dir/$1.pid"
	exec nsenter --net="/proc/$2/ns/net" "${@:3}" 2>"$dir/$1.log"
}

start_first_lab() {
	local name
	for name in client resolver router old new; do first_namespace "$name"; done
	uplinks_links
	uplinks_bird "$dir"
	uplinks_names "$dir"
	echo listed.example >"$dir/listed"
	awk 'BEGIN { for (i = 0; i < 10000; i++) printf "n%05d.listed.example A\n", i }' >"$dir/listed-queries"
	first_process bird "$router" bird -f -c "$dir/bird.conf" -s "$dir/bird.ctl" &
}

# start_unbound [SOCKET]: starts unbound, which sends dnstap to SOCKET.
start_unbound() {
	uplinks_unbound "$dir" "$@"
	first_process unbound "$resolver" unbound -d -c "$dir/unbound.conf" &
	unbound=$!
	until_ok first_dig n00000.other.example
}
first_dig() { uplinks_in "$client" dig -r @192.0.2.53 +tries=1 +timeout=1 "$1" >"$dir/dig.log"; }

stop_unbound() {
	kill "$unbound"
	wait "$unbound" || :
}

# start_first SOURCE...: starts a pipeline without routes; the source is a command in the namespace of the resolver. $settle is
# the settle time of the router.
start_first() {
	rm -f "$dir"/first.tdb* "$dir/read.stats"
	: >"$dir/status"
	first_process read "$resolver" "$@" |
		first_process match "$resolver" dnstap-match "$dir/listed" |
		first_process cache "$resolver" ipcache run -a any -f "$dir/first.tdb" |
		first_process announce "$resolver" bgp-announce "${uplinks_announce[@]}" -e exit --ack "$dir/acks" \
			"$uplinks_peer,settle=${settle-0}" >"$dir/status" &
	pipeline=$!
	until_ok grep -q ' end-of-rib family=ipv6 ' "$dir/status"
}

end_first() {
	kill "$(<"$dir/read.pid")"
	wait "$pipeline" || fail 'the pipeline failed'
}

start_packets() { start_first pcap-read --interface lan0 -S "$dir/read.stats"; }

# start_dnstap: also waits until the connection of unbound is open.
start_dnstap() {
	start_first dnstap-read -u "$dir/first.sock" -S "$dir/read.stats"
	stop_unbound
	start_unbound "$dir/first.sock"
	until_ok first_reported
}
first_reported() {
	first_dig n00000.other.example
	sleep 1.5
	kill -USR1 "$(<"$dir/read.pid")"
	sleep 0.1
	[ "$(counter read answers)" -gt 0 ]
}

# first_connections NAME OPTION...: records the output of the client.
first_connections() {
	firstconn "${@:2}" -s 192.0.2.53 "$client" "$router" "$old" "$new" >"$dir/firstconn" || fail 'the client failed'
	note "$1" "$(<"$dir/firstconn")"
	grep -qE '^replies=([0-9]+) lost=0 .* routes=\1 ' "$dir/firstconn" ||
		fail "replies or routes are missing: $(<"$dir/firstconn")"
}

# run_first NAME: measures the running pipeline, under a steady load and idle.
run_first() {
	first_connections "$1" -n "$first_names" -i 3000
	first_connections "$1-idle" -f "$first_names" -n "$first_idle_names" -i 1300000
}

# run_dnsperf NAME OPTION...: records the replies of unbound per second.
run_dnsperf() {
	uplinks_in "$client" dnsperf -s 192.0.2.53 -d "$dir/listed-queries" -l 3 -c 4 -q 100 -t 2 "${@:2}" >"$dir/dnsperf.log" 2>&1 ||
		fail 'dnsperf failed'
	replies=$(sed -n 's/^ *Queries completed: *\([0-9]*\).*/\1/p' "$dir/dnsperf.log")
	note "$1" "$(awk '/Queries per second:/ { print "rate=" $4, "each=" 1e6 / $4 } /Queries lost:/ { print "lost=" $3 }' "$dir/dnsperf.log" | xargs)"
}

# Every reply is read and printed.
nothing_missed() {
	local key
	nothing_dropped read
	for key in kernel_dropped bad_packet bad_dns; do
		[ "$(counter read "$key")" -eq 0 ] || fail "pcap-read has counted $key"
	done
	[ "$(counter read answers)" -eq "$1" ] || fail "pcap-read has not seen $1 replies"
}

run_first_rates() {
	run_dnsperf first-rate-none
	start_packets
	run_dnsperf first-steady -Q "$first_rate"
	end_first
	nothing_missed "$replies"
	start_packets
	run_dnsperf first-rate-pipeline
	end_first
	run_packets_alone
}

# Measures the rate beside pcap-read without the rest of the pipeline.
run_packets_alone() {
	local alone
	rm "$dir/read.stats"
	first_process read "$resolver" pcap-read --interface lan0 -S "$dir/read.stats" >"$dir/read.lines" &
	alone=$!
	until_ok [ -e "$dir/read.stats" ]
	run_dnsperf first-rate
	kill "$(<"$dir/read.pid")"
	wait "$alone" || fail 'pcap-read failed'
	rm "$dir/read.lines"
}

run_barriers() {
	local kind
	mkfifo "$dir/lines"
	exec 7<>"$dir/lines"
	start_first cat "$dir/lines" 7<&-
	for kind in same new; do
		barrierdelay "$dir/lines" "$dir/acks" "$first_barriers" $kind >"$dir/barriers"
		note "barrier-$kind" "$(<"$dir/barriers")"
	done
	exec 7>&-
	wait "$pipeline" || fail 'the pipeline failed'
	rm "$dir/lines"
}

bench_firstconn() {
	local i unbound pipeline replies client resolver router old new
	start_first_lab
	gate_rules
	for ((i = 0; i < repetitions; i++)); do
		start_unbound
		start_packets
		run_first first
		end_first
		run_first_rates
		run_barriers
		start_dnstap
		run_first first-dnstap
		run_dnsperf first-rate-dnstap
		end_first
		stop_unbound
		start_unbound
		run_gate
		stop_unbound
	done
	delay 'reply to route in the router, one name in 3 ms, median : dnstap' route_p50 first first-dnstap 500
	delay '  99th percentile' route_p99 first first-dnstap 5000
	delay '  one name in 1.3 s, median' route_p50 first-idle first-dnstap-idle 700
	row "  first connections the old way, of $first_names" '' "$(median first old)" "$(median first-dnstap old)"
	row "dnsperf, $first_rate queries a second, packets dropped" '' 0 -
	row '  as fast as possible, time of a reply : unbound alone' us "$(median first-rate each)" \
		"$(median first-rate-none each)" 1.176
	row '  the same with the whole pipeline : unbound alone' us "$(median first-rate-pipeline each)" \
		"$(median first-rate-none each)"
	row '  the whole pipeline with dnstap' us "$(median first-rate-pipeline each)" "$(median first-rate-dnstap each)"
	delay 'barrier through the pipeline, no new route, median' p50 barrier-same - 200
	delay '  a new route' p50 barrier-new - 600
	report_gate
}
