# shellcheck shell=bash disable=SC2154
# Helpers of the tests of dnstap-list. The file `in` is the source; `out` and `err` have the output of the last run.

PATH=$PWD/scripts/bin:$PATH
export LC_ALL=C

# list STATUS WORDS...: runs dnstap-list; the exit status must be STATUS.
list() {
	local expected=$1
	shift
	bounded 20 dnstap-list "$@" >"$dir/out" 2>"$dir/err"
	[ $? -eq "$expected" ]
}

# prints STATUS EXPECTED NAME WORDS...: `list STATUS WORDS...` prints EXPECTED, with spaces for line ends and colons for tabs.
# If the last word is a file, its content is appended to the file `samples`.
prints() {
	local expected=$2 name=$3
	[ ! -f "${*: -1}" ] || cat "${@: -1}" >>"$dir/samples"
	show=$dir/err check "$name: status $1" list "$1" "${@:4}"
	is "$(tr '\t\n' ': ' <"$dir/out" | sed 's/ $//')" "$expected" "$name"
}

# reports REGEX NAME: a message of the last run matches REGEX.
reports() { show=$dir/err check "$2" has "$1" "$dir/err"; }

# converts FORMAT EXPECTED NAME [OPTION...]: the file `in` yields these rules, separated by spaces, and dnstap-match accepts
# them.
converts() {
	bounded 20 dnstap-list "${@:4}" "$1" "$dir/in" >"$dir/out" 2>"$dir/err"
	is "$(xargs -d '\n' <"$dir/out")" "$2" "$1: $3"
	[ ! -s "$dir/out" ] || check "$1: $3: dnstap-match accepts the rules" dnstap-match -c "$dir/out"
}

# left NAME REASONS: the last conversion reported these reasons.
left() { like "$(cat "$dir/err")" "$2"'$' "the conversion reports: $1"; }
