#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs pytest with the pinned clients in a virtual environment, which it makes on first use.

    tests/server/clients/run.py ENVIRONMENT_DIR [--node] PYTEST_ARGUMENT...

With --node the Node client is installed too, and RAP_NODE_DIR names its folder. Leaves with status 77,
which ctest reports as skipped, if the clients cannot be installed (no network, another Python, no npm).
"""

import os
import pathlib
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from harness.installs import SKIPPED, install_once, install_packages, locked  # noqa: E402


def install_python(folder: pathlib.Path) -> None:
    venv.create(folder, with_pip=True)
    pip = [folder / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"]
    subprocess.run([*pip, "--require-hashes", "-r", HERE / "requirements.txt"], check=True, timeout=600)


def main(environment: pathlib.Path, arguments: list[str]) -> None:
    with_node = arguments[:1] == ["--node"]
    python, node = environment / "python", environment / "node"
    try:
        with locked(environment):
            install_once(python, HERE / "requirements.txt", install_python)
            if with_node:
                install_packages(HERE / "node", node)
                os.environ["RAP_NODE_DIR"] = str(node)
    except (subprocess.SubprocessError, OSError) as error:
        print(f"skipped: the clients cannot be installed: {error}")
        sys.exit(SKIPPED)
    program = str(python / "bin" / "python")
    os.execv(program, [program, "-B", "-m", "pytest", *arguments[with_node:]])


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:])
