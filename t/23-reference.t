#!/usr/bin/env bash
# shellcheck disable=SC2317
# dnstap-match prints the same lines as t/lab/reference.pl, an independent implementation of the list grammar.
# REFERENCE_SEED in the environment selects other lists and answers.
. t/lab/lib.sh

rounds=20 lines=2500	# each round has new lists
seed=${REFERENCE_SEED:-1}
echo "# seed $seed"

every_round() {
	for ((round = 0; round < rounds; round++)); do "$@" "$dir/$round" || return 1; done
}

make_round() { mkdir "$1" && perl t/lab/reference.pl "$1" $((seed * 1000 + round)) "$lines"; }

lists_are_good() { dnstap-match -c "$1"/*.list; }

# as_expected NAME OPTIONS FOLDER: with these options, dnstap-match prints the lines of FOLDER/expected.NAME. Prints the first
# lines that differ.
as_expected() {
	# shellcheck disable=SC2086
	(cd "$3" && dnstap-match $2 one.list two.list one=more.list 'te,st=comma.list' few.list <answers >out)
	cmp -s "$3/out" "$3/expected.$1" || { diff "$3/out" "$3/expected.$1" | sed -n 1,4p | comment; return 1; }
}

# enough KIND: the files expected.KIND have more than a tenth of the lines.
enough() { [ "$(cat "$dir"/*/expected."$1" | wc -l)" -gt $((rounds * lines / 10)) ]; }

check 'the reference writes lists and answers' every_round make_round
check 'dnstap-match accepts every entry of the lists' every_round lists_are_good
check 'many answers match' enough matching
check 'many answers do not match' enough others
check '-a prints every line with the right tags and rules' every_round as_expected all -a
check 'without an option only matching lines are printed' every_round as_expected matching ''
check '-v prints the others' every_round as_expected others -v
check '-q matches the question only' every_round as_expected question '-a -q'

plan_done
