#!/usr/bin/env bash
# shellcheck disable=SC2317
# The limits of the unit suffice for a million pairs, lists of a million names and 1,024 connections (under a real systemd).
[ -n "${IN_CONTAINER-}" ] || exec t/lab/nspawn t/53-unit-limits.t
. t/lab/lib.sh
. t/lab/lab.sh

pairs=1000000 connections=1024
make -s install >"$dir/log" 2>&1
systemd-sysusers >>"$dir/log" 2>&1
PATH=/usr/local/bin:$PATH
chmod 755 "$dir"
mkdir /etc/dnstap-bgp
live=/run/dnstap-bgp/live
unit=dnstap-bgp.service

awk -v n="$pairs" 'BEGIN { print "zone.example"; for (i = 1; i < n; i++) print "name-" i ".example-" i % 50000 ".net" }' \
	>/etc/dnstap-bgp/domains.list
cat >/etc/dnstap-bgp/dnstap-bgp.conf <<E
LISTS=/etc/dnstap-bgp/domains.list
MAX_ROUTES=$pairs
E
lab_peering 1790 64512 >>/etc/dnstap-bgp/dnstap-bgp.conf
lab_bird "$dir" 1790 64512
start bird -f -c "$dir/bird.conf" -s "$dir/bird.ctl" -P "$dir/bird.pid" 2>"$dir/bird.log"
systemctl daemon-reload
systemctl start "$unit"
is $? 0 'the unit starts'

# Samples twice a second: the sum of the peak memory of the processes, and the number of threads. The kernel
# of a container may not account the memory of a unit.
watch_unit() {
	local files
	while :; do
		mapfile -t files < <(pgrep --cgroup "/system.slice/$unit" . | sed 's|.*|/proc/&/status|')
		cat "${files[@]}" 2>/dev/null |
			awk '/^VmHWM/ { memory += $2 } /^Threads/ { threads += $2 } END { print memory * 1024, threads }'
		sleep 0.5
	done
}
start watch_unit >"$dir/use"
limit() { systemctl show -P "$1" "$unit"; }
counter() { sed -n "s/.* $2=\([0-9]*\).*/\1/p" "$live/$1.stats"; }
is_counted() { [ "$(counter "$1" "$2")" = "$3" ]; }

# Opens all connections but one. Each starts a stream, and then sends nothing.
begin_crowd() {
	mkfifo "$dir/go-on"
	exec 7<>"$dir/go-on"
	ulimit -Sn "$(ulimit -Hn)"
	# shellcheck disable=SC2016
	start perl -MIO::Socket::UNIX -e '
		my ($path, $n) = @ARGV;
		my @crowd = map { IO::Socket::UNIX->new(Peer => $path) or die } 1 .. $n;
		syswrite $_, pack "N N/a*", 0, pack "N2 N/a*", 2, 1, "protobuf:dnstap.Dnstap" for @crowd;
		<STDIN>' /run/dnstap-bgp/dnstap.sock "$((connections - 1))" <"$dir/go-on"
}
show="$dir/log $live/read.stats $live/cache.stats $live/announce.stats"
begin_crowd
t/lab/answers.pl /run/dnstap-bgp/dnstap.sock zone.example $((0x0b000000)) "$pairs" 1000
check "$pairs pairs are cached" within 40 is_counted cache pairs "$pairs"
check 'the router has a route for each' within 40 has " sent=$pairs pending=0 " "$live/announce.stats"
check 'the silent connections are open' within 20 is_counted read open "$((connections - 1))"

systemctl reload "$unit"
is $? 0 'the lists are reloaded'
is_retagging() { [ -n "$(pgrep -f --cgroup "/system.slice/$unit" 'ipcache (export|retag)')" ]; }
has_retagged() { ! is_retagging; }
within 2 is_retagging
check 'the cache is retagged' within 30 has_retagged
systemctl restart "$unit"
is $? 0 'the unit is restarted'
check 'the cache has all pairs after the restart' within 30 is_counted cache pairs "$pairs"

most() { awk -v field="$1" '$field > most { most = $field } END { print most }' "$dir/use"; }
memory=$(most 1) tasks=$(most 2)
check "the memory is below MemoryMax: $((memory >> 20)) MiB" test "$memory" -lt "$(limit MemoryMax)"
check "the threads are below TasksMax: $tasks" test "$tasks" -lt "$(limit TasksMax)"
check 'LimitNOFILE suffices for all connections' test "$(limit LimitNOFILE)" -gt "$((connections + 32))"
journalctl -q -u "$unit" -o cat >"$dir/log"
check 'no stage failed or ran out of descriptors' lacks 'exited with status|killed by|open files' "$dir/log"
systemctl stop dnstap-bgp.socket

plan_done
