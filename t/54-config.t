#!/usr/bin/env bash
# shellcheck disable=SC2016,SC2317
# The configuration: each mistake is reported with its line, nothing in the file is executed, and accepted values are
# those that a shell would read.
T_UNSHARE='--net --mount --map-root-user'
. t/lab/lib.sh
mount -t tmpfs tmpfs /var/lib	# a configuration without DB creates files there
. t/lab/settings.sh

PATH=$PWD/scripts/bin:$PATH
unset RUNTIME_DIRECTORY STATE_DIRECTORY NOTIFY_SOCKET LISTEN_FDS
conf=$dir/conf show=$dir/out
echo example.net >"$dir/a.list"
echo example.org >"$dir/b.list"
mkdir "$dir/folder"

good="SOCKET=$dir/d.sock
LISTS=\"$dir/a.list $dir/b.list\"
AS=64512
ROUTER_ID=192.0.2.10
NEXT_HOPS=\"192.0.2.10 2001:db8::10\"
PEERS=\"192.0.2.1 192.0.2.2,as=64513\"
LIFE=24h
DB=$dir/cache.tdb"

# config_with LINE...: writes the good configuration with these lines, each replacing the line of the same variable.
config_with() {
	local names
	names=$(printf '%s\n' "$@" | sed -nE 's/^([A-Z_]+)=.*/^\1=/p')
	{ grep -vE "${names:-^$}" <<<"$good"; [ $# -eq 0 ] || printf '%s\n' "$@"; } >"$conf"
}
check_it() { dnstap-bgp -c "$conf" check >"$dir/out" 2>&1; }

config_with
touch "$dir/out"
check_it
is "$?$(cat "$dir/out")" 0 'a good configuration is accepted without a message'
is "$(find "$dir" -newer "$conf" ! -path "$dir" ! -path "$dir/out")" '' 'the check creates nothing'

# --- Values that a stage refuses, with the reported problem ---

# The last value of a variable counts, so values of one variable are in separate files.
declare -A turns
long=$(printf "$dir/%0108d" 0)
while IFS='|' read -r line problem; do
	name=${line%%=*}
	turn=${turns[$name]-0}
	turns[$name]=$((turn + 1))
	wrong[turn]+=$line$'\n' problems[turn]+=$problem$'\n'
done <<E
AS=AS64512|AS: AS64512: [^;]*
AS=64512,64513|AS: 64512,64513: [^;]*
AS="64512 64513"|AS: 64512 64513: [^;]*
ROUTER_ID=foo|ROUTER_ID: foo: [^;]*
ROUTER_ID=2001:db8::1|ROUTER_ID: 2001:db8::1: [^;]*
NEXT_HOPS=192.0.2.1:179|NEXT_HOPS: 192.0.2.1:179: [^;]*
NEXT_HOPS=bar,2001:db8::1|NEXT_HOPS: bar,2001:db8::1: [^;]*
NEXT_HOPS="192.0.2.1 192.0.2.2"|NEXT_HOPS: 192.0.2.2: a second IPv4 next hop; give only one
PEERS=router.example|PEERS: router.example: [^;]*
PEERS=192.0.2.1:179|PEERS: 192.0.2.1:179: [^;]*; write its port as ,port=179
PEERS=[2001:db8::1]:179|PEERS: .2001:db8::1.:179: [^;]*
PEERS=192.0.2.1,192.0.2.2|PEERS: 192.0.2.1,192.0.2.2: [^;]*; .*space.*
PEERS="192.0.2.1 192.0.2.1"|PEERS: 192.0.2.1: [^;]*twice[^;]*
PEERS=fe80::1|PEERS: fe80::1: [^;]*link[^;]*
PEERS=192.0.2.1,password-file=$dir/none|PEERS: [^;]*No such file[^;]*
LIFE="24 hours"|LIFE: [^;]*24 hours[^;]*
LIFE=0|LIFE: [^;]*'0'[^;]*
MAX_ROUTES=0|MAX_ROUTES: [^;]*'0'[^;]*
MAX_ROUTES=007|MAX_ROUTES: [^;]*'007'[^;]*
MAX_ROUTES=-1|MAX_ROUTES: [^;]*'-1'[^;]*
MAX_ROUTES=1e5|MAX_ROUTES: [^;]*'1e5'[^;]*
MAX_ROUTES='many more'|MAX_ROUTES: [^;]*'many more'[^;]*
LISTS=$dir/none.list|LISTS: $dir/none.list: No such file or directory
LISTS=$dir/folder|LISTS: $dir/folder: Is a directory
LISTS=$dir/a.list,$dir/b.list|LISTS: $dir/a.list,$dir/b.list: [^;]*
SOCKET=$dir/none/d.sock|SOCKET: $dir/none/d.sock: [^;]*No such file[^;]*
SOCKET=$dir/a.list|SOCKET: $dir/a.list: [^;]*not a socket
SOCKET=$long|SOCKET: $long: [^;]*too long[^;]*
SOCKET_GROUP=no-such-group|SOCKET_GROUP: [^;]*no such group
SOCKET_MODE=rw|SOCKET_MODE: [^;]*rw[^;]*
DB=$dir/none/cache.tdb|DB: $dir/none/cache.tdb: No such file or directory
READ_OPTIONS=--none|READ_OPTIONS: [^;]*--none[^;]*
READ_OPTIONS="-l 127.0.0.1"|READ_OPTIONS: 127.0.0.1: [^;]*
MATCH_OPTIONS=-Z|MATCH_OPTIONS: [^;]*Z[^;]*
CACHE_OPTIONS="-D $dir/none"|CACHE_OPTIONS: $dir/none: [^;]*
CACHE_OPTIONS=word|CACHE_OPTIONS: [^;]*
ANNOUNCE_OPTIONS="-t 1"|ANNOUNCE_OPTIONS: 1: [^;]*
E
for turn in "${!wrong[@]}"; do
	mapfile -t lines <<<"${wrong[turn]%$'\n'}"
	mapfile -t expected <<<"${problems[turn]%$'\n'}"
	config_with "${lines[@]}"
	check_it
	is "$?:$(wc -l <"$dir/out")" "2:${#lines[@]}" "one mistake is reported for each of ${#lines[@]} lines"
	for i in "${!lines[@]}"; do
		at=$(grep -nxF -- "${lines[i]}" "$conf" | cut -d: -f1)
		check "${lines[i]//$dir/DIR} is reported with its line" has "^dnstap-bgp: $conf:$at: ${expected[i]}(; [^;]|\$)" "$dir/out"
	done
	check 'each report has a remedy' lacks '^[^;]*$' "$dir/out"
done

# --- Lines that the parser refuses ---

while IFS='|' read -r line problem; do
	printf '%b\n' "$line" >>"$dir/lines"
	printf '%s\n' "$problem" >>"$dir/expected"
done <<'E'
AS = 64512|AS: a space before the =; write AS=value
AS= 64512|AS: a space after the =; write AS=value
AS=64512 # ours|AS: a comment after the value; move it to a separate line
AS=64512;|AS: ; outside quotes; write AS="..."
AS: 64512|AS: not an assignment; write AS=value
NEXT_HOPS=192.0.2.1 2001::1|NEXT_HOPS: a space outside quotes; write NEXT_HOPS="..."
LISTS=$HOME/a.list|LISTS: nothing is expanded or executed; write the value itself instead of $ or `
LISTS="$HOME/a.list"|LISTS: nothing is expanded or executed; write the value itself instead of $ or `
LISTS='$HOME/a.list'|LISTS: nothing is expanded or executed; write the value itself instead of $ or `
LISTS=`ls`|LISTS: nothing is expanded or executed; write the value itself instead of $ or `
LISTS=~/a.list|LISTS: ~ outside quotes; write LISTS="..."
LISTS=a"b"|LISTS: " outside quotes; write LISTS="..."
LISTS="a"b|LISTS: text after the closing quote; write LISTS="..."
LISTS="a" # ours|LISTS: a comment after the value; move it to a separate line
SOCKET_GRUOP=unbound|SOCKET_GRUOP: unknown variable; write SOCKET_GROUP
PERS=192.0.2.1|PERS: unknown variable; write PEERS
SOMETHING=x|SOMETHING: unknown variable; see dnstap-bgp(8) for the known ones
LIFE=2\001h|a control character; save the file as plain text
export DB=x|'export' is not allowed, because systemd does not know it; write NAME=value alone
just words|not an assignment; write NAME=value, or # before a comment
; a comment|not an assignment; write # instead of ; before a comment
# a comment \\|the comment ends in a backslash, and systemd would continue it in the next line; remove the backslash
LISTS="a.list|LISTS: no closing "; write one at the end of the value
DB='a.tdb|DB: no closing '; write one at the end of the value
AS=|AS: empty; write AS=..., see dnstap-bgp(8)
LIFE=1h\r|a carriage return ends the line; remove all: sed -i 's/\r$//' FILE
E
mapfile -t expected <"$dir/expected"
reported() { grep "^dnstap-bgp: $dir/lines:$1: " "$dir/out" | sed "s|^dnstap-bgp: $dir/lines:$1: ||; s|$dir/lines|FILE|"; }
dnstap-bgp -c "$dir/lines" check >"$dir/out" 2>&1
is $? 2 'a configuration of malformed lines is refused'
for i in "${!expected[@]}"; do
	[[ ${expected[i]} != *empty* ]] || continue	# another mistake hides this one
	is "$(reported $((i + 1)))" "${expected[i]}" "refused: $(sed -n "$((i + 1))p" "$dir/lines" | cat -v)"
done
config_with AS=
check_it
like "$?$(cat "$dir/out")" '^2.*:8: AS: empty; ' 'a variable without a value is reported'
printf '\xef\xbb\xbf%s\n' "$good" >"$conf"
check_it
is "$?$(cat "$dir/out")" "2dnstap-bgp: $conf:1: a byte order mark; save the file as UTF-8 without it" 'a byte order mark is reported'
grep -v ^PEERS <<<"$good" >"$conf"
check_it
like "$?$(cat "$dir/out")" "^2dnstap-bgp: $conf: PEERS: not set; " 'a missing variable is reported'

# All words of a value are checked, not only the first.
config_with 'PEERS="router.example a,b 192.0.2.7"' "LISTS=\"$dir/none.list $dir/a.list $dir/other.list\"" NEXT_HOPS=bar
check_it
is "$?$(sed -nE "s|^dnstap-bgp: $conf:([0-9]+): ([A-Z_]+): .*|\1\2|p" "$dir/out" | xargs)" '27LISTS 7LISTS 8NEXT_HOPS 6PEERS 6PEERS' \
	'each word of a value is checked'
dnstap-bgp -c "$conf" -n >"$dir/commands" 2>"$dir/err"
is "$?$(wc -l <"$dir/commands") $(cksum <"$dir/err")" "24 $(cksum <"$dir/out")" '-n prints the commands and reports the same'

# A service: systemd creates the socket and its directory.
config_with "SOCKET=$dir/none/d.sock"
RUNTIME_DIRECTORY=$dir/live check_it
is "$?$(cat "$dir/out")" 0 'the socket directory of a service is not checked'
sed -i /^SOCKET/d "$conf"
RUNTIME_DIRECTORY=$dir/live check_it
is "$?$(cat "$dir/out")" 0 'a service needs no SOCKET'
config_with "SOCKET=$long"
RUNTIME_DIRECTORY=$dir/live check_it
like "$?$(cat "$dir/out")" "^2dnstap-bgp: $conf:8: SOCKET: path too long for a socket; " 'a service refuses a SOCKET path that is too long'

# --- Accepted values are those of a shell ---

settings=t/data/settings.conf
LC_ALL=C dnstap-bgp-config "$settings" >"$dir/commands"
check 'the sample settings have no mistake' lacks '^mistake' "$dir/commands"
# shellcheck source=/dev/null
is "$(. "$dir/commands"; show_settings)" "$(. "$settings"; show_settings)" 'each value is the one that a shell reads, with spaces for line ends'
config_with 'LIFE=12h'
LISTS='none' AS=x CACHE_OPTIONS=--none check_it
is "$?$(cat "$dir/out")" 0 'variables of the environment are ignored'

# --- Nothing is executed ---

# read_all: reads the file with each program that accepts it.
read_all() {
	dnstap-bgp -c "$conf" check
	dnstap-bgp -c "$conf" -n
	dnstap-bgp -c "$conf" why www.example.net
	SSH_ORIGINAL_COMMAND='export' ipcache-serve -c "$conf"
	ipcache-sync -t 5 -c "$conf" http://127.0.0.1:1/none
} >"$dir/out" 2>&1 </dev/null
executed() { find "$dir" -name 'ran.*' -delete -print | wc -l; }

mkdir "$dir/bin"
run=$dir/bin/run
printf '#!/bin/sh\ntouch "%s/ran.$1"\n' "$dir" >"$run"
cp "$run" "$dir/bin/dnstap-match"
chmod +x "$run" "$dir/bin/dnstap-match"
mapfile -t hostile <<E
LIFE=\$($run 0)
LIFE=\`$run 1\`
LIFE="\$($run 2)"
LIFE="a\`$run 3\`b"
LIFE=1h;$run 4
LIFE=1h $run 5
LIFE=1h & $run 6
$run 7
LIFE='1h''\$(false)'"\$($run 8)"
PATH=$dir/bin:$PATH; dnstap-match 9
match() { $run 10; }; match
DB="1h \$($run 11)"
E
for line in "${hostile[@]}"; do sh -c "$line" >"$dir/log" 2>&1; done
within 5 test -e "$dir/ran.6"	# line 6 runs its command in the background
is "$(executed)" ${#hostile[@]} 'a shell would execute each of these lines'
config_with "${hostile[@]}"
mkdir -p "$dir/'\$($run 12)\`$run 13\`;${run%/*}"
mv "$conf" "$dir/'\$($run 12)\`$run 13\`;$run b"
conf="$dir/'\$($run 12)\`$run 13\`;$run b"
read_all
is "$(executed)" 0 'no line of the file is executed, nor its name'
conf=$dir/conf
for name in SOCKET LISTS AS ROUTER_ID NEXT_HOPS PEERS LIFE MAX_ROUTES MATCH_OPTIONS; do
	printf '%s\n' "$name=\"'; $run $name; ' & $run | $run > * ? [a] {b} (c) \\\\ \\\"; $run \\\"\""
done >"$conf"
check 'a quoted value may have such characters' lacks '^mistake' <(LC_ALL=C dnstap-bgp-config "$conf")
read_all
is "$(executed)" 0 'a quoted value is not executed'

# All programs that read the file report its mistakes.
config_with 'LISTS=$x'
SSH_ORIGINAL_COMMAND='export' ipcache-serve -c "$conf" >"$dir/out" 2>&1
like "$?$(cat "$dir/out")" "^2ipcache-serve: .*$conf:8: LISTS: " 'ipcache-serve names the line'
mkdir "$dir/sync"
printf '%s\n' '# the peer' 'PEER=http://127.0.0.1:1/x' 'DIRECTION = both' >"$dir/sync/peer.conf"
config_with
ipcache-sync -c "$conf" peer >"$dir/out" 2>&1
is "$?$(cat "$dir/out")" "2ipcache-sync: $dir/sync/peer.conf:3: DIRECTION: a space before the =; write DIRECTION=value" 'ipcache-sync names the line'

# --- The stages check their options ---

(
	cd "$dir" || exit
	dnstap-read --check-options -u new.sock -m 0600 -S new.stats -T new.tap -l 127.0.0.1:6000 &&
		dnstap-match --check-options -S new.stats -T new.tap a.list '!x=b.list' &&
		ipcache run --check-options -f new.tdb -t 1h -d 192.0.2.1 -S new.stats -T new.tap -c new.comments &&
		bgp-announce --check-options -a 1 -i 192.0.2.1 -n 192.0.2.10 -S new.stats 192.0.2.2
) >"$dir/out" 2>&1
is "$?$(cat "$dir/out")" 0 'the options of each stage are accepted without a message'
is "$(find "$dir" -name 'new.*')" '' 'the check of options creates nothing'
dnstap-match --check-options "$dir/none.list" "$dir/a.list" "$dir/other.list" >"$dir/out" 2>&1
is "$?$(grep -c 'No such file' "$dir/out")" 22 'dnstap-match reports each missing list'
dnstap-read --check-options -u "$dir/none/sock" -l 127.0.0.1 >"$dir/out" 2>&1
is "$?$(wc -l <"$dir/out")" 22 'dnstap-read reports each missing socket directory'
ipcache export --check-options >"$dir/out" 2>&1
is $? 2 'of the commands of ipcache only run has the option'

# --- Runs ---

config_with 'PEERS="fe80::1%lo 192.0.2.1,port=1790"'
mkdir "$dir/live"
RUNTIME_DIRECTORY=$dir/live start dnstap-bgp -c "$conf" >"$dir/status" 2>"$dir/out"
all_run() { [ "$(find "$dir/live" -name '*.stats' | wc -l)" = 4 ]; }
check 'all stages run with a link-local peer' within 20 all_run
check_it
is "$?$(cat "$dir/out")" 0 'a configuration can be checked while the pipeline runs'
like "$(dnstap-bgp -c "$conf" -n)" ' -d fe80::1 -d 192.0.2.1 ' 'ipcache denies the address of a link-local peer'
stop "$started"
is $? 0 'dnstap-bgp exits with status 0 on SIGTERM'

# A stage that refuses its options ends the pipeline with 2, because a restart would not help.
config_with 'LIFE=soon'
dnstap-bgp -c "$conf" >"$dir/status" 2>"$dir/out" </dev/null
is $? 2 'exit status 2 when a stage does not start'
check 'the stage is named' has "^dnstap-bgp: ipcache: exited with status 2; see its messages above" "$dir/out"
RUNTIME_DIRECTORY=$dir/live dnstap-bgp -r -c "$conf" >"$dir/status" 2>"$dir/out" </dev/null
is $? 2 'exit status 2 also with -r and with counters'

plan_done
