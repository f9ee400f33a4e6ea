#!/usr/bin/env bash
# shellcheck disable=SC2016,SC2317
# dnstap-list-update: from a real web server, and whatever goes wrong there, the old list stays.
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

# update STATUS WORDS...: the status that is expected, and options before the URL or file.
update() {
	local expected=$1
	shift
	bounded 60 dnstap-list-update "$@" "$list" >"$dir/out" 2>"$dir/err"
	[ $? -eq "$expected" ]
}
# stays REASON NAME WORDS...: the update is refused for that reason, and nothing changed, nor is left behind.
stays() {
	local reason=$1 name=$2 before
	shift 2
	before=$(stat -c '%i %a %Y %s' "$list")
	show=$dir/err check "$name: refused" update 1 "$@"
	check "and it is said why" has "ads.list: keeping the previous list: .*$reason" "$dir/err"
	is "$(stat -c '%i %a %Y %s' "$list") $(ls -A "$dir/lists")" "$before ads.list" 'and the old list stays'
}

show=$dir/err check 'a first list' update 0 -f hosts -t 'echo reloaded' "$url/hosts.txt"
is "$(cat "$list")" "$(names 200 | sed 's/^/=/')" 'is converted'
is "$(cat "$dir/out")" reloaded 'and the command is run'
is "$(stat -c '%a %Y' "$list")" "644 $(stat -c %Y "$www/hosts.txt")" 'with the time of the source'
check 'again' update 0 -f hosts -t 'echo reloaded' "$url/hosts.txt"
check 'the server said that nothing changed' within 10 has '" 304 ' "$dir/access"
is "$(cat "$dir/out")" '' 'and no command was run'

chmod 640 "$list"
chgrp 1 "$list" 2>/dev/null	# where the test may
owner=$(stat -c '%a %u %g' "$list")
echo '0.0.0.0 more.example' >>"$www/hosts.txt"
touch -d '1 minute' "$www/hosts.txt"
inode=$(stat -c %i "$list")
check 'a changed source' update 0 -f hosts "$url/hosts.txt"
check 'is had' has '^=more.example$' "$list"
is "$(stat -c '%a %u %g' "$list")" "$owner" 'mode and owner are those of the old'
check 'and it is a new file' test "$inode" != "$(stat -c %i "$list")"
check 'what it says' has 'ads.list: rules: 201, before: 200$' "$dir/err"

stays '404|cannot be fetched' 'no such page' -f hosts "$url/nope.txt"
stays 'cannot be fetched' 'nobody listens' -f hosts http://127.0.0.1:9/
touch -d "2 minutes" "$www/empty.txt"
stays 'no rule comes out|is empty' 'an empty page' -f hosts "$url/empty.txt"
stays 'no entry|is empty' 'an empty page in our own grammar' "$url/empty.txt"
head -n 150 "$www/hosts.txt" >"$www/shrunk.txt"
touch -d '2 minutes' "$www/shrunk.txt"
stays 'rules: 150, before: 201' 'a list that lost a quarter' -f hosts "$url/shrunk.txt"
{ echo '<html><body><h1>Log in</h1>'; names 100; names 300 | sed 's/.*/<p>&<\/p>/'; echo '</body></html>'; } >"$www/page.html"
touch -d '2 minutes' "$www/page.html"
stays '302 of 402 lines are no rules, as line 1: ' 'a page of HTML' "$url/page.html"
for format in adblock dnsmasq hosts rpz unbound urls v2fly; do
	stays 'no rule comes out|rules: [0-9]+, before' "a page of HTML as $format" -f "$format" "$url/page.html"
