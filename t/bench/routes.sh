# shellcheck shell=bash disable=SC2034,SC2154,SC2317
# bgp-announce beside BIRD, ExaBGP and GoBGP. Sourced by scripts/bench.

# lab_static_bird FAMILY: BIRD's configuration with all routes in a static protocol; it connects as soon as possible.
lab_static_bird() {
	cat <<E
router id 192.0.2.1;
protocol device { }
protocol bgp sink {
	local 127.0.0.2 as 64512;
	neighbor 127.0.0.1 port $bgp_port as 64512;
	multihop;
	connect delay time 0;
	connect retry time 1;
	$1 { import none; export all; next hop address $([ "$1" = ipv4 ] && echo 192.0.2.1 || echo 2001:db8::1); };
}
protocol static {
	$1;
E
	sed 's/.*/	route & blackhole;/' "$dir/prefixes-$1"
	echo '}'
}

make_routes() {
	local family
	awk -v n="$routes" 'BEGIN {
		for (i = 0; i < n; i++) {
			a = i * 40503 % 16777216
			print "10." int(a / 65536) "." int(a / 256) % 256 "." a % 256 "/32"
		}
	}' >"$dir/prefixes-ipv4"
	awk -v n="$routes" 'BEGIN {
		for (i = 0; i < n; i++) printf "2001:db8:%x:%x::%x/128\n", i % 251 + 1, int(i / 251) % 241 + 1, int(i / 60491) + 1
	}' >"$dir/prefixes-ipv6"
	for family in ipv4 ipv6; do
		sed 's|.*|announce & tag=list name=www.site.example|' "$dir/prefixes-$family" >"$dir/routes-$family"
		lab_static_bird "$family" >"$dir/bird-$family.conf"
	done
	head -n "$few_routes" "$dir/routes-ipv4" >"$dir/routes-few"
	head -n "$many_peers_routes" "$dir/routes-ipv4" >"$dir/routes-many-peers"
	head -n $((few_routes / 2)) "$dir/routes-few" >"$dir/routes-half"
}

# exabgp_conf SCRIPT: ExaBGP's configuration; SCRIPT prints the commands, one per line.
exabgp_conf() {
	cat <<E
process teller {
	run /bin/sh $1;
	encoder text;
}
neighbor 127.0.0.1 {
	router-id 192.0.2.1;
	local-address 127.0.0.2;
	local-as 64512;
	peer-as 64512;
	family { ipv4 unicast; }
	api { processes [ teller ]; }
}
E
}

# make_exabgp: writes configurations with which ExaBGP sends the smaller table, or the lines of bgpdelay.
make_exabgp() {
	sed -n 's|^announce \([^ ]*\) .*|announce route \1 next-hop 192.0.2.1|p' "$dir/routes-few" >"$dir/commands"
	echo "cat $dir/commands; exec sleep 120" >"$dir/exabgp-few.sh"
	echo "timeout 60 bgpdelay $bgp_port $probes 0 $dir/delay |
		sed -u 's/^announce/announce route/; s/\$/ next-hop 192.0.2.1/'" >"$dir/exabgp-delay.sh"
	exabgp_conf "$dir/exabgp-few.sh" >"$dir/exabgp-few.conf"
	exabgp_conf "$dir/exabgp-delay.sh" >"$dir/exabgp-delay.conf"
}

# gobgp_routes: the smaller table as an MRT table dump (RFC 6396), the only format that GoBGP imports in bulk.
gobgp_routes() {
	perl -ne '
		sub record { my ($subtype, $body) = @_; print pack("N n n N", 0, 13, $subtype, length $body), $body }
		BEGIN {
			$attributes = pack("C4 C3 C3 N", 0x40, 1, 1, 0, 0x40, 2, 0, 0x40, 3, 4, 0xc0000201);
			record(1, pack("N n n C N3", 0xc0000201, 0, 1, 2, 0xc0000202, 0x7f000002, 64512));
		}
		m|^announce ([0-9.]+)/32| and record(2, pack("N C C4 n n N n", $n++, 32, split(/\./, $1), 1, 0, 0,
		    length $attributes) . $attributes);' "$dir/routes-few"
}

# make_gobgp: writes a script in which GoBGP sends the smaller table once its session is established. The client of GoBGP may
# lose some routes.
make_gobgp() {
	gobgp_routes >"$dir/gobgp.mrt"
	cat >"$dir/gobgp.toml" <<E
[global.config]
as = 64512
router-id = "192.0.2.1"
port = -1
[[neighbors]]
[neighbors.config]
neighbor-address = "127.0.0.1"
peer-as = 64512
[neighbors.transport.config]
local-address = "127.0.0.2"
remote-port = $bgp_port
E
	cat >"$dir/gobgp.sh" <<E
gobgpd -t toml -f $dir/gobgp.toml --api-hosts unix://$dir/gobgp.api --pprof-disable &
daemon=\$!
trap 'kill \$daemon; wait; exit' TERM
until gobgp --target unix://$dir/gobgp.api neighbor | grep -q Establ; do sleep 0.1; done
gobgp --target unix://$dir/gobgp.api mrt inject global $dir/gobgp.mrt
wait
E
}

# send_to_sink NAME ROUTES COMMAND...: runs the command in the background until all routes are received.
send_to_sink() {
	measure "$1" "$samples" "${@:3}" <"$dir/routes-$2" >"$dir/sender.out" 2>"$dir/sender.log" &
	sender=$!
	wait "$sink" || fail "not all routes of $1 were received"
}

