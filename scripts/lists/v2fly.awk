# v2fly's domain-list-community (geosite), as source and as published text:
#
#	[domain:|full:|keyword:|regexp:]WORD [@ATTRIBUTE]... # comment
#	include:LIST [@ATTRIBUTE|@-ATTRIBUTE]...
#	domain:WORD:@ATTRIBUTE,@ATTRIBUTE
#
# An included list is a file in the same folder. The wanted attributes are a text like ` cn -ads `: those of the option -a,
# and in an included list also those of its include line.

BEGIN {
	chosen = " " ENVIRON["LIST_ATTRIBUTES"] " "
}

{
	opened = FILENAME == "" || FILENAME == "-" ? "./-" : FILENAME
	read_line($0, opened, chosen, " " opened " ", place_in(FILENAME, FNR))
}
END { finish() }

function folder(path) {
	sub(/[^\/]*$/, "", path)
	return path
}

function read_line(line, path, wanted, above, place,	n, word, i, attributes, kind) {
	sub(/#.*/, "", line)
	gsub(/\r/, "", line)
	n = split(line, word, " ")
	if (n == 0)
		return
	kind = ""
	if (word[1] ~ /^(domain|full|keyword|regexp|include):/)
		kind = substr(word[1], 1, index(word[1], ":") - 1)
	attributes = " "
	if (kind != "include" && (i = match(word[1], /:@[^:]*$/))) {
		attributes = substr(word[1], i + 1)
		word[1] = substr(word[1], 1, i - 1)
		gsub(/[@,]+/, " ", attributes)
		attributes = attributes " "
	}
	for (i = 2; i <= n; i++)
		if (word[i] ~ /^@./)
			attributes = attributes substr(word[i], 2) " "
		else if (word[i] !~ /^&./) {	# `&` names another list with the same rule
			leave("more than one word", line, place)
			return
		}
	if (kind == "include")
		include(substr(word[1], 9), attributes, path, wanted, above, line, place)
	else if (!suits(attributes, wanted))
		leave("other attributes", line, place)
	else
		v2fly_rule(kind, kind == "" ? word[1] : substr(word[1], length(kind) + 2), line, place)
}

# `above` has the paths of the lists that lead to this include line, to find loops. A list that was read before with the same
# wanted attributes is skipped.
function include(name, filter, path, wanted, above, line, place,	n, i, word, inner, number) {
	path = folder(path) name
	if (name !~ /^[A-Za-z0-9!_-][A-Za-z0-9!._-]*$/ || index(above, " " path " ")) {
		leave(name ~ /[^A-Za-z0-9!._-]/ ? "a list elsewhere" : "a list that includes itself", line, place)
		return
	}
	n = split(filter, word, " ")
	for (i = 1; i <= n; i++)
		if (!index(wanted, " " word[i] " "))
			wanted = wanted word[i] " "
	if ((path, wanted) in seen)
		return
	seen[path, wanted] = 1
	for (number = 1; (i = (getline inner < path)) > 0; number++) {
		if (number == 1 && substr(inner, 1, 3) == "\357\273\277")
			inner = substr(inner, 4)
		read_line(inner, path, wanted, above path " ", place_in(path, number))
	}
	if (i < 0)
		leave("a list that is not there", line, place)
	else
		close(path)
}
