# SPDX-License-Identifier: Apache-2.0
"""OpenAI's own client for Node: node/openai.test.mjs, against a server started here."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess

from harness.rap_server import SLOWNESS


def test_node(keyed_server, chelsea, tmp_path):
    installed = pathlib.Path(os.environ["RAP_NODE_DIR"])
    # Node looks for packages beside the file that imports them.
    program = pathlib.Path(shutil.copy(pathlib.Path(__file__).parent / "node" / "openai.test.mjs", installed))
    photo = tmp_path / "chelsea.jpg"
    photo.write_bytes(chelsea)
    environment = {**os.environ, "RAP_URL": keyed_server.url, "RAP_KEY": keyed_server.key, "RAP_PHOTO": str(photo)}
    run = subprocess.run(["node", "--test", str(program)], env=environment, capture_output=True, text=True,
                         timeout=240 * SLOWNESS, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
