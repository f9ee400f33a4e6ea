#!/usr/bin/env bash
# make install: what it puts where, and that it works from there.
. t/lib.sh

root=$dir/root
make -s install DESTDIR="$root" PREFIX=/opt/x SYSCONFDIR=/opt/x/etc BUILD="$BUILD" >"$dir/log" 2>&1
show=$dir/log
is $? 0 'make install with DESTDIR and PREFIX'
for program in dnstap-read dnstap-match ipcache bgp-announce dnstap-bgp dnstap-bgp-metrics dnstap-bgp-migrate dnstap-list dnstap-list-update ipcache-serve ipcache-sync; do
	check "$program is there" test -x "$root/opt/x/bin/$program"
done
for page in man/*.[1-8]; do
	check "${page#man/} is there" cmp "$page" "$root/opt/x/share/man/man${page##*.}/${page#man/}"
done
unit=$root/opt/x/lib/systemd/system/dnstap-bgp.service
check 'the unit starts what was installed' has '^ExecStart=/opt/x/bin/dnstap-bgp -r -c /opt/x/etc/dnstap-bgp/dnstap-bgp.conf$' "$unit"
check 'and no place in it is left to fill in' lacks '@[A-Z]+@' "$unit"
is "$(cd / && env -i PATH=/usr/bin:/bin "$root/opt/x/bin/dnstap-bgp" -n -c "$root/opt/x/share/doc/dnstap-bgp/dnstap-bgp.conf" |
	cut -d' ' -f1 | xargs)" 'dnstap-read dnstap-match ipcache bgp-announce' 'the sample configuration makes a pipeline'
like "$(cd / && env -i PATH=/usr/bin:/bin "$root/opt/x/bin/dnstap-bgp" -V)" '^dnstap-bgp [0-9]' \
	'the wrapper finds the programs beside it'
is "$(cd / && env -i PATH=/usr/bin:/bin RUNTIME_DIRECTORY=/nowhere "$root/opt/x/bin/dnstap-bgp" status)" 'It does not run.' \
	'and what it is made of'
is "$(echo 0.0.0.0 a.example | env -i PATH=/usr/bin:/bin "$root/opt/x/bin/dnstap-list" hosts 2>&1 | xargs)" \
	'=a.example dnstap-list: 1 rule, 0 left out' 'dnstap-list finds the formats'
like "$("$root/opt/x/bin/dnstap-list" -V)" '^dnstap-list [0-9]' 'and its version'
is "$(find "$root" -type f | grep -vcE '/opt/x/(bin|share/man|share/doc/dnstap-bgp|share/dnstap-bgp/lists|lib/dnstap-bgp|lib/systemd/system|lib/sysusers.d)/')" 0 \
	'nothing is put anywhere else'

plan_done
