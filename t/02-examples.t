#!/usr/bin/env bash
# shellcheck disable=SC2317
# What the manual pages and the README show is what comes.
#
# In a page, a literal display in EXAMPLES, and in the README a block of ```console, is a session: a command
# begins with `$ ` and goes on with `> `; what follows is its output, stdout and stderr as they come. A command
# with `# ` before it needs more than this project and is not run. The sessions of a page follow each other in
# one folder, in which t is the project's.
. t/lab/lib.sh

PATH=$PWD/scripts/bin:$PATH
top=$PWD
export LC_ALL=C TDB_NO_FSYNC=1	# the disk may be busy; nothing here is to last

sessions_of_page() {
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$1" | sed -n '/^\.Bd -literal/,/^\.Ed/p' |
		sed -e '/^\.[BE]d/d' -e "s/\\\\(aq/'/g; s/\\\\(ti/~/g; s/\\\\&//g" -e 's/\\e/\\/g'
}

# blocks FILE LANGUAGE: the fenced blocks of that language.
blocks() { awk -v begin="\`\`\`$2" '$0 == "```" { on = 0 } on; $0 == begin { on = 1 }' "$1"; }

# run_session NAME: the session on stdin.
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

# Runs what run_session has read; part of it.
run_command() {
	local got status
	[ -n "$command" ] || return
	got=$(bounded 60 bash -c "$command" 2>&1 </dev/null)
	status=$?
	is "$got"$'\n' "${expected:-$'\n'}" "$name: ${command%%$'\n'*}"
	[ "$status" -eq 0 ] || ok 1 "it exits 0, and not $status"
	command='' expected=''
}

# in_folder NAME: enters an empty one that has the project's t and the like.
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

in_folder README
blocks "$top/README.md" console >"$dir/session"
check 'README.md has examples' grep -q '^\$ ' "$dir/session"
run_session README.md <"$dir/session"

# What it says of resolvers and routers is taken by them.
show=$dir/log
blocks "$top/README.md" unbound >unbound.conf
check 'README.md tells of unbound' grep -q dnstap-enable unbound.conf
check 'and unbound takes it' quietly unbound-checkconf unbound.conf
blocks "$top/README.md" bird >bird.conf
check 'README.md tells of BIRD' grep -q 'protocol bgp' bird.conf
check 'and BIRD takes it' bird -p -c bird.conf
blocks "$top/README.md" openbgpd >openbgpd.conf
check 'README.md tells of OpenBGPD' grep -q '^neighbor' openbgpd.conf
chmod 600 openbgpd.conf
check 'and OpenBGPD takes it' quietly bgpd -nf openbgpd.conf
blocks "$top/README.md" gobgp >gobgp.toml
check 'README.md tells of GoBGP' grep -q 'neighbors.config' gobgp.toml
check 'and GoBGP takes it' quietly gobgpd --dry-run -t toml -f gobgp.toml
blocks "$top/README.md" named >named.conf
check 'README.md tells of BIND' grep -q dnstap-output named.conf
check 'and BIND takes it' named-checkconf named.conf
blocks "$top/README.md" dnstap-bgp | sed -e "s|/etc/dnstap-bgp/|$PWD/|" -e "s|/run/dnstap-bgp/|$PWD/|" >conf
touch domains.list
check 'and its configuration is complete' quietly dnstap-bgp -c conf -n

plan_done
