#!/usr/bin/env bash
# shellcheck disable=SC2016,SC2317
# dnstap-bgp with GATE_QUEUE: a client of a real unbound receives each reply when its routes are in a real BIRD.
. t/lab/netns.sh
. t/lab/lab.sh
. t/lab/pages.sh

PATH=$PWD/scripts/bin:$PATH
live=$dir/live
export RUNTIME_DIRECTORY=$live
names=2000
mkdir "$live"
client_link 1500

lab_zone "$dir/zone" 60
for i in $(seq $names); do
	echo "n$i.many A 11.0.$((i / 250)).$((i % 250))"
	printf 'n%s.many AAAA 2a00::%x\n' "$i" "$i"
done >>"$dir/zone"
seq $names | sed 's/.*/n&.many.example.net A/' >"$dir/questions"
lab_unbound "$dir" 53 "$dir/dnstap.sock"
sed -i 's/^server:/&\n\tinterface: 192.0.2.53\n\tinterface: 2001:db8::53\n\taccess-control: 0.0.0.0\/0 allow\n\taccess-control: ::0\/0 allow/' \
	"$dir/unbound.conf"
lab_bird "$dir" 1790 64512
echo many.example.net >"$dir/listed.list"

# configure LINE...: the configuration, with more lines.
configure() {
	{
		printf '%s\n' "LISTS=$dir/listed.list" "DB=$dir/cache.tdb" LIFE=1h 'CACHE_OPTIONS="-s 100ms -a any"' "$@"
		lab_peering 1790 64512 | sed 's/source=127.0.0.2/&,settle=2ms/'
	} >"$dir/conf"
}
start_pipeline() {
	rm -f "$live"/*.stats
	start setsid "$(command -v dnstap-bgp)" -c "$dir/conf" >>"$dir/status" 2>>"$dir/log"
	pipeline=$started
}
# runs STAGE...: exactly these stages have written counters.
runs() { [ "$(cd "$live" && printf '%s\n' *.stats)" = "$(printf '%s.stats\n' "$@" | sort)" ]; }
counter() { sed -n "s/.* $2=\([0-9]*\).*/\1/p" "$live/$1.stats" | head -n 1; }
# gate KEY: the current counter.
gate() { kill -USR1 "$(stage dns-gate)" && sleep 0.1 && counter gate "$1"; }
gate_is() { [ "$(gate "$1")" -eq "$2" ]; }
stage() { pgrep -x "$1" -g "$pipeline"; }
status() { dnstap-bgp -c "$dir/conf" status >"$dir/out" 2>&1; }
show="$dir/log $dir/out"

# --- The rules ---

check 'iptables accepts the rules' iptables-restore -n scripts/netfilter/dns-gate.iptables
check 'ip6tables accepts the rules' ip6tables-restore -n scripts/netfilter/dns-gate.iptables
for family in iptables ip6tables; do
	is "$($family -t mangle -S | grep NFQUEUE)" '-A OUTPUT -p udp -m udp --sport 53 -j NFQUEUE --queue-num 7 --queue-bypass' "$family has the rule"
done
page_block dnstap-bgp.8 remove | sed 's/^# //' >"$dir/commands"
check 'the commands of the page remove the rules' sh -e "$dir/commands"
is "$(for family in iptables ip6tables; do $family -t mangle -S; done | grep -c NFQUEUE)" 0 'no rule remains'
iptables-restore -n scripts/netfilter/dns-gate.iptables
ip6tables-restore -n scripts/netfilter/dns-gate.iptables
unshare --net sh -c 'sed "s/^#-A/-A/" scripts/netfilter/dns-gate.iptables >"$0" && iptables-restore -n "$0" && ip6tables-restore -n "$0" &&
	iptables -t mangle -S FORWARD && ip6tables -t mangle -S FORWARD' "$dir/rules" >"$dir/out" 2>&1
is "$(grep NFQUEUE "$dir/out")" "-A FORWARD -s 192.0.2.53/32 -p udp -m udp --sport 53 -j NFQUEUE --queue-num 7 --queue-bypass
-A FORWARD -s 2001:db8::53/128 -p udp -m udp --sport 53 -j NFQUEUE --queue-num 7 --queue-bypass" 'both accept the rules for a router'
# The kernel may lack the expression `queue`: then only the syntax is checked.
sed 's/#ip/ip/' scripts/netfilter/dns-gate.nft | nft -c -f - >"$dir/out" 2>&1
check 'nft finds no fault in its rules' lacks 'syntax error' "$dir/out"
is "$(grep 'Error' "$dir/out" | grep -cv 'Could not process rule: No such file')" 0 'nft reports nothing but the missing expression of the kernel'

# --- The configuration ---

check_it() { dnstap-bgp -c "$dir/conf" check >"$dir/out" 2>&1; }
configure GATE_QUEUE=seven 'GATE_OPTIONS="--hold 1h"'
check_it
is "$?:$(cut -d: -f1-5 "$dir/out")" "2:dnstap-bgp: $dir/conf:5: GATE_QUEUE: --queue seven
dnstap-bgp: $dir/conf:6: GATE_OPTIONS: --hold 1h" 'a queue that is no number, and a bad option, are reported with their lines'
check 'each report has a remedy' lacks '^[^;]*$' "$dir/out"
configure GATE_QUEUE=7
setpriv --bounding-set=-net_admin dnstap-bgp -c "$dir/conf" check >"$dir/out" 2>&1
is "$?:$(cat "$dir/out")" "2:dnstap-bgp: $dir/conf:5: GATE_QUEUE: dns-gate has no CAP_NET_ADMIN; copy the drop-in gate.conf, see dnstap-bgp(8)" \
	'a service without the capability is reported with a remedy'
configure "SOCKET=$dir/dnstap.sock" PACKETS=out0 GATE_QUEUE=7
check_it
is "$?$(cat "$dir/out")" 0 'a good configuration is accepted'
before=$(ls -A "$dir" "$live")
env -u RUNTIME_DIRECTORY dnstap-bgp -c "$dir/conf" check
is "$?$(ls -A "$dir" "$live")" "0$before" 'the check leaves no file'
short_life() {
	sed -i "s/^LIFE=.*/LIFE=$1/" "$dir/conf"
	check_it
	echo "$?$(grep -o 'LIFE: [0-9a-z]*' "$dir/out")"
}
for life in 59s 59 59999ms; do
	is "$(short_life "$life")" "0LIFE: $life" "LIFE=$life is accepted, with a warning about GATE_QUEUE"
done
check 'the warning has a remedy' has '; write LIFE=1m or longer$' "$dir/out"
for life in 60s 60 60000ms 1m 24h ''; do
	is "$(short_life "$life")" 0 "LIFE=$life has no warning"
done
sed -i 's/^LIFE=.*/LIFE=1h/' "$dir/conf"
is "$(env -u RUNTIME_DIRECTORY dnstap-bgp -c "$dir/conf" -n 2>&1 | sed 's/ --ack.*//; s/-a 64512.*/.../')" "mkfifo ./gate-acks
mkfifo ./merge-read
dnstap-read -u $dir/dnstap.sock -m 0660 >./merge-read &
mkfifo ./merge-packets
pcap-read --interface out0 >./merge-packets &
dns-gate --queue 7
dnstap-match --merge ./merge-read --merge ./merge-packets $dir/listed.list |
ipcache run -f $dir/cache.tdb -t 1h -A 90000 -d 192.0.2.10 -d 2001:db8::10 -d 127.0.0.1 -s 100ms -a any |
bgp-announce ..." 'dns-gate is first, and the other sources write to FIFOs'
like "$(env -u RUNTIME_DIRECTORY dnstap-bgp -c "$dir/conf" -n 2>&1 | tail -n 1)" ' --ack ./gate-acks ' 'bgp-announce returns the barriers'

# --- All sources ---

start unbound -d -c "$dir/unbound.conf" 2>"$dir/unbound.log"
start bird -f -c "$dir/bird.conf" -s "$dir/bird.ctl" -P "$dir/bird.pid" 2>"$dir/bird.log"
ask() { in_namespace "$client" dig +short +tries=1 +timeout=5 "@$1" "$2" "$3"; }
check 'without dns-gate, replies pass' within 20 test -n "$(ask 192.0.2.53 late.example.net A)"
# systemd-notify does not return until the file `notified` exists, once the lists are reloaded.
mkdir "$dir/systemd"
cat >"$dir/systemd/systemd-notify" <<'E2'
#!/bin/sh
case $* in *'lists were reloaded'*) until [ -e "$(dirname "$0")/../notified" ]; do sleep 0.1; done ;; esac
E2
chmod +x "$dir/systemd/systemd-notify"
PATH=$dir/systemd:$PATH NOTIFY_SOCKET=$dir/notify start_pipeline
check 'all six stages run' within 20 runs gate read packets match cache announce
check 'the session is established' within 20 has ' end-of-rib family=ipv6 ' "$dir/status"
# asked ADDRESS NAME TYPE: when the client has the reply, the router has its route.
asked() {
	local address
	address=$(ask "$@")
	[ -n "$address" ] && birdc -s "$dir/bird.ctl" show route for "$address" | grep -qE "^$address/(32|128) "
}
wrong=0
for i in {1..40}; do
	asked 192.0.2.53 "n$i.many.example.net" A || wrong=$((wrong + 1))
	asked 2001:db8::53 "n$i.many.example.net" AAAA || wrong=$((wrong + 1))
