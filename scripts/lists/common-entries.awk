# Entries of a resolver's configuration. An entry puts the addresses of a name into sets, or chooses an upstream for the name.
# Each entry has a kind, such as ipset or nftset; of the entries of one kind, that with the longest name decides. A name is
# matched if the deciding entry of any kind has a selected set.
#
# An entry has two values: for the name itself, and for the names below it. A value is a list of sets, separated by commas, ""
# for an entry without a set, or "-" for an exception. The program of a format stores values by put_entry(), which replaces an
# earlier value, and prints the rules by print_entries(). fallback_kind[KIND] is a kind whose entries apply to a name without
# an entry of KIND.

# note_entry(NAME): notes that the name has an entry. Rules are printed in the order in which their names were noted.
function note_entry(name) {
	if (!(name in entry_form)) {
		entry_form[name] = ""
		entry_order[++entries] = name
	}
}

# put_entry(KIND, FORM, NAME, VALUE): stores a value. FORM is "" for the name and the names below it, "=" for the name only, or
# "*." for the names below it only.
function put_entry(kind, form, name, value) {
	note_entry(name)
	used_kinds[kind]
	if (value == "-")
		has_exceptions = 1
	if (form == "") {
		entry_form[name] = "=*."
		entry_value[kind, name] = value
		if (has_parts) {
			delete self_value[kind, name]
			delete below_value[kind, name]
		}
		return
	}
	has_parts = 1
	if (!index(entry_form[name], form))
		entry_form[name] = form == "=" ? form entry_form[name] : entry_form[name] form
	if (form == "=")
		self_value[kind, name] = value
	else
		below_value[kind, name] = value
}

# has_entry(KIND, NAME): whether put_entry() was called for the name with the form "".
function has_entry(kind, name) {
	return (kind, name) in entry_value
}

# print_entries(KINDS): prints the rules. KINDS are the kinds of entries that count, separated by spaces.
function print_entries(kinds,	i, n, kind) {
	n = split(kinds, kind, " ")
	begin_sets()
	wanted = 1
	for (i = 1; i <= entries; i++)
		if (listing)
			count_entry(entry_order[i], kind, n)
		else
			print_entry(entry_order[i], kind, n)
}

function count_entry(name, kind, n,	i) {
	begin_sets()
	for (i = 1; i <= n; i++) {
		add_own_sets(kind[i], name)
		if (kind[i] in fallback_kind)
			add_own_sets(fallback_kind[kind[i]], name)
	}
	output(name)
}

function add_own_sets(kind, name) {
	if ((kind, name) in entry_value)
		add_sets(entry_value[kind, name])
	if ((kind, name) in self_value)
		add_sets(self_value[kind, name])
	if ((kind, name) in below_value)
		add_sets(below_value[kind, name])
}

function add_sets(value,	n, i, word) {
	if (value == "-")
		return
	n = split(value, word, ",")
	for (i = 1; i <= n; i++)
		set_also(word[i])
}

# Prints the rules of an entry. A rule is printed even if an entry for a shorter name implies it, an exception only if an entry
# for a shorter name would match.
function print_entry(name, kind, n,	form, self, below, above) {
	form = entry_form[name]
	above = self = below = 1
	if (selected_sets || has_exceptions) {
		above = is_matched("above", name, kind, n)
		self = is_matched("self", name, kind, n)
		below = has_parts ? is_matched("below", name, kind, n) : self
	}
	if (form == "=*." && self == below) {
		print_form("", name, below, above)
		return
	}
	if (form ~ /^=/)
		print_form("=", name, self, above)
	if (form ~ /\*/)
		print_form("*.", name, below, above)
}

function print_form(form, name, selected, above) {
	if (selected && form != "=" && (name in guard_line) &&
	    !stays_wide("has an exception with a wildcard inside a label", guard_line[name], guard_place[name]))
		return
	if (selected)
		rule(form name)
	else if (above)
		rule("!" form name)
}

# is_matched(PART, ...): whether a selected set has the name ("self") or the names below it ("below"), or would have them
# without an entry for this name ("above").
function is_matched(part, name, kind, n,	i, value) {
	for (i = 1; i <= n; i++) {
		value = value_of(part, kind[i], name)
		if (value == "?" && (kind[i] in fallback_kind))
			value = value_of(part, fallback_kind[kind[i]], name)
		if (is_selected_value(value))
			return 1
	}
	return 0
}

# The value of the entry of this kind that decides for a part of the name (see is_matched), or "?" if there is none.
function value_of(part, kind, name) {
	if (!(kind in used_kinds))
		return "?"
	if (part == "self" && (kind, name) in self_value)
		return self_value[kind, name]
	if (part == "below" && (kind, name) in below_value)
		return below_value[kind, name]
	if (part != "above" && (kind, name) in entry_value)
		return entry_value[kind, name]
	return value_above(kind, name)
}

function value_above(kind, name,	at) {
	if (!(at = index(name, ".")))
		return "?"
	name = substr(name, at + 1)
	if (!((kind, name) in inherited))
		inherited[kind, name] = value_of("below", kind, name)
	return inherited[kind, name]
}

function is_selected_value(value,	n, i, word) {
	if (value in selected_values)
		return selected_values[value]
	n = split(value, word, ",")
	selected_values[value] = value !~ /^[-?]$/ && !selected_sets
	for (i = 1; i <= n; i++)
		if (word[i] in is_selected)
			selected_values[value] = value !~ /^[-?]$/
	return selected_values[value]
}

# guard(NAME, LINE, PLACE): notes an entry that no rule can express, and that excepts some names below NAME: rules for NAME and
# the names above it match more than the source.
function guard(name, line, place) {
	do {
		guard_line[name] = line
		guard_place[name] = place
	} while (sub(/^[^.]*\./, "", name))
}
