#!/usr/bin/env bash
# shellcheck disable=SC2016,SC2153,SC2317
# Synchronized caches: three hosts in a ring and in a star, over ssh, HTTPS and a broker, with the blocks of dnstap-bgp-sync(7).
. t/lab/hosts.sh
. t/lab/pages.sh

make -s install PREFIX="$dir/usr" UNITDIR="$dir/usr/units" SYSCONFDIR="$dir/etc" BUILD="$BUILD" >"$dir/install.log" 2>&1
programs=$dir/usr/bin
PATH=$programs:$PATH
show="$dir/sync.log $dir/web.log $dir/broker.log"

# block LABEL: prints the literal display with that label, with the test's directories.
block() {
	page_block dnstap-bgp-sync.7 "$1" | sed "s|/usr/bin|$programs|; s|/etc/[a-z-]*/|$dir/|g"
}

# --- Keys and certificates ---

ca() { openssl req -x509 -days 2 -nodes -newkey rsa:2048 -subj /CN=ca -keyout "$dir/ca.key" -out "$dir/ca.pem"; }
# certificate NAME ADDRESS: creates $dir/NAME.pem and its key NAME.key.
certificate() {
	openssl req -new -nodes -newkey rsa:2048 -subj "/CN=$1" -keyout "$dir/$1.key" -out "$dir/$1.csr" &&
		openssl x509 -req -days 2 -in "$dir/$1.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial \
			-extfile <(echo "subjectAltName=IP:$2") -out "$dir/$1.pem"
}

# --- The servers ---

start_sshd() {
	mkdir -p /run/sshd
	[ -e "$dir/hostkey" ] || ssh-keygen -q -t ed25519 -N '' -f "$dir/hostkey"
	[ -e "$dir/key" ] || ssh-keygen -q -t ed25519 -N '' -f "$dir/key"
	printf 'restrict,command="%s -c %s" %s\n' "$programs/ipcache-serve" "$dir/$1/conf" "$(cat "$dir/key.pub")" \
		>"$dir/$1/authorized_keys"
	printf '%s %s\n' "${address_of[$1]}" "$(cut -d ' ' -f 1,2 "$dir/hostkey.pub")" >>"$dir/known_hosts"
	start_on "$1" /usr/sbin/sshd -D -f /dev/null -h "$dir/hostkey" -o StrictModes=no -o PidFile=none -o UsePAM=no \
		-o PermitRootLogin=forced-commands-only -o AuthorizedKeysFile="$dir/$1/authorized_keys" -E "$dir/sshd.log"
	within 10 serves "$1" 22
}
start_web() {
	{
		printf 'server.document-root = "%s"\nserver.port = 8080\nserver.bind = "127.0.0.1"\n' "$dir/$1"
		printf 'server.errorlog = "%s"\nserver.modules += ("mod_openssl")\n' "$dir/web.log"
		printf 'server.upload-dirs = ("%s")\n' "$dir/$1"
		block lighttpd | sed "s|server.pem\"|$1.both\"|"
		printf 'setenv.set-environment = ("IPCACHE_CONFIG" => "%s/conf")\n' "$dir/$1"
	} >"$dir/$1/lighttpd.conf"
	cat "$dir/$1.key" "$dir/$1.pem" >"$dir/$1.both"
	start_on "$1" lighttpd -D -f "$dir/$1/lighttpd.conf" >>"$dir/web.log" 2>&1
	within 10 serves "$1" 8443
}
serves() { on "$1" ss -Hltn "sport = :$2" | grep -q .; }

start_broker() {
	block mosquitto | sed 's,/server\.,/a.,' >"$dir/mosquitto.conf"
	printf '%s\n' "persistence_location $dir/a/" 'user root' 'log_type notice' 'log_type subscribe' >>"$dir/mosquitto.conf"
	block acl >"$dir/ipcache.acl"
	start_on a mosquitto -c "$dir/mosquitto.conf" >>"$dir/broker.log" 2>&1
	within 10 serves a 8883
}

# --- The topology ---

# peer_conf HOST PEER: writes HOST's sync configuration for PEER, for each transport.
peer_conf() {
	local at=$dir/$1/sync
	mkdir -p "$at"
	cat >"$at/ssh-$2.conf" <<E
PEER=ssh://root@${address_of[$2]}
SSH_OPTIONS="-F none -i $dir/key -o UserKnownHostsFile=$dir/known_hosts"
DIRECTION=both
E
	block https | sed "s|other.example.net|${address_of[$2]}|; s|/sync/netrc|/netrc|; s|\"\$| --cacert $dir/ca.pem\"|" >"$at/https-$2.conf"
	block mqtt | sed "s|broker.example.net|${address_of[a]}|; s|/sync/|/|g; s|/ours\\.|/$1.|g" >"$at/mqtt-$2.conf"
	echo "MQTT_ID=$1" >>"$at/mqtt-$2.conf"
}

