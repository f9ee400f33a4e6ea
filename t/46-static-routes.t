#!/usr/bin/env bash
# shellcheck disable=SC2154,SC2317
# bgp-announce --routes: routes from files arrive at the routers of dnstap-bgp-routers(7), whose filters accept prefixes.
. t/lab/netns.sh
. t/lab/pages.sh
. t/lab/page_routers.sh

accept_prefixes=yes
routers=(bird frr openbgpd gobgp)
for name in "${routers[@]}"; do begin_router "$name"; done

mkfifo "$dir/in" "$dir/acks"
exec {in}<>"$dir/in" {acks}<>"$dir/acks"
say() { printf '%s\n' "$@" >&"$in"; }
us='-a 64512 -i 192.0.2.10 -n 192.0.2.10 -n 2001:db8::10'
show="$dir/status $dir/log"

# write_routes NAME LINE...: replaces the file NAME.
write_routes() {
	printf '%s\n' "${@:2}" >"$dir/new"
	mv "$dir/new" "$dir/$1"
}

# has_routes NAME PREFIX...: the router has accepted exactly these prefixes.
has_routes() { [ "$(prefixes_at "$1" | LC_ALL=C sort | xargs)" = "$(printf '%s\n' "${@:2}" | LC_ALL=C sort | xargs)" ]; }

# bird_has_med PREFIX MED: in BIRD, the route has this MED; `-` means no MED.
bird_has_med() {
	[ "$(in_bird show route all protocol steering for "$1" | awk '$1 == "BGP.med:" { med = $2 } END { print med }')" = "${2#-}" ]
}
logged() { has "$1" "$dir/log"; }
not_announce='not an announce line; convert a list of prefixes with dnstap-list --prefixes cidr FILE'
# Returns when the changes are at the routers, so that routes that remain can be tested.
reload() {
	: >"$dir/log"
	kill -HUP "$announcer"
	within 10 logged 'files of routes (not )?read again'
	say '# barrier reloaded'
	read -r -t 60 <&"$acks"
}
counters() { kill -USR1 "$announcer" && within 5 has "$1" "$dir/stats"; }

write_routes a '# the office' '' 'announce 203.0.113.0/24 tag=office name=office.example' 'announce 198.51.100.7/32 med=7' \
	'announce 192.0.0.0/8' 'announce 192.0.2.0/25' 'announce 2001:db8:7::/48' 'announce 2001:db8::/32'
write_routes b 'announce 45.0.0.0/8' 'announce 203.0.113.0/24 med=9' 'announce 64.0.0.0/7'
printf '192.0.2.%s\n' 1 2 3 4 >"$dir/peers"
# shellcheck disable=SC2086
start bgp-announce $us --retry-max 1s --ack "$dir/acks" -S "$dir/stats" --routes "$dir/a" --routes "$dir/b" -f "$dir/peers" \
	<"$dir/in" >"$dir/status" 2>"$dir/log"
announcer=$started

started_with='203.0.113.0/24 198.51.100.7/32 45.0.0.0/8 2001:db8:7::/48'
for name in "${routers[@]}"; do
	show="$dir/status $dir/log $dir/$name.out"
	# shellcheck disable=SC2086
	check "$name: the routes of files arrive, and its filter refuses a prefix that is too short" \
		within 30 has_routes "$name" $started_with
done
show="$dir/status $dir/log"
check 'no End-of-RIB is sent before end-of-rib' lacks end-of-rib "$dir/status"
check 'a prefix that contains the next hop is refused with its file and line' \
	logged "$dir/a:6: 192\\.0\\.2\\.0/25 refused: the prefix contains a next hop, .*--allow-covering"
check 'so is a shorter one' logged "$dir/a:5: 192\\.0\\.0\\.0/8 refused: the prefix contains a next hop"
check 'and one of IPv6' logged "$dir/a:8: 2001:db8::/32 refused: the prefix contains a next hop"
check 'the tags and attributes of the first line count' bird_has_med 203.0.113.0/24 -
say 'announce 198.51.100.8/32' end-of-rib
check 'End-of-RIB counts the routes of both origins' within 10 has ' 192.0.2.1 end-of-rib family=ipv4 routes=5' "$dir/status"
check 'the counters have the routes of files' counters ' routes_ipv4=5 routes_ipv6=1 max_routes=0 routes_from_files=5 files_not_read=0 '

