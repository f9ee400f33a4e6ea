# Turns lines `TIME TEXT` into an SVG in which each line appears at its time; a title, a line of scripts/demo that is not
# indented, appears a second after the line before it. Where animations are off, the picture shows all lines.

function escaped(text) {
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	gsub(/>/, "\\&gt;", text)
	return text
}

function is_title(text) { return text ~ /^[^ $]/ }

# show TEXT: adds the text to the picture, in lines of at most 120 columns.
function show(text,    indent, cut) {
	match(text, /^ */)
	indent = RLENGTH + 2
	while (length(text) > 120) {
		for (cut = 120; cut > indent && substr(text, cut, 1) != " "; cut--)
			;
		put(substr(text, 1, cut > indent ? cut - 1 : cut = 120))
		text = sprintf("%*s", indent, "") substr(text, cut + 1)
	}
	put(text)
}
function put(text) {
	line[++n] = sprintf("<text x=\"16\" y=\"%d\" class=\"%s\" style=\"animation-delay:%.2fs\">%s</text>",
		28 + 18 * n, is_title(text) ? "title" : "line", at, escaped(text))
	if (length(text) > columns)
		columns = length(text)
}

BEGIN { show("$ ./scripts/demo") }
{
	time = $1 + 0
	pause = last ? time - last : 0
	last = time
	sub(/^[^ ]* /, "")
	at += pause > 1 || is_title($0) ? 1 : pause
	gsub(/\t/, "        ")
	show($0)
}
END {
	width = 32 + 8 * columns
	height = 46 + 18 * n
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" xml:space=\"preserve\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n", width, height, width, height
	print "<title>The output of scripts/demo; written by scripts/record</title>"
	print "<style>"
	print "rect { fill: #1d2021; }"
	print "text { font: 13px ui-monospace, Menlo, Consolas, monospace; fill: #d5d8d6; }"
	print ".title { fill: #fabd2f; font-weight: bold; }"
	print "@media (prefers-reduced-motion: no-preference) {"
	print "text { opacity: 0; animation: appear 0.1s forwards; }"
	print "}"
	print "@keyframes appear { to { opacity: 1; } }"
	print "</style>"
	printf "<rect width=\"%d\" height=\"%d\" rx=\"6\"/>\n", width, height
	for (i = 1; i <= n; i++)
		print line[i]
	print "</svg>"
}
