#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints what rap promises about speed and memory, and what was measured on this machine.
#   scripts/bench.sh BUILD_DIR
exec python3 "$(dirname "$0")/bench.py" "${1:?usage: scripts/bench.sh BUILD_DIR}"
