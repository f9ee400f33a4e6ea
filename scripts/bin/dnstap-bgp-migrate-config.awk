#!/usr/bin/awk -f
# Turns the lines of dnstap-bgp-migrate-toml.awk into a configuration of dnstap-bgp(8). Comments name the settings that have
# no counterpart.

BEGIN { FS = "\t" }

function quoted(key, text) {
	if (text ~ /["$`\\]/) {
		print "dnstap-bgp-migrate: " key ": not possible in a configuration: " text "; remove the special characters" >"/dev/stderr"
		failed = 1
	}
	return text ~ /^[A-Za-z0-9_.:,=\/+-]+$/ ? text : "\"" text "\""
}
# Converts a duration of Go: 1h is unchanged; 1h30m and 1.5h become seconds.
function span(text,	total, part) {
	if (text ~ /^[0-9]+(ms|s|m|h)$/)
		return text
	while (match(text, /^[0-9.]+(ms|s|m|h)/)) {
		part = substr(text, 1, RLENGTH)
		text = substr(text, RLENGTH + 1)
		total += part * (part ~ /h$/ ? 3600 : part ~ /ms$/ ? 0.001 : part ~ /m$/ ? 60 : 1)
	}
	if (text != "" || total < 1) {
		print "dnstap-bgp-migrate: " $1 ": not a duration: " $2 "; write one as 24h" >"/dev/stderr"
		failed = 1
	}
	return int(total) "s"
}
function note(text) { notes = notes "# " text "\n" }

$1 == "domains" { list = $2; next }
$1 == "ttl" { life = span($2); next }
$1 == "ipv6" { ipv6 = $2 == "true"; next }
$1 == "cache" { note("cache: " $2 " is not migrated; for its content see dnstap-bgp-migrate(1)."); next }
$1 == "namespace" { note("namespace: " $2 ": for a network namespace see dnstap-bgp(8)."); next }
$1 == "dnstap.socket" || $1 == "dnstap.listen" { socket = $2; next }
$1 == "dnstap.perm" { mode = $2; next }
$1 == "bgp.as" { as = $2; next }
$1 == "bgp.routerid" { id = $2; next }
$1 == "bgp.nexthop" { hop = $2; next }
$1 == "bgp.nexthopipv6" { hop6 = $2; next }
$1 == "bgp.sourceip" { source = ",source=" $2; source_address = $2; next }
$1 == "bgp.sourceif" { device = ",device=" $2; next }
$1 == "bgp.peers" { peers[++n] = $2; next }
$1 == "syncer.listen" { note("syncer.listen " $2 " is not converted: dnstap-bgp listens on no port; see dnstap-bgp-sync(7)."); next }
$1 == "syncer.peers" { note("syncer: the peer " $2 "; see dnstap-bgp-sync(7)."); next }
$1 == "syncer.syncinterval" { next }
{ note($1 " is unknown, and ignored.") }

# Next hops that are not set have the defaults of the Go daemon.
function next_hops() {
	if (hop == "")
		hop = source_address != "" && source_address !~ /:/ ? source_address : id
	if (ipv6 && hop6 == "") {
		hop6 = "fd00::1"
		note("NEXT_HOPS: fd00::1 is the default of the Go daemon.")
	}
	return ipv6 ? hop " " hop6 : hop
}
function peer_words(	i, peer, words) {
	for (i = 1; i <= n; i++) {
		peer = peers[i]
		if (sub(/:179$/, "", peer) == 0)
			sub(/:/, ",port=", peer)
		words = words (i > 1 ? " " : "") peer source device
	}
	return words
}
END {
	if (list == "" || socket == "" || as == "" || id == "" || n == 0) {
		print "dnstap-bgp-migrate: domains, dnstap.listen, bgp.as, bgp.routerid and bgp.peers must be set" >"/dev/stderr"
		exit 2
	}
	if (socket ~ /^\//) {
		print "SOCKET=" quoted("dnstap.listen", socket)
	} else {
		print "SOCKET=/run/dnstap-bgp/dnstap.sock\nREAD_OPTIONS=" quoted("dnstap.listen", "-l " socket)
	}
	if (mode != "")
		print "SOCKET_MODE=" quoted("dnstap.perm", mode)
	print "LISTS=" quoted("domains", list)
	print "# As in the Go daemon, only the queried name is matched; without -q its CNAMEs are matched also."
	print "MATCH_OPTIONS=-q"
	print "LIFE=" (life == "" ? "24h" : life)
	print "AS=" quoted("bgp.as", as)
	print "ROUTER_ID=" quoted("bgp.routerid", id)
	print "NEXT_HOPS=" quoted("bgp.nexthop", next_hops())
	print "PEERS=" quoted("bgp.peers", peer_words())
	print "MAX_ROUTES=90000"
	note("MAX_ROUTES: the Go daemon has no limit. Set a value below the limit of each router.")
	printf "%s", notes
	exit failed ? 2 : 0
}
