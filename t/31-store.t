#!/usr/bin/env bash
# shellcheck disable=SC2317
# The DB of ipcache: crashes, full disks, damage, older and newer files, and how large it gets.
. t/lib.sh

db=$dir/db
now=$(date +%s)

# lines FROM TO: an answer for each number.
lines() {
	awk -v from="$1" -v to="$2" -v now="$now" 'BEGIN {
		for (i = from; i <= to; i++)
			printf "%d.000000 64.%d.%d.%d 300 h%d.example.org tag=t\n", now, i / 65536, i / 256 % 256, i % 256, i
	}'
}
numbers() { ipcache export -f "$1" | sed 's/.* h\([0-9]*\)\.example\.org .*/\1/' | LC_ALL=C sort; }
stat_of() { ipcache stats -f "$1" | sed -n "s/^$2 //p"; }
saved() { [ "$(ipcache stats -f "$1" | awk '$1 == "commits" { print $2 }')" -gt "$2" ]; }
sound() { ipcache check -f "$1" >"$dir/check" 2>&1; }

# begin_run DB OPTION...: a run that is fed by descriptor 5.
begin_run() {
	rm -f "$dir/in"
	mkfifo "$dir/in"
	exec 5<>"$dir/in"
	ipcache run -f "$@" <&5 >"$dir/routes" 2>"$dir/err" &
	run=$!
	pids=("$run")
}
end_run() {
	kill "$run"
	wait "$run"
}

# kill -9 at any instant: what was saved is there, nothing else is, and the file is sound.
show="$dir/check $dir/err"
printf '' >"$dir/must"
printf '' >"$dir/fed"
kills=${T_KILLS-30}	# hundreds by hand: they take a second each
lost='' unsound=0 killed=0 n=0
while [ "$killed" -lt "$kills" ]; do
	begin_run "$db" -s 20ms
	within 5 has '^end-of-rib$' "$dir/routes" || break
	if [ $((killed % 10)) -eq 0 ]; then
		lines $((n + 1)) $((n + 50)) >&5
		within 5 has "^announce .*h$((n + 50)).example" "$dir/routes" || break
		# The second commit from here on was begun after all this.
		for i in 1 2; do
			commits=$(stat_of "$db" commits)
			lines 1 1 | sed "s/ 300 / $((400 + 2 * killed + i)) /" >&5
			within 5 saved "$db" "$commits"
		done
		seq $((n + 1)) $((n + 50)) >>"$dir/must"
		seq $((n + 1)) $((n + 50)) >>"$dir/fed"
		n=$((n + 50))
	fi
	# New ones, and a thousand that are there seen again.
	seq $((n + 1)) $((n + 300)) >>"$dir/fed"
	{ lines $((n + 1)) $((n + 300)); lines $((n > 1000 ? n - 1000 : 1)) "$n" | sed "s/ 300 / $((1000 + killed)) /"; } >&5 &
	feeder=$!
	n=$((n + 300))
	read -r -t "0.0$((RANDOM % 9))$((RANDOM % 10))" -u "$silence"
	kill -KILL "$run" "$feeder" 2>/dev/null
	wait "$run" "$feeder" 2>/dev/null
	exec 5>&-
	killed=$((killed + 1))
	sound "$db" || unsound=$((unsound + 1))
	[ $((killed % 5)) -eq 0 ] || continue
	numbers "$db" >"$dir/has"
	lost+=$(LC_ALL=C comm -23 <(LC_ALL=C sort -u "$dir/must") "$dir/has")
	lost+=$(LC_ALL=C comm -13 <(LC_ALL=C sort -u "$dir/fed") "$dir/has")
done 2>/dev/null
is "$killed" "$kills" 'a run is killed again and again'
is "$unsound" 0 'its DB passes the check each time'
is "$lost" '' 'has all that was saved before, and nothing that never was'
check 'is not larger than that takes' [ "$(stat -c %s "$db")" -lt 20000000 ]
is "$(stat -c %a "$db")" 600 'and for its owner only'

# A check beside a run; a repair has to wait for its end.
begin_run "$db"
within 5 has '^end-of-rib$' "$dir/routes"
check 'a DB can be checked while a run has it' sound "$db"
end_run
exec 5>&-

# A full disk, in a small file system.
full_disk() {
	local small=$dir/small commits i
	mkdir -p "$small"
	mount -t tmpfs -o size=24m tmpfs "$small" || return 1
	begin_run "$small/db" -s 50ms
	within 5 has '^end-of-rib$' "$dir/routes"
	lines 1 10 >&5
	within 5 saved "$small/db" 0
	cat /dev/zero >"$small/filler" 2>/dev/null
	lines 11 60000 >&5
	check 'with a full disk, route lines go on' within 20 has 'h60000.example' "$dir/routes"
	failed_often() { [ "$(stat_of "$small/db" failed_commits)" -ge 3 ]; }
	check 'commits fail, and are tried again' within 20 failed_often
	is "$(grep -c 'not saved' "$dir/err")" 1 'which is said once'
	like "$(cat "$dir/err")" 'No space left' 'with the reason'
	check 'the DB is sound' sound "$small/db"
	rm "$small/filler"
	# The second commit from here on was begun after all this.
	for i in 1 2; do
		commits=$(stat_of "$small/db" commits)
		lines 1 1 | sed "s/ 300 / $((300 + i)) /" >&5
		within 20 saved "$small/db" "$commits"
	done
	check 'with room again, all is saved' [ $? -eq 0 ]
	kill -KILL "$run"
	wait "$run" 2>/dev/null
	exec 5>&-
	is "$(numbers "$small/db" | wc -l)" 60000 'nothing is lost'
	check 'and the DB is sound' sound "$small/db"
	echo "$number $failures" >"$dir/counts"
}
export -f lines numbers stat_of saved sound begin_run full_disk ok check is like within gone has comment 2>/dev/null
export dir number failures show now
unshare --mount bash -c 'pids=(); full_disk'
read -r number failures <"$dir/counts"

