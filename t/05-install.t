#!/usr/bin/env bash
# shellcheck disable=SC2317
# make install puts all files in place, and the installed programs work.
. t/lab/lib.sh
. t/lab/hardening.sh

root=$dir/root
make -s install DESTDIR="$root" PREFIX=/opt/x SYSCONFDIR=/opt/x/etc BUILD="$BUILD" >"$dir/log" 2>&1
show=$dir/log
is $? 0 'make install with DESTDIR and PREFIX'
for program in dnstap-read pcap-read dns-gate dnstap-match ipcache bgp-announce dnstap-bgp dnstap-bgp-metrics dnstap-bgp-migrate dnstap-list dnstap-list-update ipcache-serve ipcache-sync; do
	check "$program is installed" test -x "$root/opt/x/bin/$program"
done
for program in dnstap-read pcap-read dns-gate dnstap-match ipcache bgp-announce; do
	is "$(weaknesses "$root/opt/x/bin/$program")" '' "$program is hardened"
done
is "$(weaknesses "$root/opt/x/lib/dnstap-bgp/dnstap-list-decode")" '' 'dnstap-list-decode is hardened'
list() { env -i PATH=/usr/bin:/bin "$root/opt/x/bin/dnstap-list" "$1" 2>"$dir/log"; }
is "$(echo '+.a.example' | list clash) $(echo '{"rules":[{"domain":"b.example"}]}' | list singbox)" 'a.example =b.example' \
	'the installed dnstap-list finds its decoders'

# flags VARIABLE=VALUE...: prints the commands that compile a file and link a program in an empty build directory.
flags() { make -n BUILD="$dir/flags" LTO='' "$@" "$dir/flags/lib/base/num.o" "$dir/flags/measure" 2>"$dir/log"; }
flags CPPFLAGS=-DOURS CFLAGS='-O1 -fours' LDFLAGS=-lours >"$dir/out"
show=$dir/out
check 'CFLAGS and CPPFLAGS of the caller are added to the hardening flags' \
	has '-D_FORTIFY_SOURCE=2 .*-fstack-protector-strong.* -DOURS.* -O1 -fours .*-c ' "$dir/out"
check 'LDFLAGS of the caller are added also' has '-pie -Wl,-z,relro,-z,now.* -lours .*/measure ' "$dir/out"
is "$(CFLAGS='-O1 -fours' flags | grep -c -- ' -fours ')" "$(grep -c -- ' -fours ' "$dir/out")" \
	'CFLAGS from the environment are added'
flags CFLAGS=-O0 >"$dir/out"
check 'without optimization there is no FORTIFY_SOURCE, which needs it' lacks FORTIFY "$dir/out"
flags CFLAGS='-O2 -D_FORTIFY_SOURCE=3' >"$dir/out"
check 'a FORTIFY_SOURCE of the caller wins' lacks '_FORTIFY_SOURCE=2' "$dir/out"
show=$dir/log

