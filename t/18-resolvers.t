#!/usr/bin/env bash
# shellcheck disable=SC2317
# Each block of dnstap-bgp-resolvers(7) in a real resolver. A new answer, an answer from the cache, an expired answer and an
# answer from local data arrive at dnstap-read. A name added to a list is learned while it is cached. The checks cover the
# exceptions that the page states. All answers but the first are asked for while the origin is stopped, so that they come
# from the resolver itself.
. t/lab/lib.sh
. t/lab/lab.sh
. t/lab/pages.sh

declare -A port=([named]=5301 [kresd]=5302 [dnsdist]=5303 [recursor]=5304 [unbound]=5305 [dnsmasq]=5306)
resolvers=(named kresd dnsdist recursor unbound dnsmasq)
origin=5300
socket=$dir/dnstap.sock

# block LABEL: the page's block, with the socket of this test.
block() { page_block dnstap-bgp-resolvers.7 "$1" | sed "s|/run/dnstap-bgp/dnstap.sock|$socket|"; }

# --- The origin, from which the other resolvers get their answers ---

mkdir "$dir"/{origin,kresd,recursor,behind}
lab_zone "$dir/origin/zone" 3600
for name in "${resolvers[@]}"; do
	echo "*.$name 3600 A 198.51.100.109"
	echo "stale.$name 1 A 198.51.100.109"
done >>"$dir/origin/zone"
lab_unbound "$dir/origin" $origin /none
sed -i '/^dnstap:/,$d' "$dir/origin/unbound.conf"

# --- The resolvers, each with the page's block, expired answers, and own.RESOLVER.example.net as local data ---

cat >"$dir/own" <<E
@ 3600 SOA ns.example.net. hostmaster 1 3600 600 86400 60
@ 3600 NS ns.example.net.
@ 3600 A 198.51.100.109
E
block named | sed "/^};/i\\
	directory \"$dir\"; listen-on port ${port[named]} { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none; \\
	session-keyfile none; dnssec-validation no; stale-cache-enable yes; stale-answer-enable yes;" >"$dir/named.conf"
cat >>"$dir/named.conf" <<E
controls { };
zone "example.net" { type forward; forward only; forwarders { 127.0.0.1 port $origin; }; };
zone "own.named.example.net" { type primary; file "$dir/own"; };
E
cat >"$dir/dnsdist.conf" <<E
setSecurityPollSuffix("")
setLocal("127.0.0.1:${port[dnsdist]}")
newServer({address="127.0.0.1:$origin", checkName="ns.example.net.", checkInterval=1, checkTimeout=10000})
getPool(""):setCache(newPacketCache(100, {keepStaleData=true}))
setStaleCacheEntriesTTL(3600)
addAction("own.dnsdist.example.net.", SpoofAction("198.51.100.109"))
$(block dnsdist)
E
cat >"$dir/kresd/config" <<E
net.listen('127.0.0.1', ${port[kresd]}, { kind = 'dns' })
cache.size = 10 * MB
cache.min_ttl(1)
trust_anchors.remove('.')
$(block kresd)
modules.load('hints > iterate')
modules.load('serve_stale < cache')
hints.set('own.kresd.example.net 198.51.100.109')
policy.add(policy.all(policy.STUB('127.0.0.1@$origin')))
E
cat >"$dir/recursor/recursor.conf" <<E
local-address=127.0.0.1
local-port=${port[recursor]}
socket-dir=$dir/recursor
forward-zones-recurse=example.net=127.0.0.1:$origin
auth-zones=own.recursor.example.net=$dir/own
serve-stale-extensions=100
dont-query=
dnssec=off
security-poll-suffix=
lua-config-file=$dir/recursor/dnstap.lua
threads=1
E
block recursor >"$dir/recursor/dnstap.lua"
# Unbound listens on its own port, and on the port that the block for dnsmasq uses.
lab_unbound "$dir/behind" "${port[unbound]}" /none
sed -i -e '/^dnstap:/,$d' -e '/^auth-zone:/,/for-upstream/d' "$dir/behind/unbound.conf"
{
	block unbound-behind
	block unbound
	cat <<E
server:
	serve-expired: yes
	local-data: "own.unbound.example.net 3600 A 198.51.100.109"
forward-zone:
	name: "example.net"
	forward-addr: 127.0.0.1@$origin
E
} >>"$dir/behind/unbound.conf"
{
	echo "port=${port[dnsmasq]}"
	echo 'address=/own.dnsmasq.example.net/198.51.100.109'
	block dnsmasq
} >"$dir/dnsmasq.conf"

run() {
	case $1 in
	named) exec named -f -n 1 -c "$dir/named.conf" ;;
	kresd) exec kresd -n -c "$dir/kresd/config" "$dir/kresd" ;;
	dnsdist) exec dnsdist --supervised -C "$dir/dnsdist.conf" ;;
	recursor) exec pdns_recursor --config-dir="$dir/recursor" --daemon=no ;;
	unbound) exec unbound -d -c "$dir/behind/unbound.conf" ;;
	dnsmasq) exec dnsmasq --no-daemon -C "$dir/dnsmasq.conf" ;;
	esac
}