done
printf 'echo "Content-Type: text/plain"; echo; echo "0.0.0.0 a.example"; exec sleep 60\n' >"$www/hangs.cgi"
stays 'does not come within 2 seconds|cannot be fetched' 'a server that hangs' -m 2 -f hosts "$url/hangs.cgi"
printf 'echo "Content-Type: text/plain"; echo; exec yes "0.0.0.0 a.example"\n' >"$www/endless.cgi"
stays 'larger than 1 MiB' 'a page without an end' -M 1 -f hosts "$url/endless.cgi"
head -c 2000000 /dev/zero | tr '\0' x >"$www/large.txt"
touch -d '2 minutes' "$www/large.txt"
stays 'larger than 1 MiB' 'a large page' -M 1 -f hosts "$url/large.txt"
stays 'larger than 1 MiB' 'a large file' -M 1 -f hosts "$www/large.txt"
printf 'echo "Status: 302"; echo "Location: file://%s/hosts.txt"; echo\n' "$www" >"$www/away.cgi"
stays 'redirects to another protocol than http,https' 'a redirection to a file' -f hosts "$url/away.cgi"
printf 'echo "Content-Length: 9000"; echo; cat %s/hosts.txt\n' "$www" >"$www/cut.cgi"
stays 'cannot be fetched' 'a page that is cut off' -f hosts "$url/cut.cgi"
stays 'cannot read ' 'a file that is not there' "$dir/nope"
printf 'echo "Status: 302"; echo "Location: %s/hosts.txt"; echo\n' "$url" >"$www/down.cgi"
stays 'redirects to another protocol than https' 'a redirection from HTTPS to HTTP' -f hosts https://127.0.0.1:8082/down.cgi
printf 'echo "Status: 302"; echo "Location: https://127.0.0.1:8082/hosts.txt"; echo\n' >"$www/up.cgi"
check 'a redirection from HTTP to HTTPS' update 0 -f hosts "$url/up.cgi"

# The time of a source is only what its server claims.
dated() { printf 'echo "Last-Modified: %s"; echo; seq -f "0.0.0.0 n%%g.example" %d\n' "$1" "$2" >"$www/dated.cgi"; }
dated 'Fri, 01 Jan 2038 00:00:00 GMT' 201
check 'a source from the future' update 0 -f hosts "$url/dated.cgi"
check 'does not leave its time to the list' test "$(stat -c %Y "$list")" -le "$(date +%s)"
dated "$(date -u '+%a, %d %b %Y %H:%M:%S GMT')" 202
check 'the same source with the right time' update 0 -f hosts "$url/dated.cgi"
is "$(wc -l <"$list")" 202 'is taken'
dated 'Sat, 01 Jan 2022 00:00:00 GMT' 203
check 'an older source' update 0 -f hosts "$url/dated.cgi"
is "$(wc -l <"$list")" 203 'is taken as well'
touch -d '1 year' "$list"
names 204 | sed 's/^/0.0.0.0 /' >"$www/static.txt"
check 'for a list that has a time in the future already' update 0 -f hosts "$url/static.txt"
is "$(wc -l <"$list")" 204 'the source is taken'
check 'another scheme is an error' update 2 ftp://127.0.0.1/

# A few faults are left out, many are not.
{ names 250; echo '*bad*.example'; echo 'two words'; } >"$dir/own"
check 'two bad lines of 252' update 0 "$dir/own"
is "$(wc -l <"$list") $(grep -c -e bad -e words "$list")" '250 0' 'are left out'
check 'and told' has '2 lines are no rules and left out, as line 251: ' "$dir/err"
{ names 250; printf 'two words%d\n' 1 2 3; } >"$dir/own"
stays '3 of 253 lines are no rules, as line 251: ' 'three bad lines' "$dir/own"

# Regular expressions: from a URL only the literals of a converter, from a file all.
{ names 200; printf '%s\n' '/^ad[0-9]+/' '!/x/' '  /lead/ # c' '/literal/' 'a.example # /x/'; printf '\xef\xbb\xbf/mark/\n'; } >"$www/regexes.txt"
touch -d '3 minutes' "$www/regexes.txt"
check 'a list with regular expressions' update 0 "$url/regexes.txt"
is "$(wc -l <"$list") $(grep -v '^n' "$list")" '201 a.example # /x/' 'loses them'
check 'with one message and their number' has \
	'^dnstap-list-update: .*ads.list: regular expressions left out: 5, the first in line 201; --allow-regex takes them$' "$dir/err"
