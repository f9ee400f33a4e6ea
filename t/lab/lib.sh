#!/usr/bin/env bash
# Helpers of the program tests, which print TAP. A test begins with:
#
#	#!/usr/bin/env bash
#	. t/lab/lib.sh
#
# A test runs in the project's top folder, in its own network namespace (so every port is free), with its own directory
# $dir, the programs first in PATH, and default signal handling (nohup(1) would ignore SIGHUP). Processes begun with
# `start` end with the test.

if [ -z "${T_NETNS-}" ]; then
	# shellcheck disable=SC2086
	T_NETNS=1 exec unshare ${T_UNSHARE---net --map-root-user} env --default-signal "$0" "$@"
fi
set -u
. t/lab/env.sh
BUILD=${BUILD:-$PWD/build}
PATH=$BUILD:$PATH:/usr/sbin:/sbin
ip link set lo up
dir=$(mktemp -d "${TMPDIR:-/tmp}/dnstap-bgp-test.XXXXXX")
export TMPDIR=$dir
number=0 failures=0 pids=()
exec {silence}<> <(:)	# a pipe to which nothing is written: reading it blocks
export silence

finish() {
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
	for pid in "${pids[@]}"; do within 5 gone "$pid" || kill -KILL "$pid" 2>/dev/null; done
	rm -rf "$dir"
}
trap finish EXIT

comment() { sed 's/^/#   /'; }

# ok STATUS NAME: prints one result. A failure prints the end of each file in $show.
ok() {
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
		return
	fi
	failures=$((failures + 1))
	echo "not ok $number - $2"
	for file in ${show-}; do
		[ ! -e "$file" ] || { echo "# $file:"; tail -n 30 "$file" | comment; }
	done
}

# check NAME COMMAND...: the command succeeds.
check() {
	local name=$1
	shift
	"$@"
	ok $? "$name"
}

# is GOT EXPECTED NAME: the two texts are equal.
is() {
	[ "$1" = "$2" ]
	ok $? "$3"
	[ "$1" = "$2" ] || printf '# got:\n%s\n# expected:\n%s\n' "$(comment <<<"$1")" "$(comment <<<"$2")"
}

# like GOT REGEX NAME: the text matches the extended regular expression.
like() {
	[[ $1 =~ $2 ]]
	ok $? "$3"
	[[ $1 =~ $2 ]] || printf '# got:\n%s\n# which does not match: %s\n' "$(comment <<<"$1")" "$2"
}

# within SECONDS COMMAND...: repeats the command until it succeeds. Fails after T_BUSY (6) times SECONDS, so that a busy
# machine passes. The pause between attempts grows from 20 to 90 ms.
within() {
	local end=$((SECONDS + ${T_BUSY-6} * $1)) pause=2
	shift
	until "$@" 2>/dev/null; do
		[ "$SECONDS" -lt "$end" ] || return 1
		read -r -t "0.0$pause" -u "$silence"
		pause=$((pause < 9 ? pause + 1 : 9))
	done
	return 0
}

# bounded SECONDS COMMAND...: timeout(1) after T_BUSY times SECONDS.
bounded() { timeout $((${T_BUSY-6} * $1)) "${@:2}"; }

# gone PID: the process has ended.
gone() { ! kill -0 "$1" 2>/dev/null; }

# start COMMAND...: runs the command in the background until the test ends, with the test's stdin. $started is the process ID.
start() {
	"$@" <&0 &
	started=$!
	pids+=("$started")
}

# stop PID [SIGNAL]: stops a process begun with `start`, waits for it, and returns its exit status.
stop() {
	kill -s "${2:-TERM}" "$1"
	wait "$1"
}

# crash PID...: kills child processes and waits for them, without the shell's report.
crash() {
	kill -KILL "$@"
	wait "$@"
} 2>/dev/null

has() { grep -qE -- "$1" "$2"; }
lacks() { ! grep -qE -- "$1" "$2"; }

# plan_done: prints the plan and exits, with status 1 if a check failed.
plan_done() {
	echo "1..$number"
	[ "$failures" -eq 0 ]
	exit
}
