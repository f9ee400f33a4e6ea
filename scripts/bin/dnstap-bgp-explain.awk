#!/usr/bin/awk -f
# Explains cached pairs: for each address a sentence about its route, then its answers and the list entries that they
# matched. Reads two files: the replies of `bgp-announce --ask`, and answer lines that are sorted by address. `now` is the
# time. If `uncached` is set to an address without pairs in a prefix of ROUTES, reads only the reply about that address. Exits
# 1 when an address is not routed.

function ago(time,    s) {
	s = int(now - time)
	if (s < 0)
		s = 0
	return (s < 120 ? s " s" : s < 7200 ? int(s / 60) " min" : s < 172800 ? int(s / 3600) " h" : int(s / 86400) " days") " ago"
}

# Why some peers do not have the route.
function missing(count,    text) {
	text = ""
	if (count["no-session"] > 0) text = text ", no session with " count["no-session"]
	if (count["pending"] > 0) text = text ", pending for " count["pending"]
	if (count["no-family"] > 0) text = text ", " count["no-family"] " without this address family"
	if (count["withheld"] > 0) text = text ", " count["withheld"] " excluded by tags or next hop"
	return substr(text, 3)
}

# Explains the reply `route PREFIX announced|covered KEY=VALUE...` of bgp-announce.
function announced(line,    n, word, i, pair, count, why, by) {
	n = split(line, word, " ")
	for (i = 4; i <= n; i++) {
		split(word[i], pair, "=")
		count[pair[1]] = pair[2]
	}
	why = missing(count)
	by = word[3] == "covered" ? count["by"] : uncached != "" ? word[2] : ""
	if (count["sent"] > 0)
		return "is routed" (count["next-hop"] != "" ? " via " count["next-hop"] : "") " to " count["sent"] " of " \
			count["peers"] " peers" (why != "" ? " (" why ")" : "") \
			(by != "" ? ", by prefix " by " of ROUTES" : "")
	failed = 1
	return (by != "" ? "is in prefix " by " of ROUTES" : "is cached") " but not announced: " \
		(count["no-session"] == count["peers"] ? "no session" : why)
}

function verdict(address, line,    word, why) {
	split(line, word, " ")
	if (word[3] == "announced" || word[3] == "covered")
		return announced(line)
	failed = 1
	if (word[3] == "absent")
		return "is cached but not announced: bgp-announce has no such route"
	if (word[3] == "refused") {
		why = substr(line, index(line, " refused ") + 9)
		sub(/ \(-n\)$/, "", why)
		return "is cached but not announced: " why
	}
	return "is cached; whether it is announced is unknown: " problem
}

function print_answer(    i, via, tag, rule, first) {
	via = tag = rule = ""
	first = $1
	for (i = 5; i <= NF; i++)
		if (sub(/^via=/, "", $i)) via = $i
		else if (sub(/^tag=/, "", $i)) tag = $i
		else if (sub(/^rule=/, "", $i)) rule = $i
		else if (sub(/^first=/, "", $i)) first = $i
	print "  answer for " $4 " " ago($1) (ago(first) != ago($1) ? ", first " ago(first) : "")
	if (via != "") {
		gsub(/,/, ", ", via)
		print "    CNAME " via
	}
	print_matches(tag, rule)
}

function print_matches(tag, rule,    n, i, tags, rules) {
	n = split(tag, tags, ",")
	split(rule, rules, ",")
	for (i = 1; i <= n; i++)
		print "    list " tags[i] (rules[i] != "" ? ", entry " rules[i] : "")
	if (n == 0)
		print "    no list: cached without a tag (-v or -a of dnstap-match)"
}

BEGIN { problem = "no answer from bgp-announce" }
FNR == 1 { file++ }
file == 1 && $1 == "route" {
	prefix = $2
	sub(/\/.*/, "", prefix)
	route[prefix] = reply = $0
}
file == 1 && $1 == "unknown" && NF > 1 { problem = substr($0, 9) }
file == 1 { next }
$2 != address {
	address = $2
	print address " " verdict(address, route[address]) "."
}
{ print_answer() }
END {
	if (uncached != "")
		print uncached " " verdict(uncached, reply) "."
	exit failed
}
