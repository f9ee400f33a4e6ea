#!/usr/bin/env bash
# A DB created by root belongs to the owner of its directory, so that the service can open it.
# shellcheck disable=SC2034
T_UNSHARE=--net
[ "$(id -u)" -eq 0 ] || T_UNSHARE+=' --map-root-user --map-auto'
. t/lab/lib.sh

service=2000
cp "$BUILD/ipcache" "$dir/ipcache"	# other users may lack access to the build directory
chmod 755 "$dir"
mkdir "$dir/state"
chown $service:$service "$dir/state"
as_service() { setpriv --reuid $service --regid $service --clear-groups "$@"; }
owner() { stat -c '%u:%g %a' "$1"; }
db=$dir/state/db
show=$dir/err

echo "$(date +%s).000000 9.9.9.9 60 www.example.net tag=my" | ipcache import -f "$db" 2>"$dir/err"
is "$?" 0 'root can import before the first start'
is "$(owner "$db")" "$service:$service 600" 'the DB belongs to the owner of its directory'
like "$(as_service "$dir/ipcache" run -f "$db" </dev/null 2>"$dir/err")" 'announce 9\.9\.9\.9/32 tag=my' 'the service starts with the DB'

at=$(grep -abo 'www\.example' "$db" | cut -d: -f1 | tail -n 1)
printf 'W' | dd of="$db" bs=1 seek="$at" conv=notrunc 2>/dev/null
awk -v now="$EPOCHSECONDS" 'BEGIN {
	for (i = 1; i <= 9000; i++)
		printf "%d.000000 9.9.%d.%d 60 h%d.example.net tag=my\n", now, i / 256, i % 256, i
}' >"$dir/lines"
ipcache check --repair -f "$db" >"$dir/err" 2>&1
is "$? $(owner "$db")" "2 $service:$service 600" 'a DB without an intact record is left unchanged'
rm "$db"
ipcache import -f "$db" <"$dir/lines" 2>"$dir/err"
at=$(grep -abo 'h20\.example' "$db" | cut -d: -f1 | tail -n 1)
printf 'H' | dd of="$db" bs=1 seek="$at" conv=notrunc 2>/dev/null
ipcache check --repair -f "$db" >"$dir/err" 2>&1
is "$? $(owner "$db") $(owner "$db.damaged")" "0 $service:$service 600 $service:$service 600" 'a DB repaired by root keeps its owner'

gzip -dc t/data/ipcache-1.tdb.gz >"$dir/state/old"
chown $service:$service "$dir/state/old"
ipcache import -f "$dir/state/old" </dev/null 2>"$dir/err"
is "$? $(owner "$dir/state/old")" "0 $service:$service 600" 'a DB upgraded by root keeps its owner'

plan_done