done
is $wrong 0 'when the client has a reply, the router has the route'
is "$(gate expired)$(counter gate bypassed)$(counter gate unheld)" 000 'no reply passed early'
check 'the replies were held' test "$(counter gate held)" -ge 80
status
is "$?" 0 'status has no warning'
check 'status has a row for the gate' has '^gate +[1-9][0-9]* replies held, 0 expired; 0 not held$' "$dir/out"
check 'status with all sources fits a terminal' test "$(wc -l <"$dir/out")" -le 24 -a "$(wc -L <"$dir/out")" -le 79
dnstap-bgp-metrics "$live" >"$dir/out"
is "$(sed -n 's/^dnstap_bgp_gate_\(held\|released\|expired\|unheld\|bypassed\)_total{.*/\1/p' "$dir/out" | sort | xargs)" \
	'bypassed expired held released unheld' 'the counters of dns-gate are exported'
check 'every counter is known' lacks '^dnstap_bgp_unknown' "$dir/out"
start dnstap-bgp -c "$dir/conf" tap gate >"$dir/tap"
tapped() { ask 192.0.2.53 n1.many.example.net A >/dev/null; has ' 11.0.0.1 [0-9]+ n1.many.example.net client=192.0.2.7' "$dir/tap"; }
check 'tap gate shows the answers' within 10 tapped
stop "$started"

