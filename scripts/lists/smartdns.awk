# smartdns: lines of its configuration, and of the files of domain sets.
#
#	KEYWORD /NAME/VALUE	KEYWORD: nameserver (VALUE is a group), ipset, nftset or address
#	domain-rules /NAME/ [-nameserver GROUP] [-ipset SET] [-nftset SET] [-address VALUE] ...
#	domain-set -name SET -file FILE
#	NAME			in a file of a domain set
#
# NAME matches itself and all names below it, `*.name` those below it, `-.name` itself only, and `domain-set:SET` stands for
# the names of a set; the longest name decides, for each keyword separately. The last of several lines with a name is used.
# The value `-` switches the keyword off for a name. Versions of smartdns differ on the entries for names below that name, so
# these entries are left out.
#
# ipset and nftset lines choose sets for addresses, nameserver lines the servers that are asked. So without --set, only the
# first of these groups of lines that the source has is used: ipset and nftset; nameserver and address; names of domain sets.

BEGIN {
	keyword_of["-n"] = keyword_of["-nameserver"] = keyword_of["nameserver"] = "nameserver"
	keyword_of["-p"] = keyword_of["-ipset"] = keyword_of["ipset"] = "ipset"
	keyword_of["-t"] = keyword_of["-nftset"] = keyword_of["nftset"] = "nftset"
	keyword_of["-a"] = keyword_of["-address"] = keyword_of["address"] = "address"
	n = split("-c -speed-check-mode -r -response-mode -h -https-record -g -group -d -dualstack-ip-selection -A -cname " \
	    "-rr-ttl -rr-ttl-min -rr-ttl-max", words, " ")
	for (i = 1; i <= n; i++)
		has_argument[words[i]]
	fallback_kind["ipset4"] = fallback_kind["ipset6"] = "ipset"
	set_kinds = "ipset4 ipset6 nftset4 nftset6"
}

