#!/usr/bin/env bash
# Runs the store's tests that are random, or kill its writers, over and over, each time from another seed:
#
#   tools/soak.sh [minutes, 10 unless given] [how many times as many rounds as in CI, 4 unless given]
#
# At the end it says how many processes were killed and what they had left on the disk. A run that failed keeps
# its log, and (killed) its store; `seed=… tools/soak.sh 0` runs that seed once more, as far as time lets it.
set -euo pipefail
cd "$(dirname "$0")/.."
minutes=${1:-10}
export CLIPFIND_SOAK_ROUNDS=${2:-4}
# As fast as what people run, but it says so when a number overflows.
export CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=true CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true
target=${CARGO_TARGET_DIR:-target}/soak

program=$(cargo test --release --package clipfind-store --features faults --test store --no-run \
  --target-dir "$target" --message-format json | sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' | tail -n 1)
logs=$(mktemp -d "$target/logs-XXXXXX")

runs=0
failed=0
SECONDS=0
while [ $runs -eq 0 ] || [ $SECONDS -lt $((minutes * 60)) ]; do
  seed=${seed:-$((RANDOM * 32768 + RANDOM))}
  log=$logs/$seed.log
  runs=$((runs + 1))
  if CLIPFIND_SOAK_SEED=$seed PROPTEST_RNG_SEED=$seed "$program" --nocapture \
    kill crash:: faults:: garbage:: histories:: repairing:: >"$log" 2>&1; then
    echo "seed $seed: passed"
  else
    failed=$((failed + 1))
    echo "seed $seed: FAILED, see $log"
    grep -E "^test .* FAILED$|panicked at|CLIPFIND_SOAK_SEED=" "$log" | sed 's/^/  /' | head -n 20 || true
  fi
  unset seed
done

echo "$runs runs in $((SECONDS / 60)) minutes, $failed failed. What killed processes left:"
cat "$logs"/*.log | grep -E '^[a-z]+ \((Kill|Size)\): |^create: ' | awk -F ': ' '
  {
    count = split($2 ", " $3, parts, ", ")
    split(parts[1], words, " ")
    rounds += words[1]
    for (at = 2; at <= count; at++)
      if (match(parts[at], / [0-9]+$/)) {
        state = substr(parts[at], 1, RSTART - 1)
        states[state] += substr(parts[at], RSTART + 1)
      }
  }
  END {
    printf "  %7d processes killed\n", rounds
    for (state in states) printf "  %7d %s\n", states[state], state
  }'
if [ $failed -gt 0 ]; then exit 1; fi
rm -r "$logs"
