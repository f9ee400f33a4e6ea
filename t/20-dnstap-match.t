#!/usr/bin/env bash
# shellcheck disable=SC2016,SC2317
# dnstap-match as a program: options, tags, reload, errors.
. t/lab/lib.sh

answer() { echo "1795392065.718461 192.0.2.1 60 $*"; }
quietly() { "$@" >/dev/null; }
names() { awk '{ print $4 }' | xargs; }

printf '%s\n' x.com '!=www.x.com' '# only a comment' '*.sub.io' >"$dir/a.list"
printf '%s\n' x.com '/^ad[0-9]/' >"$dir/b.list"
{
	answer x.com
	answer www.x.com client=192.0.2.7
	answer xbox.com
	answer www.xbox.com
	answer sub.io
	answer q.sub.io via=a.b,c.d tag=old rule=older new=1
	answer shop.org via=edge.x.com
	answer www.x.com via=edge.x.com
	answer ad7.net
} >"$dir/answers"

dnstap-match "$dir/a.list" <"$dir/answers" >"$dir/out"
is $? 0 'a match: exit status 0'
is "$(names <"$dir/out")" 'x.com q.sub.io shop.org' 'whole labels match, and an exception applies to via'
is "$(sed -n 2p "$dir/out")" "$(answer 'q.sub.io via=a.b,c.d new=1 tag=a rule=*.sub.io')" \
	'tag= and rule= are replaced; the other keys keep their order'

is "$(dnstap-match -v "$dir/a.list" <"$dir/answers" | names)" \
	'www.x.com xbox.com www.xbox.com sub.io www.x.com ad7.net' '-v passes the others'
is "$(dnstap-match -q "$dir/a.list" <"$dir/answers" | names)" 'x.com q.sub.io' '-q ignores via'
is "$(dnstap-match -a "$dir/a.list" <"$dir/answers" | grep -c .)" 9 '-a passes every line'
is "$(dnstap-match -a "$dir/a.list" <"$dir/answers" | grep -c ' tag=a ')" 3 '-a tags the lines that match'
is "$(dnstap-match "$dir/a.list" two="$dir/b.list" <"$dir/answers" | grep -o 'tag=.*')" \
	"tag=a,two rule=x.com,x.com
tag=two rule=x.com
tag=a rule=*.sub.io
tag=a,two rule=x.com,x.com
tag=two rule=x.com
tag=two rule=/^ad[0-9]/" 'several lists, each with its tag, in the order of the command line'
is "$(dnstap-match one="$dir/a.list" one="$dir/b.list" <"$dir/answers" | grep -c 'tag=one ')" 4 \
	'two files with the same tag are one list'

answer none.org | dnstap-match "$dir/a.list" >"$dir/out"
is "$? $(cat "$dir/out")" '1 ' 'no match: exit status 1'

# Exception lists.
printf '%s\n' x.com '!deep.www.x.com' =ad7.net >"$dir/never.list"
printf '%s\n' www.x.com deep.www.x.com shop.org q.org '/^ad/' >"$dir/d.list"
{
	answer x.com
	answer www.x.com
	answer deep.www.x.com
	answer ad7.net
	answer ad8.net
	answer unlisted.org via=a.x.com,q.org
	answer shop.org via=a.x.com,q.org
	answer deep.www.x.com via=q.org
	answer unlisted.org via=deep.www.x.com,q.org
	answer unlisted.org via=deep.www.x.com,x.com
} >"$dir/excepted"
is "$(dnstap-match "!$dir/never.list" "$dir/d.list" two="$dir/b.list" <"$dir/excepted" | cut -d' ' -f4-)" \
	'deep.www.x.com tag=d,two rule=deep.www.x.com,x.com
ad8.net tag=d,two rule=/^ad/,/^ad[0-9]/
shop.org via=a.x.com,q.org tag=d rule=shop.org
deep.www.x.com via=q.org tag=d,two rule=deep.www.x.com,x.com
unlisted.org via=deep.www.x.com,q.org tag=d,two rule=deep.www.x.com,x.com
unlisted.org via=deep.www.x.com,x.com tag=d,two rule=deep.www.x.com,x.com' \
	'an exception list removes all tags, and its own exceptions keep them'
