# SPDX-License-Identifier: Apache-2.0
"""A short load; `load.py` alone runs the long one."""

from __future__ import annotations

import os

from harness.fixtures import teach
from load.load import measure, print_table


def test_load(serve):
    with serve() as server:
        teach(server)
        result = measure(server.url, clients=64, seconds=float(os.environ.get("RAP_LOAD_SECONDS", "10")),
                         pid=server.process.pid)
        print_table(result)
        assert result["problems"] == {}
        assert all(row["done"] > 0 for row in result["rows"]), result["rows"]
        assert result["flat"], result["memory MB"]
        server.assert_alive()
