#!/usr/bin/env bash
# shellcheck disable=SC2016,SC2317
# The commands of ipcache with and without a run, concurrently, and with misbehaving clients.
. t/lab/lib.sh
. t/lab/clients.sh

export TDB_NO_FSYNC=1	# the disk may be busy; nothing here needs to last
db=$dir/cache.tdb
answer() { echo "$(date +%s).000000 $1 60 $2${3:+ $3}"; }	# ADDRESS NAME [KEYS]
# serve [OPTION...]: starts `ipcache run` with stdin open at descriptor 5 and routes in $dir/routes.
serve() {
	rm -f "$dir/in"
	mkfifo "$dir/in"
	: >"$dir/routes"
	start sh -c 'exec ipcache run "$@" <"$0/in" >"$0/routes" 2>"$0/err"' "$dir" -f "$db" -a any -s 50ms "$@"
	run=$started
	exec 5>"$dir/in"
	within 10 has '^end-of-rib$' "$dir/routes"
}
routed() { has "^announce $1/32" "$dir/routes"; }
withdrawn() { [ "$(grep -F " $1/32" "$dir/routes" | tail -n 1)" = "withdraw $1/32" ]; }
show=$dir/err

# The same commands with and without a run.
answer 192.0.2.1 a.example tag=p >"$dir/lines"
answer 192.0.2.1 b.example 'via=x.example,c.example tag=q' >>"$dir/lines"
answer 2001:db8::1 a.example >>"$dir/lines"
{
	cat "$dir/lines"
	echo 'nonsense'
	echo '1.000000 192.0.2.9 60 dead.example'
	echo '5000000000.000000 192.0.2.9 60 ahead.example'
	printf '%20000s\n' long
	printf 'cut off'
} >"$dir/mixed"
sed 's/ tag=p/ tag=z rule=y/; s/ tag=q//' "$dir/lines" >"$dir/retagged"
commands() {
	local input words
	while IFS='|' read -r input words; do
		echo "== $words"
		# shellcheck disable=SC2086
		ipcache $words 5>&- <"$dir/$input" >"$dir/o" 2>"$dir/e"
		echo "status $?"
		sed '/^[a-z_]* /{ /^run/,$d }' "$dir/o" | LC_ALL=C sort
		cat "$dir/e"
	done
}
: >"$dir/none"
list="mixed|import -f DB -a any
lines|import -f DB -a any
none|export -f DB
none|export -f DB 192.0.2.0/24
none|export -f DB c.example
none|export -f DB a.example 2001:db8::1 10.0.0.0/8 none.example
none|export -f DB none.example
none|export -f DB a..b
none|stats -f DB
retagged|retag -f DB
mixed|retag -f DB
none|export -f DB
none|delete -f DB c.example 192.0.2.1 none.example
none|export -f DB
none|delete -f DB 0.0.0.0/0
none|delete -f DB ::/0 a..b
none|delete -f DB ::/0
none|export -f DB"
commands <<<"${list//DB/$dir/free.tdb}" >"$dir/without"
serve
commands <<<"${list//DB/$db}" >"$dir/with"
is "$(sed "s|$db|DB|" "$dir/with")" "$(sed "s|$dir/free.tdb|DB|" "$dir/without")" \
	'each command prints and does the same with and without a run'
check 'the commands print something' has 'none.example: not in the cache' "$dir/with"
is "$(stat -c '%a %F' "$db.sock")" '600 socket' 'only the owner may use the control socket'
check 'stats has the counters of the run' has '^clients [1-9]' <(ipcache stats -f "$db")
check 'stats has the limits of the run' has '^max_pairs [1-9]' <(ipcache stats -f "$db")
check 'stats has the refused clients' has '^clients_refused 0$' <(ipcache stats -f "$db")
is "$(ipcache stats -f "$db" | sed -n 's/^run //p') $(ipcache stats -f "$dir/free.tdb" | sed -n 's/^run //p')" '1 0' \
	'stats shows whether there is a run'

# Commands take effect immediately.
answer 192.0.2.1 a.example tag=p | ipcache import -f "$db"
check 'an imported pair is announced' within 5 routed 192.0.2.1
answer 192.0.2.1 a.example tag=q | ipcache retag -f "$db"
check 'a retagged pair changes its route' within 5 has '^announce 192.0.2.1/32 tag=q' "$dir/routes"
ipcache delete -f "$db" a.example
check 'a deleted pair is withdrawn' within 5 withdrawn 192.0.2.1