echo '!x.com' >"$dir/none.list"
is "$(dnstap-match "$dir/d.list" "!$dir/never.list" "!lifts=$dir/none.list" <"$dir/excepted" 2>"$dir/err" | names | wc -w)" 6 \
	'exception lists do not affect each other'
is "$(dnstap-match "$dir/d.list" "!never=$dir/none.list" "!never=$dir/never.list" <"$dir/excepted" 2>"$dir/err" | names | wc -w)" 8 \
	'exception lists with the same tag are one list'
dnstap-match -c "$dir/a.list" "!$dir/none.list" "!$dir/never.list" 2>"$dir/err"
is "$? $(cat "$dir/err")" "0 dnstap-match: $dir/none.list: exception list has no effect: every entry is negated; remove each !" \
	'an exception list without effect is reported'
dnstap-match "!$dir/never.list" </dev/null 2>"$dir/err"
is "$? $(cat "$dir/err")" '2 dnstap-match: lists: no entries' 'exception lists alone are an error'
rm "$dir/none.list"

# --explain and --test.
cd "$dir" || exit 1
is "$(dnstap-match -e WWW.X.com. -e ad7.net --explain b\\195\\188cher.example '!never.list' d.list two=b.list); $?" \
	'www.x.com !never excepts x.com never.list:1
www.x.com d beaten www.x.com d.list:1
www.x.com two beaten x.com b.list:1
ad7.net !never excepts =ad7.net never.list:3
ad7.net d beaten /^ad/ d.list:5
ad7.net two beaten /^ad[0-9]/ b.list:2
b\195\188cher.example - unmatched; 1' '-e prints the matching and the deciding entries'
is "$(dnstap-match -e a.x.com <(printf '%s\n' bücher.example x.com) -e xn--bcher-kva.example | sed 's|/dev.*:|:|; s/ [0-9]* / /')" \
	'a.x.com tags x.com :2
xn--bcher-kva.example tags b\195\188cher.example :1' 'of a list that is a pipe, too'
check '--explain: exit status 0 when each name has a tag' quietly dnstap-match -e deep.www.x.com '!never.list' d.list
is "$(echo 'a/b*:#.q.org d' >marks.test; dnstap-match -t marks.test d.list; dnstap-match -e '0/26.2.0.192.q.org' d.list)" \
	'0/26.2.0.192.q.org d tags q.org d.list:4' 'names may have characters that a list refuses'
dnstap-match -e a..b d.list 2>err
is "$? $(cat err)" "2 dnstap-match: -e a..b: empty label in name; try 'dnstap-match --help'" '--explain: an invalid name is an error'

printf '%s\n' '# all as it is' '' $'www.x.com\t- # excepted\r' ' Deep.www.X.com. two,d' 'shop.org d' >good.test
is "$(dnstap-match -t good.test '!never.list' d.list two=b.list 2>&1); $?" '; 0' '--test prints nothing when every expectation holds'
is "$(dnstap-match -t good.test d.list two=b.list); $?" 'good.test:3: www.x.com: d,two instead of -; 1' \
	'--test prints each difference'
printf '%s\n' 'shop.org d,two' 'shop.org' 'a..b -' 'none.org d' 'shop.org d two' 'ad7.net d' >bad.test
is "$(dnstap-match --test bad.test d.list two=b.list 2>err); $?" \
	'bad.test:1: shop.org: d instead of d,two
bad.test:4: none.org: - instead of d
bad.test:6: ad7.net: d,two instead of d; 1' '--test prints each line that differs'
is "$(cat err)" 'dnstap-match: bad.test:2: expected NAME TAGS or NAME -
dnstap-match: bad.test:3: empty label in name
dnstap-match: bad.test:5: expected NAME TAGS or NAME -' '--test reports each malformed line'
dnstap-match -t none.test d.list 2>err
is $? 2 '--test: a missing file is an error'
echo '# later' >empty.test
dnstap-match -t empty.test d.list 2>err
is "$? $(cat err)" '2 dnstap-match: empty.test: contains no test; write lines of the form NAME TAGS' '--test: a file without a name is an error'
dnstap-match -t good.test -c d.list 2>err
is "$? $(cat err)" "2 dnstap-match: more than one of -c, -e and -t given; try 'dnstap-match --help'" '-c and -t together are an error'
cd "$OLDPWD" || exit 1

