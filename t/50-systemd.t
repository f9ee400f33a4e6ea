#!/usr/bin/env bash
# shellcheck disable=SC2317
# The units under a real systemd in a container, with a real unbound and a real BIRD.
[ -n "${IN_CONTAINER-}" ] || exec t/lab/nspawn t/50-systemd.t
. t/lab/lib.sh
. t/lab/lab.sh
. t/lab/settings.sh
. t/lab/pages.sh

make -s install >"$dir/log" 2>&1
systemd-sysusers
PATH=/usr/local/bin:$PATH
chmod 755 "$dir"
mkdir -p /etc/dnstap-bgp
live=/run/dnstap-bgp/live
unit=dnstap-bgp.service
conf=/etc/dnstap-bgp/dnstap-bgp.conf

is_state() { [ "$(systemctl show -P ActiveState "$unit")" = "$1" ]; }
says() { systemctl show -P StatusText "$unit" | grep -qE "$1"; }
# logged PRIORITY REGEX: the journal has a matching message of exactly this priority.
logged() { journalctl -q --sync; journalctl -q -o cat -p "$1..$1" -u "$unit" | grep -qE "$2"; }
exposure() { systemd-analyze security --no-pager "$1" | sed -n 's/^→ Overall exposure level for .*: \([0-9.]*\) .*/\1/p'; }
main_pid() { systemctl show -P MainPID "$unit"; }
# stage PROGRAM: prints the process ID of a stage of the unit.
stage() { pgrep -x "$1" --cgroup "/system.slice/$unit"; }
another() { [ -n "$(stage "$1")" ] && [ "$(stage "$1")" != "$2" ]; }

lab_zone "$dir/zone" 5
lab_unbound "$dir" 5300 /run/dnstap-bgp/dnstap.sock
sed -i 's/username: ""/username: "unbound"/' "$dir/unbound.conf"
lab_bird "$dir" 1790 64512
echo video.example.net >/etc/dnstap-bgp/video.list
cat >/etc/dnstap-bgp/dnstap-bgp.conf <<'E'
SOCKET_GROUP=unbound
LISTS="/etc/dnstap-bgp/video.list"
LIFE=1h
CACHE_OPTIONS="-s 100ms -a any"
E
lab_peering 1790 64512 >>/etc/dnstap-bgp/dnstap-bgp.conf
systemctl daemon-reload

# The unit alone, without a resolver and a router.
show=$dir/log
systemctl start "$unit" >"$dir/log" 2>&1
is $? 0 'the unit starts without a resolver and a router'
journalctl -o cat -u "$unit" >>"$dir/log"
check 'the unit is active when all stages run' is_state active
check 'the unit status reports all stages running' says '^All stages run'
is "$(find "$live" -name '*.stats' | wc -l)" 4 'each stage has a counter file'
is "$(stat -c '%U:%G %a' /run/dnstap-bgp/dnstap.sock)" 'root:unbound 660' 'the socket has the group of the configuration'
sed -i 's/^SOCKET_GROUP=.*/SOCKET_GROUP=nogroup\nSOCKET_MODE=0600/' "$conf"
systemctl restart "$unit" >>"$dir/log" 2>&1
is "$(stat -c '%U:%G %a' /run/dnstap-bgp/dnstap.sock)" 'root:nogroup 600' 'a restart of the service applies another group and mode'
sed -i 's/^SOCKET_GROUP=.*/SOCKET_GROUP=unbound/; /^SOCKET_MODE=/d' "$conf"
systemctl restart "$unit" >>"$dir/log" 2>&1
is "$(stat -c '%U:%G %a' /run/dnstap-bgp/dnstap.sock)" 'root:unbound 660' 'a restart applies the first group and mode again'
for service in "$unit" dnstap-bgp-metrics.service ipcache-sync@x.service ipcache-follow@x.service dnstap-list-update@x.service; do
	like "$(exposure "$service")" '^(0|1)\.[0-9]$' "systemd-analyze rates the exposure of $service at 1.9 or less"
done
like "$(exposure "$unit")" '^(0\.[0-9]|1\.[0-3])$' "systemd-analyze rates the exposure of $unit at 1.3 or less"
for service in "$unit" ipcache-sync@x.service ipcache-follow@x.service dnstap-list-update@x.service; do
	like " $(systemctl show -P After "$service") " ' time-sync\.target ' "$service starts after the clock is set"
done
systemd-analyze verify "$unit" dnstap-bgp.socket dnstap-bgp@x.service dnstap-bgp@x.socket dnstap-bgp-metrics.{service,timer} \
	dnstap-bgp-netns.service ipcache-sync@x.{service,timer} ipcache-follow@x.service dnstap-list-update@x.{service,timer} >"$dir/log" 2>&1
