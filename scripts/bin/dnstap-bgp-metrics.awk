#!/usr/bin/awk -f
# Prints the output of dnstap-bgp-counters, with a line `pipeline NAME` before each pipeline, in the text format of
# Prometheus. Exits 1 when there are no counters.

# describe(WHERE, NAME, TYPE, HELP[, LABEL]): the counter WHERE, "stage key" or "stage section key", is the metric NAME.
# Counters with a LABEL (name="value") share a NAME.
function describe(where, name, type, help, label) {
	name_of[where] = "dnstap_bgp_" name
	label_of[where] = label
	define(name_of[where], type, help)
}

function define(name, type, help) {
	if (!(name in type_of))
		names[++n] = name
	type_of[name] = type
	help_of[name] = help
}

function add(name, labels, value) { add_part(name, "", labels, value) }

function add_part(name, part, labels, value) {
	if (value ~ /^[0-9]+$/)
		samples[name] = samples[name] name part "{" label("pipeline", pipeline) labels "} " value "\n"
}

function label(name, value) {
	gsub(/[\\"]/, "\\\\&", value)
	return name "=\"" value "\""
}

function add_counter(where, labels, value) {
	if (!(where in name_of))
		describe(where, "unknown", "untyped", "Counter that this version of dnstap-bgp-metrics does not know.", label("counter", where))
	add(name_of[where], (label_of[where] != "" ? "," label_of[where] : "") labels, value)
}

BEGIN {
	define("dnstap_bgp_stats_timestamp_seconds", "gauge", "Time when the stage last wrote its counters.")

	describe("read connections", "read_connections_total", "counter", "Connections to the dnstap sockets.")
	describe("read open", "read_connections_open", "gauge", "Open connections to the dnstap sockets.")
	describe("read frames", "read_frames_total", "counter", "Dnstap frames read.")
	describe("read bytes", "read_bytes_total", "counter", "Dnstap bytes read.")
	describe("read answers", "read_answers_total", "counter", "Answer lines written by dnstap-read.")
	describe("read dropped", "read_dropped_total", "counter", "Answers dropped because the pipeline was too slow.")
	describe("read too_long", "read_too_long_total", "counter", "Answers dropped because their line would be too long.")
	describe("read over_limit", "read_over_limit_total", "counter", "Answers dropped because their DNS message has more than 1024 addresses or 512 KiB of lines.")
	describe("read bad_stream", "read_bad_streams_total", "counter", "Connections closed because of a protocol error or a handshake timeout.")
	describe("read handshake_timeout", "read_handshake_timeouts_total", "counter", "Connections closed after a handshake timeout.")
	describe("read displaced", "read_displaced_total", "counter", "Connections closed because the limit of 1024 was reached.")
	describe("read bad_dnstap", "read_bad_dnstap_total", "counter", "Invalid dnstap frames.")
	describe("read bad_dns", "read_bad_dns_total", "counter", "Invalid DNS messages.")

	describe("packets packets", "packets_total", "counter", "Packets read.")
	describe("packets udp", "packets_messages_total", "counter", "DNS messages, by transport.", "transport=\"udp\"")
	describe("packets tcp", "packets_messages_total", "counter", "DNS messages, by transport.", "transport=\"tcp\"")
	describe("packets answers", "packets_answers_total", "counter", "Answer lines written.")
	describe("packets dropped", "packets_dropped_total", "counter", "Answers dropped because the pipeline was too slow.")
	describe("packets too_long", "packets_too_long_total", "counter", "Answers dropped because their line would be too long.")
	describe("packets over_limit", "packets_over_limit_total", "counter", "Answers dropped because their DNS message has too many.")
	describe("packets kernel_dropped", "packets_kernel_dropped_total", "counter", "Packets dropped by the kernel because pcap-read was too slow.")
	ignored("other incoming untrusted")
	describe("packets bad_packet", "packets_bad_packets_total", "counter", "Packets that cannot be read.")
	describe("packets bad_dns", "packets_bad_dns_total", "counter", "Invalid DNS messages.")
	describe("packets fragments", "packets_fragments_total", "counter", "IP fragments read.")
	describe("packets fragment_overlap", "packets_fragment_overlaps_total", "counter", "Packets discarded because their fragments contradict each other.")
	describe("packets fragment_lost", "packets_fragments_lost_total", "counter", "Packets discarded because fragments were missing.")
	describe("packets tcp_opened", "packets_tcp_connections_total", "counter", "TCP connections.")
	describe("packets tcp_unknown", "packets_tcp_unknown_total", "counter", "TCP segments of connections whose start was not captured.")
	describe("packets tcp_damaged", "packets_tcp_damaged_total", "counter", "DNS messages lost in a gap of a TCP connection.")
	describe("packets tcp_lost", "packets_tcp_lost_total", "counter", "TCP connections ignored after a gap.")
	describe("packets tcp_removed", "packets_tcp_removed_total", "counter", "TCP connections discarded at a limit.")
	describe("packets memory", "packets_memory_bytes", "gauge", "Memory for fragments and TCP connections.")

	describe("gate packets", "gate_packets_total", "counter", "Packets received from the queue.")
	describe("gate replies", "gate_replies_total", "counter", "DNS replies received.")
	describe("gate answers", "gate_answers_total", "counter", "Answer lines written by dns-gate.")
	describe("gate held", "gate_held_total", "counter", "Packets held until their routes were at the routers.")
	describe("gate released", "gate_released_total", "counter", "Held packets released because their barrier returned.")
	describe("gate expired", "gate_expired_total", "counter", "Held packets released because their time was over.")
	describe("gate unheld", "gate_unheld_total", "counter", "Packets not held because the limit was reached or stdout was blocked.")
	describe("gate bypassed", "gate_bypassed_total", "counter", "Packets not held because no barrier returned.")
	describe("gate remembered", "gate_remembered_total", "counter", "Replies not held because their routes were already at the routers.")
	describe("gate waiting", "gate_waiting", "gauge", "Packets held now.")
	describe("gate fallback", "gate_fallback", "gauge", "1 while no packet is held because no barrier returns, else 0.")
	describe("gate dropped", "gate_dropped_total", "counter", "Answers dropped because the pipeline was too slow.")
	describe("gate too_long", "gate_too_long_total", "counter", "Answers dropped because their line would be too long.")
	describe("gate over_limit", "gate_over_limit_total", "counter", "Answers dropped because their DNS message has too many.")
	describe("gate missed", "gate_missed_total", "counter", "Packets that the kernel could not put into the queue.")
	describe("gate verdict_errors", "gate_verdict_errors_total", "counter", "Packets that the kernel dropped before their verdict, for example because an interface disappeared.")
	describe("gate fragments", "gate_fragments_total", "counter", "IP fragments received.")
	describe("gate other", "gate_other_total", "counter", "Packets that are no DNS replies over UDP.")
	describe("gate bad_packet", "gate_bad_packets_total", "counter", "Packets that cannot be read.")
	describe("gate bad_dns", "gate_bad_dns_total", "counter", "Invalid DNS messages.")

	describe("match lines", "match_lines_total", "counter", "Answer lines read by dnstap-match.")
	describe("match matched", "match_matched_total", "counter", "Answer lines that matched a list.")
	describe("match passed", "match_passed_total", "counter", "Answer lines written by dnstap-match.")
	describe("match bad_lines", "match_bad_lines_total", "counter", "Malformed answer lines.")
	describe("match entries", "match_entries", "gauge", "Entries in the active lists.")
	describe("match bad_entries", "match_bad_entries", "gauge", "List entries that do not parse.")
	describe("match regex_limits", "match_regex_limits_total", "counter", "Names for which a regular expression exceeded its step limit.")
	describe("match regex_off", "match_regexes_off", "gauge", "Regular expressions disabled because they are too slow.")

	describe("cache pairs", "cache_pairs", "gauge", "Address-name pairs in the cache.")
	describe("cache addresses", "cache_addresses", "gauge", "Addresses in the cache.")
	describe("cache max_pairs", "cache_pairs_max", "gauge", "Limit of address-name pairs.")
	describe("cache max_addresses", "cache_addresses_max", "gauge", "Limit of addresses.")
	describe("cache max_names", "cache_names_max", "gauge", "Limit of names per address.")
	describe("cache lines", "cache_lines_total", "counter", "Answer lines read by ipcache.")
	results("new refreshed unchanged dead denied full ahead_of_clock")
	describe("cache evicted", "cache_evicted_total", "counter", "Pairs evicted because a limit was reached.")
	describe("cache bad_lines", "cache_bad_lines_total", "counter", "Malformed answer lines.")
	describe("cache announced", "cache_announced_total", "counter", "Announce lines written by ipcache.")
	describe("cache withdrawn", "cache_withdrawn_total", "counter", "Withdraw lines written by ipcache.")
	describe("cache commits", "cache_commits_total", "counter", "Writes of changes to disk that succeeded.")
	describe("cache failed_commits", "cache_failed_commits_total", "counter", "Writes of changes to disk that failed.")
	describe("cache segments", "cache_segments", "gauge", "Segments (blocks of about 1000 pairs) in the database file.")
	describe("cache segments_written", "cache_segments_written_total", "counter", "Segments written.")
	describe("cache segments_cleaned", "cache_segments_cleaned_total", "counter", "Segments freed after their remaining pairs were copied to new segments.")
	describe("cache file_bytes", "cache_file_bytes", "gauge", "Size of the database file.")
	describe("cache live_bytes", "cache_live_bytes", "gauge", "Size of the current pairs in the database file.")
	describe("cache clients", "cache_clients_total", "counter", "Connections to the control socket.")
	describe("cache clients_refused", "cache_clients_refused_total", "counter", "Connections to the control socket that were refused at the limit.")

	describe("announce lines", "announce_lines_total", "counter", "Route lines read.")
	describe("announce announces", "announce_announces_total", "counter", "Announce lines read.")
	describe("announce withdraws", "announce_withdraws_total", "counter", "Withdraw lines read.")
	describe("announce unknown_keys", "announce_unknown_keys_total", "counter", "Keys of route lines that bgp-announce does not know.")
	describe("announce bad_lines", "announce_bad_lines_total", "counter", "Malformed route lines.")
	refusals("no_next_hop default_routes own_addresses covering martians over_limit")
	describe("announce routes_ipv4", "announce_routes", "gauge", "Routes in the table of bgp-announce.", "family=\"ipv4\"")
	describe("announce routes_ipv6", "announce_routes", "gauge", "Routes in the table of bgp-announce.", "family=\"ipv6\"")
	describe("announce max_routes", "announce_routes_max", "gauge", "Limit of routes, both families together; 0 means no limit.")
	describe("announce routes_from_files", "announce_routes_from_files", "gauge", "Announced routes that come from files.")
	describe("announce files_not_read", "announce_files_not_read", "gauge", "Files of routes that could not be read again.")
	describe("announce barriers", "announce_barriers_total", "counter", "Barriers read.")
	describe("announce barriers_pending", "announce_barriers_pending", "gauge", "Barriers that wait for a peer.")
	describe("announce barriers_lost", "announce_barriers_lost_total", "counter", "Barriers discarded because more than 1024 were pending.")
	describe("announce clients", "announce_clients_total", "counter", "Connections to the control socket.")
	describe("announce clients_refused", "announce_clients_refused_total", "counter", "Connections to the control socket that were refused or closed at the limit.")
	describe("announce status_lost", "announce_status_lost_total", "counter", "Status lines lost because the reader of stdout was too slow.")
	define("dnstap_bgp_announce_peer_up", "gauge", "1 if the session with the peer is established, else 0.")
	describe("announce peer since", "announce_peer_state_seconds", "gauge", "Seconds since the last change of the session state.")
	describe("announce peer sent", "announce_peer_routes", "gauge", "Routes that the peer has.")
	describe("announce peer unsent", "announce_peer_routes_unsent", "gauge", "Routes withheld from the peer, which lacks the address family or a next hop.")
	describe("announce peer pending", "announce_peer_routes_pending", "gauge", "Route changes waiting to be sent to the peer.")
	describe("announce peer messages_in", "announce_peer_messages_total", "counter", "BGP messages received (in) and sent (out).", "direction=\"in\"")
	describe("announce peer messages_out", "announce_peer_messages_total", "counter", "BGP messages received (in) and sent (out).", "direction=\"out\"")
}

# In Prometheus, the buckets of a histogram are cumulative; in the counters of the stage, they are not.
function add_delay(    name, i, pair, sum) {
	name = "dnstap_bgp_" stage "_delay_seconds"
	define(name, "histogram", "Time from the response of the resolver to its arrival at the program.")
	for (i = 4; i <= NF; i++) {
		split($i, pair, "=")
		if (pair[1] ~ /^[0-9]+$/)
			add_part(name, "_bucket", "," label("le", pair[1] / 1000), sum += pair[2])
		else if (pair[1] == "more")
			add_part(name, "_bucket", ",le=\"+Inf\"", sum += pair[2])
		else if (pair[1] == "sum_s")
			add_part(name, "_sum", "", pair[2])
	}
	add_part(name, "_count", "", sum + 0)
}

function results(words,    i, all) {
	for (i = split(words, all); i > 0; i--)
		describe("cache " all[i], "cache_results_total", "counter", "Answer lines read by ipcache, by result.", "result=\"" all[i] "\"")
}

function ignored(words,    i, all) {
	for (i = split(words, all); i > 0; i--)
		describe("packets " all[i], "packets_ignored_total", "counter", "Packets ignored, by reason.", "reason=\"" all[i] "\"")
}

function refusals(words,    i, all) {
	for (i = split(words, all); i > 0; i--)
		describe("announce " all[i], "announce_refused_total", "counter", "Routes refused, by reason.", "reason=\"" all[i] "\"")
}

$1 == "pipeline" {
	pipeline = $2
	next
}
$1 == "file" {
	stage = $2
	add("dnstap_bgp_stats_timestamp_seconds", "," label("stage", stage), $3)
	next
}
$2 != "stats" { next }
$3 == "delay" { add_delay(); next }
$3 == "messages" || $3 == "malformed" {
	name = "dnstap_bgp_" stage "_" $3 "_total"
	if ($3 == "messages")
		define(name, "counter", "Dnstap messages received, by type.")
	else
		define(name, "counter", "Malformed input, by reason.")
	for (i = 4; i <= NF; i++) {
		split($i, pair, "=")
		add(name, "," label($3 == "messages" ? "type" : "reason", pair[1]), pair[2])
	}
	next
}
# The line of a peer contains its state and an error with spaces, and then the counters.
$3 ~ /^peer=/ {
	labels = "," label("peer", substr($3, 6))
	add("dnstap_bgp_announce_peer_up", labels, $4 == "state=established" ? 1 : 0)
	for (i = 5; i <= NF; i++)
		if ($i ~ /^[a-z_]+=[0-9]+$/ && $i !~ /^error=/) {
			split($i, pair, "=")
			add_counter(stage " peer " pair[1], labels, pair[2])
		}
	next
}
{
	for (i = $3 ~ /=/ ? 3 : 4; i <= NF; i++) {
		split($i, pair, "=")
		add_counter(stage " " pair[1], "", pair[2])
	}
}
END {
	for (i = 1; i <= n; i++)
		if (names[i] in samples) {
			printf "# HELP %s %s\n# TYPE %s %s\n%s", names[i], help_of[names[i]], names[i], type_of[names[i]], samples[names[i]]
			found = 1
		}
	exit !found
}
