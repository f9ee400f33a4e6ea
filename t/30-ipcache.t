#!/usr/bin/env bash
# shellcheck disable=SC2016,SC2317
# ipcache as a program: routes, the database and its commands, limits.
. t/lab/lib.sh

db=$dir/cache.tdb
now() { date +%s; }
answer() { echo "$(now).000000 $1 60 $2${3:+ $3}"; }	# ADDRESS NAME [KEYS]
pairs() { ipcache export -f "$db" | awk '{ print $2, $4 }' | LC_ALL=C sort; }
pairs_are() { [ "$(pairs)" = "$1" ]; }
# serve [OPTION...]: starts `ipcache run` with stdin open at descriptor 5 and routes in $dir/routes.
serve() {
	rm -f "$dir/in"
	mkfifo "$dir/in"
	: >"$dir/routes"
	start sh -c 'exec ipcache run "$@" <"$0/in" >"$0/routes" 2>"$0/err"' "$dir" -f "$db" -a any "$@"
	run=$started
	exec 5>"$dir/in"
}
show=$dir/err

# Routes.
serve -s 50ms
check 'an empty cache prints end-of-rib immediately' within 5 has '^end-of-rib$' "$dir/routes"
answer 192.0.2.1 a.example tag=p >&5
answer 192.0.2.1 b.example tag=q >&5
answer 2001:db8::1 a.example >&5
answer 192.0.2.1 a.example tag=p >&5
check 'answers become routes without delay' within 5 has 2001:db8::1/128 "$dir/routes"
is "$(cat "$dir/routes")" 'end-of-rib
announce 192.0.2.1/32 tag=p name=a.example
announce 192.0.2.1/32 tag=p,q name=b.example
announce 2001:db8::1/128 name=a.example' 'a route has the tags of all pairs, and is printed only when they change'
check 'export prints the pairs' within 5 pairs_are '192.0.2.1 a.example
192.0.2.1 b.example
2001:db8::1 a.example'
is "$(stat -c %a "$db")" 600 'only the owner may read the database'

ipcache run -f "$db" </dev/null 2>/dev/null
is $? 2 'a second run is refused'

echo "$(($(now) + 100)).000000 192.0.2.9 60 ahead.example" >&5
echo 'nonsense' >&5
check 'a TIME ahead of the clock is refused' within 5 has 'line 5: TIME is more than a minute ahead' "$dir/err"
check 'a line that is no answer is refused' within 5 has 'line 6: ' "$dir/err"
kill -USR1 "$run"
check 'SIGUSR1 prints counters' within 5 has '^ipcache: stats pairs=3 addresses=2 max_pairs=.* lines=6 new=3 .*ahead_of_clock=1 bad_lines=1' "$dir/err"
answer 192.0.2.3 last.example >&5
exec 5>&-
wait "$run"
is $? 0 'ipcache run exits with status 0 at the end of stdin'
check 'the last line was announced before the end' has 'announce 192.0.2.3/32 name=last.example' "$dir/routes"
check 'the last line was saved' pairs_are '192.0.2.1 a.example
192.0.2.1 b.example
192.0.2.3 last.example
2001:db8::1 a.example'

# kill -9 and restart.
serve -s 50ms
check 'a restart prints all routes, then end-of-rib' within 5 has '^end-of-rib$' "$dir/routes"
is "$(sed 's/ name=.*//' "$dir/routes" | LC_ALL=C sort)" 'announce 192.0.2.1/32 tag=p,q
announce 192.0.2.3/32
announce 2001:db8::1/128
end-of-rib' 'a restart prints each route once, with all tags'
is "$(tail -n 1 "$dir/routes")" end-of-rib 'end-of-rib is the last line'
answer 192.0.2.4 killed.example >&5
# `ipcache export` would ask the run, so the disk is read through a copy of the file; the copy may be inconsistent.
saved() { cp "$db" "$dir/copy.tdb" && ipcache export -f "$dir/copy.tdb" | grep -q "$1"; }
check 'an answer is saved' within 5 saved killed.example
crash "$run"
exec 5>&-
check 'a saved answer survives kill -9' grep -q killed.example <(pairs)

