# AdGuard Home: lines of an ipset file, and of an upstream file.
#
#	NAME,.../SET,...
#	[/NAME/.../]UPSTREAM ...
#
# A name matches itself and all names below it; the longest name decides. The sets and upstreams of several lines for a name
# add up. In an upstream line `*.name` means only the names below it, and the upstream `#`, which stands for the default
# upstreams, is an exception. If there are ipset lines and --set is absent, upstream lines are left out, since they only choose
# the server that answers.

{ gsub(/^[ \t]+|[ \t]+$/, "") }
/^(#|$)/ { next }
/^\[\/.*\/\]./ { upstream_line(); next }
split($0, part, "/") == 2 && part[2] != "" { ipset_line(part[1], part[2]); next }
{ no_set(); leave("no rule for names") }
END { no_set(); print_all(); finish() }

function ipset_line(names, value,	n, i, word, name, why) {
	has_sets = 1
	gsub(/[ \t]*,[ \t]*/, ",", value)
	begin_sets()
	add_sets(value)
	n = split(names, word, /[ \t]*,[ \t]*/)
	for (i = 1; i <= n || i == 1; i++) {
		name = tolower(word[i])
		why = bad_name(name)
		if (why == "")
			put_entry("ipset", "", name, has_entry("ipset", name) ? joined(entry_value["ipset", name], value) : value)
		else
			leave(why)
	}
}

function joined(before, value) {
	return before == "" || before == "-" ? value : before "," value
}

function upstream_line(	at, n, i, word, value) {
	at = index($0, "/]")
	value = substr($0, at + 2)
	gsub(/^[ \t]+|[ \t]+$/, "", value)
	gsub(/[ \t]+/, ",", value)
	if (value ~ /^#(,|$)/)
		value = "-"
	if (value == "-") {
		no_set()
	} else {
		begin_sets()
		add_sets(value)
	}
	n = split(substr($0, 3, at - 3), word, "/")
	for (i = 1; i <= n || i == 1; i++)
		upstream_name(tolower(word[i]), value)
	held++
	if (verbose) {
		lines[held] = $0
		places[held] = place_in(FILENAME, FNR)
	}
}

# NAME and *.NAME are stored separately until the end, since *.NAME overrides NAME for the names below it.
function upstream_name(name, value,	form, why) {
	form = sub(/^\*\./, "", name) ? "*." : ""
	why = name == "" ? "means names without a dot" : bad_name(name)
	if (why != "") {
		leave(why)
		return
	}
	note_entry(name)
	if (!((form, name) in upstreams)) {
		upstream_forms[++stored] = form
		upstream_names[stored] = name
	}
	upstreams[form, name] = value == "-" ? value : joined(upstreams[form, name], value)
}

function print_all(	i) {
	if (has_sets && !selected_sets && !listing) {
		for (i = 1; i <= held; i++)
			leave("beside ipset lines", lines[i], places[i])
	} else {
		put_upstreams("")
		put_upstreams("*.")
	}
	print_entries("ipset upstream")
}

function put_upstreams(form,	i) {
	for (i = 1; i <= stored; i++)
		if (upstream_forms[i] == form)
			put_entry("upstream", form, upstream_names[i], upstreams[form, upstream_names[i]])
}
