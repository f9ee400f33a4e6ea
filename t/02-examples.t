#!/usr/bin/env bash
# shellcheck disable=SC2317
# The examples in the manual pages and in README yield the output that is shown.
#
# In a page, a literal display in EXAMPLES is a session: a command begins with `$ ` and continues after `> `; its output
# follows, stdout and stderr in their order. A command with `# ` before it needs more than this project and is not run. The
# sessions of a page run one after the other in one folder, which has links to the project's t and scripts. In README a block
# of ```sh is a command, and the block of ```text after it is its output.
. t/lab/lib.sh
. t/lab/pages.sh

PATH=$PWD/scripts/bin:$PATH
top=$PWD
export LC_ALL=C TDB_NO_FSYNC=1	# the disk may be busy; no data here must survive a crash

sessions_of_page() {
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$1" | sed -n '/^\.Bd -literal/,/^\.Ed/p' |
		sed -e '/^\.[BE]d/d' -e "s/\\\\(aq/'/g; s/\\\\(ti/~/g; s/\\\\&//g" -e 's/\\e/\\/g'
}

# sessions_of_readme: each block of ```sh that a block of ```text follows, as a session.
sessions_of_readme() {
	awk '
	$0 == "```" { if (kind != "") was = kind; kind = ""; next }
	/^```/ { kind = substr($0, 4); if (kind == "sh") n = 0; else if (kind == "text" && was == "sh") put(); was = ""; next }
	kind == "sh" { line[++n] = $0 }
	kind == "text" { print }
	kind == "" { was = "" }
	function put(    i) { for (i = 1; i <= n; i++) print (i == 1 ? "$ " : "> ") line[i] }' "$1"
}

# run_session NAME: runs the session on stdin.
run_session() {
	local name=$1 line command='' expected='' mine=
	while IFS= read -r line; do
		case $line in
		'$ '*) run_command; command=${line#'$ '} expected='' mine=yes ;;
		'# '*) run_command; mine= ;;
		'> '*) [ -z "$mine" ] || command+=$'\n'${line#'> '} ;;
		*) expected+=$line$'\n' ;;
		esac
	done
	run_command
}

# Runs the command that run_session has read, and compares its output.
run_command() {
	local got status
	[ -n "$command" ] || return
	got=$(bounded 60 bash -c "$command" 2>&1 </dev/null)
	status=$?
	is "$got"$'\n' "${expected:-$'\n'}" "$name: ${command%%$'\n'*}"
	[ "$status" -eq 0 ] || ok 1 "an example exits 0, and not $status"
	command='' expected=''
}

# in_folder NAME: enters a new folder with links to the project's t and scripts.
in_folder() {
	mkdir "$dir/$1" && cd "$dir/$1" && ln -s "$top/t" "$top/scripts" .
}

quietly() { "$@" >"$dir/log" 2>&1; }

for page in man/*.[1-8]; do
	name=${page##*/}
	sessions_of_page "$page" >"$dir/session"
	check "$name has examples" grep -q '^\$ ' "$dir/session"
	in_folder "$name"
	run_session "$name" <"$dir/session"
	cd "$top" || exit 1
done

sessions_of_readme README.md >"$dir/session"
check 'README.md has examples' grep -q '^\$ ' "$dir/session"
readme_block bird >"$dir/bird.conf"
is "$(cat "$dir/bird.conf")" "$(page_block dnstap-bgp-routers.7 bird)" 'README.md and dnstap-bgp-routers(7) have one block for BIRD'
# here_document FILE: the lines that a command of README writes to FILE.
here_document() { awk -v file="$1" '/^END$/ { on = 0 } on; /<<.END.$/ && index($0, file " ") { on = 1 }' README.md; }
here_document unbound.conf.d/dnstap.conf >"$dir/unbound.conf"
is "$(cat "$dir/unbound.conf")" "$(page_block dnstap-bgp-resolvers.7 unbound)" \
	'README.md and dnstap-bgp-resolvers(7) have one block for unbound'
page_block dnstap-bgp-routers.7 openbgpd >"$dir/openbgpd.conf"
page_block dnstap-bgp-routers.7 gobgp >"$dir/gobgp.toml"
page_block dnstap-bgp-resolvers.7 named >"$dir/named.conf"
{
	cat scripts/etc/dnstap-bgp.conf
	here_document dnstap-bgp.conf | grep -v '^SOCKET_GROUP='
} | sed -e "s|/etc/dnstap-bgp/|$dir/README/|" -e "s|/run/dnstap-bgp/|$dir/README/|" >"$dir/conf"

in_folder README
run_session README.md <"$dir/session"

# The configuration of resolvers and routers in README and the pages parses.
show=$dir/log
check 'unbound has a block' grep -q dnstap-enable "$dir/unbound.conf"
check 'unbound accepts its block' quietly unbound-checkconf "$dir/unbound.conf"
check 'BIRD has a block' grep -q 'protocol bgp' "$dir/bird.conf"
check 'BIRD accepts its block' bird -p -c "$dir/bird.conf"
check 'OpenBGPD has a block' grep -q '^neighbor' "$dir/openbgpd.conf"
chmod 600 "$dir/openbgpd.conf"
check 'OpenBGPD accepts its block' quietly bgpd -nf "$dir/openbgpd.conf"
check 'GoBGP has a block' grep -q 'neighbors.config' "$dir/gobgp.toml"
check 'GoBGP accepts its block' quietly gobgpd --dry-run -t toml -f "$dir/gobgp.toml"
check 'BIND has a block' grep -q dnstap-output "$dir/named.conf"
check 'BIND accepts its block' named-checkconf "$dir/named.conf"
touch domains.list
check 'the configuration of README.md is complete' quietly dnstap-bgp -c "$dir/conf" -n

plan_done
