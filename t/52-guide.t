#!/usr/bin/env bash
# shellcheck disable=SC2016,SC2317
# README's set-up guide, word for word, as a new user follows it: on a bare Debian 12 (a container with systemd) that has
# unbound, and later BIND, with BIRD, and later FRR, on a router in a network namespace of its own.

# The packages that the guide expects: the resolvers, the routers, and what a test needs to look at them.
packages='systemd-sysv dbus iproute2 procps bind9-dnsutils unbound bind9 bird2 frr'
if [ -z "${IN_CONTAINER-}" ]; then
	[ -f build/dnstap-read ] || [ -n "${BUILD-}" ] || make -s
	root=$(scripts/bare new) || root=
	if [ -n "$root" ]; then
		trap 'rm -rf --one-file-system "$root"' EXIT
		trap 'exit 1' INT TERM HUP
		scripts/bare enter "$root" sh -c "./scripts/deps build && DEBIAN_FRONTEND=noninteractive \
			apt-get -qq -y --no-install-recommends install $packages" >"$root.log" 2>&1 || cat "$root.log" >&2
		rm -f "$root.log"
	else
		echo '# no bare Debian 12 here: the guide is followed on the file system of this machine'
	fi
	NSPAWN_ROOT=$root t/lab/nspawn t/52-guide.t
	exit
fi
. t/lab/lib.sh
. t/lab/lab.sh

readme=$PWD/README.md
PATH=/usr/local/bin:$PATH
show=$dir/log
# block LANGUAGE: README's block of that language.
block() { awk -v begin="\`\`\`$1" '$0 == "```" { on = 0 } on; $0 == begin { on = 1 }' "$readme"; }
# commands FROM TO: what is set as commands between these lines.
commands() { awk -v from="$1" -v to="$2" 'index($0, to) == 1 { on = 0 } on && sub(/^    /, ""); index($0, from) == 1 { on = 1 }' "$readme"; }
# Each command runs; we are root already.
run_commands() {
	while read -r command; do
		bash -c "sudo() { \"\$@\"; }; $command" >"$dir/log" 2>&1 </dev/null
		is $? 0 "$command"
	done
}

# The network of the guide: we, and the router.
ip netns add router
ip link add lan type veth peer name lan netns router
ip address add 192.0.2.10/24 dev lan
ip address add 2001:db8::10/64 dev lan nodad
ip link set lan up
ip -n router address add 192.0.2.1/24 dev lan
ip -n router address add 2001:db8::1/64 dev lan nodad
ip -n router link set lan up
ip -n router link set lo up

commands '## Installation' '## Set-up' >"$dir/commands"
check 'README tells how to install' has 'make install' "$dir/commands"
run_commands <"$dir/commands"

commands '**1. ' 'and set at least' >"$dir/commands"
check 'and how to write a list' has 'domains.list' "$dir/commands"
run_commands <"$dir/commands"
block dnstap-bgp >>/etc/dnstap-bgp/dnstap-bgp.conf
commands 'and set at least' '**2.' >"$dir/commands"
check 'and how to begin' has 'enable --now' "$dir/commands"
run_commands <"$dir/commands"
is "$(systemctl is-active dnstap-bgp)" active 'the service runs'

# What unbound answers has to be of the world's addresses.
lab_zone "$dir/zone" 5
sed -i 's/198\.51\.100\./9.9.9./; s/2001:db8:1:/2620:fe:/' "$dir/zone"
chmod 755 "$dir"
block unbound >/etc/unbound/unbound.conf.d/dnstap.conf
cat >/etc/unbound/unbound.conf.d/lab.conf <<E2
server:
	module-config: "iterator"
	do-not-query-localhost: no
auth-zone:
	name: "example.net"
	zonefile: "$dir/zone"
	for-downstream: no
	for-upstream: yes
E2
rm -f /etc/unbound/unbound.conf.d/root-auto-trust-anchor-file.conf
systemctl start unbound >"$dir/log" 2>&1
is $? 0 'unbound runs as README and Debian have it'