say 'withdraw 203.0.113.0/24' 'announce 198.51.100.7/32 med=1' 'announce 198.51.100.9/32'
for name in "${routers[@]}"; do
	# shellcheck disable=SC2086
	check "$name: stdin does not withdraw a route of a file" \
		within 20 has_routes "$name" $started_with 198.51.100.8/32 198.51.100.9/32
done
check 'stdin does not change its attributes' bird_has_med 198.51.100.7/32 7

write_routes a 'announce 203.0.113.0/24' 'announce 192.88.99.0/24' 'announce 198.51.100.9/32 med=3'
write_routes b '# nothing'
reload
check 'SIGHUP reads the files again' logged 'files of routes read again: 3 routes'
for name in "${routers[@]}"; do
	check "$name: new routes arrive, and absent ones are withdrawn unless stdin announces them" within 20 has_routes "$name" \
		203.0.113.0/24 192.88.99.0/24 198.51.100.7/32 198.51.100.8/32 198.51.100.9/32
done
check 'the route of stdin has its own attributes' within 5 bird_has_med 198.51.100.7/32 1
check 'the file overrides the attributes of a route of stdin' within 5 bird_has_med 198.51.100.9/32 3
say 'withdraw 198.51.100.7/32' 'withdraw 198.51.100.8/32' 'withdraw 198.51.100.9/32'
check 'stdin withdraws its own routes' within 10 has_routes bird 203.0.113.0/24 192.88.99.0/24 198.51.100.9/32
check 'the sessions stay up' lacks ' down ' "$dir/status"

write_routes a 'announce 203.0.113.0/24' 'announce 203.0.113.1/24' 'withdraw 192.88.99.0/24'
write_routes b 'announce 45.0.0.0/8'
reload
check 'a bad line is reported with its file and number' logged "$dir/a:2: host bits are set after the prefix length"
check 'a withdraw line is a bad line' logged "$dir/a:3: $not_announce"
check 'the other file is read' within 10 has_routes bird 203.0.113.0/24 192.88.99.0/24 198.51.100.9/32 45.0.0.0/8
check 'the bad file is counted' counters ' routes_from_files=4 files_not_read=1 '
rm "$dir/a"
reload
check 'a file that cannot be read is reported' logged "$dir/a: No such file or directory"
check 'the previous routes remain' logged '1 of 2 files of routes not read again; keeping their previous routes'
check 'and at the router' has_routes bird 203.0.113.0/24 192.88.99.0/24 198.51.100.9/32 45.0.0.0/8

# The address of a new peer is inside a prefix of a file.
write_routes a 'announce 203.0.113.0/24'
echo '203.0.113.5' >>"$dir/peers"
reload
check 'a prefix that contains a new peer is refused' logged ' 203\.0\.113\.0/24 refused: the prefix contains'
check 'and withdrawn' within 10 has_routes bird 45.0.0.0/8
write_routes a
sed -i '$d' "$dir/peers"
reload
check 'an empty file has no routes' within 10 has_routes bird 45.0.0.0/8
exec {in}>&-
stop "$announcer"
is $? 0 'bgp-announce ends'

# The limit of routes, and mistakes at startup.
dry_run() {
	# shellcheck disable=SC2086
	bgp-announce $us --dry-run "$@" 2>"$dir/log" | grep -o 'announce.*'
}
write_routes a 'announce 45.0.0.0/8' 'announce 46.0.0.0/8'
is "$(echo 'announce 198.51.100.8/32' | dry_run --max-routes 2 --routes "$dir/a")" 'announce 45.0.0.0/8 46.0.0.0/8' \
	'routes of files precede those of stdin'
