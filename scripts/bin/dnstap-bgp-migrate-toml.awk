#!/usr/bin/awk -f
# Reads the TOML configuration of the daemon in Go: tables, and keys whose value is a text, a number, true, false, or a list
# of texts. Prints a line `table.key<TAB>value` for each value.

function bad(why) {
	print "dnstap-bgp-migrate: line " NR ": " why >"/dev/stderr"
	failed = 1
	exit 2
}
# Removes a text, a number or a word from the front of `rest`, and prints it.
function value(	text) {
	if (match(rest, /^"([^"\\]|\\["\\])*"/) || match(rest, /^\047[^\047]*\047/)) {
		text = substr(rest, 2, RLENGTH - 2)
		if (substr(rest, 1, 1) == "\"")
			gsub(/\\/, "", text)
	} else if (match(rest, /^[A-Za-z0-9_+.-]+/)) {
		text = substr(rest, 1, RLENGTH)
	} else {
		bad("not a value: " rest "; write a text in quotes, a number, true or false")
	}
	rest = substr(rest, RLENGTH + 1)
	print tolower(table key) "\t" text
}
function skip() { sub(/^[ \t,]+/, "", rest) }
function list() {
	for (skip(); rest != "" && rest !~ /^[]#]/; skip())
		value()
	within = rest !~ /^]/
	if (!within)
		rest = substr(rest, 2)
}

{ rest = $0; sub(/\r$/, "", rest); skip() }
within { list(); if (within) next; skip() }
rest == "" || rest ~ /^#/ { next }
rest ~ /^\[[A-Za-z0-9_.-]+\][ \t]*(#.*)?$/ {
	table = rest
	gsub(/^\[|\].*/, "", table)
	table = table "."
	next
}
{
	if (!match(rest, /^[A-Za-z0-9_-]+[ \t]*=[ \t]*/))
		bad("neither [TABLE] nor KEY = VALUE; correct the line")
	key = substr(rest, 1, RLENGTH)
	sub(/[ \t]*=[ \t]*$/, "", key)
	rest = substr(rest, RLENGTH + 1)
	if (sub(/^\[/, "", rest))
		list()
	else
		value()
	skip()
	if (rest != "" && rest !~ /^#/)
		bad("text after the value: " rest "; remove it")
}
END { if (!failed && within) bad("a list without a closing ]") }
