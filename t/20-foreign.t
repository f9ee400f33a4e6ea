#!/usr/bin/env bash
# shellcheck disable=SC2016,SC2317
# Lists of other programs: no line of theirs becomes a name in silence.
. t/lab/lib.sh

cd "$dir" || exit 1
answer() { echo "1795392065.718461 192.0.2.1 60 $*"; }

# foreign FORMAT TITLE LINE...: dnstap-match refuses a file of these lines: none is an entry, and the last message names TITLE
# and the command for FORMAT.
foreign() {
	local format=$1 title=$2
	shift 2
	printf '%s\n' "$@" >"of $format"
	dnstap-match -c "of $format" 2>err
	is "$?:$(grep -c "^dnstap-match: of $format:[0-9]*: '" err)" "2:$#" "$format: no line is an entry"
	is "$(tail -n 2 err)" "dnstap-match: of $format: looks like $title: dnstap-list ${options-}$format of $format
dnstap-match: lists: no entries" "$format: the format and its command are named"
}

foreign adblock AdBlock '||ads.example^' '@@|ads.example^|' '! Title: ads'
foreign agh 'AdGuard Home' 'tube.example,flix.example/vpn4,vpn6' '[/news.example/]192.0.2.53'
foreign bind BIND 'zone "pix.example" { type master; file "null.zone"; };'
options='--prefixes ' foreign cidr 'addresses or prefixes' 192.0.2.0/24 198.51.100.7 2001:db8::/32 ::1
foreign clash Clash payload: "- '+.flix.example'" "- 'www.only.example'"
foreign dnsmasq dnsmasq server=/corp.example/192.0.2.53 ipset=/tube.example/vpn
foreign geosite geosite lists: '  - name: "tube"' '    length: 1' '      - "domain:tube.example"'
foreign hosts 'a hosts file' '0 zero.example' '0.0.0.0 ads.example' '::1 localhost'
foreign pihole 'regular expressions of Pi-hole' '(^|\.)tube\.example$' '^ads?[0-9]+\.'
foreign routeros RouterOS '/ip dns static' 'add name=tube.example type=FWD match-subdomain=yes'
foreign rpz RPZ '$TTL 60' '@ IN SOA a. b. 1 2 3 4 5' 'tube.example CNAME .'
foreign singbox sing-box '{' '"rules": [' '"tube.example",' ']' '}'
foreign smartdns smartdns 'nameserver /tube.example/vpn' 'address /ads.example/#'
foreign surge Surge 'DOMAIN-SUFFIX,tube.example,PROXY' 'USER-AGENT,Tube*'
foreign unbound unbound 'forward-zone:' 'name: "tube.example"' 'forward-addr: 192.0.2.53'
foreign urls URLs https://www.tube.example/watch x.example:8080
foreign v2fly v2fly full:www.tube.example keyword:meet 'tube.example @cn'

# reports LINE REASON: dnstap-match refuses the line with this reason.
reports() {
	printf 'good.example\nfine.example\n%b\n' "$1" >one.list
	dnstap-match -c one.list 2>err
	is "$?:$(head -n 1 err)" "1:dnstap-match: one.list:3: $2" "refused: $1"
}
reports 'chat.example,' "'chat.example,': not a domain name; write one name per line, no commas"
reports 192.0.2.1 "'192.0.2.1': an address or prefix, not a domain name"
reports '\e[31mred' "'\\027[31mred': a control character"
reports 'a\0.\0b' "'a\\000.\\000b': a NUL byte; if the file is UTF-16, convert it with iconv"
reports 'c.example\01' "'c.example\\001': a control character"
printf 'tube.example\nflix.example\n' | iconv -t UTF-16LE >utf16le.list
dnstap-match -c utf16le.list 2>err
is "$?:$(sed -n '1p;$p' err)" "2:dnstap-match: utf16le.list:1: 't\\000u\\000b\\000e\\000.\\000e\\000x\\000a\\000m\\000p\\000l\\000e\\000': a NUL byte; if the file is UTF-16, convert it with iconv
dnstap-match: lists: no entries" 'UTF-16 without a byte order mark has no entry'

seq -f 'DOMAIN-SUFFIX,n%.0f.example' 50000 >many.list
dnstap-match -c many.list 2>err
is "$(wc -l <err)" 13 'ten lines of a kind are reported'
is "$(tail -n 3 err)" 'dnstap-match: many.list: 49,990 more lines: not a domain name; write one name per line, no commas
dnstap-match: many.list: looks like Clash: dnstap-list clash many.list
dnstap-match: lists: no entries' 'the rest is counted'

