#!/usr/bin/env bash
# scripts/layers reports an #include against the folder order, and lib/README.md names every module.
. t/lab/lib.sh

scripts/layers 2>"$dir/err"
is "$?$(cat "$dir/err")" 0 'no include breaks the folder order'

# The tables of lib/README.md have a section for each folder.
modules_named() { awk '/^### / { folder = substr($2, 1, length($2) - 1) } /^\| `/ { gsub(/`/, ""); print folder "/" $2 }' lib/README.md; }
is "$(modules_named | sort)" "$(cd lib && printf '%s\n' */*.h | sort)" 'lib/README.md names every header, in its folder'
# shellcheck disable=SC2016
files_named() { grep -oE '`[a-z]+/[a-z0-9_]+\.[ch]`' lib/README.md | tr -d '`' | sort -u; }
is "$(files_named | while read -r file; do [ -e "lib/$file" ] || echo "$file"; done)" \
	'' 'lib/README.md names no missing file'

tree=$dir/tree
mkdir "$tree"
cp -r Makefile lib cmd "$tree"

# breaks FILE INCLUDE REASON: the include, added to FILE in a copy of the tree, is reported.
breaks() {
	cp "$1" "$tree/$1"
	echo "#include $2" >>"$tree/$1"
	scripts/layers "$tree" 2>"$dir/err"
	is "$?" 1 "$1 with $2: exit 1"
	is "$(cat "$dir/err")" "$1:$(wc -l <"$tree/$1"): ${2//\"/}: $3" "$1 with $2: reported with place and reason"
	cp "$1" "$tree/$1"
}
breaks lib/base/mem.c '"line/addr.h"' 'base may not use line'
breaks lib/cache/cache.c '"io/file.h"' 'cache may not use io'
breaks lib/match/matcher.h '"bgp/bgp.h"' 'match may not use bgp'
breaks lib/dns/dns.h '"dnstap/frame.h"' 'dns may not use dnstap'
breaks lib/dns/dns.c '<unistd.h>' 'lib/dns uses no descriptor'
breaks lib/cache/cache.h '<sys/socket.h>' 'lib/cache uses no descriptor'
breaks lib/line/addr.h '<poll.h>' 'lib/line uses no descriptor'
breaks lib/line/addr.c '<fcntl.h>' 'lib/line uses no descriptor'
breaks lib/io/file.c '"mem.h"' 'the include does not name a folder of lib'
breaks cmd/bgp-announce.c '"cache/cache.h"' 'bgp-announce may not use cache'

printf '#include "cache/cache.h"\nint main(void) { return cache_new(0, 0, 0, 0) == 0; }\n' >"$dir/upward.c"
"${CC:-cc}" -Ilib -o "$dir/upward" "$dir/upward.c" "$BUILD/lib/line.a" "$BUILD/lib/base.a" >"$dir/err" 2>&1
is $? 1 'a program with the archives of line does not link cache_new'
check 'the linker reports cache_new as undefined' has 'undefined reference to .cache_new' "$dir/err"

plan_done
