#!/usr/bin/env bash
# shellcheck disable=SC2317
# The database of ipcache: crashes, full disks, damage, older and newer versions, and its size.
. t/lab/lib.sh

db=$dir/db
now=$(date +%s)

# lines FROM TO: prints an answer for each number.
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

# begin_run DB OPTION...: starts a run that reads descriptor 5.
begin_run() {
	rm -f "$dir/in" "$dir/routes"	# not the output of an earlier run
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

# kill -9 at any instant: the file has all saved answers and none that was not sent, and passes the check. Several runs are
# killed in parallel and their lines come from memory, so hundreds of kills take little time.
killers=4
kills=${T_KILLS-300}
lines 1 $((kills * 130 / killers + 1000)) >"$dir/lines"

# give FIRST LAST TTL: sends the lines with these numbers to the run.
give() {
	local some=("${all[@]:$1 - 1:$2 - $1 + 1}")
	printf '%s\n' "${some[@]/ 300 / $3 }" >&5
}
told() { mapfile -t routes <"$d/routes" && [[ " ${routes[*]} " == *"$1"* ]]; }
is_unsound() {
	unsound=$((unsound + 1))
	echo "after $killed kills: $1" >>"$d/unsound"
}
# Waits until all lines sent so far are on disk: the second commit from now began after them.
give_and_wait() {
	local i commits
	for i in 1 2; do
		commits=$(stat_of "$d/db" commits)
		give 1 1 $((100000 + 2 * killed + i))	# a TTL greater than before
		within 5 saved "$d/db" "$commits" || is_unsound 'not saved in 5 seconds'
	done
}
# Prints the number of saved answers that the DB lacks, and of answers in the DB that were not sent or are there twice. The
# answers 1 to $n were sent.
count_lost() {
	numbers "$d/db" >"$d/there"
	LC_ALL=C comm -23 "$d/saved" "$d/there" | wc -l
	awk -v n="$n" '$1 > n || $1 == before { wrong++ } { before = $1 } END { print wrong + 0 }' "$d/there"
}
# killer SEED: kills runs with a DB in $d; prints the numbers of kills, failed checks and lost answers.
killer() {
	local all lost=0 unsound=0 killed=0 n=0 run
	RANDOM=$1
	mapfile -t all <"$dir/lines"
	mkfifo "$d/in"
	while [ "$killed" -lt $((kills / killers)) ]; do
		rm -f "$d/routes"	# not the routes of the run before
		exec 5<>"$d/in"
		ipcache run -f "$d/db" -s 20ms <&5 >"$d/routes" 2>"$d/err" &
		run=$!
		within 5 told end-of-rib || break
		if [ $((killed % 10)) -eq 0 ]; then
			give $((n + 1)) $((n + 50)) 300
			n=$((n + 50))
			give_and_wait
			numbers "$d/db" >"$d/saved"
		fi
		# New answers, and known answers with a greater TTL.
		give $((n + 1)) $((n + 120)) 300
		give $((n > 400 ? n - 400 : 1)) "$n" $((1000 + killed))
		n=$((n + 120))
		read -r -t "0.0$((RANDOM % 9))$((RANDOM % 10))" -u "$silence"
		crash "$run"
		exec 5>&-
		killed=$((killed + 1))
		ipcache check -f "$d/db" >"$d/check" 2>&1 || is_unsound "$(<"$d/check")"
		[ $((killed % 8)) -ne 0 ] || lost=$((lost + $(count_lost | paste -s -d +)))
	done 2>/dev/null
	echo "$killed $unsound $lost" >"$d/result"
}
killer_pids=()
for ((k = 0; k < killers; k++)); do
	d=$dir/killer-$k
	mkdir "$d"
	TDB_NO_FSYNC=1 killer "$k" &
	killer_pids+=($!)
done
wait "${killer_pids[@]}"
read -r killed unsound lost <<<"$(awk '{ k += $1; u += $2; l += $3 } END { print k, u, l }' "$dir"/killer-*/result)"
cat "$dir"/killer-*/unsound >"$dir/unsound" 2>/dev/null
show="$dir/unsound $dir/killer-0/err"
is "$killed" "$kills" "runs are killed $kills times"
is "$unsound" 0 'the DB passes the check after each kill'
is "$lost" 0 'the DB has every saved answer and nothing else after each kill'
db=$dir/killer-0/db
check 'the DB is smaller than 20 MB' [ "$(stat -c %s "$db")" -lt 20000000 ]
is "$(stat -c %a "$db")" 600 'only the owner may read the DB'
show="$dir/check $dir/err"

# Many pairs come and go: the file stays below three times the size of its live pairs, and shrinks afterwards.
# churn FROM TO [TTL]: prints an answer for each number.
churn() {
	awk -v from="$1" -v to="$2" -v ttl="${3-300}" -v now="$EPOCHSECONDS" 'BEGIN {
		for (i = from; i <= to; i++)
			printf "%d.000000 64.%d.%d.%d %d h%d.a-name-that-is-longer-%d.example.org tag=t rule=h%d.example.org\n",
			    now, i / 65536, i / 256 % 256, i % 256, ttl, i, i * 7919, i
	}'
}
file_and_live() { ipcache stats -f "$dir/churned" | awk '$1 == "file_bytes" { f = $2 } $1 == "live_bytes" { l = $2 } END { print f, l }'; }
# give_churn FROM TO TTL: sends these answers and waits until all are read.
taken() { [ "$(stat_of "$dir/churned" lines)" -eq "$given" ]; }
give_churn() {
	churn "$1" "$2" "$3" >&5
	given=$((given + $2 - $1 + 1))
	within 20 taken
}
begin_run "$dir/churned" -s 100ms
given=0
give_churn 1 250000 300
worst=0
for round in 1 2 3 4 5 6; do
	ipcache delete -f "$dir/churned" "64.$((round % 3)).0.0/16"
	give_churn $((round % 3 * 65536)) $((round % 3 * 65536 + 65535)) 300
	give_churn 200000 250000 $((1000 * round))	# a new TTL each time
	for i in 1 2; do		# the second commit begins after these answers
		commits=$(stat_of "$dir/churned" commits)
		give_churn 1 1 $((100000 * round + i))
		within 20 saved "$dir/churned" "$commits"
	done
	read -r file live <<<"$(file_and_live)"
	worst=$((file * 100 / live > worst ? file * 100 / live : worst))
