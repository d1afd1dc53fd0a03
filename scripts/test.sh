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

# "tests failed skipped" of the report; nothing if ctest could not write one.
read -r tests failed skipped < <(python3 - "$report" <<'PYTHON'
import sys, xml.etree.ElementTree
suite = xml.etree.ElementTree.parse(sys.argv[1]).getroot()
print(suite.get("tests"), suite.get("failures"), suite.get("skipped"))
PYTHON
) || { echo "0 passed, 1 failed"; exit 1; }
passed=$((tests - failed - skipped))

if [ "${CI:-}" = true ]; then
  if scripts/lint.sh "$build/$preset"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
fi

[ "$skipped" -eq 0 ] || echo "$skipped skipped (each says above what it needs)"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
