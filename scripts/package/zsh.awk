# Turns rows of options.awk into a completion for zsh. `program` is the name of the program.

BEGIN { FS = "\t" }

$1 == "option" {
	flags = $2 == "" ? $3 : "{" $2 "," $3 "}"
	lines = lines "\t'*'" flags "'[" quoted($5) "]" ($4 == "" ? "" : ":" quoted($4) ":" action($4)) "' \\\n"
}
$1 == "command" { commands = commands (commands == "" ? "" : " ") $2 }
$1 == "word" && $2 == "" { commands = commands (commands == "" ? "" : " ") $3 }
$1 == "word" && $2 != "" { words[$2] = words[$2] (words[$2] == "" ? "" : " ") $3 }

# The text without the characters that are special in a specification of _arguments.
function quoted(text) {
	gsub(/\[|\]|:|\\/, "\\\\&", text)
	gsub(/'/, "'\\''", text)
	return text
}

function action(argument) {
	if (argument ~ /^[a-z]+(\|[a-z]+)+$/) {
		gsub(/\|/, " ", argument)
		return "(" argument ")"
	}
	if (argument ~ /^(FILE|FIFO|DB|PATH|PEERS|SOCKET)$/)
		return "_files"
	if (argument == "GROUP")
		return "_groups"
	return " "
}

END {
	printf "#compdef %s\n# Completion of %s for zsh, made from its --help.\n\n", program, program
	for (command in words)
		printf "if [[ $words[CURRENT-1] == %s ]]; then\n\tcompadd -- %s\n\treturn\nfi\n", command, words[command]
	printf "_arguments -s \\\n%s", lines
	if (commands != "")
		printf "\t'1: :(%s)' \\\n", commands
	print "\t'*: :_files'"
}
