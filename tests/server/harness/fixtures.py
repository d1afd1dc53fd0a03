# SPDX-License-Identifier: Apache-2.0
"""Servers that tests share. Each is started when a test first asks for it, once a pytest run."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import pytest

from harness import photos
from harness.rap_server import RapServer

# Clients must not look for a proxy on the way to 127.0.0.1.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory):
    """Starts a server for the length of a with block. It must end cleanly when asked to."""

    @contextlib.contextmanager
    def start(*flags: str, keyless: bool = True) -> Iterator[RapServer]:
        server = RapServer(os.environ["RAP_BINARY"], tmp_path_factory.mktemp("serve"), keyless, flags).start()
        if not keyless:
            server.key = server.first_key()
        try:
            yield server
        finally:
            if server.process.poll() is None:
                assert server.stop() == 0, server.log[-4000:]

    return start


def teach(server: RapServer, key: str | None = "") -> dict[str, dict]:
    """Remembers the known concepts; returns them by name as the server answered."""
    taught = {}
    for concept in photos.concepts():
        answer = server.request("POST", "/rap/v1/concepts", concept, key=key)
        assert answer.status == 201, answer.text
        taught[concept["name"]] = answer.json()
    return taught


@pytest.fixture(scope="session")
def server(serve) -> Iterator[RapServer]:
    """Asks loopback for no key, and knows the three concepts."""
    with serve() as running:
        teach(running)
        yield running


@pytest.fixture(scope="session")
def keyed_server(serve) -> Iterator[RapServer]:
    """Asks everyone for a key, and knows the three concepts of the owner of its first key."""
    with serve(keyless=False) as running:
        teach(running)
        yield running


@pytest.fixture(scope="session")
def chelsea() -> bytes:
    return photos.unseen("Chelsea")


@pytest.fixture(scope="session")
def text_model(keyed_server) -> str:
    """The model that embeds texts, whose weights not everybody has fetched."""
    for model in keyed_server.request("GET", "/v1/models").json()["data"]:
        if model.get("embeds") == "texts":
            return model["id"]
    pytest.skip("no text encoder: run scripts/bootstrap.sh build/deps --text")