# Damage.
db=$dir/fresh
lines 1 20000 | ipcache import -f "$db"
ipcache export -f "$db" >"$dir/whole"
at=$(grep -abo 'h20\.example\.org' "$db" | cut -d: -f1 | tail -n 1)
cp "$db" "$dir/flipped"
printf 'H' | dd of="$dir/flipped" bs=1 seek="$at" conv=notrunc 2>/dev/null
head -c -500000 "$db" >"$dir/short"	# that is some of its segments
head -c 100000 /dev/urandom >"$dir/foreign"
printf '' >"$dir/empty"
{ head -c 4096 /dev/zero; tail -c +4097 "$db"; } >"$dir/headless"
for kind in flipped short foreign empty headless; do
	cp "$dir/$kind" "$dir/$kind.before"
	ipcache check -f "$dir/$kind" >"$dir/check" 2>&1
	is $? 1 "a DB that is $kind does not pass"
	like "$(cat "$dir/check")" "$kind: .*(damaged|not a cache)" 'which is said'
	for command in run export stats retag; do
		ipcache $command -f "$dir/$kind" </dev/null >"$dir/out" 2>"$dir/err"
		is "$? $(wc -l <"$dir/out")" '2 0' "$command refuses it"
	done
	check 'and leaves it as it is' cmp "$dir/$kind" "$dir/$kind.before"
done
for kind in flipped short headless; do
	ipcache check --repair -f "$dir/$kind" >"$dir/out" 2>"$dir/err"
	is $? 0 "a DB that is $kind is repaired"
	check 'what was damaged is kept' cmp "$dir/$kind.damaged" "$dir/$kind.before"
	check 'it is sound' sound "$dir/$kind"
	check 'and has nothing wrong' lacks . <(ipcache export -f "$dir/$kind" | LC_ALL=C sort | LC_ALL=C comm -23 - <(LC_ALL=C sort "$dir/whole"))
done
check 'without its head, all is there' cmp <(numbers "$dir/headless") <(numbers "$db")
check 'with a letter changed, most is' [ "$(numbers "$dir/flipped" | wc -l)" -gt $(($(numbers "$db" | wc -l) - 4000)) ]
for kind in foreign empty; do
	ipcache check --repair -f "$dir/$kind" >"$dir/out" 2>&1
	is $? 2 "what is $kind is not repaired"
	check 'and left as it is' cmp "$dir/$kind" "$dir/$kind.before"
done
ipcache check -f "$dir/none" 2>/dev/null
is $? 2 'no DB is an error'
ipcache check -f "$db" --repair >"$dir/out"
is "$? $(ls "$db".* 2>/dev/null)" "0 " 'what is sound is not repaired'
cp "$dir/flipped.before" "$dir/held"
exec 6<"$dir/held"
flock 6
ipcache check --repair -f "$dir/held" >"$dir/out" 2>&1
is $? 2 'nor is a DB that another has'
exec 6<&-

# Other versions.
gzip -dc t/data/ipcache-1.tdb.gz >"$dir/old"
is "$(ipcache export -f "$dir/old" | wc -l) $(ipcache stats -f "$dir/old" | grep ^life)" '80 life 314496000s' 'a DB of version 1 is read'
ipcache export -f "$dir/old" | LC_ALL=C sort >"$dir/old.export"
check 'and left as it is' cmp "$dir/old" <(gzip -dc t/data/ipcache-1.tdb.gz)
ipcache import -f "$dir/old" <"$dir/old.export"
check 'a command that writes upgrades it' has ^sound: <(ipcache check -f "$dir/old")
is "$(ipcache export -f "$dir/old" | LC_ALL=C sort)" "$(cat "$dir/old.export")" 'with all that is in it'
is "$(ipcache stats -f "$dir/old" | grep ^life)" 'life 314496000s' 'and the LIFE'
gzip -dc t/data/ipcache-1.tdb.gz | perl -0777 -pe 's/(64\.189|h3\.example)/"X" x length $1/e' >"$dir/torn"
ipcache check -f "$dir/torn" >"$dir/check" 2>&1
is $? 1 'a record of version 1 that makes no sense does not pass'
ipcache check --repair -f "$dir/torn" >"$dir/out" 2>&1
is "$? $(ipcache export -f "$dir/torn" | wc -l)" '0 79' 'the others can be saved'
ipcache run -f "$dir/newer" -t 77h </dev/null >/dev/null
perl -0777 -pi -e 's/\x00\x00\x00\x02(....77h)/\x00\x00\x00\x03$1/s' "$dir/newer"
cp "$dir/newer" "$dir/newer.before"
for command in run export 'check --repair'; do
	# shellcheck disable=SC2086
	ipcache $command -f "$dir/newer" </dev/null >"$dir/out" 2>"$dir/err"
	is $? 2 "a newer version is refused ($command)"
	check 'with a clear word' has 'newer ipcache' "$dir/err"
done
check 'and left as it is' cmp "$dir/newer" "$dir/newer.before"

plan_done
