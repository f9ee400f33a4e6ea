#!/usr/bin/awk -f
# Prints the output of dnstap-bgp-counters as `dnstap-bgp status` shows it. `now` is the time, `current` is set for a user
# who can request counters, and the environment variable DENIED is the program that AppArmor denied a dnstap socket. Exits 1
# when there is a warning.

function span(s) {
	return s < 120 ? s " s" : s < 7200 ? int(s / 60) " min" : s < 172800 ? int(s / 3600) " h" : int(s / 86400) " days"
}
function plural(n, one, many) { return n " " (n == 1 ? one : many) }
function warn(text) { warnings[++n_warnings] = text }
# The source whose delay is shown: dnstap-read, or without it pcap-read. That of dns-gate is always zero.
function delay_source() { return is_source("read") ? "read" : "packets" }
# unbound and BIND buffer dnstap for up to a second.
function delay_cause(    median) {
	median = value("read delay", "median_ms")
	return median > 100 && median <= 5000 ? ": the resolver buffers dnstap" : ""
}
function ms(n) { return n < 1000 ? n " ms" : n > 60000 ? "over a minute" : n / 1000 " s" }
function percent(part, of) { return of > 0 ? sprintf("%.1f %%", 100 * part / of) : "-" }
# row(NAME, TEXT): prints a row, in lines of at most 79 columns.
function row(name, text,    n, word, i, line) {
	n = split(text, word, " ")
	line = sprintf("%-10s%s", name, word[1])
	for (i = 2; i <= n; i++)
		if (length(line " " word[i]) > 79) {
			print line
			line = sprintf("%12s%s", "", word[i])
		} else
			line = line " " word[i]
	print line
}
function denial(    profile) {
	profile = ENVIRON["DENIED"]
	return profile == "" ? "" : ": AppArmor denied access to " profile "; see AppArmor in dnstap-bgp(7)"
}
function warn_near_limit(what, now, max) {
	if (max > 0 && now >= 0.8 * max)
		warn("near the limit: " now " of " max " " what)
}
function read_peer(    address, state, error, i, pair, c) {
	address = substr($3, 6)
	state = substr($4, 7)
	error = $0
	sub(/.* error=/, "", error)
	sub(/ since=.*/, "", error)
	for (i = 5; i <= NF; i++)
		if (split($i, pair, "=") == 2)
			c[pair[1]] = pair[2]
	peers[++n_peers] = sprintf("%-24s %-12s for %s", address, state, span(c["since"]))
	if (state == "established")
		peers[n_peers] = peers[n_peers] ", " c["sent"] " routes" (c["pending"] > 0 ? ", " c["pending"] " pending" : "")
	if (c["unsent"] > 0)
		warn(c["unsent"] " routes withheld from " address (c["reason"] != "" ? ": " c["reason"] : ""))
	if (state != "established")
		warn("no session with " address ": " (error == "none" ? state : error))
}
function is_source(name) { return name in written || (name == "read" && !("packets" in written) && !("gate" in written)) }
function warn_of_missing(    i, stages) {
	for (i = 1; i <= split("read match cache announce", stages); i++)
		if (!(stages[i] in written) && (stages[i] != "read" || is_source("read")))
			warn(program[stages[i]] " is not running")
}
BEGIN {
	program["read"] = "dnstap-read"
	program["gate"] = "dns-gate"
	program["packets"] = "pcap-read"
	program["match"] = "dnstap-match"
	program["cache"] = "ipcache"
	program["announce"] = "bgp-announce"
}
$1 == "file" {
	stage = $2
	written[stage] = $3
	if (now - $3 > oldest)
		oldest = now - $3
	if (now - $3 > 30)
		warn(program[stage] ": no counters for " span(now - $3))
	next
}
$2 != "stats" || $3 == "messages" || $3 == "malformed" { next }
$3 ~ /^peer=/ { read_peer(); next }
{
	section = stage ($3 == "delay" ? " delay" : "")
	for (i = 3; i <= NF; i++)
		if (split($i, pair, "=") == 2)
			v[section, pair[1]] = pair[2]
}
END {
	warn_of_missing()
	print_summary()
	warn_of_read()
	warn_of_packets()
	warn_of_gate()
	warn_of_match()
	warn_of_cache()
	warn_of_announce()
	for (i = 1; i <= n_warnings; i++)
		row(i == 1 ? "warnings" : "", warnings[i])
	exit n_warnings > 0
}

function value(stage, key) { return v[stage, key] + 0 }

# warn_if(STAGE, KEY, TEXT): adds a warning with the counter, if it is not zero.
function warn_if(stage, key, text) {
	if (value(stage, key) > 0)
		warn(value(stage, key) " " text)
}

