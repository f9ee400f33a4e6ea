#!/usr/bin/env bash
# shellcheck disable=SC2317
# Each block of dnstap-bgp-resolvers(7) in a real resolver: its answers arrive at dnstap-read, including answers from its
# cache where the page promises them.
. t/lab/lib.sh
. t/lab/lab.sh
. t/lab/pages.sh

declare -A port=([named]=5301 [kresd]=5302 [dnsdist]=5303 [recursor]=5304 [unbound]=5305 [dnsmasq]=5306)
resolvers=(named kresd dnsdist recursor unbound dnsmasq)
origin=5300
socket=$dir/dnstap.sock

# block LABEL: the page's block, with the socket of this test.
block() { page_block dnstap-bgp-resolvers.7 "$1" | sed "s|/run/dnstap-bgp/dnstap.sock|$socket|"; }

# --- The origin, from which the others get their answers ---

mkdir "$dir"/{origin,kresd,recursor,behind}
lab_zone "$dir/origin/zone" 60
for name in "${resolvers[@]}"; do echo "*.$name A 198.51.100.109"; done >>"$dir/origin/zone"
lab_unbound "$dir/origin" $origin /none
sed -i '/^dnstap:/,$d' "$dir/origin/unbound.conf"

# --- The resolvers, each with the page's block ---

block named | sed "/^};/i\\
	directory \"$dir\"; listen-on port ${port[named]} { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none; \\
	session-keyfile none; recursion no; dnssec-validation no;" >"$dir/named.conf"
cat >>"$dir/named.conf" <<E
controls { };
zone "example.net" { type primary; file "$dir/origin/zone"; };
E
cat >"$dir/dnsdist.conf" <<E
setSecurityPollSuffix("")
setLocal("127.0.0.1:${port[dnsdist]}")
newServer("127.0.0.1:$origin"):setUp()
getPool(""):setCache(newPacketCache(100))
$(block dnsdist)
E
cat >"$dir/kresd/config" <<E
net.listen('127.0.0.1', ${port[kresd]}, { kind = 'dns' })
cache.size = 10 * MB
trust_anchors.remove('.')
$(block kresd)
policy.add(policy.all(policy.STUB('127.0.0.1@$origin')))
E
cat >"$dir/recursor/recursor.conf" <<E
local-address=127.0.0.1
local-port=${port[recursor]}
socket-dir=$dir/recursor
forward-zones-recurse=example.net=127.0.0.1:$origin
dont-query=
dnssec=off
security-poll-suffix=
lua-config-file=$dir/recursor/dnstap.lua
threads=1
E
block recursor >"$dir/recursor/dnstap.lua"
# Unbound listens on its own port, and on the port that the block for dnsmasq uses.
cp "$dir/origin/zone" "$dir/behind"
lab_unbound "$dir/behind" "${port[unbound]}" /none
sed -i '/^dnstap:/,$d' "$dir/behind/unbound.conf"
{ block unbound-behind; block unbound; } >>"$dir/behind/unbound.conf"
{
	echo "port=${port[dnsmasq]}"
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
start dnstap-read -t "CLIENT_RESPONSE,$types" -u "$socket" >"$dir/lines" 2>"$dir/err"
check 'the socket exists before the resolvers start' within 5 test -S "$socket"
start unbound -d -c "$dir/origin/unbound.conf" 2>"$dir/origin.log"
for name in "${resolvers[@]}"; do start run "$name" >"$dir/$name.log" 2>&1; done

# ask RESOLVER NUMBER: sends the resolver a query for a name with this number.
ask() { dig -p "${port[$1]}" @127.0.0.1 +tries=1 +timeout=1 "$2.$1.example.net" A >/dev/null; }
counted() { [ "$(grep -c "^[0-9.]* 198\.51\.100\.109 [0-9]* $2\.$1\.example\.net " "$dir/lines")" -ge "$3" ]; }
# A resolver may send no dnstap until its connection is open. So queries are repeated, each for a name that no cache has.
asked=0
arrives() {
	asked=$((asked + 1))
	ask "$1" "$asked"
	within 1 counted "$1" "$asked" 1
}
# The cache answers two of three equal queries.
repeated() {
	for _ in 1 2 3; do ask "$1" 0; done
	within 5 counted "$1" 0 3
}

for name in "${resolvers[@]}"; do
	show="$dir/$name.log $dir/err"
	check "$name: an answer arrives" within 20 arrives "$name"
	[ "$name" = recursor ] || check "$name: answers to equal queries arrive" repeated "$name"
done
is "$(grep -vc ' client=127\.0\.0\.1$' <(grep '\.dnsmasq\.example\.net ' "$dir/lines"))" 0 \
	'the lines of queries by way of dnsmasq have client=127.0.0.1'
is "$(cat "$dir/err")" '' 'dnstap-read reports nothing'

plan_done
