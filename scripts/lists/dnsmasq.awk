# dnsmasq: KEYWORD=/NAME/.../TARGET. A name matches itself and all names below it; the longest name decides, as in the list
# grammar.
#
# ipset and nftset lines choose the sets for the addresses of a name, independently of each other and of the other keywords,
# which choose the server that answers. So if there are ipset or nftset lines, server, local and address lines are left out.
# In server, local and address lines, `*.name` means only the names below it, and the server `#`, which stands for the default
# servers, is an exception. `*name` matches each name that ends in these characters, which no rule can express. If a line with
# `*name` is an exception, rules for the names above it match too much and are dropped.

/^[ \t]*(#|$)/ { next }
{
	no_set()
	sub(/[ \t]#.*/, "")
	gsub(/^[ \t]+|[ \t]+$/, "")
	line = $0
	sub(/^--/, "", line)
	keyword = line
	sub(/[ \t]*=.*/, "", keyword)
	sub(/^[^=]*=[ \t]*/, "", line)
	n = split(line, part, "/")
	if (keyword !~ /^(server|local|address|ipset|nftset)$/ || line !~ /^\// || n < 3)
		leave("no rule for names")
	else if (keyword ~ /set$/)
		read_sets(keyword, part, n)
	else
		hold_names(keyword, part, n)
}
END {
	print_entries("ipset nftset")
	no_set()
	print_held_names()
	finish()
}

# If several lines of one keyword have the same name, dnsmasq uses the first.
function read_sets(keyword, part, n,	i, name, why, value) {
	value = (part[n] in sets_in) ? sets_in[part[n]] : sets_of(part[n])
	if (value == "") {
		leave("no rule for names")
		return
	}
	begin_sets()
	add_sets(value)
	for (i = 2; i < n; i++) {
		name = canonical(part[i])
		sub(/^\.+/, "", name)
		why = bad_name(name)
		if (why != "")
			leave(why)
		else if (!has_entry(keyword, name))
			put_entry(keyword, "", name, value)
	}
	has_sets = 1
}

# Returns the names of the sets, separated by commas, from SET,... of ipset or [4#|6#][FAMILY#]TABLE#SET,... of nftset.
function sets_of(text,	n, i, word, value) {
	n = split(text, word, ",")
	for (i = 1; i <= n; i++) {
		gsub(/^[ \t]+|[ \t]+$|.*#/, "", word[i])
		if (word[i] != "")
			value = value (value == "" ? "" : ",") word[i]
	}
	sets_in[text] = value
	return value
}

function hold_names(keyword, part, n,	i) {
	if (has_sets) {
		leave("beside ipset or nftset lines")
		return
	}
	for (i = 2; i < n; i++) {
		names[++held] = part[i]
		marks[held] = keyword != "address" && part[n] ~ /^#/ ? "!" : ""
		if (marks[held] == "!" && part[i] ~ /^\*[^.]/)
			guard_above(canonical(part[i]))
		if (verbose) {
			lines[held] = $0
			places[held] = place_in(FILENAME, FNR)
		}
	}
}

function guard_above(name) {
	while (sub(/^[^.]*\./, "", name))
		is_guarded[name]
}

function print_held_names(	i) {
	for (i = 1; i <= held; i++)
		if (has_sets)
			leave("beside ipset or nftset lines", lines[i], places[i])
		else
			print_name(marks[i], names[i], lines[i], places[i])
}

function print_name(marks, name, line, place) {
	if (name == "")
		leave("means names without a dot", line, place)
	else if (marks == "" && has_guard(name) && !stays_wide("has an exception with a wildcard inside a label", line, place))
		return
	else if (name ~ /^\*\../)
		name_rule(marks "*.", substr(name, 3), line, place)
	else
		name_rule(marks, name ~ /^\../ ? substr(name, 2) : name, line, place)
}

function has_guard(name) {
	name = canonical(name)
	sub(/^\*?\./, "", name)
	return name in is_guarded
}
