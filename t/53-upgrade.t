#!/usr/bin/env bash
# shellcheck disable=SC2317
# The Debian package of 0.1.0 with its configuration and caches is upgraded to this version, and downgraded again, in a
# container.
first=39da9ab1ab8ae10c20c322ba9af8210ccef5d3c7	# the commit of 0.1.0
if [ -z "${IN_CONTAINER-}" ]; then
	if ! git cat-file -e "$first^{commit}" 2>/dev/null; then
		echo "not ok 1 - commit $first (0.1.0) is missing here; a shallow clone needs: git fetch --unshallow"
		echo 1..1
		exit 1
	fi
	. t/lab/packages.sh
	packages=$(mktemp -d /var/tmp/dnstap-bgp-upgrade.XXXXXX)	# visible in the container
	trap 'rm -rf "$packages"' EXIT
	# build CLONE [COMMIT]
	build() {
		clone_for_package "$packages/$1" "${2-}"
		without_lto "$packages/$1"
		build_package "$packages/$1" deb
	}
	build old "$first" &
	build new
	wait
	t/lab/nspawn t/53-upgrade.t "$packages"
	exit
fi
. t/lab/lib.sh
. t/lab/lab.sh

packages=$1
old=$(echo "$packages"/old/build/*.deb) new=$(echo "$packages"/new/build/*.deb)
version=$(sed -n 's/^VERSION = //p' Makefile)
export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
main=dnstap-bgp.service second=dnstap-bgp@second.service conf=/etc/dnstap-bgp
elsewhere=/run/dnstap-bgp-elsewhere/dnstap.sock
show="$packages/old.log $packages/new.log"
check 'both packages are built' test -s "$old" -a -s "$new"
[ "$failures" -eq 0 ] || plan_done

# --- Helpers ---

install_deb() { dpkg --force-confold -i "$1" >"$dir/log" 2>&1; }
cache_of() { echo "/var/lib/dnstap-bgp${1:+-$1}/ipcache.tdb"; }
# pairs_of [INSTANCE]: prints the live pairs of the instance, with all fields.
pairs_of() { ipcache export -f "$(cache_of "${1-}")" | sort; }
# has_pairs EXPECTED [INSTANCE]: the instance has exactly the pairs that pairs_of printed as EXPECTED.
has_pairs() { [ "$(pairs_of "${2-}")" = "$1" ]; }
# same EXPECTED INSTANCE NAME: a check with this NAME that the instance has exactly these pairs; prints the differences.
same() { is "$(diff <(echo "$1") <(pairs_of "$2") | head -n 20)" '' "$3"; }
died() { ! pairs_of | grep -qF " $1"; }
as_service() { runuser -u dnstap-bgp -- "$@"; }
state_of() { systemctl is-active "$@" | xargs; }
is_active() { [ "$(state_of "$1")" = active ]; }
main_pids() { systemctl show -P MainPID "$main" "$second" | xargs; }
open_since() { systemctl show -P ActiveEnterTimestampMonotonic dnstap-bgp.socket dnstap-bgp@second.socket | xargs; }
enabled() {
	systemctl list-unit-files --no-legend --state=enabled
	find /etc/systemd/system -type l | sort
}
configuration() { find $conf /etc/systemd/system/dnstap-bgp.socket.d -type f -exec cksum {} + | sort; }
# words: prints all words of the commands of the pipeline.
words() { dnstap-bgp -n | tr ' ' '\n' | sort; }
stages() { pgrep -x 'dnstap-read|dnstap-match|ipcache|bgp-announce' 2>/dev/null; }
# run_installed N: at least N stages run, each from the installed file.
run_installed() { [ "$(stages | wc -l)" -ge "$1" ] && ! stages | sed 's|.*|/proc/&/exe|' | xargs readlink | grep -q deleted; }
# logged UNIT REGEX: the journal of the unit has a message that matches.
logged() { journalctl -q --sync; journalctl -q -o cat -u "$1" | grep -qE "$2"; }
# reached SOCKET: an answer written to the socket is in the cache.
reached() {
	ipcache delete -f "$(cache_of)" 192.0.2.11 2>/dev/null
	fstrm_replay -t protobuf:dnstap.Dnstap -u "$1" -r t/data/unbound.fstrm >/dev/null 2>&1
	within 5 ipcache export -f "$(cache_of)" 192.0.2.11 >/dev/null
}

# pairs AGE KIND FROM TO: prints answer lines with names that begin with KIND, last seen between AGE and AGE + 3600 s ago.
pairs() {
	awk -v now="$(date +%s)" -v age="$1" -v kind="$2" -v from="$3" -v to="$4" 'BEGIN {
		split("0 20 300 3600 86400", ttls)
		split("video.example both.example a.work.example other.example", domains)
		for (i = from; i < to; i++) {
			n = int(i / 8)
			at = int((i + 1) / 2)	# each name shares one address with the next
			seen = now - age - i % 3600
			line = sprintf("%d.%06d " (at % 5 ? "198.18.%d.%d" : "2001:db8:1::%x:%x") " %d %s%d.%s",
				seen, i, at / 250 + 1, at % 250 + 1, ttls[i % 5 + 1], kind, n, domains[n % 4 + 1])
			if (n % 4 == 3 || n % 3 == 0)
				line = line sprintf(" via=edge%d.work.example,e.cdn.example", n)
			if (i % 2 == 0)
				line = line sprintf(" first=%d.000001", seen - i * 60)
			print line
		}
	}'
}
lists="!$conf/never.list $conf/video.list  vpn=$conf/work.list"
# tagged [OPTION]: prints the lines on stdin with the tags and rules of the lists.
# shellcheck disable=SC2086
tagged() { dnstap-match ${1-} $lists; }

# --- 0.1.0 ---

rm -rf $conf /var/lib/dnstap-bgp /var/lib/dnstap-bgp-*	# the container shows the files of this machine
rm -f /var/lib/man-db/auto-update	# else each installation indexes all manual pages
install_deb "$old"
show=$dir/log is "$? $(ipcache -V)" '0 ipcache 0.1.0' '0.1.0 is installed'

cat >$conf/dnstap-bgp.conf <<E
# A configuration with every variable of 0.1.0.

SOCKET=$elsewhere
SOCKET_MODE='0666'
SOCKET_GROUP=daemon
LISTS="$lists"
DB=$(cache_of)
LIFE='ttl,floor=2h,grace=30m,factor=2,cap=7d'
AS=64512
ROUTER_ID=192.0.2.10
NEXT_HOPS="192.0.2.10 2001:db8::10"
PEERS="127.0.0.1,port=1790,source=127.0.0.2  127.0.0.4,port=1799,source=127.0.0.3,as=64513,tags=vpn"
READ_OPTIONS="--now -b 16 -t CLIENT_RESPONSE"
MATCH_OPTIONS=-q
CACHE_OPTIONS="-s 100ms -a any -d 198.18.200.0/24 --deny-file $conf/deny -A 100000 -N 5000"
ANNOUNCE_OPTIONS="-t 30 -A community=64512:1,med=10 -T vpn:large-community=64512:1:2 -m 'planned'"
E
sed -e '/^DB=/d; /^SOCKET/d; /^MATCH_OPTIONS/d' -e "s/^PEERS=.*/PEERS='127.0.0.5,port=1799'/" $conf/dnstap-bgp.conf >$conf/second.conf
sed 's/^LIFE=.*/LIFE=5d/' $conf/second.conf >$conf/stopped.conf
sed -e 's/^LIFE=.*/LIFE=520w/' -e '$a MATCH_OPTIONS=-a' $conf/second.conf >$conf/ancient.conf
echo no.video.example >$conf/never.list
printf '%s\n' 'video.example	# and below' '/both\.example$/' >$conf/video.list
printf '%s\n' '*.work.example' .both.example www.example.org >$conf/work.list
echo '198.18.201.0/24 lab' >$conf/deny
mkdir /etc/systemd/system/dnstap-bgp.socket.d
printf '[Socket]\nListenStream=%s\n' "$elsewhere" >/etc/systemd/system/dnstap-bgp.socket.d/elsewhere.conf
systemctl daemon-reload

lab_bird "$dir" 1790 64512
start bird -f -c "$dir/bird.conf" -s "$dir/bird.ctl" -P "$dir/bird.pid" 2>"$dir/bird.log"
show="$dir/log $dir/bird.log"
systemctl enable --now "$main" >"$dir/log" 2>&1 && systemctl start "$second" >>"$dir/log" 2>&1
is $? 0 'the service of 0.1.0 and an instance start'

awk -v now="$(date +%s)" 'BEGIN {
	for (i = 0; i < 300; i++)
		printf "%d.500000 198.18.150.%d 0 dying%d.video.example\n", now - 7190, i % 250 + 1, i
}' | tagged -q | ipcache import -f "$(cache_of)" 2>"$dir/log"
is "$(pairs_of | grep -c dying)" 300 'short-lived pairs are cached'
pairs 0 live 0 8000 | tagged -q | ipcache import -f "$(cache_of)" 2>"$dir/log"
pairs 0 gone 40000 40400 | tagged -q | ipcache import -f "$(cache_of)" 2>"$dir/log"
pairs 0 live 0 500 | tagged | ipcache import -f "$(cache_of second)" 2>"$dir/log"
pairs_of | sed -n 's/^[^ ]* \([^ ]*\) .* gone.*/\1/p' | xargs ipcache delete -f "$(cache_of)"

