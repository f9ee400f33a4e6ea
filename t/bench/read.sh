# shellcheck shell=bash disable=SC2034,SC2154,SC2317
# dnstap-read FILE beside the other decoders. Sourced by scripts/bench.

bench_read() {
	local i
	for ((i = 0; i < repetitions; i++)); do
		sample read dnstap-read "$input/capture" >/dev/null
		sample read-ldns dnstap-ldns -q -r "$input/capture" >/dev/null
		sample read-bind /usr/bin/dnstap-read "$input/capture" >/dev/null
		sample read-go dnstap -q -r "$input/capture" >/dev/null 2>"$dir/read-go.log"
	done
	wall 'dnstap-read FILE : dnstap-ldns -q' read read-ldns 0.167
	wall '  BIND dnstap-read' read read-bind 0.167
	wall '  Go dnstap -q' read read-go 0.125
	cpu '  dnstap-ldns -q' read read-ldns
	cpu '  BIND dnstap-read' read read-bind
	cpu '  Go dnstap -q' read read-go
}
