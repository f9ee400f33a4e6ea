#!/usr/bin/env bash
# shellcheck disable=SC2317
# The running programs are confined, and remain so when their files change. t/lab/escapes.c tries from inside each of them
# what an attacker who controls the process would try.
. t/lab/lib.sh

# Builds with sanitizers or coverage are not confined: see lib/io/sandbox.h.
expected=2
! grep -qaE '__asan_init|gcov_exit|__gcov_' "$BUILD/ipcache" || expected=0
# confined PID: all threads have a system call filter (Seccomp is 2), or none in a build that is not confined.
confined() { [ "$(awk '/^Seccomp:/ { print $2 }' /proc/"$1"/task/*/status | sort -u)" = "$expected" ]; }

mkdir "$dir/lists" "$dir/elsewhere"
echo video.example.net >"$dir/lists/video.list"
echo news.example.net >"$dir/elsewhere/news.list"
mkfifo "$dir/in"
exec 5<>"$dir/in"

start dnstap-read -u "$dir/sock" <"$dir/in" >"$dir/out"
check 'dnstap-read is confined' within 5 confined "$started"
start pcap-read --interface lo <"$dir/in" >"$dir/out"
check 'pcap-read is confined' within 5 confined "$started"
start dns-gate --queue 1 --ack "$dir/acks" <"$dir/in" >"$dir/out"
check 'dns-gate is confined' within 5 confined "$started"
start dnstap-match "$dir/lists/video.list" <"$dir/in" >"$dir/out" 2>"$dir/log"
match=$started
check 'dnstap-match is confined' within 5 confined "$match"
start ipcache run -f "$dir/cache.tdb" <"$dir/in" >"$dir/out"
run=$started
check 'ipcache run is confined' within 5 confined "$run"
within 5 ipcache stats -f "$dir/cache.tdb" >"$dir/stats"
start ipcache export -F -f "$dir/cache.tdb" >"$dir/out"
check 'a command with --follow is confined' within 5 confined "$started"
start bgp-announce -a 64512 -i 192.0.2.10 127.0.0.1 <"$dir/in" >"$dir/out" 2>/dev/null
check 'bgp-announce is confined' within 5 confined "$started"

# --- Barriers ---

start dnstap-match --merge "$dir/merged" "$dir/elsewhere/news.list" <"$dir/in" >"$dir/merged.out"
check 'dnstap-match --merge is confined' within 5 confined "$started"
echo '# barrier 1' >"$dir/merged"
check 'it reads the FIFO' within 10 has '^# barrier 1$' "$dir/merged.out"
mkfifo "$dir/barriers"
exec 6<>"$dir/barriers"
start bgp-announce -a 64512 -i 192.0.2.10 --ack "$dir/acks" 127.0.0.1 <"$dir/barriers" >"$dir/out" 2>/dev/null
check 'bgp-announce --ack is confined' within 5 confined "$started"
exec 7<>"$dir/acks"
echo '# barrier 2' >&6
read -r -t 60 line <&7
is "$line" '# barrier 2' 'it opens the FIFO in the sandbox'

# --- Files that change ---

reloaded() { kill -HUP "$match" && within 1 has "$1" "$dir/log"; }
show=$dir/log
cp "$dir/elsewhere/news.list" "$dir/lists/new"
mv "$dir/lists/new" "$dir/lists/video.list"
check 'a replaced list is reloaded' within 10 reloaded 'lists reloaded: 1 entries'
if [ "$expected" = 2 ]; then
	ln -sf "$dir/elsewhere/news.list" "$dir/lists/video.list"
	check 'a list in another directory than at startup is refused' within 10 reloaded 'video.list: Permission denied'
fi

# --- Peers with new ports ---

echo '127.0.0.1 port=1790' >"$dir/ports"
start bgp-announce -a 64512 -i 192.0.2.10 -f "$dir/ports" <"$dir/in" >"$dir/status" 2>"$dir/announce.log"
announce=$started
# asked WORDS: sends SIGHUP to bgp-announce; a message must then have these words.
asked() { kill -HUP "$announce" && within 1 has "$1" "$dir/announce.log"; }
show=$dir/announce.log
within 5 confined "$announce"	# then it also catches signals
echo '127.0.0.2 port=1790' >>"$dir/ports"
echo '127.0.0.3' >>"$dir/ports"
check 'SIGHUP accepts a peer with a port known at startup, or port 179' within 10 asked 'peers read again'
echo '127.0.0.4 port=1791' >>"$dir/ports"
check 'SIGHUP refuses a peer with another port, and names the line' \
	within 10 asked "ports:4: no peer used this port at startup; restart bgp-announce"

echo 'not a peer' >"$dir/ports"
bgp-announce -a 64512 -i 192.0.2.10 -f "$dir/ports" --control "$dir/announce.sock" <"$dir/in" >/dev/null 2>"$dir/err"
is "$?$(find "$dir" -name '*announce.sock*')" 2 'bgp-announce removes its socket when it refuses its peers'

if [ "$expected" != 2 ]; then
	plan_done
fi

# --- Attempts to escape ---