# Two stopped instances: one with a longer LIFE, and one with a DB of an earlier version.
for instance in stopped ancient; do install -d -o dnstap-bgp -g dnstap-bgp -m 700 "$(dirname "$(cache_of $instance)")"; done
as_service ipcache run -f "$(cache_of stopped)" -t 30d </dev/null >/dev/null
{ pairs 0 live 0 500; pairs $((6 * 86400)) old 1000 1200; } | tagged |
	as_service ipcache import -a any -f "$(cache_of stopped)" 2>"$dir/log"
gzip -dc t/data/ipcache-1.tdb.gz | as_service tee "$(cache_of ancient)" >/dev/null
chmod 600 "$(cache_of ancient)"

check 'the short-lived pairs have expired' within 30 died dying
main_pairs=$(pairs_of) second_pairs=$(pairs_of second)
stopped_pairs=$(pairs_of stopped | grep ' live') ancient_pairs=$(pairs_of ancient)
is "$(for pairs in "$main_pairs" "$second_pairs" "$stopped_pairs" "$ancient_pairs"; do grep -c . <<<"$pairs"; done | xargs)" \
	'3750 313 313 80' 'all other pairs are in the caches'
routes=$(cut -d' ' -f2 <<<"$main_pairs" | sort -u | sed '/:/s|$|/128|; /\./s|$|/32|' | sort)
check 'the router has their routes' within 30 announced "$routes"