# Serials and --follow.
serial() { sed -n '$s/^# serial //p' "$1"; }
addresses() { awk '!/^#/ { print $2 }' "$1" | LC_ALL=C sort | xargs; }
answer 192.0.2.1 a.example >&5
answer 192.0.2.2 a.example >&5
within 5 routed 192.0.2.2
ipcache export -f "$db" --since 0 >"$dir/all"
is "$(addresses "$dir/all")" '192.0.2.1 192.0.2.2' 'an unknown serial exports everything'
answer 192.0.2.3 a.example >&5
within 5 routed 192.0.2.3
ipcache export -f "$db" -n "$(serial "$dir/all")" >"$dir/some"
is "$(addresses "$dir/some")" 192.0.2.3 'a known serial exports the changes since'
ipcache export -f "$db" -n "$(serial "$dir/some")" >"$dir/out"
is "$? $(addresses "$dir/out")" "0 " 'the next serial exports nothing'
start ipcache export -f "$db" --follow 5>&- >"$dir/followed"
follower=$started
check '--follow prints the present pairs' within 5 has ' 192.0.2.3 ' "$dir/followed"
answer 192.0.2.4 a.example >&5
check '--follow prints new pairs' within 5 has ' 192.0.2.4 ' "$dir/followed"
followed_serial() { tail -n 1 "$dir/followed" | grep -q '^# serial '; }
check '--follow prints a serial' within 5 followed_serial
stop "$follower" 2>/dev/null
answer 192.0.2.5 a.example >&5
start ipcache export -f "$db" -F -n "$(serial "$dir/followed")" 5>&- >"$dir/again" 2>/dev/null
check '--follow continues from that serial' within 5 has ' 192.0.2.5 ' "$dir/again"
is "$(addresses "$dir/again")" 192.0.2.5 '--follow prints only the missed pair after a serial'
ipcache export -f "$dir/free.tdb" -F >/dev/null 2>"$dir/err2"
is "$? $(cat "$dir/err2")" '2 ipcache: no ipcache run uses the DB; --follow needs one' '--follow without a run is an error'
ipcache export -f "$dir/free.tdb" -n "$(serial "$dir/all")" >"$dir/out"
is "$? $(serial "$dir/out")" '0 0' 'without a run every serial is unknown'

# Comments.
stop "$run"
exec 5>&-
wait "$started" 2>/dev/null
ok "$([ ! -e "$db.sock" ]; echo $?)" 'the run removes its socket'
: >"$dir/comments"
serve -c "$dir/comments"
check '--comments gets end-of-rib' within 5 has '^# end-of-rib$' "$dir/comments"
answer 192.0.2.6 a.example >&5
echo '# a mark' >&5
check '--comments gets a comment' within 5 has '^# a mark$' "$dir/comments"
is "$(ipcache export -f "$db" 192.0.2.6 | wc -l)" 1 'a comment arrives after the lines before it are processed'

# Concurrent commands, with lines on stdin.
many() { awk -v now="$(date +%s)" -v net="$1" -v n="$2" 'BEGIN {
	for (i = 0; i < n; i++)
		printf "%d.000000 %d.%d.%d.%d 60 n%d.example tag=t\n", now, net, i / 65536, i / 256 % 256, i % 256, i
}'; }
importers=()
for net in 11 12 13 14; do
	many "$net" 5000 | ipcache import -f "$db" 5>&- &
	importers+=($!)
done
wait "${importers[@]}"
is "$(ipcache export -f "$db" 11.0.0.0/8 12.0.0.0/8 13.0.0.0/8 14.0.0.0/8 | wc -l)" 20000 'concurrent imports all succeed'
many 10 100000 >"$dir/many"
{
	head -n 50000 "$dir/many"
	answer 192.0.2.10 a.example >&5
	tail -n +50001 "$dir/many"
} | ipcache import -f "$db"
is "$? ${PIPESTATUS[*]}" '0 0 0' 'a large import succeeds'
check 'the routes of a large import are announced' within 20 routed 10.1.134.159
check 'lines on stdin are processed during an import' test "$(grep -n 192.0.2.10/32 "$dir/routes" | cut -d: -f1)" -lt \
	"$(grep -n 10.1.134.159/32 "$dir/routes" | cut -d: -f1)"

