#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes requirements.txt from requirements.in: every package by version and sha256.

    tests/server/clients/lock.py

Run it with the Python that the tests run with; a wheel with compiled code has a hash for each.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import venv

HERE = pathlib.Path(__file__).resolve().parent
HEADER = """\
# SPDX-License-Identifier: Apache-2.0
# Written by lock.py from requirements.in, for CPython 3.11 on x86_64 Linux (Debian 12).
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        command = [f"{folder}/bin/pip", "install", "--quiet", "--dry-run", "--report", "-"]
        report = subprocess.run([*command, "-r", HERE / "requirements.in"], check=True, stdout=subprocess.PIPE)
    lines = []
    for package in json.loads(report.stdout)["install"]:
        metadata, sha256 = package["metadata"], package["download_info"]["archive_info"]["hashes"]["sha256"]
        lines.append(f"{metadata['name'].lower()}=={metadata['version']} --hash=sha256:{sha256}\n")
    (HERE / "requirements.txt").write_text(HEADER + "".join(sorted(lines)), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
