# shellcheck shell=bash disable=SC2034,SC2154,SC2317
# All four programs, from the socket of the resolver to the routes at a router. Sourced by scripts/bench.

# The last response yields the last route: when the receiver has it, everything has passed.
replay_till_received() {
	replay replay-ours "$dir/pipeline.sock"
	wait "$sink" || fail 'the receiver did not get all routes'
}

run_pipeline() {
	local pipeline sink
	rm -f "$dir"/cache.tdb* "$dir/status"
	timeout 120 bgpsink "$bgp_port" "$pipeline_routes" >"$dir/sink" 2>"$dir/sink.log" &
	sink=$!
	until_ok listening "$bgp_port"
	stage read dnstap-read --now -S "$dir/read.stats" -u "$dir/pipeline.sock" |
		stage match dnstap-match -S "$dir/match.stats" "$dir/pipeline.list" |
		stage cache ipcache run -a any -S "$dir/cache.stats" -f "$dir/cache.tdb" |
		stage announce bgp-announce -a 64512 -i 192.0.2.1 -n 192.0.2.254 -n 2001:db8::1 \
			"127.0.0.1,port=$bgp_port" >"$dir/status" &
	pipeline=$!
	until_ok test -S "$dir/pipeline.sock"
	until_ok grep -q ' up ' "$dir/status"
	stopwatch pipeline replay_till_received
	kill "$(<"$dir/read.pid")"
	until_ok gone "$(<"$dir/cache.pid")"
	kill "$(<"$dir/announce.pid")"
	wait "$pipeline" || fail 'the pipeline failed'
	check_pipeline
}

check_pipeline() {
	local lines=$((copies * $(wc -l <"$dir/answers") + 1))
	nothing_dropped read
	[ "$(counter match lines)" -eq "$lines" ] || fail "dnstap-match did not get $lines lines"
	[ "$(counter match passed)" -eq "$(counter cache lines)" ] || fail 'ipcache did not get all that match'
	[ $(($(counter match bad_lines) + $(counter cache bad_lines))) -eq 0 ] || fail 'bad lines'
}

replay_speed() { awk -v n=$((copies * responses)) -v s="$(median "$1" wall)" 'BEGIN { print n / s * 1e-6 }'; }

bench_pipeline() {
	local i name
	make_list "$dir/pipeline.list" 10000
	echo bench-end.example >>"$dir/pipeline.list"
	pipeline_routes=$(dnstap-read "$input/capture" "$input/last" | dnstap-match "$dir/pipeline.list" |
		awk '!seen[$2]++' | wc -l)
	for ((i = 0; i < repetitions; i++)); do
		run_pipeline
		run_capture
	done
	wall "fstrm_replay, $copies times, to last route : fstrm_capture" pipeline capture 1.15
	row '  all stages and fstrm_replay : fstrm_capture, too, CPU' s \
		"$(cpu_of replay-ours stage-{read,match,cache,announce})" "$(cpu_of capture-replay stage-capture)"
	for name in read match cache announce; do cpu "  stage $name : fstrm_capture" "stage-$name" stage-capture; done
	for name in read match cache announce; do memory "  stage $name : fstrm_capture" "stage-$name" stage-capture; done
	row '  lines that match : all' million "$(counter match passed)e-6" "$(counter match lines)e-6"
	row '  responses a second : fstrm_capture' million/s "$(replay_speed pipeline)" "$(replay_speed capture)"
}
