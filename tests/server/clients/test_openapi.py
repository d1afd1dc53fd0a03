# SPDX-License-Identifier: Apache-2.0
"""schemathesis holds the server to its own /openapi.json."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

from harness.rap_server import SLOWNESS

# A bound for CI; a longer run is RAP_OPENAPI_EXAMPLES=200.
EXAMPLES = os.environ.get("RAP_OPENAPI_EXAMPLES", "8")
SEED = os.environ.get("RAP_OPENAPI_SEED", "20260101")
# Wrong keys slow their sender down, so that check would meet 429; the test below asks instead. No schema can say
# that a text is a photo, so valid requests are refused.
LEFT_OUT = ("ignored_auth", "positive_data_acceptance")
# What anyone may ask: a page signs in, a supervisor looks whether the server is well.
OPEN = {("post", "/rap/v1/session"), ("get", "/healthz"), ("get", "/readyz")}


def test_the_document_is_served(keyed_server):
    document = keyed_server.request("GET", "/openapi.json", key=None).json()
    assert document["openapi"].startswith("3.1")
    for route in ("concepts", "recognize", "feedback", "history", "undo", "jobs", "settings", "keys", "export"):
        assert f"/rap/v1/{route}" in document["paths"]


def test_every_other_route_asks_for_a_key(keyed_server):
    document = keyed_server.request("GET", "/openapi.json", key=None).json()
    operations = {(method, path): operation for path, methods in document["paths"].items()
                  for method, operation in methods.items() if "responses" in operation}
    assert {route for route, operation in operations.items() if operation.get("security") == []} == OPEN
    for method, path in operations.keys() - OPEN:
        answer = keyed_server.request(method.upper(), path.replace("{", "").replace("}", ""), key=None)
        assert answer.status == 401, (method, path, answer.status)


def test_the_server_keeps_to_it(serve, tmp_path):
    with serve(keyless=False) as server:
        command = [pathlib.Path(sys.executable).parent / "schemathesis", "run", f"{server.url}/openapi.json",
                   "--header", f"Authorization: Bearer {server.key}", "--include-path-regex", "^/rap/v1/",
                   "--checks", "all", "--exclude-checks", ",".join(LEFT_OUT), "--max-examples", EXAMPLES,
                   "--seed", SEED, "--request-timeout", "20",
                   "--workers", "2", "--suppress-health-check", "all", "--no-color"]
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=240 * SLOWNESS, check=False)
        server.assert_alive()
        assert run.returncode == 0, run.stdout[-12_000:] + run.stderr[-2_000:]
