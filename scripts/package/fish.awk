# Turns rows of options.awk into a completion for fish. `program` is the name of the program.

BEGIN {
	FS = "\t"
	printf "# Completion of %s for fish, made from its --help.\n\n", program
}

$1 == "option" {
	line = "complete -c " program ($2 == "" ? "" : " -s " substr($2, 2)) " -l " substr($3, 3)
	print line argument($4) " -d '" quoted($5) "'"
}
$1 == "command" { printf "complete -c %s -n __fish_use_subcommand -f -a %s\n", program, $2 }
$1 == "word" && $2 == "" { printf "complete -c %s -n __fish_use_subcommand -f -a %s\n", program, $3 }
$1 == "word" && $2 != "" { printf "complete -c %s -n '__fish_seen_subcommand_from %s' -f -a %s\n", program, $2, $3 }

function quoted(text) {
	gsub(/[\\']/, "\\\\&", text)
	return text
}

function argument(text) {
	if (text == "")
		return ""
	if (text ~ /^[a-z]+(\|[a-z]+)+$/) {
		gsub(/\|/, " ", text)
		return " -x -a '" text "'"
	}
	if (text ~ /^(FILE|FIFO|DB|PATH|PEERS|SOCKET)$/)
		return " -r -F"
	if (text == "GROUP")
		return " -x -a '(__fish_complete_groups)'"
	return " -x"
}
