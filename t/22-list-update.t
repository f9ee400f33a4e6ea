#!/usr/bin/env bash
# shellcheck disable=SC2016,SC2317
# dnstap-list-update with a real web server: whatever goes wrong, the old list is kept.
. t/lab/lib.sh

PATH=$PWD/scripts/bin:$PATH
export LC_ALL=C
url=http://127.0.0.1:8081
www=$dir/www
list=$dir/lists/ads.list
mkdir "$www" "$dir/lists"

cat >"$dir/lighttpd.conf" <<E
server.modules = ( "mod_cgi", "mod_accesslog", "mod_openssl" )
server.document-root = "$www"
server.bind = "127.0.0.1"
server.port = 8081
server.errorlog = "$dir/lighttpd.err"
accesslog.filename = "$dir/access"
mimetype.assign = ( ".txt" => "text/plain", ".html" => "text/html" )
cgi.assign = ( ".cgi" => "/bin/sh" )
server.stream-response-body = 2
server.stat-cache-engine = "disable"
\$SERVER["socket"] == "127.0.0.1:8082" { ssl.engine = "enable" ssl.pemfile = "$dir/server.pem" }
E
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
	-keyout "$dir/key" -out "$dir/cert" 2>"$dir/openssl.log"
cat "$dir/key" "$dir/cert" >"$dir/server.pem"
export CURL_CA_BUNDLE=$dir/cert
start lighttpd -D -f "$dir/lighttpd.conf"
names() { seq -f 'n%g.example' "$1"; }
names 200 | sed 's/^/0.0.0.0 /' >"$www/hosts.txt"
show="$dir/lighttpd.err" check 'the web server runs' within 10 curl -sf -o /dev/null "$url/hosts.txt"

# update STATUS WORDS...: runs with these options and URL or file; the exit status must be STATUS.
update() {
	local expected=$1
	shift
	bounded 60 dnstap-list-update "$@" "$list" >"$dir/out" 2>"$dir/err"
	[ $? -eq "$expected" ]
}
# stays REASON NAME WORDS...: the update is refused for that reason; nothing is changed or left behind.
stays() {
	local reason=$1 name=$2 before
	shift 2
	before=$(stat -c '%i %a %Y %s' "$list")
	show=$dir/err check "$name: refused" update 1 "$@"
	check "$name: the reason is reported" has "ads.list: keeping the previous list: .*$reason" "$dir/err"
	is "$(stat -c '%i %a %Y %s' "$list") $(ls -A "$dir/lists")" "$before ads.list" "$name: the old list is unchanged"
}

show=$dir/err check 'a first list' update 0 -f hosts -t 'echo reloaded' "$url/hosts.txt"
is "$(cat "$list")" "$(names 200 | sed 's/^/=/')" 'a hosts file is converted'
is "$(cat "$dir/out")" reloaded 'the command is run after an update'
is "$(stat -c '%a %Y' "$list")" "644 $(stat -c %Y "$www/hosts.txt")" 'the list has the mode 644 and the time of the source'
check 'an update from an unchanged source succeeds' update 0 -f hosts -t 'echo reloaded' "$url/hosts.txt"
check 'the server answered 304' within 10 has '" 304 ' "$dir/access"
is "$(cat "$dir/out")" '' 'no command is run without a change'

chmod 640 "$list"
chgrp 1 "$list" 2>/dev/null	# where permitted
owner=$(stat -c '%a %u %g' "$list")
echo '0.0.0.0 more.example' >>"$www/hosts.txt"
touch -d '1 minute' "$www/hosts.txt"
inode=$(stat -c %i "$list")
check 'an update from a changed source succeeds' update 0 -f hosts "$url/hosts.txt"
check 'the new rule is in the list' has '^=more.example$' "$list"
is "$(stat -c '%a %u %g' "$list")" "$owner" 'the list keeps its mode and owner'
check 'the list is a new file' test "$inode" != "$(stat -c %i "$list")"
check 'the numbers of rules are reported' has 'ads.list: replaced; rules: 201, before: 200$' "$dir/err"