# delete, export, import, retag.
ipcache delete -f "$db" 192.0.2.4 LAST.example. none.example 2>"$dir/err"
is $? 1 'delete: exit status 1 when something is not found'
check 'delete names the argument that matched no pair' has 'none.example: not in the cache' "$dir/err"
is "$(pairs)" '192.0.2.1 a.example
192.0.2.1 b.example
2001:db8::1 a.example' 'delete removes the pairs of the other arguments, by address and by name'
ipcache export -f "$db" >"$dir/export"
ipcache delete -f "$db" 2001:db8::/32 192.0.2.0/24
is "$? $(pairs)" '0 ' 'delete accepts a prefix'
ipcache delete -f "$db" 'a..b' 2>/dev/null
is $? 2 'delete: an argument that is no address, prefix or name is an error'
ipcache import -a any -f "$db" <"$dir/export"
is "$(LC_ALL=C sort <(ipcache export -f "$db"))" "$(LC_ALL=C sort "$dir/export")" 'import restores an export'
ipcache import -a any -f "$db" <"$dir/export"
is $? 0 'import of known pairs: exit status 0'
ipcache import -a any -f "$dir/other.tdb" <"$dir/export"
is "$(ipcache export -f "$dir/other.tdb" | wc -l)" 3 'import creates the database'
sed 's/ tag=q//; s/ tag=p/ tag=z rule=x/' "$dir/export" | ipcache retag -f "$db"
is "$(ipcache export -f "$db" | grep -o '192.* tag=.* rule=x')" '192.0.2.1 60 a.example tag=z rule=x' 'retag sets new tags and deletes pairs without one'
is "$(pairs)" '192.0.2.1 a.example' 'retag also deletes pairs that had no tag before'

# LIFE.
for life in 0 x 5y 1e3 '' 99999999d ttl,floor=2d; do
	ipcache run -f "$db" -t "$life" </dev/null 2>/dev/null >&2
	is $? 2 "a LIFE of '$life' is a startup error"
done
rm "$db"
serve -t 2s
# On a busy machine the pair can expire before the run reads the answer.
announced() {
	answer "$1" a.example >&5
	within 1 has "announce $1/32" "$dir/routes"
}
check 'a new pair is announced' within 5 announced 192.0.2.1
check 'a pair is withdrawn at the end of its LIFE' within 6 has 'withdraw 192.0.2.1/32' "$dir/routes"
echo "$(($(now) - 10)).000000 192.0.2.7 60 old.example" >&5
check 'an answer after one older than LIFE is announced' within 5 announced 192.0.2.8
check 'the answer older than LIFE is not announced' lacks 192.0.2.7 "$dir/routes"
stop "$run"
is $? 0 'ipcache run exits with status 0 on SIGTERM'
exec 5>&-
check 'stats prints LIFE' has '^life 2s$' <(ipcache stats -f "$db")
ipcache export -f "$db" >"$dir/live"
gone_by_life() { [ -z "$(ipcache export -f "$db")" ]; }
check 'export prints only live pairs, by the LIFE of the run' within 6 gone_by_life

# Martians: special-purpose and denied addresses.
rm "$db"
printf '%s\n' '# ours' 8.8.8.0/24 '9.9.9.9 of the resolver' '' >"$dir/deny"
for address in 192.0.2.1 127.0.0.1 ::ffff:8.8.4.4 224.0.0.1 8.8.8.8 9.9.9.9 1.1.1.1 1.0.0.1 2600::1; do answer "$address" a.example; done |
	ipcache import -f "$db" -D "$dir/deny" -d 1.0.0.0/8 --allow 1.1.1.0/24 --allow 192.0.2.0/24 2>"$dir/err"
