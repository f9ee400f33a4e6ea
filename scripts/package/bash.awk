# Turns rows of options.awk into a completion for bash. `program` is the name of the program.

BEGIN {
	FS = "\t"
	name = "_" program
	gsub(/-/, "_", name)
}

$1 == "option" {
	flags = flags (flags == "" ? "" : " ") ($2 == "" ? "" : $2 " ") $3
	if ($4 != "")
		values = values "\t" ($2 == "" ? "" : $2 " | ") $3 ")\n\t\t" complete($4) "\n\t\treturn\n\t\t;;\n"
}
$1 == "command" { commands = commands (commands == "" ? "" : " ") $2 }
$1 == "word" {
	if (!($2 in words))
		order[++n] = $2
	words[$2] = words[$2] (words[$2] == "" ? "" : " ") $3
}

# The commands that complete an option's argument.
function complete(argument) {
	if (argument ~ /^[a-z]+(\|[a-z]+)+$/) {
		gsub(/\|/, " ", argument)
		return offer("-W '" argument "'")
	}
	if (argument ~ /^(FILE|FIFO|DB|PATH|PEERS|SOCKET)$/)
		return "compopt -o filenames\n\t\t" offer("-f")
	if (argument == "GROUP")
		return offer("-g")
	return "compopt +o default"
}

function offer(what) { return "mapfile -t COMPREPLY < <(compgen " what " -- \"$current\")" }

function alternatives(list) {
	gsub(/ /, "|", list)
	return list
}

END {
	printf "# Completion of %s for bash, made from its --help.\n\n%s() {\n", program, name
	print "\tlocal current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}"
	print "\tCOMPREPLY=()"
	printf "\tcase $previous in\n%s", values
	for (i = 1; i <= n; i++)
		if (order[i] != "")
			printf "\t%s)\n\t\t%s\n\t\treturn\n\t\t;;\n", order[i], offer("-W '" words[order[i]] "'")
	print "\tesac"
	print "\tif [[ $current == -* ]]; then\n\t\t" offer("-W '" flags "'")
	if (commands words[""] != "")
		printf "\telif ! [[ \" ${COMP_WORDS[*]:1:COMP_CWORD-1} \" =~ \" \"(%s)\" \" ]]; then\n\t\t%s\n", \
			alternatives(commands words[""]), offer("-W '" commands words[""] "'")
	print "\tfi\n}"
	printf "complete -o default -F %s %s\n", name, program
}
