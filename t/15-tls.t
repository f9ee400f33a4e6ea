#!/usr/bin/env bash
# shellcheck disable=SC2317
# dnstap over TLS, with the blocks of dnstap-bgp(8) unchanged: unbound and stunnel with certificates, and clients
# without one or with an unknown one.
. t/lab/lib.sh
. t/lab/lab.sh
. t/lab/pages.sh

ip address add 192.0.2.10/32 dev lo	# the collector's address in the page
here=$dir/collector there=$dir/resolver port=5301
mkdir "$here" "$there"
show="$dir/err $dir/stunnel.log $dir/unbound.log $dir/client.log"

# block LABEL: prints the literal display with that label, with the test's directories.
block() {
	page_block dnstap-bgp.8 "$1" | sed "s|/etc/stunnel|$here|; s|/etc/unbound|$there|; s|/run/dnstap-bgp|$dir|"
}
# run_block LABEL: runs the commands of the block, except chgrp: the namespace has only one group.
run_block() {
	block "$1" | sed 's/^# //; /^chgrp /d' >"$dir/commands"
	grep -q openssl "$dir/commands" && bash -e "$dir/commands" 2>"$dir/openssl.log"
}

check 'the commands create the collector certificate' run_block collector
check 'the commands create the resolver certificate' run_block resolver
cp "$here/collector.pem" "$there"
cat "$there/resolver.pem" >>"$here/resolvers.pem"
is "$(stat -c %a "$here/collector.key" "$there/resolver.key" | xargs)" '600 640' 'the keys are not world-readable'
block stunnel | sed '/^set[ug]id = /d' >"$dir/stunnel.conf"

serve() {
	start dnstap-read -u "$dir/dnstap.sock" >>"$dir/out" 2>>"$dir/err"
	reader=$started
	within 5 test -S "$dir/dnstap.sock"
}
tunnel() {
	start stunnel "$dir/stunnel.conf" >>"$dir/stunnel.log" 2>&1
	stunnel=$started
	within 5 listening
}
listening() { ss -Hltn 'sport = :6000' | grep -q .; }

# resolve: starts unbound with the page's block, changed by the sed script in $1.
resolve() {
	lab_unbound "$dir" $port none
	sed -i '/^dnstap:/,$d' "$dir/unbound.conf"
	block unbound | sed "$1" >>"$dir/unbound.conf"
	: >"$dir/unbound.log"
	start unbound -d -c "$dir/unbound.conf" 2>"$dir/unbound.log"
	unbound=$started
}
# reported NAME REGEX: sends a query for NAME; then a line of dnstap-read matches REGEX. Repeat it until it succeeds: unbound
# reports nothing while it is not connected.
reported() {
	lab_ask "$port" "$1" A
	within 1 has "$2" "$dir/out"
}
time='[0-9]+\.[0-9]{6}'
answer() { echo "^$time $1 client=127.0.0.1\$"; }

lab_zone "$dir/zone" 5
serve
tunnel
resolve ''
check 'an answer arrives over TLS' within 10 reported video.example.net \
	"$(answer '198.51.100.10 [0-5] video.example.net')"
stop "$reader"
is $? 0 'the reader exits with status 0'
serve
check 'unbound reconnects to the next reader' within 10 reported news.example.net \
	"$(answer '198.51.100.30 [0-5] news.example.net')"
stop "$stunnel"
tunnel
check 'unbound reconnects to the next stunnel' within 10 reported late.example.net \
	"$(answer '198.51.100.50 [0-5] late.example.net')"
stop "$unbound"

# The next connections must fail: when the page's unbound connects again afterwards, no answer has arrived over them.
mkdir "$dir/wrong"
cp "$there/resolver.pem" "$there/resolver.key" "$dir/wrong"
openssl req -x509 -nodes -newkey rsa:2048 -subj /CN=resolver.example.net -keyout "$dir/wrong/other.key" \
	-out "$dir/wrong/other.pem" 2>"$dir/openssl.log"
openssl req -new -nodes -newkey rsa:2048 -subj /CN=signed.example.net -keyout "$dir/wrong/signed.key" \
	2>"$dir/openssl.log" | openssl x509 -req -CA "$there/resolver.pem" -CAkey "$there/resolver.key" -CAcreateserial \
	-out "$dir/wrong/signed.pem" 2>"$dir/openssl.log"
refused() {
	lab_ask "$port" later.example.net A
	within 1 has "$1" "$2"
}
: >"$dir/stunnel.log"
resolve '/client-/d'
check 'unbound without a certificate is refused' within 5 refused 'did not return a certificate' "$dir/stunnel.log"
stop "$unbound"
for key in other signed; do
	: >"$dir/stunnel.log"
	resolve "s|$there/resolver|$dir/wrong/$key|"
	check "a resolver with another certificate ($key) is refused" within 5 refused 'certificate verify failed' "$dir/stunnel.log"
	stop "$unbound"
done
resolve 's/"collector.example.net"/"other.example.net"/'
check 'unbound refuses a collector with another name' within 5 refused 'certificate verify failed' "$dir/unbound.log"
stop "$unbound"
resolve "s|$there/collector|$dir/wrong/other|"
check 'unbound refuses a collector with another certificate' within 5 refused 'certificate verify failed' "$dir/unbound.log"
stop "$unbound"

# A client that sends a whole capture at once, without waiting for a reply.
client() {
	bounded 60 openssl s_client -quiet -connect 192.0.2.10:6000 "$@" <t/data/unbound.fstrm >"$dir/client.log" 2>&1
}
client
client -cert "$dir/wrong/other.pem" -key "$dir/wrong/other.key"
client -cert "$dir/wrong/signed.pem" -key "$dir/wrong/signed.key"
check 'a client with the certificate is accepted' client -cert "$there/resolver.pem" -key "$there/resolver.key"
check 'the answers of the client with the certificate are read' within 10 has ' client=2001:db8::7$' "$dir/out"
is "$(grep -c -F "$(tail -n 1 t/data/unbound.answers)" "$dir/out")" 1 'no line of a refused client is read'
resolve ''
check 'unbound with its certificate is accepted again' within 10 reported music.example.net \
	"$(answer '198.51.100.20 [0-5] music.example.net via=edge.music.example.net,e7.cdn.example.net')"
check 'no answer of a refused unbound has arrived' lacks ' later.example.net ' "$dir/out"
stop "$reader"
is "$?:$(cat "$dir/err")" 0: 'status 0 and no message at the end'

plan_done
