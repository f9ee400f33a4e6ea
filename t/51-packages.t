#!/usr/bin/env bash
# shellcheck disable=SC2317
# The packages: built twice in clones at different paths, then installed, upgraded and purged in a container.
if [ -z "${IN_CONTAINER-}" ]; then
	packages=$(mktemp -d /var/tmp/dnstap-bgp-packages.XXXXXX)	# visible in the container
	trap 'rm -rf "$packages"' EXIT
	. t/lab/packages.sh
	for clone in "$packages/a" "$packages/another/place"; do
		clone_for_package "$clone"
		build_package "$clone" deb
	done
	build_package "$packages/a" rpm
	t/lab/nspawn t/51-packages.t "$packages"
	exit
fi
. t/lab/lib.sh
. t/lab/hardening.sh

PATH=/usr/sbin:/usr/bin:/sbin:/bin	# the installed programs
packages=$1
debs=("$packages"/a/build/*.deb) deb=${debs[0]}
version=$(sed -n 's/^VERSION = //p' Makefile)
show=$packages/a.log

is "${#debs[@]}" 1 'make deb creates one package'
check 'another clone creates the same bytes' cmp "$deb" "$packages/another/place/build/${deb##*/}"
is "$(lintian --allow-root "$deb" 2>&1)" '' 'lintian finds no errors and no warnings'

rm -rf /etc/dnstap-bgp /var/lib/dnstap-bgp /var/lib/dnstap-bgp-*	# the container shows the files of this machine
before=$(find /etc /usr /var/lib ! -path '/var/lib/dpkg/*' ! -path '/var/lib/systemd/*' | sort)
check 'the dnstap-read of BIND is installed' test -x /usr/bin/dnstap-read
bind=$(cksum </usr/bin/dnstap-read)
show=$dir/log
dpkg -i "$deb" >"$dir/log" 2>&1
is $? 0 'the package installs beside it'
is "$(cksum </usr/bin/dnstap-read)" "$bind" 'the dnstap-read of BIND is unchanged'
for program in /usr/lib/dnstap-bgp/dnstap-{read,list-decode} /usr/bin/{pcap-read,dns-gate,dnstap-match,ipcache,bgp-announce}; do
	is "$(weaknesses "$program")" '' "$program of the Debian package is hardened"
done
cd / || exit
is "$(dnstap-bgp read -V)" "dnstap-read $version" 'dnstap-bgp read runs the dnstap-read of this package'
for program in dnstap-match ipcache bgp-announce dnstap-bgp dnstap-list; do
	like "$($program -V)" "^$program $version" "$program is installed"
done
check 'the page of dnstap-read has a name without conflict' test -s /usr/share/man/man1/dnstap-bgp-read.1.gz
check 'the service user exists' getent passwd dnstap-bgp
is "$(systemctl is-enabled dnstap-bgp.service dnstap-bgp.socket | xargs)" 'disabled disabled' 'the package enables no unit'

# The service.
cat >/etc/dnstap-bgp/dnstap-bgp.conf <<'E'
LISTS=/etc/dnstap-bgp/my.list
AS=64512
ROUTER_ID=192.0.2.10
PEERS=192.0.2.1
E
echo example.net >/etc/dnstap-bgp/my.list
systemctl enable --now dnstap-bgp.service 2>"$dir/log"
is $? 0 'the service starts'
echo "$(date +%s).000000 9.9.9.9 60 www.example.net tag=my" | ipcache import -f /var/lib/dnstap-bgp/ipcache.tdb
main=$(systemctl show -P MainPID dnstap-bgp.service)
is "$(readlink "/proc/$(pgrep -x dnstap-read)/exe")" /usr/lib/dnstap-bgp/dnstap-read 'the service runs the dnstap-read of this package'

# The next version, with the same contents.
dpkg-deb -R "$deb" "$dir/next"
sed -i 's/^Version: .*/Version: 99/' "$dir/next/DEBIAN/control"
echo '# new' >>"$dir/next/etc/dnstap-bgp/dnstap-bgp.conf"
dpkg-deb -b "$dir/next" "$dir/next.deb" >"$dir/log"
dpkg --force-confold -i "$dir/next.deb" >"$dir/log" 2>&1
is $? 0 'the package is upgraded'
check 'the upgrade keeps the configuration' has '^LISTS=/etc/dnstap-bgp/my.list$' /etc/dnstap-bgp/dnstap-bgp.conf
like "$(ipcache export -f /var/lib/dnstap-bgp/ipcache.tdb)" '9\.9\.9\.9 60 www\.example\.net' 'the upgrade keeps the cache'
check 'the upgrade restarts the service' test "$(systemctl show -P MainPID dnstap-bgp.service)" != "$main"
is "$(systemctl is-active dnstap-bgp.service)" active 'the service runs after the upgrade'

dpkg --purge dnstap-bgp >"$dir/log" 2>&1
is $? 0 'the package is purged'
is "$(pgrep -f '^(ipcache|bgp-announce|dnstap-match) ')" '' 'no process is left'
is "$(diff <(echo "$before") <(find /etc /usr /var/lib ! -path '/var/lib/dpkg/*' ! -path '/var/lib/systemd/*' | sort))" '' \
	'no file is left'
is "$(getent passwd dnstap-bgp)" '' 'the service user is removed'

rpm -i --nodeps --force-debian "$packages"/a/build/dnstap-bgp-*.rpm >"$dir/log" 2>&1
is $? 0 'the RPM package installs'
is "$(dnstap-bgp read -V)" "dnstap-read $version" 'the programs of the RPM package run'
for program in /usr/lib/dnstap-bgp/dnstap-read /usr/bin/{pcap-read,dns-gate,dnstap-match,ipcache,bgp-announce}; do
	is "$(weaknesses "$program")" '' "$program of the RPM package is hardened"
done
rpm -e dnstap-bgp >"$dir/log" 2>&1
is "$?$(ls /usr/bin/dnstap-bgp /usr/bin/ipcache 2>/dev/null)" 0 'rpm -e removes the RPM package'

plan_done
