# Helpers of all formats: they clean lines and names, and print and count rules. awk reads this file before the program of the
# format, whose END must call finish().

BEGIN {
	messages = "cat 1>&2"
	verbose = ENVIRON["LIST_VERBOSE"] != ""
	rules = left = 0
}

{ gsub(/\r+$/, "") }
FNR == 1 && substr($0, 1, 3) == "\357\273\277" { $0 = substr($0, 4) }	# a byte order mark

function rule(text) {
	rules++
	print text
}

# leave(REASON[, LINE, PLACE]): counts a dropped line, by default the current one. With -v it is printed.
function leave(reason, line, place) {
	left++
	reasons[reason]++
	if (!verbose)
		return
	if (line == "")
		line = $0
	gsub(/[[:cntrl:]]/, "?", line)
	if (place == "")
		place = place_in(FILENAME, FNR)
	print "dnstap-list: " place ": " reason ": " substr(line, 1, 200) | messages
}

function place_in(path, number) {
	sub(/^\.\//, "", path)
	return (path == "" || path == "-" ? "stdin" : path) ":" number
}

# The canonical form of a name: lower case, no final dot.
function canonical(name) {
	sub(/\.$/, "", name)
	return tolower(name)
}

# The reason why a canonical name is invalid in a list, or "". dnstap-match checks Unicode.
function bad_name(name,	n, i, labels) {
	if (name == "" || name == "#" || name == "*")
		return "means every name"
	if (name ~ /^[0-9.]+$/ || name ~ /^\[?[0-9a-f.]*:[0-9a-f:.]*\]?$/)
		return "an address"
	if (name ~ /[][ !"#$%&\047()*+,\/:;<=>?@\\^`{|}~[:cntrl:]]/ || name ~ /^\.|\.\.|\.$/)
		return "not a domain name"
	if (length(name) < 64)
		return ""
	n = split(name, labels, ".")
	for (i = 1; i <= n; i++)
		if (length(labels[i]) > 63)
			return "not a domain name"
	return length(name) > 253 ? "not a domain name" : ""
}

# name_rule(MARKS, NAME): prints the rule, or counts it as dropped.
function name_rule(marks, name,	why) {
	name = canonical(name)
	why = bad_name(name)
	if (why == "")
		rule(marks name)
	else
		leave(why)
}

# The most frequent reason that was not printed before.
function top_reason(	reason, top) {
	for (reason in reasons)
		if (top == "" || reasons[reason] > reasons[top] ||
		    (reasons[reason] == reasons[top] && reason < top))
			top = reason
	return top
}

function finish(	line, reason, mark) {
	line = "dnstap-list: " rules (rules == 1 ? " rule, " : " rules, ") left " left out"
	for (mark = ": "; (reason = top_reason()) != ""; mark = ", ") {
		line = line mark reasons[reason] " " reason
		delete reasons[reason]
	}
	fflush()	# the rules first, on a terminal
	print line | messages
	close(messages)
	exit rules == 0
}
