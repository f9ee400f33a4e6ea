#!/usr/bin/awk -f
# Counts the matches on stdin: prints a line `KIND NAME NUMBER` for each list, name and address, and `all matches NUMBER`.
# The input ends with `#end`, which is appended to the last line if that is incomplete. The file `left`
# receives the length of an incomplete line.

/#end$/ {
	unfinished = length($0) - 4
	next
}
/^#/ || NF < 4 { next }
{
	count["all matches"]++
	count["name " $4]++
	count["address " $2]++
	for (i = 5; i <= NF; i++)
		if (sub(/^tag=/, "", $i))
			for (n = split($i, tags, ","); n > 0; n--)
				count["list " tags[n]]++
}
END {
	print unfinished + 0 >left
	for (key in count)
		print key, count[key]
}
