# Helpers of all formats: they clean lines and names, and print and count rules. awk reads the files common*.awk before the
# program of the format, whose END must call finish().
#
# A source may have several sets of rules. The program of a format calls set_wanted(NAME) before the rules of a set, and
# no_set() before rules that belong to no set. Until the next of these calls, rule(), prefix() and leave() work for this set;
# they do nothing if the user selected other sets.

BEGIN {
	messages = "cat 1>&2"
	verbose = ENVIRON["LIST_VERBOSE"] != ""
	wide = ENVIRON["LIST_WIDE"] != ""
	prefixes = ENVIRON["LIST_PREFIXES"] != ""
	listing = ENVIRON["LIST_SHOW_SETS"] != ""
	selected_sets = listing ? 0 : split(ENVIRON["LIST_SETS"], selected, "\n")
	for (i = 1; i <= selected_sets; i++)
		is_selected[selected[i]]
	single_set = 0	# 1 in a format whose user must select one of several sets
	rules = left = widened = sets = 0
	no_set()
}

{ gsub(/\r+$/, "") }
FNR == 1 && substr($0, 1, 3) == "\357\273\277" { $0 = substr($0, 4) }	# a byte order mark

# rule(TEXT): prints a rule for names, unless prefixes are wanted instead.
function rule(text) {
	if (!prefixes)
		output(text)
}

# prefix(TEXT[, LINE, PLACE]): prints a route for an address or prefix if --prefixes is set; otherwise counts it as dropped.
function prefix(text, line, place,	route) {
	if (!prefixes) {
		leave("an address or prefix: see --prefixes", line, place)
		return
	}
	route = canonical_prefix(text)
	if (route == "")
		leave("not a prefix", line, place)
	else if (route ~ /\/0$/)
		leave("means every address", line, place)
	else if (listing)
		output(route)
	else if (wanted && !(route in announced)) {
		announced[route]
		output("announce " route)
	}
}

function output(text,	name) {
	if (!wanted)
		return
	rules++
	if (listing)
		for (name in current_sets)
			set_rules[name]++
	else if (single_set && !selected_sets)
		held_rules[rules] = text
	else
		print text
}

# leave(REASON[, LINE, PLACE]): counts a dropped line, by default the current line. With -v, also prints it.
function leave(reason, line, place) {
	if (!wanted)
		return
	left++
	reasons[reason]++
	if (verbose)
		report(reason, line, place)
}

# stays_wide(REASON[, LINE, PLACE]): whether to print a rule that matches more names than in the source, since the list grammar
# cannot express its exception. Returns 1 with --wide; otherwise counts the rule as dropped and returns 0.
function stays_wide(reason, line, place) {
	if (!wide) {
		leave(reason ": see --wide", line, place)
		return 0
	}
	widened += wanted
	if (verbose && wanted)
		report("matches more than the source: " reason, line, place)
	return 1
}

function report(reason, line, place) {
	if (line == "")
		line = $0
	gsub(/[[:cntrl:]]/, "?", line)
	if (place == "")
		place = place_in(FILENAME, FNR)
	if (!listing)
		print "dnstap-list: " place ": " reason ": " substr(line, 1, 200) | messages
}

# The name of a source for messages. The output of a decoder is in a file whose name is a number; LIST_SOURCE_NUMBER in the
# environment is the name of its source.
function source_name(path) {
	if (("LIST_DECODED" in ENVIRON) && sub(/^.*\//, "", path))
		path = ENVIRON["LIST_SOURCE_" path]
	sub(/^\.\//, "", path)
	return path == "" || path == "-" ? "stdin" : path
}

# The place of a line for messages: file and number. A decoder's output has no number, since its lines are not those of the
# source.
function place_in(path, number) {
	return source_name(path) ("LIST_DECODED" in ENVIRON ? "" : ":" number)
}

# The place of the current line, for leave(); empty without -v, since then no place is printed.
function here() {
	return verbose ? place_in(FILENAME, FNR) : ""
}

# set_wanted(NAME): the following rules belong to this set. Returns whether they are wanted.
function set_wanted(name) {
	begin_sets()
	return set_also(name)
}

function begin_sets() {
	split("", current_sets)
	wanted = 0
}

# set_also(NAME): the following rules belong to this set also.
function set_also(name) {
	current_sets[name]
	if (!(name in set_rules)) {
		set_rules[name] = 0
		set_order[++sets] = name
		if (sets == 2 && single_set && !selected_sets && !listing)
			fatal("more than one set; --set NAME selects one, --list-sets prints them")
	}
	if (!selected_sets || (name in is_selected))
		wanted = 1
	return wanted
}

# no_set(): the following rules belong to no set.
function no_set() {
	begin_sets()
	wanted = !selected_sets
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
	if (name ~ /^[0-9.-]*[0-9]$/ || name ~ /^\[?[0-9a-f.]*:[0-9a-f:.]*\]?$/)
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

# name_rule(MARKS, NAME[, LINE, PLACE]): prints the rule for a name, or counts it as dropped if the name is invalid. MARKS is
# "", "=" or "*.", or one of these after "!".
function name_rule(marks, name, line, place,	why) {
	name = canonical(name)
	why = bad_name(name)
	if (why == "")
		rule(marks name)
	else
		leave(why, line, place)
}

# The most frequent reason that was not printed before.
function top_reason(	reason, top) {
	for (reason in reasons)
		if (top == "" || reasons[reason] > reasons[top] ||
		    (reasons[reason] == reasons[top] && reason < top))
			top = reason
	return top
}

# fatal(PROBLEM): reports an error in the current file, and ends the program.
function fatal(problem) {
	if (!failed)
		print "dnstap-list: " source_name(FILENAME) ": " problem | messages
	failed = 1
	exit
}

function finish() {
	if (!failed && listing)
		print_sets()
	else if (!failed)
		check_selected()
	if (!failed && !listing) {
		print_held()
		print_summary()
	}
	fflush()
	close(messages)
	exit failed ? 2 : rules == 0
}

function check_selected(	i) {
	for (i = 1; i <= selected_sets; i++)
		if (!(selected[i] in set_rules)) {
			print "dnstap-list: " source_name(FILENAME) ": no set " selected[i] \
			    "; --list-sets prints the sets" | messages
			failed = 1
		}
}

function print_held(	i) {
	for (i = 1; i in held_rules; i++)
		print held_rules[i]
}

function print_sets(	i, name) {
	for (i = 1; i <= sets; i++) {
		name = set_order[i]
		gsub(/[[:cntrl:]]/, "?", name)
		print name "\t" set_rules[set_order[i]]
	}
	if (!sets)
		print "dnstap-list: " source_name(FILENAME) ": no sets" | messages
	rules = sets
}

function print_summary(	line, reason, mark, what) {
	what = prefixes ? "prefix" : "rule"
	line = "dnstap-list: " rules " " what (rules == 1 ? "" : prefixes ? "es" : "s") ", " left " left out"
	for (mark = ": "; (reason = top_reason()) != ""; mark = ", ") {
		line = line mark reasons[reason] " " reason
		delete reasons[reason]
	}
	if (widened)
		line = line "; matching more than the source: " widened
	fflush()	# a terminal shows the rules first
	print line | messages
}
