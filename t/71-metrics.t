#!/usr/bin/env bash
# The counters of the stages for Prometheus: promtool finds no fault in them, nor in the alert rules.
. t/lab/lib.sh

PATH=$PWD/scripts/bin:$PATH
live=$dir/dnstap-bgp-lab/live
mkdir -p "$live"
echo example.net >"$dir/a.list"
dnstap-read --now t/data/unbound.fstrm -S "$live/read.stats" | dnstap-match -S "$live/match.stats" "$dir/a.list" |
	ipcache run -a any -f "$dir/cache.tdb" -S "$live/cache.stats" |
	bgp-announce -a 64512 -i 192.0.2.10 -n 192.0.2.10 -e exit -S "$live/announce.stats" 192.0.2.1 >"$dir/status" 2>"$dir/log" &
pids+=("$!")
pcap-read -S "$live/packets.stats" t/data/replies.pcap >"$dir/answers"
start dns-gate --queue 7 --ack "$dir/acks" -S "$live/gate.stats" >"$dir/answers"
within 10 test -s "$live/gate.stats"
stop "$started"
within 10 has 'peer=192.0.2.1' "$live/announce.stats"
within 10 has ' announced=6 ' "$live/cache.stats"

# sample METRIC: prints its value in the last output.
sample() { grep -F "$1 " "$dir/out" | sed 's/.* //'; }

dnstap-bgp-metrics "$live" >"$dir/out"
is $? 0 'dnstap-bgp-metrics prints metrics'
show=$dir/out
is "$(promtool check metrics <"$dir/out" 2>&1)" '' 'promtool finds no fault in the metrics'
lab='pipeline="dnstap-bgp-lab"'
is "$(sample "dnstap_bgp_read_answers_total{$lab}")" 30 'a counter of dnstap-read is exported'
is "$(sample "dnstap_bgp_read_messages_total{$lab,type=\"client_response\"}")" 31 'a counter with a label is exported'
is "$(sample "dnstap_bgp_packets_answers_total{$lab}")" 3 'a counter of pcap-read is exported'
is "$(sample "dnstap_bgp_gate_fallback{$lab}")" 0 'a counter of dns-gate is exported'
is "$(sample "dnstap_bgp_match_matched_total{$lab}")" 10 'a counter of dnstap-match is exported'
is "$(sample "dnstap_bgp_cache_pairs{$lab}")" 6 'a counter of ipcache is exported'
is "$(sample "dnstap_bgp_cache_pairs_max{$lab}")" 2000000 'a limit of ipcache is exported'
is "$(sample "dnstap_bgp_cache_results_total{$lab,result=\"new\"}")" 6 'the results of answer lines are exported'
is "$(sample "dnstap_bgp_announce_peer_up{$lab,peer=\"192.0.2.1\"}")" 0 'a session that is down is exported as 0'
check 'every counter is known' lacks '^dnstap_bgp_unknown' "$dir/out"

mkdir "$dir/other"
sed 's/state=[a-z]*/state=established/; s/error=[^=]* since/error=No route to host since/' "$live/announce.stats" >"$dir/other/announce.stats"
echo 'dnstap-match: stats lines=1 new_one=2' >"$dir/other/match.stats"
dnstap-bgp-metrics -o "$dir/both" "$live" "$dir/other"
is $? 0 'the metrics of two pipelines are written to a file'
cp "$dir/both" "$dir/out"
is "$(promtool check metrics <"$dir/both" 2>&1)" '' 'promtool finds no fault in the file'
is "$(sample 'dnstap_bgp_announce_peer_up{pipeline="other",peer="192.0.2.1"}')" 1 'a session that is up is exported as 1'
is "$(sample 'dnstap_bgp_unknown{pipeline="other",counter="match new_one"}')" 2 'a counter of a later version is exported'
is "$(find "$dir" -name 'both*' | wc -l)" 1 'no temporary file is left'
dnstap-bgp-metrics "$dir/nowhere" >"$dir/out"
is "$?$(cat "$dir/out")" 1 'dnstap-bgp-metrics without counters: exit status 1'
dnstap-bgp-metrics -o "$dir/no/where" "$live" 2>"$dir/log"
is "$?$(cat "$dir/log")" "2dnstap-bgp-metrics: $dir/no/where: cannot be written; does its folder exist, and may this user write to it?" 'a file that cannot be written is an error'

cp scripts/prometheus/dnstap-bgp.rules.yml t/data/rules.test.yml "$dir"
show=$dir/log
promtool check rules "$dir/dnstap-bgp.rules.yml" >"$dir/log" 2>&1
is $? 0 'promtool accepts the alert rules'
promtool test rules "$dir/rules.test.yml" >"$dir/log" 2>&1
is $? 0 'each alert rule fires when it must, and only then'
# Each metric in a rule is one that is printed.
while read -r metric; do
	check "$metric is printed" has "^${metric}\{" "$dir/both"
done < <(grep -o 'dnstap_bgp_[a-z_]*' scripts/prometheus/dnstap-bgp.rules.yml | sort -u)

plan_done