stays '404|cannot be fetched' 'no such page' -f hosts "$url/nope.txt"
stays 'cannot be fetched' 'no server' -f hosts http://127.0.0.1:9/
touch -d "2 minutes" "$www/empty.txt"
stays 'has no rule; is it in the format hosts|is empty' 'an empty page' -f hosts "$url/empty.txt"
stays 'no entries|is empty' 'an empty page in our own grammar' "$url/empty.txt"
head -n 150 "$www/hosts.txt" >"$www/shrunk.txt"
touch -d '2 minutes' "$www/shrunk.txt"
stays 'too few rules: 150, before: 201; ' 'a list that lost a quarter' -f hosts "$url/shrunk.txt"
# A source in another syntax, without -f. Its lines are no rules, so they do not count as new rules.
names 300 | sed 's/.*/||&^/' >"$www/adblock.txt"
{ names 80; names 220 | tail -n 140 | sed 's/.*/||&^/'; } >"$www/mixed.txt"
names 300 | sed 's/^/DOMAIN-SUFFIX,/' >"$www/clash.txt"
names 300 | sed 's/.*/192.0.2.1/' >"$www/addresses.txt"
touch -d '2 minutes' "$www"/{adblock,mixed,clash,addresses}.txt
stays 'no entries; looks like AdBlock, use -f adblock$' 'AdBlock rules as a list' "$url/adblock.txt"
stays 'no entries; looks like Clash, use -f clash$' 'Clash rules as a list' "$url/clash.txt"
stays 'no entries$' 'addresses as a list' "$url/addresses.txt"
stays "140 of 220 lines are not valid rules, first line 81: '\|\|n81.example\^': not a domain name; looks like AdBlock, use -f adblock\$" \
	'a list that is mostly AdBlock rules' "$url/mixed.txt"
stays '140 of 220 lines are not valid rules' 'even if any loss is accepted, it' -s 100 "$url/mixed.txt"
{ echo '<html><body><h1>Log in</h1>'; names 100; names 300 | sed 's/.*/<p>&<\/p>/'; echo '</body></html>'; } >"$www/page.html"
touch -d '2 minutes' "$www/page.html"
stays '302 of 402 lines are not valid rules, first line 1: ' 'a page of HTML' "$url/page.html"
for format in adblock dnsmasq hosts rpz unbound urls v2fly; do
	stays "has no rule; is it in the format $format|too few rules: [0-9]+, before" "a page of HTML as $format" -f "$format" "$url/page.html"
done
printf 'echo "Content-Type: text/plain"; echo; echo "0.0.0.0 a.example"; exec sleep 60\n' >"$www/hangs.cgi"
stays 'no complete answer within 2 seconds|cannot be fetched' 'a server that hangs' -m 2 -f hosts "$url/hangs.cgi"
printf 'echo "Content-Type: text/plain"; echo; exec yes "0.0.0.0 a.example"\n' >"$www/endless.cgi"
stays 'larger than 1 MiB' 'a page without an end' -M 1 -f hosts "$url/endless.cgi"
head -c 2000000 /dev/zero | tr '\0' x >"$www/large.txt"
touch -d '2 minutes' "$www/large.txt"
stays 'larger than 1 MiB' 'a large page' -M 1 -f hosts "$url/large.txt"
stays 'larger than 1 MiB' 'a large file' -M 1 -f hosts "$www/large.txt"
printf 'echo "Status: 302"; echo "Location: file://%s/hosts.txt"; echo\n' "$www" >"$www/away.cgi"
stays 'redirected to a protocol that is not allowed; allowed: http,https' 'a redirection to a file' -f hosts "$url/away.cgi"
printf 'echo "Content-Length: 9000"; echo; cat %s/hosts.txt\n' "$www" >"$www/cut.cgi"
stays 'cannot be fetched' 'a page that is cut off' -f hosts "$url/cut.cgi"
stays 'cannot read ' 'a file that is not there' "$dir/nope"
printf 'echo "Status: 302"; echo "Location: %s/hosts.txt"; echo\n' "$url" >"$www/down.cgi"
stays 'redirected to a protocol that is not allowed; allowed: https' 'a redirection from HTTPS to HTTP' -f hosts https://127.0.0.1:8082/down.cgi
printf 'echo "Status: 302"; echo "Location: https://127.0.0.1:8082/hosts.txt"; echo\n' >"$www/up.cgi"
check 'a redirect from HTTP to HTTPS is followed' update 0 -f hosts "$url/up.cgi"

