#!/usr/bin/env bash
# shellcheck disable=SC2016,SC2317
# README's quick start, word for word, as a new user follows it: on a bare Debian 12 (a container with systemd) that has
# unbound, and later BIND, with BIRD, and later FRR, on a router in a network namespace. Another namespace is the far end of
# the tunnel wg0.

# The packages that the guide expects: resolvers, routers, and tools with which the test checks them.
packages='systemd-sysv dbus iproute2 procps bind9-dnsutils nftables unbound bind9 bird2 frr'
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
. t/lab/pages.sh

PATH=/usr/local/bin:$PATH
show=$dir/log
# step NUMBER: prints the block of ```sh in this step of the quick start.
step() {
	awk -v begin="**$1. " '
	index($0, begin) == 1 { here = 1; next }
	/^\*\*[0-9]\. |^## / { here = 0 }
	$0 == "```" { shown = 0 }
	shown
	here && $0 == "```sh" { shown = 1 }' README.md
}
# run_step NUMBER: runs the block; each command must succeed. sudo runs its command directly, since the test runs as root.
run_step() {
	{
		echo 'set -e; sudo() { "$@"; }'
		step "$1"
	} >"$dir/step"
	bash "$dir/step" >"$dir/log" 2>&1 </dev/null
}
# follow NUMBER COMMAND: checks that the step contains this command, and runs the step, which must succeed.
follow() {
	check "step $1 has the command $2" has "$2" <(step "$1")
	run_step "$1"
	is $? 0 "step $1 succeeds"
}

# The network of the guide: this machine, the router, and the far end of the tunnel.
ip netns add router
ip link add lan type veth peer name lan netns router
ip address add 192.0.2.10/24 dev lan
ip address add 2001:db8::10/64 dev lan nodad
ip link set lan up
ip -n router address add 192.0.2.1/24 dev lan
ip -n router address add 2001:db8::1/64 dev lan nodad
ip -n router link set lan up
ip -n router link set lo up

ip netns add far
ip link add wg0 type veth peer name wg0 netns far
ip address add 10.0.0.1/30 dev wg0
ip link set wg0 up
ip route add default via 10.0.0.2
ip -n far address add 10.0.0.2/30 dev wg0
ip -n far address add 9.9.9.10/32 dev lo
ip -n far link set wg0 up
ip -n far link set lo up

follow 1 'make install'
follow 2 'enable --now'
is "$(systemctl is-active dnstap-bgp)" active 'the service runs'

# ipcache accepts public addresses only.
lab_zone "$dir/zone" 5
sed -i 's/198\.51\.100\./9.9.9./; s/2001:db8:1:/2620:fe:/' "$dir/zone"
chmod 755 "$dir"
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
follow 3 'systemctl restart unbound'

readme_block bird >"$dir/bird.conf"
start ip netns exec router bird -f -c "$dir/bird.conf" -s "$dir/bird.ctl" -P "$dir/bird.pid" 2>"$dir/bird.log"

# router_routes: prints the routes in the router's kernel.
router_routes() { ip -n router route show proto bird; ip -n router -6 route show proto bird; }
routed() {
	lab_ask 53 video.example.net A
	lab_ask 53 video.example.net AAAA
	router_routes >"$dir/log"
	has '^9.9.9.10 (nhid [0-9]+ )?via 192.0.2.10 ' "$dir/log" && has '^2620:fe::10 (nhid [0-9]+ )?via 2001:db8::10 ' "$dir/log"
}
show="$dir/bird.log $dir/log"
check 'the routes for the answers are in the kernel of the router' within 40 routed

follow 5 'ip_forward=1'
# The far end has no route to the router, so it can reply only if this machine translates the source (NAT). The reply is
# "Connection refused", since the port is closed.
reaches_far() { ip netns exec router timeout 2 bash -c 'exec 3<>/dev/tcp/9.9.9.10/7' 2>&1 | grep -q 'Connection refused'; }
check 'traffic from the router passes through the tunnel, and back' within 10 reaches_far

check 'step 6 has the command dig' has '^dig ' <(step 6)
check 'step 6 succeeds' within 60 run_step 6
is "$(grep -E '^[0-9a-f.:]+$' "$dir/log" | sort | xargs)" '2620:fe::10 9.9.9.10 9.9.9.11' 'dig prints the addresses'
{
	cat "$dir/log"
	birdc -s "$dir/bird.ctl" show route protocol steering
} >"$dir/shown"
# Times, and the order of addresses, differ from the README.
masked() { sed -E 's/[0-9:.]{12}\]/TIME]/; s/for [0-9]+ (s|min|h)/for TIME/'; }
readme_block expected | masked | grep . >"$dir/expected"
is "$(wc -l <"$dir/expected")" 4 'README shows four lines of output'
is "$(masked <"$dir/shown" | LC_ALL=C sort -u | LC_ALL=C comm -13 - <(LC_ALL=C sort -u "$dir/expected"))" '' 'each output line of README is printed'
is_well() { dnstap-bgp status >"$dir/log"; }
check 'status reports no warning' within 15 is_well
like "$(dnstap-bgp why 9.9.9.10)" '^9.9.9.10 is routed via 192.0.2.10 to 1 of 1 peers\..*answer for video.example.net .*list domains, entry video.example.net' 'why explains the route'
lab_ask 53 news.example.net A
is "$(router_routes | grep -c '9.9.9.30')" 0 'the router has no route for a name that is not listed'

# The same machine with BIND, and a router with FRR.
systemctl stop unbound
birdc -s "$dir/bird.ctl" down >/dev/null
within 10 gone "$started"
sed -i 's/^SOCKET_GROUP=.*/SOCKET_GROUP=bind/' /etc/dnstap-bgp/dnstap-bgp.conf
systemctl restart dnstap-bgp >"$dir/log" 2>&1
is $? 0 'another resolver: the service starts again with its group'
sed 's/TTL 5/TTL 300/' "$dir/zone" >/etc/bind/example.net.zone
page_block dnstap-bgp-resolvers.7 named | sed '/^};/i\	directory "/var/cache/bind"; listen-on { 127.0.0.1; }; recursion yes; dnssec-validation no; empty-zones-enable no;' \
	>/etc/bind/named.conf.options
echo 'zone "example.net" { type primary; file "/etc/bind/example.net.zone"; };' >/etc/bind/named.conf.local
systemctl start named >"$dir/log" 2>&1
is $? 0 'BIND runs with the block of dnstap-bgp-resolvers(7) and the rest of Debian'

frr=$dir/frr
mkdir "$frr"
page_block dnstap-bgp-routers.7 frr >"$frr/bgpd.conf"
check 'dnstap-bgp-routers(7) has a block for FRR' has '^router bgp 64512$' "$frr/bgpd.conf"
: >"$frr/zebra.conf"
chown -R frr:frr "$frr"
for daemon in zebra bgpd; do
	start ip netns exec router /usr/lib/frr/$daemon -z "$frr/zserv" -i "$frr/$daemon.pid" --vty_socket "$frr" \
		-f "$frr/$daemon.conf" --log "file:$frr/$daemon.log" 2>"$frr/$daemon.err"
	[ $daemon = bgpd ] || within 10 test -S "$frr/zserv"
done
router_routes() { ip -n router route show proto bgp; ip -n router -6 route show proto bgp; }
show="$frr/zebra.log $frr/bgpd.log $dir/log"
dnstap-bgp reconnect
check 'the other router has the routes' within 60 routed
check 'status reports no warning' within 15 is_well

plan_done
