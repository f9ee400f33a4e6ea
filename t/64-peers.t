#!/usr/bin/env bash
# shellcheck disable=SC2016,SC2317
# ipcache-sync with hostile and broken peers, over ssh and HTTP: their stderr reaches terminal and journal escaped,
# and a pull without data is a failure.
. t/lab/netns.sh

PATH=$PWD/scripts/bin:$PATH
export LC_ALL=C
db=$dir/here.tdb
echo example.net >"$dir/a.list"
printf 'LISTS=%s\nDB=%s\n' "$dir/a.list" "$db" >"$dir/conf"
mkdir "$dir/sync" "$dir/www"

# The peer is the script $dir/peer, under sshd and under lighttpd.
mkdir -p /run/sshd
ssh-keygen -q -t ed25519 -N '' -f "$dir/hostkey"
ssh-keygen -q -t ed25519 -N '' -f "$dir/key"
printf 'restrict,command="exec bash %s" %s\n' "$dir/peer" "$(cat "$dir/key.pub")" >"$dir/authorized_keys"
echo "127.0.0.1 $(cut -d ' ' -f 1,2 "$dir/hostkey.pub")" >"$dir/known_hosts"
start /usr/sbin/sshd -D -f /dev/null -h "$dir/hostkey" -o ListenAddress=127.0.0.1 -o StrictModes=no -o PidFile=none -o UsePAM=no \
	-o PermitRootLogin=forced-commands-only -o AuthorizedKeysFile="$dir/authorized_keys" -E "$dir/sshd.log"
openssl req -x509 -days 2 -nodes -newkey rsa:2048 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
	-keyout "$dir/web.key" -out "$dir/web.pem" 2>"$dir/openssl.log"
cat >"$dir/lighttpd.conf" <<X
server.document-root = "$dir/www"
server.bind = "127.0.0.1"
server.port = 8080
server.errorlog = "$dir/web.log"
server.modules = ("mod_alias", "mod_cgi", "mod_openssl", "mod_setenv")
alias.url = ("/ipcache" => "$PWD/scripts/bin/ipcache-serve", "/peer" => "$dir/peer")
cgi.assign = ("/ipcache-serve" => "", "/peer" => "/bin/bash")
setenv.set-environment = ("IPCACHE_CONFIG" => "$dir/there.conf", "PATH" => "$PATH")
server.stream-response-body = 1
\$SERVER["socket"] == "127.0.0.1:8443" {
	ssl.engine = "enable"
	ssl.pemfile = "$dir/web.pem"
	ssl.privkey = "$dir/web.key"
}
X
start lighttpd -D -f "$dir/lighttpd.conf" 2>>"$dir/web.log"
listens() { ss -Hltn "sport = :$1" | grep -q .; }
show="$dir/err $dir/web.log"
check 'sshd and a web server run' within 20 eval 'listens 22 && listens 8080'
cat >"$dir/sync/shell.conf" <<X
PEER=ssh://root@127.0.0.1
SSH_OPTIONS="-F none -i $dir/key -o UserKnownHostsFile=$dir/known_hosts"
X
for name in peer ipcache; do echo "PEER=http://localhost:8080/$name" >"$dir/sync/$name.conf"; done
printf '%s\n' PEER=https://localhost:8443/peer "CURL_OPTIONS=\"-L --cacert $dir/web.pem\"" >"$dir/sync/tls.conf"

# peer TEXT...: writes the lines of the script.
peer() { printf '%s\n' "$@" >"$dir/peer"; }
# sync STATUS WORDS...: runs ipcache-sync once, which must exit with STATUS. Its messages are in $dir/err.
sync() {
	bounded 60 ipcache-sync -c "$dir/conf" "${@:2}" 2>"$dir/err"
	[ $? -eq "$1" ]
}
routed() { ipcache export -f "$db" 2>/dev/null | grep -q " $1 "; }
line() { echo "echo $EPOCHSECONDS.000000 $1 3600 www.example.net tag=x"; }
header='echo "Content-Type: text/plain"; echo'
serial='echo "# serial there-1"'

# --- stderr of a peer ---

noise='printf "\033]0;owned\a\033[2J\n<0>kernel: fake emergency\ncaf\303\251 \233x\0y\r\ntab\there\nipcache-sync: pull done\n" >&2'
peer "$noise" "$(line 192.88.1.1)" "$serial" 'echo the end >&2'
check 'a pull from a peer that writes to stderr succeeds' sync 0 shell
check 'the lines of the peer are imported' routed 192.88.1.1
check 'messages have no control character' lacks '[^ -~]' "$dir/err"
is "$(grep -v '^ipcache-sync: shell: ' "$dir/err")" '' 'each message names the peer'
is "$(head -n 2 "$dir/err")" 'ipcache-sync: shell: ?]0;owned??[2J
ipcache-sync: shell: <0>kernel: fake emergency' 'no message begins with a journal priority'
check 'no message of a peer looks like one of ipcache-sync' has '^ipcache-sync: shell: ipcache-sync: pull done$' "$dir/err"
check 'every message is printed before the run ends' has ' the end$' "$dir/err"

