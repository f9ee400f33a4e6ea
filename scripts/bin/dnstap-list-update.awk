#!/usr/bin/awk -f
# Prints the lines of a list, except regular expressions. If `format` is set, regular expressions without operators, as
# dnstap-list writes them, are kept. The file `counts` receives the number of dropped lines, and the line number of the first.

{ entry = $0 }
substr(entry, 1, 3) == "\357\273\277" { entry = substr(entry, 4) }
{ sub(/^[ \t\r]*!?/, "", entry) }
entry ~ /^\// && (format == "" || entry !~ /^\/([a-z0-9_\200-\377-]|\\[^A-Za-z0-9])+\/$/) {
	if (n++ == 0)
		first = FNR
	next
}
{ print }
END { if (n > 0) print n, first >counts }
