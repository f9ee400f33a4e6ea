# shellcheck shell=bash disable=SC2034,SC2154,SC2317
# Memory, delays and fairness of dnstap-read under load, beside the Go decoder. Sourced by scripts/bench.

# run_load NAME LOAD COMMAND...: records the output of dnstapload for a reader at $dir/load.sock.
run_load() {
	local load
	read -ra load <<<"$2"
	rm -f "$dir/load.sock" "$dir/load"
	{ (stage "$1" "${@:3}") || :; } | {	# the Go decoder may end with a failure when it is terminated
		dnstapload "$dir/load.sock" "${load[@]}" >"$dir/load" || :
		kill "$(<"$dir/$1.pid")"
	}
	[ -s "$dir/load" ] || fail "the load for $1 did not come through"
	note "$1" "$(<"$dir/load")"
}

# run_loads NAME LOAD: measures dnstap-read as NAME, and the Go decoder as NAME-go.
run_loads() {
	run_load "$1" "$2" dnstap-read -S "$dir/$1.stats" -u "$dir/load.sock"
	nothing_dropped "$1"
	run_load "$1-go" "$2" dnstap -q -u "$dir/load.sock"
}

bench_memory() {
	local i
	for ((i = 0; i < 8; i++)); do cat "$input/capture"; done >"$dir/capture-x8"
	for ((i = 0; i < repetitions; i++)); do
		sample memory dnstap-read "$input/capture" >/dev/null
		sample memory-bind /usr/bin/dnstap-read "$input/capture" >/dev/null
		sample memory-x8 dnstap-read "$dir/capture-x8" >/dev/null
		run_read_socket
		run_capture
		run_loads memory-100 '100 50000 2'
	done
	memory 'dnstap-read FILE : BIND dnstap-read' memory memory-bind 8
	memory '  eight times as long' memory-x8 - 8
	memory "  from a socket, $copies times : fstrm_capture" stage-socket stage-capture 8
	memory '  100 connections at work : Go dnstap -q' stage-memory-100 stage-memory-100-go 32
	rm "$dir/capture-x8"
}

bench_latency() {
	local i
	for ((i = 0; i < repetitions; i++)); do
		run_loads idle '1 200 3'
		run_loads loaded '1 50000 3'
	done
	delay 'frame to line, idle, median : Go dnstap -q' p50 idle idle-go 100
	delay '  99th percentile' p99 idle idle-go
	delay '  50,000 frames a second, median' p50 loaded loaded-go
	delay '  99th percentile' p99 loaded loaded-go 5000
	row '  frames a second' million/s "$(median loaded rate)e-6" "$(median loaded-go rate)e-6"
}

bench_fairness() {
	local i
	for ((i = 0; i < repetitions; i++)); do run_loads fairness '100 1000 3 flood'; done
	delay '100 beside a flood, median : Go dnstap -q' p50 fairness fairness-go
	delay '  99th percentile' p99 fairness fairness-go 10000
	row '  frames a second of the flood' million/s "$(median fairness flood)e-6" "$(median fairness-go flood)e-6"
}