configuration >"$dir/configuration"
enabled >"$dir/enabled"
words >"$dir/words"
started_as=$(main_pids) opened=$(open_since)

# --- Upgrade ---

install_deb "$new"
is "$? $(ipcache -V)" "0 ipcache $version" 'this version is installed over 0.1.0'
is "$(state_of "$main" dnstap-bgp.socket "$second" dnstap-bgp@second.socket)" 'active active active active' 'the running instances still run'
is "$(main_pids | xargs -n1 | grep -cxFf <(xargs -n1 <<<"$started_as"))" 0 'the running instances were restarted'
check 'the running instances run the new programs' run_installed 8
is "$(open_since)" "$opened" 'the sockets of the running instances remained open'
same "$main_pairs" '' 'the service has all live pairs unchanged'
for instance in '' second; do
	cache=$(cache_of $instance)
	is "$(readlink "$cache") $(stat -c '%U %a' "$(dirname "$cache")/cache")" 'cache/ipcache.tdb dnstap-bgp 700' \
		"$cache is a link into its own directory"
done
same "$second_pairs" second 'the instance has all live pairs'
check 'the router has all routes' within 30 announced "$routes"
is "$(comm -23 "$dir/configuration" <(configuration))" '' 'the configuration is unchanged'
is "$(comm -23 "$dir/words" <(words))" '' 'the configuration yields the same commands'
is "$(enabled)" "$(cat "$dir/enabled")" 'the enabled units are the same'
is "$(systemctl show -P NeedDaemonReload 'dnstap-bgp*' 'ipcache-*' | sort -u | xargs)" no 'systemd has loaded the new units'
is "$(state_of dnstap-bgp@stopped dnstap-bgp@ancient)" 'inactive inactive' 'the stopped instances are still stopped'
systemctl start dnstap-bgp@stopped dnstap-bgp@ancient
is $? 0 'the stopped instances start after the upgrade'
same "$stopped_pairs" stopped 'the stopped instance has all pairs of its LIFE'
same "$ancient_pairs" ancient 'the instance with a cache of version 1 has all pairs'
for socket in /run/dnstap-bgp/dnstap.sock "$elsewhere"; do
	check "$socket works" reached "$socket"
	is "$(stat -c '%a %G' "$socket")" '666 daemon' "$socket has the same mode and group"
