# shellcheck shell=bash disable=SC2034,SC2154,SC2317
# ipcache with a million pairs. Sourced by scripts/bench.

# make_pairs: answers as in the capture, but with a new name for each response and a new address for each answer; and the
# answers of the capture with times of the last minutes, once and eight times over.
make_pairs() {
	local now
	now=$(date +%s)
	awk -v n="$pairs" -v time=$((now - 240)) '{
		if ($1 $4 != before) { before = $1 $4; response++ }
		$1 = sprintf("%d.%06d", time, i)
		if ($2 ~ /:/) $2 = sprintf("2600:%x:%x::1", 1 + int(i / 60000), 1 + i % 60000)
		else $2 = "11." int(i / 65536) "." int(i / 256) % 256 "." i % 256
		$4 = "r" response "-" $4
		print
		if (++i == n) exit
	}' "$dir"/answers{,} >"$dir/pairs"
	sed "s/^$((now - 240))/$((now - 60))/" "$dir/pairs" >"$dir/pairs-again"
	awk -v time=$((now - 200)) -v once="$dir/again" -v often="$dir/again-x8" '
		NR == 1 { first = $1 }
		FNR == 1 { round++ }
		{
			$1 = sprintf("%.6f", time + ($1 - first) / 100 + 20 * round)
			print >often
			if (round == 1) print >once
		}' "$dir"/answers{,,,,,,,}
}

# run_new_db NAME FILE: measures a run with a new DB. Its routes go into a pipe, as the lines of dnstap-read do.
run_new_db() {
	rm -f "$dir/pairs.tdb"
	sample "$1" ipcache run -a any -f "$dir/pairs.tdb" <"$dir/$2" | cat >/dev/null
}

# serve_pairs: starts a run with input at 5 and routes at 6, and waits until it has printed the routes of all pairs.
serve_pairs() {
	rm -f "$dir"/pairs.{in,out}
	mkfifo "$dir"/pairs.{in,out}
	stage pairs ipcache run -a any -A 2000000 -s 1s -f "$dir/pairs.tdb" <"$dir/pairs.in" >"$dir/pairs.out" &
	served=$!
	exec 5>"$dir/pairs.in" 6<"$dir/pairs.out"
	grep -q -m 1 end-of-rib <&6
}

# run_delays NAME NET RATE SECONDS [COMMAND...]: measures the delay to a route from the answer line on stdin of the run; or
# from the start of COMMAND, which reads the line.
run_delays() {
	answerload "$dir/pairs.in" "${@:2}" <&6 >"$dir/load" || fail "not all routes came ($1)"
	note "$1" "$(<"$dir/load")"
}

pairs_stat() { ipcache stats -f "$dir/pairs.tdb" | sed -n "s/^$1 //p"; }

# anonymous PID: prints the anonymous memory, in KiB, of the program that the process PID of `measure` runs.
anonymous() {
	sed -n 's/^RssAnon:[ \t]*\([0-9]*\) kB/\1/p' "/proc/$(tr -d ' ' <"/proc/$1/task/$1/children")/status"
}

run_served() {
	local served import
	serve_pairs
	note pairs-memory "rss=$(anonymous "$(<"$dir/pairs.pid")")"
	run_delays pairs-idle 12 200 3
	run_delays pairs-loaded 13 50000 4
	run_delays pairs-command 14 20 5 ipcache import -f "$dir/pairs.tdb"
	ipcache import -f "$dir/pairs.tdb" <"$dir/pairs-again" &
	import=$!
	run_delays pairs-import 15 200 2
	wait "$import" || fail 'the import failed'
	sleep 3		# writes may follow
	note pairs-file "size=$(pairs_stat file_bytes) live=$(pairs_stat live_bytes)"
	exec 5>&-
	cat <&6 >/dev/null
	exec 6<&-
	wait "$served" || fail 'ipcache failed'
}

# a_pair NAME: prints the CPU time per pair in microseconds.
a_pair() { awk -v s="$(median "$1" cpu)" -v n="$pairs" 'BEGIN { print s / n * 1e6 }'; }

# A virtual machine returns memory that was unused for some seconds to its host, and getting that memory again takes longer
# than everything else. So the first of two runs is recorded separately.
run_cache() {
	run_new_db again again
	run_new_db again-x8 again-x8
	run_new_db pairs-cold pairs
	run_new_db pairs-new pairs
	sample pairs-start ipcache run -a any -f "$dir/pairs.tdb" </dev/null >/dev/null
	sample pairs-walk tdbwalk "$dir/pairs.tdb" >/dev/null
	sample pairs-walk-each tdbwalk "$dir/pairs-each.tdb" >/dev/null
	sample made dnstap-read "$input/capture" | cat >/dev/null
	sample made-x8 dnstap-read "${captures[@]}" | cat >/dev/null
	run_served
}

bench_cache() {
	local i captures=() made kind
	make_pairs
	for ((i = 0; i < 8; i++)); do captures+=("$input/capture"); done
	tdbwalk "$dir/pairs-each.tdb" make <"$dir/pairs" >/dev/null
	for ((i = 0; i < repetitions; i++)); do run_cache; done
	made=$(a_line made cpu "$dir/answers")
	row 'ipcache run, CPU a line seen again : dnstap-read, to make it' us "$(a_line again cpu "$dir/again")" "$made" 1
	row '  CPU a new pair, till it is on disk' us "$(a_pair pairs-new)" "$made" 4
	row '  the same in memory that the machine has to get first' us "$(a_pair pairs-cold)" "$made"
	wall '  start with 1,000,000 pairs : tdb_traverse_read of the file' pairs-start pairs-walk 5
	wall '  tdb_traverse_read of a file with a record a pair' pairs-start pairs-walk-each
	limit '  anonymous memory a pair' bytes "$(awk -v k="$(median pairs-memory rss)" -v n="$pairs" 'BEGIN { print k * 1024 / n }')" - 200
	row '  size of the file after all pairs have changed : live data' million "$(median pairs-file size)e-6" \
		"$(median pairs-file live)e-6" 3
	limit 'line to route, idle, 99th percentile' us "$(median pairs-idle p99)" - 1000
	limit '  50,000 lines a second' us "$(median pairs-loaded p99)" - 5000
	limit '  beside an import of 1,000,000 lines' us "$(median pairs-import p99)" - 5000
	limit '  by a command for each line' us "$(median pairs-command p99)" - 100000
	rm "$dir"/again-x8 "$dir"/pairs*
}