done
check "the file stays below three times its live data ($worst %)" [ "$worst" -lt 300 ]
ipcache delete -f "$dir/churned" 64.0.0.0/9
is_small() { [ "$(stat -c %s "$dir/churned")" -lt 12000000 ]; }
check 'the file shrinks when little is left' within 20 is_small
check 'the shrunk file passes the check' sound "$dir/churned"
end_run
exec 5>&-

# A segment becomes unreadable during a run. Its pairs are in memory, so the run writes all of them again, once.
begin_run "$dir/rotten" -s 50ms
churn 1 100000 >&5
all_new() { [ "$(stat_of "$dir/rotten" new)" -eq 100000 ]; }
within 20 all_new
for i in 1 2; do
	commits=$(stat_of "$dir/rotten" commits)
	churn $((100000 + i)) $((100000 + i)) >&5
	within 20 saved "$dir/rotten" "$commits"
done
at=$(grep -abo 'h20\.' "$dir/rotten" | cut -d: -f1 | head -n 1)
printf 'H' | dd of="$dir/rotten" bs=1 seek="$at" conv=notrunc 2>/dev/null
ipcache delete -f "$dir/rotten" 64.1.0.0/17
check 'a run notices a damaged segment' within 20 has 'cannot be read' "$dir/err"
check 'the run repairs the DB' within 20 sound "$dir/rotten"
quiet() { commits=$(stat_of "$dir/rotten" commits); ! within 1 saved "$dir/rotten" "$commits"; }
check 'the run stops writing after the repair' within 20 quiet
is "$(grep -c 'cannot be read' "$dir/err")" 1 'the damage is reported once'
is "$(numbers "$dir/rotten" | wc -l)" 67234 'the repaired DB has every pair'
end_run
exec 5>&-

# A check works during a run; a repair does not.
begin_run "$db"
within 5 has '^end-of-rib$' "$dir/routes"
check 'a DB can be checked during a run' sound "$db"
end_run
exec 5>&-

