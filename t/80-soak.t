#!/usr/bin/env bash
# The soak test, in its shortest form: each stroke of fate befalls the pipeline twice or so.
. t/lab/lib.sh

scripts/soak -t 20 >"$dir/report" 2>&1
status=$?
show=$dir/report
is "$status" 0 'the pipeline outlives it, and nothing is lost that is not counted'
check 'as it reports' has '^soak: all is well$' "$dir/report"

plan_done