# Bad lists and bad lines.
printf 'good.org\nbad..org\na b\r\n/x(/\n' >"$dir/c.list"
dnstap-match -c "$dir/c.list" 2>"$dir/err"
is $? 1 '-c: exit status 1 when a line does not parse'
is "$(cut -d: -f1-4 "$dir/err" | sed 's|: .*/c|: c|')" "dnstap-match: c.list:2: 'bad..org'
dnstap-match: c.list:3: 'a b'
dnstap-match: c.list:4: '/x(/'" '-c names each bad line with file, line and text'
check '-c: exit status 0 when every line parses' dnstap-match -c "$dir/a.list"
answer good.org | dnstap-match "$dir/c.list" 2>/dev/null >"$dir/out"
check 'the good lines of a list with bad ones are used' has 'tag=c rule=good.org' "$dir/out"
dnstap-match "$dir/none.list" </dev/null 2>"$dir/err"
is $? 2 'a missing list is an error'
: >"$dir/empty.list"
dnstap-match "$dir/empty.list" </dev/null 2>/dev/null
is $? 2 'lists without an entry are an error'
dnstap-match -c "$dir/empty.list" 2>/dev/null
is $? 2 '-c: lists without an entry are an error'
dnstap-match -c "$dir/a.list" "$dir/none.list" 2>"$dir/err"
is "$? $(cat "$dir/err")" "2 dnstap-match: $dir/none.list: No such file or directory" '-c: a missing list is an error'
dnstap-match </dev/null 2>/dev/null
is $? 2 'no list is an error'
answer x.com | dnstap-match <(echo x.com) 2>/dev/null >"$dir/out"
check 'a list may be a pipe' has 'rule=x.com' "$dir/out"
printf 'y.com\n# %065535d\nx.com' 0 >"$dir/cut.list"
answer x.com | dnstap-match "$dir/cut.list" 2>"$dir/err" >"$dir/out"
check 'a list may end without a newline' has 'rule=x.com' "$dir/out"
is "$(cat "$dir/err")" "dnstap-match: $dir/cut.list:2: line too long" 'a line of a list that is too long is reported'
printf '/%05000d/\n' 0 >"$dir/long.list"
dnstap-match -c "$dir/long.list" 2>"$dir/err"
is "$? $(cat "$dir/err")" "2 dnstap-match: $dir/long.list:1: '/$(printf %059d 0)...': entry too long
dnstap-match: lists: no entries" 'an entry that no line could show is refused'

{ echo nonsense; answer x.com; echo; echo '# comment'; printf 'cut off'; } |
	dnstap-match "$dir/a.list" >"$dir/out" 2>"$dir/err"
is "$(wc -l <"$dir/out") $(grep -c '^dnstap-match: line [15]: ' "$dir/err") $(wc -l <"$dir/err")" '1 2 2' \
	'a bad line is reported with its number; the others pass'

long=$(printf 'x%.0s' {1..16320})
{ answer x.com key="$long"; answer x.com; } | dnstap-match some-rather-long-tag="$dir/a.list" >"$dir/out" 2>"$dir/err"
is "$? $(wc -l <"$dir/out")" '0 1' 'a line that becomes too long with its tags is dropped'
check 'the dropped line is reported' has '^dnstap-match: line 1: line too long with tag and rule$' "$dir/err"

long=$(printf 'x%.0s' {1..3900})
tagged=()
for i in 1 2 3 4; do tagged+=("$i$long=$dir/a.list"); done
for ((i = 0; i < 2000; i++)); do answer x.com; done >"$dir/many"
dnstap-match "${tagged[@]}" <"$dir/many" 2>"$dir/err" | awk 'length > 15600' | wc -l >"$dir/out"
is "$(cat "$dir/out" "$dir/err")" 2000 'many very long lines all pass'