for page in man/*.[1-8]; do
	check "${page#man/} is installed" cmp "$page" "$root/opt/x/share/man/man${page##*.}/${page#man/}"
done
unit=$root/opt/x/lib/systemd/system/dnstap-bgp.service
check 'the unit starts the installed wrapper' has '^ExecStart=/opt/x/bin/dnstap-bgp -r -c /opt/x/etc/dnstap-bgp/dnstap-bgp.conf$' "$unit"
check 'the unit checks the configuration first' has '^ExecStartPre=/opt/x/bin/dnstap-bgp -c /opt/x/etc/dnstap-bgp/dnstap-bgp.conf check$' "$unit"
check 'no placeholder is left in a unit' lacks '@[A-Z]+@' <(cat "${unit%/*}"/*)
config=$root/opt/x/etc/dnstap-bgp/dnstap-bgp.conf
check 'a sample configuration is installed' has '^#PEERS=' "$config"
sed -i -E 's/^#(AS|ROUTER_ID|NEXT_HOPS|PEERS)=/\1=/' "$config"
echo a.example >>"$root/opt/x/etc/dnstap-bgp/domains.list"
make -s install DESTDIR="$root" PREFIX=/opt/x SYSCONFDIR=/opt/x/etc BUILD="$BUILD" >"$dir/log" 2>&1
check 'a second installation keeps an edited configuration' has '^PEERS=' "$config"
is "$(tail -n 1 "$root/opt/x/etc/dnstap-bgp/domains.list")" a.example 'a second installation keeps an edited list'
is "$(cd / && env -i PATH=/usr/bin:/bin "$root/opt/x/bin/dnstap-bgp" -n -c "$config" 2>"$dir/log" |
	cut -d' ' -f1 | xargs)" 'dnstap-read dnstap-match ipcache bgp-announce' 'the sample configuration yields a pipeline'
like "$(cd / && env -i PATH=/usr/bin:/bin "$root/opt/x/bin/dnstap-bgp" -V)" '^dnstap-bgp [0-9]' \
	'the wrapper finds the programs beside it'
is "$(cd / && env -i PATH=/usr/bin:/bin RUNTIME_DIRECTORY=/nowhere "$root/opt/x/bin/dnstap-bgp" -c "$config" status)" "dnstap-bgp: not running ($config)" \
	'the wrapper finds its parts'
is "$(echo 0.0.0.0 a.example | env -i PATH=/usr/bin:/bin "$root/opt/x/bin/dnstap-list" hosts 2>&1 | xargs)" \
	'=a.example dnstap-list: 1 rule, 0 left out' 'dnstap-list finds its formats'
like "$("$root/opt/x/bin/dnstap-list" -V)" '^dnstap-list [0-9]' 'dnstap-list prints its version'
is "$(find "$root" -type f | grep -vcE '/opt/x/(bin|share/man|share/doc/dnstap-bgp|share/dnstap-bgp/lists|lib/dnstap-bgp|lib/systemd/system|lib/sysusers.d|etc/dnstap-bgp|share/bash-completion/completions|share/zsh/site-functions|share/fish/vendor_completions.d)/')" 0 \
	'make install writes to no other directory'

# AppArmor: one line is added to the local file of each profile; the file may have other lines.
allow() { APPARMOR_FOLDER=$dir/apparmor "$root/opt/x/lib/dnstap-bgp/allow-dnstap" "$1"; }
check 'no AppArmor is no error' allow add
mkdir -p "$dir/apparmor/local"
echo '# mine' >"$dir/apparmor/local/usr.sbin.named"
check 'the socket is allowed in AppArmor' allow add
check 'allowing the socket in AppArmor again succeeds' allow add
is "$(grep -c '^/run/dnstap-bgp.* rw,' "$dir"/apparmor/local/* | xargs)" "$dir/apparmor/local/usr.sbin.named:1 $dir/apparmor/local/usr.sbin.unbound:1" \
	'each AppArmor profile has the line once'
check 'the AppArmor line can be removed' allow remove
is "$(cat "$dir"/apparmor/local/*)" '# mine' 'the other lines of the AppArmor profiles remain'

# Uninstallation from a tree that also contains another program and other files.
places=(DESTDIR="$root" PREFIX=/opt/x SYSCONFDIR=/opt/x/etc)
uninstall() { make -s uninstall "${places[@]}" >"$dir/log" 2>&1; }
echo other >"$root/opt/x/bin/other"
echo mine >"$root/opt/x/etc/dnstap-bgp/mine.list"
touch "$root/opt/x/bin/of-an-older-version"
echo 'file /opt/x/bin/of-an-older-version' >>"$root/opt/x/lib/dnstap-bgp/MANIFEST"
make -s install "${places[@]}" BUILD="$BUILD" >"$dir/log" 2>&1
show=$dir/log
check 'make uninstall succeeds' uninstall
is "$(find "$root" -type f -printf '%P\n' | sort | xargs)" \
	'opt/x/bin/other opt/x/etc/dnstap-bgp/dnstap-bgp.conf opt/x/etc/dnstap-bgp/domains.list opt/x/etc/dnstap-bgp/mine.list' \
	'make uninstall removes all installed files except changed configurations'
is "$(grep -c ' was changed, and stays$' "$dir/log")" 2 'make uninstall names the changed configurations'
is "$(find "$root" -type d -name '*dnstap-bgp*' -printf '%P\n')" opt/x/etc/dnstap-bgp 'make uninstall removes the empty directories'
uninstall
is $? 2 'make uninstall fails without an installation'
check 'the message says what to do' has 'MANIFEST: No such file or directory; give the PREFIX and DESTDIR' "$dir/log"
rm -rf "$root"
make -s install "${places[@]}" APART=yes BUILD="$BUILD" >"$dir/log" 2>&1
check 'dnstap-read can be installed apart from that of BIND' test -x "$root/opt/x/lib/dnstap-bgp/dnstap-read" -a ! -e "$root/opt/x/bin/dnstap-read"
check 'make uninstall removes a renamed dnstap-read' uninstall
is "$(find "$root" -type f)" '' 'make uninstall removes an unchanged configuration'

# make help
is "$(make -s help | grep -oE '^make [a-z]+' | sort | xargs -n 2 | cut -d ' ' -f 2 | sort | xargs)" \
	'check clean cov deb fuzz install san uninstall unit' 'make help names the targets'

plan_done
