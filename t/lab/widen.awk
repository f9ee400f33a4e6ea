# widen.awk LINES BLOCK: prints BLOCK with each line of LINES in place of the line of BLOCK that begins in the same way: the one
# with the longest common beginning.

function common(a, b,    n) {
	while (n < length(a) && substr(a, 1, n + 1) == substr(b, 1, n + 1))
		n++
	return n
}

NR == FNR { replacement[++n] = $0; next }

{ line[++lines] = $0 }

END {
	for (i = 1; i <= n; i++) {
		best = 0
		for (j = 1; j <= lines; j++)
			if (common(replacement[i], line[j]) > best) {
				best = common(replacement[i], line[j])
				at = j
			}
		line[at] = replacement[i]
	}
	for (j = 1; j <= lines; j++)
		print line[j]
}
