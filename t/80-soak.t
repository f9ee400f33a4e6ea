#!/usr/bin/env bash
# The soak test in its shortest form: about two of each disturbance.
. t/lab/lib.sh

scripts/soak -t 20 >"$dir/report" 2>&1
status=$?
show=$dir/report
is "$status" 0 'the pipeline survives and every lost line is counted'
check 'the report says so' has '^soak: PASS$' "$dir/report"

plan_done