# run_routes NAME ROUTES SESSIONS COMMAND...: runs until all receivers have all routes. Records the time until the last route:
# from the start (-total), from the first connection (-session) and from the first route (-span).
run_routes() {
	local sink sender
	timeout 120 bgpsink -c "$3" "$bgp_port" "$(wc -l <"$dir/routes-$2")" >"$dir/sink" 2>"$dir/sink.log" &
	sink=$!
	until_ok listening "$bgp_port"
	stopwatch "$1-total" send_to_sink "$1" "$2" "${@:4}"
	note "$1-session" "wall=$(sed -n 's/.* last=//p' "$dir/sink")"
	note "$1-span" "wall=$(sed 's/.*first=\(.*\) last=\(.*\)/\1 \2/' "$dir/sink" | awk '{ print $2 - $1 }')"
	kill "$sender"
	wait "$sender" || :
}

run_delay() {
	timeout 60 bgpdelay "$bgp_port" "$probes" "$routes" "$dir/delay" |
		"${announce[@]}" --on-eof=withdraw "127.0.0.1,port=$bgp_port" >/dev/null 2>"$dir/sender.log"
	note routes-delay "$(<"$dir/delay")"
}

run_exabgp_delay() {
	local sender
	rm "$dir/delay"
	"${exabgp[@]}" "$dir/exabgp-delay.conf" >"$dir/sender.log" &
	sender=$!
	until_ok test -s "$dir/delay"
	note routes-delay-exabgp "$(<"$dir/delay")"
	kill "$sender"
	wait "$sender" || :
}

# a_route NAME NUMBER: prints the microseconds per route.
a_route() { awk -v s="$(median "$1" wall)" -v n="$2" 'BEGIN { print s / n * 1e6 }'; }

# bytes_each NAME BASE N: prints the bytes of memory per route, above those of BASE.
bytes_each() {
	awk -v a="$(median "$1" rss)" -v b="$(median "$2" rss)" -v n="$3" 'BEGIN { print (a - b) * 1024 / n }'
}

run_all_routes() {
	local family i addresses=()
	for family in ipv4 ipv6; do
		run_routes "routes-$family" "$family" 1 "${announce[@]}" "127.0.0.1,port=$bgp_port"
		run_routes "routes-$family-bird" "$family" 1 \
			bird -f -c "$dir/bird-$family.conf" -s "$dir/bird.ctl" -P "$dir/bird.pid"
	done
	run_routes routes-exabgp few 1 "${exabgp[@]}" "$dir/exabgp-few.conf"
	run_routes routes-gobgp half 1 sh "$dir/gobgp.sh"
	for ((i = 1; i <= 100; i++)); do addresses+=("127.0.1.$i,port=$bgp_port"); done
	run_routes routes-1-peer many-peers 1 "${announce[@]}" "${addresses[0]}"
	run_routes routes-100-peers many-peers 100 "${announce[@]}" "${addresses[@]}"
	sample routes-none timeout 1 "${announce[@]}" 127.0.0.1,port=9 </dev/null >/dev/null 2>&1 || :
	run_delay
	run_exabgp_delay
}

bench_routes() {
	local i family announce=(bgp-announce -a 64512 -i 192.0.2.1 -n 192.0.2.1 -n 2001:db8::1)
	local exabgp=(env exabgp.daemon.user=root exabgp.daemon.drop=false exabgp.api.cli=false exabgp.api.ack=false
		exabgp.tcp.port="$bgp_port" exabgp)
	make_routes
	make_exabgp
	make_gobgp
	for ((i = 0; i < repetitions; i++)); do run_all_routes; done
	for family in ipv4 ipv6; do
		wall "$routes routes, $family, from the start : BIRD" "routes-$family-total" "routes-$family-bird-total" 0.333
		wall '  from the session : BIRD' "routes-$family-session" "routes-$family-bird-session"
		cpu '  BIRD' "routes-$family" "routes-$family-bird"
		memory '  BIRD' "routes-$family" "routes-$family-bird"
		limit '  memory a route' bytes "$(bytes_each "routes-$family" routes-none "$routes")" - \
			"$([ "$family" = ipv4 ] && echo 64)"
	done
	row "a route of $routes : of $few_routes by ExaBGP" us "$(a_route routes-ipv4-total "$routes")" \
		"$(a_route routes-exabgp-total "$few_routes")" 0.0025
	row "  of the first $((few_routes / 2)) by GoBGP, from the first on" us "$(a_route routes-ipv4-total "$routes")" \
		"$(a_route routes-gobgp-span $((few_routes / 2)))" 0.02
	wall "$many_peers_routes routes, 100 peers : one peer" routes-100-peers-total routes-1-peer-total 10
	limit '  memory a peer' KiB "$(awk -v b="$(bytes_each routes-100-peers routes-1-peer 99)" 'BEGIN { print b / 1024 }')" - 1024
	delay 'line to UPDATE, idle, median : ExaBGP' idle_p50 routes-delay routes-delay-exabgp 100
	delay '  99th percentile' idle_p99 routes-delay routes-delay-exabgp
	delay "  a withdrawal among $routes announcements, median" load_p50 routes-delay -
	delay '  the longest' load_max routes-delay - 50000
}