# Bad lines in a row.
at() { echo "1795392065.718461 192.0.2.$1 60 ${*:2}"; }
for i in 1 2 3; do at "$i" X.com; done >"$dir/bad"
{ cat "$dir/bad"; echo '# comment'; at 4 Y.com; } >"$dir/bad.more"
dnstap-match -S "$dir/stats" "$dir/a.list" <"$dir/bad.more" 2>&1 | cut -d: -f2- >"$dir/out"
is "$(cat "$dir/out")" "$(for i in 1 2 3 5; do echo " line $i: NAME is not in canonical form, see dnstap-answer(5)"; done)" \
	'each malformed answer line is reported with its number'
check 'bad lines are counted' has ' bad_lines=4 ' "$dir/stats"
long=$(printf 'x%.0s' {1..16325})
for i in 1 22 3; do at "$i" x.com key="$long"; done >"$dir/many"
dnstap-match "$dir/a.list" <"$dir/many" 2>"$dir/err" | cut -d ' ' -f 2 >"$dir/out"
is "$(xargs <"$dir/out") $(cat "$dir/err")" \
	'192.0.2.1 192.0.2.3 dnstap-match: line 2: line too long with tag and rule' \
	'of several tagged lines only the one that becomes too long is dropped'

# Lines that differ only in ADDRESS.
same() { echo "1795392065.718461 $1 60 x.com client=192.0.2.7"; }
{
	same 192.0.2.1
	same 2001:db8::1
	same 192.0.2.256
	same '192.0.2.2 60'
	same ''
	same 192.0.2.3
} | dnstap-match "$dir/a.list" >"$dir/out" 2>"$dir/err"
is "$(cut -d' ' -f2-6 "$dir/out")" '192.0.2.1 60 x.com client=192.0.2.7 tag=a
2001:db8::1 60 x.com client=192.0.2.7 tag=a
192.0.2.3 60 x.com client=192.0.2.7 tag=a' 'the addresses of one response have one verdict'
is "$(cut -d: -f2 "$dir/err" | xargs)" 'line 3 line 4 line 5' 'each address of a response is checked'

# SIGHUP, with lines before and after.
rm "$dir/out"
mkfifo "$dir/in"
start sh -c 'exec dnstap-match "$0/a.list" <"$0/in" >"$0/out" 2>"$0/err"' "$dir"
match=$started
exec 4>"$dir/in"
answer x.com >&4
check 'a line is printed without delay' within 5 has ' x.com ' "$dir/out"
echo y.org >"$dir/a.list"
kill -HUP "$match"
check 'SIGHUP reloads the lists' within 5 has 'lists reloaded: 1 entries' "$dir/err"
answer x.com >&4
answer www.y.org >&4
check 'the new list is used' within 5 has 'www.y.org tag=a rule=y.org' "$dir/out"
is "$(grep -c ' x.com ' "$dir/out")" 1 'the old list is not used any longer'
rm "$dir/a.list"
kill -HUP "$match"
check 'an unreadable list is reported at a reload' within 5 has 'the old lists stay active' "$dir/err"
answer z.y.org >&4
check 'the old lists remain active after a failed reload' within 5 has 'z.y.org tag=a' "$dir/out"
is "$(grep -v -e ' x.com ' -e ' z.y.org ' "$dir/out" | sed 's/^[0-9].* www/www/')" '# dnstap-match: lists in force
www.y.org tag=a rule=y.org
# dnstap-match: reload failed' 'comments mark each reload in the output'
kill -USR1 "$match"
check 'SIGUSR1 prints counters' within 5 has '^dnstap-match: stats lines=4 matched=3 passed=3 bad_lines=0 entries=1 ' "$dir/err"
answer last.y.org >&4
kill -TERM "$match"
exec 4>&-
wait "$match"
is $? 0 'dnstap-match exits with status 0 on SIGTERM'
check 'lines in the pipe at SIGTERM are processed' has 'last.y.org' "$dir/out"