flood='yes "line of noise" | head -n 200000 >&2'
bounds() {
	check "$1 without end" sync "$2" "$3"
	check "$1 without end: messages are cut" test "$(wc -c <"$dir/err")" -lt 300000
	is "$(grep -c 'more than 65536 bytes of messages' "$dir/err")" 1 "$1 without end: one line reports the cut"
}
peer "$flood" "$(line 192.88.1.2)" "$serial"
bounds 'messages' 0 shell
check 'the pull continues after the cut' routed 192.88.1.2
peer 'head -c 20000000 /dev/zero | tr "\0" x >&2' "$serial"
bounds 'a line' 0 shell
check 'long messages are folded' lacks '.{600}' "$dir/err"
peer 'cat >/dev/null' "$noise" "$flood"
ipcache import -f "$db" <<<"$EPOCHSECONDS.000000 192.88.1.3 3600 www.example.net tag=x"
check 'a push to a peer that writes to stderr succeeds' sync 0 -d push shell
check 'the messages of a peer are cut during a push' has 'more than 65536 bytes of messages' "$dir/err"
check 'the messages of a peer have no control character during a push' lacks '[^ -~]' "$dir/err"

peer "$noise" "$(line 192.88.1.4)" "$serial" "$flood" 'sleep 2' "$(line 192.88.1.5)" "$serial" 'while sleep 1; do echo "# x" || exit; done'
start ipcache run -f "$db" <&"$silence" >/dev/null 2>"$dir/run.log"
run=$started
within 10 test -S "$db.sock"
start ipcache-sync -F -c "$dir/conf" shell 2>"$dir/err"
check '-F: messages are printed without delay' within 20 has 'fake emergency' "$dir/err"
check '-F: messages are cut' within 20 has 'more than 65536 bytes of messages' "$dir/err"
check '-F: the lines after them are imported' within 20 routed 192.88.1.5
stop "$started"
stop "$run"
check '-F: no message has a control character' lacks '[^ -~]' "$dir/err"

peer 'printf "Status: 500 \033]0;owned\a\nContent-Type: text/plain\n\n"'
check 'a failing web server: the pull fails' sync 1 peer
check 'the message names the peer and the status' has '^ipcache-sync: peer: curl: .* 500' "$dir/err"
check 'the message has no control character' lacks '[^ -~]' "$dir/err"

# --- A pull without data ---

ssh_fails() { peer "${@:3}"; check "over ssh, $1: the pull fails" sync 1 shell; check 'the message has the reason' has "$2" "$dir/err"; }
http_fails() { peer "$header" "${@:3}"; check "over HTTP, $1: the pull fails" sync 1 peer; check 'the message has the reason' has "$2" "$dir/err"; }
rm -rf "$dir/sync"/*.pull
lost='the peer sent no serial'
ssh_fails 'nothing' "$lost" ':'
ssh_fails 'an error' 'shell: no cache here$' 'echo no cache here >&2; exit 2'
ssh_fails 'an end before the serial' "$lost" "$(line 192.88.1.6)"
check 'the lines before the failure are imported' routed 192.88.1.6
is "$(find "$dir/sync" -name '*.pull')" '' 'the next pull repeats them'
ssh_fails 'an invalid serial' "$lost" 'echo "# serial"; echo "# serial ;x"; echo " # serial 1"'
http_fails 'an empty answer' "$lost" ':'
http_fails 'a page' "$lost" 'echo "<html>Log in</html>"'
http_fails 'an end before the serial' "$lost" "$(line 192.88.1.7)"
printf 'LISTS=%s\nDB=%s\n' "$dir/a.list" "$dir/there.tdb" >"$dir/there.conf"
check 'ipcache-serve without a cache: the pull fails' sync 1 ipcache
check 'the message has the status' has 'ipcache: curl: .* 503' "$dir/err"
head -c 65536 /dev/urandom >"$dir/there.tdb"
check 'ipcache-serve with a damaged cache: the pull fails' sync 1 ipcache
check 'the message has the status' has 'ipcache: curl: .* 503' "$dir/err"
rm "$dir/there.tdb"
ipcache import -f "$dir/there.tdb" <<<"$EPOCHSECONDS.000000 192.88.1.8 3600 www.example.net tag=x"
check 'ipcache-serve with an intact cache: the pull succeeds' sync 0 ipcache
check 'the lines of the peer are imported' routed 192.88.1.8
echo "LISTS=$dir/missing.list" >"$dir/there.conf"
check 'a push that the peer could not import fails' sync 1 -d push ipcache

peer ':'
start ipcache-sync -F -c "$dir/conf" shell 2>"$dir/err"
check '-F: the pauses grow while the peer sends nothing' within 20 has 'pull was interrupted; next attempt in 2 s' "$dir/err"
stop "$started"

peer 'exec sleep 20'
start ipcache-sync -F -t 2 -d push -c "$dir/conf" peer 2>"$dir/err"
check '-F: a push over HTTP without a reply times out' within 20 has 'push was interrupted' "$dir/err"
stop "$started"

# --- Redirects ---

peer 'echo "Status: 302"; echo "Location: http://localhost:8080/ipcache?since=0"; echo'
printf 'LISTS=%s\nDB=%s\n' "$dir/a.list" "$dir/there.tdb" >"$dir/there.conf"
check 'a redirect from HTTPS to HTTP is refused' sync 1 tls
check 'the message has the reason' has 'tls: curl: .*http' "$dir/err"
peer 'echo "Content-Type: text/plain"; echo' "$serial"
check 'a pull over TLS works' sync 0 tls

plan_done
