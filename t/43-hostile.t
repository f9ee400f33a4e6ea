#!/usr/bin/env bash
# shellcheck disable=SC2317
# bgp-announce with many hostile and broken peers together: it sends the right NOTIFICATION, does not leak, spin or
# grow, and a good peer's session is not affected.
. t/lab/lib.sh

mkfifo "$dir/in" "$dir/hold"
exec {in}<>"$dir/in" {hold}<>"$dir/hold"
start t/lab/hostile.py 2000 "$dir/peers" <"$dir/hold" >"$dir/results" 2>"$dir/hostile.log"
show="$dir/hostile.log $dir/log"
check 'the peers listen' within 20 test -s "$dir/peers"

bgp-announce -a 65000 -i 10.0.0.1 -n 192.0.2.9 -n 2001:db8::9 -f "$dir/peers" <"$dir/in" >"$dir/status" 2>"$dir/log" &
announcer=$!
pids+=("$announcer")
awk 'BEGIN { for (i = 0; i < 20000; i++) printf "announce 10.0.%d.%d/32\n", i / 256, i % 256; print "end-of-rib" }' >&"$in"

memory() { awk '/^VmRSS/ { print $2 }' "/proc/$announcer/status"; }
files() { find "/proc/$announcer/fd" | wc -l; }
ticks() { awk '{ print $14 + $15 }' "/proc/$announcer/stat"; }
events() { [ "$(wc -l <"$dir/status")" -ge "$1" ]; }

check 'each hostile case ends' within 60 has '^done$' "$dir/results"
while read -r line; do
	case $line in
	'ok '*) ok 0 "${line#ok }" ;;
	'not ok '*) ok 1 "${line#not ok }" ;;
	esac
done <"$dir/results"
is "$(grep -cE '^(not )?ok' "$dir/results")" "$(($(wc -l <"$dir/peers") - 1))" 'each hostile case has a result'

# Text from peers reaches the terminal and the journal escaped.
check 'a terminal control sequence is escaped' has '"\\194\\155\\155\\133"' "$dir/log"
check 'bytes that are not UTF-8 are escaped' has '"\\176 f\\252r\\027\["' "$dir/log"
check 'terminal control sequences are escaped on stdout also' has 'message=\\194\\155\\155\\133$' <(sed 's/ port=.*//' "$dir/status")
perl -ne 'exit 1 if !utf8::decode($_) || /[^\P{C}\n]/' "$dir/log" "$dir/status"
ok $? 'no other output has a control character'
check 'bgp-announce still runs' kill -0 "$announcer"

# Retrying the failed peers must cost next to no CPU time.
before=$(ticks)
check 'bgp-announce retries the failed peers' within 10 events $(($(wc -l <"$dir/status") + 20))
[ $(($(ticks) - before)) -lt 100 ]
ok $? "the retries take less than a second of CPU time: $(($(ticks) - before)) ticks"
[ "$(files)" -le $(($(wc -l <"$dir/peers") + 20)) ]
ok $? "at most one descriptor per peer is open: $(files)"
# AddressSanitizer keeps freed memory for a while.
most=65536
! grep -q __asan_init "$(command -v bgp-announce)" || most=1048576
[ "$(memory)" -lt "$most" ]
ok $? "bgp-announce uses less than $most KiB of memory: $(memory)"

echo 'announce 10.0.255.255/32' >&"$in"
check 'the good peer gets one more route' within 10 has '^route 200a00ffff$' "$dir/results"
echo >&"$hold"
within 10 has '^good ' "$dir/results"
is "$(grep '^good' "$dir/results")" 'good connections=1 ended=None' \
	'the good peer still has its first session'
stop "$announcer"
is $? 0 'bgp-announce exits with status 0 on SIGTERM'
plan_done
