#!/usr/bin/awk -f
# Prints rates from two outputs of dnstap-bgp-counters; `hundredths` is the time between them, in hundredths of a second. If
# a counter has decreased, its stage was restarted and the counter began again at zero.

FNR == 1 { file++ }
$2 == "stats" && $3 !~ /^(messages|malformed|delay|reassembly)$/ && $3 !~ /^peer=/ {
	for (i = 3; i <= NF; i++)
		if (split($i, pair, "=") == 2)
			value[file, $1 pair[1]] = pair[2]
}
END {
	print "rate/s    " rate("dns-gate:answers dnstap-read:answers pcap-read:answers") " answers, " rate("dnstap-match:matched") " matches, " \
		rate("dns-gate:dropped dnstap-read:dropped pcap-read:dropped") " dropped; routes +" rate("ipcache:announced") " -" rate("ipcache:withdrawn")
}

# rate(KEYS): the sum of the rates of counters.
function rate(keys,    i, n, key, before, sum) {
	n = split(keys, key, " ")
	for (i = 1; i <= n; i++) {
		before = value[1, key[i]] + 0
		if (before > value[2, key[i]] + 0)
			before = 0
		sum += value[2, key[i]] - before
	}
	return sprintf("%.1f", 100 * sum / hundredths)
}