block bird >"$dir/bird.conf"
start ip netns exec router bird -f -c "$dir/bird.conf" -s "$dir/bird.ctl" -P "$dir/bird.pid" 2>"$dir/bird.log"

# in_force: what the router's kernel does with it.
in_force() { ip -n router route show proto bird; ip -n router -6 route show proto bird; }
routed() {
	lab_ask 53 video.example.net A
	lab_ask 53 video.example.net AAAA
	in_force >"$dir/log"
	has '^9.9.9.10 (nhid [0-9]+ )?via 192.0.2.10 ' "$dir/log" && has '^2620:fe::10 (nhid [0-9]+ )?via 2001:db8::10 ' "$dir/log"
}
show="$dir/bird.log $dir/log"
check 'what a client asks for goes the other way' within 40 routed
# The table as README shows it, but for the times and the order; its routes of IPv6 are left out there.
table() { sed -E 's/[0-9:.]{12}\]/TIME]/' | paste -d ' ' - - | sort; }
show_route() { birdc -s "$dir/bird.ctl" show route protocol steering "$@" | grep -v -e '^BIRD' -e '^Table'; }
is "$(show_route table master4 | table)" "$(block bird-table | table)" 'the router has the routes that README shows'
commands '**4. ' '`status` ends' >"$dir/commands"
check 'README tells how to verify' has '^dig ' "$dir/commands"
run_commands <"$dir/commands"
is_well() { dnstap-bgp status >"$dir/log"; }
check 'which status has no objection to' within 15 is_well
like "$(dnstap-bgp why 9.9.9.10)" '^9.9.9.10 is routed via 192.0.2.10 to 1 of 1 peers\..*answer for video.example.net .*list domains, entry video.example.net' 'and why explains'
lab_ask 53 news.example.net A
is "$(in_force | grep -c '9.9.9.30')" 0 'what is not listed does not'

# The same machine with BIND, and a router with FRR.
systemctl stop unbound
birdc -s "$dir/bird.ctl" down >/dev/null
within 10 gone "$started"
sed -i 's/^SOCKET_GROUP=.*/SOCKET_GROUP=bind/' /etc/dnstap-bgp/dnstap-bgp.conf
systemctl restart dnstap-bgp >"$dir/log" 2>&1
is $? 0 'another resolver: the service starts again with its group'
sed 's/TTL 5/TTL 300/' "$dir/zone" >/etc/bind/example.net.zone
block named | sed '/^};/i\	directory "/var/cache/bind"; listen-on { 127.0.0.1; }; recursion yes; dnssec-validation no; empty-zones-enable no;' \
	>/etc/bind/named.conf.options
echo 'zone "example.net" { type primary; file "/etc/bind/example.net.zone"; };' >/etc/bind/named.conf.local
systemctl start named >"$dir/log" 2>&1
is $? 0 'BIND runs as README and Debian have it'

frr=$dir/frr
mkdir "$frr"
frr_block() { awk '$0 == "FRR:" { on = 1; next } on && NF && !/^    / { exit } on && sub(/^    /, "")' "$readme"; }
frr_block >"$frr/bgpd.conf"
check 'README has a block for FRR' has '^router bgp 64512$' "$frr/bgpd.conf"
: >"$frr/zebra.conf"
chown -R frr:frr "$frr"
for daemon in zebra bgpd; do
	start ip netns exec router /usr/lib/frr/$daemon -z "$frr/zserv" -i "$frr/$daemon.pid" --vty_socket "$frr" \
		-f "$frr/$daemon.conf" --log "file:$frr/$daemon.log" 2>"$frr/$daemon.err"
	[ $daemon = bgpd ] || within 10 test -S "$frr/zserv"
done
in_force() { ip -n router route show proto bgp; ip -n router -6 route show proto bgp; }
show="$frr/zebra.log $frr/bgpd.log $dir/log"
dnstap-bgp reconnect
check 'and the routes are at the other router' within 60 routed
check 'which status has no objection to' within 15 is_well

plan_done