# Two large lists, changed together while lines arrive.
large() { { echo "$1"; seq -f 'n%.0f.example' 100000; } >"$2"; }
flow() { until [ -e "$dir/enough" ]; do cat "$dir/block"; done; }
ends_with() { tail -n 2 "$2" | head -n 1 | grep -qE -- "$1"; }
for ((i = 0; i < 100; i++)); do answer x.com; done >"$dir/block"
large x.com "$dir/a.list"
large x.com "$dir/b.list"
rm "$dir/out"
start sh -c 'exec dnstap-match "$0/a.list" "$0/b.list" <"$0/in" >"$0/out" 2>"$0/err"' "$dir"
match=$started
start flow >"$dir/in"
check 'lines pass' within 10 has ' x.com ' "$dir/out"
large "=x.com" "$dir/a.list"
large "=x.com" "$dir/b.list"
kill -HUP "$match"
check 'large lists are reloaded while lines pass' within 10 has 'lists reloaded: 200002 entries' "$dir/err"
check 'both reloaded lists are used' within 10 ends_with 'rule==x.com,=x.com$' "$dir/out"
: >"$dir/enough"
wait "$match"
is "$? $(grep -o 'tag=.*' "$dir/out" | uniq)" '0 tag=a,b rule=x.com,x.com
tag=a,b rule==x.com,=x.com' 'both reloaded lists are used from the same line on'

# A list that blocks (a FIFO): first at a reload, then at startup.
twice() { [ "$(grep -cE -- "$1" "$2")" -eq 2 ]; }
waits_for_signal() { [ "$(cat "/proc/$1/comm")" = dnstap-match ] && grep -qE '^SigCgt:.*[4-7c-f]...$' "/proc/$1/status"; }
put() { bounded 30 sh -c 'cat >"$0"' "$1"; }
echo x.com >"$dir/a.list"
rm "$dir/out"
start sh -c 'exec dnstap-match "$0/a.list" <"$0/in" >"$0/out" 2>"$0/err"' "$dir"
match=$started
exec 4>"$dir/in"
answer x.com >&4
check 'a line is printed' within 5 has ' x.com ' "$dir/out"
rm "$dir/a.list"
mkfifo "$dir/a.list"
kill -HUP "$match"
answer a.x.com >&4
check 'lines pass while a list blocks' within 5 has ' a.x.com .*tag=a ' "$dir/out"
kill -HUP "$match"
kill -USR1 "$match"
check 'SIGUSR1 works while a list blocks' within 5 has 'stats lines=2 .*entries=1 ' "$dir/err"
check 'a second SIGHUP during a reload is reported' within 5 has 'SIGHUP while .*a.list was being read; reading the lists again afterwards' "$dir/err"
printf '%s\n' y.org bad..org | put "$dir/a.list"
check 'the list is reloaded for both signals' within 5 twice 'lists reloaded: 1 entries' "$dir/err"
check 'a bad line is reported at each reload' twice "a.list:2: 'bad..org': empty label" "$dir/err"
answer y.org >&4
check 'the list is used' within 5 has ' y.org .*tag=a ' "$dir/out"
exec 4>&-
wait "$match"
is $? 0 'SIGTERM: exit status 0 after the reloads'

rm "$dir/out"
start sh -c 'exec dnstap-match "$0/a.list" <"$0/in" >"$0/out" 2>"$0/err"' "$dir"
match=$started
exec 4>"$dir/in"
answer x.com >&4
check 'at startup a blocked list is waited for' within 5 waits_for_signal "$match"
kill -TERM "$match"
within 20 gone "$match" || kill -KILL "$match"
wait "$match"
is $? 2 'SIGTERM ends it: exit status 2'
check 'the message says that it was loading the lists' has 'terminated by a signal while loading the lists' "$dir/err"

start sh -c 'exec dnstap-match "$0/a.list" <"$0/in" >"$0/out" 2>"$0/err"' "$dir"
match=$started
check 'a late list is waited for' within 5 waits_for_signal "$match"
kill -TERM "$match"
echo x.com | put "$dir/a.list"
check 'the lines in the pipe are matched after the list arrives' within 5 has ' x.com tag=a ' "$dir/out"
wait "$match"
is $? 0 'SIGTERM: exit status 0 after those lines'
exec 4>&-
rm "$dir/a.list"

