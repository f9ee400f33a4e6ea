#!/usr/bin/env bash
# What the stages count, for Prometheus: its own tool finds no fault in it, nor in the alert rules.
. t/lab/lib.sh

PATH=$PWD/scripts/bin:$PATH
live=$dir/dnstap-bgp-lab/live
mkdir -p "$live"
echo example.net >"$dir/a.list"
dnstap-read --now t/data/unbound.fstrm -S "$live/read.stats" | dnstap-match -S "$live/match.stats" "$dir/a.list" |
	ipcache run -a any -f "$dir/cache.tdb" -S "$live/cache.stats" |
	bgp-announce -a 64512 -i 192.0.2.10 -n 192.0.2.10 -e exit -S "$live/announce.stats" 192.0.2.1 >"$dir/status" 2>"$dir/log" &
pids+=("$!")
within 10 has 'peer=192.0.2.1' "$live/announce.stats"
within 10 has ' announced=6 ' "$live/cache.stats"

# sample METRIC: its value in the last output.
sample() { grep -F "$1 " "$dir/out" | sed 's/.* //'; }

dnstap-bgp-metrics "$live" >"$dir/out"
is $? 0 'it prints metrics'
show=$dir/out
is "$(promtool check metrics <"$dir/out" 2>&1)" '' 'promtool finds no fault in them'
lab='pipeline="dnstap-bgp-lab"'
is "$(sample "dnstap_bgp_read_answers_total{$lab}")" 30 'a counter of dnstap-read'
is "$(sample "dnstap_bgp_read_messages_total{$lab,type=\"client_response\"}")" 31 'one with a label'
is "$(sample "dnstap_bgp_match_matched_total{$lab}")" 10 'of dnstap-match'
is "$(sample "dnstap_bgp_cache_pairs{$lab}")" 6 'of ipcache'
is "$(sample "dnstap_bgp_cache_pairs_max{$lab}")" 2000000 'and its limit'
is "$(sample "dnstap_bgp_cache_results_total{$lab,result=\"new\"}")" 6 'what became of lines'
is "$(sample "dnstap_bgp_announce_peer_up{$lab,peer=\"192.0.2.1\"}")" 0 'a session that is down'
check 'nothing is counted that it does not know' lacks '^dnstap_bgp_unknown' "$dir/out"

mkdir "$dir/other"
sed 's/state=[a-z]*/state=established/; s/error=[^=]* since/error=No route to host since/' "$live/announce.stats" >"$dir/other/announce.stats"
echo 'dnstap-match: stats lines=1 new_one=2' >"$dir/other/match.stats"
dnstap-bgp-metrics -o "$dir/both" "$live" "$dir/other"
is $? 0 'two pipelines go into a file'
cp "$dir/both" "$dir/out"
is "$(promtool check metrics <"$dir/both" 2>&1)" '' 'which is as good'
is "$(sample 'dnstap_bgp_announce_peer_up{pipeline="other",peer="192.0.2.1"}')" 1 'with a session that is up'
is "$(sample 'dnstap_bgp_unknown{pipeline="other",counter="match new_one"}')" 2 'a counter of a later version is passed on'
is "$(find "$dir" -name 'both*' | wc -l)" 1 'and nothing is left beside it'
dnstap-bgp-metrics "$dir/nowhere" >"$dir/out"
is "$?$(cat "$dir/out")" 1 'no counters are a negative result'
dnstap-bgp-metrics -o "$dir/no/where" "$live" 2>"$dir/log"
is "$?$(cat "$dir/log")" "2dnstap-bgp-metrics: $dir/no/where: cannot be written" 'a file that cannot be written is an error'

cp scripts/prometheus/dnstap-bgp.rules.yml t/data/rules.test.yml "$dir"
show=$dir/log
promtool check rules "$dir/dnstap-bgp.rules.yml" >"$dir/log" 2>&1
is $? 0 'promtool takes the alert rules'
promtool test rules "$dir/rules.test.yml" >"$dir/log" 2>&1
is $? 0 'each tells when it should, and none when it should not'
# Each metric that a rule asks for is one that is printed.
while read -r metric; do
	check "$metric is printed" has "^${metric}\{" "$dir/both"
done < <(grep -o 'dnstap_bgp_[a-z_]*' scripts/prometheus/dnstap-bgp.rules.yml | sort -u)

plan_done