# edges WAY TOPOLOGY: prints pairs of words, a host and its peer; with mqtt the peer is the topic.
edges() {
	case $1-$2 in
	mqtt-*) echo a fleet b fleet c fleet ;;
	*-ring) echo a b b c c a ;;
	*-star) echo b a c a ;;
	esac
}
# A new client of the broker receives only later messages, so all three must be subscribed first.
all_subscribed() { [ "$(grep -c ' 1 ipcache$' "$dir/broker.log")" -ge 3 ]; }
sync_once() { on "$1" ipcache-sync -t 60 -c "$dir/$1/conf" "$2" 2>>"$dir/sync.log"; }
follow_all() {
	local way=$1 topology=$2 words
	followers=()
	read -ra words <<<"$(edges "$way" "$topology")"
	for ((i = 0; i < ${#words[@]}; i += 2)); do
		start_on "${words[i]}" ipcache-sync -F -c "$dir/${words[i]}/conf" "$way-${words[i + 1]}" 2>>"$dir/sync.log"
		followers+=("$started")
	done
}
stop_following() {
	local status=0
	kill "${followers[@]}"
	for pid in "${followers[@]}"; do wait "$pid" || status=$?; done
	return "$status"
}

asked=0
# spreads NAME HOST: an answer at HOST becomes a route on every host.
spreads() {
	asked=$((asked + 1))
	ask "$2" "n$asked.example.net" "45.60.0.$asked" && within 5 routed_by_all "45.60.0.$asked"
	ok $? "$1"
}

state_of() { ipcache export -f "$dir/$1/cache.tdb" | grep -v '^#' | sort; }
agree() { [ "$(state_of a)" = "$(state_of b)" ] && [ "$(state_of b)" = "$(state_of c)" ]; }

# --- The hosts ---

{
	printf '$ORIGIN example.net.\n$TTL 300\n@ SOA ns hostmaster 1 3600 600 86400 60\n@ NS ns\nns A 192.0.2.53\n'
	for ((i = 1; i <= 60; i++)); do echo "n$i A 45.60.0.$i"; done
} >"$dir/zone"
echo example.net >"$dir/steer.list"
ca 2>"$dir/openssl.log"
printf 'peer:ipcache:%s\n' "$(printf peer:ipcache:secret | md5sum | cut -d ' ' -f 1)" >"$dir/ipcache.users"
for name in a b c; do
	host $name
	start_host $name
	is $? 0 "host $name runs"
	certificate $name "${address_of[$name]}" 2>>"$dir/openssl.log"
	start_sshd $name
	is $? 0 "sshd of host $name runs"
	start_web $name
	is $? 0 "the web server of host $name runs"
	printf 'machine %s login peer password secret\n' "${address_of[$name]}" >>"$dir/netrc"
done
start_broker
is $? 0 'a broker runs'
for name in a b c; do
	for other in a b c fleet; do
		address_of[fleet]=${address_of[a]}
		peer_conf $name $other
	done
done
unset 'address_of[fleet]'

# cut_off WAY: while all hosts follow each other, b is disconnected for a time, and an answer arrives on each side.
cut_off() {
	local there here
	there=$((asked + 1)) here=$((asked + 2)) asked=$((asked + 2))
	link b down
	check "$1: b is disconnected and gets an answer" ask b "n$there.example.net" "45.60.0.$there"
	check "$1: a gets an answer meanwhile" ask a "n$here.example.net" "45.60.0.$here"
	link b up
	check "$1: b is connected again and all hosts have the answer of a" within 20 routed_by_all "45.60.0.$here"
	check "$1: all hosts have the answer of b" within 20 routed_by_all "45.60.0.$there"
	check "$1: all hosts have the same state" within 10 agree
}

# timers WAY TOPOLOGY: an answer arrives at b, then the commands that timers run are run twice.
timers() {
	local words
	asked=$((asked + 1))
	check "$1, $2: b gets an answer while no host follows" ask b "n$asked.example.net" "45.60.0.$asked"
	read -ra words <<<"$(edges "$1" "$2") $(edges "$1" "$2")"
	for ((i = 0; i < ${#words[@]}; i += 2)); do
		sync_once "${words[i]}" "$1-${words[i + 1]}" || ok 1 "${words[i]} with ${words[i + 1]}, once"
	done
	check "$1, $2: all hosts have it after the timers" within 5 routed_by_all "45.60.0.$asked"
	check "$1, $2: all hosts have the same state" within 5 agree
}

# scenario WAY TOPOLOGY: tests the transport WAY (ssh, https or mqtt) in a TOPOLOGY (ring, star or broker).
scenario() {
	follow_all "$1" "$2"
	[ "$1" != mqtt ] || within 10 all_subscribed
	spreads "$1, $2: an answer at a is a route at all" a
	spreads "$1, $2: and one at c" c
	[ "$2" != ring ] || cut_off "$1"
	check "$1, $2: all followers exit in order" stop_following
	timers "$1" "$2"
}

scenario ssh ring
scenario ssh star
scenario https ring
scenario https star
scenario mqtt broker

# --- Hostile peers over ssh: each is harmless and reported ---

over_ssh() {
	on b ssh -F none -i "$dir/key" -o UserKnownHostsFile="$dir/known_hosts" "root@${address_of[a]}" "$@" 2>"$dir/refused"
}
before=$(state_of a)
over_ssh 'cat /etc/passwd' </dev/null >"$dir/out"
is "$?$(cat "$dir/out")" 2 'another command is refused'
like "$(cat "$dir/refused")" 'refused: the request is neither export nor import' 'the refused command is reported'
over_ssh import < <(head -c 100000 /dev/urandom | tr -d '#' && echo) >"$dir/out"
like "$(cat "$dir/refused")" 'line [0-9]+: ' 'garbage is reported with its line number'
printf '%s 45.61.0.1 60 n1.example.net\n' "$((EPOCHSECONDS + 3600)).000000" "$((EPOCHSECONDS - 86400)).000000" >"$dir/times"
over_ssh import <"$dir/times" >"$dir/out"
like "$(cat "$dir/refused")" '1 answer older than LIFE .*1 answer dated more than a minute ahead of the clock' 'a wrong clock is reported'
echo "$EPOCHSECONDS.000000 45.61.0.1 60 www.elsewhere.org" | over_ssh import
is "$(state_of a)" "$before" 'no bad line and no unlisted name was imported'
awk -v now="$EPOCHSECONDS" 'BEGIN { for (i = 0; i < 1000000; i++)
	printf "%d.000000 46.%d.%d.%d 60 n1.example.org\n", now, i / 65536, i / 256 % 256, i % 256 }' >"$dir/million"
check 'a million unlisted lines are accepted and ignored' over_ssh import <"$dir/million"
spreads_at_a() { asked=$((asked + 1)); ask a "n$asked.example.net" "45.60.0.$asked"; }
check 'the pipeline still works' spreads_at_a

# A peer gets at most four slots, whatever it requests.
ssh_from() { on "$1" ssh -F none -i "$dir/key" -o UserKnownHostsFile="$dir/known_hosts" "root@${address_of[a]}" "${@:2}" 2>"$dir/refused"; }
one_more_refused() { ! ssh_from b export </dev/null >"$dir/out" && has '4 requests of this peer are active; try again later' "$dir/refused"; }
one_more_served() { ssh_from b export </dev/null >"$dir/out"; }
followers=()
for ((i = 0; i < 8; i++)); do
	start_on b ssh -F none -i "$dir/key" -o UserKnownHostsFile="$dir/known_hosts" "root@${address_of[a]}" export follow \
		</dev/null >"$dir/follower-$i" 2>>"$dir/sync.log"
	followers+=("$started")
	[ "$i" -ge 4 ] || within 20 has '^# serial' "$dir/follower-$i"
	[ "$i" -ne 3 ] || check 'of one peer a fifth request is refused, with the reason' within 20 one_more_refused
done
check 'one more request is refused after 4 served and 4 refused followers' within 20 one_more_refused
served_to_c() { ssh_from c export </dev/null >"$dir/out"; }
check 'another peer is served' served_to_c
served_here() { ipcache stats -f "$dir/a/cache.tdb" >"$dir/out"; }
check 'commands on the host are served' served_here
kill "${followers[@]}" 2>/dev/null
check 'the peer is served again when its requests have ended' within 20 one_more_served

curl_a() { on b curl -sS --http1.1 --cacert "$dir/ca.pem" -o "$dir/out" -w '%{http_code}' "$@"; }
url=https://${address_of[a]}:8443/ipcache
is "$(curl_a "$url")" 401 'HTTPS without a password is refused'
is "$(curl_a --anyauth --netrc-file "$dir/netrc" "$url?x=1")" 400 'an invalid query over HTTPS is refused'
yes '# endless' | curl_a --anyauth --netrc-file "$dir/netrc" -m 5 -H 'Content-Length: 999999999999' -X POST -T - "$url" \
	>"$dir/code" 2>"$dir/err"
like "$(cat "$dir/code")" '^(413|411|000|400)$' 'an endless body is cut off'
is "$(state_of a | wc -l)" "$(($(wc -l <<<"$before") + 1))" 'no line of an endless body was imported'
followers=()
for ((i = 0; i < 4; i++)); do
	start_on b curl -sSN --http1.1 --cacert "$dir/ca.pem" --anyauth --netrc-file "$dir/netrc" "$url?follow" \
		>"$dir/follower-$i" 2>>"$dir/sync.log"
	followers+=("$started")
	within 20 has '^# serial' "$dir/follower-$i"
done
code_is() { [ "$(curl_a --anyauth --netrc-file "$dir/netrc" "$url")" = "$1" ]; }
check 'over HTTPS a fifth request is refused' within 20 code_is 429
check 'the reply has the reason' has '4 requests of this peer are active' "$dir/out"
kill "${followers[@]}"
check 'a request is served when the others have ended' within 60 code_is 200

# A key with --peer is one peer, from any address.
serve_named() { SSH_CONNECTION="$1 50000 192.0.2.10 22" SSH_ORIGINAL_COMMAND=export bounded 10 ipcache-serve -c "$dir/a/conf" --max-requests 1 "${@:2}" >"$dir/out" 2>"$dir/err"; }
lock_of() { printf '%s/a/cache.tdb.peers/%s.1' "$dir" "$(printf '%s' "$dir/a/cache.tdb $1" | sha256sum | cut -c 1-32)"; }
check 'a named peer is served' serve_named 192.0.2.1 --peer other
exec 8>"$(lock_of other)"
flock -n 8
check 'a named peer is refused at its limit' eval '! serve_named 192.0.2.2 --peer other'
check 'another named peer is served' serve_named 192.0.2.1 --peer third
check 'a peer without a name is served' serve_named 192.0.2.1
exec 8>&-
check 'a name with special characters is served' serve_named 192.0.2.1 --peer '../../$(id) x'
is "$(find "$dir/a" -maxdepth 1 -newer "$(lock_of third)" -name '*id*')" '' 'a name never becomes a path'

# An import beyond all limits withdraws no local route.
db=$dir/flood.tdb
printf '%s\n' "DB=$db" "LISTS=$dir/flood.list" >"$dir/flood.conf"
echo listed.example >"$dir/flood.list"
mkfifo "$dir/in"
start sh -c 'exec ipcache run -A 20000 -f "$0" <"$1" >"$2" 2>"$3"' "$db" "$dir/in" "$dir/flood.routes" "$dir/flood.err"
run=$started
exec 5>"$dir/in"
for ((i = 1; i <= 5; i++)); do echo "$EPOCHSECONDS.000000 45.62.0.$i 60 n$i.listed.example tag=flood rule=listed.example" >&5; done
all_five() { [ "$(grep -c '^announce 45\.62\.0\.' "$dir/flood.routes")" -eq 5 ]; }
check 'five routes are learned locally' within 10 all_five
awk -v now="$((EPOCHSECONDS + 59))" 'BEGIN { for (i = 1; i <= 30000; i++)
	printf "%d.000000 2a00:%x::%x 60 x.listed.example\n", now, i / 65536 + 1, i % 65536 }' >"$dir/flood"
import_flood() { SSH_CONNECTION='192.0.2.1 1 192.0.2.10 22' SSH_ORIGINAL_COMMAND=import bounded 60 ipcache-serve -c "$dir/flood.conf"; }
check 'a peer imports more addresses than the limit' import_flood <"$dir/flood" 5>&- 2>"$dir/err"
limited() { has '^evicted [1-9]|^full [1-9]' <(ipcache stats -f "$db"); }
check 'the limit is reached' limited
is "$(grep -c '^withdraw 45\.62\.0\.' "$dir/flood.routes")" 0 'none of the five routes is withdrawn'
is "$(ipcache export -f "$db" 45.62.0.0/24 | grep -vc '^#')" 5 'the cache has all five'
exec 5>&-
wait "$run"

plan_done