mkdir -p "$dir/state/.ssh" "$dir/state/cache" "$dir/sockets" "$dir/peers"
start sleep 1000
export ESCAPES_VICTIM=$started ESCAPES_FOLDER=$dir/state/.ssh ESCAPES_PORT=1999 ESCAPES_PEER_PORT=1998
export ESCAPES_SOCKET=$dir/target.sock ESCAPES_OWN=$dir/state/cache ESCAPES_SECRET=$dir/state/.ssh/id_ed25519 ESCAPES_WATCH
start dnstap-read -l 127.0.0.1:1999 -l 127.0.0.1:1998 -u "$ESCAPES_SOCKET" >"$dir/target"
within 5 test -S "$ESCAPES_SOCKET"

# attack NAME COMMAND...: runs the command with t/lab/escapes.c preloaded; the results are in $dir/NAME.
attack() {
	local name=$1
	shift
	echo key >"$ESCAPES_SECRET"
	touch "$ESCAPES_FOLDER/removable"
	rm -rf "$dir/state/cache/"{linked,symlink,folder,fifo}
	start env LD_PRELOAD="$BUILD/escapes.so" ESCAPES="$dir/$name" "$@" >"$dir/attack.out" 2>"$dir/attack.err"
	show="$dir/$name $dir/attack.err"
	within 20 has '^end ok' "$dir/$name"
	ok $? "$name: all attempts are made"
	kill "$started" 2>/dev/null
}

# worked NAME: prints the attempts that were not refused. Landlock refuses a move to another directory with EXDEV.
worked() { grep -vE ' (ENOSYS|EPERM|EACCES|EXDEV)$|^(end|parsed) ' "$dir/$1" | cut -d ' ' -f 1 | tr '\n' ' '; }

# An attempt that fails without a sandbox proves nothing. Some need rights that a test may lack, or features that some
# kernels and containers lack (MPTCP, protection keys, personality, clone3): these are left out.
ESCAPES_AT_ONCE=1 attack outside true
for attempt in read-secret write-secret truncate-secret chmod-secret link-secret rename-secret unlink-outside symlink \
	mkdir mkfifo own-memory open-device unix-stream unix-datagram socketpair connect-unix netlink udp tcp \
	connect-port connect-peer-port bind-port listen kill tkill tgkill sigqueue pidfd pidfd-signal setown setown-ex setsig \
	async fiosetown siocspgrp timer limit-victim read-victim-limit limit-self pin-victim nice-victim map-writable-code \
	map-code protect-code file-in-memory attach-code prctl setuid execve execveat \
	clone; do
	has "^$attempt ok" "$dir/outside" || echo "$attempt"
done >"$dir/fail"
is "$(cat "$dir/fail")" '' 'without a sandbox the attempts succeed'

ESCAPES_WATCH=''
attack read dnstap-read -u "$dir/sockets/read" -S "$dir/state/cache/stats"
is "$(worked read)" '' 'dnstap-read: all attempts are refused'

attack packets pcap-read --interface lo -S "$dir/state/cache/stats"
is "$(worked packets)" '' 'pcap-read: all attempts are refused'

attack gate dns-gate --queue 2 --ack "$dir/sockets/acks" -S "$dir/state/cache/stats"
is "$(worked gate)" '' 'dns-gate: all attempts are refused'

ESCAPES_WATCH=$dir/elsewhere/news.list
attack match dnstap-match -S "$dir/state/cache/stats" --merge "$dir/sockets/merged" "$ESCAPES_WATCH" <"$dir/in"
is "$(worked match)" 'map-writable-code map-code protect-code ' 'dnstap-match: all attempts except executable memory are refused'
check 'dnstap-match: lists are parsed inside the sandbox' has '^parsed inside' "$dir/match"

echo "$EPOCHSECONDS.000000 9.9.9.9 60 www.example.net tag=my" | ipcache import -f "$dir/state/cache/ipcache.tdb"
ESCAPES_WATCH=$dir/state/cache/ipcache.tdb
attack run ipcache run -f "$ESCAPES_WATCH" <"$dir/in"
is "$(worked run)" '' 'ipcache run: all attempts are refused, also for a key beside the DB directory'
check 'ipcache run: the DB is parsed inside the sandbox' has '^parsed inside' "$dir/run"
wait "$started"

attack import ipcache import -f "$ESCAPES_WATCH" <"$dir/in"
is "$(worked import)" '' 'ipcache import without a run: all attempts are refused'
check 'ipcache import without a run: the DB is parsed inside the sandbox' has '^parsed inside' "$dir/import"
wait "$started"

ESCAPES_WATCH=$dir/peers/peers
echo '127.0.0.1 port=1998' >"$ESCAPES_WATCH"
attack announce bgp-announce -a 64512 -i 192.0.2.10 -f "$ESCAPES_WATCH" \
	-S "$dir/state/cache/stats" --control "$dir/sockets/announce" --ack "$dir/sockets/acks" <"$dir/in"
is "$(worked announce)" 'tcp tcp6 connect-peer-port ' \
	'bgp-announce: all attempts except TCP to the port of a peer are refused'
check 'bgp-announce: the peers are parsed inside the sandbox' has '^parsed inside' "$dir/announce"

plan_done
