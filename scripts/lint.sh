#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks the formatting of all C++ files and runs clang-tidy over the sources that a build compiles.
#
#   scripts/lint.sh BUILD_DIR        (needs BUILD_DIR/compile_commands.json)
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t files < <(git ls-files '*.h' '*.cc')
clang-format --dry-run --Werror "${files[@]}"

# Third-party sources in the compilation database are not ours to check.
run-clang-tidy -quiet -j "$(nproc)" -p "$1" "$PWD/(src|bench)/.*\.cc$" 2>/dev/null |
  grep -E 'warning:|error:' | sort -u && exit 1
echo "lint: ${#files[@]} files are clean"
