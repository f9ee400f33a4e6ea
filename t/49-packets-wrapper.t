#!/usr/bin/env bash
# shellcheck disable=SC2317
# dnstap-bgp with PACKETS: answers of a real unbound, read from packets, become routes in a real BIRD.
. t/lab/netns.sh
. t/lab/lab.sh

PATH=$PWD/scripts/bin:$PATH
live=$dir/live
export RUNTIME_DIRECTORY=$live
names=10000
mkdir "$live"
lab_zone "$dir/zone" 60
for i in $(seq $names); do echo "n$i.many A 11.0.$((i / 250)).$((i % 250))"; done >>"$dir/zone"
seq $names | sed 's/.*/n&.many.example.net A/' >"$dir/questions"
lab_unbound "$dir" 5300 "$dir/dnstap.sock"
lab_bird "$dir" 1790 64512
echo example.net >"$dir/all.list"
echo video.example.net >"$dir/video.list"

# configure LIST LINE...: the configuration with this list, and more lines.
configure() {
	{
		printf '%s\n' "LISTS=$1" "DB=$dir/cache.tdb" LIFE=1h 'CACHE_OPTIONS="-s 100ms -a any"' "${@:2}"
		lab_peering 1790 64512
	} >"$dir/conf"
}
# start_pipeline OPTION...
start_pipeline() {
	rm -f "$live"/*.stats
	start setsid "$(command -v dnstap-bgp)" -c "$dir/conf" "$@" >>"$dir/status" 2>>"$dir/log"
	pipeline=$started
}
# runs STAGE...: exactly these stages have written counters.
runs() { [ "$(cd "$live" && printf '%s\n' *.stats)" = "$(printf '%s.stats\n' "$@" | sort)" ]; }
counter() { sed -n "s/.* $2=\([0-9]*\).*/\1/p" "$live/$1.stats" | head -n 1; }
counted() { : 1<>"$live/ask"; sleep 0.1; [ "$(counter "$1" "$2")" = "$3" ]; }
stage() { pgrep -x "$1" -g "$pipeline"; }
show="$dir/log $dir/out"

# --- The configuration ---

check_it() { dnstap-bgp -c "$dir/conf" check >"$dir/out" 2>&1; }
configure "$dir/video.list" PACKETS=none0 'PACKETS_OPTIONS="--from 192.0.2.300"'
check_it
is "$?:$(cat "$dir/out")" "2:dnstap-bgp: $dir/conf:5: PACKETS: none0: no such interface; write one network interface, as in PACKETS=eth0, or PACKETS=any
dnstap-bgp: $dir/conf:6: PACKETS_OPTIONS: --from 192.0.2.300: $(pcap-read --from 192.0.2.300 2>&1 | sed 's/.*300: //'); see pcap-read(1)" \
	'an interface that does not exist, and a bad option, are reported with their lines'
configure "$dir/video.list" 'PACKETS="lo eth0"'
check_it
is "$?:$(cut -d: -f2-4 "$dir/out")" "2: $dir/conf:5: PACKETS" 'two interfaces are a mistake'
check_by_hand() { env -u RUNTIME_DIRECTORY dnstap-bgp -c "$dir/conf" check >"$dir/out" 2>&1; }
configure "$dir/video.list"
check_by_hand
is "$?:$(cat "$dir/out")" "2:dnstap-bgp: $dir/conf: SOCKET: not set; write SOCKET=..., see dnstap-bgp(8)" 'without a source, SOCKET is missing'
configure "$dir/video.list" PACKETS=
check_by_hand
is "$?:$(cat "$dir/out")" "2:dnstap-bgp: $dir/conf: SOCKET: not set; write SOCKET=..., see dnstap-bgp(8)" 'an empty PACKETS is no source'
configure "$dir/video.list" PACKETS=any
check_it
is "$?$(cat "$dir/out")" 0 'PACKETS alone is a source'
is "$(env -u RUNTIME_DIRECTORY dnstap-bgp -c "$dir/conf" -n 2>&1 | head -n 2)" "pcap-read --interface any |
dnstap-match $dir/video.list |" 'the dry run shows pcap-read in the place of dnstap-read'
setpriv --bounding-set=-net_raw dnstap-bgp -c "$dir/conf" check >"$dir/out" 2>&1
is "$?:$(cat "$dir/out")" "2:dnstap-bgp: $dir/conf:5: PACKETS: pcap-read has no CAP_NET_RAW; copy the drop-in packets.conf, see dnstap-bgp(8)" \
	'a service without the capability is reported with a remedy'
configure "$dir/video.list" "SOCKET=$dir/dnstap.sock" PACKETS=lo 'PACKETS_OPTIONS="--port 5300"'
is "$(env -u RUNTIME_DIRECTORY dnstap-bgp -c "$dir/conf" -n 2>&1 | head -n 4)" "mkfifo ./merge-packets
pcap-read --interface lo --port 5300 >./merge-packets &
dnstap-read -u $dir/dnstap.sock -m 0660 |
dnstap-match --merge ./merge-packets $dir/video.list |" 'beside dnstap-read it writes to a FIFO'

# --- PACKETS alone: a resolver without dnstap ---

sed '/^dnstap:/,$d' "$dir/unbound.conf" >"$dir/plain.conf"
start unbound -d -c "$dir/plain.conf" 2>"$dir/unbound.log"
plain=$started
start bird -f -c "$dir/bird.conf" -s "$dir/bird.ctl" -P "$dir/bird.pid" 2>"$dir/bird.log"
configure "$dir/video.list" PACKETS=lo 'PACKETS_OPTIONS="--port 5300 --from 127.0.0.1"'
start_pipeline
check 'all stages run, without dnstap-read' within 20 runs packets match cache announce
check 'the session is established' within 20 has ' end-of-rib family=ipv6 ' "$dir/status"
start dnstap-bgp -c "$dir/conf" tap packets >"$dir/tap"
tap=$started
video='198.51.100.10/32
198.51.100.11/32'
check 'answers of a resolver without dnstap are routed' within 10 routed "$video" video.example.net A
tapped() { lab_ask 5300 video.example.net A; has ' 198.51.100.10 [0-9]+ video.example.net client=127.0.0.1' "$dir/tap"; }
check 'tap packets shows the answers' within 10 tapped
stop "$tap"
is "$(dnstap-bgp -c "$dir/conf" tap answers 2>&1)" 'dnstap-bgp: tap: answers: the pipeline has no such source; see SOCKET, PACKETS and GATE_QUEUE in dnstap-bgp(8)' \
	'tap answers is refused, because dnstap-read does not run'
status() { dnstap-bgp -c "$dir/conf" status >"$dir/out" 2>&1; }
status
is "$?" 0 'status has no warning'
like "$(cat "$dir/out")" '^packets +[1-9][0-9]* answers, 0 dropped; 0 packets dropped by the kernel' 'status has a row for packets'
check 'status without SOCKET has no row for dnstap' lacks '^answers' "$dir/out"
dnstap-bgp-metrics "$live" >"$dir/out"
check 'the metrics include pcap-read' has '^dnstap_bgp_packets_answers_total\{.*\} [1-9]' "$dir/out"
echo news.example.net >"$dir/video.list"
kill -HUP "$pipeline"
check 'a reload retags the cache' within 10 announced ''
check 'a name that is listed now is routed' within 10 routed '198.51.100.30/32' news.example.net A
stop "$pipeline"
is "$?" 0 'SIGTERM ends the pipeline'
stop "$plain"

# --- PACKETS beside SOCKET, under load ---

: >"$dir/log"
: >"$dir/status"
rm -f "$dir/cache.tdb"
configure "$dir/all.list" "SOCKET=$dir/dnstap.sock" PACKETS=lo 'PACKETS_OPTIONS="--port 5300"'
start_pipeline
check 'all five stages run' within 20 runs read packets match cache announce
start unbound -d -c "$dir/unbound.conf" 2>"$dir/unbound.log"
by_dnstap() { lab_ask 5300 late.example.net A; counted read open 1 && [ "$(counter read answers)" -gt 0 ]; }
check 'the resolver is connected' within 20 by_dnstap
dnsperf -s 127.0.0.1 -p 5300 -d "$dir/questions" -n 10 -q 50 >"$dir/dnsperf" 2>&1
# A busy machine may drop packets, but counts them.
all_seen() {
	: 1<>"$live/ask"
	sleep 0.2
	[ $(($(counter read answers) + $(counter packets answers) + $(counter packets kernel_dropped))) -ge $((20 * names)) ]
}
check 'both sources report all answers' within 10 all_seen
check 'all addresses are cached' within 10 counted cache addresses $((names + 1))
is "$(counter match bad_lines) $(counter cache bad_lines)" '0 0' 'no line is torn'
is "$(counter cache pairs)" $((names + 1)) 'a pair from both sources is one pair'
all_routed() { [ "$(birdc -s "$dir/bird.ctl" show route count | sed -n 's/^\([0-9]*\) of .*master4$/\1/p')" -ge $((names + 1)) ]; }
check 'the router has all routes' within 20 all_routed
status
like "$(cat "$dir/out")" '^answers .*[1-9][0-9]*, 0 dropped; 1 resolver connection' 'status has a row for dnstap'
check 'status has a row for packets beside that for dnstap' has '^packets +[1-9][0-9]* answers, 0 dropped; ' "$dir/out"
check 'status with both sources fits a terminal' test "$(wc -l <"$dir/out")" -le 24 -a "$(wc -L <"$dir/out")" -le 79

# The sources are stopped under load: each line that they have written is read.
start dnsperf -s 127.0.0.1 -p 5300 -d "$dir/questions" -l 600 -q 50 >"$dir/dnsperf" 2>&1
load=$started
more() { : 1<>"$live/ask"; sleep 0.1; [ "$(counter packets answers)" -gt $((15 * names)) ]; }
check 'the load runs' within 20 more
stop "$pipeline"
is "$?" 0 'SIGTERM under load ends the pipeline'
is "$(counter match lines)" $(($(counter read answers) - $(counter read dropped) + $(counter packets answers) - $(counter packets dropped))) \
	'dnstap-match has read every line of both sources'
is "$(counter match bad_lines)" 0 'no line is cut off'
is "$(grep -vE ': peer |packets dropped by the kernel' "$dir/log")" '' 'no stage prints a message'

# --- A source that is killed ---

start_pipeline
within 20 runs read packets match cache announce
kill -KILL "$(stage pcap-read)"
wait "$pipeline"
is "$?:$(grep ^dnstap-bgp: "$dir/log")" '1:dnstap-bgp: pcap-read: killed by signal 9' 'a killed pcap-read ends the pipeline'
is "$(counter match bad_lines)" 0 'a killed pcap-read leaves no torn line'
: >"$dir/log"
start_pipeline
within 20 runs read packets match cache announce
kill -KILL "$(stage dnstap-match)"
wait "$pipeline"
is "$?:$(grep ^dnstap-bgp: "$dir/log")" '1:dnstap-bgp: dnstap-match: killed by signal 9' 'a killed dnstap-match ends both sources'
: >"$dir/log"
start_pipeline -r
within 20 runs read packets match cache announce
before=$(stage pcap-read)
kill -KILL "$before"
again() { runs read packets match cache announce && [ -n "$(stage pcap-read)" ] && [ "$(stage pcap-read)" != "$before" ]; }
check 'with -r the pipeline is restarted' within 20 again
check 'the restarted pipeline reads packets' within 20 more
stop "$pipeline"
is "$?" 0 'SIGTERM ends the restarted pipeline'
stop "$load"
sed -i 's/PACKETS=lo/PACKETS=none0/' "$dir/conf"
: >"$dir/log"
start_pipeline -r
wait "$pipeline"
is "$?" 2 'an interface that does not exist is not tried again'
check 'the interface that does not exist is named' has '^pcap-read: none0: no such interface$' "$dir/log"

# --- As the service: another user with one capability ---

configure "$dir/all.list" "SOCKET=$dir/dnstap.sock" PACKETS=lo 'PACKETS_OPTIONS="--port 5300"'
rm -rf "$dir/dnstap.sock" "$dir/cache.tdb"*
install -d -m 755 "$dir/bin"
cp scripts/bin/dnstap-bgp scripts/bin/dnstap-bgp-* "$BUILD"/{dnstap-read,pcap-read,dnstap-match,ipcache,bgp-announce} "$dir/bin"
chown -R 1:1 "$dir"
capabilities() { sed -n 's/^Cap\(Prm\|Eff\|Amb\):\t//p' "/proc/$(stage "$1")/status" | sort -u | xargs; }
start setsid setpriv --reuid=1 --regid=1 --clear-groups --inh-caps=+net_raw --ambient-caps=+net_raw \
	env TMPDIR="$dir" PATH="$dir/bin:/usr/sbin:/usr/bin:/sbin:/bin" dnstap-bgp -c "$dir/conf" >>"$dir/status" 2>"$dir/log"
pipeline=$started
check 'a user with CAP_NET_RAW can run it' within 20 runs read packets match cache announce
for program in dnstap-read pcap-read dnstap-match ipcache bgp-announce; do
	is "$(capabilities $program)" 0000000000000000 "$program has no capability"
done
stop "$pipeline"
is "$?" 0 'the pipeline of this user ends'

plan_done