function print_summary(    i, delay) {
	if (oldest > 2)
		row("age", "the counters are " span(oldest) " old" (current ? "" : "; with sudo they are current"))
	if (is_source("read"))
		row("answers", value("read", "answers") ", " value("read", "dropped") " dropped; " \
			plural(value("read", "open"), "resolver connection", "resolver connections"))
	if (is_source("gate"))
		row("gate", value("gate", "held") " replies held, " value("gate", "expired") " expired; " \
			value("gate", "bypassed") + value("gate", "unheld") " not held")
	if (is_source("packets"))
		row("packets", value("packets", "answers") " answers, " value("packets", "dropped") " dropped; " \
			value("packets", "kernel_dropped") " packets dropped by the kernel")
	delay = delay_source() " delay"
	if (value(delay, "median_ms") > 0)
		row("delay", "half within " ms(value(delay, "median_ms")) ", 99 % within " ms(value(delay, "p99_ms")) delay_cause())
	row("matches", value("match", "matched") " of " value("match", "lines") \
		" (" percent(value("match", "matched"), value("match", "lines")) "), " \
		plural(value("match", "entries"), "list entry", "list entries"))
	row("cache", value("cache", "pairs") " address-name pairs, " value("cache", "addresses") " addresses")
	row("routes", value("announce", "routes_ipv4") " IPv4, " value("announce", "routes_ipv6") " IPv6" \
		(value("announce", "routes_from_files") > 0 ? "; " value("announce", "routes_from_files") " from files" : ""))
	for (i = 1; i <= n_peers; i++)
		row(i == 1 ? "peers" : "", peers[i])
}

function warn_of_read() {
	if (("read", "open") in v && v["read", "open"] == 0 && !is_source("packets") && !is_source("gate"))
		warn("no resolver is connected to the socket" denial())
	warn_if("read", "dropped", "answers were dropped: the pipeline is too slow for the resolver")
	warn_if("read", "displaced", "connections to the socket were closed: too many were open")
	warn_if("read", "over_limit", "answers were dropped: over 1024 addresses or 512 KiB of lines in one DNS message")
	if (value("read delay", "median_ms") > 5000)
		warn("answers arrive late: a clock is wrong, or the resolver was disconnected")
}

function warn_of_packets() {
	warn_if("packets", "dropped", "answers of packets were dropped: the pipeline is too slow")
	warn_if("packets", "kernel_dropped", "packets were dropped by the kernel: pcap-read is too slow")
	warn_if("packets", "over_limit", "answers of packets were dropped: over 1024 addresses or 512 KiB of lines in one DNS message")
}

# The counters since the start include short delays of a router: below 1 in 1000 held replies they are no warning.
function warn_of_gate_share(key, text) {
	if (1000 * value("gate", key) > value("gate", "held"))
		warn_if("gate", key, text)
}

function warn_of_gate() {
	if (value("gate", "fallback") > 0)
		warn("dns-gate holds no reply now: no barrier returns from the routers")
	warn_of_gate_share("expired", "replies passed before their routes were at the routers: see --hold in dns-gate(1)")
	warn_of_gate_share("bypassed", "replies were not held while no barrier returned")
	warn_of_gate_share("unheld", "replies were not held: too many waited")
	warn_of_gate_share("missed", "replies were not queued by the kernel")
	warn_of_gate_share("verdict_errors", "queued replies were dropped by the kernel, for example because an interface disappeared")
	warn_if("gate", "dropped", "answers of dns-gate were dropped: the pipeline is too slow")
}

function warn_of_match() {
	warn_if("match", "bad_entries", "list entries do not parse; see dnstap-match -c LIST")
	warn_if("match", "regex_off", "regular expressions are disabled: they are too slow; see the log")
}

function warn_of_cache() {
	warn_near_limit("pairs in the cache", value("cache", "pairs"), value("cache", "max_pairs"))
	warn_near_limit("addresses in the cache (MAX_ROUTES)", value("cache", "addresses"), value("cache", "max_addresses"))
	warn_if("cache", "evicted", "pairs were evicted early: cache limit reached")
	warn_if("cache", "failed_commits", "times the cache could not be written to disk; see the log")
	warn_if("cache", "ahead_of_clock", "answers were refused: their time is in the future; check the clocks")
}

function warn_of_announce() {
	warn_near_limit("routes (MAX_ROUTES)", value("announce", "routes_ipv4") + value("announce", "routes_ipv6"),
		value("announce", "max_routes"))
	warn_if("announce", "no_next_hop", "routes were refused: NEXT_HOPS has no address of their family; " \
		"their traffic is not rerouted")
	warn_if("announce", "files_not_read", "files of ROUTES could not be read again; see the log")
	warn_if("announce", "over_limit", "routes were refused: MAX_ROUTES reached")
}
