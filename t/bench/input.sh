# shellcheck shell=bash disable=SC2034,SC2154,SC2317
# The input of measurements: answers of a real resolver, captured once, and lists. Sourced by scripts/bench.

# make_zone: 20,000 sites with addresses, or with chains of one to three CNAMEs. Chains
# of two and three end at one of 2,000 nodes of a content network.
make_zone() {
	awk '
	function v4(name) {
		print name " A 198." (18 + int(next4 / 65536)) "." int(next4 / 256) % 256 "." next4 % 256
		next4++
	}
	function v6(name) {
		printf "%s AAAA 2001:db8:%x::%x\n", name, next6 / 50, next6 % 50 + 1
		next6++
	}
	BEGIN {
		print "$ORIGIN example.\n$TTL 300\n@ SOA ns hostmaster 1 3600 600 86400 60\n@ NS ns\nns A 192.0.2.53"
		print "bench-end A 192.0.2.1"
		for (e = 0; e < 2000; e++) {
			for (i = 0; i < 4; i++) v4("e" e ".lb.cdn")
			v6("e" e ".lb.cdn")
			v6("e" e ".lb.cdn")
		}
		for (s = 0; s < 20000; s++) {
			for (i = 0; i <= s % 3; i++) v4("site-" s)
			if (s % 2) v6("site-" s)
			if (s % 5 < 2) {
				print "www.site-" s " CNAME site-" s
				continue
			}
			print "www.site-" s " CNAME www.site-" s ".edge"
			if (s % 5 == 4) {
				print "www.site-" s ".edge CNAME z" s ".geo.cdn"
				print "z" s ".geo.cdn CNAME e" s % 2000 ".lb.cdn"
			} else
				print "www.site-" s ".edge CNAME e" s % 2000 ".lb.cdn"
		}
	}'
}

# make_queries: some sites are queried much more often than others; one query in seven is for a name that
# does not exist.
make_queries() {
	awk -v n="$responses" 'BEGIN {
		srand(7)
		for (i = 0; i < n; i++) {
			site = "site-" int(20000 * rand() * rand()) ".example"
			kind = rand()
			name = kind < 0.55 ? "www." site : kind < 0.85 ? site : "x" int(1e6 * rand()) "." site
			print name, rand() < 0.25 ? "AAAA" : "A"
		}
	}'
}

# capture QUERIES RATE FILE: captures the dnstap of unbound for these queries, RATE per second. At most as many queries
# are outstanding as the socket buffer can hold.
capture() {
	local tap unbound
	fstrm_capture -t "$content" -u "$dir/tap.sock" -w "$3" -b 4194304 2>"$dir/capture.log" &
	tap=$!
	until_ok test -S "$dir/tap.sock"
	unbound -d -c "$dir/unbound.conf" 2>"$dir/unbound.log" &
	unbound=$!
	until_ok lab_ask "$dns_port" ns.example A
	dnsperf -s 127.0.0.1 -p "$dns_port" -d "$1" -Q "$2" -c 8 -q 64 -t 1 -n 1 -l 120 >"$dir/dnsperf.log"
	sleep 2		# unbound delays dnstap for up to a second
	kill "$unbound"
	wait "$unbound" || :
	kill "$tap"
	wait "$tap" || :
}

make_captures() {
	local seen rate
	make_zone >"$dir/zone"
	lab_unbound "$dir" "$dns_port" "$dir/tap.sock"
	sed -i -e 's/"example.net"/"example"/' -e 's/^server:/&\n\tmsg-cache-size: 256m\n\trrset-cache-size: 256m/' \
		"$dir/unbound.conf"
	make_queries >"$dir/queries"
	for rate in 40000 20000 10000; do
		capture "$dir/queries" "$rate" "$dir/capture"
		seen=$(dnstap-ldns -q -r "$dir/capture" | awk '$3 == "CR"' | wc -l)
		[ "$seen" -lt "$responses" ] || break
		echo "bench: unbound reported $seen of $responses responses; again, slower" >&2
	done
	[ "$seen" -ge "$responses" ] || fail 'unbound reports too few responses at every rate'
	echo 'bench-end.example A' >"$dir/last-query"
	capture "$dir/last-query" 1 "$dir/last"
	[ "$(dnstap-read "$dir/last" | grep -c ' bench-end.example')" -eq 1 ] || fail 'the last response is not there'
}

# Change the number in the directory's name when the input changes.
prepare_input() {
	input=$BUILD/bench/input-1
	if [ ! -d "$input" ]; then
		echo 'bench: making the input, once' >&2
		make_captures
		mkdir -p "$input.new"
		mv "$dir/capture" "$dir/last" "$input.new"
		mv "$input.new" "$input"
	fi
	cat "$input/capture" >/dev/null
	dnstap-read "$input/capture" >"$dir/answers"
}

# make_list FILE SIZE: writes SIZE names; if it is large enough, they include 2,000 sites, a tenth of all, and some
# names that are suffixes of other labels.
make_list() {
	awk -v size="$2" 'BEGIN {
		hits = size >= 4000 ? 2000 : size / 2
		for (i = 0; i < hits; i++) print "site-" i * 10 + i % 10 ".example"
		for (; i < hits + 10; i++) print "e-" i * 7 ".example"
		for (; i < size; i++) print "a" (i * 7919) % 1000003 ".listed-" i ".example.org"
	}' >"$1"
}

# eight_times FILE: writes FILE-x8; two sizes let the startup cost be subtracted.
eight_times() {
	local i
	for ((i = 0; i < 8; i++)); do cat "$1"; done >"$1-x8"
}
