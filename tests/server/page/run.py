#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Drives the page of `rap serve` in Debian's Chromium.

    tests/server/page/run.py FOLDER TEST.js...

RAP_BIN names the rap command, RAP_ARTEFACTS the folder for screenshots. The tests and what they need are copied to
FOLDER, because Node looks for packages beside the file that imports them. Leaves with status 77, which ctest reports as
skipped, if there is no Chromium or the packages cannot be installed.
"""

import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from harness.installs import SKIPPED, install_packages, locked  # noqa: E402


def prepare(folder: pathlib.Path) -> None:
    install_packages(HERE, folder)
    for file in [*HERE.glob("*.js"), *HERE.glob("support/*.js")]:
        to = folder / file.relative_to(HERE)
        to.parent.mkdir(exist_ok=True)
        shutil.copy(file, to)


def main(folder: pathlib.Path, tests: list[str]) -> None:
    if shutil.which("chromium") is None:
        print("skipped: there is no Chromium")
        sys.exit(SKIPPED)
    try:
        with locked(folder):
            prepare(folder / "tests")
    except (subprocess.SubprocessError, OSError) as error:
        print(f"skipped: what the tests need cannot be installed: {error}")
        sys.exit(SKIPPED)
    os.environ["RAP_SOURCE_DIR"] = str(HERE.parents[2])
    files = [str(folder / "tests" / test) for test in tests]
    os.execvp("node", ["node", "--test", "--test-concurrency=1", *files])


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:])
