#!/usr/bin/env bash
# shellcheck disable=SC2016,SC2317
# ipcache-serve as a CGI program of Apache (mod_cgi), lighttpd, nginx with fcgiwrap, and busybox httpd: whatever a request
# contains, nothing in it becomes an option, a file or a command.
. t/lab/netns.sh
. t/lab/pages.sh

export LC_ALL=C
make -s install PREFIX="$dir/usr" UNITDIR="$dir/usr/units" SYSCONFDIR="$dir/etc" BUILD="$BUILD" >"$dir/install.log" 2>&1
program=$dir/usr/bin/ipcache-serve
PATH=$dir/usr/bin:$PATH
user=daemon
as_user=(setpriv --reuid=1 --regid=1 --clear-groups)
show="$dir/apache.log $dir/lighttpd.log $dir/nginx.log $dir/fcgiwrap.log $dir/busybox.log $dir/run.log"

# Targets for a hostile request: a configuration with another DB, and a FIFO that blocks a reader.
mkdir "$dir/www" "$dir/www/cgi-bin" "$dir/state" "$dir/trap"
echo example.net >"$dir/a.list"
printf 'LISTS=%s\nDB=%s\n' "$dir/a.list" "$dir/state/cache.tdb" >"$dir/conf"
printf 'LISTS=%s\nDB=%s\n' "$dir/a.list" "$dir/trap/evil.tdb" >"$dir/trap/evil.conf"
mkfifo -m 666 "$dir/trap/fifo"
: >"$dir/lighttpd.log"
ln -s "$program" "$dir/www/cgi-bin/ipcache"
chown -R $user:$user "$dir/www" "$dir/state" "$dir/trap" "$dir/lighttpd.log"
# All requests come from one peer, so its limit of requests is raised.
export IPCACHE_CONFIG=$dir/conf IPCACHE_MAX_REQUESTS=99
start "${as_user[@]}" ipcache run -f "$dir/state/cache.tdb" >/dev/null 2>"$dir/run.log" <&"$silence"
run=$started
within 10 test -S "$dir/state/cache.tdb.sock"

# --- The servers ---

cat >"$dir/apache.conf" <<X
ServerRoot "$dir/www"
ServerName localhost
PidFile "$dir/apache.pid"
Mutex file:$dir
ErrorLog "$dir/apache.log"
Listen 127.0.0.1:8001
User $user
Group $user
DocumentRoot "$dir/www"
TraceEnable off
ScriptAlias /ipcache "$program"
PassEnv IPCACHE_CONFIG IPCACHE_MAX_REQUESTS
<Directory "$dir">
	Require all granted
</Directory>
X
modules=()
for name in mpm_prefork authz_core alias env cgi; do
	modules+=(-C "LoadModule ${name}_module /usr/lib/apache2/modules/mod_$name.so")
done
cat >"$dir/lighttpd.conf" <<X
server.document-root = "$dir/www"
server.port = 8002
server.bind = "127.0.0.1"
server.username = "$user"
server.errorlog = "$dir/lighttpd.log"
server.upload-dirs = ("$dir/state")
server.modules = ("mod_alias", "mod_cgi", "mod_setenv")
alias.url = ("/ipcache" => "$program")
cgi.assign = ("/ipcache-serve" => "")
setenv.set-environment = ("IPCACHE_CONFIG" => "$dir/conf", "IPCACHE_MAX_REQUESTS" => "99")
X
mkdir "$dir/nginx"
{
	printf '%s\n' "user $user;" 'daemon off;' "pid $dir/nginx.pid;" "error_log $dir/nginx.log;" 'events { }' 'http {' 'access_log off;'
	for name in client_body proxy fastcgi uwsgi scgi; do echo "${name}_temp_path $dir/nginx/$name;"; done
	printf '%s\n' 'server {' 'listen 127.0.0.1:8003;' "root $dir/www;"
	page_block dnstap-bgp-sync.7 nginx |
		sed "/auth_basic/d; s|/usr/bin/|$dir/usr/bin/|; s|unix:[^;]*|unix:$dir/state/fcgiwrap.sock|"
	printf '}\n}\n'
} >"$dir/nginx.conf"

cd "$dir/www" || exit 1
# Apache kills its process group when it ends.
start setsid apache2 -DFOREGROUND "${modules[@]}" -f "$dir/apache.conf" 2>>"$dir/apache.log"
start lighttpd -D -f "$dir/lighttpd.conf" 2>>"$dir/lighttpd.log"
start nginx -c "$dir/nginx.conf" 2>>"$dir/nginx.log"
start "${as_user[@]}" fcgiwrap -s "unix:$dir/state/fcgiwrap.sock" 2>"$dir/fcgiwrap.log"
start busybox httpd -f -u $user -p 127.0.0.1:8004 -h "$dir/www" 2>"$dir/busybox.log"
cd "$OLDPWD" || exit 1

