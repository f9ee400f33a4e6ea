#!/usr/bin/awk -f
# Prints the lines of a list, except regular expressions. The list is given twice. If `format` is set, literals (regular
# expressions without operators, as dnstap-list writes them) are kept. But if the list has an exception that is a regular
# expression with operators, which is dropped, literals that are not exceptions are also dropped: the list would match too
# much. The file `counts` receives the number of dropped lines, and the line number of the first.

{ entry = $0 }
substr(entry, 1, 3) == "\357\273\277" { entry = substr(entry, 4) }
{
	is_exception = entry ~ /^[ \t\r]*!/
	sub(/^[ \t\r]*!?/, "", entry)
	is_regex = entry ~ /^\//
	is_literal = format != "" && entry ~ /^\/([a-z0-9_\200-\377-]|\\[^A-Za-z0-9])+\/$/
}
FNR == NR {
	if (is_regex && is_exception && !is_literal)
		drops_exception = 1
	next
}
is_regex && (!is_literal || (drops_exception && !is_exception)) {
	if (n++ == 0)
		first = FNR
	next
}
{ print }
END { if (n > 0) print n, first >counts }