# A closed stdout.
echo x.com >"$dir/a.list"
for ((i = 0; i < 20000; i++)); do answer x.com; done >"$dir/many"
{ dnstap-match "$dir/a.list" <"$dir/many" 2>"$dir/err"; echo $? >"$dir/status"; } | head -n 1 >/dev/null
is "$(cat "$dir/status") $(cat "$dir/err")" '0 ' 'EPIPE ends it silently'

dnstap-match -S "$dir/stats" "$dir/a.list" <"$dir/many" >/dev/null
check '--stats writes the counters to a file' has '^dnstap-match: stats lines=20000 matched=20000 ' "$dir/stats"

# Regular expressions of a hostile list: many slow ones, and many large ones.
letters() { seq "$1" | awk '{ gsub(/./, "&wxyzabcdefghi"); gsub(/[0-9]/, "&q"); print $0 "." $0 ".letters" }' | tr 0-9 a-j; }
limit_memory() { grep -q __asan_init "$(command -v dnstap-match)" || ulimit -d 65536; }
{ yes '/^(?:[a-z.]*[a-z.]*)*[^a-z1.]$/' | head -n 2000; echo x.com; echo '/^[a-z]+5\.honest$/'; } >"$dir/slow.list"
printf '%s\n' '/^ads?[0-9]+\.honest$/' y.com >"$dir/honest.list"
{
	answer x.com
	letters 5000 | sed 's/^/1795392065.718461 192.0.2.1 60 /'
	answer x.com
	answer ad5.honest
} >"$dir/many"
check 'a list of slow regexes is processed in bounded time and memory' eval '(limit_memory && bounded 120 dnstap-match -S "$dir/stats" "$dir/honest.list" "$dir/slow.list" \
	<"$dir/many" >"$dir/out" 2>"$dir/err")'
is "$(cut -d' ' -f4- "$dir/out")" 'x.com tag=slow rule=x.com
x.com tag=slow rule=x.com
ad5.honest tag=honest rule=/^ads?[0-9]+\.honest$/' 'takes nothing from its other entries, or from another list'
check 'more than a thousand regexes are refused with a reason' has \
	"slow.list:1000: '.*': too many regular expressions in all lists together: more than 1000, or 10000 literals\$" "$dir/err"
check 'slow regexes are disabled' has ' regex_limits=[1-9][0-9]* regex_off=999$' "$dir/stats"
check 'a disabled regex is reported with file and line' has \
	'slow.list:1: regular expression disabled: too many steps for 100 names; simplify or remove it$' "$dir/err"
is "$(grep -c 'slow.list:1: regular expression disabled' "$dir/err")" 1 'a disabled regex is reported once'

{ yes '/(?:(?:(?:(?:a|b1){9}){9}){9}){3}/' | head -n 60000; echo x.com; } >"$dir/large.list"
answer x.com >"$dir/one"
check 'a list of large regexes is processed in bounded memory' eval '(limit_memory && bounded 60 dnstap-match "$dir/large.list" <"$dir/one" >"$dir/out" 2>"$dir/err")'
is "$(cut -d' ' -f4- "$dir/out")" 'x.com tag=large rule=x.com' 'the other entries of a list with slow regexes work'
check 'large regexes are refused with a reason' has "large.list:1: '.*': regular expression is too large\$" "$dir/err"
check 'more than a thousand are counted' has 'large.list: [0-9,]* more lines: too many regular expressions' "$dir/err"
yes "/$(printf '(a|b)%.0s' {1..700})/" | head -n 60 >"$dir/large.list"
echo x.com >>"$dir/large.list"
check 'regexes that compile to large code are processed in bounded memory' eval '(limit_memory && bounded 60 dnstap-match -c "$dir/large.list" 2>"$dir/err" || [ $? -eq 1 ])'
check 'compiled regexes are refused beyond 16 MiB' has ': the regular expressions of all lists together are larger than 16 MiB compiled$' "$dir/err"
seq -f '/track%g\.honest/' 1000 >"$dir/literals.list"
answer a.track999.honest >"$dir/one"
is "$(dnstap-match "$dir/literals.list" <"$dir/one" 2>&1 | grep -o 'rule=.*')" 'rule=/track999\.honest/' \
	'a thousand literals of a converter are accepted'

plan_done
