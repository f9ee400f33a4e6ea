#!/usr/bin/env bash
# scripts/prose counts phrases of the old idiom in each kind of text.
. t/lab/lib.sh

# A tree with plain text in each area.
tree=$dir/tree
mkdir -p "$tree"/{lib/x,cmd,t,scripts/bin,man}
plain='The reader waits for a frame, decodes the message and writes a line for each address.'
odd='It tells what it was told, till nobody reads it any more, as those that were told so.'
printf '/* %s */\n' "$plain" >"$tree/lib/x/x.c"
printf '/* %s */\n' "$plain" >"$tree/t/test.c"
printf 'const char *s = "%s";\n' "$plain" >"$tree/cmd/main.c"
printf '#!/bin/sh\n# %s\n' "$plain" >"$tree/t/test.t"
printf "#!/bin/sh\n# %s\nusage='usage: x\n%s'\n" "$plain" "$plain" >"$tree/scripts/bin/x"
printf '.Sh DESCRIPTION\n%s\n' "$plain" >"$tree/man/x.1"
printf '%s\n' "$plain" >"$tree/README.md"
export GIT_CEILING_DIRECTORIES=$dir

prose() { scripts/prose "$@" "$tree" >"$dir/out" 2>"$dir/err"; }
show="$dir/out $dir/err"
check 'plain text passes' prose
is "$(grep -c ' [1-9][0-9]* words   0.0 in 1,000$' "$dir/out")" 8 'each area of the tree has words'

# found AREA FILE TEXT: the text, added to FILE, is counted in this area and in no other one.
found() {
	cp "$tree/$2" "$dir/kept"
	# shellcheck disable=SC2059
	printf "$3" "$odd" >>"$tree/$2"
	! prose
	ok $? "$1: exit status 1"
	is "$(sed -n 's/ *[0-9]* words .*: too many$//p' "$dir/out")" "$1" "$1: the area is named"
	cp "$dir/kept" "$tree/$2"
}
found 'comments in lib, cmd' lib/x/x.c '/* %s */\n'
found 'comments in t (C)' t/test.c '/* %s */\n'
found 'comments in t (scripts)' t/test.t '# %s\n'
found 'comments in scripts' scripts/bin/x '# %s\n'
found 'manual pages' man/x.1 '%s\n'
found 'README.md' README.md '%s\n'
found 'messages in lib, cmd' cmd/main.c 'const char *t = "%s";\n'
found 'usage of scripts' scripts/bin/x "usage='%s'\n"
check 'the message names the option that shows the phrases' has 'see them with: scripts/prose -v$' "$dir/err"

# Text that is no prose.
printf '%s\n' '.Bd -literal' "$odd" .Ed >>"$tree/man/x.1"
printf '%s\n' '```' "$odd" '```' "    $odd" >>"$tree/README.md"
check 'examples of pages and README are not counted' prose
printf '# %s\n' "$odd" >>"$tree/t/test.t"
prose -v
check '-v prints each phrase with its context' has '^    .*till nobody' "$dir/out"

plan_done