# A server may state any time for its source.
dated() { printf 'echo "Last-Modified: %s"; echo; seq -f "0.0.0.0 n%%g.example" %d\n' "$1" "$2" >"$www/dated.cgi"; }
dated 'Fri, 01 Jan 2038 00:00:00 GMT' 201
check 'a source dated in the future is accepted' update 0 -f hosts "$url/dated.cgi"
check 'the list is not dated in the future' test "$(stat -c %Y "$list")" -le "$(date +%s)"
dated "$(date -u '+%a, %d %b %Y %H:%M:%S GMT')" 202
check 'the same source with the right time is accepted' update 0 -f hosts "$url/dated.cgi"
is "$(wc -l <"$list")" 202 'the list has its rules'
dated 'Sat, 01 Jan 2022 00:00:00 GMT' 203
check 'an older source is accepted' update 0 -f hosts "$url/dated.cgi"
is "$(wc -l <"$list")" 203 'the list has the rules of the older source'
touch -d '1 year' "$list"
names 204 | sed 's/^/0.0.0.0 /' >"$www/static.txt"
check 'a list dated in the future is updated' update 0 -f hosts "$url/static.txt"
is "$(wc -l <"$list")" 204 'a list dated in the future gets the rules of the source'
check 'another scheme is an error' update 2 ftp://127.0.0.1/

# A few bad lines are left out; too many are an error.
{ names 250; echo '*bad*.example'; echo 'two words'; } >"$dir/own"
check 'two bad lines of 252 are accepted' update 0 "$dir/own"
is "$(wc -l <"$list") $(grep -c -e bad -e words "$list")" '250 0' 'the bad lines are left out'
check 'the bad lines are reported' has 'ads.list: 2 lines are not valid rules and were dropped, first line 251: ' "$dir/err"
{ names 250; printf 'two words%d\n' 1 2 3; } >"$dir/own"
stays '3 of 253 lines are not valid rules, first line 251: ' 'three bad lines' "$dir/own"

# Regular expressions: from a URL, only those without operators, as converters write them, are accepted; from a file, all.
{ names 200; printf '%s\n' '/^ad[0-9]+/' '!/x/' '  /lead/ # c' '/literal/' 'a.example # /x/'; printf '\xef\xbb\xbf/mark/\n'; } >"$www/regexes.txt"
touch -d '3 minutes' "$www/regexes.txt"
check 'a URL with regular expressions is accepted' update 0 "$url/regexes.txt"
is "$(wc -l <"$list") $(grep -v '^n' "$list")" '201 a.example # /x/' 'the regular expressions are left out'
check 'one message has the number of dropped regular expressions' has \
	'^dnstap-list-update: .*ads.list: regular expressions dropped: 5, first in line 201; --allow-regex accepts them$' "$dir/err"
