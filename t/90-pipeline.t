#!/usr/bin/env bash
# shellcheck disable=SC2317
# The whole pipeline: answers of a real unbound become routes in a real BIRD, and are withdrawn again.
. t/lab/lib.sh
. t/lab/lab.sh

video='198.51.100.10/32
198.51.100.11/32'
video6='2001:db8:1::10/128'
music='198.51.100.20/32'
music6='2001:db8:1::20/128'

lab_zone "$dir/zone" 5
lab_unbound "$dir" 5300 "$dir/dnstap.sock"
lab_bird "$dir" 1790 64512
echo video.example.net >"$dir/video.list"
echo '*.cdn.example.net' >"$dir/music.list"
cat >"$dir/conf" <<E
SOCKET=$dir/dnstap.sock
LISTS="$dir/video.list $dir/music.list"
DB=$dir/cache.tdb
LIFE=1h
CACHE_OPTIONS="-s 100ms -a any"
E
lab_peering 1790 64512 >>"$dir/conf"

# start_pipeline: starts the pipeline in its own process group, so that all its processes can be killed together.
start_pipeline() {
	start setsid scripts/bin/dnstap-bgp -c "$dir/conf" >>"$dir/status" 2>>"$dir/log"
	pipeline=$started
}
kill_pipeline() {
	kill -KILL -- "-$pipeline"
	wait "$pipeline"
} 2>/dev/null
show="$dir/log $dir/status $dir/unbound.log $dir/bird.log"

start_pipeline
start bird -f -c "$dir/bird.conf" -s "$dir/bird.ctl" -P "$dir/bird.pid" 2>"$dir/bird.log"
check 'dnstap-read creates its socket' within 10 test -S "$dir/dnstap.sock"
start unbound -d -c "$dir/unbound.conf" 2>"$dir/unbound.log"
check 'the session is established' within 20 has ' peer 127.0.0.1 up .* port=1790' "$dir/status"
is "$(lab_table "$dir")" '' 'the router has no route before the first answer'

check 'an IPv4 answer is two routes' within 20 routed "$video" video.example.net A
lab_ask 5300 anti-video.example.net A
lab_ask 5300 news.example.net A
check 'an IPv6 answer is a route' within 10 routed "$video
$video6" video.example.net AAAA
lab_ask 5300 music.example.net A
lab_ask 5300 music.example.net AAAA
check 'a name is routed for a listed CNAME target; unlisted names are not routed' \
	within 10 announced "$video
$music
$video6
$music6"
cached() { ipcache export -f "$dir/cache.tdb" | grep -qE "$1"; }
check 'the cache has the reason' within 5 cached \
	'198.51.100.20 [0-9]+ music.example.net via=edge.music.example.net,e7.cdn.example.net tag=music rule=\*.cdn.example.net first='

not_cached() { ! cached "$1"; }

echo news.example.net >>"$dir/video.list"
kill -HUP "$pipeline"
check 'SIGHUP to the wrapper reloads the lists' within 10 has 'lists reloaded' "$dir/log"
lab_ask 5300 news.example.net A
check 'an added name is routed' within 10 announced "$video
$music
198.51.100.30/32
$video6
$music6"

# The cache follows the lists without another query.
echo news.example.net >"$dir/video.list"
kill -HUP "$pipeline"
check 'a removed name is not routed' within 10 announced "$music
198.51.100.30/32
$music6"
check 'a removed name is not cached' within 1 not_cached ' video.example.net '
echo e7.cdn.example.net >>"$dir/video.list"
kill -HUP "$pipeline"
check 'a name in two lists has both tags' within 10 cached \
	' music.example.net via=edge.music.example.net,e7.cdn.example.net tag=video,music '
echo news.example.net >"$dir/video.list"
echo other.example.net >"$dir/music.list"
kill -HUP "$pipeline"
check 'a removed CNAME target is not routed' within 10 announced '198.51.100.30/32'
clients() { ipcache stats -f "$dir/cache.tdb" | sed -n 's/^clients //p'; }
asked() { [ "$(clients)" -gt "$1" ]; }
mv "$dir/video.list" "$dir/kept.list"
before=$(clients)
kill -HUP "$pipeline"
check 'a failed reload is reported' within 10 has 'reload failed; the old lists stay active' "$dir/log"
is "$(clients)" $((before + 1)) 'a failed reload starts no retag'
cp "$dir/kept.list" "$dir/video.list"
printf '%s\n' video.example.net '=video.example.net' >>"$dir/video.list"
echo '*.cdn.example.net' >"$dir/music.list"
kill -HUP "$pipeline"
check 'the next reload succeeds' within 10 asked $((before + 2))
lab_ask 5300 video.example.net A
lab_ask 5300 music.example.net A
lab_ask 5300 music.example.net AAAA
lab_ask 5300 video.example.net AAAA
check 'a name that is listed again is routed again' within 10 announced "$video
$music
198.51.100.30/32
$video6
$music6"

all=$(lab_table "$dir")
cp_of_db() { cp "$dir/cache.tdb" "$dir/copy.tdb" && ipcache export -f "$dir/copy.tdb"; }
on_disk() { cp_of_db | grep -q " 198.51.100.20 .* tag=music " && cp_of_db | grep -q " 2001:db8:1::10 .* tag=video "; }
check 'the pairs are saved' within 5 on_disk
kill_pipeline
check 'graceful restart keeps the routes when the pipeline is killed' announced "$all"
birdc -s "$dir/bird.ctl" restart steering >/dev/null
check 'a restarted router has no routes' within 5 announced ''
printf '%s\n' video.example.net '*.cdn.example.net' >"$dir/video.list"
start_pipeline
check 'a restart announces the cached routes except those of removed names' \
	within 30 announced "$(grep -v 198.51.100.30 <<<"$all")"
check 'the restarted cache has the tags of the present lists' within 10 cached ' music.example.net .* tag=video,music '
echo video.example.net >"$dir/video.list"

stop "$pipeline"
is $? 0 'SIGTERM to the wrapper: exit status 0'
check 'the router removes the routes' within 10 announced ''
ok "$([ -e "$dir/dnstap.sock" ]; echo $((!$?)))" 'the socket is removed'

# A stage that dies ends the pipeline.
for stage in dnstap-read dnstap-match ipcache bgp-announce; do
	: >"$dir/log"
	start_pipeline
	check "the pipeline is restarted" within 20 test -S "$dir/dnstap.sock"
	within 10 pgrep -x -g "$pipeline" "$stage" >/dev/null
	pkill -KILL -x -g "$pipeline" "$stage"
	within 30 gone "$pipeline"
	wait "$pipeline"
	is $? 1 "$stage dies: the wrapper exits with status 1"
	check "$stage dies: the message names the stage" has "^dnstap-bgp: $stage: killed by signal 9$" "$dir/log"
	is "$(pgrep -a -g "$pipeline")" '' "$stage dies: no process is left"
done

# Expiry with a LIFE of seconds.
sed -i 's/^LIFE=.*/LIFE=2s/' "$dir/conf"
rm "$dir/cache.tdb"
: >"$dir/status"
start_pipeline
check 'the session is established again' within 20 has ' up ' "$dir/status"
check 'unbound connects to the new reader' within 20 routed "$video" video.example.net A
check 'a pair not seen again is withdrawn' within 10 announced ''
stop "$pipeline"

plan_done
