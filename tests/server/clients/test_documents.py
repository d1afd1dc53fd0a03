# SPDX-License-Identifier: Apache-2.0
"""The curl examples of the documents: each block after `<!-- test: server -->` runs as a reader would run it.

One after `<!-- test: server with texts -->` needs the text encoder's weights, too.
A block runs in a folder with the photos it may use, against a server that knows the examples' concepts.
`$RAP_URL`, or the default address in it, is the test server's, `$RAP_KEY` a key of that server.
"""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess

import pytest

from harness import photos
from harness.rap_server import SLOWNESS

ROOT = pathlib.Path(__file__).resolve().parents[3]
DOCUMENTS = ("README.md", "docs/server.md")
BLOCK = re.compile(r"^<!-- test: server( with texts)? -->\s*\n+```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
DEFAULT_ADDRESS = re.compile(r"(?:127\.0\.0\.1|localhost):8095")


def blocks() -> list:
    found = []
    for document in DOCUMENTS:
        path = ROOT / document
        text = path.read_text("utf-8") if path.is_file() else ""
        for match in BLOCK.finditer(text):
            line = text.count("\n", 0, match.start(2)) + 1
            found.append(pytest.param(match[2], bool(match[1]), id=f"{document}:{line}"))
    return found


def test_there_are_examples():
    assert blocks(), f"no block of {' or '.join(DOCUMENTS)} is marked as an example"


@pytest.mark.parametrize(("block", "with_texts"), blocks())
def test_example(request, keyed_server, tmp_path, block, with_texts):
    if with_texts:
        request.getfixturevalue("text_model")
    for name in ("bo.jpg", "park.jpg"):  # what README.md calls the reader's own photos
        (tmp_path / name).write_bytes(photos.unseen("Chelsea"))
    shutil.copytree(photos.EXAMPLES, tmp_path / "examples")
    script = DEFAULT_ADDRESS.sub(f"127.0.0.1:{keyed_server.port}", block)
    # `curl` shows an HTTP error as an answer like any other; here it has to fail.
    script = "set -euo pipefail\ncurl() { command curl --fail-with-body --silent --show-error \"$@\"; }\n" + script
    environment = {**os.environ, "RAP_URL": keyed_server.url, "RAP_KEY": keyed_server.key, "HOME": str(tmp_path)}
    run = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True,
                         timeout=120 * SLOWNESS, check=False)
    assert run.returncode == 0, f"{block}\n{run.stdout}\n{run.stderr}"
    assert run.stdout.strip(), "the example shows nothing"
