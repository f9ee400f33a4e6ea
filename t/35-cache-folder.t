#!/usr/bin/env bash
# shellcheck disable=SC2317
# The cache of a service has its own directory, so that ipcache can reach no other file of the state directory.
. t/lab/lib.sh

pair() { echo "$EPOCHSECONDS.000000 9.9.9.$1 60 www.example.net tag=my"; }
place() { scripts/bin/dnstap-bgp-db test "$1" 2>"$dir/err"; }
# of FOLDER: prints the addresses in the folder's cache, which is opened by the path of older versions.
of() { ipcache export -f "$1/ipcache.tdb" | awk '!/^#/ { print $2 }' | xargs; }
show=$dir/err

mkdir "$dir/new" "$dir/old" "$dir/used"
place "$dir/new"
is "$? $(stat -c %a "$dir/new/cache") $(readlink "$dir/new/ipcache.tdb")" '0 700 cache/ipcache.tdb' \
	'a new state directory gets cache/ and a link'
pair 1 | ipcache import -f "$dir/new/ipcache.tdb"
is "$(of "$dir/new") $(stat -c %F "$dir/new/cache/ipcache.tdb")" '9.9.9.1 regular file' 'an import creates the cache at the target of the link'
(cd "$dir/new" && rm cache/ipcache.tdb && pair 1 | ipcache import -f ipcache.tdb)
is "$(of "$dir/new")" 9.9.9.1 'a path without a directory works also'

pair 2 | ipcache import -f "$dir/old/ipcache.tdb"
place "$dir/old"
is "$? $(stat -c %F "$dir/old/cache/ipcache.tdb") $(of "$dir/old")" '0 regular file 9.9.9.2' 'the cache of an older version is moved'
place "$dir/old"
is "$? $(of "$dir/old")" '0 9.9.9.2' 'a second command moves nothing'

rm "$dir/old/ipcache.tdb"
pair 3 | ipcache import -f "$dir/old/ipcache.tdb"
place "$dir/old"
is "$? $(of "$dir/old")" '0 9.9.9.3' 'after a downgrade and an upgrade the cache last used is current'
is "$(ipcache export -f "$dir/old/cache/ipcache.tdb.kept" | awk '!/^#/ { print $2 }')" 9.9.9.2 'the earlier cache is kept'

# Two commands at the same time, as when a service starts during a sync.
lost=0
for ((i = 0; i < 30; i++)); do
	mkdir "$dir/both"
	pair 6 | ipcache import -f "$dir/both/ipcache.tdb"
	place "$dir/both" &
	placing=$!
	place "$dir/both" && wait "$placing" && [ "$(of "$dir/both")" = 9.9.9.6 ] || lost=$((lost + 1))
	rm -r "$dir/both"
done
is "$lost" 0 'two concurrent commands both succeed and lose nothing'

# A crash after the first of two steps.
mkdir "$dir/half" "$dir/half/cache"
pair 7 | ipcache import -f "$dir/half/ipcache.tdb"
ln "$dir/half/ipcache.tdb" "$dir/half/cache/ipcache.tdb"
place "$dir/half"
is "$? $(of "$dir/half") $(ls "$dir/half/cache")" '0 9.9.9.7 ipcache.tdb' 'an interrupted move is completed'

start ipcache run -f "$dir/used/ipcache.tdb" <&"$silence" >"$dir/out"
within 5 test -S "$dir/used/ipcache.tdb.sock"
scripts/bin/dnstap-bgp-db test "$dir/used" 2>"$dir/err" &
placing=$!
stop "$started"
wait "$placing"
is "$? $(stat -c %F "$dir/used/cache/ipcache.tdb")" '0 regular file' 'a cache in use is moved when its process has ended'

start ipcache run -f "$dir/new/ipcache.tdb" <&"$silence" >"$dir/out"
check 'a run through the link has its socket beside the file' within 5 test -S "$dir/new/cache/ipcache.tdb.sock"
is "$(of "$dir/new")" 9.9.9.1 'a command finds the socket through the link'
pair 4 | ipcache import -f "$dir/new/ipcache.tdb"
stop "$started"
is "$(readlink "$dir/new/ipcache.tdb") $(of "$dir/new")" 'cache/ipcache.tdb 9.9.9.1 9.9.9.4' 'a command that writes keeps the link'

# A service whose configuration may name the path of older versions.
mkdir "$dir/service" "$dir/live"
echo example.net >"$dir/my.list"
pair 5 | ipcache import -f "$dir/service/ipcache.tdb"
for db in '' "DB=$dir/service/ipcache.tdb"; do
	printf '%s\n' "LISTS=$dir/my.list" AS=64512 ROUTER_ID=192.0.2.10 NEXT_HOPS=192.0.2.10 PEERS=127.0.0.2 "$db" \
		"SOCKET=$dir/resolver.sock" >"$dir/conf"
	STATE_DIRECTORY=$dir/service RUNTIME_DIRECTORY=$dir/live start scripts/bin/dnstap-bgp -c "$dir/conf" 2>"$dir/err"
	check "a service with ${db:-no DB} has its cache in cache/" within 10 test -S "$dir/service/cache/ipcache.tdb.sock"
	stop "$started"
done
is "$(of "$dir/service")" 9.9.9.5 'the service has the pairs of its DB'

# An administrator's link to another disk.
mkdir "$dir/large" "$dir/linked"
pair 8 | ipcache import -f "$dir/large/ipcache.tdb"
ln -s "$dir/large/ipcache.tdb" "$dir/linked/ipcache.tdb"
sed -i '/^DB=/d' "$dir/conf"
STATE_DIRECTORY=$dir/linked RUNTIME_DIRECTORY=$dir/live start scripts/bin/dnstap-bgp -c "$dir/conf" 2>"$dir/err"
check 'a link to another directory stays in use' within 10 test -S "$dir/large/ipcache.tdb.sock"
stop "$started"
is "$(of "$dir/linked")" 9.9.9.8 'the pairs behind the link are used'

mkdir "$dir/service/.ssh"
echo "DB=$dir/service/other.tdb" >>"$dir/conf"
scripts/bin/dnstap-bgp -c "$dir/conf" check 2>"$dir/err"
is "$?" 0 'a DB beside ssh keys is no error'
check 'a DB beside ssh keys causes a warning' has "DB: its folder $dir/service contains SSH keys, and ipcache may write there; use a separate folder" "$dir/err"

plan_done
