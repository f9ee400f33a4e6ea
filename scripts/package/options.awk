# Reads the --help of a program, and prints its options, commands and words as rows of a table, separated by tabs:
#
#	option SHORT LONG ARGUMENT DESCRIPTION		SHORT and ARGUMENT may be empty
#	command NAME					from the usage lines: PROGRAM NAME ...
#	word COMMAND WORD				from the usage lines: PROGRAM COMMAND WORD|WORD
#	word "" WORD					from a line FORMAT: WORD, WORD or WORD.
#
# Each option has a separate line, `  -x, --long ARGUMENT  description`; two spaces follow a long option without an
# argument. The description may continue on the next lines.

BEGIN { OFS = "\t" }

/^(usage:|      ) [a-z]/ { read_usage(substr($0, 8)) }

/FORMAT: / {
	text = $0
	sub(/.*FORMAT: /, "", text)
	gsub(/,|\.$| or/, "", text)
	n = split(text, word, " ")
	for (i = 1; i <= n; i++)
		print "word", "", word[i]
}

/^ +(-[A-Za-z], )?--[a-z]/ {
	flush_option()
	read_option($0)
	next
}
long != "" && /^            +[^ ]/ {
	sub(/^ +/, "")
	description = description (description == "" ? "" : " ") $0
	next
}
{ flush_option() }
END { flush_option() }

function flush_option() {
	if (long != "")
		print "option", short, long, argument, description
	long = ""
}

function read_option(line) {
	short = argument = ""
	sub(/^ +/, "", line)
	if (line ~ /^-[A-Za-z], /) {
		short = substr(line, 1, 2)
		line = substr(line, 5)
	}
	match(line, /^--[a-z0-9-]+/)
	long = substr(line, 1, RLENGTH)
	line = substr(line, RLENGTH + 1)
	if (line ~ /^ [^ ]/) {
		match(line, /^ [^ ]+/)
		argument = substr(line, 2, RLENGTH - 1)
		line = substr(line, RLENGTH + 1)
	}
	sub(/^ +/, "", line)
	description = line
}

# Reads a usage line: PROGRAM [OPTION...] COMMAND WORD|WORD | COMMAND|COMMAND ...
function read_usage(line,    n, i, j, m, part, token, name, other) {
	sub(/^ *[a-z-]+ */, "", line)
	while (sub(/\[[^][]*\]/, "", line))
		continue
	n = split(line, part, / \| /)
	for (i = 1; i <= n; i++) {
		split(part[i], token, " ")
		m = split(token[1], name, "|")
		for (j = 1; j <= m; j++) {
			if (name[j] !~ /^[a-z]+$/)
				return
			if (!(name[j] in printed))
				print "command", name[j]
			printed[name[j]] = 1
		}
		m = split(token[2], other, "|")
		for (j = 1; j <= m; j++)
			if (other[j] ~ /^[a-z]+$/)
				print "word", name[1], other[j]
	}
}