is "$(pairs)" '1.1.1.1 a.example
192.0.2.1 a.example
2600::1 a.example' 'special and denied addresses are refused'
check 'refused addresses are counted' has '6 answers with a special-purpose or denied address: --allow PREFIX accepts them' "$dir/err"
is "$(ipcache run -f "$db" --deny 2600::1 </dev/null 2>"$dir/err")" 'announce 1.1.1.1/32 name=a.example
end-of-rib' 'refused addresses of the database are left out'
check 'stored pairs that are left out are reported' has '2 pairs removed: special-purpose or denied addresses; --allow PREFIX accepts them' "$dir/err"
for bad in "-D $dir/none" "-D $dir/err" '-d 1.2.3.4/8' '-a example'; do
	# shellcheck disable=SC2086
	ipcache run -f "$db" $bad </dev/null 2>/dev/null >&2
	is $? 2 "startup error: ${bad%% *}"
done

# Limits.
rm "$db"
seen() { echo "$(($(now) - 100 + $1)).000000 $2 60 $3"; }	# SECOND ADDRESS NAME
{ seen 1 192.0.2.1 a.x; seen 2 192.0.2.2 b.x; seen 3 192.0.2.1 c.x; seen 4 192.0.2.3 d.x; seen 5 192.0.2.3 e.x; seen 6 192.0.2.3 f.x; } |
	ipcache run -f "$db" -a any --max-addresses 2 --max-names 2 --stats "$dir/stats" >"$dir/routes" 2>"$dir/err"
