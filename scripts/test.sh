#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs every test of a finished build and ends with a line "N passed, N failed".
#
#   scripts/test.sh BUILD_DIR PRESET
#
# With CI=true the sources are linted too.
set -uo pipefail
cd "$(dirname "$0")/.."
build=$1
preset=$2
report=$(mktemp)
trap 'rm -f "$report"' EXIT

ctest --preset "$preset" --parallel "$(nproc)" --output-junit "$report"

count() { grep -o "<testsuite [^>]*" "$report" | grep -o "$1=\"[0-9]*\"" | grep -o '[0-9]*' | head -1; }
tests=$(count tests)
failed=$(count failures)
skipped=$(grep -c '<skipped' "$report")
passed=$((${tests:-0} - ${failed:-0} - skipped))
if [ -z "$tests" ]; then failed=1; fi

if [ "${CI:-}" = true ]; then
  if scripts/lint.sh "$build/$preset"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
fi

[ "$skipped" -eq 0 ] || echo "$skipped skipped (each says above what it needs)"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
