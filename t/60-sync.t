#!/usr/bin/env bash
# shellcheck disable=SC2153,SC2317
# Caches that agree: three hosts, in a ring and in a star, over ssh, HTTPS and a broker, as dnstap-bgp-sync(7) has it.
. t/hosts.sh

make -s install PREFIX="$dir/usr" UNITDIR="$dir/usr/units" SYSCONFDIR="$dir/etc" BUILD="$BUILD" >"$dir/install.log" 2>&1
programs=$dir/usr/bin
PATH=$programs:$PATH
show="$dir/sync.log $dir/web.log $dir/broker.log"

# block LABEL: the literal display of the page that is labelled so, with our folders.
block() {
	awk -v label=".\\\\\" t/60-sync.t: $1" '/^\.Ed/ { on = 0 } on; /^\.Bd -literal/ { on = last == label } { last = $0 }' \
		man/dnstap-bgp-sync.7 | sed "s|/usr/bin|$programs|; s|/etc/[a-z-]*/|$dir/|g"
}

# --- Keys and certificates ---

ca() { openssl req -x509 -days 2 -nodes -newkey rsa:2048 -subj /CN=ca -keyout "$dir/ca.key" -out "$dir/ca.pem"; }
# certificate NAME ADDRESS: in $dir/NAME.pem, its key in NAME.key.
certificate() {
	openssl req -new -nodes -newkey rsa:2048 -subj "/CN=$1" -keyout "$dir/$1.key" -out "$dir/$1.csr" &&
		openssl x509 -req -days 2 -in "$dir/$1.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial \
			-extfile <(echo "subjectAltName=IP:$2") -out "$dir/$1.pem"
}

# --- What serves ---

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
	printf 'persistence_location %s/\nuser root\n' "$dir/a" >>"$dir/mosquitto.conf"
	block acl >"$dir/ipcache.acl"
	start_on a mosquitto -c "$dir/mosquitto.conf" >>"$dir/broker.log" 2>&1
	broker=$started
	within 10 serves a 8883
}

# --- Who syncs with whom ---

# peer_conf HOST PEER: HOST's files of what to do with PEER, for each way.
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

# edges WAY TOPOLOGY: who syncs with whom.
edges() {
	case $1-$2 in
	mqtt-*) echo a fleet b fleet c fleet ;;
	*-ring) echo a b b c c a ;;
	*-star) echo b a c a ;;
	esac
}
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
	return $status
}

asked=0
# spreads NAME HOST: an answer at HOST is a route at all.
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
	is $? 0 'and its sshd'
	start_web $name
	is $? 0 'and its web server'
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

for way in ${T_WAYS-ssh https mqtt}; do
	for topology in ring star; do
		[ $way-$topology != mqtt-star ] || continue
		follow_all $way $topology
		spreads "$way, $topology: an answer at a is a route at all" a
		spreads "$way, $topology: and one at c" c
		if [ $topology = ring ]; then
			link b down
			asked=$((asked + 1))
			check "$way: b is cut off, and has an answer" ask b "n$asked.example.net" "45.60.0.$asked"
			away=45.60.0.$asked
			spreads_to_a_and_c=$((asked + 1)) asked=$spreads_to_a_and_c
			check "$way: so has a" ask a "n$asked.example.net" "45.60.0.$asked"
			link b up
			check "$way: b is back, and all have both" within 20 routed_by_all "45.60.0.$asked"
			check 'and the other' within 20 routed_by_all "$away"
			check 'and one state' within 10 agree
		fi
		check "$way, $topology: all end in order" stop_following
		asked=$((asked + 1))
		check "$way, $topology: an answer while nobody follows" ask b "n$asked.example.net" "45.60.0.$asked"
		read -ra words <<<"$(edges $way $topology) $(edges $way $topology)"
		for ((i = 0; i < ${#words[@]}; i += 2)); do
			sync_once "${words[i]}" "$way-${words[i + 1]}" || ok 1 "${words[i]} with ${words[i + 1]}, once"
		done
		check "$way, $topology: once, and all have it" within 5 routed_by_all "45.60.0.$asked"
		check 'and one state' within 5 agree
	done
done

plan_done
