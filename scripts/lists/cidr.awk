# Addresses and prefixes, one on each line, for --prefixes.

{ sub(/[#;].*|\/\/.*/, "") }
NF == 0 { next }
NF == 1 { prefix($1); next }
{ leave("more than one word") }
END { finish() }
