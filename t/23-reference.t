#!/usr/bin/env bash
# shellcheck disable=SC2317
# dnstap-match against the grammar of lists as t/lab/reference.pl reads it: whole lines are the same, byte for byte.
# REFERENCE_SEED in the environment chooses other lists and answers.
. t/lab/lib.sh

rounds=20 lines=2500	# each round has lists of its own
seed=${REFERENCE_SEED:-1}
echo "# seed $seed"

every_round() {
	for ((round = 0; round < rounds; round++)); do "$@" "$dir/$round" || return 1; done
}

make_round() { mkdir "$1" && perl t/lab/reference.pl "$1" $((seed * 1000 + round)) "$lines"; }

lists_are_good() { dnstap-match -c "$1"/*.list; }

# as_expected NAME OPTIONS FOLDER: the lines are the expected ones; those that are not are shown.
as_expected() {
	# shellcheck disable=SC2086
	(cd "$3" && dnstap-match $2 one.list two.list one=more.list 'te,st=comma.list' few.list <answers >out)
	cmp -s "$3/out" "$3/expected.$1" || { diff "$3/out" "$3/expected.$1" | sed -n 1,4p | comment; return 1; }
}

# enough WHICH: a tenth of the lines are such.
enough() { [ "$(cat "$dir"/*/expected."$1" | wc -l)" -gt $((rounds * lines / 10)) ]; }

check 'lists and answers are made' every_round make_round
check 'every entry of the lists is one' every_round lists_are_good
check 'many answers match' enough matching
check 'many do not' enough others
check '-a gives all, with the tags and rules of the grammar' every_round as_expected all -a
check 'no option gives those that match' every_round as_expected matching ''
check '-v gives the others' every_round as_expected others -v
check '-q heeds the question alone' every_round as_expected question '-a -q'

plan_done