is "$(cat "$dir/log")" '' 'systemd-analyze finds no fault in the units'

# With a resolver and a router.
start bird -f -c "$dir/bird.conf" -s "$dir/bird.ctl" -P "$dir/bird.pid" 2>"$dir/bird.log"
start unbound -d -c "$dir/unbound.conf" 2>"$dir/unbound.log"
show="$dir/bird.log $dir/unbound.log"
check 'answers of a resolver with its own user are routed' within 30 routed \
	'198.51.100.10/32
198.51.100.11/32' video.example.net A
check 'the session state is in the journal with priority info' within 10 logged info '^bgp-announce: peer 127\.0\.0\.1[^ ]*: up '
# Monitoring.
mkdir -p /var/lib/prometheus/node-exporter
metrics=/var/lib/prometheus/node-exporter/dnstap-bgp.prom
is_measured() { systemctl start dnstap-bgp-metrics.service && has '^dnstap_bgp_announce_peer_up{pipeline="dnstap-bgp",peer="127.0.0.1.*"} 1$' "$metrics"; }
show=$metrics check 'the counters of the service reach node_exporter' within 15 is_measured
check 'each stage is confined' lacks '^Seccomp:[[:space:]]*[01]$' <(for program in dnstap-read dnstap-match ipcache bgp-announce; do
	cat /proc/"$(stage "$program")"/task/*/status; done)

# Reload.
mv /etc/dnstap-bgp/video.list "$dir/video.list"
systemctl reload "$unit"
check 'a failed reload is reported and ends' within 10 says '^All stages run with the old lists'
check 'a failed reload has priority err' logged err '^dnstap-match: lists: reload failed; the old lists stay active'
mv "$dir/video.list" /etc/dnstap-bgp/
printf '%s\n' news.example.net 'no domain' >>/etc/dnstap-bgp/video.list
systemctl reload "$unit"
is $? 0 'reload'
check 'a reload ends when the new lists are active' within 10 says '^All stages run; the lists were reloaded'
check 'the unit is active again after the reload' is_state active
check 'a reload has priority info' within 10 logged info '^dnstap-match: lists reloaded'
check 'a bad line of a list has priority warning' logged warning 'video.list:3: '
check 'an added name is routed' within 10 routed '198.51.100.10/32
198.51.100.11/32
198.51.100.30/32' news.example.net A

# dnstap-bgp tap, also while another reader stalls.
shown() { lab_ask 5300 video.example.net A; within 1 has "$1" "$dir/$2"; }
for tap in answers matches; do
	start dnstap-bgp tap "$tap" >"$dir/$tap"
	taps+=("$started")
done
check 'dnstap-bgp tap shows answers' within 20 shown ' 198.51.100.10 .* video.example.net client=' answers
check 'dnstap-bgp tap shows matches' within 20 shown ' 198.51.100.10 .* video.example.net .*tag=video' matches
is "$(dnstap-bgp tap answers 2>&1)" "dnstap-bgp: $live/answers: already in use by another tap or top; stop that one first" 'a second tap of the same stage is refused'
kill "${taps[@]}"

# A second pipeline.
sed -e '/^CACHE/d' -e 's/port=1790/port=1799/' /etc/dnstap-bgp/dnstap-bgp.conf >/etc/dnstap-bgp/second.conf
printf '%s\n' 'CACHE_OPTIONS="-s 100ms -a any"' READ_OPTIONS=--now >>/etc/dnstap-bgp/second.conf
echo www.example.org >/etc/dnstap-bgp/second.list
sed -i 's|video.list|second.list|' /etc/dnstap-bgp/second.conf
systemctl start dnstap-bgp@second
is $? 0 'an instance starts'
fstrm_replay -t protobuf:dnstap.Dnstap -u /run/dnstap-bgp-second/dnstap.sock -r t/data/unbound.fstrm >"$dir/log" 2>&1
second_has() { dnstap-bgp -i second why 192.0.2.11 >"$dir/log"; has '^192.0.2.11 is (routed|cached)' "$dir/log"; }
check 'the instance has its own socket and cache' within 10 second_has
is "$(dnstap-bgp why 192.0.2.11)" '192.0.2.11 is not routed: no recent answer for a listed name contained it.' 'the first pipeline has none of its routes'
check 'both caches belong to the service user' test "$(stat -c %U:%a /var/lib/dnstap-bgp-second)" = dnstap-bgp:700
systemctl stop dnstap-bgp@second.socket
is "$(systemctl is-active dnstap-bgp@second.service "$unit" | xargs)" 'inactive active' 'stopping the instance keeps the first one running'

# Crashes and a restart lose no route at the router.
routes=$(lab_table "$dir")
: >"$dir/lost"
watch_routes() { while :; do announced "$routes" || lab_table "$dir" >>"$dir/lost"; sleep 0.1; done; }
start watch_routes
watcher=$started
main=$(main_pid)
for program in dnstap-read dnstap-match ipcache bgp-announce; do
	pid=$(stage "$program")
	kill -KILL "$pid"
	check "$program crashes: the pipeline is restarted" within 20 another "$program" "$pid"
	check "$program crashes: an error names the stage" logged err "^dnstap-bgp: $program: killed by signal 9$"
	check "$program crashes: all stages run again" within 20 says '^All stages run'
done
is "$(main_pid)" "$main" 'the service process kept running'
systemctl restart "$unit"
is $? 0 'restart'
session_is_up() { journalctl -q --sync; journalctl -q -o cat _PID="$(stage bgp-announce)" | grep -q ': peer .*: up as='; }
check 'the session is established again' within 20 session_is_up
within 5 announced "$routes"
kill "$watcher"
is "$(cat "$dir/lost")" '' 'the router lost no route'

# The cache is synchronized over ssh with the blocks of dnstap-bgp-sync(7); the peer is this host.
home=/var/lib/dnstap-bgp
usermod -s /bin/sh dnstap-bgp
install -d -o dnstap-bgp -m 700 $home/.ssh
runuser -u dnstap-bgp -- ssh-keygen -q -t ed25519 -N '' -f $home/.ssh/id_ed25519
echo "restrict,command=\"/usr/local/bin/ipcache-serve\" $(cat $home/.ssh/id_ed25519.pub)" >$home/.ssh/authorized_keys
rm -f /run/nologin	# the container boots only to basic.target
mkdir -p /run/sshd /etc/dnstap-bgp/sync
ssh-keygen -A >/dev/null
start /usr/sbin/sshd -D 2>"$dir/sshd.log"
hosts_key() { ssh-keyscan -t ed25519 127.0.0.1 >"$home/.ssh/known_hosts" 2>/dev/null && test -s "$home/.ssh/known_hosts"; }
check 'sshd runs' within 5 hosts_key
printf '%s\n' PEER=ssh://dnstap-bgp@127.0.0.1 DIRECTION=both >/etc/dnstap-bgp/sync/self.conf
is "$(readlink $home/ipcache.tdb) $(stat -c '%U %a' $home/cache)" 'cache/ipcache.tdb dnstap-bgp 700' \
	'the cache directory is separate from the ssh keys'
systemctl start ipcache-sync@self
status=$?
journalctl -q -u ipcache-sync@self >"$dir/journal"
show=$dir/journal is "$status" 0 'ipcache-sync@self syncs the cache'
check 'the sync works in both directions' test -s $home/sync/self.pull -a -s $home/sync/self.push
systemctl start ipcache-follow@self
within 5 pgrep -f 'ipcache export .* --follow' >/dev/null
is "$(systemctl is-active ipcache-follow@self)" active 'ipcache-follow@self keeps running'
systemctl stop ipcache-follow@self
is "$(systemctl show -P Result ipcache-follow@self)" success 'ipcache-follow@self stops in order'

systemctl stop dnstap-bgp.socket
is "$?$(stage dnstap-read)" 0 'stopping the socket unit stops the service'
check 'the stopped service has not failed' is_state inactive
check 'no process is left' lacks . <(pgrep -a --cgroup "/system.slice/$unit")
is "$(find /run/dnstap-bgp -mindepth 1)" '' 'no socket or directory is left'

# A wrong configuration, while unbound tries to connect: one start attempt, one message per mistake, and a socket
# that remains closed until the mistake is corrected.
cp "$conf" "$dir/good"
forget() { journalctl -q --sync; seen=$(journalctl -q -n 1 --show-cursor | sed -n 's/^-- cursor: //p'); }
journal() { journalctl -q --sync; journalctl -q -o cat -u "$unit" --after-cursor "$seen"; }
is_failed() { [ "$(systemctl show -P ActiveState,SubState "$unit" | xargs)$(systemctl is-active dnstap-bgp.socket)" = 'failed failedinactive' ]; }
# failed_once NAME PATTERN: nothing can start the service again, and its journal has this message once.
failed_once() {
	show=$dir/journal
	check "$1: the service is failed and its socket closed" within 20 is_failed
	journal >"$dir/journal"
	is "$(grep -c '^Failed to start ' "$dir/journal") $(grep -cE "$2" "$dir/journal")" '1 1' "$1: there was one attempt and one message"
	check "$1: there is no socket" test ! -e /run/dnstap-bgp/dnstap.sock
}
# corrected COMMAND: after `systemctl COMMAND` with a correct configuration, the service and its socket are active.
corrected() {
	cp "$dir/good" "$conf"
	systemctl "$1" "$unit"
	is "$?$(systemctl is-active "$unit" dnstap-bgp.socket | xargs)" '0active active' "systemctl $1 starts service and socket after the correction"
}
sed -i 's/^AS=/AS=AS/' "$conf"
forget
systemctl start dnstap-bgp.socket
failed_once 'a resolver connects' "^dnstap-bgp: $conf:[0-9]+: AS: AS64512: .*; "
corrected restart
check 'answers are routed after the correction' within 40 routed '198.51.100.10/32
198.51.100.11/32
198.51.100.30/32' video.example.net A
sed -i '/^PEERS/d' "$conf"
forget
kill -KILL "$(main_pid)"
failed_once 'the service crashes' "^dnstap-bgp: $conf: PEERS: not set; "
corrected start
echo SOCKET_GROUP=no-such-group >>"$conf"
systemctl stop dnstap-bgp.socket
forget
systemctl start "$unit" 2>"$dir/log"
is $? 1 'a start with a wrong configuration fails immediately'
failed_once 'the group does not exist' "^dnstap-bgp: $conf:[0-9]+: SOCKET_GROUP: no-such-group: .*; "
corrected restart
systemctl stop dnstap-bgp.socket
start runuser -u dnstap-bgp -- ipcache run -f $home/held.tdb <&"$silence" >"$dir/log" 2>&1
within 10 test -S $home/held.tdb.sock
echo DB=$home/held.tdb >>"$conf"
forget
systemctl --no-block start "$unit"
failed_once 'a stage does not start, as another has its cache' "^dnstap-bgp: ipcache: exited with status 2; see its messages above"
corrected start
chmod 600 /etc/dnstap-bgp/video.list
dnstap-bgp check >"$dir/log" 2>&1
is $? 2 'a check by root runs as the service user'
check 'the service user must be able to read the lists' has "^dnstap-bgp: $conf:[0-9]+: LISTS: /etc/dnstap-bgp/video.list: Permission denied; " "$dir/log"
chmod 644 /etc/dnstap-bgp/video.list
dnstap-bgp check >"$dir/log" 2>&1
is "$?$(cat "$dir/log")" 0 'the corrected configuration is accepted'
systemctl stop dnstap-bgp.socket

# systemd reads the same values from t/data/settings.conf as a shell.
declare -f show_settings >"$dir/show"
echo show_settings >>"$dir/show"
# shellcheck source=/dev/null
is "$(systemd-run -q --wait --pipe -p EnvironmentFile="$PWD/t/data/settings.conf" -p WorkingDirectory="$PWD" bash "$dir/show")" \
	"$(. <(LC_ALL=C /usr/local/lib/dnstap-bgp/dnstap-bgp-config t/data/settings.conf); show_settings)" 'systemd reads the same values from a file'

# A list updated by the timer's unit.
echo 0.0.0.0 ads.example.org >/etc/dnstap-bgp/hosts
printf '%s\n' SOURCE=/etc/dnstap-bgp/hosts 'OPTIONS="-f hosts"' >/etc/dnstap-bgp/ads.update
systemctl start dnstap-list-update@ads.service
is "$?$(grep -v '^#' /var/lib/dnstap-lists/ads.list)" 0=ads.example.org 'dnstap-list-update@ads writes its list'

# With PACKETS, on the loopback interface, where this unbound answers, and then with GATE_QUEUE also.
capabilities() { sed -n 's/^Cap\(Prm\|Eff\|Amb\):\t//p' "/proc/$(stage "$1")/status" | sort -u | xargs; }
printf '%s\n' PACKETS=lo 'PACKETS_OPTIONS="--port 5300"' >>"$conf"
forget
systemctl start "$unit" 2>"$dir/log"
is $? 1 'without the drop-in a start with PACKETS fails'
failed_once 'without the drop-in' "^dnstap-bgp: $conf:[0-9]+: PACKETS: pcap-read has no CAP_NET_RAW; copy the drop-in packets.conf, see dnstap-bgp\(8\)$"
page_block dnstap-bgp.8 packets | sed 's/^# //; s|/usr/share|/usr/local/share|' >"$dir/commands"
show=$dir/log
sh -e "$dir/commands" >"$dir/log" 2>&1
is $? 0 'with the drop-in of the page the unit starts'
is "$(find "$live" -name '*.stats' -printf '%f\n' | sort | xargs)" 'announce.stats cache.stats match.stats packets.stats read.stats' \
	'pcap-read runs beside dnstap-read'
for program in dnstap-read pcap-read dnstap-match ipcache bgp-announce; do
	is "$(capabilities $program)" 0000000000000000 "$program has no capability"
	check "$program is confined" has '^Seccomp:[[:space:]]*2$' "/proc/$(stage $program)/status"
done
packets() { lab_ask 5300 video.example.net A; dnstap-bgp status >"$dir/log"; has '^packets +[1-9][0-9]* answers, 0 dropped; ' "$dir/log"; }
check 'answers arrive in packets' within 10 packets
check 'systemd-analyze finds no fault in the unit with the drop-in' test -z "$(systemd-analyze verify "$unit" 2>&1)"
systemctl restart "$unit"
is $? 0 'the unit with the drop-in restarts'
systemctl stop dnstap-bgp.socket
is "$(systemctl show -P Result "$unit")" success 'the unit with the drop-in stops'
echo GATE_QUEUE=7 >>"$conf"
forget
systemctl start "$unit" 2>"$dir/log"
is $? 1 'without its drop-in a start with GATE_QUEUE fails'
failed_once 'without the drop-in for the gate' "^dnstap-bgp: $conf:[0-9]+: GATE_QUEUE: dns-gate has no CAP_NET_ADMIN; copy the drop-in gate.conf, see dnstap-bgp\\(8\\)$"
for step in rules gate; do
	page_block dnstap-bgp.8 $step | sed 's/^# //; s|/usr/share|/usr/local/share|'
done >"$dir/commands"
show=$dir/log
sh -e "$dir/commands" >"$dir/log" 2>&1
is $? 0 'with the rules and the drop-in of the page the unit starts'
is "$(find "$live" -name '*.stats' | wc -l)" 6 'dns-gate and pcap-read run beside dnstap-read'
is "$(capabilities dns-gate)" '0000000000000000 0000000000001000' 'dns-gate keeps CAP_NET_ADMIN, which no child would inherit'
is "$(capabilities pcap-read) $(capabilities dnstap-match)" '0000000000000000 0000000000000000' 'the other programs have no capability'
iptables -t mangle -A OUTPUT -p udp --sport 5300 -j NFQUEUE --queue-num 7 --queue-bypass	# the port of this unbound
held() { lab_ask 5300 news.example.net A; dnstap-bgp status >"$dir/log"; has '^gate +[1-9][0-9]* replies held, ' "$dir/log"; }
check 'replies are held' within 10 held
check 'the rules of the page are loaded' has 'sport 53 -j NFQUEUE --queue-num 7 --queue-bypass' <(iptables -t mangle -S)
systemctl stop dnstap-bgp.socket
is "$(systemctl show -P Result "$unit")" success 'the unit with the gate stops'
iptables -t mangle -F OUTPUT
sed -i '/^PACKETS/d; /^GATE_QUEUE/d' "$conf"
rm -r /etc/systemd/system/dnstap-bgp.service.d
systemctl daemon-reload

# In a network namespace, with a router reachable through its link only.
mkdir /etc/systemd/system/dnstap-bgp.service.d
cp /usr/local/share/doc/dnstap-bgp/netns.conf /etc/systemd/system/dnstap-bgp.service.d
sed -i 's/^PEERS=.*/PEERS="169.254.179.1,port=1791"/' /etc/dnstap-bgp/dnstap-bgp.conf
mkdir "$dir/near"
lab_bird "$dir/near" 1791 64512
sed -i 's/local 127.0.0.1/local 169.254.179.1/; s/neighbor 127.0.0.2/neighbor 169.254.179.2/; /multihop/d' "$dir/near/bird.conf"
systemctl daemon-reload
systemctl start dnstap-bgp-netns.service
start bird -f -c "$dir/near/bird.conf" -s "$dir/near/bird.ctl" -P "$dir/near/bird.pid" 2>"$dir/bird.log"
within 10 test -S "$dir/near/bird.ctl"
systemctl start "$unit"
is $? 0 'the unit starts in a namespace'
near() { lab_ask 5300 video.example.net A; [ "$(lab_table "$dir/near" | wc -l)" -ge 2 ]; }
check 'the routes of the unit in a namespace reach a router on the host' within 40 near
systemctl stop dnstap-bgp.socket dnstap-bgp-netns.service
is "$(ip -o link show dnstap-bgp 2>&1; ls /run/netns)" 'Device "dnstap-bgp" does not exist.' \
	'stopping the unit removes the namespace and the link'

plan_done
