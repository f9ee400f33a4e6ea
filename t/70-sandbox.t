#!/usr/bin/env bash
# shellcheck disable=SC2317
# The programs at work are confined, and stay so when their lists change.
. t/lib.sh

# What is built to be looked at in other ways is not confined: see lib/sandbox.h.
expected=2
! grep -qaE '__asan_init|gcov_exit|__gcov_' "$BUILD/ipcache" || expected=0
# confined PID: no system call but those that it needs, and no new privilege, in all of its threads.
confined() { [ "$(awk '/^Seccomp:/ { print $2 }' /proc/"$1"/task/*/status | sort -u)" = "$expected" ]; }

mkdir "$dir/lists" "$dir/elsewhere"
echo video.example.net >"$dir/lists/video.list"
echo news.example.net >"$dir/elsewhere/news.list"
mkfifo "$dir/in"
exec 5<>"$dir/in"

start dnstap-read -u "$dir/sock" <"$dir/in" >"$dir/out"
check 'dnstap-read is confined' within 5 confined "$started"
start dnstap-match "$dir/lists/video.list" <"$dir/in" >"$dir/out" 2>"$dir/log"
match=$started
check 'dnstap-match is confined' within 5 confined "$match"
start ipcache run -f "$dir/cache.tdb" <"$dir/in" >"$dir/out"
run=$started
check 'ipcache run is confined' within 5 confined "$run"
within 5 ipcache stats -f "$dir/cache.tdb" >"$dir/stats"
start ipcache export -F -f "$dir/cache.tdb" >"$dir/out"
check 'and so is a command that goes on' within 5 confined "$started"
start bgp-announce -a 64512 -i 192.0.2.10 127.0.0.1 <"$dir/in" >"$dir/out" 2>/dev/null
check 'bgp-announce is confined' within 5 confined "$started"

reloaded() { kill -HUP "$match" && within 1 has "$1" "$dir/log"; }
show=$dir/log
cp "$dir/elsewhere/news.list" "$dir/lists/new"
mv "$dir/lists/new" "$dir/lists/video.list"
check 'a list that was replaced is read again' within 10 reloaded 'lists read again: 1 entries'
if [ "$expected" = 2 ]; then
	ln -sf "$dir/elsewhere/news.list" "$dir/lists/video.list"
	check 'one in another folder than at the start is not' within 10 reloaded 'video.list: Permission denied'
fi

plan_done