# taken ADDRESS: a line on stdin becomes a route, and a command is served.
taken() {
	answer "$1" ill.example >&5
	within 10 routed "$1" && within 20 has " $1 " <(ipcache export -f "$db" "$1" 2>&1)
}
clients "$db.sock" 1 ''
check 'a silent client delays nothing' taken 192.0.2.20
clients "$db.sock" 1 'ipcache 1 imp'
check 'half a line delays nothing' taken 192.0.2.21
clients "$db.sock" 1 $'ipcache 1 import\n1795392065.0000'
check 'half an answer delays nothing' taken 192.0.2.22
clients "$db.sock" 1 $'ipcache 1 export\n' half
check 'a client that does not read its reply delays nothing' taken 192.0.2.23
clients "$db.sock" 1 $'ipcache 1 export follow\n' half
check 'a follower that does not read delays nothing' taken 192.0.2.24
clients "$db.sock" 20 "$(head -c 100000 /dev/urandom | tr -d '\0')"
check 'garbage delays nothing' taken 192.0.2.25
clients "$db.sock" 1000 ''
check 'a thousand silent clients make room for others' taken 192.0.2.26
check 'refused clients are counted' has '^clients_refused [1-9][0-9][0-9]' <(ipcache stats -f "$db")
away
clients "$db.sock" 70 $'ipcache 1 export\n' half
answer 192.0.2.27 ill.example >&5
check 'lines are processed while all slots are in use' within 10 routed 192.0.2.27
ipcache stats -f "$db" >"$dir/out" 2>"$dir/err2"
is "$? $(cat "$dir/out" "$dir/err2")" '2 ipcache: too many clients: 64 are connected; try again later' 'a refused client gets the reason'
away
served() { ipcache stats -f "$db" >"$dir/out"; }

# Requests of peers leave slots for local commands.
refused_by() { ipcache stats -f "$db" | sed -n 's/^clients_refused //p'; }
serves_all_but() {
	local verb
	for verb in import retag stats export; do
		[ "$verb" != "$1" ] || continue
		answer 192.0.2.28 rest.example tag=p | ipcache "$verb" -f "$db" >"$dir/out" 2>"$dir/err2" || return
	done
}
for request in 'export follow' 'export since=0' import; do
	check 'there are free slots' within 10 served
	before=$(refused_by)
	if [ "$request" = import ]; then how=(); else how=(half); fi
	clients "$db.sock" 64 "ipcache 1 $request"$'\n' "${how[@]}"
	check "64 clients with '$request' leave slots" within 10 serves_all_but "$request"
	check "'$request': clients beyond 16 are refused" test "$(refused_by)" -ge $((before + 48))
	away
done
within 10 served
clients "$db.sock" 16 $'ipcache 1 export follow\n' half
refuses_follower() { bounded 5 ipcache export -f "$db" --follow >"$dir/out" 2>"$dir/err2"; [ $? -eq 2 ]; }
check 'a 17th follower is refused' within 10 refuses_follower
is "$(cat "$dir/err2")" 'ipcache: too many clients: 16 run export --follow; try again later' 'a refused follower gets the reason'
away
check 'a client that ends frees its slot' within 10 served
ipcache export -f "$db" | head -n 1 >/dev/null
is "${PIPESTATUS[0]}" 0 'EPIPE ends an export'

# While stdout is blocked, an import waits. No route is lost.
stop "$run"
exec 5>&-
rm "$db"
mkfifo "$dir/stuck"
start sh -c 'exec ipcache run -a any -f "$0/cache.tdb" <"$0/in" >"$0/stuck" 2>"$0/err"' "$dir"
run=$started
exec 5>"$dir/in" 6<"$dir/stuck"
check 'the run listens' within 10 test -S "$db.sock"
ipcache import -f "$db" <"$dir/many" 5>&- 6<&- &
import=$!
has_pairs() { ipcache stats -f "$db" | grep -q '^pairs [1-9]'; }
check 'the run answers while its stdout is blocked' within 10 has_pairs
cat <&6 >"$dir/routes" 5>&- &
exec 6<&-
wait "$import"
is $? 0 'the import ends when stdout is read again'
check 'all routes of the blocked import are announced' within 20 routed 10.1.134.159
is "$(grep -c ^announce "$dir/routes")" 100000 'each route of the blocked import is announced once'

# kill -9.
mkfifo "$dir/slow"
start ipcache import -f "$db" <>"$dir/slow" 5>&- 2>"$dir/err2"
import=$started
exec 7>"$dir/slow"
answer 192.0.2.30 a.example >&7
check 'an import is in progress' within 10 routed 192.0.2.30
crash "$run"
exec 5>&-
wait "$import"
is "$? $(cat "$dir/err2")" '2 ipcache: ipcache run exited before it finished the request; try again' 'a command reports that the run was killed'
exec 7>&-
check 'a killed run leaves its socket' test -S "$db.sock"
answer 192.0.2.31 a.example | ipcache import -f "$db" -a any
is "$? $(ipcache export -f "$db" 192.0.2.31 | wc -l)" '0 1' 'a command works despite the stale socket'
serve
check 'a run replaces the stale socket' routed 192.0.2.31
ipcache run -f "$db" </dev/null 2>"$dir/err2"
is "$? $(cat "$dir/err2")" "2 ipcache: $db: in use by another ipcache run" 'a second run is refused'
check 'the first run still works' taken 192.0.2.32
exec 5>&-
wait "$run"
is $? 0 'ipcache run exits with status 0 at the end of stdin'

plan_done