# dnstap-read reads the usual type of message, and also the type that the page sets for the Recursor.
types=$(sed -n 's/^\.Dl READ_OPTIONS=.*-t \([A-Z_]*\).*/\1/p' man/dnstap-bgp-resolvers.7)
is "$types" RESOLVER_RESPONSE 'the page sets the type of message for the Recursor'
mkfifo "$dir/answers" "$dir/copy"
exec 8<>"$dir/answers" 9<>"$dir/copy"	# opening them then does not block
start dnstap-read -t "CLIENT_RESPONSE,$types" -u "$socket" >"$dir/answers" 2>"$dir/err"
start tee "$dir/lines" <"$dir/answers" >"$dir/copy"
printf 'cached.%s.example.net\n' "${resolvers[@]}" >"$dir/list"
start dnstap-match "$dir/list" <"$dir/copy" >"$dir/learned" 2>"$dir/match.err"
match=$started
check 'the socket exists before the resolvers start' within 5 test -S "$socket"
start_origin() {
	start unbound -d -c "$dir/origin/unbound.conf" 2>>"$dir/origin.log"
	origin_pid=$started
}
start_origin
for name in "${resolvers[@]}"; do start run "$name" >"$dir/$name.log" 2>&1; done

# ask RESOLVER LABEL: sends the resolver a query for LABEL.RESOLVER.example.net, and fails if no address is returned. Knot
# Resolver waits 3 s for the origin before it sends an expired answer.
ask() { dig -p "${port[$1]}" @127.0.0.1 +short +tries=1 +timeout=6 "$2.$1.example.net" A | grep -q '^198\.51\.100\.109$'; }
# arrived RESOLVER LABEL FILE TIME: FILE has a line of this name, not older than TIME.
arrived() {
	awk -v name="$2.$1.example.net" -v since="$4" \
		'$2 == "198.51.100.109" && $4 == name && $1 >= since { found = 1 } END { exit !found }' "$dir/$3"
}
# asked RESOLVER LABEL [FILE]: sends a query; its answer arrives.
asked() {
	local since=$EPOCHREALTIME
	ask "$1" "$2" && within 1 arrived "$1" "$2" "${3:-lines}" "$since"
}
# A resolver may send no dnstap until its connection is open. So queries are repeated, each for a name that no cache has.
attempt=0
connected() {
	attempt=$((attempt + 1))
	asked "$1" "$attempt"
}
for name in "${resolvers[@]}"; do
	show="$dir/$name.log $dir/err"
	check "$name: an answer arrives" within 20 connected "$name"
	check "$name: an answer with a TTL of 1 s arrives" asked "$name" stale
	check "$name: the answer for a name outside the list arrives" asked "$name" later
	check "$name: a listed name is learned" asked "$name" cached learned
	check "$name: the name outside the list is not learned" lacks " later\.$name\." "$dir/learned"
done

# --- Without the origin ---

stop "$origin_pid"
stopped=$EPOCHSECONDS
expired() { [ "$EPOCHSECONDS" -gt $((stopped + 2)) ]; }
printf 'later.%s.example.net\n' "${resolvers[@]}" >>"$dir/list"
kill -HUP "$match"
check 'dnstap-match reloads the list' within 5 has "lists reloaded: $((2 * ${#resolvers[@]})) entries" "$dir/match.err"
check 'the answers with a TTL of 1 s are expired' within 5 expired

# A reply that the page excludes reaches the client. The last section looks for its line.
excluded=()
excluded() {
	excluded+=("$1 $2 $EPOCHREALTIME")
	within 20 ask "$1" "$2"
}
for name in "${resolvers[@]}"; do
	show="$dir/$name.log $dir/err"
	if [ "$name" = recursor ]; then
		for label in cached stale later; do
			check "$name: a client gets an answer from the cache: $label" excluded "$name" "$label"
		done
	else
		check "$name: an answer from the cache arrives" asked "$name" cached
		check "$name: an expired answer arrives" within 20 asked "$name" stale
		check "$name: a name added to the list is learned while cached" asked "$name" later learned
	fi
	case $name in
	recursor | dnsmasq) check "$name: a client gets an answer from local data" excluded "$name" own ;;
	*) check "$name: an answer from local data arrives" asked "$name" own ;;
	esac
done

# --- The replies that the page excludes ---

start_origin
wiped() {
	rec_control --config-dir="$dir/recursor" --socket-dir="$dir/recursor" \
		wipe-cache 'recursor.example.net$' >/dev/null && asked recursor later learned
}
end=$EPOCHREALTIME
show="$dir/recursor.log $dir/err"
check 'recursor: a name added to the list is learned after it is removed from the cache' within 20 wiped
unreported() {
	awk -v name="$2.$1.example.net" -v since="$3" -v end="$end" \
		'$4 == name && $1 >= since && $1 < end { found = 1 } END { exit found }' "$dir/lines"
}
for query in "${excluded[@]}"; do
	read -r name label since <<<"$query"
	check "$name: not reported: $label" unreported "$name" "$label" "$since"
done
is "$(grep -vc ' client=127\.0\.0\.1$' <(grep '\.dnsmasq\.example\.net ' "$dir/lines"))" 0 \
	'the lines of queries by way of dnsmasq have client=127.0.0.1'
is "$(cat "$dir/err")" '' 'dnstap-read reports nothing'

plan_done
