#!/usr/bin/env bash
# shellcheck disable=SC2016,SC2317
# Commands of root in a directory of the service user. A hostile service user replaces its files with symbolic links to a
# file of root and with FIFOs, before the command and in a race. Root's file remains unchanged, and no command hangs.
. t/lab/netns.sh

PATH=$PWD/scripts/bin:$PATH
export LC_ALL=C
user=1	# any user except root; its name is daemon
precious=$dir/precious service=$dir/service live=$dir/service/live db=$dir/service/state/ipcache.tdb
as_user=(setpriv "--reuid=$user" "--regid=$user" --clear-groups)
cp "$BUILD/swap" "$BUILD/dnstap-read" "$BUILD/ipcache" "$dir"	# the user may lack access to the tree

# A cache of root: a command that follows a symbolic link could open the cache.
echo "$(date +%s).000000 192.0.2.1 3600 secret.example tag=root" | ipcache import -a any -f "$precious" 2>/dev/null
chmod 640 "$precious"
state_of() { stat -c '%n %i %a %u %g %s %y %z' "$precious" && cksum <"$precious"; }
before=$(state_of)

cat >"$dir/conf" <<E
SOCKET=$service/sock
LISTS=$service/lists/a.list
DB=$db
AS=64512
ROUTER_ID=192.0.2.10
PEERS=127.0.0.1
SYNC_STATE=$service/state/sync
E
lines() { echo "$(date +%s).000000 203.0.113.1 3600 www.example.net tag=a"; }

# Each file that a command of root opens in the directory of the service user, to be exchanged for a link or a FIFO.
files=("$live"/{read,match,cache,announce}.stats "$live"/{answers,matches,routes,ask,barriers,acks,failure,announce.sock} "$service/lists/a.list"
	"$service/lists/.a.list.lock" "$db" "$db.new" "$service/state/comments"
	"$live/root.stats" "$live/root.stats.new" "$live/root.tap")
make_model() {
	local file
	install -d -o $user -g $user "$service" "$service"/{live,lists,state,node}
	lines | ipcache import -a any -f "$db" 2>/dev/null
	for file in "${files[@]}"; do
		case $file in
		*/answers | */matches | */routes | */ask | */barriers | */acks | *.tap) mkfifo -m 600 "$file" ;;
		*/failure) : >"$file" ;;
		*/a.list) echo example.net >"$file" ;;
		*/ipcache.tdb) ;;
		*) echo 'dnstap-read: stats answers=1' >"$file" ;;
		esac
	done
	mkfifo -m 666 "${files[@]/%/.fifo}"
	for file in "${files[@]}"; do ln -s "$precious" "$file.link"; done
	chown -hR $user:$user "$service"
	for kind in link fifo; do
		cp -a "$service" "$dir/$kind"
		for file in "${files[@]/#$service/$dir/$kind}"; do mv -fT "$file.$kind" "$file"; done
	done
	mv "$service" "$dir/files"
}
make_model
# lay_out files|link|fifo: creates all files as the service does, or links, or FIFOs.
lay_out() {
	rm -rf "$service"
	cp -a "$dir/$1" "$service"
}

# The commands of root, one function each. `dnstap-bgp tap` and `top` run without end: a timeout stops them.
commands=(status tap why_name why_address metrics metrics_file list_update sync_pull import_lines export_lines stats
	retag delete check_db repair read_stats run_cache match_lists sync_point)
status() { dnstap-bgp status; }
tap() { timeout -k 1 0.1 dnstap-bgp tap matches; [ $? -ne 137 ]; }
top_once() { timeout -k 2 8 dnstap-bgp top; [ $? -ne 137 ]; }
sync_point() { dnstap-bgp sync-point 1; }
why_name() { dnstap-bgp -c "$dir/conf" why www.example.net; }
why_address() { dnstap-bgp -c "$dir/conf" why 203.0.113.1; }
metrics() { dnstap-bgp-metrics "$live"; }
# The name of the temporary file of dnstap-bgp-metrics is predictable: a link with this name exists already.
metrics_file() {
	sh -c 'ln -s "$1" "$2/x.prom.$$"; chown -h 1 "$2/x.prom.$$"; exec dnstap-bgp-metrics -o "$2/x.prom" "$3"' \
		sh "$precious" "$service/node" "$live"
}
list_update() { dnstap-list-update "$dir/source" "$service/lists/a.list"; }
sync_pull() { ipcache-sync -c "$dir/conf" http://localhost:9/ipcache; }
import_lines() { lines | ipcache import -a any -f "$db"; }
export_lines() { ipcache export -f "$db"; }
stats() { ipcache stats -f "$db"; }
retag() { lines | ipcache retag -f "$db"; }
delete() { ipcache delete -f "$db" secret.example; }
check_db() { ipcache check -f "$db"; }
repair() { ipcache check -r -f "$db"; }
read_stats() { dnstap-read -S "$live/root.stats" -T "$live/root.tap" t/data/unbound.fstrm; }
run_cache() {
	{ lines; echo '# note'; } |
		ipcache run -a any -f "$dir/own.tdb" -S "$live/root.stats" -c "$service/state/comments"
}
match_lists() { lines | dnstap-match "$service/lists/a.list"; }
echo www.example.net >"$dir/source"

export -f "${commands[@]}" top_once lines
export live service dir db precious RUNTIME_DIRECTORY=$live
# run_command NAME: fails if the command hangs.
run_command() {
	timeout -k 1 15 bash -c "$1" </dev/null >"$dir/out" 2>"$dir/err"
	case $? in 124 | 137) return 1 ;; esac
}

