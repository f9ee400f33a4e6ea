#!/usr/bin/env bash
# shellcheck disable=SC2016
# dnstap-bgp-migrate: converts the configuration and the cache of the Go daemon.
. t/lab/lib.sh

PATH=$PWD/scripts/bin:$PATH
export LC_ALL=C

# migrated TOML: prints the resulting variables, separated by `|`; messages are in the file `err`.
migrated() { printf '%s\n' "$1" | dnstap-bgp-migrate config 2>"$dir/err" | grep -v '^# As in the Go daemon' | paste -sd '|'; }
# refused TOML REASON NAME: dnstap-bgp-migrate refuses this configuration with a message that matches REASON.
refused() {
	printf '%s\n' "$1" | dnstap-bgp-migrate config >"$dir/out" 2>"$dir/err"
	is $? 2 "$3"
	like "$(cat "$dir/err")" "$2" "$3: the message has the reason"
}

least='domains = "l"
[dnstap]
listen = "/s"
[bgp]
as = 65000
routerid = "192.0.2.9"
peers = ["192.0.2.1"]'
is "$(migrated "$least")" \
	'SOCKET=/s|LISTS=l|MATCH_OPTIONS=-q|LIFE=24h|AS=65000|ROUTER_ID=192.0.2.9|NEXT_HOPS=192.0.2.9|PEERS=192.0.2.1|MAX_ROUTES=90000|# MAX_ROUTES: the Go daemon has no limit. Set a value below the limit of each router.' \
	'the shortest configuration is converted'
is "$(cat "$dir/err")" '' 'the shortest configuration causes no message'

all=$'# c\r
domains = \'/a list\' # c
cache="/x.db"
TTL = "1h30m"
ipv6 = true
namespace = "ns1"

[dnstap] # c
listen = "0.0.0.0:6000"
perm = "0666"
[bgp]
as = 65000
routerid = "192.0.2.9"
nexthop = "192.0.2.8"
sourceip = "192.0.2.7"
peers = [
	"192.0.2.1:178",	# the first
	"192.0.2.2:179", "192.0.2.3"
]
[syncer]
listen = "0.0.0.0:8080"
syncInterval = "10m"
peers = [ "192.0.2.4:8081" ]
other = 1'
cat >"$dir/expected" <<'E'
SOCKET=/run/dnstap-bgp/dnstap.sock
READ_OPTIONS="-l 0.0.0.0:6000"
SOCKET_MODE=0666
LISTS="/a list"
MATCH_OPTIONS=-q
LIFE=5400s
AS=65000
ROUTER_ID=192.0.2.9
NEXT_HOPS="192.0.2.8 fd00::1"
PEERS="192.0.2.1,port=178,source=192.0.2.7 192.0.2.2,source=192.0.2.7 192.0.2.3,source=192.0.2.7"
MAX_ROUTES=90000
# cache: /x.db is not migrated; for its content see dnstap-bgp-migrate(1).
# namespace: ns1: for a network namespace see dnstap-bgp(8).
# syncer.listen 0.0.0.0:8080 is not converted: dnstap-bgp listens on no port; see dnstap-bgp-sync(7).
# syncer: the peer 192.0.2.4:8081; see dnstap-bgp-sync(7).
# syncer.other is unknown, and ignored.
# NEXT_HOPS: fd00::1 is the default of the Go daemon.
# MAX_ROUTES: the Go daemon has no limit. Set a value below the limit of each router.
E
is "$(migrated "$all")" "$(paste -sd '|' "$dir/expected")" 'a configuration with every option is converted'
printf '%s\n' "$all" | dnstap-bgp-migrate config >"$dir/conf"
like "$(dnstap-bgp -c "$dir/conf" -n 2>"$dir/err")" ' 192.0.2.1,port=178,source=192.0.2.7 ' 'dnstap-bgp accepts the result'

refused 'domains = "l"' 'must be set' 'a missing setting is refused'
refused "$least
x = [ \"1h\"" 'without a closing' 'an unterminated list is refused'
refused "$least x" 'line 7: text after the value' 'text after a value is refused'
refused 'x' 'line 1: neither' 'invalid TOML is refused'
refused "ttl = \"soon\"
$least" 'ttl: not a duration' 'an invalid duration is refused'
refused "${least/domains = ?l?/domains = \"\$(id)\"}" 'domains: not possible' 'a shell expansion is refused'

# The JSON of the Go daemon, from a web server.
cat >"$dir/fetch" <<'E'
[{"IP":"192.0.2.1","Domain":"Www.Example.org","TS":"2026-11-24T10:00:00.1234567+02:00"},
 {"IP":"2001:db8::1","Domain":"a.example.","TS":"2026-11-24T08:00:01Z"},
 {"IP":"192.0.2.2","Domain":"b.example","TS":"2026-11-24T03:30:02.5-04:30"}]
E
start busybox httpd -f -p 127.0.0.1:8080 -h "$dir"
check 'a web server returns the cache' within 10 curl -sSf -o "$dir/got" http://127.0.0.1:8080/fetch
is "$(dnstap-bgp-migrate cache "$dir/got")" "1795507200.123456 192.0.2.1 0 www.example.org
1795507201.000000 2001:db8::1 0 a.example
1795507202.500000 192.0.2.2 0 b.example" "the entries of the daemon's cache become answer lines"
echo www.example.org >"$dir/list"
is "$(dnstap-bgp-migrate cache <"$dir/got" | dnstap-match "$dir/list" | cut -d' ' -f2,4)" \
	'192.0.2.1 www.example.org' 'dnstap-match accepts the converted cache'
echo '[{"IP":1}' | dnstap-bgp-migrate cache >/dev/null 2>&1
is $? 2 'invalid JSON is an error'
echo null | dnstap-bgp-migrate cache >"$dir/out" 2>&1
is "$?$(cat "$dir/out")" 0 'an empty cache is no error'

plan_done