before=$(gate held)
ask 192.0.2.53 n1.many.example.net A >/dev/null
is "$(gate held)" "$before" 'a reply whose routes are at the router is not held'
ask 192.0.2.53 news.example.net A >/dev/null
ask 192.0.2.53 video.example.net A >/dev/null
before=$(gate held)
ask 192.0.2.53 news.example.net A >/dev/null
ask 192.0.2.53 video.example.net A >/dev/null
is "$(gate held)" "$before" 'a reply for a name that is in no list is held once'
echo news.example.net >>"$dir/listed.list"
kill -HUP "$pipeline"
within 10 has 'lists reloaded' "$dir/log"
is "$(dnstap-bgp -c "$dir/conf" sync-point 60)" 'all routes up to now are at the routers' 'sync-point works beside the gate'
video_is_held() { ask 192.0.2.53 video.example.net A >/dev/null; [ "$(gate held)" -gt "$before" ]; }
check 'after a reload, the memory of dns-gate ends before systemd is notified' within 10 video_is_held
touch "$dir/notified"
before=$(gate held)
check 'after a reload, a name that is listed now is held' asked 192.0.2.53 news.example.net A
is "$(gate held)" "$((before + 1))" 'the reply for a newly listed name is counted as held'

# --- Under load, with a stop and a kill ---

load() { in_namespace "$client" dnsperf -s 192.0.2.53 -d "$dir/questions" -l "$1" -q 50 -t 5 -Q 3000; }
lost() { sed -n 's/.*Queries lost: *\([0-9]*\) .*/\1/p' "$dir/dnsperf"; }
load 6 >"$dir/dnsperf" 2>&1 &
pids+=("$!")
load=$!
sleep 1
stop "$pipeline"
is "$?" 0 'SIGTERM under load ends the pipeline'
wait "$load"
is "$(lost)" 0 'no reply is lost'
is "$(counter match bad_lines)" 0 'no line is torn'
is "$(counter match lines)" $(($(counter gate answers) + $(counter read answers) + $(counter packets answers) - \
	$(counter gate dropped) - $(counter read dropped) - $(counter packets dropped))) 'dnstap-match has read every line of all sources'

