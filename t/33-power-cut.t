#!/usr/bin/env bash
# shellcheck disable=SC2317
# Simulated disk errors (t/lab/powercut.c): a sync fails, and later the power is cut. Every reported commit survives.
. t/lab/lib.sh

[ -f "$BUILD/powercut.so" ] || make -s BUILD="$BUILD" "$BUILD/powercut.so"

# lines N: N answers of 12 KB. A segment holds five, so a file grows after 500.
lines() {
	awk -v n="$1" -v now="$EPOCHSECONDS" 'BEGIN {
		for (long = "x"; length(long) < 12000;)
			long = long long
		for (i = 1; i <= n; i++)
			print now ".000000 64.0." int(i / 256) "." i % 256 " 300 h" i ".example.org tag=t rule=" i substr(long, 1, 12000)
	}'
}
numbers() { ipcache export -f "$1" | cut -d ' ' -f 4 | sed 's/^h\([0-9]*\)\..*/\1/'; }
lines 650 >"$dir/lines"
mapfile -t all <"$dir/lines"

# Reads the counters that the run printed into $taken and $commits; succeeds also after the run has ended. The end of the
# file may be the first half of a line.
hear() {
	while read -r -u 6 line; do
		line=$half$line half=''
		[[ $line =~ \ lines=([0-9]+)\ .*\ commits=([0-9]+)\  ]] || continue
		taken=${BASH_REMATCH[1]} commits=${BASH_REMATCH[2]}
		return 0
	done
	half+=$line
	gone "$run"
}
ask() { kill -USR1 "$run" 2>/dev/null && within 10 hear && ! gone "$run"; }
have_taken() { ! ask || [ "$taken" -ge "$given" ]; }
have_committed() { ! ask || [ "$commits" -ge "$wanted" ]; }

# give N: sends the next N lines and waits for two commits. The second commit began after the run had read all lines, so all
# lines up to then are $reported.
give() {
	local i
	printf '%s\n' "${all[@]:$n:$1}" >&5 &	# blocks when the run ends
	feeders+=($!)
	n=$((n + $1)) given=$((given + $1))
	within 10 have_taken && ask || return
	for i in 1 2; do
		wanted=$((commits + 1)) given=$((given + 1))
		echo "${all[0]/ 300 / $((1000 + given)) }" >&5
		within 10 have_committed && ask || return
	done
	reported=$n
}

begin_run() {
	: >"$d/routes"
	env LD_PRELOAD="$BUILD/powercut.so" ASAN_OPTIONS=verify_asan_link_order=0 POWERCUT_DB="$d/db" "$@" \
		ipcache run -f "$d/db" -s 20ms <&5 >"$d/routes" 2>>"$d/err" &
	run=$!
	within 10 is_up
}
is_up() { gone "$run" || { [ -s "$d/routes" ] && grep -q end-of-rib "$d/routes"; }; }

# cut_power NAME VARIABLE=VALUE...: starts a run on the simulated disk, cuts the power, and compares the DB with the reported
# commits. Prints each difference.
cut_power() {
	local run n=$first given=0 reported=$first status wanted taken commits half='' feeders=()
	d=$dir/$1
	shift
	mkdir "$d"
	mkfifo "$d/in"
	: >"$d/err"
	exec 5<>"$d/in" 6<"$d/err"
	[ "$first" -eq 0 ] || cp "$dir/before" "$d/db"
	begin_run "$@"
	gone "$run" && begin_run POWERCUT_NONE=	# as systemd would restart it
	give 40
	give 70
	give 1
	kill -PWR "$run" 2>/dev/null
	kill "${feeders[@]}" 2>/dev/null	# each holds the stdout of this test
	wait "$run"
	status=$?
	[ "$status" -eq 99 ] || echo "the run ended with $status"
	[ ! -e "$d/db" ] && [ "$reported" -eq 0 ] && return
	ipcache check -f "$d/db" >"$d/check" 2>&1 || echo "not sound: $(<"$d/check")"
	numbers "$d/db" | awk -v reported="$reported" '$1 <= reported { there++ } END { if (there != reported) print there + 0, "of", reported, "are there" }'
	[ -z "$late" ] || [ "$reported" -eq "$n" ] || echo "only $reported of $n were saved in the end"
}

head -n 480 "$dir/lines" | ipcache import -f "$dir/before"
is "$(numbers "$dir/before" | wc -l)" 480 'the test begins with a DB of 480 answers'

# all NAME FIRST LATE SCENARIO...: calls cut_power for each scenario, ten at a time. The DB begins with FIRST answers. If LATE
# is not empty, all lines must be saved in the end.
all() {
	local name=$1 first=$2 late=$3 i=0 scenario running=0
	shift 3
	for scenario; do
		i=$((i + 1))
		# shellcheck disable=SC2086
		(cut_power "$name-$i" $scenario >"$dir/$name-$i.result" 2>"$dir/$name-$i.noise"
			[ ! -s "$dir/$name-$i.result" ] || sed "s/^/$scenario: /" "$dir/$name-$i.result") >>"$dir/$name.failed" &
		running=$((running + 1))
		if [ "$running" -ge 10 ]; then
			wait -n
			running=$((running - 1))
		fi
	done
	wait
	is "$(<"$dir/$name.failed")" '' "$name"
}

mapfile -t failing < <(printf "POWERCUT_FAIL=%d\n" {1..20})
mapfile -t by_chance < <(for i in {1..8}; do echo "POWERCUT_FAIL=$i POWERCUT_AT=$((i + 1 + i % 3)) POWERCUT_SEED=$i"; done)
mapfile -t cut_only < <(for i in {12..16}; do echo "POWERCUT_AT=$i POWERCUT_SEED=$i"; done)
all 'each sync fails in turn, in a new DB' 0 yes "${failing[@]}"
all 'each sync fails in turn, with a growing file' 480 yes "${failing[@]:0:14}"	# the syncs for LIFE, more room, a commit
all 'the power is cut soon after a sync has failed' 480 '' "${by_chance[@]}"
all 'the power is cut and no sync has failed' 0 '' "${cut_only[@]}"

plan_done