# A full disk: a small file system.
full_disk() {
	local small=$dir/small commits i
	mkdir -p "$small"
	mount -t tmpfs -o size=64m tmpfs "$small" || return 1
	begin_run "$small/db" -s 50ms
	within 5 has '^end-of-rib$' "$dir/routes"
	lines 1 10 >&5
	within 5 saved "$small/db" 0
	cat /dev/zero >"$small/filler" 2>/dev/null
	lines 11 250000 >&5
	check 'a full disk does not stop route lines' within 20 has 'h250000.example' "$dir/routes"
	failed_often() { [ "$(stat_of "$small/db" failed_commits)" -ge 3 ]; }
	check 'commits fail and are retried' within 20 failed_often
	is "$(grep -c 'not saved' "$dir/err")" 1 'a failed commit is reported once'
	like "$(cat "$dir/err")" 'No space left' 'the message has the reason'
	check 'the DB passes the check' sound "$small/db"
	rm "$small/filler"
	# The second commit from now begins after all lines above.
	for i in 1 2; do
		commits=$(stat_of "$small/db" commits)
		lines 1 1 | sed "s/ 300 / $((300 + i)) /" >&5
		within 20 saved "$small/db" "$commits"
	done
	check 'all pairs are saved when there is space again' [ $? -eq 0 ]
	crash "$run"
	exec 5>&-
	is "$(numbers "$small/db" | wc -l)" 250000 'a full disk loses no pair'
	check 'the DB passes the check' sound "$small/db"
	echo "$number $failures" >"$dir/counts"
}
export -f lines numbers stat_of saved sound begin_run full_disk crash ok check is like within gone has comment 2>/dev/null
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
head -c -500000 "$db" >"$dir/short"	# these bytes are several segments
head -c 100000 /dev/urandom >"$dir/foreign"
printf '' >"$dir/empty"
{ head -c 4096 /dev/zero; tail -c +4097 "$db"; } >"$dir/headless"
for kind in flipped short foreign empty headless; do
	cp "$dir/$kind" "$dir/$kind.before"
	ipcache check -f "$dir/$kind" >"$dir/check" 2>&1
	is $? 1 "check fails for a DB that is $kind"
	like "$(cat "$dir/check")" "$kind: .*(damaged|not a cache)" "check reports that the DB is $kind"
	for command in export stats retag import; do
		ipcache $command -f "$dir/$kind" </dev/null >"$dir/out" 2>"$dir/err"
		is "$? $(wc -l <"$dir/out")" '2 0' "$command refuses a DB that is $kind"
		check "$command names ipcache check -r" has 'ipcache check -r' "$dir/err"
	done
	check 'the refused file is unchanged' cmp "$dir/$kind" "$dir/$kind.before"
done
for kind in flipped short headless; do
	ipcache check --repair -f "$dir/$kind" >"$dir/out" 2>"$dir/err"
	is $? 0 "check -r repairs a DB that is $kind"
	check 'the damaged file is kept' cmp "$dir/$kind.damaged" "$dir/$kind.before"
	check 'the repaired DB passes the check' sound "$dir/$kind"
	check 'the repaired DB has no wrong pair' lacks . <(ipcache export -f "$dir/$kind" | LC_ALL=C sort | LC_ALL=C comm -23 - <(LC_ALL=C sort "$dir/whole"))
done
check 'a DB without its header is repaired completely' cmp <(numbers "$dir/headless") <(numbers "$db")
check 'a DB with a changed byte loses one segment at most' [ "$(numbers "$dir/flipped" | wc -l)" -gt $(($(numbers "$db" | wc -l) - 4000)) ]
for kind in foreign empty; do
	ipcache check --repair -f "$dir/$kind" >"$dir/out" 2>&1
	is $? 2 "check -r refuses a file that is $kind"
	check 'the file is unchanged' cmp "$dir/$kind" "$dir/$kind.before"
done
ipcache check -f "$dir/none" 2>/dev/null
is $? 2 'check without a DB is an error'

# A run salvages a damaged DB and keeps the damaged file.
head -c 4096 /dev/zero >"$dir/zeros"
cp "$dir/zeros" "$dir/zeros.before"
for kind in flipped short headless foreign empty zeros; do
	cp "$dir/$kind.before" "$dir/run.$kind"
	cp "$dir/$kind.before" "$dir/run.$kind.damaged"	# an older damaged file
	begin_run "$dir/run.$kind"
	check "a run starts with a DB that is $kind" within 5 has '^end-of-rib$' "$dir/routes"
	like "$(cat "$dir/err")" "run.$kind: .*damaged.*kept as .*run.$kind.damaged.1" 'a warning names the damaged and the kept file'
	lines 40001 40001 >&5
	check 'a run with a repaired DB accepts answers' within 5 has h40001 "$dir/routes"
	end_run
	exec 5>&-
	check 'the damaged file is kept' cmp "$dir/run.$kind.damaged.1" "$dir/$kind.before"
	check 'the new DB passes the check' sound "$dir/run.$kind"
	is "$(numbers "$dir/run.$kind" | grep -vcx 40001)" "$(case $kind in
		flipped | short | headless) numbers "$dir/$kind" ;; esac | wc -l)" 'the new DB of a run has the pairs that a repair finds'
