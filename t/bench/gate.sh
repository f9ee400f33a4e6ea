# shellcheck shell=bash disable=SC2034,SC2154,SC2317
# dns-gate in the lab of firstconn.sh: first connections, and the delay of replies beside a queue that accepts all packets.
# Sourced by scripts/bench.

gate_names=3000		# queried one at a time
gate_few=1000		# queried in another way
gate_pairs=2000		# queried at the gate and at the peer, in turn
gate_hold=100		# ms; the default of dns-gate
gate_held=128		# the default of dns-gate

# Replies from the first address of the resolver pass the gate, those from the second address the peer.
gate_rules() {
	gate_rule iptables 192.0.2.53 7
	gate_rule iptables 192.0.2.54 8
	gate_rule ip6tables 2001:db8:2::53 7
}
gate_rule() {
	uplinks_in "$resolver" "$1" -w -A OUTPUT -p udp -s "$2" --sport 53 -j NFQUEUE --queue-num "$3" --queue-bypass
}

start_gate() {
	start_first dns-gate --queue 7 --ack "$dir/acks" -S "$dir/read.stats"
	first_process acceptall "$resolver" acceptall 8 &
	until_ok first_dig n00000.other.example
}

end_gate() {
	kill "$(<"$dir/acceptall.pid")"
	end_first
}

# gate_run NAME OPTION...: records the output of the client.
gate_run() {
	firstconn -w 500 "${@:2}" "$client" "$router" "$old" "$new" >"$dir/firstconn" || fail 'the client failed'
	note "$1" "$(<"$dir/firstconn")"
}

run_gate_ways() {
	gate_run gate -n "$gate_names" -s 192.0.2.53
	gate_run gate-new -f 3000 -n "$gate_pairs" -s 192.0.2.53 -s 192.0.2.54
	gate_run gate-known -f 3000 -n "$gate_pairs" -s 192.0.2.53 -s 192.0.2.54
	gate_run gate-unlisted -u -n "$gate_pairs" -s 192.0.2.53 -s 192.0.2.54
	gate_run gate-both -f 5000 -n "$gate_few" -b -s 192.0.2.53
	gate_run gate-two -f 6000 -n "$gate_few" -c 2 -s 192.0.2.53
	gate_run gate-tcp -f 7000 -n "$gate_few" -t -s 192.0.2.53
	gate_run gate-ipv6 -f 8000 -n "$gate_few" -6 -s 2001:db8:2::53
}

run_gate_rates() {
	sed 's/listed/other/' "$dir/listed-queries" >"$dir/other-queries"
	run_dnsperf gate-rate-listed
	run_dnsperf gate-rate-unlisted -d "$dir/other-queries"
	run_dnsperf gate-rate-peer -s 192.0.2.54
}

# gate_disturbed NAME COMMAND...: runs the command while the client queries new names. Ends the pipeline. Bash reports killed
# stages on stderr.
gate_disturbed() {
	start_gate
	{
		sleep 0.5
		"${@:2}"
	} &
	{
		gate_run "gate-$1" -n "$gate_few" -s 192.0.2.53
		kill "$(<"$dir/acceptall.pid")"
		kill "$(<"$dir/read.pid")" || :
		kill "$(<"$dir/announce.pid")" || :
		wait "$pipeline" || :
	} 2>/dev/null
}

gate_stop() {
	kill -STOP "$(<"$dir/$1.pid")"
	sleep 1
	kill -CONT "$(<"$dir/$1.pid")"
}
gate_kill() { kill -KILL "$(<"$dir/$1.pid")"; }

run_gate_disturbances() {
	local name
	for name in match cache announce bird; do gate_disturbed stopped gate_stop "$name"; done
	for name in match cache announce; do gate_disturbed killed gate_kill "$name"; done
	gate_disturbed dead gate_kill read
}

# Names are listed while the gate remembers them.
run_gate_reload() {
	start_gate
	gate_run gate-before -u -n "$gate_few" -s 192.0.2.53
	echo other.example >>"$dir/listed"
	kill -HUP "$(<"$dir/match.pid")"
	until_ok grep -q 'lists reloaded' "$dir/match.log"
	echo '# dnstap-match: lists in force' >"$dir/acks"
	gate_run gate-reload -u -n "$gate_few" -s 192.0.2.53
	end_gate
	echo listed.example >"$dir/listed"
}

run_gate() {
	local settle=2ms
	start_gate
	run_gate_ways
	run_gate_rates
	end_gate
	run_gate_disturbances
	run_gate_reload
}

gate_old() { limit "  $1" '' "$(worst "gate-$2" old)" - "$3"; }

# beyond NAME PERCENTILE: prints how much later the replies of the gate are than those of the peer, at least 0.
beyond() {
	awk -v ours="$(median "gate-$1" "rtt1_$2")" -v peer="$(median "gate-$1" "rtt2_$2")" \
		'BEGIN { print (ours > peer ? ours - peer : 0) }'
}

# gate_beyond WHAT NAME P50 P99: prints the median and the 99th percentile beyond the peer.
gate_beyond() {
	limit "$1, median" us "$(beyond "$2" p50)" "$(median "gate-$2" rtt2_p50)" "$3"
	limit '    99th percentile' us "$(beyond "$2" p99)" "$(median "gate-$2" rtt2_p99)" "$4"
}

gate_lost() { limit "  $1, replies lost" '' "$(worst "$2" lost)" - "${3-0}"; }

report_gate() {
	local each
	limit "dns-gate: first connections the old way, of $gate_names" '' "$(worst gate old)" - 0
	gate_old "A and AAAA from one port, of $((2 * gate_few))" both $((2 * gate_few / 1000))
	gate_old "two clients at the same time, of $((2 * gate_few))" two $((2 * gate_few / 1000))
	gate_old "by TCP, of $gate_few" tcp $((gate_few / 1000))
	gate_old "by IPv6, of $gate_few" ipv6 $((gate_few / 1000))
	gate_old "newly listed names, of $gate_few" reload $((gate_few / 1000))
	echo '  delay of a reply beyond that of a queue that accepts all : the latter'
	gate_beyond '  new listed name' new 3000 8000
	gate_beyond '  remembered name' known 150 2000
	gate_beyond '  unlisted name' unlisted 150 2000
	limit '  as fast as possible, listed names, a reply : accepts all' us "$(median gate-rate-listed each)" \
		"$(median gate-rate-peer each)" 33.3
	limit '  unlisted names' us "$(median gate-rate-unlisted each)" "$(median gate-rate-peer each)" 18.2
	gate_lost 'listed names' gate-rate-listed
	gate_lost 'unlisted names' gate-rate-unlisted
	for each in stopped killed; do
		gate_lost "a program is $each" "gate-$each"
		limit '    longest delay' us "$(worst "gate-$each" rtt1_max)" - $(((gate_hold + 10) * 1000))
	done
	gate_lost 'the gate is killed' gate-dead "$gate_held"
	gate_lost 'lists are reloaded' gate-reload
}
