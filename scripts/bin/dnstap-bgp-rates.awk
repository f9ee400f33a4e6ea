#!/usr/bin/awk -f
# Prints rates from two outputs of dnstap-bgp-counters; `hundredths` is the time between them, in hundredths of a second. If
# a counter has decreased, its stage was restarted and the counter began again at zero.

FNR == 1 { file++ }
$2 == "stats" && $3 !~ /^(messages|malformed|delay)$/ && $3 !~ /^peer=/ {
	for (i = 3; i <= NF; i++)
		if (split($i, pair, "=") == 2)
			value[file, $1 pair[1]] = pair[2]
}
END {
	print "rate/s    " rate("dnstap-read:answers") " answers, " rate("dnstap-match:matched") " matches, " \
		rate("dnstap-read:dropped") " dropped; routes +" rate("ipcache:announced") " -" rate("ipcache:withdrawn")
}

function rate(key,    before) {
	before = value[1, key] + 0
	if (before > value[2, key] + 0)
		before = 0
	return sprintf("%.1f", 100 * (value[2, key] - before) / hundredths)
}