NF == 0 || $1 ~ /^#/ { next }
{ no_set() }
index($0, "#") { sub(/[ \t]#([ \t].*|$)/, "") }
$1 == "group-begin" { in_group = 1; leave("for a group only"); next }
$1 == "group-end" { in_group = 0; leave("no rule for names"); next }
in_group { leave("for a group only"); next }
$1 == "domain-set" { domain_set(); next }
{ has_name = split($2, part, "/") >= 3 && part[1] == "" && part[2] != "" }
$1 == "domain-rules" && has_name && NF > 2 { domain_rules(part[2]); next }
($1 in keyword_of) && $1 !~ /^-/ && has_name && $2 !~ /\/$/ {
	store(keyword_of[$1], part[2], substr($2, length(part[2]) + 3))
	next
}
($1 in keyword_of) && $1 !~ /^-/ && NF == 2 && $2 !~ /\// { leave("means every name"); next }
NF == 1 && $1 !~ /\// { store_kind("list:", $1, ""); next }
{ leave("no rule for names") }
END { print_all(); finish() }

# A line with the option -group applies only to some clients, and is left out.
function domain_rules(name,	i, done) {
	for (i = 3; i <= NF; i++) {
		sub(/^--/, "-", $i)
		if ($i == "-g" || $i == "-group") {
			leave("for a group only")
			return
		}
	}
	for (i = 3; i <= NF; i++)
		if ($i == "-delete") {
			forget(name)
			done = 1
		} else if ($i in keyword_of) {
			store(keyword_of[$i], name, $(i + 1))
			i++
			done = 1
		} else if ($i in has_argument) {
			i++
		}
	if (!done)
		leave("no rule for names")
}

# store(KEYWORD, NAME, VALUE): stores the entries that a line defines for a name.
function store(keyword, name, value,	n, i, word) {
	if (keyword == "ipset" || keyword == "nftset") {
		n = split(value, word, ",")
		for (i = 1; i <= n; i++)
			store_set(keyword, name, word[i])
	} else {
		if (keyword == "address")
			value = value ~ /^-[46]?(,|$)/ ? "-" : ""
		store_kind(keyword, name, value)
	}
}

# Stores an entry for SET, or for #4:SET or #6:SET of one address family; a set of nftables is FAMILY#TABLE#SET.
function store_set(keyword, name, text,	family) {
	if (text == "-") {
		if (keyword == "ipset")
			store_kind("ipset", name, text)
		store_kind(keyword "4", name, text)
		store_kind(keyword "6", name, text)
	} else if (text ~ /^#[46]:/) {
		family = substr(text, 2, 1)
		sub(/^#[46]:([^#]*#[^#]*#)?/, "", text)
		store_kind(keyword family, name, text)
	} else if (keyword == "ipset") {
		store_kind(keyword, name, text)
	} else {
		leave("no rule for names")
	}
}

function store_kind(kind, name, value,	i, set) {
	if (value == "-" || value == "") {
		no_set()
	} else {
		begin_sets()
		add_sets(value)
	}
	if (!(kind in has_kind)) {
		has_kind[kind]
		if (kind ~ /^list:/)
			list_kinds = list_kinds " " kind
	}
	held_count[kind]++
	if (verbose) {
		held_kinds[++held] = kind
		lines[held] = $0
		places[held] = place_in(FILENAME, FNR)
	}
	if (index(name, "domain-set:") != 1) {
		store_name(kind, name, value)
		return
	}
	set = substr(name, 12)
	if (!(set in set_size))
		leave("a domain set that is not defined")
	for (i = 1; i <= set_size[set]; i++)
		store_name(kind, set_names[set, i], value)
	is_used[set]
}

function store_name(kind, text, value,	name, form, why) {
	name = canonical(text)
	form = ""
	if (name ~ /^[.*-]/) {
		sub(/^\.+/, "", name)
		form = name ~ /^\*\../ ? "*." : name ~ /^-\../ ? "=" : ""
		if (form != "") {
			name = substr(name, 3)
		} else if (name ~ /^\*.*\../ && name !~ /^\*-\./) {
			store_wildcard(kind, name, value)
			return
		}
	}
	why = bad_name(name)
	if (why != "")
		leave(why)
	else if (value == "-")
		store_off(kind, form, name)
	else
		store_entry(kind, form == "=" ? "=" : "", form, name, value)
}

# NAME and *.NAME share an entry, which has the value of the later line; -.NAME has an entry of its own.
function store_entry(kind, slot, form, name, value,	id) {
	note_entry(name)
	if (!((kind, slot, name) in stored_id)) {
		id = stored_id[kind, slot, name] = ++stored
		stored_kind[id] = kind
		stored_name[id] = name
	} else {
		id = stored_id[kind, slot, name]
		if (kind ~ /^list:/ && stored_form[id] != form)
			form = ""
	}
	stored_value[id] = value
	stored_form[id] = form
	if (verbose) {
		stored_line[id] = $0
		stored_place[id] = place_in(FILENAME, FNR)
	}
}

function store_off(kind, form, name) {
	note_entry(name)
	if (form != "*.")
		off_self[kind, name]
	if (form != "=")
		off_below[kind, name]
	off_names[++offs] = name
	off_kinds[offs] = kind
}

function store_wildcard(kind, name, value) {
	sub(/^[^.]*\./, "", name)
	wildcard_base[++wildcards] = name
	wildcard_kind[wildcards] = kind
	wildcard_value[wildcards] = value
	wildcard_line[wildcards] = $0
	wildcard_place[wildcards] = place_in(FILENAME, FNR)
}

# The option -delete removes the entry of a name for all keywords.
function forget(text,	n, i, kind, name, set) {
	if (text ~ /^domain-set:/) {
		set = substr(text, 12)
		for (i = 1; i <= set_size[set]; i++)
			forget(set_names[set, i])
		return
	}
	name = canonical(text)
	sub(/^\.+/, "", name)
	n = split("ipset nameserver address " set_kinds, kind, " ")
	for (i = 1; i <= n; i++)
		forget_entry(kind[i] SUBSEP (name ~ /^-\../ ? "=" : "") SUBSEP (name ~ /^[*-]\../ ? substr(name, 3) : name))
}

function forget_entry(key) {
	if (!(key in stored_id))
		return
	stored_kind[stored_id[key]] = ""
	delete stored_id[key]
}

# Reads the file of a domain set from the folder of the source, even if the line names another folder.
function domain_set(	i, set, file, type, path, line, word, status) {
	type = "list"
	for (i = 2; i < NF; i++)
		if ($i ~ /^--?n(ame)?$/)
			set = $(++i)
		else if ($i ~ /^--?f(ile)?$/)
			file = $(++i)
		else if ($i ~ /^--?t(ype)?$/)
			type = $(++i)
	sub(/^.*\//, "", file)
	if (set == "" || file == "" || type != "list") {
		leave("no list of names")
		return
	}
	path = FILENAME
	if (!sub(/[^\/]*$/, "", path) || path == "")
		path = "./"
	set_size[set] += 0
	begin_sets()
	set_also(set)
	while ((status = (getline line < (path file))) > 0)
		if (split(line, word, " ") && word[1] !~ /^#/) {
			sub(/\r$/, "", word[1])
			set_names[set, ++set_size[set]] = word[1]
			store_kind("list:" set, word[1], set)
		}
	if (status < 0)
		leave("a list that is not there")
	else
		close(path file)
}

function counting_kinds() {
	if (listing)
		return set_kinds " nameserver address" list_kinds
	if (selected_sets)
		return set_kinds " nameserver address" selected_lists()
	if (("ipset" in has_kind) || ("ipset4" in has_kind) || ("ipset6" in has_kind) ||
	    ("nftset4" in has_kind) || ("nftset6" in has_kind))
		return set_kinds
	return ("nameserver" in has_kind) || ("address" in has_kind) ? "nameserver address" : list_kinds
}

function selected_lists(	i, text) {
	for (i = 1; i <= selected_sets; i++)
		if (("list:" selected[i]) in has_kind)
			text = text " list:" selected[i]
	return text
}

function note_counting(	kind) {
	for (kind in has_kind)
		if (index(kinds, " " kind " ") || (kind == "ipset" && index(kinds, " ipset4 ")))
			counting[kind]
}

function print_all(	i) {
	kinds = " " counting_kinds() " "
	note_counting()
	for (i = 1; i <= wildcards; i++)
		if (wildcard_kind[i] in counting)
			put_wildcard(i)
	for (i = 1; i <= offs; i++)
		if (off_kinds[i] in counting)
			put_off(off_kinds[i], off_names[i])
	for (i = 1; i <= stored; i++)
		if (stored_form[i] == "=" && (stored_kind[i] in counting))
			put_stored(i, stored_kind[i], "=", stored_name[i], stored_value[i])
	for (i = 1; i <= stored; i++)
		if (stored_form[i] != "=" && (stored_kind[i] in counting))
			put_stored(i, stored_kind[i], stored_form[i], stored_name[i], stored_value[i])
	print_entries(kinds)
	no_set()
	leave_others()
}

# Counts the lines of the kinds that are not used.
function leave_others(	i, kind) {
	for (i = 1; i <= held; i++)
		if (is_other(held_kinds[i]))
			leave("beside ipset or nftset lines", lines[i], places[i])
	for (kind in held_count)
		for (i = 1; !verbose && is_other(kind) && i <= held_count[kind]; i++)
			leave("beside ipset or nftset lines")
}

function is_other(kind) {
	return !(kind in counting) && kind !~ /^list:/
}

function put_off(kind, name) {
	if ((kind, name) in off_self)
		put_entry(kind, "=", name, "-")
	if ((kind, name) in off_below)
		put_entry(kind, "*.", name, "-")
}

function put_wildcard(i) {
	begin_sets()
	wanted = is_selected_value(wildcard_value[i])
	leave("a wildcard inside a label", wildcard_line[i], wildcard_place[i])
	if (!wanted)
		guard(wildcard_base[i], wildcard_line[i], wildcard_place[i])
}

function put_stored(i, kind, form, name, value,	self_off, below_off) {
	self_off = below_off = 0
	if (offs) {
		self_off = below_off = is_off_above(kind, name)
		self_off += (kind, name) in off_self
		below_off += (kind, name) in off_below
	}
	if (form == "" && !self_off && !below_off) {
		put_entry(kind, "", name, value)
	} else if (form != "*." && !self_off) {
		put_entry(kind, "=", name, value)
	} else if (form != "=" && !below_off) {
		put_entry(kind, "*.", name, value)
	} else {
		begin_sets()
		wanted = is_selected_value(value)
		leave("switched off for this name", stored_line[i], stored_place[i])
	}
}

function is_off_above(kind, name) {
	while (sub(/^[^.]*\./, "", name))
		if ((kind, name) in off_below)
			return 1
	return 0
}
