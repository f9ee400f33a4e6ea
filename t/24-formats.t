#!/usr/bin/env bash
# shellcheck disable=SC2317
# Compares dnstap-list with t/lab/formats.pl, which interprets each format by the documentation of its publisher: the list never
# matches a name that the source does not match, and lacks a name only because of a rule that was reported as left out.
# FORMATS_SEED in the environment selects other sources, FORMATS_ROUNDS their number for each format.
. t/lab/lib.sh

PATH=$PWD/scripts/bin:$PATH
export LC_ALL=C
seed=${FORMATS_SEED:-1} rounds=${FORMATS_ROUNDS:-6}
echo "# seed $seed"

# compares FORMAT: prints the figures, or the first difference.
compares() {
	mkdir "$dir/$1"
	perl t/lab/formats.pl "$1" "$seed" "$rounds" "$dir/$1" >"$dir/$1.out" 2>&1
	local status=$?
	comment <"$dir/$1.out"
	return "$status"
}

# has_interpreter FORMAT: t/lab/formats has an interpreter of the format; cidr, which has no names, needs none.
has_interpreter() { [ "$1" = cidr ] || [ -r "t/lab/formats/$1.pl" ]; }

for program in scripts/lists/*.awk; do
	format=$(basename "$program" .awk)
	case $format in
	common*) ;;
	*) check "$format has an interpreter" has_interpreter "$format" ;;
	esac
done
for interpreter in t/lab/formats/*.pl; do
	format=$(basename "$interpreter" .pl)
	check "$format: the list and the source match the same names" compares "$format"
done

plan_done