check 'a route of stdin over the limit is refused' logged '198.51.100.8/32 refused: the limit of --max-routes is reached'
is "$(dry_run --max-routes 1 --routes "$dir/a" </dev/null)" 'announce 45.0.0.0/8' '--max-routes limits the routes of files'
check 'their number is reported' logged 'limit of --max-routes reached: 1 routes of files refused'
write_routes bad 'announce 45.0.0.0/8' 'announce 46.0.0.0/8 med=x'
dry_run --routes "$dir/none" </dev/null
check 'a missing file is reported at startup' logged "$dir/none: No such file or directory"
# shellcheck disable=SC2086
bgp-announce $us --dry-run --routes "$dir/bad" </dev/null >"$dir/out" 2>"$dir/log"
is $? 2 'a bad line at startup: exit status 2'
check 'the bad line is reported' logged "$dir/bad:2: "
bgp-announce --check-options --routes "$dir/a" --routes "$dir/bad" 2>"$dir/log"
is $? 2 '--check-options checks the files'
check 'it names the line' logged "$dir/bad:2: "
bgp-announce --check-options --routes "$dir/a" 2>"$dir/log"
is $? 0 '--check-options accepts a good file'

# dnstap-bgp and the setting ROUTES.
echo example.org >"$dir/list"
cat >"$dir/conf" <<E
SOCKET=$dir/dnstap.sock
LISTS=$dir/list
DB=$dir/cache.tdb
AS=64512
ROUTER_ID=192.0.2.10
NEXT_HOPS="192.0.2.10 2001:db8::10"
PEERS=192.0.2.1
MAX_ROUTES=100
ROUTES="$dir/a $dir/b"
E
wrapper() { scripts/bin/dnstap-bgp -c "$dir/conf" "$@" 2>&1; }
write_routes b 'announce 2001:db8:7::/48'
like "$(wrapper -n)" "ipcache run .* -A 97 .*bgp-announce .* -M 100 --routes $dir/a --routes $dir/b 192\\.0\\.2\\.1" \
	'the cache leaves room for the routes of files'
is "$(wrapper check)" '' 'check accepts the files'
write_routes b 'announce 2001:db8:7::/48' 45.1.0.0/16
is "$(wrapper check)" "dnstap-bgp: $dir/conf:9: ROUTES: $dir/b:2: $not_announce" \
	'check reports a bad line'
rm "$dir/b"
mkfifo "$dir/b"
like "$(bounded 20 scripts/bin/dnstap-bgp -c "$dir/conf" check 2>&1)" "ROUTES: $dir/b: not a regular file" 'check does not wait for a FIFO'
rm "$dir/b"
sed -i 's/^MAX_ROUTES=.*/MAX_ROUTES=3/' "$dir/conf"
write_routes b 'announce 2001:db8:7::/48'
is "$(wrapper check)" "dnstap-bgp: $dir/conf:9: ROUTES: the files have 3 routes, and MAX_ROUTES is 3; raise MAX_ROUTES" \
	'check reports a limit that leaves no room for the cache'
sed -i 's/^MAX_ROUTES=.*/MAX_ROUTES=100/' "$dir/conf"
mkdir "$dir/live"
export RUNTIME_DIRECTORY=$dir/live
start scripts/bin/dnstap-bgp -c "$dir/conf" >"$dir/status" 2>"$dir/log"
check 'the routes of ROUTES arrive' within 30 has_routes bird 45.0.0.0/8 46.0.0.0/8 2001:db8:7::/48
write_routes b 'announce 2001:db8:8::/48' 'announce 47.0.0.0/8'
kill -HUP "$started"
check 'SIGHUP to the wrapper reads the files again' within 10 has_routes bird 45.0.0.0/8 46.0.0.0/8 47.0.0.0/8 2001:db8:8::/48
is "$(wrapper why 45.9.9.9)" '45.9.9.9 is routed via 192.0.2.10 to 1 of 1 peers, by prefix 45.0.0.0/8 of ROUTES.' \
	'why names the prefix of a file that contains an address'
is "$(wrapper why 44.9.9.9)" '44.9.9.9 is not routed: no recent answer for a listed name contained it.' \
	'why reports an address in no prefix'
wrapper status >"$dir/out"
check 'status counts the routes of files' has '^routes +3 IPv4, 1 IPv6; 4 from files$' "$dir/out"
rm "$dir/b"
kill -HUP "$started"
warned() { wrapper status >"$dir/out"; has ' 1 files of ROUTES could not be read again; see the log' "$dir/out"; }
check 'status warns of a file that cannot be read' within 20 warned
stop "$started"
is $? 0 'the wrapper ends'
plan_done
