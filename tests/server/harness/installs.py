# SPDX-License-Identifier: Apache-2.0
"""What tests install for themselves, once for each set of pins."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import pathlib
import shutil
import subprocess
from collections.abc import Callable, Iterator

SKIPPED = 77  # how a test leaves that cannot have what it needs; ctest reports it as skipped


@contextlib.contextmanager
def locked(folder: pathlib.Path) -> Iterator[None]:
    """Several tests may want the folder at the same time; one fills it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def install_once(folder: pathlib.Path, pins: pathlib.Path, install: Callable[[pathlib.Path], None]) -> None:
    """Installs into the folder, unless that was done from the same pins before."""
    stamp, wanted = folder / ".installed", hashlib.sha256(pins.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    shutil.rmtree(folder, ignore_errors=True)
    install(folder)
    stamp.write_text(wanted)


def install_packages(source: pathlib.Path, folder: pathlib.Path) -> None:
    """Installs the npm packages that package-lock.json of `source` pins into `folder`, once."""

    def install(to: pathlib.Path) -> None:
        to.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(source / name, to)
        npm = ["npm", "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(npm, cwd=to, check=True, timeout=600)

    install_once(folder, source / "package-lock.json", install)