is "$(grep -c regular "$dir/err")" 1 'one for all'
touch -d '4 minutes' "$www/regexes.txt"
check 'with --allow-regex' update 0 --allow-regex "$url/regexes.txt"
is "$(wc -l <"$list") $(grep -c regular "$dir/err")" '206 0' 'it has them all'
{ names 100; seq -f '/^ad%g/' 100; } >"$www/halves.txt"
touch -d '1 hour ago' "$www/halves.txt"
rm "$list"
check 'half of a list are regular expressions' update 0 --allow-regex "$url/halves.txt"
check 'without the option they go, though nothing changed' update 0 "$url/halves.txt"
is "$(wc -l <"$list")" 100 'and the rest stays'
rm "$list"
check 'from a file' update 0 "$www/regexes.txt"
is "$(wc -l <"$list") $(grep -c regular "$dir/err")" '206 0' 'it has them all'
{ names 200; printf '%s\n' 'keyword:goo.gl+x' 'regexp:^ad[0-9]+$' 'regexp:a|b'; } >"$www/v2fly.txt"
touch -d '5 minutes' "$www/v2fly.txt"
check 'one that is converted' update 0 -f v2fly "$url/v2fly.txt"
is "$(grep / "$list")" '/goo\.gl\+x/' 'keeps its literals'
check 'and loses the rest' has 'regular expressions left out: 2, the first in line 202' "$dir/err"
rm "$list"
check 'with --allow-regex' update 0 -f v2fly --allow-regex "$url/v2fly.txt"
is "$(grep / "$list" | xargs -d '\n')" '/goo\.gl\+x/ /^ad[0-9]+$/ /a|b/' 'it has the rest'

# Other words.
names 3 >"$dir/own"
check 'less than 2 in 100 stays, if one says so' update 0 -s 100 "$dir/own"
names 4 >"$dir/own"
check 'a command that fails is an error' update 2 -t 'exit 3' "$dir/own"
is "$(wc -l <"$list")" 4 'and the list is the new'
check 'the next run, though nothing changed' update 0 -t 'echo reloaded' "$dir/own"
is "$(cat "$dir/out")" reloaded 'tries a command again'
check 'and the one after it' update 0 -t 'echo reloaded' "$dir/own"
is "$(cat "$dir/out") $(ls -A "$dir/lists")" ' ads.list' 'does not, and nothing is left'
ln -s ads.list "$dir/lists/link"
names 5 >"$dir/own"
check 'through a symbolic link' eval 'dnstap-list-update "$dir/own" "$dir/lists/link" 2>/dev/null'
check 'which stays one' test -L "$dir/lists/link" -a "$(wc -l <"$list")" -eq 5
rm "$dir/lists/link"
for words in '-s 101' '-s x' '-m 0' '-M 2000' '-f' '-x y'; do
	# shellcheck disable=SC2086
	check "refused: $words" update 2 $words "$dir/own"
done
check 'refused: no such folder' eval '! dnstap-list-update "$dir/own" "$dir/none/x" 2>/dev/null'

# Killed in the middle, and two at once: the source is slow.
start dnstap-list-update -f hosts "$url/hangs.cgi" "$list" 2>"$dir/err2"
asked() { [ -n "$(find "$dir" -path '*/tmp.*/source')" ]; }
check 'an update is on its way' within 10 asked
check 'a second one' update 1 -f hosts "$url/hosts.txt"
check 'is told so' has 'another run is at work' "$dir/err"
check 'one of another list in the folder is not' eval 'dnstap-list-update "$dir/own" "$dir/lists/other" 2>/dev/null'
rm "$dir/lists/other"
sum=$(cat "$list")
stop "$started"
is $? 2 'a signal ends the first'
is "$(cat "$list") $(ls -A "$dir/lists") $(find "$dir" -path '*/tmp.*')" "$sum ads.list " 'and leaves nothing but the old list'
start dnstap-list-update -f hosts "$url/hangs.cgi" "$list" 2>"$dir/err2"
check 'another is on its way' within 10 asked
crash "$started"
is "$(cat "$list")" "$sum" 'and killed: the old list is whole'
names 6 >"$dir/own"
check 'the next is not held up' update 0 "$dir/own"
is "$(wc -l <"$list") $(ls -A "$dir/lists")" '6 ads.list' 'and puts in order what was left'

plan_done