done
# Files of other programs.
echo 'LISTS=/etc/dnstap-bgp/my.list' >"$dir/text"
{ printf 'TDB file\n'; head -c 8000 /dev/zero; } >"$dir/tdb"
for kind in text tdb; do
	cp "$dir/$kind" "$dir/$kind.before"
	ipcache run -f "$dir/$kind" </dev/null >"$dir/out" 2>"$dir/err"
	is "$? $(wc -l <"$dir/out")" '2 0' "a run refuses a file of another program ($kind)"
	check 'the refused file is unchanged' cmp "$dir/$kind" "$dir/$kind.before"
	is "$(ls "$dir/$kind.damaged" 2>/dev/null)" '' 'the foreign file is not moved'
done
ipcache check -f "$db" --repair >"$dir/out"
is "$? $(ls "$db".* 2>/dev/null)" "0 " 'check -r leaves an intact DB alone'
cp "$dir/flipped.before" "$dir/held"
exec 6<"$dir/held"
flock 6
ipcache check --repair -f "$dir/held" >"$dir/out" 2>&1
is $? 2 'check -r refuses a DB in use'
exec 6<&-

# Other versions.
gzip -dc t/data/ipcache-1.tdb.gz >"$dir/old"
is "$(ipcache export -f "$dir/old" | wc -l) $(ipcache stats -f "$dir/old" | grep ^life)" '80 life 314496000s' 'a DB of version 1 is read'
ipcache export -f "$dir/old" | LC_ALL=C sort >"$dir/old.export"
check 'the file is unchanged' cmp "$dir/old" <(gzip -dc t/data/ipcache-1.tdb.gz)
ipcache import -f "$dir/old" <"$dir/old.export"
check 'a command that writes upgrades the DB' has ^sound: <(ipcache check -f "$dir/old")
is "$(ipcache export -f "$dir/old" | LC_ALL=C sort)" "$(cat "$dir/old.export")" 'the upgraded DB has every pair'
is "$(ipcache stats -f "$dir/old" | grep ^life)" 'life 314496000s' 'the upgraded DB has the LIFE'
gzip -dc t/data/ipcache-2.tdb.gz >"$dir/second"
is "$(ipcache export -f "$dir/second" | LC_ALL=C sort)" "$(cat "$dir/old.export")" 'a DB of version 2 is read'
check 'the file is unchanged' cmp "$dir/second" <(gzip -dc t/data/ipcache-2.tdb.gz)
ipcache import -f "$dir/second" </dev/null
check 'a command that writes upgrades the DB' has ^sound: <(ipcache check -f "$dir/second")
check 'the upgraded DB has version 3' grep -qaP '\x00\x00\x00\x03.{16}520w' "$dir/second"
is "$(ipcache export -f "$dir/second" | LC_ALL=C sort)" "$(cat "$dir/old.export")" 'the upgraded DB of version 2 has every pair'
gzip -dc t/data/ipcache-1.tdb.gz | perl -0777 -pe 's/(64\.189|h3\.example)/"X" x length $1/e' >"$dir/torn"
ipcache check -f "$dir/torn" >"$dir/check" 2>&1
is $? 1 'check fails for an invalid record of version 1'
ipcache check --repair -f "$dir/torn" >"$dir/out" 2>&1
is "$? $(ipcache export -f "$dir/torn" | wc -l)" '0 79' 'the valid records of version 1 are recovered'
ipcache run -f "$dir/newer" -t 77h </dev/null >/dev/null
perl -0777 -pi -e 's/\x00\x00\x00\x03(.{16}77h)/\x00\x00\x00\x04$1/s' "$dir/newer"
cp "$dir/newer" "$dir/newer.before"
for command in run export 'check --repair'; do
	# shellcheck disable=SC2086
	ipcache $command -f "$dir/newer" </dev/null >"$dir/out" 2>"$dir/err"
	is $? 2 "a newer version is refused ($command)"
	check 'the message names a newer ipcache' has 'newer ipcache' "$dir/err"
done
check 'the file is unchanged' cmp "$dir/newer" "$dir/newer.before"

plan_done
