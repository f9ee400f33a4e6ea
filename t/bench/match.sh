# shellcheck shell=bash disable=SC2034,SC2154,SC2317
# dnstap-match with lists of several sizes, and with hostile ones. Sourced by scripts/bench.

# make_hostile KIND: writes expensive names to $dir/KIND.list and answers to $dir/KIND. The names of `deep` have 127
# labels, and the list has an entry at each depth; only the deepest entry matches. Those of `prefix` differ in the
# last of 60 bytes of each label. Those of `alike` have the same labels in different orders.
make_hostile() {
	awk -v kind="$1" -v list="$dir/$1.list" -v lines="$dir/$1" '
	function repeat(text, n,	all) {
		for (; n > 0; n--) all = all text
		return all
	}
	function bits(i, n, one, other,	all) {
		for (; n > 0; n--) {
			all = all (i % 2 ? one : other)
			i = int(i / 2)
		}
		return all
	}
	BEGIN {
		tail = repeat("a.", 108) "a"
		long = repeat("a", 59)
		if (kind == "deep")
			for (d = 0; d < 108; d++) print "=" repeat("a.", d) "a" >list
		for (i = 0; i < 50000; i++) {
			if (kind == "deep") name = bits(i, 18, "b.", "c.") tail
			else if (kind == "prefix") name = long i % 10 "." long int(i / 10) % 10 "." long int(i / 100) ".example"
			else name = bits(i, 16, "ab.", "ba.") bits(i, 16, "ba.", "ab.") "example"
			print i % 2 ? name : "=" name >list
			printf "1795392065.%06d 192.0.2.1 60 %s client=192.0.2.7\n", i, name >lines
		}
	}'
	eight_times "$dir/$1"
}

hostile=(deep prefix alike)

# make_ordinary: the first answer of each name; the larger file has eight times as many different names, because
# hostile names never repeat either.
make_ordinary() {
	local i
	awk '!seen[$4]++' "$dir/answers" >"$dir/ordinary"
	for ((i = 0; i < 8; i++)); do awk -v i="$i" '{ $4 = i "-" $4; print }' "$dir/ordinary"; done >"$dir/ordinary-x8"
}

run_match() {
	local size kind
	for size in 1000 100000 1000000; do
		run_lines "match-$size" "$dir/answers" dnstap-match "$dir/names-$size.list"
	done
	run_lines match-ordinary "$dir/ordinary" dnstap-match "$dir/names-100000.list"
	run_lines match-grep "$dir/answers" grep -F -f "$dir/names-100000.list"
	sample match-read dnstap-read "$input/capture" | cat >/dev/null
	sample match-read-x8 dnstap-read "${captures[@]}" | cat >/dev/null
	sample match-load dnstap-match "$dir/names-1000000.list" </dev/null || :
	sample match-sort sort -u "$dir/names-1000000.list" >/dev/null
	for kind in "${hostile[@]}"; do run_lines "match-$kind" "$dir/$kind" dnstap-match "$dir/$kind.list"; done
}

# lines_passed COMMAND...: prints the number of answers that the command passes.
lines_passed() { "$@" <"$dir/answers" | wc -l; }

bench_match() {
	local i size kind captures=() ours
	for size in 1000 100000 1000000; do make_list "$dir/names-$size.list" "$size"; done
	for kind in "${hostile[@]}"; do make_hostile "$kind"; done
	for ((i = 0; i < 8; i++)); do captures+=("$input/capture"); done
	eight_times "$dir/answers"
	make_ordinary
	for ((i = 0; i < repetitions; i++)); do run_match; done
	ours=$(a_line match-1000000 cpu "$dir/answers")
	row 'dnstap-match, CPU a line, 1,000,000 names : 1,000 names' us "$ours" \
		"$(a_line match-1000 cpu "$dir/answers")" 1.43
	row '  1,000,000 names : dnstap-read, to make it' us "$ours" "$(a_line match-read cpu "$dir/answers")" 0.6
	cpu '  1,000,000 names, loading : sort -u' match-load match-sort 1
	limit '  memory a name, all told' bytes "$(awk -v k="$(median match-1000000 rss)" 'BEGIN { print k * 1024 / 1e6 }')" - 64
	wall '  100,000 names, all the answers : grep -F -f' match-100000 match-grep 0.1
	row '  a line of these, the loading taken off' us "$(a_line match-100000 wall "$dir/answers")" \
		"$(a_line match-grep wall "$dir/answers")"
	memory '  grep' match-100000 match-grep
	row '  lines that are passed : grep, which matches parts of labels' million \
		"$(lines_passed dnstap-match "$dir/names-100000.list")e-6" \
		"$(lines_passed grep -F -f "$dir/names-100000.list")e-6"
	for kind in "${hostile[@]}"; do
		row "  hostile names, $kind, a line : ordinary names" us "$(a_line "match-$kind" cpu "$dir/$kind")" \
			"$(a_line match-ordinary cpu "$dir/ordinary")" 3
	done
	rm "$dir"/*-x8
}