done
ipcache delete -f "$(cache_of)" www.example.org

systemctl stop "$main" dnstap-bgp.socket
install_deb "$new"
is "$(state_of "$main" dnstap-bgp.socket)" 'inactive inactive' 'an upgrade does not start an enabled but stopped service'
systemctl start "$main"

# --- Downgrade ---

# A package with an older version number and the present scripts.
dpkg-deb -R "$new" "$dir/older"
sed -i 's/^Version: .*/Version: 0.1.9/' "$dir/older/DEBIAN/control"
dpkg-deb -Znone -b "$dir/older" "$dir/older.deb" >"$dir/log"
refusal() { echo "^dnstap-bgp: $1: version $2 cannot read this cache; before the downgrade, export its pairs"; }
install_deb "$dir/older.deb"
is $? 1 'a downgrade to 0.1.9 is refused'
for instance in '' second stopped ancient; do
	cache=$(cache_of $instance)
	check "the refusal names $cache" has "$(refusal "$cache" 0.1.9)" "$dir/log"
done
# shellcheck disable=SC2016
is "$(dpkg-query -W -f '${Version} ${db:Status-Status}' dnstap-bgp) $(ipcache -V)" "$version installed ipcache $version" \
	'this version remains installed'
check 'this version still runs' within 10 is_active "$main"
same "$main_pairs" '' 'the service has all pairs'

# dpkg runs the scripts of 0.1.0 last, which accept everything.
install_deb "$old"
check 'a downgrade to 0.1.0 causes the same message' has "$(refusal "$(cache_of)" 0.1.0)" "$dir/log"
newer='a cache of version [0-9]+, from a newer ipcache; this one knows up to 2$'
check 'the service of 0.1.0 logs the reason' within 20 logged "$main" "ipcache: .*: $newer"
pairs 0 other 0 9 >"$dir/lines"
for command in export 'import -a any' 'run -a any' 'check -r'; do
	# shellcheck disable=SC2086
	bounded 20 ipcache $command -f "$(cache_of)" <"$dir/lines" >"$dir/out" 2>&1
	like "$? $(head -n 1 "$dir/out")" "^2 .*$newer" "ipcache ${command%% *} of 0.1.0 prints the reason"
done
install_deb "$new"
check 'this version runs again when it is reinstalled' within 30 is_active "$main"
same "$main_pairs" '' 'the service has all pairs'
same "$second_pairs" second 'the instance has all pairs'

# The commands of dnstap-bgp(8); only the main cache is compared.
systemctl stop 'dnstap-bgp@*'
rm -r /var/lib/dnstap-bgp-*
cp "$old" "$dir/dnstap-bgp_0.1.0_amd64.deb"
awk '/^\.Ed/ { on = 0 } on; /^\.Bd -literal/ { on = last == ".\\\" t/53-upgrade.t: downgrade" } { last = $0 }' man/dnstap-bgp.8 |
	sed "s/^# //; s|/root|$dir|g; s|dpkg -i |dpkg --force-confold -i $dir/|" >"$dir/commands"
bash -e "$dir/commands" >"$dir/log" 2>&1
is "$?$(grep -c . "$dir/commands")" 09 'the commands of the downgrade succeed'
check '0.1.0 can read the cache' lacks 'cannot read' "$dir/log"
is "$(ipcache -V) $(state_of "$main")" 'ipcache 0.1.0 active' '0.1.0 runs'
same "$main_pairs" '' 'the service has all pairs'
check 'the router has the routes' within 30 announced "$routes"

install_deb "$new"
same "$main_pairs" '' 'the service has all pairs after another upgrade'

# --- Removal ---

systemctl start "$second"
dpkg --purge dnstap-bgp >"$dir/log" 2>&1
is "$?$(stages)" 0 'a removal stops an instance'

plan_done