configure GATE_QUEUE=7
start_pipeline
check 'dns-gate alone is a source' within 20 runs gate match cache announce
check 'with dns-gate alone, replies are held' within 10 asked 192.0.2.53 n100.many.example.net A
: >"$dir/log"
kill -KILL "$(stage dns-gate)"
wait "$pipeline"
is "$?:$(grep ^dnstap-bgp: "$dir/log")" '1:dnstap-bgp: dns-gate: killed by signal 9' 'a killed dns-gate ends the pipeline'
check 'after a kill of dns-gate, replies pass' test -n "$(ask 192.0.2.53 n101.many.example.net A)"

# --- A fallback ---

start_pipeline
within 20 runs gate match cache announce
within 10 asked 192.0.2.53 n200.many.example.net A
kill -STOP "$(stage ipcache)"
for i in {300..306}; do ask 192.0.2.53 "n$i.many.example.net" A; done >"$dir/addresses"
is "$(wc -l <"$dir/addresses")" 7 'while a stage is stopped, all replies pass'
status
is "$?" 1 'status exits with status 1 during a fallback'
check 'status warns that dns-gate holds nothing' has ' dns-gate holds no reply now: no barrier returns from the routers' "$dir/out"
check 'status warns that replies passed early' has ' [1-9][0-9]* replies passed before their routes were at the routers' "$dir/out"
kill -CONT "$(stage ipcache)"
holds() { gate_is fallback 0; }
check 'the gate holds replies again when the barriers return' within 10 holds
check 'after the fallback the router has the route when a reply arrives' asked 192.0.2.53 n400.many.example.net A
stop "$pipeline"
is "$?" 0 'SIGTERM ends the pipeline'

# --- A long start: the list is a FIFO ---

mkfifo "$dir/slow.list"
configure GATE_QUEUE=7 MATCH_OPTIONS=-a
sed -i "s|^LISTS=.*|LISTS=$dir/slow.list|" "$dir/conf"
start_pipeline
within 10 runs cache announce
is "$(ask 192.0.2.53 n450.many.example.net A):$(stage dns-gate)" 11.0.1.200: 'while the lists are read, replies pass without dns-gate'
echo many.example.net >"$dir/slow.list"
check 'dns-gate starts when the lists are read' within 20 runs gate match cache announce
check 'the first reply after the start is held' asked 192.0.2.53 n451.many.example.net A
is "$(gate expired)" 0 'no reply was held for nothing'
stop "$pipeline"
start_pipeline
within 10 runs cache announce
kill "$pipeline"
sleep 0.5
echo many.example.net >"$dir/slow.list"
wait "$pipeline"
is "$?:$(find "$live" -name gate.stats)" 0: 'the pipeline can be stopped before dns-gate starts'

# --- As the service: another user with the capabilities of both drop-ins ---

configure "SOCKET=$dir/dnstap.sock" PACKETS=out0 GATE_QUEUE=7
rm -rf "$dir/dnstap.sock" "$dir/cache.tdb"*
install -d -m 755 "$dir/bin"
cp scripts/bin/dnstap-bgp scripts/bin/dnstap-bgp-* "$BUILD"/{dns-gate,dnstap-read,pcap-read,dnstap-match,ipcache,bgp-announce} "$dir/bin"
chown -R 1:1 "$dir"
capabilities() { sed -n 's/^Cap\(Prm\|Eff\|Amb\):\t//p' "/proc/$(stage "$1")/status" | xargs; }
start setsid setpriv --reuid=1 --regid=1 --clear-groups --inh-caps=+net_raw,+net_admin --ambient-caps=+net_raw,+net_admin \
	env TMPDIR="$dir" PATH="$dir/bin:/usr/sbin:/usr/bin:/sbin:/bin" dnstap-bgp -c "$dir/conf" >>"$dir/status" 2>"$dir/log"
pipeline=$started
check 'a user with the capabilities can run it' within 20 runs gate read packets match cache announce
none=0000000000000000
for program in dnstap-read pcap-read dnstap-match ipcache bgp-announce; do
	is "$(capabilities $program)" "$none $none $none" "$program has no capability"
done
is "$(capabilities dns-gate)" "0000000000001000 0000000000001000 $none" 'dns-gate keeps CAP_NET_ADMIN alone'
check 'dns-gate holds replies for this user' within 10 asked 192.0.2.53 n500.many.example.net A
stop "$pipeline"
is "$?" 0 'the pipeline of this user ends'

plan_done