# --- Before the command ---

show="$dir/out $dir/err"
for kind in link fifo; do
	for command in "${commands[@]}"; do
		lay_out $kind
		check "a $kind: $command ends" run_command "$command"
		is "$(state_of)" "$before" "root's file is unchanged"
	done
done

lay_out files
install -d "$dir/own"
"${as_user[@]}" ln -s "$dir/own" "$service/state/sync"
check 'a link to a directory: ipcache-sync ends' run_command sync_pull
is "$(ls -A "$dir/own")" '' 'a link to a directory: ipcache-sync creates nothing there'
check 'ipcache-sync names the user who must run it' has '^ipcache-sync: .*/ipcache.tdb: user daemon may write there; .*runuser -u daemon' "$dir/err"
check 'dnstap-list-update ends' run_command list_update
check 'dnstap-list-update names the user who must run it' has '^dnstap-list-update: .*/a.list: user daemon may write there' "$dir/err"
is "$(cat "$service/lists/a.list")" example.net 'root does not change a list of another user'
bounded 15 dnstap-list-update "$dir/source" "$dir/own/a.list" 2>"$dir/err"
is "$?$(cat "$dir/own/a.list")" 0www.example.net 'a list of root is updated'

# --- What root may do ---

lay_out files
rm "$db"
check 'an import by root ends' run_command import_lines
is "$(stat -c %u:%g "$db")" $user:$user 'the DB belongs to the owner of the directory'
"${as_user[@]}" "$dir/ipcache" export -f "$db" >"$dir/out" 2>"$dir/err"
check 'the owner can export it' has ' 203.0.113.1 .* www.example.net' "$dir/out"
check 'an export by root ends' run_command export_lines
check 'root exports the same pair' has ' 203.0.113.1 .* www.example.net' "$dir/out"
printf '%s\n' 'dnstap-read: stats answers=7 open=1' 'file q",job="node read 0' 'dnstap-read: stats evil="} 1=2 "x\y"=3 a=b' \
	$'dnstap-read: stats esc\e]0;owned\a=1' >"$live/read.stats"
check 'metrics ends' run_command metrics
check 'metrics has the counters' has '^dnstap_bgp_read_answers_total\{pipeline="service"\} 7$' "$dir/out"
is "$(promtool check metrics <"$dir/out" 2>&1)" '' 'promtool accepts the metrics'
check 'a stats file cannot inject a label' lacks 'job=|q' "$dir/out"
run_command status
check 'status shows the counters' has '^answers +7,' "$dir/out"
check 'status prints no terminal escape' lacks $'\e' "$dir/out"
check 'a file of metrics is written' run_command metrics_file
is "$(stat -c %a "$service/node/x.prom")" 644 'the file of metrics is world-readable'

mkfifo "$dir/feed"
chmod 666 "$dir/feed"
rm "$live/answers"
start "${as_user[@]}" "$dir/dnstap-read" -T "$live/answers" "$dir/feed" >/dev/null 2>"$dir/err"
within 5 test -p "$live/answers"
exec 8<>"$dir/feed"
start timeout 100 dnstap-bgp tap answers >"$dir/tapped" 2>>"$dir/err"
tapped() {
	cat t/data/unbound.fstrm >"$dir/feed"
	has ' www.example.org' "$dir/tapped"
}
check 'root can read a tap' within 10 tapped
exec 8>&-

# --- In a race ---

lay_out files
start "${as_user[@]}" "$dir/swap" "${files[@]}" >"$dir/swaps"
swapper=$started
start run_command top_once
top=$started
rounds=0 faults='' end=$((SECONDS + 12))
while [ $rounds -lt 3 ] || [ $SECONDS -lt $end ]; do
	for command in "${commands[@]}"; do
		run_command "$command" || faults+=" $command:hangs"
		[ "$(state_of)" = "$before" ] || faults+=" $command:touched"
	done
	rounds=$((rounds + 1))
done
wait "$top" || faults+=' top:hangs'
stop "$swapper"
swaps=$(cat "$dir/swaps")
is "$faults" '' "no command hangs or changes root's file in the race"
is "$(state_of)" "$before" "root's file is unchanged"
echo "# $rounds rounds, $swaps exchanges"
check 'the race had 50,000 exchanges' test "$swaps" -ge 50000

plan_done