is "$(sed 's/ name.*//' "$dir/routes")" 'end-of-rib
announce 192.0.2.1/32
announce 192.0.2.2/32
withdraw 192.0.2.2/32
announce 192.0.2.3/32' 'at a limit the address that was last seen earliest is evicted'
is "$(pairs)" '192.0.2.1 a.x
192.0.2.1 c.x
192.0.2.3 e.x
192.0.2.3 f.x' 'at a limit the name that was last seen earliest is evicted'
check 'evictions are counted' has ' evicted=2 ' "$dir/stats"
check 'an eviction is reported' has 'cache full: .*; [0-9]+ pairs evicted so far' "$dir/err"
is "$(ipcache run -f "$db" -a any --max-pairs 1 </dev/null 2>/dev/null)" 'announce 192.0.2.3/32 name=f.x
end-of-rib' 'the pairs of the database are limited at startup'
# many NAME COUNT TTL FIRST [RULE]: prints COUNT answers, each with its own name and address, from FIRST.0.0 up.
many() {
	awk -v now="$(date +%s.%6N)" -v name="$1" -v n="$2" -v ttl="$3" -v first="$4" -v rule="${5-}" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "%s %s.%d.%d %d %s-%d.example%s\n", now, first, i / 256, i % 256, ttl, name, i,
				rule ? " rule=" rule : ""
	}'
}
routes_of() { grep -c "^announce $1\\." "$dir/routes"; }
stat_is() { [ "$(ipcache stats -f "$db" | sed -n "s/^$1 //p")" = "$2" ]; }

# A restart at a limit: the file also has dead pairs, and several entries of a pair.
rm "$db"
life=ttl,floor=300ms,grace=0,cap=1h
serve -s 50ms -t "$life" -p 1000 -A 1000
many long 600 3600 11.0 >&5
for batch in 1 2 3 4; do
	many "short$batch" 300 1 "12.$batch" >&5
	within 5 stat_is new $((600 + 300 * batch))
	within 5 stat_is pairs 600
done
check 'pairs below the limit expire without eviction' stat_is evicted 0
exec 5>&-
wait "$run"
for start in first second; do
	ipcache run -f "$db" -a any -t "$life" -p 1000 -A 1000 </dev/null >"$dir/routes" 2>"$dir/err"
	is "$(routes_of 11.0)" 600 "the $start start restores the live pairs, although the file has many dead ones"
done
rm "$db"
many a 1000 60 11.0 | ipcache run -f "$db" -a any >/dev/null
many a 1 60 11.0 | sed "s/^[0-9]*/$(($(now) + 1))/" | ipcache run -f "$db" -a any >/dev/null
for start in first second; do
	ipcache run -f "$db" -a any -p 500 </dev/null >"$dir/routes" 2>"$dir/err"
	is "$(wc -l <"$dir/routes") $(grep -c '^announce 11.0.0.0/' "$dir/routes")" '501 1' \
		"the $start start below the number of pairs keeps the one that was seen last"
done

# Imports: limits without a run, clocks that are ahead, and which pairs an import may evict.
rm "$db"
many local 3 60 11.0 | ipcache run -f "$db" -a any -A 5 >/dev/null
many there 20 60 12.0 | sed "s/^[0-9]*/$(($(now) + 50))/" | ipcache import -f "$db" -a any 2>"$dir/err"
check 'an import without a run obeys the limits of the last run' stat_is addresses 5
is "$(ipcache export -f "$db" | grep -c ' 11\.0\.')" 3 'an import evicts no pair that was seen locally'
check 'an imported TIME is clamped to the clock' test "$(ipcache export -f "$db" | sort | tail -n 1 | cut -d. -f1)" -le "$(now)"
many more 2 60 13.0 | ipcache import -f "$db" -a any -A 7 2>"$dir/err"
check 'options of import set other limits' stat_is addresses 7
many own 4 60 14.0 | ipcache run -f "$db" -a any -A 7 >/dev/null 2>"$dir/err"
is "$(ipcache export -f "$db" | grep -c ' 1[14]\.0\.')" 7 'a local answer evicts imported pairs, also after restarts'

# Fairness between list entries.
rm "$db"
{ many good 20 60 11.0 good.example; many random 5000 60 12.0 '*.wild.example'; } |
	ipcache run -f "$db" -a any -A 100 >"$dir/routes" 2>"$dir/err"
is "$(grep -c '^withdraw 11\.0' "$dir/routes") $(grep -c '^withdraw 12' "$dir/routes")" '0 4920' \
	'random names below one entry evict only each other'
for limit in 0 x 300000000; do
	ipcache run -f "$db" -p "$limit" </dev/null 2>/dev/null >&2
	is $? 2 "a limit of '$limit' is a startup error"
done

# Files of other programs.
seq 20000 >"$dir/foreign"
cp "$dir/foreign" "$dir/before"
for command in run export import retag 'delete a.b' stats; do
	# shellcheck disable=SC2086
	ipcache $command -f "$dir/foreign" </dev/null >/dev/null 2>&1
	is $? 2 "${command%% *} refuses a foreign file"
done
check 'the foreign file is unchanged' cmp "$dir/foreign" "$dir/before"
ipcache export -f "$dir/missing.tdb" 2>/dev/null
is "$? $(ls "$dir/missing.tdb" 2>/dev/null)" '2 ' 'export without a database is an error and creates none'

# More routes than fit in any buffer.
rm "$db"
awk -v now="$(now)" 'BEGIN {
	for (i = 0; i < 200000; i++)
		printf "%d.000000 10.%d.%d.%d 60 n%d.example tag=t\n", now, i / 65536, i / 256 % 256, i % 256, i
}' >"$dir/many"
ipcache import -a any -f "$db" <"$dir/many"
is "$(ipcache run -a any -f "$db" </dev/null | wc -l)" 200001 'a restart prints every route of a large cache'
serve -s 50ms
mkfifo "$dir/slow"
exec 6<>"$dir/slow"
start ipcache export -f "$db" >&6
export=$started
check 'an export is waiting for its reader' read -r _ <&6
answer 192.0.2.1 a.example >&5
committed() { kill -USR1 "$run" && grep -q 'stats .* commits=[1-9]' "$dir/err"; }
check 'a run writes to the database while an export waits for its reader' within 5 committed
kill "$export"
exec 5>&- 6<&-
wait "$run"
ipcache export -f "$db" | head -n 1 >/dev/null
is "${PIPESTATUS[0]}" 0 'EPIPE ends an export silently'
ipcache run -a any -f "$db" </dev/null 2>"$dir/err" | head -n 1 >/dev/null
is "${PIPESTATUS[0]} $(cat "$dir/err")" '0 ' 'EPIPE ends a run silently'

ipcache run -f "$dir/none/x.tdb" </dev/null 2>/dev/null
is $? 2 'a missing directory is an error'
for words in '' frobnicate 'export -t 1h' 'run more' 'delete' 'delete -a any x'; do
	# shellcheck disable=SC2086
	ipcache $words </dev/null >/dev/null 2>&1
	is $? 2 "usage: ipcache $words"
done

plan_done
