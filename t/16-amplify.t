#!/usr/bin/env bash
# shellcheck disable=SC2317
# Responses that expand to as much text as possible do not displace the answers for listed names: neither while stdout is
# blocked, nor at 500 such responses a second from a real unbound.
. t/lab/lib.sh
. t/lab/lab.sh

sock=$dir/tap.sock
show="$dir/err $dir/stats $dir/unbound.log"
counter() { lab_counter "$dir/stats" "$1"; }
# is_counted KEY N: the counter has reached N, after a request for current counters.
is_counted() {
	kill -USR1 "$reader"
	within 1 test "$(counter "$1")" -ge "$2"
}

# --- One message ---

mkfifo "$dir/pipe"
start dnstap-read -b 4 -u "$sock" -S "$dir/stats" >"$dir/out" 2>"$dir/err"
reader=$started
within 10 test -S "$sock"
t/lab/amplify.py frames "$sock" chain 1
check 'a message of 3,800 addresses behind 11 CNAMEs is read' within 10 is_counted frames 1
stop "$reader"
check 'a message of 3,800 addresses yields at most 512 KiB of lines' test "$(stat -c %s "$dir/out")" -le $((512 * 1024))
check 'a message of 3,800 addresses yields more than 480 KiB' test "$(stat -c %s "$dir/out")" -ge $((480 * 1024))
is "$(($(counter answers) + $(counter over_limit)))" 3800 'the remaining addresses are counted'
is "$(counter dropped)" 0 'no line is dropped'

# --- A blocked stdout ---

exec 3<>"$dir/pipe"
start dnstap-read -b 4 -u "$sock" -S "$dir/stats" >"$dir/pipe" 2>"$dir/err" 3<&-
reader=$started
within 10 test -S "$sock"
t/lab/amplify.py frames "$sock" plain-before 1000
t/lab/amplify.py frames "$sock" chain 300
t/lab/amplify.py frames "$sock" plain-after 1000
check 'all frames are read while stdout is blocked' within 20 is_counted frames 2300
check 'lines are dropped while stdout is blocked' test "$(counter dropped)" -gt 1000
start cat <&3 3<&- >"$dir/out"
cat=$started
exec 3<&-
has_plain() { [ "$(grep -cE ' (before|after)[0-9]+\.example\.net ' "$dir/out")" -eq 2000 ]; }
check 'no line of the small messages is dropped' within 20 has_plain
check 'lines of the large messages fill the buffer' has ' q.evil.example ' "$dir/out"
stop "$reader"
stop "$cat" 2>/dev/null
is "$(grep -cvE '^[0-9]+\.[0-9]{6} [0-9.]+ [0-9]+ [^ ]+( via=[^ ]+)? client=192\.0\.2\.7$' "$dir/out")" 0 'no line is cut'

# --- A real resolver under attack ---

lab_zone "$dir/zone" 60
echo '*.wild A 198.51.100.109' >>"$dir/zone"
lab_unbound "$dir" 5300 "$sock"
cat >>"$dir/unbound.conf" <<E
stub-zone:
	name: "evil.example"
	stub-addr: 127.0.0.1@5301
	stub-tcp-upstream: yes
E
echo example.net >"$dir/list"
run_pipeline() { dnstap-read -u "$sock" -S "$dir/stats" 2>"$dir/err" | dnstap-match "$dir/list" >"$dir/matched"; }
start run_pipeline
pipeline=$started
within 10 test -S "$sock"
reader=$(pgrep -f "^dnstap-read -u $sock")
start t/lab/amplify.py serve 5301
start unbound -d -c "$dir/unbound.conf" 2>"$dir/unbound.log"
reported() {
	lab_ask 5300 video.example.net A
	within 1 has ' video.example.net ' "$dir/matched"
}
check 'unbound reports to the pipeline' within 20 reported

start t/lab/amplify.py ask 5300 >"$dir/answered"
asking=$started
within 10 test -s "$dir/answered"
read -r attacks rate < <(bounded 60 t/lab/amplify.py attack 5300 5000 500)
stop "$asking"
check "unbound sent at least 4,000 responses above 60,000 bytes ($attacks, $rate a second)" test "$attacks" -ge 4000
answered=$(wc -l <"$dir/answered")
check "unbound sent more than 100 answers for listed names ($answered)" test "$answered" -gt 100

# The number of names that were answered but have no line.
lost() { comm -23 <(sort "$dir/answered") <(awk '{ print $4 }' "$dir/matched" | sort -u) | wc -l; }
few_are_lost() { [ $((100 * $(lost))) -le "$answered" ]; }
within 20 few_are_lost
ok $? "at most 1 % of the answers for listed names is lost ($(lost) of $answered)"
within 5 is_counted over_limit 1
echo "unbound reported $(counter client_response) responses, $(counter dropped) lines were dropped" | comment
kill "$reader"
wait "$pipeline"
plan_done
