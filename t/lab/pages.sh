# shellcheck shell=bash
# The blocks of README and of the manual pages, for tests that run them. Sourced.

# page_block PAGE LABEL: prints the literal display of man/PAGE below a comment `.\" TEST: LABEL`.
page_block() {
	awk -v label="$2" '
	/^\.Ed/ { shown = 0 }
	shown
	/^\.Bd -literal/ { shown = labelled }
	{ labelled = /^\.\\" t\// && $NF == label }' "man/$1" |
		sed -e "s/\\\\(aq/'/g" -e 's/\\&//g' -e 's/\\e/\\/g'
}

# readme_block LANGUAGE: prints README's fenced blocks with this info string.
readme_block() { awk -v begin="\`\`\`$1" '$0 == "```" { shown = 0 } shown; $0 == begin { shown = 1 }' README.md; }
