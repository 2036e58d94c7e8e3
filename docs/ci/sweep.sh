#!/bin/sh
# A study in any CI: run what is left, hold checks, analyse, report. Keep $OUT/points from one job to the next, and no
# point is computed twice. Exit codes are those of `paysim sweep run`: 0, 1 a check or a point failed, 2 bad input,
# 3 the time limit came first (start the job again: it goes on). Explained in docs/howto/ci.md.
set -eu

: "${STUDY:=scenarios/sweeps/cutoff_sweep.yaml}"
: "${OUTCOME:=trade_after_four_years}"
: "${BELOW:=75 %}"
: "${CHECKED:=scenarios/cutoff.yaml}"
: "${OUT:=results/sweeps}"
: "${REPORTS:=reports}"
: "${LIMIT:=50 min}"

mkdir -p "$REPORTS"
paysim validate "$STUDY"

status=0
paysim sweep run "$STUDY" --out "$OUT" --time-limit "$LIMIT" --junit "$REPORTS/sweep.xml" || status=$?
case $status in
    0 | 1) ;;              # a failed check does not hide the rest of the report
    *) exit "$status" ;;
esac

# shellcheck disable=SC2086  # several files
paysim check $CHECKED --junit "$REPORTS/check.xml" || status=1

study="$OUT/$(basename "$STUDY" .yaml)"
analyse() {
    paysim sweep "$@" --outcome "$OUTCOME" --out "$REPORTS/$1" --overwrite > "$REPORTS/$1.txt" || status=1
    cat "$REPORTS/$1.txt"
}
analyse sensitivity "$study"
analyse discover "$study" --below "$BELOW"
exit "$status"
