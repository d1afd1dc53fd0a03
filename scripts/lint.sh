#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks the formatting of all C++ files and runs clang-tidy over the sources that a build compiles.
#
#   scripts/lint.sh BUILD_DIR        (needs BUILD_DIR/compile_commands.json)
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t files < <(git ls-files '*.h' '*.cc')
clang-format --dry-run --Werror "${files[@]}"

# Third-party sources in the compilation database are not ours to check. The checked configuration
# makes every finding an error, so the exit status tells.
report=$(mktemp)
trap 'rm -f "$report"' EXIT
# clang-tidy 14 cannot read libtorch's headers as C++20, so files that include them are left out.
if ! run-clang-tidy -quiet -j "$(nproc)" -p "$1" -extra-arg=-Wno-unknown-warning-option "$PWD/(src|bench)/(?!training/[a-z_]+\.cc|train_bench).*\.cc$" \
  >"$report" 2>&1; then
  grep -E 'warning:|error:' "$report" | sort -u
  echo "lint: clang-tidy has findings" >&2
  exit 1
fi
echo "lint: ${#files[@]} files are clean"