# Names that real lists contain.
printf '%s\n' _dmarc.tube.example a_b.tube.example -x.example xn--bcher-kva.example bücher.example 163.example \
	1.2.0.192.in-addr.arpa UPPER.Example. 'a\032b.example' com >names.list
dnstap-match -c names.list 2>err
is "$?:$(cat err)" 0: 'underscores, hyphens, digits, Unicode and escapes are names'

# A reload with a foreign list.
seq -f 'n%.0f.example' 10000 >active.list
mkfifo in
start sh -c 'exec dnstap-match active.list <in >out 2>err'
match=$started
exec 4>in
answer n1.example >&4
check 'a line is matched' within 5 has ' n1.example ' out
{ seq -f 'n%.0f.example' 1200; seq -f '||n%.0f.example^' 8800; } >new.list
mv new.list active.list
kill -HUP "$match"
check 'a reload counts the valid entries' within 5 has 'lists reloaded: 1200 entries' err
is "$(grep -c "active.list:[0-9]*: '||n" err)" 10 'it reports the lines once'
check 'and the format' has '^dnstap-match: active.list: looks like AdBlock: dnstap-list adblock active.list$' err
check 'a reload that lost more than half of the entries is reported with figures' \
	has '^dnstap-match: active.list: 1,200 entries, before 10,000; is the list complete\?$' err
seq -f '||n%.0f.example^' 10000 >active.list
kill -HUP "$match"
check 'a reload of a list without an entry fails' within 5 has 'reload failed; the old lists stay active' err
answer n2.example >&4
check 'the old list stays active' within 5 has ' n2.example .*tag=active' out
exec 4>&-
wait "$match"

# A pipeline whose list becomes foreign: the cache keeps the pairs, and so the routes stay.
PATH=$OLDPWD/scripts/bin:$PATH
now=$(date +%s)
pairs() { for ((i = 1; i <= $1; i++)); do echo "$now.000000 198.51.$((i / 250)).$((i % 250)) 60 n$i.example"; done; }
pairs 2000 | ipcache import -f cache.tdb -a any
seq -f 'n%.0f.example' 2000 >active.list
cat >conf <<C
SOCKET=$dir/tap.sock
LISTS=$dir/active.list
DB=$dir/cache.tdb
AS=64512
ROUTER_ID=192.0.2.10
NEXT_HOPS=192.0.2.10
PEERS=127.0.0.1,port=1790
CACHE_OPTIONS='-a any'
C
tagged() { [ "$(ipcache export -f cache.tdb | grep -c tag=active)" -eq "$1" ]; }
has_pairs() { [ "$(ipcache export -f cache.tdb | wc -l)" -eq "$1" ]; }
start dnstap-bgp -c "$dir/conf" >out 2>err
pipeline=$started
check 'the list is applied to the cache at the start' within 20 tagged 2000
{ seq -f 'n%.0f.example' 900; seq -f '||n%.0f.example^' 901 2000; } >new.list
mv new.list active.list
kill -HUP "$pipeline"
kept="most cached pairs match no list and stay routed; check the lists, or delete the pairs with 'dnstap-bgp -c $dir/conf retag --force'"
show=err check 'pairs that lost their entries are reported with figures' within 20 \
	has '^ipcache: retag: 1,100 of 2,000 pairs match no list and are not deleted; ' err
check 'and the remedy' within 20 has "^dnstap-bgp: $kept\$" err
check 'the pairs stay in the cache' has_pairs 2000
seq -f 'n%.0f.example' 2000 >active.list
kill -HUP "$pipeline"
reloads() { [ "$(grep -c 'lists reloaded' err)" -eq "$1" ]; }
check 'the corrected list is active' within 20 reloads 2
{ seq -f 'n%.0f.example' 900; seq -f '||n%.0f.example^' 901 2000; } >active.list
dnstap-bgp -c "$dir/conf" retag >out2 2>err2
is "$?:$(tail -n 1 err2)" "1:dnstap-bgp: $kept" 'the command retag has the same limit'
dnstap-bgp -c "$dir/conf" retag --force >out2 2>err2
is "$?:$(cat err2)" 0: 'retag --force succeeds'
check 'it deletes the pairs' has_pairs 900
pairs 900 | head -n 800 | dnstap-match -a <(echo other.example) | ipcache retag -f cache.tdb
check 'a loss of fewer than a thousand pairs is accepted' has_pairs 100
stop "$pipeline"
plan_done