names=(apache lighttpd nginx busybox)
paths=(/ipcache /ipcache /ipcache /cgi-bin/ipcache)
url() { echo "http://127.0.0.1:800$(($1 + 1))${paths[$1]}"; }

# answer SERVER WORDS...: prints the status; the body is in $dir/out.
answer() { curl -sS --max-time 60 -o "$dir/out" -w '%{http_code}' "${@:2}" "$(url "$1")"; }
exports() { [ "$(answer "$1")" = 200 ]; }
line() { echo "$EPOCHSECONDS.000000 192.88.1.$1 3600 www.example.net tag=a"; }
for i in 0 1 2 3; do
	check "${names[i]} runs" within 20 exports "$i"
	is "$(line "$((i + 1))" | answer "$i" --data-binary @- -H 'Content-Type: text/plain')" 204 "${names[i]} accepts lines"
	is "$(answer "$i") $(grep -c " 192.88.1.$((i + 1)) " "$dir/out")" '200 1' "${names[i]} returns them"
done

# --- Hostile requests, from four concurrent clients ---

# Requests may create the lock files of peers.
everything() { find "$dir/www" "$dir/state" "$dir/trap" -name '*.peers' -prune -o -printf '%p %y %m %u\n' | sort; }
before=$(everything)
hostile() {
	local clients=()
	for i in 0 1 2 3; do
		perl t/lab/cgi.pl "800$((i + 1))" "${paths[i]}" "$dir/trap" "$@" >"$dir/faults.$i" 2>&1 &
		clients+=($!)
	done
	wait "${clients[@]}"
}
hostile odd
for i in 0 1 2 3; do is "$(head -n 20 "$dir/faults.$i")" '' "${names[i]} answers each known trick correctly"; done
is "$(everything)" "$before" 'no request ran a command or created a file'
seed=${T_SEED-$RANDOM} each=$((${T_REQUESTS-10000} / 4))	# T_SEED repeats a run, T_REQUESTS changes its length
hostile "$seed" "$each"
for i in 0 1 2 3; do is "$(head -n 20 "$dir/faults.$i")" '' "${names[i]} answers $each random requests correctly (seed $seed)"; done
is "$(everything)" "$before" 'no request ran a command or created a file'
is "$(ipcache export -f "$dir/state/cache.tdb" | grep -vc '^#')" 4 'no request changed the cache'
check 'control characters of a user name reach no log' \
	eval '! cat "$dir"/{apache,lighttpd,nginx,fcgiwrap,busybox}.log | grep "ipcache-serve:" | grep -q "[^ -~]"'

# --- Options come from the environment ---

serve() { env -i PATH="$PATH" GATEWAY_INTERFACE=CGI/1.1 IPCACHE_CONFIG="$dir/conf" "$@" 2>"$dir/err" | tr -d '\r'; }
like "$(serve REQUEST_METHOD=GET "$program" -r)" '^Status: 400 Bad Request.*IPCACHE_READ_ONLY' 'an argument is refused with a pointer to the environment'
like "$(serve REQUEST_METHOD=POST CONTENT_LENGTH=0 IPCACHE_READ_ONLY=yes "$program")" '^Status: 403 ' 'IPCACHE_READ_ONLY refuses lines'
like "$(serve REQUEST_METHOD=POST CONTENT_LENGTH=1048577 IPCACHE_MAX_SIZE=1 "$program")" '^Status: 413 ' 'IPCACHE_MAX_SIZE limits a body'
like "$(serve REQUEST_METHOD=GET IPCACHE_MAX_SIZE=x "$program")" '^Status: 500 ' 'IPCACHE_MAX_SIZE must be a number'
like "$(serve REQUEST_METHOD=POST "$program")" '^Status: 411 ' 'a body without a length is refused'
like "$(serve REQUEST_METHOD=PUT "$program")" '^Status: 405 .*Allow: GET, POST' 'another method is refused with the list of methods'

# --- Failures are reported ---

stop "$run"
mv "$dir/state/cache.tdb" "$dir/state/away"
for i in 0 1 2 3; do is "$(answer "$i")" 503 "${names[i]}: an export without a cache fails"; done
mkdir "$dir/state/cache.tdb"
for i in 0 1 2 3; do is "$(line 9 | answer "$i" --data-binary @-)" 503 "${names[i]}: an import that cannot be stored fails"; done
rmdir "$dir/state/cache.tdb"
echo '/(/' >"$dir/a.list"
mv "$dir/state/away" "$dir/state/cache.tdb"
echo "LISTS=$dir/missing.list" >"$dir/conf"
is "$(line 9 | answer 1 --data-binary @-)" 503 'an import without its lists fails'

plan_done