is "$(grep -c regular "$dir/err")" 1 'there is only one message'
touch -d '4 minutes' "$www/regexes.txt"
check '--allow-regex: the URL is accepted' update 0 --allow-regex "$url/regexes.txt"
is "$(wc -l <"$list") $(grep -c regular "$dir/err")" '206 0' '--allow-regex: the list has all regular expressions'
{ names 100; seq -f '/^ad%g/' 100; } >"$www/halves.txt"
touch -d '1 hour ago' "$www/halves.txt"
rm "$list"
check '--allow-regex: a list may be half regular expressions' update 0 --allow-regex "$url/halves.txt"
check 'without --allow-regex the unchanged source is read again' update 0 "$url/halves.txt"
is "$(wc -l <"$list")" 100 'only the other half is in the list'
rm "$list"
check 'a file with regular expressions is accepted' update 0 "$www/regexes.txt"
is "$(wc -l <"$list") $(grep -c regular "$dir/err")" '206 0' 'a list from a file has all regular expressions'
{ names 200; printf '%s\n' 'keyword:goo.gl+x' 'regexp:^ad[0-9]+$' 'regexp:a|b'; } >"$www/v2fly.txt"
touch -d '5 minutes' "$www/v2fly.txt"
check 'a converted list with regular expressions is accepted' update 0 -f v2fly "$url/v2fly.txt"
is "$(grep / "$list")" '/goo\.gl\+x/' 'literals of the converter are kept'
check 'other regular expressions are left out' has 'regular expressions dropped: 2, first in line 202' "$dir/err"
rm "$list"
check '--allow-regex: a converted list is accepted' update 0 -f v2fly --allow-regex "$url/v2fly.txt"
is "$(grep / "$list" | xargs -d '\n')" '/goo\.gl\+x/ /^ad[0-9]+$/ /a|b/' '--allow-regex: the list has all regular expressions'
{ names 200 | sed 's/.*/||&^/'; printf '%s\n' '/ads-/' '@@/^good\.ads-[0-9]\.com$/'; } >"$www/except.txt"
rm "$list"
check 'a converted list with an exception by a regular expression is accepted' update 0 -f adblock "$url/except.txt"
is "$(grep -c / "$list")" 0 'without its exception a literal is left out also'
check 'both are reported' has 'regular expressions dropped: 2, first in line ' "$dir/err"

# Other options.
names 3 >"$dir/own"
check '-s 100 accepts any loss of rules' update 0 -s 100 "$dir/own"
names 4 >"$dir/own"
check 'a failed command is an error' update 2 -t 'exit 3' "$dir/own"
is "$(wc -l <"$list")" 4 'the list is updated nevertheless'
check 'the next run succeeds without a change' update 0 -t 'echo reloaded' "$dir/own"
is "$(cat "$dir/out")" reloaded 'the next run repeats the failed command'
check 'the run after the repeated command succeeds' update 0 -t 'echo reloaded' "$dir/own"
is "$(cat "$dir/out") $(ls -A "$dir/lists")" ' ads.list' 'the run after a successful command runs no command and leaves no file'
ln -s ads.list "$dir/lists/link"
names 5 >"$dir/own"
check 'a list may be a symbolic link' eval 'dnstap-list-update "$dir/own" "$dir/lists/link" 2>/dev/null'
check 'the link is kept and its target updated' test -L "$dir/lists/link" -a "$(wc -l <"$list")" -eq 5
rm "$dir/lists/link"
for words in '-s 101' '-s x' '-m 0' '-M 2000' '-f' '-x y'; do
	# shellcheck disable=SC2086
	check "refused: $words" update 2 $words "$dir/own"
done
check 'refused: no such folder' eval '! dnstap-list-update "$dir/own" "$dir/none/x" 2>/dev/null'

# A slow source: a killed run, and two runs at a time.
start dnstap-list-update -f hosts "$url/hangs.cgi" "$list" 2>"$dir/err2"
asked() { [ -n "$(find "$dir" -path '*/tmp.*/source')" ]; }
check 'an update is waiting for its source' within 10 asked
check 'a second update of the same list is refused' update 1 -f hosts "$url/hosts.txt"
check 'the message names the other run' has 'another dnstap-list-update is updating it' "$dir/err"
check 'an update of another list in the directory succeeds' eval 'dnstap-list-update "$dir/own" "$dir/lists/other" 2>/dev/null'
rm "$dir/lists/other"
sum=$(cat "$list")
stop "$started"
is $? 2 'SIGTERM ends the first: exit status 2'
is "$(cat "$list") $(ls -A "$dir/lists") $(find "$dir" -path '*/tmp.*')" "$sum ads.list " 'only the old list is left after SIGTERM'
start dnstap-list-update -f hosts "$url/hangs.cgi" "$list" 2>"$dir/err2"
check 'another update is waiting for its source' within 10 asked
crash "$started"
is "$(cat "$list")" "$sum" 'the old list is intact after a kill'
names 6 >"$dir/own"
check 'the next update succeeds' update 0 "$dir/own"
is "$(wc -l <"$list") $(ls -A "$dir/lists")" '6 ads.list' 'the next update removes leftover files'

plan_done
