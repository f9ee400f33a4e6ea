# shellcheck shell=bash disable=SC2034,SC2154,SC2317
# dnstap-read from a socket beside fstrm_capture. Sourced by scripts/bench.

# replay NAME SOCKET: sends the responses several times, and then the last one.
replay() {
	local files=() i
	for ((i = 0; i < copies; i++)); do files+=(-r "$input/capture"); done
	sample "$1" fstrm_replay -t "$content" -u "$2" "${files[@]}" -r "$input/last" >/dev/null
}

# stage NAME COMMAND...: runs a stage of a pipeline; its process ID is in NAME.pid.
stage() {
	echo "$BASHPID" >"$dir/$1.pid"
	exec measure "stage-$1" "$samples" "${@:2}" 2>"$dir/$1.log"
}

# counter STAGE KEY: prints a counter from the final statistics of a stage.
counter() { lab_counter "$dir/$1.stats" "$2"; }

nothing_dropped() { [ "$(counter "$1" dropped)" -eq 0 ] || fail 'dnstap-read has dropped lines'; }

# The last client has closed its connection, so the reader exits after a signal as soon as its output is written.
replay_till_ended() {
	replay "$1-replay" "$dir/tap.sock"
	kill "$(<"$dir/$1.pid")"
	wait "$reader" || :
}

# run_socket NAME COMMAND...: measures a reader at $dir/tap.sock.
run_socket() {
	local reader
	rm -f "$dir/tap.sock"
	stage "$@" >/dev/null &
	reader=$!
	until_ok test -S "$dir/tap.sock"
	stopwatch "$1" replay_till_ended "$1"
}

run_read_socket() {
	run_socket socket dnstap-read -S "$dir/socket.stats" -u "$dir/tap.sock"
	nothing_dropped socket
	[ "$(counter socket answers)" -eq "$((copies * $(wc -l <"$dir/answers") + 1))" ] || fail 'answers are missing'
}

run_capture() { run_socket capture fstrm_capture -t "$content" -u "$dir/tap.sock" -w /dev/null; }

bench_socket() {
	local i
	for ((i = 0; i < repetitions; i++)); do
		run_read_socket
		run_capture
	done
	wall "fstrm_replay, $copies times, to last line : fstrm_capture" socket capture 1.05
	cpu '  fstrm_capture' stage-socket stage-capture
}
