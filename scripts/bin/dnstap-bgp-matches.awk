#!/usr/bin/awk -f
# Prints the most frequent lists and names side by side, in `columns` columns and at most `lines` lines, each with its number
# of matches and its share of all matches; with 120 columns or more, also addresses. Reads lines of dnstap-bgp-count.awk, and
# adds up lines of the same list, name or address.

{ count[$1, $2] += $3 }

END {
	all = count["all", "matches"] + 0
	if (all == 0) {
		print "no matches so far"
		exit
	}
	divide_columns()
	for (key in count)
		insert(key)
	print_heading()
	for (i = 1; i < lines; i++)
		print_row(i)
}

function divide_columns() {
	column_of["list"] = 1
	column_of["name"] = 2
	column_of["address"] = 3
	width[1] = columns >= 120 ? 40 : 30
	width[3] = columns >= 120 ? 54 : 0
	width[2] = columns - width[1] - width[3]
}

# Whether A is before B: A has more matches, or as many and the smaller name.
function precedes(a, b) { return count[a] > count[b] || (count[a] == count[b] && a < b) }

# Inserts the key into the ranking of its column, which has lines - 1 places.
function insert(key,    part, column, i) {
	split(key, part, SUBSEP)
	column = column_of[part[1]]
	if (!column)
		return
	label[key] = part[2]
	i = size[column] + 1
	if (i < lines)
		size[column] = i
	else if (precedes(key, ranking[column, --i]) == 0)
		return
	for (; i > 1 && precedes(key, ranking[column, i - 1]); i--)
		ranking[column, i] = ranking[column, i - 1]
	ranking[column, i] = key
}

function print_cells(first, second, third,    line) {
	line = sprintf("%-" width[1] "s", substr(first, 1, width[1] - 1))
	line = line sprintf("%-" width[2] "s", substr(second, 1, width[2] - 1))
	if (width[3])
		line = line substr(third, 1, width[3] - 1)
	sub(/ +$/, "", line)
	print line
}

function print_heading() {
	print_cells("matches    %  list", "matches    %  name, of " all " matches", "matches    %  address")
}

function cell(column, i,    key) {
	if (!((column, i) in ranking))
		return ""
	key = ranking[column, i]
	return sprintf("%7d %4.0f  %s", count[key], 100 * count[key] / all, label[key])
}

function print_row(i) {
	if ((1, i) in ranking || (2, i) in ranking || (width[3] && (3, i) in ranking))
		print_cells(cell(1, i), cell(2, i), cell(3, i))
}
