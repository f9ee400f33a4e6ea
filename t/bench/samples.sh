# shellcheck shell=bash disable=SC2034,SC2154,SC2317
# Records samples and prints the table of their medians. Sourced by scripts/bench.

# A sample is a line NAME KEY=VALUE...

# sample NAME COMMAND...: runs the command and records its wall time, CPU time and memory.
sample() { measure "$1" "$samples" "${@:2}"; }

note() { echo "$*" >>"$samples"; }

# stopwatch NAME FUNCTION...: records the wall time of a function.
stopwatch() {
	local start=$EPOCHREALTIME
	"${@:2}"
	note "$1" "wall=$(awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.6f", b - a }')"
}

# median NAME KEY: prints the median of the samples; `-` for the name `-`.
median() {
	if [ "$1" = - ]; then
		echo -
		return
	fi
	sed -n "s/^$1 .*\b$2=\([^ ]*\).*/\1/p" "$samples" | sort -g |
		awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

# worst NAME KEY: prints the largest of the samples.
worst() { sed -n "s/^$1 .*\b$2=\([^ ]*\).*/\1/p" "$samples" | sort -g | tail -n 1; }

table_line() { printf '%-60s %11s %11s %7s  %s\n' "$@"; }

# quantity UNIT NUMBER: prints the number for people.
quantity() {
	awk -v unit="$1" -v v="$2" 'BEGIN {
		if (v == "-" || unit == "") print v
		else if (unit == "KiB") printf "%.1f MiB", v / 1024
		else if (unit == "million/s") printf "%.2f M/s", v
		else if (unit == "million") printf "%.2f M", v
		else if (unit == "bytes") printf "%.1f bytes", v
		else if (unit == "us" && v < 10) printf "%.3f us", v
		else if (unit == "us" && v >= 1000) printf "%.2f ms", v / 1000
		else if (unit == "us") printf "%.0f us", v
		else printf "%.3f %s", v, unit
	}'
}

# judge VALUE [MOST [WORDS]]: sets `verdict` to the limit MOST, printed as WORDS, and whether VALUE misses the limit.
judge() {
	verdict=${2:+<= ${3-$2}}
	if [ -n "${2-}" ] && awk -v value="$1" -v most="$2" 'BEGIN { exit !(value > most + 0) }'; then
		verdict+=' missed'
		missed=1
	fi
}

ratio() {
	if [ "$2" = - ]; then
		echo -
	else
		awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", (b > 0 ? a / b : 0) }'
	fi
}

# put_row WHAT UNIT OURS PEER RATIO VERDICT
put_row() { table_line "$1" "$(quantity "$2" "$3")" "$(quantity "$2" "$4")" "$5" "$6" | sed 's/ *$//'; }

# row WHAT UNIT OURS PEER [BAR]: prints a line of the table; PEER may be `-`. The ratio OURS to PEER must be at most
# BAR.
row() {
	local ratio verdict
	ratio=$(ratio "$3" "$4")
	judge "$ratio" "${5-}"
	put_row "${@:1:4}" "$ratio" "$verdict"
}

# limit WHAT UNIT OURS PEER MOST: prints a line as `row` does, but OURS itself must be at most MOST.
limit() {
	local verdict
	judge "$3" "$5" "$(quantity "$2" "$5")"
	put_row "${@:1:4}" "$(ratio "$3" "$4")" "$verdict"
}

# wall, cpu, memory WHAT OURS PEER [BAR]: prints a row of the named samples. The bar of memory is a maximum in MiB.
wall() { row "$1" s "$(median "$2" wall)" "$(median "$3" wall)" "${4-}"; }
cpu() { row "$1, CPU" s "$(median "$2" cpu)" "$(median "$3" cpu)" "${4-}"; }
memory() {
	if [ $# -gt 3 ]; then
		limit "$1, memory" KiB "$(median "$2" rss)" "$(median "$3" rss)" $(($4 * 1024))
	else
		row "$1, memory" KiB "$(median "$2" rss)" "$(median "$3" rss)"
	fi
}

version() { dpkg-query -W -f '${Version}' "$1" | sed 's/^[0-9]*://; s/[-+~].*//'; }

header() {
	cat <<E
$(nproc) cores ($(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)), Linux $(uname -r | sed 's/-.*//'); the median of $repetitions
dnstap-ldns $(version dnstap-ldns), BIND $(version bind9-dnsutils), fstrm $(version fstrm-bin), grep $(version grep)
Go dnstap $(version golang-github-dnstap-golang-dnstap-cli), BIRD $(version bird2), ExaBGP $(version exabgp), GoBGP $(version gobgpd)
$responses responses of unbound $(version unbound), $(wc -c <"$input/capture" | awk '{ printf "%.0f", $1 / 1e6 }') MB, with $(wc -l <"$dir/answers") addresses

E
	table_line 'what : peer' ours peer ratio bar
}

# run_lines NAME FILE COMMAND...: measures the command as NAME, and with eight times the lines as NAME-x8. The output is read,
# because grep(1) stops at the first match when its output is /dev/null.
run_lines() {
	sample "$1" "${@:3}" <"$2" | cat >/dev/null
	sample "$1-x8" "${@:3}" <"$2-x8" | cat >/dev/null
}

# a_line NAME KEY FILE: prints the CPU or wall time per line in microseconds, without the time of loading the list.
a_line() {
	awk -v n="$(wc -l <"$3")" -v one="$(median "$1" "$2")" -v eight="$(median "$1-x8" "$2")" \
		'BEGIN { print (eight > one ? (eight - one) / 7 / n * 1e6 : 0) }'
}

# cpu_of NAME...: prints the sum of CPU times, in seconds.
cpu_of() {
	local name
	for name; do median "$name" cpu; done | awk '{ sum += $1 } END { print sum }'
}

# delay WHAT PERCENTILE OURS PEER [MOST]: prints a row of delays.
delay() {
	if [ $# -gt 4 ]; then
		limit "$1" us "$(median "$3" "$2")" "$(median "$4" "$2")" "$5"
	else
		row "$1" us "$(median "$3" "$2")" "$(median "$4" "$2")"
	fi
}
